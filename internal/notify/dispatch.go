package notify

import (
	"context"
	"errors"
	"slices"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// sender hands messages to workers, a bounded number for each connection: one
// that hangs holds up nobody else.
type sender struct {
	n       *Notify
	unstuck int64         // when what waits was last looked at for a clock that was set back
	done    chan struct{} // a worker is free again

	mu    sync.Mutex
	hands map[named]int // letters in hand by connection
	all   sync.WaitGroup
}

func (s *sender) free(via named) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return workers - s.hands[via]
}

func (s *sender) wait() { s.all.Wait() }

// dispatch claims what is due for every connection that has a free worker.
func (s *sender) dispatch(ctx context.Context, vias []named) error {
	for _, via := range vias {
		if free := s.free(via); free > 0 {
			claimed, err := s.n.claim(ctx, via, free)
			if err != nil {
				return err
			}
			for _, m := range claimed {
				s.start(ctx, via, m)
			}
		}
		if s.free(via) > 0 {
			continue
		}
		if err := s.n.passBy(ctx, via); err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) start(ctx context.Context, via named, m message) {
	s.mu.Lock()
	s.hands[via]++
	s.mu.Unlock()
	s.all.Go(func() {
		defer func() {
			s.mu.Lock()
			s.hands[via]--
			s.mu.Unlock()
			select {
			case s.done <- struct{}{}:
			default:
			}
		}()
		s.n.deliver(ctx, m)
	})
}

// viasWaiting jumps from connection to connection, however many messages wait.
func viasWaiting(tx *db.Tx) ([]named, error) {
	out := []named{}
	for last := (named{}); ; {
		k, err := scanNamed(tx.QueryRow(`SELECT tenant, via FROM message WHERE state IN ('queued', 'sending') AND (tenant, via) > ($1, $2) ORDER BY tenant, via LIMIT 1`,
			last.tenant, last.id))
		if errors.Is(err, db.ErrNoRows) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out, last = append(out, k), k
	}
}

const sqlDue = `SELECT ` + messageColumns + ` FROM message WHERE tenant = $1 AND via = $2 AND urgent = $3 AND state IN ('queued', 'sending') AND next_at <= $4
	ORDER BY next_at LIMIT $5`

// claim takes due messages for this node, the urgent first, and writes down that
// an attempt is made. One that was sending already had an attempt whose outcome
// nobody knows.
func (n *Notify) claim(ctx context.Context, via named, limit int) (out []message, err error) {
	some := false
	err = n.db.Read(n.as(ctx, via.tenant), func(tx *db.Tx) error {
		for _, urgent := range []bool{true, false} {
			rows, err := db.All(tx, scanMessage, sqlDue, tx.Tenant(), via.id, urgent, tx.Now(), 1)
			if err != nil {
				return err
			}
			some = some || len(rows) > 0
		}
		return nil
	})
	if err != nil || !some {
		return nil, err
	}
	err = n.db.Write(n.as(ctx, via.tenant), func(tx *db.Tx) error {
		rows, err := db.All(tx, scanMessage, sqlDue+tx.LockRows(), tx.Tenant(), via.id, true, tx.Now(), limit)
		if err == nil && len(rows) < limit {
			var more []message
			more, err = db.All(tx, scanMessage, sqlDue+tx.LockRows(), tx.Tenant(), via.id, false, tx.Now(), limit-len(rows))
			rows = append(rows, more...)
		}
		if err != nil {
			return err
		}
		out, err = n.begin(tx, rows)
		return err
	})
	return out, fault.Wrap(err, "claiming messages")
}

func (n *Notify) begin(tx *db.Tx, rows []message) ([]message, error) {
	out := slices.Clone(rows[:0])
	for _, m := range rows {
		if m.attempts >= attempts {
			m.state = stateSending
			if err := n.fail(tx, m, "The process ended in every attempt."); err != nil {
				return nil, err
			}
			continue
		}
		if m.attempts == 0 {
			m.since = tx.Now()
		}
		unknown := ""
		if m.state == stateSending {
			unknown = "What became of an earlier attempt is not known; it was sent again with the same id."
		}
		m.attempts++
		m.fence++
		err := tx.Must(`UPDATE message SET state = 'sending', attempts = $1, fence = $2, since = $3, next_at = $4, detail = CASE WHEN $5 = '' THEN detail ELSE $5 END
			WHERE tenant = $6 AND id = $7`, m.attempts, m.fence, m.since, tx.Now()+attemptLease.Microseconds(), unknown, m.tenant, m.id)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// passBy gives the next way to messages that have waited for a busy connection
// for longer than a turn, where they have another.
func (n *Notify) passBy(ctx context.Context, via named) error {
	tenant := n.as(ctx, via.tenant)
	const due = `SELECT ` + messageColumns + ` FROM message WHERE tenant = $1 AND via = $2 AND urgent = $3 AND state = 'queued' AND state IN ('queued', 'sending')
		AND attempts = 0 AND next_at <= $4 ORDER BY next_at LIMIT 20`
	for _, urgent := range []bool{true, false} {
		var late []message
		err := n.db.Read(tenant, func(tx *db.Tx) (err error) {
			late, err = db.All(tx, scanMessage, due, tx.Tenant(), via.id, urgent, tx.Now()-turn.Microseconds())
			return err
		})
		for _, m := range late {
			if err == nil {
				err = n.db.Write(tenant, func(tx *db.Tx) error { return n.passOne(tx, m) })
			}
		}
		if err != nil {
			return fault.Wrap(err, "passing a busy connection by")
		}
	}
	return nil
}

func (n *Notify) passOne(tx *db.Tx, m message) error {
	left, err := n.untried(tx, m)
	if err != nil || len(left) == 0 {
		return err // it keeps its place
	}
	got, err := tx.Exec(`UPDATE message SET fence = fence + 1 WHERE tenant = $1 AND id = $2 AND fence = $3 AND state = 'queued' AND attempts = 0`, tx.Tenant(), m.id, m.fence)
	if err != nil || got == 0 {
		return err
	}
	m.fence++
	return n.fail(tx, m, "The connection was busy for a minute.")
}
