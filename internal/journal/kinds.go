package journal

// The kinds of entries, noun.verb-in-past, grouped by the room that writes them.
const (
	// identity
	FactorAdded              = "factor.added"
	FactorRemoved            = "factor.removed"
	InstallationBootstrapped = "installation.bootstrapped"
	SigninBegun              = "signin.begun"
	SigninEnded              = "signin.ended"
	SigninFailed             = "signin.failed"
	SigninSucceeded          = "signin.succeeded"
	StepUpFailed             = "stepup.failed"
	StepUpSucceeded          = "stepup.succeeded"
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

	OwnerAccountable     = "owner.accountable_moved"
	OwnerBreakGlass      = "owner.break_glass"
	OwnerOrphaned        = "owner.orphan_guard"
	OwnerReturned        = "owner.returned_to_intake"
	HandoverAccepted     = "handover.accepted"
	HandoverDeclined     = "handover.declined"
	HandoverExpired      = "handover.expired"
	HandoverOffered      = "handover.offered"
	HandoverSuperseded   = "handover.superseded"
	HandoverWithdrawn    = "handover.withdrawn"
	TaskAdded            = "task.added"
	TaskChanged          = "task.changed"
	TicketReconfirmed    = "ticket.reconfirmed"
	TicketUnacknowledged = "ticket.unacknowledged"

	// duty
	DutyBegan       = "duty.began"
	DutyEnding      = "duty.ending"
	DutyGap         = "duty.gap"
	OverrideChanged = "override.changed"
	ScheduleChanged = "schedule.changed"

	// sla
	EscalationGap     = "escalation.coverage_gap"
	EscalationMissed  = "escalation.missed"
	EscalationPaged   = "escalation.paged"
	EscalationStarted = "escalation.started"
	EscalationStopped = "escalation.stopped"
	DowntimeNoticed   = "downtime.noticed"
	SLAAsked          = "sla.asked"
	SLABreached       = "sla.breached"
	SLAChanged        = "sla.changed"
	SLAPauseAsked     = "sla.pause_requested"
	SLAPaused         = "sla.paused"
	SLARebased        = "sla.rebased"
	SLAResumed        = "sla.resumed"
	SLAWarned         = "sla.warned"

	// notify
	ContactChanged     = "contact.changed"
	ContactConfirmed   = "contact.confirmed"
	HeartbeatChanged   = "heartbeat.changed"
	NotificationActed  = "notification.acted"
	NotificationFailed = "notification.failed"
	NotificationSent   = "notification.sent"
	SnoozeChanged      = "snooze.changed"

	// evidence
	EvidenceAdded      = "evidence.added"
	EvidenceChanged    = "evidence.settings_changed"
	EvidenceDamaged    = "evidence.damaged"
	EvidenceDownloaded = "evidence.downloaded"
	EvidenceMarked     = "evidence.marked"
	EvidenceRead       = "evidence.read"
	EvidenceVerified   = "evidence.verified"

	// app
	BackupMade           = "backup.made"
	InstallationRestored = "installation.restored"
	RetentionChanged     = "retention.changed"
	RetentionDone        = "retention.done"
)
