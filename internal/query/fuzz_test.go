package query

import (
	"strings"
	"testing"
)

func seeds(f *testing.F) {
	for _, text := range []string{
		"", "status:analysis severity>=high owner:none", "due<now+1h -tag:exercise", "ioc:185.220.101.4",
		`a (b OR -"c \" d") AND NOT (title~"100%\\")`, "phase.time(containment)>4h", "phase.time(", "tag:a,", `tag:"`,
		"((((", "))", "--", "a OR", "NOT NOT", "severity=high", "due:2026-10-05,none", "\x00", "\xff", "日本:語", `"\`,
		strings.Repeat("(", 30), strings.Repeat("tag:a,b ", 30), "owner:me\u00a0team:my-team", "\u202eowner:x",
	} {
		f.Add(text, 3)
	}
}

// Parse never panics, every error points into the query, and whatever parses
// has a normal form, compiles with its placeholders in order and matches or
// does not.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string, _ int) {
		q, err := Parse(text, tickets())
		if err != nil {
			badQuery(t, text, err)
			return
		}
		if len(text) > maxBytes {
			t.Fatalf("%d bytes were taken", len(text))
		}
		roundTrip(t, text)
		e := env(t)
		w, err := Compile(q, e, 7)
		if err != nil || !inOrder(w.SQL, 7, len(w.Args)) {
			t.Fatalf("%q compiles to %q: %v", text, w.SQL, err)
		}
		no, err := Parse("-("+text+")", tickets())
		if err != nil {
			return // an empty query, or one level too deep or three bytes too long
		}
		record := func(string) Values { return Values{[]string{"a", "high", "u1"}, []int64{1, now}} }
		if Match(q, record, e) == Match(no, record, e) {
			t.Fatalf("%q and its negation say the same", text)
		}
	})
}

// Complete never panics, and what it gives replaces a piece around the cursor.
func FuzzComplete(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string, pos int) {
		for _, s := range Complete(text, pos, tickets()) {
			at := min(max(pos, 0), len(text))
			if s.From < 0 || s.From > at || s.To < s.From || s.To > len(text) {
				t.Fatalf("%q at %d: %+v", text, pos, s)
			}
		}
	})
}
