package app

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector/all"
	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/egress"
	"tocsin/internal/evidence"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/report"
	"tocsin/internal/seal"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
)

// Settings are those of the process. Everything else that a person changes
// lives in the database.
type Settings struct {
	Data    string         // data directory; also names the default key file
	DB      string         // "" for SQLite in Data, else postgres://…
	KeyFile string         // "" for Data + ".key"
	Egress  string         // networks that connections may reach although they are private
	RootCAs *x509.CertPool // authorities that connections trust; nil is the system's
	Clock   func() time.Time
	Log     *slog.Logger
	Scrub   *seal.Scrubber
	Tune    func(*db.Config) // how a harness opens the database in another way; nil is the product's
	Space   measure          // room on the disk; nil asks the file system
}

// Rooms are the rooms of one process, wired.
type Rooms struct {
	DB          *db.DB
	Vault       *seal.Vault
	Journal     *journal.Journal
	Identity    *identity.Service
	Findings    *finding.Findings
	Tickets     *ticket.Tickets
	Connections *connection.Connections
	Duty        *duty.Duty
	Notify      *notify.Notify
	SLA         *sla.SLA
	Report      *report.Report
	Evidence    *evidence.Evidence
	Jobs        *job.Runner
	Feed        *job.Feed
	Log         *slog.Logger
	Node        string // names this process; differs between nodes and starts

	settings Settings
	disk     *disk
	watch    *watch
	intake   *intakeMeter
	removed  map[string]*atomic.Int64 // by retention, by kind
	misowned atomic.Int64             // tickets that are not whose their records say
	left     func()                   // waits for what requests have left behind
}

// Open opens the database and wires the rooms; nothing runs yet.
func Open(ctx context.Context, s Settings) (*Rooms, error) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Scrub == nil {
		s.Scrub = &seal.Scrubber{}
	}
	guard, err := openGuard(s.Egress)
	if err != nil {
		return nil, err
	}
	key, err := loadKey(s)
	if err != nil {
		return nil, err
	}
	cfg := db.Config{Dir: s.Data, URL: s.DB, Clock: s.Clock, Log: s.Log}
	if s.Tune != nil {
		s.Tune(&cfg)
	}
	d, err := db.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r, err := assemble(ctx, d, seal.New(key), guard, s)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return r, nil
}

func openGuard(allow string) (*egress.Guard, error) {
	prefixes, err := egress.ParseAllow(allow)
	if err != nil {
		return nil, err
	}
	return egress.New(egress.Config{Allow: prefixes}), nil
}

// loadKey reads the key file, which lies beside the data, never in it: who can
// read the one must not have the other.
func loadKey(s Settings) (seal.Key, error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return seal.Key{}, err
	}
	return seal.LoadKey(keyPath(s), s.Data)
}

func keyPath(s Settings) string {
	if s.KeyFile != "" {
		return s.KeyFile
	}
	return s.Data + ".key"
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func assemble(ctx context.Context, d *db.DB, vault *seal.Vault, guard *egress.Guard, s Settings) (*Rooms, error) {
	r := &Rooms{
		DB: d, Vault: vault, Journal: journal.New(vault), Log: s.Log, Node: nodeName(), settings: s,
		disk: newDisk(s, d.Now), watch: &watch{}, intake: newIntakeMeter(), removed: map[string]*atomic.Int64{},
	}
	for _, st := range steps() {
		r.removed[st.kind] = &atomic.Int64{}
	}
	r.Identity = identity.New(identity.Config{DB: d, Journal: r.Journal, Vault: vault, Leaving: r.leaving, Log: s.Log})
	needed, err := r.Identity.NeedsSetup(ctx)
	if err != nil {
		return nil, err
	}
	if !needed { // fails when the key file belongs to another database
		if err := vault.EnsureTenant(ctx, d, identity.Main); err != nil {
			return nil, err
		}
	}
	if r.Findings, err = finding.New(d, r.Journal); err != nil {
		return nil, err
	}
	r.Duty = duty.New(duty.Config{DB: d, Journal: r.Journal, Log: s.Log})
	r.Tickets = ticket.New(d, r.Journal, r.Findings, people())
	r.Connections = connection.New(connection.Config{
		DB: d, Journal: r.Journal, Vault: vault, Scrub: s.Scrub, Kinds: all.Table(), Guard: guard, RootCAs: s.RootCAs, Take: r.TakeMessages, CheckMapping: checkMapping, Log: s.Log,
	})
	r.Notify = notify.New(notify.Config{
		DB: d, Journal: r.Journal, Vault: vault, Ways: notify.Ways{List: r.Connections.Notifiers, Send: r.Connections.Notify, Find: r.Connections.FindAddress}, Node: r.Node, Log: s.Log,
	})
	r.SLA = r.keepTime(r.Notify)
	r.keepEvidence(vault)
	r.Report = report.New(report.Config{DB: d, Tickets: r.Tickets, Log: s.Log})
	r.Jobs = job.New(d, job.Config{Node: r.Node, Log: s.Log})
	r.Feed = job.NewFeed(d, s.Log)
	r.wire()
	return r, nil
}

// nodeName names this process among the nodes of one database.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	return host + "-" + rand.Text()[:8]
}

// people is what ticket asks of identity.
func people() ticket.People {
	return ticket.People{
		Intake: identity.IntakeLead,
		OnDuty: duty.OnTeam,
		Works:  identity.MayWork,
		Human:  identity.IsHuman,
		Member: identity.IsMember,
		Lead: func(tx *db.Tx, team string) (string, error) {
			t, err := identity.FindTeam(tx, team)
			return t.Lead, err
		},
		Active: identity.IsActive,
		Names: func(tx *db.Tx, ids []string) (map[string]string, error) {
			names, err := identity.NameOf(tx, ids...)
			if err != nil {
				return nil, err
			}
			teams, err := identity.TeamNameOf(tx, ids...)
			for id, name := range teams {
				names[id] = name
			}
			return names, err
		},
		Zone: identity.Zone,
	}
}

// Close ends everything in order: what reads, then what writes.
func (r *Rooms) Close() error {
	if r.left != nil {
		r.left()
	}
	r.Identity.Wait()
	r.Tickets.Wait()
	return r.DB.Close()
}
