package report

import (
	"slices"
	"strings"

	"tocsin/internal/ticket"
)

// Definitions is the version of what the measures mean. Whoever changes a
// definition raises it, and every projection is made again.
const Definitions = 1

// Units of measures.
const (
	UnitTime  = "µs"    // a duration in microseconds
	UnitShare = "share" // 1 or 0 of each ticket: a share of them
)

// Measure is one figure, exactly defined (ux.md §4.1).
type Measure struct {
	Name, Title, Unit string
	Means             string // from when to when, and what is left out
	// AWS is the name of the AWS Security Incident Response Guide; "" for none.
	AWS string
	of  func(l *Life) []Sample
}

// Sample is one value of a measure. It belongs to the day of At.
type Sample struct{ At, Value int64 }

// Of is what a life says of the measure; nothing of a ticket that does not count.
func (m Measure) Of(l *Life) []Sample {
	if !l.counts() {
		return nil
	}
	return m.of(l)
}

// Measures is the one table of measures.
func Measures() []Measure {
	list := []Measure{
		{Name: "ack", Title: "Time to acknowledge", Unit: UnitTime, AWS: "mean time to acknowledge", of: since(func(l *Life) int64 { return l.Acknowledged }),
			Means: "From the opening to the first acknowledgement by a person. To acknowledge is not yet to work."},
		{Name: "own", Title: "Time to own", Unit: UnitTime, of: since(func(l *Life) int64 { return l.Owned }),
			Means: "From the opening until a person took the ticket for the first time."},
		{Name: "identify", Title: "Time to identify", Unit: UnitTime, of: identified,
			Means: "From the first acknowledgement until the ticket first left Analysis forward."},
		{Name: "contain", Title: "Time to contain", Unit: UnitTime, AWS: "mean time to contain", of: since(func(l *Life) int64 { return l.left(ticket.Containment, false) }),
			Means: "From the opening until the ticket left Containment forward for the last time."},
		{Name: "contain_first", Title: "Time to contain, first", Unit: UnitTime, of: since(func(l *Life) int64 { return l.left(ticket.Containment, true) }),
			Means: "From the opening until the ticket left Containment forward for the first time."},
		{Name: "eradicate", Title: "Time to eradicate", Unit: UnitTime, AWS: "mean time to respond", of: since(func(l *Life) int64 { return l.left(ticket.Eradication, false) }),
			Means: "From the opening until the ticket left Eradication forward for the last time."},
		{Name: "recover", Title: "Time to recover", Unit: UnitTime, AWS: "mean time to recover", of: since(func(l *Life) int64 { return l.left(ticket.Recovery, false) }),
			Means: "From the opening until the ticket left Recovery forward for the last time."},
		{Name: "resolve", Title: "Time to close", Unit: UnitTime, of: since(func(l *Life) int64 { return l.Closed }),
			Means: "From the opening to the last closing. How tidily tickets are closed shows here as much as how fast."},
		{Name: "handover", Title: "Handover latency", Unit: UnitTime, of: handovers,
			Means: "From an offer until it was accepted."},
		{Name: "handover_accepted", Title: "Offers accepted", Unit: UnitShare, of: accepted,
			Means: "Of the offers that were decided, those that were accepted; withdrawn and superseded ones are left out."},
		{Name: "reopened", Title: "Reopened", Unit: UnitShare, of: reopened,
			Means: "Of the tickets that were closed, those that were opened again within 30 days, by the day of the closing. The last 30 days are provisional."},
		{Name: "false_positive", Title: "False positives", Unit: UnitShare, of: falsePositive,
			Means: "Of the tickets that were closed, those that were no incident; benign true positives are not among them."},
		{Name: "climbed", Title: "Escalated", Unit: UnitShare, of: climbed,
			Means: "Of the tickets that were opened, those for which the second level of a ladder or above was called, by the day of the opening."},
		{Name: "unowned", Title: "Unowned time", Unit: UnitTime, of: unowned,
			Means: "How long nobody answered for a ticket that was open, by the day of its closing. It must be 0."},
	}
	for _, p := range ticket.Phases() {
		if p != ticket.Closed {
			list = append(list, phaseMeasure(p))
		}
	}
	return list
}

func phaseMeasure(p ticket.Phase) Measure {
	return Measure{
		Name: "phase." + string(p), Title: "In " + strings.ReplaceAll(string(p), "_", " "), Unit: UnitTime, Means: "Each stay in the phase, from entering to leaving it.",
		of: func(l *Life) (out []Sample) {
			for _, v := range l.Visits {
				if v.Phase == string(p) && v.Left > 0 {
					out = append(out, Sample{v.Left, v.Left - v.Entered})
				}
			}
			return out
		},
	}
}

// counts reports whether a ticket counts at all: exercises, duplicates and what
// was merged into another do not.
func (l *Life) counts() bool {
	switch ticket.Resolution(l.Resolution) {
	case ticket.TestExercise, ticket.DuplicateOf, ticket.Merged:
		return false
	}
	return l.Opened > 0
}

// since measures from the opening to a time, if there is one.
func since(at func(*Life) int64) func(*Life) []Sample {
	return func(l *Life) []Sample {
		if t := at(l); t >= l.Opened && t > 0 {
			return []Sample{{t, t - l.Opened}}
		}
		return nil
	}
}

func identified(l *Life) []Sample {
	if t := l.left(ticket.Analysis, true); t > 0 && l.Acknowledged > 0 && t >= l.Acknowledged {
		return []Sample{{t, t - l.Acknowledged}}
	}
	return nil
}

// left is when the ticket left a phase forward, the first or the last time; 0
// when it never did. Closing is forward.
func (l *Life) left(p ticket.Phase, first bool) (at int64) {
	place := slices.Index(ticket.Phases(), p)
	for i, v := range l.Visits {
		if v.Phase != string(p) || i+1 == len(l.Visits) {
			continue
		}
		if slices.Index(ticket.Phases(), ticket.Phase(l.Visits[i+1].Phase)) < place {
			continue
		}
		if at = v.Left; first {
			return at
		}
	}
	return at
}

func handovers(l *Life) (out []Sample) {
	for _, h := range l.Handovers {
		if h.Outcome == "accepted" {
			out = append(out, Sample{h.Decided, h.Decided - h.Made})
		}
	}
	return out
}

func accepted(l *Life) (out []Sample) {
	for _, h := range l.Handovers {
		switch h.Outcome {
		case "accepted":
			out = append(out, Sample{h.Decided, 1})
		case "declined", "expired":
			out = append(out, Sample{h.Decided, 0})
		}
	}
	return out
}

// reopenedWithin is how long a closing is on trial.
const reopenedWithin = 30 * 24 * 3600 * int64(1_000_000)

// reopened has a value for each closing: the ends of visits before a reopening,
// and the last one.
func reopened(l *Life) (out []Sample) {
	for i, v := range l.Visits {
		if v.Phase != string(ticket.Closed) {
			continue
		}
		again := i+1 < len(l.Visits) && v.Left-v.Entered <= reopenedWithin
		out = append(out, Sample{v.Entered, flag(again)})
	}
	return out
}

func falsePositive(l *Life) []Sample {
	if l.Closed == 0 {
		return nil
	}
	return []Sample{{l.Closed, flag(l.Resolution == string(ticket.FalsePositive))}}
}

func climbed(l *Life) []Sample { return []Sample{{l.Opened, flag(l.Climbed)}} }

func unowned(l *Life) []Sample {
	if l.Closed == 0 {
		return nil
	}
	return []Sample{{l.Closed, l.Unowned}}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
