package report

import (
	"slices"

	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// direct computes the measures of one ticket a second time, slowly and in
// another way: from the whole list of what happened, looking back for each
// value, without keeping anything between entries.
type direct struct {
	events []Event
	opened int64
}

func computed(events []Event) map[string][]Sample {
	d := direct{events: events}
	for _, e := range events {
		if e.Kind == journal.TicketOpened {
			d.opened = e.At
			break
		}
	}
	out := map[string][]Sample{}
	if d.opened == 0 || d.excluded() {
		return out
	}
	add := func(name string, end int64, value int64) { out[name] = append(out[name], Sample{end, value}) }
	if at := d.acked(); at > 0 {
		add("ack", at, at-d.opened)
	}
	for _, e := range d.after() {
		if e.Kind == journal.OwnerTaken || e.Kind == journal.OwnerBreakGlass || e.Kind == journal.HandoverAccepted {
			add("own", e.At, e.At-d.opened)
			break
		}
	}
	walk := d.walk()
	if at := exits(walk, ticket.Analysis); len(at) > 0 && d.acked() > 0 && at[0] >= d.acked() {
		add("identify", at[0], at[0]-d.acked())
	}
	if at := exits(walk, ticket.Containment); len(at) > 0 {
		add("contain_first", at[0], at[0]-d.opened)
		add("contain", at[len(at)-1], at[len(at)-1]-d.opened)
	}
	for name, p := range map[string]ticket.Phase{"eradicate": ticket.Eradication, "recover": ticket.Recovery} {
		if at := exits(walk, p); len(at) > 0 {
			add(name, at[len(at)-1], at[len(at)-1]-d.opened)
		}
	}
	d.stays(walk, add)
	d.offers(add)
	d.endings(walk, add)
	hit := int64(0)
	for _, e := range d.after() {
		if e.Kind == journal.EscalationPaged && e.Data.Level >= 2 {
			hit = 1
		}
	}
	add("climbed", d.opened, hit)
	return out
}

// after is everything from the opening on.
func (d direct) after() []Event {
	i := slices.IndexFunc(d.events, func(e Event) bool { return e.Kind == journal.TicketOpened })
	return d.events[i:]
}

func (d direct) acked() int64 {
	for _, e := range d.after() {
		if e.Kind == journal.TicketAcknowledged && e.Human {
			if e.Data.OccurredAt > d.opened && e.Data.OccurredAt < e.At {
				return e.Data.OccurredAt
			}
			return e.At
		}
	}
	return 0
}

type step struct {
	at    int64
	phase string
}

// walk is every arrival in another phase.
func (d direct) walk() []step {
	w := []step{{d.opened, "detect"}}
	merged := false
	to := func(at int64, phase string) {
		if w[len(w)-1].phase != phase {
			w = append(w, step{at, phase})
		}
	}
	for _, e := range d.after() {
		shut := w[len(w)-1].phase == "closed"
		switch e.Kind {
		case journal.PhaseChanged:
			to(e.At, e.Data.To)
		case journal.TicketClosed:
			if !shut {
				to(e.At, "closed")
			}
			merged = false
		case journal.TicketReopened:
			if shut {
				to(e.At, e.Data.To)
				merged = false
			}
		case journal.TicketMerged:
			if e.Data.From == e.Ticket {
				to(e.At, "closed")
				merged = true
			}
		case journal.TicketUnmerged:
			if e.Data.From == e.Ticket && merged {
				merged = false
				if e.Data.Phase != "closed" {
					to(e.At, e.Data.Phase)
				}
			}
		}
	}
	return w
}

// exits are the times at which a phase was left for a later one.
func exits(w []step, p ticket.Phase) (out []int64) {
	order := []string{"detect", "analysis", "containment", "eradication", "recovery", "post_incident", "closed"}
	for i := 0; i+1 < len(w); i++ {
		if w[i].phase == string(p) && slices.Index(order, w[i+1].phase) > slices.Index(order, w[i].phase) {
			out = append(out, w[i+1].at)
		}
	}
	return out
}

func (d direct) stays(w []step, add func(string, int64, int64)) {
	for i := 0; i+1 < len(w); i++ {
		if w[i].phase != "closed" {
			add("phase."+w[i].phase, w[i+1].at, w[i+1].at-w[i].at)
		}
	}
}

func (d direct) offers(add func(string, int64, int64)) {
	for i, made := range d.events {
		if made.Kind != journal.HandoverOffered || made.At < d.opened {
			continue
		}
		for _, e := range d.events[i+1:] {
			if e.Data.Handover != made.Data.Handover || e.Kind == journal.HandoverOffered {
				continue
			}
			switch e.Kind {
			case journal.HandoverAccepted:
				add("handover", e.At, e.At-made.At)
				add("handover_accepted", e.At, 1)
			case journal.HandoverDeclined, journal.HandoverExpired:
				add("handover_accepted", e.At, 0)
			}
			break
		}
	}
}

// last is how the ticket ended; "" while it is open.
func (d direct) last() (at int64, resolution string) {
	merged := false
	for _, e := range d.after() {
		switch e.Kind {
		case journal.PhaseChanged: // moves of what is open only
		case journal.TicketClosed:
			if at == 0 {
				at, resolution = e.At, e.Data.Resolution
			}
			merged = false
		case journal.TicketReopened:
			at, resolution, merged = 0, "", false
		case journal.TicketMerged:
			if e.Data.From == e.Ticket {
				merged = true
				if at == 0 {
					at, resolution = e.At, "merged"
				}
			}
		case journal.TicketUnmerged:
			if e.Data.From == e.Ticket && merged {
				merged = false
				if e.Data.Phase != "closed" {
					at, resolution = 0, ""
				}
			}
		}
	}
	return at, resolution
}

func (d direct) excluded() bool {
	_, resolution := d.last()
	return slices.Contains([]string{"test_exercise", "duplicate", "merged"}, resolution)
}

func (d direct) endings(w []step, add func(string, int64, int64)) {
	for i, s := range w {
		if s.phase != "closed" {
			continue
		}
		again := int64(0)
		if i+1 < len(w) && w[i+1].at-s.at <= 30*24*3600*1_000_000 {
			again = 1
		}
		add("reopened", s.at, again)
	}
	at, resolution := d.last()
	if at == 0 {
		return
	}
	add("resolve", at, at-d.opened)
	add("false_positive", at, map[bool]int64{true: 1}[resolution == "false_positive"])
	add("unowned", at, d.nobody(at))
}

// nobody is how long nobody answered, by asking at each moment something was
// said who answered just then.
func (d direct) nobody(until int64) (sum int64) {
	owner, accountable := "", ""
	from := int64(0)
	for _, e := range d.after() {
		if e.At > until {
			break
		}
		if from > 0 && owner == "" && accountable == "" {
			sum += e.At - from
		}
		from = e.At
		switch e.Kind {
		case journal.TicketOpened, journal.OwnerAssignedIntake, journal.OwnerReturned:
			owner, accountable = "", e.Data.Accountable
		case journal.OwnerAccountable, journal.OwnerOrphaned:
			accountable = e.Data.Accountable
		case journal.OwnerTaken, journal.OwnerBreakGlass, journal.HandoverAccepted:
			owner, accountable = e.Data.Owner, e.Data.Accountable
			if accountable == "" {
				accountable = owner
			}
		case journal.TicketReopened:
			accountable = e.Data.Accountable
			if owner != accountable {
				owner = ""
			}
		case journal.TicketClosed:
			if accountable == "" {
				accountable = "-"
			}
		case journal.TicketMerged:
			if e.Data.From == e.Ticket && accountable == "" {
				accountable = "-"
			}
		}
	}
	return sum
}
