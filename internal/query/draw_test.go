package query

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Small pools, so that queries and rows meet often. The texts hold everything
// that SQL, LIKE and the language give a meaning.
var (
	letters    = []string{"a", "A", "b", "é", "日", "%", "_", `\`, "'", `"`, " ", "$1", "?", "-"}
	ids        = []string{"u1", "t1", "t2", "U1", "me", "none", "%", ""}
	severities = []string{"info", "low", "medium", "high", "critical", "odd", ""}
	phases     = []string{"detect", "analysis", "containment", "post_incident", ""}
	moments    = []string{"today", "Yesterday", "tomorrow", "now", "now-1h", "now+1h", "now-2d", "2026-10-05", "2026-10-04", "2026-10-05T10:00:00Z"}
)

func drawText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 4).Draw(t, "text"), "")
}

func drawMoment(t *rapid.T) int64 {
	hours := rapid.SampledFrom([]int64{0, -1, 1, -48, -12, 12, -36}).Draw(t, "hours")
	return now + hours*time.Hour.Microseconds() + rapid.Int64Range(-1, 1).Draw(t, "µs")
}

func drawNumber(t *rapid.T) int64 {
	return rapid.SampledFrom([]int64{-1 << 53, -1, 0, 1, 2, 1800e6, 3600e6, 1 << 53}).Draw(t, "number")
}

func drawRow(t *rapid.T) testRow {
	free, id := rapid.Ptr(rapid.Custom(drawText), true), rapid.Ptr(rapid.SampledFrom(ids), true)
	severity, number := rapid.Ptr(rapid.SampledFrom(severities), true), rapid.Ptr(rapid.Custom(drawNumber), true)
	moment := rapid.Ptr(rapid.Custom(drawMoment), true)
	return testRow{
		Text: map[string]*string{
			"title": free.Draw(t, "title"), "note": free.Draw(t, "note"),
			"owner": id.Draw(t, "owner"), "team": id.Draw(t, "team"),
			"phase":    rapid.Ptr(rapid.SampledFrom(phases), true).Draw(t, "phase"),
			"severity": severity.Draw(t, "severity"),
			"urgency":  rapid.Ptr(rapid.SampledFrom(severities[:5]), true).Draw(t, "urgency"),
		},
		Numbers: map[string]*int64{
			"number": number.Draw(t, "number"), "due": moment.Draw(t, "due"),
			"phase.time(containment)": number.Draw(t, "spent"),
		},
		Demo: rapid.Ptr(rapid.Bool(), true).Draw(t, "demo"),
		Lists: map[string][]*string{
			"tag":               rapid.SliceOfN(id, 0, 3).Draw(t, "tag"),
			"alias":             rapid.SliceOfN(free, 0, 3).Draw(t, "alias"),
			"asset.criticality": rapid.SliceOfN(severity, 0, 2).Draw(t, "criticality"),
		},
		Timers: rapid.SliceOfN(moment, 0, 2).Draw(t, "timers"),
	}
}

// drawQuery draws a valid query.
func drawQuery(t *rapid.T, depth int) string {
	form := 0
	if depth > 0 {
		form = rapid.IntRange(0, 5).Draw(t, "form")
	}
	switch form {
	case 3:
		return drawQuery(t, depth-1) + rapid.SampledFrom([]string{" ", " AND "}).Draw(t, "and") + drawQuery(t, depth-1)
	case 4:
		return "(" + drawQuery(t, depth-1) + " OR " + drawQuery(t, depth-1) + ")"
	case 5:
		return rapid.SampledFrom([]string{"-", "NOT "}).Draw(t, "not") + "(" + drawQuery(t, depth-1) + ")"
	}
	if rapid.IntRange(0, 7).Draw(t, "bare") == 0 {
		return Quote(drawText(t) + rapid.SampledFrom(letters).Draw(t, "last"))
	}
	return drawCompare(t)
}

func drawCompare(t *rapid.T) string {
	fields := tickets().fields
	f := fields[rapid.IntRange(0, len(fields)-1).Draw(t, "field")]
	op := rapid.SampledFrom(f.Kind.ops()).Draw(t, "op")
	most := 3
	if isOrdering(op) {
		most = 1
	}
	values := make([]string, rapid.IntRange(1, most).Draw(t, "values"))
	for i := range values {
		values[i] = drawValue(t, f, op)
	}
	name := rapid.SampledFrom(append([]string{f.Name}, f.Aliases...)).Draw(t, "name")
	return name + op + strings.Join(values, ",")
}

func drawValue(t *rapid.T, f *Field, op string) string {
	if !isOrdering(op) && rapid.IntRange(0, 3).Draw(t, "keyword") == 0 {
		return rapid.SampledFrom([]string{"none", "any", "NONE"}).Draw(t, "presence")
	}
	if f.Kind.textual() && !isOrdering(op) && op != "~" && rapid.IntRange(0, 3).Draw(t, "list") == 0 {
		return rapid.SampledFrom([]string{"@vips", "@Crown-Jewels/eu", "@nobody", "@unknown"}).Draw(t, "name")
	}
	switch f.Kind {
	case Text:
		return Quote(drawText(t) + rapid.SampledFrom(letters).Draw(t, "last"))
	case ID:
		return rapid.SampledFrom([]string{"u1", "t1", "me", "my-team", `"me"`, `"none"`, `"%"`}).Draw(t, "id")
	case Enum, Ordered:
		return rapid.SampledFrom(f.Values).Draw(t, "member")
	case Number:
		return rapid.SampledFrom([]string{"-1", "0", "INC-1", "2", "9007199254740992", "-9007199254740992"}).Draw(t, "number")
	case Duration:
		return rapid.SampledFrom([]string{"0s", "30m", "1h"}).Draw(t, "duration")
	case Time:
		return rapid.SampledFrom(moments).Draw(t, "moment")
	default:
		return rapid.SampledFrom([]string{"true", "false", "yes", "no"}).Draw(t, "truth")
	}
}

// What String writes means exactly what was parsed, and is no longer.
func TestStringParsesToAnEqualQuery(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		roundTrip(t, drawQuery(t, 4))
	})
}

func roundTrip(t failer, text string) {
	q, err := Parse(text, tickets())
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	written := q.String()
	again, err := Parse(written, tickets())
	if err != nil {
		t.Fatalf("%q is written %q: %v", text, written, err)
	}
	if !reflect.DeepEqual(shape(q.root), shape(again.root)) {
		t.Fatalf("%q is written %q, which means something else", text, written)
	}
	if len(written) > len(text) {
		t.Fatalf("%q is written %q, which is longer", text, written)
	}
	if third := again.String(); third != written {
		t.Fatalf("%q is written %q and then %q", text, written, third)
	}
}

// shape is a node without the places at which things were written and the
// table, which two calls of tickets make twice.
func shape(n node) any {
	switch n := n.(type) {
	case *group:
		all := []any{n.or}
		for _, child := range n.nodes {
			all = append(all, shape(child))
		}
		return all
	case *negation:
		return []any{"not", shape(n.node)}
	case *compare:
		all := []any{n.field.Name, n.op}
		for _, v := range n.values {
			v.word.at = span{}
			all = append(all, v)
		}
		return all
	case *bareText:
		return []any{n.word.text, n.word.quoted}
	}
	return nil
}
