package ticket

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"
	"unicode"
)

// Text is cut into words here and nowhere else, for what is kept and for what
// is looked for, so that both engines find the same.
//
//	unauthorized access   unauthorized, access
//	185.220.101.4         itself: a number with dots is one thing
//	a.evil.example.com    itself and what it ends in (evil.example.com,
//	                      example.com), and its labels
//	i-0abc123, INC-42     itself, and its parts
//	arn:aws:iam::1:role/x its pieces, each as above
//
// A word longer than maxWord is kept as a hash of it.

const (
	maxWord    = 24
	maxEndings = 4 // of a name with dots
)

// wordsOf are the words under which text is found, in the order in which they
// come.
func wordsOf(text string) []string { return cutWords(text, false) }

// soughtWords are the words that a text must hold to be found by another: those
// that say most.
func soughtWords(text string) []string { return cutWords(text, true) }

func cutWords(text string, sought bool) []string {
	var words []string
	have := map[string]bool{}
	add := func(w string) {
		if w = short(w); w != "" && !have[w] {
			have[w] = true
			words = append(words, w)
		}
	}
	for name := range strings.FieldsFuncSeq(strings.ToLower(text), outsideName) {
		name = strings.Trim(name, ".-_")
		if strings.Contains(name, ".") {
			dotted(name, sought, add)
			continue
		}
		dashed(name, sought, add)
	}
	return words
}

// outsideName holds of what stands between names.
func outsideName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != '.' && r != '-' && r != '_'
}

// numbered is a name like i-0abc, vpc-12 or inc-42.
var numbered = regexp.MustCompile(`^[a-z]{1,10}-[0-9][0-9a-z]*$`)

// dashed adds a name without dots.
func dashed(name string, sought bool, add func(string)) {
	if numbered.MatchString(name) {
		add(name)
		if sought {
			return
		}
	}
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
		add(part)
	}
}

// dotted adds a name with dots: an address, a version, a domain, a file.
func dotted(name string, sought bool, add func(string)) {
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		for number := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
			add(strings.Trim(number, "."))
		}
		return
	}
	name = strings.ReplaceAll(name, "_", "-")
	add(name)
	if sought {
		return
	}
	rest := name
	for range maxEndings {
		_, ending, more := strings.Cut(rest, ".")
		if !more || !strings.Contains(ending, ".") {
			break
		}
		add(ending)
		rest = ending
	}
	for label := range strings.SplitSeq(name, ".") {
		dashed(label, false, add)
	}
}

// short keeps the index small where words are long.
func short(w string) string {
	if len(w) <= maxWord {
		return w
	}
	sum := sha256.Sum256([]byte(w))
	return "x" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:8]))
}
