package finding

import (
	"strings"

	"tocsin/internal/ioc"
)

// readHealth reads an event of AWS Health. Its arn is not unique to an account;
// with the account, and the page where the affected things fill several, it is
// one thing. What Health sends about it later revises it. The same message
// (communicationId) through a second region, or to the organization's account,
// has the same content and only counts.
func readHealth(n *node, g *gather) {
	f, d := g.f, detailOf(n)
	arn := d.id("eventArn")
	code := clean(d.id("eventTypeCode"), maxName, false)
	f.Account = firstOf(d.name("affectedAccount"), n.name("account"))
	if !isAccount(f.Account) {
		d.fail("affectedAccount", "must be 12 digits, is %q", clean(f.Account, 40, false))
	}
	f.UID = clean(arn, maxID, false)
	f.Region = firstOf(d.name("eventRegion"), arnPart(f.UID, 3))
	fromAWS(f, "health", "Health")
	page := firstOf(literal(d, "page"), "1")
	f.Identity = identity(FormatHealth, f.Account, arn, page)

	f.CreatedAt = d.whenever("startTime")
	f.UpdatedAt = d.whenever("lastUpdatedTime")
	if sent := n.whenever("time"); f.UpdatedAt == 0 {
		f.UpdatedAt = sent
	}
	if f.CreatedAt == 0 {
		f.CreatedAt = f.UpdatedAt
	}
	f.Types = []string{"AWS Health/" + d.name("eventTypeCategory") + "/" + code}
	f.Severity, f.Techniques = healthSeverity(d.name("service"), code)
	f.SeverityOriginal = d.name("eventTypeCategory")
	f.Class, f.ClassUID = OtherClass, 2004
	if f.Severity != Info {
		f.Class = Detection
	}
	f.Status = StatusNew
	if d.str("statusCode") == "closed" {
		f.Status = StatusResolved
	}
	f.Active = isActive(f)
	readHealthText(d, f, code, page)
	readHealthEntities(d, g)
}

func readHealthText(d *node, f *Finding, code, page string) {
	text := ""
	d.each("eventDescription", 8, func(e *node) {
		latest := e.prose("latestDescription", maxDescription)
		if text == "" || strings.HasPrefix(e.str("language"), "en") {
			text = firstOf(latest, text)
		}
	})
	f.Description = strings.ReplaceAll(text, `\n`, "\n")
	words := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(code, "AWS_"), "_", " "))
	f.Title = "AWS Health: " + words
	if pages := literal(d, "totalPages"); pages != "" && pages != "1" {
		f.Title += " (page " + page + " of " + pages + ")"
	}
	f.Title = clean(f.Title, maxTitle, false)
}

func readHealthEntities(d *node, g *gather) {
	d.each("affectedEntities", maxList, func(e *node) {
		value := e.name("entityValue")
		g.value(value, RoleResource, ioc.AWSKeyID)
		uid := value
		if strings.HasPrefix(value, "i-") && strings.Contains(g.f.Region, "-") {
			uid = clean("arn:"+g.f.Partition+":ec2:"+g.f.Region+":"+g.f.Account+":instance/"+value, maxID, false)
		}
		g.resource(Resource{Type: entityType(value), UID: uid, Tags: e.pairs("tags"), Account: g.f.Account, Region: g.f.Region})
	})
	if len(g.f.Resources) == 0 {
		g.resource(accountResource(g.f))
	}
}

func entityType(value string) string {
	switch {
	case strings.HasPrefix(value, "i-"):
		return "AwsEc2Instance"
	case strings.HasPrefix(value, "AKIA"), strings.HasPrefix(value, "ASIA"):
		return "AwsIamAccessKey"
	case strings.HasPrefix(value, "arn:"):
		return "Other"
	case isAccount(value):
		return "AwsAccount"
	}
	return "Other"
}

// healthSeverity is ours: Health sorts its events into categories (issue,
// accountNotification, scheduledChange, investigation) and none of them says how
// bad it is. What the services RISK and ABUSE report is about security: keys
// that leaked are critical, an account that attacks others is high, a complaint
// about content medium. Everything else is the working of AWS itself.
func healthSeverity(service, code string) (Severity, []string) {
	is := func(list ...string) bool {
		for _, s := range list {
			if strings.Contains(code, s) {
				return true
			}
		}
		return false
	}
	switch {
	case service == "RISK" || strings.HasPrefix(code, "AWS_RISK_"):
		if is("CREDENTIAL", "COMPROMISE", "QUARANTINE", "EXPOS") {
			return Critical, []string{"T1078.004", "T1552.001"}
		}
		return High, nil
	case service == "ABUSE" || strings.HasPrefix(code, "AWS_ABUSE_"):
		switch {
		case is("COPYRIGHT", "DMCA", "TRADEMARK", "CONTENT"):
			return Medium, nil
		case is("DOS_"):
			return High, []string{"T1498"}
		case is("SCAN", "INTRUSION"):
			return High, []string{"T1046"}
		case is("MINING"):
			return High, []string{"T1496"}
		}
		return High, nil
	case service == "SECURITY" || strings.Contains(code, "_SECURITY_"):
		return Medium, nil
	}
	return Info, nil
}
