package query

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNeedsNamesWhatEveryMatchHas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, field string
		want      Need
		ok        bool
	}{
		"alone":                {"owner:me", "owner", Need{Equal: []string{"u1"}}, true},
		"under AND":            {"x (a owner:u9,my-team)", "owner", Need{Equal: []string{"u9", "t1", "t2"}}, true},
		"by an alias":          {"status:detect", "phase", Need{Equal: []string{"detect"}}, true},
		"under OR":             {"owner:me OR owner:u9", "owner", Need{}, false},
		"under NOT":            {"-owner:me", "owner", Need{}, false},
		"not equal":            {"owner!=me", "owner", Need{}, false},
		"or nobody":            {"owner:me,none", "owner", Need{}, false},
		"a piece":              {"owner~me", "owner", Need{}, false},
		"items of a list":      {"owner:u9,@nobody", "owner", Need{Equal: []string{"u9"}}, true},
		"a range without end":  {"number>=2", "number", Need{Low: 2, High: math.MaxInt64}, true},
		"several numbers":      {"number:5,2", "number", Need{Low: 2, High: 5}, true},
		"a truth":              {"demo:no", "demo", Need{}, true},
		"an order":             {"severity>medium", "severity", Need{Equal: []string{"high", "critical"}}, true},
		"another field":        {"owner:me", "team", Need{}, false},
		"the second that says": {"owner:any owner:u9", "owner", Need{Equal: []string{"u9"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := parse(t, c.in).Needs(c.field, env(t))
			if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
				t.Error(ok, diff)
			}
		})
	}
}

// A need is never wrong: what does not have it, the query does not accept.
func TestNeedsHoldOfEveryMatch(t *testing.T) {
	t.Parallel()
	e := env(t)
	rapid.Check(t, func(t *rapid.T) {
		text, row := drawQuery(t, 2), drawRow(t)
		q, err := Parse(text, tickets())
		if err != nil || !Match(q, row.record, e) {
			return
		}
		for _, f := range tickets().fields {
			if need, ok := q.Needs(f.Name, e); ok && !has(f, row.record(f.Name), need) {
				t.Fatalf("%s: field %s of %v lacks %+v", text, f.Name, row, need)
			}
			for _, v := range q.Excludes(f.Name, e) {
				if has(f, row.record(f.Name), Need{Equal: []string{v}}) {
					t.Fatalf("%s: field %s of %v has %q", text, f.Name, row, v)
				}
			}
		}
		texts, rest := q.SplitText()
		for _, part := range append(texts, rest.String()) {
			if part != rest.String() {
				part = Quote(part)
			}
			p, err := Parse(part, tickets())
			if err != nil || !Match(p, row.record, e) {
				t.Fatalf("%s: its part %s does not hold of %v: %v", text, part, row, err)
			}
		}
	})
}

func has(f *Field, v Values, need Need) bool {
	l := leaf{equal: need.Equal}
	if !f.Kind.textual() {
		l = leaf{ranges: []bounds{{need.Low, need.High}}}
	}
	return l.match(f, v)
}

func TestSplitTextLeavesWhatStandsDeeper(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		texts []string
		rest  string
		deep  bool
	}{
		"":                        {nil, "", false},
		"a":                       {[]string{"a"}, "", false},
		`a "b c" owner:me -d`:     {[]string{"a", "b c"}, "owner:me -d", true},
		"a OR b":                  {nil, "a OR b", true},
		"a (b OR owner:me)":       {[]string{"a"}, "b OR owner:me", true},
		"a owner:me team:t1":      {[]string{"a"}, "owner:me team:t1", false},
		"owner:me (a (b team:x))": {[]string{"a", "b"}, "owner:me team:x", false},
	} {
		texts, rest := parse(t, in).SplitText()
		if diff := cmp.Diff(want.texts, texts); diff != "" || rest.String() != want.rest || rest.HasText() != want.deep {
			t.Errorf("%s: rest %q, %s", in, rest, diff)
		}
	}
}

func TestExcludes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"phase!=detect": {"detect"}, "-status:detect,analysis": {"detect", "analysis"}, "a -phase:detect phase!=analysis": {"detect", "analysis"},
		"phase:detect": nil, "-(phase!=detect)": nil, "phase!=detect OR a": nil, "-title~a": nil, "-severity>=high": nil,
	} {
		for _, field := range []string{"phase", "title", "severity"} {
			got := parse(t, in).Excludes(field, env(t))
			if field != "phase" {
				if got != nil {
					t.Errorf("%s: %s excludes %v", in, field, got)
				}
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", in, diff)
			}
		}
	}
}

func TestPersonalQueries(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"": false, "a owner:u9": false, "owner:me": true, "a -(b team:none,my-team)": true, "due:today": true, "due<2026-10-05": true,
		"due<now": false, "due<2026-10-05T00:00Z": false, "owner:@vips": false,
	} {
		if got := parse(t, in).Personal(); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}
