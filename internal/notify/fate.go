package notify

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Fate is what became of one notice in one letter.
type Fate struct {
	Key, Person string
	Channel     string // the kind of the connection; "" while none is chosen
	State       string // as a delivery has it
	At          int64
}

// Fates lists what became of the calls about a ticket, the first letters first.
func Fates(tx *db.Tx, ticket string) ([]Fate, error) {
	list, err := db.All(tx, func(s db.Scanner) (f Fate, err error) {
		var state, hold string
		err = s.Scan(&f.Key, &f.Person, &f.Channel, &state, &hold, &f.At)
		f.State = shown(state, hold)
		return f, err
	}, `SELECT n.key, n.person, m.via_kind, m.state, m.hold, COALESCE(m.sent_at, m.at) FROM notice n
		JOIN message m ON m.tenant = n.tenant AND m.bundle = n.message
		WHERE n.tenant = $1 AND n.ticket = $2 AND n.ticket <> '' AND n.kind = 'page' ORDER BY m.id LIMIT 1000`, tx.Tenant(), ticket)
	return list, fault.Wrap(err, "finding out what became of calls")
}
