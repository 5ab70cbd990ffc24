package ioc

import (
	"crypto/sha3"
	"encoding/base32"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxDomain is the longest name DNS can carry (RFC 1035).
const maxDomain = 253

// readDomain reads a name below a public suffix, or an onion address.
func readDomain(s string, at place) (found, bool) {
	if len(s) < 4 || len(s) > maxDomain || strings.IndexByte(s, '.') < 0 {
		return found{}, false
	}
	name, ok := asciiName(s)
	if !ok {
		return found{}, false
	}
	if strings.HasSuffix(name, ".onion") {
		return found{typ: Onion, value: name}, isOnion(name)
	}
	if !isPublicName(name) {
		return found{}, false
	}
	f := found{typ: Domain, value: name, guards: guards(exampleGuard(name), providerGuard(name))}
	if !isASCII(s) || strings.Contains(name, "xn--") {
		f.guards = append(f.guards, GuardIDN)
	}
	if !at.alone && !at.isHost && !at.defanged {
		f.guards = append(f.guards, proseGuards(s, name, at)...)
	}
	return f, true
}

// asciiName lowers a name, turns other scripts into punycode and checks labels.
func asciiName(s string) (string, bool) {
	if !isASCII(s) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = ascii
	}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if !isAlnum(s[i]) && s[i] != '-' && s[i] != '_' {
				return "", false
			}
			continue
		}
		if i == start || i-start > 63 || s[start] == '-' || s[i-1] == '-' {
			return "", false
		}
		start = i + 1
	}
	return strings.ToLower(s), len(s) <= maxDomain
}

// isPublicName reports whether a lower-case name stands below a suffix of the
// public suffix list. A suffix by itself (co.uk) is no name, unless somebody
// runs it privately (github.io).
func isPublicName(name string) bool {
	if last := name[strings.LastIndexByte(name, '.')+1:]; len(last) < 2 || isDigit(last[0]) {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(name)
	if !icann && strings.IndexByte(suffix, '.') < 0 {
		return false // the list's default rule: nobody registered that top level
	}
	return len(suffix) < len(name) || !icann
}

// isOnion checks a Tor address: 16 base32 characters (version 2), or 56 with a
// valid checksum (version 3, rend-spec-v3 §6).
func isOnion(name string) bool {
	labels := strings.Split(strings.TrimSuffix(name, ".onion"), ".")
	key := labels[len(labels)-1]
	if len(key) != 16 && len(key) != 56 {
		return false
	}
	raw, err := base32.StdEncoding.DecodeString(strings.ToUpper(key))
	if err != nil {
		return false
	}
	if len(key) == 16 {
		return true
	}
	public, check, version := raw[:32], raw[32:34], raw[34]
	sum := sha3.Sum256([]byte(".onion checksum" + string(public) + string(version)))
	return version == 3 && sum[0] == check[0] && sum[1] == check[1]
}

func under(name, parent string) bool {
	return name == parent ||
		len(name) > len(parent) && strings.HasSuffix(name, parent) && name[len(name)-len(parent)-1] == '.'
}

func exampleGuard(name string) string {
	for _, parent := range [...]string{"example.com", "example.net", "example.org", "example.edu"} {
		if under(name, parent) {
			return GuardExample
		}
	}
	return ""
}

// providerGuard marks names that every finding of the provider mentions. A name
// that a customer chose below them (a bucket, a load balancer) is not marked.
func providerGuard(name string) string {
	for _, parent := range [...]string{"amazon.com", "aws.dev"} {
		if under(name, parent) {
			return GuardProvider
		}
	}
	rest, ok := strings.CutSuffix(name, ".amazonaws.com")
	if !ok {
		return ""
	}
	_, region, dotted := strings.Cut(rest, ".")
	if !dotted || strings.Count(region, "-") >= 2 && isDigit(region[len(region)-1]) && !strings.Contains(region, ".") {
		return GuardProvider // ec2.amazonaws.com, sqs.eu-west-1.amazonaws.com
	}
	return ""
}

// proseGuards are for a name in running text that nobody defanged.
func proseGuards(written, name string, at place) []string {
	last := name[strings.LastIndexByte(name, '.')+1:]
	lastWritten := written[len(written)-min(len(written), len(last)):]
	var out []string
	if fileExtension(last) && strings.Count(name, ".") == 1 || endsInSlash(at.before) {
		out = append(out, GuardFile)
	}
	if lastWritten[0] >= 'A' && lastWritten[0] <= 'Z' && strings.ToUpper(lastWritten) != lastWritten || at.after == '(' {
		out = append(out, GuardCode)
	}
	first, rest, _ := strings.Cut(name, ".")
	switch first {
	case "com", "org", "net", "io", "java", "javax", "edu", "gov", "android":
		if strings.IndexByte(rest, '.') > 0 {
			out = append(out, GuardPackage)
		}
	}
	return out
}

func endsInSlash(s string) bool { return s != "" && (s[len(s)-1] == '/' || s[len(s)-1] == '\\') }

// fileExtension reports whether a top-level domain is also a common extension
// of file names.
func fileExtension(tld string) bool {
	switch tld {
	case "zip", "mov", "sh", "py", "pl", "rs", "ps", "so", "md", "cc", "app", "bat", "tf", "pm", "mk", "cab", "properties":
		return true
	}
	return false
}
