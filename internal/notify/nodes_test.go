package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/notify"
)

func TestAnAttemptWhoseOutcomeIsLostIsMadeAgainWithTheSameID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hang := make(chan struct{})
		w.outside.answering(func(context.Context, string, connector.Letter) error { <-hang; return errors.New("too late") })
		w.tell(page(ann, 1))
		go w.n.Run(context.Background()) // this process is lost: nobody hears of it again
		w.until("the attempt is made", func() bool { return len(w.outside.sent()) == 1 })
		if w.count(`SELECT COUNT(*) FROM message WHERE state = 'sending' AND attempts = 1`) != 1 {
			t.Fatal("the attempt was not written down before it was made")
		}
		w.outside.answering(nil)
		w.turn(31 * time.Second)
		w.running(w.node("two"))
		w.settled()
		close(hang)
		sent := w.outside.sent()
		if len(sent) != 2 || sent[0].ID != sent[1].ID {
			t.Fatalf("letters: %s\n%s", vias(sent), w.messages())
		}
		w.read(func(tx *db.Tx) error {
			list, err := w.n.Deliveries(tx, notify.DeliveryFilter{State: "sent", Limit: 10})
			if len(list) != 1 || !strings.Contains(list[0].Detail, "sent again with the same id") {
				t.Errorf("what people are told: %+v", list)
			}
			return err
		})
		time.Sleep(100 * time.Millisecond)
		if w.count(`SELECT COUNT(*) FROM message WHERE state = 'sent'`) != 1 {
			t.Errorf("the one who came too late wrote: %s", w.messages())
		}
	})
}

func TestManyNodesTellEverybodyOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for i := range 3 {
			w.running(w.node(fmt.Sprintf("node %d", i)))
		}
		var all sync.WaitGroup
		for part := range 4 {
			all.Go(func() {
				for i := range 25 {
					n := page([]string{ann, bob}[i%2], part*100+i)
					if err := w.d.Write(w.as("system:test"), func(tx *db.Tx) error { return w.n.Tell(tx, n) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		w.settled()
		lines, ids := map[string]int{}, map[string]bool{}
		for _, l := range w.outside.sent() {
			if ids[l.ID] {
				t.Errorf("the letter %s was sent twice", l.ID)
			}
			ids[l.ID] = true
			for line := range strings.SplitSeq(l.Subject+"\n"+l.Text, "\n") {
				number, _, _ := strings.Cut(line, " critical")
				if strings.HasPrefix(number, "INC-") {
					lines[l.To+" "+number]++
				}
			}
		}
		if len(lines) != 100 {
			t.Errorf("%d tickets were told of, want 100", len(lines))
		}
		for line, n := range lines {
			if n != 1 {
				t.Errorf("%s was told %d times", line, n)
			}
		}
	})
}

func TestAChannelThatHangsHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.outside.answering(func(ctx context.Context, id string, _ connector.Letter) error {
			if id == "c-mail" {
				<-ctx.Done()
				return connector.Retry(ctx.Err(), 0)
			}
			return nil
		})
		const people = 40
		for i := range people { // everybody has mail, and a chat after it
			id := fmt.Sprintf("019b0000-0000-7000-8000-%012x", i)
			w.write(func(tx *db.Tx) error {
				err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
					VALUES ('main',$1,'person',$2,$1,'',$3,'UTC',$4,0,0,0,0,1)`, id, fmt.Sprintf("p%d@example.org", i), true, false)
				if err != nil {
					return err
				}
				return tx.Must(`INSERT INTO contact(tenant, id, person, channel, connection, address, account, position, made_at, test_error, code_until, code_tries)
					VALUES ('main',$1,$2,'smtp','c-mail',$3,$4,1,0,'',0,0)`, tx.NewID(), id, fmt.Sprintf("p%d@example.org", i), true)
			})
			w.contact(id, "slack", "c-slack", fmt.Sprintf("U0%d", i), true)
			w.tell(page(id, i+1))
		}
		w.contact(bob, "slack", "c-slack", "U0BOB", true)
		w.running(w.n)
		w.until("the mail server has its hands full", func() bool { return len(w.outside.sent()) >= 8 })
		began := time.Now()
		w.tell(page(bob, 99))
		w.until("bob hears over the chat", func() bool {
			for _, l := range w.outside.sent() {
				if l.To == "U0BOB" {
					return true
				}
			}
			return false
		})
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("bob waited %s", took)
		}
		w.turn(61 * time.Second) // those who wait for a worker of the mail server pass it by
		w.until("the others hear over the chat", func() bool {
			return w.count(`SELECT COUNT(*) FROM message WHERE state = 'sent' AND via = 'c-slack'`) >= people-8
		})
	})
}

func TestAnAlarmOfAChannelEndsWithItsLadder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		of := func(key string, ticket int, resolve bool) notify.Notice {
			n := page("", ticket)
			n.Key, n.Channel, n.Resolve = key, "c-pager", resolve
			return n
		}
		w.running(w.n)
		w.tell(of("a", 1, false), of("b", 2, false))
		w.settled()
		sent := w.outside.sent()
		if len(sent) != 2 || sent[0].Key == sent[1].Key || sent[0].Resolve || sent[0].To != "" || len(sent[0].Buttons) != 3 || sent[0].Buttons[0].URL != "" {
			t.Fatalf("two alarms: %+v", sent)
		}
		w.tell(of("a over", 1, true), of("never raised over", 3, true))
		w.settled()
		if sent = w.outside.sent(); len(sent) != 3 || !sent[2].Resolve || sent[2].Thread != ticketID(1) {
			t.Fatalf("the end of one alarm: %d letters %+v", len(sent), sent[len(sent)-1])
		}
		w.tell(of("quick", 4, false), of("quick over", 4, true)) // over before it was raised
		w.settled()
		if got := len(w.outside.sent()); got != 3 {
			t.Errorf("an alarm that was over was raised: %d letters\n%s", got, w.messages())
		}
		for i := range 10 {
			w.tell(of(fmt.Sprintf("many %d", i), 100+i, false))
		}
		w.settled()
		if got := len(w.outside.sent()); got != 7 {
			t.Errorf("ten alarms at once are three and a digest, got %d letters", got-3)
		}
	})
}

func TestAClockThatIsSetBackHoldsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tell(page(ann, 1))
		w.turn(-3 * time.Hour)
		w.running(w.n)
		began := time.Now()
		for len(w.outside.sent()) == 0 {
			time.Sleep(50 * time.Millisecond)
			if time.Since(began) > 8*time.Second {
				t.Fatalf("it waits for the old time\n%s", w.messages())
			}
		}
	})
}
