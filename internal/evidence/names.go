package evidence

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 200

// hidden reports whether a rune is not seen, or makes others be seen elsewhere
// or not at all: controls, formats (which turn the direction or have no width),
// separators, private and unassigned ones, and blanks that look like nothing.
func hidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case r == utf8.RuneError, r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x2800, r == 0x3164, r == 0xffa0:
		return true
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cf)
}

// plain is what a person wrote, without what would mislead others.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !hidden(r) || r == 0xa0 || r == 0x200d {
			return r
		}
		return '\uFFFD'
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

// cleanName is the name of a file as it is kept: what stands after the last
// separator of any system, with hidden characters replaced. It is for people;
// nothing on a disk is called so.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if hidden(r) || r == '/' {
			return '\uFFFD'
		}
		return r
	}, name))
	if name == "" || name == "." || name == ".." || name == "/" {
		return "unnamed"
	}
	return shorten(name, maxName)
}

// shorten keeps the end of a name, which tells what it is.
func shorten(name string, limit int) string {
	runes := []rune(name)
	if len(runes) <= limit {
		return name
	}
	ext := []rune(path.Ext(name))
	if len(ext) > 20 {
		ext = ext[len(ext)-20:]
	}
	return string(runes[:limit-len(ext)-1]) + "…" + string(ext)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// spelled writes a text so that nothing in it hides: hidden characters, and the
// brackets that mark them, as ⟦U+202E⟧; those of kept stay as they are.
func spelled(s, kept string) string {
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&out, "⟦%02X⟧", s[0])
		case strings.ContainsRune(kept, r):
			out.WriteRune(r)
		case hidden(r) || r == '⟦' || r == '⟧':
			fmt.Fprintf(&out, "⟦U+%04X⟧", r)
		default:
			out.WriteRune(r)
		}
		s = s[n:]
	}
	return out.String()
}
