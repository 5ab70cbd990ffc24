package db

import (
	"context"
	"strings"
)

// Actor names who acts: "user:<id>", "connection:<id>", "system:<room>".
type Actor string

// Person is the actor that a person or service account is.
func Person(id string) Actor { return Actor("user:" + id) }

// Person is the id of the person who acts, or "" when the server does.
func (a Actor) Person() string {
	id, ok := strings.CutPrefix(string(a), "user:")
	if !ok {
		return ""
	}
	return id
}

// Everyone is the tenant of work that belongs to no single tenant, such as
// giving positions to journal entries. Row-level security lets it see all.
const Everyone = "*"

type whoKey struct{}

type who struct {
	tenant string
	actor  Actor
}

// As returns a context that says for whom and by whom the work is done. It is
// set once, at the edge (api, a connection's feed, a job), and read by Tx.
func As(ctx context.Context, tenant string, actor Actor) context.Context {
	return context.WithValue(ctx, whoKey{}, who{tenant, actor})
}

// Who returns what As set; without As, the tenant is empty and matches no row.
func Who(ctx context.Context) (tenant string, actor Actor) {
	w, ok := ctx.Value(whoKey{}).(who)
	if !ok {
		return "", "system:nobody"
	}
	return w.tenant, w.actor
}
