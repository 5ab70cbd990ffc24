package cli

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) findings() *cobra.Command {
	return p.remote(group("finding", "What detectors say", p.findingList(), p.findingView(), p.findingTake(), p.findingImport(), p.findingPromote()))
}

func findingColumns() []column {
	return []column{
		col("ID", "id"), col("SEVERITY", "severity"), col("STATUS", "status"), col("OUTCOME", "outcome"), col("TICKET", "ticket"),
		col("RECEIVED", "received_at").as(moment), col("ACCOUNT", "account"), col("PRODUCT", "product").upTo(24), col("TITLE", "title").upTo(80),
	}
}

func (p *program) findingList() *cobra.Command {
	var q string
	var l listing
	c := p.asks("list", "Findings, newest first", cobra.NoArgs, func(r *running, _ []string) error {
		ask := url.Values{}
		if q != "" {
			ask.Set("q", q)
		}
		return r.list(&l, "/findings", ask, findingColumns())
	})
	c.Flags().StringVarP(&q, "query", "q", "", "filter in the query language")
	return p.prints(l.on(c))
}

func (p *program) findingView() *cobra.Command {
	var raw bool
	c := p.asks("view ID", "One finding with its original and history", cobra.ExactArgs(1), func(r *running, args []string) error {
		f, err := r.get(r.cmd.Context(), pathOf("findings", args[0]), nil)
		if err != nil {
			return err
		}
		if raw {
			return r.one(at(f, "raw"), []column{col("RAW", "")})
		}
		return r.view(f, findingColumns(), func(s *sheet) { drawFinding(s, f) })
	})
	c.Flags().BoolVar(&raw, "raw", false, "only the original")
	return p.prints(c)
}

func drawFinding(s *sheet, f any) {
	s.lines(f, []column{
		col("Finding", "id"), col("Title", "title"), col("Severity", "severity"), col("Status", "status"), col("Result", "result"),
		col("Outcome", "outcome"), col("Ticket", "ticket"), col("Class", "class"), col("Types", "types"), col("Format", "format"), col("UID", "uid"),
		col("Product", "product"), col("Generator", "generator"), col("Control", "control"), col("Account", "account"), col("Region", "region"),
		col("Resource", "resource"), col("Principal", "principal"), col("Action", "action"), col("Techniques", "techniques"),
		col("Received", "received_at").as(moment), col("Seen", "seen_count"), col("Source", "source"),
	})
	s.prose("Description", textAt(f, "description"))
	s.prose("Remediation", strings.TrimSpace(textAt(f, "remediation")+"\n"+textAt(f, "remediation_url")))
	s.table("Resources", listAt(f, "resources"), []column{col("TYPE", "type"), col("NAME", "name").upTo(40), col("UID", "uid").upTo(100)})
	s.table("Remote parties", listAt(f, "remotes"), []column{
		col("ADDRESS", "ip"), col("PORT", "port"), col("DOMAIN", "domain"), col("COUNTRY", "country"), col("NETWORK", "org"), col("DIRECTION", "direction"),
	})
	s.table("Indicators", listAt(f, "indicators"), []column{col("TYPE", "type"), col("VALUE", "value").upTo(100), col("ROLE", "role")})
	for _, rev := range listAt(f, "revisions") {
		s.table("Revision "+textAt(rev, "revision")+", "+moment(at(rev, "at")), listAt(rev, "diff"), []column{
			col("PATH", "path").upTo(60), col("OLD", "old").upTo(40), col("NEW", "new").upTo(40),
		})
	}
}

func (p *program) findingPromote() *cobra.Command {
	var reason string
	c := p.asks("promote ID", "Open a ticket for a recorded finding", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(pathOf("findings", args[0], "promote"), map[string]any{"reason": reason}, ticketColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why it matters")
	need(c, "reason")
	return p.prints(c)
}
