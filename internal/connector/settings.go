package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"tocsin/internal/fault"
)

const (
	maxText = 2048 // characters in a text setting
	maxRows = 100  // rows in a list setting
)

// Decode checks settings and secrets against the manifest, fills in defaults
// and unmarshals the settings into the connector's own struct. Errors:
// fault.Invalid with one FieldError for each field at fault (unknown, given
// twice, missing, of another type, not one of the choices), located as
// settings.region, settings.feeds[0].queue_url or secrets.access_key_id.
func (m Manifest) Decode(settings json.RawMessage, secrets map[string]Secret, into any) error {
	c := checker{kind: m.Kind}
	if len(bytes.TrimSpace(settings)) == 0 {
		settings = json.RawMessage("{}")
	}
	plain := slices.DeleteFunc(slices.Clone(m.Fields), func(f Field) bool { return f.Secret })
	whole := c.object("settings", plain, settings)
	c.secrets(m.Fields, whole, secrets)
	if err := c.err(); err != nil {
		return err
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return fault.Wrap(err, "rebuilding settings of %s", m.Kind)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // the struct and the manifest must agree
	return fault.Wrap(d.Decode(into), "decoding settings of %s", m.Kind)
}

// checker collects everything that is wrong, so that a person mends a form
// once.
type checker struct {
	kind string
	errs []fault.FieldError
}

func (c *checker) add(at, format string, args ...any) {
	c.errs = append(c.errs, fault.FieldError{Location: at, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) err() error {
	if len(c.errs) == 0 {
		return nil
	}
	e := fault.Field(c.errs[0].Location, "%s", c.errs[0].Message)
	if more := len(c.errs) - 1; more > 0 {
		e.Message += fmt.Sprintf(" (and %d more)", more)
	}
	e.Fields = c.errs
	return e
}

// object checks one JSON object and returns it with defaults filled in and
// nulls left out.
func (c *checker) object(at string, fields []Field, raw json.RawMessage) map[string]json.RawMessage {
	given, order, err := members(raw)
	if err != nil {
		c.add(at, "%s", err)
		return nil
	}
	whole := map[string]json.RawMessage{}
	for _, f := range fields {
		value, ok := given[f.Name]
		switch {
		case ok && !blank(value):
			whole[f.Name] = c.value(at+"."+f.Name, f, value)
		case !f.active(whole):
		case f.Default != "":
			whole[f.Name] = f.fallback()
		case f.Required:
			c.add(at+"."+f.Name, "is required")
		}
	}
	for i, key := range order {
		switch {
		case slices.Contains(order[:i], key):
			c.add(fmt.Sprintf("%s.%.60s", at, key), "is given twice")
		case !named(fields, key):
			c.add(fmt.Sprintf("%s.%.60s", at, key), "is not a setting of %s, which has %s", c.kind, list(fields))
		}
	}
	return whole
}

// value checks one value and returns it, rows with their defaults.
func (c *checker) value(at string, f Field, raw json.RawMessage) json.RawMessage {
	switch f.Type {
	case TypeRows:
		return c.rows(at, f, raw)
	case TypeMapping:
		if _, _, err := members(raw); err != nil {
			c.add(at, "%s", err)
		}
	case TypeBool:
		if s := string(raw); s != "true" && s != "false" {
			c.add(at, "must be true or false")
		}
	case TypeNumber:
		var n int64
		if json.Unmarshal(raw, &n) != nil {
			c.add(at, "must be a whole number")
		}
	default:
		c.text(at, f, raw)
	}
	return raw
}

func (c *checker) text(at string, f Field, raw json.RawMessage) {
	var s string
	switch {
	case json.Unmarshal(raw, &s) != nil:
		c.add(at, "must be text")
	case len(s) > maxText || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s:
		c.add(at, "must be one line of at most %d bytes without blanks around it", maxText)
	case f.Type == TypeChoice && !has(f.Options, s):
		c.add(at, "%.60q is not supported; supported now: %s", s, values(f.Options))
	case f.Type == TypeURL:
		if err := checkURL(s); err != nil {
			c.add(at, "%s", err)
		}
	}
}

func (c *checker) rows(at string, f Field, raw json.RawMessage) json.RawMessage {
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		c.add(at, "must be a list")
		return raw
	}
	if len(rows) > maxRows {
		c.add(at, "has %d entries; at most %d are supported", len(rows), maxRows)
		return raw
	}
	whole := make([]map[string]json.RawMessage, 0, len(rows))
	for i, row := range rows {
		whole = append(whole, c.object(fmt.Sprintf("%s[%d]", at, i), f.Fields, row))
	}
	text, err := json.Marshal(whole)
	if err != nil {
		c.add(at, "%s", err)
	}
	return text
}

func (c *checker) secrets(fields []Field, settings map[string]json.RawMessage, given map[string]Secret) {
	for _, f := range fields {
		if f.Secret && f.Required && f.active(settings) && !given[f.Name].Set() {
			c.add("secrets."+f.Name, "is required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Secret && f.Name == name }) {
			c.add(fmt.Sprintf("secrets.%.60s", name), "is not a secret of %s", c.kind)
		}
	}
}

// active tells whether the field matters, given the fields before it.
func (f Field) active(before map[string]json.RawMessage) bool {
	if f.When == nil {
		return true
	}
	var s string
	return json.Unmarshal(before[f.When.Field], &s) == nil && s == f.When.Is
}

func (f Field) fallback() json.RawMessage {
	if f.Type == TypeNumber || f.Type == TypeBool {
		return json.RawMessage(f.Default)
	}
	text, _ := json.Marshal(f.Default) // a string always marshals
	return text
}

// members splits an object into its members, keeping the order and the names
// that are there twice, both of which a map would lose.
func members(raw json.RawMessage) (map[string]json.RawMessage, []string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, fmt.Errorf("must be a JSON object")
	}
	values, order := map[string]json.RawMessage{}, []string{}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, nil, fmt.Errorf("is not valid JSON")
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, nil, fmt.Errorf("is not valid JSON")
		}
		values[key], order = v, append(order, key)
	}
	if _, err := d.Token(); err != nil || d.InputOffset() != int64(len(bytes.TrimRightFunc(raw, unicode.IsSpace))) {
		return nil, nil, fmt.Errorf("is not valid JSON")
	}
	return values, order, nil
}

// blank is how a form says "not filled in".
func blank(raw json.RawMessage) bool {
	s := string(bytes.TrimSpace(raw))
	return s == "null" || s == `""`
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return fmt.Errorf("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("must start with https:// or http://")
	case u.User != nil:
		return fmt.Errorf("must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("must not hold a query or a fragment")
	}
	return nil
}

func named(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

func list(fields []Field) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func values(options []Option) string {
	names := make([]string, 0, len(options))
	for _, o := range options {
		names = append(names, o.Value)
	}
	return strings.Join(names, ", ")
}
