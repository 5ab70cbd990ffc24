package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

const (
	// verifyAfter is how long kept bytes are believed; sampleSize is how many
	// blobs are hashed again a day beside.
	verifyAfter = 90 * 24 * 3600 * int64(1_000_000)
	sampleSize  = 50
	// holdUnused is how long a blob waits for somebody to attach it.
	holdUnused  = 24 * 3600 * int64(1_000_000)
	sweepAtOnce = 200
)

// Finding is what was found of one blob.
type Finding struct {
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"`
	Condition string `json:"condition"`
	Items     int    `json:"items" doc:"Pieces of evidence that it is"`
}

// VerifyItem hashes the kept bytes of a piece of evidence again and records what
// it finds.
func (e *Evidence) VerifyItem(ctx context.Context, ticket, id string) (Item, error) {
	var i Item
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		i, err = e.OfTicket(tx, ticket, id)
		return err
	})
	if err != nil {
		return i, err
	}
	if _, err := e.verify(ctx, i.blob, "asked"); err != nil {
		return i, err
	}
	err = e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		i, err = e.OfTicket(tx, ticket, id)
		return err
	})
	return i, err
}

// VerifyAll hashes every kept blob of the tenant again, oldest look first, and
// tells of each.
func (e *Evidence) VerifyAll(ctx context.Context, tell func(Finding) error) error {
	return e.verifyDue(ctx, "asked", func(tx *db.Tx) int64 { return tx.Now() }, -1, tell)
}

// Sample is run daily: it looks at what nobody has looked at for long.
func (e *Evidence) Sample(ctx context.Context) error {
	return e.everyTenant(ctx, func(ctx context.Context) error {
		return e.verifyDue(ctx, "sample", func(tx *db.Tx) int64 { return tx.Now() - verifyAfter }, sampleSize, func(Finding) error { return nil })
	})
}

func (e *Evidence) everyTenant(ctx context.Context, do func(context.Context) error) error {
	var tenants []string
	err := e.DB.Read(db.As(ctx, db.Everyone, "system:evidence"), func(tx *db.Tx) (err error) {
		tenants, err = identity.Tenants(tx)
		return err
	})
	for _, tenant := range tenants {
		if err == nil {
			err = do(db.As(ctx, tenant, "system:evidence"))
		}
	}
	return err
}

func (e *Evidence) verifyDue(ctx context.Context, cause string, before func(*db.Tx) int64, most int, tell func(Finding) error) error {
	var limit int64
	for done := 0; most < 0 || done < most; done++ {
		var b Blob
		err := e.DB.Read(ctx, func(tx *db.Tx) error {
			if limit == 0 {
				limit = before(tx)
			}
			found, err := db.All(tx, scanBlob, `SELECT `+blobColumns+` FROM blob AS b WHERE b.tenant = $1 AND b.state = 'kept' AND b.verified_at < $2 ORDER BY b.verified_at, b.id LIMIT 1`, tx.Tenant(), limit)
			b = Blob{}
			if len(found) > 0 {
				b = found[0]
			}
			return err
		})
		if err != nil || b.id == "" {
			return fault.Wrap(err, "looking for evidence to verify")
		}
		f, err := e.verify(ctx, b, cause)
		if err != nil {
			return err
		}
		if err := tell(f); err != nil {
			return err
		}
	}
	return nil
}

// verify reads a blob whole. That a shelf is not reached is no finding.
func (e *Evidence) verify(ctx context.Context, b Blob, cause string) (Finding, error) {
	f := Finding{SHA256: b.SHA256, Size: b.Size, Condition: ConditionOK}
	var key []byte
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		key, err = e.unseal(tx, b)
		return err
	})
	if err != nil {
		return f, err
	}
	r, err := e.read(ctx, b, key)
	if err == nil {
		sum := sha256.New()
		if _, err = io.Copy(sum, r); err == nil && hex.EncodeToString(sum.Sum(nil)) != b.SHA256 {
			err = errDamaged
		}
		_ = r.Close()
	}
	switch slug := slugOf(err); {
	case slug == "evidence-missing":
		f.Condition = ConditionMissing
	case err == errDamaged || slug == "evidence-damaged": //nolint:errorlint // never wrapped
		f.Condition = ConditionDamaged
	case err != nil:
		return f, err
	}
	return f, e.DB.Write(ctx, func(tx *db.Tx) (err error) {
		f.Items, err = e.recordFinding(tx, b, f.Condition, cause)
		return err
	})
}

func slugOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Slug
	}
	return ""
}

// recordFinding writes down what was found, in the stream of each ticket that
// holds it.
func (e *Evidence) recordFinding(tx *db.Tx, b Blob, condition, cause string) (int, error) {
	err := tx.Must(`UPDATE blob SET condition = $1, verified_at = $2 WHERE tenant = $3 AND id = $4`, condition, tx.Now(), tx.Tenant(), b.id)
	if err != nil {
		return 0, fault.Wrap(err, "writing down the condition of evidence")
	}
	type row struct{ id, ticket string }
	rows, err := db.All(tx, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.ticket) },
		`SELECT id, ticket FROM evidence WHERE tenant = $1 AND blob = $2 ORDER BY ticket, id`, tx.Tenant(), b.id)
	for _, r := range rows {
		entry := journal.Entry{Stream: ticketStream(r.ticket), Kind: journal.EvidenceVerified, Data: map[string]any{"cause": cause, "evidence": r.id, "sha256": b.SHA256}}
		if condition != ConditionOK {
			entry.Kind = journal.EvidenceDamaged
			entry.Data = map[string]any{"cause": cause, "condition": condition, "evidence": r.id, "sha256": b.SHA256}
		}
		if err == nil {
			_, err = e.Journal.Append(tx, entry)
		}
	}
	return len(rows), fault.Wrap(err, "recording what was found of evidence")
}

// Sweep removes bytes that nothing refers to: what came in and was attached to
// nothing within a day, and what a crash left on its way.
func (e *Evidence) Sweep(ctx context.Context) error {
	err := e.everyTenant(ctx, e.sweepTenant)
	if err != nil || e.Dir == "" {
		return err
	}
	d, err := e.disk()
	if err != nil {
		return err
	}
	_, err = d.forget(db.Time(e.DB.Now() - holdUnused))
	return err
}

func (e *Evidence) sweepTenant(ctx context.Context) error {
	var unused []Blob
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		unused, err = db.All(tx, scanBlob, `SELECT `+blobColumns+` FROM blob AS b WHERE b.tenant = $1 AND b.touched_at < $2
			AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.tenant = b.tenant AND e.blob = b.id) ORDER BY b.touched_at, b.id LIMIT $3`,
			tx.Tenant(), tx.Now()-holdUnused, sweepAtOnce)
		return err
	})
	if err != nil {
		return fault.Wrap(err, "looking for bytes that nothing refers to")
	}
	for _, b := range unused {
		if err := e.removeUnused(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// removeUnused takes the row away first: a row without bytes would be evidence
// lost, bytes without a row are only space, which the next sweep cannot find but
// the next Keep of that content replaces.
func (e *Evidence) removeUnused(ctx context.Context, b Blob) error {
	gone := false
	err := e.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM blob WHERE tenant = $1 AND id = $2 AND touched_at = $3
			AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.tenant = blob.tenant AND e.blob = blob.id)`, tx.Tenant(), b.id, b.touchedAt)
		gone = n == 1
		return err
	})
	if err != nil || !gone {
		return fault.Wrap(err, "removing a blob that nothing refers to")
	}
	shelf, err := e.shelf(b.shelf)
	if err != nil {
		return err
	}
	return shelf.Remove(ctx, b.place)
}
