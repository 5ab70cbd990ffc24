package sla

// Event is one entry of a ticket's stream, as far as it moves clocks. Which
// members are filled depends on the kind.
type Event struct {
	Seq   int64
	At    int64
	Kind  string // a kind of the journal
	Actor string

	Facts      Facts  // ticket.opened: what the policy is chosen by; ticket.merged: those of the other
	Here       bool   // ticket.merged, ticket.unmerged: the other was merged into this one
	Other      string // ticket.merged, ticket.unmerged: id of the other
	OpenedAt   int64  // ticket.merged: when the clocks of the other began
	Severity   string // ticket.changed: the new one; "" when it stays
	From, To   string // phase.changed; To also ticket.reopened and ticket.unmerged: phases
	Resolution string // ticket.closed
	Automatic  bool   // ticket.reopened, ticket.unmerged: it must be seen anew
	Outcome    string // of a finding
	OccurredAt int64  // ticket.acknowledged: signed by who brought it; 0 for none
	Version    int64  // sla.rebased: the new one
	Metric     string // sla.warned, sla.breached
	Phase      string
	Cycle      int64
	Percent    int
	DueAt      int64
	Until      int64  // of a pause, an offer, a question
	ID         string // of a pause, a handover
	Reason     string // of a pause
	Trigger    string // of a ladder
}

// Facts are what a policy is chosen by.
type Facts struct {
	Severity, Type, Team, Source, Account, Region string
	Demo                                          bool
}
