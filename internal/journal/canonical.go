package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxInteger is 2^53: beyond it RFC 8785 would change a number without a word.
const maxInteger = 1 << 53

// Canonical writes v as RFC 8785 JSON. v is anything that encoding/json can
// marshal; numbers must be integers of at most 2^53, since the canonical form
// of other numbers depends on the reader's floating point.
func Canonical(v any) ([]byte, error) {
	if b, err, ok := appendPlain(make([]byte, 0, 256), v); ok {
		return b, err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // Token returns it bare
		return nil, fmt.Errorf("encoding: more than one value")
	}
	return appendCanonical(make([]byte, 0, len(raw)), tree)
}

// appendPlain writes values of the types that entries are mostly made of, without
// the way through encoding/json; ok is false for any other type.
func appendPlain(b []byte, v any) (_ []byte, err error, ok bool) { //nolint:revive // ok comes last, as in the language
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil, true
	case bool:
		return strconv.AppendBool(b, v), nil, true
	case string:
		return appendString(b, v), nil, true
	case int:
		return appendInteger(b, int64(v))
	case int64:
		return appendInteger(b, v)
	case []string:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, item)
		}
		return append(b, ']'), nil, true
	case map[string]any:
		return appendPlainObject(b, v)
	}
	return b, nil, false
}

func appendInteger(b []byte, n int64) ([]byte, error, bool) { //nolint:revive // as appendPlain
	if n > maxInteger || n < -maxInteger {
		return nil, fmt.Errorf("the number %d is not an integer within 2^53", n), true
	}
	return strconv.AppendInt(b, n, 10), nil, true
}

func appendPlainObject(b []byte, m map[string]any) (_ []byte, err error, ok bool) { //nolint:revive // as appendPlain
	keys := make([]string, 0, 16)
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, byUTF16)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err, ok = appendPlain(b, m[k]); err != nil || !ok {
			return nil, err, ok
		}
	}
	return append(b, '}'), nil, true
}

func appendCanonical(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		n, err := v.Int64()
		if err != nil || n > maxInteger || n < -maxInteger {
			return nil, fmt.Errorf("the number %s is not an integer within 2^53", v)
		}
		return strconv.AppendInt(b, n, 10), nil
	case []any:
		return appendArray(b, v)
	case map[string]any:
		return appendObject(b, v)
	}
	return nil, fmt.Errorf("cannot write %T", v)
}

func appendArray(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendCanonical(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, m map[string]any) (_ []byte, err error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, byUTF16)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err = appendCanonical(b, m[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// byUTF16 is the order of keys in RFC 8785 §3.2.3.
func byUTF16(a, b string) int {
	if isASCII(a) && isASCII(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
