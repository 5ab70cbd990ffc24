package egress

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/fault"
)

// Config says what a Guard lets through beyond public addresses.
type Config struct {
	// Allow names addresses that may be dialled although their range is closed.
	Allow []netip.Prefix
	// Resolve turns a name into all its addresses; nil is the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Proxy, when set, is the one HTTP(S) proxy every HTTPClient uses. The
	// environment's proxy variables are never read.
	Proxy *url.URL
	// DialTimeout bounds one attempt at one address; 0 means 5 s.
	DialTimeout time.Duration
}

// Guard decides which addresses may be dialled. It is immutable and safe for
// concurrent use.
type Guard struct {
	allow   []netip.Prefix
	refused []refusal
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	proxy   *url.URL
	timeout time.Duration
}

// New makes a Guard. With a zero Config only public addresses pass.
func New(cfg Config) *Guard {
	g := &Guard{
		allow: slices.Clone(cfg.Allow), refused: refusals(), resolve: cfg.Resolve,
		proxy: cfg.Proxy, timeout: cmp.Or(cfg.DialTimeout, 5*time.Second),
	}
	if g.resolve == nil {
		g.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return g
}

// With returns a Guard that also allows the prefixes: one connection's own
// list on top of the installation's.
func (g *Guard) With(prefixes []netip.Prefix) *Guard {
	c := *g
	c.allow = slices.Concat(g.allow, prefixes)
	return &c
}

// DialContext connects to host:port over TCP, for use in http.Transport and
// wherever a net.Dialer would be. The host is resolved once, every address is
// judged before the first packet leaves, and one of the judged addresses is
// dialled. Errors: fault.Denied (slug egress-refused) for a refused address or
// a spelling that is not plain, fault.Unavailable when a name does not
// resolve, and the *net.OpError of the last attempt.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := split(network, address)
	if err != nil {
		return nil, err
	}
	addrs, err := g.vet(ctx, host)
	if err != nil {
		return nil, err
	}
	return g.dialFirst(ctx, network, addrs, port)
}

// dialFirst tries the addresses in the resolver's order. Each attempt has its
// own deadline, so that a dead first address does not use up the caller's.
func (g *Guard) dialFirst(ctx context.Context, network string, addrs []netip.Addr, port uint16) (net.Conn, error) {
	last := error(fault.New(fault.Unavailable, "no %s address to dial", network))
	for _, a := range addrs {
		if (network == "tcp4" && !a.Is4()) || (network == "tcp6" && !a.Is6()) {
			continue
		}
		conn, err := g.dialOne(ctx, netip.AddrPortFrom(a, port))
		if err == nil {
			return conn, nil
		}
		last = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

func (g *Guard) dialOne(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Timeout: g.timeout, KeepAlive: 30 * time.Second}
	return d.DialContext(ctx, "tcp", to.String())
}

// vet returns every address of the host, all of them permitted and none
// IPv4-mapped.
func (g *Guard) vet(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return g.vetLiteral(a)
	}
	if err := plainName(host); err != nil {
		return nil, err
	}
	addrs, err := g.resolve(ctx, host)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the name %q does not resolve", host).Because(err)
	}
	if len(addrs) == 0 {
		return nil, fault.New(fault.Unavailable, "the name %q has no address", host)
	}
	judged := make([]netip.Addr, 0, len(addrs))
	for _, a := range addrs {
		if err := g.judge(a); err != nil {
			return nil, refused("%q is not dialled: %s", host, err.Error()).WithExtra("address", a.Unmap().String())
		}
		judged = append(judged, a.Unmap())
	}
	return judged, nil
}

// vetLiteral refuses an IPv4-mapped spelling even of a public address: nobody
// writes one except to slip past a filter. An allowed prefix names it by its
// IPv4 form.
func (g *Guard) vetLiteral(a netip.Addr) ([]netip.Addr, error) {
	if a.Is4In6() && !allowed(g.allow, a.Unmap()) {
		return nil, refused("address %s is IPv4-mapped: write %s, and if its range is closed add %s/32 to TOCSIN_EGRESS_ALLOW or to the connection's allowed addresses",
			a, a.Unmap(), a.Unmap()).WithExtra("address", a.Unmap().String())
	}
	if err := g.judge(a); err != nil {
		return nil, err
	}
	return []netip.Addr{a.Unmap()}, nil
}

func split(network, address string) (string, uint16, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return "", 0, refused("network %.20q is not dialled: only tcp is", network)
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fault.New(fault.Invalid, "%.100q is not host:port", address).Because(err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return "", 0, fault.New(fault.Invalid, "%.20q is not a port between 1 and 65535", text)
	}
	return host, uint16(port), nil
}

// plainName refuses what some resolvers read as an address although it is not
// written as one (2130706433, 0x7f.1, 0177.0.0.1, 127.1, 127.0.0.1.), the
// empty name, which means this machine, and anything that is not a host name.
func plainName(host string) error {
	name := strings.TrimSuffix(host, ".")
	if name == "" || len(name) > 253 {
		return refused("%.60q is not a host name", host)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.IndexFunc(label, notInName) >= 0 {
			return refused("%.60q is not a host name", host)
		}
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; numeric(last) {
		return refused("%.60q is an address in an unusual spelling: write it as four decimal numbers", host)
	}
	return nil
}

func notInName(r rune) bool {
	letter := (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
	digit := r >= '0' && r <= '9'
	return !letter && !digit && r != '-' && r != '_'
}

// numeric follows the URL standard's "ends in a number": decimal or octal
// digits only, or 0x with hexadecimal digits or none.
func numeric(label string) bool {
	if lower := strings.ToLower(label); strings.HasPrefix(lower, "0x") {
		return strings.Trim(lower[2:], "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
