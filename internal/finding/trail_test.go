package finding

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealAttacksAreSeen reads what CloudTrail recorded of real attack techniques.
// Every record is read; in each file something stands out with the technique.
func TestRealAttacksAreSeen(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(sharedSamples(t), "cloudtrail-stratus", "*.json"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d logs: %v", len(files), err)
	}
	// Reading user data, launching machines and asking a model are daily work and
	// only recorded.
	daily := "ec2-download-user-data ec2-launch-unusual-instances bedrock-invoke-model"
	total := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		worst := Info
		for i, p := range mustDecode(t, raw) {
			total++
			checkPart(t, p)
			if p.Err != nil {
				t.Errorf("%s: record %d: %v", filepath.Base(file), i, p.Err)
				continue
			}
			f := p.Finding
			if f.Format != FormatCloudTrail || f.Principal == "" || len(f.Resources) == 0 || f.Identity == "" {
				t.Errorf("%s: record %d: incomplete %+v", filepath.Base(file), i, f)
			}
			if f.Severity != Info && len(f.Techniques) == 0 {
				t.Errorf("%s: %s has no technique", filepath.Base(file), f.Action)
			}
			if f.Severity.Rank() > worst.Rank() {
				worst = f.Severity
			}
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name = name[strings.LastIndexByte(name, '.')+1:]; worst == Info && !strings.Contains(daily, name) {
			t.Errorf("%s: nothing stands out", name)
		}
		if os.Getenv("TOCSIN_SHOW") != "" {
			t.Logf("%s: %s", name, worst)
		}
	}
	if total != 310 {
		t.Errorf("%d records, want 310", total)
	}
}

func TestCallsAreJudgedByWhatTheyDo(t *testing.T) {
	t.Parallel()
	base := detail(t, "sources/cloudtrail-call.json", "detail")
	type call struct {
		source, name string
		params       any
		set          map[string]any
	}
	obj := func(kv ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	root := obj("type", "Root", "accountId", "111122223333", "arn", "arn:aws:iam::111122223333:root")
	public := `{"Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":"*"}}`
	narrowed := `{"Statement":[{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}`
	foreign := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}`
	admin := `{"Statement":[{"Effect":"Allow","Action":["s3:*","*"],"Resource":"*"}]}`
	rule := func(cidr string, from, to any) any {
		return obj("ipPermissions", obj("items", []any{obj("fromPort", from, "toPort", to, "ipv6Ranges", obj("items", []any{obj("cidrIpv6", cidr)}))}))
	}
	for name, tt := range map[string]struct {
		call
		want Severity
	}{
		"DeleteTrail":                    {call{"cloudtrail", "DeleteTrail", nil, nil}, High},
		"DeleteTrail that was denied":    {call{"cloudtrail", "DeleteTrail", nil, obj("errorCode", "AccessDenied")}, Medium},
		"a key for oneself":              {call{"iam", "CreateAccessKey", nil, nil}, Medium},
		"a key for another":              {call{"iam", "CreateAccessKey", obj("userName", "bob"), nil}, High},
		"CreateUser":                     {call{"iam", "CreateUser", obj("userName", "bob"), nil}, Medium},
		"administrator rights":           {call{"iam", "AttachUserPolicy", obj("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), nil}, High},
		"other rights":                   {call{"iam", "AttachUserPolicy", obj("policyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"), nil}, Low},
		"a policy of everything":         {call{"iam", "PutUserPolicy", obj("policyDocument", admin), nil}, High},
		"a policy that is no JSON":       {call{"iam", "PutUserPolicy", obj("policyDocument", "{"), nil}, Low},
		"a role for everybody":           {call{"iam", "UpdateAssumeRolePolicy", obj("policyDocument", public), nil}, Critical},
		"a role for another account":     {call{"iam", "CreateRole", obj("assumeRolePolicyDocument", foreign), nil}, High},
		"a role for ourselves":           {call{"iam", "CreateRole", obj("assumeRolePolicyDocument", strings.ReplaceAll(foreign, "999988887777", "111122223333")), nil}, Info},
		"a second factor removed":        {call{"iam", "DeactivateMFADevice", nil, nil}, High},
		"a bucket for everybody":         {call{"s3", "PutBucketPolicy", obj("bucketPolicy", public), nil}, High},
		"a bucket for our organization":  {call{"s3", "PutBucketPolicy", obj("bucketPolicy", narrowed), nil}, Info},
		"a bucket for another account":   {call{"s3", "PutBucketPolicy", obj("bucketPolicy", foreign), nil}, Medium},
		"a list of grants for everybody": {call{"s3", "PutBucketAcl", obj("AccessControlPolicy", obj("Grant", obj("URI", "http://acs.amazonaws.com/groups/global/AllUsers"))), nil}, High},
		"a public canned list":           {call{"s3", "PutBucketAcl", obj("x-amz-acl", "public-read"), nil}, High},
		"a list of grants":               {call{"s3", "PutBucketAcl", obj("x-amz-acl", "private"), nil}, Info},
		"SSH for everybody":              {call{"ec2", "AuthorizeSecurityGroupIngress", rule("::/0", 20, 25), nil}, High},
		"every port for everybody":       {call{"ec2", "AuthorizeSecurityGroupIngress", obj("cidrIp", "0.0.0.0/0"), nil}, High},
		"HTTPS for everybody":            {call{"ec2", "AuthorizeSecurityGroupIngress", rule("::/0", 443, 443), nil}, Medium},
		"SSH for the office":             {call{"ec2", "AuthorizeSecurityGroupIngress", rule("2001:db8::/32", 22, 22), nil}, Info},
		"a disk for all":                 {call{"ec2", "ModifySnapshotAttribute", obj("createVolumePermission", obj("add", obj("items", []any{obj("group", "all")}))), nil}, High},
		"a disk for ourselves":           {call{"ec2", "ModifySnapshotAttribute", obj("createVolumePermission", obj("add", obj("items", []any{obj("userId", "111122223333")}))), nil}, Info},
		"a disk taken back":              {call{"ec2", "ModifySnapshotAttribute", obj("createVolumePermission", obj("remove", obj("items", []any{obj("group", "all")}))), nil}, Info},
		"a database copy for another":    {call{"rds", "ModifyDBSnapshotAttribute", obj("valuesToAdd", []any{"999988887777"}), nil}, High},
		"a detector disabled":            {call{"guardduty", "UpdateDetector", obj("enable", false), nil}, High},
		"a detector changed":             {call{"guardduty", "UpdateDetector", obj("enable", true), nil}, Info},
		"the root user":                  {call{"ec2", "DescribeInstances", nil, obj("userIdentity", root)}, Medium},
		"a service for the root user":    {call{"ec2", "DescribeInstances", nil, obj("userIdentity", obj("type", "Root", "accountId", "111122223333", "invokedBy", "x.amazonaws.com"))}, Info},
		"reading":                        {call{"ec2", "DescribeInstances", nil, nil}, Info},
		"a failed sign-in":               {call{"signin", "ConsoleLogin", nil, obj("responseElements", obj("ConsoleLogin", "Failure"))}, Low},
		"a failed sign-in as root":       {call{"signin", "ConsoleLogin", nil, obj("responseElements", obj("ConsoleLogin", "Failure"), "userIdentity", root)}, Medium},
		"a sign-in without a factor":     {call{"signin", "ConsoleLogin", nil, obj("responseElements", obj("ConsoleLogin", "Success"), "additionalEventData", obj("MFAUsed", "No"))}, Medium},
		"a sign-in with one":             {call{"signin", "ConsoleLogin", nil, obj("responseElements", obj("ConsoleLogin", "Success"), "additionalEventData", obj("MFAUsed", "Yes"))}, Info},
		"root with a factor":             {call{"signin", "ConsoleLogin", nil, obj("responseElements", obj("ConsoleLogin", "Success"), "additionalEventData", obj("MFAUsed", "Yes"), "userIdentity", root)}, High},
		"parameters of any shape":        {call{"ec2", "AuthorizeSecurityGroupIngress", []any{1, "x", nil, []any{}}, nil}, Info},
		"parameters that are text":       {call{"iam", "PutUserPolicy", "x", nil}, Low},
	} {
		body := base
		for path, v := range map[string]any{"eventSource": tt.source + ".amazonaws.com", "eventName": tt.name, "requestParameters": tt.params} {
			body = change(t, body, path, v)
		}
		for path, v := range tt.set {
			body = change(t, body, path, v)
		}
		if f := read(t, body); f.Severity != tt.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Severity, f.Title, tt.want)
		}
	}
}
