package notify

import (
	"slices"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Confirmed reports whether a person has a way to be reached which they have
// confirmed and which is switched on.
func (n *Notify) Confirmed(tx *db.Tx, person string) (bool, error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return false, err
	}
	account, err := identity.AccountOf(tx, person)
	if err != nil || !account.Active {
		return false, err
	}
	kept, err := contactsOf(tx, person)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(kept, func(c contact) bool { return c.proven(account) && forPeople(ways, c.connection) }), nil
}

// Tested reports whether a connection is switched on and was told something
// directly, with success, when it was last tried.
func (n *Notify) Tested(tx *db.Tx, connection string) (bool, error) {
	ways, err := n.ways.List(tx)
	if err != nil || !asChannel(ways, connection) {
		return false, err
	}
	var found int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM channel WHERE tenant = $1 AND connection = $2 AND tested_at IS NOT NULL AND error = ''`,
		tx.Tenant(), connection).Scan(&found)
	return found > 0, fault.Wrap(err, "looking whether connection %s was tested", connection)
}

// forPeople reports whether a connection carries letters to addresses of people.
func forPeople(ways []connection.Way, id string) bool {
	w, ok := wayOf(ways, id)
	return ok && w.Enabled && w.Address != "" && w.Beat == 0
}

// asChannel reports whether a connection can be told directly.
func asChannel(ways []connection.Way, id string) bool {
	w, ok := wayOf(ways, id)
	return ok && w.Enabled && !w.NeedsAddress && w.Beat == 0
}

func wayOf(ways []connection.Way, id string) (connection.Way, bool) {
	i := slices.IndexFunc(ways, func(w connection.Way) bool { return w.ID == id })
	if i < 0 {
		return connection.Way{}, false
	}
	return ways[i], true
}
