package notify_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
)

func (w *world) quiet(person, from, to string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		return w.n.SetSettings(tx, person, notify.Settings{DigestMinutes: 2, Quiet: notify.Quiet{
			Enabled: true, Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, From: from, To: to, Zone: "UTC",
		}})
	})
}

func TestQuietHoursHoldUntilTheirEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.quiet(ann, "07:00", "09:00") // it is 08:00
		w.running(w.n)
		low := page(ann, 1)
		low.OnDuty, low.Severity = false, "low"
		w.tell(low, news(ann, 2), page(ann, 3)) // the last is critical, and ann is on duty
		w.settled()
		if got := w.outside.sent(); len(got) != 1 || got[0].Thread != ticketID(3) {
			t.Fatalf("%d letters in quiet hours\n%s", len(got), w.messages())
		}
		w.read(func(tx *db.Tx) error {
			held, err := w.n.Deliveries(tx, notify.DeliveryFilter{State: "held", Limit: 10})
			if len(held) != 1 || held[0].Count != 2 || held[0].PersonName != "ann" || fmt.Sprint(held[0].Tickets) != "[INC-1 INC-2]" {
				t.Errorf("what is held: %+v", held)
			}
			return err
		})
		w.turn(time.Hour)
		w.until("the rest comes together", func() bool { return len(w.outside.sent()) == 2 })
	})
}

func TestQuietHoursThatAreEndedLetEverythingGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.quiet(ann, "07:00", "23:00")
		w.running(w.n)
		w.tell(news(ann, 2))
		w.until("it is held", func() bool { return w.count(`SELECT COUNT(*) FROM message WHERE hold = 'quiet'`) == 1 })
		w.quiet(ann, "01:00", "02:00")
		w.until("it comes", func() bool { return len(w.outside.sent()) == 1 })
	})
}

func TestSettingsAreCheckedFieldByField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		good := notify.Quiet{Enabled: true, Days: []string{"mon"}, From: "22:00", To: "07:00", Zone: "UTC"}
		for field, change := range map[string]func(*notify.Settings){
			"body.quiet.from":     func(s *notify.Settings) { s.Quiet.From = "25:00" },
			"body.quiet.to":       func(s *notify.Settings) { s.Quiet.To = "22:00" },
			"body.quiet.days":     func(s *notify.Settings) { s.Quiet.Days = []string{"mon", "mon"} },
			"body.quiet.zone":     func(s *notify.Settings) { s.Quiet.Zone = "Local" },
			"body.digest_minutes": func(s *notify.Settings) { s.DigestMinutes = 61 },
		} {
			s := notify.Settings{Quiet: good, DigestMinutes: 2}
			change(&s)
			err := w.d.Write(w.as("user:"+ann), func(tx *db.Tx) error { return w.n.SetSettings(tx, ann, s) })
			if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Location != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestASnoozeHoldsWhatIsNotUrgent(t *testing.T) {
	t.Parallel()
	breach := news(ann, 1)
	breach.Key, breach.Kind = "breach", notify.Breach
	graver := news(ann, 1)
	graver.Key, graver.Severity = "graver", "high"
	for name, wakes := range map[string]notify.Notice{"a breach wakes": breach, "a higher severity wakes": graver} {
		each(t, func(t *testing.T, w *world) {
			w.write(func(tx *db.Tx) error {
				return w.n.SetSnooze(tx, notify.Snooze{Person: ann, Ticket: ticketID(1), Severity: "low", Until: tx.Now() + 4*time.Hour.Microseconds()})
			})
			w.running(w.n)
			urgent := page(ann, 1)
			urgent.Severity = "low"
			w.tell(news(ann, 1), urgent, news(ann, 2))
			w.settled()
			if got := len(w.outside.sent()); got != 1 { // the urgent one and the other ticket, in one burst
				t.Fatalf("%s: %d letters\n%s", name, got, w.messages())
			}
			w.turn(3 * time.Minute)
			w.tell(wakes)
			w.until(name, func() bool {
				return w.count(`SELECT COUNT(*) FROM message WHERE hold LIKE 'snooze:%' AND state = 'sent'`) == 1 && w.count(`SELECT COUNT(*) FROM snooze`) == 0
			})
		})
	}
}

func TestASnoozeEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		set := func(until time.Duration, severity string) error {
			return w.d.Write(w.as("user:"+ann), func(tx *db.Tx) error {
				return w.n.SetSnooze(tx, notify.Snooze{Person: ann, Ticket: ticketID(1), Severity: severity, Until: tx.Now() + until.Microseconds()})
			})
		}
		if err := set(time.Hour, "critical"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a critical ticket was snoozed: %v", err)
		}
		if err := set(9*time.Hour, "low"); !fault.Is(err, fault.Invalid) {
			t.Errorf("nine hours: %v", err)
		}
		if err := set(-time.Second, "low"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a time that is over: %v", err)
		}
		if err := set(8*time.Hour, "low"); err != nil {
			t.Fatal(err)
		}
		w.running(w.n)
		w.tell(news(ann, 1))
		w.until("it is held", func() bool { return w.count(`SELECT COUNT(*) FROM message WHERE hold LIKE 'snooze:%'`) == 1 })
		w.turn(8 * time.Hour)
		w.until("it comes at the end", func() bool { return len(w.outside.sent()) == 1 })
	})
}

func TestANewFindingWakes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.write(func(tx *db.Tx) error {
			return w.n.SetSnooze(tx, notify.Snooze{Person: ann, Ticket: ticketID(1), Severity: "low", Until: tx.Now() + time.Hour.Microseconds()})
		})
		changed := func(data string) []journal.Record {
			return []journal.Record{{Tenant: "main", Stream: "ticket:" + ticketID(1), Kind: journal.TicketChanged, At: w.d.Now() + 1, Data: []byte(data)}}
		}
		asleep := func() int64 { return w.count(`SELECT COUNT(*) FROM snooze`) }
		for _, quiet := range [][]journal.Record{
			changed(`{"fields":[{"field":"severity","old":"high","new":"low"}]}`), changed(`{"fields":[{"field":"tags","old":["a"],"new":[]}]}`),
			{{Tenant: "main", Stream: "finding:x", Kind: journal.FindingTaken, At: w.d.Now() + 1}},
			{{Tenant: "main", Stream: "ticket:" + ticketID(1), Kind: journal.FindingTaken, At: w.d.Now() - 1}}, // before the snooze
		} {
			if err := w.n.Wake(w.as("system:test"), quiet); err != nil || asleep() != 1 {
				t.Fatalf("woken by %s %s: %v", quiet[0].Stream, quiet[0].Data, err)
			}
		}
		if err := w.n.Wake(w.as("system:test"), changed(`{"fields":[{"field":"tags"},{"field":"severity","old":"low","new":"medium"}]}`)); err != nil || asleep() != 0 {
			t.Errorf("a higher severity must wake: %v", err)
		}
	})
}
