package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/db"
)

// StoreOptions say which database a command works on.
type StoreOptions struct {
	Data    string // data directory
	DB      string // "" for SQLite in Data, else postgres://…
	KeyFile string // "" for the default beside Data
}

// ServeOptions say how the server runs.
type ServeOptions struct {
	StoreOptions
	Addr        string // host:port
	PublicURL   string // under which people reach it; "" when not known
	EgressAllow string // CIDRs with commas
	LogLevel    string // debug, info, warn or error
}

// Check is one line of the doctor.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`    // not broken
	State  string `json:"state"` // ok, warn or fail
	Detail string `json:"detail"`
	Do     string `json:"do"` // what mends it, "" when nothing is to be done
}

// Restored is what came of a restore.
type Restored struct {
	SHA256   string    `json:"sha256"`
	MadeAt   time.Time `json:"made_at"`
	From     string    `json:"from"` // the engine that it came from
	Schema   int64     `json:"schema"`
	Entries  int64     `json:"entries"`
	Replaced bool      `json:"replaced"` // there was an installation before
	Lost     int64     `json:"lost"`     // journal entries that it had and the archive has not
	LostWhat string    `json:"lost_what"`
	Sessions int64     `json:"sessions"` // people who have to sign in again
}

// Local is what needs the database or the server's own code. app fills in
// every member.
type Local struct {
	// Serve runs until ctx ends; it prints where it listens and, while nobody
	// is set up, the set-up link.
	Serve func(ctx context.Context, o ServeOptions, stdout, stderr io.Writer) error
	// Bootstrap makes the first administrator of an empty installation.
	Bootstrap func(ctx context.Context, o StoreOptions, email, password string) (userID, token string, err error)
	// AddUser adds a person or service account; a team that does not exist is made.
	AddUser func(ctx context.Context, o StoreOptions, email string, roles []string, team string) (userID, token string, err error)
	// ResetFactors removes every second factor of a person, and says how many there were.
	ResetFactors func(ctx context.Context, o StoreOptions, email string) (removed int, err error)
	// Demo fills an empty installation.
	Demo func(ctx context.Context, o StoreOptions, progress func(done, total int)) error
	// Migrate brings the database to the schema of this binary.
	Migrate func(ctx context.Context, o StoreOptions) (version int64, err error)
	// Reindex has the next server make the search index again from the journal.
	Reindex func(ctx context.Context, o StoreOptions) error
	// Remeasure has the next server make the measures again from the journal.
	Remeasure func(ctx context.Context, o StoreOptions) error
	// Doctor looks at everything that can be wrong, also beside a server.
	Doctor func(ctx context.Context, o ServeOptions) ([]Check, error)
	// Backup writes an archive of a stopped installation, or of PostgreSQL; keep
	// makes it durable, and only then it is recorded.
	Backup func(ctx context.Context, o StoreOptions, w io.Writer, keep func() error) (db.Archived, error)
	// Restore puts an archive in the place of a database.
	Restore func(ctx context.Context, o StoreOptions, file string, replace bool) (Restored, error)
	// VerifyLog checks every entry of the journal; broken names the first that
	// does not hold, and is empty when all do.
	VerifyLog func(ctx context.Context, o StoreOptions) (entries int64, broken string, err error)
	// Wire prints which reader acts on which kind of entry.
	Wire func(w io.Writer) error
	// Spec is the OpenAPI description as YAML.
	Spec func() ([]byte, error)
	// Version is what this binary is, a line each.
	Version func() []string
}

// Main runs one command and returns the exit code of the process. It ends
// when ctx does.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, local Local) (exitCode int) {
	p := &program{in: stdin, out: stdout, err: stderr, local: local}
	root := p.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return p.finish(root.ExecuteContext(ctx))
}

// program is one run.
type program struct {
	in       io.Reader
	out, err io.Writer
	local    Local
	output   string // -o
	target   targetFlags
}

func (p *program) root() *cobra.Command {
	root := group("tocsin", "Security findings in, tickets with somebody responsible out")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(&cobra.Group{ID: "server", Title: "The server:"}, &cobra.Group{ID: "client", Title: "Against a server (TOCSIN_URL, TOCSIN_TOKEN, or `tocsin ctx`):"})
	for _, c := range []*cobra.Command{p.serve(), p.admin(), p.demo(), p.backup(), p.restore(), p.doctor(), p.migrate(), p.log(), p.version(), p.wire()} {
		c.GroupID = "server"
		root.AddCommand(c)
	}
	for _, c := range p.clientCommands() {
		c.GroupID = "client"
		root.AddCommand(c)
	}
	return root
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	c.AddCommand(commands...)
	return c
}

// command is one that does something. Args says how its arguments are written.
func command(use, short string, args cobra.PositionalArgs, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: usageOf(args), PreRunE: wellFormed, RunE: run, DisableFlagsInUseLine: true}
}

// need says which flags a command cannot do without.
func need(cmd *cobra.Command, flags ...string) {
	for _, name := range flags {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // a flag that was never made: every test meets it
		}
	}
}

// wellFormed makes usage errors of what cobra checks right after it.
func wellFormed(cmd *cobra.Command, _ []string) error {
	err := cmd.ValidateRequiredFlags()
	if err == nil {
		err = cmd.ValidateFlagGroups()
	}
	if err != nil {
		return usage(cmd, "%s", err)
	}
	return nil
}

// clientCommands are those that need no database. All but ctx and ioc speak to
// a server.
func (p *program) clientCommands() []*cobra.Command {
	return []*cobra.Command{
		p.tickets(), p.handovers(), p.views(), p.findings(), p.quarantine(), p.policy(), p.sla(), p.report(), p.evidence(), p.lists(), p.storms(), p.connections(), p.users(), p.teams(), p.tokens(),
		p.onCall(), p.events(), p.api(), p.ctx(), p.indicators(),
	}
}
