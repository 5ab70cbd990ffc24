package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// In these queries | is the cursor; a wanted text stands for what the query
// becomes when the suggestion is taken.
func TestComplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    string
		first []string // the first suggestions, as the queries they lead to
	}{
		"part of a field":                        {"sev|", []string{"severity:"}},
		"part of an alias leads to the field":    {"stat|", []string{"phase:"}},
		"behind a minus":                         {"-own|", []string{"-owner:"}},
		"behind a parenthesis":                   {"a (own|", []string{"a (owner:"}},
		"a whole field offers its operators":     {"owner|", []string{"owner:", "owner!=", "owner~"}},
		"a field in front of its operator":       {"a sev|:high", []string{"a severity:high"}},
		"the cursor inside a field":              {"se|vrty:high", []string{"severity:high"}},
		"a piece of a field":                     {"critic|", []string{"asset.criticality:"}},
		"a mistyped field":                       {"ownr|", []string{"owner:"}},
		"a field with an argument":               {"phase.t|", []string{"phase.time(containment):", "phase.time(detect):"}},
		"part of an argument":                    {"phase.time(d|", []string{"phase.time(detect):"}},
		"part of an argument that is closed":     {"phase.time(d|)>1h", []string{"phase.time(detect)>1h"}},
		"all values of an enum":                  {"phase:|", []string{"phase:detect", "phase:analysis", "phase:containment", "phase:post_incident", "phase:none", "phase:any"}},
		"part of a value":                        {"phase:CON|", []string{"phase:containment"}},
		"a value under an alias":                 {"status:an|", []string{"status:analysis", "status:any"}},
		"another value":                          {"phase:detect,|", []string{"phase:detect,analysis"}},
		"a value in the middle":                  {"phase:de|t,analysis x", []string{"phase:detect,analysis x"}},
		"a value in an open quote":               {`phase:"an|`, []string{"phase:analysis"}},
		"a value inside quotes":                  {`phase:"an|x" b`, []string{"phase:analysis b"}},
		"no keyword where it does not fit":       {"severity>=n|", nil},
		"values of an order":                     {"severity>=|", []string{"severity>=info", "severity>=low", "severity>=medium", "severity>=high", "severity>=critical"}},
		"who asks":                               {"owner:m|", []string{"owner:me", "owner:my-team"}},
		"a moment":                               {"due<n|", []string{"due<now", "due<now-1h", "due<now-1d", "due<now-1w", "due<now+1h"}},
		"a truth":                                {"demo:|", []string{"demo:true", "demo:false", "demo:none"}},
		"a keyword after a condition":            {"owner:me O|", []string{"owner:me owner:", "owner:me OR"}},
		"nothing to join at the start":           {"AN|", nil},
		"no value for an unknown field":          {"nope:|", nil},
		"nothing behind a closed quote":          {`"a"|`, nil},
		"nothing behind a misplaced quote":       {`a"|`, nil},
		"nothing behind a closed value":          {`phase:"an"|`, nil},
		"nothing behind a closed parenthesis":    {"(a)|", nil},
		"nothing inside a quoted text":           {`"own|`, nil},
		"an earlier mistake does not matter":     {`foo=bar owner:x"y sev|`, []string{`foo=bar owner:x"y severity:`}},
		"a later mistake does not matter":        {"sev| ((", []string{"severity: (("}},
		"nothing is known about a word of digit": {"1|", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pos := strings.Index(c.in, "|")
			text := strings.Replace(c.in, "|", "", 1)
			var got []string
			for _, s := range Complete(text, pos, tickets()) {
				got = append(got, text[:s.From]+s.Text+text[s.To:])
			}
			if len(got) > len(c.first) && len(c.first) > 0 {
				got = got[:len(c.first)]
			}
			if diff := cmp.Diff(c.first, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompleteTellsKindAndHelp(t *testing.T) {
	t.Parallel()
	got := Complete("a owner", 7, tickets())
	want := []Suggestion{
		{"owner:", "operator", "owner is, or is one of", 2, 7},
		{"owner!=", "operator", "owner is not", 2, 7},
		{"owner~", "operator", "owner contains", 2, 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = Complete("own", 3, tickets())
	if diff := cmp.Diff([]Suggestion{{"owner:", "field", "who is responsible", 0, 3}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteAtTheStartListsEveryField(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "  ", "("} {
		got := Complete(text, len(text), tickets())
		if len(got) != len(tickets().fields)+1 || got[len(got)-1].Text != "NOT" {
			t.Errorf("%q: got %v", text, got)
		}
	}
	if got := Complete("owner:me ", 9, tickets()); len(got) != len(tickets().fields)+3 {
		t.Errorf("after a condition: got %v", got)
	}
}

func TestCompleteQuotesHintsThatNeedIt(t *testing.T) {
	t.Parallel()
	table := MustTable(Field{Name: "account", Kind: ID, Values: []string{"Prod, EU", "me", `a"b`, "plain"}})
	var got []string
	for _, s := range Complete("account:", 8, table)[:4] {
		got = append(got, s.Text)
	}
	if diff := cmp.Diff([]string{`"Prod, EU"`, `"me"`, `"a\"b"`, "plain"}, got); diff != "" {
		t.Error(diff)
	}
}

// Taking a suggestion for a value, at the end of a valid query, gives a valid
// query.
func TestSuggestedValuesParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := drawQuery(t, 2)
		f := rapid.SampledFrom(tickets().fields).Draw(t, "field")
		text := start + " " + f.Name + rapid.SampledFrom(f.Kind.ops()).Draw(t, "op")
		for _, s := range Complete(text, len(text), tickets()) {
			if next := text[:s.From] + s.Text + text[s.To:]; !parses(next) {
				t.Fatalf("%s: %q does not parse", text, next)
			}
		}
	})
}

func parses(text string) bool {
	_, err := Parse(text, tickets())
	return err == nil
}
