package cli

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// document is something that people change as a whole, with a history that keeps
// every version: the rules for findings, the targets.
type document struct {
	name     string   // of the command, and of the path: policy, sla
	what     string   // to people: the rules
	versions string   // what a state of it is called: revision, version
	sections []string // in the order in which they stand
	also     []string // members that the server adds and a file may hold
	bare     string   // the section that a bare list is; "" for none
	least    int      // the first version that there may be
	print    func(p *program, doc any) error
}

// show prints it as it is in force, or as it was.
func (d document) show(p *program, short, example string) *cobra.Command {
	rev := -1
	c := p.asks("show", short, cobra.NoArgs, func(r *running, _ []string) error {
		path := "/" + d.name
		if r.cmd.Flags().Changed("rev") {
			path = pathOf(d.name, "history", strconv.Itoa(rev))
		}
		doc, err := r.get(r.cmd.Context(), path, nil)
		if err != nil {
			return err
		}
		return d.print(r.program, doc)
	})
	c.Aliases, c.Example = []string{"get"}, example
	c.Flags().IntVar(&rev, "rev", rev, d.what+" as they were in this "+d.versions)
	return p.prints(c)
}

// put replaces sections by those of a file. more adds what else the body needs.
func (d document) put(p *program, use string, more func(body map[string]any)) *cobra.Command {
	var reason string
	c := p.asks(use+" FILE", "Replace sections of "+d.what+" by those of a YAML or JSON file; - is standard input", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, rev, err := d.read(r.program, args[0])
		if err != nil {
			return err
		}
		if rev == "" {
			if rev, err = d.rev(r); err != nil {
				return err
			}
		}
		if reason != "" {
			body["reason"] = reason
		}
		more(body)
		doc, err := r.send(r.cmd.Context(), call{method: http.MethodPut, path: "/" + d.name, rev: rev}, body)
		if err != nil {
			return err
		}
		return d.print(r.program, doc)
	})
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the history")
	return p.prints(c)
}

// rev is the version in force.
func (d document) rev(r *running) (string, error) {
	now, err := r.get(r.cmd.Context(), "/"+d.name, nil)
	return textAt(now, "rev"), err
}

func historyColumns() []column {
	return []column{
		col("REV", "rev"), col("AT", "at").as(moment), col("BY", "by_name").upTo(30), col("SECTIONS", "sections").upTo(60), col("REASON", "reason").upTo(80),
	}
}

func (d document) history(p *program) *cobra.Command {
	return p.prints(p.asks("history", "Who changed "+d.what+", when and why, newest first", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/"+d.name+"/history", nil, historyColumns())
	}))
}

func (d document) undo(p *program) *cobra.Command {
	var reason string
	c := p.asks("undo REV", "Put an earlier "+d.versions+" of "+d.what+" back, as a new one", cobra.ExactArgs(1), func(r *running, args []string) error {
		to, err := strconv.Atoi(args[0])
		if err != nil || to < d.least {
			return usage(r.cmd, "REV must be a %s, as `%s history` lists them", d.versions, d.name)
		}
		rev, err := d.rev(r)
		if err != nil {
			return err
		}
		doc, err := r.send(r.cmd.Context(), call{method: http.MethodPost, path: "/" + d.name + "/undo", rev: rev}, map[string]any{"to_rev": to, "reason": reason})
		if err != nil {
			return err
		}
		return d.print(r.program, doc)
	})
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the history")
	need(c, "reason")
	return p.prints(c)
}

// read reads the sections of a file; rev is "" where the file has none.
func (d document) read(p *program, name string) (body map[string]any, rev string, err error) {
	text, err := p.readFile(name)
	if err != nil {
		return nil, "", err
	}
	v, err := parseYAML(text)
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "%s is neither JSON nor YAML", name).Because(err)
	}
	body = map[string]any{}
	if list, isList := v.([]any); isList && d.bare != "" {
		body[d.bare] = rawJSON(list)
		return body, "", nil
	}
	for _, section := range d.sections {
		if list, isList := at(v, section).([]any); isList {
			body[section] = rawJSON(list)
		}
	}
	if len(body) == 0 {
		return nil, "", fault.New(fault.Invalid, "%s has none of the sections of %s: %s.", name, d.what, strings.Join(d.sections, ", "))
	}
	return body, textAt(v, "rev"), d.onlyKnown(name, v)
}

// onlyKnown refuses members of a file that nobody would read.
func (d document) onlyKnown(name string, v any) error {
	o, ok := v.(*object)
	if !ok {
		return nil
	}
	known := slices.Concat(d.sections, d.also, []string{"rev"})
	for _, key := range o.keys {
		if !slices.Contains(known, key) {
			return fault.New(fault.Invalid, "%s has %q, which is no section of %s%s.", name, key, d.what, suggestion(nearest(key, known)))
		}
	}
	return nil
}
