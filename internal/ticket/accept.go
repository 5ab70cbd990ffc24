package ticket

import (
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Acceptance is what somebody says who accepts an offer.
type Acceptance struct {
	Checklist []string // ids of the sections of the briefing that were opened
	DeltaSeq  int64    // up to where what changed since the offer was read; 0 for nothing
}

// OpenSection notes that a section of a briefing was opened, by somebody who
// may accept the offer; for anybody else it notes nothing.
func (ts *Tickets) OpenSection(tx *db.Tx, id, section, person string) (*Handover, error) {
	h, err := ts.Handover(tx, id)
	if err != nil {
		return nil, err
	}
	s := h.Briefing.section(section)
	if s == nil {
		return nil, fault.Field("body.section", "must be one of %v", h.Briefing.ids())
	}
	if h.State != Offered {
		return nil, ts.decided(tx, h)
	}
	mine, err := ts.mayAccept(tx, h, person)
	if err != nil || !mine {
		return h, err
	}
	_, err = tx.Exec(`INSERT INTO handover_read(tenant, handover, person, section, hash, at) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING`,
		tx.Tenant(), h.ID, person, s.ID, s.Hash, tx.Now())
	return h, fault.Wrap(err, "noting what was read")
}

// mayAccept reports whether an offer was made to somebody or to a team of
// theirs.
func (ts *Tickets) mayAccept(tx *db.Tx, h *Handover, person string) (bool, error) {
	if person == "" || h.ToUser != "" && h.ToUser != person {
		return false, nil
	}
	if h.ToTeam != "" {
		if member, err := ts.member(tx, h.ToTeam, person); err != nil || !member {
			return false, err
		}
	}
	return ts.works(tx, person)
}

// Accept makes the person who acts the owner. Of many who accept at once one
// wins: the offer is closed by a conditional update first, and the ticket after
// it. It is refused while a section of the briefing is unread (422
// briefing-unread) or something has changed since that was not read (409
// changed-since). Doing it again is the same for who has won.
func (ts *Tickets) Accept(tx *db.Tx, id string, a Acceptance) (*Handover, error) {
	h, err := ts.Handover(tx, id)
	if err != nil {
		return nil, err
	}
	if h.State != Offered {
		return ts.late(tx, h)
	}
	me := tx.Actor().Person()
	mine, err := ts.mayAccept(tx, h, me)
	if err != nil {
		return nil, err
	}
	if !mine || me == h.From {
		return nil, fault.New(fault.Denied, "The offer was made to another person or team.").WithSlug("not-recipient")
	}
	read, err := ts.read(tx, h, me, a)
	if err != nil {
		return nil, err
	}
	return ts.accept(tx, h, a, read)
}

// late answers who accepts what is decided: the winner has what they ask for,
// be it that their first try was answered too late for them.
func (ts *Tickets) late(tx *db.Tx, h *Handover) (*Handover, error) {
	if h.State == Accepted && h.DecidedBy == tx.Actor().Person() {
		return h, nil
	}
	return nil, ts.decided(tx, h)
}

// opened is a section that was read.
type opened struct {
	section, hash string
	at            int64
}

// read holds that every section of the briefing was opened and ticked.
func (ts *Tickets) read(tx *db.Tx, h *Handover, person string, a Acceptance) ([]opened, error) {
	read, err := openedBy(tx, h.ID, person)
	if err != nil {
		return nil, err
	}
	unread := []string{}
	for _, s := range h.Briefing.Sections {
		seen := slices.ContainsFunc(read, func(o opened) bool { return o.section == s.ID })
		if !seen || !slices.Contains(a.Checklist, s.ID) {
			unread = append(unread, s.ID)
		}
	}
	if len(unread) > 0 {
		return nil, fault.New(fault.Invalid, "Read the whole briefing first: %d of %d sections are not opened.", len(unread), len(h.Briefing.Sections)).
			WithSlug("briefing-unread").WithExtra("unread", unread)
	}
	return read, nil
}

func (ts *Tickets) accept(tx *db.Tx, h *Handover, a Acceptance, read []opened) (*Handover, error) {
	t, err := ts.lock(tx, h.Ticket)
	if err != nil {
		return nil, err
	}
	now, err := ts.Handover(tx, h.ID)
	if err != nil {
		return nil, err
	}
	if now.State != Offered { // somebody was faster while we waited for the ticket
		return ts.late(tx, now)
	}
	delta, err := ts.Delta(tx, h)
	if err != nil {
		return nil, err
	}
	if delta.Seq > a.DeltaSeq {
		return nil, conflict(t, "changed-since", "has changed since it was offered; read what is new and confirm it").
			WithExtra("delta_seq", delta.Seq).WithExtra("changed", delta.Changed)
	}
	return ts.takeOver(tx, h, t, acceptance{delta.Seq, read})
}

// acceptance is what the entry of an acceptance says.
type acceptance struct {
	delta int64
	read  []opened
}

// takeOver moves the responsibility. The offer decides first; either update that
// finds nothing to do undoes both.
func (ts *Tickets) takeOver(tx *db.Tx, h *Handover, t *Ticket, a acceptance) (*Handover, error) {
	me := tx.Actor().Person()
	if err := decide(tx, h.ID, decision{Accepted, me, "", ""}); err != nil {
		return nil, err
	}
	n, err := tx.Exec(`UPDATE ticket SET owner = $1, accountable = $1, owned_at = $2, ownership_rev = ownership_rev + 1, offered_to = NULL
		WHERE tenant = $3 AND id = $4 AND ownership_rev = $5 AND closed_at IS NULL`, me, tx.Now(), tx.Tenant(), t.ID, h.BaseRev)
	if err != nil {
		return nil, fault.Wrap(err, "accepting %s", h.label())
	}
	if n == 0 {
		return nil, conflict(t, "handover-already-decided", "has another owner since it was offered")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if t.AcknowledgedAt == nil {
		if err := ts.acknowledge(tx, chain, t, nil); err != nil {
			return nil, err
		}
	}
	if _, err := chain.Append(journal.HandoverAccepted, acceptedData(tx, h, a), nil); err != nil {
		return nil, err
	}
	if err := ts.touched(tx, chain, t.ID); err != nil {
		return nil, err
	}
	return ts.Handover(tx, h.ID)
}

func acceptedData(tx *db.Tx, h *Handover, a acceptance) map[string]any {
	me := tx.Actor().Person()
	sections := []any{}
	first := tx.Now()
	for _, o := range a.read {
		sections = append(sections, map[string]any{"at": o.at, "hash": o.hash, "section": o.section})
		first = min(first, o.at)
	}
	return map[string]any{
		"by": me, "checklist": sections, "delta": a.delta, "from": h.From, "handover": h.ID, "owner": me, "read_ms": (tx.Now() - first) / 1000,
	}
}

// expireAtOnce bounds how many offers end in one transaction.
const expireAtOnce = 100

// ExpireOffers ends the offers whose time has passed. Who is responsible stays
// so; that nobody answered is journaled, and ladders begin from there.
func (ts *Tickets) ExpireOffers(ctx context.Context) error {
	for {
		due, err := ts.offersDue(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, d := range due {
			err := ts.db.Write(db.As(ctx, d.Tenant, "system:ticket"), func(tx *db.Tx) error { return ts.expire(tx, d.ID) })
			if err != nil {
				return err
			}
		}
		if len(due) < expireAtOnce {
			return nil
		}
	}
}

func (ts *Tickets) offersDue(ctx context.Context) (due []Due, err error) {
	err = ts.db.Read(db.As(ctx, db.Everyone, "system:ticket"), func(tx *db.Tx) error {
		due, err = db.All(tx, func(s db.Scanner) (d Due, err error) { return d, s.Scan(&d.Tenant, &d.ID, &d.At) },
			`SELECT tenant, id, expires_at FROM handover WHERE state = 'offered' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`, tx.Now(), expireAtOnce)
		return err
	})
	return due, fault.Wrap(err, "looking for offers whose time has passed")
}

func (ts *Tickets) expire(tx *db.Tx, id string) error {
	h, t, err := ts.lockOffer(tx, id)
	if fault.Is(err, fault.Conflict) || err == nil && h.ExpiresAt > tx.Now() {
		return nil // decided at the same moment
	}
	if err != nil {
		return err
	}
	_, err = ts.end(tx, h, t, ending{Expired, journal.HandoverExpired, "", ""})
	return err
}
