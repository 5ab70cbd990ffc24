package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"tocsin/internal/connector"
)

// checkObjects tries the places that a feed names for objects.
func (a *account) checkObjects(ctx context.Context, q queue) []connector.Check {
	var checks []connector.Check
	for _, p := range q.objects {
		ok, detail := a.checkPlace(ctx, q, p)
		checks = append(checks, connector.Check{Name: q.name + ": s3:GetObject s3://" + p.bucket + "/" + clip(p.prefix), OK: ok, Detail: detail})
	}
	return checks
}

func (a *account) checkPlace(ctx context.Context, q queue, p place) (ok bool, detail string) {
	const action = "s3:GetObject"
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	o := object{bucket: p.bucket, key: p.prefix + "tocsin-permission-check", region: q.region}
	out, err := a.store.open(call, o)
	if err == nil {
		_ = out.Body.Close()
		return true, "allowed: the object " + o.name() + " can be read"
	}
	err = s3Error(err, o)
	if gone, is := err.(hopeless); is {
		if strings.HasPrefix(gone.why, "The bucket") {
			return false, "the bucket " + p.bucket + " does not exist"
		}
		return true, "allowed; whether the key that encrypts the objects may be used (kms:Decrypt) shows with the first of them"
	}
	t := a.diagnose.of(err, action, "s3://"+p.bucket)
	if t.reason == reasonAccessDenied && t.action == "s3:ListBucket" {
		return true, "allowed: S3 refused only to say that a made-up object is not there"
	}
	return false, t.detail + grant(t, fmt.Sprintf("arn:%s:s3:::%s/%s*", partition(q.region), p.bucket, p.prefix))
}

// checkHub tries to read one finding.
func (a *account) checkHub(ctx context.Context, region string) connector.Check {
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	c := connector.Check{Name: "Security Hub in " + region + ": " + getFindingsAction, OK: true, Detail: "allowed"}
	_, err := getFindings(call, a.hub(region), &securityhub.GetFindingsInput{
		MaxResults: aws.Int32(1),
		Filters: &types.AwsSecurityFindingFilters{UpdatedAt: []types.DateFilter{{
			DateRange: &types.DateRange{Unit: types.DateRangeUnitDays, Value: aws.Int32(1)},
		}}},
	})
	if err != nil {
		t := a.diagnose.of(err, getFindingsAction, "Security Hub in "+region)
		c.OK, c.Detail = false, t.detail+grant(t, "*")
	}
	return c
}

// grant is the IAM statement that would mend a refusal, "" for other trouble
// and for an explicit Deny, which no Allow mends.
func grant(t trouble, resource string) string {
	if t.reason != reasonAccessDenied || t.action == "" || strings.Contains(t.detail, "explicitly denies") {
		return ""
	}
	if strings.HasPrefix(t.action, "kms:") {
		resource = "the key's ARN"
	}
	return fmt.Sprintf(`; the statement to add: {"Effect":"Allow","Action":%q,"Resource":%q}`, t.action, resource)
}

// partition is the part of AWS that a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "us-iso-"):
		return "aws-iso"
	case strings.HasPrefix(region, "us-isob-"):
		return "aws-iso-b"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc"
	}
	return "aws"
}
