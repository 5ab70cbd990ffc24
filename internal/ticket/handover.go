package ticket

import (
	"encoding/hex"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// HandoverSeries is the series of handover numbers.
const HandoverSeries = "HO"

// HandoverState is how an offer stands.
type HandoverState string

// The states of an offer. All but the first are final.
const (
	Offered    HandoverState = "offered"
	Accepted   HandoverState = "accepted"
	Declined   HandoverState = "declined"
	Expired    HandoverState = "expired"
	Withdrawn  HandoverState = "withdrawn"
	Superseded HandoverState = "superseded"
)

// Handover is an offer of a ticket with its briefing. Making it moves nothing:
// whoever is responsible stays so until somebody has accepted.
type Handover struct {
	ID                string
	Number            int64
	Ticket            string
	From              string // who was responsible when it was made; "" when nobody owned the ticket
	ToUser, ToTeam    string // one of the two
	Auto              string // "", shift, orphan, ladder: who made it if not a person
	State             HandoverState
	NextStep, Risks   string
	Briefing          Briefing
	Hash              []byte // SHA-256 of the briefing's canonical bytes, as the journal has it
	BaseRev, BaseSeq  int64  // of ownership, and of the ticket's stream, when it was made
	MadeAt, ExpiresAt int64
	MadeBy            string // actor
	DecidedAt         *int64
	DecidedBy         string // person; "" for the clock
	Category, Reason  string
}

// Offer asks to hand a ticket over.
type Offer struct {
	ToUser, ToTeam  string // one of the two, ids
	NextStep, Risks string
	Auto            string
}

// Reasons why somebody declines.
const (
	WrongTeam   = "wrong_team"
	NoCapacity  = "no_capacity"
	MissingInfo = "missing_info"
	NotOnShift  = "not_on_shift"
)

// DeclineCategories lists them.
func DeclineCategories() []string { return []string{WrongTeam, NoCapacity, MissingInfo, NotOnShift} }

const (
	minDecline  = 10
	minTakeOver = 20
	maxBriefing = 20_000
)

// Offer makes an offer with a briefing of the ticket as it is now. The owner, a
// lead or the program itself may; of an unowned ticket a lead or the program.
// Conflicts: closed-ticket, offer-open, same-person.
func (ts *Tickets) Offer(tx *db.Tx, ref string, o Offer, w Worker) (*Handover, error) {
	o, err := o.normal()
	if err != nil {
		return nil, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := ts.mayOffer(tx, t, o, w); err != nil {
		return nil, err
	}
	return ts.offer(tx, t, o)
}

func (o Offer) normal() (_ Offer, err error) {
	if (o.ToUser == "") == (o.ToTeam == "") {
		return o, fault.Field("body.to_user", "name a person or a team, one of the two")
	}
	if o.NextStep, err = text("next_step", o.NextStep, 1, maxBriefing); err != nil {
		return o, err
	}
	o.Risks, err = text("risks", o.Risks, 0, maxBriefing)
	return o, err
}

func (ts *Tickets) mayOffer(tx *db.Tx, t *Ticket, o Offer, w Worker) error {
	switch {
	case !t.Open():
		return conflict(t, "closed-ticket", "is closed")
	case o.Auto == "" && t.Owner != w.ID && !w.Leads:
		return fault.New(fault.Denied, "%s is not yours; only its owner or a lead may offer it.", Number(t.Number)).WithSlug("not-owner")
	case o.ToUser != "" && o.ToUser == t.Owner:
		return fault.Field("body.to_user", "owns the ticket already").WithSlug("same-person")
	case o.Auto == "" && o.Risks == "" && t.Severity.Rank() >= severityHigh:
		return fault.Field("body.risks", "a %s ticket is offered with its risks", t.Severity)
	}
	if o.ToTeam != "" {
		if _, err := ts.people.Lead(tx, o.ToTeam); fault.Is(err, fault.Missing) {
			return fault.Field("body.to_team", "the team %s does not exist", o.ToTeam)
		} else if err != nil {
			return err
		}
	} else if err := ts.mayBeOffered(tx, o.ToUser); err != nil {
		return err
	}
	open, err := ts.openOffer(tx, t.ID)
	if err == nil && open != nil {
		err = conflict(t, "offer-open", "is offered already; withdraw that offer first").WithExtra("handover", open.ID)
	}
	return err
}

func (ts *Tickets) mayBeOffered(tx *db.Tx, person string) error {
	ok, err := ts.works(tx, person)
	if err == nil && !ok {
		err = fault.Field("body.to_user", "is not an active person who may work tickets")
	}
	return err
}

// works reports whether responsibility may be offered to somebody.
func (ts *Tickets) works(tx *db.Tx, person string) (bool, error) {
	if ts.people.Works == nil {
		return ts.people.Active(tx, person)
	}
	return ts.people.Works(tx, person)
}

// offer writes an offer that has been judged; the ticket is locked.
func (ts *Tickets) offer(tx *db.Tx, t *Ticket, o Offer) (*Handover, error) {
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	h := &Handover{
		ID: tx.NewID(), Ticket: t.ID, From: t.Owner, ToUser: o.ToUser, ToTeam: o.ToTeam, Auto: o.Auto, State: Offered,
		NextStep: o.NextStep, Risks: o.Risks, BaseRev: t.OwnershipRev, BaseSeq: chain.Seq(), MadeAt: tx.Now(), MadeBy: string(tx.Actor()),
	}
	if h.Number, err = tx.Number(HandoverSeries); err != nil {
		return nil, err
	}
	if h.ExpiresAt, err = ts.offerEnds(tx, t); err != nil {
		return nil, err
	}
	if h.Briefing, err = ts.brief(tx, t, o); err != nil {
		return nil, err
	}
	body, err := h.Briefing.bytes()
	if err != nil {
		return nil, err
	}
	h.Hash = h.Briefing.hash(body)
	if err := insertHandover(tx, h, body); err != nil {
		return nil, err
	}
	to := o.ToUser + o.ToTeam
	if err := tx.Must(`UPDATE ticket SET offered_to = $1 WHERE tenant = $2 AND id = $3`, to, tx.Tenant(), t.ID); err != nil {
		return nil, err
	}
	_, err = chain.Append(journal.HandoverOffered, map[string]any{
		"auto": h.Auto, "base": h.BaseSeq, "briefing": hex.EncodeToString(h.Hash), "expires_at": h.ExpiresAt, "from": h.From,
		"handover": h.ID, "number": h.Number, "to_team": h.ToTeam, "to_user": h.ToUser,
	}, map[string]any{"next_step": h.NextStep, "risks": h.Risks})
	if err != nil {
		return nil, err
	}
	return h, ts.touched(tx, chain, t.ID)
}

// offerEnds is until when an offer stands: what the targets say, or two hours.
func (ts *Tickets) offerEnds(tx *db.Tx, t *Ticket) (int64, error) {
	if ts.clocks.Offer == nil {
		return tx.Now() + 2*3600*1_000_000, nil
	}
	return ts.clocks.Offer(tx, t)
}

// Withdraw takes an offer back: its maker, the ticket's owner or a lead.
func (ts *Tickets) Withdraw(tx *db.Tx, id, reason string, w Worker) (*Handover, error) {
	reason, err := text("reason", reason, 0, maxReason)
	if err != nil {
		return nil, err
	}
	h, t, err := ts.lockOffer(tx, id)
	if err != nil {
		return nil, err
	}
	if h.From != w.ID && t.Owner != w.ID && h.MadeBy != string(db.Person(w.ID)) && !w.Leads {
		return nil, fault.New(fault.Denied, "Only who made the offer, the owner of the ticket or a lead may withdraw it.").WithSlug("not-owner")
	}
	return ts.end(tx, h, t, ending{Withdrawn, journal.HandoverWithdrawn, "", reason})
}

// Decline refuses an offer: whoever it was made to, or the lead of that team.
// The owner stays responsible.
func (ts *Tickets) Decline(tx *db.Tx, id, category, reason string, w Worker) (*Handover, error) {
	if !slices.Contains(DeclineCategories(), category) {
		return nil, fault.Field("body.category", "must be one of %v", DeclineCategories())
	}
	reason, err := text("reason", reason, minDecline, maxReason)
	if err != nil {
		return nil, err
	}
	h, t, err := ts.lockOffer(tx, id)
	if err != nil {
		return nil, err
	}
	if err := ts.mayDecline(tx, h, w); err != nil {
		return nil, err
	}
	return ts.end(tx, h, t, ending{Declined, journal.HandoverDeclined, category, reason})
}

func (ts *Tickets) mayDecline(tx *db.Tx, h *Handover, w Worker) error {
	if h.ToUser != "" && h.ToUser == w.ID {
		return nil
	}
	if h.ToTeam != "" {
		lead, err := ts.people.Lead(tx, h.ToTeam)
		if err != nil || lead == w.ID {
			return err
		}
		member, err := ts.member(tx, h.ToTeam, w.ID)
		if err != nil || member && w.Leads {
			return err
		}
		return fault.New(fault.Denied, "An offer to a team is declined by its lead; any member may accept it.").WithSlug("not-recipient")
	}
	return fault.New(fault.Denied, "The offer was made to another person.").WithSlug("not-recipient")
}

func (ts *Tickets) member(tx *db.Tx, team, person string) (bool, error) {
	if ts.people.Member == nil {
		lead, err := ts.people.Lead(tx, team)
		return lead == person, err
	}
	return ts.people.Member(tx, team, person)
}

// lockOffer loads an offer that is still open and locks its ticket. Whoever
// comes too late is told who decided.
func (ts *Tickets) lockOffer(tx *db.Tx, id string) (*Handover, *Ticket, error) {
	h, err := ts.Handover(tx, id)
	if err != nil {
		return nil, nil, err
	}
	t, err := ts.lock(tx, h.Ticket)
	if err != nil {
		return nil, nil, err
	}
	if h, err = ts.Handover(tx, h.ID); err == nil && h.State != Offered { // decided while we waited for the ticket
		err = ts.decided(tx, h)
	}
	return h, t, err
}

// decided says that somebody else was faster, and who.
func (ts *Tickets) decided(tx *db.Tx, h *Handover) error {
	names, err := ts.people.Names(tx, []string{h.DecidedBy})
	if err != nil {
		return err
	}
	e := fault.New(fault.Conflict, "The offer %s is %s already.", h.label(), h.State)
	if h.State == Accepted {
		e = fault.New(fault.Conflict, "%s has accepted the offer %s.", orSomebody(names[h.DecidedBy]), h.label())
	}
	return e.WithSlug("handover-already-decided").WithExtra("state", string(h.State)).WithExtra("decided_by", h.DecidedBy).
		WithExtra("decided_by_name", names[h.DecidedBy]).WithExtra("decided_at", db.TimeOrNil(h.DecidedAt))
}

func orSomebody(name string) string {
	if name == "" {
		return "Somebody"
	}
	return name
}

// ending is how an offer ends without being accepted.
type ending struct {
	state            HandoverState
	kind             string
	category, reason string
}

// end closes an offer that was not accepted; who is responsible stays so.
func (ts *Tickets) end(tx *db.Tx, h *Handover, t *Ticket, e ending) (*Handover, error) {
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return nil, err
	}
	if err := ts.conclude(tx, chain, h, e); err != nil {
		return nil, err
	}
	if err := ts.touched(tx, chain, t.ID); err != nil {
		return nil, err
	}
	return ts.Handover(tx, h.ID)
}

func (ts *Tickets) conclude(tx *db.Tx, chain *journal.Chain, h *Handover, e ending) error {
	if err := decide(tx, h.ID, decision{e.state, tx.Actor().Person(), e.category, e.reason}); err != nil {
		return err
	}
	if err := tx.Must(`UPDATE ticket SET offered_to = NULL WHERE tenant = $1 AND id = $2`, tx.Tenant(), h.Ticket); err != nil {
		return err
	}
	data := map[string]any{"from": h.From, "handover": h.ID}
	switch e.state {
	case Declined:
		declines, err := ts.declines(tx, h.Ticket)
		if err != nil {
			return err
		}
		data["category"], data["declines"] = e.category, declines
	case Expired:
		data["expired_at"], data["to_team"], data["to_user"] = h.ExpiresAt, h.ToTeam, h.ToUser
	case Superseded:
		data["cause"] = e.category
		delete(data, "from")
	}
	_, err := chain.Append(e.kind, data, said(e.reason))
	return err
}

// supersede ends the open offer of a ticket because something else decided.
func (ts *Tickets) supersede(tx *db.Tx, chain *journal.Chain, ticket, cause string) error {
	h, err := ts.openOffer(tx, ticket)
	if err != nil || h == nil {
		return err
	}
	return ts.conclude(tx, chain, h, ending{Superseded, journal.HandoverSuperseded, cause, ""})
}
