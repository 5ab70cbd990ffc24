package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) policy() *cobra.Command {
	return p.remote(group("policy", "The rules for findings: what is silenced, opens a ticket, joins one, and who gets it",
		p.policyShow(), p.policySet(), p.policyPreview(), p.policyHistory(), p.policyUndo()))
}

// policySections are the sections in the order in which they act.
func policySections() []string {
	return []string{"severities", "suppressions", "windows", "rules", "groups", "routes", "exits"}
}

func ruleColumns() []column {
	return []column{
		col("SECTION", "section"), col("RULE", "name").upTo(40), col("DOES", "").as(ruleDoes), col("ON", "").as(ruleOn), col("MATCH", "match").upTo(80),
	}
}

// ruleDoes says in a few words what a rule of any section does.
func ruleDoes(rule any) string {
	switch textAt(rule, "section") {
	case "severities":
		return textAt(rule, "severity")
	case "suppressions":
		return "until " + moment(at(rule, "expires_at"))
	case "windows":
		return moment(at(rule, "from")) + " to " + moment(at(rule, "to"))
	case "rules":
		return textAt(rule, "then") + ruleLimit(at(rule, "limit"))
	case "groups":
		return "by " + strings.ReplaceAll(textAt(rule, "by"), ", ", "+") + " within " + textAt(rule, "within")
	}
	return "to " + textAt(rule, "team")
}

// ruleLimit is from where on a storm begins.
func ruleLimit(limit any) string {
	for _, name := range []string{"tickets", "same"} {
		if n := textAt(limit, name); n != "" && n != "0" {
			return fmt.Sprintf(", at most %s in %s", n, textAt(limit, "window"))
		}
	}
	return ""
}

// ruleOn: a window has no switch, it has its time.
func ruleOn(rule any) string {
	if at(rule, "enabled") == nil {
		return "yes"
	}
	return yes(at(rule, "enabled"))
}

// rules prints a policy: every rule as a row, or the whole of it where that can
// be given back.
func (p *program) rules(policy any) error {
	if p.output == "table" || p.output == "csv" {
		return p.many(allRules(policy), ruleColumns())
	}
	return p.one(policy, nil)
}

// allRules are the rules of all sections, each with the name of its section.
func allRules(policy any) []any {
	all := []any{}
	for _, section := range policySections() {
		for _, rule := range listAt(policy, section) {
			row := newObject()
			row.set("section", section)
			if o, ok := rule.(*object); ok {
				for _, key := range o.keys {
					row.set(key, o.values[key])
				}
			}
			all = append(all, row)
		}
	}
	return all
}

func (p *program) policyShow() *cobra.Command {
	rev := -1
	c := p.asks("show", "The rules, in the order in which they act", cobra.NoArgs, func(r *running, _ []string) error {
		path := "/policy"
		if r.cmd.Flags().Changed("rev") {
			path = pathOf("policy", "history", strconv.Itoa(rev))
		}
		policy, err := r.get(r.cmd.Context(), path, nil)
		if err != nil {
			return err
		}
		return r.rules(policy)
	})
	c.Aliases = []string{"get"}
	c.Example = "  tocsin policy show -o yaml > policy.yaml   # edit it, then\n  tocsin policy preview policy.yaml && tocsin policy set policy.yaml --reason 'Fewer tickets for the lab'"
	c.Flags().IntVar(&rev, "rev", rev, "the rules as they were at this revision")
	return p.prints(c)
}

func (p *program) policySet() *cobra.Command {
	var reason string
	var confirm bool
	c := p.asks("set FILE", "Replace sections of the rules by those of a YAML or JSON file; - is standard input", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, rev, err := r.readPolicy(args[0])
		if err != nil {
			return err
		}
		if rev == "" {
			if rev, err = r.policyRev(); err != nil {
				return err
			}
		}
		if reason != "" {
			body["reason"] = reason
		}
		if confirm {
			body["confirm"] = true
		}
		policy, err := r.send(r.cmd.Context(), call{method: http.MethodPut, path: "/policy", rev: rev}, body)
		if err != nil {
			return err
		}
		return r.rules(policy)
	})
	c.Long = "Replace sections of the rules by those of a file as `policy show -o yaml` prints\nit; a section that the file leaves out stays as it is. When the file holds rev,\nnothing is replaced if somebody else changed the rules since."
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the history")
	c.Flags().BoolVar(&confirm, "confirm", false, "a suppression or window that silences more than half of what comes in is meant")
	return p.prints(c)
}

// policyRev is the revision in force.
func (r *running) policyRev() (string, error) {
	now, err := r.get(r.cmd.Context(), "/policy", nil)
	return textAt(now, "rev"), err
}

func (p *program) policyPreview() *cobra.Command {
	var days int
	c := p.asks("preview FILE", "What the rules of a file would have done with the findings of the last days", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, _, err := r.readPolicy(args[0])
		if err != nil {
			return err
		}
		body["days"] = days
		preview, err := r.post(r.cmd.Context(), "/policy/preview", body)
		if err != nil {
			return err
		}
		columns := []column{col("SECTION", "section"), col("RULE", "name").upTo(60), col("MATCHED", "matched")}
		if r.output == "csv" {
			return r.many(listAt(preview, "by_rule"), columns)
		}
		return r.view(preview, nil, func(s *sheet) { previewSheet(s, preview, columns) })
	})
	c.Flags().IntVar(&days, "days", 7, "how far to look back")
	return p.prints(c)
}

func previewSheet(s *sheet, preview any, columns []column) {
	more := ""
	if at(preview, "truncated") == true {
		more = " or more"
	}
	fmt.Fprintf(&s.b, "These would have opened %s tickets of %s%s findings.\n", textAt(preview, "tickets"), textAt(preview, "of"), more)
	s.lines(preview, []column{col("Joined", "would_join"), col("Suppressed", "would_suppress"), col("Recorded", "would_record")})
	s.table("Rules", listAt(preview, "by_rule"), columns)
	s.table("Tickets by team", listAt(preview, "by_team"), []column{col("TEAM", "name").upTo(40), col("TICKETS", "tickets")})
	s.table("Biggest groups", listAt(preview, "groups"), []column{col("FINDINGS", "findings"), col("TITLE", "title").upTo(60), col("ALIKE IN", "key").upTo(80)})
	s.table("Examples of what would open a ticket or join one", listAt(preview, "examples"), findingColumns())
}

func historyColumns() []column {
	return []column{
		col("REV", "rev"), col("AT", "at").as(moment), col("BY", "by_name").upTo(30), col("SECTIONS", "sections").upTo(60), col("REASON", "reason").upTo(80),
	}
}

func (p *program) policyHistory() *cobra.Command {
	c := p.prints(p.asks("history", "Who changed the rules, when and why, newest first", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/policy/history", nil, historyColumns())
	}))
	c.Example = "  tocsin policy history\n  tocsin policy show --rev 4\n  tocsin policy undo 4 --reason 'The lab is needed after all'"
	return c
}

func (p *program) policyUndo() *cobra.Command {
	var reason string
	c := p.asks("undo REV", "Put the rules of an earlier revision back, as a new one", cobra.ExactArgs(1), func(r *running, args []string) error {
		to, err := strconv.Atoi(args[0])
		if err != nil || to < 0 {
			return usage(r.cmd, "REV must be a revision, as `policy history` lists them")
		}
		rev, err := r.policyRev()
		if err != nil {
			return err
		}
		policy, err := r.send(r.cmd.Context(), call{method: http.MethodPost, path: "/policy/undo", rev: rev}, map[string]any{"to_rev": to, "reason": reason})
		if err != nil {
			return err
		}
		return r.rules(policy)
	})
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the history")
	need(c, "reason")
	return p.prints(c)
}

// readPolicy reads the sections of a file; a bare list is the opening rules.
// rev is "" where the file has none.
func (p *program) readPolicy(name string) (body map[string]any, rev string, err error) {
	text, err := p.readFile(name)
	if err != nil {
		return nil, "", err
	}
	v, err := parseYAML(text)
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "%s is neither JSON nor YAML", name).Because(err)
	}
	body = map[string]any{}
	if list, isList := v.([]any); isList {
		body["rules"] = rawJSON(list)
		return body, "", nil
	}
	for _, section := range policySections() {
		if list, isList := at(v, section).([]any); isList {
			body[section] = rawJSON(list)
		}
	}
	if len(body) == 0 {
		return nil, "", fault.New(fault.Invalid, "%s has no list of rules: %s.", name, strings.Join(policySections(), ", "))
	}
	return body, textAt(v, "rev"), unknownSections(name, v)
}

// unknownSections refuses what would otherwise be left out in silence.
func unknownSections(name string, v any) error {
	return onlyKnown(name, v, append(policySections(), "rev", "updated_at", "updated_by", "updated_by_name"))
}

// onlyKnown refuses members of a file that nobody would read.
func onlyKnown(name string, v any, known []string) error {
	o, ok := v.(*object)
	if !ok {
		return nil
	}
	for _, key := range o.keys {
		if !slices.Contains(known, key) {
			return fault.New(fault.Invalid, "%s has %q, which is no section of the rules%s.", name, key, suggestion(nearest(key, known)))
		}
	}
	return nil
}
