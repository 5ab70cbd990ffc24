package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// BeatLook is how often Beat is to be called.
const BeatLook = 5 * time.Second

// Beat gives every heartbeat that is due its sign of life, so that an outside
// notices when this system is gone. It runs on one node. Beats go side by side:
// one that hangs does not make another late.
func (n *Notify) Beat(ctx context.Context) error {
	var tenants []string
	err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
		tenants, err = identity.TenantNames(tx)
		return err
	})
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for _, tenant := range tenants {
		own := n.as(ctx, tenant)
		var due []connection.Way
		err := n.db.Read(own, func(tx *db.Tx) (err error) {
			due, err = n.beatsDue(tx)
			return err
		})
		if err != nil {
			return err
		}
		for _, w := range due {
			all.Go(func() {
				if err := n.beat(own, w); err != nil {
					n.log.WarnContext(ctx, "what became of a heartbeat could not be written", "connection", w.ID, "error", err)
				}
			})
		}
	}
	all.Wait()
	return nil
}

// pulse is how a heartbeat went last.
type pulse struct {
	ok           bool
	tried, since int64
}

func pulseOf(tx *db.Tx, id string) (p pulse, err error) {
	err = tx.QueryRow(`SELECT ok, tried_at, changed_at FROM heartbeat WHERE tenant = $1 AND connection = $2`, tx.Tenant(), id).Scan(&p.ok, &p.tried, &p.since)
	if errors.Is(err, db.ErrNoRows) {
		return pulse{ok: true}, nil
	}
	return p, fault.Wrap(err, "reading a heartbeat")
}

// beatsDue are those that would be late if they waited for the next look. One
// that was tried in the future had another clock.
func (n *Notify) beatsDue(tx *db.Tx) ([]connection.Way, error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return nil, err
	}
	due := []connection.Way{}
	for _, w := range ways {
		if !w.Enabled || w.Beat == 0 {
			continue
		}
		p, err := pulseOf(tx, w.ID)
		if err != nil {
			return nil, err
		}
		if now := tx.Now(); p.tried+(w.Beat-BeatLook).Microseconds() <= now || p.tried > now {
			due = append(due, w)
		}
	}
	return due, nil
}

func (n *Notify) beat(ctx context.Context, w connection.Way) error {
	limit, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	now := n.db.Now()
	_, failed := n.ways.Send(limit, w.ID, connector.Letter{ID: w.ID + "-" + strconv.FormatInt(now, 10), Event: "heartbeat", At: now})
	if ctx.Err() != nil {
		return nil // the process ends; the outside is told nothing false
	}
	return n.db.Write(ctx, func(tx *db.Tx) error { return n.keepBeat(tx, w, failed) })
}

func (n *Notify) keepBeat(tx *db.Tx, w connection.Way, failed error) error {
	p, err := pulseOf(tx, w.ID)
	if err != nil {
		return err
	}
	text, changed := "", p.ok != (failed == nil)
	if failed != nil {
		text = connector.Line(failed.Error(), 500)
	}
	if changed || p.since == 0 {
		p.since = tx.Now()
	}
	_, err = tx.Exec(`INSERT INTO heartbeat(tenant, connection, ok, tried_at, changed_at, error) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (tenant, connection) DO UPDATE SET ok = $3, tried_at = $4, changed_at = $5, error = $6`, tx.Tenant(), w.ID, failed == nil, tx.Now(), p.since, text)
	if err != nil || !changed {
		return fault.Wrap(err, "keeping a heartbeat")
	}
	_, err = n.journal.Append(tx, journal.Entry{
		Stream: connection.Stream(w.ID), Kind: journal.HeartbeatChanged, Data: map[string]any{"connection": w.ID, "ok": failed == nil},
	})
	if err != nil {
		return err
	}
	return n.tellAdmins(tx, w, p.since, text)
}

// tellAdmins shows it on the screens of those who look after connections. No
// message is sent: the outside raises the alarm, that is what it is for.
func (n *Notify) tellAdmins(tx *db.Tx, w connection.Way, at int64, failure string) error {
	text := fmt.Sprintf("The heartbeat %q works again.", w.Name)
	if failure != "" {
		text = fmt.Sprintf("The heartbeat %q fails: %s", w.Name, failure)
	}
	told := []string{}
	for _, role := range []string{identity.TenantAdmin, identity.IntegrationAdmin} {
		people, err := identity.Holders(tx, role)
		if err != nil {
			return err
		}
		told = append(told, people...)
	}
	slices.Sort(told)
	for _, person := range slices.Compact(told) {
		err := n.Tell(tx, Notice{Key: fmt.Sprintf("heartbeat|%s|%d|%s", w.ID, at, person), Person: person, Kind: Alarm, Text: text, Screen: true})
		if err != nil {
			return err
		}
	}
	return nil
}
