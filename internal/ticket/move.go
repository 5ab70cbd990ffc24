package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// Move brings a ticket to another phase. Phases left out get a visit of no
// length, so that the measure of time can leave them out.
func (ts *Tickets) Move(tx *db.Tx, ref string, m Move, w Worker) (*Ticket, error) {
	reason, err := text("reason", m.Reason, 0, maxReason)
	if err != nil {
		return nil, err
	}
	m.Reason = reason
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	skipped, err := m.plan(t, w)
	if err != nil {
		return nil, err
	}
	if err := ts.mayLeave(tx, t, m); err != nil {
		return nil, err
	}
	if err := ts.enterPhase(tx, t, m.To, m.Reason, skipped); err != nil {
		return nil, err
	}
	names := make([]string, len(skipped))
	for i, p := range skipped {
		names[i] = string(p)
	}
	_, err = ts.journal.Append(tx, journal.Entry{
		Stream: Stream(t.ID), Kind: journal.PhaseChanged,
		Data: map[string]any{"from": string(t.Phase), "skipped": names, "to": string(m.To), "waived": m.Waive},
		Priv: said(m.Reason),
	})
	if err != nil {
		return nil, err
	}
	return ts.after(tx, nil, t.ID)
}

// said wraps a reason for the private half of an entry; nil when none was given.
func said(reason string) any {
	if reason == "" {
		return nil
	}
	return map[string]any{"reason": reason}
}

// enterPhase ends the present visit and begins the next.
func (ts *Tickets) enterPhase(tx *db.Tx, t *Ticket, to Phase, reason string, skipped []Phase) error {
	seq, at, err := leave(tx, t.ID)
	if err != nil {
		return err
	}
	for _, p := range skipped {
		if err := enter(tx, t.ID, visit{seq, p, at, reason, true}); err != nil {
			return err
		}
		seq++
	}
	if err := enter(tx, t.ID, visit{seq, to, at, reason, false}); err != nil {
		return err
	}
	if to == Closed || t.Phase == Closed {
		return nil // the row is written together with its other columns
	}
	return tx.Must(`UPDATE ticket SET phase = $1 WHERE tenant = $2 AND id = $3`, string(to), tx.Tenant(), t.ID)
}

// Close ends a ticket.
func (ts *Tickets) Close(tx *db.Tx, ref string, c Close, w Worker) (*Ticket, error) {
	reason, err := text("reason", c.Reason, 1, maxReason)
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := c.check(t, w); err != nil {
		return nil, err
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if err := ts.supersede(tx, chain, t.ID, "closed"); err != nil {
		return nil, err
	}
	if err := ts.enterPhase(tx, t, Closed, reason, nil); err != nil {
		return nil, err
	}
	err = tx.Must(`UPDATE ticket SET phase = 'closed', resolution = $1, closed_at = $2, accountable_active = NULL WHERE tenant = $3 AND id = $4`,
		string(c.Resolution), tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return nil, fault.Wrap(err, "closing ticket %s", Number(t.Number))
	}
	if _, err = chain.Append(journal.TicketClosed, map[string]any{"from": string(t.Phase), "resolution": string(c.Resolution)}, said(reason)); err != nil {
		return nil, err
	}
	return ts.after(tx, chain, t.ID)
}

// reopening is a closed ticket coming back.
type reopening struct {
	to        Phase
	reason    string
	finding   string // the finding that recurs, "" when a person reopens
	automatic bool   // nobody has seen it yet: it must be acknowledged again
}

// Reopen opens a closed ticket again within a week of its end. Its last owner
// is responsible again, or whoever is on duty for the team when that person has
// left.
func (ts *Tickets) Reopen(tx *db.Tx, ref string, to Phase, reason string) (*Ticket, error) {
	reason, err := text("reason", reason, 1, maxReason)
	if err != nil {
		return nil, err
	}
	if to == "" {
		to = Analysis
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Open():
		return nil, conflict(t, "not-closed", "is not closed")
	case t.Resolution == Merged:
		return nil, conflict(t, "merged", "is merged into another ticket; unmerge it")
	case to != Analysis && to != Containment:
		return nil, fault.Field("body.to", "a ticket is reopened in analysis or containment")
	case tx.Now()-*t.ClosedAt > reopenWithin:
		return nil, conflict(t, "too-late", "was closed more than seven days ago; open a new ticket and link it")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if err := ts.reopen(tx, chain, t, reopening{to: to, reason: reason}); err != nil {
		return nil, err
	}
	return ts.Get(tx, t.ID)
}

func (ts *Tickets) reopen(tx *db.Tx, chain *journal.Chain, t *Ticket, r reopening) error {
	owner, accountable, err := ts.responsibleAgain(tx, t)
	if err != nil {
		return err
	}
	if err := ts.enterPhase(tx, t, r.to, r.reason, nil); err != nil {
		return err
	}
	err = tx.Must(`UPDATE ticket SET phase = $1, resolution = '', closed_at = NULL, owner = $2, accountable = $3, accountable_active = $4,
		acknowledged_at = CASE WHEN $5 THEN NULL ELSE acknowledged_at END, acknowledged_by = CASE WHEN $5 THEN NULL ELSE acknowledged_by END
		WHERE tenant = $6 AND id = $7`,
		string(r.to), owner, accountable, true, r.automatic, tx.Tenant(), t.ID)
	if err != nil {
		return fault.Wrap(err, "reopening ticket %s", Number(t.Number))
	}
	var priv any
	if !r.automatic {
		priv = said(r.reason)
	}
	_, err = chain.Append(journal.TicketReopened, map[string]any{
		"accountable": accountable, "automatic": r.automatic, "finding": r.finding, "from": string(t.Resolution), "to": string(r.to),
	}, priv)
	if err != nil {
		return err
	}
	return ts.touched(tx, chain, t.ID)
}

// responsibleAgain names who is responsible for a ticket that comes back.
func (ts *Tickets) responsibleAgain(tx *db.Tx, t *Ticket) (owner any, accountable string, err error) {
	if t.Owner != "" {
		ok, err := ts.people.Active(tx, t.Owner)
		if err != nil {
			return nil, "", err
		}
		if ok {
			return t.Owner, t.Owner, nil
		}
	}
	accountable, err = ts.answers(tx, t.Team)
	return nil, accountable, err
}

// Draft is a ticket that a person opens by hand.
type Draft struct {
	Title, Description string
	Severity           finding.Severity
	Team               string // "" for the intake team
	Tags               []string
}

// Create opens a ticket by hand.
func (ts *Tickets) Create(tx *db.Tx, d Draft) (*Ticket, error) {
	t, err := d.ticket()
	if err != nil {
		return nil, err
	}
	if t.Team, t.Accountable, err = ts.teamFor(tx, d.Team); err != nil {
		return nil, err
	}
	if t.Number, err = tx.Number(Series); err != nil {
		return nil, err
	}
	t.ID, t.OpenedAt, t.OpenedBy = tx.NewID(), tx.Now(), string(tx.Actor())
	if err := ts.insert(tx, t); err != nil {
		return nil, err
	}
	_, err = ts.journal.Begin(tx, Stream(t.ID)).Append(journal.TicketOpened, openedData(t, "", verdict{}),
		map[string]any{"title": t.Title, "description": t.Description})
	if err != nil {
		return nil, err
	}
	return ts.Get(tx, t.ID)
}

func (d Draft) ticket() (*Ticket, error) {
	title, err := text("title", d.Title, 1, maxTitle)
	if err != nil {
		return nil, err
	}
	description, err := text("description", d.Description, 0, maxDescription)
	if err != nil {
		return nil, err
	}
	list, err := tags(d.Tags)
	if err != nil {
		return nil, err
	}
	if d.Severity == "" {
		d.Severity = "medium"
	}
	if err := checkSeverity(d.Severity); err != nil {
		return nil, err
	}
	return &Ticket{Title: title, Description: description, Severity: d.Severity, Type: "manual", Source: "manual", Phase: Detect, Tags: list}, nil
}

// teamFor names the team that a new ticket comes to and who answers for it.
func (ts *Tickets) teamFor(tx *db.Tx, team string) (id, lead string, err error) {
	if team == "" {
		return ts.intake(tx)
	}
	lead, err = ts.answers(tx, team)
	if fault.Is(err, fault.Missing) {
		return "", "", fault.Field("body.team", "the team %s does not exist", team)
	}
	return team, lead, err
}
