package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"tocsin/internal/api"
	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// Version is set by the build.
var Version = "dev" //nolint:gochecknoglobals // the linker writes it

// Main runs one command of the binary and returns its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, args, stdin, stdout, stderr, cli.Local{
		Serve: serve, Bootstrap: bootstrap, AddUser: addUser, ResetFactors: resetFactors, Demo: demoFiller(stdout), Migrate: migrate, Reindex: reindex, Remeasure: remeasure,
		Backup: backup, Restore: restoreCommand, Doctor: doctor, VerifyLog: verifyLog, Wire: printWire, Spec: spec, Version: version,
	})
}

// with opens the database for one command and closes it again.
func with(ctx context.Context, o cli.StoreOptions, fn func(r *Rooms) error) error {
	r, err := Open(ctx, Settings{Data: o.Data, DB: o.DB, KeyFile: o.KeyFile})
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return fn(r)
}

func bootstrap(ctx context.Context, o cli.StoreOptions, email, password string) (id, token string, err error) {
	err = with(ctx, o, func(r *Rooms) error {
		u, t, err := r.Identity.Bootstrap(ctx, identity.Setup{Email: email, Password: password})
		id, token = u.ID, t
		return err
	})
	return id, token, err
}

func addUser(ctx context.Context, o cli.StoreOptions, email string, roles []string, team string) (id, token string, err error) {
	err = with(ctx, o, func(r *Rooms) error {
		u, t, err := r.Identity.AddUser(ctx, identity.NewUser{Email: email, Roles: roles}, team)
		id, token = u.ID, t
		return err
	})
	return id, token, err
}

func resetFactors(ctx context.Context, o cli.StoreOptions, email string) (removed int, err error) {
	err = with(ctx, o, func(r *Rooms) (err error) {
		removed, err = r.Identity.ResetFactors(ctx, email)
		return err
	})
	return removed, err
}

func migrate(ctx context.Context, o cli.StoreOptions) (version int64, err error) {
	err = with(ctx, o, func(r *Rooms) (err error) {
		version, err = r.DB.Version(ctx)
		return err
	})
	return version, err
}

// verifyLog walks every chain of the journal.
func verifyLog(ctx context.Context, o cli.StoreOptions) (entries int64, broken string, err error) {
	err = with(ctx, o, func(r *Rooms) (err error) {
		entries, broken, err = r.verifyLog(ctx)
		return err
	})
	return entries, broken, err
}

func (r *Rooms) verifyLog(ctx context.Context) (entries int64, broken string, err error) {
	err = r.DB.Read(db.Patient(db.As(ctx, db.Everyone, "system:verify")), func(tx *db.Tx) error {
		n, b, err := journal.Verify(tx)
		entries = n
		if b != nil {
			broken = fmt.Sprintf("%s, entry %d: %s", b.Stream, b.Seq, b.Reason)
		}
		return err
	})
	return entries, broken, err
}

// printWire needs the wiring but no data: it opens a database that is thrown
// away.
func printWire(w io.Writer) error {
	dir, err := os.MkdirTemp("", "tocsin-wire-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir); _ = os.Remove(dir + ".key") }()
	return with(context.Background(), cli.StoreOptions{Data: dir}, func(r *Rooms) error { return r.PrintWire(w) })
}

func spec() ([]byte, error) {
	s, err := api.New(api.Deps{})
	if err != nil {
		return nil, err
	}
	return s.Spec()
}

func version() []string {
	lines := []string{"tocsin " + Version}
	if info, ok := debug.ReadBuildInfo(); ok {
		lines = append(lines, info.GoVersion)
		for _, m := range info.Deps {
			switch m.Path {
			case "github.com/ncruces/go-sqlite3", "github.com/jackc/pgx/v5":
				lines = append(lines, m.Path+" "+m.Version)
			}
		}
	}
	return lines
}
