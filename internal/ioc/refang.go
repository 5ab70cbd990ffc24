package ioc

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// plain is a text with its defanging undone, and the way back to the original.
type plain struct {
	text  string
	orig  string
	edits []edit // by rising out; empty when the text was plain already
}

// edit says that size bytes at out in the plain text were width bytes at in.
type edit struct{ out, size, in, width int }

// span maps a non-empty range of the plain text to the original.
func (p plain) span(from, to int) (start, end int) {
	start, _ = p.origin(from)
	_, end = p.origin(to - 1)
	return start, end
}

// origin returns the original range of the plain byte at out.
func (p plain) origin(out int) (start, end int) {
	i := sort.Search(len(p.edits), func(i int) bool { return p.edits[i].out > out }) - 1
	if i < 0 {
		return out, out + 1
	}
	e := p.edits[i]
	if out < e.out+e.size {
		return e.in, e.in + e.width
	}
	at := e.in + e.width + out - e.out - e.size
	return at, at + 1
}

// edited reports whether anything between from and to was written defanged.
func (p plain) edited(from, to int) bool {
	i := sort.Search(len(p.edits), func(i int) bool { return p.edits[i].out >= from })
	return i < len(p.edits) && p.edits[i].out < to
}

// Refang undoes the usual ways of making an indicator unclickable: hxxp, [.],
// (.), [dot], [at], [:], \., zero-width characters, full-width dots.
func Refang(text string) string { return refang(text).text }

// refang copies nothing while the text is plain.
func refang(text string) plain {
	var b strings.Builder
	p := plain{orig: text}
	done := 0
	for i := 0; i < len(text); {
		width, out := rewrite(text, i)
		if width == 0 {
			i++
			continue
		}
		b.WriteString(text[done:i])
		p.edits = append(p.edits, edit{out: b.Len(), size: len(out), in: i, width: width})
		b.WriteString(out)
		i += width
		done = i
	}
	if p.edits == nil {
		return plain{text: text, orig: text}
	}
	b.WriteString(text[done:])
	p.text = b.String()
	return p
}

// rewrite returns how many bytes at i are defanging and what they stand for.
// The width is 0 when there is nothing to undo.
func rewrite(text string, i int) (width int, out string) {
	switch c := text[i]; {
	case c == '[' || c == '(' || c == '{':
		return mark(text, i, false)
	case c == ' ':
		return spacedMark(text, i)
	case c == '\\':
		return escapedDot(text, i)
	case c == ':':
		return backslashScheme(text, i)
	case c == 'h' || c == 'H' || c == 'f' || c == 'F' || c == 'm' || c == 'M':
		return scheme(text, i)
	case c >= 0xC2:
		return unicodeMark(text[i:])
	}
	return 0, ""
}

// mark reads a bracketed mark such as [.], (dot), {at}, [:], [://], and the
// one-sided "[." between letters.
func mark(text string, i int, wordsOnly bool) (int, string) {
	if i == 0 || !isAlnum(text[i-1]) && text[i-1] != ' ' && text[i-1] != ':' && text[i-1] != '/' {
		return 0, ""
	}
	inner, n := markWord(skipSpaces(text[i+1:]))
	if n == 0 || wordsOnly && inner != "." && inner != "@" {
		return 0, ""
	}
	j := len(text) - len(skipSpaces(text[i+1:])) + n
	rest := skipSpaces(text[j:])
	if rest != "" && (rest[0] == ']' || rest[0] == ')' || rest[0] == '}') {
		return len(text) - len(rest) + 1 - i, inner
	}
	if text[i] == '[' && text[i+1] == '.' && isAlnum(text[i-1]) && i+2 < len(text) && isAlnum(text[i+2]) {
		return 2, "."
	}
	return 0, ""
}

// markWord reads what may stand inside the brackets. Longer marks come first.
func markWord(s string) (string, int) {
	for _, m := range [...]struct{ word, out string }{
		{"://", "://"}, {"//", "//"}, {":", ":"}, {"/", "/"}, {".", "."}, {",", "."},
		{"dot", "."}, {"@", "@"}, {"at", "@"},
	} {
		if hasFold(s, m.word) {
			return m.out, len(m.word)
		}
	}
	return "", 0
}

// spacedMark reads " [dot] " and " (at) " between two words.
func spacedMark(text string, i int) (int, string) {
	if i == 0 || !isAlnum(text[i-1]) || i+1 >= len(text) {
		return 0, ""
	}
	if c := text[i+1]; c != '[' && c != '(' && c != '{' {
		return 0, ""
	}
	n, out := mark(text, i+1, true)
	if n < 3 {
		return 0, ""
	}
	end := i + 1 + n
	if end < len(text) && text[end] == ' ' {
		end++
	}
	if end >= len(text) || !isAlnum(text[end]) {
		return 0, ""
	}
	return end - i, out
}

func escapedDot(text string, i int) (int, string) {
	if i > 0 && i+2 < len(text) && text[i+1] == '.' && isAlnum(text[i-1]) && isAlnum(text[i+2]) {
		return 2, "."
	}
	return 0, ""
}

// backslashScheme reads http:\\ as http://.
func backslashScheme(text string, i int) (int, string) {
	if !strings.HasPrefix(text[i:], `:\\`) || i < 4 {
		return 0, ""
	}
	before := text[max(0, i-5):i]
	for _, word := range [...]string{"http", "https", "hxxp", "hxxps"} {
		if len(before) >= len(word) && strings.EqualFold(before[len(before)-len(word):], word) {
			return 3, "://"
		}
	}
	return 0, ""
}

// scheme reads hxxp, h**p, fxp and meow where a URL scheme begins.
func scheme(text string, i int) (int, string) {
	if i > 0 && isAlnum(text[i-1]) {
		return 0, ""
	}
	for _, m := range [...]struct{ word, out string }{
		{"hxxp", "http"}, {"h**p", "http"}, {"htxp", "http"}, {"hxtp", "http"}, {"fxp", "ftp"}, {"meow", "http"},
	} {
		if !hasFold(text[i:], m.word) {
			continue
		}
		rest := text[i+len(m.word):]
		if hasFold(rest, "s") {
			rest = rest[1:]
		}
		if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "[:") || strings.HasPrefix(rest, "(:") {
			return len(m.word), m.out
		}
	}
	return 0, ""
}

// unicodeMark drops invisible characters and turns look-alike dots and dashes
// into ASCII.
func unicodeMark(s string) (int, string) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == 0xAD, r >= 0x200B && r <= 0x200D, r == 0x2060, r == 0xFEFF:
		return n, ""
	case r == 0x3002, r == 0xFF0E, r == 0xFF61, r == 0x2024:
		return n, "."
	case r >= 0x2010 && r <= 0x2012, r == 0x2212:
		return n, "-"
	}
	return 0, ""
}

// skipSpaces drops at most two spaces, which keeps every look-ahead constant.
func skipSpaces(s string) string {
	for range 2 {
		if s != "" && s[0] == ' ' {
			s = s[1:]
		}
	}
	return s
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }
