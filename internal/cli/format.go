package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// formats are what -o takes; the first is the default.
func formats() []string { return []string{"table", "json", "jsonl", "yaml", "csv"} }

// prints gives a command the -o flag.
func (p *program) prints(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVarP(&p.output, "output", "o", "table", "how to print: "+strings.Join(formats(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats(), cobra.ShellCompDirectiveNoFileComp))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := oneOf(cmd, "output format", p.output, formats()); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return cmd
}

// column is one column of a table or CSV file.
type column struct {
	title string
	path  string // of the member, names joined by dots
	most  int    // width in a table; 0 is any
	show  func(v any) string
}

func col(title, path string) column { return column{title: title, path: path} }

// upTo bounds the width in a table.
func (c column) upTo(n int) column { c.most = n; return c }

// as shows the value to people in another way; CSV has it whole, unless it is
// made of several members.
func (c column) as(show func(v any) string) column { c.show = show; return c }

func (c column) text(item any) string {
	switch {
	case c.show == nil:
		return c.whole(item)
	case c.path == "":
		return c.show(item)
	}
	return c.show(at(item, c.path))
}

// whole is the value for a program.
func (c column) whole(item any) string {
	switch {
	case c.path != "":
		return textAt(item, c.path)
	case c.show != nil:
		return c.show(item)
	}
	return text(item)
}

// rows prints items one after the other in some format; end completes it.
type rows interface {
	add(item any) error
	end() error
}

// rows makes the printer for -o; a single thing (view) is not a list in JSON
// and YAML.
func (p *program) rows(columns []column, single bool) rows {
	switch p.output {
	case "json":
		return &jsonRows{w: p.out, single: single}
	case "jsonl":
		return &lineRows{p.out}
	case "yaml":
		return &yamlRows{w: p.out, single: single}
	case "csv":
		return newCSV(p.out, columns)
	}
	return &tableRows{w: p.out, columns: columns, colour: coloured(p.out)}
}

// one prints one thing with the columns that a list of its kind has.
func (p *program) one(item any, columns []column) error {
	r := p.rows(columns, true)
	if err := r.add(item); err != nil {
		return err
	}
	return r.end()
}

// many prints a list that is there whole.
func (p *program) many(items []any, columns []column) error {
	r := p.rows(columns, false)
	for _, item := range items {
		if err := r.add(item); err != nil {
			return err
		}
	}
	return r.end()
}

// tree makes of any value what the printers take.
func tree(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parse(b)
}

// coloured reports whether the reader is a terminal that wants colours.
func coloured(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// lineRows is one JSON value a line.
type lineRows struct{ w io.Writer }

func (r *lineRows) add(item any) error {
	_, err := r.w.Write(append(compact(item), '\n'))
	return err
}

func (r *lineRows) end() error { return nil }

// jsonRows is one JSON document.
type jsonRows struct {
	w      io.Writer
	single bool
	n      int
}

func (r *jsonRows) add(item any) error {
	before := ""
	switch {
	case r.n == 0 && !r.single:
		before = "["
	case r.n > 0:
		before = ","
	}
	if !r.single {
		before += "\n  "
	}
	r.n++
	_, err := fmt.Fprintf(r.w, "%s%s", before, indented(item, r.prefix()))
	return err
}

func (r *jsonRows) prefix() string {
	if r.single {
		return ""
	}
	return "  "
}

func (r *jsonRows) end() error {
	last := "\n]\n"
	switch {
	case r.single:
		last = "\n"
	case r.n == 0:
		last = "[]\n"
	}
	_, err := io.WriteString(r.w, last)
	return err
}
