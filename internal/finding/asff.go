package finding

import (
	"strconv"
	"strings"
)

// asffVersion is the one version there is.
const asffVersion = "2018-10-08"

// readASFF reads an AWS Security Finding Format object. Required are the fields
// that the format requires; the severity too, which Security Hub always sets.
func readASFF(n *node, g *gather) {
	f := g.f
	id, product := n.id("Id"), n.id("ProductArn")
	if v := n.require("SchemaVersion"); v != "" && v != asffVersion {
		n.fail("SchemaVersion", "must be %s, is %q", asffVersion, clean(v, 40, false))
	}
	f.Identity = identity(FormatASFF, product, id)
	f.UID, f.ProductUID = clean(id, maxID, false), clean(product, maxID, false)
	f.Account = n.account("AwsAccountId")
	f.Generator = clean(n.require("GeneratorId"), maxName, false)
	f.CreatedAt = n.requireWhen("CreatedAt")
	f.UpdatedAt = n.requireWhen("UpdatedAt")
	f.FirstSeen = n.when("FirstObservedAt")
	f.LastSeen = n.when("LastObservedAt")
	f.Title = clean(n.require("Title"), maxTitle, false)
	f.Description = clean(n.require("Description"), maxDescription, true)
	f.Severity, f.SeverityOriginal = readASFFSeverity(n)

	fields := n.child("ProductFields")
	f.Product = firstOf(n.name("ProductName"), fields.name("aws/securityhub/ProductName"), lastName(f.ProductUID))
	f.Vendor = firstOf(n.name("CompanyName"), fields.name("aws/securityhub/CompanyName"), vendorOf(f.ProductUID))
	f.AccountName = n.name("AwsAccountName")
	f.Types = n.names("Types", maxList)
	readASFFPlace(n, f)
	readASFFState(n, f, fields)
	readASFFResources(n, g)
	readASFFFacts(n, g, fields)

	advice := n.child("Remediation").child("Recommendation")
	f.Remediation = advice.prose("Text", maxDescription)
	f.RemediationURL = webURL(advice.str("Url"))
	f.SourceURL = webURL(n.str("SourceUrl"))
	f.Sample = n.boolean("Sample") || fields.name("aws/guardduty/service/additionalInfo/sample") == "true"
}

// vendorOf takes the company out of …:product/company/product.
func vendorOf(productARN string) string {
	parts := strings.Split(productARN, "/")
	if len(parts) < 3 {
		return ""
	}
	return clean(parts[len(parts)-2], maxName, false)
}

// readASFFPlace finds region and partition; the envelope's are the bus's own and
// say nothing about the finding.
func readASFFPlace(n *node, f *Finding) {
	f.Region = n.name("Region")
	n.each("Resources", 1, func(r *node) {
		f.Region = firstOf(f.Region, r.name("Region"))
		f.Partition = r.name("Partition")
	})
	f.Region = clean(firstOf(f.Region, arnPart(f.ProductUID, 3)), maxName, false)
	f.Partition = clean(firstOf(f.Partition, arnPart(f.ProductUID, 1)), maxName, false)
}

// readASFFState reads what kind of finding it is and whether it is live.
func readASFFState(n *node, f *Finding, product *node) {
	compliance := n.child("Compliance")
	if s := compliance.str("Status"); s != "" {
		result, ok := readResult(s)
		if !ok || result == ResultManual {
			compliance.fail("Status", "%q is not one of PASSED, WARNING, FAILED, NOT_AVAILABLE", clean(s, 40, false))
		}
		f.Result = result
	}
	f.Class, f.ClassUID = asffClass(n, f)
	if f.Class == Compliance {
		f.Control = firstOf(compliance.name("SecurityControlId"), product.name("ControlId"), product.name("RuleId"), lastName(f.Generator))
	}
	f.Status = asffStatus(n)
	f.Active = isActive(f)
	if count, err := strconv.ParseInt(product.str("aws/guardduty/service/count"), 10, 64); err == nil && count > 0 {
		f.Count = count
	}
}

// isActive: live, and nobody has dealt with it, and the check did not pass.
func isActive(f *Finding) bool {
	live := f.Status == StatusNew || f.Status == StatusInProgress
	return live && f.Result != ResultPassed
}

// asffClass tells the class by what only that class has. Types are
// namespace/category/classifier.
func asffClass(n *node, f *Finding) (Class, int) {
	switch {
	case n.has("Compliance"):
		return Compliance, 2003
	case len(n.list("Vulnerabilities", 1)) > 0, hasPrefix(f.Types, "Software and Configuration Checks/Vulnerabilities"),
		awsProduct(f.ProductUID) == "inspector":
		return Vulnerability, 2002
	case hasPrefix(f.Types, "Sensitive Data Identifications"):
		return DataSecurity, 2006
	}
	return Detection, 2004
}

func hasPrefix(list []string, prefix string) bool {
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// asffStatus joins the provider's RecordState with the customer's Workflow.
func asffStatus(n *node) string {
	switch state := n.str("RecordState"); state {
	case "", "ACTIVE":
	case "ARCHIVED":
		return StatusArchived
	default:
		n.fail("RecordState", "%q is not one of ACTIVE, ARCHIVED", clean(state, 40, false))
	}
	workflow := n.child("Workflow")
	switch status := workflow.str("Status"); status {
	case "", "NEW":
	case "NOTIFIED":
		return StatusInProgress
	case "RESOLVED":
		return StatusResolved
	case "SUPPRESSED":
		return StatusSuppressed
	default:
		workflow.fail("Status", "%q is not one of NEW, NOTIFIED, RESOLVED, SUPPRESSED", clean(status, 40, false))
	}
	return StatusNew
}

// readASFFResources reads what the finding is about. One resource at least is
// required, with its type and id.
func readASFFResources(n *node, g *gather) {
	if len(n.list("Resources", 1)) == 0 {
		n.fail("Resources", "is missing or empty")
	}
	n.each("Resources", maxList, func(r *node) {
		details := r.child("Details")
		g.resource(Resource{
			Type: clean(r.require("Type"), maxName, false), UID: clean(r.require("Id"), maxID, false),
			Region: r.name("Region"), Partition: r.name("Partition"), Tags: r.pairs("Tags"),
			Account: r.child("Owner").child("Account").name("Id"),
		})
		host := details.child("AwsEc2Instance")
		for _, key := range [...]string{"IpV4Addresses", "IpV6Addresses"} {
			for _, ip := range host.names(key, maxList) {
				g.ownIP(ip)
			}
		}
		readASFFKey(details.child("AwsIamAccessKey"), g)
	})
}

// readASFFKey reads the access key that acted.
func readASFFKey(key *node, g *gather) {
	g.f.Principal = firstOf(g.f.Principal, key.name("PrincipalName"), key.name("UserName"), key.name("PrincipalId"), key.name("AccessKeyId"))
	g.value(key.str("AccessKeyId"), RoleActor, "aws_key_id")
}
