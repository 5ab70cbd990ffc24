package job

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"tocsin/internal/db"
)

// Config sets a runner up; zero values are the defaults.
type Config struct {
	Node    string        // names this process; must differ between nodes
	Lease   time.Duration // 15 s
	Poll    time.Duration // how often to look without a hint; 1 s
	Workers int           // jobs at the same time; 4
	Log     *slog.Logger
}

// Handler does one job. It may be called again for the same job.
type Handler func(ctx context.Context, j Job) error

// Runner runs jobs, readers and the leader's work on one node.
type Runner struct {
	db       *db.DB
	log      *slog.Logger
	node     string
	lease    time.Duration
	poll     time.Duration
	workers  chan struct{}
	handlers map[string]Handler
	readers  []Reader
	every    []periodic
	wg       sync.WaitGroup
	clock    clock
}

type periodic struct {
	name     string
	interval time.Duration
	do       func(ctx context.Context) error
}

// New makes a runner; give it handlers and readers before Run.
func New(d *db.DB, cfg Config) *Runner {
	if cfg.Lease == 0 {
		cfg.Lease = 15 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = time.Second
	}
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{
		db: d, log: cfg.Log, node: cfg.Node, lease: cfg.Lease, poll: cfg.Poll,
		workers: make(chan struct{}, cfg.Workers), handlers: map[string]Handler{},
	}
}

// Handle says who does jobs of a kind.
func (r *Runner) Handle(kind string, h Handler) { r.handlers[kind] = h }

// Every runs do about once an interval on one node of all, as cleaning does.
func (r *Runner) Every(name string, interval time.Duration, do func(context.Context) error) {
	r.every = append(r.every, periodic{name, interval, do})
}

// Run works until ctx ends, then waits for what it has begun.
func (r *Runner) Run(ctx context.Context) {
	if !r.db.PositionsAfterCommit() {
		if err := r.db.Write(system(ctx), freeAll); err != nil {
			r.log.Warn("the leases of the last process run out by themselves", "error", err)
		}
	}
	start := func(f func(context.Context)) {
		r.wg.Add(1)
		go func() { defer r.wg.Done(); f(ctx) }()
	}
	start(r.runQueue)
	start(r.watchClock)
	if r.db.PositionsAfterCommit() {
		start(r.place)
	}
	for _, reader := range r.readers {
		start(func(ctx context.Context) { r.read(ctx, reader) })
	}
	for _, p := range append(r.every, periodic{"job.purge", time.Hour, r.purge}) {
		start(func(ctx context.Context) { r.repeat(ctx, p) })
	}
	r.wg.Wait()
}

func (r *Runner) repeat(ctx context.Context, p periodic) {
	r.alone(ctx, term{"every:" + p.name, r.lease, false}, func(ctx context.Context, _ *Lease) {
		for ctx.Err() == nil {
			if err := p.do(system(ctx)); err != nil && ctx.Err() == nil {
				r.log.Warn("periodic work failed", "name", p.name, "error", err)
			}
			sleep(ctx, p.interval)
		}
	})
}

func (r *Runner) purge(ctx context.Context) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		return purge(tx, tx.Now()-(7*24*time.Hour).Microseconds())
	})
}

// runQueue claims what is due and gives it to workers; it sleeps until the
// next job falls due, a commit hints at a new one, or the poll interval ends.
func (r *Runner) runQueue(ctx context.Context) {
	r.wg.Add(1)
	go func() { defer r.wg.Done(); r.beat(ctx) }()
	for ctx.Err() == nil {
		changed := r.db.Changed()
		n, next, err := r.claimSome(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("jobs could not be claimed", "error", err)
		}
		if n == 0 {
			r.waitForWork(ctx, changed, next)
		}
	}
}

// claimSome gives due jobs to free workers. When it claims none it says when to
// look again: at the time that is next due, 0 for when something changes. While
// no worker is free that is the change with which one ends its job.
func (r *Runner) claimSome(ctx context.Context) (n int, next int64, err error) {
	free := cap(r.workers) - len(r.workers)
	if free == 0 {
		return 0, 0, nil
	}
	due, err := r.due(ctx)
	if err != nil || due == 0 || due > r.db.Now() {
		return 0, due, err
	}
	var jobs []Job
	err = r.db.Write(system(ctx), func(tx *db.Tx) (err error) {
		jobs, err = claim(tx, r.node, tx.Now()+r.lease.Microseconds(), free)
		return err
	})
	for _, j := range jobs {
		r.workers <- struct{}{}
		r.wg.Add(1)
		go func() {
			defer func() { <-r.workers; r.wg.Done() }()
			r.do(ctx, j)
		}()
	}
	return len(jobs), due, err
}

func (r *Runner) due(ctx context.Context) (at int64, err error) {
	err = r.db.Read(system(ctx), func(tx *db.Tx) (err error) {
		at, err = nextDue(tx)
		return err
	})
	return at, err
}

func (r *Runner) waitForWork(ctx context.Context, changed <-chan struct{}, next int64) {
	wait := r.poll
	if next > 0 {
		wait = min(wait, max(time.Duration(next-r.db.Now())*time.Microsecond, time.Millisecond))
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-changed:
		sleep(ctx, 50*time.Millisecond) // many commits, one look
	}
}

// beat keeps this node's jobs, and frees those of nodes that show no life.
func (r *Runner) beat(ctx context.Context) {
	watched := map[string]*watch{}
	for ctx.Err() == nil {
		var others []Lease
		err := r.db.Write(system(ctx), func(tx *db.Tx) (err error) {
			if err := heartbeat(tx, r.node, tx.Now()+r.lease.Microseconds()); err != nil {
				return err
			}
			others, err = beats(tx, r.node)
			return err
		})
		if err == nil {
			err = r.bury(ctx, watched, others)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Warn("the heartbeat failed", "error", err)
		}
		sleep(ctx, r.lease/3)
	}
}

// bury frees the jobs of those whose sign of life stands still.
func (r *Runner) bury(ctx context.Context, watched map[string]*watch, others []Lease) error {
	for owner := range watched {
		if !slices.ContainsFunc(others, func(l Lease) bool { return l.Owner == owner }) {
			delete(watched, owner)
		}
	}
	for _, l := range others {
		if watched[l.Owner] == nil {
			watched[l.Owner] = &watch{}
		}
		if watched[l.Owner].still(l) < r.lease {
			continue
		}
		if err := r.db.Write(system(ctx), func(tx *db.Tx) error { return releaseJobs(tx, l) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) do(ctx context.Context, j Job) {
	err := r.call(ctx, j)
	r.minded(ctx)
	retryAt := r.db.Now() + backoff(j.Attempts).Microseconds()
	if err != nil {
		r.log.Warn("a job failed", "kind", j.Kind, "job", j.ID, "attempt", j.Attempts, "error", err)
	}
	err = r.db.Write(context.WithoutCancel(system(ctx)), func(tx *db.Tx) error { return finish(tx, j, err, retryAt) })
	if err != nil {
		r.log.Warn("the outcome of a job could not be written", "job", j.ID, "error", err)
	}
}

func (r *Runner) call(ctx context.Context, j Job) (err error) {
	h, ok := r.handlers[j.Kind]
	if !ok {
		return fmt.Errorf("no handler for jobs of kind %s", j.Kind)
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in job %s: %v\n%s", j.Kind, v, debug.Stack())
		}
	}()
	return h(db.As(ctx, j.Tenant, db.Actor("system:"+j.Kind)), j)
}

// backoff is 1 s doubled per attempt up to 10 min, with up to a quarter more.
func backoff(attempts int64) time.Duration {
	d := 10 * time.Minute
	if attempts < 10 {
		d = time.Second << max(attempts-1, 0)
	}
	return d + rand.N(d/4+1)
}
