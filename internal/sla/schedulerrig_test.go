package sla

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// The people of the rig: ann leads the team, bob is on duty unless a test says
// otherwise, cat manages, dan administers, eve is in the team, too.
const (
	ann = "u-ann"
	bob = "u-bob"
	cat = "u-cat"
	dan = "u-dan"
	eve = "u-eve"
)

// rig is an installation whose clock a test turns. Nobody looks by itself.
type rig struct {
	t       *testing.T
	d       *db.DB
	journal *journal.Journal
	tickets *ticket.Tickets
	notify  *notify.Notify
	sla     *SLA

	mu    sync.Mutex
	now   time.Time
	duty  map[string]string // by team or schedule
	works map[string]bool   // people whose channel is confirmed
	gone  map[string]bool   // people who are not active
	sick  map[string]bool   // tickets that cannot be unacknowledged
}

// begun is when the clock of a rig stands at first.
func begun() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// rigs runs fn on every engine.
func rigs(t *testing.T, fn func(r *rig)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(newRig(t, open))
		})
	}
}

func newRig(t *testing.T, open func(testing.TB, func() time.Time) *db.DB) *rig {
	t.Helper()
	r := &rig{
		t: t, now: begun(), duty: map[string]string{"team": bob}, works: map[string]bool{dan: true}, gone: map[string]bool{}, sick: map[string]bool{},
	}
	r.d = open(t, func() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now })
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), r.d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	r.journal = journal.New(vault)
	findings, err := finding.New(r.d, r.journal)
	if err != nil {
		t.Fatal(err)
	}
	r.tickets = ticket.New(r.d, r.journal, findings, ticket.People{
		Intake: func(*db.Tx) (string, string, error) { return "team", ann, nil },
		Lead:   func(*db.Tx, string) (string, error) { return ann, nil },
		Active: identity.IsActive,
		Names:  func(*db.Tx, []string) (map[string]string, error) { return map[string]string{bob: "Bob"}, nil },
		Zone:   func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	})
	r.notify = notify.New(notify.Config{DB: r.d, Journal: r.journal, Vault: vault})
	r.sla = r.another()
	r.populate()
	return r
}

// another is another runner on the same database, as on a second node or after
// a restart.
func (r *rig) another() *SLA {
	s := New(Config{
		DB: r.d, Journal: r.journal, Tickets: r.tickets, Tell: r.notify.Tell, Release: r.notify.Release,
		Unacknowledge: r.unacknowledge, Called: notify.Called, People: r.people(),
	})
	r.tickets.Connect(s.Clocks())
	return s
}

func (r *rig) people() People {
	return People{
		Active: func(tx *db.Tx, id string) (bool, error) {
			ok, err := identity.IsActive(tx, id)
			return ok && !r.gone[id], err
		},
		Holders: identity.Holders, Leads: identity.Leads, LeadsOf: identity.LeadsOf, Members: identity.MembersOf,
		Lead: func(tx *db.Tx, team string) (string, error) {
			t, err := identity.FindTeam(tx, team)
			return t.Lead, err
		},
		OnTeam:    func(_ *db.Tx, team string, _ int64) (string, error) { return r.duty[team], nil },
		OnCall:    func(_ *db.Tx, schedule string, _ int64) (string, error) { return r.duty[schedule], nil },
		Schedule:  func(*db.Tx, string) (bool, error) { return true, nil },
		Names:     func(*db.Tx, []string) (map[string]string, error) { return map[string]string{bob: "Bob"}, nil },
		Channel:   func(_ *db.Tx, id string) (string, error) { return "the channel " + id, nil },
		Confirmed: func(_ *db.Tx, id string) (bool, error) { return r.works[id], nil },
		Tested:    func(_ *db.Tx, id string) (bool, error) { return r.works[id], nil },
	}
}

// unacknowledge does what the room of tickets does.
func (r *rig) unacknowledge(tx *db.Tx, chain *journal.Chain, id, cause string) error {
	if r.sick[id] {
		return fault.New(fault.Internal, "this ticket is sick")
	}
	_, err := tx.Exec(`UPDATE ticket SET acknowledged_at = NULL, acknowledged_by = NULL WHERE tenant = $1 AND id = $2`, tx.Tenant(), id)
	if err != nil {
		return err
	}
	_, err = chain.Append(journal.TicketUnacknowledged, map[string]any{"cause": cause}, nil)
	return err
}

func (r *rig) populate() {
	r.write("system:test", func(tx *db.Tx) error {
		if err := tx.Must(`INSERT INTO tenant(tenant, name, time_zone, created_at) VALUES ('main','Main','UTC',0)`); err != nil {
			return err
		}
		for _, id := range []string{ann, bob, cat, dan, eve} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id, true, false)
			if err != nil {
				return err
			}
		}
		err := tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,$2,$3,0,0,1)`, true, ann, true)
		if err != nil {
			return err
		}
		for _, row := range [][2]string{{cat, identity.Manager}, {dan, identity.TenantAdmin}} {
			if err := tx.Must(`INSERT INTO user_role(tenant,user_id,role,granted_at,granted_by) VALUES ('main',$1,$2,0,'')`, row[0], row[1]); err != nil {
				return err
			}
		}
		for _, id := range []string{ann, bob, eve} {
			if err := tx.Must(`INSERT INTO team_member(tenant,team_id,user_id) VALUES ('main','team',$1)`, id); err != nil {
				return err
			}
		}
		return r.sla.Ensure(tx)
	})
	if err := r.sla.mindAll(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) as(actor string) context.Context {
	return db.As(context.Background(), dbtest.Tenant, db.Actor(actor))
}

func (r *rig) write(actor string, fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Write(r.as(actor), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Read(r.as("user:"+ann), fn); err != nil {
		r.t.Fatal(err)
	}
}

// at turns the clock to a time of the day, as 10:05 or 10:04:59.
func (r *rig) at(clock string) {
	r.t.Helper()
	layout := "15:04"
	if strings.Count(clock, ":") == 2 {
		layout = "15:04:05"
	}
	v, err := time.Parse(layout, clock)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = time.Date(2026, 11, 23, v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
}

// alive lets the runner look at a time, as it does all the time while the system
// is up.
func (r *rig) alive(clocks ...string) {
	r.t.Helper()
	for _, c := range clocks {
		r.at(c)
		r.write("system:test", func(tx *db.Tx) error { // it looked a moment ago
			_, err := tx.Exec(`UPDATE catchup_seen SET seen_at = $1`, tx.Now()-5_000_000)
			return err
		})
		r.look()
	}
}

func (r *rig) look() {
	r.t.Helper()
	if err := r.sla.Look(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.sound()
}

// sound checks that every row shows what a replay says, so that nothing is
// looked at too late. Only a ticket that was put off is looked at later.
func (r *rig) sound() {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		ids, err := db.Strings(tx, `SELECT id FROM ticket WHERE tenant = $1 ORDER BY id LIMIT 50`, tx.Tenant())
		for _, id := range ids {
			st, err := r.sla.state(tx, id)
			if err != nil {
				return err
			}
			next, err := ticket.NextOf(tx, id)
			if err != nil {
				return err
			}
			if _, sick := r.sick[id]; next != st.NextAt && !sick {
				r.t.Errorf("ticket %s is looked at at %d, the replay says %d", id, next, st.NextAt)
			}
		}
		return err
	})
}

// open opens a ticket.
func (r *rig) open(severity string) string {
	r.t.Helper()
	id := ""
	r.write("system:intake", func(tx *db.Tx) error {
		t, err := r.tickets.Create(tx, ticket.Draft{Title: "Something happened", Severity: finding.Severity(severity)})
		if err != nil {
			return err
		}
		id = t.ID
		return r.touch(tx, id)
	})
	return id
}

// does is a command of a person on a ticket.
func (r *rig) does(person, id string, fn func(tx *db.Tx) error) {
	r.t.Helper()
	r.write("user:"+person, func(tx *db.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return r.touch(tx, id)
	})
}

func (r *rig) touch(tx *db.Tx, id string) error {
	chain, err := r.journal.Follow(tx, ticket.Stream(id))
	if err != nil {
		return err
	}
	return r.sla.touched(tx, chain, id)
}

func (r *rig) acks(person, id string) {
	r.t.Helper()
	r.does(person, id, func(tx *db.Tx) error { _, err := r.tickets.Acknowledge(tx, id); return err })
}

// log is what the journal of a stream says, by kind: its data as JSON.
func (r *rig) log(stream string, kinds ...string) (out []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		story, err := journal.Story(tx, stream, kinds...)
		for i := range story {
			out = append(out, string(story[i].Data))
		}
		return err
	})
	return out
}

func (r *rig) entries(id string, kinds ...string) (out []journal.Record) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) {
		out, err = journal.Story(tx, ticket.Stream(id), kinds...)
		return err
	})
	return out
}

// note is a notice as tests see it: who, what, and whether it waits for a digest.
type note struct {
	Who, Kind, Batch, Ticket, Text string
	Level                          int64
}

// heard are the notices so far, in the order in which they were told.
func (r *rig) heard(kinds ...notify.Kind) (out []note) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) {
		out, err = db.All(tx, func(s db.Scanner) (n note, err error) {
			return n, s.Scan(&n.Who, &n.Kind, &n.Batch, &n.Ticket, &n.Text, &n.Level)
		}, `SELECT person || channel, kind, batch, ticket, text, level FROM notice WHERE tenant = $1 ORDER BY id`, tx.Tenant())
		return err
	})
	if len(kinds) > 0 {
		out = slices.DeleteFunc(out, func(n note) bool { return !slices.Contains(kinds, notify.Kind(n.Kind)) })
	}
	return out
}

// called is who was called so far, sorted, with how often when more than once.
func (r *rig) called() string { return sumOf(r.heard(notify.Page)) }

func sumOf(list []note) string {
	count := map[string]int{}
	for _, n := range list {
		count[strings.TrimPrefix(n.Who, "u-")]++
	}
	out := []string{}
	for who, n := range count {
		if n > 1 {
			who = fmt.Sprintf("%s×%d", who, n)
		}
		out = append(out, who)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
