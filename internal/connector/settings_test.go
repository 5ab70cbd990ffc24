package connector_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

func sample() connector.Manifest {
	return connector.MustManifest([]byte(`
kind: sample
title: Sample
description: Every type of field.
fields:
  - {name: auth, title: A, type: choice, required: true, default: keys, help: H, options: [{value: keys}, {value: none}]}
  - {name: key, title: K, type: text, required: true, secret: true, help: H, when: {field: auth, is: keys}}
  - {name: extra, title: E, type: text, secret: true, help: H}
  - {name: region, title: R, type: text, required: true, help: H, when: {field: auth, is: keys}}
  - {name: url, title: U, type: url, help: H}
  - {name: count, title: C, type: number, default: "7", help: H}
  - {name: on, title: O, type: bool, help: H}
  - name: rows
    title: R
    type: rows
    help: H
    fields:
      - {name: id, title: I, type: text, required: true, help: H}
      - {name: weight, title: W, type: number, default: "1", help: H}
`))
}

type settings struct {
	Auth   string `json:"auth"`
	Region string `json:"region"`
	URL    string `json:"url"`
	Count  int    `json:"count"`
	On     bool   `json:"on"`
	Rows   []row  `json:"rows"`
}

type row struct {
	ID     string `json:"id"`
	Weight int    `json:"weight"`
}

func secrets(names ...string) map[string]connector.Secret {
	m := map[string]connector.Secret{}
	for _, n := range names {
		m[n] = connector.NewSecret("value of " + n)
	}
	return m
}

func TestDecodeFillsDefaultsAndTakesWhatIsRight(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		secrets  map[string]connector.Secret
		want     settings
	}{
		{"the least", `{"region":"r"}`, secrets("key"), settings{Auth: "keys", Region: "r", Count: 7}},
		{
			"everything", `{"auth":"keys","region":"r","url":"https://x.test/a","count":3,"on":true,"rows":[{"id":"a"},{"id":"b","weight":9}]}`,
			secrets("key", "extra"),
			settings{"keys", "r", "https://x.test/a", 3, true, []row{{"a", 1}, {"b", 9}}},
		},
		{"another choice needs neither key nor region", `{"auth":"none"}`, nil, settings{Auth: "none", Count: 7}},
		{"nothing at all", "", secrets("key"), settings{}},
		{"null and empty text mean not filled in", `{"auth":"none","url":"","region":null,"count":null}`, nil, settings{Auth: "none", Count: 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got settings
			err := sample().Decode(json.RawMessage(tt.in), tt.secrets, &got)
			if tt.name == "nothing at all" {
				if fault.As(err) == nil || fault.As(err).Fields[0].Location != "settings.region" {
					t.Errorf("got %v", err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("err %v, diff %s", err, diff)
			}
		})
	}
}

func TestDecodeNamesEveryFieldAtFault(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("x", 2049) + `"`
	many := `[` + strings.Repeat(`{"id":"a"},`, 100) + `{"id":"a"}]`
	tests := []struct{ name, in, at, because string }{
		{"not JSON", `{`, "settings", "not valid JSON"},
		{"not an object", `[]`, "settings", "JSON object"},
		{"null", `null`, "settings", "JSON object"},
		{"something after it", `{"region":"r"} {}`, "settings", "not valid JSON"},
		{"an unknown name", `{"region":"r","regoin":"x"}`, "settings.regoin", "not a setting of sample, which has auth, region"},
		{"another casing", `{"Region":"r"}`, "settings.Region", "not a setting"},
		{"a name given twice", `{"region":"r","region":"s"}`, "settings.region", "twice"},
		{"a secret among the settings", `{"region":"r","key":"x"}`, "settings.key", "not a setting"},
		{"a missing one", `{}`, "settings.region", "required"},
		{"a choice that is none", `{"auth":"assume_role"}`, "settings.auth", `"assume_role" is not supported; supported now: keys, none`},
		{"text that is a number", `{"region":5}`, "settings.region", "text"},
		{"text of two lines", `{"region":"a\nb"}`, "settings.region", "one line"},
		{"text with a NUL", `{"region":"a\u0000b"}`, "settings.region", "one line"},
		{"text with blanks around it", `{"region":" r"}`, "settings.region", "blanks"},
		{"text that is too long", `{"region":` + long + `}`, "settings.region", "2048"},
		{"a fraction", `{"region":"r","count":1.5}`, "settings.count", "whole number"},
		{"a number in quotes", `{"region":"r","count":"1"}`, "settings.count", "whole number"},
		{"a number over 64 bits", `{"region":"r","count":9223372036854775808}`, "settings.count", "whole number"},
		{"a bool in quotes", `{"region":"r","on":"true"}`, "settings.on", "true or false"},
		{"a URL without scheme", `{"region":"r","url":"x.test"}`, "settings.url", "not a URL"},
		{"a URL of another scheme", `{"region":"r","url":"file://x/etc"}`, "settings.url", "https://"},
		{"a URL with a password", `{"region":"r","url":"https://u:p@x.test"}`, "settings.url", "password"},
		{"a URL with a query", `{"region":"r","url":"https://x.test/?a=b"}`, "settings.url", "query"},
		{"rows that are no list", `{"region":"r","rows":{}}`, "settings.rows", "list"},
		{"a row that is no object", `{"region":"r","rows":[null]}`, "settings.rows[0]", "JSON object"},
		{"an unknown name in a row", `{"region":"r","rows":[{"id":"a"},{"id":"b","x":1}]}`, "settings.rows[1].x", "not a setting"},
		{"a missing one in a row", `{"region":"r","rows":[{}]}`, "settings.rows[0].id", "required"},
		{"too many rows", `{"region":"r","rows":` + many + `}`, "settings.rows", "101 entries"},
		{"a missing secret", `{"region":"r"}`, "secrets.key", "required"},
		{"an unknown secret", `{"region":"r"}`, "secrets.password", "not a secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := secrets("key")
			switch tt.at {
			case "secrets.key":
				given = secrets()
			case "secrets.password":
				given = secrets("key", "password")
			}
			err := sample().Decode(json.RawMessage(tt.in), given, &settings{})
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("got %v, want Invalid", err)
			}
			for _, f := range fault.As(err).Fields {
				if f.Location == tt.at && strings.Contains(f.Message, tt.because) {
					return
				}
			}
			t.Errorf("got %+v, want %s because of %q", fault.As(err).Fields, tt.at, tt.because)
		})
	}
}

func TestEveryMistakeIsSaidAtOnceTheFirstFieldFirst(t *testing.T) {
	t.Parallel()
	err := sample().Decode(json.RawMessage(`{"surprise":1,"count":"x","auth":"sso"}`), nil, &settings{})
	var at []string
	for _, f := range fault.As(err).Fields {
		at = append(at, f.Location)
	}
	if diff := cmp.Diff([]string{"settings.auth", "settings.count", "settings.surprise"}, at); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(err.Error(), "settings.auth:") || !strings.HasSuffix(err.Error(), "(and 2 more)") {
		t.Errorf("got %q", err)
	}
}

func TestAStructThatDoesNotMatchItsManifestIsOurMistake(t *testing.T) {
	t.Parallel()
	var tooSmall struct {
		Auth string `json:"auth"`
	}
	err := sample().Decode(json.RawMessage(`{"region":"r"}`), secrets("key"), &tooSmall)
	if !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want Internal", err)
	}
}

func FuzzDecodeNeverPanicsAndNeverTakesWhatItCannotName(f *testing.F) {
	for _, s := range []string{`{}`, `{"region":"r","rows":[{"id":"a"}]}`, `{"a":`, `[[[[`, `{"region":"r"}x`, "\xff"} {
		f.Add(s)
	}
	m, keys := sample(), secrets("key")
	f.Fuzz(func(t *testing.T, text string) {
		var s settings
		err := m.Decode(json.RawMessage(text), keys, &s)
		if err == nil && (s.Auth == "" || (s.Auth == "keys" && s.Region == "")) {
			t.Fatalf("took %q as %+v", text, s)
		}
		if err != nil && fault.CodeOf(err) == fault.Internal {
			t.Fatalf("%q is blamed on us: %v", text, err)
		}
	})
}
