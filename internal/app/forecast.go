package app

import (
	"context"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// Forecast says what the first comparison of a connection would make of what
// its detectors hold, under the rules in force. It keeps nothing of it.
func (r *Rooms) Forecast(ctx context.Context, id string, days int) (out ticket.Forecast, err error) {
	seen, err := r.Connections.Look(ctx, id, days)
	if err != nil {
		return out, err
	}
	var parts []finding.Part
	unreadable := 0
	for _, m := range seen.Messages {
		for _, p := range readMessage(m) {
			if p.Err != nil {
				unreadable++
				continue
			}
			parts = append(parts, p)
		}
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		list := make([]*finding.Taken, 0, len(parts))
		for _, p := range parts {
			f, err := r.Findings.Compare(tx, p, connection.Stream(id))
			if err != nil {
				return err
			}
			list = append(list, f)
		}
		out, err = r.Tickets.Forecast(tx, list)
		return err
	})
	out.Of, out.Unreadable, out.Truncated = out.Of+unreadable, unreadable, seen.Truncated
	return out, err
}
