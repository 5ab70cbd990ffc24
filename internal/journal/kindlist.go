package journal

import "slices"

// KindInfo tells people what a kind means.
type KindInfo struct {
	Kind        string
	Significant bool   // belongs to the short story of a ticket
	Data        string // the members of data
	Meaning     string
}

// Kinds lists every kind with its data. The documentation is made from it, and
// a test proves that every kind is here.
func Kinds() []KindInfo {
	return slices.Concat(identityKinds(), connectionKinds(), findingKinds(), ticketKinds(), dutyKinds(), slaKinds(), notifyKinds(), evidenceKinds(), appKinds())
}

func identityKinds() []KindInfo {
	return []KindInfo{
		{InstallationBootstrapped, true, "user, team", "The first administrator was made."},
		{SigninSucceeded, false, "user, method", "A person signed in."},
		{SigninBegun, false, "user, method", "A password was right; the second factor is still to come."},
		{SigninFailed, false, "user, reason", "A sign-in was refused."},
		{SigninEnded, false, "user, reason", "A session was ended."},
		{TeamCreated, true, "team, lead, members", "A team was made."},
		{TeamChanged, true, "team, lead, members", "A team was changed."},
		{TokenCreated, true, "token, user, scopes, expires_at", "An API token was made."},
		{TokenRevoked, true, "token, user", "An API token was revoked."},
		{UserCreated, true, "user, kind, roles, team", "A person or service account was added."},
		{UserChanged, true, "user, fields, roles, active", "A person was changed; a new password is only named."},
		{UserDeactivated, true, "user, sessions, tokens", "A person was deactivated; sessions and tokens ended."},
		{UserInvited, false, "user, expires_at", "A one-time link to set a password was made."},
		{FactorAdded, true, "factor, kind, user", "A person added a second factor."},
		{FactorRemoved, true, "factor, kind, user", "A second factor was removed."},
		{StepUpSucceeded, false, "factor, method, user", "A person proved freshly who they are."},
		{StepUpFailed, false, "factor, method, reason, user", "A proof was refused."},
	}
}

func connectionKinds() []KindInfo {
	return []KindInfo{
		{ConnectionCreated, true, "connection, kind, host", "An outside system was connected."},
		{ConnectionChanged, true, "connection, fields, secrets", "A connection was changed; secrets are named, never shown."},
		{ConnectionRemoved, true, "connection", "A connection was removed."},
		{ReconcileDone, false, "connection, had, looked_at, missed, quarantined, region", "What the detector holds was compared with what came in."},
		{WebhookRefused, true, "connection, count, reason, reasons", "Calls of a webhook, or of the buttons of a channel, were refused: their signature was wrong, old or repeated."},
		{ConnectionCalled, false, "connection, action, ok, error", "An outside system was called."},
	}
}

func findingKinds() []KindInfo {
	return []KindInfo{
		{FindingTaken, false, "finding, class, content, event, format, identity, outcome, severity, uid_sha256", "A finding was taken in for the first time."},
		{FindingRevised, false, "finding, changes, content, outcome, revision, status", "The detector said something new about a finding."},
		{FindingPromoted, true, "finding, ticket", "A person opened a ticket from a recorded finding."},
		{QuarantineAdded, true, "quarantine, field, sha256, size, source", "Something could not be read and was kept aside."},
		{QuarantineDecided, true, "quarantine, state", "A person decided about something in quarantine."},
		{FindingReleased, false, "finding, outcome, storm, window", "A finding that was held back or silenced was judged again."},
	}
}

func ticketKinds() []KindInfo {
	return []KindInfo{
		{PolicyChanged, true, "back_to, rev, rules, sections", "The rules for findings were changed."},
		{ListChanged, true, "items, list, removed, rev", "A list that rules use was changed."},
		{SuppressionLapsed, true, "rule", "A suppression ran out; what it silenced opens tickets again."},
		{WindowEnded, true, "judged, opened, rule", "A maintenance window ended and what it silenced was judged again."},
		{StormBegan, true, "kind, rule, source, storm, ticket", "More tickets would have been opened than people can look at: opening is held back."},
		{StormEnded, true, "storm", "The storm is over; what it held waits for a decision."},
		{StormDecided, true, "choice, findings, storm", "A person decided about what a storm held back."},
		{ViewChanged, false, "removed, scope, view", "A saved view was made, changed or removed."},
		{TicketOpened, true, "finding, number, reason, severity, team, type", "A ticket was opened."},
		{OwnerAssignedIntake, false, "accountable, team", "The ticket waits for an owner; the team's lead is accountable."},
		{TicketAcknowledged, true, "occurred_at", "A person has seen the ticket; occurred_at is when, where an outside signed a time before this."},
		{OwnerTaken, true, "accountable, owner", "A person took the ticket and is responsible for it."},
		{PhaseChanged, true, "from, skipped, to, waived", "The ticket moved to another phase."},
		{NoteAdded, false, "significant", "A person wrote a note."},
		{TicketChanged, false, "fields", "Fields of the ticket were changed."},
		{TicketLinked, false, "kind, to", "The ticket was linked to another."},
		{TicketClosed, true, "resolution", "The ticket was closed."},
		{TicketReopened, true, "finding, from, reason", "The ticket was opened again."},
		{TicketMerged, true, "from, into", "A ticket was merged into another; nothing was moved."},
		{TicketUnmerged, true, "from, into, phase, unacknowledged", "A merged ticket stands by itself again."},
		{TicketSplit, true, "findings, from, into", "Findings of a ticket went to a new one."},
		{OwnerAccountable, false, "accountable, cause, previous", "Another person answers for a ticket that nobody owns, as the shift or the lead has changed."},
		{OwnerBreakGlass, true, "owner, previous, review_by", "A manager took the ticket over at once, with a reason and a fresh proof of who they are; it must be reviewed."},
		{OwnerOrphaned, true, "accountable, owner", "The owner has left; the lead answers for the ticket until somebody accepts it."},
		{OwnerReturned, true, "accountable, previous, team", "A lead gave the ticket back to the intake of the team."},
		{HandoverOffered, true, "auto, base, briefing, expires_at, from, handover, number, to_team, to_user", "The ticket is offered to somebody, with a briefing; its owner stays responsible."},
		{HandoverAccepted, true, "by, checklist, delta, from, handover, owner, read_ms", "The briefing was read and the ticket accepted: the owner is another."},
		{HandoverDeclined, true, "category, declines, from, handover", "The offer was declined; the owner stays responsible."},
		{HandoverExpired, true, "expired_at, from, handover, to_team, to_user", "Nobody accepted the offer in time; the owner stays responsible."},
		{HandoverWithdrawn, true, "from, handover", "The offer was taken back."},
		{HandoverSuperseded, true, "cause, handover", "The offer ended because something else decided."},
		{TaskAdded, true, "assignee, phase, task", "A task was added."},
		{TaskChanged, true, "assignee, state, task", "A task was done, waived, opened again or given to another."},
		{TicketReconfirmed, true, "", "The owner said: still on it."},
		{TicketUnacknowledged, true, "cause", "Nothing happened for too long and nobody answered: the ticket must be acknowledged again."},
	}
}

func dutyKinds() []KindInfo {
	return []KindInfo{
		{ScheduleChanged, true, "gaps, removed, rev, schedule, shifts, team", "A schedule of duty was made, changed or removed."},
		{OverrideChanged, true, "from, override, person, removed, schedule, to", "Somebody stands in for somebody else."},
		{DutyBegan, true, "at, person, previous, primary, schedule, shift, team", "A shift began; person is empty in a gap."},
		{DutyEnding, false, "at, next, person, schedule, shift, team", "A shift ends soon."},
		{DutyGap, true, "days, from, schedule, to", "A schedule has a time with nobody on duty."},
	}
}

func slaKinds() []KindInfo {
	return []KindInfo{
		{SLAChanged, true, "back_to, rev, sections", "The targets, calendars or ladders were changed: a new version."},
		{SLAWarned, false, "coalesced, cycle, due_at, fired_at, late_by, metric, percent, phase", "Part of the time for something has passed."},
		{SLABreached, true, "cycle, due_at, fired_at, late_by, metric, on_retarget, phase", "The time for something has passed."},
		{SLAPauseAsked, true, "pause, reason, until", "A pause was asked for; a second person must agree."},
		{SLAPaused, true, "approved_by, pause, reason, requested_by, until", "The clocks that may wait are stopped, with a reason."},
		{SLAResumed, true, "cause, pause", "The clocks run again."},
		{SLARebased, true, "from_version, to_version", "The clocks of a running ticket follow a newer version of the targets."},
		{SLAAsked, false, "answer_by, owner", "Nothing has happened for a while: the owner is asked whether they are still on it."},
		{EscalationStarted, false, "cycle, ladder, run, trigger, version", "A ladder began."},
		{EscalationPaged, true, "due_at, fired_at, late_by, level, levels, offer, people, reason, repeat, run, targets, trigger", "People were called."},
		{EscalationGap, true, "level, run, targets", "A level of the ladder had nobody to call; the next and the fallback were called."},
		{EscalationMissed, true, "level, opened_at, run, trigger", "The auditor found somebody who should have been called and was not."},
		{EscalationStopped, false, "cause, level, run, trigger", "A ladder ended."},
		{DowntimeNoticed, true, "deadlines, from, until", "The system was down; what passed meanwhile is late and was made good."},
	}
}

func notifyKinds() []KindInfo {
	return []KindInfo{
		{NotificationActed, true, "act, channel, person, ticket", "A person acted from a message: with the link in it, or a button of a chat."},
		{NotificationSent, false, "channel, connection, count, kind, message, person, tickets", "A message was accepted by its channel."},
		{NotificationFailed, true, "all, attempts, channel, connection, kind, message, person, tickets", "A message could not be delivered over a channel; all says that no other way was left."},
		{ContactChanged, false, "channel, connection, contact, person, removed", "A way to reach somebody was added, changed or removed."},
		{ContactConfirmed, false, "channel, contact, person", "A person proved that messages arrive."},
		{HeartbeatChanged, true, "connection, ok", "The heartbeat to the outside failed, or works again."},
		{SnoozeChanged, false, "person, until", "A person wants no messages about the ticket for a while; clocks run on."},
	}
}

func evidenceKinds() []KindInfo {
	return []KindInfo{
		{EvidenceAdded, true, "evidence, parent, risk, sha256, size", "A file was added as evidence, with its hash."},
		{EvidenceRead, false, "evidence, purpose, sha256", "The content of a piece of evidence was looked at; within ten minutes one person's looks are one."},
		{EvidenceDownloaded, false, "as, evidence, sha256", "A piece of evidence was downloaded."},
		{EvidenceVerified, false, "cause, evidence, sha256", "The kept bytes of a piece of evidence were read and hashed again: they are what was added."},
		{EvidenceDamaged, true, "cause, condition, evidence, sha256", "The kept bytes of a piece of evidence are missing, or are not what was added."},
		{EvidenceMarked, true, "evidence, previous, risk, sha256", "A person said whether a piece of evidence is malware."},
		{EvidenceChanged, true, "max_bytes, shelf", "Where evidence is kept, or how large a file may be, was changed."},
	}
}

func appKinds() []KindInfo {
	return []KindInfo{
		{BackupMade, true, "bytes, entries, made_at, schema, sha256", "A backup was made."},
		{InstallationRestored, true, "at, engine, entries, lost, made_at, position, schema, sessions, sha256", "The installation was restored from a backup."},
		{RetentionChanged, true, "fields, from, to", "How long things are kept was changed."},
		{RetentionDone, true, "began_at, cause, counts", "Things were removed because their time was over."},
	}
}

// SignificantKinds tells of each kind whether its entries belong to the short
// story.
func SignificantKinds() map[string]bool {
	out := map[string]bool{}
	for _, k := range Kinds() {
		out[k.Kind] = k.Significant
	}
	return out
}
