package query

import (
	"strconv"
	"strings"
)

// Query is a parsed query, checked against its table. It never changes, and
// many goroutines may use one.
type Query struct {
	root  node // nil: accepts everything
	table *Table
}

// Empty reports whether the query accepts everything because it says nothing.
func (q *Query) Empty() bool { return q.root == nil }

// Fields returns the names of the fields that the query asks for, each once.
// Bare text is not among them.
func (q *Query) Fields() []string {
	var names []string
	seen := map[*Field]bool{}
	walk(q.root, func(n node) {
		if c, ok := n.(*compare); ok && !seen[c.field] {
			seen[c.field] = true
			names = append(names, c.field.Name)
		}
	})
	return names
}

// node is *group, *negation, *compare or *bareText.
type node any

// group is an AND or an OR of at least two nodes, none of the same sort.
type group struct {
	or    bool
	nodes []node
}

// negation is NOT.
type negation struct{ node node }

// compare is a field, an operator and what the values mean.
type compare struct {
	field  *Field
	name   string // as written, in lower case
	nameAt span
	op     string
	values []value
	fixed  *leaf // what it asks, when that does not depend on who asks and when
}

// bareText is looked for in the fields marked Search.
type bareText struct{ word word }

func walk(n node, visit func(node)) {
	switch n := n.(type) {
	case nil:
		return
	case *group:
		for _, child := range n.nodes {
			walk(child, visit)
		}
	case *negation:
		walk(n.node, visit)
	}
	visit(n)
}

// String writes the query in normal form: AND unwritten, NOT as "-", field
// names in lower case, no needless parentheses. It is never longer or deeper
// than what was parsed, and parses to an equal query.
func (q *Query) String() string {
	if q.root == nil {
		return ""
	}
	return format(q.root)
}

func format(n node) string {
	switch n := n.(type) {
	case *group:
		return formatGroup(n)
	case *negation:
		if _, ok := n.node.(*negation); ok {
			return "-(" + format(n.node) + ")"
		}
		return "-" + formatIn(n.node)
	case *compare:
		words := make([]string, len(n.values))
		for i, v := range n.values {
			words[i] = v.word.String()
		}
		return n.name + n.op + strings.Join(words, ",")
	case *bareText:
		return n.word.String()
	}
	return ""
}

// formatGroup relies on join: a group inside an OR is an AND, which binds
// tighter and needs no parentheses, and the other way round it needs them.
func formatGroup(g *group) string {
	parts := make([]string, len(g.nodes))
	for i, child := range g.nodes {
		if g.or {
			parts[i] = format(child)
		} else {
			parts[i] = formatIn(child)
		}
	}
	if g.or {
		return strings.Join(parts, " OR ")
	}
	return strings.Join(parts, " ")
}

// formatIn is format with parentheses around a group.
func formatIn(n node) string {
	if _, ok := n.(*group); ok {
		return "(" + format(n) + ")"
	}
	return format(n)
}

// String writes the word as it was written.
func (w word) String() string {
	if !w.quoted {
		return w.text
	}
	return Quote(w.text)
}

// Quote writes text as a quoted value or bare text, which is how a program
// puts a string of its user into a query.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// clip shortens what a message repeats, and quotes what could confuse a
// terminal.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
