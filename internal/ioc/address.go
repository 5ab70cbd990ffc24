package ioc

import (
	"net/netip"
	"strings"
)

// IsPublicIP reports whether an address names an outside party: not private,
// loopback, link-local, carrier NAT, multicast, unspecified or reserved. The
// documentation ranges (RFC 5737, RFC 3849) count as public, because in sample
// findings and demonstrations they stand for an outside party. This is about
// evidence; what may be dialled is decided by egress alone.
func IsPublicIP(addr netip.Addr) bool {
	if !addr.IsValid() {
		return false
	}
	guard := addressGuard(addr)
	return guard == "" || guard == GuardDocumentation
}

// addressGuard names the special range an address is in, "" for none. The
// ranges are those of the IANA special-purpose address registries.
func addressGuard(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	switch {
	case addr.IsUnspecified():
		return GuardUnspecified
	case addr.IsLoopback():
		return GuardLoopback
	case addr.IsPrivate():
		return GuardPrivate
	case addr.IsLinkLocalUnicast():
		return GuardLinkLocal
	case addr.IsMulticast():
		return GuardMulticast
	case addr.Is4():
		return guardIPv4(addr.As4())
	}
	return guardIPv6(addr.As16())
}

func guardIPv4(a [4]byte) string {
	switch {
	case a[0] == 100 && a[1]&0xC0 == 64:
		return GuardShared
	case a[0] == 192 && a[1] == 0 && a[2] == 2,
		a[0] == 198 && a[1] == 51 && a[2] == 100,
		a[0] == 203 && a[1] == 0 && a[2] == 113:
		return GuardDocumentation
	case a[0] == 0, a[0] >= 240,
		a[0] == 192 && a[1] == 0 && a[2] == 0,
		a[0] == 198 && a[1]&0xFE == 18:
		return GuardReserved
	}
	return ""
}

func guardIPv6(a [16]byte) string {
	switch {
	case a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8, a[0] == 0x3F && a[1] == 0xFF && a[2] < 0x10:
		return GuardDocumentation
	case a[0]&0xE0 != 0x20 && (a[0] != 0 || a[1] != 0x64):
		return GuardReserved // outside 2000::/3 and the NAT64 prefix 64:ff9b::/32
	}
	return ""
}

// readAddress reads an IPv4 or IPv6 address or a network in CIDR form.
func readAddress(s string, at place) (found, bool) {
	if len(s) > 64 {
		return found{}, false
	}
	host, bits, network := strings.Cut(s, "/")
	if network && (len(bits) > 3 || !allDigits(bits)) {
		return found{}, false
	}
	if !looksIPv4(host) && !looksIPv6(host, at.alone) {
		return found{}, false
	}
	if network {
		return readNetwork(s)
	}
	addr, err := netip.ParseAddr(host)
	addr = addr.Unmap().WithZone("")
	if err != nil || addr == netip.IPv6Unspecified() {
		return found{}, false
	}
	f := found{typ: IPv6, value: addr.String(), guards: guards(addressGuard(addr))}
	if addr.Is4() {
		f.typ = IPv4
	}
	if f.typ == IPv4 && !at.alone && !at.isHost && afterVersion(at.before) {
		f.guards = append(f.guards, GuardVersion)
	}
	return f, true
}

func readNetwork(s string) (found, bool) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return found{}, false
	}
	return found{typ: CIDR, value: prefix.Masked().String(), guards: guards(addressGuard(prefix.Addr()))}, true
}

// looksIPv4 is a cheap test before the parser, which allocates its errors.
func looksIPv4(s string) bool {
	dots := 0
	for i := range len(s) {
		switch {
		case s[i] == '.':
			dots++
		case !isDigit(s[i]):
			return false
		}
	}
	return dots == 3 && len(s) >= 7 && len(s) <= 15
}

// looksIPv6 asks for two colons, hex groups and, in prose, a digit: without C++
// names, times and MAC addresses with the parser's help.
func looksIPv6(s string, alone bool) bool {
	colons, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':':
			colons++
		case c == '%' && colons >= 2:
			return digits > 0 || alone
		case isDigit(c):
			digits++
		case c != '.' && !isHex(c):
			return false
		}
	}
	return colons >= 2 && (digits > 0 || alone)
}

// afterVersion reports whether the text before an address says that it is a
// version number: "version 1.2.3.4", "Chrome/120.0.0.0".
func afterVersion(before string) bool {
	if n := len(before); n >= 2 && before[n-1] == '/' && isLetter(before[n-2]) {
		return true
	}
	word := strings.TrimRight(before, " :=")
	for _, w := range [...]string{"version", "ver.", "ver", "build", "release", "agent"} {
		if n := len(word) - len(w); n >= 0 && strings.EqualFold(word[n:], w) && (n == 0 || !isAlnum(word[n-1])) {
			return true
		}
	}
	return false
}

// guards makes a list of the guards that are not empty.
func guards(list ...string) []string {
	var out []string
	for _, g := range list {
		if g != "" {
			out = append(out, g)
		}
	}
	return out
}
