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
)

func TestATokenMayWhatItsOwnerMayWithinItsScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Analyst)
		for _, test := range []struct {
			scopes string
			may    []identity.Permission
		}{
			{"intake", []identity.Permission{identity.FindingIntake}},
			{"read", []identity.Permission{identity.TicketRead, identity.FindingRead, identity.ConnectionRead}},
			{"read intake read", []identity.Permission{identity.TicketRead, identity.FindingRead, identity.FindingIntake, identity.ConnectionRead}},
			{"all", bob.Principal.Permissions.List()},
		} {
			created, secret, err := h.CreateToken(bg(), bob.Principal, identity.NewToken{Name: test.scopes, Scopes: strings.Fields(test.scopes), ExpiresInDays: 30})
			ok(t, err)
			p := h.must(t, secret)
			if diff := cmp.Diff(test.may, p.Permissions.List()); diff != "" {
				t.Errorf("scope %s: %s", test.scopes, diff)
			}
			if p.TokenID != created.ID || p.SessionID != "" || p.UserID != bob.Principal.UserID || created.Hint != secret[len(secret)-4:] {
				t.Errorf("got %+v, %+v", p, created)
			}
		}
		// The scope stays, the owner's roles are read at each use.
		_, secret, err := h.CreateToken(bg(), bob.Principal, identity.NewToken{Name: "n", Scopes: []string{"intake"}, ExpiresInDays: 30})
		ok(t, err)
		_, err = h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Roles: &[]string{identity.Viewer}})
		ok(t, err)
		if got := h.must(t, secret).Permissions.List(); len(got) != 0 {
			t.Errorf("it may still %v", got)
		}
	})
}

func TestATokenIsMadeForOneselfOrAServiceAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Analyst).Principal
		bot, _, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: "bot@example.com", Kind: identity.KindService, Roles: []string{identity.IntegrationAdmin}})
		ok(t, err)
		in := identity.NewToken{Name: "n", Scopes: []string{"all"}, ExpiresInDays: 365}
		make := func(by identity.Principal, user string) (string, error) {
			in.UserID = user
			_, secret, err := h.CreateToken(bg(), by, in)
			return secret, err
		}
		_, err = make(h.admin, bob.UserID)
		want(t, err, fault.Denied, "token-of-another")
		_, err = make(bob, h.admin.UserID)
		want(t, err, fault.Denied, "permission")
		_, err = make(bob, bot.ID)
		want(t, err, fault.Denied, "permission")
		_, err = make(h.admin, "nobody")
		want(t, err, fault.Missing, "")
		secret, err := make(h.admin, bot.ID)
		ok(t, err)
		machine := h.must(t, secret)
		if machine.UserID != bot.ID || machine.Kind != identity.KindService {
			t.Errorf("got %+v", machine)
		}

		// A narrow token cannot make a wider one.
		in.Scopes = []string{"read", "intake"}
		secret, err = make(bob, bob.UserID)
		ok(t, err)
		in.Scopes = []string{"all"}
		_, err = make(h.must(t, secret), bob.UserID)
		want(t, err, fault.Denied, "permission")

		_, err = h.UpdateUser(bg(), h.admin, bot.ID, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
		_, err = make(h.admin, bot.ID)
		want(t, err, fault.Conflict, "not-active")
	})
}

func TestABadTokenIsRefusedByField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		good := identity.NewToken{Name: "n", Scopes: []string{"all"}, ExpiresInDays: 1}
		for _, test := range []struct {
			field string
			spoil func(*identity.NewToken)
		}{
			{"body.name", func(n *identity.NewToken) { n.Name = "" }},
			{"body.name", func(n *identity.NewToken) { n.Name = strings.Repeat("x", 121) }},
			{"body.scopes", func(n *identity.NewToken) { n.Scopes = nil }},
			{"body.scopes", func(n *identity.NewToken) { n.Scopes = []string{"all", "ticket.read"} }},
			{"body.expires_in_days", func(n *identity.NewToken) { n.ExpiresInDays = 0 }},
			{"body.expires_in_days", func(n *identity.NewToken) { n.ExpiresInDays = 366 }},
			{"body.expires_in_days", func(n *identity.NewToken) { n.ExpiresInDays = -1 }},
		} {
			in := good
			test.spoil(&in)
			_, _, err := h.CreateToken(bg(), h.admin, in)
			wantField(t, err, test.field)
		}
	})
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		bob := h.person(t, "bob@example.com", identity.Analyst).Principal
		in := identity.NewToken{Name: "n", Scopes: []string{"all"}, ExpiresInDays: 2}
		one, secret, err := h.CreateToken(bg(), bob, in)
		ok(t, err)
		two, revoked, err := h.CreateToken(bg(), bob, in)
		ok(t, err)
		h.must(t, revoked)
		eve := h.person(t, "eve@example.com", identity.Analyst).Principal
		want(t, h.RevokeToken(bg(), eve, two.ID), fault.Missing, "")
		want(t, h.RevokeToken(bg(), bob, "no such"), fault.Missing, "")
		ok(t, h.RevokeToken(bg(), bob, two.ID))
		ok(t, h.RevokeToken(bg(), bob, two.ID))
		_, err = h.Authenticate(bg(), revoked)
		want(t, err, fault.Denied, "unauthenticated")

		c.advance(48*time.Hour - time.Microsecond)
		p := h.must(t, secret)
		h.Wait()
		c.advance(time.Microsecond)
		_, err = h.Authenticate(bg(), secret)
		want(t, err, fault.Denied, "unauthenticated")
		_, err = h.Recheck(bg(), p)
		want(t, err, fault.Denied, "unauthenticated")

		tokens, err := h.Tokens(bg(), bob)
		ok(t, err)
		seen := map[string]identity.Token{}
		for _, token := range tokens {
			seen[token.ID] = token
		}
		if len(tokens) != 2 || seen[one.ID].LastUsedAt != c.micros.Load()-1 || seen[two.ID].RevokedAt == 0 || seen[one.ID].RevokedAt != 0 {
			t.Errorf("got %+v", tokens)
		}
		if all, err := h.Tokens(bg(), h.admin); err != nil || len(all) != 3 {
			t.Errorf("the administrator sees %d tokens, want 3 (%v)", len(all), err)
		}
		ok(t, h.RevokeToken(bg(), h.admin, one.ID))
		got := h.kinds(t, "user:"+bob.UserID)
		if !cmp.Equal(got[3:], []string{"token.created", "token.created", "token.revoked", "token.revoked"}) {
			t.Errorf("the journal has %v", got)
		}
	})
}

func TestSecretsAreStoredOnlyAsHashes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		invite, err := h.InviteUser(bg(), h.admin, h.admin.UserID)
		ok(t, err)
		stored := ""
		ok(t, d.Read(db.As(bg(), db.Everyone, "system:test"), func(tx *db.Tx) error {
			for _, text := range []string{
				`SELECT password FROM users`, `SELECT name || hint || scopes FROM token`, `SELECT agent FROM session`,
			} {
				column, err := db.Strings(tx, text)
				if err != nil {
					return err
				}
				stored += strings.Join(column, "\n")
			}
			for _, text := range []string{`SELECT hash FROM token`, `SELECT hash FROM session`, `SELECT hash FROM invite`, `SELECT data FROM entry`} {
				column, err := db.All(tx, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) }, text)
				if err != nil {
					return err
				}
				for _, b := range column {
					stored += string(b)
				}
			}
			return nil
		}))
		if !strings.Contains(stored, "$argon2id$") {
			t.Fatal("the test reads nothing")
		}
		for _, secret := range []string{in.Secret, invite.Token, h.token, adminPassword, h.token[len(identity.TokenPrefix):33]} {
			if strings.Contains(stored, secret) {
				t.Errorf("%s is stored", secret)
			}
		}
	})
}
