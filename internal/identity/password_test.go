package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"tocsin/internal/fault"
)

func TestAPasswordIsJudgedByLengthAndCommonness(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a quiet lake in autumn", "fifteen chars ok", "пятнадцать букв тут", "x" + strings.Repeat("é1", 127) + "z",
		"ann keeps seven grey cats", "aB3$ 8kQz !pWm 2", "日本語のパスワードは長いほうが安全です",
	} {
		if err := checkPassword(good, "ann@example.com", "Ann Lee"); err != nil {
			t.Errorf("%q was refused: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "short", "fourteen chars", strings.Repeat("ab3 ", 65), "\xff\xfe and then some more text",
		"passwordpassword", "Password Password", "PASSWORDPASSWORD123", "1q2w3e4r5t6y7u8i9o0p", "qwertyuiopasdfghjkl",
		"correct horse battery staple", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "xy xy xy xy xy xy xy", "               ",
		"ann@example.com", "Ann@Example.com 1", "annleeannlee1234", "Ann Lee Ann Lee 1", "example.com tocsin 1", "tocsintocsintocsin",
	} {
		if err := checkPassword(bad, "ann@example.com", "Ann Lee"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was taken (%v)", bad, err)
		}
	}
}

func TestTheListOfCommonPasswordsHoldsOnlyWhatCouldPass(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n")
	if len(lines) < 500 {
		t.Errorf("only %d", len(lines))
	}
	for _, l := range lines {
		if len(l) < minPassword || squeeze(l) != l {
			t.Errorf("%q can never match", l)
		}
	}
}

func TestAHashIsOfTheAgreedKindAndFitsOnlyItsPassword(t *testing.T) {
	t.Parallel()
	h := newHasher()
	phc, err := h.hash(context.Background(), "caf\u00e9 by the river")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(phc)
	}
	again, err := h.hash(context.Background(), "caf\u00e9 by the river")
	if err != nil || again == phc {
		t.Errorf("the salt is not random (%v)", err)
	}
	for password, fits := range map[string]bool{
		"caf\u00e9 by the river": true, "cafe\u0301 by the river": true, "Caf\u00e9 by the river": false, "": false,
	} {
		if got, err := h.verify(context.Background(), phc, password); got != fits || err != nil {
			t.Errorf("%q: got %v, %v", password, got, err)
		}
	}
}

func TestAnAccountWithoutAPasswordFitsNothing(t *testing.T) {
	t.Parallel()
	h := newHasher()
	// Even what the stand-in hash would fit.
	for _, password := range []string{"", "anything at all"} {
		if got, err := h.verify(context.Background(), "", password); got || err != nil {
			t.Errorf("%q: got %v, %v", password, got, err)
		}
	}
}

func TestAHashMadeElsewhereIsRead(t *testing.T) {
	t.Parallel()
	salt := []byte("somesalt")
	b64 := base64.RawStdEncoding.EncodeToString
	phc := "$argon2id$v=19$m=64,t=1,p=2$" + b64(salt) + "$" + b64(argon2.IDKey([]byte("a password"), salt, 1, 64, 2, 24))
	h := newHasher()
	if got, err := h.verify(context.Background(), phc, "a password"); !got || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestABrokenHashIsAnErrorAndNotACrash(t *testing.T) {
	t.Parallel()
	sum := base64.RawStdEncoding.EncodeToString(make([]byte, 32))
	h := newHasher()
	for _, phc := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" + sum, "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$" + sum,
		"$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$" + sum, "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$" + sum,
		"$argon2id$v=19$m=64,t=999,p=1$c29tZXNhbHQ$" + sum, "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$" + sum,
		"$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$" + sum, "$argon2id$v=19$m=64,t=1,p=1$!$" + sum, "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
	} {
		if got, err := h.verify(context.Background(), phc, "a password"); got || err == nil {
			t.Errorf("%q: got %v, %v", phc, got, err)
		}
	}
}

func TestAtMostTwoHashesRunAtOnceAndTheLineIsBounded(t *testing.T) {
	t.Parallel()
	h := newHasher()
	leave := []func(){}
	for range hashesAtOnce {
		l, err := h.enter(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range hashesWaiting - hashesAtOnce {
		wg.Go(func() {
			if _, err := h.enter(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("a third hash began, or it did not end with its request: %v", err)
			}
		})
	}
	for len(h.line) < hashesWaiting {
		time.Sleep(time.Millisecond)
	}
	if _, err := h.enter(context.Background()); fault.CodeOf(err) != fault.Busy || fault.As(err).RetryAfter <= 0 {
		t.Errorf("a full line takes another: %v", err)
	}
	cancel()
	wg.Wait()
	for _, l := range leave {
		l()
	}
	if len(h.line) != 0 || len(h.slots) != 0 {
		t.Error("a place in the line was lost")
	}
}
