package connection

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/egress"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// Connection is one outside system as people see it.
type Connection struct {
	ID        string            `json:"id"`
	Kind      string            `json:"kind"`
	Name      string            `json:"name"`
	Enabled   bool              `json:"enabled"`
	Settings  json.RawMessage   `json:"settings"`
	Secrets   map[string]string `json:"secrets" doc:"Each secret is set or unset; its value is never shown"`
	Health    Health            `json:"health"`
	Reconcile []Reconciliation  `json:"reconcile" doc:"A line for each region that the settings want compared"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
	Rev       int64             `json:"rev"`
}

// Health is how a connection is doing.
type Health struct {
	State       string     `json:"state" enum:"ok,failing,starting,off"`
	Since       *time.Time `json:"since"`
	LastOKAt    *time.Time `json:"last_ok_at"`
	LastError   string     `json:"last_error"`
	Received    int64      `json:"received"`
	Deleted     int64      `json:"deleted"`
	Quarantined int64      `json:"quarantined"`
	Refused     int64      `json:"refused" doc:"Calls of a webhook whose sender was not proven"`
	RefusedAt   *time.Time `json:"refused_at" doc:"When the last of them came"`
}

// Take makes messages durable and says what became of them.
type Take func(ctx context.Context, source string, batch []connector.Message) (Taken, error)

// Taken is what the intake made of a batch. A message may hold many parts.
type Taken struct {
	Verdicts    []connector.Verdict // one a message, in the order given
	Fresh       int                 // parts that said something new or changed
	Had         int                 // parts that said what was there already
	Quarantined int                 // parts that could not be read
}

// Config sets the room up.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Vault   *seal.Vault
	Scrub   *seal.Scrubber
	Kinds   map[string]connector.Kind
	Guard   *egress.Guard
	RootCAs *x509.CertPool // authorities to trust; nil is the system's
	Take    Take
	// CheckMapping says what is wrong with a mapping, before it is kept.
	CheckMapping func(mapping json.RawMessage) error
	Log          *slog.Logger
}

// Connections is the room.
type Connections struct {
	Config
	Hooks   *Hooks // calls from outside
	mu      sync.Mutex
	wake    chan struct{}
	hurry   chan struct{}       // somebody wants a comparison now
	running map[string]*running // by tenant and id
	ways    ways                // the live notifiers
}

// New makes the room.
func New(cfg Config) *Connections {
	c := &Connections{Config: cfg, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1), running: map[string]*running{}, ways: ways{live: map[string]way{}}}
	c.Hooks = newHooks(c)
	return c
}

// Manifests lists the kinds that can be set up.
func (c *Connections) Manifests() []connector.Manifest {
	out := []connector.Manifest{}
	for _, k := range c.Kinds {
		out = append(out, k.Manifest)
	}
	return out
}

// build makes a live connector from what is stored.
func (c *Connections) build(s stored, secrets map[string]connector.Secret) (connector.Connector, error) {
	kind, ok := c.Kinds[s.Kind]
	if !ok {
		return nil, unknownKind(s.Kind)
	}
	return kind.New(connector.Config{
		Settings: s.Settings, Secrets: secrets,
		HTTP: c.Guard.HTTPClient(egress.HTTPOptions{RootCAs: c.RootCAs}),
		Dial: c.Guard.DialContext, RootCAs: c.RootCAs,
		Now:      func() time.Time { return db.Time(c.DB.Now()) },
		Metadata: egress.Metadata(),
		Log:      c.Log.With("connection", s.ID),
	})
}

// Stream is the journal stream of a connection.
func Stream(id string) string { return "connection:" + id }
