package evidence

import (
	"context"
	"errors"
	"io"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	maxItems  = 2000 // of one ticket
	maxNote   = 4000
	maxSource = 300
	maxMedia  = 200
)

// AddInput is a file to be added to a ticket by itself.
type AddInput struct {
	Ticket string // number or id
	Meta
	By db.Actor // "" is whoever the context says
}

// Add takes a file in and attaches it to a ticket.
func (e *Evidence) Add(ctx context.Context, in AddInput, r io.Reader) (out Item, err error) {
	if in.By != "" {
		tenant, _ := db.Who(ctx)
		ctx = db.As(ctx, tenant, in.By)
	}
	b, err := e.Put(ctx, r)
	if err != nil {
		return out, err
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = e.Attach(tx, in.Ticket, b, in.Meta)
		return err
	})
	return out, err
}

// Attachment is a blob that was put, and what is known of it.
type Attachment struct {
	Blob Blob
	Meta Meta
}

// Attach adds a blob that was put to a ticket, in the caller's transaction. The
// ticket's stream must not be followed by a chain of the caller at the time.
func (e *Evidence) Attach(tx *db.Tx, ticket string, b Blob, m Meta) (Item, error) {
	out, err := e.AddAll(tx, ticket, []Attachment{{b, m}})
	if err != nil {
		return Item{}, err
	}
	return out[0], nil
}

// AddAll adds blobs that were put to a ticket, all or none.
func (e *Evidence) AddAll(tx *db.Tx, ticket string, list []Attachment) ([]Item, error) {
	id, err := e.Tickets.Touch(tx, ticket)
	if err != nil {
		return nil, err
	}
	had, err := Count(tx, id)
	if err != nil {
		return nil, fault.Wrap(err, "counting evidence")
	}
	if had+int64(len(list)) > maxItems {
		return nil, fault.New(fault.Conflict, "A ticket holds at most %d pieces of evidence; this one has %d.", maxItems, had).WithSlug("too-many-evidence")
	}
	chain, err := e.Journal.Follow(tx, ticketStream(id))
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(list))
	for i, a := range list {
		if out[i], err = e.attach(tx, chain, id, a); err != nil {
			return nil, err
		}
	}
	return out, e.told(tx, chain, id)
}

// told lets the clocks hear of what a person did.
func (e *Evidence) told(tx *db.Tx, chain *journal.Chain, ticket string) error {
	if e.Tickets.Told == nil || tx.Actor().Person() == "" {
		return nil
	}
	return e.Tickets.Told(tx, chain, ticket)
}

func (e *Evidence) attach(tx *db.Tx, chain *journal.Chain, ticket string, a Attachment) (Item, error) {
	m, err := a.Meta.checked()
	if err != nil {
		return Item{}, err
	}
	if m.Parent != "" {
		p, err := e.Get(tx, m.Parent)
		if err != nil || p.Ticket != ticket {
			return Item{}, fault.Field("parent", "is not evidence of the same ticket")
		}
	}
	n, err := tx.Exec(sqlTouchBlob, tx.Now(), tx.Tenant(), a.Blob.id)
	if err != nil {
		return Item{}, fault.Wrap(err, "attaching a blob")
	}
	if n != 1 {
		return Item{}, fault.New(fault.Conflict, "The file waited too long to be attached and was removed; send it again.").WithSlug("blob-gone")
	}
	i := Item{
		ID: tx.NewID(), Ticket: ticket, Name: m.Name, Declared: m.Media, Source: m.Source, Note: m.Note, Parent: m.Parent,
		Risk: RiskNone, AddedAt: db.Time(tx.Now()), AddedBy: string(tx.Actor()), Rev: 1,
	}
	i.of(a.Blob)
	if m.CollectedAt > 0 {
		at := db.Time(m.CollectedAt)
		i.CollectedAt = &at
	}
	if i.RiskReason = m.Suspect; i.RiskReason == "" {
		i.RiskReason = suspicion(i.Media, m.Name)
	}
	if i.RiskReason != "" {
		i.Risk = RiskSuspected
	}
	if err := insertItem(tx, i, m.CollectedAt); err != nil {
		return Item{}, err
	}
	_, err = chain.Append(journal.EvidenceAdded, map[string]any{
		"evidence": i.ID, "parent": i.Parent, "risk": string(i.Risk), "sha256": i.SHA256, "size": i.Size,
	}, map[string]any{"name": i.Name, "source": i.Source, "note": i.Note, "reason": i.RiskReason})
	if err != nil {
		return Item{}, err
	}
	return i, e.name(tx, []*Item{&i})
}

func insertItem(tx *db.Tx, i Item, collected int64) error {
	orNull := func(given bool, v any) any {
		if given {
			return v
		}
		return nil
	}
	err := tx.Must(sqlInsertItem, tx.Tenant(), i.ID, i.Ticket, i.blob.id, orNull(i.Parent != "", i.Parent), i.Name, i.Declared, i.Source, i.Note,
		orNull(collected > 0, collected), string(i.Risk), i.RiskReason, i.AddedAt.UnixMicro(), i.AddedBy)
	return fault.Wrap(err, "adding evidence")
}

// checked is a meta with what would mislead a reader replaced. A hostile name is
// no reason to lose the file.
func (m Meta) checked() (Meta, error) {
	m.Name = cleanName(m.Name)
	m.Media, m.Suspect = clip(plain(m.Media), maxMedia), clip(plain(m.Suspect), maxSource)
	m.Source, m.Note = plain(m.Source), plain(m.Note)
	switch {
	case len([]rune(m.Source)) > maxSource:
		return m, fault.Field("source", "must have at most %d characters", maxSource)
	case len([]rune(m.Note)) > maxNote:
		return m, fault.Field("note", "must have at most %d characters", maxNote)
	case m.CollectedAt < 0:
		return m, fault.Field("collected_at", "must not lie before 1970")
	}
	return m, nil
}

// Mark is what a person says of a piece of evidence.
type Mark struct {
	Risk   Risk
	Reason string
}

// MarkItem writes down whether a piece of evidence is malware. Whoever clears
// what was suspected says why.
func (e *Evidence) MarkItem(tx *db.Tx, ticket, id string, rev int64, m Mark) (Item, error) {
	m.Reason = plain(m.Reason)
	switch {
	case m.Risk != RiskMalware && m.Risk != RiskCleared && m.Risk != RiskSuspected:
		return Item{}, fault.Field("body.risk", "must be suspected, malware or cleared")
	case len([]rune(m.Reason)) > maxNote:
		return Item{}, fault.Field("body.reason", "must have at most %d characters", maxNote)
	case m.Risk == RiskCleared && len([]rune(m.Reason)) < 10:
		return Item{}, fault.Field("body.reason", "saying that it does no harm needs a reason of at least 10 characters")
	}
	if _, err := e.Tickets.Touch(tx, ticket); err != nil {
		return Item{}, err
	}
	i, err := e.OfTicket(tx, ticket, id)
	if err != nil {
		return i, err
	}
	n, err := tx.Exec(`UPDATE evidence SET risk = $1, risk_reason = $2, rev = rev + 1 WHERE tenant = $3 AND id = $4 AND rev = $5`,
		string(m.Risk), m.Reason, tx.Tenant(), i.ID, rev)
	if err != nil {
		return i, fault.Wrap(err, "marking evidence")
	}
	if n != 1 {
		return i, fault.New(fault.Conflict, "The evidence was marked by somebody else since you read it.").WithSlug("stale-revision").WithExtra("current_rev", i.Rev)
	}
	previous := i.Risk
	i.Risk, i.RiskReason, i.Rev = m.Risk, m.Reason, rev+1
	chain, err := e.Journal.Follow(tx, ticketStream(i.Ticket))
	if err != nil {
		return i, err
	}
	_, err = chain.Append(journal.EvidenceMarked, map[string]any{
		"evidence": i.ID, "previous": string(previous), "risk": string(i.Risk), "sha256": i.SHA256,
	}, map[string]any{"name": i.Name, "reason": m.Reason})
	return i, errors.Join(err, e.told(tx, chain, i.Ticket))
}
