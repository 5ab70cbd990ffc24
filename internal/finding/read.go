package finding

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Summary is a finding in a list.
type Summary struct {
	ID             string    `json:"id"`
	Title          string    `json:"title"`
	Class          string    `json:"class"`
	Severity       string    `json:"severity"`
	Status         string    `json:"status"`
	Active         bool      `json:"active"`
	Result         string    `json:"result"`
	Product        string    `json:"product"`
	Generator      string    `json:"generator"`
	Control        string    `json:"control"`
	Account        string    `json:"account"`
	Region         string    `json:"region"`
	Resource       string    `json:"resource"`
	Outcome        Outcome   `json:"outcome"`
	Ticket         string    `json:"ticket" doc:"Number of its ticket, or empty"`
	TicketID       string    `json:"ticket_id"`
	SeenCount      int64     `json:"seen_count"`
	Revision       int64     `json:"revision"`
	ReceivedAt     time.Time `json:"received_at"`
	LastReceivedAt time.Time `json:"last_received_at"`
	Source         string    `json:"source"`
	Decided        string    `json:"decided" doc:"Id of the rule, suppression, window or storm that decided; empty when none did"`
	Hold           string    `json:"hold" doc:"Id of the storm that holds it back, or empty"`
	Demo           bool      `json:"demo"`
}

const summaryColumns = `id, title, class, severity, status, active, result, product, generator, control,
	account, region, resource, outcome, ticket_number, COALESCE(ticket,''), seen_count, revision,
	received_at, last_received_at, source, decided, COALESCE(hold,''), demo`

func scanSummary(s db.Scanner) (Summary, error) {
	var v Summary
	var received, last int64
	err := s.Scan(&v.ID, &v.Title, &v.Class, &v.Severity, &v.Status, &v.Active, &v.Result, &v.Product, &v.Generator, &v.Control,
		&v.Account, &v.Region, &v.Resource, &v.Outcome, &v.Ticket, &v.TicketID, &v.SeenCount, &v.Revision, &received, &last,
		&v.Source, &v.Decided, &v.Hold, &v.Demo)
	v.ReceivedAt, v.LastReceivedAt = db.Time(received), db.Time(last)
	return v, err
}

// Revision is one thing the detector said about a finding, with what changed.
type Revision struct {
	Revision int64     `json:"revision"`
	At       time.Time `json:"at"`
	EventID  string    `json:"event_id"`
	Applied  bool      `json:"applied" doc:"False for one that came late and changed nothing"`
	Diff     []Change  `json:"diff"`
	Removed  bool      `json:"removed" doc:"Its original was removed by retention, so nothing can be compared with it"`
}

// Detail is one finding whole.
type Detail struct {
	Summary
	Finding   *Finding        `json:"finding"`
	Raw       json.RawMessage `json:"raw"`
	Revisions []Revision      `json:"revisions"`

	OriginalsRemovedAt *time.Time `json:"originals_removed_at"` // by retention; nil while they are there
}

// Get returns one finding with its original and history.
func (f *Findings) Get(tx *db.Tx, id string) (Detail, error) {
	s, err := scanSummary(tx.QueryRow(`SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND id = $2`, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return Detail{}, fault.New(fault.Missing, "Finding %s does not exist.", id)
	}
	if err != nil {
		return Detail{}, fault.Wrap(err, "loading finding %s", id)
	}
	d := Detail{Summary: s}
	if d.Finding, d.Raw, err = f.Normal(tx, id); err != nil {
		return d, err
	}
	if d.Revisions, err = f.revisions(tx, id); err != nil || d.Raw != nil {
		return d, err
	}
	d.OriginalsRemovedAt, err = removedAt(tx, id)
	return d, err
}

// Normal reads the normal form again from the last original that was applied.
// Where retention has removed the originals it says what the finding's own row
// holds, and raw is nil.
func (f *Findings) Normal(tx *db.Tx, id string) (*Finding, []byte, error) {
	raw, err := f.original(tx, id, 0)
	if err != nil {
		return nil, nil, err
	}
	if len(raw) == 0 { // removed by retention
		n, err := remembered(tx, id)
		return n, nil, err
	}
	parts, err := Decode(raw)
	if err != nil || len(parts) != 1 || parts[0].Finding == nil {
		return nil, raw, fmt.Errorf("the original of finding %s cannot be read any more: %w", id, err)
	}
	n := parts[0].Finding
	n.ID = id
	return n, raw, nil
}

const maxRevisions = 50

func (f *Findings) revisions(tx *db.Tx, id string) ([]Revision, error) {
	type stored struct {
		Revision
		body []byte
	}
	rows, err := db.All(tx, func(s db.Scanner) (stored, error) {
		var v stored
		var at int64
		err := s.Scan(&v.Revision.Revision, &at, &v.EventID, &v.Applied, &v.body)
		v.At = db.Time(at)
		return v, err
	}, `SELECT revision, at, event_id, applied, body FROM original WHERE tenant = $1 AND finding = $2 ORDER BY revision DESC LIMIT $3`,
		tx.Tenant(), id, maxRevisions)
	if err != nil {
		return nil, fault.Wrap(err, "loading the revisions of finding %s", id)
	}
	out := make([]Revision, 0, len(rows))
	var before map[string]any
	for i := len(rows) - 1; i >= 0; i-- {
		rev := rows[i].Revision
		rev.Diff = []Change{}
		if rev.Removed = len(rows[i].body) == 0; rev.Removed {
			out = append(out, rev)
			continue
		}
		raw, err := f.zip.unpack(rows[i].body)
		if err != nil {
			return nil, err
		}
		content, err := Content(raw)
		if err != nil {
			return nil, err
		}
		if before != nil {
			rev.Diff = Diff(before, content)
		}
		if rev.Applied {
			before = content
		}
		out = append(out, rev)
	}
	return out, nil
}
