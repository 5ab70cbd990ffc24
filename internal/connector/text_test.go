package connector

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWordsOfAttackersBecomeHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                              "plain",
		" a \r\n b\tc\x00d ":                 "a b c d",
		"invoice\u202efdp.exe":               "invoicefdp.exe",
		"a\u200bb\ufeff\u2066c\u2069":        "abc",
		"line\u2028separator\u2029paragraph": "line separator paragraph",
		"\x1b[31mred\x1b[0m":                 "[31mred [0m",
		"bad \xff\xfe bytes":                 "bad bytes",
		"Grüße 👩\u200d💻":                     "Grüße 👩\u200d💻",
		"\U000e0041tag":                      "tag",
	} {
		if got := Line(in, 100); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := Plain("\n\none\r\ntwo\rthree\u2028four\x00\t!\n", 100); got != "one\ntwo\nthree\nfour  !" {
		t.Errorf("%q", got)
	}
	if got := Line(strings.Repeat("é", 10), 5); got != "éééé…" {
		t.Error(got)
	}
}

func TestALinkIsOneOrNothing(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://x.example/a?b=c&d=e#f":                  "https://x.example/a?b=c&d=e#f",
		"https://x.example/a|b>c<d\"e'f":                 "https://x.example/a%7Cb%3Ec%3Cd%22e%27f",
		"javascript:alert(1)":                            "",
		"data:text/html,x":                               "",
		"//x.example":                                    "",
		"/tickets/1":                                     "",
		"https://user:pass@x.example":                    "",
		"https://x.example/\r\nSet-Cookie: a":            "",
		"https://x.example/" + strings.Repeat("a", 3000): "",
		"": "",
	} {
		if got := WebLink(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestAnAddressIsListedOnceUnderAllItsNames(t *testing.T) {
	t.Parallel()
	l := Letter{Link: "https://x.example/t", Buttons: []Button{
		{Label: "Acknowledge", URL: "https://x.example/m"}, {Label: "Bad", URL: "javascript:x"}, {Label: "Take\n", URL: "https://x.example/m"}, {Label: "", URL: "https://x.example/n"},
	}}
	want := []Fact{{"Acknowledge / Take", "https://x.example/m"}, {"Open in Tocsin", "https://x.example/t"}}
	if got := l.Links(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func FuzzTextIsHarmless(f *testing.F) {
	f.Add("a\r\nb\u202e\x00", 10)
	f.Add("https://x.example/|", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(1, n%1000)
		for _, got := range []string{Line(s, n), Plain(s, n)} {
			odd := func(r rune) bool {
				return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || r == '\u2028' || r == '\u2029'
			}
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > n || strings.ContainsFunc(got, odd) {
				t.Errorf("%q became %q", s, got)
			}
		}
		if strings.Contains(Line(s, n), "\n") {
			t.Errorf("%q is of two lines", Line(s, n))
		}
		if l := WebLink(s); l != "" {
			if u, err := url.Parse(l); err != nil || u.Host == "" || strings.ContainsAny(l, "|<>\"' \r\n") {
				t.Errorf("%q became %q", s, l)
			}
		}
	})
}
