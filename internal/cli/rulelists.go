package cli

import (
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// lists are those that rules name with @; `list` is what other groups call
// showing what they have.
func (p *program) lists() *cobra.Command {
	return p.remote(group("lists", "Lists that rules name with @: VIPs, crown jewels, own ranges", p.listsList(), p.listsShow(), p.listsSet(), p.listsDelete()))
}

func listKinds() []string { return []string{"text", "cidr", "account"} }

func ruleListColumns() []column {
	return []column{
		col("NAME", "name").upTo(60), col("KIND", "kind"), col("ITEMS", "size"), col("CHANGED", "updated_at").as(moment), col("USED IN", "used_in").upTo(80),
	}
}

func (p *program) listsList() *cobra.Command {
	return p.prints(p.asks("list", "All lists, each with the rules that use it", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/lists", nil, ruleListColumns())
	}))
}

func (p *program) listsShow() *cobra.Command {
	return p.prints(p.asks("show NAME", "What is in a list", cobra.ExactArgs(1), func(r *running, args []string) error {
		list, err := r.get(r.cmd.Context(), pathOf("lists", listWord(args[0])), nil)
		if err != nil {
			return err
		}
		if r.output == "table" || r.output == "csv" {
			return r.many(listAt(list, "items"), []column{col("VALUE", "value"), col("NOTE", "note").upTo(80)})
		}
		return r.one(list, nil)
	}))
}

// listWord takes a name as rules write it, too.
func listWord(name string) string { return strings.TrimPrefix(name, "@") }

func (p *program) listsSet() *cobra.Command {
	var kind string
	var add bool
	c := p.asks("set NAME FILE", "Write a list, a value a line with its note behind it; - is standard input", cobra.ExactArgs(2), func(r *running, args []string) error {
		if kind != "" {
			if err := oneOf(r.cmd, "kind", kind, listKinds()); err != nil {
				return err
			}
		}
		name := listWord(args[0])
		old, err := r.oldList(name)
		if err != nil {
			return err
		}
		given, err := r.readItems(args[1], firstOf(kind, textAt(old, "kind")))
		if err != nil {
			return err
		}
		q := call{method: http.MethodPut, path: pathOf("lists", name), rev: textAt(old, "rev"), create: old == nil}
		if given.kind = firstOf(kind, given.kind, textAt(old, "kind")); given.kind == "" {
			return usage(r.cmd, "the list %s is new: say its --kind", name)
		}
		if add {
			given.items = append(listAt(old, "items"), given.items...)
		}
		saved, err := r.send(r.cmd.Context(), q, map[string]any{"kind": given.kind, "items": rawJSON(given.items)})
		if err != nil {
			return err
		}
		return r.one(saved, ruleListColumns())
	})
	c.Long = "Write a list. FILE holds a value a line, with its note behind a tab or #, for\naccounts and addresses behind a blank; or it is what `lists show -o yaml` prints."
	c.Example = "  tocsin lists set own-ranges ranges.txt --kind cidr\n  echo '111122223333 Payments' | tocsin lists set crown-jewels - --add"
	c.Flags().StringVar(&kind, "kind", "", "text, cidr or account; needed for a new list")
	c.Flags().BoolVar(&add, "add", false, "keep what is in the list")
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(listKinds(), cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

func firstOf(words ...string) string {
	for _, word := range words {
		if word != "" {
			return word
		}
	}
	return ""
}

// oldList is a list as it stands, nil when there is none.
func (r *running) oldList(name string) (any, error) {
	list, err := r.get(r.cmd.Context(), pathOf("lists", name), nil)
	if fault.Is(err, fault.Missing) {
		return nil, nil
	}
	return list, err
}

// givenList is what a file says a list should hold.
type givenList struct {
	kind  string
	items []any
}

// readItems reads lines, or a list as `show` prints it.
func (r *running) readItems(name, kind string) (givenList, error) {
	text, err := r.readFile(name)
	if err != nil {
		return givenList{}, err
	}
	if v, err := parseYAML(text); err == nil {
		if items, ok := at(v, "items").([]any); ok {
			return givenList{textAt(v, "kind"), items}, nil
		}
	}
	given := givenList{items: []any{}}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			given.items = append(given.items, itemOf(line, kind))
		}
	}
	return given, nil
}

// itemOf reads a line: a value, and its note behind a tab or #. Accounts and
// addresses hold no blanks, so a blank is enough for them.
func itemOf(line, kind string) any {
	end := strings.IndexAny(line, "\t")
	if kind == "account" || kind == "cidr" {
		end = strings.IndexAny(line, " \t,;#")
	} else if hash := strings.Index(line, " #"); hash >= 0 && (end < 0 || hash < end) {
		end = hash
	}
	item := newObject()
	if end < 0 {
		item.set("value", line)
		return item
	}
	item.set("value", strings.TrimSpace(line[:end]))
	if note := strings.TrimLeft(line[end:], " \t,;#"); note != "" {
		item.set("note", note)
	}
	return item
}

func (p *program) listsDelete() *cobra.Command {
	var sure bool
	return sureFlag(p.asks("delete NAME", "Remove a list that no rule uses", cobra.ExactArgs(1), func(r *running, args []string) error {
		name := listWord(args[0])
		if err := r.confirm(sure, name, "this removes the list "+name); err != nil {
			return err
		}
		list, err := r.get(r.cmd.Context(), pathOf("lists", name), nil)
		if err != nil {
			return err
		}
		_, err = r.do(r.cmd.Context(), call{method: http.MethodDelete, path: pathOf("lists", name), rev: textAt(list, "rev")})
		return err
	}), &sure)
}
