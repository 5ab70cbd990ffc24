package finding

import "strings"

// readMacie reads a finding as Amazon Macie publishes it. Security Hub's copy
// has the same id, which is unique in its account and region.
func readMacie(n *node, g *gather) {
	f := g.f
	id := n.id("id")
	f.UID = clean(id, maxID, false)
	f.Account = n.account("accountId")
	f.Region = clean(n.id("region"), maxName, false)
	f.Partition = n.name("partition")
	fromAWS(f, "macie", "Macie")
	f.Vendor = "Amazon"
	f.Identity = identity(FormatMacie, f.Account, f.Region, id)
	kind := clean(n.id("type"), maxName, false)
	f.Types = []string{kind}
	f.Class, f.ClassUID = DataSecurity, 2006
	if n.str("category") == "POLICY" || strings.HasPrefix(kind, "Policy:") {
		f.Class, f.ClassUID = Detection, 2004 // somebody opened a bucket
	}
	f.Title = clean(n.require("title"), maxTitle, false)
	f.Description = n.prose("description", maxDescription)
	f.Severity, f.SeverityOriginal = macieSeverity(n)
	f.CreatedAt, f.UpdatedAt = n.need("createdAt"), n.need("updatedAt")
	f.Count, _ = n.whole("count")
	f.Sample = n.boolean("sample")
	f.Status = StatusNew
	if n.boolean("archived") {
		f.Status = StatusArchived
	}
	f.Active = isActive(f)
	readMacieResources(n.child("resourcesAffected"), g)
	if len(f.Resources) == 0 {
		n.fail("resourcesAffected", "names no bucket")
	}
	readMacieActor(n.child("policyDetails"), g)
	if found := macieData(n.child("classificationDetails").child("result")); found != "" {
		f.Description = clean(strings.TrimSpace(f.Description+"\n\nFound: "+found), maxDescription, true)
	}
}

// macieSeverity reads Low, Medium or High, and the score (1 to 3) without it.
func macieSeverity(n *node) (Severity, string) {
	s := n.child("severity")
	word := s.name("description")
	severity, ok := severityWord(word)
	score, scored := s.whole("score")
	switch {
	case s == nil:
		n.missing("severity")
	case ok:
	case word == "" && scored && score >= 1 && score <= 3:
		severity = [...]Severity{1: Low, 2: Medium, 3: High}[score]
	default:
		s.fail("description", "%q is not one of Low, Medium, High", clean(word, 40, false))
	}
	return severity, firstOf(word, literal(s, "score"))
}

func readMacieResources(r *node, g *gather) {
	bucket, object := r.child("s3Bucket"), r.child("s3Object")
	name := bucket.name("name")
	uid := bucket.name("arn")
	if uid == "" && name != "" {
		uid = "arn:" + g.f.Partition + ":s3:::" + name
	}
	g.resource(Resource{Type: "AwsS3Bucket", UID: uid, Name: name, Account: g.f.Account, Region: g.f.Region, Tags: tagList(bucket, "tags", "key")})
	if key := object.name("key"); key != "" {
		g.resource(Resource{
			Type: "AwsS3Object", UID: clean(uid+"/"+key, maxID, false), Name: key,
			Account: g.f.Account, Region: g.f.Region, Tags: tagList(object, "tags", "key"),
		})
	}
}

// readMacieActor reads who changed what a policy finding is about.
func readMacieActor(policy *node, g *gather) {
	call := policy.child("action").child("apiCallDetails")
	g.f.FirstSeen, g.f.LastSeen = call.whenever("firstSeen"), call.whenever("lastSeen")
	g.f.Action = strings.TrimSpace(policy.child("action").name("actionType") + " " + call.name("api"))
	actor := policy.child("actor")
	who := actor.child("userIdentity")
	for _, key := range [...]string{"iamUser", "assumedRole", "federatedUser", "awsAccount", "awsService", "root"} {
		w := who.child(key)
		issuer := w.child("sessionContext").child("sessionIssuer")
		g.f.Principal = firstOf(g.f.Principal, w.name("userName"), issuer.name("userName"), lastName(w.name("arn")), w.name("invokedBy"), w.name("principalId"))
		g.value(w.str("accessKeyId"), RoleActor, "aws_key_id")
		g.foreignAccount(w.str("accountId"), RoleActor)
	}
	place := actor.child("ipAddressDetails")
	owner := place.child("ipOwner")
	g.remote(Remote{
		IP: place.name("ipAddressV4"), Domain: actor.child("domainDetails").name("domainName"),
		Country: firstOf(place.child("ipCountry").name("name"), place.child("ipCountry").name("code")),
		City:    place.child("ipCity").name("name"), ASN: literal(owner, "asn"), Org: firstOf(owner.name("org"), owner.name("asnOrg")),
	})
}

// macieData says in words what kinds of data were found and how often.
func macieData(result *node) string {
	var list []string
	add := func(d *node) {
		if what := firstOf(d.name("type"), d.name("name")); what != "" {
			list = append(list, what+" ("+firstOf(literal(d, "count"), "?")+")")
		}
	}
	result.each("sensitiveData", maxList, func(s *node) { s.each("detections", maxList, add) })
	result.child("customDataIdentifiers").each("detections", maxList, add)
	return strings.Join(list, ", ")
}
