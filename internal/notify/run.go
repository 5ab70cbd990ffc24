package notify

import (
	"context"
	"errors"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	look      = 250 * time.Millisecond // without a hint
	calm      = 100 * time.Millisecond // many commits, one look
	workers   = 8                      // letters at the same time over one connection
	unstickIn = 5 * time.Second
	// goodbye is how long letters in hand may take when the process ends.
	goodbye = 3 * time.Second
)

// Run sends until ctx ends, then waits for the letters in hand.
func (n *Notify) Run(ctx context.Context) {
	ctx = db.As(ctx, db.Everyone, actor)
	n.recover(ctx)
	s := &sender{n: n, hands: map[named]int{}, done: make(chan struct{}, 1)}
	defer s.wait()
	for ctx.Err() == nil {
		changed := n.db.Changed()
		busy, err := s.round(ctx)
		if err != nil && ctx.Err() == nil {
			n.log.WarnContext(ctx, "messages wait", "error", err)
		}
		if busy && err == nil {
			continue
		}
		n.rest(ctx, changed, s.done)
	}
}

// recover frees what the last process had in hand, where only one can be: its
// outcome is not known, so it is sent again with the same id.
func (n *Notify) recover(ctx context.Context) {
	if n.db.PositionsAfterCommit() {
		return
	}
	err := n.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE message SET next_at = $1 WHERE state = 'sending'`, tx.Now())
		return err
	})
	if err != nil {
		n.log.WarnContext(ctx, "messages of the last process wait for a moment", "error", err)
	}
}

func (n *Notify) rest(ctx context.Context, changed, done <-chan struct{}) {
	t := time.NewTimer(look)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-done:
	case <-changed:
		pause(ctx, calm)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// round does one piece of everything; it reports whether there is more at once.
func (s *sender) round(ctx context.Context) (busy bool, err error) {
	n := s.n
	g, err := n.glance(ctx)
	if err != nil {
		return false, err
	}
	for _, tenant := range g.tenants {
		done, err := n.planSome(n.as(ctx, tenant))
		if err != nil {
			return false, err
		}
		busy = busy || done == planned
	}
	if err := n.release(ctx, g.batches); err != nil {
		return false, err
	}
	if err := n.closeSome(ctx, g.closing); err != nil {
		return false, err
	}
	if past := n.db.Now() - s.unstuck; past < 0 || past > unstickIn.Microseconds() { // the clock that is set back is this one, too
		s.unstuck = n.db.Now()
		if err := n.unstick(ctx); err != nil {
			return false, err
		}
	}
	// What was closed in this round is handed out in the next.
	return busy || len(g.closing) > 0, s.dispatch(ctx, g.vias)
}

// glance is what there is to do, of every tenant.
type glance struct {
	tenants []string // with notices that are in no message
	batches []named  // that were released
	closing []named  // messages that gather no more
	vias    []named  // connections that letters wait for
}

// glance looks at the beginnings of small indexes, on one snapshot, so that
// looking often costs little.
func (n *Notify) glance(ctx context.Context) (g glance, err error) {
	err = n.db.Read(ctx, func(tx *db.Tx) (err error) {
		if g.tenants, err = tenantsWaiting(tx); err != nil {
			return err
		}
		if g.batches, err = db.All(tx, scanNamed, `SELECT tenant, id FROM notice_batch ORDER BY released_at LIMIT $1`, closed); err != nil {
			return err
		}
		g.closing, err = db.All(tx, scanNamed, `SELECT tenant, id FROM message WHERE state = 'open' AND next_at <= $1 ORDER BY next_at LIMIT $2`, tx.Now(), closed)
		if err != nil {
			return err
		}
		g.vias, err = viasWaiting(tx)
		return err
	})
	return g, fault.Wrap(err, "looking for what is to be told")
}

// tenantsWaiting jumps from tenant to tenant, however many notices wait.
func tenantsWaiting(tx *db.Tx) ([]string, error) {
	out := []string{}
	for last := ""; ; {
		err := tx.QueryRow(`SELECT tenant FROM notice WHERE message IS NULL AND tenant > $1 ORDER BY tenant LIMIT 1`, last).Scan(&last)
		if errors.Is(err, db.ErrNoRows) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, last)
	}
}

// deliver makes one attempt. The attempt was written down when the message was
// claimed; what comes of it is written down after.
func (n *Notify) deliver(ctx context.Context, m message) {
	ctx = n.as(ctx, m.tenant)
	var l connector.Letter
	send := false
	err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
		l, send, err = n.compose(tx, m)
		return err
	})
	if err == nil && !send {
		n.settle(ctx, m, func(tx *db.Tx) error {
			return n.end(tx, m, ending{state: stateDropped, detail: "There was nothing to tell any more."})
		})
		return
	}
	var receipt connector.Receipt
	if err == nil {
		receipt, err = n.attempt(ctx, m.via, l)
	}
	if ctx.Err() != nil && err != nil {
		return // the process ends: the next one sends it again
	}
	if err == nil {
		n.tally.add(m.viaKind, stateSent)
		n.settle(ctx, m, func(tx *db.Tx) error { return n.sent(tx, m, receipt) })
		return
	}
	n.tally.add(m.viaKind, stateFailed)
	n.settle(ctx, m, func(tx *db.Tx) error { return n.notTaken(tx, m, err) })
}

// attempt hands a letter over, within its time. A process that ends gives it a
// few seconds, so that what is almost done is not done twice.
func (n *Notify) attempt(ctx context.Context, via string, l connector.Letter) (connector.Receipt, error) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { pause(limit, goodbye); cancel() })
	defer stop()
	return n.ways.Send(limit, via, l)
}

// settle writes an outcome down, also while the process ends: what a channel has
// taken must not be sent again by the next.
func (n *Notify) settle(ctx context.Context, m message, write func(tx *db.Tx) error) {
	err := n.db.Write(context.WithoutCancel(ctx), write)
	if e := fault.As(err); err != nil && (e == nil || e.Slug != "lease-lost") {
		n.log.WarnContext(ctx, "what became of a message could not be written; it is sent again", "message", m.id, "error", err)
	}
}
