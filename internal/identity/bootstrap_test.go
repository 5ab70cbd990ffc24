package identity_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func TestTheFirstAdministratorHoldsEveryRoleAndLeadsTheIntakeTeam(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		if needed, err := h.NeedsSetup(bg()); !needed || err != nil {
			t.Fatalf("an empty installation needs no set-up (%v)", err)
		}
		u, token, err := h.Bootstrap(bg(), identity.Setup{Email: " Ann@Example.com", Password: adminPassword, TimeZone: "Europe/Amsterdam"})
		ok(t, err)
		if u.Email != "ann@example.com" || u.Name != "ann" || u.Kind != identity.KindPerson || u.TimeZone != "Europe/Amsterdam" {
			t.Errorf("got %+v", u)
		}
		p := h.must(t, token)
		if !p.HoldsEveryRole() || p.UserID != u.ID || p.Tenant != identity.Main || len(p.Permissions.List()) != len(identity.EveryPermission()) {
			t.Errorf("got %+v", p)
		}
		ok(t, d.Read(p.As(bg()), func(tx *db.Tx) error {
			team, err := identity.IntakeTeam(tx)
			if err == nil && (team.Lead != u.ID || team.Name != identity.IntakeTeamName || team.LeadName != "ann" || !team.Intake) {
				t.Errorf("got %+v", team)
			}
			if !slices.Equal(p.Teams, []string{team.ID}) {
				t.Errorf("the administrator is in %v, want %s", p.Teams, team.ID)
			}
			return err
		}))
		if needed, err := h.NeedsSetup(bg()); needed || err != nil {
			t.Errorf("it still needs set-up (%v)", err)
		}
		_, _, err = h.Bootstrap(bg(), identity.Setup{Email: "eve@example.com"})
		want(t, err, fault.Conflict, "already-set-up")
		if got := h.kinds(t, "user:"+u.ID); !cmp.Equal(got, []string{"user.created", "installation.bootstrapped", "token.created"}) {
			t.Errorf("the journal has %v", got)
		}
		if _, err := h.SignIn(bg(), "ann@example.com", adminPassword, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestOfManyBootstrapsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		nodes := []*identity.Service{h.Service, service(d, h.key), service(d, h.key)}
		errs := make([]error, 9)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, _, errs[i] = nodes[i%3].Bootstrap(bg(), identity.Setup{Email: string(rune('a'+i)) + "@example.com"})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, err, fault.Conflict, "already-set-up")
			}
		}
		users, err := h.Users(bg(), identity.System(identity.Main, "test"))
		ok(t, err)
		if won != 1 || len(users) != 1 {
			t.Errorf("%d won and %d users exist, want 1", won, len(users))
		}
	})
}

func TestTheSetupLinkWorksOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		in := identity.Setup{Email: adminEmail, Name: "Ann", Password: adminPassword}
		_, err := h.SetUp(bg(), "", in, "")
		want(t, err, fault.Denied, "setup-token")
		old := h.NewSetupToken()
		token := h.NewSetupToken()
		for _, wrong := range []string{"", old, token + "x", token[1:], strings.ToUpper(token)} {
			_, err := h.SetUp(bg(), wrong, in, "")
			want(t, err, fault.Denied, "setup-token")
		}
		_, err = h.SetUp(bg(), token, identity.Setup{Email: adminEmail}, "")
		wantField(t, err, "body.password")
		_, err = h.SetUp(bg(), token, identity.Setup{Email: adminEmail, Password: "ann@example.com"}, "")
		wantField(t, err, "body.password")
		_, err = h.SetUp(bg(), token, identity.Setup{Email: "ann", Password: adminPassword}, "")
		wantField(t, err, "body.email")
		_, err = h.SetUp(bg(), token, identity.Setup{Email: adminEmail, Password: adminPassword, TimeZone: "Nowhere"}, "")
		wantField(t, err, "body.time_zone")

		session, err := h.SetUp(bg(), token, in, "browser")
		ok(t, err)
		p := h.must(t, session.Secret)
		if !p.HoldsEveryRole() || p.SessionID == "" || p.TokenID != "" {
			t.Errorf("got %+v", p)
		}
		tokens, err := h.Tokens(bg(), p)
		ok(t, err)
		if len(tokens) != 0 {
			t.Error("a token was made that nobody saw")
		}
		_, err = h.SetUp(bg(), token, in, "")
		want(t, err, fault.Conflict, "already-set-up")
	})
}

func TestTheCommandLineAddsPeopleAndServiceAccounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		ok(t, boot(h))
		_, _, err := service(d, h.key).AddUser(bg(), identity.NewUser{Email: adminEmail}, "")
		want(t, err, fault.Conflict, "email-taken")

		bob, token, err := h.AddUser(bg(), identity.NewUser{Email: "bob@example.com", Roles: []string{"lead", "analyst", "lead"}}, "Night shift")
		ok(t, err)
		p := h.must(t, token)
		if !cmp.Equal(p.Roles, []string{"analyst", "lead"}) || p.UserID != bob.ID || !p.Can(identity.TicketForce) || p.Can(identity.UserManage) {
			t.Errorf("got %+v", p)
		}
		bot, token, err := h.AddUser(bg(), identity.NewUser{Email: "bot@example.com", Kind: identity.KindService, Roles: []string{"integration-admin"}}, "Robots")
		ok(t, err)
		if p := h.must(t, token); p.Kind != identity.KindService || !p.Can(identity.FindingIntake) {
			t.Errorf("got %+v", p)
		}
		carl, _, err := h.AddUser(bg(), identity.NewUser{Email: "carl@example.com"}, "Night shift")
		ok(t, err)

		teams, err := h.Teams(bg(), h.must(t, token))
		ok(t, err)
		leads, members := map[string]string{}, map[string]int{}
		for _, team := range teams {
			leads[team.Name], members[team.Name] = team.LeadName, len(team.Members)
		}
		if diff := cmp.Diff(map[string]string{"Night shift": "bob", "Robots": "ann", identity.IntakeTeamName: "ann"}, leads); diff != "" {
			t.Error(diff)
		}
		if members["Night shift"] != 2 || members["Robots"] != 2 {
			t.Errorf("got %v", members)
		}
		if !cmp.Equal(carl.Teams, bob.Teams) || cmp.Equal(bot.Teams, bob.Teams) {
			t.Errorf("teams: bob %v, carl %v, bot %v", bob.Teams, carl.Teams, bot.Teams)
		}
		_, _, err = h.AddUser(bg(), identity.NewUser{Email: "d@example.com", Roles: []string{"root"}}, "")
		wantField(t, err, "body.roles")
	})
}

func boot(h *house) error {
	_, _, err := h.Bootstrap(bg(), identity.Setup{Email: adminEmail})
	return err
}

func TestAnEmptyInstallationTakesNoSecondUser(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		_, _, err := h.AddUser(bg(), identity.NewUser{Email: "bob@example.com"}, "")
		want(t, err, fault.Conflict, "not-set-up")
	})
}
