package identity

import "tocsin/internal/db"

// IsActive reports whether a person exists and is active, so that
// responsibility may be laid on them.
func IsActive(tx *db.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM users WHERE tenant = $1 AND id = $2 AND active`, tx.Tenant(), id).Scan(&n)
	return n == 1, err
}

// MayWork reports whether an active person may work tickets, so that one may be
// offered to them. A service account is nobody who can be responsible.
func MayWork(tx *db.Tx, id string) (bool, error) {
	a, err := AccountOf(tx, id)
	if err != nil || !a.Active {
		return false, err
	}
	roles, err := rolesOf(tx, tx.Tenant(), id)
	return permissionsOf(roles).Has(TicketWork), err
}

// IsHuman reports whether an id is that of a person and not of a service account.
func IsHuman(tx *db.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM users WHERE tenant = $1 AND id = $2 AND kind = $3`, tx.Tenant(), id, KindPerson).Scan(&n)
	return n == 1, err
}

// IsMember reports whether somebody is an active member of a team.
func IsMember(tx *db.Tx, team, person string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM team_member m JOIN users u ON u.tenant = m.tenant AND u.id = m.user_id
		WHERE m.tenant = $1 AND m.team_id = $2 AND m.user_id = $3 AND u.active`, tx.Tenant(), team, person).Scan(&n)
	return n == 1, err
}
