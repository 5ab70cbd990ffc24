package identity

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
)

// User is a person or a service account.
type User struct {
	ID, Kind, Email, Name string
	Roles                 []string // in the order of Roles()
	Teams                 []string // team ids
	Active                bool
	HasPassword           bool
	TimeZone              string
	Demo                  bool
	CreatedAt, UpdatedAt  int64 // µs
	Rev                   int64
}

const userColumns = `id, kind, email, name, active, password <> '', time_zone, demo, created_at, updated_at, rev`

func scanUser(s db.Scanner) (User, error) {
	var u User
	err := s.Scan(&u.ID, &u.Kind, &u.Email, &u.Name, &u.Active, &u.HasPassword, &u.TimeZone, &u.Demo, &u.CreatedAt, &u.UpdatedAt, &u.Rev)
	return u, err
}

const (
	sqlInsertTenant = `INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ($1,$2,$3,$4)
		ON CONFLICT (tenant) DO NOTHING`
	sqlHasTenant = `SELECT COUNT(*) FROM tenant WHERE tenant = $1`
	// sqlLockTenant makes changes that depend on all users of a tenant wait
	// for each other.
	sqlLockTenant = `UPDATE tenant SET name = name WHERE tenant = $1`

	sqlInsertUser = `INSERT INTO users(tenant, id, kind, email, name, password, active, time_zone, demo, failures, wait_until, created_at, updated_at, rev)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,0,$10,$11,1)`
	sqlUpdateUser = `UPDATE users SET name = $1, active = $2, time_zone = $3, updated_at = $4, rev = rev + 1
		WHERE tenant = $5 AND id = $6 AND rev = $7`
	sqlSetPassword = `UPDATE users SET password = $1, failures = 0, wait_until = 0, updated_at = $2, rev = rev + 1
		WHERE tenant = $3 AND id = $4 AND active AND kind = 'person'`
	sqlUserByID    = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND id = $2`
	sqlUsers       = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 ORDER BY name, id`
	sqlOtherAdmins = `SELECT COUNT(*) FROM users u JOIN user_role r ON r.tenant = u.tenant AND r.user_id = u.id
		WHERE u.tenant = $1 AND u.id <> $2 AND u.active AND u.kind = 'person' AND r.role = $3`

	sqlInsertRole = `INSERT INTO user_role(tenant, user_id, role, granted_at, granted_by) VALUES ($1,$2,$3,$4,$5)`
	sqlDeleteRole = `DELETE FROM user_role WHERE tenant = $1 AND user_id = $2 AND role = $3`
	sqlUserRoles  = `SELECT role FROM user_role WHERE tenant = $1 AND user_id = $2`
	sqlAllRoles   = `SELECT user_id, role FROM user_role WHERE tenant = $1`

	sqlUserTeams = `SELECT team_id FROM team_member WHERE tenant = $1 AND user_id = $2 ORDER BY team_id`
	sqlAllTeams  = `SELECT user_id, team_id FROM team_member WHERE tenant = $1 ORDER BY team_id`

	sqlDeleteSessions      = `DELETE FROM session WHERE tenant = $1 AND user_id = $2`
	sqlDeleteOtherSessions = `DELETE FROM session WHERE tenant = $1 AND user_id = $2 AND hash <> $3`
	sqlRevokeTokens        = `UPDATE token SET revoked_at = $1 WHERE tenant = $2 AND user_id = $3 AND revoked_at IS NULL`
	sqlDeleteInvites       = `DELETE FROM invite WHERE tenant = $1 AND user_id = $2`
)

// findUser reads one user, or fault.Missing.
func findUser(tx *db.Tx, id string) (User, error) {
	u, err := scanUser(tx.QueryRow(sqlUserByID, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return u, missing("person")
	}
	if err != nil {
		return u, err
	}
	if u.Roles, err = rolesOf(tx, tx.Tenant(), id); err != nil {
		return u, err
	}
	u.Teams, err = db.Strings(tx, sqlUserTeams, tx.Tenant(), id)
	return u, err
}

func rolesOf(tx *db.Tx, tenant, id string) ([]string, error) {
	roles, err := db.Strings(tx, sqlUserRoles, tenant, id)
	return inOrder(roles), err
}

// inOrder sorts roles as Roles() does.
func inOrder(roles []string) []string {
	names := RoleNames()
	slices.SortFunc(roles, func(a, b string) int { return slices.Index(names, a) - slices.Index(names, b) })
	return roles
}

// allUsers reads every user of the tenant with roles and teams, in three
// queries however many they are.
func allUsers(tx *db.Tx) ([]User, error) {
	users, err := db.All(tx, scanUser, sqlUsers, tx.Tenant())
	if err != nil {
		return nil, err
	}
	roles, err := grouped(tx, sqlAllRoles)
	if err != nil {
		return nil, err
	}
	teams, err := grouped(tx, sqlAllTeams)
	for i := range users {
		u := &users[i]
		u.Roles, u.Teams = inOrder(append([]string{}, roles[u.ID]...)), append([]string{}, teams[u.ID]...)
	}
	return users, err
}

// grouped reads pairs of the tenant into a list for each first member.
func grouped(tx *db.Tx, text string) (map[string][]string, error) {
	pairs, err := db.All(tx, func(s db.Scanner) (p [2]string, err error) {
		return p, s.Scan(&p[0], &p[1])
	}, text, tx.Tenant())
	out := map[string][]string{}
	for _, p := range pairs {
		out[p[0]] = append(out[p[0]], p[1])
	}
	return out, err
}

// maxNames bounds one query of names.
const maxNames = 500

// NameOf returns the names of users by id, for lists of tickets. Ids that are
// not known are not in the map.
func NameOf(tx *db.Tx, ids ...string) (map[string]string, error) {
	return namesFrom(tx, "users", ids)
}

// TeamNameOf is NameOf for teams.
func TeamNameOf(tx *db.Tx, ids ...string) (map[string]string, error) {
	return namesFrom(tx, "team", ids)
}

func namesFrom(tx *db.Tx, table string, ids []string) (map[string]string, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	out := make(map[string]string, len(ids))
	for chunk := range slices.Chunk(ids, maxNames) {
		args := []any{tx.Tenant()}
		marks := []string{}
		for _, id := range chunk {
			args = append(args, id)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		text := `SELECT id, name FROM ` + table + ` WHERE tenant = $1 AND id IN (` + strings.Join(marks, ",") + `)`
		pairs, err := db.All(tx, func(s db.Scanner) (p [2]string, err error) {
			return p, s.Scan(&p[0], &p[1])
		}, text, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			out[p[0]] = p[1]
		}
	}
	return out, nil
}
