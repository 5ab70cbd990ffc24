package duty_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/duty"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// The people of the world: ann leads the team soc.
const (
	ann = "u-ann"
	bob = "u-bob"
	cas = "u-cas"
	soc = "team-soc"
	net = "team-net"
)

// world is some people, two teams and the room under a clock that the test turns.
type world struct {
	t    *testing.T
	d    *db.DB
	mu   sync.Mutex
	now  time.Time
	duty *duty.Duty

	journal *journal.Journal
}

// each runs fn on every engine, at eight on Monday 2 November 2026, UTC.
func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
			w.d = open(t, w.clock)
			w.open()
			fn(w)
		})
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// at sets the clock.
func (w *world) at(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at(w.t, text)
}

func (w *world) open() {
	w.t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), w.d, dbtest.Tenant); err != nil {
		w.t.Fatal(err)
	}
	w.journal = journal.New(vault)
	w.duty = duty.New(duty.Config{DB: w.d, Journal: w.journal})
	w.write(func(tx *db.Tx) error {
		for _, id := range []string{ann, bob, cas} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id[2:], true, false)
			if err != nil {
				return err
			}
		}
		for id, intake := range map[string]bool{soc: true, net: false} {
			err := tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main',$1,$1,$2,$3,$4,0,0,1)`, id, intake, ann, true)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func ctx(actor string) context.Context {
	return db.As(context.Background(), dbtest.Tenant, db.Actor(actor))
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.try(fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) try(fn func(tx *db.Tx) error) error { return w.d.Write(ctx("user:"+ann), fn) }

func (w *world) read(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Read(ctx("user:"+ann), fn); err != nil {
		w.t.Fatal(err)
	}
}

// active sets whether somebody may be on duty, behind the back of the room.
func (w *world) active(person string, active bool) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		return tx.Must(`UPDATE users SET active = $1 WHERE tenant = 'main' AND id = $2`, active, person)
	})
}

// weekly is a plan of one rotation that changes on Monday at nine in Amsterdam.
func weekly(people ...string) duty.Plan {
	return duty.Plan{Name: "First line", Team: soc, Primary: true, Zone: "Europe/Amsterdam", Rotations: []duty.Rotation{{
		ID: "week", Name: "Week", Kind: "weekly", Every: 1, Handoff: duty.Handoff{Weekday: "mon", Time: "09:00"}, Start: "2026-10-19", Participants: people,
	}}}
}

func (w *world) create(p duty.Plan) (id string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		id, err = w.duty.Create(tx, p)
		return err
	})
	return id
}

func (w *world) override(schedule, person, from, to string) (id string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		id, err = w.duty.Override(tx, schedule, duty.StandIn{Person: person, From: at(w.t, from).UnixMicro(), To: at(w.t, to).UnixMicro(), Reason: "a swap"})
		return err
	})
	return id
}

func (w *world) turn() {
	w.t.Helper()
	if err := w.duty.Turn(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) onTeam(team string) (person string) {
	w.t.Helper()
	w.read(func(tx *db.Tx) (err error) {
		person, err = duty.OnTeam(tx, team)
		return err
	})
	return person
}

func (w *world) roster(schedule, from, to string) (r duty.Roster) {
	w.t.Helper()
	w.read(func(tx *db.Tx) (err error) {
		r, err = w.duty.Roster(tx, schedule, at(w.t, from).UnixMicro(), at(w.t, to).UnixMicro())
		return err
	})
	return r
}

func (w *world) preview(p duty.Plan, from, to string) (r duty.Roster) {
	w.t.Helper()
	w.read(func(tx *db.Tx) (err error) {
		r, err = w.duty.Preview(tx, p, at(w.t, from).UnixMicro(), at(w.t, to).UnixMicro())
		return err
	})
	return r
}

// told is what the journal holds about a schedule, of some kinds.
func (w *world) told(schedule string, kinds ...string) []map[string]any {
	w.t.Helper()
	var out []map[string]any
	w.read(func(tx *db.Tx) error {
		entries, err := journal.Story(tx, "schedule:"+schedule, kinds...)
		out = make([]map[string]any, len(entries))
		for i, e := range entries {
			if err := json.Unmarshal(e.Data, &out[i]); err != nil {
				return err
			}
			if !e.Whole() {
				w.t.Errorf("entry %d is broken", e.Seq)
			}
		}
		return err
	})
	return out
}

// lines are the shifts in short: "2026-11-02T08:00 2026-11-09T08:00 ann week".
func lines(shifts []duty.Shift) []string {
	out := []string{}
	for _, s := range shifts {
		out = append(out, short(s.From)+" "+short(s.To)+" "+s.Name+" "+s.Layer)
	}
	return out
}

func gapLines(gaps []duty.Gap) []string {
	out := []string{}
	for _, g := range gaps {
		out = append(out, short(g.From)+" "+short(g.To))
	}
	return out
}

func short(t time.Time) string { return t.UTC().Format("2006-01-02T15:04") }

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
