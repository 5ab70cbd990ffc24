package finding

import (
	"strconv"
	"strings"

	"tocsin/internal/ioc"
)

// readASFFFacts reads who was on the other end, what was done and what the
// detector's intelligence names.
func readASFFFacts(n *node, g *gather, product *node) {
	if action := n.child("Action"); action != nil {
		readASFFAction(action, g)
	} else {
		readFlatAction(product, g)
	}
	readASFFNetwork(n.child("Network"), g)
	n.each("ThreatIntelIndicators", maxIndicators, func(t *node) {
		g.value(t.str("Value"), RoleIntel, ioc.IPv4, ioc.IPv6, ioc.Domain, ioc.Onion, ioc.URL, ioc.Email,
			ioc.MD5, ioc.SHA1, ioc.SHA256, ioc.SHA512)
	})
	n.each("Threats", maxList, func(t *node) {
		t.each("FilePaths", maxList, func(p *node) { g.hash(p.str("Hash"), RoleResource) })
	})
	n.each("Vulnerabilities", maxList, func(v *node) { g.value(v.str("Id"), RoleResource, ioc.CVE) })
	readASFFSequence(n.child("Detection").child("Sequence"), g)
	for _, t := range g.f.Types {
		g.techniques(t)
	}
}

// readASFFAction reads the Action object, whose type names the member to read.
func readASFFAction(a *node, g *gather) {
	kind := a.name("ActionType")
	network, call := a.child("NetworkConnectionAction"), a.child("AwsApiCallAction")
	dns, probe := a.child("DnsRequestAction"), a.child("PortProbeAction")
	what := firstOf(call.name("Api"), network.name("Protocol"), dns.name("Domain"))
	g.f.Action = strings.TrimSpace(kind + " " + what)

	r := asffRemote(network.child("RemoteIpDetails"))
	r.Port = port(network.child("RemotePortDetails"), "Port")
	r.Direction = direction(network.str("ConnectionDirection"))
	g.remote(r)
	r = asffRemote(call.child("RemoteIpDetails"))
	r.Domain = call.child("DomainDetails").name("Domain")
	g.remote(r)
	g.remote(Remote{Domain: dns.name("Domain")})
	probe.each("PortProbeDetails", maxIndicators, func(p *node) {
		r := asffRemote(p.child("RemoteIpDetails"))
		r.Direction = "inbound"
		g.remote(r)
		g.ownIP(p.child("LocalIpDetails").str("IpAddressV4"))
	})
}

func asffRemote(d *node) Remote {
	org, country := d.child("Organization"), d.child("Country")
	return Remote{
		IP: d.name("IpAddressV4"), Country: firstOf(country.name("CountryName"), country.name("CountryCode")),
		City: d.child("City").name("CityName"), ASN: literal(org, "Asn"), Org: firstOf(org.name("Org"), org.name("AsnOrg")),
	}
}

// literal returns a number or a text under key as text: AS numbers and
// severities come as either, and neither is ever an id.
func literal(n *node, key string) string {
	if n == nil {
		return ""
	}
	if v, ok := n.m[key].(interface{ String() string }); ok {
		return clean(v.String(), 40, false)
	}
	return n.name(key)
}

// port returns a port number, 0 when absent or impossible.
func port(n *node, key string) int {
	if v, ok := n.whole(key); ok && v > 0 && v < 1<<16 {
		return int(v)
	}
	return 0
}

func direction(s string) string {
	switch strings.ToUpper(s) {
	case "INBOUND", "IN":
		return "inbound"
	case "OUTBOUND", "OUT":
		return "outbound"
	}
	return ""
}

// readASFFNetwork reads the older Network object: the remote end is the source
// of what comes in and the destination of what goes out.
func readASFFNetwork(n *node, g *gather) {
	if n == nil {
		return
	}
	way := direction(n.str("Direction"))
	source := Remote{
		IP: firstOf(n.name("SourceIpV4"), n.name("SourceIpV6")), Domain: n.name("SourceDomain"),
		Port: port(n, "SourcePort"), Direction: way,
	}
	target := Remote{
		IP: firstOf(n.name("DestinationIpV4"), n.name("DestinationIpV6")), Domain: n.name("DestinationDomain"),
		Port: port(n, "DestinationPort"), Direction: way,
	}
	switch {
	case way == "inbound":
		g.remote(source)
	case way == "outbound", isPublic(target.IP) && !isPublic(source.IP):
		g.remote(target)
	default:
		g.remote(source)
	}
}

const flatPrefix = "aws/guardduty/service/action/"

// readFlatAction reads the action as GuardDuty writes it into ProductFields, one
// name for each leaf: …/action/portProbeAction/portProbeDetails.0_/remoteIp….
func readFlatAction(product *node, g *gather) {
	kind := product.name(flatPrefix + "actionType")
	if kind == "" {
		return
	}
	what := firstOf(product.name(flatPrefix+"awsApiCallAction/api"),
		product.name(flatPrefix+"networkConnectionAction/protocol"), product.name(flatPrefix+"dnsRequestAction/domain"))
	g.f.Action = strings.TrimSpace(kind + " " + what)
	g.remote(Remote{Domain: product.name(flatPrefix + "dnsRequestAction/domain")})
	for _, key := range sortedKeys(product.m) {
		base, ok := strings.CutSuffix(key, "/remoteIpDetails/ipAddressV4")
		if !ok || !strings.HasPrefix(key, flatPrefix) {
			continue
		}
		details := base + "/remoteIpDetails/"
		number, _ := strconv.ParseUint(product.name(base+"/remotePortDetails/port"), 10, 16)
		g.remote(Remote{
			IP: product.name(key), Port: int(number),
			Country: product.name(details + "country/countryName"), City: product.name(details + "city/cityName"),
			ASN: product.name(details + "organization/asn"), Org: firstOf(product.name(details+"organization/org"), product.name(details+"organization/asnOrg")),
			Direction: direction(product.name(base + "/connectionDirection")),
		})
	}
}

// readASFFSequence reads a GuardDuty attack sequence in its ASFF form.
func readASFFSequence(s *node, g *gather) {
	s.each("Actors", maxIndicators, func(a *node) {
		user := a.child("User")
		g.f.Principal = firstOf(g.f.Principal, user.name("Name"), user.name("Uid"))
		g.value(user.str("CredentialUid"), RoleActor, ioc.AWSKeyID)
		g.foreignAccount(user.child("Account").str("Uid"), RoleActor)
	})
	s.each("Endpoints", maxIndicators, func(e *node) {
		place, network := e.child("Location"), e.child("AutonomousSystem")
		g.remote(Remote{
			IP: e.name("Ip"), Domain: e.name("Domain"), Port: port(e, "Port"),
			Country: place.name("Country"), City: place.name("City"),
			ASN: literal(network, "Number"), Org: network.name("Name"),
			Direction: direction(e.child("Connection").str("Direction")),
		})
	})
	s.each("SequenceIndicators", maxIndicators, func(i *node) {
		if i.str("Key") != "ATTACK_TECHNIQUE" {
			return
		}
		for _, v := range i.names("Values", maxList) {
			g.techniques(v)
		}
	})
}
