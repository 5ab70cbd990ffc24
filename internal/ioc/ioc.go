package ioc

import "strings"

// Type is the kind of an indicator, as the public contract names it.
type Type string

// The types that are told apart.
const (
	IPv4       Type = "ipv4"
	IPv6       Type = "ipv6"
	CIDR       Type = "cidr"
	Domain     Type = "domain"
	URL        Type = "url"
	Email      Type = "email"
	MD5        Type = "md5"
	SHA1       Type = "sha1"
	SHA256     Type = "sha256"
	SHA512     Type = "sha512"
	CVE        Type = "cve"
	Technique  Type = "technique"
	ARN        Type = "arn"
	AWSAccount Type = "aws_account"
	AWSKeyID   Type = "aws_key_id"
	Onion      Type = "onion"
)

// Match is one indicator found in a text.
type Match struct {
	Type   Type     `json:"type"`
	Value  string   `json:"value"`  // canonical: refanged, lower case where case means nothing
	Raw    string   `json:"raw"`    // as written: text[Offset:Offset+len(Raw)]
	Offset int      `json:"offset"` // in bytes
	Guards []string `json:"guards"` // never nil; see the Guard constants
}

// Guards are reasons for caution. A match that carries one is still a match.
const (
	GuardPrivate       = "private"        // RFC 1918 or RFC 4193 address
	GuardLoopback      = "loopback"       // 127.0.0.0/8, ::1, localhost
	GuardLinkLocal     = "link-local"     // 169.254.0.0/16, fe80::/10
	GuardShared        = "shared"         // carrier NAT, 100.64.0.0/10 (RFC 6598)
	GuardDocumentation = "documentation"  // RFC 5737, RFC 3849
	GuardMulticast     = "multicast"      //
	GuardUnspecified   = "unspecified"    // 0.0.0.0, ::
	GuardReserved      = "reserved"       // benchmarking, protocol assignments, class E
	GuardExample       = "example"        // RFC 2606 names, AWS documentation keys
	GuardVersion       = "version-like"   // 10.2.0.1 after v, version, build or product/
	GuardFile          = "file-name-like" // setup.py, run.sh, part of a path
	GuardCode          = "code-like"      // Console.Read, foo.bar(
	GuardPackage       = "package-like"   // com.example.app
	GuardProvider      = "provider"       // names of the cloud provider itself
	GuardInternal      = "internal-name"  // URL whose host is no public name
	GuardNoScheme      = "no-scheme"      // URL written without http://
	GuardIDN           = "idn"            // has non-ASCII letters: may imitate another name
)

// Extract returns the indicators of text in the order they stand, at most limit
// of them (0 or less: all). An address or domain inside a URL follows its URL
// as a match of its own. It never fails and takes time linear in the text.
func Extract(text string, limit int) []Match {
	x := scanner{plain: refang(text), limit: limit}
	x.run()
	return x.out
}

// Classify says what a single value is, in its defanged or plain form. The
// whole value must be one indicator; twelve digits alone are an AWS account.
func Classify(value string) (Type, bool) {
	typ, _, ok := Canonical(value)
	return typ, ok
}

// Canonical is Classify and the canonical form of the value, equal for two
// spellings of the same indicator.
func Canonical(value string) (Type, string, bool) {
	p := refang(strings.TrimSpace(value))
	if p.text == "" || len(p.text) > maxURL {
		return "", "", false
	}
	f, n, ok := single(p.text)
	if !ok || n != len(p.text) {
		return "", "", false
	}
	return f.typ, f.value, true
}

// single reads one indicator at the start of s and says how long it is.
func single(s string) (found, int, bool) {
	if n := schemeLen(s); n > 0 {
		f, _, end, ok := readURL(s, n)
		return f, end, ok
	}
	if f, end, ok := readARN(s); ok {
		return f, end, true
	}
	at := place{alone: true}
	if f, ok := identify(s, at); ok {
		return f, len(s), true
	}
	f, _, end, ok := readBareURL(s, at)
	return f, end, ok
}

// Has reports whether the match carries the guard.
func (m Match) Has(guard string) bool {
	for _, g := range m.Guards {
		if g == guard {
			return true
		}
	}
	return false
}
