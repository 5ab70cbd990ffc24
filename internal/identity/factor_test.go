package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

// armed is a person with an app for codes.
type armed struct {
	*house
	c      *clock
	secret string // of the app
	in     identity.SignedIn
}

// arm has the administrator sign in and enrol an app.
func arm(t *testing.T, d *db.DB) *armed {
	t.Helper()
	c := newClock() // each engine has its own time
	a := &armed{house: built(t, d.At(c.now)), c: c}
	in, err := a.SignIn(bg(), adminEmail, adminPassword, "browser")
	ok(t, err)
	a.enrol(t, in.Principal, adminPassword)
	return a
}

func (a *armed) enrol(t *testing.T, by identity.Principal, password string) {
	t.Helper()
	e, err := a.BeginTOTP(bg(), by, password, "Tocsin")
	ok(t, err)
	a.secret = e.Secret
	a.in, err = a.ConfirmTOTP(bg(), by, a.code(t))
	ok(t, err)
}

// code is what the app shows now.
func (a *armed) code(t *testing.T) string {
	t.Helper()
	return identitytest.Code(t, a.secret, a.c.now())
}

// next waits for the next code.
func (a *armed) next(t *testing.T) identity.Proof {
	t.Helper()
	a.c.advance(30 * time.Second)
	return identity.Proof{TOTP: a.code(t)}
}

// pending signs in by the password.
func (a *armed) pending(t *testing.T) identity.SignedIn {
	t.Helper()
	in, err := a.SignIn(bg(), adminEmail, adminPassword, "browser")
	ok(t, err)
	if !in.Principal.Pending {
		t.Fatal("the session is whole without the second factor")
	}
	return in
}

func eachArmed(t *testing.T, fn func(t *testing.T, a *armed)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, arm(t, d)) })
}

func TestTheFirstFactorAsksForThePassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "browser")
		ok(t, err)
		other, err := h.SignIn(bg(), adminEmail, adminPassword, "another browser")
		ok(t, err)
		_, err = h.BeginTOTP(bg(), in.Principal, "not the password", "Tocsin")
		want(t, err, fault.Denied, "sign-in")
		_, err = h.BeginTOTP(bg(), h.admin, adminPassword, "Tocsin")
		want(t, err, fault.Denied, "session-needed")
		_, err = h.ConfirmTOTP(bg(), in.Principal, "123456")
		want(t, err, fault.Missing, "enrolment-ended")

		e, err := h.BeginTOTP(bg(), in.Principal, adminPassword, "Tocsin soc.example.org")
		ok(t, err)
		if !strings.HasPrefix(e.URL, "otpauth://totp/Tocsin%20soc.example.org:ann@example.com?issuer=Tocsin%20soc.example.org&secret="+e.Secret) ||
			!strings.HasPrefix(e.QR, "data:image/png;base64,") || len(e.Secret) != 32 {
			t.Errorf("got %+v", e)
		}
		// Nothing is asked of anybody before the app has proven that it works.
		if now := h.must(t, in.Secret); now.Enrolled() {
			t.Error("an app that was not confirmed counts")
		}
		_, err = h.ConfirmTOTP(bg(), in.Principal, "12345")
		wantField(t, err, "body.code")
		done, err := h.ConfirmTOTP(bg(), in.Principal, identitytest.Code(t, e.Secret, time.Now()))
		ok(t, err)
		if !done.Principal.Fresh(h.d.Now()) || done.Principal.Pending {
			t.Errorf("after the first proof the session is %+v", done.Principal)
		}
		// The secret of the session is new, and sessions that never proved end.
		for _, secret := range []string{in.Secret, other.Secret} {
			_, err = h.Authenticate(bg(), secret)
			want(t, err, fault.Denied, "unauthenticated")
		}
		// The secret of the app cannot be confirmed, or asked for, again.
		_, err = h.ConfirmTOTP(bg(), done.Principal, identitytest.Code(t, e.Secret, time.Now().Add(30*time.Second)))
		want(t, err, fault.Missing, "enrolment-ended")
		last := h.kinds(t, "user:"+h.admin.UserID)
		if last[len(last)-1] != "factor.added" {
			t.Errorf("the journal says %v", last)
		}
	})
}

func TestAStolenSessionAddsNoFactor(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		a.c.advance(5 * time.Minute)
		stale := a.must(t, a.in.Secret)
		site := identity.Site{Host: "localhost", Origin: "http://localhost"}
		for name, err := range map[string]error{
			"an app":             second(a.BeginTOTP(bg(), stale, adminPassword, "Tocsin")),
			"a passkey":          second(a.BeginNewPasskey(bg(), stale, site, adminPassword)),
			"recovery codes":     second(a.NewRecoveryCodes(bg(), stale)),
			"a new password":     a.ChangePassword(bg(), stale, adminPassword, newPassword),
			"removing a factor":  a.RemoveFactor(bg(), stale, "any"),
			"removing another's": a.RemoveFactors(bg(), stale, "any"),
		} {
			e := want(t, err, fault.Denied, "step-up-required")
			if diff := cmp.Diff([]string{"totp"}, e.Extra["methods"]); diff != "" {
				t.Errorf("%s: methods (-want +got):\n%s", name, diff)
			}
		}
		want(t, a.RemoveFactor(bg(), a.admin, "any"), fault.Denied, "step-up-impossible")
	})
}

func second[T any](_ T, err error) error { return err }

func TestFreshMeansFiveMinutes(t *testing.T) {
	t.Parallel()
	const now = int64(1_000_000_000_000_000)
	minute := int64(60_000_000)
	for name, test := range map[string]struct {
		p    identity.Principal
		want bool
	}{
		"proven now":                       {identity.Principal{SessionID: "s", ProvedAt: now}, true},
		"just within":                      {identity.Principal{SessionID: "s", ProvedAt: now - 5*minute + 1}, true},
		"just past":                        {identity.Principal{SessionID: "s", ProvedAt: now - 5*minute}, false},
		"never":                            {identity.Principal{SessionID: "s"}, false},
		"by another node's clock":          {identity.Principal{SessionID: "s", ProvedAt: now + 4_000_000}, true},
		"by a clock that was set back":     {identity.Principal{SessionID: "s", ProvedAt: now + minute}, false},
		"by a token":                       {identity.Principal{TokenID: "t", ProvedAt: now}, false},
		"by a session that is not yet one": {identity.Principal{SessionID: "s", ProvedAt: now, Pending: true}, false},
	} {
		if got := test.p.Fresh(now); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
		if until := test.p.FreshUntil(now); (until > now) != test.want {
			t.Errorf("%s: until %d", name, until)
		}
	}
}

func TestSigningInWithASecondFactor(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		in := a.pending(t)
		p := in.Principal
		if p.Permissions != 0 || p.Fresh(a.d.Now()) || len(p.Roles) == 0 {
			t.Errorf("a pending session is %+v", p)
		}
		want(t, p.NeedWhole(), fault.Denied, "second-factor-needed")
		done, err := a.Prove(bg(), p, a.next(t))
		ok(t, err)
		if done.Principal.Pending || done.Principal.Permissions == 0 || !done.Principal.Fresh(a.d.Now()) || done.Secret == in.Secret {
			t.Errorf("a proven session is %+v", done.Principal)
		}
		if life := time.Duration(done.ExpiresAt-a.d.Now()) * time.Microsecond; life < 11*time.Hour {
			t.Errorf("it ends after %s", life)
		}
		_, err = a.Authenticate(bg(), in.Secret)
		want(t, err, fault.Denied, "unauthenticated")

		late := a.pending(t)
		a.c.advance(10 * time.Minute)
		_, err = a.Authenticate(bg(), late.Secret)
		want(t, err, fault.Denied, "unauthenticated")
		_, err = a.Prove(bg(), late.Principal, a.next(t)) // whoever asked just in time
		want(t, err, fault.Denied, "unauthenticated")

		kinds := strings.Join(a.kinds(t, "sign-in"), " ")
		if !strings.Contains(kinds, "signin.begun stepup.succeeded signin.succeeded signin.begun") {
			t.Errorf("the journal says %s", kinds)
		}
	})
}

func TestALinkToSetAPasswordIsNotASecondFactor(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		invite, err := a.InviteUser(bg(), a.admin, a.admin.UserID)
		ok(t, err)
		in, err := a.AcceptInvite(bg(), invite.Token, newPassword, "")
		ok(t, err)
		if !in.Principal.Pending {
			t.Error("the link came in without the second factor")
		}
	})
}

func TestANewAppTakesThePlaceOfTheOld(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		old := a.secret
		a.c.advance(30 * time.Second)
		a.enrol(t, a.in.Principal, "")
		f, err := a.Factors(bg(), a.in.Principal)
		ok(t, err)
		if len(f.List) != 1 {
			t.Fatalf("there are %d factors, want the new one", len(f.List))
		}
		a.c.advance(30 * time.Second)
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{TOTP: identitytest.Code(t, old, a.c.now())})
		want(t, err, fault.Denied, "second-factor-wrong")
		_, err = a.Prove(bg(), a.pending(t).Principal, identity.Proof{TOTP: a.code(t)})
		ok(t, err)
	})
}

func TestRemovingTheLastFactorTakesTheRecoveryCodesAlong(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		_, err := a.NewRecoveryCodes(bg(), a.in.Principal)
		ok(t, err)
		f, err := a.Factors(bg(), a.in.Principal)
		ok(t, err)
		want(t, a.RemoveFactor(bg(), a.in.Principal, "no such factor"), fault.Missing, "")
		ok(t, a.RemoveFactor(bg(), a.in.Principal, f.List[0].ID))
		f, err = a.Factors(bg(), a.in.Principal)
		ok(t, err)
		if diff := cmp.Diff(identity.Factors{List: []identity.Factor{}}, f); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		in, err := a.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		if in.Principal.Pending {
			t.Error("a second factor is still asked for")
		}
		_, err = a.NewRecoveryCodes(bg(), a.in.Principal) // fresh still
		want(t, err, fault.Conflict, "no-factor")
	})
}

func TestAnAdministratorHelpsWhoeverLostEverything(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		bob := a.person(t, "bob@example.com", identity.Analyst)
		helper := &armed{house: a.house, c: a.c}
		helper.enrol(t, bob.Principal, newPassword)
		want(t, a.RemoveFactors(bg(), helper.in.Principal, a.admin.UserID), fault.Denied, "permission")
		want(t, a.RemoveFactors(bg(), a.in.Principal, "nobody"), fault.Missing, "")
		for range 5 {
			_, _ = a.Prove(bg(), helper.in.Principal, identity.Proof{TOTP: "000000"})
		}
		ok(t, a.RemoveFactors(bg(), a.in.Principal, bob.Principal.UserID))
		_, err := a.Authenticate(bg(), helper.in.Secret)
		want(t, err, fault.Denied, "unauthenticated")
		in, err := a.SignIn(bg(), "bob@example.com", newPassword, "")
		ok(t, err)
		if in.Principal.Pending {
			t.Error("a second factor is still asked for")
		}
		helper.enrol(t, in.Principal, newPassword) // without the delay of before
		_, err = a.Prove(bg(), helper.in.Principal, helper.next(t))
		ok(t, err)
		// The same answer for somebody who has none.
		ok(t, a.RemoveFactors(bg(), a.in.Principal, bob.Principal.UserID))
		ok(t, a.RemoveFactors(bg(), a.in.Principal, bob.Principal.UserID))
		kinds := strings.Join(a.kinds(t, "user:"+bob.Principal.UserID), " ")
		if !strings.HasSuffix(kinds, "factor.added factor.removed factor.added factor.removed") {
			t.Errorf("the journal says %s", kinds)
		}
	})
}

func TestTheCommandLineResetsFactors(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		_, err := a.ResetFactors(bg(), "nobody@example.com")
		want(t, err, fault.Missing, "")
		n, err := a.ResetFactors(bg(), strings.ToUpper(adminEmail))
		ok(t, err)
		if n != 1 {
			t.Errorf("removed %d, want 1", n)
		}
		in, err := a.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		if in.Principal.Pending {
			t.Error("a second factor is still asked for")
		}
		records := a.records(t, "user:"+a.admin.UserID)
		if last := records[len(records)-1]; last.Kind != "factor.removed" || last.Actor != "system:admin" {
			t.Errorf("the journal says %s by %s", last.Kind, last.Actor)
		}
	})
}
