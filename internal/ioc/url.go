package ioc

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL is the longest value that is read as one indicator, in bytes.
const maxURL = 8192

// hostPart says where in a URL its host stands and what it is. Typ is "" when
// the host is no indicator by itself.
type hostPart struct {
	from, to int
	typ      Type
}

// schemeLen returns the length of a known scheme with :// at the start of s.
func schemeLen(s string) int {
	for _, scheme := range [...]string{
		"https://", "http://", "ftp://", "ftps://", "sftp://", "ssh://", "tcp://", "udp://",
		"ws://", "wss://", "ldap://", "ldaps://", "smb://", "rtsp://", "tftp://", "telnet://", "rdp://",
	} {
		if hasFold(s, scheme) {
			return len(scheme)
		}
	}
	return 0
}

// schemeStart returns where the first known scheme begins in a run, -1 if none.
func schemeStart(run string) int {
	colon := strings.Index(run, "://")
	if colon < 0 {
		return -1
	}
	k := colon
	for k > 0 && colon-k < 8 && isLetter(run[k-1]) {
		k--
	}
	if schemeLen(run[k:]) == 0 {
		return -1
	}
	return k
}

// readURL reads a URL whose scheme takes n bytes of s. It returns its host and
// its length; ok is false when no host follows.
func readURL(s string, n int) (found, hostPart, int, bool) {
	if n == 0 {
		return found{}, hostPart{}, 0, false
	}
	end := urlEnd(s, n)
	f, host, ok := parseURL(s[:end], n, true)
	return f, host, end, ok
}

// readBareURL reads host/path without a scheme.
func readBareURL(s string, at place) (found, hostPart, int, bool) {
	slash := strings.IndexByte(s[:min(len(s), maxDomain+7)], '/')
	if slash <= 0 || slash+1 >= len(s) || endsInSlash(at.before) {
		return found{}, hostPart{}, 0, false
	}
	end := urlEnd(s, 0)
	if end <= slash+1 {
		return found{}, hostPart{}, 0, false
	}
	f, host, ok := parseURL(s[:end], 0, false)
	if !ok || host.typ == "" {
		return found{}, hostPart{}, 0, false
	}
	f.guards = append(f.guards, GuardNoScheme)
	return f, host, end, true
}

// parseURL splits scheme, host and rest, and lowers the first two.
func parseURL(s string, n int, scheme bool) (found, hostPart, bool) {
	authority := len(s)
	if i := strings.IndexAny(s[n:], "/?#"); i >= 0 {
		authority = n + i
	}
	from := n
	if i := strings.LastIndexByte(s[n:authority], '@'); i >= 0 {
		from = n + i + 1
	}
	to := hostEnd(s, from, authority)
	if to <= from || to-from > maxDomain+2 || !portOK(s[to:authority]) {
		return found{}, hostPart{}, false
	}
	host, f, ok := readHost(s, from, to, scheme)
	if !ok {
		return found{}, hostPart{}, false
	}
	f.typ = URL
	f.value = strings.ToLower(s[:n]) + s[n:from] + f.value + s[to:]
	return f, host, true
}

// hostEnd finds where the host ends: at its bracket, or at the port's colon.
func hostEnd(s string, from, authority int) int {
	if from < authority && s[from] == '[' {
		if i := strings.IndexByte(s[from:authority], ']'); i > 0 {
			return from + i + 1
		}
		return from
	}
	if i := strings.IndexByte(s[from:authority], ':'); i >= 0 {
		return from + i
	}
	return authority
}

func portOK(s string) bool {
	return s == "" || s == ":" || s[0] == ':' && len(s) <= 6 && allDigits(s[1:])
}

// readHost reads the host. With a scheme a name that is not public is accepted
// and guarded; without one it makes the whole thing no URL.
func readHost(s string, from, to int, scheme bool) (hostPart, found, bool) {
	if s[from] == '[' {
		addr, err := netip.ParseAddr(s[from+1 : to-1])
		if err != nil {
			return hostPart{}, found{}, false
		}
		value := "[" + addr.String() + "]"
		return hostPart{from + 1, to - 1, IPv6}, found{value: value, guards: guards(addressGuard(addr))}, true
	}
	at := place{isHost: scheme}
	if f, ok := readAddress(s[from:to], at); ok && f.typ == IPv4 {
		return hostPart{from, to, IPv4}, f, true
	}
	if f, ok := readDomain(s[from:to], at); ok {
		if !scheme && hasAny(f.guards, GuardFile, GuardCode, GuardPackage) {
			return hostPart{}, found{}, false
		}
		return hostPart{from, to, f.typ}, f, true
	}
	name, ok := asciiName(s[from:to])
	if !ok || !scheme || strings.HasSuffix(name, ".onion") {
		return hostPart{}, found{}, false
	}
	guard := GuardInternal
	if under(name, "localhost") {
		guard = GuardLoopback
	}
	return hostPart{}, found{value: name, guards: []string{guard}}, true
}

// urlEnd returns where a URL that begins with n bytes of scheme ends: at a
// character no URL has, less the punctuation of the sentence around it.
func urlEnd(s string, n int) int {
	i := n
	for i < len(s) && i < maxURL {
		size := urlByte(s, i)
		if size == 0 {
			break
		}
		i += size
	}
	round := strings.Count(s[n:i], "(") - strings.Count(s[n:i], ")")
	square := strings.Count(s[n:i], "[") - strings.Count(s[n:i], "]")
	for ; i > n; i-- {
		switch s[i-1] {
		case '.', ',', ';', ':', '!', '?', '*', '_', '~', '\'':
			continue
		case ')':
			if round < 0 {
				round++
				continue
			}
		case ']':
			if square < 0 {
				square++
				continue
			}
		}
		break
	}
	return i
}

// urlByte returns the length of the character at i if a URL may hold it.
func urlByte(s string, i int) int {
	c := s[i]
	if c < utf8.RuneSelf {
		if c <= ' ' || c == 0x7F || strings.IndexByte("\"<>`'|\\^{}", c) >= 0 {
			return 0
		}
		return 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.IsPunct(r) {
		return 0
	}
	return n
}

func hasAny(list []string, any ...string) bool {
	for _, have := range list {
		for _, want := range any {
			if have == want {
				return true
			}
		}
	}
	return false
}

// readEmail reads local@domain (RFC 5321, without quoted local parts).
func readEmail(s string, at place) (found, bool) {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") {
		return found{}, false
	}
	for i := range len(local) {
		if c := local[i]; !isAlnum(c) && strings.IndexByte("._%+-", c) < 0 {
			return found{}, false
		}
	}
	f, ok := readDomain(domain, place{isHost: true})
	if !ok {
		return found{}, false
	}
	return found{typ: Email, value: strings.ToLower(local) + "@" + f.value, guards: f.guards}, true
}
