package ticket

import (
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// maxMerge is how many tickets one command merges.
const maxMerge = 50

// Merge asks to merge tickets into another.
type Merge struct {
	Tickets []string // numbers or ids
	Reason  string
}

// MergeOutcome is what happened to one ticket of a merge.
type MergeOutcome struct {
	Ticket        string     `json:"ticket"`
	Number        string     `json:"number"`
	Outcome       string     `json:"outcome" enum:"merged"`
	WasPhase      Phase      `json:"was_phase" doc:"The phase that it goes back to when it is unmerged"`
	WasResolution Resolution `json:"was_resolution" doc:"How it had ended, when it was closed before"`
	Findings      int64      `json:"findings" doc:"Findings that the other ticket now shows too"`
}

// Merge merges tickets into another: they are closed and point at it, and it
// shows what all of them hold. Nothing is moved, so Unmerge can put everything
// back at any time. Either all of them are merged or none is.
//
// Whoever owns a ticket stays responsible for it, so merging touches nobody
// else's: every ticket, the one that stays included, must be the caller's or
// nobody's, unless the caller leads and gives a reason. From then on whoever
// answers for the ticket that stays answers for all.
func (ts *Tickets) Merge(tx *db.Tx, into string, m Merge, w Worker) (*Ticket, []MergeOutcome, error) {
	reason, err := text("reason", m.Reason, 0, maxReason)
	if err != nil {
		return nil, nil, err
	}
	m.Reason = reason
	stays, merging, err := ts.lockMerge(tx, into, m.Tickets)
	if err != nil {
		return nil, nil, err
	}
	if err := ts.checkMerge(tx, stays, merging, m, w); err != nil {
		return nil, nil, err
	}
	chain, err := ts.journal.Follow(tx, Stream(stays.ID))
	if err != nil {
		return nil, nil, err
	}
	out := make([]MergeOutcome, len(merging))
	for i, t := range merging {
		if out[i], err = ts.mergeOne(tx, chain, t, stays, m.Reason); err != nil {
			return nil, nil, err
		}
		stays.FindingCount += t.FindingCount
	}
	err = tx.Must(`UPDATE ticket SET finding_count = $1 WHERE tenant = $2 AND id = $3`, stays.FindingCount, tx.Tenant(), stays.ID)
	if err != nil {
		return nil, nil, err
	}
	if err := ts.touched(tx, chain, stays.ID); err != nil {
		return nil, nil, err
	}
	if _, err := ts.settle(tx, stays.ID, map[string]any{"from": merging[0].ID}); err != nil {
		return nil, nil, err
	}
	stays, err = ts.Get(tx, stays.ID)
	return stays, out, err
}

// lockMerge loads the tickets of a merge for change, each once, in the order
// of their ids, so that two merges that cross wait for each other.
func (ts *Tickets) lockMerge(tx *db.Tx, into string, refs []string) (stays *Ticket, merging []*Ticket, err error) {
	if len(refs) == 0 || len(refs) > maxMerge {
		return nil, nil, fault.Field("body.tickets", "must name 1 to %d tickets", maxMerge)
	}
	if stays, err = ts.Get(tx, into); err != nil {
		return nil, nil, err
	}
	ids := []string{stays.ID}
	for i, ref := range refs {
		t, err := ts.Get(tx, ref)
		if fault.Is(err, fault.Missing) {
			return nil, nil, fault.Field("body.tickets["+strconv.Itoa(i)+"]", "ticket %s does not exist", ref)
		}
		if err != nil {
			return nil, nil, err
		}
		if t.ID == stays.ID {
			return nil, nil, fault.Field("body.tickets["+strconv.Itoa(i)+"]", "%s cannot be merged into itself", Number(t.Number))
		}
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		t, err := ts.lock(tx, id)
		if err != nil {
			return nil, nil, err
		}
		if t.ID == stays.ID {
			stays = t
			continue
		}
		merging = append(merging, t)
	}
	return stays, merging, nil
}

// checkMerge refuses a merge as a whole; of many tickets that cannot be merged
// it names each with its reason.
func (ts *Tickets) checkMerge(tx *db.Tx, stays *Ticket, merging []*Ticket, m Merge, w Worker) error {
	if err := ts.mayStay(tx, stays, m.Reason, w); err != nil {
		return err
	}
	var refused []fault.FieldError
	var last error
	for _, t := range merging {
		if err := ts.mayMerge(tx, t, stays, m.Reason, w); err != nil {
			refused = append(refused, fault.FieldError{Location: "body.tickets", Code: Number(t.Number), Message: fault.As(err).Message})
			last = err
		}
	}
	switch {
	case len(refused) == 1 && len(merging) == 1:
		return last
	case len(refused) > 0:
		e := fault.New(fault.Conflict, "%d of %d tickets cannot be merged, so none was.", len(refused), len(merging)).WithSlug("not-mergeable")
		e.Fields = refused
		return e
	}
	return ts.mayGrow(tx, stays, merging)
}

func (ts *Tickets) mayStay(tx *db.Tx, stays *Ticket, reason string, w Worker) error {
	if stays.Resolution == Merged {
		root, err := ts.root(tx, stays)
		if err != nil {
			return err
		}
		return conflict(stays, "already-merged", "is merged into %s; merge into that one", Number(root.Number)).WithExtra("into", Number(root.Number))
	}
	if !stays.Open() {
		return conflict(stays, "closed-ticket", "is closed; reopen it first, or merge into one that is open")
	}
	return mayMergeOwned(stays, reason, w)
}

func (ts *Tickets) mayMerge(tx *db.Tx, t, stays *Ticket, reason string, w Worker) error {
	if t.Resolution == Merged {
		into, err := mergedInto(tx, t.ID)
		if err != nil {
			return err
		}
		other, err := ts.Get(tx, into)
		if err != nil {
			return err
		}
		return conflict(t, "already-merged", "is merged into %s already", Number(other.Number)).WithExtra("into", Number(other.Number))
	}
	if t.Demo != stays.Demo {
		return conflict(t, "demo-mixed", "cannot be merged: one of the two is made up by the demo and the other is real")
	}
	return mayMergeOwned(t, reason, w)
}

// mayMergeOwned holds that a ticket is merged, split or unmerged by its owner,
// by anybody while nobody owns it, or by a lead who says why.
func mayMergeOwned(t *Ticket, reason string, w Worker) error {
	switch {
	case t.Owner == "" || t.Owner == w.ID:
		return nil
	case !w.Leads:
		return fault.New(fault.Denied, "%s belongs to another person; only the owner or a lead may do this.", Number(t.Number)).WithSlug("not-owner")
	case reason == "":
		return fault.Field("body.reason", "%s belongs to another person: say why", Number(t.Number))
	}
	return nil
}

// mayGrow bounds the tree.
func (ts *Tickets) mayGrow(tx *db.Tx, stays *Ticket, merging []*Ticket) error {
	have, err := ts.mergedHere(tx, stays.ID)
	if err != nil {
		return err
	}
	size := 1 + len(have) + len(merging)
	for _, t := range merging {
		below, err := ts.mergedHere(tx, t.ID)
		if err != nil {
			return err
		}
		size += len(below)
		for _, m := range below {
			if m.depth+1 > maxMergeDepth {
				return conflict(t, "too-deep", "has tickets merged into each other %d deep; unmerge some first", m.depth)
			}
		}
	}
	if size > maxTree {
		return conflict(stays, "too-many", "would hold %d tickets; at most %d can be merged", size, maxTree)
	}
	return nil
}

// mergeOne closes one ticket as merged, links it and says so on both sides.
func (ts *Tickets) mergeOne(tx *db.Tx, stays *journal.Chain, t, into *Ticket, reason string) (MergeOutcome, error) {
	out := MergeOutcome{t.ID, Number(t.Number), "merged", t.Phase, t.Resolution, t.FindingCount}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return out, err
	}
	if err := ts.supersede(tx, chain, t.ID, "merged"); err != nil {
		return out, err
	}
	if t.Open() {
		if err := ts.enterPhase(tx, t, Closed, strings.TrimSpace("merged into "+Number(into.Number)+". "+reason), nil); err != nil {
			return out, err
		}
	}
	err = tx.Must(`UPDATE ticket SET phase = 'closed', resolution = 'merged', closed_at = COALESCE(closed_at, $1), accountable_active = NULL WHERE tenant = $2 AND id = $3`,
		tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return out, fault.Wrap(err, "merging ticket %s", out.Number)
	}
	err = tx.Must(`INSERT INTO ticket_link(tenant, from_ticket, to_ticket, kind, at, by_actor, was_phase, was_resolution, lifts) VALUES ($1,$2,$3,'merged_into',$4,$5,$6,$7,$8)`,
		tx.Tenant(), t.ID, into.ID, tx.Now(), string(tx.Actor()), string(t.Phase), string(t.Resolution), true)
	if err != nil {
		return out, fault.Wrap(err, "linking ticket %s", out.Number)
	}
	data := pairData(t, into)
	data["findings"], data["phase"], data["resolution"] = t.FindingCount, string(t.Phase), string(t.Resolution)
	if _, err := stays.Append(journal.TicketMerged, data, said(reason)); err != nil {
		return out, err
	}
	if _, err = chain.Append(journal.TicketMerged, data, said(reason)); err != nil {
		return out, err
	}
	return out, ts.touched(tx, chain, t.ID)
}

// pairData names two tickets in an entry.
func pairData(from, into *Ticket) map[string]any {
	return map[string]any{"from": from.ID, "from_number": from.Number, "into": into.ID, "into_number": into.Number}
}
