package finding

import (
	"net/netip"
	"slices"
	"strings"

	"tocsin/internal/ioc"
)

// maxIndicators is how many indicators one finding keeps. An attack sequence
// names hundreds; a port scan names a party for each port.
const maxIndicators = 1000

// gather collects what may stand many times in a finding, once each.
type gather struct {
	f    *Finding
	seen map[Indicator]struct{} // with an empty role
	own  map[string]struct{}    // addresses and ARNs that are ours
	// quiet: the prose is ours, made of what the fields say, so nothing is read
	// out of it.
	quiet bool
}

// mine notes something that belongs to us, so that the text does not make an
// indicator of it.
func (g *gather) mine(value string) {
	if value == "" {
		return
	}
	if g.own == nil {
		g.own = make(map[string]struct{}, 8)
	}
	g.own[value] = struct{}{}
}

// add keeps an indicator the first time it is named: structured fields come
// before the text, so the role is the best one.
func (g *gather) add(typ ioc.Type, value, role string) {
	key := Indicator{Type: string(typ), Value: value}
	if _, twice := g.seen[key]; twice || value == "" || len(value) > maxID {
		return
	}
	if g.seen == nil {
		g.seen = make(map[Indicator]struct{}, 8)
	}
	g.seen[key] = struct{}{}
	if g.f.IndicatorCount++; g.f.IndicatorCount <= maxIndicators {
		g.f.Indicators = append(g.f.Indicators, Indicator{Type: string(typ), Value: value, Role: role})
	}
}

// ip keeps a public address. A private one is a fact, not an indicator.
func (g *gather) ip(value, role string) {
	addr, err := netip.ParseAddr(value)
	if err != nil || !ioc.IsPublicIP(addr) {
		return
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		g.add(ioc.IPv4, addr.String(), role)
	} else {
		g.add(ioc.IPv6, addr.String(), role)
	}
}

// ownIP notes an address of our resource.
func (g *gather) ownIP(value string) {
	if addr, err := netip.ParseAddr(value); err == nil {
		g.mine(addr.Unmap().WithZone("").String())
	}
}

// isOwn reports whether an address belongs to a resource of ours.
func (g *gather) isOwn(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	_, ours := g.own[addr.Unmap().WithZone("").String()]
	return ours
}

// value keeps a value whose field says what it is, if it is one of the types.
func (g *gather) value(value, role string, types ...ioc.Type) {
	typ, canonical, ok := ioc.Canonical(value)
	switch {
	case !ok || !slices.Contains(types, typ):
	case typ == ioc.IPv4 || typ == ioc.IPv6:
		g.ip(canonical, role)
	default:
		g.add(typ, canonical, role)
	}
}

func (g *gather) host(value, role string) {
	g.value(value, role, ioc.Domain, ioc.Onion, ioc.IPv4, ioc.IPv6)
}

func (g *gather) hash(value, role string) {
	g.value(value, role, ioc.MD5, ioc.SHA1, ioc.SHA256, ioc.SHA512)
}

// foreignAccount keeps an account that is not the one the finding is about.
func (g *gather) foreignAccount(id, role string) {
	if isAccount(id) && id != g.f.Account {
		g.add(ioc.AWSAccount, id, role)
	}
}

// remote keeps the other end of something, with its indicators.
func (g *gather) remote(r Remote) {
	if r.IP == "" && r.Domain == "" {
		return
	}
	g.ip(r.IP, RoleRemote)
	if r.Domain != "" {
		g.host(r.Domain, RoleRemote)
	}
	if len(g.f.Remotes) < maxList && !slices.Contains(g.f.Remotes, r) {
		g.f.Remotes = append(g.f.Remotes, r)
	}
}

// resource keeps something of ours.
func (g *gather) resource(r Resource) {
	if r.UID == "" && r.Name == "" {
		return
	}
	r.Account = firstOf(r.Account, accountOf(r.UID), g.f.Account)
	r.Region = firstOf(r.Region, arnPart(r.UID, 3), g.f.Region)
	r.Partition = firstOf(r.Partition, arnPart(r.UID, 1), g.f.Partition)
	r.Name = firstOf(r.Name, r.Tags["Name"], lastName(r.UID))
	g.mine(r.UID)
	if len(g.f.Resources) < maxList {
		g.f.Resources = append(g.f.Resources, r)
	}
}

func accountOf(arn string) string {
	if id := arnPart(arn, 4); isAccount(id) {
		return id
	}
	return ""
}

// techniques keeps the ATT&CK ids that stand in a text.
func (g *gather) techniques(s string) {
	for i := 0; i+5 <= len(s); i++ {
		if s[i] != 'T' || i > 0 && isWordByte(s[i-1]) {
			continue
		}
		end := i + 1
		for end < len(s) && (isWordByte(s[end]) || s[end] == '.') {
			end++
		}
		id := strings.TrimRight(s[i:end], ".")
		if typ, ok := ioc.Classify(id); ok && typ == ioc.Technique {
			g.technique(id)
		}
		i = end - 1
	}
}

func (g *gather) technique(id string) {
	if len(g.f.Techniques) < maxList && !slices.Contains(g.f.Techniques, id) {
		g.f.Techniques = append(g.f.Techniques, id)
	}
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// finish reads the title and the description and makes every list a list.
func (g *gather) finish() {
	f := g.f
	if len(f.Resources) > 0 {
		first := f.Resources[0]
		f.Account = firstOf(f.Account, first.Account)
		f.Region, f.Partition = firstOf(f.Region, first.Region), firstOf(f.Partition, first.Partition)
	}
	if !g.quiet {
		for _, m := range ioc.Extract(f.Title+"\n"+f.Description, maxIndicators) {
			g.text(m)
		}
	}
	slices.Sort(f.Techniques)
	f.Types = orEmpty(f.Types)
	f.Resources = orEmpty(f.Resources)
	f.Remotes = orEmpty(f.Remotes)
	f.Indicators = orEmpty(f.Indicators)
	f.Techniques = orEmpty(f.Techniques)
}

// text keeps what the prose names, unless it is ours, the provider's, or only
// looks like an indicator.
func (g *gather) text(m ioc.Match) {
	switch {
	case m.Type == ioc.Technique:
		g.technique(m.Value)
		return
	case m.Type == ioc.IPv4 && g.f.Class == Vulnerability:
		return // a version number: prose about weaknesses is full of them
	}
	for _, guard := range m.Guards {
		if guard != ioc.GuardDocumentation && guard != ioc.GuardIDN && guard != ioc.GuardNoScheme && guard != ioc.GuardExample {
			return
		}
	}
	if _, ours := g.own[m.Value]; ours || m.Type == ioc.CIDR || g.ownARN(m) || g.ourURL(m) {
		return
	}
	g.add(m.Type, m.Value, RoleText)
}

// ownARN reports whether an ARN or account is ours or the provider's: it names
// our account, or no account at all.
func (g *gather) ownARN(m ioc.Match) bool {
	switch m.Type {
	case ioc.AWSAccount:
		return m.Value == g.f.Account
	case ioc.ARN:
		account := accountOf(m.Value)
		return account == "" || account == g.f.Account
	}
	return false
}

// ourURL reports whether a URL leads to the provider's documentation.
func (g *gather) ourURL(m ioc.Match) bool {
	if m.Type != ioc.URL {
		return false
	}
	_, rest, _ := strings.Cut(m.Value, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.HasSuffix(host, ".amazon.com") || strings.HasSuffix(host, ".aws.dev")
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
