package cli

import (
	"io"
	"strings"
)

// sheet is how one thing is shown to a person: named values, then sections.
type sheet struct {
	b strings.Builder
}

// line writes a named value; an empty one is left out.
func (s *sheet) line(name, value string) {
	if value = printableCell(value); value != "" {
		s.b.WriteString(pad(name+":", 15) + value + "\n")
	}
}

// lines writes one line for each column that has a value.
func (s *sheet) lines(item any, columns []column) {
	for _, c := range columns {
		s.line(c.title, c.text(item))
	}
}

// prose writes a text of many lines, indented, under a title.
func (s *sheet) prose(title, text string) {
	if text = strings.TrimRight(printableText(text), "\n"); text == "" {
		return
	}
	s.b.WriteString("\n" + title + "\n")
	for line := range strings.SplitSeq(text, "\n") {
		s.b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
}

// table writes items under a title; nothing when there are none.
func (s *sheet) table(title string, items []any, columns []column) {
	if len(items) == 0 {
		return
	}
	var inner strings.Builder
	t := &tableRows{w: &inner, columns: columns}
	for _, item := range items {
		_ = t.add(item) // memory takes everything
	}
	_ = t.end()
	s.prose(title, inner.String())
}

func (s *sheet) print(w io.Writer) error {
	_, err := io.WriteString(w, s.b.String())
	return err
}

func pad(s string, to int) string {
	return s + strings.Repeat(" ", max(to-width(s), 1))
}

// view prints one thing: as a sheet where tables are wanted, else as one does.
func (p *program) view(item any, columns []column, draw func(s *sheet)) error {
	if p.output != "table" {
		return p.one(item, columns)
	}
	s := &sheet{}
	draw(s)
	return s.print(p.out)
}

// moment shows a time to the second; the other formats have it whole.
func moment(v any) string {
	at, _, fraction := strings.Cut(text(v), ".")
	if fraction {
		at += "Z"
	}
	return strings.Replace(at, "T", " ", 1)
}
