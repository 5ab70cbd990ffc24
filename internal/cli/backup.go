package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// mayAsk gives a server command the flags that name a running server.
func (p *program) mayAsk(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.target.url, "url", "", "ask the server that runs there (TOCSIN_URL, when neither --data nor --db is given)")
	f.StringVar(&p.target.context, "context", "", "ask a server kept with `tocsin ctx`")
	c.MarkFlagsMutuallyExclusive("url", "context")
}

// asksServer reports whether a command speaks to a server instead of opening
// the database itself.
func (p *program) asksServer(cmd *cobra.Command) bool {
	if p.target.url != "" || p.target.context != "" {
		return true
	}
	direct := cmd.Flags().Changed(settingData.flag) || cmd.Flags().Changed(settingDB.flag)
	return !direct && os.Getenv("TOCSIN_URL") != ""
}

func (p *program) backup() *cobra.Command {
	var verify bool
	c := p.prints(onStore(command("backup FILE", "Back everything up into one file, or check such a file with --verify", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		if verify {
			return p.verifyBackup(args[0])
		}
		return p.makeBackup(cmd, args[0])
	})))
	c.Long = "Writes every table into FILE, all of one moment; - is standard output. The archive goes into either engine.\n" +
		"With --url a running server is asked, which goes on working; without it the database is opened, which for SQLite needs a stopped server.\n" +
		"The secrets in it stay sealed. The key file that opens them is NOT in it: keep that too, somewhere else."
	c.Flags().BoolVar(&verify, "verify", false, "read FILE to its end and check every table; nothing is written")
	p.mayAsk(c)
	return c
}

func archiveColumns() []column {
	return []column{col("FILE", "file"), col("MADE", "made_at"), col("ENTRIES", "entries"), col("TABLES", "tables"), col("BYTES", "bytes"), col("SCHEMA", "schema"), col("SHA256", "sha256")}
}

func (p *program) showArchive(file string, a db.Archived) error {
	item, err := tree(struct {
		File    string    `json:"file"`
		SHA256  string    `json:"sha256"`
		Bytes   int64     `json:"bytes"`
		MadeAt  time.Time `json:"made_at"`
		Entries int64     `json:"entries"`
		Tables  int       `json:"tables"`
		Engine  string    `json:"engine"`
		Schema  int64     `json:"schema"`
		Version string    `json:"version"`
		Keys    []string  `json:"keys"`
	}{
		file, a.SHA256, a.Bytes, db.Time(a.Head.MadeAt), a.Manifest.Rows("entry"), len(a.Manifest.Tables),
		a.Head.Engine, a.Head.Schema, a.Head.Version, append([]string{}, a.Head.Keys...),
	})
	if err != nil {
		return err
	}
	return p.one(item, archiveColumns())
}

func (p *program) verifyBackup(file string) error {
	f, err := os.Open(file) //nolint:gosec // the person names it
	if err != nil {
		return fault.New(fault.Missing, "%s cannot be read.", file).Because(err)
	}
	defer f.Close()
	a, err := db.VerifyArchive(f)
	if err != nil {
		return err
	}
	return p.showArchive(file, a)
}

func (p *program) makeBackup(cmd *cobra.Command, file string) error {
	out, err := p.createPart(file)
	if err != nil {
		return err
	}
	defer out.drop()
	a, err := p.fillBackup(cmd, out)
	if err != nil {
		return err
	}
	p.say("The key file is not in the backup: keep it too, apart from it. Without it the secrets in the backup cannot be opened.")
	p.say("Files of evidence that lie on the disk are not in it either: copy the folder evidence of the data directory, whose files never change.")
	if file == "-" {
		return nil // the archive is on standard output
	}
	return p.showArchive(file, a)
}

func (p *program) fillBackup(cmd *cobra.Command, out *part) (db.Archived, error) {
	if !p.asksServer(cmd) {
		return p.local.Backup(cmd.Context(), storeOptions(cmd), out, out.keep)
	}
	c, err := p.client()
	if err != nil {
		return db.Archived{}, err
	}
	if err := c.download(cmd.Context(), out); err != nil {
		return db.Archived{}, err
	}
	return out.archived, out.keep()
}

// download takes an archive from a running server. The archive itself says
// whether it is whole.
func (c *client) download(ctx context.Context, out *part) error {
	resp, err := c.open(ctx, call{method: http.MethodPost, path: "/backups"})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return c.problem(resp, body)
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return c.lineBroke(ctx, err)
	}
	return nil
}

// part is a file that gets its name only when it is whole, on the disk and
// read again to its end.
type part struct {
	*bufio.Writer
	file     *os.File
	name     string // "" for standard output
	archived db.Archived
}

func (p *program) createPart(name string) (*part, error) {
	if name == "-" {
		return &part{Writer: bufio.NewWriter(p.out)}, nil
	}
	if _, err := os.Stat(name); err == nil {
		return nil, fault.New(fault.Conflict, "%s exists already; a backup does not overwrite another.", name)
	}
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) //nolint:gosec // the person names it
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s cannot be made.", name).Because(err)
	}
	return &part{Writer: bufio.NewWriterSize(f, 1<<20), file: f, name: name}, nil
}

// keep verifies what is on the disk and gives it its name. Standard output can
// only be written to.
func (w *part) keep() error {
	if err := w.Flush(); err != nil || w.file == nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var err error
	if w.archived, err = db.VerifyArchive(w.file); err != nil {
		return err
	}
	if err := nameOnce(w.file.Name(), w.name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(w.name))
}

// nameOnce gives a file its name unless somebody else has taken it meanwhile,
// as far as the file system can tell.
func nameOnce(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrExist):
		return fault.New(fault.Conflict, "%s exists already; a backup does not overwrite another.", to)
	}
	return os.Rename(from, to)
}

// drop takes away what did not get its name.
func (w *part) drop() {
	if w.file == nil {
		return
	}
	_ = w.file.Close()
	_ = os.Remove(w.file.Name())
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // of the backup
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (p *program) restore() *cobra.Command {
	var replace bool
	c := p.prints(onStore(command("restore FILE", "Put a backup in the place of a database whose server is stopped", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		r, err := p.local.Restore(cmd.Context(), storeOptions(cmd), args[0], replace)
		if err != nil {
			return err
		}
		return p.showRestored(r)
	})))
	c.Long = "Checks FILE to its end, builds a database from it beside the one that is there, checks that too, and only then puts it in its place.\n" +
		"A backup of SQLite may go into PostgreSQL and the other way round. It needs the key file of the installation that was backed up.\n" +
		"Everybody has to sign in again. API tokens, people and roles are as they were when the backup was made: revoke again what was revoked since."
	c.Flags().BoolVar(&replace, "replace", false, "replace an installation that is not empty; the journal says what was lost")
	return c
}

func (p *program) showRestored(r Restored) error {
	item, err := tree(r)
	if err != nil {
		return err
	}
	if r.LostWhat != "" {
		p.say("Lost: %d journal entries, %s. The journal says so.", r.Lost, r.LostWhat)
	}
	p.say("Everybody has to sign in again; tokens and people are as they were when the backup was made.")
	return p.one(item, []column{col("MADE", "made_at"), col("FROM", "from"), col("ENTRIES", "entries"), col("LOST", "lost"), col("SHA256", "sha256")})
}
