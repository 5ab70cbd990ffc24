package ticket

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/query"
)

// small are the bounds under which a few dozen tickets are a long list.
type small struct{ few, stride, budget int }

// listed pages through a list until it ends.
func (b *bench) listed(q, sort string, s small) (ids []string, pages int) {
	b.t.Helper()
	p := Page{Query: q, Sort: sort, Limit: 7}
	for pages = 1; ; pages++ {
		err := b.d.Read(b.context(), func(tx *db.Tx) error {
			l, err := b.ts.lister(tx, p, query.Env{Me: "u-1", Now: b.now})
			if err != nil {
				return err
			}
			l.few, l.stride, l.budget = s.few, s.stride, s.budget
			rows, next, err := l.page()
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			p.Cursor = ""
			if next != nil {
				p.Cursor = next.encode(p)
			}
			return err
		})
		if err != nil {
			b.t.Fatal(q, err)
		}
		if p.Cursor == "" || pages > 500 {
			return ids, pages
		}
	}
}

// expected asks for the same without any of the ways of the list, and sorts it
// here.
func (b *bench) expected(q, sort string) []string {
	b.t.Helper()
	var rows []Ticket
	var l *lister
	err := b.d.Read(b.context(), func(tx *db.Tx) (err error) {
		if l, err = b.ts.lister(tx, Page{Query: q, Sort: sort}, query.Env{Me: "u-1", Now: b.now}); err != nil {
			return err
		}
		rows, err = l.begin(`SELECT ` + ticketColumns).tickets(tx)
		return err
	})
	if err != nil {
		b.t.Fatal(q, err)
	}
	slices.SortFunc(rows, func(x, y Ticket) int { return l.order.compare(l.keyOf(&x), l.keyOf(&y)) })
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids
}

func eachBench(t *testing.T, n int, run func(b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ts := New(d, nil, nil, People{Names: func(*db.Tx, []string) (map[string]string, error) { return nil, nil }})
		b := &bench{t: t, d: d, ts: ts, now: d.Now()}
		b.fill(n)
		b.write(func(tx *db.Tx) error {
			for _, text := range []string{
				`INSERT INTO ticket_tag(tenant, ticket, tag) SELECT 'main', id, 'lab' FROM ticket WHERE number > 10 AND number < 40`,
				`INSERT INTO sighting(tenant, type, value, ticket, at) SELECT 'main', 'ipv4', '203.0.113.77', id, 1 FROM ticket WHERE number < 30`,
				`UPDATE ticket SET due_at = opened_at + 5 WHERE number > 20 AND number < 60`,
				`UPDATE ticket SET offered_to = 'u-1' WHERE number = 7`,
				`UPDATE ticket SET owner = 'u-1' WHERE number > 50 AND number < 90`,
			} {
				if _, err := tx.Exec(text); err != nil {
					return err
				}
			}
			return nil
		})
		run(b)
	})
}

// A list is the same whichever way it is read: as a small set, or along an
// index in strides, with budgets so tight that pages come short.
func TestEveryWayToListGivesTheSame(t *testing.T) {
	t.Parallel()
	queries := []string{
		"", "open:true", "phase!=closed", "phase:closed", "open:true owner:none", "owner:me", "open:true owner:me,u-3", "open:false owner:u-4",
		"severity>=high", "open:true severity:low,critical", "tag:lab", "tag:lab open:true", "ioc:203.0.113.77", "offered:me", "number:INC-12",
		"due:any", "due:none open:true", "closed:any", "created>=now-1h", "account:111122220007 OR severity:critical", "-tag:lab acknowledged:false",
		"title~macie", "title~zebra", "status:detect,analysis",
	}
	sorts := []string{"", "opened_at", "-updated_at", "number", "-severity", "severity", "due_at", "-due_at", "closed_at", "-closed_at"}
	eachBench(t, 150, func(b *bench) {
		for i, q := range queries {
			for j, sort := range sorts {
				if (i+j)%2 == 1 && !strings.Contains(sort, "severity") {
					continue // half of the pairs say as much
				}
				want := b.expected(q, sort)
				for _, s := range []small{{10_000, 256, maxWalk}, {-1, 256, maxWalk}, {-1, 3, maxWalk}, {-1, 2, 10}} {
					got, pages := b.listed(q, sort, s)
					if !slices.Equal(got, want) {
						b.t.Fatalf("%q by %q with %+v: %d rows in %d pages, want %d", q, sort, s, len(got), pages, len(want))
					}
				}
			}
		}
	})
}

// Text, at the top or under OR and NOT, finds the same in every way, too.
func TestTextIsListedInEveryWay(t *testing.T) {
	t.Parallel()
	eachBench(t, 150, func(b *bench) {
		for _, q := range []string{"guardduty", `"brute force" open:true`, "macie OR openssl", "open:true -guardduty", "guardduty (macie OR tag:lab OR brute)", "203.0.113.77", "nosuchword"} {
			for _, sort := range []string{"", "number", "-severity"} {
				want := b.wordy(q, sort)
				for _, s := range []small{{10_000, 256, maxWalk}, {10_000, 2, maxWalk}} {
					if got, _ := b.listed(q, sort, s); !slices.Equal(got, want) {
						b.t.Fatalf("%q by %q with %+v: %d rows, want %d", q, sort, s, len(got), len(want))
					}
				}
			}
		}
	})
}

// wordy finds tickets by their words in memory, and sorts them as asked.
func (b *bench) wordy(q, sort string) []string {
	ids := b.expected("", sort)
	parsed, err := query.Parse(q, Fields())
	if err != nil {
		b.t.Fatal(err)
	}
	by := map[string]Ticket{}
	b.write(func(tx *db.Tx) error {
		s := &statement{args: []any{tx.Tenant()}}
		s.add(`SELECT ` + ticketColumns + fromTicket)
		all, err := s.tickets(tx)
		for _, row := range all {
			by[row.ID] = row
		}
		return err
	})
	return slices.DeleteFunc(ids, func(id string) bool {
		row := by[id]
		words := benchDocument(int(row.Number - 1)).words
		record := func(field string) query.Values {
			switch field {
			case "open":
				return query.Flag(row.Open())
			case "tag":
				if row.Number > 10 && row.Number < 40 {
					return query.Strings("lab")
				}
			case "title": // stands for the words: every other searched field is empty
				return query.Strings(" " + strings.Join(words, " ") + " ")
			}
			return query.Values{}
		}
		return !query.Match(spaced(b.t, parsed), record, query.Env{})
	})
}

// spaced has each text looked for as whole words between spaces.
func spaced(t *testing.T, q *query.Query) *query.Query {
	text := q.String()
	for _, word := range []string{`"brute force"`, "guardduty", "macie", "openssl", "brute", "203.0.113.77", "nosuchword"} {
		if word == `"brute force"` {
			text = strings.ReplaceAll(text, word, `" force " " brute "`)
			continue
		}
		if !strings.Contains(text, `" `+word) {
			text = strings.ReplaceAll(text, word, `" `+word+` "`)
		}
	}
	out, err := query.Parse(text, Fields())
	if err != nil {
		t.Fatal(text, err)
	}
	return out
}

func TestPagesAreBoundedAndSayWhereTheyGoOn(t *testing.T) {
	t.Parallel()
	eachBench(t, 150, func(b *bench) {
		ids, pages := b.listed("title~zebra", "-opened_at", small{-1, 4, 20})
		if len(ids) != 0 || pages < 150/20 {
			b.t.Errorf("%d rows in %d pages of at most 20 looked at", len(ids), pages)
		}
	})
}

func TestCountsAreExactUpToTheirLimit(t *testing.T) {
	t.Parallel()
	eachBench(t, 150, func(b *bench) {
		for _, q := range []string{"", "open:true", "owner:me", "title~macie", "guardduty", "guardduty open:true", "macie OR openssl", "closed:any"} {
			for _, limits := range []countLimits{{1000, 2500}, {1000, 30}, {5, 2500}} {
				n, exact := b.counted(q, limits)
				all, _ := b.listed(q, "number", small{10_000, 256, maxWalk})
				if exact && int(n) != len(all) || int(n) > len(all) || !exact && limits == (countLimits{1000, 2500}) {
					b.t.Errorf("%q with %+v: %d, exact %v, of %d", q, limits, n, exact, len(all))
				}
			}
		}
	})
}

func (b *bench) counted(q string, limits countLimits) (n int64, exact bool) {
	b.t.Helper()
	err := b.d.Read(b.context(), func(tx *db.Tx) error {
		l, err := b.ts.lister(tx, Page{Query: q}, query.Env{Me: "u-1", Now: b.now})
		if err != nil {
			return err
		}
		l.few = -1
		n, exact, err = l.count(limits)
		return err
	})
	if err != nil {
		b.t.Fatal(q, err)
	}
	return n, exact
}

func TestViewsOfTheBenchUseTheirIndexes(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	ts := New(d, nil, nil, People{})
	b := &bench{t: t, d: d, ts: ts, now: d.Now()}
	b.fill(50)
	for q, index := range map[string]string{
		"open:true": "COVERING INDEX ticket_open", "open:true owner:me": "COVERING INDEX ticket_owner", "offered:me": "COVERING INDEX ticket_offered",
		"closed:today": "COVERING INDEX ticket_closed", "open:true severity>=high": "COVERING INDEX ticket_open (tenant=? AND severity_rank",
	} {
		var plan []string
		err := d.Read(b.context(), func(tx *db.Tx) error {
			l, err := ts.lister(tx, Page{Query: q}, query.Env{Me: "u-1", Now: b.now})
			if err != nil {
				return err
			}
			s := &statement{args: []any{tx.Tenant()}}
			s.add(`EXPLAIN QUERY PLAN SELECT 1` + fromTicket)
			l.sets()[0](s)
			plan, err = db.All(tx, func(sc db.Scanner) (detail string, err error) {
				var id, parent, unused int
				return detail, sc.Scan(&id, &parent, &unused, &detail)
			}, s.text.String(), s.args...)
			return err
		})
		if err != nil || !strings.Contains(fmt.Sprint(plan), index) {
			t.Errorf("%s: %v %v", q, plan, err)
		}
	}
}
