package finding

import (
	"strings"
)

// Telling a body apart happens before anything inside is judged, so that one
// bad finding does not take its neighbours with it. These readers therefore
// match brackets and skip strings, and leave the rest to the strict parser.

// skipValue returns the end of the value that begins at i; ok is false when the
// text ends, or a line does inside a string, before the value is closed.
func skipValue(s string, i int) (end int, ok bool) {
	if i >= len(s) {
		return i, false
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipNested(s, i)
	}
	for i < len(s) && strings.IndexByte(" \t\r\n,]}", s[i]) < 0 {
		i++
	}
	return i, true
}

func skipNested(s string, i int) (end int, ok bool) {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			if i, ok = skipString(s, i); !ok {
				return i, false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}

func skipString(s string, i int) (end int, ok bool) {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1, true
		case '\\':
			i++
		case '\n':
			return i, false
		}
	}
	return len(s), false
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// member is one member of an object, its value unread.
type member struct{ key, raw string }

// object is a wrapper opened one level deep.
type object []member

// get returns the text of the value under key, "" when absent or null.
func (o object) get(key string) string {
	for _, m := range o {
		if m.key == key && m.raw != "null" {
			return m.raw
		}
	}
	return ""
}

func (o object) has(key string) bool { return o.get(key) != "" }

// open reads the names of an object strictly and leaves its values unread. The
// text must be that object and nothing else.
func open(s string) (object, *flaw) {
	p := parser{s: s, i: 1}
	o := make(object, 0, 32)
	for first := true; ; first = false {
		done, f := p.next('}', first)
		if f != nil {
			return nil, f
		}
		if done {
			break
		}
		m, f := p.member()
		if f != nil {
			return nil, f
		}
		o = append(o, m)
	}
	if p.space(); p.i < len(s) {
		return nil, p.syntax("something follows the end of the object")
	}
	return o, o.duplicate()
}

func (p *parser) member() (member, *flaw) {
	key, f := p.key()
	if f != nil {
		return member{}, f
	}
	p.space()
	end, ok := skipValue(p.s, p.i)
	if !ok || end == p.i {
		return member{}, p.syntax("a value is missing or does not end").under(keyPath(key))
	}
	m := member{key: key, raw: p.s[p.i:end]}
	p.i = end
	return m, nil
}

// duplicate finds a name that stands twice, in linear time for big objects.
func (o object) duplicate() *flaw {
	if len(o) <= 16 {
		for i := range o {
			for j := range i {
				if o[i].key == o[j].key {
					return duplicate(o[i].key)
				}
			}
		}
		return nil
	}
	seen := make(map[string]struct{}, len(o))
	for _, m := range o {
		if _, twice := seen[m.key]; twice {
			return duplicate(m.key)
		}
		seen[m.key] = struct{}{}
	}
	return nil
}

// elements calls do for the text of each element of the list s until do says
// stop. When the list breaks off, what is left is handed over with the flaw.
func elements(s string, do func(i int, raw string, f *flaw) bool) {
	p := parser{s: s, i: 1}
	for n := 0; ; n++ {
		done, f := p.next(']', n == 0)
		if done {
			if p.space(); p.i < len(s) {
				do(n, s[p.i:], p.syntax("something follows the end of the list"))
			}
			return
		}
		end, ok := skipValue(s, skipSpace(s, p.i))
		if f == nil && (!ok || end == p.i) {
			f = p.syntax("the text ends in the middle")
		}
		if f != nil {
			do(n, s[p.i:], f)
			return
		}
		if !do(n, s[skipSpace(s, p.i):end], nil) {
			return
		}
		p.i = end
	}
}

// piece is one value of a body: a whole document, or one line of many.
type piece struct {
	text string
	line int
	// entire: the brackets match and it begins in the first column, so that it
	// is a line of its own and not a fragment of something that broke.
	entire bool
}

// pieces cuts a body into its values. A stream of JSON values is followed as
// long as it holds; from the first that does not, every line stands for itself.
// Both walks are linear. At most limit+1 pieces are returned.
func pieces(s string, limit int) []piece {
	var out []piece
	i, line := 0, 1
	for len(out) <= limit {
		next := skipSpace(s, i)
		line += strings.Count(s[i:next], "\n")
		if i = next; i >= len(s) {
			return out
		}
		end, ok := streamValue(s, i)
		if !ok {
			return lines(s, i, line, limit, out)
		}
		out = append(out, piece{text: s[i:end], line: line, entire: true})
		line += strings.Count(s[i:end], "\n")
		i = end
	}
	return out
}

// streamValue reads an object or list at i that is followed by white space, or
// by the next one at once, as Firehose writes them.
func streamValue(s string, i int) (int, bool) {
	if s[i] != '{' && s[i] != '[' {
		return i, false
	}
	end, ok := skipValue(s, i)
	if !ok || end < len(s) && skipSpace(s, end) == end && s[end] != '{' && s[end] != '[' {
		return i, false
	}
	return end, true
}

// lines cuts the rest of a body, from i in the given line, into its lines.
func lines(s string, i, line, limit int, out []piece) []piece {
	for ; i < len(s) && len(out) <= limit; line++ {
		end := len(s)
		if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
			end = i + n
		}
		text := strings.TrimRight(s[i:end], " \t\r")
		if from := skipSpace(text, 0); from < len(text) {
			stop, ok := skipValue(text, from)
			nested := text[from] == '{' || text[from] == '['
			entire := ok && nested && stop == len(text) && from == 0 && (i == 0 || s[i-1] == '\n')
			out = append(out, piece{text: text[from:], line: line, entire: entire})
		}
		i = end + 1
	}
	return out
}
