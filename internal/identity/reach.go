package identity

import "tocsin/internal/db"

const (
	sqlHolders = `SELECT u.id FROM user_role r JOIN users u ON u.tenant = r.tenant AND u.id = r.user_id
		WHERE r.tenant = $1 AND r.role = $2 AND u.active AND u.kind = 'person' ORDER BY u.id`
	sqlMembersOf = `SELECT u.id FROM team_member m JOIN users u ON u.tenant = m.tenant AND u.id = m.user_id
		WHERE m.tenant = $1 AND m.team_id = $2 AND u.active AND u.kind = 'person' ORDER BY u.id`
	sqlLeads   = `SELECT DISTINCT lead FROM team WHERE tenant = $1 ORDER BY lead`
	sqlLeadsOf = `SELECT DISTINCT t.lead FROM team_member m JOIN team t ON t.tenant = m.tenant AND t.id = m.team_id
		WHERE m.tenant = $1 AND m.user_id = $2 ORDER BY t.lead`
)

// Holders are the active people who have a role, by their ids.
func Holders(tx *db.Tx, role string) ([]string, error) {
	return db.Strings(tx, sqlHolders, tx.Tenant(), role)
}

// MembersOf are the active people of a team.
func MembersOf(tx *db.Tx, team string) ([]string, error) {
	return db.Strings(tx, sqlMembersOf, tx.Tenant(), team)
}

// Leads are those who lead a team.
func Leads(tx *db.Tx) ([]string, error) { return db.Strings(tx, sqlLeads, tx.Tenant()) }

// LeadsOf are those who lead a team that a person is in.
func LeadsOf(tx *db.Tx, person string) ([]string, error) {
	return db.Strings(tx, sqlLeadsOf, tx.Tenant(), person)
}

// Tenants are all tenants, for the server's own work.
func Tenants(tx *db.Tx) ([]string, error) {
	return db.Strings(tx, `SELECT tenant FROM tenant ORDER BY tenant`)
}
