package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

// demoPrincipal does what nobody in the story does: it makes the people.
func demoPrincipal() identity.Principal { return identity.System(identity.Main, "demo") }

// Demo fills an empty installation with the made-up fortnight that ends now,
// marked as demo, and says how far it is. It returns when all is told, or with
// the first thing that could not be. Errors: fault.Conflict slug not-set-up
// without an administrator, not-empty where there are tickets or findings, and
// already-running where the people of the story exist, because a filling has
// begun elsewhere or was interrupted.
func (r *Rooms) Demo(ctx context.Context, progress func(done, total int)) error {
	ctx = demoPrincipal().As(ctx)
	if err := r.demoMayBegin(ctx); err != nil {
		return err
	}
	end := db.Time(r.DB.Now())
	t, err := r.newDemoTeller(ctx, end)
	if err != nil {
		return err
	}
	if err := t.tellAll(ctx, newDemoPlot(end).events(), progress); err != nil {
		return err
	}
	if t.skipped > 0 {
		r.Log.WarnContext(ctx, "steps of the demo were left out", "steps", t.skipped)
	}
	return nil
}

// demoMayBegin refuses where anything is that the story would stand among.
func (r *Rooms) demoMayBegin(ctx context.Context) error {
	needed, err := r.Identity.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if needed {
		return fault.New(fault.Conflict, "Nobody has set this installation up yet: make its first administrator.").WithSlug("not-set-up")
	}
	return r.DB.Read(ctx, func(tx *db.Tx) error {
		findings, err := r.Findings.List(tx, "", "", 1, query.Env{Now: tx.Now()})
		if err != nil {
			return err
		}
		tickets, err := r.Tickets.List(tx, ticket.Page{Limit: 1}, query.Env{Now: tx.Now()})
		if err != nil {
			return err
		}
		return demoWhyNot(findings.Items, tickets.Items)
	})
}

func demoWhyNot(findings []finding.Summary, tickets []ticket.Brief) error {
	if len(findings)+len(tickets) == 0 {
		return nil
	}
	message := "There are real tickets or findings here: made-up ones would stand among them."
	if len(findings) > 0 && findings[0].Demo {
		message = "The demo data is here already."
	}
	return fault.New(fault.Conflict, "%s", message).WithSlug("not-empty")
}

// demoFiller makes the command `tocsin demo`. On an installation that nobody
// has set up it makes an administrator first and writes how to sign in to out,
// which is the only place where the password ever stands.
func demoFiller(out io.Writer) func(ctx context.Context, o cli.StoreOptions, progress func(done, total int)) error {
	return func(ctx context.Context, o cli.StoreOptions, progress func(done, total int)) error {
		return with(ctx, o, func(r *Rooms) error {
			account, made, err := r.demoAdministrator(ctx)
			if err != nil {
				return err
			}
			if made {
				if _, err := fmt.Fprintf(out, "Sign in as %s with the password %s\n", account.email, account.password); err != nil {
					return err
				}
			}
			return r.Demo(ctx, progress)
		})
	}
}

// demoAccount is the administrator of an installation that only shows a demo.
type demoAccount struct{ email, password string }

// demoAdministrator makes the first administrator where there is none; made
// says whether it did.
func (r *Rooms) demoAdministrator(ctx context.Context) (a demoAccount, made bool, err error) {
	needed, err := r.Identity.NeedsSetup(ctx)
	if err != nil || !needed {
		return a, false, err
	}
	a = demoAccount{email: "demo-admin@" + demoDomain, password: demoPassword()}
	_, _, err = r.Identity.Bootstrap(ctx, identity.Setup{
		Email: a.email, Name: "Demo Administrator", Password: a.password, TimeZone: demoZone,
	})
	return a, err == nil, err
}

// demoPassword is 100 random bits in groups that can be typed.
func demoPassword() string {
	s := strings.ToLower(rand.Text())[:20]
	return strings.Join([]string{s[:5], s[5:10], s[10:15], s[15:]}, "-")
}
