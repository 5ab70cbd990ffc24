package finding

import (
	"net/netip"
	"strings"

	"tocsin/internal/ioc"
)

// readGuardDuty reads a finding as GuardDuty itself publishes it (schema 2.0).
// Product and generator are written as Security Hub writes them for its copy of
// the same finding, whose Id is this arn.
func readGuardDuty(n *node, g *gather) {
	f := g.f
	if v := n.require("schemaVersion"); v != "" && !strings.HasPrefix(v, "2.") {
		n.fail("schemaVersion", "must be 2.0, is %q", clean(v, 40, false))
	}
	id := n.id("id")
	n.checkID("arn", n.str("arn"))
	f.UID = clean(firstOf(n.str("arn"), id), maxID, false)
	f.Account = n.account("accountId")
	f.Region = clean(n.id("region"), maxName, false)
	f.Partition = firstOf(n.name("partition"), arnPart(f.UID, 1), "aws")
	f.Types = []string{clean(n.id("type"), maxName, false)}
	f.CreatedAt = n.requireWhen("createdAt")
	f.UpdatedAt = n.requireWhen("updatedAt")
	f.Title = clean(n.require("title"), maxTitle, false)
	f.Description = n.prose("description", maxDescription)
	f.Severity, f.SeverityOriginal = readGuardDutySeverity(n)
	f.Class, f.ClassUID = Detection, 2004
	f.Product, f.Vendor = "GuardDuty", "Amazon"
	f.ProductUID = "arn:" + f.Partition + ":securityhub:" + f.Region + "::product/aws/guardduty"
	f.Identity = identity(FormatGuardDuty, f.Account, f.Region, id)

	if !n.has("resource") {
		n.missing("resource")
	}
	readGuardDutyResources(n.child("resource"), g)
	readGuardDutyService(n.child("service"), g)
	if kind := n.child("resource").name("resourceType"); len(f.Resources) == 0 {
		g.resource(Resource{Type: kind, Name: kind}) // a kind that we do not know yet
	}
	f.Active = isActive(f)
}

func readGuardDutyService(s *node, g *gather) {
	f := g.f
	f.Status = StatusNew
	if s.boolean("archived") {
		f.Status = StatusArchived
	}
	if detector := s.name("detectorId"); detector != "" {
		f.Generator = "arn:" + f.Partition + ":guardduty:" + f.Region + ":" + f.Account + ":detector/" + detector
	}
	f.FirstSeen, f.LastSeen = s.when("eventFirstSeen"), s.when("eventLastSeen")
	f.Count, _ = s.whole("count")
	f.Sample = isSample(s.child("additionalInfo"))
	readGuardDutyAction(s.child("action"), g)
	readGuardDutyEvidence(s, g)
	readGuardDutySequence(s.child("detection").child("sequence"), g)
}

// isSample accepts the flag as GuardDuty has written it over the years.
func isSample(info *node) bool {
	if info == nil {
		return false
	}
	v := info.m["sample"]
	return v == true || v == "true"
}

func readGuardDutyAction(a *node, g *gather) {
	network, call, dns := a.child("networkConnectionAction"), a.child("awsApiCallAction"), a.child("dnsRequestAction")
	cluster, login := a.child("kubernetesApiCallAction"), a.child("rdsLoginAttemptAction")
	what := firstOf(call.name("api"), network.name("protocol"), dns.name("domain"), verb(cluster))
	g.f.Action = strings.TrimSpace(a.name("actionType") + " " + what)

	way := direction(network.str("connectionDirection"))
	g.remote(guardDutyRemote(network, "remoteIpDetails", way, port(network.child("remotePortDetails"), "port")))
	local := network.child("localIpDetails")
	g.ownIP(local.str("ipAddressV4"))
	g.ownIP(local.str("ipAddressV6"))
	r := guardDutyRemote(call, "remoteIpDetails", "", 0)
	r.Domain = call.child("domainDetails").name("domain")
	g.remote(r)
	if other := call.child("remoteAccountDetails"); !other.boolean("affiliated") {
		g.foreignAccount(other.str("accountId"), RoleRemote)
	}
	g.remote(Remote{Domain: firstOf(dns.name("domain"), dns.name("domainWithSuffix"))})
	a.child("portProbeAction").each("portProbeDetails", maxIndicators, func(p *node) {
		g.ownIP(p.child("localIpDetails").str("ipAddressV4"))
		g.remote(guardDutyRemote(p, "remoteIpDetails", "inbound", 0))
	})
	g.remote(guardDutyRemote(cluster, "remoteIpDetails", "", 0))
	g.remote(guardDutyRemote(login, "remoteIpDetails", "", 0))
}

func verb(cluster *node) string {
	return strings.TrimSpace(cluster.name("verb") + " " + cluster.name("requestUri"))
}

func guardDutyRemote(n *node, key, way string, number int) Remote {
	d := n.child(key)
	org, country := d.child("organization"), d.child("country")
	return Remote{
		IP: firstOf(d.name("ipAddressV4"), d.name("ipAddressV6")), Port: number, Direction: way,
		Country: firstOf(country.name("countryName"), country.name("countryCode")), City: d.child("city").name("cityName"),
		ASN: literal(org, "asn"), Org: firstOf(org.name("org"), org.name("asnOrg")),
	}
}

// readGuardDutyEvidence reads hashes: of files that intelligence names, of
// scanned files and of processes seen running.
func readGuardDutyEvidence(s *node, g *gather) {
	s.child("evidence").each("threatIntelligenceDetails", maxList, func(t *node) {
		g.hash(t.str("threatFileSha256"), RoleIntel)
	})
	runtime := s.child("runtimeDetails")
	g.hash(runtime.child("process").str("executableSha256"), RoleResource)
	g.hash(runtime.child("context").str("moduleSha256"), RoleResource)
	s.child("ebsVolumeScanDetails").child("scanDetections").child("threatDetectedByName").each("threatNames", maxList, func(t *node) {
		t.each("filePaths", maxList, func(p *node) { g.hash(p.str("hash"), RoleResource) })
	})
	s.child("malwareScanDetails").each("threats", maxList, func(t *node) {
		g.hash(t.str("hash"), RoleResource)
		t.each("itemPaths", maxList, func(p *node) { g.hash(p.str("hash"), RoleResource) })
		t.each("itemDetails", maxList, func(p *node) { g.hash(p.str("hash"), RoleResource) })
	})
}

// readGuardDutySequence reads an attack sequence: its actors, the other ends,
// the resources and the techniques it names.
func readGuardDutySequence(s *node, g *gather) {
	s.each("actors", maxIndicators, func(a *node) {
		user := a.child("user")
		g.f.Principal = firstOf(g.f.Principal, user.name("name"), user.name("uid"))
		g.value(user.str("credentialUid"), RoleActor, ioc.AWSKeyID)
		g.foreignAccount(user.child("account").str("uid"), RoleActor)
		g.hash(a.child("process").str("sha256"), RoleResource)
	})
	s.each("endpoints", maxIndicators, func(e *node) {
		place, network := e.child("location"), e.child("autonomousSystem")
		g.remote(Remote{
			IP: e.name("ip"), Domain: e.name("domain"), Port: port(e, "port"),
			Country: place.name("country"), City: place.name("city"),
			ASN: literal(network, "number"), Org: network.name("name"),
			Direction: direction(e.child("connection").str("direction")),
		})
	})
	s.each("resources", maxList, func(r *node) {
		g.resource(Resource{
			Type: r.name("resourceType"), UID: r.name("uid"), Name: r.name("name"), Account: r.name("accountId"),
			Region: r.name("region"), Partition: r.name("cloudPartition"), Tags: tagList(r, "tags", "key"),
		})
	})
	s.each("sequenceIndicators", maxIndicators, func(i *node) {
		if i.str("key") == "ATTACK_TECHNIQUE" {
			for _, v := range i.names("values", maxList) {
				g.techniques(v)
			}
		}
	})
}

// isPublic reports whether a text is a public address.
func isPublic(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && ioc.IsPublicIP(addr)
}

// tagList reads [{key, value}], with the name of the key as the format has it.
func tagList(n *node, list, key string) map[string]string {
	var out map[string]string
	n.each(list, maxList, func(t *node) {
		if out == nil {
			out = map[string]string{}
		}
		out[clean(t.str(key), 128, false)] = t.name("value")
	})
	return out
}
