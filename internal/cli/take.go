package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// intakePatience is how long the server may take for one piece.
const intakePatience = 5 * time.Minute

func (p *program) findingTake() *cobra.Command {
	c := p.asks("take [FILE…]", "Send findings: ASFF, GuardDuty or OCSF, one, a list or one a line; - is standard input", cobra.ArbitraryArgs, func(r *running, args []string) error {
		if len(args) == 0 {
			args = []string{"-"}
		}
		t := &taking{running: r, out: r.rows(takeColumns(), false), counts: map[string]int{}}
		var err error
		for _, name := range args {
			if err = t.file(name); err != nil {
				break
			}
		}
		return t.end(err)
	})
	c.Long = "Send findings. Long files are cut into pieces that the API takes.\nExit code 6 says that some were quarantined, or that not all could be sent."
	return p.prints(c)
}

func takeColumns() []column {
	return []column{col("OUTCOME", "outcome"), col("TICKET", "ticket"), col("FINDING", "finding_id"), col("ERROR", "error").upTo(120)}
}

// taking sends files and counts what becomes of what is in them.
type taking struct {
	*running
	out     rows
	counts  map[string]int
	order   []string // of outcomes, as they first came
	taken   int
	skipped int
}

func (t *taking) file(name string) error {
	if name == "-" {
		return t.source("standard input", t.in)
	}
	f, err := os.Open(name) //nolint:gosec // the person who runs this named it
	if err != nil {
		return fault.New(fault.Missing, "The file cannot be read").Because(err)
	}
	defer func() { _ = f.Close() }()
	return t.source(name, f)
}

func (t *taking) source(name string, from io.Reader) error {
	c := &cutter{most: apiBounds(), send: t.send, skip: func(why string) {
		t.skipped++
		t.say("%s: %s; it was not sent.", name, why)
	}}
	return fault.Wrap(c.cut(from), "%s", name)
}

func (t *taking) send(p piece) error {
	body, kind := p.body()
	answer, err := t.ask(t.cmd.Context(), call{method: http.MethodPost, path: "/findings", body: body, kind: kind, wait: intakePatience})
	if e := fault.As(err); e != nil && e.Slug == "too-large" {
		return t.split(p, err)
	}
	if err != nil {
		return err
	}
	for _, result := range listAt(answer, "results") {
		t.count(textAt(result, "outcome"))
		if err := t.out.add(result); err != nil {
			return err
		}
	}
	if isTerminal(t.err) {
		t.say("%d so far", t.taken)
	}
	return nil
}

func (t *taking) split(p piece, tooLarge error) error {
	smaller := p.smaller()
	if len(smaller) == 0 {
		return tooLarge
	}
	for _, q := range smaller {
		if err := t.send(q); err != nil {
			return err
		}
	}
	return nil
}

func (t *taking) count(outcome string) {
	if t.counts[outcome] == 0 {
		t.order = append(t.order, outcome)
	}
	t.counts[outcome]++
	t.taken++
}

// end prints what was taken, also when the rest failed: that much is durable.
func (t *taking) end(err error) error {
	if err != nil && t.taken == 0 {
		return err
	}
	if e := t.out.end(); e != nil {
		return e
	}
	parts := make([]string, len(t.order))
	for i, outcome := range t.order {
		parts[i] = fmt.Sprintf("%d %s", t.counts[outcome], outcome)
	}
	t.say("%d findings: %s", t.taken, strings.Join(parts, ", "))
	quarantined := t.counts["quarantined"]
	switch {
	case err != nil:
		return &partialError{message: fmt.Sprintf("Only %d findings were taken.", t.taken), cause: err}
	case quarantined > 0 || t.skipped > 0:
		return &partialError{message: fmt.Sprintf("%d of %d could not be read; `tocsin quarantine list` shows why.", quarantined+t.skipped, t.taken+t.skipped)}
	}
	return nil
}
