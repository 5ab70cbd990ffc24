package finding

import (
	"errors"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const sqlRemembered = `SELECT format, identity, uid, product, generator, control, class, title, severity, status, active, result, origin,
	account, region, resource, principal, provider_created_at, provider_updated_at, last_seen_at FROM finding WHERE tenant = $1 AND id = $2`

// remembered is the part of a normal form that the finding's own row holds. It
// serves where the originals were removed.
func remembered(tx *db.Tx, id string) (*Finding, error) {
	n := &Finding{ID: id, Types: []string{}, Remotes: []Remote{}, Indicators: []Indicator{}, Techniques: []string{}, Resources: []Resource{}}
	var resource string
	err := tx.QueryRow(sqlRemembered, tx.Tenant(), id).Scan(&n.Format, &n.Identity, &n.UID, &n.Product, &n.Generator, &n.Control,
		&n.Class, &n.Title, &n.Severity, &n.Status, &n.Active, &n.Result, &n.Origin, &n.Account, &n.Region, &resource, &n.Principal,
		&n.CreatedAt, &n.UpdatedAt, &n.LastSeen)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Finding %s does not exist.", id)
	}
	if resource != "" {
		n.Resources = []Resource{{UID: resource, Account: n.Account, Region: n.Region}}
	}
	return n, fault.Wrap(err, "loading finding %s", id)
}

// removedAt is when the originals of a finding were removed.
func removedAt(tx *db.Tx, id string) (*time.Time, error) {
	var at *int64
	err := tx.QueryRow(`SELECT originals_removed_at FROM finding WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(&at)
	return db.TimeOrNil(at), fault.Wrap(err, "loading finding %s", id)
}
