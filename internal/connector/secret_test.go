package connector_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tocsin/internal/connector"
)

func TestASecretIsNeverSaidAloud(t *testing.T) {
	t.Parallel()
	const value = "hunter2-correct-horse"
	s := connector.NewSecret(value)
	type hidden struct{ inner connector.Secret } // fmt does not call methods on what it finds in here
	type open struct {
		Inner connector.Secret
		Map   map[string]connector.Secret
	}
	o := open{Inner: s, Map: map[string]connector.Secret{"k": s}}
	var said []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%c", "%U"} {
		for _, v := range []any{s, &s, hidden{s}, &hidden{s}, o, &o, []connector.Secret{s}} {
			said = append(said, fmt.Sprintf(verb, v))
		}
	}
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal, xml.Marshal} {
		for _, v := range []any{s, hidden{s}, struct{ Inner connector.Secret }{s}} {
			text, _ := marshal(v)
			said = append(said, string(text))
		}
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", s, "hidden", hidden{s}, "open", o, "error", fmt.Errorf("with %v: %w", s, errors.New("x")))
	}
	said = append(said, log.String())
	for _, text := range said {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("said %q", text)
		}
	}
}

func TestASecretRevealsItsValueOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := connector.NewSecret("value")
	var used string
	s.Use(func(v string) { used = v })
	if s.Reveal() != "value" || used != "value" || !s.Set() {
		t.Errorf("got %q and %q", s.Reveal(), used)
	}
	var zero connector.Secret
	if zero.Reveal() != "" || zero.Set() || fmt.Sprint(zero) != "[redacted]" {
		t.Errorf("the zero secret is %q, printed %v", zero.Reveal(), zero)
	}
}
