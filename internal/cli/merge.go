package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// ticketRef is a ticket as the body of a request names it.
func ticketRef(arg string) string { return strings.TrimPrefix(ticketPath(arg), "/tickets/") }

func (p *program) ticketMerge() *cobra.Command {
	var into, reason string
	c := p.asks("merge INC-n [INC-m …]", "Merge tickets into another; nothing is moved, so unmerge puts it back", cobra.MinimumNArgs(1), func(r *running, args []string) error {
		refs := make([]string, len(args))
		for i, arg := range args {
			refs[i] = ticketRef(arg)
		}
		item, err := r.post(r.cmd.Context(), ticketPath(into, "merge"), map[string]any{"tickets": refs, "reason": reason})
		if err != nil {
			return err
		}
		return r.view(item, ticketColumns(), func(s *sheet) { drawMerged(s, item) })
	})
	c.Long = "Merge tickets into another. They are closed with the resolution merged and the other shows their findings, indicators and log with its own.\n" +
		"All of them are merged or none is. There is no time limit on unmerge."
	c.Flags().StringVar(&into, "into", "", "the ticket that stays")
	c.Flags().StringVar(&reason, "reason", "", "why; needed from a lead for what belongs to another person")
	need(c, "into")
	return p.prints(c)
}

func drawMerged(s *sheet, t any) {
	s.line(textAt(t, "number"), textAt(t, "title"))
	s.lines(t, []column{col("Severity", "severity"), col("Phase", "phase"), col("Accountable", "accountable_name"), col("Findings", "finding_count")})
	s.table("Merged", listAt(t, "results"), []column{
		col("TICKET", "number"), col("OUTCOME", "outcome"), col("WAS", "was_phase"), col("ENDED AS", "was_resolution"), col("FINDINGS", "findings"),
	})
}

func (p *program) ticketUnmerge() *cobra.Command {
	var reason string
	c := p.asks("unmerge INC-n", "Let a merged ticket stand by itself again, as it was before", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(ticketPath(args[0], "unmerge"), map[string]any{"reason": reason}, ticketColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why; needed from a lead for what belongs to another person")
	return p.prints(c)
}

func (p *program) ticketSplit() *cobra.Command {
	var findings []string
	var title, reason string
	c := p.asks("split INC-n", "Move findings to a new ticket, which is printed; merging it back undoes it", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(ticketPath(args[0], "split"), map[string]any{"findings": findings, "title": title, "reason": reason}, ticketColumns())
	})
	f := c.Flags()
	f.StringSliceVar(&findings, "finding", nil, "id of a finding to move; give it again or with commas for more")
	f.StringVar(&title, "title", "", "of the new ticket; without it that of the first finding")
	f.StringVar(&reason, "reason", "", "why; needed from a lead for what belongs to another person")
	need(c, "finding")
	return p.prints(c)
}
