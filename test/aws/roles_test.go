package aws_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

func TestARoleIsMadeForEachPurposeThatIsWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parameters map[string]string
		want       []string
	}{
		"as they are":       {nil, []string{"FeedRoleArn", "ReadRoleArn"}},
		"containing, too":   {map[string]string{"Respond": "yes"}, []string{"FeedRoleArn", "ReadRoleArn", "RespondRoleArn"}},
		"the feed alone":    {map[string]string{"Read": "no"}, []string{"FeedRoleArn"}},
		"only who contains": {map[string]string{"Feed": "no", "Read": "no", "Respond": "yes"}, []string{"RespondRoleArn"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := map[string]string{"TrustedPrincipalArn": trusted, "ExternalId": externalID}
			for k, v := range c.parameters {
				all[k] = v
			}
			r := deployNamed(t, "roles", "eu-central-1", all)
			got := []string{}
			for output := range r.outputs {
				got = append(got, output)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			_, _ = r.stacks.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: &r.name}) // the roles have fixed names
		})
	}
}

func TestWhatAMemberAccountSendsGoesToTheCentralBus(t *testing.T) {
	t.Parallel()
	const bus = "arn:aws:events:eu-west-1:210987654321:event-bus/default"
	r := deployNamed(t, "member", "ap-southeast-2", map[string]string{"CentralBusArn": bus})
	rules, err := r.bus.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, rule := range rules.Rules {
		targets, err := r.bus.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets.Targets {
			if aws.ToString(target.Arn) != bus {
				continue
			}
			n++
			if !strings.Contains(aws.ToString(target.RoleArn), ":role/") {
				t.Errorf("%s forwards without a role, which another account refuses", aws.ToString(rule.Name))
			}
		}
	}
	if n != 4 {
		t.Errorf("%d rules forward, want 4", n)
	}
}

// TestTheTerraformModule needs terraform and its provider; where they are not to
// be had it says so.
func TestTheTerraformModule(t *testing.T) {
	t.Parallel()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not on PATH: the module is NOT validated")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../deploy/terraform")); err != nil {
		t.Fatal(err)
	}
	example := filepath.Join(dir, "example")
	run := func(args ...string) (string, error) {
		c := exec.CommandContext(t.Context(), terraform, args...) //nolint:gosec // found above
		c.Dir = example
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run("fmt", "-check", "-recursive", ".."); err != nil {
		t.Errorf("terraform fmt would change %s", out)
	}
	if out, err := run("init", "-input=false", "-no-color"); err != nil {
		t.Skipf("the provider is not to be had: the module is NOT validated\n%s", out)
	}
	if out, err := run("validate", "-no-color"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	endpoint := os.Getenv("TOCSIN_TEST_MOTO")
	if _, err := url.Parse(endpoint); endpoint == "" || err != nil {
		t.Skip("TOCSIN_TEST_MOTO is not set: the module is validated and NOT applied")
	}
	if err := os.WriteFile(filepath.Join(example, "provider.tf"), []byte(emulated(endpoint)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run("apply", "-auto-approve", "-input=false", "-no-color", "-var", "external_id="+externalID, "-var", "tocsin_arn="+trusted)
	if err != nil || !strings.Contains(out, "Apply complete!") || !strings.Contains(out, "role_arn") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run("plan", "-detailed-exitcode", "-input=false", "-no-color", "-var", "external_id=short", "-var", "tocsin_arn="+trusted); err == nil || !strings.Contains(out, "At least 16 characters") {
		t.Errorf("an external id of five letters was taken: %v\n%s", err, out)
	}
}

// emulated points the provider at an emulator.
func emulated(endpoint string) string {
	var b strings.Builder
	b.WriteString(`provider "aws" {
  region                      = "eu-west-3"
  access_key                  = "AKIDEXAMPLE"
  secret_key                  = "secret"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {
`)
	for _, service := range []string{"sqs", "kms", "iam", "sts", "events", "securityhub"} {
		b.WriteString("    " + service + " = \"" + endpoint + "\"\n")
	}
	b.WriteString("  }\n}\n")
	return b.String()
}
