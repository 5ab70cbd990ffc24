package ioc

import "strings"

// arnStart returns where an ARN may begin in a run, -1 if nowhere.
func arnStart(run string) int {
	k := strings.Index(run, "arn:aws")
	if k > 0 && isAlnum(run[k-1]) {
		return -1
	}
	return k
}

// readARN reads arn:partition:service:region:account:resource at the start of s
// and returns its length.
func readARN(s string) (found, int, bool) {
	if !strings.HasPrefix(s, "arn:aws") {
		return found{}, 0, false
	}
	end := arnEnd(s)
	parts := strings.SplitN(s[:end], ":", 6)
	if len(parts) < 6 || parts[5] == "" || parts[2] == "" {
		return found{}, 0, false
	}
	for i, word := range parts[1:4] {
		if len(word) > 40 || !isWord(word) || i == 2 && len(word) > 20 {
			return found{}, 0, false
		}
	}
	if account := parts[4]; account != "" && !isAccount(account) && !isWord(account) {
		return found{}, 0, false
	}
	return found{typ: ARN, value: s[:end]}, end, true
}

// arnEnd stops at white space and at what encloses an ARN in prose or JSON.
func arnEnd(s string) int {
	i := 0
	for i < len(s) && i < 2048 && s[i] > ' ' && s[i] < 0x7F && strings.IndexByte("\"'`<>,;()[]|\\", s[i]) < 0 {
		i++
	}
	for i > 0 && strings.IndexByte(".:!?}{", s[i-1]) >= 0 && !(s[i-1] == '}' && strings.IndexByte(s[:i], '{') >= 0) {
		i--
	}
	return i
}

func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && !isDigit(c) && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func isAccount(s string) bool { return len(s) == 12 && allDigits(s) }

// readAccount reads twelve digits where the text says that they are an account.
func readAccount(s string, at place) (found, bool) {
	if !isAccount(s) {
		return found{}, false
	}
	if at.alone || strings.Contains(at.before, "ccount") || strings.Contains(at.before, "CCOUNT") {
		return found{typ: AWSAccount, value: s}, true
	}
	return found{}, false
}

// readKeyID reads an AWS unique id with its four-letter prefix (IAM user guide,
// "Unique identifiers"): 20 characters, or 21 for those of principals.
func readKeyID(s string) (found, bool) {
	if len(s) != 20 && len(s) != 21 || s[0] != 'A' {
		return found{}, false
	}
	switch s[:4] {
	case "AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ANVA", "APKA", "ASCA", "ABIA", "ACCA", "AIPA":
	default:
		return found{}, false
	}
	for i := 4; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return found{}, false
		}
	}
	f := found{typ: AWSKeyID, value: s}
	if strings.HasSuffix(s, "EXAMPLE") {
		f.guards = []string{GuardExample}
	}
	return f, true
}
