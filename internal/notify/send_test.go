package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/notify"
)

// running runs the sender of a node until the test ends.
func (w *world) running(n *notify.Notify) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return stop
}

// until waits for something that must happen soon, turning the clock on by a
// second each time.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for range 400 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
		w.turn(500 * time.Millisecond)
	}
	w.t.Fatalf("%s: it did not happen\n%s", what, w.messages())
}

// settled waits until nothing is on its way.
func (w *world) settled() {
	w.t.Helper()
	w.until("everything is on its way", func() bool {
		return w.count(`SELECT COUNT(*) FROM notice WHERE message IS NULL`) == 0 &&
			w.count(`SELECT COUNT(*) FROM message WHERE state IN ('queued','sending') OR (state = 'open' AND (hold = 'burst' OR hold LIKE 'ticket:%' OR hold LIKE 'resolve:%'))`) == 0
	})
}

func (w *world) messages() string {
	var b strings.Builder
	w.read(func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT person, channel, hold, state, kind, count, via, attempts, round, error FROM message ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var person, channel, hold, state, kind, via, failure string
			var count, attempts, round int64
			if err := rows.Scan(&person, &channel, &hold, &state, &kind, &count, &via, &attempts, &round, &failure); err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s%s hold=%s state=%s kind=%s count=%d via=%s attempts=%d round=%d error=%q\n", person, channel, hold, state, kind, count, via, attempts, round, failure)
		}
		return rows.Err()
	})
	return b.String()
}

// contact gives a person a contact, confirmed or not.
func (w *world) contact(person, channel, connection, address string, confirmed bool) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		var at any
		if confirmed {
			at = tx.Now()
		}
		return tx.Must(`INSERT INTO contact(tenant, id, person, channel, connection, address, account, position, made_at, test_error, code_until, code_tries, confirmed_at)
			VALUES ($1,$2,$3,$4,$5,$6,$7,(SELECT COUNT(*)+1 FROM contact WHERE person = $3),$8,'',0,0,$9)`, tx.Tenant(), tx.NewID(), person, channel, connection, address, false, tx.Now(), at)
	})
}

func vias(letters []letter) string {
	out := []string{}
	for _, l := range letters {
		out = append(out, l.via+">"+l.To)
	}
	return strings.Join(out, " ")
}

func TestAPageIsOneLetterWithLinksAndButtons(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tell(page(ann, 7))
		w.running(w.n)
		w.settled()
		sent := w.outside.sent()
		if len(sent) != 1 || sent[0].via != "c-mail" || sent[0].To != "ann@example.org" {
			t.Fatalf("letters: %s\n%s", vias(sent), w.messages())
		}
		l := sent[0]
		if l.Subject != "INC-7 critical: Ticket 7" || !strings.Contains(l.Text, "Nobody has seen it") || l.Thread != ticketID(7) || l.Link != "https://soc.example.org/tickets/INC-7" {
			t.Errorf("the letter: %+v", l.Letter)
		}
		if len(l.Buttons) != 3 || l.Buttons[0].Act != "ack" || !strings.HasPrefix(l.Buttons[0].URL, "https://soc.example.org/m/") {
			t.Errorf("buttons: %+v", l.Buttons)
		}
		var linked notify.Linked
		w.read(func(tx *db.Tx) (err error) { linked, err = w.n.OpenLink(tx, l.Buttons[0].Token); return err })
		if linked.Person != ann || linked.Ticket != ticketID(7) || linked.Channel != "smtp" || !linked.May(notify.ActEscalate) {
			t.Errorf("the link: %+v", linked)
		}
		if w.count(`SELECT COUNT(*) FROM entry WHERE stream = $1 AND kind = 'notification.sent'`, "ticket:"+ticketID(7)) != 1 {
			t.Error("the journal does not have it")
		}
	})
}

func TestABurstIsOneMessage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for i := range 30 {
			w.tell(page(ann, i+1))
		}
		low := page(ann, 99)
		low.Severity = "low"
		w.tell(low, page(bob, 1))
		w.turn(time.Millisecond)
		w.tell(page(bob, 2))
		w.running(w.n)
		w.settled()
		sent := map[string]letter{}
		for _, l := range w.outside.sent() {
			if _, twice := sent[l.To]; twice {
				t.Errorf("%s got two messages", l.To)
			}
			sent[l.To] = l
		}
		digest, some := sent["ann@example.org"], sent["bob@example.org"]
		if digest.Subject != "31 tickets need attention, the gravest is critical" || !strings.HasSuffix(digest.Text, "INC-99 low: Ticket 99 · Nobody has seen it for 5 minutes.") || len(digest.Buttons) > 0 {
			t.Errorf("the digest: %+v", digest.Letter)
		}
		if some.Subject != "2 tickets: INC-1, INC-2" || strings.Count(some.Text, "Acknowledge, Take, Can’t – escalate now: https://soc.example.org/m/") != 2 {
			t.Errorf("two tickets: %+v", some.Letter)
		}
	})
}

func TestNewsOfTheSystemTakesNoButtonAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tell(page(ann, 7), notify.Notice{Key: "alarm", Person: ann, Kind: notify.Alarm, Text: "A ladder has no last resort.", Urgent: true})
		w.running(w.n)
		w.settled()
		sent := w.outside.sent()
		if len(sent) != 1 || sent[0].Subject != "INC-7 critical: Ticket 7" || len(sent[0].Buttons) != 3 || !strings.HasSuffix(sent[0].Text, "A ladder has no last resort.") {
			t.Errorf("letters: %+v", sent)
		}
	})
}

func TestADigestShowsAHundredLines(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		many := []notify.Notice{}
		for i := range 250 {
			n := page(ann, i+1)
			if i >= 20 {
				n.Severity = "medium"
			}
			many = append(many, n)
		}
		w.tell(many...)
		w.running(w.n)
		w.settled()
		sent := w.outside.sent()
		if len(sent) != 1 {
			t.Fatalf("%d letters", len(sent))
		}
		list := strings.Split(sent[0].Text, "\n")
		if len(list) != 101 || list[100] != "… and 150 more, none graver than these." || !strings.Contains(list[19], "critical") || !strings.Contains(list[20], "medium") {
			t.Errorf("%d lines, the last %q", len(list), list[len(list)-1])
		}
	})
}

func TestWhatIsNotUrgentComesTogetherAfterTwoMinutes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.running(w.n)
		w.tell(news(ann, 1))
		w.settled()
		w.tell(news(ann, 2))
		w.turn(time.Millisecond)
		w.tell(news(ann, 3))
		w.until("they gather", func() bool {
			return w.count(`SELECT COUNT(*) FROM message WHERE state = 'open' AND hold = 'collapse' AND count = 2`) == 1
		})
		w.tell(page(ann, 4)) // urgent: it waits for nobody
		w.settled()
		if got := w.outside.sent(); len(got) != 2 || got[1].Thread != ticketID(4) {
			t.Fatalf("%d letters before two minutes are over", len(got))
		}
		w.turn(2 * time.Minute)
		w.until("the rest comes", func() bool { return len(w.outside.sent()) == 3 })
		if l := w.outside.sent()[2]; l.Subject != "2 tickets: INC-2, INC-3" {
			t.Errorf("the rest: %+v", l.Letter)
		}
	})
}

func TestABatchWaitsForItsRelease(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.running(w.n)
		for i := range 40 {
			a, b := page(ann, i+1), page(bob, i+1)
			a.Batch, b.Batch = "down", "down"
			w.tell(a, b)
		}
		w.until("they gather", func() bool { return w.count(`SELECT COUNT(*) FROM message WHERE state = 'open' AND count = 40`) == 2 })
		if len(w.outside.sent()) != 0 {
			t.Fatal("something was sent before the release")
		}
		w.write(func(tx *db.Tx) error { return w.n.Release(tx, "down") })
		w.until("both hear", func() bool { return len(w.outside.sent()) == 2 })
		late := page(ann, 900)
		late.Batch = "never released"
		w.tell(late)
		w.until("it gathers", func() bool {
			return w.count(`SELECT COUNT(*) FROM message WHERE state = 'open' AND hold = 'batch:never released'`) == 1
		})
		w.turn(2 * time.Minute)
		w.until("it comes by itself", func() bool { return len(w.outside.sent()) == 3 })
	})
}

func TestAWayThatFailsIsTriedThreeTimesThenTheNext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.contact(ann, "slack", "c-slack", "U0ANN", true)
		w.outside.answering(func(_ context.Context, id string, _ connector.Letter) error {
			if id == "c-slack" {
				return connector.Retry(errors.New("slack is down"), 0)
			}
			return nil
		})
		w.tell(page(ann, 1))
		w.running(w.n)
		w.settled()
		if got := vias(w.outside.sent()); got != "c-slack>U0ANN c-slack>U0ANN c-slack>U0ANN c-mail>ann@example.org" {
			t.Fatalf("letters: %s\n%s", got, w.messages())
		}
		sent := w.outside.sent()
		if sent[0].ID != sent[1].ID || sent[1].ID != sent[2].ID || sent[2].ID == sent[3].ID {
			t.Error("the attempts of one way must have one id, and each way its own")
		}
		if w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'notification.failed'`) != 1 || w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'notification.sent'`) != 1 {
			t.Error("the journal must have one failure and one success")
		}
	})
}

func TestAFinalErrorGoesToTheNextWayAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.contact(ann, "slack", "c-slack", "U0GONE", true)
		w.contact(ann, "smtp", "c-mail", "private@example.net", false) // never confirmed: after all others
		w.outside.answering(func(context.Context, string, connector.Letter) error { return errors.New("no such address") })
		w.tell(page(ann, 1))
		w.running(w.n)
		w.settled()
		if got := vias(w.outside.sent()); got != "c-slack>U0GONE c-mail>ann@example.org c-mail>private@example.net" {
			t.Fatalf("letters: %s", got)
		}
		var all int64
		w.read(func(tx *db.Tx) error {
			found, err := db.All(tx, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) }, `SELECT data FROM entry WHERE kind = 'notification.failed' ORDER BY seq`)
			for i, data := range found {
				if strings.Contains(string(data), `"all":true`) {
					all++
					if i != 2 {
						t.Errorf("way %d says that all have failed: %s", i, data)
					}
				}
			}
			return err
		})
		if all != 1 {
			t.Errorf("%d entries say that all ways have failed", all)
		}
	})
}

func TestWhoIsNotReachedIsTriedAgainLaterUntilTheyHaveReadIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		down := true
		w.outside.answering(func(context.Context, string, connector.Letter) error {
			if down {
				return errors.New("no")
			}
			return nil
		})
		w.tell(page(ann, 1), page(bob, 2))
		w.running(w.n)
		w.settled()
		w.read(func(tx *db.Tx) error {
			v, err := notify.Look(tx)
			if v.Unreachable != 2 || v.Waiting != 0 {
				t.Errorf("the vitals: %+v", v)
			}
			return err
		})
		w.write(func(tx *db.Tx) error { return w.n.Read(tx, bob, nil) }) // bob saw it on the screen
		w.outside.answering(nil)
		w.turn(5 * time.Minute)
		w.until("ann hears late", func() bool { return w.count(`SELECT COUNT(*) FROM message WHERE state = 'sent'`) == 1 })
		w.until("bob is left alone", func() bool { return w.count(`SELECT COUNT(*) FROM message WHERE state = 'dropped'`) == 1 })
		if got := vias(w.outside.sent()[2:]); got != "c-mail>ann@example.org" {
			t.Errorf("later letters: %s", got)
		}
	})
}

func TestSomebodyWithoutAnyWayIsFailedAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.outside.mu.Lock()
		w.outside.ways = w.outside.ways[1:] // no mail
		w.outside.mu.Unlock()
		w.tell(page(ann, 1))
		w.running(w.n)
		w.until("the journal says so", func() bool { return w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'notification.failed'`) == 1 })
	})
}
