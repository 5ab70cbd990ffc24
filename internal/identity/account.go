package identity

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Account is what is needed to reach a person.
type Account struct {
	ID, Name, Email, TimeZone string
	Active                    bool
}

// AccountOf reads the account of a person; of somebody who is not known, an
// account that is not active.
func AccountOf(tx *db.Tx, id string) (Account, error) {
	a := Account{ID: id}
	err := tx.QueryRow(`SELECT name, email, time_zone, active FROM users WHERE tenant = $1 AND id = $2 AND kind = $3`, tx.Tenant(), id, KindPerson).
		Scan(&a.Name, &a.Email, &a.TimeZone, &a.Active)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return a, fault.Wrap(err, "reading an account")
}

// Workers are the active people who may work tickets, by name.
func Workers(tx *db.Tx, limit int) ([]Account, error) {
	users, err := allUsers(tx)
	if err != nil {
		return nil, fault.Wrap(err, "reading who works tickets")
	}
	out := []Account{}
	for _, u := range users {
		if len(out) < limit && u.Active && u.Kind == KindPerson && permissionsOf(u.Roles).Has(TicketWork) {
			out = append(out, Account{ID: u.ID, Name: u.Name, Email: u.Email, TimeZone: u.TimeZone, Active: true})
		}
	}
	return out, nil
}
