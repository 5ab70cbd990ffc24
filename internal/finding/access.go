package finding

import (
	"strings"
)

// accessClass is OCSF's IAM Analysis Finding.
const accessClass = 2008

// readAccess reads a finding of IAM Access Analyzer: access from outside, access
// that nobody uses, access from inside. Security Hub has one finding for each
// analyzer and resource, so its id is another; Tie goes by resource.
func readAccess(n *node, g *gather) {
	f, d := g.f, detailOf(n)
	id := firstOf(d.str("id"), d.str("findingId"))
	d.checkID("id", id)
	if strings.TrimSpace(id) == "" {
		d.missing("id")
	}
	f.UID = clean(id, maxID, false)
	f.Account = d.account("accountId")
	f.Region = firstOf(d.name("region"), analyzerRegion(n), n.name("region"))
	fromAWS(f, "access-analyzer", "IAM Access Analyzer")
	f.Identity = identity(FormatAccess, f.Account, id)
	f.CreatedAt, f.UpdatedAt = d.need("createdAt"), d.need("updatedAt")
	f.LastSeen = d.whenever("analyzedAt")
	f.Class, f.ClassUID = Detection, accessClass
	f.Status = accessStatus(d)

	resource := clean(d.require("resource"), maxID, false)
	kind := clean(d.require("resourceType"), maxName, false)
	g.resource(Resource{Type: asffType(kind), UID: resource, Account: f.Account, Region: f.Region})
	readAccessPrincipal(d.child("principal"), g)
	f.Action = clean(strings.Join(d.names("action", maxList), ", "), maxName, false)
	accessMeaning(d, f, resource)
	g.quiet = true
	f.Active = isActive(f)
}

// analyzerRegion is the region of the analyzer, which an event names.
func analyzerRegion(n *node) string {
	for _, arn := range n.names("resources", 1) {
		return arnPart(arn, 3)
	}
	return ""
}

func accessStatus(d *node) string {
	if d.boolean("isDeleted") {
		return StatusResolved
	}
	switch s := d.str("status"); s {
	case "", "ACTIVE":
	case "ARCHIVED":
		return StatusArchived
	case "RESOLVED":
		return StatusResolved
	default:
		d.fail("status", "%q is not one of ACTIVE, ARCHIVED, RESOLVED", clean(s, 40, false))
	}
	return StatusNew
}

// readAccessPrincipal reads {"AWS": "999988887777"} and its like; "*" is
// everybody.
func readAccessPrincipal(p *node, g *gather) {
	if p == nil {
		return
	}
	for _, key := range sortedKeys(p.m) {
		who := p.name(key)
		g.f.Principal = firstOf(g.f.Principal, who)
		g.foreignAccount(who, RoleActor)
		g.foreignAccount(arnPart(who, 4), RoleActor)
	}
}

// accessMeaning gives title, type and severity. Access Analyzer has no severity
// of its own; these are the labels with which Security Hub lists its findings:
// public access is CRITICAL, access from another account LOW, unused access
// MEDIUM. Access from inside has no label there and counts as LOW.
func accessMeaning(d *node, f *Finding, resource string) {
	const checks, practices = "Software and Configuration Checks/", "AWS Security Best Practices/"
	kind := d.name("findingType")
	public := d.boolean("isPublic")
	if failed := d.name("error"); failed != "" {
		f.Severity, f.SeverityOriginal, f.Class = Info, failed, OtherClass
		f.Types = []string{checks + practices + "Access Analysis Failed"}
		f.Title = clean("Access Analyzer could not look at "+resource, maxTitle, false)
		f.Description = clean("The analysis of "+resource+" ended with "+failed+".", maxDescription, true)
		return
	}
	switch {
	case strings.HasPrefix(kind, "Unused"):
		f.Severity, f.Types = Medium, []string{checks + practices + spaced(kind)}
		f.Title = resource + " contains " + strings.ToLower(spaced(kind))
	case kind == "InternalAccess":
		f.Severity, f.Types = Low, []string{checks + practices + "Internal Access Granted"}
		f.Title = resource + " allows access from inside"
	case public:
		f.Severity, f.Types = Critical, []string{"Effects/Data Exposure/External Access Granted"}
		f.Title = resource + " allows public access"
	default:
		f.Severity, f.Types = Low, []string{checks + practices + "External Access Granted"}
		f.Title = resource + " allows cross-account access"
	}
	f.Title = clean(f.Title, maxTitle, false)
	f.SeverityOriginal = strings.ToUpper(string(f.Severity))
	who, what := firstOf(f.Principal, "nobody in particular"), firstOf(f.Action, "no action that is named")
	f.Description = clean(f.Title+". Principal: "+who+". Actions: "+what+".", maxDescription, true)
}

// spaced makes "Unused IAM Role" of UnusedIAMRole.
func spaced(s string) string {
	var b strings.Builder
	for i := range len(s) {
		upper := s[i] >= 'A' && s[i] <= 'Z'
		before := i > 0 && s[i-1] >= 'a' && s[i-1] <= 'z'
		after := i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z'
		if i > 0 && upper && (before || after) {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return clean(b.String(), maxName, false)
}
