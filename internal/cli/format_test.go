package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

const hostile = "a\x1b[2J\u009bm\u202eb\tc\r\nd\u200be"

func tree2(t *testing.T, text string) any {
	t.Helper()
	v, err := parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func printed(t *testing.T, format string, columns []column, items ...any) string {
	t.Helper()
	var out bytes.Buffer
	p := &program{out: &out, output: format}
	if err := p.many(items, columns); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestEveryFormatPrintsTheSameThings(t *testing.T) {
	t.Parallel()
	columns := []column{col("TICKET", "number"), col("OWNER", "owner.name"), col("TAGS", "tags"), col("N", "n"), col("TITLE", "title").upTo(12)}
	items := []any{
		tree2(t, `{"number":"INC-1","owner":{"name":"Ada"},"tags":["a","b"],"n":-3,"title":"日本語の題名です"}`),
		tree2(t, `{"number":"INC-1024","owner":null,"tags":[],"n":12345678901234567890,"title":""}`),
	}
	tests := map[string]string{
		"table": "TICKET    OWNER  TAGS  N                     TITLE\n" +
			"INC-1     Ada    a, b  -3                    日本語の題…\n" +
			"INC-1024               12345678901234567890\n",
		"json": "[\n  {\n    \"number\": \"INC-1\",\n    \"owner\": {\n      \"name\": \"Ada\"\n    },\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ],\n    \"n\": -3,\n    \"title\": \"日本語の題名です\"\n  },\n" +
			"  {\n    \"number\": \"INC-1024\",\n    \"owner\": null,\n    \"tags\": [],\n    \"n\": 12345678901234567890,\n    \"title\": \"\"\n  }\n]\n",
		"jsonl": `{"number":"INC-1","owner":{"name":"Ada"},"tags":["a","b"],"n":-3,"title":"日本語の題名です"}` + "\n" +
			`{"number":"INC-1024","owner":null,"tags":[],"n":12345678901234567890,"title":""}` + "\n",
		"yaml": "- number: INC-1\n  owner:\n    name: Ada\n  tags:\n    - a\n    - b\n  n: -3\n  title: 日本語の題名です\n" +
			"- number: INC-1024\n  owner: null\n  tags: []\n  n: 12345678901234567890\n  title: \"\"\n",
		"csv": "ticket,owner,tags,n,title\nINC-1,Ada,\"a, b\",-3,日本語の題名です\nINC-1024,,,12345678901234567890,\n",
	}
	for format, want := range tests {
		if diff := cmp.Diff(want, printed(t, format, columns, items...)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

func TestAnEmptyListIsStillAListInEveryFormat(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"table": "A  B\n", "json": "[]\n", "jsonl": "", "yaml": "[]\n", "csv": "a,b\n"} {
		if got := printed(t, format, []column{col("A", "a"), col("B", "b")}); got != want {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}

func TestOneThingIsNoListInJSONAndYAML(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"json": "{\n  \"a\": 1\n}\n", "yaml": "a: 1\n", "jsonl": "{\"a\":1}\n", "csv": "a\n1\n", "table": "A\n1\n"} {
		var out bytes.Buffer
		p := &program{out: &out, output: format}
		if err := p.one(tree2(t, `{"a":1}`), []column{col("A", "a")}); err != nil || out.String() != want {
			t.Errorf("%s: %q %v, want %q", format, out.String(), err, want)
		}
	}
}

// A value of somebody else reaches no terminal as an order, and comes out of
// the formats for programs as it went in.
func TestNoFormatPrintsWhatDrivesATerminal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			hostile, "=1+1", "\x00", "\u2028", "\U000e0041", "\ue000", "a: b\u202e #c", "null", "~", "- x\x7f", "'\u0085'",
		})).Draw(rt, "value")
		o := newObject()
		o.set("k\x1b", value)
		o.set("v", value)
		for _, format := range formats() {
			out := printed(t, format, []column{col("V", "v")}, o)
			for _, r := range out {
				if drives(r) && r != '\n' && !(format == "csv" && r == '\t') {
					rt.Fatalf("%s prints %U of %q: %q", format, r, value, out)
				}
			}
			var back []map[string]string
			switch format {
			case "json":
				mustRead(rt, json.Unmarshal([]byte(out), &back), out)
			case "yaml":
				mustRead(rt, yaml.Unmarshal([]byte(out), &back), out)
			default:
				continue
			}
			want := strings.ToValidUTF8(value, "\uFFFD")
			if back[0]["v"] != want || back[0]["k\x1b"] != want {
				rt.Fatalf("%s: %q came back as %q from %s", format, want, back, out)
			}
		}
	})
}

func mustRead(t *rapid.T, err error, text string) {
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func TestWhatIsUnprintableIsEscapedWhereAPersonReads(t *testing.T) {
	t.Parallel()
	if got, want := printableCell(hostile), `a\x1b[2J\x9bm\u202eb c d\u200be`; got != want {
		t.Errorf("cell %q, want %q", got, want)
	}
	if got, want := printableText(hostile), "a\\x1b[2J\\x9bm\\u202eb\tc\\x0d\nd\\u200be"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := printableText("\xff\U000e0041"), "\uFFFD\\udb40\\udc41"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestASpreadsheetCalculatesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"=HYPERLINK(\"x\")": "'=HYPERLINK(\"x\")", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "\t=1": "'\t=1",
		"\n-1": "'\n-1", "＝1": "'＝1", "＠x": "'＠x", "\r=1": `\x0d=1`, "": "", " ": " ", "1-1": "1-1", "a=b": "a=b", "é": "é",
	}
	for cell, want := range tests {
		out := printed(t, "csv", []column{col("V", "v")}, tree2(t, string(compact(map1("v", cell)))))
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if cell == "" {
			continue // encoding/csv reads an empty single cell as no row
		}
		if err != nil || len(rows) != 2 || rows[1][0] != want {
			t.Errorf("%q: %q %v, want %q", cell, rows, err, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.String().Draw(rt, "cell")
		out := noFormula(printableText(cell))
		first := strings.TrimLeftFunc(out, unicode.IsSpace)
		if first != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(first)[0]) {
			rt.Fatalf("%q becomes %q", cell, out)
		}
	})
}

func map1(key, value string) *object {
	o := newObject()
	o.set(key, value)
	return o
}

func TestColoursAreForTerminalsOnly(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := &tableRows{w: &out, columns: []column{col("S", "s"), col("T", "t")}, colour: true}
	if err := r.add(tree2(t, `{"s":"high","t":"x"}`)); err != nil {
		t.Fatal(err)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[1mS\x1b[0m     \x1b[1mT\x1b[0m\n\x1b[31mhigh\x1b[0m  x\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if coloured(&out) {
		t.Error("a buffer is taken for a terminal")
	}
}

func TestTheNearestNamesAreSuggested(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed string
		want  []string
	}{
		{"serv", []string{"serve"}},
		{"tikcet", []string{"ticket"}},
		{"usr", []string{"user"}},
		{"x", nil},
		{"ab", nil},
		{"nothing", nil},
		{"tocken", []string{"token"}},
	}
	known := []string{"serve", "ticket", "token", "user", "team"}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, nearest(tt.typed, known)); diff != "" {
			t.Errorf("%s: %s", tt.typed, diff)
		}
	}
}

func TestATreeKeepsWhatItReads(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"z":1,"a":[true,false,null,"x",1.50,1e400,{"b":{}}],"":"\u001b"}`, `[]`, `"\u0085<>&"`, `12345678901234567890123`,
	} {
		if got := string(compact(tree2(t, text))); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{``, `{`, `[1`, `{"a"`, `{"a":`, `1 2`, `{"a":1}}`, `nul`} {
		if v, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}
