package sla

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// JobRebase moves running clocks to the newest version of the document.
const JobRebase = "sla.rebase"

// Rebase is what moving running clocks to the newest version means.
type Rebase struct {
	Version  int64           `json:"version"`
	Tickets  int             `json:"tickets" doc:"Open tickets that follow an older version"`
	Changed  int             `json:"changed" doc:"Of them, those of which something falls due at another time; of those looked at"`
	LookedAt int             `json:"looked_at" doc:"Open tickets that were looked at; the rest is like them or not"`
	Examples []RebaseExample `json:"examples" nullable:"false"`
}

// RebaseExample is one clock that is due at another time.
type RebaseExample struct {
	Ticket string     `json:"ticket"`
	Number string     `json:"number"`
	Metric string     `json:"metric"`
	Phase  string     `json:"phase"`
	OldDue *time.Time `json:"old_due"`
	NewDue *time.Time `json:"new_due"`
}

const (
	rebaseAtOnce   = 100
	rebaseLooked   = 5_000 // of how many tickets a dry run says what would be
	rebaseExamples = 50
	rebaseWithin   = 10 * time.Second // of the database's clock; a dry run answers a person
)

// RebaseDry says what moving running clocks to the newest version would change.
func (s *SLA) RebaseDry(ctx context.Context) (out Rebase, err error) {
	out.Examples = []RebaseExample{}
	after, more := "", true
	stop := s.db.Now() + rebaseWithin.Microseconds()
	for more && out.LookedAt < rebaseLooked && s.db.Now() < stop {
		err = s.db.Read(ctx, func(tx *db.Tx) error {
			page, err := s.drySome(tx, after)
			if err != nil {
				return err
			}
			after, more = page.last, page.more
			out.add(page.Rebase)
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (r *Rebase) add(o Rebase) {
	r.Version = o.Version
	r.Tickets += o.Tickets
	r.Changed += o.Changed
	r.LookedAt += o.LookedAt
	r.Examples = append(r.Examples, o.Examples[:min(len(o.Examples), rebaseExamples-len(r.Examples))]...)
}

// dryPage is one page of a dry run.
type dryPage struct {
	Rebase
	last string
	more bool
}

func (s *SLA) drySome(tx *db.Tx, after string) (page dryPage, err error) {
	t, err := newest(tx)
	if err != nil {
		return page, err
	}
	page.Version, page.last = t.number, after
	ids, err := ticket.OpenAfter(tx, after, rebaseAtOnce)
	page.more = len(ids) == rebaseAtOnce
	for _, id := range ids {
		page.last = id
		if err := s.dryOne(tx, id, &page.Rebase); err != nil {
			return page, err
		}
	}
	return page, err
}

func (s *SLA) dryOne(tx *db.Tx, id string, out *Rebase) error {
	t, err := s.tickets.Get(tx, id)
	if err != nil {
		return err
	}
	out.LookedAt++
	docs, story, err := s.story(tx, t)
	if err != nil {
		return err
	}
	old := Replay(docs, story, tx.Now())
	if old.Version >= out.Version {
		return nil
	}
	v, err := s.version(tx, out.Version)
	if err != nil {
		return err
	}
	out.Tickets++
	moved := append(slices.Clone(story), Event{At: tx.Now(), Kind: journal.SLARebased, Version: v.Number})
	examples := differences(t, old, Replay(append(slices.Clone(docs), v), moved, tx.Now()))
	if len(examples) > 0 {
		out.Changed++
	}
	out.Examples = append(out.Examples, examples...)
	return nil
}

// differences are the clocks that fall due at another time.
func differences(t *ticket.Ticket, old, moved State) []RebaseExample {
	out := []RebaseExample{}
	was := map[string]int64{}
	for i := range old.Clocks {
		if c := &old.Clocks[i]; c.StoppedAt == 0 {
			was[c.Name()] = c.DueAt
		}
	}
	example := func(metric, phase string, from, to int64) {
		if from != to {
			out = append(out, RebaseExample{t.ID, ticket.Number(t.Number), metric, phase, db.TimeOrNil(orNil(from)), db.TimeOrNil(orNil(to))})
		}
	}
	for i := range moved.Clocks {
		c := &moved.Clocks[i]
		if c.StoppedAt == 0 {
			example(c.Metric, c.Phase, was[c.Name()], c.DueAt)
			delete(was, c.Name())
		}
	}
	for i := range old.Clocks { // those that have no target any more
		c := &old.Clocks[i]
		if due, left := was[c.Name()]; left && c.StoppedAt == 0 {
			example(c.Metric, c.Phase, due, 0)
			delete(was, c.Name())
		}
	}
	return out
}

// rebasing is the payload of the job.
type rebasing struct {
	Version int64  `json:"version"`
	Actor   string `json:"actor"`
	Reason  string `json:"reason"`
}

// RebaseLater asks the job to move every running clock to the newest version.
func (s *SLA) RebaseLater(tx *db.Tx, reason string) error {
	text := cleanText(reason)
	if n := len([]rune(text)); n < leastPauseText || n > mostPauseText {
		return fault.Field("body.reason", "must say why, in at most %d characters", mostPauseText)
	}
	v, err := s.current(tx)
	if err != nil {
		return err
	}
	return job.Enqueue(tx, job.Spec{Kind: JobRebase, Key: JobRebase, Payload: rebasing{v.Number, string(tx.Actor()), text}})
}

// HandleRebase is the job: it goes through the open tickets, each of which
// follows the version afterwards. It may begin again at any time.
func (s *SLA) HandleRebase(ctx context.Context, j job.Job) error {
	var p rebasing
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return job.Permanent(err)
	}
	ctx = db.As(ctx, j.Tenant, db.Actor(p.Actor))
	after, next := "", ""
	for more := true; more; after = next {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			if err := j.Hold(tx); err != nil {
				return err
			}
			ids, err := ticket.OpenAfter(tx, after, rebaseAtOnce)
			if err != nil {
				return err
			}
			last := after
			for _, id := range ids {
				last = id
				if err := s.rebaseOne(tx, id, p); err != nil {
					return err
				}
			}
			more = len(ids) == rebaseAtOnce
			next = last
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *SLA) rebaseOne(tx *db.Tx, id string, p rebasing) error {
	if err := ticket.Hold(tx, id); err != nil {
		return err
	}
	st, err := s.state(tx, id)
	if err != nil || !st.Open || st.Version >= p.Version {
		return err
	}
	chain, err := s.journal.Follow(tx, ticket.Stream(id))
	if err != nil {
		return err
	}
	_, err = chain.Append(journal.SLARebased, map[string]any{"from_version": st.Version, "to_version": p.Version}, map[string]any{"reason": p.Reason})
	if err != nil {
		return err
	}
	return s.touched(tx, chain, id)
}
