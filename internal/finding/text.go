package finding

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest texts of the normal form, in characters.
const (
	maxTitle       = 500
	maxDescription = 5000
	maxName        = 512
	maxID          = 2048
	maxList        = 50
)

// clean makes text from outside fit to store and to show: at most limit
// characters, NUL, control and direction-override characters visible as U+FFFD,
// invalid UTF-8 too. With lines set, line breaks and tabs stay; else they
// become spaces. What is cut ends in an ellipsis.
func clean(s string, limit int, lines bool) string {
	if isTame(s, limit) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n >= limit && utf8.RuneCountInString(s) > limit {
			b.WriteRune('…')
			break
		}
		b.WriteRune(cleanRune(r, lines))
	}
	return b.String()
}

// isTame is the fast answer for the text of nearly every field.
func isTame(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func cleanRune(r rune, lines bool) rune {
	switch {
	case r == '\n' || r == '\t':
		if lines {
			return r
		}
		return ' '
	case r == '\r':
		return ' '
	case unicode.IsControl(r), r == 0x2028, r == 0x2029, r == 0xFEFF,
		r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xE0000 && r <= 0xE007F:
		return utf8.RuneError
	}
	return r
}

// webURL returns a link that is safe to offer: http or https, one line, no
// control characters; "" otherwise. javascript: and the like never get through.
func webURL(s string) string {
	lower := strings.ToLower(s[:min(len(s), 8)])
	if !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") || len(s) > maxID {
		return ""
	}
	for _, r := range s {
		if unicode.IsSpace(r) || cleanRune(r, false) != r || strings.ContainsRune("\"<>\\`", r) {
			return ""
		}
	}
	return s
}

// lastName returns the last word of an ARN or path: the name people use.
func lastName(uid string) string {
	if i := strings.LastIndexAny(uid, "/:"); i >= 0 && i+1 < len(uid) {
		return uid[i+1:]
	}
	return uid
}

// arnPart returns field n of an ARN (1 partition, 2 service, 3 region,
// 4 account), "" when s is no ARN.
func arnPart(s string, n int) string {
	if !strings.HasPrefix(s, "arn:") {
		return ""
	}
	for range n {
		i := strings.IndexByte(s, ':')
		if i < 0 {
			return ""
		}
		s = s[i+1:]
	}
	part, _, _ := strings.Cut(s, ":")
	if len(part) > maxName {
		return "" // no ARN has such a part
	}
	return part
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}
