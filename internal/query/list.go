package query

import (
	"net/netip"
	"regexp"
	"slices"
)

// maxListed is how many items of a list SQL compares with, and maxListedAll of
// all lists of one query. A list in memory has no bound.
const (
	maxListed    = 1_000
	maxListedAll = 5_000
)

// listForm is how a list is named, behind the @.
var listForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_/-]{0,59}$`)

// Set is what a list holds: texts, and ranges of addresses. NewSet makes one
// that is fast whatever its size; the zero value holds nothing.
type Set struct {
	Values   []string
	Prefixes []netip.Prefix

	exact, folded map[string]struct{} // made once by NewSet; nil: Values are searched
}

// NewSet makes a set that finds a value at once.
func NewSet(values []string, prefixes []netip.Prefix) Set {
	s := Set{values, prefixes, make(map[string]struct{}, len(values)), make(map[string]struct{}, len(values))}
	for _, v := range values {
		s.exact[v] = struct{}{}
		s.folded[fold(v)] = struct{}{}
	}
	return s
}

// Contains reports whether the set holds the value: among its texts, exactly,
// or, when it is an address, in one of its ranges. Nothing holds the empty
// value.
func (s *Set) Contains(value string) bool { return s.has(value, false) || s.covers(value) }

// has looks among the texts.
func (s *Set) has(value string, anyCase bool) bool {
	if value == "" {
		return false
	}
	in, same := s.exact, func(v string) bool { return v == value }
	if anyCase {
		value = fold(value)
		in, same = s.folded, func(v string) bool { return fold(v) == value }
	}
	if in == nil {
		return slices.ContainsFunc(s.Values, same)
	}
	_, ok := in[value]
	return ok
}

// covers looks among the ranges. An address with a zone is compared without
// it, and one of IPv4 written as IPv6 as what it is.
func (s *Set) covers(value string) bool {
	if len(s.Prefixes) == 0 {
		return false
	}
	address, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(s.Prefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}

// listed is a list that a comparison names, with what it holds at the moment.
type listed struct {
	set  Set
	name string
	at   span // of its name in the query, for a refusal
}

// list looks up what a list holds. One that is not there holds nothing.
func (e *Env) list(name string) Set {
	if e.List == nil {
		return Set{}
	}
	set, _ := e.List(name)
	return set
}

// contains is Contains for a field: in the case that its kind asks for, and
// with items in the form in which it is stored.
func (l *listed) contains(f *Field, value string) bool {
	if f.Canon == nil {
		return l.set.has(value, f.Kind == Text) || l.set.covers(value)
	}
	canonical := Set{Values: l.canonical(f)}
	return canonical.has(value, f.Kind == Text) || l.set.covers(value)
}

// canonical is the items in the form in which the field is stored.
func (l *listed) canonical(f *Field) []string {
	items := make([]string, 0, len(l.set.Values))
	for _, v := range l.set.Values {
		if f.Canon != nil {
			v = f.Canon(v)
		}
		if v != "" {
			items = append(items, v)
		}
	}
	return items
}

// listItems adds what lists hold to what a comparison asks for, which SQL can
// do with a bounded number of texts.
func (c *compiler) listItems(f *Field, l leaf) (leaf, error) {
	for i := range l.lists {
		list := &l.lists[i]
		items := list.canonical(f)
		c.listed += len(items)
		switch {
		case len(list.set.Prefixes) > 0:
			return l, fail(list.at, "@%s holds address ranges, which can be used in rules only", list.name)
		case len(items) > maxListed || c.listed > maxListedAll:
			return l, fail(list.at, "@%s is too long to search with: at most %d items, and %d of all lists; rules have no such bound",
				list.name, maxListed, maxListedAll)
		}
		l.equal = append(slices.Clip(l.equal), items...)
	}
	return l, nil
}

// WithLists returns the same table for a caller who knows which lists there
// are: Parse then refuses the name of any other, and Complete offers these.
func (t *Table) WithLists(names []string) *Table {
	known := *t
	known.lists = append([]string{}, names...)
	slices.Sort(known.lists)
	return &known
}

// listNamed checks the name of a list that a query uses.
func (t *Table) listNamed(w word) error {
	name := listName(w)
	if !listForm.MatchString(name) {
		return fail(w.at, "a list is named with small letters, digits, - _ and /, as in @crown-jewels; to look for this text, put it in quotes")
	}
	if t.lists == nil || slices.Contains(t.lists, name) {
		return nil
	}
	near := nearest(name, t.lists)
	if near != "" {
		near = "@" + near
	}
	return suggest(fail(w.at, "there is no list %q%s", clip(w.text), didYouMean(near)), near)
}

// listName is the name behind the @.
func listName(w word) string { return fold(w.text[1:]) }

// Lists returns the names of the lists that the query uses, each once.
func (q *Query) Lists() []string {
	var names []string
	walk(q.root, func(n node) {
		c, ok := n.(*compare)
		if !ok {
			return
		}
		for _, v := range c.values {
			if v.meaning == isList && !slices.Contains(names, listName(v.word)) {
				names = append(names, listName(v.word))
			}
		}
	})
	return names
}
