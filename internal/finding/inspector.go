package finding

import (
	"strings"

	"tocsin/internal/ioc"
)

// readInspector reads a finding as Amazon Inspector publishes it. Security Hub's
// copies have its findingArn for their id.
func readInspector(n *node, g *gather) {
	f := g.f
	arn := n.id("findingArn")
	f.UID = clean(arn, maxID, false)
	f.Account = n.account("awsAccountId")
	f.Region, f.Partition = arnPart(f.UID, 3), arnPart(f.UID, 1)
	fromAWS(f, "inspector", "Inspector")
	f.Vendor = "Amazon"
	f.Identity = identity(FormatInspector, f.Account, arn)
	f.Class, f.ClassUID = Vulnerability, 2002
	f.Title = clean(n.require("title"), maxTitle, false)
	f.Description = n.prose("description", maxDescription)
	f.Types = []string{inspectorType(n.id("type"))}
	f.Severity, f.SeverityOriginal = inspectorSeverity(n)
	f.FirstSeen, f.LastSeen = n.whenever("firstObservedAt"), n.whenever("lastObservedAt")
	f.UpdatedAt = n.whenever("updatedAt")
	if f.UpdatedAt == 0 {
		f.UpdatedAt = f.LastSeen
	}
	f.CreatedAt = f.FirstSeen
	f.Status = inspectorStatus(n)
	f.Active = isActive(f)
	readInspectorResources(n, g)

	packages := n.child("packageVulnerabilityDetails")
	g.value(packages.str("vulnerabilityId"), RoleResource, ioc.CVE)
	for _, id := range packages.names("relatedVulnerabilities", maxList) {
		g.value(id, RoleResource, ioc.CVE)
	}
	f.SourceURL = webURL(packages.str("sourceUrl"))
	readInspectorAdvice(n, packages, f)
}

// inspectorType gives the type that Security Hub's copy carries.
func inspectorType(kind string) string {
	switch kind {
	case "PACKAGE_VULNERABILITY":
		return "Software and Configuration Checks/Vulnerabilities/CVE"
	case "NETWORK_REACHABILITY":
		return "Software and Configuration Checks/AWS Security Best Practices/Network Reachability"
	}
	return "Software and Configuration Checks/Vulnerabilities/" + clean(kind, maxName/2, false)
}

// inspectorSeverity reads Inspector's own word. UNTRIAGED says that nobody has
// scored the weakness yet.
func inspectorSeverity(n *node) (Severity, string) {
	word := n.require("severity")
	severity, ok := severityWord(word)
	switch {
	case word == "UNTRIAGED":
		severity = Info
	case word != "" && (!ok || word != strings.ToUpper(word)):
		n.fail("severity", "%q is not one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL, UNTRIAGED", clean(word, 40, false))
	}
	return severity, clean(word, 40, false)
}

func inspectorStatus(n *node) string {
	switch s := n.str("status"); s {
	case "", "ACTIVE":
	case "CLOSED":
		return StatusResolved
	case "SUPPRESSED":
		return StatusSuppressed
	default:
		n.fail("status", "%q is not one of ACTIVE, CLOSED, SUPPRESSED", clean(s, 40, false))
	}
	return StatusNew
}

// readInspectorResources writes types and ids as Security Hub does.
func readInspectorResources(n *node, g *gather) {
	if len(n.list("resources", 1)) == 0 {
		n.fail("resources", "is missing or empty")
	}
	n.each("resources", maxList, func(r *node) {
		typ, uid := clean(r.require("type"), maxName, false), clean(r.require("id"), maxID, false)
		region := firstOf(r.name("region"), g.f.Region)
		if strings.HasPrefix(uid, "i-") {
			uid = "arn:" + g.f.Partition + ":ec2:" + region + ":" + g.f.Account + ":instance/" + uid
		}
		g.resource(Resource{
			Type: camelType(typ), UID: clean(uid, maxID, false), Region: region, Partition: r.name("partition"), Tags: r.pairs("tags"),
		})
		host := r.child("details").child("awsEc2Instance")
		for _, key := range [...]string{"ipV4Addresses", "ipV6Addresses"} {
			for _, ip := range host.names(key, maxList) {
				g.ownIP(ip)
			}
		}
	})
}

// camelType makes AwsEc2Instance of AWS_EC2_INSTANCE.
func camelType(s string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(s, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + strings.ToLower(word[1:]))
		}
	}
	return clean(b.String(), maxName, false)
}

// readInspectorAdvice joins the recommendation with what each package needs.
func readInspectorAdvice(n, packages *node, f *Finding) {
	advice := n.child("remediation").child("recommendation")
	text := advice.prose("text", maxDescription)
	if text == "None Provided" {
		text = ""
	}
	var list []string
	packages.each("vulnerablePackages", maxList, func(p *node) {
		line := strings.TrimSpace(p.name("name") + " " + p.name("version"))
		if fixed := p.name("fixedInVersion"); fixed != "" && fixed != "NotAvailable" {
			line += ": fixed in " + fixed
		}
		list = append(list, line)
	})
	f.Remediation = clean(strings.TrimSpace(text+"\n"+strings.Join(list, "\n")), maxDescription, true)
	f.RemediationURL = webURL(firstOf(advice.str("Url"), advice.str("url")))
}
