package sla

import (
	"context"
	"encoding/json"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// UnheardReader is the reader that goes on with a ladder where no way to those
// who were called has worked: then nobody was there.
const UnheardReader = "sla.unheard"

// UnheardKinds are the entries that say so.
func UnheardKinds() []string { return []string{journal.NotificationFailed} }

// failure is what the journal says of a message that reached nobody.
type failure struct {
	All      bool     `json:"all"`
	Attempts int64    `json:"attempts"`
	Kind     string   `json:"kind"`
	Person   string   `json:"person"`
	Channel  string   `json:"channel"`
	Tickets  []string `json:"tickets"`
}

// Unheard goes on with the ladders whose last call nobody could hear.
func (s *SLA) Unheard(ctx context.Context, entries []journal.Record) error {
	for i := range entries {
		var f failure
		if err := json.Unmarshal(entries[i].Data, &f); err != nil {
			return fault.Wrap(err, "reading what has failed")
		}
		if !f.All || f.Person == "" {
			continue
		}
		for tickets := range slices.Chunk(f.Tickets, auditCall) {
			if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.unheard(tx, f, tickets, entries[i].At) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *SLA) unheard(tx *db.Tx, f failure, tickets []string, at int64) error {
	if f.Attempts == 0 { // where nobody can be told anything, the screen is all there is
		if any, err := s.tellsAnybody(tx); err != nil || !any {
			return err
		}
	}
	for _, id := range tickets {
		runs, err := runsOf(tx, id)
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			continue
		}
		if err := ticket.Hold(tx, id); err != nil {
			return err
		}
		sc := s.scene(tx, id)
		for _, r := range runs {
			if err := sc.unheard(r, f.Person, at); err != nil {
				return err
			}
		}
		if err := sc.close(); err != nil {
			return err
		}
	}
	return nil
}

func (s *SLA) tellsAnybody(tx *db.Tx) (bool, error) {
	if s.people.Ways == nil {
		return true, nil
	}
	return s.people.Ways(tx)
}

// call is the last call of a ladder, as the journal has it.
type call struct {
	At      int64    `json:"-"`
	Run     string   `json:"run"`
	Reason  string   `json:"reason"`
	Level   int      `json:"level"`
	People  []string `json:"people"`
	Targets []string `json:"targets"`
}

// unheard goes one level further when none of those whom the ladder called last
// could be reached. At the top nothing is left but the last resort, once.
func (sc *scene) unheard(r run, person string, at int64) error {
	last, failed, err := lastCall(sc.tx, r)
	if err != nil || last == nil || at <= last.At || !slices.Contains(last.People, person) {
		return err
	}
	failed[person] = true
	for _, id := range last.People {
		if !failed[id] {
			return nil
		}
	}
	l, err := sc.s.stepsOf(sc.tx, r)
	if err != nil {
		return err
	}
	if r.step() >= int64(len(l.Levels)) && last.Reason == reasonLast {
		sc.s.log.Error("a ladder has reached nobody", "ticket", sc.id, "run", r.id)
		return sc.unreachable()
	}
	sc.write(journal.EscalationGap, map[string]any{"level": last.Level, "run": r.id, "targets": whole(last.Targets)})
	if r.step() >= int64(len(l.Levels)) {
		return sc.lastResort(r, l)
	}
	m, _ := l.further(r.step(), sc.tx.Now())
	return sc.climb(r, l, m, reasonUnheard)
}

// Why a call was made beside its time.
const (
	reasonUnheard = "unheard"     // those called before could not be reached
	reasonLast    = "last_resort" // and nobody is left above
)

// lastResort calls the fallback of a ladder that stands on its top.
func (sc *scene) lastResort(r run, l *Steps) error {
	c := calling{run: r, steps: l, dueAt: sc.tx.Now(), reason: reasonLast}
	if err := sc.fallBack(&c); err != nil {
		return err
	}
	return sc.page(&c)
}

// lastCall is the last call of a ladder, and who is known not to have heard it.
func lastCall(tx *db.Tx, r run) (*call, map[string]bool, error) {
	story, err := journal.Story(tx, ticket.Stream(r.ticket), journal.EscalationPaged, journal.NotificationFailed)
	if err != nil {
		return nil, nil, err
	}
	var last *call
	failed := map[string]bool{}
	for i := range story {
		if story[i].Kind == journal.EscalationPaged {
			c := call{At: story[i].At}
			if json.Unmarshal(story[i].Data, &c) == nil && c.Run == r.id {
				last, failed = &c, map[string]bool{}
			}
			continue
		}
		var f failure
		if json.Unmarshal(story[i].Data, &f) == nil && f.All && f.Kind == string(notify.Page) {
			failed[f.Person] = true
		}
	}
	return last, failed, nil
}
