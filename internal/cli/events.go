package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) events() *cobra.Command {
	return p.remote(group("events", "What happens, as it happens", p.eventsTail()))
}

func (p *program) eventsTail() *cobra.Command {
	var since string
	var most int
	c := p.asks("tail", "Follow the journal until Ctrl-C", cobra.NoArgs, func(r *running, _ []string) error {
		t := &tail{running: r, last: since, left: most}
		err := t.follow(r.cmd.Context())
		if errors.Is(err, context.Canceled) {
			return nil // that is how it is meant to end
		}
		return err
	})
	c.Flags().StringVar(&since, "since", "", "start after this event id instead of now")
	c.Flags().IntVar(&most, "count", 0, "end after so many; 0 goes on")
	return p.prints(c)
}

func eventColumns() []column {
	return []column{col("AT", "at").as(moment), col("TICKET", "number"), col("KIND", "kind"), col("ACTOR", "actor"), col("STREAM", "stream")}
}

// tail follows the stream over broken lines.
type tail struct {
	*running
	last   string // id of the last event
	left   int    // 0 goes on
	header bool
	broken int // lines in a row that broke before anything came
}

const (
	// silence is longer than the server's pause between signs of life.
	silence    = time.Minute
	maxReconns = 10
	maxEvent   = 1 << 20
)

var errEnough = errors.New("enough")

func (t *tail) follow(ctx context.Context) error {
	for {
		err := t.stream(ctx)
		var line brokenLine
		switch {
		case errors.Is(err, errEnough):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !errors.As(err, &line):
			return err
		}
		if t.broken++; t.broken > maxReconns {
			return cmp.Or(err, error(fault.New(fault.Unavailable, "The server keeps ending the stream.")))
		}
		if err := sleep(ctx, min(time.Duration(t.broken)*time.Second, 10*time.Second)); err != nil {
			return err
		}
	}
}

// stream reads one stream to its end.
func (t *tail) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := call{method: http.MethodGet, path: "/events", query: url.Values{}}
	if t.last != "" {
		q.query.Set("last_event_id", t.last)
	}
	resp, err := t.open(ctx, q)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxEvent))
		return t.problem(resp, body)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		return fault.New(fault.Unavailable, "The answer is %s and no stream of events: is this the address of a Tocsin server?", kind)
	}
	watch := time.AfterFunc(silence, cancel)
	defer watch.Stop()
	return t.read(resp.Body, func() { watch.Reset(silence) })
}

// read takes a stream apart (WHATWG HTML, "Server-sent events"); heard is
// called for every line.
func (t *tail) read(from io.Reader, heard func()) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxEvent)
	var id, kind string
	var data []string
	for lines.Scan() {
		heard()
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if err := t.event(id, kind, strings.Join(data, "\n")); err != nil {
				return err
			}
			kind, data = "", nil
		case name == "id":
			id = value
		case name == "event":
			kind = value
		case name == "data":
			data = append(data, value)
		}
	}
	if err := lines.Err(); err != nil {
		return brokenLine{fault.New(fault.Unavailable, "The stream broke").Because(err)}
	}
	return nil
}

func (t *tail) event(id, kind, data string) error {
	if data == "" {
		return nil
	}
	t.broken = 0
	if id != "" {
		t.last = id
	}
	if kind == "reset" {
		t.say("Some events are too old to be told again.")
		return nil
	}
	v, err := parse([]byte(data))
	o, ok := v.(*object)
	if err != nil || !ok {
		return fault.New(fault.Unavailable, "An event cannot be read.")
	}
	item := newObject()
	item.set("id", id)
	for _, key := range o.keys {
		item.set(key, o.values[key])
	}
	if err := t.print(item); err != nil {
		return err
	}
	if t.left--; t.left == 0 {
		return errEnough
	}
	t.left = max(t.left, 0)
	return nil
}

// print writes one event at once. A stream has no end to wait for: a table is
// lines of fixed columns, and JSON is one value a line.
func (t *tail) print(item any) error {
	switch t.output {
	case "json", "jsonl":
		return (&lineRows{t.out}).add(item)
	case "yaml":
		return (&yamlRows{w: t.out}).add(item)
	case "csv":
		r := newCSV(t.out, eventColumns())
		r.headed = t.header
		t.header = true
		return errors.Join(r.add(item), r.end())
	}
	widths := []int{20, 10, 22, 12, 0}
	cells := make([]string, len(widths))
	for i, c := range eventColumns() {
		cells[i] = printableCell(c.text(item))
		widths[i] = max(widths[i], width(cells[i]))
	}
	var b strings.Builder
	writeLine(&b, cells, widths, func(string) string { return "" })
	_, err := io.WriteString(t.out, b.String())
	return err
}
