package notify

import (
	"context"
	"errors"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	closed     = 100 // messages in one look
	longestOut = 24 * time.Hour
	// releasedFor is how long notices of a batch that was released go with it.
	releasedFor = time.Minute
)

// named is a row of some tenant.
type named struct{ tenant, id string }

func scanNamed(s db.Scanner) (k named, err error) { return k, s.Scan(&k.tenant, &k.id) }

// closeSome ends the gathering of messages whose time has come and gives each
// its first way.
func (n *Notify) closeSome(ctx context.Context, due []named) error {
	for _, k := range due {
		if err := n.db.Write(n.as(ctx, k.tenant), func(tx *db.Tx) error { return n.closeOne(tx, k.id) }); err != nil {
			return fault.Wrap(err, "closing a message")
		}
	}
	return nil
}

func (n *Notify) closeOne(tx *db.Tx, id string) error {
	m, err := scanMessage(tx.QueryRow(`UPDATE message SET state = 'queued', since = $1, next_at = $1 WHERE tenant = $2 AND id = $3 AND state = 'open' AND next_at <= $1
		RETURNING `+messageColumns, tx.Now(), tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return nil // another node was faster
	}
	if err != nil {
		return err
	}
	if m.round > 0 {
		heard, err := heard(tx, m)
		if err != nil {
			return err
		}
		if heard {
			return n.end(tx, m, ending{state: stateDropped, detail: "It was read on the screen, or is too old."})
		}
	}
	routes, err := n.routes(tx, m.person, m.channel)
	if err != nil {
		return err
	}
	if len(routes) == 0 {
		return n.fail(tx, m, "There is no way to reach this "+who(m)+".")
	}
	return n.give(tx, m.id, routes[0])
}

func who(m message) string {
	if m.channel != "" {
		return "channel: its connection is switched off, removed or tells nobody"
	}
	return "person: no contact, and no mail can be sent"
}

// heard reports whether there is no use in trying an old message again.
func heard(tx *db.Tx, m message) (bool, error) {
	if tx.Now()-m.at > longestOut.Microseconds() {
		return true, nil
	}
	if m.person == "" {
		return false, nil
	}
	var unread int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE tenant = $1 AND message = $2 AND read_at IS NULL LIMIT 1) unread`, tx.Tenant(), m.bundle).Scan(&unread)
	return unread == 0, err
}

// give says which way a message takes.
func (n *Notify) give(tx *db.Tx, id string, r route) error {
	return tx.Must(`UPDATE message SET via = $1, via_kind = $2, contact = $3, place = $4 WHERE tenant = $5 AND id = $6`,
		r.via, r.kind, r.contact, placeOf(r.address), tx.Tenant(), id)
}

// release lets the messages of released batches go once all of their notices
// are in them.
func (n *Notify) release(ctx context.Context, batches []named) error {
	for _, b := range batches {
		wanted := false
		err := n.db.Read(n.as(ctx, b.tenant), func(tx *db.Tx) (err error) { wanted, err = releasable(tx, b.id); return err })
		if err == nil && wanted {
			err = n.db.Write(n.as(ctx, b.tenant), func(tx *db.Tx) error { return releaseOne(tx, b.id) })
		}
		if err != nil {
			return fault.Wrap(err, "releasing a batch of notices")
		}
	}
	return nil
}

// releasable reports whether releasing a batch does anything: all of its notices
// are in messages, and one waits or the batch may be forgotten.
func releasable(tx *db.Tx, batch string) (bool, error) {
	var waits, open, old int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE tenant = $1 AND batch = $2 AND message IS NULL LIMIT 1) few`, tx.Tenant(), batch).Scan(&waits)
	if err != nil || waits > 0 {
		return false, err
	}
	if err := tx.QueryRow(`SELECT COUNT(*) FROM message WHERE tenant = $1 AND hold = $2 AND state = 'open' AND next_at > $3`, tx.Tenant(), holdBatch+batch, tx.Now()).Scan(&open); err != nil {
		return false, err
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM notice_batch WHERE tenant = $1 AND id = $2 AND released_at < $3`, tx.Tenant(), batch, tx.Now()-releasedFor.Microseconds()).Scan(&old)
	return open+old > 0, err
}

func releaseOne(tx *db.Tx, batch string) error {
	if _, err := tx.Exec(`UPDATE message SET next_at = $1 WHERE tenant = $2 AND hold = $3 AND state = 'open' AND next_at > $1`, tx.Now(), tx.Tenant(), holdBatch+batch); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM notice_batch WHERE tenant = $1 AND id = $2 AND released_at < $3`, tx.Tenant(), batch, tx.Now()-releasedFor.Microseconds())
	return err
}

const sqlUnstickTurns = `UPDATE message SET next_at = $1 WHERE state IN ('queued', 'sending') AND next_at > $2`

const sqlUnstickOpen = `UPDATE message SET next_at = $1 WHERE state = 'open' AND (
	(next_at > $2 AND (hold = 'burst' OR hold LIKE 'ticket:%' OR hold LIKE 'resolve:%')) OR
	(next_at > $3 AND hold LIKE 'batch:%') OR
	(next_at > $4 AND (hold = 'collapse' OR hold LIKE 'again:%')))`

// unstick brings forward what a clock that was set back would keep waiting for
// longer than anything waits. Quiet hours and snoozes end at a time of day.
func (n *Notify) unstick(ctx context.Context) error {
	return n.db.Write(ctx, func(tx *db.Tx) error {
		in := func(d time.Duration) int64 { return tx.Now() + d.Microseconds() }
		if _, err := tx.Exec(sqlUnstickTurns, tx.Now(), in(2*attemptLease)); err != nil {
			return err
		}
		_, err := tx.Exec(sqlUnstickOpen, tx.Now(), in(2*burst), in(batchWait), in(time.Hour+burst))
		return err
	})
}

func (n *Notify) as(ctx context.Context, tenant string) context.Context {
	return db.As(ctx, tenant, actor)
}

const actor db.Actor = "system:notify"
