package finding

import (
	"strings"

	"tocsin/internal/ioc"
)

// OCSF classes of what CloudTrail records.
const (
	apiActivity    = 6003
	authentication = 3002
)

// readTrail reads a record of CloudTrail. A call is what it is by its eventID,
// whether it came as an event or in a log file. CloudTrail judges nothing: what
// a call means is said by trailMeaning, and everything else is recorded.
func readTrail(n *node, g *gather) {
	if n.has("insightDetails") {
		readTrailInsight(n, g)
		return
	}
	f := g.f
	id, source, name := n.id("eventID"), n.id("eventSource"), n.id("eventName")
	who := n.child("userIdentity")
	readTrailPlace(n, who, f)
	f.Identity = identity(FormatCloudTrail, f.Account, id)
	f.UID = clean(id, maxID, false)
	f.CreatedAt = n.requireWhen("eventTime")
	f.UpdatedAt, f.FirstSeen, f.LastSeen = f.CreatedAt, f.CreatedAt, f.CreatedAt
	f.Status, f.ClassUID = StatusNew, apiActivity
	if source == "signin.amazonaws.com" {
		f.ClassUID = authentication
	}
	call := trailCall{
		service: strings.TrimSuffix(clean(source, 120, false), ".amazonaws.com"), name: callName(clean(name, 120, false)),
		root: who.str("type") == "Root" && who.str("invokedBy") == "", user: who.str("type") == "IAMUser",
		params: n.m["requestParameters"], answer: n.m["responseElements"], more: n.m["additionalEventData"],
		failed: firstOf(n.name("errorCode"), n.name("errorMessage")), account: f.Account, self: who.str("userName"),
	}
	readTrailActor(n, who, g)
	readTrailTargets(n, call, g)
	call.judge(f)
	f.Types = []string{clean("CloudTrail/"+call.service+":"+call.name+call.variant, maxName, false)}
	f.Action = clean(call.service+":"+call.name, maxName, false)
	call.describe(f, n.name("sourceIPAddress"), n.name("userAgent"), n.name("errorMessage"))
	f.Active = isActive(f)
	g.quiet = true // user agents and error texts are full of version numbers and our own names
}

func readTrailPlace(n, who *node, f *Finding) {
	f.Account = firstOf(n.name("recipientAccountId"), who.name("accountId"))
	if !isAccount(f.Account) {
		n.fail("recipientAccountId", "must be 12 digits, is %q", clean(f.Account, 40, false))
	}
	f.Region = clean(n.id("awsRegion"), maxName, false)
	fromAWS(f, "cloudtrail", "CloudTrail")
}

// callName takes the version off the names that Lambda's calls have.
func callName(s string) string {
	if i := strings.Index(s, "20"); i > 0 && len(s)-i >= 8 && isDigits(s[i:i+8]) {
		return s[:i]
	}
	return s
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// readTrailActor reads who called and from where. An address that is a name is a
// service of AWS calling for somebody.
func readTrailActor(n, who *node, g *gather) {
	issuer := who.child("sessionContext").child("sessionIssuer")
	arn := who.name("arn")
	name := firstOf(who.name("userName"), issuer.name("userName"), roleOf(arn))
	switch {
	case who.str("type") == "Root":
		name = "root"
	case name == "HIDDEN_DUE_TO_SECURITY_REASONS":
		name = "an unknown user" // somebody typed a name that no user has
	}
	g.f.Principal = firstOf(name, who.name("invokedBy"), lastName(arn), who.name("principalId"), who.name("type"))
	g.mine(arn)
	g.value(who.str("accessKeyId"), RoleActor, ioc.AWSKeyID)
	g.foreignAccount(who.str("accountId"), RoleActor)
	if ip := n.name("sourceIPAddress"); isPublic(ip) {
		g.remote(Remote{IP: ip, Direction: "inbound"})
	}
}

// roleOf takes the role out of arn:…:assumed-role/role/session.
func roleOf(arn string) string {
	_, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return ""
	}
	role, _, _ := strings.Cut(rest, "/")
	return role
}

// readTrailInsight reads an unusual rate of calls that CloudTrail Insights saw.
// Start and end of it share an id and are one finding. Insights judges only how
// unusual a rate is; it counts as medium.
func readTrailInsight(n *node, g *gather) {
	f, d := g.f, n.child("insightDetails")
	key := "sharedEventID"
	if !n.has(key) {
		key = "eventID"
	}
	id := n.id(key)
	readTrailPlace(n, nil, f)
	f.Identity = identity("cloudtrail-insight", f.Account, id)
	f.UID = clean(id, maxID, false)
	f.UpdatedAt = n.requireWhen("eventTime")
	f.CreatedAt = f.UpdatedAt
	kind := clean(d.id("insightType"), 120, false)
	f.Action = clean(strings.TrimSuffix(d.name("eventSource"), ".amazonaws.com")+":"+d.name("eventName"), maxName, false)
	f.Class, f.ClassUID, f.Severity = Detection, 2004, Medium
	f.Types = []string{"CloudTrail Insight/" + kind}
	f.SeverityOriginal = d.name("state")
	f.Status = StatusNew
	if d.str("state") == "End" {
		f.Status = StatusResolved
	}
	f.Active = isActive(f)
	f.Title = clean("Unusual rate of "+f.Action+" ("+kind+")", maxTitle, false)
	context := d.child("insightContext")
	rates := context.child("statistics")
	f.Description = clean("Usual: "+literal(rates.child("baseline"), "average")+" a minute. Now: "+literal(rates.child("insight"), "average")+" a minute.", maxDescription, true)
	context.each("attributions", maxList, func(a *node) {
		if a.str("attribute") != "userIdentityArn" {
			return
		}
		a.each("insight", 1, func(v *node) {
			f.Principal = firstOf(f.Principal, roleOf(v.name("value")), lastName(v.name("value")))
		})
	})
	g.resource(accountResource(f))
	g.quiet = true
}
