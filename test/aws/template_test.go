package aws_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	template "tocsin/deploy/cloudformation"
)

const (
	trusted    = "arn:aws:iam::123456789012:role/tocsin"
	externalID = "9f2c61d07be84a55"
)

func TestTheTemplatesAreCleanToTheirLinter(t *testing.T) {
	t.Parallel()
	lint, err := exec.LookPath("cfn-lint")
	if err != nil {
		t.Skip("cfn-lint is not on PATH: the templates are NOT linted")
	}
	for _, name := range template.Names() {
		out, err := exec.CommandContext(t.Context(), lint, "../../deploy/cloudformation/tocsin-"+name+".yaml").CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestEverySourceReachesTheQueue(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-north-1", map[string]string{"BucketName": "lake", "ObjectPrefix": "aws/"})
	sent := []struct{ source, detailType, more string }{
		{"aws.securityhub", "Security Hub Findings - Imported", ""},
		{"aws.securityhub", "Security Hub Findings - Custom Action", ""},
		{"aws.securityhub", "Security Hub Insight Results", ""},
		{"aws.securityhub", "Findings Imported V2", ""},
		{"aws.guardduty", "GuardDuty Finding", ""},
		{"aws.guardduty", "GuardDuty Malware Protection Object Scan Result", ""},
		{"aws.inspector2", "Inspector2 Finding", ""},
		{"aws.macie", "Macie Finding", ""},
		{"aws.access-analyzer", "Access Analyzer Finding", ""},
		{"aws.access-analyzer", "Unused Access Finding for IAM entities", ""},
		{"aws.health", "AWS Health Abuse Event", `,"service":"ABUSE"`},
		{"aws.health", "AWS Health Event", `,"service":"RISK"`},
		{"aws.signin", "AWS Console Sign In via CloudTrail", ""},
		{"aws.cloudtrail", "AWS API Call via CloudTrail", `,"eventName":"StopLogging"`},
		{"aws.iam", "AWS API Call via CloudTrail", `,"eventName":"CreateAccessKey"`},
		{"aws.security-ir", "Case Created", ""},
		{"aws.s3", "Object Created", `,"bucket":{"name":"lake"},"object":{"key":"aws/x.json.gz"}`},
	}
	var want []string
	for _, e := range sent {
		r.put(t, e.source, e.detailType, `{"findings":[{"Id":"one"}]`+e.more+`}`)
		want = append(want, e.source+" "+e.detailType)
	}
	// What no rule asks for stays away.
	r.put(t, "aws.ec2", "EC2 Instance State-change Notification", `{"state":"running"}`)
	r.put(t, "aws.health", "AWS Health Event", `{"service":"EC2"}`)
	r.put(t, "aws.ec2", "AWS API Call via CloudTrail", `{"eventName":"RunInstances"}`)
	r.put(t, "aws.s3", "Object Created", `{"bucket":{"name":"another"},"object":{"key":"aws/x"}}`)
	r.put(t, "custom.scanner", "GuardDuty Finding", `{"id":"forged"}`)

	var got []string
	for _, body := range r.receive(t) {
		var event struct {
			Source     string          `json:"source"`
			DetailType string          `json:"detail-type"`
			Detail     json.RawMessage `json:"detail"`
		}
		if err := json.Unmarshal([]byte(body), &event); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if !strings.Contains(string(event.Detail), "one") {
			t.Errorf("the finding is not in %s", body)
		}
		got = append(got, event.Source+" "+event.DetailType)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent and received differ (-sent +received):\n%s", diff)
	}
}

// The emulator delivers for a disabled rule too, so the rule itself is asked.
func TestASourceCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-south-1", map[string]string{
		"GuardDutyFindings": "DISABLED", "HealthEvents": "DISABLED", "ApiCalls": "DISABLED", "SignIns": "ENABLED",
	})
	rules, err := r.bus.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, rule := range rules.Rules {
		got[aws.ToString(rule.Description)] = string(rule.State)
	}
	want := map[string]string{
		"GuardDuty findings for Tocsin":                      "DISABLED",
		"Security Hub CSPM findings for Tocsin":              "ENABLED",
		"Unified Security Hub findings for Tocsin":           "ENABLED",
		"GuardDuty malware scans for Tocsin":                 "ENABLED",
		"Inspector findings for Tocsin":                      "DISABLED", // as it comes
		"Macie findings for Tocsin":                          "ENABLED",
		"IAM Access Analyzer findings for Tocsin":            "ENABLED",
		"AWS Health notices of abuse and risk for Tocsin":    "DISABLED",
		"Console sign-ins for Tocsin":                        "ENABLED",
		"API calls that matter for Tocsin":                   "DISABLED",
		"Cases of AWS Security Incident Response for Tocsin": "ENABLED",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheQueuesAreEncryptedAndKeepWhatFails(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-west-2", nil)
	main, dead := r.attributes(t, r.outputs["QueueUrl"]), r.attributes(t, r.outputs["DlqUrl"])
	for name, attributes := range map[string]map[string]string{"queue": main, "dead-letter queue": dead} {
		if got := attributes["KmsMasterKeyId"]; got == "" || got != r.outputs["KeyArn"] {
			t.Errorf("the %s is under key %q, want %q", name, got, r.outputs["KeyArn"])
		}
		if got := attributes["MessageRetentionPeriod"]; got != "1209600" {
			t.Errorf("the %s keeps messages %s s, want fourteen days", name, got)
		}
	}
	if got := main["QueueArn"]; got != r.outputs["QueueArn"] {
		t.Errorf("QueueArn is %q, the queue says %q", r.outputs["QueueArn"], got)
	}
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(main["RedrivePolicy"]), &redrive); err != nil {
		t.Fatal(err)
	}
	if redrive.Target != dead["QueueArn"] {
		t.Errorf("failed messages go to %q, want %q", redrive.Target, dead["QueueArn"])
	}
}

func TestARoleIsMadeOnlyForAKnownPrincipal(t *testing.T) {
	t.Parallel()
	t.Run("without a principal there is a policy to attach and no role", func(t *testing.T) {
		t.Parallel()
		r := deploy(t, "ap-south-1", nil)
		if _, has := r.types(t)["ReaderRole"]; has || r.outputs["RoleArn"] != "" {
			t.Errorf("a role was made for nobody: %v", r.outputs)
		}
		for _, key := range []string{"QueueUrl", "QueueArn", "DlqUrl", "Region", "KeyArn", "FeedPolicyArn"} {
			if r.outputs[key] == "" {
				t.Errorf("no output %s in %v", key, r.outputs)
			}
		}
		if r.outputs["Region"] != "ap-south-1" {
			t.Errorf("Region is %q", r.outputs["Region"])
		}
	})
	t.Run("with a principal there is one", func(t *testing.T) {
		t.Parallel()
		r := deploy(t, "ap-southeast-1", map[string]string{
			"TrustedPrincipalArn": trusted, "ExternalId": externalID, "BucketName": "lake", "Reconcile": "ENABLED",
		})
		types := r.types(t)
		if types["ObjectPolicy"] == "" || r.outputs["ReconcilePolicyArn"] == "" {
			t.Errorf("no policy for objects or for reconciling: %v %v", types, r.outputs)
		}
		if types["ReaderRole"] != "AWS::IAM::Role" || !strings.HasPrefix(r.outputs["RoleArn"], "arn:aws:iam::") {
			t.Errorf("no role: %v %v", types, r.outputs)
		}
	})
}

func TestObjectsAndReconcilingAreAsked(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-central-1", map[string]string{"TopicArn": "arn:aws:sns:eu-central-1:123456789012:findings", "BucketName": "lake", "Reconcile": "ENABLED"})
	if got := r.outputs["Objects"]; got != "s3://lake/" {
		t.Errorf("Objects is %q", got)
	}
	rules, err := r.bus.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, rule := range rules.Rules {
		if aws.ToString(rule.Description) == "New objects for Tocsin" {
			found = true
			if strings.Contains(aws.ToString(rule.EventPattern), "prefix") {
				t.Errorf("without a prefix the rule asks for one: %s", *rule.EventPattern)
			}
		}
	}
	if !found {
		t.Error("no rule for objects")
	}
}
