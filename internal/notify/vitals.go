package notify

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// kept is for how long it stays in the inbox what somebody was told.
const keptFor = 90 * 24 * time.Hour

// Vitals is how telling people goes, over all tenants.
type Vitals struct {
	Waiting     int64 // notices that are in no message, and messages that should be on their way; up to 10,000 of each
	Oldest      int64 // µs: since when the oldest of them waits; 0 for none
	Unreachable int64 // people and channels whom no way has reached yet
	Held        int64 // messages that people wanted held back
}

// Look counts what waits.
func Look(tx *db.Tx) (v Vitals, err error) {
	var notices, messages, first, second int64
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(at),0) FROM (SELECT at FROM notice WHERE message IS NULL LIMIT 10000) waits`).Scan(&notices, &first)
	if err != nil {
		return v, fault.Wrap(err, "counting notices")
	}
	// What comes again after every way has failed is counted below.
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(since),0) FROM (SELECT since FROM message WHERE state IN ('queued', 'sending') AND round = 0 LIMIT 10000) waits`).Scan(&messages, &second)
	if err != nil {
		return v, fault.Wrap(err, "counting messages")
	}
	v.Waiting = notices + messages
	v.Oldest = first
	if v.Oldest == 0 || (second > 0 && second < v.Oldest) {
		v.Oldest = second
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT DISTINCT tenant, person, channel FROM message WHERE state = 'open' AND hold LIKE 'again:%') some`).Scan(&v.Unreachable)
	if err != nil {
		return v, fault.Wrap(err, "counting whom nothing reaches")
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM message WHERE state = 'open' AND (hold = 'quiet' OR hold LIKE 'snooze:%')`).Scan(&v.Held)
	return v, fault.Wrap(err, "counting what is held back")
}

// Purge forgets what is long told, a piece at a time, of every tenant.
func (n *Notify) Purge(ctx context.Context) error {
	before := n.db.Now() - keptFor.Microseconds()
	for _, text := range []string{
		`DELETE FROM notice WHERE (tenant, id) IN (SELECT tenant, id FROM notice WHERE at < $1 AND message IS NOT NULL ORDER BY at LIMIT 2000)`,
		`DELETE FROM message WHERE (tenant, id) IN (SELECT tenant, id FROM message WHERE at < $1 AND next_at IS NULL ORDER BY at LIMIT 2000)`,
		`DELETE FROM snooze WHERE until_at < $1`,
		`DELETE FROM contact_test WHERE at < $1`,
	} {
		for more := true; more && ctx.Err() == nil; {
			err := n.db.Write(ctx, func(tx *db.Tx) error {
				gone, err := tx.Exec(text, before)
				more = gone >= 2000
				return err
			})
			if err != nil {
				return fault.Wrap(err, "forgetting old notices")
			}
		}
	}
	return nil
}
