package identity_test

import (
	"bytes"
	"fmt"
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

func TestAPersonIsInvitedAndSetsAPassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		h := built(t, d.At(c.now))
		u, invite, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: "Bob@Example.com", Name: "Bob", Roles: []string{"analyst"}, Team: h.admin.Teams[0]})
		ok(t, err)
		if invite.ExpiresAt != c.micros.Load()+7*24*3600*1_000_000 || u.HasPassword || u.Email != "bob@example.com" || !cmp.Equal(u.Teams, h.admin.Teams) {
			t.Errorf("got %+v, %+v", u, invite)
		}
		_, err = h.AcceptInvite(bg(), invite.Token, "short", "")
		wantField(t, err, "body.password")
		in, err := h.AcceptInvite(bg(), invite.Token, newPassword, "browser")
		ok(t, err)
		if in.Principal.UserID != u.ID || !cmp.Equal(in.Principal.Roles, []string{"analyst"}) || in.Principal.TokenID != "" {
			t.Errorf("got %+v", in.Principal)
		}
		_, err = h.AcceptInvite(bg(), invite.Token, newPassword, "")
		want(t, err, fault.Missing, "invite-ended")
		got, err := h.User(bg(), in.Principal, u.ID)
		ok(t, err)
		if !got.HasPassword {
			t.Error("the password is not set")
		}

		// A new link ends the one before, and a link ends after seven days.
		first, err := h.InviteUser(bg(), h.admin, u.ID)
		ok(t, err)
		second, err := h.InviteUser(bg(), h.admin, u.ID)
		ok(t, err)
		_, err = h.AcceptInvite(bg(), first.Token, newPassword, "")
		want(t, err, fault.Missing, "invite-ended")
		c.advance(7 * 24 * time.Hour)
		_, err = h.AcceptInvite(bg(), second.Token, newPassword, "")
		want(t, err, fault.Missing, "invite-ended")
		c.advance(2 * 24 * time.Hour)
		ok(t, h.Purge(bg()))
		if n := count(t, d, "invite"); n != 0 {
			t.Errorf("%d links are left after the purge", n)
		}
		if got := h.kinds(t, "user:"+u.ID); !cmp.Equal(got, []string{"user.created", "user.invited", "user.changed", "user.invited", "user.invited"}) {
			t.Errorf("the journal has %v", got)
		}
	})
}

func TestALinkUsedTwiceAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		_, invite, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: "bob@example.com"})
		ok(t, err)
		errs := make([]error, 6)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = h.AcceptInvite(bg(), invite.Token, newPassword, "") })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, err, fault.Missing, "invite-ended")
			}
		}
		if won != 1 {
			t.Errorf("it worked %d times", won)
		}
	})
}

func TestBadUsersAreRefusedByField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		for field, in := range map[string]identity.NewUser{
			"body.email":     {Email: "bob"},
			"body.name":      {Email: "bob@example.com", Name: "Bob\u202egnp.exe"},
			"body.kind":      {Email: "bob@example.com", Kind: "robot"},
			"body.roles":     {Email: "bob@example.com", Roles: []string{"analyst", "god"}},
			"body.team":      {Email: "bob@example.com", Team: "no such team"},
			"body.time_zone": {Email: "bob@example.com", TimeZone: "Local"},
		} {
			_, _, err := h.CreateUser(bg(), h.admin, in)
			wantField(t, err, field)
		}
		_, _, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: strings.ToUpper(adminEmail)})
		want(t, err, fault.Conflict, "email-taken")
		if n := count(t, d, "users"); n != 1 {
			t.Errorf("%d users exist, want 1", n)
		}
	})
}

func TestOnlyWhoManagesUsersChangesThem(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Lead, identity.Manager, identity.Auditor, identity.IntegrationAdmin).Principal
		_, _, err := h.CreateUser(bg(), bob, identity.NewUser{Email: "eve@example.com"})
		want(t, err, fault.Denied, "permission")
		_, err = h.UpdateUser(bg(), bob, bob.UserID, 0, identity.UserChange{Roles: ptr(identity.RoleNames())})
		want(t, err, fault.Denied, "permission")
		_, err = h.InviteUser(bg(), bob, h.admin.UserID)
		want(t, err, fault.Denied, "permission")
		_, err = h.CreateTeam(bg(), bob, identity.NewTeam{Name: "Mine", Lead: bob.UserID})
		want(t, err, fault.Denied, "permission")
		_, err = h.UpdateTeam(bg(), bob, h.admin.Teams[0], 0, identity.TeamChange{Lead: &bob.UserID})
		want(t, err, fault.Denied, "permission")
		author := h.person(t, "author@example.com", identity.PlaybookAuthor).Principal
		_, err = h.Users(bg(), author)
		want(t, err, fault.Denied, "permission")
		_, err = h.User(bg(), author, bob.UserID)
		want(t, err, fault.Denied, "permission")
		_, err = h.User(bg(), author, author.UserID)
		ok(t, err)
	})
}

func TestAChangeNeedsTheRevisionThatWasSeen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Viewer).Principal
		u, err := h.User(bg(), h.admin, bob.UserID)
		ok(t, err)
		change := identity.UserChange{Name: ptr("Bob Builder"), Roles: &[]string{"lead", "analyst"}, TimeZone: ptr("Asia/Tokyo")}
		after, err := h.UpdateUser(bg(), h.admin, u.ID, u.Rev, change)
		ok(t, err)
		if after.Rev != u.Rev+1 || after.Name != "Bob Builder" || !cmp.Equal(after.Roles, []string{"analyst", "lead"}) {
			t.Errorf("got %+v", after)
		}
		stored, err := h.User(bg(), h.admin, u.ID)
		ok(t, err)
		if diff := cmp.Diff(stored, after); diff != "" {
			t.Errorf("what is answered is not what is stored: %s", diff)
		}
		e := want(t, lastErr(h.UpdateUser(bg(), h.admin, u.ID, u.Rev, identity.UserChange{Name: ptr("Other")})), fault.Conflict, "stale-revision")
		if e.Extra["rev"] != after.Rev {
			t.Errorf("the error says %v, want %d", e.Extra, after.Rev)
		}
		same, err := h.UpdateUser(bg(), h.admin, u.ID, after.Rev, change)
		if err != nil || same.Rev != after.Rev {
			t.Errorf("a change that changes nothing made a revision: %+v, %v", same, err)
		}
		want(t, lastErr(h.UpdateUser(bg(), h.admin, "nobody", 0, change)), fault.Missing, "")

		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = h.UpdateUser(bg(), h.admin, u.ID, after.Rev, identity.UserChange{Name: ptr(fmt.Sprint("Bob ", i))})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, err, fault.Conflict, "stale-revision")
			}
		}
		if won != 1 {
			t.Errorf("%d changes of one revision won", won)
		}
	})
}

func lastErr[T any](_ T, err error) error { return err }

func TestSomebodyAlwaysAdministersTheTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		_, _, err := h.AddUser(bg(), identity.NewUser{Email: "bot@example.com", Kind: identity.KindService, Roles: []string{identity.TenantAdmin}}, "")
		ok(t, err)
		for _, change := range []identity.UserChange{{Active: ptr(false)}, {Roles: &[]string{identity.Analyst}}} {
			want(t, lastErr(h.UpdateUser(bg(), h.admin, h.admin.UserID, 0, change)), fault.Conflict, "last-admin")
		}
		// Two administrators remove each other at the same moment.
		bob := h.person(t, "bob@example.com", identity.TenantAdmin).Principal
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, id := range []string{h.admin.UserID, bob.UserID} {
			wg.Go(func() {
				_, errs[i] = h.UpdateUser(bg(), h.admin, id, 0, identity.UserChange{Roles: &[]string{}})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("want one of two to be refused: %v", errs)
		}
	})
}

func TestDeactivatingCutsOffWithinASecondEverywhere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		other := service(d, h.key) // another node, which hears nothing
		t.Cleanup(other.Wait)
		bob := h.person(t, "bob@example.com", identity.Analyst)
		_, token, err := h.CreateToken(bg(), bob.Principal, identity.NewToken{Name: "cli", Scopes: []string{"all"}, ExpiresInDays: 1})
		ok(t, err)
		secrets := []string{bob.Secret, token}
		for _, s := range secrets {
			h.must(t, s)
			if _, err := other.Authenticate(bg(), s); err != nil {
				t.Fatal(err)
			}
		}
		invite, err := h.InviteUser(bg(), h.admin, bob.Principal.UserID)
		ok(t, err)
		_, err = h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
		cut := time.Now()
		for _, s := range secrets {
			_, err := h.Authenticate(bg(), s)
			want(t, err, fault.Denied, "unauthenticated")
		}
		_, err = h.Recheck(bg(), bob.Principal)
		want(t, err, fault.Denied, "unauthenticated")
		for _, s := range secrets {
			untilRefused(t, other, s, cut)
		}
		_, err = h.AcceptInvite(bg(), invite.Token, newPassword, "")
		want(t, err, fault.Missing, "invite-ended")
		_, err = h.SignIn(bg(), "bob@example.com", newPassword, "")
		want(t, err, fault.Denied, "sign-in")

		// Active again, they sign in again; what was cut stays cut.
		_, err = h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Active: ptr(true)})
		ok(t, err)
		for _, s := range secrets {
			_, err := h.Authenticate(bg(), s)
			want(t, err, fault.Denied, "unauthenticated")
		}
		_, err = h.SignIn(bg(), "bob@example.com", newPassword, "")
		ok(t, err)
	})
}

// Whatever was left behind, the user's own row decides.
func TestWhoeverIsNotActiveIsRefusedWithAnySecret(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		in, err := h.SignIn(bg(), adminEmail, adminPassword, "")
		ok(t, err)
		bob := h.person(t, "bob@example.com", identity.Analyst)
		_, token, err := h.CreateToken(bg(), bob.Principal, identity.NewToken{Name: "n", Scopes: []string{"all"}, ExpiresInDays: 1})
		ok(t, err)
		ok(t, d.Write(in.Principal.As(bg()), func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET active = $1 WHERE tenant = $2 AND id = $3`, false, tx.Tenant(), bob.Principal.UserID)
		}))
		for _, secret := range []string{bob.Secret, token} {
			_, err := service(d, h.key).Authenticate(bg(), secret)
			want(t, err, fault.Denied, "unauthenticated")
		}
	})
}

// untilRefused asks again and again. Whatever is asked more than a second after
// cut has to be refused; how long the answer takes is the machine's affair.
func untilRefused(t *testing.T, node *identity.Service, secret string, cut time.Time) {
	t.Helper()
	for {
		late := time.Since(cut) > time.Second
		_, err := node.Authenticate(bg(), secret)
		if err != nil {
			want(t, err, fault.Denied, "unauthenticated")
			return
		}
		if late {
			t.Fatal("another node lets them in after a second")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestARoleTakenAwayIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Analyst, identity.Lead)
		if p := h.must(t, bob.Secret); !p.Can(identity.TicketForce) || p.HoldsEveryRole() {
			t.Fatalf("got %+v", p)
		}
		_, err := h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Roles: &[]string{identity.Analyst}})
		ok(t, err)
		p, err := h.Recheck(bg(), bob.Principal)
		ok(t, err)
		if p.Can(identity.TicketForce) || !p.Can(identity.TicketWork) {
			t.Errorf("got %v", p.Permissions.List())
		}
	})
}

func TestALeadCannotBeDeactivated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Lead)
		team, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Night shift", Lead: bob.Principal.UserID})
		ok(t, err)
		_, err = h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Active: ptr(false)})
		if e := want(t, err, fault.Conflict, "leads-team"); !strings.Contains(e.Message, "Night shift") {
			t.Errorf("the error does not name the team: %v", e)
		}
		h.must(t, bob.Secret)
		if got := h.kinds(t, "user:"+bob.Principal.UserID); got[len(got)-1] == "user.deactivated" {
			t.Error("the journal says what did not happen")
		}
		_, err = h.UpdateTeam(bg(), h.admin, team.ID, team.Rev, identity.TeamChange{Lead: &h.admin.UserID})
		ok(t, err)
		_, err = h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
	})
}

// The database refuses it, whatever ticket a later room writes.
func TestWhoeverIsAccountableCannotBeDeactivated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Lead).Principal
		ok(t, d.Write(h.admin.As(bg()), func(tx *db.Tx) error {
			return tx.Must(`INSERT INTO ticket(tenant, id, number, title, description, type, source, severity, severity_rank, phase, resolution,
				accountable, accountable_active, team, account, region, resource, tags, opened_at, updated_at, finding_count, opened_by, demo, rev, ownership_rev)
				VALUES ($1,'t',1,'','','','','high',2,'detect','',$2,$3,$4,'','','','',1,1,0,'',$5,1,1)`,
				tx.Tenant(), bob.UserID, true, h.admin.Teams[0], false)
		}))
		_, err := h.UpdateUser(bg(), h.admin, bob.UserID, 0, identity.UserChange{Active: ptr(false)})
		want(t, err, fault.Conflict, "accountable")
		ok(t, d.Write(h.admin.As(bg()), func(tx *db.Tx) error {
			return tx.Must(`UPDATE ticket SET phase = 'closed', closed_at = 2, accountable_active = NULL WHERE tenant = $1`, tx.Tenant())
		}))
		_, err = h.UpdateUser(bg(), h.admin, bob.UserID, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
	})
}

func TestNamesAreOnlyInTheErasablePart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com", identity.Viewer)
		_, err := h.UpdateUser(bg(), h.admin, bob.Principal.UserID, 0, identity.UserChange{Name: ptr("Robert Example")})
		ok(t, err)
		_, err = h.SignIn(bg(), "stranger@example.net", "whatever it is", "")
		want(t, err, fault.Denied, "sign-in")
		_, _, err = h.CreateToken(bg(), bob.Principal, identity.NewToken{Name: "token of bob@example.com", Scopes: []string{"read"}, ExpiresInDays: 3})
		ok(t, err)
		private := ""
		for _, stream := range []string{"user:" + h.admin.UserID, "user:" + bob.Principal.UserID, "sign-in", "team:" + h.admin.Teams[0]} {
			for _, r := range h.records(t, stream) {
				if bytes.Contains(r.Bytes(), []byte("example.")) || bytes.Contains(r.Bytes(), []byte("Robert")) || bytes.Contains(r.Bytes(), []byte("Ann")) {
					t.Errorf("%s holds personal data: %s", r.Kind, r.Bytes())
				}
				private += string(r.Priv)
			}
		}
		for _, kept := range []string{"ann@example.com", "bob@example.com", "Robert Example", "stranger@example.net", "token of"} {
			if !strings.Contains(private, kept) {
				t.Errorf("%s is not recorded", kept)
			}
		}
	})
}

func TestNamesAreFoundByID(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com").Principal
		ok(t, d.Read(h.admin.As(bg()), func(tx *db.Tx) error {
			ids := []string{bob.UserID, "nobody", h.admin.UserID, bob.UserID}
			for i := range 1200 {
				ids = append(ids, fmt.Sprint("x", i))
			}
			names, err := identity.NameOf(tx, ids...)
			if diff := cmp.Diff(map[string]string{bob.UserID: "bob", h.admin.UserID: "Ann Admin"}, names); diff != "" {
				t.Error(diff)
			}
			ok(t, err)
			none, err := identity.NameOf(tx)
			if len(none) != 0 {
				t.Errorf("got %v", none)
			}
			ok(t, err)
			teams, err := identity.TeamNameOf(tx, h.admin.Teams...)
			if teams[h.admin.Teams[0]] != identity.IntakeTeamName {
				t.Errorf("got %v", teams)
			}
			return err
		}))
		ok(t, d.Read(db.As(bg(), "another", "system:test"), func(tx *db.Tx) error {
			names, err := identity.NameOf(tx, bob.UserID)
			if len(names) != 0 {
				t.Errorf("another tenant sees %v", names)
			}
			return err
		}))
	})
}
