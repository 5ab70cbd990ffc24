package ticket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// world is two people, one team, and the rooms under test.
type world struct {
	t        *testing.T
	d        *db.DB
	now      *time.Time
	journal  *journal.Journal
	findings *finding.Findings
	tickets  *ticket.Tickets
	members  []string // of the team, beside ann
	onDuty   string
	robots   []string // service accounts
}

// the people of the world: ann leads the team.
const (
	ann = "u-ann"
	bob = "u-bob"
)

// each runs fn on every engine, under a clock that the test turns.
func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
			var mu sync.Mutex
			w := &world{t: t, now: &now}
			w.d = open(t, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
			w.open()
			fn(w)
		})
	}
}

func (w *world) open() {
	w.t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), w.d, dbtest.Tenant); err != nil {
		w.t.Fatal(err)
	}
	w.journal = journal.New(vault)
	var err error
	if w.findings, err = finding.New(w.d, w.journal); err != nil {
		w.t.Fatal(err)
	}
	w.tickets = ticket.New(w.d, w.journal, w.findings, ticket.People{
		Intake: func(*db.Tx) (string, string, error) { return "team", ann, nil },
		Lead:   func(*db.Tx, string) (string, error) { return ann, nil },
		Human:  func(_ *db.Tx, id string) (bool, error) { return !slices.Contains(w.robots, id), nil },
		OnDuty: func(*db.Tx, string) (string, error) { return w.onDuty, nil },
		Member: func(_ *db.Tx, _, person string) (bool, error) {
			return person == ann || slices.Contains(w.members, person), nil
		},
		Active: func(tx *db.Tx, id string) (bool, error) {
			var n int
			err := tx.QueryRow(`SELECT COUNT(*) FROM users WHERE tenant = $1 AND id = $2 AND active`, tx.Tenant(), id).Scan(&n)
			return n == 1, err
		},
		Names: func(*db.Tx, []string) (map[string]string, error) {
			return map[string]string{ann: "Ann", bob: "Bob", "team": "SOC"}, nil
		},
		Zone: func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	})
	w.write("system:test", func(tx *db.Tx) error {
		for _, id := range []string{ann, bob} {
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id+"@example.org", id, true, false)
			if err != nil {
				return err
			}
		}
		return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,$2,$3,0,0,1)`, true, ann, true)
	})
}

func (w *world) as(actor string) context.Context {
	return db.As(context.Background(), dbtest.Tenant, db.Actor(actor))
}

func (w *world) write(actor string, fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(w.as(actor), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) try(person string, fn func(tx *db.Tx) error) error {
	return w.d.Write(w.as("user:"+person), fn)
}

// control is a failed control in ASFF; edit changes it.
func control(id string, edit func(f map[string]any)) []byte {
	f := map[string]any{
		"SchemaVersion": "2018-10-08", "Id": id, "GeneratorId": "security-control/S3.1",
		"ProductArn":   "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
		"AwsAccountId": "111122223333", "CreatedAt": "2026-11-01T00:00:00Z", "UpdatedAt": "2026-11-01T00:00:00Z",
		"Title": "S3 buckets should block public access", "Description": "A bucket is public.",
		"Severity": map[string]any{"Label": "HIGH"}, "Compliance": map[string]any{"Status": "FAILED"},
		"Workflow": map[string]any{"Status": "NEW"}, "RecordState": "ACTIVE",
		"Resources": []any{map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::" + strings.ToLower(id), "Partition": "aws", "Region": "eu-west-1"}},
	}
	if edit != nil {
		edit(f)
	}
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return raw
}

func (w *world) take(body []byte) finding.Result {
	w.t.Helper()
	parts, err := finding.Decode(body)
	if err != nil || len(parts) != 1 {
		w.t.Fatalf("%v, %d parts", err, len(parts))
	}
	var res finding.Result
	w.write("system:intake", func(tx *db.Tx) (err error) {
		res, err = w.findings.Take(tx, parts[0], "api", w.tickets.FromFinding)
		return err
	})
	return res
}

func (w *world) view(ref string) ticket.View {
	w.t.Helper()
	var v ticket.View
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) (err error) {
		v, err = w.tickets.View(tx, ref, ticket.Reader{Worker: ticket.Worker{ID: ann, Leads: true}, Works: true})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) kinds(id string) []string {
	w.t.Helper()
	var kinds []string
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
		records, err := w.journal.Stream(tx, ticket.Stream(id), 0, 100)
		for _, r := range records {
			kinds = append(kinds, r.Kind)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func lead(id string) ticket.Worker { return ticket.Worker{ID: id, Leads: true} }
