package finding

import (
	"strings"
	"testing"
)

func TestWhatIsWrongIsNamedByItsField(t *testing.T) {
	t.Parallel()
	asff, native := asffFixture(t), detail(t, "guardduty-dns.json", "detail")
	ocsf := detail(t, "ocsf-detection.json", "detail", "findings")
	tests := []struct {
		name, base, path string
		value            any
		location, why    string
	}{
		{"ASFF without Id", asff, "Id", nil, "Id", "is missing"},
		{"ASFF with an empty Id", asff, "Id", " ", "Id", "is empty"},
		{"ASFF with a number for Id", asff, "Id", 12345, "Id", "must be text, is the number 12345"},
		{"ASFF with NUL in Id", asff, "Id", "a\x00b", "Id", "control character"},
		{"ASFF with a mended Id", asff, "Id", "a\uFFFD", "Id", "half a character"},
		{"ASFF with an endless Id", asff, "Id", strings.Repeat("x", 3000), "Id", "3000 bytes"},
		{"ASFF without ProductArn", asff, "ProductArn", nil, "ProductArn", "is missing"},
		{"ASFF with a list for ProductArn", asff, "ProductArn", []any{"x"}, "ProductArn", "must be text, is a list"},
		{"ASFF without an account", asff, "AwsAccountId", nil, "AwsAccountId", "is missing"},
		{"ASFF with a number for the account", asff, "AwsAccountId", 111122223333, "AwsAccountId", "must be text"},
		{"ASFF with eleven digits", asff, "AwsAccountId", "11112222333", "AwsAccountId", "12 digits"},
		{"ASFF without CreatedAt", asff, "CreatedAt", nil, "CreatedAt", "is missing"},
		{"ASFF with a date only", asff, "UpdatedAt", "2026-10-02", "UpdatedAt", "must be a time"},
		{"ASFF with epoch seconds", asff, "UpdatedAt", 1790932500, "UpdatedAt", "must be text"},
		{"ASFF from 1970", asff, "UpdatedAt", "1970-01-01T00:00:00Z", "UpdatedAt", "year 1970"},
		{"ASFF with a bad optional time", asff, "LastObservedAt", "yesterday", "LastObservedAt", "must be a time"},
		{"ASFF without a title", asff, "Title", nil, "Title", "is missing"},
		{"ASFF without a description", asff, "Description", nil, "Description", "is missing"},
		{"ASFF without a generator", asff, "GeneratorId", nil, "GeneratorId", "is missing"},
		{"ASFF of another version", asff, "SchemaVersion", "2030-01-01", "SchemaVersion", "2018-10-08"},
		{"ASFF without a severity", asff, "Severity", nil, "Severity", "is missing"},
		{"ASFF with an empty severity", asff, "Severity", map[string]any{}, "Severity.Label", "is missing"},
		{"ASFF with an unknown label", asff, "Severity/Label", "SEVERE", "Severity.Label", `"SEVERE" is not one of`},
		{"ASFF with a label in small letters", asff, "Severity/Label", "high", "Severity.Label", `"high" is not one of`},
		{"ASFF with a word for severity", asff, "Severity", "HIGH", "Severity", "must be an object, is text"},
		{"ASFF with a severity beyond 100", asff, "Severity", map[string]any{"Normalized": 101}, "Severity.Normalized", "0 to 100"},
		{"ASFF with an unknown record state", asff, "RecordState", "DELETED", "RecordState", "ARCHIVED"},
		{"ASFF with an unknown workflow", asff, "Workflow/Status", "DONE", "Workflow.Status", "SUPPRESSED"},
		{"ASFF with an unknown compliance", asff, "Compliance/Status", "MAYBE", "Compliance.Status", "NOT_AVAILABLE"},
		{"ASFF without resources", asff, "Resources", nil, "Resources", "is missing"},
		{"ASFF with no resource", asff, "Resources", []any{}, "Resources", "empty"},
		{"ASFF with a resource without an id", asff, "Resources/Id", nil, "Resources[0].Id", "is missing"},
		{"ASFF with a resource that is text", asff, "Resources", []any{"i-1"}, "Resources[0]", "must be an object"},
		{"ASFF with a tag that is a number", asff, "Resources/Tags", map[string]any{"a": 1}, "Resources[0].Tags.a", "must be text"},
		{"ASFF with types that are text", asff, "Types", "TTPs", "Types", "must be a list"},
		{"ASFF with a port that is text", asff, "Action/NetworkConnectionAction", map[string]any{"RemotePortDetails": map[string]any{"Port": "22"}}, "Action.NetworkConnectionAction.RemotePortDetails.Port", "must be a number"},
		{"GuardDuty without id", native, "id", nil, "id", "is missing"},
		{"GuardDuty without severity", native, "severity", nil, "severity", "is missing"},
		{"GuardDuty with severity 11", native, "severity", 11, "severity", "up to 10"},
		{"GuardDuty with a word for severity", native, "severity", "8", "severity", "must be a number"},
		{"GuardDuty without updatedAt", native, "updatedAt", nil, "updatedAt", "is missing"},
		{"GuardDuty without a resource", native, "resource", nil, "resource", "is missing"},
		{"GuardDuty with a broken count", native, "service/count", 1.5, "service.count", "whole number"},
		{"Macie, which also has a schemaVersion", native, "schemaVersion", "1.0", "schemaVersion", "2.0"},
		{"OCSF without an id", ocsf, "finding_info/uid", nil, "", ""},
		{"OCSF without a title", ocsf, "finding_info/title", nil, "finding_info.title", "is missing"},
		{"OCSF of another class", ocsf, "class_uid", 4001, "class_uid", "2001 to 2008"},
		{"OCSF with text for its class", ocsf, "class_uid", "2004", "class_uid", "must be a number"},
		{"OCSF without a class", ocsf, "class_uid", nil, "class_uid", "is missing"},
		{"OCSF without metadata", ocsf, "metadata", nil, "metadata", "is missing"},
		{"OCSF with severity 7", ocsf, "severity_id", 7, "severity_id", "0 to 6"},
		{"OCSF with status 9", ocsf, "status_id", 9, "status_id", "0 to 6"},
		{"OCSF with a time beyond all years", ocsf, "time", 9e15, "time", "milliseconds"},
		{"OCSF with a time in 2150", ocsf, "time", 5690000000000, "time", "year 2150"},
		{"OCSF with a broken _dt", ocsf, "finding_info/modified_time_dt", "soon", "finding_info.modified_time_dt", "must be a time"},
		{"OCSF with a numeric account", ocsf, "cloud/account/uid", 111122223333, "cloud.account.uid", "must be text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := mustDecode(t, []byte(change(t, tt.base, tt.path, tt.value)))[0]
			checkPart(t, p)
			switch {
			case tt.location == "" && p.Err != nil:
				t.Errorf("refused: %v", p.Err)
			case tt.location == "":
			case p.Err == nil:
				t.Errorf("accepted as %+v", p.Finding)
			case p.Err.Fields[0].Location != tt.location || !strings.Contains(p.Err.Fields[0].Message, tt.why):
				t.Errorf("got %q: %q, want %q: …%s…", p.Err.Fields[0].Location, p.Err.Fields[0].Message, tt.location, tt.why)
			}
		})
	}
}

func TestWhatIsWrongWithTheTextIsNamed(t *testing.T) {
	t.Parallel()
	asff := oneLine(t, asffFixture(t))
	in := func(s string) string { return strings.Replace(asff, `"SchemaVersion"`, s+`,"SchemaVersion"`, 1) }
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, tt := range map[string]struct{ body, location, slug string }{
		"a key twice":                     {in(`"Id":"x"`), "Id", slugDuplicate},
		"a key twice, once escaped":       {in(`"\u0049d":"x"`), "Id", slugDuplicate},
		"a key twice further down":        {in(`"x":[{"y":{"z":1,"z":1}}]`), "x[0].y.z", slugDuplicate},
		"bytes that are not UTF-8":        {in("\"x\":{\"y\":\"a\xffb\"}"), "x.y", slugUTF8},
		"a key that is not UTF-8":         {in("\"x\xc3\":1"), "body", slugUTF8},
		"a value nested too deep":         {in(`"x":` + deep), "x[0]", slugDeep},
		"an unknown object":               {`{"hello":"world"}`, "body", slugUnknown},
		"an empty object":                 {`{}`, "body", slugUnknown},
		"an unknown object with bad text": {"{\"hello\":\"\xff\"}", "hello", slugUTF8},
		"an unknown object, key twice":    {`{"hello":1,"hello":2}`, "hello", slugDuplicate},
		"a list of words":                 {`["a"]`, "[0]", slugUnknown},
		"lists in lists":                  {strings.Repeat("[", 12) + strings.Repeat("]", 12), "[0][0]", slugDeep},
	} {
		parts := mustDecode(t, []byte(tt.body))
		checkPart(t, parts[0])
		e := parts[0].Err
		if e == nil || e.Slug != tt.slug || !strings.HasPrefix(e.Fields[0].Location, tt.location) {
			t.Errorf("%s: got %+v, want %s at %s", name, e, tt.slug, tt.location)
		}
	}
}

func TestEnvelopesAreJudged(t *testing.T) {
	t.Parallel()
	event := fixture(t, "asff-guardduty.json")
	native := oneLine(t, detail(t, "guardduty-dns.json", "detail"))
	for name, tt := range map[string]struct{ body, location, slug string }{
		"an unknown detail-type":           {change(t, event, "detail-type", "EC2 Instance State-change Notification"), "detail-type", slugUnknownDetail},
		"a detail-type that is a number":   {change(t, event, "detail-type", 3), "detail-type", slugField},
		"no detail":                        {change(t, event, "detail", nil), "detail", slugField},
		"a detail that is text":            {change(t, event, "detail", "x"), "detail", slugField},
		"no findings":                      {change(t, event, "detail/findings", nil), "detail.findings", slugField},
		"findings that are an object":      {change(t, event, "detail/findings", map[string]any{}), "detail.findings", slugField},
		"an empty list of findings":        {change(t, event, "detail/findings", []any{}), "detail.findings", slugField},
		"a finding that is text":           {change(t, event, "detail/findings", []any{"x"}), "detail.findings[0]", slugUnknown},
		"an id that is a number":           {change(t, event, "id", 5), "id", slugField},
		"a time that is none":              {change(t, event, "time", "noon"), "time", slugField},
		"a key twice in the envelope":      {strings.Replace(event, `"source"`, `"region":"x","source"`, 1), "region", slugDuplicate},
		"a key twice in the detail":        {strings.Replace(event, `"findings"`, `"a":1,"a":2,"findings"`, 1), "detail.a", slugDuplicate},
		"bad text in the envelope":         {strings.Replace(event, `"version": "0"`, "\"version\": \"\xff\"", 1), "version", slugUTF8},
		"a native finding in a hub event":  {`{"detail-type":"Security Hub Findings - Imported","detail":{"findings":[` + native + `]}}`, "detail.findings[0]", slugUnknown},
		"an action name that is a number":  {change(t, fixture(t, "asff-control.json"), "detail/actionName", 1), "detail.actionName", slugField},
		"a GuardDuty event without a type": {change(t, fixture(t, "guardduty-dns.json"), "detail/type", nil), "detail.type", slugField},
		"an SNS subscription":              {`{"Type":"SubscriptionConfirmation","TopicArn":"x","Message":"y"}`, "Type", slugUnknown},
		"an S3 notification":               {`{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k"}},"eventName":"ObjectCreated:Put"}]}`, "Records[0]", SlugPointer},
		"a note that an object is gone":    {`{"Records":[{"s3":{},"eventName":"ObjectRemoved:Delete"}]}`, "Records[0].eventName", slugUnknown},
		"an S3 notification of nothing":    {`{"Records":[{"s3":{},"eventName":"ObjectCreated:Put"}]}`, "Records[0]", slugField},
		"an SQS body that is a number":     {`{"MessageId":"m","Body":7}`, "Body", slugField},
		"a message that is prose":          {`{"Type":"Notification","Message":"Hello\nyou"}`, "Message", slugMalformed},
	} {
		parts := mustDecode(t, []byte(tt.body))
		if len(parts) != 1 {
			t.Errorf("%s: %d parts", name, len(parts))
			continue
		}
		checkPart(t, parts[0])
		if e := parts[0].Err; e == nil || e.Slug != tt.slug || e.Fields[0].Location != tt.location {
			t.Errorf("%s: got %+v, want %s at %s", name, e, tt.slug, tt.location)
		}
		if strings.Contains(tt.body, "detail-type") && string(parts[0].Raw) != strings.TrimSpace(tt.body) {
			t.Errorf("%s: what goes to quarantine is not the event", name)
		}
	}
}
