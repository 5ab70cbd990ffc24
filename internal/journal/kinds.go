package journal

// The kinds of entries, noun.verb-in-past, grouped by the room that writes them.
const (
	// identity
	InstallationBootstrapped = "installation.bootstrapped"
	SigninEnded              = "signin.ended"
	SigninFailed             = "signin.failed"
	SigninSucceeded          = "signin.succeeded"
	TeamChanged              = "team.changed"
	TeamCreated              = "team.created"
	TokenCreated             = "token.created" //nolint:gosec // a kind, not a credential
	TokenRevoked             = "token.revoked" //nolint:gosec // a kind, not a credential
	UserChanged              = "user.changed"
	UserCreated              = "user.created"
	UserDeactivated          = "user.deactivated"
	UserInvited              = "user.invited"

	// connection
	ConnectionCalled  = "connection.called"
	ConnectionChanged = "connection.changed"
	ConnectionCreated = "connection.created"
	ConnectionRemoved = "connection.removed"
	ReconcileDone     = "reconcile.done"
	WebhookRefused    = "webhook.refused"

	// finding
	FindingTaken      = "finding.taken"
	FindingRevised    = "finding.revised"
	FindingPromoted   = "finding.promoted"
	QuarantineAdded   = "quarantine.added"
	QuarantineDecided = "quarantine.decided"

	FindingReleased = "finding.released"

	// ticket
	ListChanged         = "list.changed"
	StormBegan          = "storm.began"
	StormDecided        = "storm.decided"
	StormEnded          = "storm.ended"
	SuppressionLapsed   = "suppression.expired"
	TicketMerged        = "ticket.merged"
	TicketSplit         = "ticket.split"
	TicketUnmerged      = "ticket.unmerged"
	ViewChanged         = "view.changed"
	WindowEnded         = "window.ended"
	PolicyChanged       = "policy.changed"
	NoteAdded           = "note.added"
	OwnerAssignedIntake = "owner.assigned_intake"
	OwnerTaken          = "owner.taken"
	PhaseChanged        = "phase.changed"
	TicketAcknowledged  = "ticket.acknowledged"
	TicketChanged       = "ticket.changed"
	TicketClosed        = "ticket.closed"
	TicketLinked        = "ticket.linked"
	TicketOpened        = "ticket.opened"
	TicketReopened      = "ticket.reopened"

	// app
	BackupMade           = "backup.made"
	InstallationRestored = "installation.restored"
	RetentionChanged     = "retention.changed"
	RetentionDone        = "retention.done"
)

// KindInfo tells people what a kind means.
type KindInfo struct {
	Kind        string
	Significant bool   // belongs to the short story of a ticket
	Data        string // the members of data
	Meaning     string
}

// Kinds lists every kind with its data. The documentation is made from it, and
// a test proves that every constant above is here.
func Kinds() []KindInfo {
	return []KindInfo{
		{InstallationBootstrapped, true, "user, team", "The first administrator was made."},
		{SigninSucceeded, false, "user, method", "A person signed in."},
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
		{ConnectionCreated, true, "connection, kind, host", "An outside system was connected."},
		{ConnectionChanged, true, "connection, fields, secrets", "A connection was changed; secrets are named, never shown."},
		{ConnectionRemoved, true, "connection", "A connection was removed."},
		{ReconcileDone, false, "connection, had, looked_at, missed, quarantined, region", "What the detector holds was compared with what came in."},
		{WebhookRefused, true, "connection, count, reason", "Calls of a webhook were refused: their signature was wrong, old or repeated."},
		{ConnectionCalled, false, "connection, action, ok, error", "An outside system was called."},
		{FindingTaken, false, "finding, class, content, event, format, identity, outcome, severity, uid_sha256", "A finding was taken in for the first time."},
		{FindingRevised, false, "finding, changes, content, outcome, revision, status", "The detector said something new about a finding."},
		{FindingPromoted, true, "finding, ticket", "A person opened a ticket from a recorded finding."},
		{QuarantineAdded, true, "quarantine, field, sha256, size, source", "Something could not be read and was kept aside."},
		{QuarantineDecided, true, "quarantine, state", "A person decided about something in quarantine."},
		{FindingReleased, false, "finding, outcome, storm, window", "A finding that was held back or silenced was judged again."},
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
		{TicketAcknowledged, true, "", "A person has seen the ticket."},
		{OwnerTaken, true, "accountable, owner", "A person took the ticket and is responsible for it."},
		{PhaseChanged, true, "from, skipped, to, waived", "The ticket moved to another phase."},
		{NoteAdded, false, "significant", "A person wrote a note."},
		{TicketChanged, false, "fields", "Fields of the ticket were changed."},
		{TicketLinked, false, "kind, to", "The ticket was linked to another."},
		{TicketClosed, true, "resolution", "The ticket was closed."},
		{TicketReopened, true, "finding, from, reason", "The ticket was opened again."},
		{TicketMerged, true, "from, into", "A ticket was merged into another; nothing was moved."},
		{TicketUnmerged, true, "from, into, phase", "A merged ticket stands by itself again."},
		{TicketSplit, true, "findings, from, into", "Findings of a ticket went to a new one."},
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
