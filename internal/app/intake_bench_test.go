package app

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

// BenchmarkIntake is the intake without HTTP: 64 callers, one failed control
// each, every one of which opens a ticket. SQLite, synchronous=FULL.
func BenchmarkIntake(b *testing.B) {
	r, err := Open(context.Background(), Settings{Data: filepath.Join(b.TempDir(), "data")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if _, _, err := r.Identity.Bootstrap(context.Background(), identity.Setup{Email: "a@example.org"}); err != nil {
		b.Fatal(err)
	}
	ctx := db.As(context.Background(), identity.Main, "user:bench")
	var n atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			res, err := r.Intake(ctx, "api", sample(n.Add(1)))
			if err != nil || res[0].Outcome != finding.Opened {
				b.Errorf("%v %v", res, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "findings/s")
}

// sample is a failed control of about the size that Security Hub sends.
func sample(n int64) []byte {
	pad := bytes.Repeat([]byte("The control checks whether public access is blocked. "), 20)
	return fmt.Appendf(nil, `{"SchemaVersion":"2018-10-08","Id":"arn:aws:securityhub:eu-west-1:111122223333:finding/%d","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","ProductName":"Security Hub","CompanyName":"AWS","Region":"eu-west-1","GeneratorId":"security-control/S3.8","AwsAccountId":"111122223333","Types":["Software and Configuration Checks/Industry and Regulatory Standards"],"FirstObservedAt":"2026-11-01T09:00:00.000Z","LastObservedAt":"2026-11-02T09:00:00.000Z","CreatedAt":"2026-11-01T09:00:00.000Z","UpdatedAt":"2026-11-02T09:00:00.000Z","Severity":{"Label":"HIGH","Normalized":70,"Original":"HIGH"},"Title":"S3 general purpose buckets should block public access","Description":%q,"Remediation":{"Recommendation":{"Text":"See the documentation.","Url":"https://docs.aws.amazon.com/console/securityhub/S3.8/remediation"}},"ProductFields":{"RelatedAWSResources:0/name":"securityhub-s3-bucket","aws/securityhub/ProductName":"Security Hub","Resources:0/Id":"arn:aws:s3:::bucket-%d"},"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::bucket-%d","Partition":"aws","Region":"eu-west-1","Tags":{"team":"shop","env":"prod"},"Details":{"AwsS3Bucket":{"OwnerId":"0123456789abcdef","CreatedAt":"2024-01-01T00:00:00.000Z"}}}],"Compliance":{"Status":"FAILED","SecurityControlId":"S3.8","AssociatedStandards":[{"StandardsId":"standards/aws-foundational-security-best-practices/v/1.0.0"}]},"WorkflowState":"NEW","Workflow":{"Status":"NEW"},"RecordState":"ACTIVE","FindingProviderFields":{"Severity":{"Label":"HIGH","Original":"HIGH"},"Types":["Software and Configuration Checks/Industry and Regulatory Standards"]},"ProcessedAt":"2026-11-02T09:00:01.000Z"}`, n, pad, n, n)
}
