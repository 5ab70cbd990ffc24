package app

import (
	"context"
	"io"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// backups is the stream that every backup is recorded in, so that the last one
// is found at once.
const backups = "backups"

// Backup writes an archive of everything to w while the server works.
func (r *Rooms) Backup(ctx context.Context, w io.Writer) (db.Archived, error) {
	return r.DB.Archive(ctx, w, func(tx *db.Tx, h *db.Head) (err error) {
		h.Version, h.Node = Version, r.Node
		if h.Tenants, err = identity.TenantCount(tx); err != nil {
			return err
		}
		if h.Keys, err = seal.KeysInUse(tx); err != nil {
			return err
		}
		end, err := journal.Tip(tx)
		h.LastPos, h.LastAt, h.LastHash = end.Pos, end.At, end.Hash
		return err
	})
}

// Backed records a backup that somebody has whole.
func (r *Rooms) Backed(ctx context.Context, a db.Archived) error {
	_, actor := db.Who(ctx)
	return r.DB.Write(db.As(ctx, identity.Main, actor), func(tx *db.Tx) error {
		_, err := r.Journal.Append(tx, journal.Entry{Stream: backups, Kind: journal.BackupMade, Data: map[string]any{
			"sha256": a.SHA256, "entries": a.Manifest.Rows("entry"), "bytes": a.Bytes, "made_at": a.Head.MadeAt, "schema": a.Head.Schema,
		}})
		return err
	})
}

// backup is the command for an installation whose server is stopped, or whose
// database is PostgreSQL. keep makes what was written durable under its name;
// only then is the backup recorded.
func backup(ctx context.Context, o cli.StoreOptions, w io.Writer, keep func() error) (a db.Archived, err error) {
	err = with(ctx, o, func(r *Rooms) error {
		ctx := db.As(ctx, identity.Main, "system:backup")
		if a, err = r.Backup(ctx, w); err != nil {
			return err
		}
		if err := keep(); err != nil {
			return err
		}
		return r.Backed(ctx, a)
	})
	return a, err
}
