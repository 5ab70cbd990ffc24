package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Claim locks a ticket for whoever looks at its clocks. It reports false when
// the ticket is gone, or when another node or a command is at it: there is then
// no need to wait.
func Claim(tx *db.Tx, id string) (bool, error) {
	found, err := db.Strings(tx, `SELECT id FROM ticket WHERE tenant = $1 AND id = $2`+tx.LockRows(), tx.Tenant(), id)
	return len(found) > 0, fault.Wrap(err, "claiming a ticket")
}

// Hold locks a ticket until the end of the transaction and waits for whoever
// has it. It is no change of the ticket.
func Hold(tx *db.Tx, id string) error {
	return fault.Wrap(tx.Must(`UPDATE ticket SET next_at = next_at WHERE tenant = $1 AND id = $2`, tx.Tenant(), id), "holding a ticket")
}

// Waiting is how many tickets have to be looked at by an instant; it stops
// counting at most.
func Waiting(tx *db.Tx, by int64, most int) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE next_at IS NOT NULL AND next_at <= $1 AND (tenant = $2 OR $2 = '*') LIMIT $3) AS due`,
		by, tx.Tenant(), most).Scan(&n)
	return n, fault.Wrap(err, "counting tickets that are due")
}

// OwnedBy is how many open tickets a person owns; it stops counting at most.
func OwnedBy(tx *db.Tx, person string, most int) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant = $1 AND owner = $2 AND closed_at IS NULL LIMIT $3) AS mine`,
		tx.Tenant(), person, most).Scan(&n)
	return n, fault.Wrap(err, "counting what somebody owns")
}
