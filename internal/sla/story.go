package sla

import (
	"encoding/json"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// state is how the clocks of a ticket stand at the time of the transaction.
func (s *SLA) state(tx *db.Tx, id string) (State, error) {
	t, err := s.tickets.Get(tx, id)
	if err != nil {
		return State{}, err
	}
	return s.stateOf(tx, t)
}

// stateOf is state for who has the ticket at hand.
func (s *SLA) stateOf(tx *db.Tx, t *ticket.Ticket) (State, error) {
	docs, story, err := s.story(tx, t)
	if err != nil {
		return State{}, err
	}
	return Replay(docs, story, tx.Now()), nil
}

// stateFrom is stateOf for who has the entries of storyKinds at hand, too.
func (s *SLA) stateFrom(tx *db.Tx, t *ticket.Ticket, records []journal.Record) (State, error) {
	docs, story, err := s.storyFrom(tx, t, records)
	if err != nil {
		return State{}, err
	}
	return Replay(docs, story, tx.Now()), nil
}

// story reads what the clocks of a ticket follow from.
func (s *SLA) story(tx *db.Tx, t *ticket.Ticket) ([]*Version, []Event, error) {
	records, err := journal.Story(tx, ticket.Stream(t.ID), storyKinds()...)
	if err != nil {
		return nil, nil, err
	}
	return s.storyFrom(tx, t, records)
}

func (s *SLA) storyFrom(tx *db.Tx, t *ticket.Ticket, records []journal.Record) ([]*Version, []Event, error) {
	story, err := s.events(tx, t, records)
	if err != nil {
		return nil, nil, err
	}
	docs, err := s.versionsFor(tx, story)
	if err != nil {
		return nil, nil, err
	}
	if !Replay(docs, story, tx.Now()).isPaused() {
		return docs, story, nil
	}
	// A new finding ends a pause. Findings are read only while there is one.
	found, err := journal.Story(tx, ticket.Stream(t.ID), findingKinds()...)
	if err != nil {
		return nil, nil, err
	}
	joined, err := s.events(tx, t, found)
	story = append(story, joined...)
	slices.SortStableFunc(story, func(a, b Event) int { return int(a.Seq - b.Seq) })
	return docs, story, err
}

func (st State) isPaused() bool { return st.Pause != nil && st.Pause.EndedAt == 0 }

func (s *SLA) events(tx *db.Tx, t *ticket.Ticket, records []journal.Record) ([]Event, error) {
	out := make([]Event, 0, len(records))
	for i := range records {
		e, err := eventOf(&records[i], t)
		if err != nil {
			return nil, fault.Wrap(err, "reading entry %d of ticket %s", records[i].Seq, t.ID)
		}
		if e.Kind == journal.TicketMerged && e.Here {
			if e.Facts, e.OpenedAt, err = s.begun(tx, e.Other, ticketDepth); err != nil {
				return nil, err
			}
			if e.OpenedAt == 0 { // no longer kept
				e.OpenedAt = e.At
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// ticketDepth bounds how deep merges are followed.
const ticketDepth = 16

// begun says by what another ticket is judged and when the clocks of it, and of
// what is merged into it, began; 0 when it is no longer kept.
func (s *SLA) begun(tx *db.Tx, id string, depth int) (f Facts, at int64, err error) {
	t, err := s.tickets.Get(tx, id)
	if fault.Is(err, fault.Missing) || depth == 0 {
		return f, 0, nil
	}
	if err != nil {
		return f, 0, err
	}
	records, err := journal.Story(tx, ticket.Stream(id), journal.TicketOpened, journal.TicketMerged, journal.TicketUnmerged)
	if err != nil {
		return f, 0, err
	}
	below := map[string]bool{}
	for i := range records {
		e, err := eventOf(&records[i], t)
		if err != nil {
			return f, 0, err
		}
		switch {
		case e.Kind == journal.TicketOpened:
			f, at = e.Facts, e.At
		case e.Here:
			below[e.Other] = e.Kind == journal.TicketMerged
		}
	}
	for other, merged := range below {
		if !merged {
			continue
		}
		_, first, err := s.begun(tx, other, depth-1)
		if err != nil {
			return f, 0, err
		}
		if first > 0 {
			at = min(at, first)
		}
	}
	return f, at, nil
}

// said are the members of entries that matter here (kindlist.go of journal).
type said struct {
	Severity, Type, Team      string
	From, Into, To, Phase     string
	Resolution, Outcome       string
	Metric, Reason, Trigger   string
	Pause, Handover           string
	Automatic, Unacknowledged bool
	Cycle, Until              int64
	Percent                   int
	ExpiresAt                 int64 `json:"expires_at"`
	AnswerBy                  int64 `json:"answer_by"`
	DueAt                     int64 `json:"due_at"`
	OccurredAt                int64 `json:"occurred_at"`
	ToVersion                 int64 `json:"to_version"`
	Fields                    []changedField
}

type changedField struct {
	Field string
	New   json.RawMessage
}

// eventOf reads an entry of a ticket's stream.
func eventOf(r *journal.Record, t *ticket.Ticket) (Event, error) {
	var d said
	if err := json.Unmarshal(r.Data, &d); err != nil {
		return Event{}, err
	}
	e := Event{
		Seq: r.Seq, At: r.At, Kind: r.Kind, Actor: r.Actor, From: d.From, To: d.To, Resolution: d.Resolution,
		Automatic: d.Automatic, Outcome: d.Outcome, OccurredAt: d.OccurredAt, Version: d.ToVersion,
		Metric: d.Metric, Phase: d.Phase, Cycle: d.Cycle, Percent: d.Percent, DueAt: d.DueAt,
		Until: max(d.Until, d.ExpiresAt, d.AnswerBy), ID: d.Pause + d.Handover, Reason: d.Reason, Trigger: d.Trigger,
	}
	switch r.Kind {
	case journal.TicketOpened:
		e.Facts = Facts{Severity: d.Severity, Type: d.Type, Team: d.Team, Source: t.Source, Account: t.Account, Region: t.Region, Demo: t.Demo}
	case journal.TicketMerged, journal.TicketUnmerged:
		e.Here, e.Other, e.To, e.Automatic = d.From != t.ID, d.From, d.Phase, d.Unacknowledged
	case journal.TicketChanged:
		e.Severity = d.severity()
	}
	return e, nil
}

// severity is the new severity of a change; "" when it is about something else.
func (d *said) severity() (s string) {
	for _, f := range d.Fields {
		if f.Field == "severity" && json.Unmarshal(f.New, &s) == nil {
			return s
		}
	}
	return ""
}
