package ticket

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// The bench of lists and search is run by hand, since it fills a database:
//
//	go test ./internal/ticket -run BenchOfLists -bench.tickets 1000000 -timeout 1h -v
var (
	benchTickets = flag.Int("bench.tickets", 0, "how many tickets the bench of lists fills a database with; 0 leaves it out")
	benchDir     = flag.String("bench.dir", "", "keep the database of the bench here, and use it again")
)

// asked is one list that the bench asks for, and how long it may take.
type asked struct {
	name, q, sort string
	p95           time.Duration
}

var benchLists = []asked{
	{"all open, worst first", "open:true", "-severity", 30 * time.Millisecond},
	{"all open, newest first", "open:true", "", 30 * time.Millisecond},
	{"all open, by change", "phase!=closed", "-updated_at", 30 * time.Millisecond},
	{"all open, by number", "open:true", "number", 30 * time.Millisecond},
	{"all open, by deadline", "open:true", "due", 30 * time.Millisecond},
	{"everything, worst first", "", "-severity", 30 * time.Millisecond},
	{"mine", "open:true owner:me", "-severity", 30 * time.Millisecond},
	{"unowned", "open:true owner:none", "-severity", 30 * time.Millisecond},
	{"unacknowledged", "open:true acknowledged:false", "-severity", 30 * time.Millisecond},
	{"critical and high", "open:true severity>=high", "-opened_at", 30 * time.Millisecond},
	{"offered to me", "open:true offered:me", "-severity", 30 * time.Millisecond},
	{"closed today", "closed:today", "-updated_at", 30 * time.Millisecond},
	{"closed, worst first", "phase:closed", "-severity", 30 * time.Millisecond},
	{"an account", "account:111122220007 open:true", "-opened_at", 30 * time.Millisecond},
	{"what nothing has", "title~zebra", "-opened_at", 150 * time.Millisecond},
	{"a common word", "guardduty", "", 150 * time.Millisecond},
	{"two common words", "guardduty brute", "", 150 * time.Millisecond},
	{"common words that seldom meet", "brute macie", "", 150 * time.Millisecond},
	{"a rare word", "zanzibar", "", 150 * time.Millisecond},
	{"a rare and a common word", "zanzibar guardduty", "", 150 * time.Millisecond},
	{"an address", "203.0.113.77", "", 150 * time.Millisecond},
	{"an instance", "i-0000000000004d2", "", 150 * time.Millisecond},
	{"nothing found", "nosuchwordatall", "", 150 * time.Millisecond},
	{"a common word, open, mine", "guardduty open:true owner:me", "", 150 * time.Millisecond},
	{"a common word, worst first", "guardduty open:true", "-severity", 150 * time.Millisecond},
	{"a common word, oldest first", "guardduty", "opened_at", 150 * time.Millisecond},
	{"a word or another", "zanzibar OR guardduty", "", 150 * time.Millisecond},
	{"all but a word", "open:true -guardduty", "", 150 * time.Millisecond},
}

func TestBenchOfLists(t *testing.T) {
	if *benchTickets == 0 {
		t.Skip("run with -bench.tickets 1000000 for the bench of lists")
	}
	b := openBench(t)
	b.fill(*benchTickets)
	b.sizes()
	for _, a := range benchLists {
		b.ask(a)
	}
	b.countViews()
}

// countViews measures what counting the built-in views behind costs, and what
// asking for all of them does.
func (b *bench) countViews() {
	env := query.Env{Me: "u-1", Now: b.now}
	for _, v := range BuiltInViews() {
		before := processorTime(b.t)
		err := b.d.Read(b.context(), func(tx *db.Tx) error {
			q, env, err := b.ts.ask(tx, v.Q, env)
			if err != nil {
				return err
			}
			n, exact, err := countOf(tx, q, env, behind())
			b.t.Logf("counting %-20s cpu %8s  %d%s", v.Name, (processorTime(b.t) - before).Round(10*time.Microsecond), n, strings.Repeat("+", map[bool]int{false: 1}[exact]))
			return err
		})
		if err != nil {
			b.t.Error(err)
		}
	}
	before := processorTime(b.t)
	for range benchRounds {
		err := b.d.Read(b.context(), func(tx *db.Tx) error {
			views, err := b.ts.Views(tx, ViewReader{ID: "u-1"})
			if err != nil {
				return err
			}
			return b.ts.CountViews(tx, views, env)
		})
		if err != nil {
			b.t.Error(err)
		}
	}
	b.t.Logf("asking for the views and their counts: cpu %s", ((processorTime(b.t) - before) / benchRounds).Round(10*time.Microsecond))
	b.ts.Wait()
}

type bench struct {
	t   *testing.T
	d   *db.DB
	dir string
	ts  *Tickets
	now int64
}

func openBench(t *testing.T) *bench {
	dir := *benchDir
	if dir == "" {
		dir = t.TempDir()
	}
	d, err := db.Open(context.Background(), db.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	ts := New(d, nil, nil, People{Names: func(*db.Tx, []string) (map[string]string, error) { return nil, nil }})
	return &bench{t, d, dir, ts, d.Now()}
}

func (b *bench) context() context.Context {
	return db.As(context.Background(), dbtest.Tenant, "system:test")
}

func (b *bench) write(do func(tx *db.Tx) error) {
	b.t.Helper()
	if err := b.d.Write(b.context(), do); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) count(text string) (n int) {
	b.t.Helper()
	err := b.d.Read(b.context(), func(tx *db.Tx) error { return tx.QueryRow(text).Scan(&n) })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) fill(n int) {
	if b.count(`SELECT COUNT(*) FROM ticket`) >= n {
		return
	}
	b.write(func(tx *db.Tx) error {
		for i := range 20 {
			id := fmt.Sprintf("u-%d", i)
			err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
				VALUES ('main',$1,'person',$2,$3,'',$4,'UTC',$5,0,0,0,0,1)`, id, id, id, true, false)
			if err != nil {
				return err
			}
		}
		return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','team','SOC',$1,'u-0',$2,0,0,1)`, true, true)
	})
	for from := 0; from < n; from += 2000 {
		b.write(func(tx *db.Tx) error {
			for i := from; i < min(from+2000, n); i++ {
				if err := b.insert(tx, i, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	before := b.size()
	began, used := time.Now(), processorTime(b.t)
	for from := 0; from < n; from += searchChunk {
		docs := make([]document, 0, searchChunk)
		for i := from; i < min(from+searchChunk, n); i++ {
			docs = append(docs, benchDocument(i))
		}
		b.write(func(tx *db.Tx) error { return writeDocuments(tx, docs) })
	}
	took := time.Since(began)
	b.t.Logf("words written: %s, %.0f µs of processor a ticket; the file grew by %.0f bytes a ticket", took.Round(time.Millisecond),
		float64((processorTime(b.t)-used).Microseconds())/float64(n), float64(b.size()-before)/float64(n))
}

// benchTicket is one of a fortnight's mix; what is random is by its place.
func benchTicket(i int) *Ticket {
	r := rand.New(rand.NewPCG(7, uint64(i)))
	instance := fmt.Sprintf("i-%015x", i)
	kinds := [][2]string{
		{"GuardDuty", "EC2 instance %s is performing SSH brute force attacks against 203.0.113.%d."},
		{"GuardDuty", "EC2 instance %s is communicating with a remote host on the unusual port %d."},
		{"GuardDuty", "Credentials for instance role used from an external address by %s, event %d."},
		{"Security Hub", "EC2.8 EC2 instance %s should use Instance Metadata Service version %d"},
		{"Macie", "The S3 object of bucket %s contains %d kinds of personal information"},
		{"Inspector", "CVE-2026-%[2]d found in openssl on %[1]s"},
	}
	k := kinds[r.IntN(len(kinds))]
	t := &Ticket{
		ID: "", Title: fmt.Sprintf(k[1], instance, r.IntN(250)), Source: k[0], Type: "detection",
		Severity: finding.Severity(finding.Severities()[r.IntN(5)]), Phase: Detect, Accountable: "u-0", Team: "team",
		Account: fmt.Sprintf("1111222200%02d", r.IntN(40)), Region: "eu-west-1", FindingCount: 1, OpenedBy: "system:bench",
	}
	t.Resource = "arn:aws:ec2:eu-west-1:" + t.Account + ":instance/" + instance
	t.Description = fmt.Sprintf("The instance %s behaves in a way that was not seen before: over %d connections in an hour to a host that is on a threat list. "+
		"Look at the flow logs of its interface eni-%015x and isolate it when nobody can explain this.", instance, r.IntN(5000), r.Uint64()>>4)
	if i%25_000 == 17 {
		t.Description += " Seen in zanzibar first."
	}
	return t
}

func benchDocument(i int) document {
	t := benchTicket(i)
	r := rand.New(rand.NewPCG(8, uint64(i)))
	var text searchText
	text.add(Number(int64(i+1)), t.Title, t.Source, t.Account, t.Resource, t.Region)
	text.add(fmt.Sprintf("198.51.%d.%d", r.IntN(256), r.IntN(256)), fmt.Sprintf("c%d.evil-%d.example.com", r.IntN(100), r.IntN(5000)),
		fmt.Sprintf("%064x", r.Uint64()), "arn:aws:iam::"+t.Account+":role/app-"+fmt.Sprint(r.IntN(200)))
	if i%20_000 == 5 {
		text.add("203.0.113.77")
	}
	text.add(t.Description)
	return document{int64(i + 1), wordsOf(text.String())}
}

// insert writes a row: one in five closed, a third of the rest owned.
func (b *bench) insert(tx *db.Tx, i, n int) error {
	t := benchTicket(i)
	t.ID, t.Number = tx.NewID(), int64(i+1)
	t.OpenedAt = b.now - int64(n-i)*1_000_000
	if err := tx.Must(sqlInsert, tx.Tenant(), t.ID, t.Number, t.Title, t.Description, t.Type, t.Source,
		string(t.Severity), t.Severity.Rank(), t.Accountable, true, t.Team, t.Account, t.Region, t.Resource,
		joinTags(t.Tags), t.OpenedAt, t.OpenedAt, t.FindingCount, t.OpenedBy, t.Demo, nil, "", nil); err != nil {
		return err
	}
	var err error
	switch {
	case i%5 == 0:
		_, err = tx.Exec(`UPDATE ticket SET phase = 'closed', closed_at = $1, updated_at = $1, accountable_active = NULL, owner = $2 WHERE tenant = 'main' AND id = $3`,
			t.OpenedAt+3600e6, fmt.Sprintf("u-%d", i/5%20), t.ID)
	case i%3 == 0 && i%5000 != 3:
		_, err = tx.Exec(`UPDATE ticket SET owner = $1, acknowledged_at = $2 WHERE tenant = 'main' AND id = $3`, fmt.Sprintf("u-%d", 2+i%18), t.OpenedAt, t.ID)
	case i%5000 == 3:
		_, err = tx.Exec(`UPDATE ticket SET owner = 'u-1', offered_to = 'u-1', due_at = $1 WHERE tenant = 'main' AND id = $2`, t.OpenedAt, t.ID)
	}
	return err
}

func (b *bench) size() (bytes int64) {
	for _, name := range []string{db.FileName, db.FileName + "-wal"} {
		if info, err := os.Stat(filepath.Join(b.dir, name)); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// sizes says what the index of words takes, by the pages of its tables.
func (b *bench) sizes() {
	n := int64(b.count(`SELECT COUNT(*) FROM ticket`))
	var words int64
	for _, table := range []string{"search_data", "search_idx", "search_docsize", "search_config", "search_content"} {
		var bytes *int64
		_ = b.d.Read(b.context(), func(tx *db.Tx) error {
			if table == "search_data" {
				return tx.QueryRow(`SELECT SUM(LENGTH(block)) FROM search_data`).Scan(&bytes)
			}
			return nil
		})
		if bytes != nil {
			words += *bytes
		}
	}
	b.t.Logf("%d tickets, %.1f bytes of words a ticket, file %d MiB", n, float64(words)/float64(n), b.size()>>20)
}

const benchRounds = 60

func (b *bench) ask(a asked) {
	var took []time.Duration
	var l Listing
	env := query.Env{Me: "u-1", Now: b.now}
	before := processorTime(b.t)
	for range benchRounds {
		began := time.Now()
		err := b.d.Read(b.context(), func(tx *db.Tx) (err error) {
			l, err = b.ts.List(tx, Page{Query: a.q, Sort: a.sort, Limit: 50}, env)
			return err
		})
		if err != nil {
			b.t.Errorf("%s: %v", a.name, err)
			return
		}
		took = append(took, time.Since(began))
	}
	used := (processorTime(b.t) - before) / benchRounds
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	b.t.Logf("%-32s cpu %8s  p50 %8s  p95 %8s  rows %3d  count %d%s  more %v", a.name, used.Round(10*time.Microsecond), took[len(took)/2].Round(10*time.Microsecond), p95.Round(10*time.Microsecond),
		len(l.Items), l.Count, strings.Repeat("+", map[bool]int{false: 1}[l.Exact]), l.NextCursor != "")
	if p95 > a.p95 {
		b.t.Errorf("%s takes %s, over %s", a.name, p95, a.p95)
	}
}

// processorTime is what this process has used, which the other work of a busy
// machine hardly changes.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
