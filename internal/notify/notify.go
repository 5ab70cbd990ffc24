package notify

import (
	"context"
	"log/slog"
	"sync"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// Config is what the room is made of.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Vault   *seal.Vault
	Ways    Ways
	// Base is the address at which people reach the server, without a slash at
	// its end; links in messages begin with it.
	Base string
	Node string       // names this process; differs between nodes and starts
	Log  *slog.Logger // nil discards
}

// Ways is what this room asks of the connections.
type Ways struct {
	List func(tx *db.Tx) ([]connection.Way, error)
	Send func(ctx context.Context, id string, l connector.Letter) (connector.Receipt, error)
	// Find gives a person's address by their mail address; "" when it is not
	// known there. nil finds nobody.
	Find func(ctx context.Context, id, mail string) (string, error)
}

// Notify is the room.
type Notify struct {
	db      *db.DB
	journal *journal.Journal
	vault   *seal.Vault
	ways    Ways
	node    string
	log     *slog.Logger

	mu    sync.RWMutex
	base  string
	tally tally
}

// New makes the room; nothing is sent until Run.
func New(c Config) *Notify {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Notify{db: c.DB, journal: c.Journal, vault: c.Vault, ways: c.Ways, node: c.Node, log: c.Log, base: c.Base}
}

// SetBase says at which address people reach the server, once it is known.
func (n *Notify) SetBase(base string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.base = base
}

func (n *Notify) address() string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.base
}
