package connection

import (
	"context"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Keeper gives the live connector of a connection that keeps objects. It opens
// no transaction that outlasts it, and must not be called inside one. What the
// connector's errors say passes Scrubbed before anybody reads it.
func (c *Connections) Keeper(ctx context.Context, id string) (connector.Keeper, error) {
	var s stored
	err := c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = load(tx, id)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !s.Enabled:
		return nil, fault.New(fault.Unavailable, "The connection %q is switched off.", s.Name).WithSlug("connection-off")
	}
	key := s.Tenant + "/" + s.ID
	c.ways.mu.Lock()
	kept, ok := c.ways.keepers[key]
	c.ways.mu.Unlock()
	if ok && kept.rev == s.Rev {
		return kept.keeper, nil
	}
	live, err := c.live(ctx, id)
	if err != nil {
		return nil, c.scrubbed(err)
	}
	k, ok := live.(connector.Keeper)
	if !ok {
		return nil, fault.New(fault.Invalid, "The connection %q keeps nothing: it is of the kind %s.", s.Name, s.Kind).WithSlug("no-keeper")
	}
	c.ways.mu.Lock()
	defer c.ways.mu.Unlock()
	if c.ways.keepers == nil {
		c.ways.keepers = map[string]keeping{}
	}
	c.ways.keepers[key] = keeping{s.Rev, k}
	return k, nil
}

// keeping is a live keeper, as its connection was at a revision.
type keeping struct {
	rev    int64
	keeper connector.Keeper
}

// Scrubbed takes every secret out of the text of an error of a connector.
func (c *Connections) Scrubbed(err error) error { return c.scrubbed(err) }
