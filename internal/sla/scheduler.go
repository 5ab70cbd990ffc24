package sla

import (
	"context"
	"errors"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

const (
	// lookBatch is how many tickets share one transaction; a commit costs the
	// same for one as for all, and intake waits for it.
	lookBatch = 128
	lookPoll  = time.Second
	// lookWorkers is how many batches are in hand at the same time when there is
	// much to do and the database takes many writers.
	lookWorkers = 6
	// lookCalm is how long commits may gather before they are looked at.
	lookCalm = 20 * time.Millisecond
	// putOff is how long a ticket rests whose look has failed.
	putOff = minute
	actor  = db.Actor("system:sla")
)

// Run keeps looking at tickets whose time has come, until ctx ends. Several
// nodes may run it: each takes what no other has locked. It sleeps until
// something falls due; a commit is a hint to look, and so is a second without
// one. What the clocks say counts, never how often it looked.
func (s *SLA) Run(ctx context.Context) {
	for err := s.mindAll(ctx); err != nil && ctx.Err() == nil; err = s.mindAll(ctx) { // first of all: what passed before is late
		s.log.WarnContext(ctx, "the scheduler begins late", "error", err)
		nap(ctx, lookPoll)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.stayAwake(ctx) }()
	for ctx.Err() == nil {
		changed := s.db.Changed()
		n, next, err := s.turn(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "what has fallen due could not be looked at", "error", err)
		}
		if n == 0 || err != nil {
			s.rest(ctx, changed, next)
		}
	}
	<-done
}

// rest waits until something falls due, or for a hint, or a second. What is due
// and was not to be had, since a command holds it, is tried again soon.
func (s *SLA) rest(ctx context.Context, changed <-chan struct{}, next int64) {
	wait := lookPoll
	if next > 0 {
		wait = min(wait, max(time.Duration(next-s.db.Now())*time.Microsecond, lookCalm))
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-changed:
		nap(ctx, lookCalm)
	case <-t.C:
	case <-ctx.Done():
	}
}

func nap(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Look does everything that has fallen due by now, and makes good what fell due
// while nobody looked. Run does it all the time; this is for whoever wants it
// done once.
func (s *SLA) Look(ctx context.Context) error {
	if err := s.mindAll(ctx); err != nil {
		return err
	}
	for {
		n, _, err := s.turn(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// turn looks once at what is due in each tenant, and says when something is due
// next, or 0.
func (s *SLA) turn(ctx context.Context) (n int, next int64, err error) {
	var tenants []string
	err = s.db.Read(db.As(ctx, db.Everyone, actor), func(tx *db.Tx) (err error) {
		if tenants, err = identity.Tenants(tx); err != nil {
			return err
		}
		next, err = s.nextDue(tx)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	s.gauges.due(next, s.db.Now())
	for _, tenant := range tenants {
		did, err := s.turnOf(ctx, tenant, next)
		n += did
		if err != nil {
			return n, next, err
		}
	}
	return n, next, nil
}

func (s *SLA) nextDue(tx *db.Tx) (int64, error) {
	tickets, err := ticket.NextDue(tx)
	if err != nil {
		return 0, err
	}
	runs, err := nextRun(tx)
	if tickets == 0 || (runs > 0 && runs < tickets) {
		tickets = runs
	}
	return tickets, err
}

// turnOf is a turn in one tenant.
func (s *SLA) turnOf(ctx context.Context, tenant string, next int64) (int, error) {
	ctx = db.As(ctx, tenant, actor)
	n := 0
	if next > 0 && next <= s.db.Now() {
		var err error
		if n, err = s.someAtOnce(ctx); err != nil {
			return n, err
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, s.madeGood(ctx)
}

// due is a ticket that has to be looked at.
type due struct {
	id     string
	clocks bool // its own time has come; else that of a ladder
}

// someAtOnce looks at a batch. Where many can write at the same time and one was
// not enough, several batches follow beside each other: each statement waits for
// the network, and locked tickets are left to whoever has them.
func (s *SLA) someAtOnce(ctx context.Context) (int, error) {
	n, err := s.some(ctx)
	if err != nil || n < lookBatch || !s.db.PositionsAfterCommit() {
		return n, err
	}
	var wg sync.WaitGroup
	counts, errs := make([]int, lookWorkers), make([]error, lookWorkers)
	for i := range lookWorkers {
		wg.Go(func() { counts[i], errs[i] = s.some(ctx) })
	}
	wg.Wait()
	for _, c := range counts {
		n += c
	}
	return n, errors.Join(errs...)
}

// some looks at a batch in one transaction. When that fails, each ticket is
// looked at alone, so that none holds up another.
func (s *SLA) some(ctx context.Context) (int, error) {
	var batch []due
	var did tally
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if batch, err = s.take(tx); err != nil || len(batch) == 0 {
			return err
		}
		did, err = s.lookAt(tx, batch)
		return err
	})
	switch {
	case err == nil:
		s.gauges.count(did)
		return len(batch), nil
	case len(batch) == 0, isTrouble(err), ctx.Err() != nil:
		return 0, err
	}
	for _, d := range batch {
		if err := s.alone(ctx, d); err != nil {
			return 0, err
		}
	}
	return len(batch), nil
}

// isTrouble reports whether an error is of the database and not of a ticket.
func isTrouble(err error) bool {
	return fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Busy)
}

// take locks tickets that are due.
func (s *SLA) take(tx *db.Tx) ([]due, error) {
	found, err := ticket.DueBy(tx, tx.Now(), lookBatch)
	if err != nil {
		return nil, err
	}
	out := make([]due, 0, len(found))
	seen := map[string]bool{}
	for _, d := range found {
		seen[d.ID] = true
		out = append(out, due{d.ID, true})
	}
	if len(out) >= lookBatch {
		return out, nil
	}
	climbing, err := runsDue(tx, tx.Now(), lookBatch-len(out))
	if err != nil {
		return nil, err
	}
	for _, id := range climbing {
		if seen[id] {
			continue
		}
		seen[id] = true
		free, err := ticket.Claim(tx, id)
		if err != nil {
			return nil, err
		}
		if free {
			out = append(out, due{id, false})
		}
	}
	return out, nil
}

func (s *SLA) lookAt(tx *db.Tx, batch []due) (sum tally, err error) {
	if err := mindStale(tx); err != nil {
		return sum, err
	}
	c, err := s.catchingUp(tx)
	if err != nil {
		return sum, err
	}
	scenes, err := s.scenes(tx, batch)
	if err != nil {
		return sum, err
	}
	notices, people := []notify.Notice{}, cast{}
	for i, d := range batch {
		sc := scenes[i]
		sc.catch, sc.out, sc.cast = c, &notices, people
		did, err := sc.lookOne(d)
		if err != nil {
			return sum, fault.Wrap(err, "looking at ticket %s", d.id)
		}
		sum.add(did)
	}
	if err := s.told(tx, notices); err != nil {
		return sum, err
	}
	return sum, c.note(tx, sum.fired)
}

// scenes reads at once what the looks at a batch of tickets begin with: on
// PostgreSQL each statement waits for the network. The tickets are locked.
func (s *SLA) scenes(tx *db.Tx, batch []due) ([]*scene, error) {
	ids, streams := make([]string, len(batch)), make([]string, len(batch))
	for i, d := range batch {
		ids[i], streams[i] = d.id, ticket.Stream(d.id)
	}
	tickets, err := s.tickets.GetAll(tx, ids)
	if err != nil {
		return nil, err
	}
	chains, err := s.journal.FollowAll(tx, streams...)
	if err != nil {
		return nil, err
	}
	entries, err := journal.Stories(tx, streams, storyKinds()...)
	if err != nil {
		return nil, err
	}
	runs, err := runsOfAll(tx, ids)
	out := make([]*scene, len(batch))
	for i, id := range ids {
		out[i] = s.scene(tx, id)
		out[i].t, out[i].chain, out[i].entries = tickets[id], chains[streams[i]], entries[streams[i]]
		out[i].runs, out[i].known = runs[id], true
	}
	return out, err
}

func (sc *scene) lookOne(d due) (tally, error) {
	if d.clocks {
		return sc.look()
	}
	if err := sc.climbs(); err != nil {
		return tally{}, err
	}
	return sc.done, sc.close()
}

// alone looks at one ticket, and puts it off when that fails.
func (s *SLA) alone(ctx context.Context, d due) error {
	var did tally
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		free, err := ticket.Claim(tx, d.id)
		if err != nil || !free {
			return err
		}
		did, err = s.lookAt(tx, []due{d})
		return err
	})
	if err == nil {
		s.gauges.count(did)
		return nil
	}
	if isTrouble(err) || ctx.Err() != nil {
		return err
	}
	s.gauges.failed.Add(1)
	s.log.ErrorContext(ctx, "a ticket could not be looked at; it is put off for a minute", "ticket", d.id, "error", err)
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := runsLater(tx, d.id, tx.Now()+putOff); err != nil {
			return err
		}
		return ticket.LookLater(tx, d.id, tx.Now()+putOff)
	})
}
