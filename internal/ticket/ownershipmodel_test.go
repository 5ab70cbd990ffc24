package ticket_test

import (
	"slices"

	"tocsin/internal/ticket"
)

// cast is who there is and what may change about them.
type cast struct {
	leads  map[string]string // team -> its lead
	duty   map[string]string // team -> who is on duty; "" in a gap
	active map[string]bool
}

// the people and teams of the play; those of red come second.
const (
	cy, dee, eve = "u-cy", "u-dee", "u-eve"
	soc, red     = "team", "red"
)

func everybody() []string { return []string{ann, bob, cy, dee, eve} }

func membersOf(team string) []string {
	if team == red {
		return []string{dee, eve, cy}
	}
	return []string{ann, bob, cy}
}

// mayForce is who may act on what others own.
func mayForce(person string) bool { return person == ann || person == dee || person == eve }

func (c *cast) answers(team string) string {
	if on := c.duty[team]; on != "" {
		return on
	}
	return c.leads[team]
}

// bid is an offer as the model knows it.
type bid struct{ id, from, toUser, toTeam, by string }

// entrusted is a ticket as the model knows it.
type entrusted struct {
	id, team           string
	owner, accountable string
	closed, wasClosed  bool
	into               string // id of the ticket it was merged into
	closedAt           int64
	bid                *bid
	last               *bid // the offer before, and how it ended
	ended, endedBy     string
}

func (t *entrusted) end(how, by string) {
	if t.bid != nil {
		t.last, t.ended, t.endedBy, t.bid = t.bid, how, by, nil
	}
}

func (t *entrusted) give(to, how string) {
	t.end(how, to)
	t.owner, t.accountable = to, to
}

// again is the ticket coming back from being closed.
func (t *entrusted) again(c *cast) {
	t.closed = false
	if t.owner != "" && c.active[t.owner] {
		t.accountable = t.owner
		return
	}
	t.owner, t.accountable = "", c.answers(t.team)
}

func (t *entrusted) take(me string) string {
	switch {
	case t.closed:
		return "closed-ticket"
	case t.owner == me && t.accountable == me:
		return ""
	case t.owner != "" && t.owner != me:
		return "already-owned"
	}
	t.give(me, "superseded")
	return ""
}

func (t *entrusted) offer(c *cast, me string, b *bid) string {
	switch {
	case t.closed:
		return "closed-ticket"
	case t.owner != me && !mayForce(me):
		return "not-owner"
	case b.toUser != "" && b.toUser == t.owner:
		return "same-person"
	case b.toUser != "" && !c.active[b.toUser]:
		return "invalid"
	case t.bid != nil:
		return "offer-open"
	}
	b.from, b.by = t.owner, me
	t.bid = b
	return ""
}

// mine reports whether an offer was made to somebody or a team of theirs.
func (b *bid) mine(me string) bool {
	return b.toUser == me || b.toTeam != "" && slices.Contains(membersOf(b.toTeam), me)
}

func (t *entrusted) accept(me string) string {
	switch {
	case t.bid == nil && t.ended == "accepted" && t.endedBy == me:
		return ""
	case t.bid == nil:
		return "handover-already-decided"
	case !t.bid.mine(me) || t.bid.from == me:
		return "not-recipient"
	}
	t.give(me, "accepted")
	return ""
}

func (t *entrusted) decline(c *cast, me string) string {
	switch {
	case t.bid == nil:
		return "handover-already-decided"
	case t.bid.toUser != me && !(t.bid.toTeam != "" && (c.leads[t.bid.toTeam] == me || t.bid.mine(me) && mayForce(me))):
		return "not-recipient"
	}
	t.end("declined", me)
	return ""
}

func (t *entrusted) withdraw(me string) string {
	switch {
	case t.bid == nil:
		return "handover-already-decided"
	case t.bid.from != me && t.owner != me && t.bid.by != me && !mayForce(me):
		return "not-owner"
	}
	t.end("withdrawn", me)
	return ""
}

func (t *entrusted) giveBack(c *cast, me string) string {
	switch {
	case c.leads[t.team] != me:
		return "not-lead"
	case t.closed || t.owner == "":
		return "not-owned"
	}
	t.end("superseded", me)
	t.owner, t.accountable = "", me
	return ""
}

func (t *entrusted) breakGlass(me string) string {
	switch {
	case t.closed:
		return "closed-ticket"
	case t.owner == me:
		return "already-owned"
	}
	t.give(me, "superseded")
	return ""
}

func (t *entrusted) close(me string, now int64) string {
	switch {
	case t.closed:
		return "closed-ticket"
	case t.owner == "":
		return "not-owned"
	case t.owner != me && !mayForce(me):
		return "not-owner"
	}
	t.end("superseded", me)
	t.closed, t.closedAt = true, now
	return ""
}

func (t *entrusted) reopen(c *cast, now int64) string {
	switch {
	case !t.closed:
		return "not-closed"
	case t.into != "":
		return "merged"
	case now-t.closedAt > 7*24*3600*1_000_000:
		return "too-late"
	}
	t.again(c)
	return ""
}

// leaves is what becomes of a ticket when somebody does. The offer that it makes
// is known by what the row says.
func (t *entrusted) leaves(c *cast, who string) {
	if t.closed {
		return
	}
	if t.bid != nil && t.bid.toUser == who {
		t.end("superseded", "")
	}
	if t.owner == who {
		t.end("superseded", "")
		t.accountable = c.leads[t.team]
		t.bid = &bid{from: who, toTeam: t.team}
	}
	if t.accountable == who {
		t.accountable = c.answers(t.team)
	}
}

// offeredOn is what the end of a shift does with what its person owns.
func (t *entrusted) offeredOn(c *cast, team, previous, next string) {
	if t.closed || t.team != team || t.owner != previous || previous == "" || previous == next || t.bid != nil {
		return
	}
	if t.bid = (&bid{from: previous, toUser: next}); next == "" || !c.active[next] {
		t.bid.toUser, t.bid.toTeam = "", team
	}
}

func offerOf(b *bid) ticket.Offer {
	return ticket.Offer{ToUser: b.toUser, ToTeam: b.toTeam, NextStep: "go on from here"}
}
