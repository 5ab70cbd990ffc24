package finding

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// node is an object of a parsed finding, read field by field with the type each
// field must have. The first field that has another type is remembered with its
// path, and the finding goes to quarantine. A null counts as absent. Every
// method answers the zero value on a nil node, so a path may be walked blindly.
type node struct {
	m     map[string]any
	up    *node
	key   string
	index int // in a list; -1 otherwise
	doc   *document
}

// document is what all nodes of one finding share.
type document struct {
	root string // path of the finding in the body
	err  *fault.Error
}

func newRoot(m map[string]any, path string) *node {
	return &node{m: m, index: -1, doc: &document{root: path}}
}

// path is built only when something is wrong.
func (n *node) path() string {
	if n.up == nil {
		return n.doc.root
	}
	own := keyPath(n.key)
	if n.index >= 0 {
		own += indexPath(n.index)
	}
	return joinPath(n.up.path(), own)
}

// fail records the first thing wrong with this finding.
func (n *node) fail(key, format string, args ...any) {
	if n.doc.err == nil {
		n.doc.err = fieldError(joinPath(n.path(), key), slugField, format, args...)
	}
}

func (n *node) wrongType(key, want string, v any) {
	n.fail(key, "must be %s, is %s", want, kindOf(v))
}

func (n *node) has(key string) bool { return n != nil && n.m[key] != nil }

// child returns the object under key; nil when absent.
func (n *node) child(key string) *node {
	if n == nil || n.m[key] == nil {
		return nil
	}
	m, ok := n.m[key].(map[string]any)
	if !ok {
		n.wrongType(key, "an object", n.m[key])
		return nil
	}
	return &node{m: m, up: n, key: key, index: -1, doc: n.doc}
}

// str returns the text under key as it is; "" when absent.
func (n *node) str(key string) string {
	if n == nil || n.m[key] == nil {
		return ""
	}
	s, ok := n.m[key].(string)
	if !ok {
		n.wrongType(key, "text", n.m[key])
	}
	return s
}

// name returns one short line of text.
func (n *node) name(key string) string { return clean(n.str(key), maxName, false) }

// prose returns text that may have lines.
func (n *node) prose(key string, limit int) string { return clean(n.str(key), limit, true) }

// require returns text that must be there and not blank.
func (n *node) require(key string) string {
	s := n.str(key)
	if strings.TrimSpace(s) == "" && n != nil {
		n.missing(key)
	}
	return s
}

func (n *node) missing(key string) {
	if _, ok := n.m[key].(string); ok {
		n.fail(key, "is empty")
		return
	}
	n.fail(key, "is missing")
}

// id returns text that must be there and is part of what makes the finding
// itself: no control characters, nothing that turns the direction of reading or
// was mended, of bounded length. It is kept as it is, so that the provider knows
// it when we name it.
func (n *node) id(key string) string {
	s := n.require(key)
	n.checkID(key, s)
	return s
}

func (n *node) checkID(key, s string) {
	if len(s) > maxID {
		n.fail(key, "is %d bytes long, the limit is %d", len(s), maxID)
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) || cleanRune(r, false) != r {
			n.fail(key, "holds a control character, a turn of direction or half a character, and is an id")
			return
		}
	}
}

// account returns the twelve digits of an AWS account, which must be there.
func (n *node) account(key string) string {
	s := n.require(key)
	if s != "" && !isAccount(s) {
		n.fail(key, "must be 12 digits, is %q", clean(s, 40, false))
	}
	return s
}

// number returns the number under key and whether there is one.
func (n *node) number(key string) (float64, bool) {
	if n == nil || n.m[key] == nil {
		return 0, false
	}
	literal, ok := n.m[key].(json.Number)
	if !ok {
		n.wrongType(key, "a number", n.m[key])
		return 0, false
	}
	v, err := literal.Float64()
	if err != nil {
		n.fail(key, "is out of range")
	}
	return v, err == nil
}

// whole returns the integer under key and whether there is one.
func (n *node) whole(key string) (int64, bool) {
	v, ok := n.number(key)
	if ok && (v != math.Trunc(v) || math.Abs(v) >= 1<<53) {
		n.fail(key, "must be a whole number below 2^53")
		return 0, false
	}
	return int64(v), ok
}

func (n *node) boolean(key string) bool {
	if n == nil || n.m[key] == nil {
		return false
	}
	v, ok := n.m[key].(bool)
	if !ok {
		n.wrongType(key, "true or false", n.m[key])
	}
	return v
}

// list returns the elements under key, at most limit of them.
func (n *node) list(key string, limit int) []any {
	if n == nil || n.m[key] == nil {
		return nil
	}
	list, ok := n.m[key].([]any)
	if !ok {
		n.wrongType(key, "a list", n.m[key])
	}
	return list[:min(len(list), limit)]
}

// each calls do for the objects in the list under key, at most limit of them.
func (n *node) each(key string, limit int, do func(*node)) {
	for i, v := range n.list(key, limit) {
		m, ok := v.(map[string]any)
		if !ok {
			n.wrongType(key+indexPath(i), "an object", v)
			return
		}
		do(&node{m: m, up: n, key: key, index: i, doc: n.doc})
	}
}

// names returns the list of short texts under key, never nil.
func (n *node) names(key string, limit int) []string {
	list := n.list(key, limit)
	out := make([]string, 0, len(list))
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			n.wrongType(key+indexPath(i), "text", v)
			break
		}
		out = append(out, clean(s, maxName, false))
	}
	return out
}

// pairs returns the object of texts under key, at most maxList of them in the
// order of their names, nil when there are none.
func (n *node) pairs(key string) map[string]string {
	c := n.child(key)
	if c == nil || len(c.m) == 0 {
		return nil
	}
	out := make(map[string]string, min(len(c.m), maxList))
	for i, k := range sortedKeys(c.m) {
		if i == maxList {
			break
		}
		out[clean(k, 128, false)] = c.name(k)
	}
	return out
}

// when reads an RFC 3339 time as microseconds; 0 when absent.
func (n *node) when(key string) int64 {
	s := n.str(key)
	if s == "" {
		return 0
	}
	t, ok := parseTime(s)
	if !ok {
		n.fail(key, "must be a time such as 2026-11-23T10:00:00Z, is %q", clean(s, 40, false))
		return 0
	}
	return n.inYears(key, t)
}

// requireWhen is when for a time that must be there.
func (n *node) requireWhen(key string) int64 {
	n.require(key)
	return n.when(key)
}

// inYears refuses times that no finding can have, which come from clocks that
// are wrong and from seconds read as milliseconds.
func (n *node) inYears(key string, t time.Time) int64 {
	if y := t.UTC().Year(); y < 2000 || y > 2100 {
		n.fail(key, "is in the year %d, outside 2000 to 2100", y)
		return 0
	}
	return t.UnixMicro()
}

// parseTime reads RFC 3339 and the offset without a colon that ASFF also allows.
func parseTime(s string) (time.Time, bool) {
	if len(s) > 40 {
		return time.Time{}, false
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// kindOf names a JSON value for people.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case json.Number:
		return "the number " + clean(v.String(), 20, false)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	}
	return "an object"
}
