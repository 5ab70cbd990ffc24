package cli

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// listing is how much of a list to show.
type listing struct {
	limit int
	all   bool
	short bool // the API gives it whole, or in pages of its own size
}

const pageSize = 200 // the most that the API gives at once

// on gives a list its flags.
func (l *listing) on(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().IntVar(&l.limit, "limit", 50, "how many to show at most")
	cmd.Flags().BoolVar(&l.all, "all", false, "show all, however many there are")
	cmd.MarkFlagsMutuallyExclusive("limit", "all")
	return cmd
}

// whole is a list that is shown whole.
func whole() *listing { return &listing{all: true, short: true} }

// list prints a list of the API page by page.
func (r *running) list(l *listing, path string, query url.Values, columns []column) error {
	if !l.all && l.limit < 1 {
		return usage(r.cmd, "--limit must be 1 or more")
	}
	out := r.rows(columns, false)
	more, err := r.each(l, path, query, out.add)
	if err != nil {
		return err
	}
	if more {
		r.say("There are more: --all shows them.")
	}
	return out.end()
}

// each visits the items of a list and reports whether some were left out.
func (r *running) each(l *listing, path string, query url.Values, visit func(item any) error) (more bool, err error) {
	q := url.Values{}
	for key, values := range query {
		q[key] = values
	}
	for left := l.limit; ; {
		l.ask(q, left)
		page, err := r.get(r.cmd.Context(), path, q)
		if err != nil {
			return false, err
		}
		items := listAt(page, "items")
		for _, item := range items {
			if err := visit(item); err != nil {
				return false, err
			}
		}
		next := textAt(page, "next_cursor")
		left -= len(items)
		if next == "" || next == q.Get("cursor") || (!l.all && left <= 0) {
			return next != "", nil
		}
		q.Set("cursor", next)
	}
}

func (l *listing) ask(q url.Values, left int) {
	switch {
	case l.short:
	case l.all:
		q.Set("limit", strconv.Itoa(pageSize))
	default:
		q.Set("limit", strconv.Itoa(min(left, pageSize)))
	}
}

// find returns the one item of a short list whose member (id, name, email …)
// is the given word.
func (r *running) find(what, path, word string, members ...string) (any, error) {
	var found []any
	known := []string{}
	_, err := r.each(whole(), path, nil, func(item any) error {
		for _, m := range members {
			value := textAt(item, m)
			if m != "id" {
				known = append(known, value)
			}
			if strings.EqualFold(value, word) {
				found = append(found, item)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		slices.Sort(known)
		return nil, fault.New(fault.Missing, "There is no %s %q%s.", what, word, suggestion(nearest(word, slices.Compact(known))))
	case 1:
		return found[0], nil
	}
	return nil, fault.New(fault.Conflict, "%d have the name %q; give the id.", len(found), word)
}

// each of these takes an id or what people call the thing.
func (r *running) user(word string) (any, error) {
	return r.find("user", "/users", word, "id", "email")
}

func (r *running) team(word string) (any, error) { return r.find("team", "/teams", word, "id", "name") }

func (r *running) connection(word string) (any, error) {
	return r.find("connection", "/connections", word, "id", "name")
}

func yes(v any) string {
	if v == true {
		return "yes"
	}
	return ""
}

// confirm asks before something that cannot be taken back. Where nobody can
// answer, --yes must say so.
func (r *running) confirm(sure bool, name, what string) error {
	if sure {
		return nil
	}
	if !isTerminal(r.in) {
		return usage(r.cmd, "%s: say --yes", what)
	}
	return r.typed(name, what)
}

// typed has somebody type a name.
func (p *program) typed(name, what string) error {
	p.say("%s. Type %s to go on:", what, name)
	typed, err := p.secretLine("answer")
	if err != nil {
		return err
	}
	if typed != name {
		return fault.New(fault.Invalid, "That is not %s; nothing was done.", name)
	}
	return nil
}

func sureFlag(cmd *cobra.Command, sure *bool) *cobra.Command {
	cmd.Flags().BoolVar(sure, "yes", false, "do not ask")
	return cmd
}

// count shows how long a list is.
func count(v any) string {
	list, _ := v.([]any)
	return strconv.Itoa(len(list))
}
