package identity

import (
	"encoding/base32"
	"strings"
	"testing"
)

// TestTheVectorsOfRFC6238 are those of its appendix B for SHA-1, of which an
// app shows the last six digits.
func TestTheVectorsOfRFC6238(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		now := at * second / totpStep
		step, err := stepOf(secret, code[2:], now, totpAround)
		if err != nil || step != now {
			t.Errorf("at %d the code %s is of step %d (%v), want %d", at, code, step, err, now)
		}
		if step, _ := stepOf(secret, code[2:], now+2, totpAround); step != 0 {
			t.Errorf("two steps after %d the code is still taken", at)
		}
	}
}

func TestARecoveryCodeIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	code := newRecoveryCode()
	for range 1000 {
		next := newRecoveryCode()
		if next == code || len(next) != 19 {
			t.Fatalf("got %s after %s", next, code)
		}
		code = next
	}
	for _, typed := range []string{code, strings.ToUpper(code), " " + strings.ReplaceAll(code, "-", " "), strings.NewReplacer("0", "O", "1", "l", "-", "").Replace(code)} {
		got, err := normalCode(RecoveryCode, typed)
		if err != nil || credentialOf(got) != recoveryHash(code) {
			t.Errorf("%q is read as %q (%v), want %s", typed, got, err, code)
		}
	}
	for _, bad := range []string{"", code[1:], code + "0", strings.Repeat("u", 16), strings.Repeat("é", 8)} {
		if _, err := normalCode(RecoveryCode, bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestCodesAreSlowedDownForLonger(t *testing.T) {
	t.Parallel()
	// The best that somebody who guesses can do in a year of trying without a
	// pause, and of letting the count be forgotten each time.
	const year = 365 * 24 * 3600 * second
	for name, rest := range map[string]bool{"without a pause": false, "after pauses": true} {
		guesses := 0
		var failures, until int64
		for now := int64(1_000_000_000_000); now < year+1_000_000_000_000; guesses++ {
			failures, until = codePatience().nextFailure(failures, until, now)
			if now = until; rest && failures == 12 {
				now += codePatience().forgets + 1
			}
		}
		if odds := float64(guesses) * 3 / 1e6; odds > 0.11 {
			t.Errorf("%s somebody makes %d guesses in a year, and finds a code with %.2f", name, guesses, odds)
		}
	}
}
