package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// maxDepth bounds nesting, as the decoder itself would allow 10,000 levels.
const maxDepth = 64

// checkJSON refuses what encoding/json would take silently: a key given twice,
// invalid UTF-8, and anything after the value.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return unreadable("body", "it is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := checkValue(d, "body", 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Token returns the bare io.EOF
		return unreadable("body", "something stands after the JSON value")
	}
	return nil
}

func unreadable(location, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	e := fault.New(fault.Invalid, "The body cannot be read: %s.", message).WithSlug(slugUnreadable)
	e.Fields = []fault.FieldError{{Location: location, Code: slugUnreadable, Message: message}}
	return e
}

func checkValue(d *json.Decoder, at string, depth int) error {
	t, err := d.Token()
	if err != nil {
		return syntax(d, err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return unreadable(at, "it is nested deeper than %d levels", maxDepth)
	}
	if open == '{' {
		err = checkObject(d, at, depth)
	} else {
		err = checkArray(d, at, depth)
	}
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return syntax(d, err)
	}
	return nil
}

func checkObject(d *json.Decoder, at string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return syntax(d, err)
		}
		key, _ := t.(string)
		if seen[key] {
			return unreadable(at+"."+clip(key), "the key is given twice")
		}
		seen[key] = true
		if err := checkValue(d, at+"."+clip(key), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func checkArray(d *json.Decoder, at string, depth int) error {
	for i := 0; d.More(); i++ {
		if err := checkValue(d, fmt.Sprintf("%s[%d]", at, i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func syntax(d *json.Decoder, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // Token returns them bare
		return unreadable("body", "the JSON ends too early")
	}
	return unreadable("body", "it is not JSON (byte %d)", d.InputOffset())
}

// clip shortens what a message repeats of somebody's input.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// decode is what huma reads bodies with, after checkJSON. It is called twice:
// for the value that is validated against the schema, and for the struct. The
// second time it refuses keys that differ in casing and null where a value
// belongs, both of which encoding/json takes.
func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return err
	}
	if _, generic := into.(*any); generic {
		return nil
	}
	var parsed any
	if err := json.Unmarshal(body, &parsed); err != nil {
		return err
	}
	return exact(parsed, reflect.TypeOf(into).Elem(), "")
}

// exact compares the keys of a parsed value with the fields of a type.
func exact(v any, t reflect.Type, at string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		return exactObject(v, t, at)
	case []any:
		if t.Kind() != reflect.Slice {
			return nil
		}
		for i, item := range v {
			if err := exact(item, t.Elem(), fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func exactObject(m map[string]any, t reflect.Type, at string) error {
	if t.Kind() != reflect.Struct {
		return nil
	}
	fields := fieldsOf(t)
	for key, value := range m {
		f, ok := fields[key]
		if !ok {
			return fmt.Errorf("unexpected property %s", strings.TrimPrefix(at+"."+clip(key), "."))
		}
		if value == nil && f.Tag.Get("nullable") != "true" && f.Type.Kind() != reflect.Interface {
			return fmt.Errorf("%s must not be null", strings.TrimPrefix(at+"."+key, "."))
		}
		if err := exact(value, f.Type, at+"."+key); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf lists the fields of a struct by the names they have in JSON.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "" && name != "-" {
			fields[name] = f
		}
	}
	return fields
}
