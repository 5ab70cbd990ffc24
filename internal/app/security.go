package app

import (
	"context"
	"fmt"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
)

// securityKinds is what a person should hear of, wherever they are, because it
// may have been done by somebody who is not them.
func securityKinds() []string {
	return []string{journal.FactorAdded, journal.FactorRemoved, journal.StepUpSucceeded}
}

// TellSecurity tells people what became of their second factors.
func (r *Rooms) TellSecurity(ctx context.Context, entries []journal.Record) error {
	notices := []notify.Notice{}
	for _, e := range entries {
		if n, ok := securityNotice(e); ok {
			notices = append(notices, n)
		}
	}
	if len(notices) == 0 {
		return nil
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error { return r.Notify.Tell(tx, notices...) })
}

// securityNotice is what to say of an entry; most say nothing.
func securityNotice(e journal.Record) (n notify.Notice, ok bool) {
	n = notify.Notice{
		Key: fmt.Sprintf("security|%s|%d|%s", e.Stream, e.Seq, e.Get("user")), Person: e.Get("user"), Kind: notify.Alarm, Urgent: true,
	}
	const wasNotYou = " If it was not you, sign in, look at Security in the menu with your name, and tell whoever manages people."
	switch what := e.Get("kind"); {
	case e.Kind == journal.StepUpSucceeded && e.Get("method") == identity.RecoveryCode:
		n.Text = "A recovery code was used to be you." + wasNotYou
	case e.Kind == journal.FactorAdded && what == identity.RecoveryCode:
		n.Text = "New recovery codes were made for your account; those before have ended." + wasNotYou
	case e.Kind == journal.FactorAdded:
		n.Text = fmt.Sprintf("%s was added to your account.", factorName(what)) + wasNotYou
	case e.Kind == journal.FactorRemoved && e.Actor == string(db.Person(n.Person)):
		n.Text = fmt.Sprintf("%s was removed from your account.", factorName(what)) + wasNotYou
	case e.Kind == journal.FactorRemoved:
		n.Text = fmt.Sprintf("%s was removed from your account by somebody who manages people.", factorName(what)) + wasNotYou
	}
	return n, n.Text != ""
}

func factorName(kind string) string {
	if kind == identity.Passkey {
		return "A passkey"
	}
	return "An app for codes"
}
