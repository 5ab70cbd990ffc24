package db

import (
	"context"
	"errors"
	"slices"
	"time"

	"tocsin/internal/fault"
)

// request is one closure waiting for the writer.
type request struct {
	ctx  context.Context
	db   *DB
	fn   func(*Tx) error
	err  error
	done chan struct{}
	at   time.Time // when it came
}

const (
	maxGroup   = 256
	queueDepth = 1024
	gatherWait = time.Millisecond // the most that gathering may cost a caller
)

// writer is the one goroutine that writes to SQLite. It takes what waits,
// runs each closure, commits once, and wakes the callers after the commit. A
// closure that fails takes back only its own work.
type writer struct {
	core    *core
	connect func(context.Context) (*session, error)
	settle  func(context.Context, *session) error // makes what is there durable
	trim    func(context.Context, *session) error // between groups: keeps the log short
	queue   chan *request
	stop    chan struct{}
	ended   chan struct{}
	s       *session
	last    int // size of the last group
	// unsettled is whether the log of the process before is not written anew
	// yet; nothing else is written before.
	unsettled bool
}

func startWriter(c *core, s *session, e *sqliteEngine, unsettled bool) *writer {
	w := &writer{
		core: c, connect: e.connect, settle: e.settle, trim: e.trim, s: s, unsettled: unsettled,
		queue: make(chan *request, queueDepth), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	go w.loop()
	return w
}

// submit waits for the closure's commit. A caller that gives up before its
// closure has begun takes it out of the queue; one whose closure has begun
// waits for the outcome, because it may already be durable.
func (w *writer) submit(ctx context.Context, d *DB, fn func(*Tx) error) error {
	r := &request{ctx: ctx, db: d, fn: fn, done: make(chan struct{}), at: time.Now()}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return interrupted(ctx.Err())
	case <-w.stop:
		return errClosed()
	}
	select {
	case <-r.done:
		return r.err
	case <-w.ended:
		select {
		case <-r.done:
			return r.err
		default:
			return errClosed()
		}
	}
}

func errClosed() error {
	return fault.New(fault.Unavailable, "The server is stopping.").WithRetryAfter(5 * time.Second)
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		select {
		case r := <-w.queue:
			w.runGroup(w.gather(r))
		case <-w.stop:
			w.drain()
			return
		}
	}
}

// drain commits what was queued before the stop.
func (w *writer) drain() {
	for {
		select {
		case r := <-w.queue:
			w.runGroup(w.gather(r))
		default:
			if w.s != nil {
				w.s.close()
			}
			return
		}
	}
}

// gather takes what waits. When the last group was large, its callers are on
// their way back: it waits a moment for half as many, because a commit costs
// the same for one as for all. A caller who is alone never waits.
func (w *writer) gather(first *request) []*request {
	group := []*request{first}
	var patience <-chan time.Time
	for len(group) < maxGroup {
		select {
		case r := <-w.queue:
			group = append(group, r)
			continue
		default:
		}
		if len(group) >= w.last/2 {
			break
		}
		if patience == nil {
			patience = time.After(gatherWait)
		}
		select {
		case r := <-w.queue:
			group = append(group, r)
		case <-patience:
			w.last = len(group)
			return group
		}
	}
	w.last = len(group)
	return group
}

func (w *writer) runGroup(group []*request) {
	live := group[:0:0]
	for _, r := range group {
		if err := r.ctx.Err(); err != nil {
			r.err = interrupted(err)
			close(r.done)
			continue
		}
		live = append(live, r)
	}
	if len(live) == 0 {
		return
	}
	for _, r := range live {
		w.core.gauge.Wait.Observe(time.Since(r.at).Microseconds())
	}
	again := w.commitGroup(live)
	for _, r := range again {
		w.core.gauge.Alone.Add(1)
		w.commitGroup([]*request{r})
	}
	for _, r := range live {
		close(r.done)
	}
	if w.s != nil && !w.core.lost.Load() {
		w.core.mind(w.trim(context.Background(), w.s))
	}
}

// commitGroup runs the closures in one transaction. It returns those that must
// run again alone, because a neighbour broke the transaction; every other
// request has its outcome in err.
func (w *writer) commitGroup(group []*request) (again []*request) {
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		fail(group, err)
		return nil
	}
	if len(group) == 1 {
		return w.commitOne(ctx, group[0])
	}
	if w.runBare(ctx, group) {
		return w.commit(ctx, group)
	}
	return w.commitApart(ctx, group)
}

// runBare runs the closures one after another without savepoints, which cost a
// fifth of the writer's time in copied pages. Failures are rare in a flood;
// when there is one, nothing of the group is kept and it returns false.
func (w *writer) runBare(ctx context.Context, group []*request) bool {
	for _, r := range group {
		if r.err = w.call(ctx, r); r.err != nil {
			return false
		}
	}
	return true
}

// commitApart runs the group once more, each closure in a savepoint of its own,
// after one of them failed.
func (w *writer) commitApart(ctx context.Context, group []*request) (again []*request) {
	w.core.gauge.Apart.Add(1)
	w.discardWhen(w.rollback(ctx) != nil || anyPanicked(group))
	if err := w.begin(ctx); err != nil {
		fail(group, err)
		return nil
	}
	for i, r := range group {
		if anyPanicked(group[i : i+1]) {
			continue // it has had its turn
		}
		if !w.runOne(ctx, r) {
			// The transaction is gone; those before and after were innocent.
			w.discard()
			return append(successes(group[:i]), group[i+1:]...)
		}
	}
	return w.commit(ctx, group)
}

// commitOne needs no savepoint: a failed closure is the whole transaction.
func (w *writer) commitOne(ctx context.Context, r *request) []*request {
	r.err = w.call(ctx, r)
	if r.err == nil {
		return w.commit(ctx, []*request{r})
	}
	w.discardWhen(w.rollback(ctx) != nil || anyPanicked([]*request{r}))
	return nil
}

func (w *writer) rollback(ctx context.Context) error {
	_, err := w.s.exec(ctx, "ROLLBACK", nil)
	return err
}

// anyPanicked reports whether a closure panicked: its connection may be in any
// state.
func anyPanicked(group []*request) bool {
	var p *panicked
	return slices.ContainsFunc(group, func(r *request) bool { return errors.As(r.err, &p) })
}

// call runs the closure itself.
func (w *writer) call(ctx context.Context, r *request) error {
	err := guarded(r.fn, r.db.newTx(context.WithoutCancel(r.ctx), w.s))
	var p *panicked
	if errors.As(err, &p) {
		w.core.gauge.Panics.Add(1)
		w.core.log.ErrorContext(ctx, "a transaction panicked", "error", p.Error())
	}
	return err
}

func (w *writer) commit(ctx context.Context, group []*request) (again []*request) {
	began := time.Now()
	_, err := w.s.exec(ctx, "COMMIT", nil)
	if err == nil {
		w.core.gauge.Commit.Observe(time.Since(began).Microseconds())
		w.core.gauge.GroupSize.Observe(int64(len(group)))
		w.core.gauge.Groups.Add(1)
		w.core.gauge.Closures.Add(int64(len(group)))
		w.core.announce()
		return nil
	}
	err = w.core.dialect.classify(err)
	w.discard()
	waiting := successes(group)
	if len(waiting) > 1 {
		return waiting // a deferred constraint of one of them: each finds out alone
	}
	fail(waiting, err)
	return nil
}

// runOne runs one closure of several in its own savepoint. It returns false
// when the transaction as a whole is lost: the engine rolled it back, or the
// closure panicked.
func (w *writer) runOne(ctx context.Context, r *request) bool {
	if _, err := w.s.exec(ctx, "SAVEPOINT one", nil); err != nil {
		r.err = w.core.dialect.classify(err)
		return false
	}
	r.err = w.call(ctx, r)
	var p *panicked
	if errors.As(r.err, &p) {
		return false
	}
	if r.err != nil {
		if _, err := w.s.exec(ctx, "ROLLBACK TO one", nil); err != nil {
			return false
		}
	}
	_, err := w.s.exec(ctx, "RELEASE one", nil)
	if err != nil && r.err == nil {
		r.err = w.core.dialect.classify(err)
	}
	return err == nil
}

// begin opens a transaction on the writer's connection.
func (w *writer) begin(ctx context.Context) error {
	if w.core.lost.Load() {
		return errGivenUp()
	}
	if err := w.ready(ctx); err != nil {
		return err
	}
	if w.unsettled {
		if err := w.settle(ctx, w.s); err != nil {
			return w.core.mind(err)
		}
		w.unsettled = false
	}
	if err := w.core.dialect.begin(ctx, w.s, "", false); err != nil {
		w.discard()
		return w.core.dialect.classify(err)
	}
	return nil
}

// ready makes sure there is a connection; after a panic or a lost transaction
// the old one was thrown away.
func (w *writer) ready(ctx context.Context) error {
	if w.s != nil {
		return nil
	}
	s, err := w.connect(ctx)
	if err != nil {
		return w.core.dialect.classify(err)
	}
	w.s = s
	return nil
}

func (w *writer) discardWhen(bad bool) {
	if bad {
		w.discard()
	}
}

// discard rolls back and throws the connection away: it may be in any state.
func (w *writer) discard() {
	_, _ = w.s.conn.ExecContext(context.Background(), "ROLLBACK")
	w.s.close()
	w.s = nil
}

func successes(group []*request) []*request {
	out := []*request{}
	for _, r := range group {
		if r.err == nil {
			out = append(out, r)
		}
	}
	return out
}

func fail(group []*request, err error) {
	for _, r := range group {
		if r.err == nil {
			r.err = err
		}
	}
}
