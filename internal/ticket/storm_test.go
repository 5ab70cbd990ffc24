package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// limited is one opening rule with a limit.
func limited(tickets, same int) ticket.Sections {
	return ticket.Sections{Rules: []ticket.Rule{{
		Name: "controls", Match: "result:failed", Then: ticket.ThenOpen, Enabled: true, Limit: &ticket.Limit{Tickets: tickets, Same: same, Window: "5m"},
	}}}
}

func (w *world) storms(open bool) []ticket.Storm {
	w.t.Helper()
	var list []ticket.Storm
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) (err error) {
		list, err = w.tickets.Storms(tx, open)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// flood takes findings and counts what became of them.
func (w *world) flood(from, to int, edit func(map[string]any)) map[finding.Outcome]int {
	out := map[finding.Outcome]int{}
	for i := from; i < to; i++ {
		out[w.take(control(fmt.Sprintf("flood-%03d", i), edit)).Outcome]++
	}
	return out
}

func (w *world) decide(id string, c ticket.StormChoice) {
	w.t.Helper()
	w.write("user:"+ann, func(tx *db.Tx) error {
		_, err := w.tickets.DecideStorm(tx, id, c)
		return err
	})
}

func TestAStormHoldsBackOpeningNeverRecordingAndCriticalPasses(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(10, 0))
		expect(w.t, "flood", w.flood(0, 40, nil), map[finding.Outcome]int{finding.Opened: 10, finding.Held: 30})
		expect(w.t, "a critical one", w.take(control("alarm", severityOf("CRITICAL"))).Outcome, finding.Opened)
		list := w.storms(true)
		if len(list) != 1 {
			w.t.Fatalf("%d storms", len(list))
		}
		s := list[0]
		expect(w.t, "storm", fmt.Sprint(s.State, " ", s.Held, s.Waiting, s.BySeverity[finding.High], len(s.Examples)), "holding 30 30 30 3")
		v := w.view(s.Number)
		expect(w.t, "its ticket", v.Type+" "+v.Accountable, "storm "+ann)
		expect(w.t, "its log", w.kinds(s.Ticket), "[ticket.opened storm.began]")
		expect(w.t, "said again", w.take(control("flood-039", nil)).Outcome, finding.Duplicate)
	})
}

func TestALimitForFeedsLeavesThePushedAlone(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		s := limited(3, 0)
		s.Rules[0].Limit.FeedsOnly = true
		w.rules(s)
		expect(w.t, "pushed", w.flood(0, 10, nil), map[finding.Outcome]int{finding.Opened: 10})
		out := map[finding.Outcome]int{}
		for i := range 10 {
			parts, err := finding.Decode(control(fmt.Sprint("fed-", i), nil))
			if err != nil {
				w.t.Fatal(err)
			}
			w.write("connection:c1", func(tx *db.Tx) error {
				res, err := w.findings.Take(tx, parts[0], "connection:c1", w.tickets.FromFinding)
				out[res.Outcome]++
				return err
			})
		}
		expect(w.t, "fed", out, map[finding.Outcome]int{finding.Opened: 3, finding.Held: 7})
	})
}

func TestOnlyTheKindThatFloodsIsHeld(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(0, 5))
		expect(w.t, "one kind", w.flood(0, 20, nil), map[finding.Outcome]int{finding.Opened: 5, finding.Held: 15})
		other := func(f map[string]any) { f["GeneratorId"] = "security-control/EC2.8" }
		expect(w.t, "another kind", w.flood(20, 24, other), map[finding.Outcome]int{finding.Opened: 4})
		expect(w.t, "what is the same", fmt.Sprint(*w.storms(true)[0].Same), "{S3.1 111122223333}")
	})
}

func TestAStormEndsWhenNothingComesForItsWindow(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(5, 0))
		w.flood(0, 10, nil)
		w.later(4 * time.Minute)
		w.flood(10, 12, nil)
		w.later(4 * time.Minute)
		if err := w.tickets.EndStorms(w.as("system:test")); err != nil {
			w.t.Fatal(err)
		}
		expect(w.t, "while it goes on", w.storms(true)[0].State, "holding")
		w.later(2 * time.Minute)
		if err := w.tickets.EndStorms(w.as("system:test")); err != nil {
			w.t.Fatal(err)
		}
		s := w.storms(true)[0]
		expect(w.t, "afterwards", fmt.Sprint(s.State, " ", s.Waiting), "over 7")
		expect(w.t, "what comes later", w.flood(20, 23, nil), map[finding.Outcome]int{finding.Opened: 3})
	})
}

func TestOpeningAStormOpensATicketForEachAndWhatFollowsPasses(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(5, 0))
		w.flood(0, 130, nil)
		w.decide(w.storms(true)[0].ID, ticket.StormChoice{Choice: ticket.StormOpen, Reason: "we look at all"})
		expect(w.t, "while it is carried out", w.storms(true)[0].State, "settling")
		expect(w.t, "what follows", w.flood(200, 203, nil), map[finding.Outcome]int{finding.Opened: 3})
		w.work(ticket.JobStorm, w.tickets.SettleStorm)
		s := w.storms(false)[0]
		expect(w.t, "storm", fmt.Sprint(s.State, " ", s.Held, s.Settled, s.Waiting, len(w.storms(true))), "opened 125 125 0 0")
		expect(w.t, "tickets", w.tally(), "133 opened, 0 joined, 0 suppressed, 0 held")
		err := w.try(ann, func(tx *db.Tx) error {
			_, err := w.tickets.DecideStorm(tx, s.ID, ticket.StormChoice{Choice: ticket.StormGroup, Reason: "no"})
			return err
		})
		expect(w.t, "a second choice", fault.As(err).Slug, "decided")
	})
}

func TestGroupingAStormPutsAllIntoItsTicketAndWhatFollowsToo(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(5, 0))
		w.flood(0, 65, nil)
		w.take(control("flood-064", func(f map[string]any) { f["RecordState"], f["UpdatedAt"] = "ARCHIVED", "2026-11-01T02:00:00Z" }))
		w.decide(w.storms(true)[0].ID, ticket.StormChoice{Choice: ticket.StormGroup, Reason: "one thing"})
		w.work(ticket.JobStorm, w.tickets.SettleStorm)
		s := w.storms(false)[0]
		expect(w.t, "storm", fmt.Sprint(s.State, " ", s.Waiting), "grouped 0")
		expect(w.t, "what follows", w.flood(100, 103, nil), map[finding.Outcome]int{finding.Joined: 3})
		expect(w.t, "its ticket", w.view(s.Number).FindingCount, 62)
		expect(w.t, "findings", w.tally(), "5 opened, 62 joined, 0 suppressed, 0 held")
	})
}

func TestSuppressingAStormSilencesItUntilATime(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(limited(5, 0))
		w.flood(0, 20, nil)
		id := w.storms(true)[0].ID
		err := w.try(ann, func(tx *db.Tx) error {
			_, err := w.tickets.DecideStorm(tx, id, ticket.StormChoice{Choice: ticket.StormSuppress, Reason: "a test"})
			return err
		})
		expect(w.t, "without an end", fault.As(err).Fields[0].Location, "body.expires_at")
		w.decide(id, ticket.StormChoice{Choice: ticket.StormSuppress, Reason: "a test", Expires: w.now.Add(24 * time.Hour)})
		w.work(ticket.JobStorm, w.tickets.SettleStorm)
		expect(w.t, "findings", w.tally(), "5 opened, 0 joined, 15 suppressed, 0 held")
		expect(w.t, "what follows", w.flood(100, 103, nil), map[finding.Outcome]int{finding.Suppressed: 3})
		w.rules(limited(1000, 0))
		w.later(25 * time.Hour)
		w.work(ticket.JobRejudge, w.tickets.Rejudge)
		expect(w.t, "when it has ended", w.tally(), "23 opened, 0 joined, 0 suppressed, 0 held")
	})
}

// tally counts findings by outcome.
func (w *world) tally() string {
	w.t.Helper()
	n := map[string]int{}
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
		list, err := db.Strings(tx, `SELECT outcome FROM finding WHERE tenant = $1`, tx.Tenant())
		for _, o := range list {
			n[o]++
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%d opened, %d joined, %d suppressed, %d held", n["opened"], n["joined"], n["suppressed"], n["held"])
}
