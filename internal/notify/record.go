package notify

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	// apartTickets is up to how many tickets a message is one for each of them,
	// and not a digest; its entry then stands in the stream of each.
	apartTickets = 3
	// namedTickets bounds the tickets that one entry names.
	namedTickets = 500
)

// ticketsOf are the tickets that a message is about.
func ticketsOf(tx *db.Tx, m message, limit int) ([]string, error) {
	if m.ticket != "" {
		return []string{m.ticket}, nil
	}
	out, err := db.Strings(tx, `SELECT DISTINCT ticket FROM notice WHERE tenant = $1 AND message = $2 AND ticket <> '' ORDER BY ticket LIMIT $3`, tx.Tenant(), m.bundle, limit)
	return out, fault.Wrap(err, "reading what a message is about")
}

// recordSent journals that a channel has taken a message. A digest names only
// the first of its tickets; count says how many notices it holds.
func (n *Notify) recordSent(tx *db.Tx, m message) error {
	tickets, err := ticketsOf(tx, m, namedTickets)
	if err != nil {
		return err
	}
	return n.record(tx, journal.NotificationSent, m, tickets, map[string]any{"count": m.count})
}

// recordFailed journals that a way has failed; all says that no other is left,
// so that whoever should have heard did not. It names every ticket.
func (n *Notify) recordFailed(tx *db.Tx, m message, all bool) error {
	tickets, err := ticketsOf(tx, m, int(max(m.count, 1)))
	if err != nil {
		return err
	}
	return n.record(tx, journal.NotificationFailed, m, tickets, map[string]any{"all": all, "attempts": m.attempts})
}

func (n *Notify) record(tx *db.Tx, kind string, m message, tickets []string, more map[string]any) error {
	if len(tickets) > 0 && len(tickets) <= apartTickets {
		for _, id := range tickets {
			if err := n.append(tx, "ticket:"+id, kind, m, []string{id}, more); err != nil {
				return err
			}
		}
		return nil
	}
	if len(tickets) == 0 {
		return n.append(tx, "message:"+m.bundle, kind, m, []string{}, more)
	}
	for chunk := range slices.Chunk(tickets, namedTickets) {
		if err := n.append(tx, "message:"+m.bundle, kind, m, chunk, more); err != nil {
			return err
		}
	}
	return nil
}

func (n *Notify) append(tx *db.Tx, stream, kind string, m message, tickets []string, more map[string]any) error {
	data := map[string]any{"channel": m.viaKind, "connection": m.via, "kind": string(m.kind), "message": m.id, "person": m.person, "tickets": tickets}
	for k, v := range more {
		data[k] = v
	}
	_, err := n.journal.Append(tx, journal.Entry{Stream: stream, Kind: kind, Data: data})
	return fault.Wrap(err, "recording what became of a message")
}
