package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// reviewWithin is how long a take-over by break-glass may go without a review.
const reviewWithin = int64(3 * 24 * 3600 * 1_000_000)

// BreakGlass makes a manager the owner at once, whoever was. The caller has
// proved freshly who they are (api holds it); the reason is told to the previous
// owner and the lead, and a task asks for a review within three days.
func (ts *Tickets) BreakGlass(tx *db.Tx, ref, reason string) (*Ticket, error) {
	reason, err := text("reason", reason, minTakeOver, maxReason)
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	me := tx.Actor().Person()
	ok, err := ts.people.Active(tx, me)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fault.New(fault.Denied, "Only a person can take a ticket over.")
	case !t.Open():
		return nil, conflict(t, "closed-ticket", "is closed; reopen it first")
	case t.Owner == me:
		return nil, conflict(t, "already-owned", "is yours already")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if err := ts.supersede(tx, chain, t.ID, "break_glass"); err != nil {
		return nil, err
	}
	err = tx.Must(`UPDATE ticket SET owner = $1, accountable = $1, owned_at = $2, ownership_rev = ownership_rev + 1 WHERE tenant = $3 AND id = $4`, me, tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return nil, fault.Wrap(err, "taking over %s", Number(t.Number))
	}
	if t.AcknowledgedAt == nil {
		if err := ts.acknowledge(tx, chain, t, nil); err != nil {
			return nil, err
		}
	}
	previous := t.Owner
	if previous == "" {
		previous = t.Accountable
	}
	data := map[string]any{"owner": me, "previous": previous, "review_by": tx.Now() + reviewWithin}
	if _, err := chain.Append(journal.OwnerBreakGlass, data, said(reason)); err != nil {
		return nil, err
	}
	if err := ts.askReview(tx, chain, t); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// askReview leaves a task with the lead.
func (ts *Tickets) askReview(tx *db.Tx, chain *journal.Chain, t *Ticket) error {
	lead, err := ts.people.Lead(tx, t.Team)
	if err != nil {
		return err
	}
	by := db.Time(tx.Now() + reviewWithin).Format("2 January 2006, 15:04 UTC")
	return ts.addTask(tx, chain, Task{Ticket: t.ID, Title: "Review the take-over by break-glass before " + by, Phase: t.Phase, Assignee: lead})
}

// ReturnToIntake takes the owner away: only the lead of the ticket's own team
// may, who answers for it from then on. Nobody else's inbox is filled by it.
func (ts *Tickets) ReturnToIntake(tx *db.Tx, ref, reason string) (*Ticket, error) {
	reason, err := text("reason", reason, minDecline, maxReason)
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	lead, err := ts.people.Lead(tx, t.Team)
	switch {
	case err != nil:
		return nil, err
	case lead != tx.Actor().Person():
		return nil, fault.New(fault.Denied, "Only the lead of the ticket's team may return it to intake. Offer it instead.").WithSlug("not-lead")
	case !t.Open() || t.Owner == "":
		return nil, conflict(t, "not-owned", "has no owner")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if err := ts.supersede(tx, chain, t.ID, "returned"); err != nil {
		return nil, err
	}
	err = tx.Must(`UPDATE ticket SET owner = NULL, accountable = $1, owned_at = NULL, ownership_rev = ownership_rev + 1 WHERE tenant = $2 AND id = $3`, lead, tx.Tenant(), t.ID)
	if err != nil {
		return nil, err
	}
	if _, err := chain.Append(journal.OwnerReturned, map[string]any{"accountable": lead, "previous": t.Owner, "team": t.Team}, said(reason)); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// Leaving prepares that a person is deactivated, in the same transaction: what
// they own is offered to its team while the lead answers for it, what they
// answer for without owning it goes to whoever is on duty, what was offered to
// them comes back, and their open tasks are nobody's.
func (ts *Tickets) Leaving(tx *db.Tx, person string) error {
	for _, step := range []func(*db.Tx, string) error{ts.returnOffers, ts.orphan, ts.standDown, ts.dropTasks} {
		if err := step(tx, person); err != nil {
			return err
		}
	}
	return nil
}

// returnOffers ends the offers made to somebody who leaves.
func (ts *Tickets) returnOffers(tx *db.Tx, person string) error {
	return ts.eachOf(tx, `SELECT ticket FROM handover WHERE tenant = $1 AND to_person = $2 AND state = 'offered' ORDER BY ticket`, person,
		func(t *Ticket, chain *journal.Chain) error {
			return ts.supersede(tx, chain, t.ID, "recipient_left")
		})
}

func (ts *Tickets) orphan(tx *db.Tx, person string) error {
	return ts.eachOf(tx, `SELECT id FROM ticket WHERE tenant = $1 AND owner = $2 AND closed_at IS NULL ORDER BY id`, person,
		func(t *Ticket, chain *journal.Chain) error {
			lead, err := ts.lead(tx, t, person)
			if err != nil {
				return err
			}
			if err := ts.supersede(tx, chain, t.ID, "owner_left"); err != nil {
				return err
			}
			if err := tx.Must(`UPDATE ticket SET accountable = $1 WHERE tenant = $2 AND id = $3`, lead, tx.Tenant(), t.ID); err != nil {
				return err
			}
			if _, err := chain.Append(journal.OwnerOrphaned, map[string]any{"accountable": lead, "owner": person}, nil); err != nil {
				return err
			}
			t.Accountable = lead
			_, err = ts.offer(tx, t, Offer{ToTeam: t.Team, Auto: "orphan", NextStep: "The owner has left. Read what happened and say what comes next."})
			return err
		})
}

// standDown lets others answer for what nobody owns.
func (ts *Tickets) standDown(tx *db.Tx, person string) error {
	return ts.eachOf(tx, `SELECT id FROM ticket WHERE tenant = $1 AND accountable = $2 AND closed_at IS NULL ORDER BY id`, person,
		func(t *Ticket, chain *journal.Chain) error {
			next, err := ts.answers(tx, t.Team)
			if err == nil && next == person {
				next, err = ts.lead(tx, t, person)
			}
			if err != nil {
				return err
			}
			if err := tx.Must(`UPDATE ticket SET accountable = $1 WHERE tenant = $2 AND id = $3`, next, tx.Tenant(), t.ID); err != nil {
				return err
			}
			_, err = chain.Append(journal.OwnerAccountable, map[string]any{"accountable": next, "cause": "left", "previous": person}, nil)
			return err
		})
}

// eachOf locks the tickets that a query names, one after the other, in the order
// of their ids.
func (ts *Tickets) eachOf(tx *db.Tx, text, person string, do func(t *Ticket, chain *journal.Chain) error) error {
	ids, err := db.Strings(tx, text, tx.Tenant(), person)
	if err != nil {
		return fault.Wrap(err, "looking for the tickets of somebody who leaves")
	}
	for _, id := range ids {
		t, err := ts.lock(tx, id)
		if err != nil {
			return err
		}
		chain, err := ts.journal.Follow(tx, Stream(id))
		if err != nil {
			return err
		}
		if err := do(t, chain); err != nil {
			return err
		}
	}
	return nil
}
