package identity_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func TestATeamHasAnActivePersonAsLead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob := h.person(t, "bob@example.com").Principal.UserID
		gone := h.person(t, "gone@example.com").Principal.UserID
		_, err := h.UpdateUser(bg(), h.admin, gone, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
		bot, _, err := h.CreateUser(bg(), h.admin, identity.NewUser{Email: "bot@example.com", Kind: identity.KindService})
		ok(t, err)
		for _, lead := range []string{"", "nobody", gone, bot.ID} {
			_, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Night shift", Lead: lead})
			wantField(t, err, "body.lead")
			_, err = h.UpdateTeam(bg(), h.admin, h.admin.Teams[0], 0, identity.TeamChange{Lead: &lead})
			wantField(t, err, "body.lead")
		}
		for _, members := range [][]string{{"nobody"}, {gone}, slices.Repeat([]string{bob}, 501)} {
			_, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Night shift", Lead: bob, Members: members})
			wantField(t, err, "body.members")
		}
		_, err = h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "\t", Lead: bob})
		wantField(t, err, "body.name")

		team, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: " Night shift", Lead: bob, Members: []string{bot.ID, bob, bot.ID}})
		ok(t, err)
		if team.Name != "Night shift" || team.LeadName != "bob" || team.Intake || !cmp.Equal(team.Members, sorted(bob, bot.ID)) {
			t.Errorf("got %+v", team)
		}
		_, err = h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Night shift", Lead: bob})
		want(t, err, fault.Conflict, "name-taken")
		_, err = h.UpdateTeam(bg(), h.admin, team.ID, 0, identity.TeamChange{Name: ptr(identity.IntakeTeamName)})
		want(t, err, fault.Conflict, "name-taken")
	})
}

func sorted(ids ...string) []string {
	slices.Sort(ids)
	return ids
}

func TestATeamIsChangedByRevision(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		bob, carl := h.person(t, "bob@example.com"), h.person(t, "carl@example.com")
		b, c := bob.Principal.UserID, carl.Principal.UserID
		team, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Night shift", Lead: b})
		ok(t, err)
		after, err := h.UpdateTeam(bg(), h.admin, team.ID, team.Rev, identity.TeamChange{Lead: &c, Members: &[]string{}})
		ok(t, err)
		if after.Lead != c || after.LeadName != "carl" || !cmp.Equal(after.Members, []string{c}) || after.Rev != team.Rev+1 {
			t.Errorf("got %+v", after)
		}
		if p := h.must(t, bob.Secret); len(p.Teams) != 0 {
			t.Errorf("bob is still in %v", p.Teams)
		}
		if p := h.must(t, carl.Secret); !cmp.Equal(p.Teams, []string{team.ID}) {
			t.Errorf("carl is in %v", p.Teams)
		}
		_, err = h.UpdateTeam(bg(), h.admin, team.ID, team.Rev, identity.TeamChange{Name: ptr("Other")})
		want(t, err, fault.Conflict, "stale-revision")
		same, err := h.UpdateTeam(bg(), h.admin, team.ID, after.Rev, identity.TeamChange{Name: ptr("Night shift")})
		if err != nil || same.Rev != after.Rev {
			t.Errorf("a change that changes nothing made a revision: %+v, %v", same, err)
		}
		_, err = h.UpdateTeam(bg(), h.admin, "nobody", 0, identity.TeamChange{Name: ptr("Other")})
		want(t, err, fault.Missing, "")

		// A member who was deactivated does not stop later changes.
		_, err = h.UpdateTeam(bg(), h.admin, team.ID, 0, identity.TeamChange{Members: &[]string{b}})
		ok(t, err)
		_, err = h.UpdateUser(bg(), h.admin, b, 0, identity.UserChange{Active: ptr(false)})
		ok(t, err)
		after, err = h.UpdateTeam(bg(), h.admin, team.ID, 0, identity.TeamChange{Name: ptr("Late shift")})
		ok(t, err)
		teams, err := h.Teams(bg(), h.admin)
		ok(t, err)
		if len(teams) != 2 || !cmp.Equal(teams[0], after) || !cmp.Equal(after.Members, sorted(b, c)) {
			t.Errorf("got %+v", teams)
		}
		if got := h.kinds(t, "team:"+team.ID); !cmp.Equal(got, []string{"team.created", "team.changed", "team.changed", "team.changed"}) {
			t.Errorf("the journal has %v", got)
		}
	})
}

// Whichever comes first wins, and the other is told why.
func TestANewLeadAndTheirDeactivationAtOnceNeverBothHappen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := built(t, d)
		for range 5 {
			bob, _, err := h.AddUser(bg(), identity.NewUser{Email: "bob" + tail(t, d) + "@example.com"}, "")
			ok(t, err)
			team, err := h.CreateTeam(bg(), h.admin, identity.NewTeam{Name: "Team " + bob.ID, Lead: h.admin.UserID})
			ok(t, err)
			var promoted, deactivated error
			var wg sync.WaitGroup
			wg.Go(func() {
				_, promoted = h.UpdateTeam(bg(), h.admin, team.ID, 0, identity.TeamChange{Lead: &bob.ID})
			})
			wg.Go(func() {
				_, deactivated = h.UpdateUser(bg(), h.admin, bob.ID, 0, identity.UserChange{Active: ptr(false)})
			})
			wg.Wait()
			switch {
			case promoted == nil:
				want(t, deactivated, fault.Conflict, "leads-team")
			case deactivated == nil:
				wantField(t, promoted, "body.lead")
			default:
				t.Errorf("both were refused: %v; %v", promoted, deactivated)
			}
		}
	})
}

func tail(t *testing.T, d *db.DB) (id string) {
	t.Helper()
	ok(t, d.Read(bg(), func(tx *db.Tx) error { id = tx.NewID(); return nil }))
	return id[24:]
}
