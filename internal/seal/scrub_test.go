package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

const secret = `wJalr/XUtn+FEMI="K7<&>MDENG`

func TestASecretIsScrubbedInEveryForm(t *testing.T) {
	t.Parallel()
	var s seal.Scrubber
	s.Register(secret, "short")
	asJSON, err := json.Marshal(map[string]string{"k": secret})
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(secret)
	forms := map[string]string{
		"plain":            secret,
		"hex":              hex.EncodeToString(raw),
		"upper-case hex":   strings.ToUpper(hex.EncodeToString(raw)),
		"JSON":             string(asJSON),
		"a Go string":      fmt.Sprintf("%q", secret),
		"a query":          url.QueryEscape(secret),
		"a path":           url.PathEscape(secret),
		"lower-case query": lowerPercent(url.QueryEscape(secret)),
		"base64":           base64.StdEncoding.EncodeToString(raw),
		"base64 for URLs":  base64.RawURLEncoding.EncodeToString(raw),
		"basic auth":       base64.StdEncoding.EncodeToString([]byte("me:" + secret)),
		"base64 after 1":   base64.StdEncoding.EncodeToString([]byte("m" + secret + "tail")),
		"base64 after 2":   base64.URLEncoding.EncodeToString([]byte("me" + secret + "tail")),
	}
	for name, form := range forms {
		if got := s.Scrub("before " + form + " after"); !strings.Contains(got, seal.Redacted) {
			t.Errorf("as %s it stays: %s", name, got)
		} else if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("as %s the text around it is gone: %s", name, got)
		}
	}
	if got := s.Scrub("a short text"); got != "a short text" {
		t.Errorf("a value of five bytes was scrubbed: %s", got)
	}
}

func lowerPercent(s string) string {
	return regexp.MustCompile(`%..`).ReplaceAllStringFunc(s, strings.ToLower)
}

func TestNoEncodingAtAnyPlaceLetsASecretThrough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ -~]{8,40}`).Draw(t, "secret")
		text := rapid.String().Draw(t, "before") + value + rapid.String().Draw(t, "after")
		var s seal.Scrubber
		s.Register(value)
		for _, form := range []string{text, hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)), url.QueryEscape(text)} {
			if !strings.Contains(s.Scrub(form), seal.Redacted) {
				t.Fatalf("%q stays in %q", value, form)
			}
		}
		if strings.Contains(s.Scrub(text), value) {
			t.Fatalf("%q is left", value)
		}
	})
}

type stubborn struct{ Inner map[string]string }

func TestALogLineHoldsNoSecret(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var s seal.Scrubber
	log := slog.New(s.Handler(slog.NewJSONHandler(&out, nil)))
	log.Info("before", "n", 1)
	s.Register(secret)
	log.With("with", secret).WithGroup("g").Info("message "+secret,
		"text", secret, "error", errors.New("dial "+secret), "bytes", []byte(secret),
		"value", stubborn{map[string]string{"k": secret}}, "pointer", &stubborn{map[string]string{"k": secret}},
		slog.Group("inner", "deep", secret), "kept", "harmless", "number", 7)
	for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), "XUtn"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q is in the log: %s", form, out.String())
		}
	}
	for _, kept := range []string{`"kept":"harmless"`, `"number":7`, `"n":1`} {
		if !strings.Contains(out.String(), kept) {
			t.Errorf("%s is missing: %s", kept, out.String())
		}
	}
}

func TestWhatIsLeftOfASecretWhereATextWasCutIsScrubbed(t *testing.T) {
	t.Parallel()
	var s seal.Scrubber
	s.Register("0123456789abcdefghijklmnop")
	for text, want := range map[string]string{
		"it said 0123456789abcdef":                     "it said " + seal.Redacted,
		"it said 0123456789abcdef… and 0123456789abc…": "it said " + seal.Redacted + "… and " + seal.Redacted + "…",
		"it said 0123456789... and more":               "it said " + seal.Redacted + "... and more",
		"it said 0123456":                              "it said 0123456",
		"0123456789 and something else":                "0123456789 and something else",
		"it ends with dots…":                           "it ends with dots…",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestALineOfAPrivateKeyIsScrubbedByItself(t *testing.T) {
	t.Parallel()
	var s seal.Scrubber
	s.Register("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----\n")
	if got := s.Scrub("line MIIEvQIBADANBgkqhkiG9w0BAQEFAASC is bad"); strings.Contains(got, "MIIEv") {
		t.Errorf("a line is left: %s", got)
	}
	if got := s.Scrub("-----BEGIN PRIVATE KEY----- is missing"); strings.Contains(got, seal.Redacted) {
		t.Errorf("innocent words were scrubbed: %s", got)
	}
}

func TestAnErrorIsScrubbedInEveryPartAndKeepsItsCode(t *testing.T) {
	t.Parallel()
	var s seal.Scrubber
	s.Register(secret)
	dirty := fault.Field("settings."+secret, "is %s", secret).Because(errors.New("dial "+secret)).WithExtra("url", "http://x/"+secret).WithSlug("bad")
	clean := s.Error(fmt.Errorf("testing: %w", dirty))
	f := fault.As(clean)
	if f == nil || f.Code != fault.Invalid || f.Slug != "bad" {
		t.Fatalf("got %#v", clean)
	}
	if printed := fmt.Sprintf("%+v %v %v %v", clean, f.Fields, f.Extra, f.Cause); strings.Contains(printed, secret) {
		t.Errorf("it is left: %s", printed)
	}
	if printed := fmt.Sprint(dirty.Fields, dirty.Message); !strings.Contains(printed, secret) {
		t.Error("the error of the caller was changed")
	}
	same := errors.New("harmless")
	if s.Error(same) != same || s.Error(nil) != nil {
		t.Error("an error without a secret became another")
	}
	if got := s.Error(errors.New("dial " + secret)).Error(); got != "dial "+seal.Redacted {
		t.Errorf("got %q", got)
	}
}
