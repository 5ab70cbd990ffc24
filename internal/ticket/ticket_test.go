package ticket_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func TestAFindingBecomesATicketThatIsWorkedAndClosed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		res := w.take(control("one", nil))
		expect(w.t, "outcome", res.Outcome, finding.Opened)
		v := w.view(res.Number)
		expect(w.t, "phase", v.Phase, ticket.Detect)
		expect(w.t, "accountable", v.Accountable, ann)
		if v.Owner != nil || len(v.Assets) != 1 || v.Account != "111122223333" {
			w.t.Errorf("%+v", v)
		}
		act := func(person string, fn func(tx *db.Tx) (*ticket.Ticket, error)) error {
			return w.try(person, func(tx *db.Tx) error { _, err := fn(tx); return err })
		}
		must := func(err error) {
			w.t.Helper()
			if err != nil {
				w.t.Fatal(err)
			}
		}
		must(act(bob, func(tx *db.Tx) (*ticket.Ticket, error) { return w.tickets.Take(tx, res.Number) }))
		if err := act(ann, func(tx *db.Tx) (*ticket.Ticket, error) { return w.tickets.Take(tx, res.Number) }); !fault.Is(err, fault.Conflict) {
			w.t.Errorf("a second person took it: %v", err)
		}
		if err := act(bob, func(tx *db.Tx) (*ticket.Ticket, error) {
			return w.tickets.Close(tx, res.Number, ticket.Close{Resolution: ticket.Resolved, Reason: "done"}, ticket.Worker{ID: bob})
		}); !fault.Is(err, fault.Conflict) {
			w.t.Errorf("resolved out of detect: %v", err)
		}
		*w.now = w.now.Add(time.Hour)
		must(act(bob, func(tx *db.Tx) (*ticket.Ticket, error) {
			return w.tickets.AddNote(tx, res.Number, ticket.Note{Text: "bucket belongs to the shop"})
		}))
		for _, to := range []ticket.Phase{ticket.Analysis, ticket.Containment, ticket.Eradication, ticket.Recovery} {
			*w.now = w.now.Add(time.Minute)
			must(act(bob, func(tx *db.Tx) (*ticket.Ticket, error) {
				return w.tickets.Move(tx, res.Number, ticket.Move{To: to}, ticket.Worker{ID: bob})
			}))
		}
		*w.now = w.now.Add(time.Minute)
		must(act(bob, func(tx *db.Tx) (*ticket.Ticket, error) {
			return w.tickets.Close(tx, res.Number, ticket.Close{Resolution: ticket.Resolved, Reason: "closed off"}, ticket.Worker{ID: bob})
		}))
		v = w.view(res.Number)
		expect(w.t, "phase", v.Phase, ticket.Closed)
		expect(w.t, "resolution", v.Resolution, ticket.Resolved)
		tiles(w.t, v)
		expect(w.t, "journal", w.kinds(v.ID), []string{
			"ticket.opened", "finding.taken", "ticket.acknowledged", "owner.taken", "note.added",
			"phase.changed", "phase.changed", "phase.changed", "phase.changed", "ticket.closed",
		})
	})
}

// tiles checks that the visits fill the life of a ticket without gap or overlap.
func tiles(t *testing.T, v ticket.View) {
	t.Helper()
	at := v.OpenedAt
	for i, visit := range v.PhaseVisits {
		if !visit.EnteredAt.Equal(at) {
			t.Errorf("visit %d begins at %v, the one before ended at %v", i, visit.EnteredAt, at)
		}
		last := i == len(v.PhaseVisits)-1
		if last != (visit.LeftAt == nil) {
			t.Errorf("visit %d: left %v", i, visit.LeftAt)
		}
		if visit.LeftAt != nil {
			at = *visit.LeftAt
		}
		if visit.Skipped && !visit.LeftAt.Equal(visit.EnteredAt) {
			t.Errorf("skipped visit %d has a length", i)
		}
	}
}

func TestTheSameThingSaidTwiceOnlyCounts(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		first := w.take(control("one", nil))
		before := len(w.kinds(first.Ticket))
		again := w.take(control("one", nil))
		// Volatile fields say nothing new.
		volatile := w.take(control("one", func(f map[string]any) { f["LastObservedAt"] = "2026-11-02T00:00:00Z" }))
		for _, res := range []finding.Result{again, volatile} {
			expect(w.t, "outcome", res.Outcome, finding.Duplicate)
			expect(w.t, "ticket", res.Ticket, first.Ticket)
		}
		expect(w.t, "journal entries", len(w.kinds(first.Ticket)), before)
		changed := w.take(control("one", func(f map[string]any) { f["Title"] = "Another title"; f["UpdatedAt"] = "2026-11-02T00:00:00Z" }))
		expect(w.t, "a change", changed.Outcome, finding.Updated)
		stale := w.take(control("one", func(f map[string]any) { f["Title"] = "An old title"; f["UpdatedAt"] = "2026-10-02T00:00:00Z" }))
		expect(w.t, "an older revision", stale.Outcome, finding.Updated)
		err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
			d, err := w.findings.Get(tx, first.FindingID)
			expect(w.t, "title", d.Title, "Another title")
			expect(w.t, "seen", d.SeenCount, 5)
			expect(w.t, "revisions", len(d.Revisions), 3)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	})
}

func TestThePolicyByDefault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(f map[string]any)
		want finding.Outcome
	}{
		{"a failed control of high severity opens", nil, finding.Opened},
		{"one of medium severity is recorded", func(f map[string]any) { f["Severity"] = map[string]any{"Label": "MEDIUM"} }, finding.Recorded},
		{"one that passed is recorded", func(f map[string]any) { f["Compliance"] = map[string]any{"Status": "PASSED"} }, finding.Recorded},
		{"one that is suppressed is recorded", func(f map[string]any) { f["Workflow"] = map[string]any{"Status": "SUPPRESSED"} }, finding.Recorded},
		{"one that is archived is recorded", func(f map[string]any) { f["RecordState"] = "ARCHIVED" }, finding.Recorded},
		{"a detection of medium severity opens", func(f map[string]any) {
			delete(f, "Compliance")
			f["Types"] = []any{"TTPs/Impact/CryptoCurrency"}
			f["Severity"] = map[string]any{"Label": "MEDIUM"}
		}, finding.Opened},
		{"a detection of low severity is recorded", func(f map[string]any) {
			delete(f, "Compliance")
			f["Types"] = []any{"TTPs/Impact/CryptoCurrency"}
			f["Severity"] = map[string]any{"Label": "LOW"}
		}, finding.Recorded},
	}
	each(t, func(w *world) {
		for i, tt := range tests {
			res := w.take(control(fmt.Sprint("f", i), tt.edit))
			expect(w.t, tt.name, res.Outcome, tt.want)
		}
	})
}

func TestRecurrenceReopensWithinAWeekAndOpensALinkedTicketLater(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		first := w.take(control("one", nil))
		closeIt := func(ref string) {
			w.t.Helper()
			err := w.try(ann, func(tx *db.Tx) error {
				if _, err := w.tickets.Take(tx, ref); err != nil {
					return err
				}
				_, err := w.tickets.Close(tx, ref, ticket.Close{Resolution: ticket.FalsePositive, Reason: "a test bucket"}, lead(ann))
				return err
			})
			if err != nil {
				w.t.Fatal(err)
			}
		}
		said := func(n int, state string) finding.Result {
			return w.take(control("one", func(f map[string]any) {
				f["RecordState"] = state
				f["UpdatedAt"] = fmt.Sprintf("2026-11-%02dT00:00:00Z", n)
			}))
		}
		closeIt(first.Number)
		*w.now = w.now.Add(24 * time.Hour)
		expect(w.t, "an update of what was judged", said(3, "ACTIVE").Outcome, finding.Updated)
		expect(w.t, "it stays closed", w.view(first.Number).Phase, ticket.Closed)
		said(4, "ARCHIVED")
		back := said(5, "ACTIVE")
		expect(w.t, "outcome", back.Outcome, finding.Updated)
		v := w.view(first.Number)
		expect(w.t, "reopened in", v.Phase, ticket.Analysis)
		if v.AcknowledgedAt != nil || v.Resolution != "" || *v.Owner != ann {
			w.t.Errorf("%+v", v.Brief)
		}
		tiles(w.t, v)
		closeIt(first.Number)
		*w.now = w.now.Add(8 * 24 * time.Hour)
		said(6, "ARCHIVED")
		later := said(7, "ACTIVE")
		expect(w.t, "after a week", later.Outcome, finding.Opened)
		if later.Number == first.Number {
			w.t.Fatal("the old ticket was used")
		}
		expect(w.t, "link", w.view(later.Number).Links, []ticket.Link{{Kind: "recurrence_of", Ticket: first.Ticket, Number: first.Number}})
		expect(w.t, "seen from the other side", w.view(first.Number).Links[0].Kind, "recurred_as")
	})
}

func TestOfManyWhoTakeAtOnceOneWins(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for round := range 10 {
			res := w.take(control(fmt.Sprint("r", round), nil))
			var wg sync.WaitGroup
			var mu sync.Mutex
			winners, losers := 0, 0
			for i := range 8 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					err := w.try([]string{ann, bob}[i%2], func(tx *db.Tx) error {
						t, err := w.tickets.Get(tx, res.Number)
						if err != nil || t.Owner != "" {
							return errors.Join(err, fault.New(fault.Conflict, "taken"))
						}
						_, err = w.tickets.Take(tx, res.Number)
						return err
					})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						winners++
					case fault.Is(err, fault.Conflict):
						losers++
					default:
						w.t.Error(err)
					}
				}()
			}
			wg.Wait()
			kinds := w.kinds(res.Ticket)
			n := 0
			for _, k := range kinds {
				if k == journal.OwnerTaken {
					n++
				}
			}
			if n != 1 || winners < 1 {
				w.t.Fatalf("round %d: taken %d times, %d winners, %d losers", round, n, winners, losers)
			}
		}
	})
}

func TestAnAccountablePersonCannotLeave(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.take(control("one", nil))
		err := w.try(ann, func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET active = $1 WHERE tenant = 'main' AND id = $2`, false, ann)
		})
		if !db.IsReference(err) {
			w.t.Fatalf("the database let the accountable person go: %v", err)
		}
	})
}

func TestPhaseRules(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		res := w.take(control("one", nil))
		move := func(person string, leads bool, m ticket.Move) error {
			return w.try(person, func(tx *db.Tx) error {
				_, err := w.tickets.Move(tx, res.Number, m, ticket.Worker{ID: person, Leads: leads})
				return err
			})
		}
		steps := []struct {
			name   string
			person string
			leads  bool
			move   ticket.Move
			code   fault.Code
		}{
			{"nobody owns it", bob, false, ticket.Move{To: ticket.Analysis}, fault.Conflict},
			{"taken", bob, false, ticket.Move{}, ""},
			{"another analyst may not", ann, false, ticket.Move{To: ticket.Analysis}, fault.Denied},
			{"no such phase", bob, false, ticket.Move{To: "done"}, fault.Invalid},
			{"closing is another command", bob, false, ticket.Move{To: ticket.Closed}, fault.Invalid},
			{"forward", bob, false, ticket.Move{To: ticket.Analysis}, ""},
			{"the same again", bob, false, ticket.Move{To: ticket.Analysis}, fault.Conflict},
			{"skipping without a reason", bob, false, ticket.Move{To: ticket.Recovery, Reason: "short"}, fault.Invalid},
			{"skipping on a high ticket without a lead", bob, false, ticket.Move{To: ticket.Recovery, Reason: "the bucket was deleted meanwhile"}, fault.Denied},
			{"skipping with a lead", ann, true, ticket.Move{To: ticket.Recovery, Reason: "the bucket was deleted meanwhile"}, ""},
			{"back without a reason", bob, false, ticket.Move{To: ticket.Containment}, fault.Invalid},
			{"back with one", bob, false, ticket.Move{To: ticket.Containment, Reason: "it is public again"}, ""},
		}
		for _, s := range steps {
			var err error
			if s.move.To == "" {
				err = w.try(s.person, func(tx *db.Tx) error { _, err := w.tickets.Take(tx, res.Number); return err })
			} else {
				*w.now = w.now.Add(time.Minute)
				err = move(s.person, s.leads, s.move)
			}
			if (s.code == "") != (err == nil) || (err != nil && fault.CodeOf(err) != s.code) {
				w.t.Errorf("%s: %v", s.name, err)
			}
		}
		v := w.view(res.Number)
		tiles(w.t, v)
		skipped := 0
		for _, visit := range v.PhaseVisits {
			if visit.Skipped {
				skipped++
			}
		}
		expect(w.t, "skipped visits", skipped, 2)
		expect(w.t, "allowed now", slices.Contains(v.AllowedPhases, ticket.Eradication), true)
	})
}

func TestSeenBefore(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		one := w.take(control("shared", nil))
		two := w.take(control("other", func(f map[string]any) {
			f["Resources"] = []any{map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::shared", "Partition": "aws", "Region": "eu-west-1"}}
		}))
		var all []journal.Record
		err := w.d.Read(w.as("x"), func(tx *db.Tx) error {
			for _, id := range []string{one.Ticket, two.Ticket} {
				records, err := w.journal.Stream(tx, ticket.Stream(id), 0, 10)
				if err != nil {
					return err
				}
				all = append(all, records...)
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
		for range 2 { // readers may get entries twice
			if err := w.tickets.IndexSightings(w.as("system:ticket.sightings"), all); err != nil {
				w.t.Fatal(err)
			}
		}
		err = w.d.Read(w.as("x"), func(tx *db.Tx) error {
			related, err := w.tickets.Related(tx, two.Number)
			if len(related) != 1 || related[0].Number != one.Number || related[0].Reasons[0] != "same resource arn:aws:s3:::shared" {
				w.t.Errorf("%+v", related)
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	})
}
