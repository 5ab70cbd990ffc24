package ticket

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// limits of what is compared, so that one finding with a million addresses
// costs no more than another.
const (
	maxSightings = 200 // kept of one finding
	maxAsked     = 50  // values of one ticket that are looked up
	maxSeenIn    = 100
	maxRelated   = 20
)

// sighting is one value by which tickets are compared.
type sighting struct{ kind, value string }

// sightings lists what a finding may share with another ticket's.
func sightings(f *finding.Finding) []sighting {
	out := []sighting{}
	for _, i := range f.Indicators {
		out = append(out, sighting{i.Type, i.Value})
	}
	for _, r := range f.Resources {
		if telling(r) {
			out = append(out, sighting{"resource", r.UID})
		}
	}
	if f.Principal != "" {
		out = append(out, sighting{"principal", f.Principal})
	}
	slices.SortFunc(out, func(a, b sighting) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value))
	})
	out = slices.Compact(out)
	return out[:min(len(out), maxSightings)]
}

// telling leaves out whole accounts: everything in an account would be
// "related".
func telling(r finding.Resource) bool {
	return r.UID != "" && !strings.HasPrefix(r.UID, "AWS::::Account:") && r.Type != "AwsAccount"
}

// IndexSightings is a reader of the journal: it notes which indicators and
// resources a ticket has. It may get an entry twice. What a finding shows is
// read before the transaction, so that the one writer only writes.
func (ts *Tickets) IndexSightings(ctx context.Context, entries []journal.Record) error {
	var rows []seenRow
	again := splitTickets(entries)
	err := ts.db.Read(ctx, func(tx *db.Tx) (err error) {
		if rows, err = ts.shown(tx, entries, again); err != nil {
			return err
		}
		for _, ticket := range again {
			whole, err := ts.shownBy(tx, ticket)
			if err != nil {
				return err
			}
			rows = append(rows, whole...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := ts.forget(ctx, again); err != nil {
		return err
	}
	for some := range slices.Chunk(rows, seenAtOnce) {
		if err := ts.note(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// seenAtOnce bounds how long one transaction of the projection keeps others
// waiting.
const seenAtOnce = 2_000

func (ts *Tickets) note(ctx context.Context, rows []seenRow) error {
	return ts.db.Write(ctx, func(tx *db.Tx) error {
		for some := range slices.Chunk(rows, seenChunk) {
			if err := insertSeen(tx, some); err != nil {
				return fault.Wrap(err, "noting what tickets show")
			}
		}
		return nil
	})
}

// seenChunk is how many rows one statement writes.
const seenChunk = 32

func insertSeen(tx *db.Tx, rows []seenRow) error {
	var text strings.Builder
	text.WriteString(`INSERT INTO sighting(tenant, type, value, ticket, at) VALUES `)
	args := make([]any, 0, 1+4*len(rows))
	args = append(args, tx.Tenant())
	for i, r := range rows {
		if i > 0 {
			text.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&text, "($1,$%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
		args = append(args, r.kind, r.value, r.ticket, r.at)
	}
	text.WriteString(` ON CONFLICT DO NOTHING`)
	_, err := tx.Exec(text.String(), args...)
	return err
}

// seenRow is one row of the projection.
type seenRow struct {
	sighting
	ticket string
	at     int64
}

func (ts *Tickets) shown(tx *db.Tx, entries []journal.Record, without []string) ([]seenRow, error) {
	var rows []seenRow
	for i := range entries {
		e := &entries[i]
		ticket, ok := strings.CutPrefix(e.Stream, "ticket:")
		if slices.Contains(without, ticket) {
			continue
		}
		var said struct{ Finding, Content string }
		if err := json.Unmarshal(e.Data, &said); err != nil || !ok || said.Finding == "" {
			continue
		}
		seen, known := ts.memo.take(said.Content)
		if !known {
			f, _, err := ts.findings.Normal(tx, said.Finding)
			if fault.Is(err, fault.Missing) { // removed since
				continue
			}
			if err != nil {
				return nil, fault.Wrap(err, "indexing finding %s", said.Finding)
			}
			seen = sightings(f)
		}
		for _, s := range seen {
			rows = append(rows, seenRow{s, ticket, e.At})
		}
	}
	return rows, nil
}

// memo remembers for a moment what a finding that has just come in shows, by
// its content, so that the reader need not decode the original again. It is
// bounded, and losing something costs only that decoding.
type memo struct {
	mu   sync.Mutex
	seen map[string][]sighting
}

const maxMemo = 4096

func newMemo() *memo { return &memo{seen: map[string][]sighting{}} }

func (m *memo) put(content string, s []sighting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.seen) >= maxMemo { // the reader runs on another node, or lags
		clear(m.seen)
	}
	m.seen[content] = s
}

func (m *memo) take(content string) ([]sighting, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.seen[content]
	delete(m.seen, content)
	return s, ok
}

// indicators lists a ticket's indicators with how many other tickets have them.
func (ts *Tickets) indicators(tx *db.Tx, tickets []string, found []*finding.Finding) ([]Indicator, error) {
	out := []Indicator{}
	have := map[sighting]bool{}
	for _, f := range found {
		for _, i := range f.Indicators {
			key := sighting{i.Type, i.Value}
			if have[key] || len(out) == maxSightings {
				continue
			}
			have[key] = true
			out = append(out, Indicator{Type: i.Type, Value: i.Value, Role: i.Role, Verdict: "unknown"})
		}
	}
	for n := range out[:min(len(out), maxAsked)] {
		if err := seenIn(tx, tickets, &out[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// seenIn counts the other tickets with an indicator, up to a hundred: the first
// hundred by age, and as many more as may be the ticket's own tree.
func seenIn(tx *db.Tx, tickets []string, i *Indicator) error {
	rows, err := tx.Query(`SELECT ticket, at FROM sighting WHERE tenant = $1 AND type = $2 AND value = $3 ORDER BY ticket LIMIT $4`,
		tx.Tenant(), i.Type, i.Value, maxSeenIn+len(tickets))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && i.SeenIn < maxSeenIn {
		var ticket string
		var at int64
		if err := rows.Scan(&ticket, &at); err != nil {
			return err
		}
		if slices.Contains(tickets, ticket) {
			continue
		}
		i.SeenIn++
		if first := db.Time(at); i.FirstSeen == nil || first.Before(*i.FirstSeen) {
			i.FirstSeen = &first
		}
	}
	return rows.Err()
}

// Related is another ticket and why it may matter.
type Related struct {
	Ticket   string           `json:"ticket"`
	Number   string           `json:"number"`
	Title    string           `json:"title"`
	Severity finding.Severity `json:"severity"`
	Phase    Phase            `json:"phase"`
	OpenedAt time.Time        `json:"opened_at"`
	Reasons  []string         `json:"reasons"`
}

// Related names tickets that share an indicator, a resource or a principal,
// those with most in common first, then the newest.
func (ts *Tickets) Related(tx *db.Tx, ref string) ([]Related, error) {
	t, err := ts.Get(tx, ref)
	if err != nil {
		return nil, err
	}
	merged, err := ts.mergedHere(tx, t.ID)
	if err != nil {
		return nil, err
	}
	own := tree(t.ID, merged)
	found, err := ts.someOf(tx, own)
	if err != nil {
		return nil, err
	}
	reasons := map[string][]string{}
	for _, s := range allSightings(found) {
		others, err := db.Strings(tx, `SELECT ticket FROM sighting WHERE tenant = $1 AND type = $2 AND value = $3 ORDER BY ticket DESC LIMIT $4`,
			tx.Tenant(), s.kind, s.value, maxRelated+len(own))
		if err != nil {
			return nil, err
		}
		for _, other := range others {
			if !slices.Contains(own, other) {
				reasons[other] = append(reasons[other], "same "+spoken(s.kind)+" "+s.value)
			}
		}
	}
	return ts.related(tx, t, reasons)
}

// allSightings lists what findings may share with others, each once, as much of
// it as is looked up.
func allSightings(found []*finding.Finding) []sighting {
	var all []sighting
	have := map[sighting]bool{}
	for _, f := range found {
		for _, s := range sightings(f) {
			if !have[s] && len(all) < maxAsked {
				have[s] = true
				all = append(all, s)
			}
		}
	}
	return all
}

// related loads the tickets with most in common. A merged one stands for the
// ticket that shows it.
func (ts *Tickets) related(tx *db.Tx, of *Ticket, reasons map[string][]string) ([]Related, error) {
	self, err := ts.root(tx, of)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(reasons))
	for id := range reasons {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(len(reasons[b])-len(reasons[a]), strings.Compare(b, a))
	})
	out := []Related{}
	have := map[string]bool{self.ID: true, of.ID: true}
	for _, id := range ids[:min(len(ids), maxRelated)] {
		t, err := ts.Get(tx, id)
		if err != nil {
			return nil, err
		}
		if t, err = ts.root(tx, t); err != nil {
			return nil, err
		}
		if !have[t.ID] {
			have[t.ID] = true
			out = append(out, Related{t.ID, Number(t.Number), t.Title, t.Severity, t.Phase, db.Time(t.OpenedAt), reasons[id]})
		}
	}
	return out, nil
}

func spoken(kind string) string {
	if kind == "ipv4" || kind == "ipv6" {
		return "address"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

func assets(found []*finding.Finding) []Asset {
	out := []Asset{}
	have := map[string]bool{}
	for _, f := range found {
		for _, r := range f.Resources {
			if have[r.UID] || len(out) == maxSightings {
				continue
			}
			have[r.UID] = true
			tags := r.Tags
			if tags == nil {
				tags = map[string]string{}
			}
			out = append(out, Asset{
				ID: r.UID, Kind: r.Type, Key: r.UID, Name: r.Name, Account: cmp.Or(r.Account, f.Account), Region: cmp.Or(r.Region, f.Region), Tags: tags,
			})
		}
	}
	return out
}

func techniques(found []*finding.Finding) []string {
	out := []string{}
	for _, f := range found {
		out = append(out, f.Techniques...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// facts are what the findings say for free, each once.
func facts(found []*finding.Finding) []Fact {
	out := []Fact{}
	add := func(name, value string) {
		f := Fact{name, value}
		if value != "" && !slices.Contains(out, f) && len(out) < 60 {
			out = append(out, f)
		}
	}
	for _, f := range found {
		add("principal", f.Principal)
		add("action", f.Action)
		add("control", f.Control)
		for _, r := range f.Remotes {
			add("remote", remote(r))
		}
		add("remediation", f.Remediation)
		add("remediation_url", f.RemediationURL)
		add("source_url", f.SourceURL)
	}
	return out
}

func remote(r finding.Remote) string {
	where := []string{cmp.Or(r.IP, r.Domain)}
	if r.Port > 0 {
		where[0] += " port " + strconv.Itoa(r.Port)
	}
	for _, s := range []string{r.Country, r.ASN, r.Org} {
		if s != "" {
			where = append(where, s)
		}
	}
	return strings.Join(where, ", ")
}
