package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func TestSigningInTellsNothingAboutAccounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com")
		_, err := h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
		_, _, err = h.CreateUser(bg(), h.admin, identity.NewUser{Email: "fresh@example.com"})
		ok(t, err)
		_, _, err = h.CreateUser(bg(), h.admin, identity.NewUser{Email: "bot@example.com", Kind: identity.KindService})
		ok(t, err)
		answers := map[string]string{}
		for _, email := range []string{adminEmail, "bob@example.com", "fresh@example.com", "bot@example.com", "nobody@example.com", "not an address"} {
			password := "wrong " + adminPassword
			if email == "bob@example.com" {
				password = newPassword // right, but deactivated
			}
			for range 4 {
				_, err := h.SignIn(bg(), email, password, "")
				want(t, err, fault.Denied, "sign-in")
				answers[err.Error()] = email
			}
			// The delay begins for each of them at the same attempt.
			_, err := h.SignIn(bg(), email, password, "")
			want(t, err, fault.Busy, "sign-in-wait")
		}
		if len(answers) != 1 {
			t.Errorf("the answers differ: %v", answers)
		}
	})
}

func TestFailedAttemptsDelayTheNextOne(t *testing.T) {
	t.Parallel()
	c := newClock()
	dbtest.EachClock(t, c.now, func(t *testing.T, d *db.DB) {
		c := newClock() // each engine has its own time
		h := built(t, d.At(c.now))
		wrong := func() error {
			_, err := h.SignIn(bg(), adminEmail, "not the password", "")
			return err
		}
		for range 4 {
			want(t, wrong(), fault.Denied, "sign-in")
		}
		for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			if e := want(t, wrong(), fault.Busy, "sign-in-wait"); e.RetryAfter != wait {
				t.Errorf("it says %s, want %s", e.RetryAfter, wait)
			}
			// Not even the right password, and asking does not lengthen it.
			_, err := h.SignIn(bg(), adminEmail, adminPassword, "")
			want(t, err, fault.Busy, "sign-in-wait")
			c.advance(wait - time.Microsecond)
			want(t, wrong(), fault.Busy, "sign-in-wait")
			c.advance(time.Microsecond)
			want(t, wrong(), fault.Denied, "sign-in")
		}
		c.advance(8 * time.Second)
		_, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		for range 4 { // counted from the start again
			want(t, wrong(), fault.Denied, "sign-in")
		}
		want(t, wrong(), fault.Busy, "sign-in-wait")

		failed := 0
		for _, r := range h.records(t, "sign-in") {
			if r.Kind == "signin.failed" {
				failed++
				if r.Actor != "system:identity" || r.Get("user") != h.admin.UserID || r.Get("reason") != "password" {
					t.Errorf("got %s %s", r.Actor, r.Data)
				}
			}
		}
		if failed != 11 {
			t.Errorf("%d failures are in the journal, want 11", failed)
		}
	})
}

func TestAttemptsAtTheSameTimeCountAsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d.At(newClock().now)) // time stands still: no delay ends
		errs := make([]error, 24)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = h.SignIn(bg(), adminEmail, "not the password", "") })
		}
		wg.Wait()
		tried := 0
		for _, err := range errs {
			if fault.Is(err, fault.Denied) {
				tried++
			} else {
				want(t, err, fault.Busy, "sign-in-wait")
			}
		}
		if tried != 4 {
			t.Errorf("%d of 24 attempts at once were judged, want 4", tried)
		}
	})
}

func TestASessionEndsByItself(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		signIn := func() string {
			in, err := h.SignIn(bg(), adminEmail, adminPassword, "browser")
			ok(t, err)
			return in.Secret
		}
		idle, busy := signIn(), signIn()
		for range 23 { // 11.5 hours of work, with a pause of just under 30 minutes each
			c.advance(30*time.Minute - time.Second)
			h.must(t, busy)
			h.Wait()
		}
		_, err := h.Authenticate(bg(), idle)
		want(t, err, fault.Denied, "unauthenticated")
		c.advance(29 * time.Minute)
		h.must(t, busy)
		h.Wait()
		c.advance(2 * time.Minute) // 12 hours after the sign-in
		_, err = h.Authenticate(bg(), busy)
		want(t, err, fault.Denied, "unauthenticated")

		again := signIn()
		c.advance(30 * time.Minute)
		_, err = h.Authenticate(bg(), again)
		want(t, err, fault.Denied, "unauthenticated")

		if n := count(t, d, "session"); n != 3 {
			t.Errorf("%d sessions are stored, want 3", n)
		}
		ok(t, h.Purge(bg()))
		if n := count(t, d, "session"); n != 3 {
			t.Errorf("%d sessions are left, want 3: the clock may be wrong", n)
		}
		c.advance(48*time.Hour + 30*time.Minute)
		ok(t, h.Purge(bg()))
		if n := count(t, d, "session"); n != 0 {
			t.Errorf("%d sessions are left after the purge", n)
		}
	})
}

func TestAnOpenConnectionDoesNotKeepASessionAlive(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		p := h.must(t, in.Secret)
		for range 29 {
			c.advance(time.Minute)
			_, err := h.Recheck(bg(), p)
			ok(t, err)
			h.Wait()
		}
		c.advance(time.Minute)
		_, err = h.Recheck(bg(), p)
		want(t, err, fault.Denied, "unauthenticated")
		_, err = h.Recheck(bg(), identity.Principal{})
		want(t, err, fault.Denied, "unauthenticated")
	})
}

func TestUseIsNotedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		seen := func() int64 {
			h.Wait()
			sessions, err := h.Sessions(bg(), h.must(t, in.Secret))
			h.Wait()
			ok(t, err)
			return sessions[0].SeenAt
		}
		start := seen()
		for range 59 {
			c.advance(time.Second)
			h.must(t, in.Secret)
		}
		if got := seen(); got != start {
			t.Errorf("noted after 59 seconds: %d", got-start)
		}
		c.advance(time.Second)
		h.must(t, in.Secret)
		h.must(t, in.Secret)
		if got := seen(); got != start+60_000_000 {
			t.Errorf("after a minute the use is noted %d µs later", got-start)
		}
	})
}

func TestOneSeesAndEndsOnesOwnSessions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Analyst)
		one, err := h.SignIn(bg(), adminEmail, adminPassword, "Browser/1\r\n\x00 évil")
		ok(t, err)
		two, err := h.SignIn(bg(), adminEmail, adminPassword, strings.Repeat("x", 5000))
		ok(t, err)
		sessions, err := h.Sessions(bg(), one.Principal)
		ok(t, err)
		if len(sessions) != 2 {
			t.Fatalf("got %+v", sessions)
		}
		for _, s := range sessions {
			if s.Current != (s.ID == one.Principal.SessionID) || len(s.Agent) > 200 || strings.ContainsAny(s.Agent, "\r\n\x00é") {
				t.Errorf("got %+v", s)
			}
			err := h.RevokeSession(bg(), bob.Principal, s.ID)
			want(t, err, fault.Missing, "")
		}
		want(t, h.RevokeSession(bg(), one.Principal, "no such"), fault.Missing, "")
		ok(t, h.RevokeSession(bg(), one.Principal, two.Principal.SessionID))
		_, err = h.Authenticate(bg(), two.Secret)
		want(t, err, fault.Denied, "unauthenticated")
		ok(t, h.SignOut(bg(), h.must(t, one.Secret)))
		_, err = h.Authenticate(bg(), one.Secret)
		want(t, err, fault.Denied, "unauthenticated")
		want(t, h.SignOut(bg(), h.admin), fault.Invalid, "") // came with a token
		got := h.kinds(t, "sign-in")
		if !cmp.Equal(got, []string{"signin.succeeded", "signin.succeeded", "signin.succeeded", "signin.ended", "signin.ended"}) {
			t.Errorf("the journal has %v", got)
		}
	})
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		here, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		there, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		h.must(t, there.Secret)
		want(t, h.ChangePassword(bg(), here.Principal, "not the password", newPassword), fault.Denied, "sign-in")
		wantField(t, h.ChangePassword(bg(), here.Principal, adminPassword, "short"), "body.password")
		wantField(t, h.ChangePassword(bg(), here.Principal, adminPassword, "Ann Admin ann@example.com"), "body.password")
		want(t, h.ChangePassword(bg(), h.admin, adminPassword, newPassword), fault.Denied, "session-needed")
		ok(t, h.ChangePassword(bg(), here.Principal, adminPassword, newPassword))
		h.must(t, here.Secret)
		_, err = h.Authenticate(bg(), there.Secret)
		want(t, err, fault.Denied, "unauthenticated")
		_, err = h.SignIn(bg(), adminEmail, adminPassword, "")
		want(t, err, fault.Denied, "sign-in")
		_, err = h.SignIn(bg(), adminEmail, newPassword, "")
		ok(t, err)
	})
}

func TestAStolenSessionCannotGuessThePassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d.At(newClock().now))
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		for range 4 {
			want(t, h.ChangePassword(bg(), in.Principal, "not the password", newPassword), fault.Denied, "sign-in")
		}
		want(t, h.ChangePassword(bg(), in.Principal, adminPassword, newPassword), fault.Busy, "sign-in-wait")
	})
}

func TestWhatIsNoSecretIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		for _, bad := range []string{
			"", " ", "x", in.Secret[1:], in.Secret + "A", in.Secret + "=", strings.ToLower(in.Secret), in.Principal.SessionID,
			h.token[:len(h.token)-1], h.token + "x", strings.TrimPrefix(h.token, identity.TokenPrefix), " " + h.token,
			strings.Repeat("A", 43), strings.Repeat("A", 1<<20), "\x00", "' OR 1=1 --",
		} {
			_, err := h.Authenticate(bg(), bad)
			want(t, err, fault.Denied, "unauthenticated")
		}
		h.must(t, in.Secret)
		h.must(t, h.token)
	})
}

func count(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	ok(t, d.Read(db.As(bg(), db.Everyone, "system:test"), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n)
	}))
	return n
}

func TestAClockThatWasAheadKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		c.advance(time.Hour)
		for range 4 {
			_, err := h.SignIn(bg(), adminEmail, "not the password", "")
			want(t, err, fault.Denied, "sign-in")
			_, err = h.SignIn(bg(), "nobody@example.com", "not the password", "")
			want(t, err, fault.Denied, "sign-in")
		}
		c.advance(-time.Hour)
		_, err := h.SignIn(bg(), "nobody@example.com", "not the password", "")
		want(t, err, fault.Denied, "sign-in")
		_, err = h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
	})
}
