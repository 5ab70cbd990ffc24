package identity

import (
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
)

// ActivePeople tells which of some accounts are people who are active, so that
// responsibility may be laid on them.
func ActivePeople(tx *db.Tx, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), maxNames) {
		args, marks := []any{tx.Tenant(), KindPerson}, []string{}
		for _, id := range chunk {
			args = append(args, id)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		found, err := db.Strings(tx, `SELECT id FROM users WHERE tenant = $1 AND kind = $2 AND active AND id IN (`+strings.Join(marks, ",")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			out[id] = true
		}
	}
	return out, nil
}

// May reports whether an account is active and may do something now, for what
// was allowed to it some time ago and is used without signing in.
func May(tx *db.Tx, id string, permission Permission) (bool, error) {
	active, err := IsActive(tx, id)
	if err != nil || !active {
		return false, err
	}
	roles, err := rolesOf(tx, tx.Tenant(), id)
	return permissionsOf(roles).Has(permission), err
}
