package egress

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tocsin/internal/fault"
)

// refusal is a range that is closed unless an allowed prefix names the
// address, with the words that say what it is.
type refusal struct {
	prefix netip.Prefix
	what   string
}

// refusals lists every range that is not plain public unicast, narrowest
// meaning first. Source: the IANA IPv4 and IPv6 Special-Purpose Address
// Registries (RFC 6890 and its updates), and the addresses at which clouds
// answer with credentials.
func refusals() []refusal {
	var list []refusal
	add := func(what string, prefixes ...string) {
		for _, p := range prefixes {
			list = append(list, refusal{netip.MustParsePrefix(p), what})
		}
	}
	add("a cloud metadata address", "169.254.169.254/32", "fd00:ec2::254/128", "169.254.170.2/32",
		"169.254.170.23/32", "fd00:ec2::23/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")
	add("the unspecified address", "0.0.0.0/32", "::/128")
	add("a loopback address", "127.0.0.0/8", "::1/128")
	add("a link-local address", "169.254.0.0/16", "fe80::/10")
	add("a private address", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
	add("a shared (CGNAT) address", "100.64.0.0/10")
	add("a unique local (private) address", "fc00::/7")
	add("a site-local (private) address", "fec0::/10")
	add("a multicast address", "224.0.0.0/4", "ff00::/8")
	add("an address of this network", "0.0.0.0/8")
	add("a documentation address", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
	add("a benchmarking address", "198.18.0.0/15")
	add("a 6to4 address", "192.88.99.0/24", "2002::/16")
	add("a NAT64 address", "64:ff9b::/96", "64:ff9b:1::/48")
	add("a Teredo address", "2001::/32")
	add("an IPv4-compatible address", "::/96")
	add("a reserved address", "192.0.0.0/24", "240.0.0.0/4", "2001::/23", "::/3", "4000::/2", "8000::/1")
	return list
}

// allowed tells whether a prefix of the list names the address.
func allowed(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// judge returns nil for an address that may be dialled. The order matters: the
// carrier has to be permitted before the address inside it is looked at, and
// permitting the carrier never permits what it carries.
func (g *Guard) judge(a netip.Addr) error {
	if a.Zone() != "" {
		return refused("address %s carries a zone id, which is never dialled", a)
	}
	a = a.Unmap()
	if what := g.refuses(a); what != "" {
		return refused("address %s is %s: to allow it, add %s to TOCSIN_EGRESS_ALLOW or to the connection's allowed addresses",
			a, what, netip.PrefixFrom(a, a.BitLen())).WithExtra("address", a.String())
	}
	if inner, ok := carried(a); ok {
		if err := g.judge(inner); err != nil {
			return refused("address %s carries another: %s", a, err.Error()).WithExtra("address", a.String())
		}
	}
	return nil
}

func (g *Guard) refuses(a netip.Addr) string {
	for _, r := range g.refused {
		if r.prefix.Contains(a) {
			if allowed(g.allow, a) {
				return ""
			}
			return r.what
		}
	}
	return ""
}

// carried returns the IPv4 address that a gateway would take out of a: the
// last four bytes for NAT64 (RFC 6052), bytes two to five for 6to4 (RFC 3056).
func carried(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() {
		return netip.Addr{}, false
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}

func refused(format string, args ...any) *fault.Error {
	return fault.New(fault.Denied, format, args...).WithSlug("egress-refused")
}

// ParseAllow reads a comma-separated list of CIDR prefixes and single
// addresses, the form of TOCSIN_EGRESS_ALLOW. Empty parts are skipped. A
// prefix with host bits set (10.0.0.5/8) is fault.Invalid, because it is
// either far wider or far narrower than its writer thinks.
func ParseAllow(csv string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for part := range strings.SplitSeq(csv, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := parsePrefix(part)
		if err != nil {
			return nil, fault.New(fault.Invalid, "allowed addresses: %s", err).Because(err)
		}
		list = append(list, p)
	}
	return list, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" || a.Is4In6() {
			return netip.Prefix{}, fmt.Errorf("%.60q is not an address or a CIDR prefix", text)
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%.60q is not an address or a CIDR prefix", text)
	case p.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%s is an IPv4 prefix in IPv6 clothing: write it as IPv4", p)
	case p != p.Masked():
		return netip.Prefix{}, fmt.Errorf("%s names one address and a range at once: write %s, or %s alone", p, p.Masked(), p.Addr())
	}
	return p, nil
}
