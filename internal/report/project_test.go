package report

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// desk is two people who work tickets, and the room under test.
type desk struct {
	t       *testing.T
	d       *db.DB
	mu      sync.Mutex
	now     time.Time
	journal *journal.Journal
	tickets *ticket.Tickets
	report  *Report
}

func desks(t *testing.T, fn func(w *desk)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &desk{t: t, now: time.Date(2026, 10, 23, 8, 0, 0, 0, time.UTC)}
			w.d = open(t, func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now })
			w.open()
			fn(w)
		})
	}
}

func (w *desk) open() {
	w.t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), w.d, dbtest.Tenant); err != nil {
		w.t.Fatal(err)
	}
	w.journal = journal.New(vault)
	findings, err := finding.New(w.d, w.journal)
	if err != nil {
		w.t.Fatal(err)
	}
	yes := func(*db.Tx, string) (bool, error) { return true, nil }
	w.tickets = ticket.New(w.d, w.journal, findings, ticket.People{
		Intake: func(*db.Tx) (string, string, error) { return "team", "ann", nil },
		Lead:   func(*db.Tx, string) (string, error) { return "ann", nil },
		Active: yes, Works: yes,
		Member: func(*db.Tx, string, string) (bool, error) { return true, nil },
		Names:  func(*db.Tx, []string) (map[string]string, error) { return map[string]string{}, nil },
		Zone:   func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	})
	w.report = New(Config{DB: w.d, Tickets: w.tickets, Log: slog.New(slog.DiscardHandler)})
	w.as("system:test", func(tx *db.Tx) error {
		if err := tx.Must(`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','x','Europe/Amsterdam',0)`); err != nil {
			return err
		}
		for _, id := range []string{"ann", "bob"} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id, true, false)
			if err != nil {
				return err
			}
		}
		return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,'ann',$2,0,0,1)`, true, true)
	})
}

func (w *desk) as(actor db.Actor, fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(db.As(context.Background(), dbtest.Tenant, actor), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *desk) later(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// work lets tickets live for weeks, by the ordinary commands.
func (w *desk) work(tickets int, r *rand.Rand) {
	w.t.Helper()
	for i := range tickets {
		var id string
		w.as("user:ann", func(tx *db.Tx) error {
			t, err := w.tickets.Create(tx, ticket.Draft{Title: fmt.Sprint("case ", i), Severity: []finding.Severity{"critical", "high", "low"}[r.IntN(3)]})
			if err == nil {
				id = t.ID
			}
			return err
		})
		for range r.IntN(9) {
			w.later(time.Duration(r.IntN(40)) * time.Hour)
			w.step(id, r)
		}
	}
}

// step tries a command; one that the ticket refuses changes nothing.
func (w *desk) step(id string, r *rand.Rand) {
	phases := []ticket.Phase{ticket.Analysis, ticket.Containment, ticket.Eradication, ticket.Recovery, ticket.PostIncident}
	me := ticket.Worker{ID: "bob", Leads: true}
	_ = w.d.Write(db.As(context.Background(), dbtest.Tenant, "user:bob"), func(tx *db.Tx) (err error) {
		switch r.IntN(8) {
		case 0:
			_, err = w.tickets.Acknowledge(tx, id)
		case 1, 6:
			_, err = w.tickets.Take(tx, id)
		case 2, 3:
			_, err = w.tickets.Move(tx, id, ticket.Move{To: phases[r.IntN(len(phases))], Reason: "because it is so, and has to be", Waive: true}, me)
		case 4, 5:
			_, err = w.tickets.Close(tx, id, ticket.Close{Resolution: []ticket.Resolution{ticket.FalsePositive, ticket.AcceptedRisk, ticket.TestExercise}[r.IntN(3)], Reason: "it is over and done with"}, me)
		default:
			_, err = w.tickets.Reopen(tx, id, ticket.Containment, "it came back")
		}
		return err
	})
}

// entries are all of the journal, in the order of their positions.
func (w *desk) entries() (all []journal.Record) {
	w.t.Helper()
	everyone := db.As(context.Background(), db.Everyone, "system:test")
	if w.d.PositionsAfterCommit() {
		if err := w.d.Write(everyone, func(tx *db.Tx) error { _, err := journal.Place(tx, 100_000); return err }); err != nil {
			w.t.Fatal(err)
		}
	}
	err := w.d.Read(everyone, func(tx *db.Tx) (err error) {
		all, err = journal.After(tx, 0, 100_000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(e journal.Record) bool { return !slices.Contains(Kinds(), e.Kind) })
}

// give hands entries to the reader in parts, some of them twice.
func (w *desk) give(all []journal.Record, r *rand.Rand) {
	w.t.Helper()
	for from := 0; from < len(all); {
		n := min(1+r.IntN(40), len(all)-from)
		for range 1 + r.IntN(2) {
			if err := w.report.Project(context.Background(), all[from:from+n]); err != nil {
				w.t.Fatal(err)
			}
		}
		from += n
	}
}

// stored is what the projection holds.
func (w *desk) stored() map[cell][]int64 {
	w.t.Helper()
	out := map[cell][]int64{}
	err := w.d.Read(db.As(context.Background(), dbtest.Tenant, "system:test"), func(tx *db.Tx) error {
		for _, m := range Measures() {
			type row struct {
				cell
				vals []byte
			}
			rows, err := db.All(tx, func(s db.Scanner) (c row, err error) {
				return c, s.Scan(&c.day, &c.severity, &c.team, &c.source, &c.kind, &c.vals)
			}, sqlCells, tx.Tenant(), m.Name, int64(0), int64(1<<40))
			if err != nil {
				return err
			}
			for _, c := range rows {
				c.measure = m.Name
				if out[c.cell], err = unpack(nil, c.vals); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// computedCells are the same, computed slowly from the whole of the journal.
func (w *desk) computedCells(all []journal.Record) map[cell][]int64 {
	w.t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[cell][]int64{}
	byTicket, ids := group(all)
	for _, id := range ids {
		events, severity, team := []Event{}, "", ""
		w.as("system:test", func(tx *db.Tx) error {
			for i := range byTicket[id] {
				e, err := w.report.eventOf(tx, &byTicket[id][i])
				if err != nil {
					return err
				}
				events = append(events, e)
			}
			t, err := w.tickets.Get(tx, id)
			if err == nil {
				severity, team = string(t.Severity), t.Team
			}
			return err
		})
		for name, samples := range computed(events) {
			for _, s := range samples {
				c := cell{name, calendar{zone}.day(s.At), severity, team, "manual", "manual"}
				out[c] = append(out[c], s.Value)
				slices.Sort(out[c])
			}
		}
	}
	return out
}

func TestTheProjectionEqualsWhatTheJournalSaysHoweverItIsGiven(t *testing.T) {
	t.Parallel()
	desks(t, func(w *desk) {
		r := rand.New(rand.NewPCG(7, 11))
		w.work(60, r)
		all := w.entries()
		w.give(all, r)
		want := w.computedCells(all)
		for _, m := range []string{"ack", "own", "resolve", "reopened", "phase.detect", "phase.containment"} {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(c cell) bool { return c.measure == m }) {
				t.Fatalf("nothing of %s: the test says too little", m)
			}
		}
		if d := cmp.Diff(want, w.stored(), cmp.AllowUnexported(cell{})); d != "" {
			w.t.Errorf("the projection differs:\n%s", d)
		}
		if err := w.report.Rebuild(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.stored()); n != 0 {
			w.t.Errorf("%d cells are left", n)
		}
		w.give(all, r)
		if d := cmp.Diff(want, w.stored(), cmp.AllowUnexported(cell{})); d != "" {
			w.t.Errorf("made again it differs:\n%s", d)
		}
	})
}

func TestFiguresOfASpanAreThoseOfItsDays(t *testing.T) {
	t.Parallel()
	desks(t, func(w *desk) {
		r := rand.New(rand.NewPCG(3, 5))
		w.work(40, r)
		all := w.entries()
		w.give(all, r)
		from, to := time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
		want := map[string][]int64{}
		for c, values := range w.computedCells(all) {
			if c.measure == "resolve" && c.day >= dateDay(from) && c.day < dateDay(to) {
				want[c.severity] = append(want[c.severity], values...)
			}
		}
		var told Told
		w.as("user:ann", func(tx *db.Tx) (err error) {
			told, err = w.report.Figures(tx, Asked{From: from, To: to, Group: "severity", Measures: []string{"resolve"}})
			return err
		})
		if len(told.Figures) != len(want) || len(want) < 2 {
			w.t.Fatalf("%d groups, want %d", len(told.Figures), len(want))
		}
		for _, f := range told.Figures {
			if d := cmp.Diff(Summarize(want[f.Group]), f.Summary); d != "" {
				w.t.Errorf("%s: %s", f.Group, d)
			}
		}
		if told.Zone != "Europe/Amsterdam" || told.Until == 0 {
			w.t.Errorf("%+v", told)
		}
	})
}

func TestAnotherZoneMakesTheProjectionAgain(t *testing.T) {
	t.Parallel()
	desks(t, func(w *desk) {
		r := rand.New(rand.NewPCG(1, 2))
		w.work(5, r)
		w.give(w.entries(), r)
		if err := w.report.Ready(context.Background()); err != nil || len(w.stored()) == 0 {
			w.t.Fatalf("%v, or thrown away for nothing", err)
		}
		w.as("system:test", func(tx *db.Tx) error {
			return tx.Must(`UPDATE tenant SET time_zone = 'Asia/Tokyo' WHERE tenant = 'main'`)
		})
		if err := w.report.Ready(context.Background()); err != nil || len(w.stored()) != 0 {
			w.t.Fatalf("%v, or the days of the old zone stand", err)
		}
	})
}

func TestAQuestionThatMeansNothingIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for name, q := range map[string]Asked{
		"group":   {From: day, To: day.AddDate(0, 1, 0), Group: "owner"},
		"to":      {From: day, To: day},
		"measure": {From: day, To: day.AddDate(0, 1, 0), Measures: []string{"mttr"}},
	} {
		if _, err := q.measures(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
