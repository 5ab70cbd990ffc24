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
	v, err := ts.judge(tx, f)
	if err != nil {
		return finding.Decision{}, err
	}
	if f.Was.Ticket != "" {
		return ts.revisit(tx, f, v)
	}
	if !v.open {
		return finding.Decision{Outcome: recordedOr(f)}, nil
	}
	ts.memo.put(f.Content, sightings(f.Finding))
	return ts.openFor(tx, f, v, "")
}

// recordedOr keeps "recorded" for what is new and "updated" for a revision.
func recordedOr(f *finding.Taken) finding.Outcome {
	if f.Change == finding.IsNew {
		return finding.Recorded
	}
	return finding.Updated
}

// openFor opens a ticket for a finding, linked to an earlier one if there was.
func (ts *Tickets) openFor(tx *db.Tx, f *finding.Taken, why verdict, earlier string) (finding.Decision, error) {
	team, lead, err := ts.people.Intake(tx)
	if err != nil {
		return finding.Decision{}, fault.Wrap(err, "finding the intake team")
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
	if err := insert(tx, t); err != nil {
		return finding.Decision{}, err
	}
	chain := ts.journal.Begin(tx, Stream(t.ID))
	if _, err := chain.Append(journal.TicketOpened, openedData(t, f.ID, why), nil); err != nil {
		return finding.Decision{}, err
	}
	if earlier != "" {
		if err := ts.link(tx, chain, t.ID, earlier, linkRecurrence); err != nil {
			return finding.Decision{}, err
		}
	}
	return finding.Decision{Outcome: finding.Opened, Ticket: t.ID, Number: Number(t.Number), Chain: chain}, nil
}

func openedData(t *Ticket, findingID string, why verdict) map[string]any {
	return map[string]any{
		"accountable": t.Accountable, "finding": findingID, "number": t.Number, "policy": why.rev, "rule": why.rule,
		"severity": string(t.Severity), "team": t.Team, "type": t.Type,
	}
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
	d := finding.Decision{Outcome: finding.Updated, Ticket: t.ID, Number: Number(t.Number)}
	if d.Chain, err = ts.journal.Follow(tx, Stream(t.ID)); err != nil {
		return d, err
	}
	if t.Open() {
		return d, ts.raise(tx, d.Chain, t, f)
	}
	if !v.open || !recurs(t, f) {
		return d, nil
	}
	if tx.Now()-*t.ClosedAt > reopenWithin {
		return ts.openFor(tx, f, v, t.ID)
	}
	return d, ts.reopen(tx, d.Chain, t, reopening{to: Analysis, reason: "the detector reports it again", finding: f.ID, automatic: true})
}

// raise lifts the severity of a ticket with its finding. It is never lowered
// by a detector: a person does that.
func (ts *Tickets) raise(tx *db.Tx, chain *journal.Chain, t *Ticket, f *finding.Taken) error {
	if f.Severity.Rank() <= t.Severity.Rank() || f.Severity.Rank() <= f.Was.Severity.Rank() {
		return nil
	}
	err := tx.Must(`UPDATE ticket SET severity = $1, severity_rank = $2 WHERE tenant = $3 AND id = $4`,
		string(f.Severity), f.Severity.Rank(), tx.Tenant(), t.ID)
	if err != nil {
		return err
	}
	_, err = chain.Append(journal.TicketChanged, map[string]any{
		"fields": []any{map[string]any{"field": "severity", "new": string(f.Severity), "old": string(t.Severity)}}, "finding": f.ID,
	}, nil)
	return err
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
	if err := ts.findings.Attach(tx, f, d); err != nil {
		return nil, err
	}
	_, err = d.Chain.Append(journal.FindingPromoted, map[string]any{"finding": f.ID, "ticket": d.Ticket}, map[string]any{"reason": reason})
	if err != nil {
		return nil, err
	}
	return ts.Get(tx, d.Ticket)
}
