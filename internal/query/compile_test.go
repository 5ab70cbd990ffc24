package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

func TestCompileWritesPlainSQL(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, sql string
		args    []any
	}{
		"nothing asked":            {"", "TRUE", nil},
		"an exact value":           {"owner:me", "r.owner = $3", []any{"u1"}},
		"its negation sees NULL":   {"owner!=me", "(NOT COALESCE(r.owner = $3, FALSE))", []any{"u1"}},
		"a minus sees NULL":        {"-owner:u9", "NOT COALESCE(r.owner = $3, FALSE)", []any{"u9"}},
		"several values":           {"team:my-team,t9", "r.team IN ($3, $4, $5)", []any{"t1", "t2", "t9"}},
		"no value":                 {"owner:none", "(r.owner IS NULL OR r.owner = '')", nil},
		"no number":                {"due:none", "(r.due IS NULL)", nil},
		"some value":               {"owner:any", "r.owner <> ''", nil},
		"text without case":        {"title:Ab", "lower(r.title) = lower($3)", []any{"Ab"}},
		"wildcards are letters":    {`title~50%_\`, `lower(r.title) LIKE lower($3) ESCAPE '\'`, []any{`%50\%\_\\%`}},
		"an order of words":        {"severity>medium", "r.severity IN ($3, $4)", []any{"high", "critical"}},
		"above the highest":        {"severity>critical", "FALSE", nil},
		"a canonical number":       {"number:INC-42", "r.number = CAST($3 AS BIGINT)", []any{int64(42)}},
		"less than a number":       {"number<42", "r.number <= CAST($3 AS BIGINT)", []any{int64(41)}},
		"a duration":               {"phase.time(containment)>=4h", "r.spent >= CAST($3 AS BIGINT)", []any{int64(4 * 3600e6)}},
		"a moment":                 {"due<now+1h", "r.due <= CAST($3 AS BIGINT)", []any{now + 3600e6 - 1}},
		"a day where people are":   {"due:2026-10-05", "(r.due >= CAST($3 AS BIGINT) AND r.due <= CAST($4 AS BIGINT))", []any{now - 12*3600e6, now + 12*3600e6 - 1}},
		"after a day":              {"due>2026-10-05", "r.due >= CAST($3 AS BIGINT)", []any{now + 12*3600e6}},
		"truth":                    {"demo:yes", "r.demo", nil},
		"its opposite":             {"demo:no", "(NOT r.demo)", nil},
		"an opposite of its own":   {"dated:no", "r.due IS NULL", nil},
		"ranks side by side":       {"urgency>=high", "(r.urgency >= CAST($3 AS BIGINT) AND r.urgency <= CAST($4 AS BIGINT))", []any{int64(3), int64(4)}},
		"ranks apart":              {"urgency:low,high", "r.urgency IN (CAST($3 AS BIGINT), CAST($4 AS BIGINT))", []any{int64(1), int64(3)}},
		"one rank":                 {"urgency!=low", "(NOT COALESCE(r.urgency = CAST($3 AS BIGINT), FALSE))", []any{int64(1)}},
		"no rank":                  {"urgency:none", "(r.urgency IS NULL)", nil},
		"a list":                   {"tag:a", "(EXISTS (SELECT 1 FROM tags x WHERE x.row_id = r.id AND x.value = $3))", []any{"a"}},
		"an empty list":            {"tag:none", "(NOT (EXISTS (SELECT 1 FROM tags x WHERE x.row_id = r.id AND x.value <> '')))", nil},
		"bare text":                {"x", `(lower(r.title) LIKE lower($3) ESCAPE '\' OR lower(r.note) LIKE lower($4) ESCAPE '\')`, []any{"%x%", "%x%"}},
		"OR inside AND inside NOT": {"-(owner:a (team:b OR team:c))", "NOT (COALESCE(r.owner = $3, FALSE) AND (COALESCE(r.team = $4, FALSE) OR COALESCE(r.team = $5, FALSE)))", []any{"a", "b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Compile(parse(t, c.in), env(t), 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Where{c.sql, c.args}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMeWithoutAPersonSatisfiesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"owner:me", "team:my-team"} {
		q := parse(t, text)
		for _, e := range []Env{{}, {MyTeams: []string{""}}} {
			if got, err := Compile(q, e, 1); err != nil || got.SQL != "FALSE" {
				t.Errorf("%s compiles to %q, %v", text, got.SQL, err)
			}
			if Match(q, func(string) Values { return Strings("") }, e) {
				t.Errorf("%s accepts what nobody has", text)
			}
		}
	}
}

func TestTextHookCompilesBareText(t *testing.T) {
	t.Parallel()
	e := env(t)
	e.Text = func(text string, bind func(any) string) (string, error) {
		return "r.id IN (SELECT id FROM words WHERE word = " + bind(text) + ")", nil
	}
	got, err := Compile(parse(t, `owner:u1 -"a b"`), e, 1)
	want := Where{"(r.owner = $1 AND NOT COALESCE((r.id IN (SELECT id FROM words WHERE word = $2)), FALSE))", []any{"u1", "a b"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestTextHookThatMisplacesArgumentsIsRefused(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(text string, bind func(any) string) (string, error){
		"forgets one":   func(text string, bind func(any) string) (string, error) { bind(text); return "TRUE", nil },
		"uses it twice": func(text string, bind func(any) string) (string, error) { p := bind(text); return p + " = " + p, nil },
		"brings its own": func(text string, bind func(any) string) (string, error) {
			return "a = $1", nil
		},
		"turns them round": func(text string, bind func(any) string) (string, error) {
			first, second := bind(text), bind(text)
			return second + " = " + first, nil
		},
		"fails": func(string, func(any) string) (string, error) { return "", fault.New(fault.Internal, "no index") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := env(t)
			e.Text = hook
			if got, err := Compile(parse(t, "a"), e, 1); !fault.Is(err, fault.Internal) || got.SQL != "" {
				t.Errorf("got %q, %v", got.SQL, err)
			}
		})
	}
}

func TestFieldWithoutColumnIsForMatchOnly(t *testing.T) {
	t.Parallel()
	q, err := Parse("owner:u1", MustTable(Field{Name: "owner", Kind: ID}))
	if err != nil {
		t.Fatal(err)
	}
	if !Match(q, func(string) Values { return Strings("u1") }, Env{}) {
		t.Error("Match needs no column")
	}
	_, err = Compile(q, Env{}, 1)
	offset, length, message := badQuery(t, "owner:u1", err)
	if offset != 0 || length != 5 || message != "owner can be used in rules only" {
		t.Errorf("says %q at %d+%d", message, offset, length)
	}
}

func TestNoTextOfTheUserEntersSQL(t *testing.T) {
	t.Parallel()
	const evil = `zq'; DROP TABLE r; -- $1 ? \ zq`
	for _, text := range []string{"%s", "title:%s", "title~%s", "owner:%s", "-tag:%s", "alias~%s,%s", "owner!=%s,none"} {
		text = strings.ReplaceAll(text, "%s", Quote(evil))
		got, err := Compile(parse(t, text), env(t), 1)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.SQL, "zq") || strings.Contains(got.SQL, "DROP") || len(got.Args) == 0 {
			t.Errorf("%s compiles to %s", text, got.SQL)
		}
	}
}

func TestCaseIsASCIIInMemory(t *testing.T) {
	t.Parallel()
	record := func(string) Values { return Strings("CAFÉ Ärger") }
	for text, want := range map[string]bool{
		`title:"café Ärger"`: false, `title:"cafÉ Ärger"`: true, "title~É": true, "title~é": false, "ÄRG": true, "ärg": false,
	} {
		if got := Match(parse(t, text), record, Env{}); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	q := parse(b, "severity>=high -tag:exercise owner:none crypto due<now+1h")
	e := env(b)
	values := map[string]Values{
		"severity": Strings("critical"), "due": Integers(now), "tag": Strings("a", "b"),
		"title": Strings(strings.Repeat("An EC2 instance is calling out. ", 8) + "crypto"),
	}
	record := func(field string) Values { return values[field] }
	for b.Loop() {
		if !Match(q, record, e) {
			b.Fatal("no match")
		}
	}
}

func BenchmarkParseAndCompile(b *testing.B) {
	table, e := tickets(), env(b)
	for b.Loop() {
		q, err := Parse("severity>=high -tag:exercise owner:none crypto due<now+1h", table)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Compile(q, e, 1); err != nil {
			b.Fatal(err)
		}
	}
}
