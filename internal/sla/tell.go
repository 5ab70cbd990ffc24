package sla

import (
	"context"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// TellReader is the reader that tells people of what happened to them.
const TellReader = "sla.tell"

// TellKinds are the entries that people are told of.
func TellKinds() []string {
	return []string{
		journal.HandoverOffered, journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverExpired, journal.HandoverWithdrawn,
		journal.HandoverSuperseded, journal.OwnerBreakGlass, journal.OwnerOrphaned, journal.OwnerReturned, journal.OwnerAccountable,
		journal.DutyEnding, journal.DutyGap, journal.EscalationPaged,
	}
}

// Tell tells people of what happened, each once, however often it is given an
// entry.
func (s *SLA) Tell(ctx context.Context, entries []journal.Record) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for i := range entries {
			if err := s.tellOf(tx, &entries[i]); err != nil {
				return fault.Wrap(err, "telling of %s", entries[i].Kind)
			}
		}
		return nil
	})
}

func (s *SLA) tellOf(tx *db.Tx, e *journal.Record) error {
	switch e.Kind {
	case journal.DutyEnding:
		return s.tellEnding(tx, e)
	case journal.DutyGap:
		return s.tellGap(tx, e)
	}
	id, ok := strings.CutPrefix(e.Stream, "ticket:")
	if !ok {
		return nil
	}
	t, err := s.tickets.Get(tx, id)
	if fault.Is(err, fault.Missing) {
		return nil // removed, since its time was over
	}
	if err != nil {
		return err
	}
	o := &telling{s: s, tx: tx, e: e, t: t}
	if err := o.tell(); err != nil {
		return err
	}
	return s.told(tx, o.notices)
}

// telling is one entry that people are told of.
type telling struct {
	s       *SLA
	tx      *db.Tx
	e       *journal.Record
	t       *ticket.Ticket
	notices []notify.Notice
}

func (o *telling) tell() error {
	switch o.e.Kind {
	case journal.HandoverOffered:
		return o.offered()
	case journal.HandoverAccepted:
		return o.decided("has accepted this ticket and is responsible for it now.", o.e.Get("by"), o.e.Get("from"))
	case journal.HandoverDeclined:
		return o.declined()
	case journal.HandoverExpired:
		return o.expired()
	case journal.HandoverWithdrawn, journal.HandoverSuperseded:
		return o.over()
	case journal.OwnerBreakGlass:
		return o.brokeGlass()
	case journal.OwnerOrphaned:
		o.to(notify.Decided, true, "Its owner has left: you answer for this ticket until somebody accepts it.", o.e.Get("accountable"))
	case journal.OwnerReturned:
		o.to(notify.Decided, false, "This ticket was given back to the intake of its team: you are not responsible for it any more.", o.e.Get("previous"))
	case journal.OwnerAccountable:
		o.accountable()
	case journal.EscalationPaged:
		return o.offerIt()
	}
	return nil
}

// to tells people of the entry. Whoever did it is not told.
func (o *telling) to(kind notify.Kind, urgent bool, text string, people ...string) {
	subject := o.e.Get("handover")
	if subject == "" {
		subject = o.t.ID
	}
	for _, id := range people {
		if id == "" || db.Person(id) == db.Actor(o.e.Actor) {
			continue
		}
		n := about(o.t, o.e.Kind+"|"+subject+"|"+seq(o.e)+"|"+id, kind, text)
		n.Person, n.Urgent = id, urgent
		if kind == notify.Offer {
			n.DueAt, n.OnDuty, n.Acts = number(o.e, "expires_at"), true, []notify.Act{notify.ActTake}
		}
		o.notices = append(o.notices, n)
	}
}

// named is how a person is called; "Somebody" when nobody knows.
func (o *telling) named(id string) (string, error) {
	if o.s.people.Names == nil || id == "" {
		return "Somebody", nil
	}
	names, err := o.s.people.Names(o.tx, []string{id})
	if err != nil || names[id] == "" {
		return "Somebody", err
	}
	return names[id], nil
}

func (o *telling) decided(what, who string, people ...string) error {
	name, err := o.named(who)
	if err != nil {
		return err
	}
	o.to(notify.Decided, false, name+" "+what, people...)
	return nil
}

// offered tells whoever may accept: the person, or of a team whoever is on duty;
// the whole team where nobody is.
func (o *telling) offered() error {
	people, err := o.receivers()
	if err != nil {
		return err
	}
	name, err := o.named(o.e.Get("from"))
	if err != nil {
		return err
	}
	urgent := o.t.Severity.Rank() >= severityHigh
	o.to(notify.Offer, urgent, name+" offers you this ticket. Read the briefing and accept or decline; until then its owner stays responsible.", people...)
	return nil
}

// severityHigh is the rank from which an offer waits for nothing.
const severityHigh = 3

// receivers are those to whom a ticket is offered.
func (o *telling) receivers() ([]string, error) {
	if who := o.e.Get("to_user"); who != "" {
		return []string{who}, nil
	}
	team := o.e.Get("to_team")
	who, err := askAt(o.s.people.OnTeam, o.tx, team)
	if err != nil || who != "" {
		return some(who), err
	}
	return askMany(o.s.people.Members, o.tx, team)
}

// declined tells the one who offered, and after three times lets a ladder begin.
func (o *telling) declined() error {
	name, err := o.named(db.Actor(o.e.Actor).Person())
	if err != nil {
		return err
	}
	o.to(notify.Decided, true, name+" has declined the offer of this ticket: its owner stays responsible.", o.e.Get("from"))
	if n := number(o.e, "declines"); n == 0 || n%3 != 0 || !o.t.Open() {
		return nil
	}
	return o.begin(triggerDeclines)
}

// begin starts a ladder of our own for the entry.
func (o *telling) begin(trigger string) error {
	if err := ticket.Hold(o.tx, o.t.ID); err != nil {
		return err
	}
	v, err := o.s.current(o.tx)
	if err != nil {
		return err
	}
	chain, err := o.s.journal.Follow(o.tx, o.e.Stream)
	if err != nil {
		return err
	}
	_, _, err = o.s.begin(o.tx, chain, run{ticket: o.t.ID, trigger: trigger, cycle: o.e.Seq, version: v.Number, beganAt: o.e.At})
	return err
}

// expired tells the one who offered, and who leads where it was offered.
func (o *telling) expired() error {
	people := []string{o.e.Get("from")}
	team := o.e.Get("to_team")
	if team == "" {
		team = o.t.Team
	}
	lead, err := o.s.lead(o.tx, team)
	if err != nil {
		return err
	}
	if lead != people[0] {
		people = append(people, lead)
	}
	o.to(notify.Decided, true, "Nobody accepted the offer of this ticket in time: its owner stays responsible.", people...)
	return nil
}

// over tells those to whom the ticket was offered that it is no more.
func (o *telling) over() error {
	story, err := journal.Story(o.tx, o.e.Stream, journal.HandoverOffered)
	if err != nil {
		return err
	}
	for i := range story {
		if story[i].Get("handover") != o.e.Get("handover") {
			continue
		}
		offer := &telling{s: o.s, tx: o.tx, e: &story[i], t: o.t}
		people, err := offer.receivers()
		if err != nil {
			return err
		}
		o.to(notify.Decided, false, "The offer of this ticket has ended: nothing is wanted of you.", people...)
	}
	return nil
}

// brokeGlass tells whoever was responsible, who leads the team, and managers.
func (o *telling) brokeGlass() error {
	name, err := o.named(o.e.Get("owner"))
	if err != nil {
		return err
	}
	lead, err := o.s.lead(o.tx, o.t.Team)
	if err != nil {
		return err
	}
	managers, err := askMany(o.s.people.Holders, o.tx, identity.Manager)
	if err != nil {
		return err
	}
	people := []string{}
	for _, id := range append([]string{o.e.Get("previous"), lead}, managers...) {
		if id != o.e.Get("owner") && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	o.to(notify.Decided, true, name+" has taken this ticket over at once, by a manager's right. It must be reviewed within three days.", people...)
	return nil
}

// accountable tells somebody that they answer for tickets that nobody owns. A
// shift brings many at once, so that one notice stands for those of an hour.
func (o *telling) accountable() {
	who := o.e.Get("accountable")
	if who == "" || who == o.e.Get("previous") {
		return
	}
	hour := o.e.At / (60 * minute)
	o.notices = append(o.notices, notify.Notice{
		Key: "accountable|" + who + "|" + decimal(hour), Person: who, Kind: notify.Shift, OnDuty: true,
		Text: "You answer now for tickets that nobody owns.",
	})
}

// offerIt offers the ticket to whom a level of a ladder called, when the level
// says so. Responsibility moves only when it is accepted; where an offer cannot
// be made, the call stands all the same.
func (o *telling) offerIt() error {
	who := o.e.Get("offer")
	if who == "" || o.s.offerTo == nil || !o.t.Open() || o.t.OfferedTo != "" || o.t.Owner == who {
		return nil
	}
	err := o.s.offerTo(o.tx, o.t.ID, who)
	if e := fault.As(err); e != nil && e.Code != fault.Internal && e.Code != fault.Unavailable && e.Code != fault.Busy {
		o.s.log.Info("a ladder could not offer its ticket", "ticket", o.t.ID, "why", e.Error())
		return nil
	}
	return err
}
