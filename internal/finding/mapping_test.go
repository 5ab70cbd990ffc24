package finding

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

const plainMapping = `{
  "items": "$.alerts",
  "fields": {
    "uid": "$.id", "title": ["$.name", "{{rule.group}} on {{host}}", "Unnamed"], "severity": "$.prio", "status": "$.state",
    "resource": "$.host", "principal": "$.who", "created_at": "$.at", "remote_ip": "$.net[*].src", "indicators": ["$.hashes", "$.url"],
    "product": "Sensor", "types": "$.kind", "techniques": "$.mitre", "source_url": "$.link", "count": "$.n"
  },
  "severities": {"P1": "critical", "P2": "high", ">=7": "high", "<7": "low"},
  "statuses": {"firing": "new", "gone": "resolved"}
}`

func mustCompile(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := CompileMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mapped1(t testing.TB, mapping, item string) Part {
	t.Helper()
	parts, err := mustCompile(t, mapping).Decode([]byte(item), MappingOrigin{From: "conn-1", Name: "My hook"})
	if err != nil || len(parts) != 1 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	checkPart(t, parts[0])
	return parts[0]
}

func TestAMappingMakesTheNormalForm(t *testing.T) {
	t.Parallel()
	p := mapped1(t, plainMapping, `{"alerts":[{"id":17,"name":"Beacon to hxxp://bad[.]com/y","prio":"p1","state":"firing","host":"web-1","who":"eve",
		"at":"2026-11-20T10:00:00+01:00","net":[{"src":"185.220.101.4"},{"src":"10.0.0.1"}],"hashes":["44d88612fea8a8f36de82e1278abb02f"],
		"url":"http://evil.test/x","kind":["c2","beacon"],"mitre":"T1071.001","link":"javascript:alert(1)","n":3}]}`)
	f := p.Finding
	if f == nil {
		t.Fatal(p.Err)
	}
	got := []any{f.Format, f.UID, f.Title, f.Severity, f.SeverityOriginal, f.Status, f.Active, f.Class, f.ClassUID, f.Product, f.Principal,
		f.MainResource(), f.CreatedAt, f.Types, f.Techniques, f.SourceURL, f.Count, len(f.Remotes)}
	want := []any{"custom", "17", "Beacon to hxxp://bad[.]com/y", Critical, "p1", "new", true, Detection, 2004, "Sensor", "eve",
		"web-1", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).UnixMicro(), []string{"c2", "beacon"}, []string{"T1071.001"}, "", int64(3), 2}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	values := []string{}
	for _, i := range f.Indicators {
		values = append(values, i.Role+" "+i.Value)
	}
	if d := cmp.Diff([]string{"remote 185.220.101.4", "intel 44d88612fea8a8f36de82e1278abb02f", "intel http://evil.test/x", "text http://bad.com/y"}, values[:4]); d != "" {
		t.Error(d)
	}
}

func TestWhatTheMappingDoesNotTakeIsNotNewsAndIsKept(t *testing.T) {
	t.Parallel()
	item := func(extra string) string {
		return `{"alerts":[{"id":"a","name":"n","prio":"P2",` + extra + `"state":"firing"}]}`
	}
	one, two, three := mapped1(t, plainMapping, item("")), mapped1(t, plainMapping, item(`"sent":1,`)), mapped1(t, plainMapping, item(`"who":"eve",`))
	if one.ContentHash != two.ContentHash || one.ContentHash == three.ContentHash || one.Finding.Identity != three.Finding.Identity {
		t.Errorf("contents %s %s %s", one.ContentHash, two.ContentHash, three.ContentHash)
	}
	if !strings.Contains(string(two.Raw), `"original":{"id":"a","name":"n","prio":"P2","sent":1,"state":"firing"}`) {
		t.Errorf("the item's own bytes are not kept: %s", two.Raw)
	}
	if d := cmp.Diff([]Change{{Path: "principal", Kind: ChangeAdded, New: "eve"}}, Diff(one.Fields, three.Fields)); d != "" {
		t.Error(d)
	}
}

func TestFindingsOfTwoConnectionsAreNeverTheSame(t *testing.T) {
	t.Parallel()
	m := mustCompile(t, `{"fields":{"uid":"$.id","title":"t","severity":"low"}}`)
	ids := map[string]bool{}
	for _, from := range []string{"a", "b", ""} {
		parts, err := m.Decode([]byte(`{"id":"1"}`), MappingOrigin{From: from, Name: "x"})
		if err != nil || parts[0].Err != nil {
			t.Fatal(err, parts)
		}
		ids[parts[0].Finding.Identity] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d identities", len(ids))
	}
}

func TestWhatCannotBeMappedIsNamedAndLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	good := `{"id":"g","name":"n","prio":"P2"}`
	for name, tt := range map[string]struct{ item, location, why string }{
		"no title, and nothing else says one": {`{"id":1,"prio":"P1"}`, "", ""},
		"no uid":                              {`{"name":"n","prio":"P1"}`, "alerts[1], uid", "is missing (read from $.id)"},
		"a uid with a control character":      {`{"id":"a\u0000","name":"n","prio":"P1"}`, "alerts[1], uid", "control character"},
		"a uid that is an object":             {`{"id":{},"name":"n","prio":"P1"}`, "alerts[1], uid", "must be text, is an object"},
		"no severity":                         {`{"id":1,"name":"n"}`, "alerts[1], severity", "is missing (read from $.prio)"},
		"an unknown severity":                 {`{"id":1,"name":"n","prio":"P9"}`, "alerts[1], severity", `"P9" is none of`},
		"an unknown status":                   {`{"id":1,"name":"n","prio":8,"state":"zombie"}`, "alerts[1], status", `"zombie" is none of`},
		"a bad time":                          {`{"id":1,"name":"n","prio":3,"at":"yesterday"}`, "alerts[1], created_at", "must be a time"},
		"a time in the year 0":                {`{"id":1,"name":"n","prio":3,"at":"0000-01-01T00:00:00Z"}`, "alerts[1], created_at", "year 0"},
		"a time in the year 9999":             {`{"id":1,"name":"n","prio":3,"at":"9999-01-01T00:00:00Z"}`, "alerts[1], created_at", "year 9999"},
		"a time that is a list":               {`{"id":1,"name":"n","prio":3,"at":[]}`, "alerts[1], created_at", "is a list"},
		"a list of objects for a list":        {`{"id":1,"name":"n","prio":3,"kind":[{}]}`, "alerts[1], types", "holds an object"},
		"a count that is none":                {`{"id":1,"name":"n","prio":3,"n":1.5}`, "alerts[1], count", "whole number"},
		"text instead of an item":             {`"x"`, "alerts[1], item", "must be an object, is text"},
		"a key twice":                         {`{"id":1,"id":2}`, "alerts[1].id", "twice"},
		"bytes that are not UTF-8":            {"{\"id\":\"\xff\"}", "alerts[1].id", "UTF-8"},
		"nested too deep":                     {`{"id":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`, "alerts[1]", "nested deeper"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts, err := mustCompile(t, plainMapping).Decode([]byte(`{"alerts":[`+good+`,`+tt.item+`,`+good+`]}`), MappingOrigin{From: "c"})
			if err != nil || len(parts) != 3 {
				t.Fatalf("%d parts, %v", len(parts), err)
			}
			for _, p := range parts {
				checkPart(t, p)
			}
			if parts[0].Err != nil || parts[2].Err != nil {
				t.Errorf("a neighbour was refused: %v %v", parts[0].Err, parts[2].Err)
			}
			e := parts[1].Err
			switch {
			case tt.location == "" && e != nil:
				t.Errorf("refused: %v", e)
			case tt.location == "":
			case e == nil || !strings.HasPrefix(e.Fields[0].Location, tt.location) || !strings.Contains(e.Message, tt.why):
				t.Errorf("got %v, want %s: …%s…", e, tt.location, tt.why)
			case string(parts[1].Raw) != tt.item:
				t.Errorf("what goes to quarantine is not the item: %.100s", parts[1].Raw)
			}
		})
	}
}

func TestABodyIsToldApart(t *testing.T) {
	t.Parallel()
	one := `{"id":"a","name":"n","prio":"P1"}`
	flat := strings.Replace(plainMapping, `"items": "$.alerts",`, "", 1)
	for name, tt := range map[string]struct{ mapping, body, want string }{
		"one object":                 {flat, one, "ok"},
		"a list":                     {flat, "[" + one + "," + one + "]", "ok ok"},
		"one a line":                 {flat, one + "\n" + one + "\n{broken\n" + one, "ok ok line 3 ok"},
		"the items' place":           {plainMapping, `{"alerts":[` + one + `]}`, "ok"},
		"one item instead of a list": {plainMapping, `{"alerts":` + one + `}`, "ok"},
		"an empty list":              {plainMapping, `{"alerts":[]}`, ""},
		"no such place":              {plainMapping, `{"other":1}`, "items"},
		"null at the place":          {plainMapping, `{"alerts":null}`, "items"},
		"a list that breaks off":     {plainMapping, `{"alerts":[` + one, "alerts"},
		"items in items":             {strings.Replace(plainMapping, `$.alerts`, `$.groups[*].alerts[*]`, 1), `{"groups":[{"alerts":[` + one + `]},{},{"alerts":[` + one + `,7]}]}`, "ok ok groups[2].alerts[1], item"},
	} {
		parts, err := mustCompile(t, tt.mapping).Decode([]byte(tt.body), MappingOrigin{From: "c"})
		if err != nil {
			if tt.want != "alerts" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		got := []string{}
		for _, p := range parts {
			checkPart(t, p)
			if p.Err == nil {
				got = append(got, "ok")
			} else {
				got = append(got, p.Err.Fields[0].Location)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %q", name, strings.Join(got, " "), tt.want)
		}
	}
	for name, body := range map[string]string{"nothing": " ", "no JSON": "hello"} {
		if _, err := mustCompile(t, flat).Decode([]byte(body), MappingOrigin{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := "[" + strings.Repeat(one+",", 5000) + one + "]"
	if _, err := mustCompile(t, flat).Decode([]byte(many), MappingOrigin{}); fault.As(err) == nil || fault.As(err).Slug != "too-many-findings" {
		t.Errorf("5,001 items: %v", err)
	}
}

func TestAMistakeInAMappingIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	with := func(field, source string) string {
		return `{"fields":{"uid":"$.id","title":"$.t","severity":"low","` + field + `":` + source + `}}`
	}
	for name, tt := range map[string]struct{ mapping, location, why string }{
		"not JSON":                     {`{`, "mapping", "ends in the middle"},
		"a list":                       {`[]`, "mapping", "must be an object"},
		"an unknown member":            {`{"field":{}}`, "field", "is not known"},
		"nothing":                      {`{}`, "fields.title", "is missing"},
		"no severity":                  {`{"fields":{"uid":"$.a","title":"x"}}`, "fields.severity", `a fixed word such as "medium"`},
		"no uid":                       {`{"fields":{"title":"x","severity":"low"}}`, "fields.uid", "identity"},
		"an unknown field":             {with("colour", `"$.c"`), "fields.colour", "no field of the normal form"},
		"a path without a dot":         {with("vendor", `"$vendor"`), "fields.vendor", "must go on with a dot or a bracket (character 2)"},
		"a path with an empty name":    {with("vendor", `"$.a..b"`), "fields.vendor", "no name after the dot (character 5)"},
		"a bracket with a word":        {with("vendor", `"$.a[b]"`), "fields.vendor", "(character 5)"},
		"a name that does not end":     {with("vendor", `"$.a[\"b]"`), "fields.vendor", "does not end (character 5)"},
		"a path too long":              {with("vendor", `"$.`+strings.Repeat("a", 400)+`"`), "fields.vendor", "longer than 300 bytes"},
		"too many steps":               {with("vendor", `"$`+strings.Repeat(".a", 21)+`"`), "fields.vendor", "more than 20 steps (character 42)"},
		"a template that does not end": {with("vendor", `"x {{a"`), "fields.vendor", "{{ without }} (character 3)"},
		"a bad path in a template":     {with("vendor", `"x {{a..b}}"`), "fields.vendor", "(character 7)"},
		"a bad fallback":               {with("vendor", `["$.a","$.b["]`), "fields.vendor[1]", "needs a number"},
		"no source":                    {with("vendor", `[]`), "fields.vendor", "1 to 10 sources"},
		"an object of another kind":    {with("vendor", `{"script":"x"}`), "fields.vendor.script", "path, literal and template"},
		"a number in an object":        {with("vendor", `{"path":7}`), "fields.vendor.path", "must be text"},
		"an unknown word for severity": {`{"severities":{"P1":"terrible"}}`, "severities.P1", "critical, high"},
		"a bound without a number":     {`{"severities":{">=x":"low"}}`, "severities.>=x", "a number after >="},
		"a word twice":                 {`{"severities":{"p1":"low","P1":"high"}}`, "severities.p1", "twice"},
		"a layout that is none":        {`{"times":"YYYY-MM-DD"}`, "times", "the layout of 2006"},
		"an unknown zone":              {`{"zone":"../../etc/passwd"}`, "zone", "no time zone"},
		"a bad place of the items":     {`{"items":"alerts"}`, "items", "must begin with $ (character 1)"},
		"too long":                     {`{"zone":"` + strings.Repeat("x", 40000) + `"}`, "mapping", "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := CompileMapping([]byte(tt.mapping))
			e := fault.As(err)
			if e == nil || e.Code != fault.Invalid || len(e.Fields) == 0 || e.Fields[0].Location != tt.location || !strings.Contains(e.Fields[0].Message, tt.why) {
				t.Errorf("got %v, want %s: …%s…", err, tt.location, tt.why)
			}
		})
	}
}

func TestTimesAreReadAsTheMappingSays(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC).UnixMicro()
	for _, tt := range []struct{ how, zone, written string }{
		{"rfc3339", "", `"2026-11-20T10:30:00+01:00"`},
		{"unix", "", `1795167000`},
		{"unix", "", `"1795167000.0"`},
		{"unix_ms", "", `1795167000000`},
		{"auto", "", `1795167000`},
		{"auto", "", `1795167000000`},
		{"auto", "", `"2026-11-20 09:30:00"`},
		{"auto", "Europe/Amsterdam", `"2026-11-20 10:30"`},
		{"02/01/2006 15:04", "Europe/Amsterdam", `"20/11/2026 10:30"`},
	} {
		mapping := fmt.Sprintf(`{"fields":{"uid":"u","title":"t","severity":"low","created_at":"$.at"},"times":%q,"zone":%q}`, tt.how, tt.zone)
		p := mapped1(t, mapping, `{"at":`+tt.written+`}`)
		if p.Err != nil || p.Finding.CreatedAt != want {
			t.Errorf("%s %s %s: %v", tt.how, tt.zone, tt.written, p.Err)
		}
	}
}

func TestTheNearestBoundDecides(t *testing.T) {
	t.Parallel()
	mapping := `{"fields":{"uid":"u","title":"t","severity":"$.s"},"severities":{">=9":"critical",">=7":"high",">=4":"medium","<4":"low","10":"info","default":"medium"}}`
	for said, want := range map[string]Severity{"9.1": Critical, "9": Critical, "8.9": High, "4": Medium, "3.9": Low, "-1": Low, "10": Info, `"CRITICAL"`: Critical, `"odd"`: Medium} {
		p := mapped1(t, mapping, `{"s":`+said+`}`)
		if p.Err != nil || p.Finding.Severity != want {
			t.Errorf("%s became %v, want %s", said, p, want)
		}
	}
}

func TestWithoutAnIDTheChosenFieldsMakeOne(t *testing.T) {
	t.Parallel()
	mapping := `{"fields":{"uid":"$.id","title":"t","severity":"low"},"identity":["$.rule","$.host"]}`
	id := func(item string) string {
		p := mapped1(t, mapping, item)
		if p.Err != nil {
			return "refused: " + p.Err.Message
		}
		return p.Finding.UID
	}
	a, b, c := id(`{"rule":"r","host":"h","x":1}`), id(`{"rule":"r","host":"h","x":2}`), id(`{"rule":"rh"}`)
	if a != b || a == c || !strings.HasPrefix(a, "sha256:") || id(`{"id":"own"}`) != "own" {
		t.Error(a, b, c)
	}
	if got := id(`{"x":1}`); got != "refused: uid: is missing (read from $.id, $.rule, $.host)" {
		t.Error(got)
	}
}

func TestWhatFailedIsReadAgainByAMendedMapping(t *testing.T) {
	t.Parallel()
	bad, good := mustCompile(t, plainMapping), mustCompile(t, strings.Replace(plainMapping, `"P1"`, `"P9":"low","P1"`, 1))
	parts, err := bad.Decode([]byte(`{"alerts":[{"id":1,"name":"n","prio":"P9"}]}`), MappingOrigin{From: "c"})
	if err != nil || parts[0].Err == nil {
		t.Fatal(err)
	}
	rows, err := DecodeCSV([]byte("id,name,prio\n1,n,P9\n"), bad, MappingOrigin{From: "c"})
	if err != nil || rows[0].Err == nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{parts[0].Raw, rows[0].Raw, []byte(`{"alerts":[{"id":1,"name":"n","prio":"P9"}]}`)} {
		again, err := good.Again(raw, MappingOrigin{From: "c"})
		if err != nil || len(again) != 1 || again[0].Err != nil {
			t.Errorf("%s: %v %v", raw, err, again)
			continue
		}
		if kept, err := good.Again(again[0].Raw, MappingOrigin{From: "c"}); err != nil || kept[0].Finding == nil {
			t.Errorf("what was mapped is not read again: %v", err)
		}
	}
}
