package finding

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContentLeavesOutWhatChangesWhileTheFindingSaysTheSame(t *testing.T) {
	t.Parallel()
	asff, native := asffFixture(t), detail(t, "guardduty-dns.json", "detail")
	ocsf := detail(t, "ocsf-detection.json", "detail", "findings")
	check := strings.SplitN(fixture(t, "ocsf-checks.json"), "\n", 2)[0]
	tests := []struct {
		name, base, path string
		value            any
		same             bool
	}{
		{"ASFF ProcessedAt", asff, "ProcessedAt", "2026-12-01T00:00:00Z", true},
		{"ASFF without ProcessedAt", asff, "ProcessedAt", nil, true},
		{"ASFF LastObservedAt", asff, "LastObservedAt", "2026-12-01T00:00:00Z", true},
		{"ASFF UpdatedAt", asff, "UpdatedAt", "2026-12-01T00:00:00Z", false},
		{"ASFF Workflow", asff, "Workflow/Status", "RESOLVED", false},
		{"ASFF a field we do not read", asff, "Confidence", 42, false},
		{"GuardDuty count", native, "service/count", 13, false},
		{"GuardDuty eventLastSeen", native, "service/eventLastSeen", "2026-10-05T00:00:00Z", false},
		{"OCSF processed_time", ocsf, "metadata/processed_time", 1791280809001, true},
		{"OCSF processed_time_dt", ocsf, "metadata/processed_time_dt", nil, true},
		{"OCSF logged_time", ocsf, "metadata/logged_time", 1791280809001, true},
		{"OCSF last_seen_time", ocsf, "finding_info/last_seen_time", 1791280809001, true},
		{"OCSF time", ocsf, "time", 1791280809001, true},
		{"OCSF created_time as a fact", ocsf, "finding_info/created_time", 1791270000001, false},
		{"OCSF status", ocsf, "status_id", 2, false},
	}
	for _, tt := range tests {
		before, after := mustDecode(t, []byte(tt.base))[0], mustDecode(t, []byte(change(t, tt.base, tt.path, tt.value)))[0]
		if after.Err != nil {
			t.Fatalf("%s: %v", tt.name, after.Err)
		}
		if same := before.ContentHash == after.ContentHash; same != tt.same {
			t.Errorf("%s: same content %v, want %v", tt.name, same, tt.same)
		}
		if before.Finding.Identity != after.Finding.Identity {
			t.Errorf("%s: the identity changed", tt.name)
		}
	}
	flat := strings.Replace(asff, `"aws/securityhub/ProductName": "GuardDuty"`, `"aws/securityhub/annotation": "x"`, 1)
	if mustDecode(t, []byte(flat))[0].ContentHash != mustDecode(t, []byte(asff))[0].ContentHash {
		t.Error("ProductFields aws/securityhub/* are part of the content")
	}
	rescan := strings.NewReplacer("1791200000", "1791286400", "2026-10-05T13:33:20.123456", "2026-10-06T13:33:20.5").Replace(check)
	if rescan == check || mustDecode(t, []byte(rescan))[0].ContentHash != mustDecode(t, []byte(check))[0].ContentHash {
		t.Error("a check scanned again the next day, with the same result, has other content")
	}
}

func TestContentIsTheSameForEverySpelling(t *testing.T) {
	t.Parallel()
	hash := func(s string) string {
		v, f := parseJSON(s)
		if f != nil {
			t.Fatal(f.why)
		}
		return contentHash(v.(map[string]any))
	}
	for _, pair := range [][2]string{
		{`{"a":1,"b":2}`, ` { "b" : 2 , "a" : 1.0 } `},
		{`{"a":"é\n/"}`, `{"a":"\u00e9\u000a\/"}`},
		{`{"a":[100,0,-0,1e2]}`, `{"a":[1e2,0.0,0,100]}`},
		{`{"a":"\ud83d\ude00"}`, `{"a":"😀"}`},
	} {
		if hash(pair[0]) != hash(pair[1]) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{`{"a":null}`, `{}`}, {`{"a":"1"}`, `{"a":1}`}, {`{"a":[]}`, `{"a":{}}`}, {`{"a":[1,2]}`, `{"a":[2,1]}`},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`}, {`{"a":1e999}`, `{"a":1e998}`},
	} {
		if hash(pair[0]) == hash(pair[1]) {
			t.Errorf("%s and %s are the same", pair[0], pair[1])
		}
	}
	v, _ := parseJSON(`{"z":[1.50,true,null,{"b":"\"\u001f","a":1e21}],"A":"é"}`)
	if got, want := string(appendCanonical(nil, v)), `{"A":"é","z":[1.5,true,null,{"a":1e+21,"b":"\"\u001f"}]}`; got != want {
		t.Errorf("canonical form %s, want %s", got, want)
	}
}

func TestIdentityIsOfTheFindingAndNotOfItsState(t *testing.T) {
	t.Parallel()
	asff, native := asffFixture(t), detail(t, "guardduty-dns.json", "detail")
	ocsf := detail(t, "ocsf-detection.json", "detail", "findings")
	for _, tt := range []struct {
		base, path string
		value      any
		same       bool
	}{
		{asff, "Title", "other", true},
		{asff, "AwsAccountId", "999988887777", true},
		{asff, "Id", "other", false},
		{asff, "ProductArn", "other", false},
		{native, "updatedAt", "2026-10-09T00:00:00Z", true},
		{native, "id", "other", false},
		{native, "region", "eu-west-1", false},
		{native, "accountId", "999988887777", false},
		{ocsf, "severity_id", 1, true},
		{ocsf, "metadata/event_code", "check-2", false},
		{ocsf, "metadata/product/uid", "other", false},
		{ocsf, "cloud/account/uid", "999988887777", false},
		{ocsf, "resources/uid", "other", false},
		{ocsf, "finding_info/uid", "other", false},
	} {
		before, after := read(t, tt.base).Identity, read(t, change(t, tt.base, tt.path, tt.value)).Identity
		if (before == after) != tt.same {
			t.Errorf("%s: same identity %v, want %v", tt.path, before == after, tt.same)
		}
	}
	if identity("x", "ab", "c") == identity("x", "a", "bc") || identity("x", "a") == identity("y", "a") {
		t.Error("two lists of parts run together")
	}
	hub := read(t, asff)
	copyOf := change(t, change(t, native, "arn", hub.UID), "id", "aaaa1111")
	if read(t, copyOf).UID != hub.UID {
		t.Error("a native finding cannot be linked to its copy in Security Hub")
	}
}

func TestDiffNamesEveryFieldThatChanged(t *testing.T) {
	t.Parallel()
	content := func(s string) map[string]any {
		v, f := parseJSON(s)
		if f != nil {
			t.Fatal(f.why)
		}
		return v.(map[string]any)
	}
	old := content(`{"a":1,"b":{"x":"one","y":null},"c":[1,{"d":true}],"same":[{"e":1.0}],"gone":"bye","type":"text","big":"` + strings.Repeat("é", 600) + `"}`)
	now := content(`{"a":2,"b":{"x":"two","z":[]},"c":[1,{"d":false},"new"],"same":[{"e":1}],"type":7,"big":"small"}`)
	want := []Change{
		{"a", ChangeChanged, "1", "2"},
		{"b.x", ChangeChanged, "one", "two"},
		{"b.y", ChangeRemoved, "null", ""},
		{"b.z", ChangeAdded, "", "[]"},
		{"big", ChangeChanged, strings.Repeat("é", 500) + "… (cut, 600 characters)", "small"},
		{"c[1].d", ChangeChanged, "true", "false"},
		{"c[2]", ChangeAdded, "", "new"},
		{"gone", ChangeRemoved, "bye", ""},
		{"type", ChangeChanged, "text", "7"},
	}
	if diff := cmp.Diff(want, Diff(old, now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Diff(old, old); got == nil || len(got) != 0 {
		t.Errorf("the same content differs: %v", got)
	}
}

func TestDiffIsCut(t *testing.T) {
	t.Parallel()
	now := map[string]any{}
	for i := range 1000 {
		now[fmt.Sprintf("k%04d", i)] = "v"
	}
	got := Diff(map[string]any{}, now)
	if len(got) != 200 || got[199].Kind != ChangeCut || got[199].New != "801 more changes" || got[198].Path != "k0198" {
		t.Errorf("%d changes, the last %+v", len(got), got[len(got)-1])
	}
	if got := Diff(nil, map[string]any{"a": "x\x00\u202ey"}); got[0].New != "x\uFFFD\uFFFDy" {
		t.Errorf("a diff shows %q", got[0].New)
	}
}
