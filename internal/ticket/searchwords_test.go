package ticket

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
)

func TestTextIsCutIntoWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"SSH brute-force, again!":         {"ssh", "brute", "force", "again"},
		"185.220.101.4:22":                {"185.220.101.4", "22"},
		"10.0.0.1-10.0.0.9":               {"10.0.0.1", "10.0.0.9"},
		"a.evil.example.com":              {"a.evil.example.com", "evil.example.com", "example.com", "a", "evil", "example", "com"},
		"i-0abc123 inc-42":                {"i-0abc123", "i", "0abc123", "inc-42", "inc", "42"},
		"arn:aws:iam::123:role/app_web":   {"arn", "aws", "iam", "123", "role", "app", "web"},
		"setup.py.":                       {"setup.py", "setup", "py"},
		"Ünïcode 日本 e\u0301":              {"ünïcode", "日本", "e\u0301"},
		"user@my_host.example.org":        {"user", "my-host.example.org", "example.org", "my", "host", "example", "org"},
		"2001:db8::1":                     {"2001", "db8", "1"},
		"... --- ___ ; DROP TABLE \"x\"'": {"drop", "table", "x"},
		"again Again AGAIN":               {"again"},
		"":                                nil,
	} {
		if diff := cmp.Diff(want, wordsOf(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestWhatIsLookedForSaysMost(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"evil.example.com": {"evil.example.com"}, "i-0abc123": {"i-0abc123"}, "INC-42": {"inc-42"}, "185.220.101.4": {"185.220.101.4"},
		"brute force": {"brute", "force"}, "role/app_web": {"role", "app", "web"}, `"'`: nil,
	} {
		if diff := cmp.Diff(want, soughtWords(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	long := strings.Repeat("0123456789abcdef", 4)
	if got := soughtWords(long); len(got) != 1 || len(got[0]) > maxWord || !slices.Equal(got, wordsOf(long)) {
		t.Errorf("a long word is kept as %v", got)
	}
}

// What is looked for in the words of a text finds the text, whatever it is.
func TestEveryTextIsFoundByItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9.:/_@ -]{0,40}`)).Draw(t, "text")
		have := wordsOf(text)
		for _, w := range soughtWords(text) {
			if !slices.Contains(have, w) {
				t.Fatalf("%q is not found by %q of %q", w, have, text)
			}
		}
		for _, w := range append(have, soughtWords(text)...) {
			if w == "" || len(w) > maxWord || strings.Map(func(r rune) rune {
				if r <= ' ' || strings.ContainsRune(`"'\:*&|!()<>`, r) {
					return -1
				}
				return r
			}, w) != w {
				t.Fatalf("%q is no word for an engine, of %q", w, text)
			}
		}
	})
}

// Both engines find exactly the documents that hold every word.
func TestEnginesFindWhatHoldsEveryWord(t *testing.T) {
	t.Parallel()
	letters := []string{"a", "B", "ä", "日", "1", ".", "-", "_", " ", " ", ":", "'", `"`, "*", "&", "|", "!", "(", `\`, "\u0301", "OR"}
	texts := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 12).Draw(t, "text"), "")
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bench{t: t, d: d}
		rapid.Check(t, func(rt *rapid.T) {
			docs := rapid.SliceOfN(texts, 1, 6).Draw(rt, "documents")
			b.write(func(tx *db.Tx) error {
				written := []document{}
				for i, text := range docs {
					written = append(written, document{int64(i + 1), wordsOf(text)})
				}
				return writeDocuments(tx, written)
			})
			for range 5 {
				text := texts.Draw(rt, "sought")
				words := soughtWords(text)
				if len(words) == 0 {
					continue
				}
				got := b.numbers(words, len(docs))
				for i, doc := range docs {
					have := wordsOf(doc)
					want := !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(have, w) })
					if want != slices.Contains(got, int64(i+1)) {
						rt.Fatalf("%q (%q) in %q (%q): found %v", text, words, doc, have, got)
					}
				}
			}
		})
	})
}

func (b *bench) numbers(words []string, most int) (out []int64) {
	b.t.Helper()
	err := b.d.Read(b.context(), func(tx *db.Tx) error {
		base, err := searchBase(tx)
		if err != nil {
			return err
		}
		l := &lister{tx: tx, words: words, base: base}
		s := &statement{}
		s.add(`SELECT f.number FROM `)
		l.hits(s, true, 0, 100)
		out, err = db.All(tx, func(sc db.Scanner) (n int64, err error) { return n, sc.Scan(&n) }, s.text.String()+` WHERE f.number <= `+s.bind(most), s.args...)
		return err
	})
	if err != nil {
		b.t.Fatal(words, err)
	}
	return out
}

func TestWordsOfOneTenantAreNotFoundByAnother(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bench{t: t, d: d}
		other := db.As(b.context(), "other", "system:test")
		for ctx, word := range map[string]string{"main": "here", "other": "there"} {
			where := b.context()
			if ctx == "other" {
				where = other
			}
			if err := d.Write(where, func(tx *db.Tx) error { return writeDocuments(tx, []document{{7, []string{word, "both"}}}) }); err != nil {
				t.Fatal(err)
			}
		}
		for word, want := range map[string]int{"here": 1, "there": 0, "both": 1} {
			if got := b.numbers([]string{word}, 10); len(got) != want {
				t.Errorf("%s: %v", word, got)
			}
		}
	})
}
