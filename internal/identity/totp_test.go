package identity_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

func TestACodeIsTakenOnceAndAroundItsTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		off  time.Duration // of the phone's clock
		slug string
	}{
		"on time":             {0, ""},
		"one step behind":     {-30 * time.Second, ""},
		"one step ahead":      {30 * time.Second, ""},
		"two steps behind":    {-60 * time.Second, "second-factor-wrong"},
		"two steps ahead":     {60 * time.Second, "second-factor-wrong"},
		"the zone of a clock": {time.Hour, "second-factor-wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachArmed(t, func(t *testing.T, a *armed) {
				a.c.advance(5 * time.Minute)
				proof := identity.Proof{TOTP: identitytest.Code(t, a.secret, a.c.now().Add(test.off))}
				in, err := a.Prove(bg(), a.pending(t).Principal, proof)
				if test.slug != "" {
					want(t, err, fault.Denied, test.slug)
					return
				}
				ok(t, err)
				_, err = a.Prove(bg(), a.pending(t).Principal, proof)
				want(t, err, fault.Denied, "second-factor-wrong")
				_, err = a.Prove(bg(), in.Principal, proof)
				want(t, err, fault.Denied, "second-factor-wrong")
			})
		})
	}
}

func TestAnOlderCodeIsNotTakenAfterANewerOne(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		a.c.advance(5 * time.Minute)
		older := identity.Proof{TOTP: a.code(t)}
		in, err := a.Prove(bg(), a.in.Principal, a.next(t))
		ok(t, err)
		_, err = a.Prove(bg(), in.Principal, older)
		want(t, err, fault.Denied, "second-factor-wrong")
	})
}

// A clock that jumps must neither give a used code a second life nor keep
// people out once it is right.
func TestAClockThatStepsBringsNoCodeBack(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		proof := a.next(t)
		in, err := a.Prove(bg(), a.in.Principal, proof)
		ok(t, err)
		fresh := in.Principal
		a.c.advance(-30 * time.Second)
		_, err = a.Prove(bg(), fresh, proof)
		want(t, err, fault.Denied, "second-factor-wrong")
		if fresh.Fresh(a.d.Now()) {
			t.Error("a proof from half a minute ahead is fresh")
		}
		a.c.advance(time.Hour) // the server is ahead, the phone is right
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{TOTP: identitytest.Code(t, a.secret, a.c.now().Add(-time.Hour))})
		want(t, err, fault.Denied, "second-factor-wrong")
		a.c.advance(time.Minute - time.Hour)
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{TOTP: a.code(t)})
		ok(t, err)
	})
}

func TestWhatIsNoCodeIsNotCounted(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		p := a.pending(t).Principal
		for _, bad := range []string{"1", "12345", "1234567", "abcdef", "12345\x00", "١٢٣٤٥٦", "-12345"} {
			_, err := a.Prove(bg(), p, identity.Proof{TOTP: bad})
			wantField(t, err, "body.totp")
		}
		_, err := a.Prove(bg(), p, identity.Proof{RecoveryCode: "short"})
		wantField(t, err, "body.recovery_code")
		_, err = a.Prove(bg(), p, identity.Proof{})
		wantField(t, err, "body")
		_, err = a.Prove(bg(), p, identity.Proof{TOTP: "123456", RecoveryCode: "0000-0000-0000-0000"})
		wantField(t, err, "body")
		_, err = a.Prove(bg(), a.admin, a.next(t))
		want(t, err, fault.Denied, "session-needed")
		spaced := a.next(t).TOTP
		_, err = a.Prove(bg(), p, identity.Proof{TOTP: " " + spaced[:3] + " " + spaced[3:] + " "})
		ok(t, err)
	})
}

func TestWrongCodesDelayTheNextInEverySession(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		a.c.advance(time.Hour)
		wrong := identity.Proof{TOTP: "000000"}
		if a.code(t) == "000000" {
			a.c.advance(time.Minute)
		}
		for range 4 {
			_, err := a.Prove(bg(), a.pending(t).Principal, wrong)
			want(t, err, fault.Denied, "second-factor-wrong")
		}
		for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			// A right password does not set the count back, and a whole session waits too.
			p := a.pending(t).Principal
			_, err := a.Prove(bg(), p, identity.Proof{TOTP: a.code(t)})
			if e := want(t, err, fault.Busy, "second-factor-wait"); e.RetryAfter != wait*time.Second {
				t.Errorf("it says %s, want %d s", e.RetryAfter, wait)
			}
			_, err = a.Prove(bg(), a.in.Principal, identity.Proof{RecoveryCode: "0000-0000-0000-0000"})
			want(t, err, fault.Busy, "second-factor-wait")
			a.c.advance(wait * time.Second)
			_, err = a.Prove(bg(), a.pending(t).Principal, wrong)
			want(t, err, fault.Denied, "second-factor-wrong")
		}
		// The delay is of this person's codes, and of nothing else.
		a.person(t, "bob@example.com")
		_, err := a.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		a.c.advance(15 * time.Minute)
		_, err = a.Prove(bg(), a.pending(t).Principal, a.next(t))
		ok(t, err)
		for range 4 {
			_, err := a.Prove(bg(), a.pending(t).Principal, wrong)
			want(t, err, fault.Denied, "second-factor-wrong")
		}
		failed := 0
		for _, r := range a.records(t, "sign-in") {
			if r.Kind == "stepup.failed" {
				failed++
				if r.Get("user") != a.admin.UserID || r.Get("method") != "totp" || r.Get("reason") != "wrong" {
					t.Errorf("got %s", r.Data)
				}
			}
		}
		if failed != 20 {
			t.Errorf("%d failures are in the journal, want 20", failed)
		}
	})
}

// TestACodeWorksOnceHoweverManyTryAtOnce gives the same codes to many sessions
// on two nodes at the same time: each is taken once, or never.
func TestACodeWorksOnceHoweverManyTryAtOnce(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		codes, err := a.NewRecoveryCodes(bg(), a.in.Principal)
		ok(t, err)
		nodes := []*identity.Service{a.Service, service(a.d, a.key)}
		t.Cleanup(nodes[1].Wait)
		rapid.Check(t, func(r *rapid.T) {
			a.c.advance(time.Duration(rapid.IntRange(1800, 4000).Draw(r, "pause")) * time.Second)
			code := identity.Proof{TOTP: identitytest.Code(t, a.secret, a.c.now().Add(time.Duration(rapid.IntRange(-1, 1).Draw(r, "step"))*30*time.Second))}
			if len(codes) > 0 && rapid.Bool().Draw(r, "recovery") {
				code = identity.Proof{RecoveryCode: codes[0]}
				codes = codes[1:]
			}
			sessions := make([]identity.Principal, rapid.IntRange(2, 3).Draw(r, "sessions"))
			for i := range sessions {
				sessions[i] = a.pending(t).Principal
			}
			errs := make([]error, len(sessions))
			var wg sync.WaitGroup
			for i, p := range sessions {
				wg.Go(func() { _, errs[i] = nodes[i%2].Prove(bg(), p, code) })
			}
			wg.Wait()
			taken := 0
			for _, err := range errs {
				if err == nil {
					taken++
				} else {
					want(t, err, fault.Denied, "second-factor-wrong")
				}
			}
			if taken != 1 {
				r.Fatalf("the code was taken %d times by %d sessions: %v", taken, len(sessions), errs)
			}
		})
	})
}

func TestASealedSecretOpensForItsPersonOnly(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		bob := a.person(t, "bob@example.com", identity.Analyst)
		other := &armed{house: a.house, c: a.c}
		other.enrol(t, bob.Principal, newPassword)
		err := a.d.Write(db.As(bg(), dbtest.Tenant, "system:test"), func(tx *db.Tx) error {
			var sealed []byte
			if err := tx.QueryRow(`SELECT sealed FROM factor WHERE tenant = $1 AND user_id = $2`, tx.Tenant(), bob.Principal.UserID).Scan(&sealed); err != nil {
				return err
			}
			return tx.Must(`UPDATE factor SET sealed = $1 WHERE tenant = $2 AND user_id = $3`, sealed, tx.Tenant(), a.admin.UserID)
		})
		ok(t, err)
		// Whoever copies a row in the database gains nothing.
		_, err = a.Prove(bg(), a.pending(t).Principal, other.next(t))
		want(t, err, fault.Internal, "sealed")
	})
}

func TestAClockThatIsOffIsExplainedWhenAnAppIsAdded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "browser")
		ok(t, err)
		e, err := h.BeginTOTP(bg(), in.Principal, adminPassword, "Tocsin")
		ok(t, err)
		_, err = h.ConfirmTOTP(bg(), in.Principal, identitytest.Code(t, e.Secret, c.now().Add(-10*time.Minute)))
		wantField(t, err, "body.code")
		if got := fault.As(err).Fields[0].Message; got != "The code is right for a clock that is 10m0s off: set the clock of the phone, or of the server." {
			t.Errorf("it says %q", got)
		}
		c.advance(15 * time.Minute)
		_, err = h.ConfirmTOTP(bg(), in.Principal, identitytest.Code(t, e.Secret, c.now()))
		want(t, err, fault.Missing, "enrolment-ended")
	})
}
