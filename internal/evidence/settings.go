package evidence

import (
	"context"
	"errors"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	defaultMax = 1 << 30
	// most is the largest a file may be set to: a bucket takes it in one request
	// and an archive holds it without the longer form.
	most  = 4000 << 20
	least = 1 << 20
)

// Settings are what a person says about keeping evidence.
type Settings struct {
	MaxBytes  int64     `json:"max_bytes" minimum:"1048576" maximum:"4194304000" doc:"The largest file that is taken in"`
	Shelf     string    `json:"shelf" maxLength:"60" doc:"disk, or the id of a connection of the kind aws; it counts for what is added from now on"`
	Bucket    string    `json:"bucket" maxLength:"63" doc:"Of S3, where shelf is a connection"`
	Prefix    string    `json:"prefix" maxLength:"200" doc:"Before every name in the bucket"`
	Region    string    `json:"region" maxLength:"40" doc:"Of the bucket"`
	UpdatedAt time.Time `json:"updated_at" readOnly:"true"`
	Rev       int64     `json:"rev" readOnly:"true"`
}

const (
	sqlSettings     = `SELECT max_bytes, shelf, bucket, prefix, region, updated_at, rev FROM evidence_settings WHERE tenant = $1`
	sqlKeepSettings = `INSERT INTO evidence_settings(tenant, max_bytes, shelf, bucket, prefix, region, updated_at, rev) VALUES ($1,$2,$3,$4,$5,$6,$7,1)
		ON CONFLICT (tenant) DO UPDATE SET max_bytes = $2, shelf = $3, bucket = $4, prefix = $5, region = $6, updated_at = $7, rev = evidence_settings.rev + 1
		WHERE evidence_settings.rev = $8`
)

// ReadSettings returns the settings of the tenant.
func ReadSettings(tx *db.Tx) (Settings, error) {
	s := Settings{MaxBytes: defaultMax, Shelf: onDisk}
	var at int64
	err := tx.QueryRow(sqlSettings, tx.Tenant()).Scan(&s.MaxBytes, &s.Shelf, &s.Bucket, &s.Prefix, &s.Region, &at, &s.Rev)
	if errors.Is(err, db.ErrNoRows) {
		return s, nil
	}
	s.UpdatedAt = db.Time(at)
	return s, fault.Wrap(err, "loading the settings of evidence")
}

// settings reads them outside of any transaction.
func (e *Evidence) settings(ctx context.Context) (s Settings, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = ReadSettings(tx)
		return err
	})
	return s, err
}

// SetSettings changes the settings from the revision that the caller has read. A
// bucket is tried first, with a small object that is taken away again. What is
// kept already stays where it is.
func (e *Evidence) SetSettings(ctx context.Context, rev int64, s Settings) (out Settings, err error) {
	if err := s.check(); err != nil {
		return out, err
	}
	if s.Shelf == onDisk {
		s.Bucket, s.Prefix, s.Region = "", "", ""
	} else if err := e.try(ctx, s); err != nil {
		return out, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(sqlKeepSettings, tx.Tenant(), s.MaxBytes, s.Shelf, s.Bucket, s.Prefix, s.Region, tx.Now(), rev)
		if err != nil {
			return fault.Wrap(err, "keeping the settings of evidence")
		}
		if out, err = ReadSettings(tx); err != nil {
			return err
		}
		if n == 0 || out.Rev != rev+1 {
			return fault.New(fault.Conflict, "The settings of evidence were changed by somebody else since you read them.").WithSlug("stale-revision").WithExtra("current_rev", out.Rev)
		}
		_, err = e.Journal.Append(tx, journal.Entry{
			Stream: Stream, Kind: journal.EvidenceChanged, Data: map[string]any{"max_bytes": s.MaxBytes, "shelf": s.Shelf},
			Priv: map[string]any{"bucket": s.Bucket, "prefix": s.Prefix, "region": s.Region},
		})
		return err
	})
	return out, err
}

func (s Settings) check() error {
	plain := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\?#"<>`, r) }
	switch {
	case s.MaxBytes < least || s.MaxBytes > most:
		return fault.Field("body.max_bytes", "must be between %d and %d", least, most)
	case s.Shelf == "":
		return fault.Field("body.shelf", "must be disk or the id of a connection")
	case s.Shelf == onDisk:
		return nil
	case s.Bucket == "" || strings.ContainsFunc(s.Bucket, plain) || strings.Contains(s.Bucket, "/"):
		return fault.Field("body.bucket", "must be the name of a bucket")
	case strings.ContainsFunc(s.Prefix, plain) || strings.HasPrefix(s.Prefix, "/") || strings.Contains(s.Prefix, "..") || len(s.Prefix) > 200:
		return fault.Field("body.prefix", "must be plain letters, at most 200, and not begin with /")
	case s.Region == "":
		return fault.Field("body.region", "must be the region of the bucket, such as eu-west-1")
	}
	return nil
}

// try keeps, reads and removes something small in a bucket.
func (e *Evidence) try(ctx context.Context, s Settings) error {
	d, err := e.disk()
	if err != nil {
		return err
	}
	shelf, err := e.shelf(s.shelfRef())
	if err != nil {
		return err
	}
	sp, err := e.spoolAll(d, newBlobKey(), strings.NewReader("Tocsin tries whether evidence can be kept here."), least)
	if err != nil {
		return err
	}
	defer sp.drop()
	place := "trial/" + sp.SHA256
	if err := shelf.Keep(ctx, place, sp.spooled); err != nil {
		return err
	}
	r, err := shelf.Open(ctx, place, 0, -1)
	if err == nil {
		err = r.Close()
	}
	return errors.Join(err, shelf.Remove(ctx, place))
}
