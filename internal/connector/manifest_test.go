package connector_test

import (
	"strings"
	"testing"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// field is a manifest with one field, given as the inside of a flow mapping.
func field(f string) string {
	return "kind: x\ntitle: X\ndescription: An x.\nfields:\n  - {" + f + "}\n"
}

func TestAManifestThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, because string }{
		{"empty", "", "manifest"},
		{"an unknown key", "kind: x\ntitle: X\ndescription: X.\nfeilds: []\n", "feilds"},
		{"an unknown key in a field", field("name: a, title: A, type: text, help: H, requird: true"), "requird"},
		{"a kind with capitals", "kind: Aws\ntitle: X\ndescription: X.\n", "lower-case kind"},
		{"no title", "kind: x\ndescription: X.\n", "title"},
		{"a field without help", field("name: a, title: A, type: text"), "help"},
		{"a field name with a dash", field("name: a-b, title: A, type: text, help: H"), "snake_case"},
		{"an unknown type", field("name: a, title: A, type: string, help: H"), "type"},
		{"a choice without options", field("name: a, title: A, type: choice, help: H"), "options"},
		{"options without a choice", field("name: a, title: A, type: text, help: H, options: [{value: x}]"), "options"},
		{"rows without fields", field("name: a, title: A, type: rows, help: H"), "rows have fields"},
		{"a secret with a default", field("name: a, title: A, type: text, help: H, secret: true, default: x"), "no default"},
		{"a secret number", field("name: a, title: A, type: number, help: H, secret: true"), "a secret is text"},
		{"a default that is no option", field("name: a, title: A, type: choice, help: H, options: [{value: x}], default: y"), "supported now: x"},
		{"a default that is no number", field("name: a, title: A, type: number, help: H, default: ten"), "whole number"},
		{"a secret in a row", field("name: a, title: A, type: rows, help: H, fields: [{name: s, title: S, type: text, help: H, secret: true}]"), "neither rows nor secrets"},
		{"rows in a row", field("name: a, title: A, type: rows, help: H, fields: [{name: s, title: S, type: rows, help: H}]"), "neither rows nor secrets"},
		{"a name twice", field("name: a, title: A, type: text, help: H") + "  - {name: a, title: B, type: text, help: H}\n", "twice"},
		{"when names nothing", field("name: a, title: A, type: text, help: H, when: {field: b, is: c}"), "earlier choice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := connector.ParseManifest([]byte(tt.text))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.because) {
				t.Errorf("got %v, want Invalid with %q", err, tt.because)
			}
		})
	}
}

func TestABrokenEmbeddedManifestPanicsAtOnce(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("MustManifest took a broken manifest")
		}
	}()
	connector.MustManifest([]byte("kind: ["))
}
