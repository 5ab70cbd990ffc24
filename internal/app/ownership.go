package app

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

const (
	checkedAtOnce = 200
	// saidOfMisowned bounds what one look writes into the log; the number counts
	// all.
	saidOfMisowned = 20
)

// ownership is what a look at who has the open tickets found.
type ownership struct {
	bad   int64
	first ticket.Misowned
}

// checkOwnership compares every open ticket with its record once a day. A
// violation is a bug of ours or somebody who writes into the database; the
// database itself refuses an open ticket that nobody active answers for.
func (r *Rooms) checkOwnership(ctx context.Context) error {
	found, err := r.verifyOwnership(ctx, func(bad ticket.Misowned) {
		r.Log.ErrorContext(ctx, "a ticket is not whose its record says", "ticket", bad.Ticket, "what", bad.What, "row", bad.Row, "journal", bad.Journal)
	})
	if err == nil {
		r.misowned.Store(found.bad)
	}
	return err
}

func (r *Rooms) verifyOwnership(ctx context.Context, say func(ticket.Misowned)) (o ownership, err error) {
	var tenants []string
	err = r.DB.Read(db.As(ctx, db.Everyone, "system:ownership"), func(tx *db.Tx) (err error) {
		tenants, err = identity.Tenants(tx)
		return err
	})
	for _, tenant := range tenants {
		if err == nil {
			err = r.verifyOwners(db.As(ctx, tenant, "system:ownership"), &o, say)
		}
	}
	return o, err
}

// verifyOwners looks at some tickets in each transaction, so that none lasts.
func (r *Rooms) verifyOwners(ctx context.Context, o *ownership, say func(ticket.Misowned)) error {
	after := ""
	for {
		var bad []ticket.Misowned
		err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
			bad, after, err = r.Tickets.VerifyOwnership(tx, after, checkedAtOnce)
			return err
		})
		for _, b := range bad {
			if o.bad++; o.bad == 1 {
				o.first = b
			}
			if o.bad <= saidOfMisowned {
				say(b)
			}
		}
		if err != nil || after == "" {
			return err
		}
	}
}

// owners are the numbers of that look.
func (r *Rooms) owners() live {
	return live{{
		"tocsin_ownership_violations", "Open tickets that were not whose their records say at the last look, which this process takes once a day.",
		prometheus.GaugeValue, func() float64 { return float64(r.misowned.Load()) },
	}}
}

// ownershipCheck reads as many tickets as the time allows.
func (r *Rooms) ownershipCheck(ctx context.Context) api.Check {
	const name = "ownership"
	limited, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	o, err := r.verifyOwnership(limited, func(ticket.Misowned) {})
	switch {
	case o.bad > 0:
		return bad(name, "Keep a backup as evidence and report it. Taking, or offering and accepting, such a ticket says anew whose it is.", "%s", o.told())
	case limited.Err() != nil && ctx.Err() == nil:
		return good(name, "nothing found in %s; there are too many tickets to look at them all", lookFor)
	case err != nil:
		return bad(name, "See whether the database answers.", "%s", err)
	}
	return good(name, "every open ticket has one active person who answers for it, as its record says")
}

func (o ownership) told() string {
	return fmt.Sprintf("%d differences from the record; the first is %s: %s is %q, by the record %q", o.bad, o.first.Ticket, o.first.What, o.first.Row, o.first.Journal)
}
