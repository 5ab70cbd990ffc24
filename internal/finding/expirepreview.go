package finding

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Due is what retention would remove of one kind.
type Due struct {
	Count, Bytes int64
	Oldest       int64 // 0 when there is none
	More         bool  // there is more than was counted
}

// DueOriginals counts what ExpireOriginals would remove, at most limit of them.
func DueOriginals(tx *db.Tx, since, before int64, limit int) (Due, error) {
	return due(tx, `SELECT COUNT(*), COALESCE(SUM((SELECT COALESCE(SUM(LENGTH(body)),0) FROM original WHERE original.tenant = $1 AND original.finding = due.id)),0), COALESCE(MIN(last_received_at),0)
		FROM (`+sqlOriginalsDue+`) AS due`, limit, since, before)
}

// DueFindings counts what ExpireFindings would remove.
func DueFindings(tx *db.Tx, before int64, limit int) (Due, error) {
	return due(tx, `SELECT COUNT(*), COALESCE(SUM(700 + (SELECT COALESCE(SUM(LENGTH(body)),0) FROM original WHERE original.tenant = $1 AND original.finding = due.id)),0), COALESCE(MIN(last_received_at),0)
		FROM (`+sqlFindingsDue+`) AS due`, limit, before)
}

// DueQuarantine counts what ExpireQuarantine would remove.
func DueQuarantine(tx *db.Tx, before int64, limit int) (Due, error) {
	return due(tx, `SELECT COUNT(*), COALESCE(SUM(700 + (SELECT LENGTH(body) FROM quarantine WHERE quarantine.tenant = $1 AND quarantine.id = due.id)),0), COALESCE(MIN(decided_at),0)
		FROM (`+sqlQuarantineDue+`) AS due`, limit, before)
}

func due(tx *db.Tx, text string, limit int, times ...int64) (d Due, err error) {
	args := []any{tx.Tenant()}
	for _, t := range times {
		args = append(args, t)
	}
	err = tx.QueryRow(text, append(args, limit)...).Scan(&d.Count, &d.Bytes, &d.Oldest)
	d.More = d.Count == int64(limit)
	return d, fault.Wrap(err, "counting what retention would remove")
}

// QuarantineWaiting is how much waits for a decision, at most limit, and since
// when; 0 when nothing does.
func QuarantineWaiting(tx *db.Tx, limit int) (n, oldest int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(received_at),0) FROM (SELECT received_at FROM quarantine WHERE state = 'new' ORDER BY tenant, received_at LIMIT $1) AS waiting`, limit).Scan(&n, &oldest)
	return n, oldest, err
}
