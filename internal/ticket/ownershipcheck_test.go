package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/ticket"
)

// misowned looks at every open ticket, one a page.
func (w *world) misowned() (all []string) {
	w.t.Helper()
	w.must(w.d.Read(w.as("x"), func(tx *db.Tx) error {
		for after := ""; ; {
			bad, next, err := w.tickets.VerifyOwnership(tx, after, 1)
			if err != nil {
				return err
			}
			for _, b := range bad {
				all = append(all, b.Ticket+" "+b.What)
			}
			if after = next; after == "" {
				return nil
			}
		}
	}))
	return all
}

func TestATicketThatIsNotWhoseItsRecordSaysIsFound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ what, text, found string }{
		{"an owner whom no entry names", `UPDATE ticket SET owner = 'u-ann' WHERE tenant = $1 AND id = $2`, "owner"},
		{"an owner who is gone without a word", `UPDATE ticket SET owner = NULL WHERE tenant = $1 AND id = $2`, "owner"},
		{"another who answers for it", `UPDATE ticket SET accountable = 'u-ann' WHERE tenant = $1 AND id = $2`, "accountable"},
		{"an offer that nobody ended", `UPDATE handover SET state = 'expired', decided_at = 1 WHERE tenant = $1 AND ticket = $2`, "offer"},
		{"an offer that the row does not show", `UPDATE ticket SET offered_to = NULL WHERE tenant = $1 AND id = $2`, "offered_to"},
	} {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			each(t, func(w *world) {
				_ = w.owned("medium")
				tk := w.owned("medium")
				_ = w.offered(tk)
				expect(w.t, "before", w.misowned(), []string{})
				w.write("system:test", func(tx *db.Tx) error { return tx.Must(test.text, tx.Tenant(), tk.ID) })
				found := w.misowned()
				if len(found) == 0 || found[0] != ticket.Number(tk.Number)+" "+test.found && found[len(found)-1] != ticket.Number(tk.Number)+" "+test.found {
					w.t.Errorf("found %v, want %s of %s", found, test.found, ticket.Number(tk.Number))
				}
			})
		})
	}
}

func TestAnOwnerWhoIsBackAnswersForTheirTicketAgainOnceTheyTakeIt(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		there := func(yes bool) {
			w.later(time.Minute)
			w.write("user:"+ann, func(tx *db.Tx) error {
				if !yes {
					if err := w.tickets.Leaving(tx, bob); err != nil {
						return err
					}
				}
				return tx.Must(`UPDATE users SET active = $1 WHERE tenant = $2 AND id = $3`, yes, tx.Tenant(), bob)
			})
		}
		there(false)
		there(true)
		v := w.view(tk.ID)
		expect(w.t, "while they were away", fmt.Sprint(*v.Owner, v.Accountable, v.Orphaned, v.Handover != nil), fmt.Sprint(bob, ann, true, true))
		w.own(bob, tk.ID)
		v = w.view(tk.ID)
		expect(w.t, "back", fmt.Sprint(*v.Owner, v.Accountable, v.Orphaned, v.Handover != nil), fmt.Sprint(bob, bob, false, false))
		expect(w.t, "the record", w.misowned(), []string{})
	})
}
