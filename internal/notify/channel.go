package notify

import (
	"context"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// alarms is the kind of connections whose test would stay as an open alarm.
const alarms = "pagerduty"

// Channel is a connection that can be told directly, and how its last test went.
type Channel struct {
	Connection string     `json:"connection"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind"`
	Enabled    bool       `json:"enabled"`
	TestedAt   *time.Time `json:"tested_at" doc:"When a test last succeeded"`
	Error      string     `json:"error" doc:"Of the last test; empty when it succeeded"`
}

// Channels lists the connections that can be told directly, by name.
func (n *Notify) Channels(tx *db.Tx) ([]Channel, error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return nil, err
	}
	tests := map[string]Channel{}
	rows, err := tx.Query(`SELECT connection, tested_at, error FROM channel WHERE tenant = $1`, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "reading tests of channels")
	}
	defer rows.Close()
	for rows.Next() {
		var c Channel
		var at *int64
		if err := rows.Scan(&c.Connection, &at, &c.Error); err != nil {
			return nil, err
		}
		c.TestedAt = db.TimeOrNil(at)
		tests[c.Connection] = c
	}
	out := []Channel{}
	for _, w := range ways {
		if !w.NeedsAddress && w.Beat == 0 {
			out = append(out, channelOf(w, tests[w.ID]))
		}
	}
	return out, rows.Err()
}

func channelOf(w connection.Way, c Channel) Channel {
	c.Connection, c.Name, c.Kind, c.Enabled = w.ID, w.Name, w.Kind, w.Enabled
	return c
}

// TestChannel tells a channel something harmless and keeps whether it was taken.
func (n *Notify) TestChannel(ctx context.Context, id string) (out Channel, err error) {
	var l connector.Letter
	var w connection.Way
	err = n.db.Write(ctx, func(tx *db.Tx) error {
		ways, err := n.ways.List(tx)
		if err != nil {
			return err
		}
		var ok bool
		if w, ok = wayOf(ways, id); !ok || w.NeedsAddress || w.Beat > 0 {
			return fault.New(fault.Missing, "There is no connection %s that can be told directly.", id)
		}
		if !w.Enabled {
			return fault.New(fault.Conflict, "The connection %q is switched off.", w.Name).WithSlug("connection-off")
		}
		l = connector.Letter{
			ID: tx.NewID(), Event: string(Trial), Severity: "info", At: tx.Now(), Link: n.address(), Key: "tocsin/" + tx.Tenant() + "/test/" + id,
			Subject: "Tocsin test message", Text: "This is a test of the channel " + w.Name + ". There is nothing to do.",
		}
		return allowed(tx, string(tx.Actor()), placeOf(id))
	})
	if err != nil {
		return out, err
	}
	failed := n.tryChannel(ctx, w, l)
	err = n.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		out, err = n.keepTest(tx, w, failed)
		return err
	})
	return out, err
}

// tryChannel raises a test alarm and ends it, where alarms stay open.
func (n *Notify) tryChannel(ctx context.Context, w connection.Way, l connector.Letter) error {
	limit, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	_, err := n.ways.Send(limit, w.ID, l)
	if err == nil && w.Kind == alarms {
		l.ID, l.Resolve = l.ID+"-end", true
		_, err = n.ways.Send(limit, w.ID, l)
	}
	return err
}

func (n *Notify) keepTest(tx *db.Tx, w connection.Way, failed error) (Channel, error) {
	text, at := "", any(tx.Now())
	if failed != nil {
		text, at = connector.Line(failed.Error(), 500), nil
	}
	_, err := tx.Exec(`INSERT INTO channel(tenant, connection, tested_at, tried_at, error) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant, connection) DO UPDATE SET tested_at = COALESCE($3, channel.tested_at), tried_at = $4, error = $5`, tx.Tenant(), w.ID, at, tx.Now(), text)
	if err != nil {
		return Channel{}, fault.Wrap(err, "keeping what came of a test")
	}
	var tested *int64
	err = tx.QueryRow(`SELECT tested_at FROM channel WHERE tenant = $1 AND connection = $2`, tx.Tenant(), w.ID).Scan(&tested)
	return channelOf(w, Channel{TestedAt: db.TimeOrNil(tested), Error: text}), err
}
