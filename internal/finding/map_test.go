package finding

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read decodes one finding that must be good.
func read(t testing.TB, s string) *Finding {
	t.Helper()
	parts := mustDecode(t, []byte(s))
	if len(parts) != 1 || parts[0].Err != nil {
		t.Fatalf("got %d parts, %v", len(parts), parts[0].Err)
	}
	checkPart(t, parts[0])
	return parts[0].Finding
}

func TestSeverityIsReadByTheTablesOfTheFormats(t *testing.T) {
	t.Parallel()
	asff, native := asffFixture(t), detail(t, "guardduty-dns.json", "detail")
	ocsf := change(t, detail(t, "ocsf-detection.json", "detail", "findings"), "severity", nil)
	type row struct {
		base, path string
		value      any
		want       Severity
	}
	rows := []row{
		{asff, "Severity", map[string]any{"Label": "CRITICAL", "Normalized": 1}, Critical},
		{asff, "Severity", map[string]any{"Label": "INFORMATIONAL"}, Info},
		{ocsf, "severity_id", 99, Info},
		{ocsf, "severity_id", 0, Info},
		{change(t, ocsf, "severity_id", nil), "severity", "Fatal", Critical},
		{change(t, ocsf, "severity_id", 99), "severity", "medium", Medium},
	}
	for v, want := range map[float64]Severity{0: Info, 1: Low, 39: Low, 40: Medium, 69: Medium, 70: High, 89: High, 90: Critical, 100: Critical} {
		rows = append(rows, row{asff, "Severity", map[string]any{"Normalized": v}, want})
	}
	for v, want := range map[float64]Severity{0.5: Low, 1: Low, 3.9: Low, 4: Medium, 6.9: Medium, 7: High, 8.9: High, 9: Critical, 10: Critical} {
		rows = append(rows, row{native, "severity", v, want})
	}
	for v, want := range map[int]Severity{1: Info, 2: Low, 3: Medium, 4: High, 5: Critical, 6: Critical} {
		rows = append(rows, row{ocsf, "severity_id", v, want})
	}
	for _, r := range rows {
		if got := read(t, change(t, r.base, r.path, r.value)).Severity; got != r.want {
			t.Errorf("%s %v: got %s, want %s", r.path, r.value, got, r.want)
		}
	}
	provider := change(t, change(t, asff, "Severity", nil), "FindingProviderFields/Severity/Label", "LOW")
	if got := read(t, provider).Severity; got != Low {
		t.Errorf("without Severity the provider's counts: got %s", got)
	}
}

func TestClassStatusAndActivity(t *testing.T) {
	t.Parallel()
	asff, ocsf := asffFixture(t), detail(t, "ocsf-detection.json", "detail", "findings")
	tests := []struct {
		name, base, path string
		value            any
		want             string
	}{
		{"a live detection", asff, "Workflow/Status", "NEW", "detection new true "},
		{"somebody was notified", asff, "Workflow/Status", "NOTIFIED", "detection in_progress true "},
		{"resolved by hand", asff, "Workflow/Status", "RESOLVED", "detection resolved false "},
		{"suppressed", asff, "Workflow/Status", "SUPPRESSED", "detection suppressed false "},
		{"archived by the provider", asff, "RecordState", "ARCHIVED", "detection archived false "},
		{"a failed control", asff, "Compliance/Status", "FAILED", "compliance new true failed"},
		{"a passed control", asff, "Compliance/Status", "PASSED", "compliance new false passed"},
		{"a control with a warning", asff, "Compliance/Status", "WARNING", "compliance new true warning"},
		{"a control without data", asff, "Compliance/Status", "NOT_AVAILABLE", "compliance new true not_available"},
		{"a weakness by its type", asff, "Types", []string{"Software and Configuration Checks/Vulnerabilities/CVE"}, "vulnerability new true "},
		{"a weakness by its list", asff, "Vulnerabilities", []any{map[string]any{"Id": "CVE-2024-3094"}}, "vulnerability new true "},
		{"sensitive data", asff, "Types", []string{"Sensitive Data Identifications/PII"}, "data_security new true "},
		{"an OCSF detection", ocsf, "status_id", 1, "detection new true "},
		{"an OCSF detection suppressed", ocsf, "status_id", 3, "detection suppressed false "},
		{"an OCSF finding closed", ocsf, "activity_id", 3, "detection resolved false "},
		{"an OCSF check that failed", ocsf, "status_code", "FAIL", "compliance new true failed"},
		{"an OCSF check that passed", ocsf, "status_code", "PASS", "compliance new false passed"},
		{"an OCSF check for people", ocsf, "status_code", "MANUAL", "compliance new true manual"},
		{"an OCSF detection with a code of its own", ocsf, "status_code", "E42", "detection new true "},
		{"OCSF compliance", change(t, ocsf, "compliance/status_id", 3), "class_uid", 2003, "compliance new true failed"},
		{"OCSF data security", ocsf, "class_uid", 2006, "data_security new true "},
		{"OCSF application posture", ocsf, "class_uid", 2007, "other new true "},
		{"OCSF status by its word", change(t, ocsf, "status_id", 99), "status", "Resolved", "detection resolved false "},
	}
	for _, tt := range tests {
		f := read(t, change(t, tt.base, tt.path, tt.value))
		if got := fmt.Sprint(f.Class, " ", f.Status, " ", f.Active, " ", f.Result); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// facts writes what was gathered, for comparison.
func facts(f *Finding) []string {
	out := []string{}
	for _, r := range f.Remotes {
		out = append(out, fmt.Sprintf("remote %s:%d %s %s", r.IP, r.Port, r.Domain, r.Direction))
	}
	for _, i := range f.Indicators {
		out = append(out, i.Role+" "+i.Type+" "+i.Value)
	}
	return out
}

func TestFactsAndIndicators(t *testing.T) {
	t.Parallel()
	asff := change(t, change(t, asffFixture(t), "ThreatIntelIndicators", nil), "Description", "Nothing to read here.")
	asff = change(t, change(t, asff, "Action", nil), "Resources/Details", nil)
	native := change(t, detail(t, "guardduty-dns.json", "detail"), "service/action", nil)
	native = change(t, native, "description", "see title")
	ocsf := change(t, detail(t, "ocsf-detection.json", "detail", "findings"), "finding_info/desc", "Nothing to read here.")
	ocsf = change(t, change(t, ocsf, "evidences", nil), "observables", nil)
	object := func(s string) (m map[string]any) {
		if err := json.Unmarshal([]byte(s), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	tests := []struct {
		name, base, path string
		value            any
		want             []string
	}{
		{"an outbound connection", asff, "Action", object(`{"ActionType":"NETWORK_CONNECTION","NetworkConnectionAction":{"ConnectionDirection":"OUTBOUND","Protocol":"TCP","RemoteIpDetails":{"IpAddressV4":"203.0.113.5"},"RemotePortDetails":{"Port":4444}}}`),
			[]string{"remote 203.0.113.5:4444  outbound", "remote ipv4 203.0.113.5"}},
		{"a private remote is a fact and no indicator", asff, "Action", object(`{"AwsApiCallAction":{"RemoteIpDetails":{"IpAddressV4":"10.1.1.1"}}}`), []string{"remote 10.1.1.1:0  "}},
		{"a DNS request", asff, "Action", object(`{"DnsRequestAction":{"Domain":"C2.badsite.net"}}`), []string{"remote :0 C2.badsite.net ", "remote domain c2.badsite.net"}},
		{"a port probe", asff, "Action", object(`{"PortProbeAction":{"PortProbeDetails":[{"RemoteIpDetails":{"IpAddressV4":"203.0.113.6"}},{"RemoteIpDetails":{"IpAddressV4":"203.0.113.7"}}]}}`),
			[]string{"remote 203.0.113.6:0  inbound", "remote 203.0.113.7:0  inbound", "remote ipv4 203.0.113.6", "remote ipv4 203.0.113.7"}},
		{"an action in flat fields", asff, "ProductFields", object(`{"aws/guardduty/service/action/actionType":"PORT_PROBE","aws/guardduty/service/action/portProbeAction/portProbeDetails.0_/remoteIpDetails/ipAddressV4":"203.0.113.8"}`),
			[]string{"remote 203.0.113.8:0  ", "remote ipv4 203.0.113.8"}},
		{"the older network object, inbound", asff, "Network", object(`{"Direction":"IN","SourceIpV4":"203.0.113.9","SourcePort":55,"DestinationIpV4":"198.51.100.9"}`), []string{"remote 203.0.113.9:55  inbound", "remote ipv4 203.0.113.9"}},
		{"the older network object, no direction", asff, "Network", object(`{"SourceIpV4":"10.0.0.1","DestinationIpV6":"2001:db8::9"}`), []string{"remote 2001:db8::9:0  ", "remote ipv6 2001:db8::9"}},
		{"intelligence of the detector", asff, "ThreatIntelIndicators", []any{object(`{"Type":"DOMAIN","Value":"evil.badsite.net"}`), object(`{"Type":"HASH_MD5","Value":"44D88612FEA8A8F36DE82E1278ABB02F"}`), object(`{"Type":"MUTEX","Value":"abc"}`)},
			[]string{"intel domain evil.badsite.net", "intel md5 44d88612fea8a8f36de82e1278abb02f"}},
		{"a file that was found", asff, "Threats", []any{object(`{"Name":"EICAR","FilePaths":[{"Hash":"44d88612fea8a8f36de82e1278abb02f"}]}`)}, []string{"resource md5 44d88612fea8a8f36de82e1278abb02f"}},
		{"our own account, names and addresses in prose are no indicators", asff, "Description", "Account 111122223333, role arn:aws:iam::111122223333:role/x, policy arn:aws:iam::aws:policy/Admin, 10.1.1.1, 198.51.100.200, s3.amazonaws.com, setup.py, version 1.2.3.4, https://docs.aws.amazon.com/x",
			[]string{}},
		{"others in prose are", asff, "Description", "Account 999988887777 as arn:aws:iam::999988887777:user/eve from eve@badsite.net and badsite.net",
			[]string{"text aws_account 999988887777", "text arn arn:aws:iam::999988887777:user/eve", "text email eve@badsite.net", "text domain badsite.net"}},
		{"a native call from another account", native, "service/action", object(`{"actionType":"AWS_API_CALL","awsApiCallAction":{"api":"ListBuckets","remoteIpDetails":{"ipAddressV4":"203.0.113.5"},"remoteAccountDetails":{"accountId":"999988887777","affiliated":false}}}`),
			[]string{"remote 203.0.113.5:0  ", "remote ipv4 203.0.113.5", "remote aws_account 999988887777"}},
		{"a native login to a database", native, "service/action", object(`{"actionType":"RDS_LOGIN_ATTEMPT","rdsLoginAttemptAction":{"remoteIpDetails":{"ipAddressV4":"203.0.113.5"}}}`), []string{"remote 203.0.113.5:0  ", "remote ipv4 203.0.113.5"}},
		{"a native call to a cluster", native, "service/action", object(`{"kubernetesApiCallAction":{"verb":"list","requestUri":"/api/v1/secrets","remoteIpDetails":{"ipAddressV6":"2001:db8::7"}}}`), []string{"remote 2001:db8::7:0  ", "remote ipv6 2001:db8::7"}},
		{"an attack sequence", asff, "Detection", object(`{"Sequence":{"Actors":[{"Id":"1","User":{"Name":"eve","Uid":"u","CredentialUid":"AKIAQ4ZXT2LMN7RW5KPD","Account":{"Uid":"999988887777"}}}],"Endpoints":[{"Id":"e","Ip":"203.0.113.5","Port":22,"Connection":{"Direction":"INBOUND"}},{"Id":"f","Domain":"c2.badsite.net"}],"SequenceIndicators":[{"Key":"TACTIC","Values":["T1999"]},{"Key":"ATTACK_TECHNIQUE","Values":["T1078"]}]}}`),
			[]string{"remote 203.0.113.5:22  inbound", "remote :0 c2.badsite.net ", "actor aws_key_id AKIAQ4ZXT2LMN7RW5KPD", "actor aws_account 999988887777", "remote ipv4 203.0.113.5", "remote domain c2.badsite.net"}},
		{"native credentials", native, "resource", object(`{"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"AKIAQ4ZXT2LMN7RW5KPD","principalId":"AIDAQ4ZXT2LMN7RW5KPDA","userName":"eve","userType":"IAMUser"}}`), []string{"actor aws_key_id AKIAQ4ZXT2LMN7RW5KPD"}},
		{"observables of OCSF, our own left out", ocsf, "observables", []any{object(`{"type_id":2,"value":"203.0.113.60"}`), object(`{"type_id":2,"value":"10.0.0.9"}`), object(`{"type_id":6,"value":"http://badsite.net/x"}`), object(`{"type_id":8,"value":"44d88612fea8a8f36de82e1278abb02f"}`), object(`{"type_id":5,"value":"eve@badsite.net"}`), object(`{"type_id":1,"value":"host.badsite.net"}`), object(`{"type_id":99,"value":5}`)},
			[]string{"resource ipv4 203.0.113.60", "resource url http://badsite.net/x", "resource md5 44d88612fea8a8f36de82e1278abb02f", "resource email eve@badsite.net"}},
		{"inbound evidence of OCSF", ocsf, "evidences", []any{object(`{"connection_info":{"direction_id":1},"src_endpoint":{"ip":"203.0.113.61"},"dst_endpoint":{"ip":"198.51.100.61"},"url":{"url_string":"http://badsite.net/y"},"query":{"hostname":"q.badsite.net"}}`)},
			[]string{"remote 203.0.113.61:0  inbound", "remote ipv4 203.0.113.61", "remote domain q.badsite.net", "remote url http://badsite.net/y"}},
		{"malware on a volume", native, "service/malwareScanDetails", object(`{"threats":[{"name":"x","hash":"275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}]}`), []string{"resource sha256 275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, facts(read(t, change(t, tt.base, tt.path, tt.value)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTechniquesAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	asff := asffFixture(t)
	for _, tt := range []struct {
		path  string
		value any
		want  []string
	}{
		{"Types", []string{"TTPs/Persistence/T1136.003", "TTPs/T1078, T1078 and XT1090"}, []string{"T1078", "T1136.003", "T1552.005"}},
		{"Title", "Technique T1530.", []string{"T1530", "T1552.005"}},
	} {
		if diff := cmp.Diff(tt.want, read(t, change(t, asff, tt.path, tt.value)).Techniques); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.path, diff)
		}
	}
}

func TestTextFromOutsideIsMadeFitToShow(t *testing.T) {
	t.Parallel()
	base := asffFixture(t)
	f := read(t, change(t, base, "Title", "pay\u202egnp.exe\x00\x1b[31m\nnow \u2028"))
	if want := "pay\uFFFDgnp.exe\uFFFD\uFFFD[31m now \uFFFD"; f.Title != want {
		t.Errorf("title %q, want %q", f.Title, want)
	}
	f = read(t, change(t, base, "Description", "a\nb\x00"+strings.Repeat("é", 6000)))
	if n := len([]rune(f.Description)); n != 5000 || !strings.HasPrefix(f.Description, "a\nb\uFFFDé") || !strings.HasSuffix(f.Description, "…") {
		t.Errorf("description of %d characters: %.20q", n, f.Description)
	}
	if f := read(t, change(t, base, "Title", strings.Repeat("x", 501))); len([]rune(f.Title)) != 500 {
		t.Errorf("title of %d characters", len([]rune(f.Title)))
	}
	raw := strings.Replace(oneLine(t, base), `"Title":"`, `"Title":"\u0000\ud800`, 1)
	p := mustDecode(t, []byte(raw))[0]
	if p.Err != nil || !strings.HasPrefix(p.Finding.Title, "\uFFFD\uFFFDCred") || string(p.Raw) != raw {
		t.Errorf("NUL and half a surrogate: %v", p.Err)
	}
	for _, url := range []string{"javascript:alert(1)", "data:text/html,x", "https://a b", "https://x\"onclick=", "ftp://x", "HTTPS:evil"} {
		if f := read(t, change(t, base, "SourceUrl", url)); f.SourceURL != "" {
			t.Errorf("link %q came through as %q", url, f.SourceURL)
		}
	}
}

func TestListsAreCutAndCounted(t *testing.T) {
	t.Parallel()
	var probes, resources []any
	for i := range 3000 {
		probes = append(probes, map[string]any{"RemoteIpDetails": map[string]any{"IpAddressV4": fmt.Sprintf("203.0.%d.%d", i/250, i%250)}})
		resources = append(resources, map[string]any{"Type": "T", "Id": fmt.Sprint("r", i)})
	}
	s := change(t, change(t, asffFixture(t), "Resources", resources), "Action/PortProbeAction/PortProbeDetails", probes)
	f := read(t, s)
	if len(f.Indicators) != 1000 || f.IndicatorCount < 1000 || len(f.Remotes) != 50 || len(f.Resources) != 50 {
		t.Errorf("%d indicators of %d, %d remotes, %d resources", len(f.Indicators), f.IndicatorCount, len(f.Remotes), len(f.Resources))
	}
}
