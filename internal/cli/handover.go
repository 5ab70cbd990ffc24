package cli

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) handovers() *cobra.Command {
	return p.remote(group("handover", "Offers of tickets, which count only when somebody has accepted them",
		p.handoverBox("inbox", "Offers made to me or to a team of mine"),
		p.handoverBox("outbox", "Offers of what I was responsible for"),
		p.handoverOffer(), p.handoverRead(), p.handoverAccept(), p.handoverDecline(), p.handoverWithdraw()))
}

func handoverColumns() []column {
	return []column{
		col("HANDOVER", "number"), col("TICKET", "ticket_number"), col("SEVERITY", "severity"), col("STATE", "state"), col("FROM", "from_name").upTo(30),
		col("TO", "to_user_name").upTo(30), col("TEAM", "to_team_name").upTo(30), col("UNTIL", "expires_at").as(moment), col("TITLE", "ticket_title").upTo(60),
	}
}

func (p *program) handoverBox(box, short string) *cobra.Command {
	var all bool
	c := p.asks(box, short, cobra.NoArgs, func(r *running, _ []string) error {
		q := url.Values{"box": {box}, "state": {"offered"}}
		if all {
			q.Set("state", "all")
		}
		return r.list(whole(), "/handovers", q, handoverColumns())
	})
	c.Flags().BoolVar(&all, "all", false, "those that are decided, too")
	return p.prints(c)
}

func (p *program) handoverOffer() *cobra.Command {
	var to, team, next, risks string
	c := p.asks("offer INC-n", "Offer a ticket to a person or a team; its owner stays responsible until it is accepted", cobra.ExactArgs(1), func(r *running, args []string) error {
		if (to == "") == (team == "") {
			return usage(r.cmd, "name one of --to and --team")
		}
		body := map[string]any{"next_step": next, "risks": risks}
		if to != "" {
			u, err := r.user(to)
			if err != nil {
				return err
			}
			body["to_user"] = textAt(u, "id")
		} else {
			t, err := r.team(team)
			if err != nil {
				return err
			}
			body["to_team"] = textAt(t, "id")
		}
		return r.command(ticketPath(args[0], "offers"), body, handoverColumns())
	})
	f := c.Flags()
	f.StringVar(&to, "to", "", "e-mail or id of a person")
	f.StringVar(&team, "team", "", "name or id of a team: whoever accepts first has it")
	f.StringVar(&next, "next-step", "", "what has to be done next")
	f.StringVar(&risks, "risks", "", "what can go wrong; needed from high upwards")
	need(c, "next-step")
	return p.prints(c)
}

func handoverPath(ref string, rest ...string) string {
	return pathOf(append([]string{"handovers", ref}, rest...)...)
}

// handoverRead prints a briefing and notes each section as opened, which is what
// accepting asks for.
func (p *program) handoverRead() *cobra.Command {
	c := p.asks("read HO-n", "Print the briefing of an offer and note that I have read it", cobra.ExactArgs(1), func(r *running, args []string) error {
		item, err := r.get(r.cmd.Context(), handoverPath(args[0]), nil)
		if err != nil {
			return err
		}
		if textAt(item, "state") == "offered" {
			for _, s := range listAt(item, "checklist") {
				if item, err = r.post(r.cmd.Context(), handoverPath(args[0], "open"), map[string]any{"section": textAt(s, "id")}); err != nil {
					return err
				}
			}
		}
		return r.view(item, handoverColumns(), func(s *sheet) { drawBriefing(s, item) })
	})
	return p.prints(c)
}

func drawBriefing(s *sheet, h any) {
	s.line(textAt(h, "number"), textAt(h, "ticket_number")+" "+textAt(h, "ticket_title"))
	s.lines(h, []column{col("State", "state"), col("From", "from_name"), col("Until", "expires_at").as(moment)})
	for _, section := range listAt(h, "briefing.sections") {
		s.prose(textAt(section, "title"), sectionText(section))
	}
	if changed := listAt(h, "delta.changed"); len(changed) > 0 {
		s.table("Changed since; confirm with --confirm "+textAt(h, "delta.seq"), changed, []column{col("AT", "at").as(moment), col("WHAT", "summary")})
	}
}

// sectionText is a section of a briefing as text, or why it is empty.
func sectionText(section any) string {
	lines := []string{}
	for _, line := range []string{textAt(section, "empty_because"), textAt(section, "text")} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	for _, item := range listAt(section, "items") {
		words := textAt(item, "text") + " " + textAt(item, "detail") + " " + textAt(item, "state") + " " + textAt(item, "at")
		lines = append(lines, "- "+strings.Join(strings.Fields(words), " "))
	}
	return strings.Join(lines, "\n")
}

func (p *program) handoverAccept() *cobra.Command {
	var confirm int64
	c := p.asks("accept HO-n", "Become the owner; the briefing must be read first", cobra.ExactArgs(1), func(r *running, args []string) error {
		item, err := r.get(r.cmd.Context(), handoverPath(args[0]), nil)
		if err != nil {
			return err
		}
		opened := []string{}
		for _, s := range listAt(item, "checklist") {
			if textAt(s, "opened_at") != "" {
				opened = append(opened, textAt(s, "id"))
			}
		}
		return r.command(handoverPath(args[0], "accept"), map[string]any{"checklist": opened, "delta_seq": confirm}, handoverColumns())
	})
	c.Long = "Become the owner of the offered ticket. `handover read HO-n` prints the briefing and notes that it was read; what has changed since is printed there too, with the number to confirm it by."
	c.Flags().Int64Var(&confirm, "confirm", 0, "up to where what changed since the offer was read")
	return p.prints(c)
}

func declineCategories() []string {
	return []string{"wrong_team", "no_capacity", "missing_info", "not_on_shift"}
}

func (p *program) handoverDecline() *cobra.Command {
	var category, reason string
	c := p.asks("decline HO-n", "Refuse an offer; the owner stays responsible", cobra.ExactArgs(1), func(r *running, args []string) error {
		if err := oneOf(r.cmd, "category", category, declineCategories()); err != nil {
			return err
		}
		return r.command(handoverPath(args[0], "decline"), map[string]any{"category": category, "reason": reason}, handoverColumns())
	})
	c.Flags().StringVar(&category, "category", "", strings.Join(declineCategories(), ", "))
	c.Flags().StringVar(&reason, "reason", "", "why, at least 10 characters")
	need(c, "category", "reason")
	_ = c.RegisterFlagCompletionFunc("category", cobra.FixedCompletions(declineCategories(), cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

func (p *program) handoverWithdraw() *cobra.Command {
	var reason string
	c := p.asks("withdraw HO-n", "Take an offer back", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(handoverPath(args[0], "withdraw"), map[string]any{"reason": reason}, handoverColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why")
	return p.prints(c)
}
