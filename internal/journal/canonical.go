package journal

import (
	"bytes"
	"encoding/json"
	"errors"
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

// errForeign says that a value is of a type that only encoding/json knows.
var errForeign = errors.New("a type of its own")

// Canonical writes v as RFC 8785 JSON. v is anything that encoding/json can
// marshal; numbers must be integers of at most 2^53, since the canonical form
// of other numbers depends on the reader's floating point. Most entries are made
// of plain types, which are written without the way through encoding/json.
func Canonical(v any) ([]byte, error) {
	b, err := appendValue(make([]byte, 0, 256), v)
	if !errors.Is(err, errForeign) {
		return b, err
	}
	tree, err := asTree(v)
	if err != nil {
		return nil, err
	}
	return appendValue(b[:0], tree)
}

// asTree turns a value into the plain types that appendValue writes.
func asTree(v any) (tree any, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // Token returns it bare
		return nil, fmt.Errorf("encoding: more than one value")
	}
	return tree, nil
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case int:
		return appendInteger(b, int64(v))
	case int64:
		return appendInteger(b, v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return nil, notAnInteger(v)
		}
		return appendInteger(b, n)
	case []string:
		return appendArray(b, v, func(b []byte, s string) ([]byte, error) { return appendString(b, s), nil })
	case []any:
		return appendArray(b, v, appendValue)
	case map[string]any:
		return appendObject(b, v)
	}
	return b, errForeign
}

func notAnInteger(n any) error { return fmt.Errorf("the number %v is not an integer within 2^53", n) }

func appendInteger(b []byte, n int64) ([]byte, error) {
	if n > maxInteger || n < -maxInteger {
		return nil, notAnInteger(n)
	}
	return strconv.AppendInt(b, n, 10), nil
}

func appendArray[T any](b []byte, list []T, write func([]byte, T) ([]byte, error)) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = write(b, item); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, m map[string]any) (_ []byte, err error) {
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
		if b, err = appendValue(b, m[k]); err != nil {
			return b, err
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
