package finding

import (
	"strings"
	"unicode/utf8"
)

// Kind says what kind of thing the finding is, in the words that its copies
// share, so that findings can be put together by it. It is the control of a
// check; the name of the weakness; the type as GuardDuty and Macie write it;
// else the last part of the first type; else the generator. It is never the ARN
// of a detector, which says where the finding came from and not what it is.
func (f *Finding) Kind() string {
	switch {
	case f.Control != "":
		return f.Control
	case f.Class == Vulnerability && f.weakness() != "":
		return f.weakness()
	case len(f.Types) > 0 && f.Types[0] != "":
		return kindOfType(f.Types[0])
	case strings.HasPrefix(f.Generator, "arn:") || f.Generator == "":
		return firstOf(f.Product, string(f.Class))
	}
	return f.Generator
}

// weakness is the first CVE that the detector names; "" when there is none.
func (f *Finding) weakness() string {
	for _, i := range f.Indicators {
		if i.Type == "cve" && i.Role == RoleResource {
			return i.Value
		}
	}
	return ""
}

// kindOfType brings TTPs/Impact/Backdoor:EC2-C&CActivity.B, as ASFF has it, and
// Backdoor:EC2/C&CActivity.B, as GuardDuty itself has it, to the latter. Of
// other types, namespace/category/classifier, it is the last part.
func kindOfType(s string) string {
	colon := strings.IndexByte(s, ':')
	if colon < 0 {
		return lastPart(s)
	}
	s = s[strings.LastIndexByte(s[:colon], '/')+1:]
	purpose, rest, _ := strings.Cut(s, ":")
	if what, family, ok := strings.Cut(rest, "-"); ok && !strings.Contains(rest, "/") {
		rest = what + "/" + family
	}
	return purpose + ":" + rest
}

func lastPart(s string) string {
	s = strings.TrimRight(s, "/")
	return s[strings.LastIndexByte(s, '/')+1:]
}

// Tie is the text that the copies of one finding share, whichever way they
// came: Security Hub's (ASFF), the unified Security Hub's (OCSF) and the
// detector's own. It is "" where the provider's id may be another finding's too:
// only an ARN of a service that makes findings, with an account in it, and the
// ids that AWS gives out once an account and region are taken for unique. An id
// that is the ARN of a resource is not: producers use it for every check of it.
func (f *Finding) Tie() string {
	switch {
	case strings.ContainsRune(f.UID, utf8.RuneError):
		return "" // mended text: two different ids may look like this
	case awsProduct(f.ProductUID) == "access-analyzer":
		return f.accessTie()
	case makesFindings(arnPart(f.UID, 2)) && isAccount(arnPart(f.UID, 4)) && !f.isResource(f.UID):
		return f.UID
	case strings.HasPrefix(f.UID, "arn:") || f.Account == "" || f.Region == "":
		return ""
	}
	if awsProduct(f.ProductUID) == "macie" {
		return "macie " + f.Account + " " + f.Region + " " + f.UID
	}
	return ""
}

// accessTie ties by resource: Access Analyzer's own finding has an id of its own
// for each principal, and Security Hub's has one for each analyzer and resource.
// The whole type stands in it, because access for everybody is another thing than
// access from one account.
func (f *Finding) accessTie() string {
	if f.Format == FormatNotice || len(f.Types) == 0 || len(f.Resources) == 0 || f.Region == "" || !strings.HasPrefix(f.Resources[0].UID, "arn:") {
		return ""
	}
	return "access-analyzer " + f.Region + " " + f.Types[0] + " " + f.Resources[0].UID
}

// makesFindings says of which services of AWS the ids are ARNs of findings.
func makesFindings(service string) bool {
	switch service {
	case "guardduty", "securityhub", "inspector2", "inspector", "macie2", "macie", "access-analyzer", "config", "fms", "security-ir":
		return true
	}
	return false
}

func (f *Finding) isResource(uid string) bool {
	for _, r := range f.Resources {
		if r.UID == uid {
			return true
		}
	}
	return false
}

// awsProduct takes the service out of the ARN of one of AWS's own products, in
// its first form (…::product/aws/macie) or that of the unified Security Hub.
func awsProduct(arn string) string {
	if arnPart(arn, 2) != "securityhub" {
		return ""
	}
	for _, mark := range [...]string{"::product/aws/", "::productv2/aws/"} {
		if _, service, ok := strings.Cut(arn, mark); ok {
			return service
		}
	}
	return ""
}
