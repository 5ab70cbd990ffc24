package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) ticketAck() *cobra.Command {
	return p.ticketCommand("ack INC-n", "Say that you have seen it; nobody becomes responsible", "ack")
}

func (p *program) ticketTake() *cobra.Command {
	return p.ticketCommand("take INC-n", "Become the owner of a ticket that nobody owns", "take")
}

// ticketCommand is one that needs nothing but the ticket.
func (p *program) ticketCommand(use, short, verb string) *cobra.Command {
	return p.prints(p.asks(use, short, cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.command(ticketPath(args[0], verb), nil, ticketColumns())
	}))
}

// maxNote bounds what is read from standard input as one text.
const maxNote = 1 << 20

func (p *program) ticketNote() *cobra.Command {
	var significant bool
	c := p.asks("note INC-n [TEXT]", "Write something down; without TEXT it is read from standard input", cobra.RangeArgs(1, 2), func(r *running, args []string) error {
		text, err := r.textOr(args[1:])
		if err != nil {
			return err
		}
		return r.command(ticketPath(args[0], "notes"), map[string]any{"text": text, "significant": significant}, ticketColumns())
	})
	c.Flags().BoolVar(&significant, "significant", false, "it belongs to the short story of the incident")
	return p.prints(c)
}

// textOr is the argument, or standard input when there is none or it is -.
func (p *program) textOr(args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		return args[0], nil
	}
	b, err := io.ReadAll(io.LimitReader(p.in, maxNote+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxNote {
		return "", fault.New(fault.Invalid, "The text on standard input is longer than %d MiB.", maxNote>>20)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func (p *program) ticketPhase() *cobra.Command {
	var reason string
	var waive bool
	c := p.asks("phase INC-n PHASE", "Bring it to another phase", cobra.ExactArgs(2), func(r *running, args []string) error {
		if err := oneOf(r.cmd, "phase", args[1], phases()); err != nil {
			return err
		}
		return r.command(ticketPath(args[0], "phase"), map[string]any{"to": args[1], "reason": reason, "waive": waive}, ticketColumns())
	})
	c.Long = "Bring a ticket to another phase: " + strings.Join(phases(), ", ") + "."
	c.Flags().StringVar(&reason, "reason", "", "why; needed to go back or to skip a phase")
	c.Flags().BoolVar(&waive, "waive", false, "skip the exit checks, with the reason")
	c.ValidArgsFunction = second(phases())
	return p.prints(c)
}

// second completes the second argument.
func second(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func (p *program) ticketClose() *cobra.Command {
	var resolution, reason string
	c := p.asks("close INC-n", "End it with a resolution", cobra.ExactArgs(1), func(r *running, args []string) error {
		if err := oneOf(r.cmd, "resolution", resolution, resolutions()); err != nil {
			return err
		}
		return r.command(ticketPath(args[0], "close"), map[string]any{"resolution": resolution, "reason": reason}, ticketColumns())
	})
	c.Flags().StringVar(&resolution, "resolution", "", strings.Join(resolutions(), ", "))
	c.Flags().StringVar(&reason, "reason", "", "why")
	need(c, "resolution", "reason")
	_ = c.RegisterFlagCompletionFunc("resolution", cobra.FixedCompletions(resolutions(), cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

func (p *program) ticketReopen() *cobra.Command {
	var to, reason string
	c := p.asks("reopen INC-n", "Open it again within a week of its end", cobra.ExactArgs(1), func(r *running, args []string) error {
		if err := oneOf(r.cmd, "phase", to, phases()[1:3]); err != nil {
			return err
		}
		return r.command(ticketPath(args[0], "reopen"), map[string]any{"to": to, "reason": reason}, ticketColumns())
	})
	c.Flags().StringVar(&to, "to", "analysis", "the phase to go on in: analysis or containment")
	c.Flags().StringVar(&reason, "reason", "", "why")
	need(c, "reason")
	return p.prints(c)
}

func (p *program) ticketLink() *cobra.Command {
	return p.prints(p.asks("link INC-n INC-m", "Tie two tickets together", cobra.ExactArgs(2), func(r *running, args []string) error {
		other := strings.TrimPrefix(ticketPath(args[1]), "/tickets/")
		return r.command(ticketPath(args[0], "links"), map[string]any{"ticket": other}, ticketColumns())
	}))
}
