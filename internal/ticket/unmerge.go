package ticket

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Unmerge lets a merged ticket stand by itself again, as it was: in its phase,
// with its owner while that person is active and otherwise with its team's lead
// and unacknowledged, or closed as it had been. There is no time limit.
//
// It may be done by the owner of either ticket, by anybody while nobody owns
// the one that shows it, or by a lead who says why.
func (ts *Tickets) Unmerge(tx *db.Tx, ref, reason string, w Worker) (*Ticket, error) {
	reason, err := text("reason", reason, 0, maxReason)
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	link, err := mergeLinkOf(tx, t)
	if err != nil {
		return nil, err
	}
	above, err := ts.lockUp(tx, link.into)
	if err != nil {
		return nil, err
	}
	if err := mayUnmerge(t, above[len(above)-1], reason, w); err != nil {
		return nil, err
	}
	err = tx.Must(`DELETE FROM ticket_link WHERE tenant = $1 AND from_ticket = $2 AND to_ticket = $3 AND kind = 'merged_into'`, tx.Tenant(), t.ID, link.into)
	if err != nil {
		return nil, err
	}
	accountable, err := ts.putBack(tx, t, link, reason)
	if err != nil {
		return nil, err
	}
	return ts.saidUnmerged(tx, t, above, unmerged{link, accountable, reason})
}

// mergeLink is what a merge remembers of the ticket that was merged.
type mergeLink struct {
	into       string
	phase      Phase
	resolution Resolution
}

func mergeLinkOf(tx *db.Tx, t *Ticket) (l mergeLink, err error) {
	if t.Resolution != Merged {
		return l, conflict(t, "not-merged", "is not merged into another ticket")
	}
	err = tx.QueryRow(`SELECT to_ticket, was_phase, was_resolution FROM ticket_link WHERE tenant = $1 AND from_ticket = $2 AND kind = 'merged_into'`,
		tx.Tenant(), t.ID).Scan(&l.into, &l.phase, &l.resolution)
	if errors.Is(err, db.ErrNoRows) { // retention has removed the other
		return l, conflict(t, "not-merged", "was merged into a ticket that is no longer kept")
	}
	return l, fault.Wrap(err, "finding what %s was merged into", Number(t.Number))
}

func mayUnmerge(t, root *Ticket, reason string, w Worker) error {
	if t.Owner != "" && t.Owner == w.ID {
		return nil
	}
	return mayMergeOwned(root, reason, w)
}

// putBack gives a ticket the state that it had before it was merged and says
// who answers for it; "" when it stays closed.
func (ts *Tickets) putBack(tx *db.Tx, t *Ticket, was mergeLink, reason string) (accountable string, err error) {
	if was.phase == Closed {
		return "", tx.Must(`UPDATE ticket SET resolution = $1 WHERE tenant = $2 AND id = $3`, string(was.resolution), tx.Tenant(), t.ID)
	}
	owner, accountable, err := ts.responsibleAgain(tx, t)
	if err != nil {
		return "", err
	}
	if err := ts.enterPhase(tx, t, was.phase, reason, nil); err != nil {
		return "", err
	}
	lost := t.Owner != "" && owner == nil // the owner has left: somebody has to look at it anew
	err = tx.Must(`UPDATE ticket SET phase = $1, resolution = '', closed_at = NULL, owner = $2, accountable = $3, accountable_active = $4,
		acknowledged_at = CASE WHEN $5 THEN NULL ELSE acknowledged_at END, acknowledged_by = CASE WHEN $5 THEN NULL ELSE acknowledged_by END,
		owned_at = CASE WHEN $5 THEN NULL ELSE owned_at END, ownership_rev = ownership_rev + CASE WHEN $5 THEN 1 ELSE 0 END
		WHERE tenant = $6 AND id = $7`,
		string(was.phase), owner, accountable, true, lost, tx.Tenant(), t.ID)
	return accountable, fault.Wrap(err, "reopening ticket %s", Number(t.Number))
}

// unmerged is what the entries of an unmerge say.
type unmerged struct {
	was         mergeLink
	accountable string
	reason      string
}

// saidUnmerged takes the ticket out of the counts and severities above it and
// says so on its own stream and on each above it.
func (ts *Tickets) saidUnmerged(tx *db.Tx, t *Ticket, above []*Ticket, u unmerged) (*Ticket, error) {
	data := pairData(t, above[0])
	data["accountable"], data["findings"], data["phase"], data["resolution"] = u.accountable, t.FindingCount, string(u.was.phase), string(u.was.resolution)
	// Its owner has left: somebody has to see it anew, and the clocks must know.
	data["unacknowledged"] = u.accountable != "" && t.Owner != "" && u.accountable != t.Owner
	ids := []string{t.ID}
	for _, a := range above {
		ids = append(ids, a.ID)
		err := tx.Must(`UPDATE ticket SET finding_count = finding_count - $1 WHERE tenant = $2 AND id = $3`, t.FindingCount, tx.Tenant(), a.ID)
		if err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		chain, err := ts.journal.Follow(tx, Stream(id))
		if err != nil {
			return nil, err
		}
		if _, err := chain.Append(journal.TicketUnmerged, data, said(u.reason)); err != nil {
			return nil, err
		}
		if err := ts.touched(tx, chain, id); err != nil {
			return nil, err
		}
	}
	if err := ts.settleUp(tx, above, map[string]any{"from": t.ID}); err != nil {
		return nil, err
	}
	return ts.Get(tx, t.ID)
}
