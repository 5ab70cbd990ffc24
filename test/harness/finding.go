package harness

import (
	"fmt"
	"strings"
)

// Control is a failed high control in ASFF as Security Hub sends it, about
// 3.5 KB. run and n make its identity; two with the same are the same finding.
// Under the default policy each opens a ticket.
func Control(run string, n int64) []byte {
	bucket := fmt.Sprintf("arn:aws:s3:::records-%s-%d", run, n)
	id := ControlID(run, n)
	about := strings.Repeat("This control checks whether an Amazon S3 general purpose bucket blocks public access at the bucket level. ", 8)
	var b strings.Builder
	fmt.Fprintf(&b, `{"SchemaVersion":"2018-10-08","Id":%q,"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub",`, id)
	b.WriteString(`"ProductName":"Security Hub","CompanyName":"AWS","Region":"eu-west-1","GeneratorId":"security-control/S3.8","AwsAccountId":"111122223333",` +
		`"Types":["Software and Configuration Checks/Industry and Regulatory Standards"],` +
		`"FirstObservedAt":"2026-11-01T09:00:00.000Z","LastObservedAt":"2026-11-02T09:00:00.000Z","CreatedAt":"2026-11-01T09:00:00.000Z","UpdatedAt":"2026-11-02T09:00:00.000Z",` +
		`"Severity":{"Label":"HIGH","Normalized":70,"Original":"HIGH"},"Title":"S3 general purpose buckets should block public access",`)
	fmt.Fprintf(&b, `"Description":%q,`, about)
	b.WriteString(`"Remediation":{"Recommendation":{"Text":"For information on how to correct this issue, consult the AWS Security Hub controls documentation.","Url":"https://docs.aws.amazon.com/console/securityhub/S3.8/remediation"}},`)
	fmt.Fprintf(&b, `"ProductFields":{"RelatedAWSResources:0/name":"securityhub-s3-bucket-level-public-access-prohibited-4ab4c1d0","RelatedAWSResources:0/type":"AWS::Config::ConfigRule","aws/securityhub/ProductName":"Security Hub","aws/securityhub/CompanyName":"AWS","aws/securityhub/annotation":"AWS Config evaluated your resources against the rule. The rule did not apply to the AWS resources in its scope.","Resources:0/Id":%q,"aws/securityhub/FindingId":"arn:aws:securityhub:eu-west-1::product/aws/securityhub/%s"},`, bucket, id)
	fmt.Fprintf(&b, `"Resources":[{"Type":"AwsS3Bucket","Id":%q,"Partition":"aws","Region":"eu-west-1","Tags":{"team":"records","env":"production","cost-centre":"4711"},"Details":{"AwsS3Bucket":{"OwnerId":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","CreatedAt":"2024-01-01T00:00:00.000Z","Name":"records-%s-%d"}}}],`, bucket, run, n)
	b.WriteString(`"Compliance":{"Status":"FAILED","SecurityControlId":"S3.8","RelatedRequirements":["CIS AWS Foundations Benchmark v3.0.0/2.1.4","NIST.800-53.r5 AC-21","NIST.800-53.r5 AC-3","NIST.800-53.r5 AC-4"],"AssociatedStandards":[{"StandardsId":"standards/aws-foundational-security-best-practices/v/1.0.0"},{"StandardsId":"standards/nist-800-53/v/5.0.0"}]},` +
		`"WorkflowState":"NEW","Workflow":{"Status":"NEW"},"RecordState":"ACTIVE",` +
		`"FindingProviderFields":{"Severity":{"Label":"HIGH","Original":"HIGH"},"Types":["Software and Configuration Checks/Industry and Regulatory Standards"]},"ProcessedAt":"2026-11-02T09:00:01.000Z"}`)
	return []byte(b.String())
}

// ControlID is the provider's id of that finding.
func ControlID(run string, n int64) string {
	return fmt.Sprintf("arn:aws:securityhub:eu-west-1:111122223333:subscription/aws-foundational-security-best-practices/v/1.0.0/S3.8/finding/%s-%d", run, n)
}
