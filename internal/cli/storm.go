package cli

import (
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) storms() *cobra.Command {
	return p.remote(group("storm", "Floods that are held back, and what becomes of them",
		p.stormList(),
		p.stormChoice("open STORM", "Open a ticket for each finding that it holds", "open"),
		p.stormChoice("group STORM", "Put everything that it holds into its own ticket", "group"),
		p.stormSuppress()))
}

func stormColumns() []column {
	return []column{
		col("TICKET", "number"), col("STATE", "state"), col("WAITING", "waiting"), col("HELD", "held"), col("BEGAN", "began_at").as(moment),
		col("SOURCE", "source_name").upTo(30), col("RULE", "rule_name").upTo(40), col("KIND", "same.kind").upTo(40), col("ACCOUNT", "same.account"), col("ID", "id"),
	}
}

func (p *program) stormList() *cobra.Command {
	var all bool
	c := p.asks("list", "Storms that wait for a decision or for it to be carried out", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/storms", stormState(all), stormColumns())
	})
	c.Flags().BoolVar(&all, "all", false, "those that are over and done, too")
	return p.prints(c)
}

func stormState(all bool) url.Values {
	if all {
		return url.Values{"state": {"all"}}
	}
	return url.Values{"state": {"open"}}
}

// findStorm takes the id of a storm or the number of its ticket.
func (r *running) findStorm(word string) (id string, err error) {
	_, err = r.each(whole(), "/storms", stormState(true), func(item any) error {
		if textAt(item, "id") == word || strings.EqualFold(textAt(item, "number"), word) {
			id = textAt(item, "id")
		}
		return nil
	})
	if err == nil && id == "" {
		err = fault.New(fault.Missing, "There is no storm %q; `storm list --all` shows them.", word)
	}
	return id, err
}

func (p *program) stormChoice(use, short, choice string) *cobra.Command {
	var reason string
	c := p.asks(use, short, cobra.ExactArgs(1), func(r *running, args []string) error {
		id, err := r.findStorm(args[0])
		if err != nil {
			return err
		}
		return r.command(pathOf("storms", id, choice), map[string]any{"reason": reason}, stormColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why")
	need(c, "reason")
	return p.prints(c)
}

func (p *program) stormSuppress() *cobra.Command {
	var reason, until string
	c := p.asks("suppress STORM", "Silence what it holds, until a time", cobra.ExactArgs(1), func(r *running, args []string) error {
		if _, err := time.Parse(time.RFC3339, until); err != nil {
			return usage(r.cmd, "--until must be a time such as 2026-12-01T08:00:00Z")
		}
		id, err := r.findStorm(args[0])
		if err != nil {
			return err
		}
		return r.command(pathOf("storms", id, "suppress"), map[string]any{"reason": reason, "expires_at": until}, stormColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&until, "until", "", "when the suppression ends, such as 2026-12-01T08:00:00Z; at most a year ahead")
	need(c, "reason", "until")
	return p.prints(c)
}
