package cli

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tableRows holds the items until the widths are known.
type tableRows struct {
	w       io.Writer
	columns []column
	colour  bool
	lines   [][]string
}

func (r *tableRows) add(item any) error {
	line := make([]string, len(r.columns))
	for i, c := range r.columns {
		line[i] = clip(printableCell(c.text(item)), c.most)
	}
	r.lines = append(r.lines, line)
	return nil
}

func (r *tableRows) end() error {
	head := make([]string, len(r.columns))
	for i, c := range r.columns {
		head[i] = c.title
	}
	widths := make([]int, len(r.columns))
	for _, line := range append(r.lines, head) {
		for i, cell := range line {
			widths[i] = max(widths[i], width(cell))
		}
	}
	var b strings.Builder
	writeLine(&b, head, widths, r.paint(bold))
	for _, line := range r.lines {
		writeLine(&b, line, widths, r.paint(bySeverity))
	}
	_, err := io.WriteString(r.w, b.String())
	return err
}

func (r *tableRows) paint(how func(string) string) func(string) string {
	if r.colour {
		return how
	}
	return func(string) string { return "" }
}

// writeLine pads every cell but the last, so that no line ends in spaces.
func writeLine(b *strings.Builder, cells []string, widths []int, colour func(cell string) string) {
	last := len(cells) - 1
	for last > 0 && cells[last] == "" {
		last--
	}
	for i, cell := range cells[:last+1] {
		if code := colour(cell); code != "" {
			b.WriteString("\x1b[" + code + "m" + cell + "\x1b[0m")
		} else {
			b.WriteString(cell)
		}
		if i < last {
			b.WriteString(strings.Repeat(" ", widths[i]-width(cell)+2))
		}
	}
	b.WriteByte('\n')
}

func bold(string) string { return "1" }

// bySeverity colours a cell that is a severity; the word itself says the same.
func bySeverity(cell string) string {
	switch cell {
	case "critical":
		return "1;31"
	case "high":
		return "31"
	case "medium":
		return "33"
	case "low", "info":
		return "36"
	}
	return ""
}

// csvRows is CSV as RFC 4180 with a header, safe to open in a spreadsheet.
type csvRows struct {
	w       *csv.Writer
	columns []column
	headed  bool
}

func newCSV(w io.Writer, columns []column) *csvRows {
	return &csvRows{w: csv.NewWriter(w), columns: columns}
}

func (r *csvRows) head() error {
	if r.headed {
		return nil
	}
	r.headed = true
	titles := make([]string, len(r.columns))
	for i, c := range r.columns {
		titles[i] = strings.ToLower(strings.ReplaceAll(c.title, " ", "_"))
	}
	return r.w.Write(titles)
}

func (r *csvRows) add(item any) error {
	if err := r.head(); err != nil {
		return err
	}
	cells := make([]string, len(r.columns))
	for i, c := range r.columns {
		cells[i] = c.whole(item)
		if _, number := at(item, c.path).(json.Number); !number {
			cells[i] = noFormula(printableText(cells[i]))
		}
	}
	return r.w.Write(cells)
}

func (r *csvRows) end() error {
	if err := r.head(); err != nil {
		return err
	}
	r.w.Flush()
	return r.w.Error()
}

// noFormula puts an apostrophe before what a spreadsheet would calculate, also
// behind white space and in the full-width forms.
// Source: OWASP, "CSV Injection".
func noFormula(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace))
	if strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
