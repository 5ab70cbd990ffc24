package connector

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret holds a credential. Everything that prints, logs or marshals one gets
// "[redacted]". The value sits behind a function because fmt prints the
// unexported fields of a struct it meets inside another struct without asking
// their methods.
type Secret struct{ reveal func() string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{reveal: func() string { return value }} }

// Reveal returns the value, "" for the zero Secret. Call it where the
// credential is used and keep the result nowhere.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Use calls fn with the value.
func (s Secret) Use(fn func(value string)) { fn(s.Reveal()) }

// Set tells whether there is a value.
func (s Secret) Set() bool { return s.Reveal() != "" }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// Format implements fmt.Formatter, for verbs such as %x that String misses.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON implements json.Marshaler.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler, which YAML, XML and map keys use.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
