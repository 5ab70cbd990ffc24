package identity

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// Main is the tenant of an installation for one organisation.
const Main = "main"

// room is the actor of what nobody signed in does.
const room = db.Actor("system:identity")

// second is one second in the unit of db.
const second = int64(time.Second / time.Microsecond)

// Config is what the room needs.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Vault   *seal.Vault // makes the data key of a new tenant
	Log     *slog.Logger
	// Leaving is called when a person is deactivated, in the same transaction:
	// the rooms that name them find somebody else, or refuse. nil: none does.
	Leaving func(tx *db.Tx, person string) error
}

// Service is the room. It is safe for concurrent use.
type Service struct {
	db      *db.DB
	journal *journal.Journal
	vault   *seal.Vault
	log     *slog.Logger
	leaving func(tx *db.Tx, person string) error

	hasher    *hasher
	cache     *cache
	strangers *strangers
	setup     setupToken
	uses      sync.WaitGroup
}

// New makes the room.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		db: cfg.DB, journal: cfg.Journal, vault: cfg.Vault, log: cfg.Log, leaving: cfg.Leaving,
		hasher: newHasher(), cache: newCache(), strangers: newStrangers(),
	}
}

// Wait returns when every note of use that is still being written is written.
// Call it before the database is closed.
func (s *Service) Wait() { s.uses.Wait() }

// change runs a transaction that alters what somebody may do, and then forgets
// what this process remembers of everybody: such changes are rare.
func (s *Service) change(ctx context.Context, fn func(tx *db.Tx) error) error {
	err := s.db.Write(ctx, fn)
	s.cache.forget()
	return err
}

// record writes one journal entry; priv holds names and addresses, or nil.
func (s *Service) record(tx *db.Tx, stream, kind string, data, priv any) error {
	_, err := s.journal.Append(tx, journal.Entry{Stream: stream, Kind: kind, Data: data, Priv: priv})
	return err
}

// fields are the members of an entry's data.
type fields = map[string]any

func userStream(id string) string { return "user:" + id }
func teamStream(id string) string { return "team:" + id }

// signInStream holds every sign-in and refused sign-in of a tenant.
const signInStream = "sign-in"

// tenantOf is the tenant of a request by somebody who is not known yet.
func tenantOf(ctx context.Context) string {
	if tenant, _ := db.Who(ctx); tenant != "" && tenant != db.Everyone {
		return tenant
	}
	return Main
}

func missing(what string) error {
	return fault.New(fault.Missing, "There is no such %s.", what)
}

// stale says that somebody else was faster; rev 0 means that the caller does
// not mind.
func stale(rev, current int64) error {
	if rev == 0 || rev == current {
		return nil
	}
	return fault.New(fault.Conflict, "This was changed by somebody else in the meantime; look at it again.").
		WithSlug("stale-revision").WithExtra("rev", current)
}
