package ticket_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// play is a run of random commands by random people, beside a model of who has
// each ticket.
type play struct {
	*world
	*cast
	rt      *rapid.T
	tickets []*entrusted
}

// TestWhoeverHasATicketHasItUntilAnotherDoes plays random commands and holds
// after each that every open ticket is whose the model says, that one active
// person answers for it, and that its record says the same.
func TestWhoeverHasATicketHasItUntilAnotherDoes(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := &cast{}
		w.staff(c)
		slow := strings.HasSuffix(w.t.Name(), "PostgreSQL")
		rapid.Check(w.t, func(rt *rapid.T) {
			if slow && rapid.IntRange(0, 3).Draw(rt, "played here") > 0 { // drawn, so that a failure comes again
				return
			}
			p := &play{world: w, cast: c, rt: rt}
			p.curtain()
			p.create()
			rt.Repeat(map[string]func(*rapid.T){
				"create":      func(*rapid.T) { p.create() },
				"take":        func(*rapid.T) { p.takeOne() },
				"offer":       func(*rapid.T) { p.offerOne() },
				"offer again": func(*rapid.T) { p.offerOne() },
				"accept":      func(*rapid.T) { p.acceptOne() },
				"accept it":   func(*rapid.T) { p.acceptOne() },
				"decline":     func(*rapid.T) { p.declineOne() },
				"withdraw":    func(*rapid.T) { p.withdrawOne() },
				"expire":      func(*rapid.T) { p.expire() },
				"note":        func(*rapid.T) { p.note() },
				"close":       func(*rapid.T) { p.closeOne() },
				"reopen":      func(*rapid.T) { p.reopenOne() },
				"merge":       func(*rapid.T) { p.mergeOne() },
				"unmerge":     func(*rapid.T) { p.unmergeOne() },
				"leave":       func(*rapid.T) { p.leave() },
				"come back":   func(*rapid.T) { p.comeBack() },
				"return":      func(*rapid.T) { p.returnOne() },
				"break glass": func(*rapid.T) { p.breakOne() },
				"shift":       func(*rapid.T) { p.shift() },
				"lead":        func(*rapid.T) { p.anotherLead() },
				"":            func(*rapid.T) { p.check() },
			})
		})
		w.verified()
	})
}

// staff gives the world its people, as rooms that know them would tell.
func (w *world) staff(c *cast) {
	w.tickets = ticket.New(w.d, w.journal, w.findings, ticket.People{
		Intake: func(*db.Tx) (string, string, error) { return soc, c.leads[soc], nil },
		Lead:   func(_ *db.Tx, team string) (string, error) { return c.leads[team], nil },
		OnDuty: func(_ *db.Tx, team string) (string, error) { return c.duty[team], nil },
		Active: isActive, Works: isActive,
		Member: func(tx *db.Tx, team, person string) (bool, error) {
			ok, err := isActive(tx, person)
			return ok && slices.Contains(membersOf(team), person), err
		},
		Names: func(*db.Tx, []string) (map[string]string, error) { return map[string]string{}, nil },
		Zone:  func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	})
	w.write("system:test", func(tx *db.Tx) error {
		for _, id := range []string{cy, dee, eve} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id, true, false)
			if err != nil {
				return err
			}
		}
		return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','red','Red',$1,$2,$3,0,0,1)`, false, dee, true)
	})
}

func isActive(tx *db.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM users WHERE tenant = $1 AND id = $2 AND active`, tx.Tenant(), id).Scan(&n)
	return n == 1, err
}

// curtain begins anew: everybody is there, and what earlier runs left open is
// closed.
func (p *play) curtain() {
	p.rt.Helper()
	p.leads, p.duty, p.active = map[string]string{soc: ann, red: dee}, map[string]string{}, map[string]bool{}
	for _, id := range everybody() {
		p.active[id] = true
	}
	p.write("system:test", func(tx *db.Tx) error {
		open, err := ticket.OpenAfter(tx, "", 10_000)
		if err != nil {
			return err
		}
		for _, id := range open {
			err := tx.Must(`UPDATE ticket SET phase = 'closed', closed_at = $1, accountable_active = NULL WHERE tenant = $2 AND id = $3`, tx.Now(), tx.Tenant(), id)
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE handover SET state = 'expired', decided_at = $1 WHERE tenant = $2 AND state = 'offered'`, tx.Now(), tx.Tenant()); err != nil {
			return err
		}
		if _, err = tx.Exec(`UPDATE users SET active = $1 WHERE tenant = $2`, true, tx.Tenant()); err != nil {
			return err
		}
		return tx.Must(`UPDATE team SET lead = $1 WHERE tenant = $2 AND id = 'red'`, dee, tx.Tenant())
	})
}

// one draws a ticket, and later lets time pass.
func (p *play) one() *entrusted {
	p.later(time.Second)
	return rapid.SampledFrom(p.tickets).Draw(p.rt, "ticket")
}

// actor draws somebody who is there.
func (p *play) actor() string {
	there := []string{}
	for _, id := range everybody() {
		if p.active[id] {
			there = append(there, id)
		}
	}
	return rapid.SampledFrom(there).Draw(p.rt, "actor")
}

func as(person string) ticket.Worker { return ticket.Worker{ID: person, Leads: mayForce(person)} }

// says compares how a command ended with what the model says.
func (p *play) says(what, want string, err error) {
	p.rt.Helper()
	got := slug(err)
	if err != nil && got == "" {
		got = string(fault.As(err).Code)
	}
	if got != want {
		p.rt.Fatalf("%s: %q (%v), the model says %q", what, got, err, want)
	}
}

func (p *play) create() {
	p.later(time.Second)
	t := &entrusted{team: rapid.SampledFrom([]string{soc, red}).Draw(p.rt, "team")}
	t.accountable = p.answers(t.team)
	p.says("create", "", p.try(ann, func(tx *db.Tx) error {
		made, err := p.world.tickets.Create(tx, ticket.Draft{Title: "Something odd", Team: t.team})
		if err == nil {
			t.id = made.ID
		}
		return err
	}))
	p.tickets = append(p.tickets, t)
}

func (p *play) takeOne() {
	t, me := p.one(), p.actor()
	err := p.try(me, func(tx *db.Tx) error { _, err := p.world.tickets.Take(tx, t.id); return err })
	p.says("take", t.take(me), err)
}

func (p *play) offerOne() {
	t, me, b := p.one(), p.actor(), &bid{}
	if to := rapid.SampledFrom(append(everybody(), soc, red)).Draw(p.rt, "to"); to == soc || to == red {
		b.toTeam = to
	} else {
		b.toUser = to
	}
	err := p.try(me, func(tx *db.Tx) error {
		h, err := p.world.tickets.Offer(tx, t.id, offerOf(b), as(me))
		if err == nil {
			b.id = h.ID
		}
		return err
	})
	p.says("offer", t.offer(p.cast, me, b), err)
}

// offered draws a ticket that is offered, or was.
func (p *play) offered() (t *entrusted, id string) {
	some := []*entrusted{}
	for _, t := range p.tickets {
		if t.bid != nil || t.last != nil {
			some = append(some, t)
		}
	}
	if len(some) == 0 {
		p.rt.Skip("nothing is offered")
	}
	p.later(time.Second)
	t = rapid.SampledFrom(some).Draw(p.rt, "offered")
	if t.bid != nil {
		return t, t.bid.id
	}
	return t, t.last.id
}

// acceptOne reads the whole briefing, accepts, and confirms what has changed.
func (p *play) acceptOne() {
	t, id := p.offered()
	me := p.actor()
	a := ticket.Acceptance{}
	var h *ticket.Handover
	p.must(p.d.Read(p.as("x"), func(tx *db.Tx) (err error) { h, err = p.world.tickets.Handover(tx, id); return err }))
	for _, s := range h.Briefing.Sections {
		a.Checklist = append(a.Checklist, s.ID)
		if t.bid != nil {
			p.must(p.try(me, func(tx *db.Tx) error { _, err := p.world.tickets.OpenSection(tx, id, s.ID, me); return err }))
		}
	}
	err := p.accept(me, id, a)
	if slug(err) == "changed-since" {
		seq, _ := fault.As(err).Extra["delta_seq"].(int64)
		a.DeltaSeq = seq
		err = p.accept(me, id, a)
	}
	p.says("accept", t.accept(me), err)
}

func (p *play) declineOne() {
	t, id := p.offered()
	me := p.actor()
	err := p.try(me, func(tx *db.Tx) error {
		_, err := p.world.tickets.Decline(tx, id, ticket.NoCapacity, "too much to do", as(me))
		return err
	})
	p.says("decline", t.decline(p.cast, me), err)
}

func (p *play) withdrawOne() {
	t, id := p.offered()
	me := p.actor()
	err := p.try(me, func(tx *db.Tx) error { _, err := p.world.tickets.Withdraw(tx, id, "", as(me)); return err })
	p.says("withdraw", t.withdraw(me), err)
}

func (p *play) expire() {
	p.later(2*time.Hour + time.Second)
	p.must(p.world.tickets.ExpireOffers(p.as("system:ticket")))
	for _, t := range p.tickets {
		t.end("expired", "")
	}
}

func (p *play) note() {
	t := p.one()
	p.says("note", "", p.try(p.actor(), func(tx *db.Tx) error {
		_, err := p.world.tickets.AddNote(tx, t.id, ticket.Note{Text: "it spreads", Significant: true})
		return err
	}))
}

func (p *play) closeOne() {
	t, me := p.one(), p.actor()
	var at int64
	err := p.try(me, func(tx *db.Tx) error {
		at = tx.Now()
		_, err := p.world.tickets.Close(tx, t.id, ticket.Close{Resolution: ticket.AcceptedRisk, Reason: "enough"}, as(me))
		return err
	})
	p.says("close", t.close(me, at), err)
}

func (p *play) reopenOne() {
	t, me := p.one(), p.actor()
	var at int64
	err := p.try(me, func(tx *db.Tx) error {
		at = tx.Now()
		_, err := p.world.tickets.Reopen(tx, t.id, "", "more came")
		return err
	})
	p.says("reopen", t.reopen(p.cast, at), err)
}

// mergeOne is done by a lead with a reason: who may merge is tried elsewhere.
func (p *play) mergeOne() {
	into, t := p.one(), p.one()
	if into == t || into.closed || t.into != "" {
		p.rt.Skip("these two are not merged")
	}
	_, err := p.merge(as(ann), into.id, "the same thing", t.id)
	p.says("merge", "", err)
	if t.end("superseded", ann); !t.closed {
		t.closedAt = p.now.UnixMicro()
	}
	t.wasClosed, t.closed, t.into = t.closed, true, into.id
}

func (p *play) unmergeOne() {
	t := p.one()
	if t.into == "" {
		p.rt.Skip("it stands by itself")
	}
	p.says("unmerge", "", p.unmerge(as(ann), t.id, "two things after all"))
	if t.into = ""; !t.wasClosed {
		t.again(p.cast)
	}
}

func (p *play) returnOne() {
	t, me := p.one(), p.actor()
	err := p.try(me, func(tx *db.Tx) error {
		_, err := p.world.tickets.ReturnToIntake(tx, t.id, "somebody else should look")
		return err
	})
	p.says("return", t.giveBack(p.cast, me), err)
}

func (p *play) breakOne() {
	t, me := p.one(), p.actor()
	err := p.try(me, func(tx *db.Tx) error {
		_, err := p.world.tickets.BreakGlass(tx, t.id, "nobody answers and it is urgent now")
		return err
	})
	p.says("break glass", t.breakGlass(me), err)
}

// leave deactivates somebody who leads nothing, as identity does.
func (p *play) leave() {
	who := rapid.SampledFrom([]string{bob, cy, eve}).Draw(p.rt, "who leaves")
	if !p.active[who] || who == p.leads[red] {
		p.rt.Skip("they are needed")
	}
	p.later(time.Second)
	for team, on := range p.duty {
		if on == who { // their shifts become gaps
			p.duty[team] = ""
		}
	}
	p.says("leave", "", p.try(ann, func(tx *db.Tx) error {
		if err := p.world.tickets.Leaving(tx, who); err != nil {
			return err
		}
		return tx.Must(`UPDATE users SET active = $1 WHERE tenant = $2 AND id = $3`, false, tx.Tenant(), who)
	}))
	p.active[who] = false
	for _, t := range p.tickets {
		t.leaves(p.cast, who)
	}
	p.learn()
}

// learn asks for the ids of the offers that were made by themselves.
func (p *play) learn() {
	p.must(p.d.Read(p.as("x"), func(tx *db.Tx) error {
		for _, t := range p.tickets {
			if t.bid == nil || t.bid.id != "" {
				continue
			}
			ids, err := db.Strings(tx, `SELECT id FROM handover WHERE tenant = $1 AND ticket = $2 AND state = 'offered'`, tx.Tenant(), t.id)
			if err != nil {
				return err
			}
			if len(ids) != 1 {
				return fmt.Errorf("%s has %d open offers, the model one", t.id, len(ids))
			}
			t.bid.id = ids[0]
		}
		return nil
	}))
}

func (p *play) comeBack() {
	for _, id := range everybody() {
		if !p.active[id] {
			p.active[id] = true
			p.write("system:test", func(tx *db.Tx) error {
				return tx.Must(`UPDATE users SET active = $1 WHERE tenant = $2 AND id = $3`, true, tx.Tenant(), id)
			})
			return
		}
	}
	p.rt.Skip("nobody is away")
}

// shift puts another on duty for a team.
func (p *play) shift() {
	p.later(time.Second)
	team := rapid.SampledFrom([]string{soc, red}).Draw(p.rt, "team")
	previous, next := p.duty[team], rapid.SampledFrom(append(membersOf(team), "")).Draw(p.rt, "on duty")
	if next != "" && !p.active[next] {
		p.rt.Skip("they are away")
	}
	p.duty[team] = next
	p.tell(journal.DutyBegan, fmt.Sprintf(`{"team":%q,"person":%q,"previous":%q,"primary":true}`, team, next, previous))
	for _, t := range p.tickets {
		if t.team == team && !t.closed && t.owner == "" {
			t.accountable = p.answers(team)
		}
		t.offeredOn(p.cast, team, previous, next)
	}
	p.learn()
}

func (p *play) anotherLead() {
	next := rapid.SampledFrom([]string{dee, eve}).Draw(p.rt, "lead of red")
	if !p.active[next] || p.leads[red] == next {
		p.rt.Skip("no other")
	}
	p.later(time.Second)
	p.leads[red] = next
	p.write("system:test", func(tx *db.Tx) error {
		return tx.Must(`UPDATE team SET lead = $1 WHERE tenant = $2 AND id = 'red'`, next, tx.Tenant())
	})
	p.tell(journal.TeamChanged, `{"team":"red"}`)
	for _, t := range p.tickets {
		if t.team == red && !t.closed && t.owner == "" {
			t.accountable = p.answers(red)
		}
	}
}

// tell lets the reader of the journal hear of an entry.
func (p *play) tell(kind, data string) {
	p.rt.Helper()
	p.must(p.world.tickets.FollowDuty(p.as("system:ticket.duty"), []journal.Record{{Kind: kind, Data: []byte(data)}}))
}

func (p *play) must(err error) {
	p.rt.Helper()
	if err != nil {
		p.rt.Fatal(err)
	}
}

// check compares every ticket with the model, and the rows with the record.
func (p *play) check() {
	p.rt.Helper()
	p.must(p.d.Read(p.as("x"), func(tx *db.Tx) error {
		for _, t := range p.tickets {
			if err := p.checkOne(tx, t); err != nil {
				return err
			}
		}
		for after := ""; ; {
			bad, next, err := p.world.tickets.VerifyOwnership(tx, after, 3)
			if len(bad) > 0 {
				err = fmt.Errorf("the record differs: %+v", bad)
			}
			if err != nil {
				return err
			}
			if after = next; after == "" {
				return nil
			}
		}
	}))
}

func (p *play) checkOne(tx *db.Tx, t *entrusted) error {
	row, err := p.world.tickets.Get(tx, t.id)
	if err != nil {
		return err
	}
	offered := ""
	if t.bid != nil {
		offered = t.bid.toUser + t.bid.toTeam
	}
	got := fmt.Sprintf("owner %s, accountable %s, offered to %s, open %v", row.Owner, row.Accountable, row.OfferedTo, row.Open())
	want := fmt.Sprintf("owner %s, accountable %s, offered to %s, open %v", t.owner, t.accountable, offered, !t.closed)
	if got != want {
		return fmt.Errorf("%s: %s; the model says %s", t.id, got, want)
	}
	if !t.closed && !p.active[t.accountable] {
		return fmt.Errorf("nobody who is there answers for %s", t.id)
	}
	return nil
}
