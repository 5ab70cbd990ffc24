package app

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

// storyEnd is a Friday afternoon where the company is.
func storyEnd() time.Time { return time.Date(2026, 10, 23, 13, 37, 0, 0, time.UTC) }

// openAt opens an installation whose clock stands still at end.
func openAt(t *testing.T, url string, end time.Time, log *bytes.Buffer) *Rooms {
	t.Helper()
	r, err := Open(t.Context(), Settings{
		Data: filepath.Join(t.TempDir(), "data"), DB: url, Clock: func() time.Time { return end },
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func setUp(t *testing.T, r *Rooms) identity.User {
	t.Helper()
	u, _, err := r.Identity.Bootstrap(t.Context(), identity.Setup{Email: "admin@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// filled is an installation with the story told, and nothing left out of it.
func filled(t *testing.T, url string, end time.Time) *Rooms {
	t.Helper()
	log := &bytes.Buffer{}
	r := openAt(t, url, end, log)
	setUp(t, r)
	said, of := -1, 0
	err := r.Demo(t.Context(), func(done, total int) {
		if done != said+1 {
			t.Errorf("progress went from %d to %d", said, done)
		}
		said, of = done, total
	})
	if err != nil {
		t.Fatal(err)
	}
	if said != of || of < 800 {
		t.Errorf("progress ended at %d of %d", said, of)
	}
	if log.Len() > 0 {
		t.Errorf("the filling was not silent:\n%s", log)
	}
	return r
}

func eachEngine(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); fn(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); fn(t, dbtest.PostgresURL(t)) })
}

func read(t *testing.T, r *Rooms, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := r.DB.Read(db.As(t.Context(), identity.Main, "system:test"), fn); err != nil {
		t.Fatal(err)
	}
}

func tickets(t *testing.T, r *Rooms, filter string) (out []ticket.Brief) {
	t.Helper()
	read(t, r, func(tx *db.Tx) error {
		l, err := r.Tickets.List(tx, ticket.Page{Query: filter, Sort: "number", Limit: 500}, query.Env{Now: tx.Now()})
		out = l.Items
		return err
	})
	return out
}

func number(t *testing.T, r *Rooms, text string) (n int64) {
	t.Helper()
	read(t, r, func(tx *db.Tx) error { return tx.QueryRow(text).Scan(&n) })
	return n
}

func TestDemo(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		r := filled(t, url, storyEnd())
		t.Run("has about the promised number of everything", func(t *testing.T) { demoNumbers(t, r) })
		t.Run("leaves tickets in every state", func(t *testing.T) { demoStates(t, r) })
		t.Run("is marked as demo throughout", func(t *testing.T) { demoMarks(t, r) })
		t.Run("happened in the past, in order", func(t *testing.T) { demoOrder(t, r) })
		t.Run("has somebody active responsible for what is open", func(t *testing.T) { demoResponsible(t, r) })
		t.Run("shows what was seen before", func(t *testing.T) { demoSeen(t, r) })
		t.Run("is told once", func(t *testing.T) { demoOnce(t, r) })
	})
}

// within checks a number against a range.
func within(t *testing.T, what string, got int64, least, most int64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: %d, want %d to %d", what, got, least, most)
	}
}

func demoNumbers(t *testing.T, r *Rooms) {
	within(t, "findings", number(t, r, `SELECT COUNT(*) FROM finding`), 320, 380)
	within(t, "messages about findings", number(t, r, `SELECT SUM(seen_count) FROM finding`), 480, 640)
	within(t, "revisions beyond the first", number(t, r, `SELECT SUM(revision) - COUNT(*) FROM finding`), 60, 140)
	within(t, "tickets", number(t, r, `SELECT COUNT(*) FROM ticket`), 58, 68)
	within(t, "people", number(t, r, `SELECT COUNT(*) FROM users WHERE demo`), 8, 8)
	within(t, "people in the team that tickets come to", number(t, r, `SELECT COUNT(*) FROM team_member`), 9, 9)
	within(t, "quarantine", number(t, r, `SELECT COUNT(*) FROM quarantine`), 3, 3)
	within(t, "notes", number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'note.added'`), 100, 160)
	within(t, "promoted", number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'finding.promoted'`), 1, 1)
	within(t, "reopened", number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'ticket.reopened'`), 2, 2)
	within(t, "linked as a recurrence", number(t, r, `SELECT COUNT(*) FROM ticket_link WHERE kind = 'recurrence_of'`), 1, 1)
	within(t, "phases left out", number(t, r, `SELECT COUNT(*) FROM phase_visit WHERE skipped`), 1, 3)
	within(t, "tickets of the storm", int64(len(tickets(t, r, `resource~larkfield-data- type:compliance`))), 20, 20)
	for format, least := range map[string]int64{"guardduty": 35, "asff": 200, "ocsf": 50} {
		within(t, format, number(t, r, `SELECT COUNT(*) FROM finding WHERE format = '`+format+`'`), least, 300)
	}
}

func demoStates(t *testing.T, r *Rooms) {
	open := tickets(t, r, "open:true")
	within(t, "open", int64(len(open)), 15, 15)
	phases := map[ticket.Phase]bool{}
	unowned, unseen := 0, 0
	for _, b := range open {
		phases[b.Phase] = true
		if b.Owner == nil {
			unowned++
		}
		if b.AcknowledgedAt == nil {
			unseen++
		}
	}
	if unowned != 6 || unseen != 3 || len(phases) != 6 {
		t.Errorf("%d unowned, %d not acknowledged, %d phases; want 6, 3, 6", unowned, unseen, len(phases))
	}
	last := open[len(open)-1]
	if age := storyEnd().Sub(last.OpenedAt); last.Severity != finding.Critical || last.AcknowledgedAt != nil || age.Round(time.Minute) != 20*time.Minute {
		t.Errorf("the last ticket is %s from %s ago", last.Severity, age)
	}
	for _, resolution := range ticket.Resolutions() {
		if len(tickets(t, r, "resolution:"+string(resolution))) < 2 {
			t.Errorf("fewer than two tickets are closed as %s", resolution)
		}
	}
}

func demoMarks(t *testing.T, r *Rooms) {
	for _, text := range []string{
		`SELECT COUNT(*) FROM ticket WHERE NOT demo`, `SELECT COUNT(*) FROM finding WHERE NOT demo OR source <> 'demo'`,
		`SELECT COUNT(*) FROM quarantine WHERE source <> 'demo'`,
		`SELECT COUNT(*) FROM users WHERE demo <> (email LIKE '%@demo.example')`,
		`SELECT COUNT(*) FROM users WHERE demo AND password <> ''`, `SELECT COUNT(*) FROM token t JOIN users u ON u.id = t.user_id WHERE u.demo`,
	} {
		if n := number(t, r, text); n != 0 {
			t.Errorf("%d rows: %s", n, text)
		}
	}
}

func demoOrder(t *testing.T, r *Rooms) {
	end, start := storyEnd().UnixMicro(), storyEnd().Add(-15*24*time.Hour).UnixMicro()
	for _, column := range []string{
		"entry.at", "finding.received_at", "finding.provider_created_at", "finding.provider_updated_at", "finding.last_seen_at", "finding.last_received_at",
		"ticket.opened_at", "ticket.updated_at", "ticket.acknowledged_at", "ticket.owned_at", "ticket.closed_at", "phase_visit.entered_at", "phase_visit.left_at",
		"original.at", "original.event_at", "quarantine.received_at", "quarantine.decided_at",
	} {
		table, name, _ := strings.Cut(column, ".")
		late := int64(0)
		if table == "entry" {
			late = 100 // a stream that was written to in the same microsecond
		}
		if n := number(t, r, `SELECT COALESCE(MAX(`+name+`),0) FROM `+table); n > end+late {
			t.Errorf("%s lies %s in the future", column, time.Duration(n-end)*time.Microsecond)
		}
		if n := number(t, r, `SELECT COALESCE(MIN(`+name+`),0) FROM `+table+` WHERE `+name+` <> 0`); n < start {
			t.Errorf("%s begins %s before the end", column, time.Duration(end-n)*time.Microsecond)
		}
	}
	for _, text := range []string{
		`SELECT COUNT(*) FROM ticket WHERE acknowledged_at < opened_at OR owned_at < acknowledged_at AND closed_at IS NOT NULL OR closed_at < owned_at`,
		`SELECT COUNT(*) FROM phase_visit v JOIN phase_visit n ON n.ticket = v.ticket AND n.seq = v.seq + 1 WHERE v.left_at <> n.entered_at`,
		`SELECT COUNT(*) FROM finding WHERE provider_updated_at > received_at + 1 AND revision = 1`,
	} {
		if n := number(t, r, text); n != 0 {
			t.Errorf("%d rows: %s", n, text)
		}
	}
	read(t, r, func(tx *db.Tx) error {
		n, broken, err := journal.Verify(tx)
		if broken != nil {
			t.Errorf("%s, entry %d: %s", broken.Stream, broken.Seq, broken.Reason)
		}
		within(t, "entries", n, 800, 1200)
		return err
	})
}

func demoResponsible(t *testing.T, r *Rooms) {
	read(t, r, func(tx *db.Tx) error {
		lead, err := identity.IntakeTeam(tx)
		if err != nil {
			return err
		}
		for _, b := range tickets(t, r, "open:true") {
			ok, err := identity.IsActive(tx, b.Accountable)
			if err != nil || !ok {
				t.Errorf("%s has nobody active: %v", b.Number, err)
			}
			if b.Owner == nil && b.Accountable != lead.Lead || b.Owner != nil && b.Accountable != *b.Owner {
				t.Errorf("%s: %s is accountable", b.Number, b.AccountableName)
			}
		}
		return nil
	})
}

func demoSeen(t *testing.T, r *Rooms) {
	var entries []journal.Record
	everything := db.As(t.Context(), db.Everyone, "system:test")
	if r.DB.PositionsAfterCommit() {
		err := r.DB.Write(everything, func(tx *db.Tx) error { _, err := journal.Place(tx, 10_000); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	err := r.DB.Read(everything, func(tx *db.Tx) (err error) {
		entries, err = journal.After(tx, 0, 10_000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	entries = slices.DeleteFunc(entries, func(e journal.Record) bool { return !strings.HasPrefix(e.Kind, "finding.") })
	if err := r.Tickets.IndexSightings(db.As(t.Context(), identity.Main, "system:test"), entries); err != nil {
		t.Fatal(err)
	}
	within(t, "tickets with the address of the intruder", int64(len(tickets(t, r, "ioc:203.0.113.47"))), 6, 8)
	within(t, "tickets with the pool of the miners", int64(len(tickets(t, r, "ioc:"+poolDomain))), 3, 3)
	within(t, "tickets with the name of the remote control", int64(len(tickets(t, r, "ioc:"+controlDomain))), 2, 2)
	within(t, "tickets with the hash of the dropper", int64(len(tickets(t, r, "ioc:"+demoHex("dropper", 64)))), 2, 2)
	last := tickets(t, r, "severity:critical phase:detect acknowledged:false")
	read(t, r, func(tx *db.Tx) error {
		related, err := r.Tickets.Related(tx, last[0].ID)
		within(t, "tickets related to the last", int64(len(related)), 5, 20)
		return err
	})
}

func demoOnce(t *testing.T, r *Rooms) {
	before := number(t, r, `SELECT COUNT(*) FROM entry`)
	err := r.Demo(t.Context(), func(int, int) { t.Error("it began") })
	if e := fault.As(err); e == nil || e.Code != fault.Conflict || e.Slug != "not-empty" {
		t.Errorf("the second filling: %v", err)
	}
	if after := number(t, r, `SELECT COUNT(*) FROM entry`); after != before {
		t.Errorf("the second filling wrote %d entries", after-before)
	}
}

// The story is the same whenever it is told: what happens does not depend on
// chance, and how it ends not on the day of the week.
func TestDemoIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	titles := func(r *Rooms) (out []string) {
		for _, b := range tickets(t, r, "") {
			out = append(out, b.Number+" "+b.Title+" "+string(b.Phase)+" "+string(b.Resolution)+" "+b.OwnerName+" "+b.OpenedAt.String())
		}
		return out
	}
	first, second := titles(filled(t, "", storyEnd())), titles(filled(t, "", storyEnd()))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestDemoEndsAlikeOnAnyDay(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{39 * time.Hour, 60 * time.Hour, 70 * time.Hour} { // Sunday, and Monday at night and in the morning
		end := storyEnd().Add(after)
		t.Run(end.Format("Monday 15:04"), func(t *testing.T) {
			t.Parallel()
			r := filled(t, "", end)
			for filter, want := range map[string]int{
				"": 64, "open:true": 15, "open:true owner:none": 6, "open:true acknowledged:false": 3, "resolution:duplicate": 20, "resolution:resolved": 12,
			} {
				if got := len(tickets(t, r, filter)); got != want {
					t.Errorf("%q: %d tickets, want %d", filter, got, want)
				}
			}
			within(t, "reopened", number(t, r, `SELECT COUNT(*) FROM entry WHERE kind = 'ticket.reopened'`), 2, 2)
			within(t, "recurrences", number(t, r, `SELECT COUNT(*) FROM ticket_link WHERE kind = 'recurrence_of'`), 1, 1)
		})
	}
}

func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(t *testing.T, r *Rooms)
		slug    string
	}{
		"an installation without an administrator": {func(*testing.T, *Rooms) {}, "not-set-up"},
		"one with a ticket made by hand": {func(t *testing.T, r *Rooms) {
			admin := setUp(t, r)
			ctx := db.As(t.Context(), identity.Main, db.Actor("user:"+admin.ID))
			err := r.DB.Write(ctx, func(tx *db.Tx) error { _, err := r.Tickets.Create(tx, ticket.Draft{Title: "Real"}); return err })
			if err != nil {
				t.Fatal(err)
			}
		}, "not-empty"},
		"one with a finding that opened no ticket": {func(t *testing.T, r *Rooms) {
			setUp(t, r)
			body := quietControls()[0].say(demoSaid{first: storyEnd(), at: storyEnd(), changed: storyEnd(), nth: 1, gone: true})
			if _, err := r.Intake(db.As(t.Context(), identity.Main, "system:test"), "api", body); err != nil {
				t.Fatal(err)
			}
		}, "not-empty"},
		"one where another filling has begun": {func(t *testing.T, r *Rooms) {
			setUp(t, r)
			if _, err := r.newDemoTeller(t.Context(), storyEnd()); err != nil {
				t.Fatal(err)
			}
		}, "already-running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openAt(t, "", storyEnd(), &bytes.Buffer{})
			c.prepare(t, r)
			before := number(t, r, `SELECT COUNT(*) FROM entry`)
			err := r.Demo(t.Context(), func(int, int) { t.Error("it began") })
			if e := fault.As(err); e == nil || e.Code != fault.Conflict || e.Slug != c.slug {
				t.Errorf("got %v, want %s", err, c.slug)
			}
			if after := number(t, r, `SELECT COUNT(*) FROM entry`); after != before {
				t.Errorf("%d entries were written", after-before)
			}
		})
	}
}

func TestDemoStopsWithItsContext(t *testing.T) {
	t.Parallel()
	r := openAt(t, "", storyEnd(), &bytes.Buffer{})
	setUp(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	last := 0
	err := r.Demo(ctx, func(done, _ int) {
		if last = done; done == 40 {
			cancel()
		}
	})
	if err == nil || last != 40 {
		t.Errorf("it went on to %d: %v", last, err)
	}
}

// The command works where nobody has set anything up, and the sign-in that it
// prints is good.
func TestDemoCommandMakesAnAdministrator(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	o := cli.StoreOptions{Data: filepath.Join(t.TempDir(), "data")}
	if err := demoFiller(out)(t.Context(), o, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(out.String())
	if len(words) != 8 || words[3] != "demo-admin@demo.example" {
		t.Fatalf("it printed %q", out)
	}
	err := with(t.Context(), o, func(r *Rooms) error {
		in, err := r.Identity.SignIn(t.Context(), words[3], words[7], "test")
		if err == nil && !in.Principal.HoldsEveryRole() {
			t.Error("the administrator holds not every role")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	again := &bytes.Buffer{}
	if err := demoFiller(again)(t.Context(), o, func(int, int) {}); fault.CodeOf(err) != fault.Conflict || again.Len() > 0 {
		t.Errorf("the second time: %v, %q", err, again)
	}
}
