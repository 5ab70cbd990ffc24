package finding

import (
	"strconv"
	"strings"
)

// Limits of a path.
const (
	maxPath      = 300
	maxPathSteps = 20
	maxValues    = 10_000 // that one path may give
)

// way leads through a parsed value: $.alert.rule[0].name, $.hosts[*].ip,
// $["a name with dots"].
type way struct {
	text  string
	steps []step
}

// step is a name, a place in a list, or all places.
type step struct {
	name  string
	index int
	list  bool // the step is an index, or all
	all   bool
}

// compilePath reads a path. The error is a sentence that goes on after the
// path's place; at is the byte of it at which reading stopped.
func compilePath(s string) (p way, at int, why string) {
	if len(s) > maxPath {
		return p, maxPath, "is longer than " + strconv.Itoa(maxPath) + " bytes"
	}
	if !strings.HasPrefix(s, "$") {
		return p, 0, "must begin with $"
	}
	p.text = s
	for at = 1; at < len(s); {
		if len(p.steps) == maxPathSteps {
			return p, at, "has more than " + strconv.Itoa(maxPathSteps) + " steps"
		}
		st, end, why := readStep(s, at)
		if why != "" {
			return p, end, why
		}
		p.steps = append(p.steps, st)
		at = end
	}
	return p, at, ""
}

func readStep(s string, at int) (st step, end int, why string) {
	switch s[at] {
	case '.':
		end = at + 1
		for end < len(s) && s[end] != '.' && s[end] != '[' {
			end++
		}
		if end == at+1 {
			return st, end, "has no name after the dot"
		}
		return step{name: s[at+1 : end]}, end, ""
	case '[':
		return readBracket(s, at+1)
	}
	return st, at, "must go on with a dot or a bracket"
}

// readBracket reads what follows an opening bracket: *, an index or a name in
// quotes.
func readBracket(s string, at int) (st step, end int, why string) {
	rest := s[at:]
	if strings.HasPrefix(rest, "*]") {
		return step{list: true, all: true}, at + 2, ""
	}
	if strings.HasPrefix(rest, `"`) {
		return readQuoted(s, at)
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits > 6 || !strings.HasPrefix(rest[digits:], "]") {
		return st, at, `needs a number, * or a name in double quotes between its brackets`
	}
	n, _ := strconv.Atoi(rest[:digits])
	return step{list: true, index: n}, at + digits + 1, ""
}

func readQuoted(s string, at int) (st step, end int, why string) {
	p := parser{s: s, i: at}
	name, f := p.str()
	if f != nil || !strings.HasPrefix(s[p.i:], "]") {
		return st, at, "has a name in brackets that does not end"
	}
	return step{name: name}, p.i + 1, ""
}

// find returns what the path leads to, in order, at most maxValues values.
// Nulls count as absent. It visits each value of v at most once.
func (p way) find(v any) []any {
	return walk(nil, v, p.steps)
}

func walk(out []any, v any, steps []step) []any {
	if v == nil || len(out) >= maxValues {
		return out
	}
	if len(steps) == 0 {
		return append(out, v)
	}
	st, rest := steps[0], steps[1:]
	if !st.list {
		if m, ok := v.(map[string]any); ok {
			return walk(out, m[st.name], rest)
		}
		return out
	}
	list, ok := v.([]any)
	if !ok {
		return out
	}
	if !st.all {
		if st.index < len(list) {
			return walk(out, list[st.index], rest)
		}
		return out
	}
	for _, e := range list {
		out = walk(out, e, rest)
	}
	return out
}

// findRaw follows the path through the text of a value, so that what is found
// keeps its bytes and what is broken beside it does no harm. It calls found
// with the place and text of each; a flaw is where the text breaks off. ok is
// false when the path leads nowhere.
func (p way) findRaw(s, at string, found func(at, raw string, f *flaw) bool) (ok bool) {
	w := rawWalk{found: found}
	w.value(s, at, p.steps)
	return w.hit
}

type rawWalk struct {
	found     func(at, raw string, f *flaw) bool
	hit, done bool
}

func (w *rawWalk) give(at, raw string, f *flaw) {
	if w.hit = true; !w.done {
		w.done = !w.found(at, raw, f)
	}
}

func (w *rawWalk) value(s, at string, steps []step) {
	s = strings.TrimRight(s[skipSpace(s, 0):], " \t\r\n")
	switch {
	case w.done:
	case len(steps) == 0:
		w.give(at, s, nil)
	case s == "":
	case !steps[0].list && s[0] == '{':
		o, f := open(s)
		if f != nil {
			w.give(at, s, f)
			return
		}
		if raw := o.get(steps[0].name); raw != "" {
			w.value(raw, joinPath(at, keyPath(steps[0].name)), steps[1:])
		}
	case steps[0].list && s[0] == '[':
		w.list(s, at, steps)
	}
}

func (w *rawWalk) list(s, at string, steps []step) {
	w.hit = w.hit || steps[0].all // an empty list is an answer
	elements(s, func(i int, raw string, f *flaw) bool {
		switch {
		case f != nil && (steps[0].all || i == steps[0].index):
			w.give(at+indexPath(i), raw, f)
		case f == nil && (steps[0].all || i == steps[0].index):
			w.value(raw, at+indexPath(i), steps[1:])
		}
		return !w.done && (steps[0].all || i < steps[0].index)
	})
}
