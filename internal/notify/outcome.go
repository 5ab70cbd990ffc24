package notify

import (
	"slices"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	attempts       = 3
	attemptTimeout = 10 * time.Second
	// attemptLease is how long a sender is believed to live that has not said
	// what came of its attempt.
	attemptLease = 30 * time.Second
	// turn is how long one way may take before the next one is tried.
	turn = time.Minute
)

// pauses are what is waited for before the second and the third attempt: with
// the attempts' own time that is less than a turn.
func pauses() []time.Duration { return []time.Duration{8 * time.Second, 20 * time.Second} }

// later is when a message is tried again after every way has failed.
func later(round int64) time.Duration {
	return min(5*time.Minute<<min(round, 4), time.Hour)
}

// ending is how a message ends.
type ending struct{ state, receipt, detail, failure string }

// end ends a message. It fails when another node has taken it over meanwhile:
// what that one says counts.
func (n *Notify) end(tx *db.Tx, m message, e ending) error {
	var sentAt any
	if e.state == stateSent {
		sentAt = tx.Now()
	}
	got, err := tx.Exec(`UPDATE message SET state = $1, next_at = NULL, sent_at = $2, receipt = $3, detail = CASE WHEN detail = '' THEN $4 ELSE detail END, error = $5
		WHERE tenant = $6 AND id = $7 AND fence = $8 AND next_at IS NOT NULL`,
		e.state, sentAt, connector.Line(e.receipt, 500), connector.Line(e.detail, 500), connector.Line(e.failure, 500), tx.Tenant(), m.id, m.fence)
	if err == nil && got == 0 {
		err = fault.New(fault.Conflict, "The message %s was taken over by another node.", m.id).WithSlug("lease-lost")
	}
	return err
}

// sent notes that a channel has taken a message.
func (n *Notify) sent(tx *db.Tx, m message, r connector.Receipt) error {
	if err := n.end(tx, m, ending{state: stateSent, receipt: r.ID, detail: r.Detail}); err != nil {
		return err
	}
	return n.recordSent(tx, m)
}

// notTaken notes that an attempt has failed: there is another one if it may
// help, or else the next way.
func (n *Notify) notTaken(tx *db.Tx, m message, why error) error {
	after, again := connector.RetryAfter(why)
	if m.attempts < attempts {
		after = max(after, pauses()[max(m.attempts-1, 0)])
	}
	if again && m.attempts < attempts && tx.Now()+after.Microseconds() < m.since+turn.Microseconds() {
		got, err := tx.Exec(`UPDATE message SET state = 'queued', next_at = $1, error = $2 WHERE tenant = $3 AND id = $4 AND fence = $5 AND state = 'sending'`,
			tx.Now()+after.Microseconds(), connector.Line(why.Error(), 500), tx.Tenant(), m.id, m.fence)
		if err == nil && got == 0 {
			err = fault.New(fault.Conflict, "The message %s was taken over by another node.", m.id).WithSlug("lease-lost")
		}
		return err
	}
	return n.fail(tx, m, why.Error())
}

// fail ends one way of a message and begins the next. When there is none, the
// journal says so, so that ladders go on at once, and the whole message is tried
// again later.
func (n *Notify) fail(tx *db.Tx, m message, why string) error {
	if err := n.end(tx, m, ending{state: stateFailed, failure: why}); err != nil {
		return err
	}
	left, err := n.untried(tx, m)
	if err != nil {
		return err
	}
	if m.round == 0 {
		if err := n.recordFailed(tx, m, len(left) == 0); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return n.follow(tx, m, stateQueued, m.round, tx.Now(), left[0])
	}
	if tx.Now()-m.at > longestOut.Microseconds() {
		return nil
	}
	return n.follow(tx, m, stateOpen, m.round+1, tx.Now()+later(m.round).Microseconds(), route{})
}

// untried are the ways of the recipient that this round has not tried.
func (n *Notify) untried(tx *db.Tx, m message) ([]route, error) {
	routes, err := n.routes(tx, m.person, m.channel)
	if err != nil {
		return nil, err
	}
	rows, err := db.All(tx, func(s db.Scanner) (r route, err error) {
		return r, s.Scan(&r.via, &r.contact)
	}, `SELECT via, contact FROM message WHERE tenant = $1 AND bundle = $2 AND round = $3`, tx.Tenant(), m.bundle, m.round)
	return slices.DeleteFunc(routes, func(r route) bool {
		return slices.ContainsFunc(rows, func(tried route) bool { return tried.via == r.via && tried.contact == r.contact })
	}), err
}

// follow makes the letter that comes after one that failed.
func (n *Notify) follow(tx *db.Tx, m message, state string, round, at int64, r route) error {
	hold := ""
	if state == stateOpen {
		hold = holdAgain + m.bundle
	}
	return tx.Must(`INSERT INTO message(tenant, id, bundle, person, channel, hold, state, kind, rank, urgent, count, ticket, via, via_kind, contact, round, attempts, fence, at, since, next_at, receipt, place, detail, error)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,0,0,$17,$18,$18,'',$19,'','')`,
		tx.Tenant(), tx.NewID(), m.bundle, m.person, m.channel, hold, state, string(m.kind), m.rank, m.urgent, m.count, m.ticket, r.via, r.kind, r.contact, round,
		m.at, at, placeOf(r.address))
}
