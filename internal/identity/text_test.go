package identity

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnEmailIsNormalOrRefused(t *testing.T) {
	t.Parallel()
	for given, wanted := range map[string]string{
		"ann@example.com":                        "ann@example.com",
		"  Ann.B+soc@Example.COM\t":              "ann.b+soc@example.com",
		"root@localhost":                         "root@localhost",
		"o'neil@x-y.example":                     "o'neil@x-y.example",
		strings.Repeat("a", 64) + "@e.com":       strings.Repeat("a", 64) + "@e.com",
		"":                                       "",
		"ann":                                    "",
		"@example.com":                           "",
		"ann@":                                   "",
		"ann@@example.com":                       "",
		"a@b@c":                                  "",
		"ann@example..com":                       "",
		"ann@-example.com":                       "",
		".ann@example.com":                       "",
		"a..b@example.com":                       "",
		"ann smith@example.com":                  "",
		"ann@exam ple.com":                       "",
		"ann\x00@example.com":                    "",
		"ann\n@example.com":                      "",
		"аnn@example.com":                        "", // a Cyrillic а
		"ann@exämple.com":                        "",
		"<ann@example.com>":                      "",
		"ann@[127.0.0.1]":                        "",
		strings.Repeat("a", 65) + "@example.com": "",
		"a@" + strings.Repeat("b.", 126) + "example": "",
	} {
		got, err := NormalEmail(given)
		if got != wanted || (err == nil) != (wanted != "") {
			t.Errorf("%q became %q (%v), want %q", given, got, err, wanted)
		}
	}
}

func TestANameCannotHideAnything(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"Ann", "  Zoë van der Berg ", "李小龍", "می\u200cخواهم", "👩\u200d💻 Ada", strings.Repeat("é", 120)} {
		if _, err := normalName("body.name", good); err != nil {
			t.Errorf("%q was refused: %v", good, err)
		}
	}
	for _, bad := range []string{"", "   ", "a\x00b", "a\nb", "a\tb", "a\u202eb", "a\u2066b", "a\u200bb", "a\ufeffb", "a\u2028b", "a\u00adb", "a\u00a0b", "\xff", "a\ue000b", strings.Repeat("é", 121)} {
		if _, err := normalName("body.name", bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if n, _ := normalName("x", "e\u0301"); n != "é" {
		t.Errorf("two ways to write é stay different: %q", n)
	}
}

func TestATimeZoneIsKnown(t *testing.T) {
	t.Parallel()
	for given, wanted := range map[string]string{"": "UTC", "UTC": "UTC", "Europe/Amsterdam": "Europe/Amsterdam", "Local": "", "Mars/Olympus": "", "../../etc/passwd": ""} {
		if got, err := normalZone(given); got != wanted || (err == nil) != (wanted != "") {
			t.Errorf("%q became %q (%v), want %q", given, got, err, wanted)
		}
	}
}

func TestATokenHasItsFormAndChecksum(t *testing.T) {
	t.Parallel()
	// Made with zlib.crc32: it may never change, since
	// scanners for leaked secrets know it.
	const known = "tocsin_pat_0123456789ABCDEFGHIJKL_32U48U"
	if !wellFormedToken(known) {
		t.Errorf("%s is refused; its checksum is %s", known, checksum(known[:33]))
	}
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 40 || !wellFormedToken(token) || seen[token] {
			t.Fatalf("%s is not a good token", token)
		}
		seen[token] = true
	}
}

func TestAMistypedTokenIsToldApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		token := []byte(newToken())
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		wrong := rapid.Byte().Filter(func(b byte) bool { return b != token[at] }).Draw(t, "wrong")
		token[at] = wrong
		if wellFormedToken(string(token)) {
			t.Fatalf("%q is taken", token)
		}
	})
	for _, bad := range []string{"", TokenPrefix, newToken() + "a", strings.ToUpper(newToken()), newSecret()} {
		if wellFormedToken(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestDigitsOfTokensAreEquallyLikely(t *testing.T) {
	t.Parallel()
	const draws = 62 * 2000
	seen := map[rune]int{}
	for _, r := range randomBase62(draws) {
		seen[r]++
	}
	for _, r := range base62 {
		// 2000 expected, standard deviation 45: six of them are one in 10^9.
		if n := seen[r]; n < 1730 || n > 2270 {
			t.Errorf("the digit %c came %d times of %d", r, n, draws)
		}
	}
}

func TestTheDelayGrowsAndEnds(t *testing.T) {
	t.Parallel()
	now := int64(1_000_000_000_000)
	var failures, until int64
	for i, seconds := range []int64{0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60} {
		failures, until = passwordPatience().nextFailure(failures, until, now)
		if until-now != seconds*second {
			t.Errorf("failure %d waits %d µs, want %d s", i+1, until-now, seconds)
		}
		now = until
	}
	if _, late := passwordPatience().nextFailure(1_000_000, now, now); late-now != 60*second {
		t.Errorf("after a million failures it waits %d µs", late-now)
	}
	now += 15*60*second + 1
	if failures, until = passwordPatience().nextFailure(failures, until, now); failures != 1 || until != now {
		t.Errorf("a quarter of an hour later it counts %d and waits %d µs", failures, until-now)
	}
}
