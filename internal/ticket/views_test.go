package ticket_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

func anns() ticket.ViewReader {
	return ticket.ViewReader{ID: ann, Teams: []string{"team"}, Leads: true}
}
func bobs() ticket.ViewReader { return ticket.ViewReader{ID: bob} }

// saveView saves a view as a person, or says why not.
func (w *world) saveView(r ticket.ViewReader, name, q string, scope ticket.Scope) (v ticket.SavedView, err error) {
	err = w.try(r.ID, func(tx *db.Tx) (err error) {
		team := ""
		if scope == ticket.ScopeTeam {
			team = "team"
		}
		v, err = w.tickets.SaveView(tx, r, ticket.ViewDraft{Name: &name, Q: &q, Scope: &scope, Team: &team})
		return err
	})
	return v, err
}

func (w *world) viewNames(r ticket.ViewReader) []string {
	w.t.Helper()
	names := []string{}
	err := w.d.Read(w.as("user:"+r.ID), func(tx *db.Tx) error {
		views, err := w.tickets.Views(tx, r)
		for _, v := range views {
			if v.Scope != ticket.ScopeBuiltIn {
				names = append(names, fmt.Sprintf("%s/%s/%v", v.Name, v.Scope, v.Mine))
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

func TestViewsAreSeenByThoseTheyAreFor(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for name, scope := range map[string]ticket.Scope{"Own": ticket.ScopePersonal, "Team": ticket.ScopeTeam, "All": ticket.ScopeShared} {
			if _, err := w.saveView(anns(), name, "open:true", scope); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.saveView(bobs(), "Bob's", "owner:me", ticket.ScopePersonal); err != nil {
			t.Fatal(err)
		}
		for _, scope := range []ticket.Scope{ticket.ScopeTeam, ticket.ScopeShared} {
			if _, err := w.saveView(bobs(), "No", "", scope); !fault.Is(err, fault.Denied) {
				t.Errorf("bob, who does not lead, saves a view %s: %v", scope, err)
			}
		}
		for _, c := range []struct {
			r    ticket.ViewReader
			want []string
		}{
			{anns(), []string{"Own/personal/true", "Team/team/true", "All/shared/true"}},
			{bobs(), []string{"Bob's/personal/true", "All/shared/false"}},
			{ticket.ViewReader{ID: bob, Teams: []string{"team"}}, []string{"Bob's/personal/true", "Team/team/false", "All/shared/false"}},
		} {
			if diff := cmp.Diff(c.want, w.viewNames(c.r)); diff != "" {
				t.Errorf("%+v: %s", c.r, diff)
			}
		}
	})
}

func TestViewsThatCannotBeListedAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		long := make([]string, 31)
		for i := range long {
			long[i] = "title"
		}
		for name, c := range map[string]struct {
			draft    ticket.ViewDraft
			location string
		}{
			"a mistake in the query": {ticket.ViewDraft{Q: new("severty:high")}, "body.q"},
			"an order that is not":   {ticket.ViewDraft{Sort: new("colour")}, "body.sort"},
			"a column of signs":      {ticket.ViewDraft{Columns: &[]string{"title", "a,b"}}, "body.columns[1]"},
			"a width of nothing":     {ticket.ViewDraft{Columns: &[]string{"title:0"}}, "body.columns[0]"},
			"too many columns":       {ticket.ViewDraft{Columns: &long}, "body.columns"},
			"a name of nothing":      {ticket.ViewDraft{Name: new(" ")}, "body.name"},
			"a scope that is not":    {ticket.ViewDraft{Scope: new(ticket.Scope("built_in"))}, "body.scope"},
			"a list that is not":     {ticket.ViewDraft{Q: new("owner:@nobody")}, "body.q"},
		} {
			if c.draft.Name == nil {
				c.draft.Name = new("A view")
			}
			err := w.try(ann, func(tx *db.Tx) error {
				_, err := w.tickets.SaveView(tx, anns(), c.draft)
				return err
			})
			e := fault.As(err)
			if e == nil || e.Code != fault.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != c.location {
				t.Errorf("%s: %+v", name, err)
			}
		}
	})
}

func TestViewsChangeByRevisionAndLeaveARecord(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		v, err := w.saveView(anns(), "Nights", "open:true", ticket.ScopePersonal)
		if err != nil {
			t.Fatal(err)
		}
		change := func(r ticket.ViewReader, rev int64, d ticket.ViewDraft) (out ticket.SavedView, err error) {
			err = w.try(r.ID, func(tx *db.Tx) (err error) {
				out, err = w.tickets.ChangeView(tx, r, v.ID, rev, d)
				return err
			})
			return out, err
		}
		if _, err := change(bobs(), 1, ticket.ViewDraft{Name: new("Mine now")}); !fault.Is(err, fault.Missing) {
			t.Errorf("bob changes a view that he does not see: %v", err)
		}
		next, err := change(anns(), 1, ticket.ViewDraft{Name: new("Late nights"), Scope: new(ticket.ScopeShared), Columns: &[]string{"title:300", "age"}})
		if err != nil || next.Rev != 2 || next.Name != "Late nights" || next.Q != "open:true" || !slices.Equal(next.Columns, []string{"title:300", "age"}) {
			t.Errorf("%+v %v", next, err)
		}
		if _, err := change(bobs(), 2, ticket.ViewDraft{Name: new("Mine now")}); !fault.Is(err, fault.Denied) {
			t.Errorf("bob changes a shared view: %v", err)
		}
		if _, err := change(anns(), 1, ticket.ViewDraft{}); fault.As(err).Slug != "stale-revision" {
			t.Errorf("an old revision is taken: %v", err)
		}
		if err := w.try(ann, func(tx *db.Tx) error { return w.tickets.RemoveView(tx, anns(), "all", 0) }); !fault.Is(err, fault.Denied) {
			t.Errorf("a built-in view goes: %v", err)
		}
		if err := w.try(ann, func(tx *db.Tx) error { return w.tickets.RemoveView(tx, anns(), v.ID, 2) }); err != nil {
			t.Error(err)
		}
		var kinds []string
		w.write("user:"+ann, func(tx *db.Tx) error {
			entries, err := w.journal.Stream(tx, "view:"+v.ID, 0, 10)
			kinds = nil
			for _, e := range entries {
				kinds = append(kinds, e.Kind+" "+string(e.Data))
			}
			return err
		})
		if len(kinds) != 3 || kinds[2] != fmt.Sprintf(`view.changed {"removed":true,"scope":"shared","view":"%s"}`, v.ID) {
			t.Errorf("the record: %v", kinds)
		}
	})
}

func TestAPersonHasARoomfulOfViews(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for i := range 50 {
			if _, err := w.saveView(bobs(), fmt.Sprint("View ", i), "", ticket.ScopePersonal); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.saveView(bobs(), "One more", "", ticket.ScopePersonal); err == nil || fault.As(err).Slug != "too-many-views" {
			t.Errorf("the fifty-first: %v", err)
		}
		if _, err := w.saveView(anns(), "Another's", "", ticket.ScopePersonal); err != nil {
			t.Error(err)
		}
	})
}

func TestCountsFollowWhatHappens(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tally := func() (n int64) {
			err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
				got, err := w.tickets.Tally(tx, "open:true owner:none", query.Env{Me: ann, Now: tx.Now()}, true)
				if err == nil && got != nil {
					n = got.Value
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if got := tally(); got != 0 {
			t.Fatalf("%d tickets are there already", got)
		}
		for want := int64(1); want <= 3; want++ {
			w.write("user:"+ann, func(tx *db.Tx) error {
				_, err := w.tickets.Create(tx, ticket.Draft{Title: "One more"})
				return err
			})
			for deadline := time.Now().Add(5 * time.Second); tally() != want; time.Sleep(5 * time.Millisecond) {
				*w.now = w.now.Add(time.Second)
				if time.Now().After(deadline) {
					t.Fatalf("the count is %d, want %d", tally(), want)
				}
			}
		}
		w.tickets.Wait()
	})
}
