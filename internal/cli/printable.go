package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// drives reports whether a terminal may act on a rune instead of showing it:
// control characters (C0, DEL, C1) and the invisible ones that turn the
// direction of text, join or hide letters.
func drives(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// printableText makes text of others safe to print, with its lines and tabs.
func printableText(s string) string {
	return escaping(s, func(r rune) bool { return drives(r) && r != '\n' && r != '\t' })
}

// printableCell makes it safe on one line: line breaks and tabs become spaces.
func printableCell(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return escaping(strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(s), drives)
}

func escaping(s string, unsafe func(rune) bool) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexFunc(s, unsafe) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !unsafe(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteString(escapeUTF16(r))
		}
	}
	return b.String()
}

// escapeUTF16 is a rune as JSON escapes it.
func escapeUTF16(r rune) string {
	if r < 0x10000 {
		return fmt.Sprintf(`\u%04x`, r)
	}
	hi, lo := utf16.EncodeRune(r)
	return fmt.Sprintf(`\u%04x\u%04x`, hi, lo)
}

// width is how many columns a terminal gives a text: none for marks that sit on
// the letter before, two for the wide scripts.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case wide(r):
		return 2
	}
	return 1
}

// wide names the blocks of East Asian wide characters and of pictographs
// (Unicode Standard Annex 11).
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115F || // Hangul Jamo
		r >= 0x2E80 && r <= 0x303E || r >= 0x3041 && r <= 0xA4CF || // CJK, kana
		r >= 0xAC00 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF ||
		r >= 0xFE30 && r <= 0xFE6F || r >= 0xFF00 && r <= 0xFF60 || r >= 0xFFE0 && r <= 0xFFE6 ||
		r >= 0x1F300 && r <= 0x1F64F || r >= 0x1F900 && r <= 0x1F9FF || r >= 0x20000 && r <= 0x3FFFD)
}

// clip shortens to a width, with an ellipsis in the last column.
func clip(s string, most int) string {
	if most <= 0 || width(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > most-1 {
			return s[:i] + "…"
		}
	}
	return s
}
