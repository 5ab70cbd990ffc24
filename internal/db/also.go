package db

import "context"

type alsoKey struct{}

// Also returns a context under which every Write runs also at its end, in the
// same transaction. It is how something about the request as a whole, such as
// that it has been carried out, commits with the work and not beside it.
func Also(ctx context.Context, also func(tx *Tx) error) context.Context {
	return context.WithValue(ctx, alsoKey{}, also)
}

// withAlso adds what Also asked for to a closure.
func withAlso(ctx context.Context, fn func(*Tx) error) func(*Tx) error {
	also, ok := ctx.Value(alsoKey{}).(func(*Tx) error)
	if !ok {
		return fn
	}
	return func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return also(tx)
	}
}
