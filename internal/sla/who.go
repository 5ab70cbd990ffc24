package sla

import (
	"slices"
	"strings"

	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Who names who is called: oncall:SCHEDULE, oncall:team, lead:TEAM, lead:team,
// owner, user:ID, role:ROLE, channel:CONNECTION.
type Who struct{ Kind, ID string }

// The kinds of Who.
const (
	WhoOnCall  = "oncall"
	WhoLead    = "lead"
	WhoOwner   = "owner"
	WhoUser    = "user"
	WhoRole    = "role"
	WhoChannel = "channel"
)

// WhoTeam in place of an id is the ticket's own team.
const WhoTeam = "team"

// String writes it as the document does.
func (w Who) String() string {
	if w.ID == "" {
		return w.Kind
	}
	return w.Kind + ":" + w.ID
}

// ParseWho reads one name of a ladder.
func ParseWho(text string) (Who, error) {
	kind, id, named := strings.Cut(text, ":")
	w := Who{kind, id}
	switch kind {
	case WhoOwner:
		if !named {
			return w, nil
		}
	case WhoOnCall, WhoLead, WhoUser, WhoChannel:
		if id != "" && len(id) <= 60 {
			return w, nil
		}
	case WhoRole:
		if slices.Contains(identity.RoleNames(), id) {
			return w, nil
		}
		return Who{}, fault.New(fault.Invalid, "%q is not a role", clip(id))
	}
	return Who{}, fault.New(fault.Invalid,
		"%q names nobody; write oncall:SCHEDULE, oncall:team, lead:TEAM, lead:team, owner, user:ID, role:ROLE or channel:CONNECTION", clip(text))
}
