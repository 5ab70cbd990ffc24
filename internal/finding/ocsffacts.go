package finding

import (
	"strings"

	"tocsin/internal/ioc"
)

// readOCSFResources reads resources, and resource as class 2002 once had it.
func readOCSFResources(n *node, g *gather) {
	read := func(r *node) {
		g.resource(Resource{
			Type: asffType(r.name("type")), UID: clean(r.str("uid"), maxID, false), Name: r.name("name"),
			Account: r.child("owner").child("account").name("uid"),
			Region:  r.name("region"), Partition: r.name("cloud_partition"), Tags: ocsfTags(r),
		})
		g.ownIP(r.str("ip"))
	}
	n.each("resources", maxList, read)
	if one := n.child("resource"); one != nil {
		read(one)
	}
	for _, thing := range [...]struct{ key, typ string }{
		{"databucket", "Databucket"}, {"database", "Database"}, {"application", "Application"}, {"device", "Device"},
	} {
		if len(g.f.Resources) > 0 {
			return
		}
		readOCSFThing(n.child(thing.key), thing.typ, g)
	}
}

// readOCSFThing reads what some classes name in place of resources.
func readOCSFThing(t *node, typ string, g *gather) {
	if t == nil {
		return
	}
	g.resource(Resource{
		Type: firstOf(t.name("type"), typ), UID: clean(t.str("uid"), maxID, false), Name: firstOf(t.name("name"), t.name("hostname")),
		Region: t.name("region"), Tags: ocsfTags(t),
	})
	g.ownIP(t.str("ip"))
	g.mine(t.str("hostname"))
}

// weaknessAdvice says which versions mend what a scanner found.
func weaknessAdvice(n *node) string {
	var lines []string
	n.each("vulnerabilities", maxList, func(v *node) {
		if text := v.child("remediation").name("desc"); text != "" {
			lines = append(lines, text)
		}
		v.each("affected_packages", maxList, func(p *node) {
			if fixed := p.name("fixed_in_version"); fixed != "" {
				lines = append(lines, strings.TrimSpace(p.name("name")+" "+p.name("version"))+": fixed in "+fixed)
			}
		})
	})
	return clean(strings.Join(lines, "\n"), maxDescription, true)
}

// ocsfTags reads tags [{name, value}], else labels "name=value" or "name:value".
func ocsfTags(r *node) map[string]string {
	if tags := tagList(r, "tags", "name"); tags != nil {
		return tags
	}
	var out map[string]string
	for _, label := range r.names("labels", maxList) {
		i := strings.IndexAny(label, "=:")
		if i <= 0 {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[strings.TrimSpace(label[:i])] = strings.TrimSpace(label[i+1:])
	}
	return out
}

// readOCSFFacts reads evidence, actors, techniques, weaknesses and observables.
func readOCSFFacts(n, info *node, g *gather) {
	readOCSFActor(n.child("actor"), g)
	readOCSFEvidence(n, g)
	n.each("evidences", maxIndicators, func(e *node) { readOCSFEvidence(e, g) })
	attacks := func(holder *node) {
		holder.each("attacks", maxList, func(a *node) {
			technique, sub := a.child("technique").str("uid"), a.child("sub_technique").str("uid")
			g.techniques(firstOf(sub, technique))
		})
	}
	attacks(n)
	attacks(info)
	n.each("finding_info_list", maxList, attacks) // an incident is made of findings
	for _, t := range g.f.Types {
		g.techniques(t)
	}
	n.each("vulnerabilities", maxList, func(v *node) {
		g.value(firstOf(v.child("cve").str("uid"), v.child("advisory").str("uid")), RoleResource, ioc.CVE)
	})
	if g.f.ClassUID == accessClass {
		readOCSFActor(n, g) // whose rights were looked at
	}
	n.each("observables", maxIndicators, func(o *node) { readObservable(o, g) })
	n.each("malware", maxList, func(m *node) {
		m.each("files", maxList, func(f *node) { readHashes(f, g, RoleIntel) })
	})
}

// readOCSFEvidence reads one piece of evidence; profiles put the same names at
// the top of the finding.
func readOCSFEvidence(e *node, g *gather) {
	connection := e.child("connection_info")
	way := direction(connection.str("direction"))
	if id, ok := connection.whole("direction_id"); ok && (id == 1 || id == 2) {
		way = [...]string{1: "inbound", 2: "outbound"}[id]
	}
	source, target := ocsfRemote(e.child("src_endpoint"), way), ocsfRemote(e.child("dst_endpoint"), way)
	switch {
	case way == "inbound":
		g.remote(source)
		g.ownIP(target.IP)
	case way == "outbound", g.isOwn(source.IP), isPublic(target.IP) && !isPublic(source.IP):
		g.remote(target)
		g.ownIP(source.IP)
	default:
		g.remote(source)
	}
	readOCSFActor(e.child("actor"), g)
	api := e.child("api")
	if operation := api.name("operation"); operation != "" {
		g.f.Action = firstOf(g.f.Action, strings.TrimSpace(api.child("service").name("name")+" "+operation))
	}
	g.host(e.child("query").str("hostname"), RoleRemote)
	g.value(e.child("url").str("url_string"), RoleRemote, ioc.URL)
	readHashes(e.child("file"), g, RoleResource)
	readHashes(e.child("process").child("file"), g, RoleResource)
}

func ocsfRemote(e *node, way string) Remote {
	place, network := e.child("location"), e.child("autonomous_system")
	return Remote{
		IP: e.name("ip"), Port: port(e, "port"), Domain: firstOf(e.name("domain"), e.name("hostname")),
		Country: place.name("country"), City: place.name("city"),
		ASN: literal(network, "number"), Org: network.name("name"), Direction: way,
	}
}

func readOCSFActor(a *node, g *gather) {
	user := a.child("user")
	g.f.Principal = firstOf(g.f.Principal, user.name("name"), user.name("uid"), user.name("credential_uid"))
	g.value(user.str("credential_uid"), RoleActor, ioc.AWSKeyID)
	g.foreignAccount(user.child("account").str("uid"), RoleActor)
	readHashes(a.child("process").child("file"), g, RoleResource)
}

func readHashes(file *node, g *gather, role string) {
	file.each("hashes", maxList, func(h *node) { g.hash(h.str("value"), role) })
}

// readObservable reads the kinds whose value can be another party's: address
// (2), e-mail (5), URL (6) and hash (8). Host and user names are mostly ours.
func readObservable(o *node, g *gather) {
	kind, _ := o.whole("type_id")
	if _, isText := o.m["value"].(string); !isText {
		return
	}
	value := o.str("value")
	switch kind {
	case 2:
		if _, ours := g.own[value]; !ours {
			g.ip(value, RoleResource)
		}
	case 5:
		g.value(value, RoleResource, ioc.Email)
	case 6:
		g.value(value, RoleResource, ioc.URL)
	case 8:
		g.hash(value, RoleResource)
	}
}
