package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

func TestParseNormalForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"an empty query":                          {"  \t ", ""},
		"conditions side by side":                 {"status:analysis severity>=high owner:none", "status:analysis severity>=high owner:none"},
		"AND is not written":                      {"due<now+1h AND NOT tag:exercise", "due<now+1h -tag:exercise"},
		"OR binds looser than AND":                {"a b OR c", "a b OR c"},
		"parentheses that matter stay":            {"a (b OR c)", "a (b OR c)"},
		"parentheses that do not matter go":       {"((a) (b)) OR (c OR (d))", "a b OR c OR d"},
		"a negated group":                         {"NOT (a b)", "-(a b)"},
		"a double negation":                       {"-(-(a))", "-(-a)"},
		"a field with an argument":                {"phase.time(containment)>4h", "phase.time(containment)>4h"},
		"names in any case":                       {"Severity>=HIGH", "severity>=HIGH"},
		"values with operators in them":           {"tag:2001:db8::1 tag:::1 tag:http://x/?a=b", "tag:2001:db8::1 tag:::1 tag:http://x/?a=b"},
		"several values":                          {`tag:a,"b c",none`, `tag:a,"b c",none`},
		"escapes":                                 {`"say \"hi\" \\ there"`, `"say \"hi\" \\ there"`},
		"a bare backslash in a value":             {`title~C:\Windows`, `title~C:\Windows`},
		"keywords in small letters are text":      {"a or not", "a or not"},
		"keywords in quotes are text":             {`"OR" "-x"`, `"OR" "-x"`},
		"text with a comma, a dash and a bang":    {"foo, a-b c!", "foo, a-b c!"},
		"a keyword may touch a parenthesis":       {"a AND(b OR c) NOT(d e)", "a (b OR c) -(d e)"},
		"text in other scripts":                   {"日本 título", "日本 título"},
		"a quoted value may hold a line break":    {"title:\"a\nb\"", "title:\"a\nb\""},
		"a minus may stand away from its operand": {"- a", "-a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, c.in).String(); got != c.want {
				t.Errorf("Parse(%q).String() = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestParseErrorsPointAndAdvise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in     string
		at     string // offset of the first mark in this line and the number of marks
		says   string
		advice any
	}{
		"unknown field": {
			"a severty>=high",
			"  ^^^^^^^", `there is no field "severty"; did you mean "severity"?`, "severity"},
		"unknown field, nothing near": {
			"qwertyuiop:1",
			"^^^^^^^^^^", `there is no field "qwertyuiop"; to look for it as text, use quotes`, nil},
		"unknown value": {
			"severity>=hgih",
			"          ^^^^", `severity has no value "hgih"; did you mean "high"?`, "high"},
		"second value unknown": {
			`phase:detect,"analisys"`,
			"             ^^^^^^^^^^", `did you mean "analysis"?`, "analysis"},
		"operator of another kind": {
			"title>=b",
			"     ^^", `">=" does not work with title, whose values are of kind text; use one of : != ~`, nil},
		"equals sign":              {"severity=high", "        ^", `"=" is not an operator; write severity:… instead`, nil},
		"operator after the colon": {"due:>now", "    ^", `a value that starts with ">" needs quotes`, nil},
		"space after the operator": {"owner: me", "      ", "a value is missing here; no space is allowed before it", nil},
		"space before the operator": {
			"severity >=high",
			"         ^^", `">=" needs a field before it, with no space between`, nil},
		"several values to compare with": {
			"due<now,now+1h",
			"        ^^^^^^", `"<" compares with one value`, nil},
		"ordering against nothing": {
			"due<none",
			"    ^^^^", `"<" does not compare with none; use : or !=`, nil},
		"not a number":          {"number:many", "       ^^^^", "a whole number is expected here", nil},
		"a number beyond 2^53":  {"number:9007199254740993", "       ^^^^^^^^^^^^^^^^", "a whole number", nil},
		"not a duration":        {"phase.time(detect)>4", "                   ^", "a duration is expected here", nil},
		"a duration too long":   {"due<now-99999w", "    ^^^^^^^^^^", "a time is expected here", nil},
		"not a date":            {"due<2026-02-30", "    ^^^^^^^^^^", "a time is expected here", nil},
		"not a truth value":     {"demo:maybe", "     ^^^^^", "true or false is expected here", nil},
		"empty text":            {`a ""`, "  ^^", "there is no text between these quotes", nil},
		"empty value":           {`owner:""`, "      ^^", "no value at all is written none", nil},
		"quote left open":       {`a "b c`, "  ^^^^", "this quote is not closed", nil},
		"odd escape":            {`"C:\x"`, "   ^", `inside quotes a backslash is written \\`, nil},
		"word behind a quote":   {`"a"b`, "   ^", `"b" cannot stand here`, nil},
		"quote inside a word":   {`a"b"`, " ^", `"\"" cannot stand here`, nil},
		"parenthesis in a word": {"tag:a(b)", "     ^", `"(" cannot stand here`, nil},
		"word behind a group":   {"(a)b", "   ^", `"b" cannot stand here; put a space before it`, nil},
		"operator in text":      {"1.2.3.4:443", "       ^", `":" makes no comparison here`, nil},
		"left open":             {"a (b OR c", "  ^", `this "(" is not closed`, nil},
		"closed too often":      {"a) b", " ^", `this ")" closes nothing`, nil},
		"nothing inside":        {"()", " ^", `a condition is expected here, not ")"`, nil},
		"dangling OR":           {"a OR", "    ", "the query ends where a condition is expected", nil},
		"two keywords":          {"a AND OR b", "      ^^", `a condition is expected here, not "OR"`, nil},
		"two negations":         {"--a", " ^", `a condition is expected here, not "-"`, nil},
		"control character":     {"a\x00b", " ^", "control character", nil},
		"invalid UTF-8":         {"a\xffb", " ^", "not valid UTF-8", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(c.in, tickets())
			offset, length, message := badQuery(t, c.in, err)
			if got := strings.Repeat(" ", offset) + strings.Repeat("^", length); got != c.at {
				t.Errorf("points at %q, want %q, in %q", got, c.at, c.in)
			}
			if !strings.Contains(message, c.says) {
				t.Errorf("says %q, want %q", message, c.says)
			}
			if got := fault.As(err).Extra["did_you_mean"]; got != c.advice {
				t.Errorf("did_you_mean is %v, want %v", got, c.advice)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("(", n) + "a" + strings.Repeat(")", n) }
	for name, c := range map[string]struct {
		fits, over, says string
	}{
		"bytes":  {strings.Repeat("a", 2000), strings.Repeat("a", 2001), "at most 2000 bytes"},
		"depth":  {nested(20), nested(21), "at most 20 deep"},
		"terms":  {strings.Repeat("a ", 50), strings.Repeat("a ", 51), "at most 50 terms"},
		"values": {"tag:a" + strings.Repeat(",a", 49), "tag:a" + strings.Repeat(",a", 50), "at most 50 terms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse(t, c.fits)
			_, err := Parse(c.over, tickets())
			if _, _, message := badQuery(t, c.over, err); !strings.Contains(message, c.says) {
				t.Errorf("says %q, want %q", message, c.says)
			}
		})
	}
	if got := parse(t, strings.TrimSpace(strings.Repeat("(a) ", 40))).String(); len(got) != 79 {
		t.Errorf("forty groups side by side are not deep, got %q", got)
	}
}

func TestBareTextNeedsAFieldToSearch(t *testing.T) {
	t.Parallel()
	table := MustTable(Field{Name: "owner", Kind: ID})
	_, err := Parse("owner:me bob", table)
	if offset, _, _ := badQuery(t, "owner:me bob", err); offset != 9 {
		t.Errorf("points at %d, want 9", offset)
	}
}

func TestFieldsNamesEachOnce(t *testing.T) {
	t.Parallel()
	q := parse(t, "sev:high text (owner:me OR -owner:none) severity!=low")
	if diff := cmp.Diff([]string{"severity", "owner"}, q.Fields()); diff != "" {
		t.Error(diff)
	}
	if q.Empty() || !parse(t, " ").Empty() {
		t.Error("only a query without a condition is empty")
	}
}

func TestQuoteMakesAnyTextATerm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`a"b\c`, "OR", "x:y", "(", "now", `\"`} {
		q := parse(t, "title:"+Quote(text))
		if !Match(q, func(string) Values { return Strings(text) }, Env{}) {
			t.Errorf("%s does not find %q", q, text)
		}
	}
}

func TestCanonTurnsValuesIntoStoredOnes(t *testing.T) {
	t.Parallel()
	table := MustTable(Field{Name: "ioc", Kind: ID, Column: "ioc", Canon: func(s string) string {
		return strings.ReplaceAll(strings.Trim(s, "x"), "[.]", ".")
	}})
	for text, stored := range map[string]string{"ioc:evil[.]com": "evil.com", "ioc~[.]": "a[.]b", "ioc:none,xx": ""} {
		q, err := Parse(text, table)
		if err != nil {
			t.Fatal(err)
		}
		if !Match(q, func(string) Values { return Strings(stored) }, Env{}) {
			t.Errorf("%s does not find %q", text, stored)
		}
	}
	q, err := Parse("ioc:xx", table) // nothing is left, and nothing must be found by it
	if err != nil || Match(q, func(string) Values { return Strings("") }, Env{}) {
		t.Errorf("an emptied value finds the empty one, %v", err)
	}
}

func TestNewTableRefusesMistakes(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string][]Field{
		"a name in capitals":           {{Name: "Owner"}},
		"a name with a space":          {{Name: "a b"}},
		"a name given twice":           {{Name: "a"}, {Name: "b", Aliases: []string{"a"}}},
		"an enum without values":       {{Name: "a", Kind: Enum}},
		"a value given twice":          {{Name: "a", Kind: Enum, Values: []string{"x", "X"}}},
		"a value that is a keyword":    {{Name: "a", Kind: Enum, Values: []string{"None"}}},
		"a placeholder of its own":     {{Name: "a", Column: "$1"}},
		"a list without a place":       {{Name: "a", Column: "x.v", Exists: "EXISTS (SELECT 1)"}},
		"a list without an item":       {{Name: "a", Exists: "EXISTS (SELECT 1 WHERE {})"}},
		"a number searched as text":    {{Name: "a", Kind: Number, Search: true}},
		"a kind that there is not yet": {{Name: "a", Kind: Bool + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := NewTable(fields...); err == nil {
				t.Error("no error")
			}
		})
	}
}
