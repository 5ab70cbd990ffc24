package ticket_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// BenchmarkTicketPage measures what a ticket's page asks for, of tickets with
// few and many findings and of merged ones, beside as many other tickets as
// TOCSIN_BENCH_TICKETS says:
//
//	TOCSIN_BENCH_TICKETS=1000000 go test ./internal/ticket -run XXX -bench TicketPage -benchtime 300x
func BenchmarkTicketPage(b *testing.B) {
	w := openPages(b)
	pages := []struct{ name, ref string }{
		{"1 finding", w.filled("one", 1)}, {"20 findings", w.filled("twenty", 20)},
		{"500 findings", w.filled("many", 500)}, {"5000 findings", w.filled("most", 5000)},
		{"50 merged", w.merged(50)},
	}
	w.indexed()
	for _, p := range pages {
		for _, part := range []struct {
			name string
			read func(tx *db.Tx) error
		}{
			{"view", func(tx *db.Tx) error {
				_, err := w.tickets.View(tx, p.ref, ticket.Reader{Worker: lead(ann), Works: true})
				return err
			}},
			{"related", func(tx *db.Tx) error { _, err := w.tickets.Related(tx, p.ref); return err }},
			{"log", func(tx *db.Tx) error { return w.log(tx, p.ref) }},
			{"findings", func(tx *db.Tx) error { return w.page(tx, p.ref) }},
		} {
			b.Run(p.name+"/"+part.name, func(b *testing.B) { w.measure(b, part.read) })
		}
	}
}

type pages struct {
	b        *testing.B
	d        *db.DB
	journal  *journal.Journal
	findings *finding.Findings
	tickets  *ticket.Tickets
	sample   []byte
}

func openPages(b *testing.B) *pages {
	d, err := db.Open(context.Background(), db.Config{Dir: b.TempDir()})
	w := &pages{b: b, d: d}
	w.must(err)
	b.Cleanup(func() { _ = d.Close() })
	vault := seal.New(seal.RandomKey())
	w.must(vault.EnsureTenant(context.Background(), d, "main"))
	w.journal = journal.New(vault)
	w.findings, err = finding.New(d, w.journal)
	w.must(err)
	w.tickets = ticket.New(d, w.journal, w.findings, ticket.People{
		Intake: func(*db.Tx) (string, string, error) { return "team", ann, nil },
		Lead:   func(*db.Tx, string) (string, error) { return ann, nil },
		Active: func(*db.Tx, string) (bool, error) { return true, nil },
		Names:  func(*db.Tx, []string) (map[string]string, error) { return map[string]string{}, nil },
		Zone:   func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	})
	w.sample, err = os.ReadFile("../finding/testdata/asff-guardduty.json")
	w.must(err)
	others := 20_000
	if s := os.Getenv("TOCSIN_BENCH_TICKETS"); s != "" {
		others, err = strconv.Atoi(s)
		w.must(err)
	}
	w.others(others)
	return w
}

func (w *pages) must(err error) {
	w.b.Helper()
	if err != nil {
		w.b.Fatal(err)
	}
}

func (w *pages) write(do func(tx *db.Tx) error) {
	w.b.Helper()
	w.must(w.d.Write(db.As(context.Background(), "main", "user:"+ann), do))
}

// others writes tickets that share an address with those measured, and the
// policy by which findings come together.
func (w *pages) others(n int) {
	w.write(func(tx *db.Tx) error {
		err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
			VALUES ('main',$1,'person','a@example.org','Ann','',$2,'UTC',$3,0,0,0,0,1)`, ann, true, false)
		if err != nil {
			return err
		}
		err = tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,$2,$3,0,0,1)`, true, ann, true)
		if err != nil {
			return err
		}
		_, err = w.tickets.SetPolicy(tx, ticket.PolicyChange{Reason: "a bench", Sections: ticket.Sections{
			Rules:  []ticket.Rule{{Name: "all", Then: ticket.ThenOpen, Enabled: true}},
			Groups: []ticket.Group{{Name: "g", Match: "", By: []string{"account"}, Within: "30d", Enabled: true}},
		}})
		return err
	})
	for from := 0; from < n; from += 50_000 {
		w.write(func(tx *db.Tx) error {
			to := min(from+50_000, n)
			_, err := tx.Exec(`WITH RECURSIVE seq(i) AS (SELECT $1 UNION ALL SELECT i+1 FROM seq WHERE i < $2)
				INSERT INTO ticket(tenant, id, number, title, description, type, source, severity, severity_rank, phase, resolution, owner, accountable, accountable_active, team,
				account, region, resource, tags, opened_at, updated_at, finding_count, opened_by, demo, rev, ownership_rev)
				SELECT 'main', printf('00%030d', i), 1000000 + i, 'Another ticket', 'Of which there are many.', 'detection', 'GuardDuty', 'high', 3, 'detect', '', NULL, $3, TRUE, 'team',
				'111122223333', 'eu-west-1', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-' || i, '', i, i, 1, 'system:bench', FALSE, 1, 1 FROM seq`, from, to-1, ann)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`WITH RECURSIVE seq(i) AS (SELECT $1 UNION ALL SELECT i+1 FROM seq WHERE i < $2)
				INSERT INTO sighting(tenant, type, value, ticket, at) SELECT 'main', 'ipv4', '198.51.100.' || (i % 50), printf('00%030d', i), i FROM seq
				UNION ALL SELECT 'main', 'resource', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-' || i, printf('00%030d', i), i FROM seq`, from, to-1)
			return err
		})
	}
}

// filled is a ticket with n findings, each of them with its own address.
func (w *pages) filled(name string, n int) (ref string) {
	account := fmt.Sprintf("%012d", 900_000_000_000+len(name)*1_000_003+n)
	for from := 0; from < n; from += 100 {
		w.write(func(tx *db.Tx) error {
			for i := from; i < min(from+100, n); i++ {
				body := bytes.ReplaceAll(w.sample, []byte("111122223333"), []byte(account))
				body = bytes.ReplaceAll(body, []byte("198.51.100.23"), fmt.Appendf(nil, "198.51.100.%d", i%50))
				body = bytes.ReplaceAll(body, []byte(`"Id": "arn:aws:guardduty`), fmt.Appendf(nil, `"Id": "%s-%d-arn:aws:guardduty`, name, i))
				parts, err := finding.Decode(body)
				if err != nil {
					return err
				}
				res, err := w.findings.Take(tx, parts[0], "api", w.tickets.FromFinding)
				if err != nil {
					return err
				}
				if ref == "" {
					ref = res.Number
				}
				if res.Number != ref {
					return fmt.Errorf("finding %d went to %q (%s), not %s", i, res.Number, res.Outcome, ref)
				}
			}
			return nil
		})
	}
	return ref
}

// merged is a ticket with n others merged into it.
func (w *pages) merged(n int) string {
	root := w.filled("root", 1)
	var refs []string
	for i := range n {
		refs = append(refs, w.filled(fmt.Sprint("m", i), 2+i))
	}
	w.write(func(tx *db.Tx) error {
		_, _, err := w.tickets.Merge(tx, root, ticket.Merge{Tickets: refs}, lead(ann))
		return err
	})
	return root
}

// indexed lets the reader of sightings see everything.
func (w *pages) indexed() {
	ctx := db.As(context.Background(), "main", "system:ticket.sightings")
	for pos := int64(0); ; {
		var page []journal.Record
		w.must(w.d.Read(ctx, func(tx *db.Tx) (err error) { page, err = journal.After(tx, pos, 500); return err }))
		if len(page) == 0 {
			return
		}
		w.must(w.tickets.IndexSightings(ctx, page))
		pos = page[len(page)-1].Pos
	}
}

func (w *pages) log(tx *db.Tx, ref string) error {
	of, err := w.tickets.Streams(tx, ref, true)
	if err != nil {
		return err
	}
	_, err = w.journal.Streams(tx, of.Names, journal.Point{}, 201)
	return err
}

// page reads ten findings whole, as the page of a ticket shows them first.
func (w *pages) page(tx *db.Tx, ref string) error {
	page, err := w.tickets.Findings(tx, ref, ticket.FindingPlace{}, 11)
	if err != nil {
		return err
	}
	for _, f := range page[:min(len(page), 10)] {
		if _, err := w.findings.Get(tx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w *pages) measure(b *testing.B, read func(tx *db.Tx) error) {
	ctx := db.As(context.Background(), "main", "user:"+ann)
	var took []time.Duration
	used := cpuTime()
	for b.Loop() {
		began := time.Now()
		if err := w.d.Read(ctx, read); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.ReportMetric(float64((cpuTime()-used).Microseconds())/1000/float64(b.N), "cpu-ms")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// cpuTime is what this process has used; on a busy machine it says more than
// the clock on the wall.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
