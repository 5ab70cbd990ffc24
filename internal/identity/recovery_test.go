package identity_test

import (
	"testing"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func TestARecoveryCodeProvesOnce(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		codes, err := a.NewRecoveryCodes(bg(), a.in.Principal)
		ok(t, err)
		if len(codes) != 10 {
			t.Fatalf("%d codes, want 10", len(codes))
		}
		proof := identity.Proof{RecoveryCode: codes[3]}
		in, err := a.Prove(bg(), a.pending(t).Principal, proof)
		ok(t, err)
		_, err = a.Prove(bg(), a.pending(t).Principal, proof)
		want(t, err, fault.Denied, "second-factor-wrong")
		f, err := a.Factors(bg(), in.Principal)
		ok(t, err)
		if f.RecoveryLeft != 9 || f.RecoveryUsedAt == 0 {
			t.Errorf("left: %+v", f)
		}
		// New ones take the place of the old.
		fresh, err := a.NewRecoveryCodes(bg(), in.Principal)
		ok(t, err)
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{RecoveryCode: codes[0]})
		want(t, err, fault.Denied, "second-factor-wrong")
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{RecoveryCode: fresh[0]})
		ok(t, err)
		// Nobody else's code fits.
		bob := a.person(t, "bob@example.com", identity.Analyst)
		other := &armed{house: a.house, c: a.c}
		other.enrol(t, bob.Principal, newPassword)
		a.c.advance(time.Minute)
		_, err = a.Prove(bg(), other.in.Principal, identity.Proof{RecoveryCode: fresh[1]})
		want(t, err, fault.Denied, "second-factor-wrong")
	})
}

func TestTenCodesAreTenProofs(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		codes, err := a.NewRecoveryCodes(bg(), a.in.Principal)
		ok(t, err)
		for i, code := range codes {
			in, err := a.Prove(bg(), a.pending(t).Principal, identity.Proof{RecoveryCode: code})
			ok(t, err)
			f, err := a.Factors(bg(), in.Principal)
			ok(t, err)
			if f.RecoveryLeft != int64(9-i) {
				t.Errorf("after %d codes %d are left", i+1, f.RecoveryLeft)
			}
		}
		if methods := a.pending(t).Principal.Methods; len(methods) != 1 || methods[0] != identity.TOTP {
			t.Errorf("with no code left the methods are %v", methods)
		}
	})
}
