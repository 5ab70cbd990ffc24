package connector

import "context"

// Behalf says for whom, and for which ticket, a connector is called, so that
// the records of the outside (CloudTrail, for one) name the person and not
// only Tocsin. Nothing is authorised by it.
type Behalf struct {
	Person string // the person's id
	Name   string // what the outside is told: the login or mail address; it may end up in foreign logs
	Ticket string // such as INC-1042; "" where no ticket is at stake
}

type behalfKey struct{}

// WithBehalf says for whom the calls made with the context are.
func WithBehalf(ctx context.Context, b Behalf) context.Context {
	return context.WithValue(ctx, behalfKey{}, b)
}

// BehalfOf returns what WithBehalf put there; the zero Behalf means that
// Tocsin calls by itself.
func BehalfOf(ctx context.Context) Behalf {
	b, _ := ctx.Value(behalfKey{}).(Behalf)
	return b
}
