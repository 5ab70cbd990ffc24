package connection

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// tellEvery is how often the journal tells of refused calls, for a connection.
const tellEvery = time.Minute

// ledger gathers what became of calls, so that the database is written now and
// then: somebody who has no secret must not be able to make it write.
type ledger struct {
	mu      sync.Mutex
	tallies map[string]*hookTally // by connection; all of them exist
}

// hookTally is what a connection's calls came to since the last flush.
type hookTally struct {
	hookDelta
	dirty  bool
	owesAt int64 // when the journal may be told of refusals; 0 owes nothing
}

type hookDelta struct {
	caller                         Caller
	accepted, quarantined, refused int64
	good, bad                      bool             // the last proven call came after, or before, the last refused one
	reason, from                   string           // of the last refused call
	reasons                        map[string]int64 // refused calls that this node has not told the journal of, by slug
}

func (l *ledger) with(k Caller, do func(*hookTally)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tallies[k.ID]
	if t == nil {
		t = &hookTally{}
		l.tallies[k.ID] = t
	}
	t.caller = Caller{Tenant: k.Tenant, ID: k.ID, Name: k.Name}
	t.dirty = true
	do(t)
}

func (l *ledger) accepted(k Caller, quarantined int64) {
	l.with(k, func(t *hookTally) {
		t.accepted++
		t.quarantined += quarantined
		t.good, t.bad = true, false
	})
}

// copied notes that the sender is who it says, and brought nothing new.
func (l *ledger) copied(k Caller) {
	l.with(k, func(t *hookTally) { t.good, t.bad = true, false })
}

func (l *ledger) refused(k Caller, why error, from string) {
	l.counted(k, why)
	l.with(k, func(t *hookTally) { t.bad, t.reason, t.from = true, why.Error(), from })
}

// counted notes a refused call that says nothing about the connection's health:
// letters go out whoever calls, and a stranger must not be able to make a way of
// telling people look broken.
func (l *ledger) counted(k Caller, why error) {
	slug := "other"
	if f := fault.As(why); f != nil && f.Slug != "" {
		slug = f.Slug
	}
	l.with(k, func(t *hookTally) {
		t.refused++
		t.reason, t.from = why.Error(), ""
		if t.reasons == nil {
			t.reasons = map[string]int64{}
		}
		t.reasons[slug]++
	})
}

// due takes what is to be written now.
func (l *ledger) due(now int64) []hookDelta {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []hookDelta
	for _, t := range l.tallies {
		if !t.dirty && (t.owesAt == 0 || now < t.owesAt) {
			continue
		}
		d := t.hookDelta
		d.reasons = maps.Clone(t.reasons)
		out = append(out, d)
		t.hookDelta = hookDelta{caller: t.caller, reason: t.reason, from: t.from, reasons: t.reasons}
		t.dirty, t.owesAt = false, 0
	}
	return out
}

// settle notes what came of writing: when the journal is to be told, or what
// has to be written again.
func (l *ledger) settle(d hookDelta, w written, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tallies[d.caller.ID]
	switch {
	case t == nil:
	case db.IsReference(err):
		delete(l.tallies, d.caller.ID) // removed meanwhile
	case err != nil:
		t.accepted += d.accepted
		t.quarantined += d.quarantined
		t.refused += d.refused
		t.good, t.dirty = t.good || d.good, true
		t.bad = t.bad || d.bad && !t.good
	default:
		t.owesAt = w.owesAt
		for slug, n := range d.reasons {
			if w.told {
				t.reasons[slug] -= n
			}
		}
		maps.DeleteFunc(t.reasons, func(_ string, n int64) bool { return n == 0 })
	}
}

// written is what came of writing a tally.
type written struct {
	owesAt int64 // when the rest is to be told, 0 for nothing
	told   bool  // the journal has been told
}

// flush writes what calls came to.
func (h *Hooks) flush(ctx context.Context) {
	for _, d := range h.ledger.due(h.c.DB.Now()) {
		own := d.caller.As(context.WithoutCancel(ctx))
		var w written
		err := h.c.DB.Write(own, func(tx *db.Tx) (err error) {
			w, err = h.write(tx, d)
			return err
		})
		h.ledger.settle(d, w, err)
		switch {
		case db.IsReference(err):
			h.forget(d.caller.ID)
		case err != nil:
			h.c.Log.Warn("what became of calls could not be written", "connection", d.caller.ID, "error", err)
		}
	}
}

const sqlHookHealth = `INSERT INTO connection_health(tenant, connection, state, since, last_ok_at, last_error, received, deleted, quarantined, refused, refused_at)
	VALUES ($1,$2,$3,$4,$5,$6,$7,0,$8,$9,$10)
	ON CONFLICT (tenant, connection) DO UPDATE SET state = $3, since = $4, last_ok_at = COALESCE($5, connection_health.last_ok_at), last_error = $6,
	received = connection_health.received + $7, quarantined = connection_health.quarantined + $8,
	refused = connection_health.refused + $9, refused_at = COALESCE($10, connection_health.refused_at)`

// write adds to the connection's health and tells the journal of refusals, at
// most once a minute on all nodes together.
func (h *Hooks) write(tx *db.Tx, d hookDelta) (written, error) {
	state, since, said := "starting", tx.Now(), ""
	err := tx.QueryRow(`SELECT state, since, last_error FROM connection_health WHERE tenant = $1 AND connection = $2`, tx.Tenant(), d.caller.ID).Scan(&state, &since, &said)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return written{}, err
	}
	before := state
	switch {
	case d.bad:
		state, said = "failing", "The last call was refused: "+d.reason+"."
	case d.good:
		state, said = "ok", ""
	}
	if state != before {
		since = tx.Now()
	}
	var okAt, refusedAt any
	if d.good {
		okAt = tx.Now()
	}
	if d.refused > 0 {
		refusedAt = tx.Now()
	}
	if _, err = tx.Exec(sqlHookHealth, tx.Tenant(), d.caller.ID, state, since, okAt, said, d.accepted, d.quarantined, d.refused, refusedAt); err != nil {
		return written{}, err
	}
	return h.tell(tx, d)
}

func (h *Hooks) tell(tx *db.Tx, d hookDelta) (written, error) {
	var refused, told, toldAt int64
	err := tx.QueryRow(`SELECT refused, refused_told, refused_told_at FROM connection_health WHERE tenant = $1 AND connection = $2`,
		tx.Tenant(), d.caller.ID).Scan(&refused, &told, &toldAt)
	if err != nil || refused == told {
		return written{}, err
	}
	if next := toldAt + tellEvery.Microseconds(); tx.Now() < next {
		return written{owesAt: next}, nil
	}
	_, err = h.c.Journal.Append(tx, journal.Entry{
		Stream: Stream(d.caller.ID), Kind: journal.WebhookRefused,
		Data: map[string]any{"connection": d.caller.ID, "count": refused - told, "reason": d.reason, "reasons": counted(d.reasons)},
		// An address that a call claims to come from is personal, and proves nothing.
		Priv: map[string]any{"claimed_from": d.from, "name": d.caller.Name},
	})
	if err != nil {
		return written{}, err
	}
	return written{told: true}, tx.Must(`UPDATE connection_health SET refused_told = refused, refused_told_at = $1 WHERE tenant = $2 AND connection = $3`,
		tx.Now(), tx.Tenant(), d.caller.ID)
}

func counted(reasons map[string]int64) map[string]any {
	out := map[string]any{}
	for slug, n := range reasons {
		out[slug] = n
	}
	return out
}
