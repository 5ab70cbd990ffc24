package seal

import (
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// WrappedKey is a key-encryption key as a key service has wrapped it.
type WrappedKey struct {
	ID           string // of the key inside
	Installation string // the encryption context
	Place        string // the key of the service
	Wrapped      []byte
}

// WrappedKeys lists them, oldest first. They belong to the installation, not to
// a tenant.
func WrappedKeys(tx *db.Tx) ([]WrappedKey, error) {
	list, err := db.All(tx, func(s db.Scanner) (w WrappedKey, err error) {
		return w, s.Scan(&w.ID, &w.Installation, &w.Place, &w.Wrapped)
	}, `SELECT id, installation, place, wrapped FROM key_ring ORDER BY created_at, id`)
	return list, fault.Wrap(err, "reading wrapped keys")
}

// KeepWrapped adds one.
func KeepWrapped(tx *db.Tx, w WrappedKey) error {
	_, err := tx.Exec(`INSERT INTO key_ring(id, installation, place, wrapped, created_at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (id) DO NOTHING`,
		w.ID, w.Installation, w.Place, w.Wrapped, tx.Now())
	return fault.Wrap(err, "keeping a wrapped key")
}

// Holds notes which keys a node can open, and that it lives; who has not said so
// for a while is forgotten.
func Holds(tx *db.Tx, node string, keys []string, forget int64) error {
	_, err := tx.Exec(`INSERT INTO key_holder(node, keys, seen_at) VALUES ($1,$2,$3) ON CONFLICT (node) DO UPDATE SET keys = $2, seen_at = $3`,
		node, strings.Join(keys, " "), tx.Now())
	if err == nil {
		_, err = tx.Exec(`DELETE FROM key_holder WHERE seen_at < $1`, forget)
	}
	return fault.Wrap(err, "noting which keys are at hand")
}

// Lacking names the nodes, seen since a time, that cannot open a key.
func Lacking(tx *db.Tx, key string, since int64) ([]string, error) {
	type holder struct{ node, keys string }
	all, err := db.All(tx, func(s db.Scanner) (h holder, err error) {
		return h, s.Scan(&h.node, &h.keys)
	}, `SELECT node, keys FROM key_holder WHERE seen_at >= $1 ORDER BY node`, since)
	out := []string{}
	for _, h := range all {
		if !strings.Contains(" "+h.keys+" ", " "+key+" ") {
			out = append(out, h.node)
		}
	}
	return out, fault.Wrap(err, "reading which keys are at hand")
}
