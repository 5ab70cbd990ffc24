package identity_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

func soc() identity.Site {
	return identity.Site{Host: "soc.example.org", Origin: "https://soc.example.org"}
}

// keyed is a person with a passkey as only factor.
type keyed struct {
	*house
	c   *clock
	key *identitytest.Authenticator
	in  identity.SignedIn
}

func eachKeyed(t *testing.T, fn func(t *testing.T, k *keyed)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newKeyed(t, d)) })
}

// newKeyed has the administrator sign in and make a passkey.
func newKeyed(t *testing.T, d *db.DB) *keyed {
	t.Helper()
	c := newClock() // each engine has its own time
	k := &keyed{house: built(t, d.At(c.now)), c: c, key: identitytest.NewAuthenticator(t, soc().Origin)}
	in, err := k.SignIn(bg(), adminEmail, adminPassword, "browser")
	ok(t, err)
	q, err := k.BeginNewPasskey(bg(), in.Principal, soc(), adminPassword)
	ok(t, err)
	k.in, err = k.FinishNewPasskey(bg(), in.Principal, soc(), "Laptop", k.key.Make(q))
	ok(t, err)
	return k
}

func (k *keyed) pending(t *testing.T) identity.Principal {
	t.Helper()
	in, err := k.SignIn(bg(), adminEmail, adminPassword, "browser")
	ok(t, err)
	if !in.Principal.Pending {
		t.Fatal("the session is whole without the second factor")
	}
	return in.Principal
}

// ask begins a proof in a new pending session.
func (k *keyed) ask(t *testing.T) (identity.Principal, identity.PasskeyQuestion) {
	t.Helper()
	p := k.pending(t)
	q, err := k.BeginPasskey(bg(), p, soc())
	ok(t, err)
	return p, q
}

func TestAPasskeyIsMadeAndProves(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		if p := k.in.Principal; !p.Fresh(k.d.Now()) || len(p.Methods) != 1 || p.Methods[0] != identity.Passkey {
			t.Errorf("after the first passkey the session is %+v", p)
		}
		f, err := k.Factors(bg(), k.in.Principal)
		ok(t, err)
		if len(f.List) != 1 || f.List[0].Name != "Laptop" || f.List[0].Kind != identity.Passkey {
			t.Errorf("the factors are %+v", f.List)
		}
		for range 3 {
			p, q := k.ask(t)
			if diff := cmp.Diff([]identity.PasskeyName{{ID: k.key.ID, Transports: []string{"internal"}}}, q.Credentials); diff != "" {
				t.Errorf("asked for (-want +got):\n%s", diff)
			}
			in, err := k.FinishPasskey(bg(), p, soc(), k.key.Sign(q))
			ok(t, err)
			if in.Principal.Pending || !in.Principal.Fresh(k.d.Now()) {
				t.Errorf("a proven session is %+v", in.Principal)
			}
		}
		// A second one is told which exist, so that one authenticator has one.
		q, err := k.BeginNewPasskey(bg(), k.in.Principal, soc(), "")
		ok(t, err)
		if len(q.Credentials) != 1 || !bytes.Equal(q.UserID, []byte(k.admin.UserID)) || q.Email != adminEmail || len(q.Algorithms) == 0 {
			t.Errorf("asked for %+v", q)
		}
		_, err = k.FinishNewPasskey(bg(), k.in.Principal, soc(), "Again", k.key.Make(q))
		want(t, err, fault.Conflict, "passkey-exists")
	})
}

func TestAPasskeyThatCountsNothingProves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		key := identitytest.NewAuthenticator(t, soc().Origin)
		key.Uncounted = true // as those do that are copied between a person's devices
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "browser")
		ok(t, err)
		q, err := h.BeginNewPasskey(bg(), in.Principal, soc(), adminPassword)
		ok(t, err)
		in, err = h.FinishNewPasskey(bg(), in.Principal, soc(), "Phone", key.Make(q))
		ok(t, err)
		for range 3 {
			q, err := h.BeginPasskey(bg(), in.Principal, soc())
			ok(t, err)
			in, err = h.FinishPasskey(bg(), in.Principal, soc(), key.Sign(q))
			ok(t, err)
		}
	})
}

// TestAnAnswerThatIsNotRightIsRefused changes one thing of a right answer at a
// time.
func TestAnAnswerThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		for name, test := range map[string]struct {
			before func(a *identitytest.Authenticator)
			after  func(a *identity.PasskeyAnswer)
		}{
			"for another origin":     {before: func(a *identitytest.Authenticator) { a.Origin = "https://soc.example.org.evil.example" }},
			"over plain HTTP":        {before: func(a *identitytest.Authenticator) { a.Origin = "http://soc.example.org" }},
			"without a PIN or touch": {before: func(a *identitytest.Authenticator) { a.Unverified = true }},
			"of another person":      {before: func(a *identitytest.Authenticator) { a.User = []byte("somebody else") }},
			"signed otherwise":       {after: func(a *identity.PasskeyAnswer) { a.Signature[len(a.Signature)-1] ^= 1 }},
			"about other data":       {after: func(a *identity.PasskeyAnswer) { a.AuthData[36] ^= 1 }},
			"of an unknown passkey":  {after: func(a *identity.PasskeyAnswer) { a.ID = bytes.Repeat([]byte{7}, 32) }},
			"a making for a signing": {after: func(a *identity.PasskeyAnswer) {
				a.ClientData = bytes.Replace(a.ClientData, []byte("webauthn.get"), []byte("webauthn.create"), 1)
			}},
		} {
			p, q := k.ask(t)
			key := *k.key
			if test.before != nil {
				test.before(&key)
			}
			a := key.Sign(q)
			if test.after != nil {
				test.after(&a)
			}
			_, err := k.FinishPasskey(bg(), p, soc(), a)
			if e := fault.As(err); e == nil || e.Code != fault.Denied || e.Slug != "second-factor-wrong" {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Guessing is hopeless, so nobody is kept waiting for it.
		k.key.Count += 100
		p, q := k.ask(t)
		_, err := k.FinishPasskey(bg(), p, soc(), k.key.Sign(q))
		ok(t, err)
	})
}

func TestAnAnswerCountsOnceInItsSessionAndInTime(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		p, q := k.ask(t)
		a := k.key.Sign(q)
		_, err := k.FinishPasskey(bg(), k.pending(t), soc(), a) // another session
		want(t, err, fault.Denied, "second-factor-wrong")
		in, err := k.FinishPasskey(bg(), p, soc(), a)
		ok(t, err)
		_, err = k.FinishPasskey(bg(), in.Principal, soc(), a)
		want(t, err, fault.Denied, "second-factor-wrong")

		p, q = k.ask(t)
		k.c.advance(5 * time.Minute)
		_, err = k.FinishPasskey(bg(), p, soc(), k.key.Sign(q))
		want(t, err, fault.Denied, "second-factor-wrong")

		// A refused answer uses the question up as well.
		p, q = k.ask(t)
		wrong := k.key.Sign(q)
		wrong.Signature = []byte("not a signature")
		_, err = k.FinishPasskey(bg(), p, soc(), wrong)
		want(t, err, fault.Denied, "second-factor-wrong")
		_, err = k.FinishPasskey(bg(), p, soc(), k.key.Sign(q))
		want(t, err, fault.Denied, "second-factor-wrong")

		// What was asked for a signature makes no passkey.
		p, q = k.ask(t)
		_, err = k.FinishNewPasskey(bg(), p, soc(), "Other", identitytest.NewAuthenticator(t, soc().Origin).Make(q))
		want(t, err, fault.Denied, "second-factor-wrong")

		k.c.advance(49 * time.Hour)
		ok(t, k.Purge(bg()))
		var left int
		ok(t, k.d.Read(db.As(bg(), dbtest.Tenant, "system:test"), func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM factor_challenge WHERE tenant = $1`, tx.Tenant()).Scan(&left)
		}))
		if left != 0 {
			t.Errorf("%d questions are left", left)
		}
	})
}

func TestACopyOfAPasskeyIsNoticed(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		copied := *k.key
		for range 3 {
			p, q := k.ask(t)
			_, err := k.FinishPasskey(bg(), p, soc(), k.key.Sign(q))
			ok(t, err)
		}
		p, q := k.ask(t)
		_, err := k.FinishPasskey(bg(), p, soc(), copied.Sign(q))
		want(t, err, fault.Denied, "second-factor-wrong")
		records := k.records(t, "sign-in")
		last := records[len(records)-1]
		f, err := k.Factors(bg(), k.in.Principal)
		ok(t, err)
		if last.Kind != "stepup.failed" || last.Get("reason") != "counted backwards" || last.Get("factor") != f.List[0].ID {
			t.Errorf("the journal says %s %s", last.Kind, last.Data)
		}
	})
}

func TestAPasskeyIsForOneSite(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		_, err := k.BeginPasskey(bg(), k.pending(t), identity.Site{Host: "localhost", Origin: "http://localhost:8080"})
		want(t, err, fault.Conflict, "no-passkey")
		_, err = k.BeginPasskey(bg(), k.admin, soc())
		want(t, err, fault.Denied, "session-needed")
	})
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	t.Parallel()
	eachKeyed(t, func(t *testing.T, k *keyed) {
		p, q := k.ask(t)
		good := k.key.Sign(q)
		for name, a := range map[string]identity.PasskeyAnswer{
			"nothing":              {},
			"no client data":       {ID: good.ID, AuthData: good.AuthData, Signature: good.Signature},
			"no authenticator":     {ID: good.ID, ClientData: good.ClientData, Signature: good.Signature},
			"a short one":          {ID: good.ID, ClientData: good.ClientData, AuthData: good.AuthData[:20], Signature: good.Signature},
			"client data of noise": {ID: good.ID, ClientData: []byte("\x00{"), AuthData: good.AuthData, Signature: good.Signature},
		} {
			_, err := k.FinishPasskey(bg(), p, soc(), a)
			if e := fault.As(err); e == nil || e.Code != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, object := range map[string][]byte{
			"nothing": nil, "noise": []byte("\xff\x00\xff"), "an endless map": {0xbf, 0xbf, 0xbf}, "a huge string": {0xa1, 0x63, 'f', 'm', 't', 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		} {
			_, err := k.FinishNewPasskey(bg(), k.in.Principal, soc(), "Key", identity.PasskeyAnswer{ID: good.ID, ClientData: good.ClientData, Attestation: object})
			if e := fault.As(err); e == nil || e.Code != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := k.FinishNewPasskey(bg(), k.in.Principal, soc(), "a\u202eb", identity.PasskeyAnswer{})
		wantField(t, err, "body.name")
	})
}
