package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) policy() *cobra.Command {
	return p.remote(group("policy", "The rules for findings: what is silenced, opens a ticket, joins one, and who gets it",
		p.policyShow(), p.policySet(), p.policyPreview(), p.policyHistory(), policyDocument().undo(p)))
}

// policyDocument is the rules; the sections stand in the order in which they act.
func policyDocument() document {
	return document{
		name: "policy", what: "the rules", versions: "revision", bare: "rules", print: (*program).rules,
		sections: []string{"severities", "suppressions", "windows", "rules", "groups", "routes", "exits"},
		also:     []string{"updated_at", "updated_by", "updated_by_name"},
	}
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
	for _, section := range policyDocument().sections {
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
	return policyDocument().show(p, "The rules, in the order in which they act",
		"  tocsin policy show -o yaml > policy.yaml   # edit it, then\n  tocsin policy preview policy.yaml && tocsin policy set policy.yaml --reason 'Fewer tickets for the lab'")
}

func (p *program) policySet() *cobra.Command {
	var confirm bool
	c := policyDocument().put(p, "set", func(body map[string]any) {
		if confirm {
			body["confirm"] = true
		}
	})
	c.Long = "Replace sections of the rules by those of a file as `policy show -o yaml` prints\nit; a section that the file leaves out stays as it is. When the file holds rev,\nnothing is replaced if somebody else changed the rules since."
	c.Flags().BoolVar(&confirm, "confirm", false, "a suppression or window that silences more than half of what comes in is meant")
	return c
}

func (p *program) policyPreview() *cobra.Command {
	var days int
	c := p.asks("preview FILE", "What the rules of a file would have done with the findings of the last days", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, _, err := policyDocument().read(r.program, args[0])
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

func (p *program) policyHistory() *cobra.Command {
	c := policyDocument().history(p)
	c.Example = "  tocsin policy history\n  tocsin policy show --rev 4\n  tocsin policy undo 4 --reason 'The lab is needed after all'"
	return c
}
