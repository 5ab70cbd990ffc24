package aws

import (
	"strings"
	"testing"

	"tocsin/internal/connector"
)

func TestAMissingPermissionComesWithTheStatementToAdd(t *testing.T) {
	t.Parallel()
	named := func(action string) string {
		return "User: arn:aws:iam::1:user/x is not authorized to perform: " + action + " on resource: y"
	}
	const statement = `; the statement to add: {"Effect":"Allow","Action":"`
	tests := []struct {
		name   string
		action string
		answer answer
		line   string
		ok     bool
		says   string
	}{
		{"an object that is not there may be read", "GetObject", s3Says(404, "NoSuchKey", "x"), "s3:GetObject s3://lake/aws/", true, "allowed"},
		{"S3 hides whether it is there", "GetObject", s3Says(403, "AccessDenied", named("s3:ListBucket")), "s3:GetObject s3://lake/aws/", true, "made-up object"},
		{"reading is not allowed", "GetObject", s3Says(403, "AccessDenied", named("s3:GetObject")), "s3:GetObject s3://lake/aws/", false, statement + `s3:GetObject","Resource":"arn:aws:s3:::lake/aws/*"}`},
		{"nobody says what is not allowed", "GetObject", s3Says(403, "AccessDenied", "Access Denied"), "s3:GetObject s3://lake/aws/", false, statement + `s3:GetObject"`},
		{"the key is not allowed", "GetObject", s3Says(403, "AccessDenied", named("kms:Decrypt")), "s3:GetObject s3://lake/aws/", false, statement + `kms:Decrypt"`},
		{"the bucket is not there", "GetObject", s3Says(404, "NoSuchBucket", "x"), "s3:GetObject s3://lake/aws/", false, "does not exist"},
		{"findings may be read", "GetFindings", answer{body: map[string]any{"Findings": []any{}}}, "securityhub:GetFindings", true, "allowed"},
		{"findings may not be read", "GetFindings", refusal(403, "AccessDeniedException", named("securityhub:GetFindings")), "securityhub:GetFindings", false, statement + `securityhub:GetFindings","Resource":"*"}`},
		{"an explicit Deny is mended by no Allow", "GetFindings", refusal(403, "AccessDeniedException", named("securityhub:GetFindings")+" with an explicit deny"), "securityhub:GetFindings", false, "explicitly denies"},
		{"messages may not be deleted", "DeleteMessage", refusal(403, "AccessDenied", named("sqs:deletemessage")), "sqs:DeleteMessage", false, statement + `sqs:DeleteMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:findings"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.on(tt.action, func(int, map[string]any) answer { return tt.answer })
			a := f.withObjects(t, "s3://lake/aws/")
			a.places = []connector.Place{{Name: "eu-west-1"}}
			for _, c := range a.Check(t.Context()) {
				if strings.HasSuffix(c.Name, ": "+tt.line) {
					if c.OK != tt.ok || !strings.Contains(c.Detail, tt.says) || (strings.Contains(c.Detail, statement) && !strings.Contains(tt.says, statement)) {
						t.Errorf("%v %s", c.OK, c.Detail)
					}
					return
				}
			}
			t.Errorf("no line about %s", tt.line)
		})
	}
}
