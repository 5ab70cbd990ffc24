package finding

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

func mustDecode(t testing.TB, body []byte) []Part {
	t.Helper()
	parts, err := Decode(body)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return parts
}

// checkPart holds what is true of every part, whatever came in.
func checkPart(t testing.TB, p Part) {
	t.Helper()
	if (p.Finding == nil) == (p.Err == nil) {
		t.Fatalf("a part must be a finding or an error: %+v", p)
	}
	if p.Err != nil {
		if len(p.Err.Fields) != 1 || p.Err.Fields[0].Location == "" || p.Err.Slug == "" || p.Err.Code != fault.Invalid {
			t.Fatalf("an error must name its field: %+v", p.Err)
		}
		return
	}
	f := p.Finding
	if len(f.Identity) != 64 || len(p.ContentHash) != 64 || f.Class == "" || f.Severity == "" || f.Status == "" || f.Title == "" || f.UID == "" {
		t.Fatalf("incomplete finding: %+v", f)
	}
	if f.Types == nil || f.Resources == nil || f.Remotes == nil || f.Indicators == nil || f.Techniques == nil {
		t.Fatalf("a list is nil: %+v", f)
	}
	fields, err := Content(p.Raw)
	if err != nil {
		t.Fatalf("Content of what was decoded: %v", err)
	}
	if contentHash(fields) != p.ContentHash || contentHash(p.Fields) != p.ContentHash {
		t.Fatal("the content is not re-derived from the original")
	}
	again, err := Decode(p.Raw)
	if err != nil || len(again) != 1 || again[0].Finding == nil || again[0].Finding.Identity != f.Identity || again[0].ContentHash != p.ContentHash {
		t.Fatalf("the original does not decode to the same finding: %v %+v", err, again)
	}
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// detail takes the finding out of an envelope fixture.
func detail(t testing.TB, name string, path ...string) string {
	t.Helper()
	s := fixture(t, name)
	for _, key := range path {
		o, f := open(strings.TrimSpace(s))
		if f != nil {
			t.Fatal(f.why)
		}
		s = o.get(key)
	}
	if strings.HasPrefix(s, "[") {
		elements(s, func(_ int, raw string, _ *flaw) bool { s = raw; return false })
	}
	return s
}

func asffFixture(t testing.TB) string { return detail(t, "asff-guardduty.json", "detail", "findings") }

// change sets one field of a JSON object, by a path such as Severity.Label; a
// nil value takes it away.
func change(t testing.TB, s, path string, value any) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		t.Fatal(err)
	}
	at, keys := m, strings.Split(path, "/")
	for _, k := range keys[:len(keys)-1] {
		switch v := at[k].(type) {
		case map[string]any:
			at = v
		case []any:
			at = v[0].(map[string]any)
		default:
			next := map[string]any{}
			at[k] = next
			at = next
		}
	}
	at[keys[len(keys)-1]] = value
	if value == nil {
		delete(at, keys[len(keys)-1])
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// quote makes a JSON string of a text, as SNS and SQS carry it.
func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// oneLine takes the line breaks out of a document.
func oneLine(t testing.TB, s string) string {
	t.Helper()
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		t.Fatal(err)
	}
	out, _ := json.Marshal(m)
	return string(out)
}

// told writes parts as "uid" or "!location".
func told(parts []Part) []string {
	out := []string{}
	for _, p := range parts {
		if p.Err != nil {
			out = append(out, "!"+p.Err.Fields[0].Location)
		} else {
			out = append(out, lastName(p.Finding.UID))
		}
	}
	return out
}

func TestDecodeTellsTheShapesApart(t *testing.T) {
	t.Parallel()
	asff := oneLine(t, asffFixture(t))
	native := oneLine(t, detail(t, "guardduty-dns.json", "detail"))
	ocsf := oneLine(t, detail(t, "ocsf-detection.json", "detail", "findings"))
	a, g, o := "aaaa1111", "bbbb2222", "cccc3333"
	imported, custom := fixture(t, "asff-guardduty.json"), fixture(t, "asff-control.json")
	sns := func(s string) string {
		return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:x","Message":` + quote(s) + `}`
	}
	sqs := func(list ...string) string {
		for i := range list {
			list[i] = `{"MessageId":"m","ReceiptHandle":"r","Body":` + quote(list[i]) + `}`
		}
		return `{"Messages":[` + strings.Join(list, ",") + `]}`
	}
	tests := []struct {
		name, body string
		want       []string
	}{
		{"one ASFF finding", asff, []string{a}},
		{"one native GuardDuty finding", native, []string{g}},
		{"one OCSF finding", ocsf, []string{o}},
		{"a finding behind a byte order mark and white space", "\uFEFF \r\n" + asff + "\n\n", []string{a}},
		{"a list of all formats", "[" + asff + ",\n" + native + " , " + ocsf + "]", []string{a, g, o}},
		{"an empty list", " [ ] ", []string{}},
		{"values one a line", asff + "\n" + ocsf + "\r\n\n" + native + "\n", []string{a, o, g}},
		{"values that go over several lines", asffFixture(t) + "\n" + native + "\n", []string{a, g}},
		{"lists one a line", "[" + asff + "]\n[" + native + "]", []string{a, g}},
		{"Security Hub imported", imported, []string{a}},
		{"Security Hub custom action", custom, []string{"dddd4444"}},
		{"two findings in one custom action", strings.Replace(custom, `"findings": [`, `"findings": [`+asff+",", 1), []string{a, "dddd4444"}},
		{"native GuardDuty in its event", fixture(t, "guardduty-dns.json"), []string{g}},
		{"OCSF in its event", fixture(t, "ocsf-detection.json"), []string{o}},
		{"events one a line", oneLine(t, imported) + "\n" + oneLine(t, custom), []string{a, "dddd4444"}},
		{"an SNS notification", sns(imported), []string{a}},
		{"SQS messages", sqs(imported, asff, "["+native+","+ocsf+"]"), []string{a, a, g, o}},
		{"SNS inside SQS", sqs(sns(imported)), []string{a}},
		{"one SQS message by itself", `{"MessageId":"m","Body":` + quote(imported) + `}`, []string{a}},
		{"an SQS event of a Lambda function", `{"Records":[{"messageId":"m","body":` + quote(imported) + `,"eventSource":"aws:sqs"}]}`, []string{a}},
		{"an SNS event of a Lambda function", `{"Records":[{"EventSource":"aws:sns","Sns":{"Message":` + quote(native) + `}}]}`, []string{g}},
		{"an answer of GetFindings", `{"Findings":[` + asff + `],"NextToken":"x"}`, []string{a}},
		{"an empty answer", `{"Findings":[]}`, []string{}},
		{"the detail by itself", `{"findings":[` + asff + `]}`, []string{a}},
		{"values one a line inside a message", sqs(asff + "\n" + native), []string{a, g}},
		{"a bad value between good ones in a list", `[` + asff + `,{"a":},7,` + native + `]`, []string{a, "![1].a", "![2]", g}},
		{"a bad line between good ones", asff + "\n{\"a\":\n" + native, []string{a, "!line 2", g}},
		{"a first line that is broken", "{\"SchemaVersion\": \"20\n" + asff, []string{"!line 1", a}},
		{"a line that is no object", asff + "\nhello\n", []string{a, "!line 2"}},
		{"a list that breaks off", "[" + asff + "," + native[:200], []string{a, "![1]"}},
		{"a list over lines that breaks off", "[\n  " + asff + ",\n  " + native[:200], []string{a, "![1]"}},
		{"a bad finding beside a good one in an answer", `{"Findings":[{"ProductArn":1},` + asff + `]}`, []string{"!Findings[0].Id", a}},
		{"a message that is no JSON", sqs("not\njson\nat all", asff), []string{"!Messages[0].Body", a}},
		{"a message without a body", `{"Messages":[{"MessageId":"m","ReceiptHandle":"r"},{"Body":"","MessageId":"x"}]}`, []string{"!Messages[0]", "!Messages[1].Body"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts := mustDecode(t, []byte(tt.body))
			for _, p := range parts {
				checkPart(t, p)
			}
			if diff := cmp.Diff(tt.want, told(parts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
				for _, p := range parts {
					t.Log(p.Err)
				}
			}
		})
	}
}

func TestDecodeRefusesABodyInWhichNothingCanBeToldApart(t *testing.T) {
	t.Parallel()
	asff := oneLine(t, asffFixture(t))
	for name, tt := range map[string]struct{ body, slug string }{
		"nothing":                       {"", "empty-body"},
		"white space":                   {" \r\n\t", "empty-body"},
		"prose":                         {"hello", slugMalformed},
		"prose in lines":                {"hello\nworld\n{", slugMalformed},
		"one broken object":             {`{"a":}`, slugMalformed},
		"a finding cut in the middle":   {asff[:len(asff)-40], slugMalformed},
		"a finding over lines, cut":     {asffFixture(t)[:1800], slugMalformed},
		"a list of something broken":    {`[{"a":},{"b" 1}]`, slugMalformed},
		"a list that ends at once":      {`[`, slugMalformed},
		"an object that ends at once":   {`{`, slugMalformed},
		"an envelope cut in the middle": {fixture(t, "asff-guardduty.json")[:900], slugMalformed},
		"more than 5,000 findings":      {strings.Repeat("{\"a\":1}\n", 5001), "too-many-findings"},
		"more than 5,000 in a list":     {"[" + strings.Repeat("1,", 6000) + "1]", "too-many-findings"},
	} {
		parts, err := Decode([]byte(tt.body))
		e := fault.As(err)
		if e == nil || e.Code != fault.Invalid || e.Slug != tt.slug {
			t.Errorf("%s: got %d parts and %v, want %s", name, len(parts), err, tt.slug)
		}
	}
	if parts, err := Decode([]byte(strings.Repeat("{\"a\":1}\n", 5000))); err != nil || len(parts) != 5000 {
		t.Errorf("5,000 parts are allowed: got %d, %v", len(parts), err)
	}
}

func TestRawIsTheFindingAndForARefusedOneWhatMustBeSentAgain(t *testing.T) {
	t.Parallel()
	imported := fixture(t, "asff-guardduty.json")
	parts := mustDecode(t, []byte(imported))
	if !strings.Contains(imported, string(parts[0].Raw)) || parts[0].Raw[0] != '{' || strings.Contains(string(parts[0].Raw), "detail-type") {
		t.Errorf("raw of a good finding is not the finding as it came: %.80s", parts[0].Raw)
	}
	want := Event{
		ID: "8e5622f9-d81c-4d81-612a-9319e7ee2506", Source: "aws.securityhub", DetailType: "Security Hub Findings - Imported",
		Account: "444455556666", Region: "eu-west-1", Time: 1790932500000000,
	}
	if diff := cmp.Diff(want, parts[0].Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	bad := change(t, imported, "detail/findings/Severity/Label", "SEVERE")
	refused := mustDecode(t, []byte(bad))
	if string(refused[0].Raw) != bad || refused[0].Event.ID != want.ID {
		t.Errorf("raw of a refused finding alone in its event must be the event: %.80s", refused[0].Raw)
	}
	if got := refused[0].Err.Fields[0].Location; got != "detail.findings[0].Severity.Label" {
		t.Errorf("location %q", got)
	}
}

func TestCustomActionIsTheOrigin(t *testing.T) {
	t.Parallel()
	f := mustDecode(t, []byte(fixture(t, "asff-control.json")))[0].Finding
	if f.Origin != OriginCustomAction || f.OriginName != "Open a ticket" {
		t.Errorf("origin %q %q", f.Origin, f.OriginName)
	}
	f = mustDecode(t, []byte(asffFixture(t)))[0].Finding
	if f.Origin != OriginImported || f.OriginName != "" {
		t.Errorf("origin of a bare finding %q %q", f.Origin, f.OriginName)
	}
}

// golden compares the normal form of each fixture with the one committed;
// TOCSIN_UPDATE=1 writes them anew, to be read before they are committed.
func TestNormalFormIsGolden(t *testing.T) {
	t.Parallel()
	for _, name := range goldenNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var list []*Finding
			for _, p := range mustDecode(t, []byte(fixture(t, name+".json"))) {
				checkPart(t, p)
				list = append(list, p.Finding)
			}
			got, err := json.MarshalIndent(list, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".golden")
			if os.Getenv("TOCSIN_UPDATE") != "" {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func goldenNames() []string {
	names := slices.Collect(maps.Keys(map[string]bool{
		"asff-guardduty": true, "asff-control": true, "guardduty-dns": true, "guardduty-sequence": true,
		"ocsf-detection": true, "ocsf-checks": true, "asff-vulnerability": true,
	}))
	slices.Sort(names)
	return names
}

// checkText holds that the normal form can be stored and shown: every text is
// UTF-8 of bounded length, without control characters and without characters
// that turn the direction of reading; only prose has lines.
func checkText(t testing.TB, f *Finding) {
	t.Helper()
	for name, s := range textsOf(f) {
		limit, lines := maxID, false
		switch name {
		case "Title":
			limit = maxTitle
		case "Description", "Remediation":
			limit, lines = maxDescription, true
		}
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
			t.Fatalf("%s is no UTF-8 or too long: %d characters, %.80q", name, utf8.RuneCountInString(s), s)
		}
		for _, r := range s {
			if r != utf8.RuneError && cleanRune(r, lines) != r {
				t.Fatalf("%s holds %U: %.80q", name, r, s)
			}
		}
	}
	if len(f.Indicators) > maxIndicators || len(f.Resources) > maxList || len(f.Remotes) > maxList || len(f.Types) > maxList ||
		len(f.Techniques) > maxList || f.IndicatorCount < len(f.Indicators) {
		t.Fatal(fmt.Sprint("a list is too long: ", len(f.Indicators), len(f.Resources), len(f.Remotes)))
	}
}

// textsOf finds every text of a finding, by the name of its field.
func textsOf(f *Finding) map[string]string {
	texts := map[string]string{}
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			texts[name] = v.String()
		case reflect.Struct:
			for i := range v.NumField() {
				walk(strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", name, i), v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				texts[name+" key "+key.String()] = key.String()
				walk(name+" "+key.String(), v.MapIndex(key))
			}
		}
	}
	walk("", reflect.ValueOf(*f))
	return texts
}
