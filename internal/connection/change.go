package connection

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Draft is a connection as someone enters it.
type Draft struct {
	Kind, Name string
	Settings   json.RawMessage
	Secrets    map[string]string
	Disabled   bool
}

// Patch changes a connection; nil leaves a part alone.
type Patch struct {
	Name     *string
	Enabled  *bool
	Settings json.RawMessage
	Secrets  map[string]string // only those to replace
}

func unknownKind(kind string) error {
	return fault.Field("kind", "there is no connector of kind %q", kind)
}

func name(s string) (string, error) {
	s = strings.TrimSpace(s)
	bad := strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
	if s == "" || len([]rune(s)) > 100 || bad {
		return "", fault.Field("body.name", "must have 1 to 100 characters on one line")
	}
	return s, nil
}

// Create sets a connection up. Settings and secrets are checked before
// anything is kept; nothing is sent.
func (c *Connections) Create(ctx context.Context, d Draft) (out Connection, err error) {
	s := stored{Kind: d.Kind, Enabled: !d.Disabled, Settings: d.Settings}
	if s.Name, err = name(d.Name); err != nil {
		return out, err
	}
	if len(s.Settings) == 0 {
		s.Settings = json.RawMessage("{}")
	}
	if err := c.check(s, wrap(d.Secrets)); err != nil {
		return out, inBody(err)
	}
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		s.ID, s.Tenant = tx.NewID(), tx.Tenant()
		err := tx.Must(`INSERT INTO connection(tenant, id, kind, name, enabled, settings, created_at, updated_at, rev) VALUES ($1,$2,$3,$4,$5,$6,$7,$7,1)`,
			tx.Tenant(), s.ID, s.Kind, s.Name, s.Enabled, []byte(s.Settings), tx.Now())
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "There is a connection named %q already.", s.Name).WithSlug("name-taken")
		}
		if err != nil {
			return fault.Wrap(err, "creating a connection")
		}
		if err := c.writeSecrets(tx, s, c.destination(s), d.Secrets); err != nil {
			return err
		}
		if err := c.record(tx, s, journal.ConnectionCreated, map[string]any{"connection": s.ID, "kind": s.Kind, "secrets": names(d.Secrets)}); err != nil {
			return err
		}
		out, err = c.Get(tx, s.ID)
		return err
	})
	c.poke()
	return out, err
}

func (c *Connections) record(tx *db.Tx, s stored, kind string, data map[string]any) error {
	_, err := c.Journal.Append(tx, journal.Entry{Stream: Stream(s.ID), Kind: kind, Data: data, Priv: map[string]any{"name": s.Name, "settings": s.Settings}})
	return err
}

// Update changes a connection whose revision the caller has read. A change of
// the destination clears every secret that is not entered anew with it.
func (c *Connections) Update(ctx context.Context, id string, rev int64, p Patch) (out Connection, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = c.update(tx, id, rev, p)
		return err
	})
	c.poke()
	return out, err
}

func (c *Connections) update(tx *db.Tx, id string, rev int64, p Patch) (Connection, error) {
	before, err := load(tx, id)
	if err != nil {
		return Connection{}, err
	}
	if before.Rev != rev {
		return Connection{}, fault.New(fault.Conflict, "The connection was changed by somebody else.").WithSlug("stale-revision").WithExtra("current_rev", before.Rev)
	}
	s, changed, err := p.apply(before)
	if err != nil {
		return Connection{}, err
	}
	if err := c.moveSecrets(tx, before, s, p.Secrets); err != nil {
		return Connection{}, err
	}
	n, err := tx.Exec(`UPDATE connection SET name = $1, enabled = $2, settings = $3, updated_at = $4, rev = rev + 1 WHERE tenant = $5 AND id = $6 AND rev = $7`,
		s.Name, s.Enabled, []byte(s.Settings), tx.Now(), tx.Tenant(), id, rev)
	if db.IsUnique(err) {
		return Connection{}, fault.New(fault.Conflict, "There is a connection named %q already.", s.Name).WithSlug("name-taken")
	}
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "The connection was changed by somebody else.").WithSlug("stale-revision")
	}
	if err != nil {
		return Connection{}, fault.Wrap(err, "changing connection %s", id)
	}
	err = c.record(tx, s, journal.ConnectionChanged, map[string]any{"connection": id, "fields": changed, "secrets": names(p.Secrets)})
	if err != nil {
		return Connection{}, err
	}
	return c.Get(tx, id)
}

func (p Patch) apply(s stored) (stored, []string, error) {
	changed := []string{}
	if p.Name != nil {
		n, err := name(*p.Name)
		if err != nil {
			return s, nil, err
		}
		s.Name = n
		changed = append(changed, "name")
	}
	if p.Enabled != nil {
		s.Enabled = *p.Enabled
		changed = append(changed, "enabled")
	}
	if p.Settings != nil {
		s.Settings = p.Settings
		changed = append(changed, "settings")
	}
	return s, changed, nil
}

// moveSecrets checks the new settings with the secrets that stay and those
// given, and writes the given ones.
func (c *Connections) moveSecrets(tx *db.Tx, before, after stored, given map[string]string) error {
	secrets, err := c.readSecrets(tx, before)
	if err != nil {
		return err
	}
	to := c.destination(after)
	if c.destination(before) != to {
		secrets = map[string]connector.Secret{}
		if _, err := tx.Exec(`DELETE FROM secret WHERE tenant = $1 AND connection = $2`, tx.Tenant(), before.ID); err != nil {
			return err
		}
	}
	given = c.rotated(after.Kind, secrets, given)
	for name, value := range given {
		secrets[name] = connector.NewSecret(value)
	}
	if err := c.check(after, secrets); err != nil {
		return inBody(err)
	}
	return c.writeSecrets(tx, after, to, given)
}

// check says what is wrong with what somebody entered: first as the kind sees
// it, then the mapping.
func (c *Connections) check(s stored, secrets map[string]connector.Secret) error {
	if _, err := c.build(s, secrets); err != nil {
		return err
	}
	mapping := c.mappingOf(s)
	if mapping == nil || c.CheckMapping == nil {
		return nil
	}
	return under("settings.mapping.", c.CheckMapping(mapping))
}

// rotated keeps a secret that is replaced beside the new one, where its kind
// wants that, unless the one giving them says what stands there.
func (c *Connections) rotated(kind string, had map[string]connector.Secret, given map[string]string) map[string]string {
	out := maps.Clone(given)
	for _, f := range c.Kinds[kind].Manifest.Fields {
		value, replaced := given[f.Name]
		_, said := given[f.Rotates]
		if f.Rotates != "" && replaced && !said && had[f.Name].Set() && had[f.Name].Reveal() != value {
			out[f.Rotates] = had[f.Name].Reveal()
		}
	}
	return out
}

// Remove ends a connection and destroys its secrets. Its journal stays.
func (c *Connections) Remove(ctx context.Context, id string) error {
	err := c.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := load(tx, id)
		if err != nil {
			return err
		}
		if err := c.record(tx, s, journal.ConnectionRemoved, map[string]any{"connection": id}); err != nil {
			return err
		}
		return tx.Must(`DELETE FROM connection WHERE tenant = $1 AND id = $2`, tx.Tenant(), id)
	})
	c.poke()
	return err
}

// Test tries the connection and says what works.
func (c *Connections) Test(ctx context.Context, id string) ([]connector.Check, error) {
	live, err := c.live(ctx, id)
	if err != nil {
		return nil, err
	}
	checks := live.Check(ctx)
	ok := !slices.ContainsFunc(checks, func(k connector.Check) bool { return !k.OK })
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := c.Journal.Append(tx, journal.Entry{Stream: Stream(id), Kind: journal.ConnectionCalled, Data: map[string]any{"action": "test", "connection": id, "ok": ok}})
		return err
	})
	return checks, err
}

func (c *Connections) live(ctx context.Context, id string) (live connector.Connector, err error) {
	err = c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err := load(tx, id)
		if err != nil {
			return err
		}
		secrets, err := c.readSecrets(tx, s)
		if err != nil {
			return err
		}
		live, err = c.build(s, secrets)
		return err
	})
	return live, err
}

// destination is where the secrets of a connection are sent: the values of the
// settings that the manifest marks so.
func (c *Connections) destination(s stored) string {
	var values map[string]json.RawMessage
	_ = json.Unmarshal(s.Settings, &values) // build has checked that it is an object
	parts := []string{s.Kind}
	for _, f := range c.Kinds[s.Kind].Manifest.Fields {
		if f.Destination {
			var text string
			_ = json.Unmarshal(values[f.Name], &text)
			if text == "" { // as the connector reads it
				text = f.Default
			}
			parts = append(parts, f.Name+"="+strings.TrimRight(strings.ToLower(text), "/"))
		}
	}
	return strings.Join(parts, "|")
}

func wrap(given map[string]string) map[string]connector.Secret {
	out := map[string]connector.Secret{}
	for name, value := range given {
		out[name] = connector.NewSecret(value)
	}
	return out
}

func names(given map[string]string) []string {
	out := []string{}
	for name := range given {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// inBody says that the fields a connector names stood in a request's body.
func inBody(err error) error { return under("body.", err) }

// under puts a path before the places that an error names.
func under(path string, err error) error {
	e := fault.As(err)
	if e == nil {
		return err
	}
	located := *e
	located.Fields = slices.Clone(e.Fields)
	for i := range located.Fields {
		located.Fields[i].Location = path + located.Fields[i].Location
	}
	return &located
}
