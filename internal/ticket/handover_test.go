package ticket_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// owned opens a ticket that bob owns.
func (w *world) owned(severity string) *ticket.Ticket {
	w.t.Helper()
	var t *ticket.Ticket
	w.write("user:"+ann, func(tx *db.Tx) (err error) {
		t, err = w.tickets.Create(tx, ticket.Draft{Title: "Something odd", Severity: "medium"})
		return err
	})
	w.write("user:"+bob, func(tx *db.Tx) (err error) { t, err = w.tickets.Take(tx, t.ID); return err })
	return t
}

// offered offers a ticket of bob's to ann.
func (w *world) offered(t *ticket.Ticket) *ticket.Handover {
	w.t.Helper()
	var h *ticket.Handover
	w.write("user:"+bob, func(tx *db.Tx) (err error) {
		h, err = w.tickets.Offer(tx, t.ID, ticket.Offer{ToUser: ann, NextStep: "look at the logs"}, ticket.Worker{ID: bob})
		return err
	})
	return h
}

// readAll opens every section as a person and returns their ids.
func (w *world) readAll(h *ticket.Handover, person string) []string {
	w.t.Helper()
	ids := []string{}
	for _, s := range h.Briefing.Sections {
		ids = append(ids, s.ID)
		w.write("user:"+person, func(tx *db.Tx) error { _, err := w.tickets.OpenSection(tx, h.ID, s.ID, person); return err })
	}
	return ids
}

func (w *world) accept(person, id string, a ticket.Acceptance) error {
	return w.try(person, func(tx *db.Tx) error { _, err := w.tickets.Accept(tx, id, a); return err })
}

func slug(err error) string {
	if e := fault.As(err); e != nil {
		return e.Slug
	}
	return ""
}

func TestAnOfferReleasesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		h := w.offered(tk)
		v := w.view(tk.ID)
		expect(w.t, "owner", *v.Owner, bob)
		expect(w.t, "accountable", v.Accountable, bob)
		expect(w.t, "offered to", *v.OfferedTo, ann)
		expect(w.t, "the open offer", v.Handover.Number, "HO-1")
		expect(w.t, "sections", len(h.Briefing.Sections), 11)
		for _, s := range h.Briefing.Sections {
			if s.Text == "" && len(s.Items) == 0 && s.EmptyBecause == "" {
				w.t.Errorf("section %s is empty and does not say why", s.ID)
			}
		}
		err := w.try(bob, func(tx *db.Tx) error {
			_, err := w.tickets.Offer(tx, tk.ID, ticket.Offer{ToUser: ann, NextStep: "x"}, ticket.Worker{ID: bob})
			return err
		})
		expect(w.t, "a second offer", slug(err), "offer-open")
	})
}

func TestABriefingMustBeReadBeforeATicketIsAccepted(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		expect(w.t, "unread", slug(w.accept(ann, h.ID, ticket.Acceptance{Checklist: []string{"summary"}})), "briefing-unread")
		ids := w.readAll(h, ann)
		expect(w.t, "one not ticked", slug(w.accept(ann, h.ID, ticket.Acceptance{Checklist: ids[1:]})), "briefing-unread")
		expect(w.t, "by somebody else", slug(w.accept("u-eve", h.ID, ticket.Acceptance{Checklist: ids})), "not-recipient")
		if err := w.accept(ann, h.ID, ticket.Acceptance{Checklist: ids}); err != nil {
			w.t.Fatal(err)
		}
		v := w.view(h.Ticket)
		expect(w.t, "owner", *v.Owner, ann)
		expect(w.t, "accountable", v.Accountable, ann)
		if v.OfferedTo != nil || v.Handover != nil {
			w.t.Error("the offer still shows")
		}
		if err := w.accept(ann, h.ID, ticket.Acceptance{Checklist: ids}); err != nil {
			w.t.Errorf("accepting again: %v", err)
		}
	})
}

func TestWhatChangedSinceTheOfferIsConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		ids := w.readAll(h, ann)
		w.write("user:"+bob, func(tx *db.Tx) error {
			_, err := w.tickets.AddNote(tx, h.Ticket, ticket.Note{Text: "it spreads", Significant: true})
			return err
		})
		err := w.accept(ann, h.ID, ticket.Acceptance{Checklist: ids})
		expect(w.t, "unconfirmed", slug(err), "changed-since")
		seq, ok := fault.As(err).Extra["delta_seq"].(int64)
		if !ok {
			w.t.Fatalf("no delta_seq: %v", fault.As(err).Extra)
		}
		if err := w.accept(ann, h.ID, ticket.Acceptance{Checklist: ids, DeltaSeq: seq}); err != nil {
			w.t.Fatal(err)
		}
	})
}

func TestOfManyWhoAcceptAtOnceOneWinsAndTheOthersHearWho(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		var h *ticket.Handover
		w.write("system:test", func(tx *db.Tx) error {
			for _, id := range []string{"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"} {
				err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
					VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id, true, false)
				if err != nil {
					return err
				}
			}
			return nil
		})
		w.members = []string{"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"}
		w.write("user:"+bob, func(tx *db.Tx) (err error) {
			h, err = w.tickets.Offer(tx, tk.ID, ticket.Offer{ToTeam: "team", NextStep: "look"}, ticket.Worker{ID: bob})
			return err
		})
		var ids []string
		for _, m := range w.members {
			ids = w.readAll(h, m)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		wins, told := 0, 0
		for _, m := range w.members {
			wg.Go(func() {
				err := w.accept(m, h.ID, ticket.Acceptance{Checklist: ids})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					wins++
				case slug(err) == "handover-already-decided" && fault.As(err).Extra["decided_by"] != "":
					told++
				default:
					w.t.Errorf("unexpected: %v", err)
				}
			})
		}
		wg.Wait()
		expect(w.t, "winners and those who were told", [2]int{wins, told}, [2]int{1, 7})
	})
}

func TestDecliningNeedsACategoryAndAReasonAndLeavesTheOwner(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		for name, d := range map[string][2]string{"no category": {"", "not today, sorry"}, "strange category": {"bored", "not today, sorry"}, "short reason": {"no_capacity", "no"}} {
			err := w.try(ann, func(tx *db.Tx) error {
				_, err := w.tickets.Decline(tx, h.ID, d[0], d[1], ticket.Worker{ID: ann})
				return err
			})
			if !fault.Is(err, fault.Invalid) {
				w.t.Errorf("%s: %v", name, err)
			}
		}
		w.write("user:"+ann, func(tx *db.Tx) error {
			_, err := w.tickets.Decline(tx, h.ID, "no_capacity", "five critical ones already", ticket.Worker{ID: ann})
			return err
		})
		v := w.view(h.Ticket)
		expect(w.t, "owner", *v.Owner, bob)
		w.offered(&ticket.Ticket{ID: h.Ticket})
	})
}

func TestAnOfferThatNobodyAnswersExpiresAndLeavesTheOwner(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		*w.now = w.now.Add(3 * time.Hour)
		if err := w.tickets.ExpireOffers(context.Background()); err != nil {
			w.t.Fatal(err)
		}
		v := w.view(h.Ticket)
		expect(w.t, "owner", *v.Owner, bob)
		kinds := w.kinds(h.Ticket)
		expect(w.t, "the last entry", kinds[len(kinds)-1], journal.HandoverExpired)
		expect(w.t, "accepting late", slug(w.accept(ann, h.ID, ticket.Acceptance{})), "handover-already-decided")
	})
}

func TestWhoeverLeavesIsFollowedByTheLeadAndTheirTicketsAreOffered(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		w.write("user:"+ann, func(tx *db.Tx) error {
			if err := tx.Must(`UPDATE users SET active = $1 WHERE tenant = 'main' AND id = $2`, false, bob); err != nil {
				return err
			}
			return w.tickets.Leaving(tx, bob)
		})
		v := w.view(tk.ID)
		expect(w.t, "accountable", v.Accountable, ann)
		expect(w.t, "orphaned", v.Orphaned, true)
		expect(w.t, "offered to", *v.OfferedTo, "team")
	})
}

func TestTheDatabaseRefusesThatSomebodyLeavesWithoutASuccessor(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.owned("medium")
		err := w.try(ann, func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET active = $1 WHERE tenant = 'main' AND id = $2`, false, bob)
		})
		if !db.IsReference(err) {
			w.t.Errorf("got %v", err)
		}
	})
}

func TestBreakGlassTakesATicketAtOnceAndAsksForAReview(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		err := w.try(ann, func(tx *db.Tx) error { _, err := w.tickets.BreakGlass(tx, h.Ticket, "too short"); return err })
		if !fault.Is(err, fault.Invalid) {
			w.t.Errorf("a short reason: %v", err)
		}
		w.write("user:"+ann, func(tx *db.Tx) error {
			_, err := w.tickets.BreakGlass(tx, h.Ticket, "bob is on a plane and it spreads")
			return err
		})
		v := w.view(h.Ticket)
		expect(w.t, "owner", *v.Owner, ann)
		expect(w.t, "open tasks", v.OpenTasks, 1)
		expect(w.t, "the offer", slug(w.accept(ann, h.ID, ticket.Acceptance{})), "handover-already-decided")
	})
}

func TestAccountabilityMovesWithTheShift(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		var tk *ticket.Ticket
		w.write("user:"+ann, func(tx *db.Tx) (err error) {
			tk, err = w.tickets.Create(tx, ticket.Draft{Title: "Nobody has it", Severity: "low"})
			return err
		})
		mine := w.owned("medium")
		expect(w.t, "before", tk.Accountable, ann)
		w.onDuty = bob
		began := journal.Record{Kind: journal.DutyBegan, Tenant: "main", Data: []byte(`{"person":"u-bob","previous":"u-ann","primary":true,"team":"team"}`)}
		if err := w.tickets.FollowDuty(w.as("system:test"), []journal.Record{began}); err != nil {
			w.t.Fatal(err)
		}
		expect(w.t, "after", w.view(tk.ID).Accountable, bob)
		kinds := w.kinds(tk.ID)
		expect(w.t, "the last entry", kinds[len(kinds)-1], journal.OwnerAccountable)
		w.onDuty = ann
		over := journal.Record{Kind: journal.DutyBegan, Tenant: "main", Data: []byte(`{"person":"u-ann","previous":"u-bob","primary":true,"team":"team"}`)}
		if err := w.tickets.FollowDuty(w.as("system:test"), []journal.Record{over}); err != nil {
			w.t.Fatal(err)
		}
		v := w.view(mine.ID)
		expect(w.t, "who owns at the end of a shift", *v.Owner, bob)
		expect(w.t, "whom it is offered to", *v.OfferedTo, ann)
	})
}

func TestAnEnforcedExitCheckHoldsATicketUntilItIsMetOrWaived(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		w.write("user:"+ann, func(tx *db.Tx) error {
			_, err := w.tickets.SetPolicy(tx, ticket.PolicyChange{Sections: ticket.Sections{Exits: []string{"detect.tasks"}}, Reason: "learned"})
			return err
		})
		var task ticket.Task
		w.write("user:"+bob, func(tx *db.Tx) (err error) {
			task, err = w.tickets.AddTask(tx, tk.ID, ticket.NewTask{Title: "ask the owner of the bucket"})
			return err
		})
		move := func(m ticket.Move) error {
			return w.try(bob, func(tx *db.Tx) error { _, err := w.tickets.Move(tx, tk.ID, m, ticket.Worker{ID: bob}); return err })
		}
		expect(w.t, "with an open task", slug(move(ticket.Move{To: ticket.Analysis})), "exit-checks")
		done := ticket.TaskWaived
		err := w.try(bob, func(tx *db.Tx) error {
			_, err := w.tickets.ChangeTask(tx, tk.ID, task.ID, 0, ticket.TaskPatch{State: &done})
			return err
		})
		if !fault.Is(err, fault.Invalid) {
			w.t.Errorf("waived without a reason: %v", err)
		}
		done = ticket.TaskDone
		w.write("user:"+bob, func(tx *db.Tx) error {
			_, err := w.tickets.ChangeTask(tx, tk.ID, task.ID, 0, ticket.TaskPatch{State: &done})
			return err
		})
		if err := move(ticket.Move{To: ticket.Analysis}); err != nil {
			w.t.Fatal(err)
		}
	})
}

func TestACriticalTicketIsAcknowledgedByAPerson(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		var tk *ticket.Ticket
		w.write("user:"+ann, func(tx *db.Tx) (err error) {
			tk, err = w.tickets.Create(tx, ticket.Draft{Title: "Keys in a bucket", Severity: "critical"})
			return err
		})
		w.robots = []string{bob}
		ack := func(person string) error {
			return w.try(person, func(tx *db.Tx) error { _, err := w.tickets.Acknowledge(tx, tk.ID); return err })
		}
		expect(w.t, "by a service account", slug(ack(bob)), "needs-person")
		if err := ack(ann); err != nil {
			w.t.Fatal(err)
		}
	})
}

func TestAcknowledgingAgainAnswersALadderAndNothingElse(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tk := w.owned("medium")
		again := func() {
			w.write("user:"+bob, func(tx *db.Tx) error { _, err := w.tickets.Acknowledge(tx, tk.ID); return err })
		}
		before := len(w.kinds(tk.ID))
		again()
		expect(w.t, "entries while nobody asks", len(w.kinds(tk.ID)), before)
		w.write("system:sla", func(tx *db.Tx) error {
			_, err := w.journal.Append(tx, journal.Entry{Stream: ticket.Stream(tk.ID), Kind: journal.EscalationPaged, Data: map[string]any{"level": 1}})
			return err
		})
		again()
		again()
		kinds := w.kinds(tk.ID)
		expect(w.t, "the answer, once", kinds[before:], []string{journal.EscalationPaged, journal.TicketReconfirmed})
	})
}
