package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// restoreCommand is restore with its temporary files kept in the data directory,
// which is a setting of the whole process.
func restoreCommand(ctx context.Context, o cli.StoreOptions, file string, replace bool) (cli.Restored, error) {
	if err := keepTemporaryFiles(o.Data); err != nil {
		return cli.Restored{}, err
	}
	return restore(ctx, o, file, replace)
}

// restore puts an archive in the place of a database. It reads the archive
// twice: whole before anything is written, and again into a stage beside the
// database. What is wrong leaves the database as it was; a crash leaves a mark
// that no server starts on.
func restore(ctx context.Context, o cli.StoreOptions, file string, replace bool) (out cli.Restored, err error) {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return out, fault.New(fault.Missing, "The archive %s cannot be read.", file).Because(err)
	}
	defer f.Close()
	a, err := db.VerifyArchive(f)
	if err != nil {
		return out, err
	}
	s := Settings{Data: o.Data, DB: o.DB, KeyFile: o.KeyFile}
	key, err := keyFor(s, a.Head)
	if err != nil {
		return out, err
	}
	was, err := standing(ctx, s, a.Head, replace)
	if err != nil {
		return out, err
	}
	stage, err := db.BeginStage(ctx, db.Config{Dir: s.Data, URL: s.DB}, a.Head.Schema)
	if err != nil {
		return out, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return out, errors.Join(err, stage.Abandon(ctx))
	}
	job := &restoring{stage: stage, settings: s, key: key, archive: a, was: was}
	if err := job.fill(ctx, f); err != nil {
		return out, errors.Join(err, stage.Abandon(ctx))
	}
	return job.outcome(), stage.Replace(ctx)
}

// keyFor loads the key file that the archive's secrets need; making a new one
// would only hide that the right one is missing.
func keyFor(s Settings, h db.Head) (seal.Key, error) {
	if len(h.Keys) == 0 {
		return loadKey(s)
	}
	path := keyPath(s)
	if _, err := os.Stat(path); err != nil {
		return seal.Key{}, fault.New(fault.Invalid, "The archive's secrets were sealed with key %s, and there is no key file %s: put the key file of that installation there, or name it with --key-file.", h.Keys[0], path).WithSlug("key-file")
	}
	key, err := loadKey(s)
	if err != nil {
		return key, err
	}
	if !slices.Contains(h.Keys, key.ID()) {
		return key, fault.New(fault.Invalid, "The archive's secrets were sealed with key %s, and the file %s holds key %s: name the key file of the installation that was backed up with --key-file.", h.Keys[0], path, key.ID()).WithSlug("key-file")
	}
	return key, nil
}

// stood is what was there before a restore.
type stood struct {
	there       bool   // it was not empty
	unreadable  string // why it could not be read, "" when it could
	end         journal.End
	sameHistory bool // the archive's last entry is one of its entries
}

// standing looks at the database that is about to be replaced.
func standing(ctx context.Context, s Settings, h db.Head, replace bool) (was stood, err error) {
	d, err := db.Open(ctx, db.Config{Dir: s.Data, URL: s.DB, Unfinished: true})
	if err != nil {
		if e := fault.As(err); !replace || s.DB != "" || (e != nil && e.Slug == "newer-schema") {
			return was, err
		}
		// A damaged database is the best of reasons to restore. One that another
		// process holds is found when the stage is begun.
		return stood{there: true, unreadable: err.Error()}, nil
	}
	err = d.Read(db.As(ctx, db.Everyone, "system:restore"), func(tx *db.Tx) error {
		was, err = look(tx, h)
		return err
	})
	if err = errors.Join(err, d.Close()); err != nil {
		if replace && s.DB == "" && fault.As(err) == nil {
			return stood{there: true, unreadable: err.Error()}, nil
		}
		return was, err
	}
	if was.there && !replace {
		return was, fault.New(fault.Conflict, "There is an installation already, with %d journal entries. Make a backup of it first; then say --replace to put the archive in its place.", was.end.Pos).WithSlug("not-empty")
	}
	return was, nil
}

func look(tx *db.Tx, h db.Head) (was stood, err error) {
	alive, err := job.Alive(tx)
	if err != nil {
		return was, err
	}
	if alive {
		return was, fault.New(fault.Conflict, "A server runs on this database: stop it, wait twenty seconds when it was killed, and try again.").WithSlug("in-use")
	}
	tenants, err := identity.TenantCount(tx)
	if err != nil {
		return was, err
	}
	if was.end, err = journal.Tip(tx); err != nil {
		return was, err
	}
	was.there = tenants > 0 || was.end.Pos > 0
	shared, err := journal.At(tx, h.LastPos)
	was.sameHistory = shared.Hash != "" && shared.Hash == h.LastHash
	return was, err
}

// restoring is one restore on its way.
type restoring struct {
	stage    *db.Stage
	settings Settings
	key      seal.Key
	archive  db.Archived
	was      stood
	sessions int64
	entries  int64
}

// fill makes the stage a whole installation: loaded, migrated, verified, with
// the entry that says where it comes from.
func (j *restoring) fill(ctx context.Context, archive io.Reader) error {
	again, err := j.stage.Load(ctx, archive)
	if err != nil {
		return err
	}
	if again.SHA256 != j.archive.SHA256 {
		return fault.New(fault.Conflict, "The archive was changed while it was restored.").WithSlug("archive")
	}
	d, err := j.stage.Open(ctx)
	if err != nil {
		return err
	}
	err = j.settle(ctx, d)
	return errors.Join(err, d.Close())
}

func (j *restoring) settle(ctx context.Context, d *db.DB) error {
	guard, err := openGuard("")
	if err != nil {
		return err
	}
	s := j.settings
	s.Log, s.Scrub = discard(), &seal.Scrubber{}
	r, err := assemble(ctx, d, seal.New(j.key), guard, s)
	if err != nil {
		return err
	}
	defer r.Identity.Wait()
	entries, broken, err := r.verifyLog(ctx)
	if err != nil {
		return err
	}
	if j.entries = entries; broken != "" {
		return fault.New(fault.Invalid, "The journal in the archive does not hold: %s. Nothing was changed.", broken).WithSlug("archive")
	}
	if err := d.Write(db.As(ctx, db.Everyone, "system:restore"), j.calm); err != nil {
		return err
	}
	return d.Write(db.As(ctx, identity.Main, "system:restore"), func(tx *db.Tx) error {
		_, err := r.Journal.Append(tx, journal.Entry{Stream: "restore:" + tx.NewID(), Kind: journal.InstallationRestored, Data: j.data()})
		return err
	})
}

// calm ends what was going on when the backup was made.
func (j *restoring) calm(tx *db.Tx) (err error) {
	ahead, err := job.ReadersAhead(tx)
	if err == nil && len(ahead) > 0 {
		err = fault.New(fault.Invalid, "The archive does not hold together: the reader %s is ahead of the journal.", ahead[0]).WithSlug("archive")
	}
	if err != nil {
		return err
	}
	if err := job.FreeAll(tx); err != nil {
		return err
	}
	j.sessions, err = identity.EndEverySession(tx)
	return err
}

// data is what the journal says of the restore. lost is what the installation
// had and the archive has not.
func (j *restoring) data() map[string]any {
	h := j.archive.Head
	data := map[string]any{
		"sha256": j.archive.SHA256, "made_at": h.MadeAt, "entries": j.entries, "engine": h.Engine, "schema": h.Schema,
		"position": h.LastPos, "at": h.LastAt, "sessions": j.sessions, "lost": nil,
	}
	if j.was.there {
		data["lost"] = map[string]any{
			"entries": j.lost(), "position": j.was.end.Pos, "at": j.was.end.At,
			"same_history": j.was.sameHistory, "unreadable": j.was.unreadable != "",
		}
	}
	return data
}

// lost counts the entries that are gone: those after the archive's, or all of
// another history.
func (j *restoring) lost() int64 {
	if j.was.sameHistory {
		return max(j.was.end.Pos-j.archive.Head.LastPos, 0)
	}
	return j.was.end.Pos
}

func (j *restoring) outcome() cli.Restored {
	h := j.archive.Head
	out := cli.Restored{
		SHA256: j.archive.SHA256, MadeAt: db.Time(h.MadeAt), Entries: j.entries, Schema: h.Schema, From: h.Engine,
		Replaced: j.was.there, Lost: j.lost(), Sessions: j.sessions,
	}
	switch {
	case j.was.unreadable != "":
		out.LostWhat = "what was there could not be read"
	case j.was.there && !j.was.sameHistory:
		out.LostWhat = "what was there had another history"
	case out.Lost > 0:
		out.LostWhat = fmt.Sprintf("everything between %s and %s", dated(h.LastAt), dated(j.was.end.At))
	}
	return out
}

func dated(micros int64) string { return db.Time(micros).Format("2006-01-02 15:04:05Z") }
