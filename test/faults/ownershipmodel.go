package main

import (
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// player is one person of the crowd that passes tickets on.
type player struct {
	id, token string
	team      *side
	leads     bool // may act on what others own
}

// side is a team; its lead answers for what nobody of it owns.
type side struct {
	id, lead string
}

// The kinds of operations.
const (
	opRead     = "read"
	opTake     = "take"
	opOffer    = "offer"
	opOpen     = "open"
	opAccept   = "accept"
	opDecline  = "decline"
	opWithdraw = "withdraw"
	opLook     = "look" // at an offer
	opReturn   = "return"
	opClose    = "close"
	opReopen   = "reopen"
	opRow      = "row" // the database itself, when all is quiet
)

// deed is what one client asked for.
type deed struct {
	kind  string
	who   *player
	offer string // which; of opOffer the one to be made
	to    string // of opOffer: a person or a team
	part  bool   // of opAccept: without having read the whole briefing
}

// reply is what came back, as far as it says who has the ticket. What it does not
// say is left empty, so that two can be compared.
type reply struct {
	unknown            bool // nobody answered: it may have happened, or happen later
	status             int
	slug               string
	owner, accountable string
	closed             bool
	offer              string // the open offer, or the one that was asked about
	state, by          string // of that offer
	from, to           string
	rev                int // of opRow
}

// custody is the model of one ticket: who has it, and what is offered.
type custody struct {
	owner, accountable string
	closed             bool
	rev                int
	offer                     // none: its zero value
	ended              string // how offers ended, each as a line
}

type offer struct{ id, from, to, by string }

// first is a ticket that was just opened for a team.
func first(s *side) custody { return custody{accountable: s.lead, rev: 1} }

// end closes the open offer, if there is one.
func (c custody) end(state, by string) custody {
	if c.id != "" {
		c.ended += strings.Join([]string{"\n" + c.id, state, by, c.from, c.to, ""}, "|")
		c.offer = offer{}
	}
	return c
}

// fate is how an offer stands; ok is false for one that does not exist.
func (c custody) fate(id string) (r reply, ok bool) {
	if id == "" {
		return r, false
	}
	if c.id == id {
		return reply{offer: id, state: "offered", from: c.from, to: c.to}, true
	}
	_, rest, ok := strings.Cut(c.ended, "\n"+id+"|")
	if !ok {
		return r, false
	}
	f := strings.SplitN(rest, "|", 5)
	return reply{offer: id, state: f[0], by: f[1], from: f[2], to: f[3]}, true
}

// owned gives the ticket to somebody; what is offered ends so.
func (c custody) owned(by, how string) custody {
	c = c.end(how, by)
	c.owner, c.accountable = by, by
	c.rev++
	return c
}

func (c custody) seen() reply {
	return reply{status: 200, owner: c.owner, accountable: c.accountable, closed: c.closed, offer: c.id}
}

func (c custody) refused(status int, slug string) (custody, reply) {
	return c, reply{status: status, slug: slug}
}

// do is the model: what an operation answers, and what is so afterwards.
func (c custody) do(d deed, of *side) (custody, reply) {
	switch d.kind {
	case opOpen, opAccept, opDecline, opWithdraw, opLook:
		return c.onOffer(d)
	case opRead:
		return c, c.seen()
	case opRow:
		r := c.seen()
		r.rev = c.rev
		return c, r
	case opTake:
		return c.take(d.who)
	case opOffer:
		return c.offered(d)
	case opReturn:
		return c.returned(d.who, of)
	case opClose:
		return c.close(d.who)
	}
	return c.reopen(of)
}

func (c custody) take(who *player) (custody, reply) {
	switch {
	case c.closed:
		return c.refused(409, "closed-ticket")
	case c.owner == who.id:
		return c, c.seen()
	case c.owner != "":
		return c, reply{status: 409, slug: "already-owned", owner: c.owner}
	}
	c = c.owned(who.id, "superseded")
	return c, c.seen()
}

func (c custody) offered(d deed) (custody, reply) {
	switch {
	case c.closed:
		return c.refused(409, "closed-ticket")
	case c.owner != d.who.id && !d.who.leads:
		return c.refused(403, "not-owner")
	case c.owner == d.to:
		return c.refused(422, "same-person")
	case c.id != "":
		return c, reply{status: 409, slug: "offer-open", offer: c.id}
	}
	c.offer = offer{d.offer, c.owner, d.to, d.who.id}
	r, _ := c.fate(d.offer)
	r.status = 201
	return c, r
}

func (c custody) returned(who *player, of *side) (custody, reply) {
	switch {
	case of.lead != who.id:
		return c.refused(403, "not-lead")
	case c.closed || c.owner == "":
		return c.refused(409, "not-owned")
	}
	c = c.end("superseded", who.id)
	c.owner, c.accountable = "", of.lead
	c.rev++
	return c, c.seen()
}

func (c custody) close(who *player) (custody, reply) {
	switch {
	case c.closed:
		return c.refused(409, "closed-ticket")
	case c.owner == "":
		return c.refused(409, "not-owned")
	case c.owner != who.id && !who.leads:
		return c.refused(403, "not-owner")
	}
	c = c.end("superseded", who.id)
	c.closed = true
	return c, c.seen()
}

func (c custody) reopen(of *side) (custody, reply) {
	if !c.closed {
		return c.refused(409, "not-closed")
	}
	c.closed = false
	if c.accountable = c.owner; c.owner == "" {
		c.accountable = of.lead
	}
	return c, c.seen()
}

// onOffer is what is asked of an offer that was made.
func (c custody) onOffer(d deed) (custody, reply) {
	f, ok := c.fate(d.offer)
	switch {
	case !ok:
		return c.refused(404, "not-found")
	case d.kind == opLook, d.kind == opAccept && f.state == "accepted" && f.by == d.who.id:
		f.status = 200
		return c, f
	case f.state != "offered":
		return c, reply{status: 409, slug: "handover-already-decided", state: f.state, by: f.by}
	}
	switch slug := c.mayNot(d); {
	case slug == "briefing-unread":
		return c.refused(422, slug)
	case slug != "":
		return c.refused(403, slug)
	}
	switch d.kind {
	case opAccept:
		c = c.owned(d.who.id, "accepted")
	case opDecline:
		c = c.end("declined", d.who.id)
	case opWithdraw:
		c = c.end("withdrawn", d.who.id)
	}
	f, _ = c.fate(d.offer)
	f.status = 200
	return c, f
}

// mayNot says why somebody is refused at an open offer.
func (c custody) mayNot(d deed) string {
	me, mine := d.who, c.to == d.who.id
	switch d.kind {
	case opAccept:
		if !mine && c.to != me.team.id || me.id == c.from {
			return "not-recipient"
		}
		if d.part {
			return "briefing-unread"
		}
	case opDecline:
		if !mine && (c.to != me.team.id || me.team.lead != me.id && !me.leads) {
			return "not-recipient"
		}
	case opWithdraw:
		if !slices.Contains([]string{c.from, c.owner, c.by}, me.id) && !me.leads {
			return "not-owner"
		}
	}
	return ""
}

// explain is how porcupine asks the model. What nobody answered has happened or
// not. That something has changed since an offer was made only puts it off.
func explain(c custody, d deed, r reply, of *side) []any {
	next, want := c.do(d, of)
	switch {
	case r.unknown:
		return []any{c, next}
	case r.slug == "changed-since" && d.kind == opAccept && want.status == 200 && next != c:
		return []any{c}
	case want == r:
		return []any{next}
	}
	return nil
}

func modelOf(of *side) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{first(of)} },
		Step: func(state, in, out any) []any { return explain(state.(custody), in.(deed), out.(reply), of) },
		DescribeOperation: func(in, out any) string {
			return in.(deed).String() + " -> " + out.(reply).String()
		},
	}
	return m.ToModel()
}
