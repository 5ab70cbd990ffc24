package finding

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tocsin/internal/ioc"
)

// FormatCustom is what a mapping makes of things that have no format that is
// known: Tocsin's own. The converted form stands beside the bytes it was made
// of, so that it is read again without the mapping, which may have been changed
// or removed since:
//
//	{"tocsin_finding": 1, "from": "<connection>", "finding": {…}, "original": …}
//
// What is news about a custom finding is what its mapping takes; original is
// kept as it came and is not compared.
const FormatCustom = "custom"

const (
	customMark    = "tocsin_finding"
	customVersion = "1"
)

// envelope writes a converted item beside its original, which is JSON.
func envelope(form map[string]any, from string, original []byte) []byte {
	b := make([]byte, 0, len(original)+1024)
	b = append(b, `{"`+customMark+`":`+customVersion+`,"from":`...)
	b = appendString(b, from)
	b = append(b, `,"finding":`...)
	b = appendCanonical(b, form)
	b = append(b, `,"original":`...)
	b = append(b, original...)
	return append(b, '}')
}

// customContent is what a custom finding says. That it was seen again is not
// news, as in the other formats.
func customContent(m map[string]any) map[string]any {
	form, ok := m["finding"].(map[string]any)
	if !ok {
		return m
	}
	return without(form, "last_seen")
}

// readCustom reads the converted form as strictly as a foreign one: it may have
// been written by anybody.
func readCustom(n *node, g *gather) {
	f := g.f
	if v := literal(n, customMark); v != customVersion {
		n.fail(customMark, "must be %s, is %q", customVersion, clean(v, 40, false))
	}
	from := n.str("from")
	n.checkID("from", from)
	c := n.child("finding")
	if c == nil {
		n.missing("finding")
		return
	}
	uid := c.id("uid")
	f.UID = clean(uid, maxID, false)
	f.Product, f.Vendor, f.Generator = c.name("product"), c.name("vendor"), c.name("generator")
	f.Identity = customIdentity(from, f.Product, uid)
	f.Title = clean(c.require("title"), maxTitle, false)
	f.Description = c.prose("description", maxDescription)
	f.Types = c.names("types", maxList)
	f.Control = c.name("control")
	f.Account, f.AccountName, f.Region = c.name("account"), c.name("account_name"), c.name("region")
	f.Principal, f.Action = c.name("principal"), c.name("action")
	f.Remediation = c.prose("remediation", maxDescription)
	f.RemediationURL, f.SourceURL = webURL(c.str("remediation_url")), webURL(c.str("source_url"))
	readCustomWords(c, f)
	f.CreatedAt, f.UpdatedAt = c.when("created_at"), c.when("updated_at")
	f.FirstSeen, f.LastSeen = c.when("first_seen"), c.when("last_seen")
	f.Count, _ = c.whole("count")
	readCustomFacts(c, g)
	f.Active = isActive(f)
}

// customIdentity keeps the findings of two connections apart whatever they call
// themselves, and those of files by their product.
func customIdentity(from, product, uid string) string {
	if strings.HasPrefix(from, tableMark) {
		return identity(FormatCustom+"-table", from, product, uid)
	}
	if from != "" {
		return identity(FormatCustom, from, uid)
	}
	return identity(FormatCustom+"-file", product, uid)
}

func readCustomWords(c *node, f *Finding) {
	f.Severity = Severity(c.oneOf("severity", ""))
	f.SeverityOriginal = firstOf(c.name("severity_original"), string(f.Severity))
	f.Status = c.oneOf("status", StatusNew)
	f.Result = c.oneOf("result", "-")
	if f.Result == "-" {
		f.Result = ""
	}
	f.Class = Class(c.oneOf("class", string(Detection)))
	f.ClassUID = map[Class]int{Detection: 2004, Compliance: 2003, Vulnerability: 2002, DataSecurity: 2006}[f.Class]
}

// oneOf reads a word of a field; without a fallback it has to be there.
func (n *node) oneOf(key, fallback string) string {
	if fallback == "" {
		n.require(key)
	}
	s := n.str(key)
	if s == "" {
		return fallback
	}
	if !slices.Contains(wordsOf(key), s) {
		n.fail(key, "%q is not a word for it", clean(s, 40, false))
	}
	return s
}

func readCustomFacts(c *node, g *gather) {
	g.resource(Resource{
		UID: clean(c.str("resource"), maxID, false), Name: c.name("resource_name"), Type: c.name("resource_type"),
	})
	for _, ip := range c.names("remote_ip", maxIndicators) {
		g.remote(Remote{IP: ip})
	}
	for _, domain := range c.names("remote_domain", maxIndicators) {
		g.remote(Remote{Domain: domain})
	}
	for i, v := range c.list("indicators", maxValues) {
		s, ok := v.(string)
		if !ok {
			c.wrongType("indicators"+indexPath(i), "text", v)
			return
		}
		g.named(s)
	}
	for _, t := range c.names("techniques", maxList) {
		g.techniques(t)
	}
}

// named keeps an indicator that the detector named, or those in a text that it
// wrote there. An address of our own is not one.
func (g *gather) named(s string) {
	typ, value, ok := ioc.Canonical(s)
	switch {
	case !ok:
		for _, m := range ioc.Extract(s, maxIndicators) {
			g.text(m)
		}
	case typ == ioc.IPv4 || typ == ioc.IPv6:
		g.ip(value, RoleIntel)
	case typ == ioc.Technique:
		g.technique(value)
	case typ == ioc.AWSAccount:
		g.foreignAccount(value, RoleIntel)
	case typ == ioc.CVE:
		g.add(typ, value, RoleResource)
	case typ != ioc.CIDR:
		g.add(typ, value, RoleIntel)
	}
}

// badID says why a text cannot be what makes a finding itself.
func badID(s string) string {
	if len(s) > maxID {
		return "is longer than the 2,048 bytes that an id may have"
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return "holds a control character or half a character, and is an id"
		}
	}
	return ""
}
