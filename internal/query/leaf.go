package query

import (
	"math"
	"slices"
	"time"
)

// Env is who asks, where and when.
type Env struct {
	Me      string         // user id for me; empty: me satisfies nothing
	MyTeams []string       // team ids for my-team
	Now     int64          // microseconds UTC, of the transaction
	Zone    *time.Location // in which a day begins; nil is UTC
	// List gives what a list holds, for values such as @crown-jewels. One that
	// it does not know holds nothing, and neither does any when it is nil.
	List func(name string) (Set, bool)
	// Text, when set, compiles bare text in place of the substring search over
	// the fields marked Search: it returns an SQL condition and calls bind once
	// for each argument, in the order in which the placeholders that bind
	// returns stand in the condition. The text itself must travel through bind.
	Text func(text string, bind func(arg any) string) (string, error)
}

// leaf is what a comparison asks of a field, in the one form that Compile and
// Match share: nothing at all, or anything, or an item that equals one of
// some strings or is in one of some lists, holds one of some pieces, or lies in
// one of some ranges.
type leaf struct {
	none, some bool
	equal      []string
	pieces     []string
	lists      []listed
	ranges     []bounds
}

// bounds is a range of integers, both ends included; the extremes of int64
// mean no bound. Of a day that a zone skips, low is above high.
type bounds struct{ low, high int64 }

// lower turns the values into what they ask. An operator != is lowered as
// ":", and its caller negates.
func (c *compare) lower(env *Env) leaf {
	if c.fixed != nil {
		return *c.fixed
	}
	var l leaf
	for _, v := range c.values {
		l.add(c, v, env)
	}
	return l
}

func (l *leaf) add(c *compare, v value, env *Env) {
	switch {
	case v.meaning == isNone:
		l.none = true
	case v.meaning == isAny:
		l.some = true
	case v.meaning == isMe:
		l.addID(env.Me)
	case v.meaning == isMyTeam:
		for _, team := range env.MyTeams {
			l.addID(team)
		}
	case v.meaning == isList:
		name := listName(v.word)
		l.lists = append(l.lists, listed{env.list(name), name, v.word.at})
	case c.op == "~":
		l.pieces = append(l.pieces, v.canon)
	case !c.field.Kind.textual():
		l.ranges = append(l.ranges, bound(c.op, v.span(env)))
	case isOrdering(c.op):
		l.equal = append(l.equal, above(c.field.Values, c.op, v.canon)...)
	case v.canon != "":
		l.equal = append(l.equal, v.canon)
	}
}

// addID leaves out the empty id, which would be found where there is none.
func (l *leaf) addID(id string) {
	if id != "" {
		l.equal = append(l.equal, id)
	}
}

func (e *Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

func (d date) span(zone *time.Location) bounds {
	return bounds{d.start(zone), d.next().start(zone) - 1}
}

// span is the range that the value itself covers.
func (v value) span(env *Env) bounds {
	switch v.meaning {
	case sinceNow:
		return bounds{env.Now + v.num, env.Now + v.num}
	case wholeDay:
		return v.day.span(env.zone())
	case nearDay:
		zone := env.zone()
		return dayOf(env.Now, zone, v.num).span(zone)
	default:
		return bounds{v.num, v.num}
	}
}

// bound is the range that an operator and the range of a value ask for: after
// a day means after its end.
func bound(op string, b bounds) bounds {
	switch op {
	case "<":
		return bounds{math.MinInt64, b.low - 1}
	case "<=":
		return bounds{math.MinInt64, b.high}
	case ">":
		return bounds{b.high + 1, math.MaxInt64}
	case ">=":
		return bounds{b.low, math.MaxInt64}
	default:
		return b
	}
}

// above returns the values of an ordered enum that satisfy the operator.
func above(values []string, op, v string) []string {
	i := slices.Index(values, v)
	switch op {
	case "<":
		return values[:i]
	case "<=":
		return values[:i+1]
	case ">":
		return values[i+1:]
	default:
		return values[i:]
	}
}
