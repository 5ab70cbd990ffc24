package ticket

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// Patch changes fields of a ticket; nil leaves a field alone.
type Patch struct {
	Title, Description *string
	Severity           *finding.Severity
	Tags               *[]string
}

// fieldChange is one field of a change. Old and new of fields that people
// write go to the private half of the entry.
type fieldChange struct {
	field    string
	old, new any
	private  bool
}

// Change applies a patch to the revision that the caller has read.
func (ts *Tickets) Change(tx *db.Tx, ref string, rev int64, p Patch) (*Ticket, error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if t.Rev != rev+1 { // lock has counted this change already
		t.Rev--
		return nil, conflict(t, "stale-revision", "was changed by somebody else since you read it").WithExtra("current_rev", t.Rev)
	}
	before := *t
	before.Tags = slices.Clone(t.Tags)
	if err := p.apply(t); err != nil {
		return nil, err
	}
	changes := differences(&before, t)
	if len(changes) == 0 {
		return t, nil
	}
	err = tx.Must(`UPDATE ticket SET title = $1, description = $2, severity = $3, severity_rank = $4, tags = $5 WHERE tenant = $6 AND id = $7`,
		t.Title, t.Description, string(t.Severity), t.Severity.Rank(), joinTags(t.Tags), tx.Tenant(), t.ID)
	if err != nil {
		return nil, fault.Wrap(err, "changing ticket %s", Number(t.Number))
	}
	if before.Severity != t.Severity {
		if err := ts.judged(tx, t); err != nil {
			return nil, err
		}
	}
	if !slices.Equal(before.Tags, t.Tags) {
		if err := replaceTags(tx, t); err != nil {
			return nil, err
		}
	}
	if err := ts.recordChange(tx, t, changes); err != nil || before.Severity == t.Severity {
		return t, err
	}
	return ts.after(tx, nil, t.ID)
}

func replaceTags(tx *db.Tx, t *Ticket) error {
	if _, err := tx.Exec(`DELETE FROM ticket_tag WHERE tenant = $1 AND ticket = $2`, tx.Tenant(), t.ID); err != nil {
		return err
	}
	return writeTags(tx, t)
}

func (p Patch) apply(t *Ticket) (err error) {
	if p.Title != nil {
		if t.Title, err = text("title", *p.Title, 1, maxTitle); err != nil {
			return err
		}
	}
	if p.Description != nil {
		if t.Description, err = text("description", *p.Description, 0, maxDescription); err != nil {
			return err
		}
	}
	if p.Severity != nil {
		if err := checkSeverity(*p.Severity); err != nil {
			return err
		}
		t.Severity = *p.Severity
	}
	if p.Tags != nil {
		t.Tags, err = tags(*p.Tags)
	}
	return err
}

func differences(a, b *Ticket) []fieldChange {
	var out []fieldChange
	if a.Title != b.Title {
		out = append(out, fieldChange{"title", a.Title, b.Title, true})
	}
	if a.Description != b.Description {
		out = append(out, fieldChange{"description", a.Description, b.Description, true})
	}
	if a.Severity != b.Severity {
		out = append(out, fieldChange{"severity", string(a.Severity), string(b.Severity), false})
	}
	if !slices.Equal(a.Tags, b.Tags) {
		out = append(out, fieldChange{"tags", a.Tags, b.Tags, true})
	}
	return out
}

func (ts *Tickets) recordChange(tx *db.Tx, t *Ticket, changes []fieldChange) error {
	fields := []any{}
	priv := map[string]any{}
	for _, c := range changes {
		if c.private {
			fields = append(fields, map[string]any{"field": c.field})
			priv[c.field] = map[string]any{"old": c.old, "new": c.new}
			continue
		}
		fields = append(fields, map[string]any{"field": c.field, "old": c.old, "new": c.new})
	}
	e := journal.Entry{Stream: Stream(t.ID), Kind: journal.TicketChanged, Data: map[string]any{"fields": fields}}
	if len(priv) > 0 {
		e.Priv = priv
	}
	_, err := ts.journal.Append(tx, e)
	return err
}
