package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
	"tocsin/test/harness"
)

const (
	// dueWithin is how long a job that was asked for at once, or its second try,
	// may take, whatever the clock does. About ten seconds are usual; machines
	// differ, and what decides is that each runs.
	dueWithin = 30 * time.Second
	day       = 24 * time.Hour
)

// step is one thing that happens to the clock of a node.
type step struct {
	node  int
	to    time.Duration
	still bool
}

// steps set the clocks of the nodes in turn, and at last right again.
func (st *stage) steps(w *world) (out []step) {
	all := []step{{to: time.Hour}, {to: 0}, {to: -time.Hour}, {to: 0}, {to: day}, {to: -day}, {still: true}, {to: 0}}
	rounds := w.count(1, 2, 10)
	for i := range rounds * len(all) {
		s := all[i%len(all)]
		s.node = (i / len(all)) % len(st.nodes)
		out = append(out, s)
	}
	for i := range st.nodes {
		out = append(out, step{node: i})
	}
	return out
}

// play works on every node while the clocks are set.
func (st *stage) play(w *world) (int, error) {
	secret, err := st.signIn()
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i, n := range st.nodes {
		wg.Go(func() { st.work(n, i, stop) })
		wg.Go(func() { st.visit(n, i, secret, stop) })
	}
	pause := time.Duration(w.count(500, 1500, 2500)) * time.Millisecond
	steps := st.steps(w)
	for _, s := range steps {
		h := st.nodes[s.node].hand
		wait := pause
		if s.still {
			h.stand()
			wait = max(pause, 7*time.Second)
		} else {
			h.set(s.to)
		}
		time.Sleep(wait)
	}
	close(stop)
	wg.Wait()
	return len(steps), st.settled()
}

func (st *stage) signIn() (string, error) {
	in, err := st.nodes[0].Identity.SignIn(db.As(context.Background(), identity.Main, "system:harness"), st.email, harness.Password, "harness")
	return in.Secret, err
}

// work takes findings in, asks for jobs and works on tickets.
func (st *stage) work(n *node, at int, stop <-chan struct{}) {
	ctx := analyst(st.user)
	for i := 0; !over(stop); i++ {
		run := fmt.Sprintf("clock%d", at)
		results, err := n.Intake(ctx, "api", harness.Control(run, int64(i)))
		if err != nil || len(results) != 1 || results[0].Ticket == "" {
			st.note("a finding was answered %+v, %v", results, err)
			continue
		}
		st.mu.Lock()
		st.found[harness.ControlID(run, int64(i))] = results[0].Ticket
		st.asked[fmt.Sprintf("%d-%d", at, i)] = time.Now()
		st.mu.Unlock()
		err = n.DB.Write(ctx, func(tx *db.Tx) error {
			if err := job.Enqueue(tx, job.Spec{Kind: "harness.clock", Key: fmt.Sprintf("%d-%d", at, i)}); err != nil {
				return err
			}
			return st.handle(tx, n, results[0].Ticket, i)
		})
		if err != nil {
			st.note("working on a ticket: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// handle is one person's work on a ticket.
func (st *stage) handle(tx *db.Tx, n *node, id string, i int) error {
	if _, err := n.Tickets.Take(tx, id); err != nil {
		return err
	}
	for _, to := range []ticket.Phase{ticket.Analysis, ticket.Containment}[:i%3] {
		if _, err := n.Tickets.Move(tx, id, ticket.Move{To: to, Reason: "the harness moves it on", Waive: true}, ticket.Worker{ID: st.user, Leads: true}); err != nil {
			return err
		}
	}
	return nil
}

// visit uses a session, and asks again and again for what was done under an
// idempotency key at the beginning.
func (st *stage) visit(n *node, at int, secret string, stop <-chan struct{}) {
	keys, ctx := job.NewIdempotency(n.DB, n.Node), analyst(fmt.Sprintf("visitor-%d", at))
	claim, _, err := keys.Begin(ctx, "once", []byte("request"))
	if err == nil {
		err = keys.Keep(ctx, claim, job.Answer{Status: 201})
	}
	if err != nil {
		st.note("an idempotency key: %v", err)
	}
	for !over(stop) {
		time.Sleep(100 * time.Millisecond)
		if _, answer, err := keys.Begin(ctx, "once", []byte("request")); err != nil || answer == nil || answer.Status != 201 {
			st.note("an idempotency key was answered %v, %v with the clock off by %s", answer, err, n.hand.ahead())
		}
		ahead := n.hand.ahead()
		_, err := n.Identity.Authenticate(context.Background(), secret)
		if err == nil || n.hand.ahead() != ahead && ahead.Abs()+n.hand.ahead().Abs() > time.Minute {
			continue
		}
		if !fault.Is(err, fault.Denied) || ahead < 20*time.Minute {
			st.note("a session was answered %v with the clock off by %s", err, ahead)
		}
	}
}

// settled waits until jobs and readers have done what they were given.
func (st *stage) settled() error {
	for began := time.Now(); time.Since(began) < 2*dueWithin; time.Sleep(100 * time.Millisecond) {
		st.mu.Lock()
		done := len(st.done) == len(st.asked) && len(st.read) == len(st.found)
		st.mu.Unlock()
		if done {
			return nil
		}
	}
	return nil // the verdict counts what is missing
}

// sums is what the database says of the work.
type sums struct {
	entries                      int64
	broken                       string
	gaps, backwards, open, feed  int
	missing, doubled, unread     int
	unrun, twice, wrong, numbers int
}

func (s sums) sound() bool {
	return s.entries > 0 && s.broken == "" && s.gaps+s.backwards+s.open+s.feed+s.missing+s.doubled+s.unread+s.unrun+s.wrong+s.numbers == 0
}

func (s sums) String() string {
	chain := "chains whole"
	if s.broken != "" {
		chain = "BROKEN: " + s.broken
	}
	return fmt.Sprintf("%d entries, %s, %d visits that do not tile, %d of negative length, %d tickets without one open visit, %d findings lost, %d doubled, %d unread, %d jobs not run (%d run twice), feed behind by %d, %d wrong answers",
		s.entries, chain, s.gaps, s.backwards, s.open, s.missing, s.doubled, s.unread, s.unrun, s.twice, s.feed, s.wrong)
}

func (st *stage) sums() (s sums, err error) {
	n := st.nodes[0]
	err = n.DB.Read(db.As(context.Background(), db.Everyone, "system:harness"), func(tx *db.Tx) error {
		for text, into := range map[string]*int{
			`SELECT COUNT(*) FROM phase_visit v JOIN phase_visit n ON n.tenant = v.tenant AND n.ticket = v.ticket AND n.seq = v.seq + 1 WHERE v.left_at IS NULL OR v.left_at <> n.entered_at`: &s.gaps,
			`SELECT COUNT(*) FROM phase_visit WHERE left_at < entered_at`:                                                                                       &s.backwards,
			`SELECT COUNT(*) FROM ticket t WHERE 1 <> (SELECT COUNT(*) FROM phase_visit v WHERE v.tenant = t.tenant AND v.ticket = t.id AND v.left_at IS NULL)`: &s.open,
			`SELECT COUNT(*) - COUNT(DISTINCT number) FROM ticket`:                                                                                              &s.numbers,
			`SELECT COUNT(*) - COUNT(DISTINCT uid) FROM finding`:                                                                                                &s.doubled,
		} {
			if err := tx.QueryRow(text).Scan(into); err != nil {
				return err
			}
		}
		uids, err := db.Strings(tx, `SELECT f.uid FROM finding f JOIN ticket t ON t.tenant = f.tenant AND t.id = f.ticket`)
		if err != nil {
			return err
		}
		have := strings.Join(uids, "\n") + "\n"
		for uid := range st.found {
			if !strings.Contains(have, uid+"\n") {
				s.missing++
			}
		}
		last, err := journal.Last(tx)
		if err != nil {
			return err
		}
		for _, n := range st.nodes {
			s.feed += int(max(last-n.Feed.Last(), 0))
		}
		entries, broken, err := journal.Verify(tx)
		s.entries = entries
		if broken != nil {
			s.broken = fmt.Sprintf("%s, entry %d: %s", broken.Stream, broken.Seq, broken.Reason)
		}
		return err
	})
	s.wrong, s.unread = len(st.wrong), len(st.found)-len(st.read)
	for key := range st.asked {
		if st.done[key] == 0 {
			s.unrun++
		}
		if st.done[key] > 1 {
			s.twice++
		}
	}
	return s, err
}

func (st *stage) verdicts(engine string, steps int) ([]row, error) {
	time.Sleep(time.Second) // the feed looks four times a second
	st.mu.Lock()
	defer st.mu.Unlock()
	s, err := st.sums()
	if err != nil {
		return nil, err
	}
	jumps := int64(0)
	for _, n := range st.nodes {
		jumps += n.warns.jumps.Load()
	}
	figure := fmt.Sprintf("%d steps, %d findings, %s; slowest job %s; alone %d times, two at once %d times; %d jumps in the logs",
		steps, len(st.found), s, st.lateJob.Round(10*time.Millisecond), st.alone, st.together, jumps)
	if len(st.wrong) > 0 {
		figure += "; e.g. " + st.wrong[0]
	}
	holds := s.sound() && st.lateJob <= dueWithin && st.together == 0 && st.alone > 0 && jumps >= int64(steps/4)
	rows := []row{{"the clock is set by an hour and a day, forwards and back, and stands still (" + engine + ")", figure, "0 wrong, " + dueWithin.String(), verdict(holds)}}
	planted, err := st.plant()
	if err != nil {
		return rows, err
	}
	return append(rows, row{
		"clock, the judge itself: a moved visit, an invented finding and an invented job are each reported (" + engine + ")", planted.String(), "1 each",
		verdict(planted.gaps == s.gaps+1 && planted.missing == s.missing+1 && planted.unrun == s.unrun+1),
	}), nil
}

// plant breaks what was found whole.
func (st *stage) plant() (sums, error) {
	st.found["invented"], st.read["invented"] = "0", true
	st.asked["invented"] = time.Now()
	err := st.nodes[0].DB.Write(db.As(context.Background(), identity.Main, "system:harness"), func(tx *db.Tx) error {
		var id string
		if err := tx.QueryRow(`SELECT ticket FROM phase_visit WHERE tenant = $1 AND left_at IS NOT NULL LIMIT 1`, tx.Tenant()).Scan(&id); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE phase_visit SET left_at = left_at + 1 WHERE tenant = $1 AND ticket = $2 AND seq = (SELECT MIN(seq) FROM phase_visit WHERE tenant = $1 AND ticket = $2)`, tx.Tenant(), id)
		return err
	})
	if err != nil {
		return sums{}, err
	}
	return st.sums()
}
