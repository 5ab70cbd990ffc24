package finding

import (
	"strings"
	"time"
)

// Formats of AWS's own services beside ASFF, GuardDuty and OCSF.
const (
	FormatInspector  = "inspector"
	FormatMacie      = "macie"
	FormatAccess     = "access-analyzer"
	FormatHealth     = "health"
	FormatCloudTrail = "cloudtrail"
	FormatMalware    = "malware-scan"
	FormatIncident   = "security-ir"
	FormatInsight    = "insight"
	FormatConfig     = "config"
	FormatNotice     = "notice" // an event that is only recorded
)

// shape is where in an event its finding stands.
type shape int

const (
	noShape  shape = iota
	inList         // detail.findings holds findings
	inDetail       // the detail is the finding, and says all that there is to say
	whole          // the finding is the event: the detail leaves out account or region
)

// eventFormat says what an EventBridge event holds, by its detail-type alone.
// The types are those of the EventBridge event reference. Two that it lists
// without a shape, Security Hub Findings and Security Hub Standard Results, are
// read as ASFF and go to quarantine, with the field named, when they are not.
func eventFormat(detailType string) (format string, s shape) {
	switch detailType {
	case "Security Hub Findings - Imported", "Security Hub Findings - Custom Action",
		"Security Hub Findings", "Security Hub Standard Results":
		return FormatASFF, inList
	case "Findings Imported V2":
		return FormatOCSF, inList
	case "Security Hub Insight Results":
		return FormatInsight, whole
	case "GuardDuty Finding":
		return FormatGuardDuty, inDetail
	case "Inspector2 Finding":
		return FormatInspector, inDetail
	case "Macie Finding":
		return FormatMacie, inDetail
	case "Access Analyzer Finding", "Unused Access Finding for IAM entities", "Internal Access Finding":
		return FormatAccess, whole
	case "AWS Health Event", "AWS Health Abuse Event":
		return FormatHealth, whole
	case "AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Service Event via CloudTrail",
		"AWS Console Action via CloudTrail", "AWS Insight via CloudTrail":
		return FormatCloudTrail, inDetail
	case "Case Created", "Case Updated", "Case Comment Added", "Case Comment Updated", "Case Closed":
		return FormatIncident, whole
	case "GuardDuty Malware Protection Object Scan Result":
		return FormatMalware, whole
	case "Config Rules Compliance Change":
		return FormatConfig, whole
	}
	return noticeFormat(detailType)
}

// noticeFormat is for events that say nothing about security by themselves and
// are kept as a record: scans and coverage, settings, memberships.
func noticeFormat(detailType string) (string, shape) {
	for _, prefix := range [...]string{"Inspector2 ", "GuardDuty Malware Protection ", "Membership ", "Config "} {
		if strings.HasPrefix(detailType, prefix) {
			return FormatNotice, whole
		}
	}
	if detailType == "Access Preview State Change" {
		return FormatNotice, whole
	}
	return "", noShape
}

// readerOf returns the reader of a format.
func readerOf(format string) func(*node, *gather) {
	switch format {
	case FormatASFF:
		return readASFF
	case FormatGuardDuty:
		return readGuardDuty
	case FormatInspector:
		return readInspector
	case FormatMacie:
		return readMacie
	case FormatAccess:
		return readAccess
	case FormatHealth:
		return readHealth
	case FormatCloudTrail:
		return readTrail
	case FormatMalware:
		return readMalware
	case FormatIncident:
		return readIncident
	case FormatInsight:
		return readInsight
	case FormatConfig:
		return readConfig
	case FormatNotice:
		return readNotice
	case FormatCustom:
		return readCustom
	}
	return readOCSF
}

// detailOf returns the detail of a whole event, or the object itself when the
// detail was sent alone.
func detailOf(n *node) *node {
	if n.has("detail-type") {
		return n.child("detail")
	}
	return n
}

// eventContent is the content of a finding that is a whole event. Which event
// carried it does not count. When it was sent counts only where the same detail
// at another time is another thing to know.
func eventContent(m map[string]any, format string) map[string]any {
	if m["detail-type"] == nil {
		return accessContent(m)
	}
	switch format {
	case FormatAccess, FormatHealth:
		// Health sends each event through a second region too, and everything
		// to the organization's account beside the one it is about.
		detail, _ := m["detail"].(map[string]any)
		return accessContent(detail)
	case FormatMalware:
		return without(m, "id", "version", "replay-name", "time")
	}
	return without(m, "id", "version", "replay-name")
}

// accessContent leaves out when Access Analyzer looked last.
func accessContent(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return without(m, "analyzedAt")
}

// hubProduct is the ARN under which Security Hub lists a service of AWS.
func hubProduct(f *Finding, service string) string {
	return clean("arn:"+firstOf(f.Partition, "aws")+":securityhub:"+f.Region+"::product/aws/"+service, maxID, false)
}

// fromAWS fills in what a finding of an AWS service has in common with others.
func fromAWS(f *Finding, service, name string) {
	f.Partition = firstOf(f.Partition, partitionOf(f.Region))
	f.Product, f.Vendor = name, "AWS"
	f.ProductUID = hubProduct(f, service)
	f.Generator = "aws/" + service
}

// partitionOf is the partition that a region lies in.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// asffType writes a type of resource as ASFF does: AwsS3Bucket for
// AWS::S3::Bucket. Names in other forms stay.
func asffType(s string) string {
	if !strings.HasPrefix(s, "AWS::") {
		return s
	}
	var b strings.Builder
	for part := range strings.SplitSeq(s, "::") {
		if part == strings.ToUpper(part) && part != "" {
			part = part[:1] + strings.ToLower(part[1:])
		}
		if rest, ok := strings.CutPrefix(part, "DB"); ok {
			part = "Db" + rest
		}
		b.WriteString(part)
	}
	return b.String()
}

// accountResource stands for an account where nothing smaller is named.
func accountResource(f *Finding) Resource {
	return Resource{Type: "AwsAccount", UID: "AWS::::Account:" + f.Account, Name: f.Account}
}

// whenever reads a time as services of AWS write it into events: RFC 3339, or
// one of the forms below, or seconds since 1970 as their APIs answer.
func (n *node) whenever(key string) int64 {
	if n == nil || n.m[key] == nil {
		return 0
	}
	if _, text := n.m[key].(string); !text {
		return n.moment(key)
	}
	s := n.str(key)
	if s == "" {
		return 0
	}
	t, ok := parseLoosely(s)
	if !ok {
		n.fail(key, "must be a time such as 2026-11-23T10:00:00Z, is %q", clean(s, 40, false))
		return 0
	}
	return n.inYears(key, t)
}

// parseLoosely reads the forms of Inspector and Health, all in UTC. Java writes
// a narrow space before PM since its version 20.
func parseLoosely(s string) (time.Time, bool) {
	if len(s) > 48 {
		return time.Time{}, false
	}
	if t, ok := parseTime(s); ok {
		return t, true
	}
	s = strings.ReplaceAll(s, "\u202F", " ")
	for _, layout := range [...]string{
		"Jan 2, 2006, 3:04:05 PM", "Mon Jan 02 15:04:05.999 UTC 2006", "Mon, _2 Jan 2006 15:04:05 GMT", "2006-01-02 15:04:05.999999999",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// need is whenever for a time that must be there.
func (n *node) need(key string) int64 {
	if n != nil && !n.has(key) {
		n.missing(key)
	}
	return n.whenever(key)
}
