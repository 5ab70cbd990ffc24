package finding

import (
	"math"
	"strings"
	"time"
)

// readOCSF reads a finding of the Open Cybersecurity Schema Framework, classes
// 2001 to 2008, and the two classes of activity that CloudTrail's records are
// written as, 3002 and 6003. Required are an id, a title, a severity and a time.
func readOCSF(n *node, g *gather) {
	f := g.f
	class, ok := n.whole("class_uid")
	switch {
	case !n.has("class_uid"):
		n.missing("class_uid")
	case class == authentication, class == apiActivity:
		readOCSFActivity(n, g, int(class))
		return
	case ok && (class < 2001 || class > 2008):
		n.fail("class_uid", "must be a finding, 2001 to 2008, or activity, 3002 or 6003, is %d", class)
	}
	f.ClassUID = int(class)
	if !n.has("metadata") {
		n.missing("metadata")
	}
	metadata, info := n.child("metadata"), ocsfInfo(n)
	readOCSFProduct(metadata, f)
	readOCSFPlace(n, f)
	f.Identity = ocsfIdentity(n, metadata, info, f)
	f.Title = clean(ocsfTitle(n, info), maxTitle, false)
	f.Description = ocsfDescription(n, info)
	f.Types = info.names("types", maxList)
	if analytic := info.child("analytic"); f.Generator == "" {
		f.Generator = firstOf(analytic.name("uid"), analytic.name("name"))
	}
	f.Severity, f.SeverityOriginal = readOCSFSeverity(n)
	readOCSFTimes(n, info, f)
	readOCSFState(n, metadata, f)
	f.Count, _ = n.whole("count")
	readOCSFResources(n, g)
	readOCSFFacts(n, info, g)

	remedy := n.child("remediation")
	f.Remediation = remedy.prose("desc", maxDescription)
	for _, ref := range remedy.names("references", maxList) {
		f.RemediationURL = firstOf(f.RemediationURL, webURL(ref))
	}
	if f.Remediation == "" {
		f.Remediation = weaknessAdvice(n)
	}
	f.SourceURL = firstOf(webURL(info.str("src_url")), webURL(n.str("src_url")))
}

// ocsfInfo finds the object that describes the finding: finding in the
// deprecated class 2001, the first of a list in an incident (2005).
func ocsfInfo(n *node) *node {
	for _, key := range [...]string{"finding_info", "finding"} {
		if n.has(key) {
			return n.child(key)
		}
	}
	var info *node
	n.each("finding_info_list", 1, func(i *node) { info = i })
	return info
}

func readOCSFProduct(metadata *node, f *Finding) {
	product := metadata.child("product")
	feature := product.child("feature")
	f.Product = product.name("name")
	f.Vendor = product.name("vendor_name")
	f.ProductUID = clean(product.str("uid"), maxID, false)
	f.Generator = firstOf(feature.name("uid"), feature.name("name"), metadata.name("event_code"))
}

func readOCSFPlace(n *node, f *Finding) {
	cloud := n.child("cloud")
	account := cloud.child("account")
	f.Account, f.AccountName = account.name("uid"), account.name("name")
	f.Region, f.Partition = cloud.name("region"), cloud.name("cloud_partition")
	n.each("resources", 1, func(r *node) {
		f.Region = firstOf(f.Region, r.name("region"))
		f.Partition = firstOf(f.Partition, r.name("cloud_partition"))
	})
}

func ocsfIdentity(n, metadata, info *node, f *Finding) string {
	product := metadata.child("product")
	account := n.child("cloud").child("account").str("uid")
	first := ""
	n.each("resources", 1, func(r *node) { first = r.str("uid") })
	tag, uid := FormatOCSF, info.str("uid")
	if strings.TrimSpace(uid) == "" {
		tag, uid = "ocsf-metadata", metadata.str("uid")
	}
	if strings.TrimSpace(uid) == "" {
		n.fail("finding_info.uid", "is missing, and so is metadata.uid")
	}
	n.checkID("finding_info.uid", uid)
	f.UID = clean(uid, maxID, false)
	return identity(tag, account, firstOf(product.str("uid"), product.str("name")), uid, metadata.str("event_code"), first)
}

func ocsfTitle(n, info *node) string {
	title := firstOf(info.str("title"), n.str("message"))
	if strings.TrimSpace(title) == "" {
		n.fail("finding_info.title", "is missing or empty, and there is no message")
	}
	return title
}

// ocsfDescription joins what the check is about with what it found this time.
func ocsfDescription(n, info *node) string {
	desc := firstOf(info.str("desc"), n.str("desc"))
	if message := n.str("message"); message != "" && message != desc && message != info.str("title") {
		desc = strings.TrimSpace(desc + "\n\n" + message)
	}
	return clean(desc, maxDescription, true)
}

func readOCSFTimes(n, info *node, f *Finding) {
	if !n.has("time") && !n.has("time_dt") {
		n.missing("time")
	}
	reported := n.moment("time")
	f.CreatedAt = info.moment("created_time")
	f.UpdatedAt = info.moment("modified_time")
	f.FirstSeen = info.moment("first_seen_time")
	f.LastSeen = info.moment("last_seen_time")
	if f.CreatedAt == 0 {
		f.CreatedAt = reported
	}
	if f.UpdatedAt == 0 {
		f.UpdatedAt = reported
	}
}

// moment reads an OCSF time as microseconds; 0 when absent. The number wins over
// its _dt twin, because producers write that in local time without a zone
// (Prowler does); without a zone it is taken for UTC. OCSF counts milliseconds;
// seconds are told by their size, as no year fits both.
func (n *node) moment(key string) int64 {
	if v, ok := n.number(key); ok {
		if math.Abs(v) < 1e11 {
			v *= 1000
		}
		if math.Abs(v) > 1e15 {
			n.fail(key, "is no count of milliseconds since 1970")
			return 0
		}
		return n.inYears(key, time.UnixMicro(int64(v*1000)))
	}
	s := n.str(key + "_dt")
	if s == "" {
		return 0
	}
	t, ok := parseTime(s)
	if !ok {
		t, ok = parseTime(s + "Z")
	}
	if !ok {
		n.fail(key+"_dt", "must be a time such as 2026-11-23T10:00:00Z, is %q", clean(s, 40, false))
		return 0
	}
	return n.inYears(key+"_dt", t)
}

// readOCSFState reads class, result, status and whether the finding is live.
func readOCSFState(n, metadata *node, f *Finding) {
	f.Result = ocsfResult(n)
	f.Class = ocsfClass(n, f)
	f.Status = ocsfStatus(n, f.ClassUID)
	f.Active = isActive(f)
	if f.Class == Compliance {
		f.Control = firstOf(n.child("compliance").name("control"), metadata.name("event_code"))
	}
}

// ocsfResult reads the result of a check: compliance.status_id, its text, else
// status_code where that is one of the words a check ends with.
func ocsfResult(n *node) string {
	compliance := n.child("compliance")
	if id, ok := compliance.whole("status_id"); ok && id >= 1 && id <= 3 {
		return [...]string{1: ResultPassed, 2: ResultWarning, 3: ResultFailed}[id]
	}
	if result, ok := readResult(compliance.str("status")); ok {
		return result
	}
	result, _ := readResult(n.str("status_code"))
	return result
}

// ocsfClass maps the classes to ours. A detection (2004) that carries the
// result of a check is a check: Prowler sends all of its own that way.
func ocsfClass(n *node, f *Finding) Class {
	switch {
	case f.ClassUID == 2003, f.ClassUID == 2004 && f.Result != "":
		return Compliance
	case f.ClassUID == 2002, f.ClassUID == 2007 && n.has("vulnerabilities"):
		return Vulnerability
	case f.ClassUID == 2006:
		return DataSecurity
	case f.ClassUID == 2007 && f.Result != "":
		return Compliance
	case f.ClassUID == 2007:
		return OtherClass
	}
	// 2001 and 2004; an incident (2005), which is made of them; and who may do
	// what (2008), which Access Analyzer's findings are in ASFF too.
	return Detection
}

// ocsfStatus reads status_id, which means something else in two classes: an
// incident's 3 is On Hold, and 2001 keeps its state in state_id.
func ocsfStatus(n *node, class int) string {
	if activity, ok := n.whole("activity_id"); ok && activity == 3 {
		return StatusResolved // Close
	}
	key := "status"
	if class == 2001 {
		key = "state"
	}
	id, ok := n.whole(key + "_id")
	if !ok || id == 0 || id == 99 {
		return statusWord(n.str(key))
	}
	states := []string{1: StatusNew, 2: StatusInProgress, 3: StatusSuppressed, 4: StatusResolved, 5: StatusArchived, 6: StatusArchived}
	if class == 2005 {
		states[3], states[5] = StatusInProgress, StatusResolved
	}
	if id < 0 || id >= int64(len(states)) {
		n.fail(key+"_id", "must be 0 to 6 or 99, is %d", id)
		return ""
	}
	return states[id]
}

func statusWord(s string) string {
	switch strings.ToLower(s) {
	case "in progress", "on hold":
		return StatusInProgress
	case "suppressed":
		return StatusSuppressed
	case "resolved", "closed":
		return StatusResolved
	case "archived", "deleted":
		return StatusArchived
	}
	return StatusNew
}
