package cli

import (
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func groupColumns() []column {
	return []column{
		col("COUNT", "count"), col("REASON", "reason").upTo(80), col("FIELD", "field").upTo(40), col("SOURCE", "source").upTo(30),
		col("FIRST", "first_at").as(moment), col("LAST", "last_at").as(moment), col("GROUP", "id"), col("EXAMPLE", "example_id"),
	}
}

func (p *program) quarantineGroups() *cobra.Command {
	states := []string{"new", "retried", "dismissed"}
	var state string
	var l listing
	c := p.asks("groups", "What could not be read by reason, field and source, the largest group first", cobra.NoArgs, func(r *running, _ []string) error {
		if err := oneOf(r.cmd, "state", state, states); err != nil {
			return err
		}
		return r.list(&l, "/quarantine/groups", url.Values{"state": {state}}, groupColumns())
	})
	c.Flags().StringVar(&state, "state", "new", "new, retried or dismissed")
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
	return p.prints(l.on(c))
}

func (p *program) quarantineRetryGroup() *cobra.Command {
	return p.asks("retry-group GROUP", "Read the new parts of a group once more", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, err := r.group(args[0])
		if err != nil {
			return err
		}
		done, unreadable, err := r.wholeGroup("retry", body)
		if err != nil {
			return err
		}
		r.say("%d read and taken in, %d still cannot be read.", done, unreadable)
		if unreadable > 0 {
			return &partialError{message: "Not all can be read."}
		}
		return nil
	})
}

func (p *program) quarantineDismissGroup() *cobra.Command {
	var reason string
	c := p.asks("dismiss-group GROUP", "Say why a whole group does not matter; its bytes stay", cobra.ExactArgs(1), func(r *running, args []string) error {
		body, err := r.group(args[0])
		if err != nil {
			return err
		}
		body["note"] = reason
		done, _, err := r.wholeGroup("dismiss", body)
		if err == nil {
			r.say("%d dismissed; the bytes stay.", done)
		}
		return err
	})
	c.Flags().StringVar(&reason, "reason", "", "why")
	need(c, "reason")
	return c
}

// group finds a group of new parts by its id.
func (r *running) group(id string) (map[string]any, error) {
	for cursor := ""; ; {
		page, err := r.get(r.cmd.Context(), "/quarantine/groups", url.Values{"state": {"new"}, "limit": {"200"}, "cursor": {cursor}})
		if err != nil {
			return nil, err
		}
		for _, g := range listAt(page, "items") {
			if textAt(g, "id") == id {
				return map[string]any{"reason": textAt(g, "reason"), "field": textAt(g, "field"), "source": textAt(g, "source")}, nil
			}
		}
		if cursor = textAt(page, "next_cursor"); cursor == "" {
			return nil, fault.New(fault.Missing, "There is no group %s with anything new in it.", id)
		}
	}
}

// wholeGroup repeats a command of a group until it is done.
func (r *running) wholeGroup(what string, body map[string]any) (done, unreadable int, err error) {
	for {
		answer, err := r.post(r.cmd.Context(), pathOf("quarantine", "groups", what), body)
		if err != nil {
			return done, unreadable, err
		}
		n, _ := strconv.Atoi(textAt(answer, "done"))
		bad, _ := strconv.Atoi(textAt(answer, "unreadable"))
		done, unreadable = done+n, unreadable+bad
		next := textAt(answer, "next_cursor")
		if next == "" {
			return done, unreadable, nil
		}
		if what == "retry" {
			body["cursor"] = next
		}
	}
}
