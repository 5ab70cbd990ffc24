package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// importing is what the flags of finding import say.
type importing struct {
	*taking
	mapping string // a file, or the id or name of a connection
	format  string
	inline  []byte // the mapping, when it is a file
}

func (p *program) findingImport() *cobra.Command {
	var mapping, format string
	c := p.asks("import FILE…", "Bring findings of any shape: a table (CSV) or JSON, by a mapping; - is standard input", cobra.MinimumNArgs(1), func(r *running, args []string) error {
		t := &importing{taking: &taking{running: r, out: r.rows(takeColumns(), false), counts: map[string]int{}}, mapping: mapping, format: format}
		err := t.readMapping()
		for _, name := range args {
			if err != nil {
				break
			}
			err = t.bring(name)
		}
		return t.end(err)
	})
	c.Long = "Bring findings of any shape. Without --mapping the columns of a table are read by their names: uid, title, severity, resource, …\n" +
		"A mapping is a file, or the mapping of a webhook, named by the connection's name or id. One in a file names its product.\n" +
		"Long tables are cut into pieces that the API takes, each with the header.\nExit code 6 says that some rows were quarantined, or that not all could be sent."
	c.Example = "  tocsin finding import alerts.csv\n  tocsin finding import export.csv --mapping scanner.json\n  tocsin finding import backlog.json --mapping 'My sensor'"
	c.Flags().StringVar(&mapping, "mapping", "", "a mapping's file, or the name or id of a webhook that has one")
	c.Flags().StringVar(&format, "format", "", "csv or json; the name of the file says it otherwise")
	return p.prints(c)
}

// readMapping takes --mapping for a file when there is one.
func (t *importing) readMapping() error {
	if t.format != "" && t.format != "csv" && t.format != "json" {
		return usage(t.cmd, "--format must be csv or json")
	}
	info, err := os.Stat(t.mapping)
	if t.mapping == "" || err != nil || info.IsDir() {
		return nil
	}
	t.inline, err = t.readFile(t.mapping)
	return err
}

func (t *importing) bring(name string) error {
	from, done, err := t.openInput(name)
	if err != nil {
		return err
	}
	defer done()
	if t.isTable(name) {
		return fault.Wrap(t.table(from), "%s", name)
	}
	if t.mapping == "" {
		return usage(t.cmd, "JSON needs --mapping; `tocsin finding take` sends the formats that are known")
	}
	body, err := io.ReadAll(io.LimitReader(from, int64(apiBounds().bytes)+1))
	if err != nil {
		return err
	}
	if len(body) > apiBounds().bytes {
		return fault.New(fault.Invalid, "%s is longer than %d bytes; cut it into files", name, apiBounds().bytes)
	}
	return fault.Wrap(t.post(body, "application/json"), "%s", name)
}

func (t *importing) openInput(name string) (io.Reader, func(), error) {
	if name == "-" {
		return t.in, func() {}, nil
	}
	f, err := os.Open(name) //nolint:gosec // the person who runs this named it
	if err != nil {
		return nil, nil, fault.New(fault.Missing, "The file cannot be read").Because(err)
	}
	return f, func() { _ = f.Close() }, nil
}

func (t *importing) isTable(name string) bool {
	if t.format != "" {
		return t.format == "csv"
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".jsonl", ".ndjson":
		return false
	}
	return true
}

// table sends a table in pieces of whole rows.
func (t *importing) table(from io.Reader) error {
	return cutTable(from, apiBounds(), func(piece []byte, begin int) error {
		if t.taken > 0 {
			t.say("from line %d of the file on; the lines that errors name are counted from there", begin)
		}
		return t.post(piece, "text/csv")
	})
}

// cutTable hands over pieces of whole rows, each under the header, with the
// line of the file at which they begin. What is wrong in a row is for the
// server to judge.
func cutTable(from io.Reader, most bounds, send func(piece []byte, begin int) error) error {
	rows := &rowReader{r: bufio.NewReaderSize(from, 1<<16)}
	if err := skipBOM(rows.r); err != nil {
		return err
	}
	header, err := rows.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(bytes.TrimSpace(header)) == 0 {
		return fault.New(fault.Invalid, "There is nothing in it.")
	}
	if !bytes.HasSuffix(header, []byte("\n")) {
		header = append(header, '\n')
	}
	piece, count, begin := bytes.Clone(header), 0, rows.line+1
	for {
		at := rows.line + 1
		row, err := rows.next()
		if len(row) > 0 && count > 0 && (count == most.findings || len(piece)+len(row) > most.bytes) {
			if err := send(piece, begin); err != nil {
				return err
			}
			piece, count, begin = bytes.Clone(header), 0, at
		}
		if len(row) > 0 {
			piece, count = append(piece, row...), count+1
		}
		if errors.Is(err, io.EOF) {
			return send(piece, begin)
		}
		if err != nil {
			return err
		}
	}
}

// rowReader reads the rows of a table: a line ends a row unless a quote is
// open. A quote that is open for too long is a mistake, and its lines stand for
// themselves.
type rowReader struct {
	r     *bufio.Reader
	line  int // lines read
	ahead [][]byte
}

const longestRow = 128 << 10

func (r *rowReader) next() ([]byte, error) {
	if len(r.ahead) > 0 {
		row := r.ahead[0]
		r.ahead = r.ahead[1:]
		return row, nil
	}
	var lines [][]byte
	size, quotes := 0, 0
	for {
		line, err := r.r.ReadBytes('\n')
		if len(line) > 0 {
			r.line++
			lines = append(lines, line)
			size += len(line)
			quotes += bytes.Count(line, []byte{'"'})
		}
		switch {
		case err != nil || size > longestRow:
			if len(lines) > 1 && quotes%2 == 1 {
				r.ahead = lines[1:]
				return lines[0], nil
			}
			return bytes.Join(lines, nil), err
		case quotes%2 == 0:
			return bytes.Join(lines, nil), nil
		}
	}
}

// post sends one body, with the mapping beside it when that is a file.
func (t *importing) post(body []byte, kind string) error {
	ask := url.Values{}
	switch {
	case t.inline != nil:
		var err error
		if body, kind, err = t.form(body, kind); err != nil {
			return err
		}
	case t.mapping != "":
		ask.Set("mapping", t.mapping)
	}
	answer, err := t.ask(t.cmd.Context(), call{method: http.MethodPost, path: "/findings", query: ask, body: body, kind: kind, wait: intakePatience})
	if err != nil {
		return err
	}
	for _, result := range listAt(answer, "results") {
		t.count(textAt(result, "outcome"))
		if err := t.out.add(result); err != nil {
			return err
		}
	}
	return nil
}

// form puts the mapping and the body into one request.
func (t *importing) form(body []byte, kind string) ([]byte, string, error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, part := range []struct {
		name, kind string
		text       []byte
	}{{"mapping", "application/json", t.inline}, {"file", kind, body}} {
		to, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, part.name)}, "Content-Type": {part.kind},
		})
		if err == nil {
			_, err = to.Write(part.text)
		}
		if err != nil {
			return nil, "", err
		}
	}
	return out.Bytes(), w.FormDataContentType(), w.Close()
}
