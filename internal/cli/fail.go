package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tocsin/internal/fault"
)

// The exit codes of the contract.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitDenied   = 3
	exitMissing  = 4
	exitConflict = 5
	exitPartial  = 6
)

// usageError is a command line that cannot be right.
type usageError struct {
	message string
	command string // whose help says more
}

// Error implements error.
func (e *usageError) Error() string { return e.message }

func usage(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), command: cmd.CommandPath()}
}

// partialError says that some of what was asked is done, and some is not.
type partialError struct {
	message string
	cause   error // why the rest is not done; nil when that is an answer like any other
}

// Error implements error.
func (e *partialError) Error() string {
	if e.cause == nil {
		return e.message
	}
	return e.message + " " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *partialError) Unwrap() error { return e.cause }

// exitCode is the one table from a failure to an exit code.
func exitCode(err error) int {
	var wrong *usageError
	var partial *partialError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &partial):
		return exitPartial
	case errors.As(err, &wrong):
		return exitUsage
	}
	switch fault.CodeOf(err) {
	case fault.Invalid:
		return exitUsage
	case fault.Denied:
		return exitDenied
	case fault.Missing:
		return exitMissing
	case fault.Conflict:
		return exitConflict
	case fault.Busy, fault.Unavailable, fault.Internal:
	}
	return exitError
}

// finish says what went wrong and returns the exit code.
func (p *program) finish(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		p.say("interrupted")
		return exitError
	}
	p.say("%s", explain(err))
	var wrong *usageError
	if errors.As(err, &wrong) && wrong.command != "" {
		p.say("See: %s --help", wrong.command)
	}
	return exitCode(err)
}

// say writes one line of talk. A terminal that cannot be written to is no
// reason to stop.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintln(p.err, printableText(fmt.Sprintf(format, args...)))
}

// explain is a failure in one sentence, with the fields at fault below it when
// the sentence does not name them already.
func explain(err error) string {
	text := err.Error()
	e := fault.As(err)
	if e == nil {
		return "error: " + text
	}
	var b strings.Builder
	b.WriteString("error: " + text)
	if marked, ok := e.Extra["marked"].(string); ok {
		b.WriteString("\n" + marked)
	}
	for _, f := range e.Fields {
		if !strings.Contains(text, f.Message) || !strings.Contains(text, f.Location) {
			fmt.Fprintf(&b, "\n  %s: %s", f.Location, f.Message)
		}
	}
	return b.String()
}

// usageOf makes usage errors of what a check of arguments says.
func usageOf(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(cmd, "%s; write: %s", err, cmd.UseLine())
		}
		return nil
	}
}

// unknownCommand is what a group does by itself: it explains itself when asked
// nothing, and suggests when asked for something it does not have.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		if !cmd.HasParent() {
			return cmd.Help()
		}
		cmd.SetOut(cmd.ErrOrStderr())
		return errors.Join(cmd.Help(), usage(cmd, "say what to do with %s", cmd.Name()))
	}
	return usage(cmd, "unknown command %q for %q%s", args[0], cmd.CommandPath(), suggestion(nearest(args[0], commandNames(cmd))))
}

func commandNames(cmd *cobra.Command) (names []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage(cmd, "%s", err)
	}
	names := []string{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := nearest(unknown.GetSpecifiedName(), names)
	for i := range near {
		near[i] = "--" + near[i]
	}
	return usage(cmd, "%s%s", err, suggestion(near))
}

func suggestion(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// oneOf refuses a word that is not in the list.
func oneOf(cmd *cobra.Command, what, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return usage(cmd, "%s %q is not one of %s%s", what, word, strings.Join(known, ", "), suggestion(nearest(word, known)))
}

// nearest lists the known names at the least distance from a mistyped one,
// when that is at most two slips and less than half of it.
func nearest(typed string, known []string) (near []string) {
	least := min(2, len(typed)/2)
	for _, name := range known {
		d := slips(typed, name)
		if d < least {
			least, near = d, nil
		}
		if d == least && d < len(typed) && least > 0 {
			near = append(near, name)
		}
	}
	return near
}

// slips is the Levenshtein distance.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
