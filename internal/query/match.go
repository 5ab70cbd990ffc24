package query

import (
	"slices"
	"strings"
)

// Values are the values of one field of a record; none at all is NULL or an
// empty list. Text, ID, Enum and Ordered fields use Text; Number, Duration
// and Time (microseconds), and Bool (0 and 1) use Numbers.
type Values struct {
	Text    []string
	Numbers []int64
}

// Strings is the Values of a field of a textual kind. An empty string counts
// as no value.
func Strings(s ...string) Values { return Values{Text: s} }

// Integers is the Values of a Number, Duration or Time.
func Integers(n ...int64) Values { return Values{Numbers: n} }

// Flag is the Values of a Bool.
func Flag(b bool) Values {
	if b {
		return Integers(1)
	}
	return Integers(0)
}

// Record gives the values of a field by its Name in the table.
type Record func(field string) Values

// Match reports whether the record satisfies the query, with the meaning that
// Compile gives it on SQLite, where case is ASCII. Env.Text is not used.
func Match(q *Query, record Record, env Env) bool {
	if q.root == nil {
		return true
	}
	m := matcher{env: &env, record: record, search: q.table.search}
	return m.node(q.root)
}

type matcher struct {
	env    *Env
	record Record
	search []*Field
}

func (m *matcher) node(n node) bool {
	switch n := n.(type) {
	case *group:
		found := slices.ContainsFunc(n.nodes, func(child node) bool { return m.node(child) == n.or })
		return found == n.or
	case *negation:
		return !m.node(n.node)
	case *compare:
		l := n.lower(m.env)
		return l.match(n.field, m.record(n.field.Name)) == (n.op != "!=")
	case *bareText:
		l := leaf{pieces: []string{n.word.text}}
		return slices.ContainsFunc(m.search, func(f *Field) bool {
			return l.match(f, m.record(f.Name))
		})
	}
	return false
}

// match holds what is asked against the values of one field.
func (l *leaf) match(f *Field, v Values) bool {
	if !f.Kind.textual() {
		return l.presence(len(v.Numbers) > 0) || slices.ContainsFunc(v.Numbers, l.holdsNumber)
	}
	present := slices.ContainsFunc(v.Text, func(s string) bool { return s != "" })
	return l.presence(present) ||
		slices.ContainsFunc(v.Text, func(s string) bool { return l.holdsText(s, f.Kind == Text) || l.listsHold(f, s) })
}

func (l *leaf) presence(present bool) bool {
	return l.none && !present || l.some && present
}

func (l *leaf) holdsNumber(n int64) bool {
	return slices.ContainsFunc(l.ranges, func(b bounds) bool { return b.low <= n && n <= b.high })
}

func (l *leaf) listsHold(f *Field, s string) bool {
	return slices.ContainsFunc(l.lists, func(list listed) bool { return list.contains(f, s) })
}

func (l *leaf) holdsText(s string, anyCase bool) bool {
	if slices.ContainsFunc(l.equal, func(e string) bool { return e == s || anyCase && fold(e) == fold(s) }) {
		return true
	}
	if len(l.pieces) == 0 {
		return false
	}
	s = fold(s)
	return slices.ContainsFunc(l.pieces, func(p string) bool { return strings.Contains(s, fold(p)) })
}
