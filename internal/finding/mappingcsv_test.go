package finding

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

func rowsOf(t testing.TB, table string) []string {
	t.Helper()
	parts, err := DecodeCSV([]byte(table), nil, MappingOrigin{Name: "File"})
	if err != nil {
		return []string{err.Error()}
	}
	out := []string{}
	for _, p := range parts {
		checkPart(t, p)
		if p.Err == nil {
			out = append(out, p.Finding.UID+"|"+p.Finding.Title+"|"+string(p.Finding.Severity))
		} else {
			out = append(out, "refused "+p.Err.Message)
		}
	}
	return out
}

func TestATableIsReadAsRFC4180Says(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		table string
		want  []string
	}{
		"plain":                          {"uid,title,severity\n1,One,low\n2,Two,high\n", []string{"1|One|low", "2|Two|high"}},
		"CRLF, BOM and no end":           {"\uFEFFUID,Title,Severity\r\n1,One,LOW\r\n2,Two,High", []string{"1|One|low", "2|Two|high"}},
		"quotes, commas and lines":       {"uid,title,severity\n1,\"One, \"\"two\"\"\nthree\",low\n", []string{`1|One, "two" three|low`}},
		"semicolons":                     {"uid;title;severity\n1;a, b;low\n", []string{"1|a, b|low"}},
		"tabs":                           {"uid\ttitle\tseverity\n1\tOne\tlow\n", []string{"1|One|low"}},
		"blank lines":                    {"uid,title,severity\n\n1,One,low\n,,\n\n", []string{"1|One|low"}},
		"a header alone":                 {"uid,title,severity\n", []string{}},
		"formulas are text":              {"uid,title,severity\n=1+1,\"=HYPERLINK(\"\"http://evil.test\"\")\",low\n", []string{`=1+1|=HYPERLINK("http://evil.test")|low`}},
		"too few cells":                  {"uid,title,severity\n1,One\n2,Two,low\n", []string{"refused line 2: has 2 cells, the header has 3", "2|Two|low"}},
		"too many cells":                 {"uid,title,severity\n1,One,low,x\n", []string{"refused line 2: has 4 cells, the header has 3"}},
		"a quote inside":                 {"uid,title,severity\n1,O\"ne,low\n2,Two,low\n", []string{"refused line 2: has a quote inside a cell that does not begin with one", "2|Two|low"}},
		"something behind a quote":       {"uid,title,severity\n1,\"One\"x,low\n2,Two,low\n", []string{"refused line 2: has something behind the closing quote of a cell", "2|Two|low"}},
		"a quote that never ends":        {"uid,title,severity\n1,\"One,low\n2,Two,low\n", []string{"refused line 2: is longer than 128 KiB, or has a quote that does not end", "2|Two|low"}},
		"bytes that are not UTF-8":       {"uid,title,severity\n1,\xff,low\n2,Two,low\n", []string{"refused line 2: holds bytes that are not UTF-8", "2|Two|low"}},
		"a bad cell":                     {"uid,title,severity\n\n1,\"One\n1\",low\n2,Two,odd\n", []string{"1|One 1|low", `refused line 5, severity: "odd" is none of critical, high, medium, low, info, and the mapping does not say what it means (read from $.severity)`}},
		"nothing":                        {"", []string{"the body is empty"}},
		"UTF-16":                         {"\xff\xfeu\x00", []string{"the table is UTF-16; save it as UTF-8"}},
		"a column twice":                 {"uid,title,uid\n", []string{`the column "uid" stands twice in the header`}},
		"a broken header":                {"uid,\"title\nx\n", []string{"the header, line 1, is longer than 128 KiB, or has a quote that does not end"}},
		"columns called as the fields":   {"uid,Title,SEVERITY,Source-URL,remote ip,indicators\n1,a,low,https://x.test/a,185.220.101.4,evil.test; 44d88612fea8a8f36de82e1278abb02f\n", []string{"1|a|low"}},
		"a control character in a title": {"uid,title,severity\n1,a\x00b,low\n", []string{"1|a\uFFFDb|low"}},
		"without an id":                  {"title,severity,resource\na,low,r1\na,high,r1\na,low,r2\n", nil},
	} {
		got := rowsOf(t, tt.table)
		if tt.want == nil {
			if len(got) != 3 || got[0][:20] != got[1][:20] || got[0][:20] == got[2][:20] {
				t.Errorf("%s: %v", name, got)
			}
			continue
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if got := rowsOf(t, "id,name\n"); !strings.HasPrefix(got[0], `the header has no column "title"`) {
		t.Error(got)
	}
}

func TestARefusedRowStandsUnderItsHeader(t *testing.T) {
	t.Parallel()
	parts, err := DecodeCSV([]byte("uid,title,severity\r\n1,One,odd\r\n"), nil, MappingOrigin{})
	if err != nil || string(parts[0].Raw) != "uid,title,severity\r\n1,One,odd" {
		t.Errorf("%s %v", parts[0].Raw, err)
	}
}

func TestATableHasAnEnd(t *testing.T) {
	t.Parallel()
	big := "uid,title,severity\n" + strings.Repeat("1,t,low\n", 5001)
	if _, err := DecodeCSV([]byte(big), nil, MappingOrigin{}); fault.As(err) == nil || fault.As(err).Slug != "too-many-findings" {
		t.Errorf("5,001 rows: %v", err)
	}
	began := time.Now()
	for name, line := range map[string]string{"quotes that open": ",\"\"\"\n", "one quote a line": "\"\n", "a cell that goes on": "\"a" + strings.Repeat("\"\"", 40) + "\n"} {
		parts, err := DecodeCSV([]byte("uid,title,severity\n"+strings.Repeat(line, 4990)), nil, MappingOrigin{})
		if err != nil || len(parts) == 0 {
			t.Errorf("%s: %d parts, %v", name, len(parts), err)
		}
	}
	if spent := time.Since(began); spent > 20*time.Second {
		t.Errorf("quotes that do not end took %s", spent)
	}
}

func TestATrialShowsWhatTheSampleHoldsAndWhatFits(t *testing.T) {
	t.Parallel()
	sample := `{"alerts":[{"alert_id":"a1","rule":{"name":"Brute force"},"priority":"high","src_ip":"185.220.101.4","time":"2026-11-20T10:00:00Z","note":"x","tags":["a","b"]},{"alert_id":"a2"}]}`
	got, err := Try([]byte(`{"items":"$.alerts","fields":{"uid":"$.alert_id","title":"$.rule.name","severity":"$.priority"}}`), []byte(sample), false, MappingOrigin{Name: "My hook"})
	if err != nil || got.Total != 2 || len(got.Problems) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if f := got.Items[0].Finding; f == nil || f.Title != "Brute force" || f.Product != "My hook" {
		t.Errorf("first = %+v", got.Items[0])
	}
	if e := got.Items[1].Error; e == nil || e.Field != "severity" && e.Field != "title" || !strings.Contains(e.Message, "is missing (read from $.") {
		t.Errorf("second = %+v", e)
	}
	if d := cmp.Diff([]string{"$.note", "$.src_ip", "$.tags[*]", "$.time"}, got.Unmapped); d != "" {
		t.Error(d)
	}
	want := map[string]string{"created_at": "$.time", "remote_ip": "$.src_ip", "generator": "$.rule.name"}
	for field, path := range want {
		if got.Suggestions[field] != path {
			t.Errorf("suggestions = %v, want %s for %s", got.Suggestions, path, field)
		}
	}
}

func TestAHalfWrittenMappingStillShowsTheSample(t *testing.T) {
	t.Parallel()
	got, err := Try([]byte(`{"fields":{"title":"$.a..b"}}`), []byte("id,Summary,priority\n7,Odd login,P1\n"), true, MappingOrigin{})
	if err != nil || len(got.Problems) != 1 || got.Problems[0].Field != "fields.title" || len(got.Items) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if len(got.Paths) != 3 || got.Paths[0].Path != "$.Summary" || got.Paths[0].Example != "Odd login" {
		t.Errorf("paths = %v", got.Paths)
	}
	if got.Suggestions["uid"] != "$.id" || got.Suggestions["severity"] != "$.priority" {
		t.Errorf("suggestions = %v", got.Suggestions)
	}
}

// FuzzMapping holds what must be true of every mapping and every body: nothing
// panics, every part is a finding or names what is wrong, what was mapped is
// read again without the mapping as the very same finding, and the bytes of an
// item survive.
func FuzzMapping(f *testing.F) {
	f.Add(plainMapping, `{"alerts":[{"id":1,"name":"n","prio":"P1"}]}`)
	f.Add(`{"fields":{"uid":"{{a}}","title":["$[\"x.y\"]","t"],"severity":"low"}}`, "a,b\n1,\"2\n3\"\n")
	f.Add(`{"items":"$[*].x[0]","fields":{"title":"$","severity":"$.s","types":["$.l","$.m[*].n"]},"identity":"$.a"}`, `[{"x":[{"a":1,"s":9}]}]`)
	f.Add(`{"fields":{"uid":"u","title":"t","severity":"low"}}`, "{\"a\":\"\u202e\"}\n{\n[]")
	f.Fuzz(func(t *testing.T, mapping, body string) {
		m, err := CompileMapping([]byte(mapping))
		if err != nil {
			if e := fault.As(err); e == nil || e.Code != fault.Invalid || len(e.Fields) == 0 || e.Fields[0].Location == "" {
				t.Fatalf("an error that names nothing: %v", err)
			}
		}
		if _, err := Try([]byte(mapping), []byte(body), len(body)%2 == 0, MappingOrigin{}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if m == nil || err != nil {
			return
		}
		json, jsonErr := m.Decode([]byte(body), MappingOrigin{From: "c", Name: "n"})
		table, tableErr := DecodeCSV([]byte(body), m, MappingOrigin{From: "c", Name: "n"})
		for _, err := range []error{jsonErr, tableErr} {
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
		}
		for _, p := range append(json, table...) {
			checkPart(t, p)
			if p.Err == nil {
				again := mustDecode(t, p.Raw)[0].Finding
				if d := cmp.Diff(p.Finding, again); d != "" {
					t.Fatalf("read again it is another finding: %s", d)
				}
			}
		}
	})
}
