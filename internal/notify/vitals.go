package notify

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
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
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT DISTINCT tenant, person, channel FROM message WHERE state = 'open' AND hold LIKE 'again:%') few`).Scan(&v.Unreachable)
	if err != nil {
		return v, fault.Wrap(err, "counting whom nothing reaches")
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM message WHERE state = 'open' AND (hold = 'quiet' OR hold LIKE 'snooze:%')`).Scan(&v.Held)
	return v, fault.Wrap(err, "counting what is held back")
}

// Purge forgets what is long told, a piece at a time, of every tenant.
func (n *Notify) Purge(ctx context.Context) error {
	var tenants []string
	err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
		tenants, err = identity.TenantNames(tx)
		return err
	})
	before := n.db.Now() - keptFor.Microseconds()
	for _, tenant := range tenants {
		for _, text := range []string{
			// Ids begin with their time.
			`DELETE FROM notice WHERE tenant = $1 AND id IN (SELECT id FROM notice WHERE tenant = $1 AND id < $2 AND message IS NOT NULL ORDER BY id LIMIT $3)`,
			`DELETE FROM message WHERE tenant = $1 AND id IN (SELECT id FROM message WHERE tenant = $1 AND id < $2 AND next_at IS NULL ORDER BY id LIMIT $3)`,
			`DELETE FROM contact_test WHERE tenant = $1 AND id IN (SELECT id FROM contact_test WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT $3)`,
		} {
			if err == nil {
				err = n.purge(n.as(ctx, tenant), text, idAt(before))
			}
		}
	}
	if err == nil {
		err = n.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM snooze WHERE until_at < $1`, tx.Now())
			return err
		})
	}
	return fault.Wrap(err, "forgetting old notices")
}

// purged is how many rows go in one transaction.
const purged = 2000

func (n *Notify) purge(ctx context.Context, text, before string) error {
	for gone := int64(purged); gone == purged && ctx.Err() == nil; {
		err := n.db.Write(ctx, func(tx *db.Tx) (err error) {
			gone, err = tx.Exec(text, tx.Tenant(), before, purged)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
