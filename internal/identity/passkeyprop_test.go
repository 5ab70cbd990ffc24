package identity_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

// bent draws bytes that are not b: some were changed, cut off or put in.
func bent(t *rapid.T, b []byte) []byte {
	out := slices.Clone(b)
	at := rapid.IntRange(0, max(len(out)-1, 0)).Draw(t, "at")
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		return append(out[:at:at], rapid.SliceOfN(rapid.Byte(), 0, 40).Filter(func(more []byte) bool {
			return !slices.Equal(more, b[at:])
		}).Draw(t, "end")...)
	case 1:
		return slices.Insert(out, at, rapid.Byte().Draw(t, "byte"))
	}
	if len(out) == 0 {
		return []byte{0}
	}
	out[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	return out
}

// TestNoBentAnswerProves changes any one part of a right answer.
func TestNoBentAnswerProves(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, dbtest.SQLite(t, nil))
	p := k.pending(t)
	rapid.Check(t, func(r *rapid.T) {
		q, err := k.BeginPasskey(bg(), p, soc())
		ok(t, err)
		a := k.key.Sign(q)
		part := rapid.SampledFrom([]*[]byte{&a.ID, &a.ClientData, &a.AuthData, &a.Signature, &a.UserHandle}).Draw(r, "part")
		*part = bent(r, *part)
		if len(a.UserHandle) == 0 {
			return // an authenticator may leave it out
		}
		_, err = k.FinishPasskey(bg(), p, soc(), a)
		if e := fault.As(err); e == nil || e.Code != fault.Denied && e.Code != fault.Invalid {
			r.Fatalf("got %v", err)
		}
	})
}

// TestNoBentPasskeyStopsTheServer changes what an authenticator made. Nobody
// vouches for it, so that some changes make another passkey.
func TestNoBentPasskeyStopsTheServer(t *testing.T) {
	t.Parallel()
	k := newKeyed(t, dbtest.SQLite(t, nil))
	rapid.Check(t, func(r *rapid.T) {
		q, err := k.BeginNewPasskey(bg(), k.in.Principal, soc(), "")
		if e := fault.As(err); e != nil && e.Slug == "too-many-passkeys" {
			k.forget(t)
			return
		}
		ok(t, err)
		a := identitytest.NewAuthenticator(t, soc().Origin).Make(q)
		a.Attestation = bent(r, a.Attestation)
		in, err := k.FinishNewPasskey(bg(), k.in.Principal, soc(), "Bent", a)
		if err == nil {
			k.in = in
			return
		}
		if e := fault.As(err); e == nil || e.Code != fault.Denied && e.Code != fault.Invalid && e.Code != fault.Conflict {
			r.Fatalf("got %v", err)
		}
	})
}

// forget removes every passkey but the first.
func (k *keyed) forget(t *testing.T) {
	t.Helper()
	f, err := k.Factors(bg(), k.in.Principal)
	ok(t, err)
	for _, one := range f.List[1:] {
		ok(t, k.RemoveFactor(bg(), k.in.Principal, one.ID))
	}
}

// TestSigningInTellsNothingAboutFactors compares somebody who has a second
// factor with somebody who has none.
func TestSigningInTellsNothingAboutFactors(t *testing.T) {
	t.Parallel()
	eachArmed(t, func(t *testing.T, a *armed) {
		a.person(t, "bob@example.com", identity.Analyst)
		answers := map[string]bool{}
		for _, email := range []string{adminEmail, "bob@example.com", "nobody@example.com"} {
			for range 4 {
				_, err := a.SignIn(bg(), email, "not the password", "")
				answers[want(t, err, fault.Denied, "sign-in").Message] = true
			}
			_, err := a.SignIn(bg(), email, "not the password", "")
			answers[want(t, err, fault.Busy, "sign-in-wait").Message] = true
		}
		if len(answers) != 2 {
			t.Errorf("the answers differ: %v", answers)
		}
		// Nor does a wrong password leave a trace that somebody could measure.
		var sessions int
		ok(t, a.d.Read(db.As(bg(), dbtest.Tenant, "system:test"), func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM session WHERE tenant = $1 AND pending`, tx.Tenant()).Scan(&sessions)
		}))
		if sessions != 0 {
			t.Errorf("%d sessions wait for a second factor after wrong passwords", sessions)
		}
	})
}
