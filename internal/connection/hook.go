package connection

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Hooks lets calls of outside systems in: it finds the connection that is
// called, proves who calls, and remembers what came so that a copy does nothing.
type Hooks struct {
	c      *Connections
	noise  []byte // a key for nobody, so that a call to nobody takes its time too
	ledger ledger
	mu     sync.Mutex
	live   map[string]liveHook // by connection

	Accepted, Duplicate, Refused, Limited atomic.Int64 // calls, for the metrics
}

// liveHook is a receiver as its connection was at a revision.
type liveHook struct {
	rev      int64
	receiver connector.Receiver
}

func newHooks(c *Connections) *Hooks {
	h := &Hooks{c: c, noise: make([]byte, 32), live: map[string]liveHook{}}
	_, _ = rand.Read(h.noise)
	h.ledger.tallies = map[string]*hookTally{}
	return h
}

// Call is one call of a webhook, from a network address that nobody vouches for.
type Call struct {
	connector.Call
	From string
}

// Caller is the connection on whose behalf a call has come, with its delivery.
type Caller struct {
	Tenant, ID, Name string
	Delivery         connector.Delivery
}

// Source is how findings name where they came from.
func (k Caller) Source() string { return Stream(k.ID) }

// As acts on behalf of the connection.
func (k Caller) As(ctx context.Context) context.Context {
	return db.As(ctx, k.Tenant, db.Actor(k.Source()))
}

// errUnproven is the one answer to every call that is not proven. It does not
// tell what is wrong, nor whether there is such a connection.
func errUnproven() error {
	return fault.New(fault.Denied, "The call is not signed as this webhook wants it, or its signature is older than five minutes.").WithSlug("unauthenticated")
}

// Prove finds who calls. What is not proven is counted with its connection and
// kept nowhere.
func (h *Hooks) Prove(ctx context.Context, id string, call Call) (Caller, error) {
	s, err := h.find(ctx, id)
	if err != nil {
		return Caller{}, err
	}
	k := Caller{Tenant: s.Tenant, ID: s.ID, Name: s.Name}
	receiver, err := h.receiver(k.As(ctx), s)
	if err != nil {
		return k, err
	}
	if receiver == nil {
		return k, h.nobody(call.Body)
	}
	if k.Delivery, err = receiver.Receive(call.Call); err != nil {
		h.Refused.Add(1)
		h.ledger.refused(k, err, call.From)
		return k, errUnproven()
	}
	return k, nil
}

// nobody refuses a call to nobody, in the time that proving it would take.
func (h *Hooks) nobody(body []byte) error {
	sum := hmac.New(sha256.New, h.noise)
	_, _ = sum.Write(body)
	_ = sum.Sum(nil)
	h.Refused.Add(1)
	return errUnproven()
}

// find loads a connection that is switched on, of any tenant: the caller's id
// says which. What is not there is the zero value.
func (h *Hooks) find(ctx context.Context, id string) (s stored, err error) {
	if len(id) > 64 {
		return s, nil
	}
	err = h.c.DB.Read(everyone(ctx), func(tx *db.Tx) error {
		s, err = scan(tx.QueryRow(`SELECT `+columns+` FROM connection WHERE id = $1 AND enabled`, id))
		if errors.Is(err, db.ErrNoRows) {
			s, err = stored{}, nil
		}
		return err
	})
	return s, fault.Wrap(err, "looking for a webhook")
}

// receiver gives what proves calls of a connection, nil where nothing does. The
// secrets are opened once a revision.
func (h *Hooks) receiver(ctx context.Context, s stored) (connector.Receiver, error) {
	if s.ID == "" {
		return nil, nil
	}
	h.mu.Lock()
	kept, ok := h.live[s.ID]
	h.mu.Unlock()
	if ok && kept.rev == s.Rev {
		return kept.receiver, nil
	}
	live, err := h.c.live(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	receiver, _ := live.(connector.Receiver)
	h.mu.Lock()
	h.live[s.ID] = liveHook{s.Rev, receiver}
	h.mu.Unlock()
	return receiver, nil
}

// forget drops what is remembered of a connection that is gone.
func (h *Hooks) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.live, id)
}

// slugDelivered marks the refusal of a copy inside a transaction.
const slugDelivered = "delivered"

// IsCopy reports whether an error says that a delivery came before.
func IsCopy(err error) bool { e := fault.As(err); return e != nil && e.Slug == slugDelivered }

// Came reports whether a delivery is here already, durable.
func (h *Hooks) Came(ctx context.Context, k Caller) (came bool, err error) {
	err = h.c.DB.Read(k.As(ctx), func(tx *db.Tx) error {
		var n int64
		err := tx.QueryRow(`SELECT COUNT(*) FROM webhook_delivery WHERE tenant = $1 AND connection = $2 AND delivery = $3`, tx.Tenant(), k.ID, k.Delivery.Key).Scan(&n)
		came = n > 0
		return err
	})
	return came, fault.Wrap(err, "looking for a delivery of connection %s", k.ID)
}

// Receipt is what is remembered of a delivery.
type Receipt struct {
	Delivery    string    `json:"delivery" doc:"What names it: its id, or a hash of what was signed"`
	At          time.Time `json:"at"`
	Size        int64     `json:"size" doc:"Bytes"`
	Parts       int64     `json:"parts" doc:"How many findings were told apart in it"`
	Quarantined int64     `json:"quarantined" doc:"How many of them could not be read"`
}

// Keep remembers a delivery in the transaction that makes the last of it
// durable. It fails when a copy was faster, and with it the transaction.
func (h *Hooks) Keep(tx *db.Tx, k Caller, r Receipt) error {
	n, err := tx.Exec(`INSERT INTO webhook_delivery(tenant, connection, delivery, at, size, parts, quarantined) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (tenant, connection, delivery) DO NOTHING`, tx.Tenant(), k.ID, k.Delivery.Key, tx.Now(), r.Size, r.Parts, r.Quarantined)
	if err != nil {
		return fault.Wrap(err, "keeping a delivery of connection %s", k.ID)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "This delivery came before.").WithSlug(slugDelivered)
	}
	return nil
}

// Done counts a call that was answered.
func (h *Hooks) Done(k Caller, quarantined int, duplicate bool) {
	if duplicate {
		h.Duplicate.Add(1)
		h.ledger.copied(k)
		return
	}
	h.Accepted.Add(1)
	h.ledger.accepted(k, int64(quarantined))
}

// remembered is how long a delivery is told from its copies.
const remembered = 24 * time.Hour

// Purge forgets deliveries of more than a day ago, of every tenant.
func (h *Hooks) Purge(ctx context.Context) error {
	return h.c.DB.Write(everyone(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM webhook_delivery WHERE at < $1`, tx.Now()-remembered.Microseconds())
		return err
	})
}

// Receipts lists the last deliveries of a connection, newest first.
func (h *Hooks) Receipts(tx *db.Tx, connection string) ([]Receipt, error) {
	return db.All(tx, func(s db.Scanner) (Receipt, error) {
		var r Receipt
		var at int64
		err := s.Scan(&r.Delivery, &at, &r.Size, &r.Parts, &r.Quarantined)
		r.At = db.Time(at)
		return r, err
	}, `SELECT delivery, at, size, parts, quarantined FROM webhook_delivery WHERE tenant = $1 AND connection = $2 ORDER BY at DESC, delivery LIMIT 50`,
		tx.Tenant(), connection)
}

// Reading is how bodies of a connection become findings: its mapping, and the
// name that findings without a product get. Mapping is nil where it has none.
type Reading struct {
	ID, Name string
	Mapping  json.RawMessage
}

// Reading finds the mapping of a connection by its id or its name.
func (c *Connections) Reading(tx *db.Tx, ref string) (Reading, error) {
	s, err := scan(tx.QueryRow(`SELECT `+columns+` FROM connection WHERE tenant = $1 AND (id = $2 OR name = $2) ORDER BY id LIMIT 1`, tx.Tenant(), ref))
	if errors.Is(err, db.ErrNoRows) {
		return Reading{}, fault.New(fault.Missing, "There is no connection with the id or name %s.", ref)
	}
	if err != nil {
		return Reading{}, fault.Wrap(err, "looking for connection %s", ref)
	}
	return Reading{ID: s.ID, Name: s.Name, Mapping: c.mappingOf(s)}, nil
}

// mappingOf takes the mapping out of the settings of a kind that has one in
// use.
func (c *Connections) mappingOf(s stored) json.RawMessage {
	var values map[string]json.RawMessage
	if json.Unmarshal(s.Settings, &values) != nil {
		return nil
	}
	for _, f := range c.Kinds[s.Kind].Manifest.Fields {
		raw := values[f.Name]
		if f.Type == connector.TypeMapping && len(raw) > 0 && string(raw) != "null" && c.inUse(s.Kind, f, values) {
			return raw
		}
	}
	return nil
}

// inUse tells whether a field matters with these settings: the choice that it
// hangs on is made, or is the default.
func (c *Connections) inUse(kind string, f connector.Field, values map[string]json.RawMessage) bool {
	if f.When == nil {
		return true
	}
	var chosen string
	if json.Unmarshal(values[f.When.Field], &chosen) == nil && chosen != "" {
		return chosen == f.When.Is
	}
	for _, other := range c.Kinds[kind].Manifest.Fields {
		if other.Name == f.When.Field {
			return other.Default == f.When.Is
		}
	}
	return false
}
