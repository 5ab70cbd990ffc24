package cli

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func severities() []string { return []string{"critical", "high", "medium", "low", "info"} }

func phases() []string {
	return []string{"detect", "analysis", "containment", "eradication", "recovery", "post_incident"}
}

func resolutions() []string {
	return []string{"resolved", "false_positive", "benign_true_positive", "duplicate", "accepted_risk", "test_exercise"}
}

func (p *program) tickets() *cobra.Command {
	return p.remote(group("ticket", "Tickets and the work on them",
		p.ticketList(), p.ticketView(), p.ticketCreate(), p.ticketSet(), p.ticketLog(), p.ticketFindings(), p.ticketRelated(),
		p.ticketAck(), p.ticketTake(), p.ticketNote(), p.ticketPhase(), p.ticketClose(), p.ticketReopen(), p.ticketLink(),
		p.ticketMerge(), p.ticketUnmerge(), p.ticketSplit(), p.ticketTasks()))
}

func ticketColumns() []column {
	return []column{
		col("TICKET", "number"), col("SEVERITY", "severity"), col("PHASE", "phase"), col("OWNER", "owner_name").upTo(24),
		col("TEAM", "team_name").upTo(20), col("OPENED", "opened_at").as(moment), col("ACCOUNT", "account"), col("TITLE", "title").upTo(80),
	}
}

// ticketPath is where a ticket lives; its number may be written INC-7, inc-7
// or 7.
func ticketPath(ref string, below ...string) string {
	ref = strings.TrimSpace(ref)
	if strings.Trim(ref, "0123456789") == "" {
		ref = "INC-" + ref
	}
	if len(ref) > 4 && strings.EqualFold(ref[:4], "inc-") {
		ref = "INC-" + ref[4:]
	}
	return pathOf(append([]string{"tickets", ref}, below...)...)
}

// pathOf joins parts, each of which stays one part whatever it holds. Dots
// alone would climb.
func pathOf(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		escaped := url.PathEscape(part)
		if strings.Trim(part, ".") == "" {
			escaped = strings.ReplaceAll(part, ".", "%2E")
		}
		b.WriteString("/" + escaped)
	}
	return b.String()
}

func (p *program) ticketList() *cobra.Command {
	var q, sort, view string
	var l listing
	c := p.asks("list", "Tickets by filter and order", cobra.NoArgs, func(r *running, _ []string) error {
		ask, err := r.viewed(view)
		if err != nil {
			return err
		}
		if q != "" {
			ask.Set("q", both(ask.Get("q"), q))
		}
		if sort != "" {
			ask.Set("sort", sort)
		}
		return r.list(&l, "/tickets", ask, ticketColumns())
	})
	c.Example = "  tocsin ticket list -q 'severity>=high owner:none' --sort -severity\n  tocsin ticket list --view unowned -q 185.220.101.4"
	c.Flags().StringVarP(&q, "query", "q", "", "filter in the query language")
	c.Flags().StringVar(&sort, "sort", "", "opened_at, updated_at, closed_at, due_at, number or severity; - before it turns it round")
	c.Flags().StringVar(&view, "view", "", "the tickets of a view, by its name; --query narrows them")
	return p.prints(l.on(c))
}

func (p *program) ticketView() *cobra.Command {
	return p.prints(p.asks("view INC-n", "One ticket whole", cobra.ExactArgs(1), func(r *running, args []string) error {
		t, err := r.get(r.cmd.Context(), ticketPath(args[0]), nil)
		if err != nil {
			return err
		}
		return r.view(t, ticketColumns(), func(s *sheet) { drawTicket(s, t) })
	}))
}

func drawTicket(s *sheet, t any) {
	s.line(textAt(t, "number"), textAt(t, "title"))
	s.lines(t, []column{
		col("Severity", "severity"), col("Phase", "phase"), col("Resolution", "resolution"),
		col("Merged into", "merged_into.number"), col("Owner", "owner_name"), col("Accountable", "accountable_name"), col("Team", "team_name"),
		col("Opened", "opened_at").as(moment), col("Acknowledged", "acknowledged_at").as(moment), col("Closed", "closed_at").as(moment),
		col("Due", "due_at").as(moment), col("Account", "account"), col("Region", "region"), col("Resource", "resource"), col("Source", "source"),
		col("Findings", "finding_count"), col("Tags", "tags"), col("Techniques", "techniques"), col("Next phases", "allowed_phases"), col("Revision", "rev"),
	})
	s.prose("Description", textAt(t, "description"))
	s.table("Facts", listAt(t, "facts"), []column{col("NAME", "name"), col("VALUE", "value").upTo(100)})
	s.table("Assets", listAt(t, "assets"), []column{col("KIND", "kind"), col("NAME", "name").upTo(60), col("ACCOUNT", "account"), col("REGION", "region")})
	s.table("Indicators", listAt(t, "indicators"), []column{col("TYPE", "type"), col("VALUE", "value").upTo(80), col("ROLE", "role"), col("SEEN IN", "seen_in")})
	s.table("Phases", listAt(t, "phase_visits"), []column{
		col("PHASE", "phase"), col("ENTERED", "entered_at").as(moment), col("LEFT", "left_at").as(moment), col("REASON", "reason").upTo(80),
	})
	s.table("Merged here", listAt(t, "merged"), []column{
		col("TICKET", "number"), col("INTO", "into"), col("WAS", "phase"), col("FINDINGS", "finding_count"), col("TITLE", "title").upTo(80),
	})
	s.table("Links", listAt(t, "links"), []column{col("KIND", "kind"), col("TICKET", "number")})
}

func (p *program) ticketCreate() *cobra.Command {
	var title, description, severity, team string
	var tags []string
	c := p.asks("create", "Open a ticket by hand", cobra.NoArgs, func(r *running, _ []string) error {
		if err := oneOf(r.cmd, "severity", severity, severities()); err != nil {
			return err
		}
		body := map[string]any{"title": title, "severity": severity}
		if description != "" {
			body["description"] = description
		}
		if len(tags) > 0 {
			body["tags"] = tags
		}
		if team != "" {
			found, err := r.team(team)
			if err != nil {
				return err
			}
			body["team"] = textAt(found, "id")
		}
		return r.command("/tickets", body, ticketColumns())
	})
	f := c.Flags()
	f.StringVar(&title, "title", "", "what happened, on one line")
	f.StringVar(&description, "description", "", "what is known")
	f.StringVar(&severity, "severity", "medium", strings.Join(severities(), ", "))
	f.StringVar(&team, "team", "", "name or id; empty is the team that new tickets come to")
	f.StringSliceVar(&tags, "tag", nil, "tags, with commas")
	need(c, "title")
	_ = c.RegisterFlagCompletionFunc("severity", cobra.FixedCompletions(severities(), cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

// command gives a POST and prints what it answers with.
func (r *running) command(path string, body any, columns []column) error {
	item, err := r.post(r.cmd.Context(), path, body)
	if err != nil {
		return err
	}
	return r.one(item, columns)
}

func (p *program) ticketSet() *cobra.Command {
	var title, description, severity, rev string
	var tags []string
	c := p.asks("set INC-n", "Change title, description, severity or tags", cobra.ExactArgs(1), func(r *running, args []string) error {
		changed := r.cmd.Flags().Changed
		body := map[string]any{}
		for name, value := range map[string]any{"title": title, "description": description, "severity": severity, "tags": orEmpty(tags)} {
			if changed(name) {
				body[name] = value
			}
		}
		if len(body) == 0 {
			return usage(r.cmd, "say what to change: --title, --description, --severity or --tags")
		}
		if changed("severity") {
			if err := oneOf(r.cmd, "severity", severity, severities()); err != nil {
				return err
			}
		}
		return r.change(ticketPath(args[0]), rev, body, ticketColumns())
	})
	f := c.Flags()
	f.StringVar(&title, "title", "", "what happened, on one line")
	f.StringVar(&description, "description", "", "what is known")
	f.StringVar(&severity, "severity", "", strings.Join(severities(), ", "))
	f.StringSliceVar(&tags, "tags", nil, "all tags, with commas; '' takes them away")
	f.StringVar(&rev, "rev", "", "the revision you have read; without it the present one is changed")
	_ = c.RegisterFlagCompletionFunc("severity", cobra.FixedCompletions(severities(), cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// change patches the revision that was read: the given one, or the one that
// stands there now.
func (r *running) change(path, rev string, body any, columns []column) error {
	if rev == "" {
		now, err := r.get(r.cmd.Context(), path, nil)
		if err != nil {
			return err
		}
		rev = textAt(now, "rev")
	}
	item, err := r.send(r.cmd.Context(), call{method: http.MethodPatch, path: path, rev: rev}, body)
	if err != nil {
		return err
	}
	return r.one(item, columns)
}

func (p *program) ticketLog() *cobra.Command {
	var raw, significant, merged bool
	c := p.asks("log INC-n", "The record of a ticket, oldest first", cobra.ExactArgs(1), func(r *running, args []string) error {
		ask := url.Values{}
		if raw {
			ask.Set("raw", "1")
		}
		columns := logColumns()
		if merged {
			ask.Set("merged", "1")
			columns = append([]column{col("TICKET", "ticket")}, columns...)
		}
		out := r.rows(columns, false)
		if raw && r.output == "table" {
			out = &bytesRows{r.program}
		}
		_, err := r.each(whole(), ticketPath(args[0], "log"), ask, func(item any) error {
			if significant && at(item, "significant") != true {
				return nil
			}
			return out.add(item)
		})
		if err != nil {
			return err
		}
		return out.end()
	})
	c.Flags().BoolVar(&raw, "raw", false, "the exact bytes that were hashed, an entry a line")
	c.Flags().BoolVar(&significant, "significant", false, "the short story only")
	c.Flags().BoolVar(&merged, "merged", false, "with the entries of the tickets merged into it, in the order of time")
	return p.prints(c)
}

func logColumns() []column {
	return []column{
		col("SEQ", "seq"), col("AT", "at").as(moment), col("ACTOR", "").as(actor).upTo(30), col("KIND", "kind"), col("SUMMARY", "summary").upTo(100),
	}
}

func actor(v any) string {
	if name := textAt(v, "actor_name"); name != "" {
		return name
	}
	return textAt(v, "actor")
}

// bytesRows prints the bytes of entries. They are canonical JSON: no control
// character stands in them unescaped, so to a terminal only what lies beyond
// ASCII is changed, and to a file nothing.
type bytesRows struct{ p *program }

func (r *bytesRows) add(item any) error {
	b, err := base64.StdEncoding.DecodeString(textAt(item, "bytes"))
	if err != nil || len(b) == 0 {
		return fault.New(fault.Unavailable, "Entry %s has no bytes.", textAt(item, "seq"))
	}
	if isTerminal(r.p.out) {
		b = []byte(printableText(string(b)))
	}
	_, err = r.p.out.Write(append(b, '\n'))
	return err
}

func (r *bytesRows) end() error { return nil }

func (p *program) ticketFindings() *cobra.Command {
	return p.prints(p.asks("findings INC-n", "The findings of a ticket, oldest first", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.list(whole(), ticketPath(args[0], "findings"), nil, findingColumns())
	}))
}

func (p *program) ticketRelated() *cobra.Command {
	return p.prints(p.asks("related INC-n", "Tickets that share an indicator, a resource or a principal", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.list(whole(), ticketPath(args[0], "related"), nil, []column{
			col("TICKET", "number"), col("SEVERITY", "severity"), col("PHASE", "phase"), col("OPENED", "opened_at").as(moment),
			col("TITLE", "title").upTo(60), col("REASONS", "reasons").upTo(80),
		})
	}))
}
