package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tocsin/internal/fault"
)

// bounds is how much is sent at once.
type bounds struct{ bytes, findings int }

// apiBounds stay below what the API takes: 16 MiB and 5,000 findings.
func apiBounds() bounds { return bounds{15 << 20, 5000} }

// piece is what is sent at once: values that a JSON list or lines hold
// together, or a body as it came (one value).
type piece struct {
	values [][]byte
	lines  bool
}

func (p *piece) body() ([]byte, string) {
	switch {
	case p.lines:
		return bytes.Join(p.values, []byte("\n")), "application/x-ndjson"
	case len(p.values) == 1:
		return p.values[0], "application/json"
	}
	return append(append([]byte{'['}, bytes.Join(p.values, []byte(","))...), ']'), "application/json"
}

// cutter cuts a source into pieces and hands each over. What it holds in
// memory is one piece and one value, however long the source.
type cutter struct {
	most  bounds
	send  func(piece) error
	skip  func(why string)
	piece piece
	size  int
	dead  bool // a piece could not be sent: nothing more is
}

// cut sends a body that fits whole as it came, byte for byte: what is wrong in
// it is for the server to judge. A longer one is cut between its values.
func (c *cutter) cut(from io.Reader) error {
	head, err := io.ReadAll(io.LimitReader(from, int64(c.most.bytes)+1))
	if err != nil {
		return err
	}
	if len(head) > c.most.bytes {
		return c.values(head, io.MultiReader(bytes.NewReader(head), from))
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return fault.New(fault.Invalid, "There is nothing in it.")
	}
	return c.send(piece{values: [][]byte{head}})
}

// values cuts by the shape of the source, which its first bytes show.
func (c *cutter) values(head []byte, from io.Reader) error {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	r := bufio.NewReaderSize(from, 1<<16)
	if err := skipBOM(r); err != nil {
		return err
	}
	d := json.NewDecoder(r)
	var err error
	switch {
	case bytes.HasPrefix(head, []byte("[")):
		err = c.andThen(d, c.list(d))
	case oneALine(head):
		c.piece.lines = true
		err = c.lines(r)
	case json.NewDecoder(bytes.NewReader(head)).Decode(&json.RawMessage{}) == nil:
		err = c.stream(d)
	default:
		err = c.andThen(d, c.answer(d))
	}
	// What was read before the source broke is good.
	return errors.Join(c.flush(), err)
}

// andThen goes on with what follows the first value.
func (c *cutter) andThen(d *json.Decoder, err error) error {
	if err != nil {
		return err
	}
	return c.stream(d)
}

// oneALine reports whether one of the first lines is a whole object.
func oneALine(head []byte) bool {
	for range 10 {
		line, rest, whole := bytes.Cut(head, []byte("\n"))
		if !whole {
			return false
		}
		if line = bytes.TrimRight(line, "\r"); len(line) > 2 && line[0] == '{' && json.Valid(line) {
			return true
		}
		head = rest
	}
	return false
}

func skipBOM(r *bufio.Reader) error {
	mark, err := r.Peek(3)
	if err == nil && string(mark) == "\uFEFF" {
		_, err = r.Discard(3)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// list cuts a JSON list, or what is left of it, between its elements.
func (c *cutter) list(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return broken(d, err)
	}
	for d.More() {
		if err := c.next(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return broken(d, err)
}

// stream cuts values that follow each other.
func (c *cutter) stream(d *json.Decoder) error {
	for {
		err := c.next(d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *cutter) next(d *json.Decoder) error {
	var value json.RawMessage
	err := d.Decode(&value)
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return broken(d, err)
	}
	return c.add(value)
}

// answer cuts an object that is too long to be one finding: an answer of
// GetFindings, whose findings stand in a list.
func (c *cutter) answer(d *json.Decoder) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(broken(d, err), notFindings())
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return broken(d, err)
		}
		if name, _ := key.(string); strings.EqualFold(name, "findings") {
			found = true
			err = c.list(d)
		} else {
			err = broken(d, d.Decode(&json.RawMessage{}))
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return notFindings()
	}
	_, err := d.Token()
	return broken(d, err)
}

func notFindings() error {
	return fault.New(fault.Invalid, "It is too long for one finding, and neither a list of findings nor one finding a line.")
}

func broken(d *json.Decoder, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Invalid, "It is not JSON after byte %d", d.InputOffset()).Because(err)
}

// lines cuts between lines without looking into them: a broken one is for the
// server to keep in quarantine.
func (c *cutter) lines(r *bufio.Reader) error {
	for n := 1; ; n++ {
		line, err := readLine(r, c.most.bytes)
		if errors.Is(err, bufio.ErrTooLong) {
			c.skip(fmt.Sprintf("line %d is longer than %d bytes", n, c.most.bytes))
			err = nil
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if err := c.add(trimmed); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line; one that is too long is read to its end and dropped.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > most {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case tooLong && (err == nil || errors.Is(err, io.EOF)):
			return nil, errors.Join(bufio.ErrTooLong, err)
		default:
			return line, err
		}
	}
}

// add puts a value into the piece, which goes out when it is full.
func (c *cutter) add(value []byte) error {
	if len(value) > c.most.bytes {
		c.skip(fmt.Sprintf("a value of %d bytes is too long for one finding", len(value)))
		return nil
	}
	if len(c.piece.values) == c.most.findings || c.size+len(value)+1 > c.most.bytes {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.piece.values = append(c.piece.values, value)
	c.size += len(value) + 1
	return nil
}

func (c *cutter) flush() error {
	if len(c.piece.values) == 0 || c.dead {
		return nil
	}
	p := c.piece
	c.piece, c.size = piece{lines: p.lines}, 0
	err := c.send(p)
	c.dead = err != nil
	return err
}

// smaller splits a piece that holds too many findings. A single value gives
// what stands in it; nothing when it cannot be split.
func (p *piece) smaller() []piece {
	if n := len(p.values); n > 1 {
		return []piece{{p.values[:n/2], p.lines}, {p.values[n/2:], p.lines}}
	}
	value := bytes.TrimSpace(p.values[0])
	pieces := inside(func(c *cutter) error { return c.values(value, bytes.NewReader(value)) })
	if len(pieces) == 1 && len(pieces[0].values) == 1 && len(pieces[0].values[0]) == len(value) {
		pieces = inside(func(c *cutter) error {
			return errors.Join(c.answer(json.NewDecoder(bytes.NewReader(value))), c.flush())
		})
	}
	return pieces
}

func inside(cut func(c *cutter) error) (pieces []piece) {
	c := &cutter{most: apiBounds(), send: func(p piece) error { pieces = append(pieces, p); return nil }, skip: func(string) {}}
	if cut(c) != nil {
		return nil
	}
	return pieces
}
