package ticket_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/job"
	"tocsin/internal/ticket"
)

// rules changes sections of the policy, as Ann, and returns it.
func (w *world) rules(s ticket.Sections) ticket.Policy {
	w.t.Helper()
	var p ticket.Policy
	w.write("user:"+ann, func(tx *db.Tx) (err error) {
		old, err := w.tickets.Policy(tx)
		if err != nil {
			return err
		}
		p, err = w.tickets.SetPolicy(tx, ticket.PolicyChange{Sections: s, Rev: old.Rev, Reason: "a test"})
		return err
	})
	return p
}

func (w *world) later(d time.Duration) { *w.now = w.now.Add(d) }

// work does the jobs of a kind that are due, as the runner would.
func (w *world) work(kind string, do job.Handler) int {
	w.t.Helper()
	type due struct{ id, key, payload string }
	var list []due
	w.write("system:test", func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(s db.Scanner) (d due, err error) {
			var raw []byte
			err = s.Scan(&d.id, &d.key, &raw)
			d.payload = string(raw)
			return d, err
		}, `SELECT id, key, payload FROM job WHERE tenant = $1 AND kind = $2 AND state = 'queued' AND run_at <= $3 ORDER BY run_at, id`, tx.Tenant(), kind, tx.Now())
		for _, d := range list {
			err = tx.Must(`UPDATE job SET state = 'running', fence = 1, lease_until = $1 WHERE tenant = $2 AND id = $3`, tx.Now()+int64(time.Hour/time.Microsecond), tx.Tenant(), d.id)
			if err != nil {
				return err
			}
		}
		return err
	})
	for _, d := range list {
		err := do(w.as("system:job"), job.Job{ID: d.id, Kind: kind, Key: d.key, Tenant: "main", Fence: 1, Payload: []byte(d.payload)})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return len(list)
}

func (w *world) found(id string) finding.Summary {
	w.t.Helper()
	var s finding.Summary
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
		d, err := w.findings.Get(tx, id)
		s = d.Summary
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func severityOf(word string) func(map[string]any) {
	return func(f map[string]any) { f["Severity"] = map[string]any{"Label": word} }
}

func TestASeverityRuleSaysWhatAFindingIsWorthHere(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(ticket.Sections{Severities: []ticket.SeverityRule{
			{Name: "off", Match: "account:111122223333", Severity: finding.Low, Enabled: false},
			{Name: "S3 matters", Match: "kind:S3.1", Severity: finding.Critical, Enabled: true},
		}})
		res := w.take(control("a", severityOf("LOW")))
		expect(w.t, "outcome", res.Outcome, finding.Opened)
		expect(w.t, "ticket", w.view(res.Number).Severity, finding.Critical)
		expect(w.t, "finding", w.found(res.FindingID).Severity, "critical")
		again := w.take(control("a", func(f map[string]any) {
			severityOf("LOW")(f)
			f["UpdatedAt"], f["Description"] = "2026-11-01T01:00:00Z", "It is still public."
		}))
		expect(w.t, "a revision", again.Outcome, finding.Updated)
		expect(w.t, "ticket after the revision", w.view(res.Number).Severity, finding.Critical)
	})
}

func TestASuppressionSilencesUntilItEndsAndThenWhatIsActiveIsJudgedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		p := w.rules(ticket.Sections{Suppressions: []ticket.Suppression{{
			Name: "known", Match: "resource~known", Reason: "being rebuilt", Owner: bob, ExpiresAt: w.now.Add(48 * time.Hour), Enabled: true,
		}}})
		silent, gone, loud := w.take(control("known-1", nil)), w.take(control("known-2", nil)), w.take(control("other", nil))
		expect(w.t, "suppressed", silent.Outcome, finding.Suppressed)
		expect(w.t, "by", w.found(silent.FindingID).Decided, p.Suppressions[0].ID)
		expect(w.t, "another", loud.Outcome, finding.Opened)
		w.take(control("known-2", func(f map[string]any) {
			f["RecordState"], f["UpdatedAt"] = "ARCHIVED", "2026-11-01T02:00:00Z"
		}))
		expect(w.t, "jobs before the end", w.work(ticket.JobRejudge, w.tickets.Rejudge), 0)
		w.later(49 * time.Hour)
		expect(w.t, "jobs at the end", w.work(ticket.JobRejudge, w.tickets.Rejudge), 1)
		expect(w.t, "what was silent", w.found(silent.FindingID).Outcome, finding.Opened)
		expect(w.t, "what is over", w.found(gone.FindingID).Ticket, "")
		expect(w.t, "log", w.kinds(w.found(silent.FindingID).TicketID), "[ticket.opened finding.released]")
		expect(w.t, "what comes after", w.take(control("known-3", nil)).Outcome, finding.Opened)
	})
}

func TestTakingASuppressionAwayBringsBackWhatItSilenced(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(ticket.Sections{Suppressions: []ticket.Suppression{{
			Name: "too much", Match: "account:111122223333", Reason: "oops", Owner: ann, ExpiresAt: w.now.Add(time.Hour), Enabled: true,
		}}})
		res := w.take(control("a", nil))
		expect(w.t, "suppressed", res.Outcome, finding.Suppressed)
		w.write("user:"+ann, func(tx *db.Tx) error { _, err := w.tickets.UndoPolicy(tx, 1, 0, "wrong"); return err })
		w.work(ticket.JobRejudge, w.tickets.Rejudge)
		expect(w.t, "after undo", w.found(res.FindingID).Outcome, finding.Opened)
	})
}

func TestAMaintenanceWindowSilencesOnlyWhileItLasts(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(ticket.Sections{Windows: []ticket.Window{{
			Name: "release", Match: "account:111122223333", Reason: "release 7", Owner: ann, From: w.now.Add(time.Hour), To: w.now.Add(2 * time.Hour),
		}}})
		expect(w.t, "before", w.take(control("before", nil)).Outcome, finding.Opened)
		w.later(90 * time.Minute)
		during := w.take(control("during", nil))
		expect(w.t, "during", during.Outcome, finding.Suppressed)
		w.later(31 * time.Minute)
		expect(w.t, "after", w.take(control("after", nil)).Outcome, finding.Opened)
		expect(w.t, "jobs", w.work(ticket.JobRejudge, w.tickets.Rejudge), 1)
		expect(w.t, "what is still there", w.found(during.FindingID).Outcome, finding.Opened)
	})
}

func group(by ...string) ticket.Sections {
	return ticket.Sections{Groups: []ticket.Group{{Name: "g", Match: "class:compliance", By: by, Within: "2h", Enabled: true}}}
}

func TestFindingsJoinAnOpenTicketThatSharesWhatTheGroupNames(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(group("account", "kind"))
		first := w.take(control("a", nil))
		w.later(90 * time.Minute)
		second := w.take(control("b", severityOf("CRITICAL")))
		expect(w.t, "the second", second.Outcome, finding.Joined)
		expect(w.t, "its ticket", second.Number, first.Number)
		v := w.view(first.Number)
		expect(w.t, "findings", v.FindingCount, 2)
		expect(w.t, "severity", v.Severity, finding.Critical)
		w.later(90 * time.Minute) // the window slides with what joins
		expect(w.t, "the third", w.take(control("c", nil)).Outcome, finding.Joined)
		w.later(121 * time.Minute)
		expect(w.t, "too late", w.take(control("d", nil)).Outcome, finding.Opened)
		other := w.take(control("e", func(f map[string]any) { f["AwsAccountId"] = "999988887777" }))
		expect(w.t, "another account", other.Outcome, finding.Opened)
	})
}

func TestAClosedTicketIsNotJoined(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(group("account", "kind"))
		first := w.take(control("a", nil))
		w.write("user:"+ann, func(tx *db.Tx) error {
			if _, err := w.tickets.Take(tx, first.Number); err != nil {
				return err
			}
			_, err := w.tickets.Close(tx, first.Number, ticket.Close{Resolution: ticket.FalsePositive, Reason: "no"}, lead(ann))
			return err
		})
		second := w.take(control("b", nil))
		expect(w.t, "the second", second.Outcome, finding.Opened)
		expect(w.t, "the third joins the new one", w.take(control("c", nil)).Number, second.Number)
	})
}

func TestARouteSendsTicketsToATeamByListAndHour(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.write("user:"+ann, func(tx *db.Tx) error {
			if err := tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','cloud','Cloud',$1,$2,$3,0,0,1)`, false, bob, true); err != nil {
				return err
			}
			_, err := w.tickets.SetList(tx, ticket.List{Name: "ou/prod", Kind: ticket.ListAccount, Items: []ticket.ListItem{{Value: "111122223333"}}}, 0)
			return err
		})
		w.rules(ticket.Sections{Routes: []ticket.Route{
			{Name: "by night", Match: "ou:prod hour>=20", Team: "team", Enabled: true},
			{Name: "prod", Match: "ou:prod account:@ou/prod", Team: "cloud", Enabled: true},
		}})
		expect(w.t, "by day", w.view(w.take(control("a", nil)).Number).Team, "cloud")
		expect(w.t, "another account", w.view(w.take(control("b", func(f map[string]any) { f["AwsAccountId"] = "999988887777" })).Number).Team, "team")
		w.later(13 * time.Hour)
		expect(w.t, "by night", w.view(w.take(control("c", nil)).Number).Team, "team")
	})
}

func TestAListInUseStaysAndAChangeOfItActsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		set := func(rev int64, items ...ticket.ListItem) {
			w.write("user:"+ann, func(tx *db.Tx) error {
				_, err := w.tickets.SetList(tx, ticket.List{Name: "jewels", Kind: ticket.ListText, Items: items}, rev)
				return err
			})
		}
		set(0, ticket.ListItem{Value: "arn:aws:s3:::one"})
		w.rules(ticket.Sections{Severities: []ticket.SeverityRule{{Name: "crown jewels", Match: "resource:@jewels", Severity: finding.Critical, Enabled: true}}})
		expect(w.t, "in the list", w.view(w.take(control("one", nil)).Number).Severity, finding.Critical)
		expect(w.t, "not in it", w.view(w.take(control("two", nil)).Number).Severity, finding.High)
		set(1, ticket.ListItem{Value: "arn:aws:s3:::three"})
		expect(w.t, "in it now", w.view(w.take(control("three", nil)).Number).Severity, finding.Critical)
		err := w.try(ann, func(tx *db.Tx) error { return w.tickets.RemoveList(tx, "jewels", 2) })
		expect(w.t, "removing", fault.As(err).Slug, "in-use")
		w.rules(ticket.Sections{Severities: []ticket.SeverityRule{}})
		if err := w.try(ann, func(tx *db.Tx) error { return w.tickets.RemoveList(tx, "jewels", 2) }); err != nil {
			w.t.Error(err)
		}
	})
}

func TestBadRulesAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	soon := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		s     ticket.Sections
		field string
	}{
		"a match that is wrong":         {ticket.Sections{Rules: []ticket.Rule{{Name: "x", Match: "colour:red", Then: "open"}}}, "body.rules[0].match"},
		"a list that does not exist":    {ticket.Sections{Rules: []ticket.Rule{{Name: "x", Match: "account:@nope", Then: "open"}}}, "body.rules[0].match"},
		"no name":                       {ticket.Sections{Rules: []ticket.Rule{{Match: "", Then: "open"}}}, "body.rules[0].name"},
		"a limit without numbers":       {ticket.Sections{Rules: []ticket.Rule{{Name: "x", Then: "open", Limit: &ticket.Limit{Window: "5m"}}}}, "body.rules[0].limit.tickets"},
		"a limit over a year":           {ticket.Sections{Rules: []ticket.Rule{{Name: "x", Then: "open", Limit: &ticket.Limit{Tickets: 1, Window: "365d"}}}}, "body.rules[0].limit.window"},
		"a suppression of everything":   {ticket.Sections{Suppressions: []ticket.Suppression{{Name: "x", Reason: "r", Owner: ann, ExpiresAt: soon}}}, "body.suppressions[0].match"},
		"a suppression without reason":  {ticket.Sections{Suppressions: []ticket.Suppression{{Name: "x", Match: "title:a", Owner: ann, ExpiresAt: soon}}}, "body.suppressions[0].reason"},
		"a suppression for ever":        {ticket.Sections{Suppressions: []ticket.Suppression{{Name: "x", Match: "title:a", Reason: "r", Owner: ann, ExpiresAt: soon.AddDate(5, 0, 0)}}}, "body.suppressions[0].expires_at"},
		"a suppression of a stranger":   {ticket.Sections{Suppressions: []ticket.Suppression{{Name: "x", Match: "title:a", Reason: "r", Owner: "u-none", ExpiresAt: soon}}}, "body.suppressions[0].owner"},
		"a window that ends first":      {ticket.Sections{Windows: []ticket.Window{{Name: "x", Match: "title:a", Reason: "r", Owner: ann, From: soon, To: soon}}}, "body.windows[0].to"},
		"a group by nothing":            {ticket.Sections{Groups: []ticket.Group{{Name: "x", Match: "title:a", Within: "1h"}}}, "body.groups[0].by"},
		"a group by an unknown thing":   {ticket.Sections{Groups: []ticket.Group{{Name: "x", By: []string{"colour"}, Within: "1h"}}}, "body.groups[0].by[0]"},
		"a severity that is none":       {ticket.Sections{Severities: []ticket.SeverityRule{{Name: "x", Severity: "fatal"}}}, "body.severities[0].severity"},
		"a route to nobody":             {ticket.Sections{Routes: []ticket.Route{{Name: "x"}}}, "body.routes[0].team"},
		"the same id on two rules":      {ticket.Sections{Rules: []ticket.Rule{{ID: "a", Name: "x", Then: "open"}, {ID: "a", Name: "y", Then: "open"}}}, "body.rules"},
		"more rules than anybody reads": {ticket.Sections{Rules: make([]ticket.Rule, 201)}, "body.rules"},
	}
	each(t, func(w *world) {
		for name, c := range cases {
			err := w.try(ann, func(tx *db.Tx) error {
				_, err := w.tickets.SetPolicy(tx, ticket.PolicyChange{Sections: c.s})
				return err
			})
			e := fault.As(err)
			if e == nil || e.Code != fault.Invalid || (len(e.Fields) > 0 && e.Fields[0].Location != c.field) || len(e.Fields) == 0 {
				w.t.Errorf("%s: got %+v, want %s", name, e, c.field)
			}
		}
	})
}

func TestARuleThatSilencesMoreThanHalfNeedsToBeConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for i := range 30 {
			w.take(control(fmt.Sprint("n", i), nil))
		}
		broad := func(match string) error {
			return w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
				return w.tickets.Broad(tx, ticket.Sections{Suppressions: []ticket.Suppression{{
					Name: "x", Match: match, Reason: "r", Owner: ann, ExpiresAt: w.now.Add(time.Hour), Enabled: true,
				}}})
			})
		}
		e := fault.As(broad("class:compliance"))
		expect(w.t, "slug", e.Slug, "matches-everything")
		expect(w.t, "matched", e.Extra["matched"], 30)
		if err := broad("resource~n1"); err != nil { // n1, n10 to n19: 11 of 30
			w.t.Error(err)
		}
	})
}

func TestAPreviewCountsWhatTheRulesWouldHaveDone(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for i := range 6 {
			w.take(control(fmt.Sprint("bucket", i), nil))
			w.later(time.Minute)
		}
		w.take(control("low", severityOf("LOW")))
		var p ticket.Preview
		err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) (err error) {
			s := group("account", "kind")
			s.Suppressions = []ticket.Suppression{{Name: "one", Match: "resource~bucket0", Reason: "r", Owner: ann, ExpiresAt: w.now.Add(time.Hour), Enabled: true}}
			p, err = w.tickets.Preview(tx, s, 7)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		got := fmt.Sprint(p.Of, p.WouldOpen, p.WouldJoin, p.WouldSuppress, p.WouldRecord, p.Tickets, len(p.Groups), p.ByTeam)
		expect(w.t, "preview", got, "7 5 4 1 1 1 1 [{ SOC 1}]")
		expect(w.t, "largest group", p.Groups[0].Findings, 5)
		matched := map[string]int{}
		for _, r := range p.ByRule {
			matched[r.Name] = r.Matched
		}
		expect(w.t, "matched", fmt.Sprint(matched["one"], matched["g"], matched["Failed controls, high and above"]), "1 5 5")
	})
}

func TestTheCopiesOfOneFindingShareATicket(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:guardduty:eu-west-1:111122223333:detector/1/finding/42"
	native := `{"schemaVersion":"2.0","accountId":"111122223333","region":"eu-west-1","partition":"aws","id":"42","arn":"` + arn + `",
		"type":"UnauthorizedAccess:IAMUser/MaliciousIPCaller","severity":8,"createdAt":"2026-11-01T00:00:00Z","updatedAt":"2026-11-01T00:00:00Z",
		"title":"API called from a known malicious address","description":"x","resource":{"resourceType":"AccessKey"},
		"service":{"serviceName":"guardduty","detectorId":"1","archived":false,"count":1}}`
	hub := control(arn, func(f map[string]any) {
		f["ProductArn"] = "arn:aws:securityhub:eu-west-1::product/aws/guardduty"
		f["Types"] = []any{"TTPs/Command and Control/UnauthorizedAccess:IAMUser-MaliciousIPCaller"}
		delete(f, "Compliance")
	})
	each(t, func(w *world) {
		first := w.take([]byte(native))
		second := w.take(hub)
		expect(w.t, "outcomes", fmt.Sprint(first.Outcome, " ", second.Outcome), "opened joined")
		expect(w.t, "ticket", second.Number, first.Number)
		expect(w.t, "again", w.take(hub).Outcome, finding.Duplicate)
		if first.FindingID == second.FindingID {
			w.t.Error("the copies are one finding; each must keep its own original")
		}
	})
}

func TestOfTwoRevisionsWithOneUpdateTimeTheLaterEventCounts(t *testing.T) {
	t.Parallel()
	event := func(id, at, workflow string) []byte {
		f := control("a", func(f map[string]any) { f["Workflow"] = map[string]any{"Status": workflow} })
		return []byte(`{"version":"0","id":"` + id + `","detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","account":"111122223333",
			"time":"` + at + `","region":"eu-west-1","resources":[],"detail":{"findings":[` + string(f) + `]}}`)
	}
	each(t, func(w *world) {
		w.take(event("e1", "2026-11-01T00:00:01Z", "NEW"))
		res := w.take(event("e3", "2026-11-01T00:00:03Z", "RESOLVED"))
		w.take(event("e2", "2026-11-01T00:00:02Z", "NOTIFIED")) // late, and older
		expect(w.t, "status", w.found(res.FindingID).Status, "resolved")
		w.take(event("e4", "2026-11-01T00:00:04Z", "NOTIFIED"))
		expect(w.t, "status after a later event", w.found(res.FindingID).Status, "in_progress")
	})
}

func TestAnUpdateTimeFarAheadDoesNotMakeLaterOnesLookOld(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		at := func(when, severity string) []byte {
			return control("a", func(f map[string]any) { f["UpdatedAt"] = when; severityOf(severity)(f) })
		}
		res := w.take(at("2099-01-01T00:00:00Z", "HIGH"))
		w.later(time.Hour)
		w.take(at("2026-11-02T09:00:00Z", "CRITICAL"))
		expect(w.t, "severity", w.view(res.Number).Severity, finding.Critical)
	})
}

func TestHistoryTellsWhoChangedWhichSections(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(group("kind"))
		w.rules(ticket.Sections{Rules: []ticket.Rule{{Name: "nothing", Match: "title:x", Then: ticket.ThenRecord, Enabled: true}}})
		err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
			list, err := w.tickets.PolicyHistory(tx)
			var said []string
			for _, v := range list {
				said = append(said, fmt.Sprint(v.Rev, v.Sections, v.ByName))
			}
			expect(w.t, "history", strings.Join(said, "; "), "2 [rules]Ann; 1 [groups]Ann; 0 []Ann")
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		w.write("user:"+ann, func(tx *db.Tx) error {
			p, err := w.tickets.UndoPolicy(tx, 2, 1, "back")
			expect(w.t, "rules after undo", len(p.Rules), 5)
			expect(w.t, "groups after undo", len(p.Groups), 1)
			return err
		})
	})
}
