package finding

import "testing"

func TestKindIsTheSameForEveryCopy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		f    Finding
		want string
	}{
		"a control":                            {Finding{Control: "S3.8", Types: []string{"Effects/x"}, Generator: "g"}, "S3.8"},
		"GuardDuty's own":                      {Finding{Types: []string{"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"}}, "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"},
		"GuardDuty through Security Hub":       {Finding{Types: []string{"TTPs/Credential Access/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS"}}, "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"},
		"GuardDuty with an artifact":           {Finding{Types: []string{"TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS"}}, "Backdoor:EC2/C&CActivity.B!DNS"},
		"GuardDuty's type in OCSF, in full":    {Finding{Types: []string{"TTPs/Command and Control/Backdoor:EC2/C&CActivity.B!DNS"}}, "Backdoor:EC2/C&CActivity.B!DNS"},
		"Macie through Security Hub":           {Finding{Types: []string{"Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal"}}, "SensitiveData:S3Object/Personal"},
		"the last part of a type":              {Finding{Types: []string{"Effects/Data Exposure"}}, "Data Exposure"},
		"a type that ends in a slash":          {Finding{Types: []string{"Effects/Data Exposure/"}}, "Data Exposure"},
		"a type of one word":                   {Finding{Types: []string{"S3"}}, "S3"},
		"a weakness by its name":               {Finding{Class: Vulnerability, Types: []string{"x/Vulnerabilities/CVE"}, Indicators: []Indicator{{"cve", "CVE-2024-3094", RoleResource}}}, "CVE-2024-3094"},
		"a weakness only the prose names":      {Finding{Class: Vulnerability, Types: []string{"x/Vulnerabilities/CVE"}, Indicators: []Indicator{{"cve", "CVE-2024-3094", RoleText}}}, "CVE"},
		"a generator":                          {Finding{Generator: "trivy"}, "trivy"},
		"never the ARN of a detector":          {Finding{Generator: "arn:aws:guardduty:x:111122223333:detector/1", Product: "GuardDuty"}, "GuardDuty"},
		"nothing at all leaves the class":      {Finding{Class: Detection}, "detection"},
		"an empty type leaves it to the maker": {Finding{Types: []string{""}, Generator: "g"}, "g"},
	} {
		if got := tt.f.Kind(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestOnlyWhatIsSafelyOneThingTies(t *testing.T) {
	t.Parallel()
	gd := "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f"
	for name, tt := range map[string]struct {
		f    Finding
		want string
	}{
		"GuardDuty's arn":                     {Finding{UID: gd}, gd},
		"an ARN with no account":              {Finding{UID: "arn:aws:securityhub:eu-west-1::product/kube-bench/1.1"}, ""},
		"the ARN of a resource":               {Finding{UID: "arn:aws:s3:::acme-invoices"}, ""},
		"the ARN of a resource that it names": {Finding{UID: gd, Resources: []Resource{{UID: gd}}}, ""},
		"a role's ARN with an account":        {Finding{UID: "arn:aws:iam::111122223333:role/x"}, ""},
		"a plain id":                          {Finding{UID: "finding-1", Account: "111122223333", Region: "r", ProductUID: "arn:aws:securityhub:r:111122223333:product/111122223333/default"}, ""},
		"Macie's id":                          {Finding{UID: "ab12", Account: "111122223333", Region: "r", ProductUID: "arn:aws:securityhub:r::product/aws/macie"}, "macie 111122223333 r ab12"},
		"Macie's id in the unified hub":       {Finding{UID: "ab12", Account: "111122223333", Region: "r", ProductUID: "arn:aws:securityhub:r::productv2/aws/macie"}, "macie 111122223333 r ab12"},
		"Macie's id without an account":       {Finding{UID: "ab12", Region: "r", ProductUID: "arn:aws:securityhub:r::product/aws/macie"}, ""},
		"what Access Analyzer looked at": {Finding{UID: "arn:aws:access-analyzer:r:111122223333:analyzer/a/arn:aws:s3:::b", Region: "r", ProductUID: "arn:aws:securityhub:r::product/aws/access-analyzer",
			Types: []string{"x/y/External Access Granted"}, Resources: []Resource{{UID: "arn:aws:s3:::b"}}}, "access-analyzer r x/y/External Access Granted arn:aws:s3:::b"},
		"an id that was mended": {Finding{UID: gd + "\uFFFD"}, ""},
	} {
		if got := tt.f.Tie(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestCopiesInTheFixturesTie(t *testing.T) {
	t.Parallel()
	native := detail(t, "guardduty-dns.json", "detail")
	own := read(t, native)
	hub := read(t, change(t, change(t, asffFixture(t), "Id", own.UID), "Types", []string{"TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS"}))
	unified := detail(t, "ocsf-detection.json", "detail", "findings")
	unified = change(t, change(t, unified, "finding_info/uid", own.UID), "finding_info/types", own.Types)
	v2 := read(t, unified)
	for _, f := range []*Finding{hub, v2} {
		if f.Tie() != own.Tie() || f.Tie() == "" || f.Kind() != own.Kind() || f.Identity == own.Identity {
			t.Errorf("%s: tie %q kind %q, want %q and %q with another identity", f.Format, f.Tie(), f.Kind(), own.Tie(), own.Kind())
		}
	}
}
