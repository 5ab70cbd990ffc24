package ioc

import "strings"

// identify says what a run of token characters is as a whole. The order matters:
// a technique id and an address both look like names with dots.
func identify(s string, at place) (found, bool) {
	if s == "" || len(s) > maxURL {
		return found{}, false
	}
	if strings.IndexByte(s, '@') >= 0 {
		return readEmail(s, at)
	}
	if f, ok := readWord(s, at); ok {
		return f, true
	}
	if f, ok := readAddress(s, at); ok {
		return f, true
	}
	return readDomain(s, at)
}

// readWord reads the fixed forms, which their length tells apart.
func readWord(s string, at place) (found, bool) {
	switch n := len(s); {
	case n == 5 || n == 9:
		return readTechnique(s)
	case n == 12:
		return readAccount(s, at)
	case n == 20 || n == 21:
		if f, ok := readKeyID(s); ok {
			return f, true
		}
	case n == 32 || n == 40 || n == 64 || n == 128:
		return readHash(s)
	}
	return readCVE(s)
}

// readHash reads a whole run of hex digits by its length. One repeated digit is
// a filler, not a hash.
func readHash(s string) (found, bool) {
	var typ Type
	switch len(s) {
	case 32:
		typ = MD5
	case 40:
		typ = SHA1
	case 64:
		typ = SHA256
	case 128:
		typ = SHA512
	default:
		return found{}, false
	}
	same := true
	for i := range len(s) {
		if !isHex(s[i]) {
			return found{}, false
		}
		same = same && s[i] == s[0]
	}
	return found{typ: typ, value: strings.ToLower(s)}, !same
}

// readCVE reads CVE-YYYY-NNNN with four to nineteen digits, as the CVE
// programme numbers them.
func readCVE(s string) (found, bool) {
	if len(s) < 13 || len(s) > 28 || !hasFold(s, "cve-") || s[8] != '-' {
		return found{}, false
	}
	year, number := s[4:8], s[9:]
	if !allDigits(year) || !allDigits(number) || year < "1999" || year > "2099" {
		return found{}, false
	}
	return found{typ: CVE, value: strings.ToUpper(s)}, true
}

// readTechnique reads an ATT&CK technique id: T1059 or T1059.001.
func readTechnique(s string) (found, bool) {
	if len(s) != 5 && (len(s) != 9 || s[5] != '.' || !allDigits(s[6:])) {
		return found{}, false
	}
	if s[0] != 'T' || !allDigits(s[1:5]) || s[1] != '1' {
		return found{}, false
	}
	return found{typ: Technique, value: s}, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
