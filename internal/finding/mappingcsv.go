package finding

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// Limits of a table.
const (
	maxColumns = 500
	// maxRecord bounds one row, and with it how far a quote that never ends is
	// followed before the next line gets its chance.
	maxRecord = 128 << 10
)

// DecodeCSV reads a table with a header, as RFC 4180 describes it, by a mapping;
// nil maps the columns that are called as fields of the normal form. A row that
// cannot be read is a part with Err that names its line, and a row of its own
// under the header; those around it are kept. Cells are text: what looks like a
// formula is text, too.
func DecodeCSV(body []byte, m *Mapping, origin MappingOrigin) ([]Part, error) {
	t := csvTable{s: strings.TrimPrefix(string(body), "\uFEFF"), line: 1}
	if err := t.header(); err != nil {
		return nil, err
	}
	if m == nil {
		var err error
		if m, err = columnMapping(t.columns); err != nil {
			return nil, err
		}
		origin.From = tableMark + uidHash(strings.Join(t.columns, "\n"))[:16]
	}
	own := *m
	own.split = true
	var parts []Part
	for {
		row, more := t.next()
		if !more {
			return parts, nil
		}
		if len(parts) == maxParts {
			return nil, fault.New(fault.Invalid, "the table has more than %d rows", maxParts).WithSlug("too-many-findings")
		}
		parts = append(parts, t.part(&own, row, origin))
	}
}

// tableMark stands before what tells tables apart that nothing else does: their
// columns. Two tools count their alerts from 1.
const tableMark = "table:"

// csvTable walks through a table.
type csvTable struct {
	s       string
	i, line int
	comma   byte
	head    string // the header's own text
	columns []string
}

// csvRow is one row: its cells, or why it has none.
type csvRow struct {
	text  string
	line  int
	cells []string
	why   string
}

func (t *csvTable) header() error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).WithSlug("csv-header")
	}
	if strings.HasPrefix(t.s, "\xFF\xFE") || strings.HasPrefix(t.s, "\xFE\xFF") {
		return bad("the table is UTF-16; save it as UTF-8")
	}
	t.comma = separator(t.s)
	row, ok := t.next()
	if !ok {
		return fault.New(fault.Invalid, "the body is empty").WithSlug("empty-body")
	}
	if row.why != "" {
		return bad("the header, line %d, %s", row.line, row.why)
	}
	seen := map[string]bool{}
	for i, name := range row.cells {
		name = strings.TrimSpace(name)
		switch {
		case len(name) > 200 || i == maxColumns:
			return bad("the header has more than %d columns, or a name longer than 200 bytes", maxColumns)
		case name != "" && seen[name]:
			return bad("the column %q stands twice in the header", clean(name, 60, false))
		}
		seen[name] = true
		t.columns = append(t.columns, name)
	}
	t.head = row.text
	return nil
}

// separator is what stands most often in the first line, outside of quotes:
// spreadsheets of half of Europe write semicolons.
func separator(s string) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		n, quoted := 0, false
		for i := 0; i < len(s) && (quoted || s[i] != '\n'); i++ {
			switch {
			case s[i] == '"':
				quoted = !quoted
			case s[i] == c && !quoted:
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// next returns the next row that is not blank. One that is broken ends with its
// first line.
func (t *csvTable) next() (csvRow, bool) {
	for t.i < len(t.s) {
		from := t.i
		row := csvRow{line: t.line}
		end, cells, why := t.record(from)
		if why != "" {
			end = lineEnd(t.s, from)
		}
		t.i = end
		t.line += strings.Count(t.s[from:end], "\n")
		row.text = strings.TrimRight(t.s[from:end], "\r\n")
		if strings.Trim(row.text, " \t,;") == "" && !strings.Contains(row.text, `"`) {
			continue
		}
		row.cells, row.why = cells, why
		if why == "" && !utf8.ValidString(row.text) {
			row.why = "holds bytes that are not UTF-8"
		}
		return row, true
	}
	return csvRow{}, false
}

func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(s)
}

// record reads the cells of one row and says where the next begins.
func (t *csvTable) record(i int) (end int, cells []string, why string) {
	limit := min(len(t.s), i+maxRecord)
	for {
		if len(cells) > maxColumns {
			return i, nil, "has more than " + strconv.Itoa(maxColumns) + " cells"
		}
		cell, next, why := t.cell(i, limit)
		if why != "" {
			return i, nil, why
		}
		cells = append(cells, cell)
		switch {
		case next >= len(t.s):
			return len(t.s), cells, ""
		case t.s[next] == t.comma:
			i = next + 1
		default: // the end of the line
			return lineEnd(t.s, next), cells, ""
		}
	}
}

// cell reads one cell and returns where it ends: at a separator, at the end of
// the line or of the text.
func (t *csvTable) cell(i, limit int) (cell string, end int, why string) {
	if i < limit && t.s[i] == '"' {
		return t.quoted(i+1, limit)
	}
	end = i
	for end < limit && t.s[end] != t.comma && t.s[end] != '\n' {
		if t.s[end] == '"' {
			return "", end, "has a quote inside a cell that does not begin with one"
		}
		end++
	}
	if end == limit && limit < len(t.s) {
		return "", end, tooLongRow
	}
	return strings.TrimSuffix(t.s[i:end], "\r"), end, ""
}

const tooLongRow = "is longer than 128 KiB, or has a quote that does not end"

func (t *csvTable) quoted(i, limit int) (cell string, end int, why string) {
	var b strings.Builder
	for {
		n := strings.IndexByte(t.s[i:limit], '"')
		if n < 0 {
			return "", i, tooLongRow
		}
		b.WriteString(t.s[i : i+n])
		i += n + 1
		if i < limit && t.s[i] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		if strings.HasPrefix(t.s[i:], "\r\n") || t.s[i:] == "\r" {
			i++
		}
		if i >= len(t.s) || t.s[i] == t.comma || t.s[i] == '\n' {
			return b.String(), i, ""
		}
		return "", i, "has something behind the closing quote of a cell"
	}
}

// part maps one row. The row under its header is what is kept, so that it can
// be read by itself.
func (t *csvTable) part(m *Mapping, row csvRow, origin MappingOrigin) Part {
	at := "line " + strconv.Itoa(row.line)
	raw := []byte(t.head + "\r\n" + row.text)
	if row.why == "" && len(row.cells) != len(t.columns) {
		row.why = "has " + strconv.Itoa(len(row.cells)) + " cells, the header has " + strconv.Itoa(len(t.columns))
	}
	if row.why != "" {
		return Part{Raw: raw, Err: fieldError(at, "bad-row", "%s", row.why)}
	}
	item := make(map[string]any, len(row.cells))
	for i, cell := range row.cells {
		if t.columns[i] != "" && strings.TrimSpace(cell) != "" {
			item[t.columns[i]] = cell
		}
	}
	return m.part(item, raw, appendString(nil, string(raw)), at, origin)
}

// columnMapping maps the columns that are called as fields are, in any case and
// with any of space, dash and underscore between the words.
func columnMapping(columns []string) (*Mapping, error) {
	m := &Mapping{words: map[string]words{}}
	m.times, _ = compileTimes("auto")
	have := map[string]bool{}
	for _, f := range mappingFields() {
		for _, c := range columns {
			if !have[f.Name] && columnName(c) == f.Name {
				have[f.Name] = true
				m.fields = append(m.fields, mapped{f, []source{columnSource(c)}})
			}
		}
	}
	for _, name := range [...]string{"title", "severity"} {
		if !have[name] {
			return nil, fault.New(fault.Invalid, "the header has no column %q; name a mapping, or call the columns as the fields are: %s", name, strings.Join(fieldNames(), ", ")).WithSlug("csv-header")
		}
	}
	if !have["uid"] {
		for _, f := range m.fields {
			switch f.Name {
			case "title", "resource", "account", "region", "principal", "generator", "control":
				m.identity = append(m.identity, f.sources...)
			}
		}
	}
	return m, nil
}

func columnSource(name string) source {
	p := way{text: "$." + name, steps: []step{{name: name}}}
	return source{written: p.text, parts: []segment{{path: &p}}, single: true}
}

func columnName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return '_'
		}
		return r
	}, strings.ToLower(s))
}

func fieldNames() []string {
	var names []string
	for _, f := range mappingFields() {
		names = append(names, f.Name)
	}
	return names
}
