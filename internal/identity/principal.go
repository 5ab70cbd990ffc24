package identity

import (
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// The kinds of users.
const (
	KindPerson  = "person"
	KindService = "service"
)

// Principal is who is asking, and what they may do. Its slices are shared with
// the cache and are never changed.
type Principal struct {
	UserID, Tenant, Name, Email string
	Kind                        string // KindPerson or KindService; "" for the program itself
	TimeZone                    string
	Roles                       []string // in the order of Roles()
	Teams                       []string // team ids
	Permissions                 Permissions
	SessionID                   string   // set when a session was used
	TokenID                     string   // set when an API token was used
	Scopes                      []string // of the token
	ExpiresAt                   int64    // µs: when session or token ends at the latest
	Pending                     bool     // the session has yet to prove a second factor, and may do nothing else
	Methods                     []string // with which the person can prove one, in the order of Methods(); of a session only
	ProvedAt                    int64    // µs: when the session last did; 0: never

	actor db.Actor
	key   credential
}

// System is the program itself acting in a tenant, for work that nobody asked
// for over the network: the command line on the server, the demo filler. It
// may do everything; never build one from a request.
func System(tenant, room string) Principal {
	return Principal{
		Tenant: tenant, Name: room, actor: db.Actor("system:" + room),
		Permissions: permissionSet(EveryPermission()...),
	}
}

// Actor is how the journal names the principal.
func (p Principal) Actor() db.Actor {
	if p.actor == "" {
		return db.Person(p.UserID)
	}
	return p.actor
}

// As returns ctx saying that the principal acts, for db.
func (p Principal) As(ctx context.Context) context.Context {
	return db.As(ctx, p.Tenant, p.Actor())
}

// Can reports whether the principal may do something.
func (p Principal) Can(permission Permission) bool { return p.Permissions.Has(permission) }

// Need returns nil when the principal may do it, or fault.Denied, slug
// permission, that names what is missing.
func (p Principal) Need(permission Permission) error {
	if p.Can(permission) {
		return nil
	}
	return fault.New(fault.Denied, "You need the permission %s for this.", permission).
		WithSlug("permission").WithExtra("permission", string(permission))
}

// needAny is Need for whichever of two permissions the principal has; the
// second is named when both are missing.
func (p Principal) needAny(one, other Permission) error {
	if p.Can(one) {
		return nil
	}
	return p.Need(other)
}

// HoldsEveryRole is true of the first administrator until the roles are split.
func (p Principal) HoldsEveryRole() bool {
	for _, name := range RoleNames() {
		if !slices.Contains(p.Roles, name) {
			return false
		}
	}
	return true
}
