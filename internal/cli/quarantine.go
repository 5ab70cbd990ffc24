package cli

import (
	"encoding/base64"
	"net/url"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) quarantine() *cobra.Command {
	return p.remote(group("quarantine", "What could not be read, with the reason",
		p.quarantineList(), p.quarantineView(), p.quarantineRetry(), p.quarantineDismiss(),
		p.quarantineGroups(), p.quarantineRetryGroup(), p.quarantineDismissGroup()))
}

func quarantineColumns() []column {
	return []column{
		col("ID", "id"), col("STATE", "state"), col("RECEIVED", "received_at").as(moment), col("SEEN", "seen_count"), col("SIZE", "size"),
		col("SOURCE", "source").upTo(30), col("FIELD", "field").upTo(40), col("REASON", "reason").upTo(90),
	}
}

func (p *program) quarantineList() *cobra.Command {
	states := []string{"new", "retried", "dismissed"}
	var state string
	var l listing
	c := p.asks("list", "What could not be read, newest first", cobra.NoArgs, func(r *running, _ []string) error {
		ask := url.Values{}
		if state != "" {
			if err := oneOf(r.cmd, "state", state, states); err != nil {
				return err
			}
			ask.Set("state", state)
		}
		return r.list(&l, "/quarantine", ask, quarantineColumns())
	})
	c.Flags().StringVar(&state, "state", "", "new, retried or dismissed; empty shows all")
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
	return p.prints(l.on(c))
}

func (p *program) quarantineView() *cobra.Command {
	var bytes bool
	c := p.asks("view ID", "One part with its bytes", cobra.ExactArgs(1), func(r *running, args []string) error {
		part, err := r.get(r.cmd.Context(), pathOf("quarantine", args[0]), nil)
		if err != nil {
			return err
		}
		body, err := base64.StdEncoding.DecodeString(textAt(part, "body"))
		if err != nil {
			return fault.New(fault.Unavailable, "The bytes cannot be read.").Because(err)
		}
		if bytes {
			return r.write(body)
		}
		return r.view(part, quarantineColumns(), func(s *sheet) {
			s.lines(part, append(quarantineColumns(), col("SHA-256", "sha256"), col("Decided", "decided_at").as(moment), col("Note", "note")))
			s.prose("Bytes", string(body[:min(len(body), 4096)]))
		})
	})
	c.Flags().BoolVar(&bytes, "bytes", false, "only the bytes, as they came")
	return p.prints(c)
}

// write prints bytes as they are; on a terminal what drives it is escaped.
func (p *program) write(b []byte) error {
	if isTerminal(p.out) {
		b = []byte(printableText(string(b)))
	}
	_, err := p.out.Write(b)
	return err
}

func (p *program) quarantineRetry() *cobra.Command {
	return p.prints(p.asks("retry ID", "Read it once more", cobra.ExactArgs(1), func(r *running, args []string) error {
		answer, err := r.post(r.cmd.Context(), pathOf("quarantine", args[0], "retry"), nil)
		if err != nil {
			return err
		}
		results := listAt(answer, "results")
		if err := r.many(results, takeColumns()); err != nil {
			return err
		}
		for _, result := range results {
			if textAt(result, "outcome") == "quarantined" {
				return &partialError{message: "It still cannot be read."}
			}
		}
		return nil
	}))
}

func (p *program) quarantineDismiss() *cobra.Command {
	var reason string
	c := p.asks("dismiss ID", "Say why it does not matter; its bytes stay", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(pathOf("quarantine", args[0], "dismiss"), map[string]any{"reason": reason}, quarantineColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why")
	need(c, "reason")
	return p.prints(c)
}
