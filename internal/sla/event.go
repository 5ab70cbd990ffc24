package sla

// Event is one entry of a ticket's stream, as far as it moves clocks. Which
// members are filled depends on the kind.
type Event struct {
	Seq   int64
	At    int64
	Kind  string // a kind of the journal
	Actor string
	Facts Facts // ticket.opened: what the policy is chosen by; ticket.merged: of the other

	Severity   string // ticket.opened, ticket.changed: the new one
	From, To   string // phase.changed, ticket.reopened: phases; ticket.merged: ids
	Resolution string
	Automatic  bool
	Outcome    string // of a finding
	OpenedAt   int64  // ticket.merged: of the other
	OccurredAt int64  // ticket.acknowledged: signed by who brought it; 0 for none
	Version    int64  // sla.rebased: the new one
	Metric     string
	Phase      string
	Cycle      int64
	Percent    int
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
