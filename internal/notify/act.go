package notify

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Acted journals that the person who acts in this transaction did so from a
// message, beside what the ticket records of the act itself.
func (n *Notify) Acted(tx *db.Tx, ticket string, a Act, channel string) error {
	_, err := n.journal.Append(tx, journal.Entry{
		Stream: "ticket:" + ticket, Kind: journal.NotificationActed,
		Data: map[string]any{"act": string(a), "channel": channel, "person": tx.Actor().Person(), "ticket": ticket},
	})
	return fault.Wrap(err, "recording who acted")
}

// PersonAt finds whose confirmed contact an address of a connection is; "" for
// nobody's.
func (n *Notify) PersonAt(tx *db.Tx, connection, address string) (string, error) {
	people, err := db.Strings(tx, `SELECT DISTINCT person FROM contact WHERE tenant = $1 AND connection = $2 AND address = $3 AND confirmed_at IS NOT NULL ORDER BY person LIMIT 2`,
		tx.Tenant(), connection, address)
	if err != nil || len(people) != 1 { // two people at one address prove neither
		return "", fault.Wrap(err, "looking for a contact")
	}
	return people[0], nil
}

// IsAt reports whether an address of a connection is one to which messages of a
// person go.
func (n *Notify) IsAt(tx *db.Tx, connection, address, person string) (bool, error) {
	routes, err := n.routes(tx, person, "")
	for _, r := range routes {
		if r.via == connection && r.address == address {
			return true, err
		}
	}
	return false, err
}
