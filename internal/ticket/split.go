package ticket

import (
	"strconv"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// maxSplit is how many findings one command moves.
const maxSplit = 500

const linkSplit = "split_from"

// Split asks to move findings of a ticket to a new one.
type Split struct {
	Findings []string // ids
	Title    string   // "" for that of the first
	Reason   string
}

// Split opens a ticket for some findings of another. The new one belongs to the
// same team; its owner is the caller when the caller owns the other, and
// nobody otherwise, so that the team's lead is accountable. Merging it back
// undoes it.
//
// The rule is that of Merge: the caller owns the ticket, nobody does, or the
// caller leads and says why.
func (ts *Tickets) Split(tx *db.Tx, ref string, s Split, w Worker) (*Ticket, error) {
	reason, err := text("reason", s.Reason, 0, maxReason)
	if err != nil {
		return nil, err
	}
	s.Reason = reason
	from, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if !from.Open() {
		return nil, conflict(from, "closed-ticket", "is closed; only an open ticket is split")
	}
	if err := mayMergeOwned(from, s.Reason, w); err != nil {
		return nil, err
	}
	moved, err := ts.chosen(tx, from, s.Findings)
	if err != nil {
		return nil, err
	}
	t, err := ts.splitOff(tx, from, moved, s)
	if err != nil {
		return nil, err
	}
	if err := ts.rehome(tx, from, t, moved); err != nil {
		return nil, err
	}
	return t, ts.saidSplit(tx, from, t, moved, s.Reason)
}

// chosen loads the findings to move, each once, and holds that they are the
// ticket's own and that some stay.
func (ts *Tickets) chosen(tx *db.Tx, from *Ticket, ids []string) ([]finding.Summary, error) {
	if len(ids) == 0 || len(ids) > maxSplit {
		return nil, fault.Field("body.findings", "must name 1 to %d findings", maxSplit)
	}
	out := []finding.Summary{}
	have := map[string]bool{}
	for i, id := range ids {
		if have[id] {
			continue
		}
		have[id] = true
		f, err := ts.findings.InTicket(tx, from.ID, id)
		if fault.Is(err, fault.Missing) {
			return nil, fault.Field("body.findings["+strconv.Itoa(i)+"]", "is not one of the findings of %s itself", Number(from.Number))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	all, err := ts.findings.CountOfTicket(tx, from.ID)
	if err == nil && int64(len(out)) >= all {
		return nil, fault.Field("body.findings", "must leave at least one finding in %s", Number(from.Number))
	}
	return out, err
}

// splitOff opens the new ticket.
func (ts *Tickets) splitOff(tx *db.Tx, from *Ticket, moved []finding.Summary, s Split) (*Ticket, error) {
	first, _, err := ts.findings.Normal(tx, moved[0].ID)
	if err != nil {
		return nil, err
	}
	title := first.Title
	if s.Title != "" {
		if title, err = text("title", s.Title, 1, maxTitle); err != nil {
			return nil, err
		}
	}
	lead, err := ts.answers(tx, from.Team)
	if err != nil {
		return nil, fault.Wrap(err, "finding who answers for team %s", from.Team)
	}
	t := &Ticket{
		ID: tx.NewID(), Title: title, Description: first.Description, Type: moved[0].Class, Source: from.Source,
		Severity: worst(moved), Phase: Detect, Accountable: lead, Team: from.Team, Tags: []string{},
		Account: moved[0].Account, Region: moved[0].Region, Resource: moved[0].Resource,
		OpenedAt: tx.Now(), FindingCount: int64(len(moved)), OpenedBy: string(tx.Actor()), Demo: from.Demo,
	}
	if moved[0].Product != "" {
		t.Source = moved[0].Product
	}
	if t.Number, err = tx.Number(Series); err != nil {
		return nil, fault.Wrap(err, "taking a ticket number")
	}
	return t, ts.insert(tx, t)
}

func worst(list []finding.Summary) finding.Severity {
	out := finding.Severity("info")
	for _, f := range list {
		if s := finding.Severity(f.Severity); s.Rank() > out.Rank() {
			out = s
		}
	}
	return out
}

// rehome moves the findings. What the tickets show to others follows: the
// reader of the journal rebuilds it for both.
func (ts *Tickets) rehome(tx *db.Tx, from, to *Ticket, moved []finding.Summary) error {
	for _, f := range moved {
		if err := ts.findings.Rehome(tx, f.ID, from.ID, to.ID, Number(to.Number)); err != nil {
			return err
		}
	}
	err := tx.Must(`UPDATE ticket SET finding_count = finding_count - $1 WHERE tenant = $2 AND id = $3`, int64(len(moved)), tx.Tenant(), from.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO ticket_link(tenant, from_ticket, to_ticket, kind, at, by_actor) VALUES ($1,$2,$3,$4,$5,$6)`,
		tx.Tenant(), to.ID, from.ID, linkSplit, tx.Now(), string(tx.Actor()))
	return fault.Wrap(err, "linking tickets")
}

// saidSplit journals a split on both streams and gives the new ticket to the
// owner of the other when that is who split it.
func (ts *Tickets) saidSplit(tx *db.Tx, from, t *Ticket, moved []finding.Summary, reason string) error {
	ids := make([]string, len(moved))
	for i, f := range moved {
		ids[i] = f.ID
	}
	data := map[string]any{"findings": ids, "from": from.ID, "from_number": from.Number, "into": t.ID, "into_number": t.Number}
	if _, err := ts.journal.Append(tx, journal.Entry{Stream: Stream(from.ID), Kind: journal.TicketSplit, Data: data, Priv: said(reason)}); err != nil {
		return err
	}
	chain := ts.journal.Begin(tx, Stream(t.ID))
	if _, err := chain.Append(journal.TicketOpened, openedData(t, "", verdict{}), map[string]any{"title": t.Title}); err != nil {
		return err
	}
	if _, err := chain.Append(journal.TicketSplit, data, said(reason)); err != nil {
		return err
	}
	me := tx.Actor().Person()
	if me == "" || from.Owner != me {
		return nil
	}
	if err := ts.acknowledge(tx, chain, t, nil); err != nil {
		return err
	}
	if err := ts.own(tx, chain, t, me); err != nil {
		return err
	}
	return ts.touched(tx, chain, t.ID)
}
