package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// reopenWithin is how long after its end a ticket is opened again by the same
// finding; later a new ticket is opened and linked.
const reopenWithin = int64(7 * 24 * 3600 * 1_000_000)

// FromFinding decides what a finding means for tickets, in the transaction
// that keeps the finding. It is a finding.Decide.
func (ts *Tickets) FromFinding(tx *db.Tx, f *finding.Taken) (finding.Decision, error) {
	v, err := ts.verdictOn(tx, f)
	if err != nil {
		return finding.Decision{}, err
	}
	switch {
	case f.Was.Ticket != "":
		return ts.revisit(tx, f, v)
	case f.Copy.Ticket != "":
		return ts.joinCopy(tx, f, v)
	}
	return ts.place(tx, f, v, true)
}

// verdictOn judges a finding by the rules in force and rates it by them.
func (ts *Tickets) verdictOn(tx *db.Tx, f *finding.Taken) (verdict, error) {
	c, err := ts.compiledPolicy(tx)
	if err != nil {
		return verdict{}, err
	}
	v := c.judge(f.Finding, tx.Now())
	f.Rate(v.severity)
	return v, nil
}

// place decides about a finding that has no ticket. What joins a ticket is
// never held back; only opening is, and only while breaking is set.
func (ts *Tickets) place(tx *db.Tx, f *finding.Taken, v verdict, breaking bool) (finding.Decision, error) {
	switch {
	case v.silenced != "":
		return finding.Decision{Outcome: finding.Suppressed, Decided: v.silenced}, nil
	case !v.open:
		return finding.Decision{Outcome: recordedOr(f), Decided: v.rule.ID}, nil
	}
	ts.memo.put(f.Content, sightings(f.Finding))
	t, err := ts.joinable(tx, v.keys)
	if err != nil {
		return finding.Decision{}, err
	}
	if t != nil {
		return ts.join(tx, f, v, t)
	}
	if breaking {
		d, done, err := ts.withhold(tx, f, v)
		if done || err != nil {
			return d, err
		}
	}
	return ts.openFor(tx, f, v, "")
}

// join adds a finding to an open ticket.
func (ts *Tickets) join(tx *db.Tx, f *finding.Taken, v verdict, t *Ticket) (finding.Decision, error) {
	d := finding.Decision{Outcome: finding.Joined, Ticket: t.ID, Number: Number(t.Number), Decided: v.decided()}
	// What is new ends a pause. Its entry comes after this, so the scheduler looks.
	n, err := tx.Exec(`UPDATE ticket SET rev = rev + 1, updated_at = $1, finding_count = finding_count + 1,
		next_at = CASE WHEN paused_until IS NULL THEN next_at ELSE CAST($1 AS BIGINT) END
		WHERE tenant = $2 AND id = $3 AND closed_at IS NULL`, tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return d, fault.Wrap(err, "joining ticket %s", Number(t.Number))
	}
	if n == 0 { // closed or merged by another node since it was read
		return d, db.Again(fault.New(fault.Conflict, "%s was closed at the same moment.", Number(t.Number)))
	}
	if err := keepKeys(tx, v.keys, t.ID, false); err != nil {
		return d, err
	}
	if d.Chain, err = ts.journal.Follow(tx, Stream(t.ID)); err != nil {
		return d, err
	}
	return d, ts.raiseUp(tx, d.Chain, t, f)
}

// joinCopy puts a finding to the ticket of a copy of it that came another way.
func (ts *Tickets) joinCopy(tx *db.Tx, f *finding.Taken, v verdict) (finding.Decision, error) {
	t, err := ts.standing(tx, f.Copy.Ticket)
	if err != nil {
		return finding.Decision{}, err
	}
	if t.Open() {
		return ts.join(tx, f, v, t)
	}
	seen := *f
	seen.Was = f.Copy
	d, err := ts.revisit(tx, &seen, v)
	if err == nil && d.Ticket == t.ID {
		d.Outcome = finding.Joined
		err = tx.Must(`UPDATE ticket SET finding_count = finding_count + 1 WHERE tenant = $1 AND id = $2`, tx.Tenant(), t.ID)
	}
	return d, err
}

// recordedOr keeps "updated" for a revision.
func recordedOr(f *finding.Taken) finding.Outcome {
	if f.Change == finding.IsRevised {
		return finding.Updated
	}
	return finding.Recorded
}

// openFor opens a ticket for a finding, linked to an earlier one if there was.
func (ts *Tickets) openFor(tx *db.Tx, f *finding.Taken, why verdict, earlier string) (finding.Decision, error) {
	team, lead, err := ts.routed(tx, why.team)
	if err != nil {
		return finding.Decision{}, err
	}
	t := &Ticket{
		ID: tx.NewID(), Title: f.Title, Description: f.Description, Type: string(f.Class), Source: sourceOf(f),
		Severity: f.Severity, Phase: Detect, Accountable: lead, Team: team,
		Account: f.Account, Region: f.Region, Resource: f.MainResource(),
		OpenedAt: tx.Now(), FindingCount: 1, OpenedBy: string(tx.Actor()), Demo: f.Demo,
	}
	if t.Number, err = tx.Number(Series); err != nil {
		return finding.Decision{}, fault.Wrap(err, "taking a ticket number")
	}
	if err := ts.insert(tx, t); err != nil {
		return finding.Decision{}, err
	}
	chain := ts.journal.Begin(tx, Stream(t.ID))
	if _, err := chain.Append(journal.TicketOpened, openedData(t, f.ID, why), nil); err != nil {
		return finding.Decision{}, err
	}
	if err := keepKeys(tx, why.keys, t.ID, true); err != nil {
		return finding.Decision{}, err
	}
	if earlier != "" {
		if err := ts.link(tx, chain, t.ID, earlier, linkRecurrence); err != nil {
			return finding.Decision{}, err
		}
	}
	return finding.Decision{Outcome: finding.Opened, Ticket: t.ID, Number: Number(t.Number), Decided: why.decided(), Chain: chain}, nil
}

// routed names the team that a ticket comes to and the person who answers for
// it. A route to a team that is gone leads to the intake team: no ticket waits
// for nobody.
func (ts *Tickets) routed(tx *db.Tx, to string) (team, lead string, err error) {
	if to != "" {
		if lead, err = ts.answers(tx, to); err == nil || !fault.Is(err, fault.Missing) {
			return to, lead, err
		}
	}
	team, lead, err = ts.intake(tx)
	return team, lead, fault.Wrap(err, "finding the intake team")
}

func openedData(t *Ticket, findingID string, why verdict) map[string]any {
	data := map[string]any{
		"accountable": t.Accountable, "finding": findingID, "number": t.Number, "policy": why.rev, "rule": why.rule.place,
		"severity": string(t.Severity), "team": t.Team, "type": t.Type,
	}
	if why.route != "" {
		data["route"] = why.route
	}
	return data
}

func sourceOf(f *finding.Taken) string {
	if f.Product != "" {
		return f.Product
	}
	return f.Format
}

// revisit is what a revision means for the ticket that the finding has.
func (ts *Tickets) revisit(tx *db.Tx, f *finding.Taken, v verdict) (finding.Decision, error) {
	t, err := ts.lock(tx, f.Was.Ticket)
	if err != nil {
		return finding.Decision{}, err
	}
	d := finding.Decision{Outcome: finding.Updated, Ticket: t.ID, Number: Number(t.Number), Decided: v.decided()}
	if d.Chain, err = ts.journal.Follow(tx, Stream(t.ID)); err != nil {
		return d, err
	}
	root, err := ts.root(tx, t)
	if err != nil {
		return d, err
	}
	switch {
	case t.Open():
		return d, ts.raiseUp(tx, d.Chain, t, f)
	case root.Open():
		return d, ts.raiseMerged(tx, d.Chain, t, root, f)
	}
	if !v.open || !recurs(root, f) {
		return d, nil
	}
	if tx.Now()-*root.ClosedAt > reopenWithin {
		return ts.openFor(tx, f, v, root.ID)
	}
	return d, ts.recurred(tx, d.Chain, t, root, f)
}

// recurred reopens the ticket of a finding that is back, or the one that shows
// it; the chain is that of t.
func (ts *Tickets) recurred(tx *db.Tx, chain *journal.Chain, t, root *Ticket, f *finding.Taken) (err error) {
	if root.ID != t.ID {
		if root, err = ts.lock(tx, root.ID); err != nil {
			return err
		}
		if chain, err = ts.journal.Follow(tx, Stream(root.ID)); err != nil {
			return err
		}
	}
	return ts.reopen(tx, chain, root, reopening{to: Analysis, reason: "the detector reports it again", finding: f.ID, automatic: true})
}

// raiseMerged is a revision of a finding whose ticket is merged: the revision
// stands in the stream of that ticket, and the one that shows it has changed.
func (ts *Tickets) raiseMerged(tx *db.Tx, chain *journal.Chain, t, root *Ticket, f *finding.Taken) error {
	err := tx.Must(`UPDATE ticket SET rev = rev + 1, updated_at = $1 WHERE tenant = $2 AND id = $3`, tx.Now(), tx.Tenant(), root.ID)
	if err != nil {
		return err
	}
	return ts.raiseUp(tx, chain, t, f)
}

// recurs says whether a revision after the close means that the thing is back.
// A finding that went away and came again always does (as Security Hub itself
// sets its workflow back to NEW). One that was never away does after the ticket
// was closed as resolved, because then it is not; after any other resolution a
// person has already judged exactly this.
func recurs(t *Ticket, f *finding.Taken) bool {
	if !f.Active {
		return false
	}
	if !f.Was.Active {
		return true
	}
	seen := max(f.LastSeen, f.UpdatedAt)
	return t.Resolution == Resolved && seen > *t.ClosedAt
}

// Promote opens a ticket for a recorded finding because a person asks for it.
func (ts *Tickets) Promote(tx *db.Tx, findingID, reason string) (*Ticket, error) {
	reason, err := text("reason", reason, 1, maxReason)
	if err != nil {
		return nil, err
	}
	f, err := ts.findings.Again(tx, findingID)
	if err != nil {
		return nil, err
	}
	if f.Was.Ticket != "" {
		return nil, fault.New(fault.Conflict, "The finding belongs to %s already.", f.Was.Number).WithSlug("has-ticket").WithExtra("ticket", f.Was.Number)
	}
	d, err := ts.openFor(tx, f, verdict{open: true}, "")
	if err != nil {
		return nil, err
	}
	if err := ts.findings.Settle(tx, f, d); err != nil {
		return nil, err
	}
	_, err = d.Chain.Append(journal.FindingPromoted, map[string]any{"finding": f.ID, "ticket": d.Ticket}, map[string]any{"reason": reason})
	if err != nil {
		return nil, err
	}
	return ts.Get(tx, d.Ticket)
}
