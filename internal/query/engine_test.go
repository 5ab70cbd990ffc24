package query

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"
	_ "modernc.org/sqlite"
	"pgregory.net/rapid"
)

// Compiled SQL and Match say the same about every row, on every engine. The
// letters of the rows leave out capitals beyond ASCII, whose case PostgreSQL
// may know and SQLite does not.
func TestEnginesAndMatchAgree(t *testing.T) {
	t.Parallel()
	e := env(t)
	eachEngine(t, func(t *testing.T, c *sql.Conn) {
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 5).Draw(t, "rows")
			fill(t, c, rows)
			for range 10 {
				text := drawQuery(t, 3)
				q, err := Parse(text, tickets())
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				got := selectRows(t, c, q, e)
				for id, row := range rows {
					if want := Match(q, row.record, e); want != slices.Contains(got, id) {
						t.Fatalf("%s: Match says %v about row %d, SQL says %v", text, want, id, !want)
					}
				}
			}
		})
	})
}

// A query and its negation part the rows in two, NULL or not.
func TestNegationPartsTheRows(t *testing.T) {
	t.Parallel()
	e := env(t)
	eachEngine(t, func(t *testing.T, c *sql.Conn) {
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 5).Draw(t, "rows")
			fill(t, c, rows)
			text := drawQuery(t, 2)
			yes, err1 := Parse(text, tickets())
			no, err2 := Parse("-("+text+")", tickets())
			if err1 != nil || err2 != nil {
				t.Fatal(text, err1, err2)
			}
			ids := append(selectRows(t, c, yes, e), selectRows(t, c, no, e)...)
			slices.Sort(ids)
			if len(slices.Compact(slices.Clone(ids))) != len(rows) || len(ids) != len(rows) {
				t.Fatalf("%s and its negation give rows %v of %d", text, ids, len(rows))
			}
		})
	})
}

// An ordinary queue filter must stay one that an index can serve.
func TestPositiveConditionsUseAnIndex(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, c *sql.Conn) {
		if !strings.HasPrefix(t.Name(), "TestPositiveConditionsUseAnIndex/sqlite") {
			t.Skip("PostgreSQL scans an empty table whatever the condition is")
		}
		mustExec(t, c, "CREATE INDEX r_owner ON r (owner)")
		mustExec(t, c, "CREATE INDEX r_due ON r (due)")
		for text, index := range map[string]string{
			"owner:me": "r_owner", "owner:none": "r_owner", "owner:u1,u2,none": "r_owner", "owner:me x -tag:y": "r_owner",
			"due<now+1h": "r_due", "due:2026-10-05": "r_due",
		} {
			w, err := Compile(parse(t, text), env(t), 1)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := c.QueryContext(context.Background(), "EXPLAIN QUERY PLAN SELECT id FROM r WHERE "+w.SQL, w.Args...)
			if err != nil {
				t.Fatal(err)
			}
			if plan := readPlan(t, rows); !strings.Contains(plan, index) {
				t.Errorf("%s: %s", text, plan)
			}
		}
	})
}

func readPlan(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}

// eachEngine runs a test on both SQLite drivers, and on PostgreSQL when
// TOCSIN_TEST_PG names one.
func eachEngine(t *testing.T, run func(t *testing.T, c *sql.Conn)) {
	engines := map[string]string{"sqlite": ":memory:", "sqlite3": ":memory:"}
	if url := os.Getenv("TOCSIN_TEST_PG"); url != "" {
		engines["pgx"] = url
	}
	for driver, source := range engines {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			d, err := sql.Open(driver, source)
			if err != nil {
				t.Fatal(err)
			}
			c, err := d.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close(); _ = d.Close() })
			createTables(t, c)
			run(t, c)
		})
	}
}

func createTables(t *testing.T, c *sql.Conn) {
	t.Helper()
	mustExec(t, c, `CREATE TEMP TABLE r (id BIGINT, tenant TEXT, title TEXT, note TEXT, owner TEXT, team TEXT, phase TEXT,
		severity TEXT, urgency BIGINT, number BIGINT, spent BIGINT, due BIGINT, demo BOOLEAN)`)
	for table, kind := range map[string]string{"tags": "TEXT", "aliases": "TEXT", "criticalities": "TEXT", "timers": "BIGINT"} {
		mustExec(t, c, "CREATE TEMP TABLE "+table+" (row_id BIGINT, value "+kind+")")
	}
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func mustExec(t failer, c *sql.Conn, text string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(context.Background(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// fill puts the rows into emptied tables; a row's id is its place.
func fill(t failer, c *sql.Conn, rows []testRow) {
	for _, table := range []string{"r", "tags", "aliases", "criticalities", "timers"} {
		mustExec(t, c, "DELETE FROM "+table)
	}
	for id, row := range rows {
		mustExec(t, c, "INSERT INTO r VALUES ($1, 'tenant', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", id,
			row.Text["title"], row.Text["note"], row.Text["owner"], row.Text["team"], row.Text["phase"], row.Text["severity"], row.rank(),
			row.Numbers["number"], row.Numbers["phase.time(containment)"], row.Numbers["due"], row.Demo)
		for table, field := range map[string]string{"tags": "tag", "aliases": "alias", "criticalities": "asset.criticality"} {
			for _, v := range row.Lists[field] {
				mustExec(t, c, "INSERT INTO "+table+" VALUES ($1, $2)", id, v)
			}
		}
		for _, v := range row.Timers {
			mustExec(t, c, "INSERT INTO timers VALUES ($1, $2)", id, v)
		}
	}
}

// selectRows runs the compiled query behind another argument, as callers do.
func selectRows(t failer, c *sql.Conn, q *Query, e Env) []int {
	w, err := Compile(q, e, 2)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	rows, err := c.QueryContext(context.Background(), "SELECT id FROM r WHERE tenant = $1 AND "+w.SQL,
		append([]any{"tenant"}, w.Args...)...)
	if err != nil {
		t.Fatalf("%s: %s: %v", q, w.SQL, err)
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatalf("%v", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", w.SQL, err)
	}
	return ids
}

// testRow is a record of the test table; a nil pointer is NULL.
type testRow struct {
	Text    map[string]*string
	Numbers map[string]*int64
	Demo    *bool
	Lists   map[string][]*string
	Timers  []*int64
}

// rank is the place of the urgency, which is kept as a number.
func (r testRow) rank() *int64 {
	if r.Text["urgency"] == nil {
		return nil
	}
	rank := int64(slices.Index(tickets().find("urgency").Values, *r.Text["urgency"]))
	return &rank
}

func (r testRow) record(field string) Values {
	var v Values
	for _, s := range append(r.Lists[field], r.Text[field]) {
		if s != nil {
			v.Text = append(v.Text, *s)
		}
	}
	numbers := []*int64{r.Numbers[field]}
	switch {
	case field == "timer":
		numbers = r.Timers
	case field == "phase.time(detect)":
		return Integers(0)
	case field == "dated":
		return Flag(r.Numbers["due"] != nil)
	case field == "demo" && r.Demo != nil:
		return Flag(*r.Demo)
	}
	for _, n := range numbers {
		if n != nil {
			v.Numbers = append(v.Numbers, *n)
		}
	}
	return v
}

// String is what rapid prints of a failing row.
func (r testRow) String() string {
	var parts []string
	for _, f := range tickets().fields {
		parts = append(parts, fmt.Sprintf("%s=%+v", f.Name, r.record(f.Name)))
	}
	return strings.Join(parts, " ")
}
