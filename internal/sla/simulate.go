package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Simulate asks what would happen to a ticket.
type Simulate struct {
	Severity string     `json:"severity" enum:"critical,high,medium,low,info"`
	Type     string     `json:"type,omitempty" maxLength:"40"`
	Team     string     `json:"team,omitempty" maxLength:"60" doc:"Id; none is the intake team"`
	Source   string     `json:"source,omitempty" maxLength:"200"`
	Account  string     `json:"account,omitempty" maxLength:"40"`
	Region   string     `json:"region,omitempty" maxLength:"40"`
	At       time.Time  `json:"at" doc:"When it is opened"`
	Draft    *Sections  `json:"draft,omitempty" doc:"Sections in place of those in force"`
	Events   []SimEvent `json:"events,omitempty" maxItems:"100" nullable:"false"`
}

// SimEvent is something that somebody does.
type SimEvent struct {
	At    time.Time  `json:"at"`
	Do    string     `json:"do" enum:"ack,pause,resume,severity,phase,close,reopen,note,finding,offer,accept,decline"`
	To    string     `json:"to,omitempty" maxLength:"40" doc:"The new severity, the phase, or the resolution"`
	Until *time.Time `json:"until,omitempty" doc:"Of a pause or an offer"`
}

// Simulation is what would happen.
type Simulation struct {
	Policy     string      `json:"policy"`
	PolicyName string      `json:"policy_name"`
	Version    int64       `json:"version"`
	Timers     []ClockView `json:"timers" nullable:"false" doc:"As they stand after the last event"`
	Steps      []StepView  `json:"steps" nullable:"false" doc:"What happens, in words"`
	Pages      []SimPage   `json:"pages" nullable:"false" doc:"Who is called when nobody answers but by the events; a ladder that is gone up again is shown up to its first time again"`
	Fallback   []SimTarget `json:"fallback" nullable:"false" doc:"Who is called when a level of the policy's ladder has nobody"`
	Problems   []Mistake   `json:"problems" nullable:"false" doc:"Why the draft could not be saved"`
}

// Mistake is one thing that is wrong with a draft.
type Mistake struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

func mistakes(err error) []Mistake {
	out := []Mistake{}
	for _, f := range fault.As(err).Fields {
		out = append(out, Mistake{f.Location, f.Message})
	}
	return out
}

// SimPage is one call of people.
type SimPage struct {
	At      time.Time   `json:"at"`
	After   string      `json:"after" doc:"How long after its trigger"`
	Trigger string      `json:"trigger"`
	Ladder  string      `json:"ladder"`
	Level   int64       `json:"level"`
	Again   bool        `json:"again" doc:"The ladder is gone up again, and so on until somebody answers"`
	Targets []SimTarget `json:"targets" nullable:"false"`
}

// SimTarget is a name of a ladder and whom it means at that moment.
type SimTarget struct {
	Target string      `json:"target"`
	Title  string      `json:"title"`
	People []SimPerson `json:"people" nullable:"false"`
	Gap    bool        `json:"gap" doc:"Nobody is there: the next level and the fallback are called at once"`
}

// SimPerson is one who is called: a person or a channel.
type SimPerson struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Confirmed bool   `json:"confirmed" doc:"A way to reach them is known to work"`
}

// bounds of a simulation.
const (
	simRounds  = 400
	simPages   = 200
	simHorizon = 400 * 24 * time.Hour
)

// simulation is one while it runs.
type simulation struct {
	s     *SLA
	tx    *db.Tx
	v     *Version
	ask   Simulate
	story []Event
	runs  []*simRun
}

// simRun is a ladder that is climbed in a simulation.
type simRun struct {
	run
	steps *Steps
	ended int64 // 0: nobody answers
}

// SimulateTicket says what would happen to a ticket, and who would be called.
// Nothing is kept.
func (s *SLA) SimulateTicket(tx *db.Tx, ask Simulate) (Simulation, error) {
	out := Simulation{Timers: []ClockView{}, Steps: []StepView{}, Pages: []SimPage{}, Fallback: []SimTarget{}, Problems: []Mistake{}}
	e, err := s.Edition(tx)
	if err != nil {
		return out, err
	}
	doc, number := e.Document, e.Rev
	if ask.Draft != nil {
		doc, number = e.with(*ask.Draft), e.Rev+1
		if err := s.check(tx, doc, e.Document); fault.Is(err, fault.Invalid) {
			out.Problems = mistakes(err)
		} else if err != nil {
			return out, err
		}
	}
	if ask.Team == "" && s.people.Intake != nil {
		if ask.Team, _, err = s.people.Intake(tx); err != nil {
			return out, err
		}
	}
	v, _ := compile(doc, number, 1)
	sim := &simulation{s: s, tx: tx, v: v, ask: ask}
	if err := sim.begin(); err != nil {
		return out, err
	}
	doing, err := sim.doing()
	if err != nil {
		return out, err
	}
	sim.run(doing)
	return out, sim.tell(&out)
}

// begin makes the story of what people do.
func (sim *simulation) begin() error {
	a := sim.ask
	if rank := slices.Index(severities(), a.Severity); rank < 0 {
		return fault.Field("body.severity", "must be one of critical, high, medium, low, info")
	}
	if a.At.Year() < 1970 || a.At.Year() > 2200 {
		return fault.Field("body.at", "must lie from 1970 to 2200")
	}
	facts := Facts{Severity: a.Severity, Type: a.Type, Team: a.Team, Source: a.Source, Account: a.Account, Region: a.Region}
	sim.story = []Event{{At: a.At.UnixMicro(), Kind: journal.TicketOpened, Facts: facts}}
	return nil
}

// doing reads the events that people make, in the order of their times.
func (sim *simulation) doing() ([]Event, error) {
	events := slices.Clone(sim.ask.Events)
	slices.SortStableFunc(events, func(a, b SimEvent) int { return a.At.Compare(b.At) })
	out := make([]Event, len(events))
	for i, e := range events {
		ev, err := e.event(fmt.Sprintf("body.events[%d]", i))
		if err != nil {
			return nil, err
		}
		if ev.At < sim.story[0].At {
			return nil, fault.Field(fmt.Sprintf("body.events[%d].at", i), "lies before the ticket is opened")
		}
		out[i] = ev
	}
	return out, nil
}

func (e SimEvent) event(at string) (Event, error) {
	ev := Event{At: e.At.UnixMicro(), Actor: "user:simulated", ID: "simulated", To: e.To}
	kinds := map[string]string{
		"ack": journal.TicketAcknowledged, "pause": journal.SLAPaused, "resume": journal.SLAResumed, "severity": journal.TicketChanged,
		"phase": journal.PhaseChanged, "close": journal.TicketClosed, "reopen": journal.TicketReopened, "note": journal.NoteAdded,
		"finding": journal.FindingTaken, "offer": journal.HandoverOffered, "accept": journal.HandoverAccepted, "decline": journal.HandoverDeclined,
	}
	if ev.Kind = kinds[e.Do]; ev.Kind == "" {
		return ev, fault.Field(at+".do", "is not known")
	}
	if e.Until != nil {
		ev.Until = e.Until.UnixMicro()
	}
	switch e.Do {
	case "severity":
		if ev.Severity = e.To; !slices.Contains(severities(), e.To) {
			return ev, fault.Field(at+".to", "must be a severity")
		}
	case "phase":
		if place(e.To) < 0 || e.To == string(ticket.Closed) {
			return ev, fault.Field(at+".to", "must be a phase; a ticket ends by close")
		}
	case "reopen":
		ev.To = cmp.Or(e.To, string(ticket.Analysis))
		ev.Automatic = true
	case "close":
		ev.Resolution = cmp.Or(e.To, string(ticket.Resolved))
	case "pause":
		if ev.Reason = "simulated"; e.Until == nil {
			return ev, fault.Field(at+".until", "must say until when it is paused")
		}
	case "finding":
		ev.Outcome = "joined"
	}
	return ev, nil
}
