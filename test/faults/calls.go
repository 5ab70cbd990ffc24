package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tocsin/test/harness"
)

// calls is what the journal says of one ticket that nobody acknowledged.
type calls struct {
	breaches []moment
	pages    []page
}

// moment is when something was due and when it was done.
type moment struct{ due, at int64 }

type page struct {
	moment
	level  int64
	levels []int64
}

// readCalls reads every ticket and its calls, without the product.
func readCalls(o harness.Options) (map[string]*calls, error) {
	pool, err := openStore(o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pool.Close() }()
	f := map[string]*calls{}
	err = each(pool, `SELECT id FROM ticket`, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		f["ticket:"+id] = &calls{}
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, each(pool, `SELECT stream, kind, at, data FROM entry WHERE kind IN ('sla.breached','escalation.paged') ORDER BY stream, seq`, func(rows *sql.Rows) error {
		var stream, kind string
		var at int64
		var data []byte
		if err := rows.Scan(&stream, &kind, &at, &data); err != nil {
			return err
		}
		var said struct {
			DueAt  int64 `json:"due_at"`
			Level  int64
			Levels []int64
		}
		if err := json.Unmarshal(data, &said); err != nil {
			return err
		}
		c := f[stream]
		if c == nil {
			return fmt.Errorf("%s has no ticket", stream)
		}
		m := moment{said.DueAt, at}
		if kind == "sla.breached" {
			c.breaches = append(c.breaches, m)
		} else {
			c.pages = append(c.pages, page{m, said.Level, said.Levels})
		}
		return nil
	})
}

// callJudgement is what the judge of calls found.
type callJudgement struct {
	tickets, pages         int
	missing, doubled, late []string
	slowest                time.Duration
}

func (j *callJudgement) sound() bool {
	return j.tickets > 0 && len(j.missing)+len(j.doubled)+len(j.late) == 0
}

func (j *callJudgement) String() string {
	s := fmt.Sprintf("%d tickets, %d calls, %d missing, %d doubled, %d late, the slowest %s after it could be done", j.tickets, j.pages,
		len(j.missing), len(j.doubled), len(j.late), j.slowest.Round(time.Millisecond))
	for _, list := range [][]string{j.missing, j.doubled, j.late} {
		if len(list) > 0 {
			s += "; e.g. " + list[0]
		}
	}
	return s
}

// judge checks that every ticket was breached once, that every level was called
// and none twice, and that nothing came late.
func (t *tower) judge(f map[string]*calls) *callJudgement {
	j := &callJudgement{tickets: len(f)}
	for id, c := range f {
		j.pages += len(c.pages)
		if len(c.breaches) == 0 {
			j.missing = append(j.missing, "the breach of "+id)
		}
		if len(c.breaches) > 1 {
			j.doubled = append(j.doubled, "the breach of "+id)
		}
		for _, b := range c.breaches {
			t.inTime(j, "the breach of "+id, b)
		}
		t.judgeLevels(j, id, c.pages)
	}
	return j
}

func (t *tower) judgeLevels(j *callJudgement, id string, pages []page) {
	covered, called := map[int64]bool{}, map[int64]int{}
	for _, p := range pages {
		called[p.level]++
		for _, l := range p.levels {
			covered[l] = true
		}
		t.inTime(j, fmt.Sprintf("level %d of %s", p.level, id), p.moment)
	}
	for l := int64(1); l <= levels; l++ {
		if !covered[l] {
			j.missing = append(j.missing, fmt.Sprintf("level %d of %s", l, id))
		}
		if called[l] > 1 {
			j.doubled = append(j.doubled, fmt.Sprintf("level %d of %s", l, id))
		}
	}
}

// inTime compares when something was done with when it could be: when it was
// due, or when a server was back that lived long enough.
func (t *tower) inTime(j *callJudgement, what string, m moment) {
	could := int64(-1)
	for _, l := range t.lives {
		from := max(m.due, l.from)
		if l.until-from >= lateBy.Microseconds() && (could < 0 || from < could) {
			could = from
		}
	}
	after := time.Duration(m.at-could) * time.Microsecond
	if could < 0 || after > lateBy || m.at < m.due {
		j.late = append(j.late, fmt.Sprintf("%s %s after it could be done", what, after.Round(time.Millisecond)))
	}
	if could >= 0 {
		j.slowest = max(j.slowest, after)
	}
}

// selfCheck proves that the judge can find: a call that is taken away, one that
// is there twice, and one that came late.
func (t *tower) selfCheck(f map[string]*calls) row {
	var some []*calls
	for _, c := range f {
		if len(c.pages) == levels {
			some = append(some, c)
		}
		if len(some) == 3 {
			break
		}
	}
	if len(some) < 3 {
		return row{"the judge of calls itself", "too few tickets to try it with", "", broken}
	}
	before := t.judge(f)
	some[0].pages = some[0].pages[1:]
	some[1].pages = append(some[1].pages, some[1].pages[1])
	some[2].breaches[0].at += time.Hour.Microseconds()
	j := t.judge(f)
	missing, doubled, late := len(j.missing)-len(before.missing), len(j.doubled)-len(before.doubled), len(j.late)-len(before.late)
	return row{
		"the judge of calls itself: a call taken away, one made twice and a late breach are each reported",
		fmt.Sprintf("%d missing, %d doubled, %d late", missing, doubled, late), "1, 1, 1", verdict(missing == 1 && doubled == 1 && late == 1),
	}
}
