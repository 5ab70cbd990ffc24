package ticket_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (w *world) merge(as ticket.Worker, into, reason string, refs ...string) ([]ticket.MergeOutcome, error) {
	var out []ticket.MergeOutcome
	err := w.try(as.ID, func(tx *db.Tx) (err error) {
		_, out, err = w.tickets.Merge(tx, into, ticket.Merge{Tickets: refs, Reason: reason}, as)
		return err
	})
	return out, err
}

func (w *world) unmerge(as ticket.Worker, ref, reason string) error {
	return w.try(as.ID, func(tx *db.Tx) error { _, err := w.tickets.Unmerge(tx, ref, reason, as); return err })
}

func (w *world) own(person, ref string) {
	w.t.Helper()
	w.must(w.try(person, func(tx *db.Tx) error { _, err := w.tickets.Take(tx, ref); return err }))
}

func (w *world) close(ref string, why ticket.Resolution) {
	w.t.Helper()
	w.must(w.try(ann, func(tx *db.Tx) error {
		_, err := w.tickets.Close(tx, ref, ticket.Close{Resolution: why, Reason: "done"}, lead(ann))
		return err
	}))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// opened opens a ticket with one finding.
func (w *world) opened(id, severity string) finding.Result {
	w.t.Helper()
	res := w.take(control(id, severityOf(severity)))
	expect(w.t, id, res.Outcome, finding.Opened)
	return res
}

func worker(id string) ticket.Worker { return ticket.Worker{ID: id} }

func TestAMergedTicketIsShownByTheOtherAndComesBackAsItWas(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b, c := w.opened("a", "HIGH"), w.opened("b", "CRITICAL"), w.opened("c", "HIGH")
		w.own(bob, b.Number)
		w.must(w.try(bob, func(tx *db.Tx) error {
			_, err := w.tickets.Move(tx, b.Number, ticket.Move{To: ticket.Analysis}, worker(bob))
			return err
		}))
		w.later(time.Minute)
		out, err := w.merge(worker(bob), b.Number, "", c.Number)
		w.must(err)
		expect(w.t, "told", fmt.Sprint(out), fmt.Sprintf("[{%s %s merged detect  1}]", c.Ticket, c.Number))
		before := w.view(b.Number)
		w.later(time.Minute)
		_, err = w.merge(worker(bob), a.Number, "the same intruder", b.Number)
		w.must(err)

		v := w.view(a.Number)
		expect(w.t, "findings of the union", v.FindingCount, 3)
		expect(w.t, "assets of the union", len(v.Assets), 3)
		expect(w.t, "severity", v.Severity, "critical")
		expect(w.t, "merged here", []string{v.Merged[0].Number, v.Merged[1].Number}, []string{b.Number, c.Number})
		expect(w.t, "c was merged into", v.Merged[1].Into, b.Number)
		expect(w.t, "accountable for all", v.Accountable, ann)
		expect(w.t, "findings in order", w.findingsOf(a.Number), []string{a.FindingID, b.FindingID, c.FindingID})
		shown := w.view(c.Number)
		expect(w.t, "c is shown by the root", shown.MergedInto.Number, a.Number)
		expect(w.t, "resolution", shown.Resolution, ticket.Merged)
		expect(w.t, "closed", shown.Phase, ticket.Closed)
		tiles(w.t, w.view(b.Number))

		w.later(40 * 24 * time.Hour) // there is no time limit
		w.must(w.unmerge(worker(bob), b.Number, ""))
		after := w.view(b.Number)
		tiles(w.t, after)
		for _, pair := range [][2]any{
			{after.Phase, before.Phase}, {*after.Owner, bob}, {after.Accountable, before.Accountable}, {after.FindingCount, before.FindingCount},
			{after.Severity, before.Severity}, {after.AcknowledgedAt, before.AcknowledgedAt}, {after.Resolution, ""}, {after.MergedInto == nil, true},
		} {
			expect(w.t, "as it was", pair[0], pair[1])
		}
		v = w.view(a.Number)
		expect(w.t, "findings afterwards", v.FindingCount, 1)
		expect(w.t, "severity afterwards", v.Severity, "high")
		expect(w.t, "nothing merged", len(v.Merged), 0)
		expect(w.t, "the journal of a", w.kinds(a.Ticket), []string{
			"ticket.opened", "finding.taken", "ticket.merged", "ticket.changed", "ticket.unmerged", "ticket.changed"})
		expect(w.t, "the journal of c", w.kinds(c.Ticket), []string{"ticket.opened", "finding.taken", "ticket.merged"})
		w.verified()
	})
}

// verified holds that every chain of the journal is whole.
func (w *world) verified() {
	w.t.Helper()
	w.must(w.d.Read(w.as("x"), func(tx *db.Tx) error {
		_, broken, err := journal.Verify(tx)
		if broken != nil {
			w.t.Errorf("a chain is broken: %+v", broken)
		}
		return err
	}))
}

// findingsOf lists the findings of a ticket, two a page.
func (w *world) findingsOf(ref string) []string {
	w.t.Helper()
	out := []string{}
	w.must(w.d.Read(w.as("x"), func(tx *db.Tx) error {
		out = out[:0]
		var after ticket.FindingPlace
		for {
			page, err := w.tickets.Findings(tx, ref, after, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, f := range page {
				out = append(out, f.ID)
				after = ticket.FindingPlace{Ticket: f.TicketID, Place: finding.Place{At: f.ReceivedAt.UnixMicro(), ID: f.ID}}
			}
		}
	}))
	return out
}

func TestWhoMayMerge(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		mine, theirs, none := w.opened("mine", "HIGH"), w.opened("theirs", "HIGH"), w.opened("none", "HIGH")
		w.own(bob, mine.Number)
		w.own(ann, theirs.Number)
		tests := []struct {
			name   string
			as     ticket.Worker
			into   string
			what   string
			reason string
			want   fault.Code
		}{
			{"another's into mine is refused", worker(bob), mine.Number, theirs.Number, "why", fault.Denied},
			{"mine into another's is refused", worker(bob), theirs.Number, mine.Number, "why", fault.Denied},
			{"a lead needs a reason for another's", lead(ann), theirs.Number, mine.Number, "", fault.Invalid},
			{"a lead with a reason may", lead(ann), theirs.Number, mine.Number, "one intruder", ""},
			{"nobody's into mine needs no reason", worker(ann), theirs.Number, none.Number, "", ""},
		}
		for _, tt := range tests {
			_, err := w.merge(tt.as, tt.into, tt.reason, tt.what)
			if (tt.want == "") != (err == nil) || (err != nil && fault.CodeOf(err) != tt.want) {
				w.t.Errorf("%s: %v", tt.name, err)
			}
		}
		expect(w.t, "a stranger", fault.CodeOf(w.unmerge(worker("u-eve"), none.Number, "why")), fault.Denied)
		expect(w.t, "a lead without a reason", fault.CodeOf(w.unmerge(lead("u-eve"), none.Number, "")), fault.Invalid)
		w.must(w.unmerge(worker(bob), mine.Number, "")) // it was his before
		w.must(w.unmerge(worker(ann), none.Number, "")) // she owns the one that shows it
	})
}

func TestMergesThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b, c, ended := w.opened("a", "HIGH"), w.opened("b", "HIGH"), w.opened("c", "HIGH"), w.opened("d", "HIGH")
		w.own(ann, ended.Number)
		w.close(ended.Number, ticket.FalsePositive)
		_, err := w.merge(worker(bob), a.Number, "", b.Number)
		w.must(err)
		w.write("system:test", func(tx *db.Tx) error {
			return tx.Must(`UPDATE ticket SET demo = $1 WHERE tenant = $2 AND id = $3`, true, tx.Tenant(), c.Ticket)
		})
		many := slices.Repeat([]string{c.Number}, 51)
		tests := []struct {
			name string
			into string
			what []string
			code fault.Code
			slug string
		}{
			{"into itself", a.Number, []string{a.Ticket}, fault.Invalid, ""},
			{"into one that is closed", ended.Number, []string{a.Number}, fault.Conflict, "closed-ticket"},
			{"into one that is merged", b.Number, []string{c.Number}, fault.Conflict, "already-merged"},
			{"one that is merged already", a.Number, []string{b.Number}, fault.Conflict, "already-merged"},
			{"in a circle", b.Number, []string{a.Number}, fault.Conflict, "already-merged"},
			{"made up with real", a.Number, []string{c.Number}, fault.Conflict, "demo-mixed"},
			{"more than fifty", a.Number, many, fault.Invalid, ""},
			{"none", a.Number, nil, fault.Invalid, ""},
			{"one that is not there", a.Number, []string{"INC-9999"}, fault.Invalid, ""},
			{"into one that is not there", "INC-9999", []string{a.Number}, fault.Missing, ""},
			{"of several, any that cannot", a.Number, []string{ended.Number, c.Number}, fault.Conflict, "not-mergeable"},
		}
		before := w.size()
		for _, tt := range tests {
			_, err := w.merge(lead(ann), tt.into, "why", tt.what...)
			if fault.CodeOf(err) != tt.code || (tt.slug != "" && fault.As(err).Slug != tt.slug) {
				w.t.Errorf("%s: %v", tt.name, err)
			}
			if tt.slug == "not-mergeable" && (len(fault.As(err).Fields) != 1 || fault.As(err).Fields[0].Code != c.Number) {
				w.t.Errorf("%s: %+v", tt.name, fault.As(err).Fields)
			}
		}
		expect(w.t, "a refused merge writes nothing", w.size(), before)
		expect(w.t, "reopening a merged ticket", fault.As(w.try(ann, func(tx *db.Tx) error {
			_, err := w.tickets.Reopen(tx, b.Number, "", "why")
			return err
		})).Slug, "merged")
		expect(w.t, "unmerging what is not merged", fault.As(w.unmerge(lead(ann), a.Number, "why")).Slug, "not-merged")
	})
}

func TestAClosedTicketIsMergedAndIsClosedAsItWasAfterwards(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b := w.opened("a", "HIGH"), w.opened("b", "HIGH")
		w.own(bob, b.Number)
		w.must(w.try(bob, func(tx *db.Tx) error {
			_, err := w.tickets.Close(tx, b.Number, ticket.Close{Resolution: ticket.FalsePositive, Reason: "x"}, worker(bob))
			return err
		}))
		before := w.view(b.Number)
		w.later(time.Hour)
		_, err := w.merge(worker(bob), a.Number, "", b.Number)
		w.must(err)
		w.later(time.Hour)
		w.must(w.unmerge(worker(bob), b.Number, ""))
		after := w.view(b.Number)
		expect(w.t, "resolution", after.Resolution, ticket.FalsePositive)
		expect(w.t, "closed at", after.ClosedAt, before.ClosedAt)
		expect(w.t, "visits", fmt.Sprint(after.PhaseVisits[0].LeftAt, len(after.PhaseVisits)), fmt.Sprint(before.PhaseVisits[0].LeftAt, len(before.PhaseVisits)))
	})
}

func TestAnOwnerWhoHasLeftDoesNotGetTheTicketBack(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b := w.opened("a", "HIGH"), w.opened("b", "HIGH")
		w.own(bob, b.Number)
		_, err := w.merge(worker(bob), a.Number, "", b.Number)
		w.must(err)
		w.write("system:test", func(tx *db.Tx) error {
			return tx.Must(`UPDATE users SET active = $1 WHERE tenant = $2 AND id = $3`, false, tx.Tenant(), bob)
		})
		w.must(w.unmerge(lead(ann), b.Number, "why"))
		v := w.view(b.Number)
		if v.Owner != nil || v.Accountable != ann || v.AcknowledgedAt != nil || v.OwnedAt != nil {
			w.t.Errorf("%+v", v.Brief)
		}
	})
}

func TestSeverityOfMergedTickets(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b, c := w.opened("a", "HIGH"), w.opened("b", "CRITICAL"), w.opened("c", "HIGH")
		judge := func(ref, severity string) {
			w.t.Helper()
			v := w.view(ref)
			s := finding.Severity(severity)
			w.must(w.try(ann, func(tx *db.Tx) error {
				_, err := w.tickets.Change(tx, ref, v.Rev, ticket.Patch{Severity: &s})
				return err
			}))
		}
		severities := func(want ...string) {
			w.t.Helper()
			got := []string{}
			for _, ref := range []string{a.Number, b.Number, c.Number} {
				got = append(got, string(w.view(ref).Severity))
			}
			expect(w.t, "severities", got, want)
		}
		_, err := w.merge(lead(ann), a.Number, "", b.Number)
		w.must(err)
		severities("critical", "critical", "high")
		judge(a.Number, "medium") // a person has seen both
		_, err = w.merge(lead(ann), a.Number, "", c.Number)
		w.must(err)
		severities("high", "critical", "high")
		w.must(w.unmerge(lead(ann), c.Number, ""))
		severities("medium", "critical", "high")
		w.must(w.unmerge(lead(ann), b.Number, ""))
		severities("medium", "critical", "high") // not what it was: a person said so

		judge(b.Number, "low")
		_, err = w.merge(lead(ann), a.Number, "", b.Number)
		w.must(err)
		severities("medium", "low", "high")
		// The detector says something worse about the finding of the merged one.
		res := w.take(control("b", func(f map[string]any) {
			f["Severity"] = map[string]any{"Label": "HIGH"}
			f["UpdatedAt"] = "2026-11-02T07:00:00Z"
		}))
		expect(w.t, "still in its own ticket", res.Ticket, b.Ticket)
		severities("medium", "low", "high") // critical before, so high is no rise
		w.take(control("b", func(f map[string]any) {
			f["Severity"] = map[string]any{"Label": "CRITICAL"}
			f["UpdatedAt"] = "2026-11-02T07:30:00Z"
		}))
		severities("critical", "critical", "high")
		w.must(w.unmerge(lead(ann), b.Number, ""))
		severities("medium", "critical", "high")
	})
}

func TestSeverityGoesUpAndDownThroughATree(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b, c := w.opened("a", "HIGH"), w.opened("b", "HIGH"), w.opened("c", "CRITICAL")
		_, err := w.merge(lead(ann), b.Number, "", c.Number)
		w.must(err)
		_, err = w.merge(lead(ann), a.Number, "", b.Number)
		w.must(err)
		expect(w.t, "the root", w.view(a.Number).Severity, "critical")
		w.must(w.unmerge(lead(ann), c.Number, ""))
		expect(w.t, "the one between", w.view(b.Number).Severity, "high")
		expect(w.t, "the root again", w.view(a.Number).Severity, "high")
		expect(w.t, "its count", w.view(a.Number).FindingCount, 2)
		expect(w.t, "its journal says why", w.kinds(a.Ticket), []string{
			"ticket.opened", "finding.taken", "ticket.merged", "ticket.changed", "ticket.unmerged", "ticket.changed"})
	})
}

func TestAFindingThatRecursReopensTheTicketThatShowsIt(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		a, b := w.opened("a", "HIGH"), w.opened("b", "HIGH")
		_, err := w.merge(lead(ann), a.Number, "", b.Number)
		w.must(err)
		w.own(ann, a.Number)
		w.close(a.Number, ticket.FalsePositive)
		said := func(state, at string) finding.Result {
			return w.take(control("b", func(f map[string]any) { f["RecordState"], f["UpdatedAt"] = state, at }))
		}
		said("ARCHIVED", "2026-11-02T08:00:01Z")
		expect(w.t, "while it is away", w.view(a.Number).Phase, ticket.Closed)
		res := said("ACTIVE", "2026-11-02T08:00:02Z")
		expect(w.t, "it stays where it is", res.Number, b.Number)
		expect(w.t, "what shows it is open again", w.view(a.Number).Phase, ticket.Analysis)
		expect(w.t, "and is still merged", w.view(b.Number).MergedInto.Number, a.Number)
		said("ARCHIVED", "2026-11-02T08:00:03Z")
		w.close(a.Number, ticket.FalsePositive)
		w.later(8 * 24 * time.Hour)
		late := said("ACTIVE", "2026-11-10T08:00:00Z")
		expect(w.t, "after more than a week", late.Outcome, finding.Opened)
		expect(w.t, "linked to what showed it", w.view(late.Number).Links, []ticket.Link{{Kind: "recurrence_of", Ticket: a.Ticket, Number: a.Number}})
		w.verified()
	})
}

func TestAMergeIsBounded(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		top := w.opened("f0", "HIGH")
		var deep error
		for i := 1; i < 20 && deep == nil; i++ {
			next := w.opened(fmt.Sprint("f", i), "HIGH")
			if _, deep = w.merge(lead(ann), next.Number, "", top.Number); deep == nil {
				top = next
			}
		}
		expect(w.t, "a deep tree", fault.As(deep).Slug, "too-deep")
		v := w.view(top.Number)
		expect(w.t, "everything is shown", len(v.Merged), 16)
		expect(w.t, "counted", v.FindingCount, 17)
		expect(w.t, "of all", v.FactsOf, 17)
	})
}
