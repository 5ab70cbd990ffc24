package cli

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) views() *cobra.Command {
	return p.remote(group("view", "Saved views of tickets", p.viewList(), p.viewSave(), p.viewDelete()))
}

func savedViewColumns() []column {
	return []column{
		col("VIEW", "name").upTo(40), col("COUNT", "count").as(tally), col("FOR", "scope"), col("OF", "owner_name").upTo(24),
		col("SORT", "sort"), col("QUERY", "q").upTo(80), col("ID", "id"),
	}
}

// tally is a count; one that is not exact has a plus behind it.
func tally(v any) string {
	n := textAt(v, "value")
	if n != "" && at(v, "exact") == false {
		return n + "+"
	}
	return n
}

func (p *program) viewList() *cobra.Command {
	return p.prints(p.asks("list", "The views there are, with how many tickets they hold", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/views", nil, savedViewColumns())
	}))
}

func (p *program) viewSave() *cobra.Command {
	body := map[string]any{}
	var q, sort, scope, team string
	var columns []string
	c := p.asks("save NAME", "Save a view, or change the one with that name", cobra.ExactArgs(1), func(r *running, args []string) error {
		body["name"] = args[0]
		for _, given := range []struct {
			flag, member string
			value        any
		}{{"query", "q", q}, {"sort", "sort", sort}, {"for", "scope", scope}, {"columns", "columns", columns}} {
			if r.cmd.Flags().Changed(given.flag) {
				body[given.member] = given.value
			}
		}
		if team != "" {
			t, err := r.team(team)
			if err != nil {
				return err
			}
			body["team"], body["scope"] = textAt(t, "id"), "team"
		}
		return r.saveView(args[0], body)
	})
	c.Example = "  tocsin view save 'Night shift' -q 'open:true severity>=high team:my-team' --sort -severity"
	c.Flags().StringVarP(&q, "query", "q", "", "filter in the query language")
	c.Flags().StringVar(&sort, "sort", "", "opened_at, updated_at, closed_at, due_at, number or severity; - before it turns it round")
	c.Flags().StringVar(&scope, "for", "personal", "personal, team or shared")
	c.Flags().StringVar(&team, "team", "", "the team, by name or id, whose members see it")
	c.Flags().StringSliceVar(&columns, "columns", nil, "columns in their order, such as number,title,owner")
	return p.prints(c)
}

// saveView changes the view of the caller's with that name, or makes one.
func (r *running) saveView(name string, body map[string]any) error {
	var old any
	_, err := r.each(whole(), "/views", url.Values{"counts": {"false"}}, func(item any) error {
		if at(item, "mine") == true && strings.EqualFold(textAt(item, "name"), name) {
			old = item
		}
		return nil
	})
	if err != nil {
		return err
	}
	q := call{method: http.MethodPost, path: "/views"}
	if old != nil {
		q = call{method: http.MethodPatch, path: pathOf("views", textAt(old, "id")), rev: textAt(old, "rev")}
	} else if _, ok := body["q"]; !ok {
		body["q"] = ""
	}
	saved, err := r.send(r.cmd.Context(), q, body)
	if err != nil {
		return err
	}
	return r.one(saved, savedViewColumns())
}

func (p *program) viewDelete() *cobra.Command {
	var sure bool
	c := p.asks("delete NAME", "Remove a view", cobra.ExactArgs(1), func(r *running, args []string) error {
		v, err := r.savedView(args[0])
		if err != nil {
			return err
		}
		if err := r.confirm(sure, textAt(v, "name"), "this removes the view "+textAt(v, "name")+" of "+textAt(v, "owner_name")); err != nil {
			return err
		}
		_, err = r.send(r.cmd.Context(), call{method: http.MethodDelete, path: pathOf("views", textAt(v, "id")), rev: textAt(v, "rev")}, nil)
		return err
	})
	return sureFlag(c, &sure)
}

// savedView finds a view by its name or id.
func (r *running) savedView(word string) (any, error) {
	return r.find("view", "/views", word, "id", "name")
}

// viewed is what the list of tickets is asked for by a view; without one,
// nothing.
func (r *running) viewed(word string) (url.Values, error) {
	ask := url.Values{}
	if word == "" {
		return ask, nil
	}
	v, err := r.savedView(word)
	if err == nil {
		ask.Set("q", textAt(v, "q"))
		ask.Set("sort", textAt(v, "sort"))
	}
	return ask, err
}

// both is the filter of a view and one that narrows it; either may hold an OR.
func both(view, q string) string {
	if view == "" || q == "" {
		return view + q
	}
	return "(" + view + ") (" + q + ")"
}
