package finding

import (
	"strconv"
	"strings"
)

// readEventPlace reads what every event says about itself. The account is that
// of the bus, which for these events is the one that they are about.
func readEventPlace(n *node, f *Finding) {
	f.Account, f.Region = n.account("account"), clean(n.id("region"), maxName, false)
	f.CreatedAt = n.requireWhen("time")
	f.UpdatedAt = f.CreatedAt
	f.Status = StatusNew
}

// readMalware reads what GuardDuty found when it scanned an object in S3. The
// same object scanned again is the same finding; another version of it is not.
// GuardDuty gives no severity here: an object with a threat in it is high, as
// its finding Object:S3/MaliciousFile is, one that could not be scanned low.
func readMalware(n *node, g *gather) {
	f, d := g.f, n.child("detail")
	readEventPlace(n, f)
	fromAWS(f, "guardduty", "GuardDuty Malware Protection")
	f.Vendor = "Amazon"
	object, result := d.child("s3ObjectDetails"), d.child("scanResultDetails")
	bucket, key := object.id("bucketName"), object.id("objectKey")
	if object == nil {
		d.missing("s3ObjectDetails")
	}
	version := firstOf(object.str("versionId"), object.str("eTag"))
	object.checkID("versionId", version)
	f.Identity = identity(FormatMalware, f.Account, f.Region, bucket, key, version)
	uid := "arn:" + f.Partition + ":s3:::" + bucket + "/" + key
	f.UID = clean(uid+"#"+version, maxID, false)
	g.resource(Resource{Type: "AwsS3Object", UID: clean(uid, maxID, false), Name: clean(key, maxName, false), Region: f.Region})
	g.resource(Resource{Type: "AwsS3Bucket", UID: clean("arn:"+f.Partition+":s3:::"+bucket, maxID, false), Name: clean(bucket, maxName, false), Region: f.Region})

	outcome := firstOf(result.name("scanResultStatus"), d.name("scanStatus"))
	f.SeverityOriginal = outcome
	f.Types = []string{"GuardDuty Malware Protection/Object Scan/" + clean(firstOf(outcome, "UNKNOWN"), maxName/2, false)}
	f.Class, f.ClassUID = OtherClass, 2004
	place := clean(bucket+"/"+key, maxTitle/2, false)
	switch outcome {
	case "THREATS_FOUND":
		f.Class, f.Severity, f.Techniques = Detection, High, []string{"T1204.002"}
		f.Types = []string{"Object:S3/MaliciousFile"} // as GuardDuty's finding about it
		f.Title = "Malware in the S3 object " + place
	case "NO_THREATS_FOUND":
		f.Severity, f.Status = Info, StatusResolved
		f.Title = "No malware in the S3 object " + place
	default: // UNSUPPORTED, ACCESS_DENIED, FAILED
		f.Severity = Low
		f.Title = "The S3 object " + place + " was not scanned"
	}
	f.Active = isActive(f)
	f.Description = clean("Result: "+firstOf(outcome, "unknown")+"."+threatNames(result), maxDescription, true)
	result.each("threats", maxList, func(t *node) {
		t.each("itemPaths", maxList, func(p *node) { g.hash(p.str("hash"), RoleResource) })
		g.hash(t.str("hash"), RoleResource)
	})
}

func threatNames(result *node) string {
	var names []string
	result.each("threats", maxList, func(t *node) {
		if name := t.name("name"); name != "" {
			names = append(names, name)
		}
	})
	if len(names) == 0 {
		return ""
	}
	return " Threats: " + strings.Join(names, ", ") + "."
}

// readIncident reads what happens to a case of AWS Security Incident Response.
// All events of one case are one finding and its revisions. A case has no
// severity; somebody opened it with AWS's responders, so it counts as high.
func readIncident(n *node, g *gather) {
	f, d := g.f, n.child("detail")
	readEventPlace(n, f)
	id := d.id("caseId")
	f.Partition = partitionOf(f.Region)
	f.UID = clean("arn:"+f.Partition+":security-ir:"+f.Region+":"+f.Account+":case/"+id, maxID, false)
	for _, arn := range n.names("resources", 1) {
		if arnPart(arn, 2) == "security-ir" && strings.HasSuffix(arn, ":case/"+id) {
			n.checkID("resources", arn)
			f.UID, f.Region = clean(arn, maxID, false), firstOf(arnPart(arn, 3), f.Region)
		}
	}
	fromAWS(f, "security-ir", "Security Incident Response")
	f.Identity = identity(FormatIncident, f.UID)
	f.Class, f.ClassUID, f.Severity = Detection, 2005, High
	f.Types = []string{"AWS Security Incident Response/Case"}
	what := n.name("detail-type")
	f.Action = what
	f.Principal = firstOf(d.name("updatedBy"), d.name("createdBy"), d.name("closedBy"))
	f.Title = clean(firstOf(d.name("title"), "AWS Security Incident Response case "+id), maxTitle, false)
	f.Description = clean(what+" by "+firstOf(f.Principal, "somebody")+".\n"+d.prose("description", maxDescription), maxDescription, true)
	state := firstOf(d.name("caseStatus"), d.name("status"))
	if what == "Case Closed" || state == "Closed" {
		f.Status = StatusResolved
	} else if what == "Case Updated" || strings.HasPrefix(what, "Case Comment") {
		f.Status = StatusInProgress
	}
	f.Active = isActive(f)
	g.resource(accountResource(f))
}

// readInsight reads what a person sent on from an insight of Security Hub: up to
// a hundred names with how many findings each has. An insight has no severity;
// somebody chose to send it, so it counts as medium.
func readInsight(n *node, g *gather) {
	f, d := g.f, n.child("detail")
	readEventPlace(n, f)
	arn := d.id("insightArn")
	f.UID = clean(arn, maxID, false)
	fromAWS(f, "securityhub", "Security Hub")
	f.Identity = identity(FormatInsight, f.Account, f.Region, arn)
	kind := clean(d.require("resultType"), maxName/2, false)
	f.Class, f.Severity = OtherClass, Medium
	f.Types = []string{"Security Hub Insight/" + kind}
	f.Title = clean("Insight: "+d.require("insightName"), maxTitle, false)
	f.Origin, f.OriginName = OriginCustomAction, d.name("actionName")
	if count, err := strconv.ParseInt(literal(d, "number of results"), 10, 32); err == nil && count > 0 {
		f.Count = count
	}
	var lines []string
	for _, name := range insightNames(d) {
		lines = append(lines, "- "+name)
		if strings.HasPrefix(kind, "Resource") {
			g.resource(Resource{Type: kind, UID: name})
		}
	}
	if len(f.Resources) == 0 {
		g.resource(accountResource(f))
	}
	f.Description = clean(d.prose("actionDescription", maxDescription/2)+"\n"+kind+":\n"+strings.Join(lines, "\n"), maxDescription, true)
	f.Active = true
	g.quiet = true
}

// insightNames reads [{"name": n}] as the guide writes it and [{"key": n}] too.
func insightNames(d *node) []string {
	var names []string
	d.each("insightResults", 100, func(r *node) {
		for _, key := range sortedKeys(r.m) {
			if key == "name" {
				names = append(names, r.name(key))
			} else if count := literal(r, key); count != "" {
				names = append(names, clean(key+": "+count, maxName, false))
			}
		}
	})
	return names
}

// readConfig reads a change in what a rule of AWS Config finds. Config has no
// severities, and Security Hub sends the rules that matter as findings of its
// own: these are only recorded.
func readConfig(n *node, g *gather) {
	f, d := g.f, n.child("detail")
	readEventPlace(n, f)
	f.Account = firstOf(d.name("awsAccountId"), f.Account)
	f.Region = firstOf(d.name("awsRegion"), f.Region)
	rule, resource, kind := d.id("configRuleName"), d.id("resourceId"), d.id("resourceType")
	f.Control = clean(rule, maxName, false)
	fromAWS(f, "config", "Config")
	f.UID = clean(firstOf(d.str("configRuleARN"), rule)+"/"+kind+"/"+resource, maxID, false)
	f.Identity = identity(FormatConfig, f.Account, f.Region, rule, kind, resource)
	f.Class, f.ClassUID, f.Severity = Compliance, 2003, Info
	f.Types = []string{"AWS Config/Compliance Change"}
	f.Result = configResult(d)
	f.SeverityOriginal = d.child("newEvaluationResult").name("complianceType")
	f.Title = clean(rule+" "+strings.ReplaceAll(f.Result, "_", " ")+": "+resource, maxTitle, false)
	f.Description = d.child("newEvaluationResult").prose("annotation", maxDescription)
	g.resource(Resource{Type: asffType(clean(kind, maxName, false)), UID: clean(resource, maxID, false)})
	f.Active = isActive(f)
}

func configResult(d *node) string {
	switch d.child("newEvaluationResult").str("complianceType") {
	case "COMPLIANT":
		return ResultPassed
	case "NON_COMPLIANT":
		return ResultFailed
	}
	return ResultNotAvailable
}

// readNotice keeps an event that says nothing about security by itself. Each
// event is a thing of its own.
func readNotice(n *node, g *gather) {
	f, d := g.f, n.child("detail")
	readEventPlace(n, f)
	id, what := n.id("id"), n.name("detail-type")
	service := strings.TrimPrefix(n.name("source"), "aws.")
	fromAWS(f, service, firstOf(service, "AWS"))
	f.UID = clean(id, maxID, false)
	f.Identity = identity(FormatNotice, n.str("source"), f.Account, f.Region, id)
	f.Class, f.Severity = OtherClass, Info
	f.Types = []string{"AWS Event/" + clean(what, maxName/2, false)}
	f.Title = what
	for _, name := range n.names("resources", maxList) {
		g.resource(Resource{Type: "Other", UID: name})
	}
	if len(f.Resources) == 0 {
		g.resource(accountResource(f))
	}
	f.Title = clean(what+": "+f.Resources[0].UID, maxTitle, false)
	f.Description = clean(string(appendCanonical(nil, any(d.m))), maxDescription, true)
	f.Active = isActive(f)
	g.quiet = true
}
