package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// Where is one SQL condition, in parentheses where it needs them, and its
// arguments (string or int64). It belongs in a WHERE, under AND and OR:
// it may be NULL where it is not TRUE, so a caller never negates it.
type Where struct {
	SQL  string
	Args []any
}

// Compile turns the query into a condition whose placeholders are $first and
// up, each used once and in order. The SQL is of the kind that SQLite and
// PostgreSQL both take; everything that a user wrote is in Args. An error is
// Invalid, with its place, where the query can be matched in memory only: a
// field without a Column, a list of ranges, a very long list. It is Internal
// for an Env.Text that misuses bind.
func Compile(q *Query, env Env, first int) (Where, error) {
	if q.root == nil {
		return Where{SQL: "TRUE"}, nil
	}
	c := compiler{env: &env, first: first, search: q.table.search}
	sql, err := c.node(q.root, false)
	if err != nil {
		return Where{}, err
	}
	if !inOrder(sql, first, len(c.args)) {
		return Where{}, fault.New(fault.Internal, "query: placeholders out of order in %s", sql)
	}
	return Where{SQL: sql, Args: c.args}, nil
}

// compiler writes SQL from left to right, so that placeholders count up.
type compiler struct {
	env    *Env
	first  int
	args   []any
	search []*Field
	listed int // items of lists so far
}

func (c *compiler) bind(arg any) string {
	c.args = append(c.args, arg)
	return "$" + strconv.Itoa(c.first+len(c.args)-1)
}

// node compiles a node. Below a negation every leaf must be TRUE or FALSE;
// elsewhere NULL does as well as FALSE, and the plain form lets an index work.
func (c *compiler) node(n node, negated bool) (string, error) {
	switch n := n.(type) {
	case *group:
		return c.group(n, negated)
	case *negation:
		sql, err := c.node(n.node, true)
		return "NOT " + sql, err
	case *compare:
		if n.op == "!=" {
			sql, err := c.compare(n, true)
			return "(NOT " + sql + ")", err
		}
		return c.compare(n, negated)
	case *bareText:
		return c.text(n.word, negated)
	}
	return "", fault.New(fault.Internal, "query: unknown node %T", n)
}

func (c *compiler) group(g *group, negated bool) (string, error) {
	parts := make([]string, len(g.nodes))
	for i, n := range g.nodes {
		sql, err := c.node(n, negated)
		if err != nil {
			return "", err
		}
		parts[i] = sql
	}
	if g.or {
		return anyOf(parts), nil
	}
	return "(" + strings.Join(parts, " AND ") + ")", nil
}

// text compiles bare text.
func (c *compiler) text(w word, negated bool) (string, error) {
	if c.env.Text != nil {
		sql, err := c.env.Text(w.text, c.bind)
		return known("("+sql+")", negated), err
	}
	parts := make([]string, len(c.search))
	for i, f := range c.search {
		if f.Column == "" {
			return "", fail(w.at, "text is looked for in %s too, which can be used in rules only; name a field", f.Name)
		}
		parts[i] = c.leaf(f, leaf{pieces: []string{w.text}}, negated)
	}
	return anyOf(parts), nil
}

// compare compiles a comparison, leaving its negation to the caller.
func (c *compiler) compare(n *compare, negated bool) (string, error) {
	if n.field.Column == "" {
		return "", fail(n.nameAt, "%s can be used in rules only", n.field.Name)
	}
	l, err := c.listItems(n.field, n.lower(c.env))
	if err != nil {
		return "", err
	}
	return c.leaf(n.field, l, negated), nil
}

// leaf compiles what is asked of one field.
func (c *compiler) leaf(f *Field, l leaf, negated bool) string {
	var parts []string
	if l.none {
		parts = append(parts, f.absent())
	}
	if l.some {
		parts = append(parts, f.within(known(f.present(), negated && f.Exists == "")))
	}
	if items := c.items(f, l); len(items) > 0 {
		parts = append(parts, f.within(known(anyOf(items), negated && f.Exists == "")))
	}
	return anyOf(parts)
}

// items compiles the conditions on a value, or on an item of a list.
func (c *compiler) items(f *Field, l leaf) []string {
	var parts []string
	switch {
	case len(l.equal) > 0 && f.Ranked:
		parts = append(parts, c.ranks(f, l.equal))
	case len(l.equal) > 0:
		parts = append(parts, c.equal(f, l.equal))
	}
	for _, piece := range l.pieces {
		parts = append(parts, "lower("+f.Column+") LIKE lower("+c.bind("%"+escapeLike(piece)+"%")+`) ESCAPE '\'`)
	}
	for _, b := range l.ranges {
		parts = append(parts, c.between(f, b))
	}
	return parts
}

// equal compares with one or more strings. Both sides go through the engine's
// own lower(), so that outside ASCII each engine agrees with itself.
func (c *compiler) equal(f *Field, wanted []string) string {
	column, open, shut := f.Column, "", ""
	if f.Kind == Text {
		column, open, shut = "lower("+f.Column+")", "lower(", ")"
	}
	if len(wanted) == 1 {
		return column + " = " + open + c.bind(wanted[0]) + shut
	}
	places := make([]string, len(wanted))
	for i, w := range wanted {
		places[i] = open + c.bind(w) + shut
	}
	return column + " IN (" + strings.Join(places, ", ") + ")"
}

// ranks compares the place of a value with that of some. Neighbours become a
// range, which an index walks in order.
func (c *compiler) ranks(f *Field, wanted []string) string {
	var places []int64
	for _, w := range wanted {
		if i := slices.Index(f.Values, w); i >= 0 {
			places = append(places, int64(i))
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	if len(places) == 0 {
		return "FALSE"
	}
	low, high := places[0], places[len(places)-1]
	if int(high-low) == len(places)-1 {
		return c.between(f, bounds{low, high})
	}
	items := make([]string, len(places))
	for i, p := range places {
		items[i] = c.number(p)
	}
	return f.Column + " IN (" + strings.Join(items, ", ") + ")"
}

// truth compares with true or false, without an argument: an index that covers
// part of the rows is used only when the statement itself names that part.
func (f *Field) truth(want bool) string {
	switch {
	case want:
		return f.Column
	case f.Not != "":
		return f.Not
	}
	return "(NOT " + f.Column + ")"
}

// between compares with a range.
func (c *compiler) between(f *Field, b bounds) string {
	switch {
	case f.Kind == Bool:
		return f.truth(b.low != 0)
	case b.low == b.high:
		return f.Column + " = " + c.number(b.low)
	case b.low == math.MinInt64:
		return f.Column + " <= " + c.number(b.high)
	case b.high == math.MaxInt64:
		return f.Column + " >= " + c.number(b.low)
	}
	return "(" + f.Column + " >= " + c.number(b.low) + " AND " + f.Column + " <= " + c.number(b.high) + ")"
}

// number binds an integer. Without the cast, PostgreSQL gives the argument the
// type of the column, and fails where that is narrower, as a CASE of 0 and 1
// is.
func (c *compiler) number(n int64) string { return "CAST(" + c.bind(n) + " AS BIGINT)" }

// present is the condition that a value, or an item, is one.
func (f *Field) present() string {
	if f.Kind.textual() && !f.Ranked {
		return f.Column + " <> ''"
	}
	return f.Column + " IS NOT NULL"
}

// absent is the condition that there is no value. It is never NULL, and on a
// plain column an index can serve it.
func (f *Field) absent() string {
	switch {
	case f.Exists != "":
		return "(NOT " + f.within(f.present()) + ")"
	case f.Kind.textual() && !f.Ranked:
		return "(" + f.Column + " IS NULL OR " + f.Column + " = '')"
	default:
		return "(" + f.Column + " IS NULL)"
	}
}

// within puts a condition on an item into the subquery of a list.
func (f *Field) within(condition string) string {
	if f.Exists == "" {
		return condition
	}
	return "(" + strings.Replace(f.Exists, "{}", condition, 1) + ")"
}

// known makes NULL into FALSE where that matters.
func known(condition string, matters bool) string {
	if matters {
		return "COALESCE(" + condition + ", FALSE)"
	}
	return condition
}

// anyOf joins with OR; of nothing, nothing holds.
func anyOf(parts []string) string {
	switch len(parts) {
	case 0:
		return "FALSE"
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// escapeLike takes the meaning from the signs that LIKE knows.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// inOrder reports whether the placeholders are $first … in order, each once.
// It guards against a table or an Env.Text that brings its own.
func inOrder(sql string, first, count int) bool {
	pieces := strings.Split(sql, "$")[1:]
	if len(pieces) != count {
		return false
	}
	for i, piece := range pieces {
		digits := len(piece) - len(strings.TrimLeft(piece, "0123456789"))
		if piece[:digits] != strconv.Itoa(first+i) {
			return false
		}
	}
	return true
}
