package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tocsin/test/harness"
)

// provesSame sends one event a thousand times from ten workers at once.
func provesSame(w *world) ([]row, error) {
	r, err := w.same("SQLite", filepath.Join(w.work, "same"), "")
	if err != nil {
		return nil, err
	}
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return append(r, skip("the same event many times, PostgreSQL", "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")), nil
	}
	db, drop, err := harness.Database(server)
	if err != nil {
		return r, err
	}
	more, err := w.same("PostgreSQL", filepath.Join(w.work, "samepg"), db)
	return append(r, more...), errors.Join(err, drop())
}

// echoes is what became of one event that was sent many times.
type echoes struct {
	mu       sync.Mutex
	outcomes map[string]int
	ids      map[harness.Result]int
	bad      []string
}

func (e *echoes) note(r harness.Result, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.bad = append(e.bad, err.Error())
		return
	}
	e.outcomes[r.Outcome]++
	e.ids[harness.Result{Finding: r.Finding, TicketID: r.TicketID}]++
}

func (w *world) same(engine, data, db string) ([]row, error) {
	s, token, err := harness.Installation(harness.Options{Bin: w.bin, Data: data, DB: db})
	if err != nil {
		return nil, err
	}
	defer s.Stop(20 * time.Second)
	const workers, each = 10, 100
	e := &echoes{outcomes: map[string]int{}, ids: map[harness.Result]int{}}
	var wg sync.WaitGroup
	began := time.Now()
	for range workers {
		c, err := harness.NewCaller(s.URL, token)
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			defer c.Close()
			for range each {
				r, _, err := c.Send(harness.Control("same", 1))
				e.note(r, err)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	sum, err := counted(harness.Options{Data: data, DB: db})
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("%d answers in %s (%v), %d refused; %s", workers*each-len(e.bad), took.Round(10*time.Millisecond), e.outcomes, len(e.bad), sum)
	if len(e.bad) > 0 {
		figure += ", e.g. " + e.bad[0]
	}
	holds := len(e.bad) == 0 && len(e.ids) == 1 && e.outcomes["opened"] == 1 && sum == countedSum{1, 1, workers * each, 1, 0}
	doubled := sum
	doubled.tickets++ // the judge must mind a second ticket
	return []row{{
		fmt.Sprintf("the same event 1,000 times from ten workers at once (%s): one finding, one ticket, every one counted", engine), figure,
		"1 finding, 1 ticket, seen 1,000 times, 0 refused", verdict(holds && doubled != countedSum{1, 1, workers * each, 1, 0}),
	}}, nil
}

// countedSum is what the database holds.
type countedSum struct{ findings, tickets, seen, opened, quarantined int }

func (c countedSum) String() string {
	return fmt.Sprintf("%d finding, %d ticket, seen %d times, %d opening in the journal, %d in quarantine", c.findings, c.tickets, c.seen, c.opened, c.quarantined)
}

func counted(o harness.Options) (c countedSum, err error) {
	pool, err := openStore(o)
	if err != nil {
		return c, err
	}
	defer func() { _ = pool.Close() }()
	err = pool.QueryRow(`SELECT (SELECT COUNT(*) FROM finding), (SELECT COUNT(*) FROM ticket), (SELECT COALESCE(SUM(seen_count),0) FROM finding),
		(SELECT COUNT(*) FROM entry WHERE kind = 'ticket.opened'), (SELECT COUNT(*) FROM quarantine)`).Scan(&c.findings, &c.tickets, &c.seen, &c.opened, &c.quarantined)
	return c, err
}
