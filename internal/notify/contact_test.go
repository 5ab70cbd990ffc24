package notify_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/notify"
)

func (w *world) add(person, channel, address string) notify.Contact {
	w.t.Helper()
	c, err := w.n.AddContact(w.as("user:"+person), person, notify.NewContact{Channel: channel, Address: address})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) test(person, id string) (notify.Contact, connector.Letter) {
	w.t.Helper()
	c, err := w.n.TestContact(w.as("user:"+person), person, id)
	if err != nil {
		w.t.Fatal(err)
	}
	sent := w.outside.sent()
	return c, sent[len(sent)-1].Letter
}

func (w *world) confirmed(person string) (yes bool) {
	w.t.Helper()
	w.read(func(tx *db.Tx) (err error) { yes, err = w.n.Confirmed(tx, person); return err })
	return yes
}

func codeIn(l connector.Letter) string {
	return regexp.MustCompile(`\b[0-9]{6}\b`).FindString(l.Subject)
}

func (w *world) follow(l connector.Letter, person string) error {
	token := l.Link[strings.LastIndex(l.Link, "/")+1:]
	return w.d.Write(w.as("user:"+person), func(tx *db.Tx) error {
		linked, err := w.n.OpenLink(tx, token)
		if err != nil {
			return err
		}
		_, err = w.n.ConfirmLinked(tx, linked)
		return err
	})
}

func TestAContactIsConfirmedByItsCodeOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := w.add(ann, "slack", "U0ANN")
		c, l := w.test(ann, c.ID)
		if c.TestedAt == nil || c.ConfirmedAt != nil || l.To != "U0ANN" || w.confirmed(ann) {
			t.Fatalf("accepted by a channel is not read by a person: %+v", c)
		}
		wrong := "000000"
		if codeIn(l) == wrong {
			wrong = "000001"
		}
		if _, err := w.n.ConfirmContact(w.as("user:"+ann), ann, c.ID, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong code: %v", err)
		}
		if _, err := w.n.ConfirmContact(w.as("user:"+bob), bob, c.ID, codeIn(l)); !fault.Is(err, fault.Missing) {
			t.Errorf("somebody else's contact: %v", err)
		}
		c, err := w.n.ConfirmContact(w.as("user:"+ann), ann, c.ID, " "+codeIn(l)+" ")
		if err != nil || c.ConfirmedAt == nil || !w.confirmed(ann) {
			t.Fatalf("the right code: %v %+v", err, c)
		}
		if w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'contact.confirmed'`) != 1 {
			t.Error("the journal does not have it")
		}
		address := "U0OTHER"
		w.write(func(tx *db.Tx) (err error) {
			c, err = w.n.ChangeContact(tx, ann, c.ID, notify.ContactChange{Address: &address})
			return err
		})
		if c.ConfirmedAt != nil || w.confirmed(ann) {
			t.Error("another address must be confirmed again")
		}
		if err := w.follow(l, ann); !fault.Is(err, fault.Conflict) {
			t.Errorf("the link to the old address: %v", err)
		}
		_, fresh := w.test(ann, c.ID)
		if err := w.follow(l, ann); !fault.Is(err, fault.Conflict) || w.confirmed(ann) {
			t.Errorf("the link to the old address, after a test of the new one: %v", err)
		}
		if err := w.follow(fresh, ann); err != nil || !w.confirmed(ann) {
			t.Errorf("the link of the test message: %v", err)
		}
	})
}

func TestACodeEndsAndIsNotGuessed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := w.add(ann, "slack", "U0ANN")
		_, l := w.test(ann, c.ID)
		good := codeIn(l)
		for range 5 {
			_, _ = w.n.ConfirmContact(w.as("user:"+ann), ann, c.ID, "abc")
		}
		if _, err := w.n.ConfirmContact(w.as("user:"+ann), ann, c.ID, good); !fault.Is(err, fault.Conflict) {
			t.Errorf("after five wrong tries: %v", err)
		}
		_, l = w.test(ann, c.ID)
		w.turn(31 * time.Minute)
		if _, err := w.n.ConfirmContact(w.as("user:"+ann), ann, c.ID, codeIn(l)); !fault.Is(err, fault.Conflict) {
			t.Errorf("after half an hour: %v", err)
		}
	})
}

func TestNobodyIsBotheredThroughTests(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := w.add(ann, "smtp", "victim@example.net")
		for range 5 {
			w.test(ann, c.ID)
		}
		if _, err := w.n.TestContact(w.as("user:"+ann), ann, c.ID); !fault.Is(err, fault.Busy) {
			t.Errorf("the sixth in an hour to one address: %v", err)
		}
		theirs := w.add(bob, "smtp", "victim@example.net")
		if _, err := w.n.TestContact(w.as("user:"+bob), bob, theirs.ID); !fault.Is(err, fault.Busy) {
			t.Errorf("the sixth in an hour to one address, by another: %v", err)
		}
		for i := range 5 {
			w.test(ann, w.add(ann, "smtp", "victim"+string(rune('a'+i))+"@example.net").ID)
		}
		other := w.add(ann, "slack", "U0ANN")
		if _, err := w.n.TestContact(w.as("user:"+ann), ann, other.ID); !fault.Is(err, fault.Busy) {
			t.Errorf("the eleventh in an hour by one person: %v", err)
		}
		w.turn(time.Hour)
		w.test(ann, other.ID)
	})
}

func TestMailToTheAccountIsThereWithoutBeingAdded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		list := func() (out []notify.Contact) {
			w.read(func(tx *db.Tx) (err error) { out, err = w.n.Contacts(tx, ann); return err })
			return out
		}
		slack := w.add(ann, "slack", "U0ANN")
		got := list()
		if len(got) != 2 || got[0].ID != slack.ID || !got[1].Implicit || got[1].Address != "ann@example.org" {
			t.Fatalf("contacts: %+v", got)
		}
		first := int64(1)
		var moved notify.Contact
		w.write(func(tx *db.Tx) (err error) {
			moved, err = w.n.ChangeContact(tx, ann, got[1].ID, notify.ContactChange{Position: &first})
			return err
		})
		if got = list(); len(got) != 2 || got[0].ID != moved.ID || !got[0].Implicit || got[1].ID != slack.ID || got[1].Position != 2 {
			t.Fatalf("after it was moved: %+v", got)
		}
		_, l := w.test(ann, moved.ID)
		if l.To != "ann@example.org" || w.confirmed(ann) {
			t.Errorf("the test went to %s", l.To)
		}
		if err := w.follow(l, ann); err != nil || !w.confirmed(ann) {
			t.Errorf("confirming it: %v", err)
		}
		w.write(func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET email = 'ann@example.com' WHERE id = $1`, ann)
		})
		if w.confirmed(ann) {
			t.Error("the account has another address, which nobody has confirmed")
		}
		if _, l = w.test(ann, moved.ID); l.To != "ann@example.com" || w.confirmed(ann) {
			t.Errorf("a test confirmed the new address: %s", l.To)
		}
		if _, err := w.n.AddContact(w.as("user:"+ann), ann, notify.NewContact{Channel: "smtp", Address: "ann@example.com"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("it was added twice: %v", err)
		}
	})
}

func TestAddressesAreCheckedByTheirKind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for _, bad := range []notify.NewContact{
			{Channel: "smtp", Address: "nobody"}, {Channel: "smtp", Address: "a@example.org\r\nBcc: b@example.org"}, {Channel: "smtp", Address: "Ann <ann@example.org>"},
			{Channel: "slack", Address: "#general"}, {Channel: "slack", Address: "C0123456789"}, {Channel: "slack", Address: "<!channel>"},
			{Channel: "pagerduty", Address: "x"}, {Channel: "fax", Address: "x"}, {Connection: "c-pager", Address: "x"}, {Channel: "slack"},
		} {
			if c, err := w.n.AddContact(w.as("user:"+ann), ann, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v was taken as %+v: %v", bad, c, err)
			}
		}
		w.outside.mu.Lock()
		w.outside.found = map[string]string{"ann@example.org": "U0FOUND"}
		w.outside.mu.Unlock()
		if c := w.add(ann, "slack", ""); c.Address != "U0FOUND" {
			t.Errorf("the member that was found by mail: %+v", c)
		}
	})
}

func TestAChannelIsGoodWhenItsLastTestWas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		tested := func(id string) (yes bool) {
			w.read(func(tx *db.Tx) (err error) { yes, err = w.n.Tested(tx, id); return err })
			return yes
		}
		if tested("c-pager") {
			t.Error("nobody has tested it")
		}
		if c, err := w.n.TestChannel(w.as("user:"+ann), "c-pager"); err != nil || c.TestedAt == nil || !tested("c-pager") {
			t.Fatalf("%+v %v", c, err)
		}
		if sent := w.outside.sent(); len(sent) != 2 || !sent[1].Resolve || sent[0].Key == "" || sent[0].Key != sent[1].Key {
			t.Errorf("a test alarm must be ended: %+v", sent)
		}
		w.outside.answering(func(context.Context, string, connector.Letter) error { return errors.New("no such key") })
		c, err := w.n.TestChannel(w.as("user:"+ann), "c-pager")
		if err != nil || c.Error != "no such key" || tested("c-pager") {
			t.Errorf("a test that failed: %+v %v", c, err)
		}
		if _, err := w.n.TestChannel(w.as("user:"+ann), "c-mail"); !fault.Is(err, fault.Missing) {
			t.Errorf("a connection that names no place: %v", err)
		}
	})
}
