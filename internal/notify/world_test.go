package notify_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/seal"
)

// the people of the world.
const (
	ann = "019a0000-0000-7000-8000-00000000000a"
	bob = "019a0000-0000-7000-8000-00000000000b"
)

// world is two people, some outsides that take letters, and the room.
type world struct {
	t       *testing.T
	d       *db.DB
	journal *journal.Journal
	vault   *seal.Vault
	outside *outside
	n       *notify.Notify

	mu  sync.Mutex
	now time.Time
}

// each runs fn on every engine, under a clock that the test turns.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), outside: newOutside()}
			w.d = open(t, w.clock)
			w.open()
			fn(t, w)
		})
	}
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

// turn sets the clock on.
func (w *world) turn(by time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(by) }

func (w *world) open() {
	w.t.Helper()
	w.vault = seal.New(seal.RandomKey())
	if err := w.vault.EnsureTenant(context.Background(), w.d, dbtest.Tenant); err != nil {
		w.t.Fatal(err)
	}
	w.journal = journal.New(w.vault)
	w.n = w.node("one")
	w.write(func(tx *db.Tx) error {
		for _, p := range [][2]string{{ann, "ann"}, {bob, "bob"}} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, p[0], p[1]+"@example.org", p[1], true, false)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// node is one more process over the same database.
func (w *world) node(name string) *notify.Notify {
	return notify.New(notify.Config{
		DB: w.d, Journal: w.journal, Vault: w.vault, Base: "https://soc.example.org", Node: name,
		Ways: notify.Ways{List: w.outside.list, Send: w.outside.send, Find: w.outside.find},
	})
}

func (w *world) as(actor string) context.Context {
	return db.As(context.Background(), dbtest.Tenant, db.Actor(actor))
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(w.as("system:test"), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Read(w.as("system:test"), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tell(notices ...notify.Notice) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { return w.n.Tell(tx, notices...) })
}

func (w *world) count(text string, args ...any) (found int64) {
	w.t.Helper()
	w.read(func(tx *db.Tx) error { return tx.QueryRow(text, args...).Scan(&found) })
	return found
}

// page is a notice by which a ladder calls somebody.
func page(person string, ticket int) notify.Notice {
	return notify.Notice{
		Key: fmt.Sprintf("page|%d|%s", ticket, person), Person: person, Kind: notify.Page, Ticket: ticketID(ticket), Number: fmt.Sprintf("INC-%d", ticket),
		Title: fmt.Sprintf("Ticket %d", ticket), Severity: "critical", Text: "Nobody has seen it for 5 minutes.", Urgent: true, OnDuty: true, Level: 1,
		Acts: []notify.Act{notify.ActAck, notify.ActTake, notify.ActEscalate},
	}
}

// news is a notice that can wait.
func news(person string, ticket int) notify.Notice {
	n := page(person, ticket)
	n.Key, n.Kind, n.Severity, n.Text, n.Urgent, n.Acts, n.Level = "warn"+n.Key, notify.Warn, "low", "Half of the time has passed.", false, nil, 0
	return n
}

func ticketID(n int) string { return fmt.Sprintf("019a0000-0000-7000-8000-%012x", n) }

// outside stands for every connection: it takes letters, refuses or hangs as
// the test wants.
type outside struct {
	mu      sync.Mutex
	ways    []connection.Way
	letters []letter
	answer  func(ctx context.Context, id string, l connector.Letter) error // nil takes everything
	found   map[string]string                                              // addresses by mail
}

type letter struct {
	via string
	connector.Letter
}

func newOutside() *outside {
	return &outside{ways: []connection.Way{
		{ID: "c-mail", Kind: "smtp", Name: "Mail", Enabled: true, Address: "E-mail address", NeedsAddress: true},
		{ID: "c-slack", Kind: "slack", Name: "Chat", Enabled: true, Address: "Member ID"},
		{ID: "c-pager", Kind: "pagerduty", Name: "Pager", Enabled: true},
	}}
}

func (o *outside) list(*db.Tx) ([]connection.Way, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]connection.Way{}, o.ways...), nil
}

func (o *outside) send(ctx context.Context, id string, l connector.Letter) (connector.Receipt, error) {
	o.mu.Lock()
	answer := o.answer
	o.letters = append(o.letters, letter{id, l})
	o.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, id, l); err != nil {
			return connector.Receipt{}, err
		}
	}
	return connector.Receipt{ID: "receipt-" + l.ID}, nil
}

func (o *outside) find(_ context.Context, _, mail string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.found[mail], nil
}

// sent are the letters so far, also those that were refused.
func (o *outside) sent() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]letter{}, o.letters...)
}

func (o *outside) answering(answer func(ctx context.Context, id string, l connector.Letter) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}
