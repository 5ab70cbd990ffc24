package report

import (
	"slices"

	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Visit is one stay in a phase. Visits tile the life of a ticket: each begins
// when the one before ends.
type Visit struct {
	Phase   string `json:"p"`
	Entered int64  `json:"e"`           // microseconds UTC, as everywhere here
	Left    int64  `json:"l,omitempty"` // 0 while it lasts
}

// Handover is an offer and how it ended.
type Handover struct {
	ID      string `json:"i"`
	Made    int64  `json:"m"`
	Decided int64  `json:"d,omitempty"` // 0 while it is open
	Outcome string `json:"o,omitempty"` // accepted, declined, expired, withdrawn, superseded
}

// Life is what the journal tells of one ticket so far. It is folded entry by
// entry, in the order of the stream; the zero Life is a ticket that nothing is
// known of.
type Life struct {
	Number                       int64  `json:"n,omitempty"`
	Severity, Team, Type, Source string `json:",omitempty"`

	Opened int64   `json:"op,omitempty"`
	Visits []Visit `json:"v,omitempty"`

	Acknowledged int64  `json:"ak,omitempty"` // the first time, by a person
	Owned        int64  `json:"ow,omitempty"` // the first time that somebody took it
	Owner        string `json:"or,omitempty"`
	Accountable  string `json:"ac,omitempty"`
	Nobody       int64  `json:"nb,omitempty"` // since when nobody answers for it; 0 while somebody does
	Unowned      int64  `json:"un,omitempty"` // microseconds in which nobody answered for it

	Closed     int64  `json:"cl,omitempty"` // the last time; 0 while open
	Resolution string `json:"rs,omitempty"`
	Merged     bool   `json:"mg,omitempty"`
	Reopened   int64  `json:"ro,omitempty"` // how often
	// ReopenedAfter is how long it had been closed each time it was opened again.
	ReopenedAfter []int64 `json:"ra,omitempty"`

	Handovers []Handover `json:"h,omitempty"`
	Breaches  int64      `json:"b,omitempty"`
	Paged     int64      `json:"pg,omitempty"` // calls of people
	Climbed   bool       `json:"cb,omitempty"` // level 2 or above was called
	Seq       int64      `json:"s,omitempty"`  // of the last entry that was folded
}

// Event is an entry of a ticket's stream, as far as measures go.
type Event struct {
	Seq, At int64
	Kind    string
	Human   bool // a person did it, and no program
	Ticket  string
	Data    Data
}

// Data is what is read of an entry's data.
type Data struct {
	Number                 int64
	Severity, Team, Type   string
	Accountable, Owner, By string
	From, Into, To, Phase  string
	Resolution             string
	Handover               string
	Level                  int64
	OccurredAt             int64 `json:"occurred_at"`
	Fields                 []FieldChange
}

// FieldChange is a field that somebody changed.
type FieldChange struct {
	Field string
	New   any
}

// Kinds lists what a life follows from.
func Kinds() []string {
	return []string{
		journal.TicketOpened, journal.TicketAcknowledged, journal.OwnerTaken, journal.OwnerAssignedIntake, journal.OwnerAccountable,
		journal.OwnerBreakGlass, journal.OwnerOrphaned, journal.OwnerReturned, journal.PhaseChanged, journal.TicketChanged,
		journal.TicketClosed, journal.TicketReopened, journal.TicketMerged, journal.TicketUnmerged,
		journal.HandoverOffered, journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverExpired, journal.HandoverWithdrawn, journal.HandoverSuperseded,
		journal.SLABreached, journal.EscalationPaged,
	}
}

// Fold adds an entry. One that was folded before, and one that cannot be, such
// as anything before the opening, changes nothing.
func (l *Life) Fold(e *Event) {
	if e.Seq <= l.Seq || (l.Opened == 0 && e.Kind != journal.TicketOpened) {
		return
	}
	l.Seq = e.Seq
	switch e.Kind {
	case journal.TicketOpened:
		l.begin(e)
	case journal.TicketAcknowledged:
		l.seen(e)
	case journal.OwnerTaken, journal.OwnerBreakGlass:
		l.taken(e)
	case journal.OwnerAssignedIntake, journal.OwnerAccountable, journal.OwnerOrphaned, journal.OwnerReturned:
		l.answers(e)
	case journal.PhaseChanged:
		l.enter(e.Data.To, e.At)
	case journal.TicketChanged:
		l.change(e.Data.Fields)
	case journal.TicketClosed, journal.TicketReopened, journal.TicketMerged, journal.TicketUnmerged:
		l.endings(e)
	case journal.SLABreached:
		l.Breaches++
	case journal.EscalationPaged:
		l.Paged++
		l.Climbed = l.Climbed || e.Data.Level >= 2
	default:
		l.handover(e)
	}
}

func (l *Life) begin(e *Event) {
	if l.Opened > 0 {
		return
	}
	l.Opened, l.Number = e.At, e.Data.Number
	l.Severity, l.Team, l.Type = e.Data.Severity, e.Data.Team, e.Data.Type
	l.Visits = []Visit{{Phase: string(ticket.Detect), Entered: e.At}}
	l.answering(e.At, "", e.Data.Accountable)
}

// seen is the first acknowledgement by a person; what a chat signed for an
// earlier time counts from then.
func (l *Life) seen(e *Event) {
	if l.Acknowledged > 0 || !e.Human {
		return
	}
	l.Acknowledged = e.At
	if at := e.Data.OccurredAt; at > l.Opened && at < e.At {
		l.Acknowledged = at
	}
}

func (l *Life) taken(e *Event) {
	if l.Owned == 0 {
		l.Owned = e.At
	}
	l.answering(e.At, e.Data.Owner, first(e.Data.Accountable, e.Data.Owner))
}

// answers is another person who answers while nobody, or nobody any more, owns
// the ticket.
func (l *Life) answers(e *Event) {
	owner := ""
	if e.Kind == journal.OwnerAccountable || e.Kind == journal.OwnerOrphaned {
		owner = l.Owner // an offer or a shift moves no ownership
	}
	if e.Data.Team != "" {
		l.Team = e.Data.Team
	}
	l.answering(e.At, owner, e.Data.Accountable)
}

// answering notes who answers for the ticket, and how long nobody did.
func (l *Life) answering(at int64, owner, accountable string) {
	l.Owner, l.Accountable = owner, accountable
	somebody := owner != "" || accountable != ""
	switch {
	case l.Nobody > 0 && somebody:
		l.Unowned += at - l.Nobody
		l.Nobody = 0
	case l.Nobody == 0 && !somebody:
		l.Nobody = at
	}
}

// enter brings it to a phase.
func (l *Life) enter(phase string, at int64) {
	n := len(l.Visits)
	if n == 0 || l.Visits[n-1].Phase == phase || !slices.Contains(ticket.Phases(), ticket.Phase(phase)) {
		return
	}
	l.Visits[n-1].Left = at
	l.Visits = append(l.Visits, Visit{Phase: phase, Entered: at})
}

func (l *Life) change(fields []FieldChange) {
	for _, f := range fields {
		text, ok := f.New.(string)
		if !ok {
			continue
		}
		switch f.Field {
		case "severity":
			l.Severity = text
		case "team":
			l.Team = text
		case "type":
			l.Type = text
		}
	}
}

// endings are all the ways in which a ticket ends and comes back.
func (l *Life) endings(e *Event) {
	switch {
	case e.Kind == journal.TicketClosed:
		l.end(e.At, e.Data.Resolution, false)
	case e.Kind == journal.TicketReopened:
		l.revive(e.Data.To, e.At)
		owner := l.Owner // who had it last is responsible again, unless they have left
		if owner != e.Data.Accountable {
			owner = ""
		}
		l.answering(e.At, owner, e.Data.Accountable)
	case e.Data.From != e.Ticket: // another was merged into this one, or is itself again
	case e.Kind == journal.TicketMerged:
		l.end(e.At, string(ticket.Merged), true)
	case e.Data.Phase != string(ticket.Closed):
		l.revive(e.Data.Phase, e.At)
	default: // stands by itself again, closed as it was before
		l.Merged = false
	}
}

func (l *Life) end(at int64, resolution string, merged bool) {
	l.Merged = merged
	if l.Closed > 0 {
		return
	}
	l.enter(string(ticket.Closed), at)
	l.Closed, l.Resolution = at, resolution
	l.answering(at, l.Owner, first(l.Accountable, "-")) // a closed ticket wants nobody
}

func (l *Life) revive(phase string, at int64) {
	if l.Closed == 0 {
		return
	}
	if !l.Merged {
		l.Reopened++
		l.ReopenedAfter = append(l.ReopenedAfter, at-l.Closed)
	}
	l.Closed, l.Resolution, l.Merged = 0, "", false
	l.enter(first(phase, string(ticket.Analysis)), at)
}

func (l *Life) handover(e *Event) {
	at := slices.IndexFunc(l.Handovers, func(h Handover) bool { return h.ID == e.Data.Handover })
	if e.Kind == journal.HandoverOffered {
		if at < 0 {
			l.Handovers = append(l.Handovers, Handover{ID: e.Data.Handover, Made: e.At})
		}
		return
	}
	if at >= 0 && l.Handovers[at].Decided == 0 {
		l.Handovers[at].Decided, l.Handovers[at].Outcome = e.At, e.Kind[len("handover."):]
	}
	if e.Kind == journal.HandoverAccepted {
		l.taken(e)
	}
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
