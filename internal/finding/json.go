package finding

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// Why encoding/json does not do this: its token walk takes four times as long,
// accepts duplicate keys and mends invalid UTF-8 without a word. The fuzz test
// holds this parser against it: both accept the same texts, save for those two
// and for depth, and read the same values.

// maxDepth is the deepest nesting that is read. ASFF needs 11.
const maxDepth = 100

// Slugs of the reasons for quarantine.
const (
	slugMalformed     = "malformed-json"
	slugDuplicate     = "duplicate-key"
	slugUTF8          = "invalid-utf8"
	slugDeep          = "too-deep"
	slugField         = "bad-field"
	slugUnknown       = "unknown-format"
	slugUnknownDetail = "unknown-detail-type"
)

// flaw is why a text is not JSON that can be trusted, and where.
type flaw struct{ path, slug, why string }

// under puts a path in front.
func (f *flaw) under(path string) *flaw {
	if f == nil {
		return nil
	}
	return &flaw{path: joinPath(path, f.path), slug: f.slug, why: f.why}
}

func (f *flaw) fault() *fault.Error { return fieldError(f.path, f.slug, "%s", f.why) }

// fieldError names a field by its path; the root is called body.
func fieldError(path, slug, format string, args ...any) *fault.Error {
	if path = strings.TrimSuffix(path, ", "); path == "" {
		path = "body"
	}
	return fault.Field(path, format, args...).WithSlug(slug)
}

// joinPath joins two JSON paths and keeps the result short enough to show.
func joinPath(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	case len(a)+len(b) > 300:
		return a
	case b[0] == '[' || strings.HasSuffix(a, ", "):
		return a + b
	}
	return a + "." + b
}

// keyPath makes a key fit to stand in a path that people read.
func keyPath(key string) string { return clean(key, 60, false) }

func indexPath(i int) string { return "[" + strconv.Itoa(i) + "]" }

// parser reads one strict JSON text (RFC 8259): no duplicate key at any depth,
// valid UTF-8, at most maxDepth levels. Numbers keep their digits.
type parser struct {
	s    string
	i    int
	hint int // members of the outermost object, when known
}

// parseJSON reads the whole of s as one value: map[string]any, []any, string,
// json.Number, bool or nil.
func parseJSON(s string) (any, *flaw) { return parseSized(s, 0) }

// parseSized is parseJSON for an object whose number of members is known.
func parseSized(s string, members int) (any, *flaw) {
	p := parser{s: s, hint: members}
	v, f := p.value(0)
	if f != nil {
		return nil, f
	}
	if p.space(); p.i < len(s) {
		return nil, p.syntax("something follows the end of the value")
	}
	return v, nil
}

func (p *parser) syntax(why string) *flaw {
	return &flaw{slug: slugMalformed, why: "is not JSON: " + why + " (byte " + strconv.Itoa(p.i+1) + ")"}
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, *flaw) {
	p.space()
	if p.i >= len(p.s) {
		return nil, p.syntax("the text ends where a value should be")
	}
	switch c := p.s[p.i]; {
	case c == '"':
		s, f := p.str()
		if f != nil {
			return nil, f
		}
		return s, nil
	case c == '{' || c == '[':
		if depth >= maxDepth {
			return nil, &flaw{slug: slugDeep, why: "is nested deeper than " + strconv.Itoa(maxDepth) + " levels"}
		}
		p.i++
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return p.literal()
}

func (p *parser) literal() (any, *flaw) {
	rest := p.s[p.i:]
	switch {
	case strings.HasPrefix(rest, "true"):
		p.i += 4
		return true, nil
	case strings.HasPrefix(rest, "false"):
		p.i += 5
		return false, nil
	case strings.HasPrefix(rest, "null"):
		p.i += 4
		return nil, nil
	}
	return nil, p.syntax("no value begins here")
}

func (p *parser) object(depth int) (any, *flaw) {
	m := make(map[string]any, p.hint)
	p.hint = 0
	for first := true; ; first = false {
		done, f := p.next('}', first)
		if f != nil {
			return nil, f
		}
		if done {
			return m, nil
		}
		key, f := p.key()
		if f != nil {
			return nil, f
		}
		v, f := p.value(depth)
		if f != nil {
			return nil, f.under(keyPath(key))
		}
		n := len(m)
		if m[key] = v; len(m) == n {
			return nil, duplicate(key)
		}
	}
}

func duplicate(key string) *flaw {
	return &flaw{path: keyPath(key), slug: slugDuplicate, why: "stands twice in the same object"}
}

func (p *parser) array(depth int) (any, *flaw) {
	list := []any{}
	for first := true; ; first = false {
		done, f := p.next(']', first)
		if f != nil {
			return nil, f
		}
		if done {
			return list, nil
		}
		v, f := p.value(depth)
		if f != nil {
			return nil, f.under(indexPath(len(list)))
		}
		list = append(list, v)
	}
}

// next steps over a comma, or over the end of an object or array.
func (p *parser) next(end byte, first bool) (done bool, f *flaw) {
	p.space()
	if p.i >= len(p.s) {
		return false, p.syntax("the text ends in the middle")
	}
	c := p.s[p.i]
	if c == end {
		p.i++
		return true, nil
	}
	if first {
		return false, nil
	}
	if c != ',' {
		return false, p.syntax("a comma is missing")
	}
	p.i++
	if p.space(); p.i < len(p.s) && p.s[p.i] == end {
		return false, p.syntax("a comma stands before the end")
	}
	return false, nil
}

// key reads a member's name and its colon.
func (p *parser) key() (string, *flaw) {
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '"' {
		return "", p.syntax("a name in quotes is missing")
	}
	key, f := p.str()
	if f != nil {
		return "", f
	}
	if p.space(); p.i >= len(p.s) || p.s[p.i] != ':' {
		return "", p.syntax("a colon is missing")
	}
	p.i++
	return key, nil
}

// str reads a string; one without escapes is a slice of the text.
func (p *parser) str() (string, *flaw) {
	start := p.i + 1
	var high byte
	for i := start; i < len(p.s); i++ {
		c := p.s[i]
		high |= c
		switch {
		case c == '"':
			p.i = i + 1
			return p.checked(p.s[start:i], high)
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.i = i
			return "", p.syntax("a control character stands in a string")
		}
	}
	p.i = len(p.s)
	return "", p.syntax("a string does not end")
}

func (p *parser) checked(s string, high byte) (string, *flaw) {
	if high >= utf8.RuneSelf && !utf8.ValidString(s) {
		return "", &flaw{slug: slugUTF8, why: "holds bytes that are not UTF-8"}
	}
	return s, nil
}

// escaped goes on with a string from its first backslash.
func (p *parser) escaped(start, i int) (string, *flaw) {
	b := make([]byte, 0, i-start+64)
	b = append(b, p.s[start:i]...)
	p.i = i
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return p.checked(string(b), 0xFF)
		case c == '\\':
			var f *flaw
			if b, f = p.escape(b); f != nil {
				return "", f
			}
		case c < ' ':
			return "", p.syntax("a control character stands in a string")
		default:
			b = append(b, c)
			p.i++
		}
	}
	return "", p.syntax("a string does not end")
}

func (p *parser) escape(b []byte) ([]byte, *flaw) {
	if p.i+1 >= len(p.s) {
		return nil, p.syntax("a string does not end")
	}
	c := p.s[p.i+1]
	if c == 'u' {
		return p.escapeRune(b)
	}
	at := strings.IndexByte(`"\/bfnrt`, c)
	if at < 0 {
		return nil, p.syntax("a backslash stands before a character that needs none")
	}
	p.i += 2
	return append(b, "\"\\/\b\f\n\r\t"[at]), nil
}

// escapeRune reads \uXXXX and surrogate pairs. Half a pair becomes U+FFFD, as
// in encoding/json: AWS cuts long texts in the middle of a pair.
func (p *parser) escapeRune(b []byte) ([]byte, *flaw) {
	r, ok := hex4(p.s, p.i+2)
	if !ok {
		return nil, p.syntax(`\u is not followed by four hex digits`)
	}
	p.i += 6
	if utf16.IsSurrogate(r) {
		low, ok := rune(0), false
		if strings.HasPrefix(p.s[p.i:], `\u`) {
			low, ok = hex4(p.s, p.i+2)
		}
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			p.i += 6
		}
	}
	return utf8.AppendRune(b, r), nil
}

func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s[i:i+4], 16, 16)
	return rune(n), err == nil
}

// number reads -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? and keeps the digits.
func (p *parser) number() (any, *flaw) {
	start := p.i
	if p.s[p.i] == '-' {
		p.i++
	}
	zero := p.i < len(p.s) && p.s[p.i] == '0'
	if n := p.digits(); n == 0 || zero && n > 1 {
		return nil, p.syntax("a number is malformed")
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		if p.digits() == 0 {
			return nil, p.syntax("a number is malformed")
		}
	}
	if p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		if p.digits() == 0 {
			return nil, p.syntax("a number is malformed")
		}
	}
	return json.Number(p.s[start:p.i]), nil
}

func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i - start
}
