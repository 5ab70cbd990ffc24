package connection

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// ways are the live notifiers, each as its connection was at a revision.
type ways struct {
	mu   sync.Mutex
	live map[string]way // by tenant and id

	keepers map[string]keeping // the same
}

type way struct {
	rev      int64
	notifier connector.Notifier
}

// Way is a connection over which somebody can be told.
type Way struct {
	ID, Kind, Name string
	Enabled        bool
	Address        string        // what a person's address is called there; "" reaches no person
	NeedsAddress   bool          // nobody is told without an address: the settings name no place
	Beat           time.Duration // a sign of life is due this often, and notices are not taken; 0 for a way of notices
}

// Notifiers lists the connections of the tenant over which somebody can be
// told, by name. It opens no secret.
func (c *Connections) Notifiers(tx *db.Tx) ([]Way, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM connection WHERE tenant = $1 ORDER BY name`, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "listing the ways of telling people")
	}
	out := []Way{}
	for _, s := range rows {
		if reach := c.Kinds[s.Kind].Reach; reach != nil {
			out = append(out, wayOf(s, *reach))
		}
	}
	return out, nil
}

func wayOf(s stored, r connector.Reach) Way {
	w := Way{ID: s.ID, Kind: s.Kind, Name: s.Name, Enabled: s.Enabled, Address: r.Address}
	w.NeedsAddress = r.Address != "" && (r.Place == nil || !r.Place(s.Settings))
	if r.Beat != nil {
		w.Beat = r.Beat(s.Settings)
	}
	return w
}

// Notify hands a letter to a connection of the tenant. No transaction is open
// while the outside is asked, so it must not be called inside one. What
// connector.RetryAfter says of an error tells whether to try again; the text of
// an error is one sentence without a secret.
func (c *Connections) Notify(ctx context.Context, id string, l connector.Letter) (connector.Receipt, error) {
	s, n, err := c.way(ctx, id)
	if err != nil {
		return connector.Receipt{}, err
	}
	if l.At == 0 {
		l.At = c.DB.Now()
	}
	r, err := n.Send(ctx, l)
	err = c.scrubbed(err)
	if aboutUs(ctx, l, err) {
		c.felt(s, err)
	}
	return r, err
}

// aboutUs tells whether what came of a letter says something about the
// connection: not when the attempt was broken off, nor when a person's own
// address is at fault.
func aboutUs(ctx context.Context, l connector.Letter, err error) bool {
	f := fault.As(err)
	return ctx.Err() == nil && (l.To == "" || f == nil || f.Slug != connector.SlugRecipient)
}

// FindAddress asks the outside for a person's address by their mail address; ""
// when it is not known there, or the kind cannot tell.
func (c *Connections) FindAddress(ctx context.Context, id, mail string) (string, error) {
	_, n, err := c.way(ctx, id)
	if err != nil {
		return "", err
	}
	f, ok := n.(connector.Finder)
	if !ok {
		return "", nil
	}
	address, err := f.Find(ctx, mail)
	return address, c.scrubbed(err)
}

// way gives the live notifier of a connection that is switched on. It is built
// once a revision.
func (c *Connections) way(ctx context.Context, id string) (s stored, n connector.Notifier, err error) {
	err = c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = load(tx, id)
		return err
	})
	switch {
	case err != nil:
		return s, nil, err
	case !s.Enabled:
		return s, nil, fault.New(fault.Conflict, "The connection %q is switched off.", s.Name).WithSlug("connection-off")
	}
	key := s.Tenant + "/" + s.ID
	c.ways.mu.Lock()
	kept, ok := c.ways.live[key]
	c.ways.mu.Unlock()
	if ok && kept.rev == s.Rev {
		return s, kept.notifier, nil
	}
	live, err := c.live(ctx, id)
	if err != nil {
		return s, nil, c.scrubbed(err)
	}
	n, ok = live.(connector.Notifier)
	if !ok {
		return s, nil, fault.New(fault.Invalid, "The connection %q tells nobody: it is of the kind %s.", s.Name, s.Kind).WithSlug("no-notifier")
	}
	c.ways.mu.Lock()
	defer c.ways.mu.Unlock()
	if kept, ok := c.ways.live[key]; ok && kept.rev == s.Rev { // another call was faster; what it remembers counts
		return s, kept.notifier, nil
	}
	c.ways.live[key] = way{s.Rev, n}
	return s, n, nil
}

// scrubbed takes every secret out of the text of an error, and keeps whether it
// is worth another attempt. Connectors do not put any there; outsides echo what
// they were sent.
func (c *Connections) scrubbed(err error) error {
	if err == nil || c.Scrub.Scrub(err.Error()) == err.Error() {
		return err
	}
	after, again := connector.RetryAfter(err)
	clean := fault.New(fault.Internal, "%s", c.Scrub.Scrub(err.Error()))
	if f := fault.As(err); f != nil {
		clean = fault.New(f.Code, "%s", c.Scrub.Scrub(f.Message)).WithSlug(f.Slug)
	}
	if again {
		return connector.Retry(clean, after)
	}
	return clean
}

// felt shows what came of a letter as the connection's health, where it runs.
func (c *Connections) felt(s stored, err error) {
	c.mu.Lock()
	r := c.running[s.Tenant+"/"+s.ID]
	c.mu.Unlock()
	if r == nil {
		return
	}
	e := connector.FeedEvent{Feed: "letters", Health: connector.HealthOK}
	if err != nil {
		e.Health, e.Detail = connector.HealthFailing, err.Error()
	}
	if r.tally.report(e) {
		c.poke()
	}
}

// Called is a button that somebody has pressed in a letter of a connection.
type Called struct {
	connector.Action
	Caller Caller // on whose behalf, with its tenant
}

// Callback finds the connection that is called back and proves who calls. What
// is not proven is counted with the connection and kept nowhere. Errors:
// fault.Denied with the slug unauthenticated, and for a call whose signature is
// right expired or replayed; fault.Invalid for a proven call that holds no
// button of ours.
func (c *Connections) Callback(ctx context.Context, id string, header http.Header, body []byte) (Called, error) {
	s, err := c.Hooks.find(ctx, id)
	if err != nil {
		return Called{}, err
	}
	if s.ID == "" {
		return Called{}, c.Hooks.nobody(body)
	}
	out := Called{Caller: Caller{Tenant: s.Tenant, ID: s.ID, Name: s.Name}}
	_, n, err := c.way(out.Caller.As(ctx), id)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return out, err
	}
	caller, ok := n.(connector.Caller)
	if !ok {
		return out, c.Hooks.nobody(body)
	}
	out.Action, err = caller.Callback(connector.Call{Header: header, Body: body, At: db.Time(c.DB.Now())})
	if err != nil {
		c.Hooks.Refused.Add(1)
		c.Hooks.ledger.counted(out.Caller, err)
		return out, outward(err)
	}
	return out, nil
}

// outward is what a caller hears: why, once its signature is right, and nothing
// before.
func outward(err error) error {
	f := fault.As(err)
	if f == nil || f.Code != fault.Denied || f.Slug == "expired" || f.Slug == "replayed" {
		return err
	}
	return errUnproven()
}

// Answer tells the one who pressed a button what came of it. It asks the
// network, so it must not be called inside a transaction.
func (c *Connections) Answer(ctx context.Context, called Called, text string) error {
	_, n, err := c.way(called.Caller.As(ctx), called.Caller.ID)
	if err != nil {
		return err
	}
	caller, ok := n.(connector.Caller)
	if !ok {
		return nil
	}
	return c.scrubbed(caller.Answer(ctx, called.Action, text))
}
