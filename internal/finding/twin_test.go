package finding

import (
	"strings"
	"testing"
)

func TestCopiesOfOneFindingTie(t *testing.T) {
	t.Parallel()
	for own, copied := range map[string]string{
		"inspector-package": "inspector-hub", "macie-data": "macie-hub", "access-external": "access-hub",
	} {
		a, b := read(t, sourceSample(t, own)), read(t, sourceSample(t, copied))
		if a.Tie() == "" || a.Tie() != b.Tie() || a.Kind() != b.Kind() || a.Identity == b.Identity {
			t.Errorf("%s and %s: ties %q and %q, kinds %q and %q", own, copied, a.Tie(), b.Tie(), a.Kind(), b.Kind())
		}
		if a.Resources[0].UID != b.Resources[0].UID || a.Resources[0].Type != b.Resources[0].Type || a.Severity != b.Severity {
			t.Errorf("%s and %s are about %+v (%s) and %+v (%s)", own, copied, a.Resources[0], a.Severity, b.Resources[0], b.Severity)
		}
	}
	external, public := read(t, sourceSample(t, "access-external")), read(t, sourceSample(t, "access-public-bare"))
	if external.Tie() == public.Tie() {
		t.Error("access for everybody must not pass for a copy of access for one account")
	}
}

func TestOneThingHasOneIdentity(t *testing.T) {
	t.Parallel()
	health := sourceSample(t, "health-risk")
	call := sourceSample(t, "cloudtrail-call")
	file := `{"Records":[` + detail(t, "sources/cloudtrail-call.json", "detail") + `]}`
	insight := sourceSample(t, "cloudtrail-insight")
	ended := change(t, change(t, insight, "detail/insightDetails/state", "End"), "detail/eventID", "another")
	other := change(t, change(t, change(t, health, "region", "us-west-2"), "id", "x"), "account", "999988887777")
	for name, pair := range map[string][2]string{
		"a Health event through another region and account": {health, other},
		"a call as an event and in a log file":              {call, file},
		"start and end of an unusual rate":                  {insight, ended},
		"a case created and closed":                         {sourceSample(t, "security-ir-created"), sourceSample(t, "security-ir-closed")},
		"an object scanned twice":                           {sourceSample(t, "malware-found"), sourceSample(t, "malware-none")},
		"an event delivered twice":                          {sourceSample(t, "config-item"), sourceSample(t, "config-item")},
		"a finding of Access Analyzer updated":              {sourceSample(t, "access-external"), change(t, sourceSample(t, "access-external"), "detail/status", "RESOLVED")},
	} {
		if a, b := read(t, pair[0]), read(t, pair[1]); a.Identity != b.Identity {
			t.Errorf("%s: two identities", name)
		}
	}
	a, b := mustDecode(t, []byte(health))[0], mustDecode(t, []byte(other))[0]
	if a.ContentHash != b.ContentHash {
		t.Error("the same message of Health through another region is taken for news")
	}
	a, b = mustDecode(t, []byte(call))[0], mustDecode(t, []byte(file))[0]
	if a.ContentHash != b.ContentHash {
		t.Error("the same call in a log file is taken for news")
	}
}

// TestDifferentThingsNeverShareAnIdentity changes, in each sample, each field
// that makes a thing itself.
func TestDifferentThingsNeverShareAnIdentity(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	add := func(name, body string) {
		for _, p := range mustDecode(t, []byte(body)) {
			if p.Err != nil {
				t.Fatalf("%s: %v", name, p.Err)
			}
			if before, twice := seen[p.Finding.Identity]; twice && before != name {
				t.Errorf("%s and %s are the same finding", before, name)
			}
			seen[p.Finding.Identity] = name
		}
	}
	for name, paths := range map[string][]string{
		"access-external": {"detail/id", "detail/accountId"}, "macie-data": {"detail/id", "detail/accountId", "detail/region"},
		"inspector-package": {"detail/findingArn", "detail/awsAccountId"}, "health-risk": {"detail/eventArn", "detail/affectedAccount", "detail/page"},
		"cloudtrail-call": {"detail/eventID", "detail/recipientAccountId"}, "cloudtrail-insight": {"detail/sharedEventID"},
		"malware-found": {"account", "region", "detail/s3ObjectDetails/bucketName", "detail/s3ObjectDetails/objectKey", "detail/s3ObjectDetails/versionId"},
		"insight":       {"account", "region", "detail/insightArn"}, "config-compliance": {"detail/awsAccountId", "detail/awsRegion", "detail/configRuleName", "detail/resourceId", "detail/resourceType"},
		"config-item": {"account", "region", "id", "source"},
	} {
		body := sourceSample(t, name)
		add(name, body)
		for _, path := range paths {
			value := "x-other"
			if strings.HasSuffix(strings.ToLower(path), "account") || strings.HasSuffix(path, "ccountId") {
				value = "123123123123"
			}
			add(name+" with another "+path, change(t, body, path, value))
		}
	}
}
