package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// object is a JSON object whose members keep their order. A tree of parsed
// JSON holds *object, []any, string, json.Number, bool and nil.
type object struct {
	keys   []string
	values map[string]any
}

// set adds a member, or replaces it where it stands.
func (o *object) set(key string, value any) {
	if _, there := o.values[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

func newObject() *object { return &object{values: map[string]any{}} }

// parse reads one JSON value and nothing after it.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Token returns the bare io.EOF
		return nil, fmt.Errorf("something stands after the JSON value")
	}
	return v, nil
}

func parseValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return parseObject(d)
	case json.Delim('['):
		return parseArray(d)
	}
	return t, nil
}

func parseObject(d *json.Decoder) (*object, error) {
	o := newObject()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		name, _ := key.(string) // the decoder lets nothing else stand there
		o.set(name, value)
	}
	_, err := d.Token()
	return o, err
}

func parseArray(d *json.Decoder) ([]any, error) {
	list := []any{}
	for d.More() {
		value, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := d.Token()
	return list, err
}

// at follows member names joined by dots; nil where there is nothing.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		o, ok := v.(*object)
		if !ok {
			return nil
		}
		v = o.values[name]
	}
	return v
}

// text is a value as a person reads it: lists joined by commas, null as
// nothing, objects as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = text(v[i])
		}
		return strings.Join(parts, ", ")
	}
	return string(compact(v))
}

func textAt(v any, path string) string { return text(at(v, path)) }

func listAt(v any, path string) []any {
	list, _ := at(v, path).([]any)
	return list
}

// compact writes a tree as JSON on one line.
func compact(v any) []byte {
	var b bytes.Buffer
	writeCompact(&b, v)
	return b.Bytes()
}

func writeCompact(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case *object:
		b.WriteByte('{')
		for i, key := range v.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(key))
			b.WriteByte(':')
			writeCompact(b, v.values[key])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCompact(b, v[i])
		}
		b.WriteByte(']')
	case string:
		b.Write(quote(v))
	case json.Number:
		b.WriteString(v.String())
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString("null")
	}
}

// quote writes a JSON string in which nothing can drive a terminal: what a
// terminal acts upon beyond ASCII is escaped, as encoding/json does below.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be written
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if bytes.IndexFunc(out, drives) < 0 {
		return out
	}
	var safe bytes.Buffer
	for _, r := range string(out) {
		if drives(r) {
			safe.WriteString(escapeUTF16(r))
		} else {
			safe.WriteRune(r)
		}
	}
	return safe.Bytes()
}
