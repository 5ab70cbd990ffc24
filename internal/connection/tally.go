package connection

import (
	"context"
	"errors"
	"sync"

	"tocsin/internal/connector"
	"tocsin/internal/db"
)

// tally gathers what the feeds of a connection report, so that the database is
// written now and then instead of once a message.
type tally struct {
	tenant, id string

	mu          sync.Mutex
	feeds       map[string]connector.FeedEvent
	dirty       bool
	good        bool // something worked since the last flush
	received    int64
	deleted     int64
	quarantines int64
}

func newTally(s stored) *tally {
	return &tally{tenant: s.Tenant, id: s.ID, feeds: map[string]connector.FeedEvent{}, dirty: true}
}

// report notes an event and tells whether the health of its feed changed.
func (t *tally) report(e connector.FeedEvent) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.received += int64(e.Received)
	t.deleted += int64(e.Deleted)
	t.dirty = true
	if e.Health == "" {
		return false
	}
	before := t.feeds[e.Feed]
	t.feeds[e.Feed] = e
	t.good = t.good || e.Health == connector.HealthOK
	return before.Health != e.Health || before.Detail != e.Detail
}

// rest says that there is nothing to write.
func (t *tally) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirty = false
}

func (t *tally) quarantined(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quarantines += int64(n)
	t.dirty = t.dirty || n > 0
}

// state is the worst of the feeds, with what it says.
func (t *tally) state() (state, detail string) {
	state = string(connector.HealthStarting)
	for _, e := range t.feeds {
		switch e.Health {
		case connector.HealthFailing:
			return string(e.Health), e.Detail
		case connector.HealthOK:
			state = string(e.Health)
		case connector.HealthStarting:
		}
	}
	return state, ""
}

// take empties the counters and returns what to write.
func (t *tally) take() (d delta, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dirty {
		return d, false
	}
	d.state, d.detail = t.state()
	d.good, d.received, d.deleted, d.quarantined = t.good, t.received, t.deleted, t.quarantines
	t.dirty, t.good, t.received, t.deleted, t.quarantines = false, false, 0, 0, 0
	return d, true
}

// back returns counts that could not be written.
func (t *tally) back(d delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirty, t.good = true, t.good || d.good
	t.received += d.received
	t.deleted += d.deleted
	t.quarantines += d.quarantined
}

type delta struct {
	state, detail                  string
	good                           bool
	received, deleted, quarantined int64
}

// flush writes what every running connection has to tell.
func (c *Connections) flush(ctx context.Context) {
	c.Hooks.flush(ctx)
	for _, r := range c.snapshot() {
		c.write(ctx, r.tally)
	}
}

func (c *Connections) write(ctx context.Context, t *tally) {
	d, any := t.take()
	if !any {
		return
	}
	ctx = db.As(context.WithoutCancel(ctx), t.tenant, db.Actor("connection:"+t.id))
	err := c.DB.Write(ctx, func(tx *db.Tx) error { return writeHealth(tx, t.id, d) })
	if err != nil && !db.IsReference(err) { // a connection removed meanwhile has no health
		t.back(d)
		c.Log.Warn("the health of a connection could not be written", "connection", t.id, "error", err)
	}
}

func writeHealth(tx *db.Tx, id string, d delta) error {
	var before string
	since := tx.Now()
	err := tx.QueryRow(`SELECT state, since FROM connection_health WHERE tenant = $1 AND connection = $2`, tx.Tenant(), id).Scan(&before, &since)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	if before != d.state {
		since = tx.Now()
	}
	var ok any
	if d.good || d.state == string(connector.HealthOK) {
		ok = tx.Now()
	}
	_, err = tx.Exec(`INSERT INTO connection_health(tenant, connection, state, since, last_ok_at, last_error, received, deleted, quarantined)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		ON CONFLICT (tenant, connection) DO UPDATE SET state = $3, since = $4, last_ok_at = COALESCE($5, connection_health.last_ok_at), last_error = $6,
		received = connection_health.received + $7, deleted = connection_health.deleted + $8, quarantined = connection_health.quarantined + $9`,
		tx.Tenant(), id, d.state, since, ok, d.detail, d.received, d.deleted, d.quarantined)
	return err
}
