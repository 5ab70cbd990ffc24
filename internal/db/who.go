package db

import "context"

// Actor names who acts: "user:<id>", "connection:<id>", "system:<room>".
type Actor string

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
