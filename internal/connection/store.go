package connection

import (
	"encoding/json"
	"errors"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// stored is the row of a connection.
type stored struct {
	Tenant, ID, Kind, Name string
	Enabled                bool
	Settings               json.RawMessage
	CreatedAt, UpdatedAt   int64
	Rev                    int64
}

const columns = `tenant, id, kind, name, enabled, settings, created_at, updated_at, rev`

func scan(s db.Scanner) (stored, error) {
	var c stored
	var settings []byte
	err := s.Scan(&c.Tenant, &c.ID, &c.Kind, &c.Name, &c.Enabled, &settings, &c.CreatedAt, &c.UpdatedAt, &c.Rev)
	c.Settings = settings
	return c, err
}

func load(tx *db.Tx, id string) (stored, error) {
	c, err := scan(tx.QueryRow(`SELECT `+columns+` FROM connection WHERE tenant = $1 AND id = $2`, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.New(fault.Missing, "Connection %s does not exist.", id)
	}
	return c, fault.Wrap(err, "loading connection %s", id)
}

// enabled lists what should run, of every tenant.
func enabled(tx *db.Tx) ([]stored, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM connection WHERE enabled ORDER BY tenant, id`)
}

// Get returns one connection.
func (c *Connections) Get(tx *db.Tx, id string) (Connection, error) {
	s, err := load(tx, id)
	if err != nil {
		return Connection{}, err
	}
	return c.view(tx, s)
}

// List returns every connection of the tenant by name.
func (c *Connections) List(tx *db.Tx) ([]Connection, error) {
	rows, err := db.All(tx, scan, `SELECT `+columns+` FROM connection WHERE tenant = $1 ORDER BY name`, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "listing connections")
	}
	out := make([]Connection, 0, len(rows))
	for _, s := range rows {
		v, err := c.view(tx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (c *Connections) view(tx *db.Tx, s stored) (Connection, error) {
	v := Connection{
		ID: s.ID, Kind: s.Kind, Name: s.Name, Enabled: s.Enabled, Settings: s.Settings, Secrets: map[string]string{},
		CreatedAt: db.Time(s.CreatedAt), UpdatedAt: db.Time(s.UpdatedAt), Rev: s.Rev,
	}
	for _, f := range c.Kinds[s.Kind].Manifest.Fields {
		if f.Secret {
			v.Secrets[f.Name] = "unset"
		}
	}
	names, err := db.Strings(tx, `SELECT name FROM secret WHERE tenant = $1 AND connection = $2`, tx.Tenant(), s.ID)
	if err != nil {
		return v, fault.Wrap(err, "listing the secrets of connection %s", s.ID)
	}
	for _, n := range names {
		v.Secrets[n] = "set"
	}
	if v.Reconcile, err = c.reconciliations(tx, s); err != nil {
		return v, err
	}
	h, err := health(tx, s)
	v.Health = h.troubled(v.Reconcile)
	return v, err
}

// sealed names what a sealed secret is bound to: this connection, this secret
// and this destination.
func sealed(connection, name, host string) string {
	return "secret|" + connection + "|" + name + "|" + host
}

func (c *Connections) writeSecrets(tx *db.Tx, s stored, host string, given map[string]string) error {
	for name, value := range given {
		if value == "" { // cleared
			if _, err := tx.Exec(`DELETE FROM secret WHERE tenant = $1 AND connection = $2 AND name = $3`, tx.Tenant(), s.ID, name); err != nil {
				return fault.Wrap(err, "clearing %s", name)
			}
			continue
		}
		keyID, ct, err := c.Vault.Seal(tx, sealed(s.ID, name, host), []byte(value))
		if err != nil {
			return fault.Wrap(err, "sealing %s", name)
		}
		_, err = tx.Exec(`INSERT INTO secret(tenant, connection, name, host, key_id, sealed, version, created_at) VALUES ($1,$2,$3,$4,$5,$6,1,$7)
			ON CONFLICT (tenant, connection, name) DO UPDATE SET host = $4, key_id = $5, sealed = $6, version = secret.version + 1, created_at = $7`,
			tx.Tenant(), s.ID, name, host, keyID, ct, tx.Now())
		if err != nil {
			return fault.Wrap(err, "keeping %s", name)
		}
	}
	return nil
}

// readSecrets opens the secrets of a connection for use.
func (c *Connections) readSecrets(tx *db.Tx, s stored) (map[string]connector.Secret, error) {
	type row struct {
		name, host string
		ct         []byte
	}
	rows, err := db.All(tx, func(sc db.Scanner) (row, error) {
		var r row
		return r, sc.Scan(&r.name, &r.host, &r.ct)
	}, `SELECT name, host, sealed FROM secret WHERE tenant = $1 AND connection = $2`, s.Tenant, s.ID)
	if err != nil {
		return nil, fault.Wrap(err, "loading the secrets of connection %s", s.ID)
	}
	out := map[string]connector.Secret{}
	for _, r := range rows {
		plain, err := c.Vault.Unseal(tx, sealed(s.ID, r.name, r.host), r.ct)
		if err != nil {
			return nil, fault.Wrap(err, "opening secret %s of connection %s", r.name, s.ID)
		}
		c.Scrub.Register(string(plain))
		out[r.name] = connector.NewSecret(string(plain))
	}
	return out, nil
}

func health(tx *db.Tx, s stored) (Health, error) {
	h := Health{State: "starting"}
	var since int64
	var ok, refused *int64
	err := tx.QueryRow(`SELECT state, since, last_ok_at, last_error, received, deleted, quarantined, refused, refused_at FROM connection_health
		WHERE tenant = $1 AND connection = $2`, tx.Tenant(), s.ID).Scan(
		&h.State, &since, &ok, &h.LastError, &h.Received, &h.Deleted, &h.Quarantined, &h.Refused, &refused)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	} else if err == nil {
		at := db.Time(since)
		h.Since, h.LastOKAt, h.RefusedAt = &at, db.TimeOrNil(ok), db.TimeOrNil(refused)
	}
	if !s.Enabled {
		h.State = "off"
	}
	return h, fault.Wrap(err, "loading the health of connection %s", s.ID)
}
