package connector

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes foreign text safe for one line of a letter: what controls a
// terminal, a header or the direction of reading is gone, and it has at most so
// many characters.
func Line(s string, limit int) string {
	return Shorten(strings.Join(strings.Fields(harmless(s, ' ')), " "), limit)
}

// Plain does the same for text of several lines.
func Plain(s string, limit int) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return Shorten(strings.Trim(harmless(s, '\n'), "\n"), limit)
}

// harmless replaces by a blank what has no place in a letter, but for keep.
func harmless(s string, keep rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == keep:
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		case unicode.Is(unicode.Cf, r) && r != '\u200d': // marks that cannot be seen, among them those that turn the direction; joiners make emoji
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// Shorten cuts a text to so many characters, the last of them an ellipsis.
func Shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:max(limit-1, 0)]) + "…"
}

// Links lists what can be opened from a letter, each address once under all its
// names: first the buttons, then the place to look.
func (l Letter) Links() (out []Fact) {
	add := func(name, address string) {
		to := WebLink(address)
		if name = Line(name, 100); to == "" || name == "" {
			return
		}
		for i := range out {
			if out[i].Value == to {
				out[i].Name += " / " + name
				return
			}
		}
		out = append(out, Fact{name, to})
	}
	for _, k := range l.Buttons {
		add(k.Label, k.URL)
	}
	add("Open in Tocsin", l.Link)
	return out
}

// WebLink returns an address that may stand in a letter as a link: absolute,
// http or https, without a user, every odd byte escaped. "" for any other.
func WebLink(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || strings.ContainsAny(u.Host, "|<>\"'% ") || u.User != nil || len(s) > maxText {
		return ""
	}
	return strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", " ", "%20").Replace(u.String())
}
