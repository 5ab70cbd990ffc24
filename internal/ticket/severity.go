package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// The severity of a ticket is its own, or that of a ticket merged into it when
// that is higher. A person's judgement overrides: what is merged at that moment
// counts no longer, and what comes later does. So taking a merge back gives the
// severity that was, unless a person has set another since.

// weighed is a ticket as far as its severity goes.
type weighed struct {
	id             string
	severity, self finding.Severity
}

func weigh(tx *db.Tx, id string) (weighed, error) {
	w := weighed{id: id}
	err := tx.QueryRow(`SELECT severity, own_severity FROM ticket WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(&w.severity, &w.self)
	if w.self == "" {
		w.self = w.severity
	}
	return w, fault.Wrap(err, "weighing ticket %s", id)
}

func (w weighed) write(tx *db.Tx) error {
	self := w.self
	if self == w.severity {
		self = ""
	}
	return tx.Must(`UPDATE ticket SET severity = $1, severity_rank = $2, own_severity = $3 WHERE tenant = $4 AND id = $5`,
		string(w.severity), w.severity.Rank(), string(self), tx.Tenant(), w.id)
}

// settle gives a ticket the severity that follows from its own and from what
// is merged into it, and says whether that is another. The caller has locked it.
func (ts *Tickets) settle(tx *db.Tx, id string, cause map[string]any) (changed bool, err error) {
	w, err := weigh(tx, id)
	if err != nil {
		return false, err
	}
	was := w.severity
	if w.severity, err = highest(tx, id, w.self); err != nil {
		return false, err
	}
	if err := w.write(tx); err != nil || w.severity == was {
		return false, err
	}
	chain, err := ts.journal.Follow(tx, Stream(id))
	if err != nil {
		return false, err
	}
	return true, ts.severityChanged(tx, chain, id, change{was, w.severity, cause})
}

// settleUp settles tickets from the first to the root, as far as it changes
// anything.
func (ts *Tickets) settleUp(tx *db.Tx, path []*Ticket, cause map[string]any) error {
	for _, t := range path {
		changed, err := ts.settle(tx, t.ID, cause)
		if err != nil || !changed {
			return err
		}
	}
	return nil
}

// highest is the highest of a severity and those merged tickets that count.
func highest(tx *db.Tx, id string, self finding.Severity) (finding.Severity, error) {
	words, err := db.Strings(tx, `SELECT t.severity FROM ticket_link l JOIN ticket t ON t.tenant = l.tenant AND t.id = l.from_ticket
		WHERE l.tenant = $1 AND l.to_ticket = $2 AND l.kind = 'merged_into' AND l.lifts`, tx.Tenant(), id)
	for _, word := range words {
		if s := finding.Severity(word); s.Rank() > self.Rank() {
			self = s
		}
	}
	return self, fault.Wrap(err, "weighing what is merged into ticket %s", id)
}

// change is a change of a severity and what caused it.
type change struct {
	was, is finding.Severity
	cause   map[string]any
}

func (ts *Tickets) severityChanged(tx *db.Tx, chain *journal.Chain, id string, c change) error {
	data := map[string]any{"fields": []any{map[string]any{"field": "severity", "new": string(c.is), "old": string(c.was)}}}
	for name, value := range c.cause {
		data[name] = value
	}
	if _, err := chain.Append(journal.TicketChanged, data, nil); err != nil {
		return err
	}
	return ts.touched(tx, chain, id)
}

// judged notes that a person has set the severity of a ticket: nothing merged
// into it counts any longer. What it is merged into follows.
func (ts *Tickets) judged(tx *db.Tx, t *Ticket) error {
	_, err := tx.Exec(`UPDATE ticket SET own_severity = '' WHERE tenant = $1 AND id = $2`, tx.Tenant(), t.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE ticket_link SET lifts = $1 WHERE tenant = $2 AND to_ticket = $3 AND kind = 'merged_into'`, false, tx.Tenant(), t.ID)
	if err != nil || t.Resolution != Merged {
		return err
	}
	return ts.liftAbove(tx, t.ID, map[string]any{"from": t.ID})
}

// raiseUp lifts the severity of a ticket with one of its findings, and with it
// that of the tickets it is merged into. Never lowered by a detector: a person
// does that. The chain is that of t, which the caller has locked.
func (ts *Tickets) raiseUp(tx *db.Tx, chain *journal.Chain, t *Ticket, f *finding.Taken) error {
	if f.Severity.Rank() <= f.Was.Severity.Rank() {
		return nil
	}
	w, err := weigh(tx, t.ID)
	if err != nil {
		return err
	}
	was := w.severity
	if f.Severity.Rank() > w.self.Rank() {
		w.self = f.Severity
	}
	if f.Severity.Rank() > was.Rank() {
		w.severity = f.Severity
	}
	if err := w.write(tx); err != nil {
		return err
	}
	if w.severity == was {
		return nil
	}
	cause := map[string]any{"finding": f.ID}
	if err := ts.severityChanged(tx, chain, t.ID, change{was, w.severity, cause}); err != nil || t.Resolution != Merged {
		return err
	}
	return ts.liftAbove(tx, t.ID, cause)
}

// liftAbove lets the severity of a merged ticket count above it again, because
// it has changed since a person judged them together.
func (ts *Tickets) liftAbove(tx *db.Tx, id string, cause map[string]any) error {
	into, err := mergedInto(tx, id)
	if err != nil {
		return err
	}
	path, err := ts.lockUp(tx, into)
	if err != nil {
		return err
	}
	for _, above := range path {
		_, err := tx.Exec(`UPDATE ticket_link SET lifts = $1 WHERE tenant = $2 AND from_ticket = $3 AND kind = 'merged_into'`, true, tx.Tenant(), id)
		if err != nil {
			return err
		}
		changed, err := ts.settle(tx, above.ID, cause)
		if err != nil || !changed {
			return err
		}
		id = above.ID
	}
	return nil
}

// lockUp locks a ticket and those that it is merged into, up to the root.
func (ts *Tickets) lockUp(tx *db.Tx, id string) ([]*Ticket, error) {
	var path []*Ticket
	for id != "" {
		if len(path) > maxMergeDepth {
			return nil, fault.New(fault.Internal, "Ticket %s is merged too deep.", id)
		}
		t, err := ts.lock(tx, id)
		if err != nil {
			return nil, err
		}
		path = append(path, t)
		if id, err = mergedInto(tx, id); err != nil {
			return nil, err
		}
	}
	return path, nil
}
