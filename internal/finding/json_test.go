package finding

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParserIsStrict(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", " ", "{", "[", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1]`, `[1}`, `{'a':1}`, `{a:1}`,
		"01", "-", "1.", ".5", "1e", "+1", "0x1", "1_000", "NaN", "Infinity", "tru", "nul", `"a`, "\"a\nb\"", "\"\t\"", `"\x"`, `"\u12"`, `"\u+123"`,
		`{} {}`, `1 2`, "//x\n1", `{"a":1 /* x */}`, "\x00", "\xEF\xBB\xBF1",
	} {
		if v, f := parseJSON(s); f == nil {
			t.Errorf("%q was read as %v", s, v)
		} else if f.slug != slugMalformed {
			t.Errorf("%q: %s", s, f.slug)
		}
	}
	if _, f := parseJSON(strings.Repeat("[", 100) + strings.Repeat("]", 100)); f != nil {
		t.Errorf("100 levels: %s", f.why)
	}
	if _, f := parseJSON(strings.Repeat("[", 101) + strings.Repeat("]", 101)); f == nil || f.slug != slugDeep {
		t.Errorf("101 levels: %v", f)
	}
	if _, f := parseJSON(strings.Repeat(`{"a":`, 1_000_000)); f == nil || f.slug != slugDeep || len(f.path) > 400 {
		t.Errorf("a million levels: %v", f)
	}
}

// FuzzParser holds the parser against encoding/json, which is the judge of what
// is JSON and of what it says.
func FuzzParser(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.5e3,-0,true,null,"x\u00e9\ud83d\ude00\ud800"]}`, `{"a":1,"a":2}`, "\"\xff\"", `[[[]]]`, ` "\/\b" `, `1e5`, `{"":{}}`, `"\udc00\ud83d"`, `"\ud83d\u0041"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, flaw := parseJSON(string(raw))
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var want any
		err := dec.Decode(&want)
		if err == nil {
			if _, more := dec.Token(); more != io.EOF {
				err = io.ErrUnexpectedEOF
			}
		}
		switch {
		case flaw == nil && err != nil:
			t.Fatalf("read %q, which encoding/json refuses: %v", raw, err)
		case flaw == nil && !utf8.Valid(raw):
			t.Fatalf("read %q, which is not UTF-8", raw)
		case flaw == nil:
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q (-encoding/json +ours):\n%s", raw, diff)
			}
			checkCanonical(t, got)
		case err == nil && flaw.slug == slugMalformed:
			t.Fatalf("refused %q: %s", raw, flaw.why)
		}
	})
}

// checkCanonical holds that the canonical form is JSON and a fixed point.
func checkCanonical(t *testing.T, v any) {
	t.Helper()
	first := appendCanonical(nil, v)
	again, flaw := parseJSON(string(first))
	if flaw != nil {
		t.Fatalf("canonical form %q: %s", first, flaw.why)
	}
	if second := appendCanonical(nil, again); !bytes.Equal(first, second) {
		t.Fatalf("canonical form of %q is %q", first, second)
	}
}
