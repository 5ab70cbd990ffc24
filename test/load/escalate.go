package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"tocsin/test/harness"
)

const (
	openTickets = 100_000 // with clocks that run
	arriving    = 200     // findings a second
	dueAfter    = 3 * time.Second
	downFor     = 3 * time.Hour
)

// measureCatchUps lets many tickets fall due while the system is down.
func measureCatchUps(s settings, r *results) error {
	for _, n := range []struct {
		tickets int
		within  float64
	}{{10_000, 10}, {100_000, 60}} {
		if err := measureCatchUp(s, r, n.tickets, n.within, ""); err != nil {
			return fmt.Errorf("catching up with %d tickets: %w", n.tickets, err)
		}
	}
	return nil
}

// measureCatchUpPostgres is the same on PostgreSQL.
func measureCatchUpPostgres(s settings, r *results) error {
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		r.skip("catching up on PostgreSQL, because TOCSIN_TEST_PG is not set (make bench starts one)")
		return nil
	}
	db, drop, err := harness.Database(server)
	if err != nil {
		return err
	}
	return errors.Join(measureCatchUp(s, r, 10_000, 10, db), drop())
}

// measureBreaches lets findings come in that must be acknowledged within three
// seconds, which nobody does, beside many tickets whose clocks run.
func measureBreaches(s settings, r *results) error {
	b, err := newBell(s, "breaches", "", 0)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.fill(openTickets, "30d", "compliance"); err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	lasting := max(5*s.each, 10*time.Second)
	began := time.Now()
	sent, err := b.arrive(lasting)
	if err != nil {
		return err
	}
	rate := float64(sent) / time.Since(began).Seconds()
	time.Sleep(dueAfter + 8*time.Second)
	told, err := b.read()
	if err != nil {
		return err
	}
	if len(told.paged) != sent || len(told.sent) != sent {
		return fmt.Errorf("%d of %d breaches were escalated, and somebody was told of %d", len(told.paged), sent, len(told.sent))
	}
	note := fmt.Sprintf("%s open tickets with clocks, %.0f findings/s, %d breaches", thousands(openTickets), rate, sent)
	r.add(
		of("breach to journaled escalation, p50", "s", sqliteFull, quantile(told.paged, 0.5).Seconds()).saying("%s", note),
		of("breach to journaled escalation, p99", "s", sqliteFull, quantile(told.paged, 0.99).Seconds()).atMost(2),
		of("breach to the mail that the channel has taken, p50", "s", sqliteFull, quantile(told.sent, 0.5).Seconds()).saying("a first call waits a second for those that come with it"),
		of("breach to the mail that the channel has taken, p99", "s", sqliteFull, quantile(told.sent, 0.99).Seconds()).atMost(5),
	)
	return nil
}

// measureCatchUp lets tickets fall due while no server runs, then starts it.
func measureCatchUp(s settings, r *results, tickets int, within float64, db string) error {
	name := fmt.Sprintf("catchup%d%t", tickets, db != "")
	b, err := newBell(s, name, db, downFor)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.fill(tickets, "1h", ""); err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	took, err := b.madeGood(10 * time.Minute)
	if err != nil {
		return fmt.Errorf("%w; the server's log ends with\n%s", err, harness.Tail(b.o.LogFile()))
	}
	cpu, err := b.server.CPU()
	if err != nil {
		return err
	}
	n, err := b.breaches()
	if err != nil {
		return err
	}
	if n != tickets {
		return fmt.Errorf("%d of %d breaches are in the journal", n, tickets)
	}
	level, mails := sqliteFull, b.mails()
	if db != "" {
		level = postgresSync
	}
	r.add(
		of(fmt.Sprintf("after 3 h down: %s overdue tickets made good", thousands(int64(tickets))), "s", level, took.Seconds()).atMost(within).
			saying("from the start of the process, which took %.1f s of processor time; each is breached, climbs its ladder to where it should be, and is told of", cpu.Seconds()),
		of(fmt.Sprintf("after 3 h down: messages to the one person who answers for %s tickets", thousands(int64(tickets))), "messages", level, float64(mails)).atMost(1),
	)
	if mails == 0 {
		return errors.New("nobody was told")
	}
	return nil
}

// arrive sends findings at an even pace and returns how many.
func (b *bell) arrive(lasting time.Duration) (int, error) {
	const senders = 20
	var sent atomic.Int64
	began := time.Now()
	err := crowd(senders, func(who int) error {
		c, err := harness.NewCaller(b.server.URL, b.token)
		if err != nil {
			return err
		}
		defer c.Close()
		every := time.Second * senders / arriving
		for i := int64(0); ; i++ {
			next := began.Add(time.Duration(i)*every + time.Duration(who)*every/senders)
			if next.Sub(began) > lasting {
				return nil
			}
			time.Sleep(time.Until(next))
			res, _, err := c.Send(harness.Control(fmt.Sprintf("bell-%d", who), i))
			if err != nil {
				return err
			}
			if res.Outcome != "opened" {
				return fmt.Errorf("a finding was %s instead of opened", res.Outcome)
			}
			sent.Add(1)
		}
	})
	return int(sent.Load()), err
}

// start starts the server.
func (b *bell) start() (err error) {
	b.began = time.Now()
	b.server, err = harness.Start(b.o)
	return err
}

// mails are those that came: after the first of them some seconds are waited for
// more.
func (b *bell) mails() int {
	for range 60 {
		time.Sleep(time.Second)
		if len(b.post.Mails()) > 0 {
			time.Sleep(8 * time.Second)
			break
		}
	}
	return len(b.post.Mails())
}

// madeGood waits until everything that fell due is done and returns how long
// that took since the process began.
func (b *bell) madeGood(most time.Duration) (time.Duration, error) {
	for time.Since(b.began) < most {
		time.Sleep(100 * time.Millisecond)
		pool, err := b.store()
		if err != nil {
			return 0, err
		}
		var done int64
		err = pool.QueryRowContext(context.Background(), `SELECT COALESCE(MAX(done_at),0) FROM catchup`).Scan(&done)
		_ = pool.Close()
		if err == nil && done > 0 {
			return time.UnixMicro(done).Sub(b.began), nil
		}
	}
	return 0, errors.New("not everything was made good")
}

func (b *bell) dir(name string) string { return filepath.Join(b.settings.work, "bell-"+name) }

// heardAfter is how long after the breach each ticket was escalated, and told of.
type heardAfter struct{ paged, sent []time.Duration }

func (h *heardAfter) sort() {
	slices.Sort(h.paged)
	slices.Sort(h.sent)
}
