package ticket

import (
	"errors"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// Merged tickets are a tree: each points at the one it was merged into by a
// link, and the database holds that it points at one only. Nothing is moved;
// the ticket at the root shows what all of them hold.

// limits of a tree, so that showing a ticket costs no more than a page.
const (
	maxMergeDepth = 16
	maxTree       = 200 // tickets in one tree, the root included
)

// root is the ticket that stands for t: t itself, or the one at the end of its
// links merged_into. It only reads; who changes the root locks it. A chain that
// is too long or leads in a circle, which no command makes, is an error rather
// than a loop.
func (ts *Tickets) root(tx *db.Tx, t *Ticket) (*Ticket, error) {
	seen := []string{t.ID}
	for t.Resolution == Merged {
		into, err := mergedInto(tx, t.ID)
		if err != nil {
			return nil, err
		}
		if into == "" {
			return t, nil
		}
		if slices.Contains(seen, into) || len(seen) > maxMergeDepth {
			return nil, fault.New(fault.Internal, "The tickets %v are merged in a circle.", append(seen, into))
		}
		seen = append(seen, into)
		if t, err = ts.Get(tx, into); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// standing loads the ticket that stands for an id: itself, or its root.
func (ts *Tickets) standing(tx *db.Tx, id string) (*Ticket, error) {
	t, err := ts.Get(tx, id)
	if err != nil {
		return nil, err
	}
	return ts.root(tx, t)
}

// mergedInto is the id of the ticket that a ticket was merged into, or "".
func mergedInto(tx *db.Tx, id string) (into string, err error) {
	err = tx.QueryRow(`SELECT to_ticket FROM ticket_link WHERE tenant = $1 AND from_ticket = $2 AND kind = 'merged_into'`,
		tx.Tenant(), id).Scan(&into)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return into, fault.Wrap(err, "finding what ticket %s was merged into", id)
}

// MergedTicket is a ticket that another one shows, or the one that shows it.
type MergedTicket struct {
	Ticket       string           `json:"ticket"`
	Number       string           `json:"number"`
	Title        string           `json:"title"`
	Severity     finding.Severity `json:"severity" enum:"critical,high,medium,low,info"`
	Phase        Phase            `json:"phase" doc:"The phase it goes back to when it is unmerged; of the ticket that shows it, its phase"`
	Owner        *string          `json:"owner"`
	OwnerName    string           `json:"owner_name"`
	FindingCount int64            `json:"finding_count" doc:"With what is merged into it in turn"`
	Into         string           `json:"into" doc:"Number of the ticket that it was merged into itself; empty for the one that shows it"`
	MergedAt     *time.Time       `json:"merged_at"`
	depth        int
}

// sqlMergedHere is written with CROSS JOIN because that is the order in which
// SQLite then reads: from the few links to their tickets, not the other way.
const sqlMergedHere = `WITH RECURSIVE below(id, parent, at, was_phase, depth) AS (
		SELECT from_ticket, to_ticket, at, was_phase, 1 FROM ticket_link WHERE tenant = $1 AND to_ticket = $2 AND kind = 'merged_into'
		UNION ALL
		SELECT l.from_ticket, l.to_ticket, l.at, l.was_phase, below.depth + 1 FROM below CROSS JOIN ticket_link l
		WHERE l.tenant = $1 AND l.to_ticket = below.id AND l.kind = 'merged_into' AND below.depth < $3)
	SELECT t.id, t.number, t.title, t.severity, below.was_phase, COALESCE(t.owner,''), t.finding_count, p.number, below.at, below.depth
	FROM below CROSS JOIN ticket t CROSS JOIN ticket p
	WHERE t.tenant = $1 AND t.id = below.id AND p.tenant = $1 AND p.id = below.parent ORDER BY t.number LIMIT $4`

// mergedHere lists the tickets merged into one, and those merged into them, in
// the order of their numbers.
func (ts *Tickets) mergedHere(tx *db.Tx, id string) ([]MergedTicket, error) {
	out, err := db.All(tx, func(s db.Scanner) (MergedTicket, error) {
		var m MergedTicket
		var number, into, at int64
		var owner string
		err := s.Scan(&m.Ticket, &number, &m.Title, &m.Severity, &m.Phase, &owner, &m.FindingCount, &into, &at, &m.depth)
		when := db.Time(at)
		m.Number, m.Into, m.MergedAt, m.Owner = Number(number), Number(into), &when, orNil(owner)
		return m, err
	}, sqlMergedHere, tx.Tenant(), id, maxMergeDepth, maxTree)
	return out, fault.Wrap(err, "listing what is merged into ticket %s", id)
}

// tree lists the ids of a ticket and of all that are merged into it, itself
// first.
func tree(id string, merged []MergedTicket) []string {
	ids := make([]string, 0, 1+len(merged))
	ids = append(ids, id)
	for i := range merged {
		ids = append(ids, merged[i].Ticket)
	}
	return ids
}

// showing is the ticket that shows a merged one; nil when it stands by itself.
func (ts *Tickets) showing(tx *db.Tx, t *Ticket) (*MergedTicket, error) {
	if t.Resolution != Merged {
		return nil, nil
	}
	root, err := ts.root(tx, t)
	if err != nil {
		return nil, err
	}
	return &MergedTicket{
		Ticket: root.ID, Number: Number(root.Number), Title: root.Title, Severity: root.Severity, Phase: root.Phase,
		Owner: orNil(root.Owner), FindingCount: root.FindingCount,
	}, nil
}

// Streams are the journal streams of a ticket and of those merged into it, its
// own first, with the number of each ticket.
type Streams struct {
	Names   []string
	Numbers map[string]int64
}

// Streams names where the record of a ticket is written; with merged also those
// of the tickets that it shows.
func (ts *Tickets) Streams(tx *db.Tx, ref string, merged bool) (Streams, error) {
	t, err := ts.Get(tx, ref)
	if err != nil {
		return Streams{}, err
	}
	own := Stream(t.ID)
	out := Streams{Names: []string{own}, Numbers: map[string]int64{own: t.Number}}
	if !merged {
		return out, nil
	}
	here, err := ts.mergedHere(tx, t.ID)
	for i := range here {
		name := Stream(here[i].Ticket)
		out.Names = append(out.Names, name)
		out.Numbers[name] = ParseNumber(here[i].Number)
	}
	return out, err
}
