package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tocsin/internal/fault"
)

// tickets is the table of the tests: every kind, single and as a list.
func tickets() *Table {
	list := func(table string) string {
		return "EXISTS (SELECT 1 FROM " + table + " x WHERE x.row_id = r.id AND {})"
	}
	severities := []string{"info", "low", "medium", "high", "critical"}
	return MustTable(
		Field{Name: "title", Kind: Text, Column: "r.title", Search: true, Help: "the title"},
		Field{Name: "note", Kind: Text, Column: "r.note", Search: true},
		Field{Name: "owner", Kind: ID, Column: "r.owner", Help: "who is responsible"},
		Field{Name: "team", Kind: ID, Column: "r.team"},
		Field{Name: "phase", Aliases: []string{"status"}, Kind: Enum, Column: "r.phase",
			Values: []string{"detect", "analysis", "containment", "post_incident"}, Help: "where the work stands"},
		Field{Name: "severity", Aliases: []string{"sev"}, Kind: Ordered, Column: "r.severity", Values: severities},
		Field{Name: "number", Kind: Number, Column: "r.number",
			Canon: func(s string) string { return strings.TrimPrefix(s, "INC-") }},
		Field{Name: "phase.time(containment)", Kind: Duration, Column: "r.spent"},
		Field{Name: "phase.time(detect)", Kind: Duration, Column: "0"},
		Field{Name: "due", Kind: Time, Column: "r.due"},
		Field{Name: "demo", Kind: Bool, Column: "r.demo"},
		Field{Name: "dated", Kind: Bool, Column: "r.due IS NOT NULL", Not: "r.due IS NULL"},
		Field{Name: "urgency", Kind: Ordered, Values: severities, Column: "r.urgency", Ranked: true},
		Field{Name: "tag", Kind: ID, Column: "x.value", Exists: list("tags")},
		Field{Name: "alias", Kind: Text, Column: "x.value", Exists: list("aliases")},
		Field{Name: "asset.criticality", Kind: Ordered, Values: severities, Column: "x.value", Exists: list("criticalities")},
		Field{Name: "timer", Kind: Time, Column: "x.value", Exists: list("timers")},
	)
}

// now is the moment of the tests: 2026-10-05 12:00 in Amsterdam.
const now = int64(1_791_194_400_000_000)

func env(t testing.TB) Env {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return Env{Me: "u1", MyTeams: []string{"t1", "t2"}, Now: now, Zone: zone, List: lists}
}

// lists are the lists of the tests; the first is made, the second written out.
func lists(name string) (Set, bool) {
	switch name {
	case "vips":
		return NewSet([]string{"u1", "", "a", "日%", "high", "detect"}, nil), true
	case "crown-jewels/eu":
		return Set{Values: []string{"t1", "me", "A b", `'"`}}, true
	case "nobody":
		return Set{}, true
	}
	return Set{}, false
}

func parse(t testing.TB, text string) *Query {
	t.Helper()
	q, err := Parse(text, tickets())
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return q
}

// badQuery returns the error of Parse and where it points, after holding that
// it is one a person can use.
func badQuery(t testing.TB, text string, err error) (offset, length int, message string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != fault.Invalid || e.Slug != "bad-query" {
		t.Fatalf("Parse(%q): want an invalid bad-query, got %v", text, err)
	}
	offset, ok1 := e.Extra["offset"].(int)
	length, ok2 := e.Extra["length"].(int)
	if !ok1 || !ok2 || offset < 0 || length < 0 || offset+length > len(text) {
		t.Fatalf("Parse(%q): offset %v, length %v is not within the query", text, e.Extra["offset"], e.Extra["length"])
	}
	return offset, length, e.Message
}
