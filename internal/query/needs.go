package query

import (
	"math"
	"slices"
)

// Need is what every record that a query accepts has in one field. It lets a
// caller choose the index by which to look; the condition itself stays whole.
type Need struct {
	Equal     []string // of a textual field: one of these
	Low, High int64    // of another: from and to, both included; the extremes of int64 mean no bound
}

// Needs returns what the query asks of a field, by its Name, whatever else it
// asks: a comparison that stands alone or under AND. The first one counts. It
// reports false when there is none, or none that names values.
func (q *Query) Needs(field string, env Env) (Need, bool) {
	for _, n := range q.conjuncts() {
		c, ok := n.(*compare)
		if !ok || c.field.Name != field || c.op == "!=" {
			continue
		}
		if need, ok := c.need(&env); ok {
			return need, true
		}
	}
	return Need{}, false
}

func (c *compare) need(env *Env) (Need, bool) {
	l := c.lower(env)
	if l.none || l.some || len(l.pieces) > 0 {
		return Need{}, false
	}
	if c.field.Kind.textual() {
		for i := range l.lists {
			if len(l.lists[i].set.Prefixes) > 0 {
				return Need{}, false
			}
			l.equal = append(slices.Clip(l.equal), l.lists[i].canonical(c.field)...)
		}
		return Need{Equal: l.equal}, true
	}
	need := Need{Low: math.MaxInt64, High: math.MinInt64}
	for _, b := range l.ranges {
		need.Low, need.High = min(need.Low, b.low), max(need.High, b.high)
	}
	return need, true
}

// Excludes returns values that no record which the query accepts has in a
// textual field: those of -field:value and field!=value.
func (q *Query) Excludes(field string, env Env) []string {
	var out []string
	for _, n := range q.conjuncts() {
		not, negated := n.(*negation)
		if negated {
			n = not.node
		}
		if c, ok := n.(*compare); ok && c.field.Name == field && c.field.Kind.textual() && (c.op == "!=") != negated && c.op != "~" && !isOrdering(c.op) {
			l := c.lower(&env)
			out = append(out, l.equal...)
		}
	}
	return out
}

func (q *Query) conjuncts() []node {
	if g, ok := q.root.(*group); ok && !g.or {
		return g.nodes
	}
	if q.root == nil {
		return nil
	}
	return []node{q.root}
}

// SplitText parts the bare texts that every record must hold from the rest of
// the query, for a caller that looks in an index of text first.
func (q *Query) SplitText() (texts []string, rest *Query) {
	var others []node
	for _, n := range q.conjuncts() {
		if b, ok := n.(*bareText); ok {
			texts = append(texts, b.word.text)
			continue
		}
		others = append(others, n)
	}
	rest = &Query{table: q.table}
	switch len(others) {
	case 0:
	case 1:
		rest.root = others[0]
	default:
		rest.root = &group{nodes: others}
	}
	return texts, rest
}

// HasText reports whether bare text is asked for anywhere in the query.
func (q *Query) HasText() bool {
	found := false
	walk(q.root, func(n node) {
		if _, ok := n.(*bareText); ok {
			found = true
		}
	})
	return found
}

// Personal reports whether the query means something else to somebody else: by
// me and my-team, and by days, which begin where one is.
func (q *Query) Personal() bool {
	personal := false
	walk(q.root, func(n node) {
		c, ok := n.(*compare)
		personal = personal || ok && slices.ContainsFunc(c.values, func(v value) bool {
			return v.meaning == isMe || v.meaning == isMyTeam || v.meaning == wholeDay || v.meaning == nearDay
		})
	})
	return personal
}
