package finding

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Again loads a stored finding as it would come in once more, for a person who
// decides about it.
func (f *Findings) Again(tx *db.Tx, id string) (*Taken, error) {
	t := &Taken{Change: IsSame}
	w := &t.Was
	err := tx.QueryRow(`SELECT `+standingColumns+`, source, demo FROM finding WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(
		append(w.dest(), &t.Source, &t.Demo)...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Finding %s does not exist.", id)
	}
	if err != nil {
		return nil, fault.Wrap(err, "loading finding %s", id)
	}
	t.Finding, _, err = f.Normal(tx, id)
	return t, err
}

// Settle writes what was decided about a finding that has no ticket yet. It
// fails when another was faster.
func (f *Findings) Settle(tx *db.Tx, t *Taken, d Decision) error {
	n, err := tx.Exec(`UPDATE finding SET ticket = $1, ticket_number = $2, outcome = $3, decided = $4, hold = $5
		WHERE tenant = $6 AND id = $7 AND ticket IS NULL`,
		orNull(d.Ticket), d.Number, string(d.Outcome), d.Decided, orNull(d.Hold), tx.Tenant(), t.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "Somebody else has just opened a ticket for this finding.").WithSlug("has-ticket")
	}
	return err
}

// Held lists findings that a storm holds back, oldest first within a severity,
// worst first.
func (f *Findings) Held(tx *db.Tx, storm string, limit int) ([]string, error) {
	return db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND hold = $2 ORDER BY severity_rank DESC, id LIMIT $3`, tx.Tenant(), storm, limit)
}

// HeldBySeverity counts what a storm holds back.
func (f *Findings) HeldBySeverity(tx *db.Tx, storm string) (map[Severity]int64, error) {
	out := map[Severity]int64{}
	for _, word := range Severities() {
		out[Severity(word)] = 0
	}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var rank, n int64
		err := s.Scan(&rank, &n)
		if err == nil && rank >= 0 && rank < int64(len(Severities())) {
			out[Severity(Severities()[rank])] = n
		}
		return struct{}{}, err
	}, `SELECT severity_rank, COUNT(*) FROM finding WHERE tenant = $1 AND hold = $2 GROUP BY severity_rank`, tx.Tenant(), storm)
	return out, fault.Wrap(err, "counting what storm %s holds", storm)
}

// HeldSummaries shows some of what a storm holds back, worst first.
func (f *Findings) HeldSummaries(tx *db.Tx, storm string, limit int) ([]Summary, error) {
	return db.All(tx, scanSummary, `SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND hold = $2
		ORDER BY severity_rank DESC, id LIMIT $3`, tx.Tenant(), storm, limit)
}

// Silenced lists findings that a suppression or window silences, after an id.
func (f *Findings) Silenced(tx *db.Tx, rule, after string, limit int) ([]string, error) {
	return db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND decided = $2 AND outcome = 'suppressed' AND id > $3 ORDER BY id LIMIT $4`,
		tx.Tenant(), rule, after, limit)
}

// SilencedCount counts what a suppression or window silences, up to most.
func (f *Findings) SilencedCount(tx *db.Tx, rule string, most int) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM finding WHERE tenant = $1 AND decided = $2 AND outcome = 'suppressed' LIMIT $3) AS silenced`,
		tx.Tenant(), rule, most).Scan(&n)
	return n, err
}

// OfTicket loads the normal form of a ticket's findings, oldest first.
func (f *Findings) OfTicket(tx *db.Tx, ticket string, limit int) ([]*Finding, error) {
	ids, err := db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND ticket = $2 ORDER BY received_at, id LIMIT $3`,
		tx.Tenant(), ticket, limit)
	if err != nil {
		return nil, fault.Wrap(err, "listing the findings of ticket %s", ticket)
	}
	out := make([]*Finding, 0, len(ids))
	for _, id := range ids {
		n, _, err := f.Normal(tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// SummariesOfTicket lists a ticket's findings, oldest first, after (at, id).
func (f *Findings) SummariesOfTicket(tx *db.Tx, ticket string, limit int) ([]Summary, error) {
	return db.All(tx, scanSummary, `SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND ticket = $2
		ORDER BY received_at, id LIMIT $3`, tx.Tenant(), ticket, limit)
}
