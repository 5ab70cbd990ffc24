package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/identity"
	"tocsin/internal/sla"
)

// withClocks is a world whose tickets have clocks.
func withClocks(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(d *Deps) {
		d.SLA = sla.New(sla.Config{DB: d.DB, Journal: d.Journal, Tickets: d.Tickets, People: sla.People{
			Active: identity.IsActive, Holders: identity.Holders, Intake: identity.IntakeLead, OnTeam: duty.OnTeamAt, OnCall: duty.OnScheduleAt,
			Names: func(tx *db.Tx, ids []string) (map[string]string, error) { return identity.NameOf(tx, ids...) },
			Lead: func(tx *db.Tx, team string) (string, error) {
				t, err := identity.FindTeam(tx, team)
				return t.Lead, err
			},
		}})
		d.Tickets.Connect(d.SLA.Clocks())
	})
}

// change sends sections of the document with a revision.
func (w *world) change(rev, body string) answer {
	return w.do(req{method: "PUT", path: "sla", body: body, token: w.admin, header: map[string]string{"If-Match": `"` + rev + `"`}})
}

// policies are those in force, as text, with pieces replaced.
func (w *world) policies(pairs ...string) string {
	w.t.Helper()
	raw, err := json.Marshal(w.as("GET", "sla", "").want(http.StatusOK)["policies"])
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.NewReplacer(pairs...).Replace(string(raw))
}

func TestTheTargetsAreChangedByRevision(t *testing.T) {
	t.Parallel()
	w := withClocks(t)
	w.opened("first")
	a := w.as("GET", "sla", "")
	doc := a.want(http.StatusOK)
	if a.header.Get("ETag") != `"1"` || len(doc["ladders"].([]any)) != 1 || doc["rev"] != 1.0 {
		t.Fatalf("%s %v", a.header.Get("ETag"), doc)
	}
	longer := `{"reason":"calmer","policies":` + w.policies(`"72h"`, `"80h"`) + `}`
	w.do(req{method: "PUT", path: "sla", body: longer, token: w.admin}).refused(http.StatusPreconditionRequired, "precondition-required")
	if m := w.change("1", longer).want(http.StatusOK); m["rev"] != 2.0 || m["reason"] != "calmer" || m["by_name"] != "Ada" {
		t.Errorf("%v", m)
	}
	w.change("1", longer).refused(http.StatusPreconditionFailed, "stale-revision")
	m := w.change("2", `{"policies":`+w.policies(`"15m"`, `"soon"`, `"30m"`, `"never"`)+`}`).refused(http.StatusUnprocessableEntity, "invalid")
	if got := fmt.Sprint(itemsOf(m, "errors", "location")); !strings.Contains(got, "body.policies[0].timers[0].targets.critical") || !strings.Contains(got, "body.policies[0].timers[0].targets.high") {
		t.Errorf("it names %s", got)
	}
	ladder := `{"ladders":[{"id":"soc","name":"Mine","levels":[{"after":"0m","notify":["oncall:team"],"reassign":false}],"fallback":["user:` + w.principal(w.admin).UserID + `"]}]}`
	w.change("2", ladder).refused(http.StatusUnprocessableEntity, "fallback-unreachable")
	w.change("2", `{"polices":[]}`).want(http.StatusUnprocessableEntity)
	undo := req{method: "POST", path: "sla/undo", body: `{"to_rev":1,"reason":"too calm"}`, token: w.admin, header: map[string]string{"If-Match": `"2"`}}
	if m := w.do(undo).want(http.StatusOK); m["rev"] != 3.0 {
		t.Errorf("%v", m["rev"])
	}
	if got := fmt.Sprint(itemsOf(w.as("GET", "sla/history", "").want(http.StatusOK), "items", "rev")); got != "[3 2 1]" {
		t.Errorf("history %s", got)
	}
	w.as("GET", "sla/history/9", "").want(http.StatusNotFound)
	w.do(req{method: "GET", path: "sla", token: w.token(identity.Viewer)}).want(http.StatusOK)
	w.do(req{method: "PUT", path: "sla", body: longer, token: w.token(identity.Analyst), header: map[string]string{"If-Match": `"3"`}}).want(http.StatusForbidden)
}

func TestATicketShowsItsClocksAndIsPausedByTwo(t *testing.T) {
	t.Parallel()
	w := withClocks(t)
	number := w.opened("one")
	view := w.as("GET", "tickets/"+number, "").want(http.StatusOK)
	if got := fmt.Sprint(itemsOf(view, "timers", "metric")); got != "[ack contain resolve age]" || view["due_metric"] != "ack" {
		t.Errorf("%s, %v", got, view["due_metric"])
	}
	w.as("POST", "tickets/"+number+"/take", "").want(http.StatusOK)
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	ask := `{"reason":"third_party","text":"The provider looks into it.","until":"` + until + `"}`
	if m := w.as("POST", "tickets/"+number+"/pause", ask).want(http.StatusOK); m["paused_until"] == nil {
		t.Errorf("%v", m)
	}
	w.as("POST", "tickets/"+number+"/pause", ask).refused(http.StatusConflict, "paused")
	if m := w.as("POST", "tickets/"+number+"/resume", `{"text":"They answered."}`).want(http.StatusOK); m["paused_until"] != nil {
		t.Errorf("%v", m["paused_until"])
	}
	w.as("POST", "tickets/"+number+"/resume", `{"text":"again"}`).refused(http.StatusConflict, "not-paused")
	rev := fmt.Sprint(w.as("GET", "tickets/"+number, "").want(http.StatusOK)["rev"])
	w.do(req{method: "PATCH", path: "tickets/" + number, body: `{"severity":"critical"}`, token: w.admin, header: map[string]string{"If-Match": `"` + rev + `"`}}).want(http.StatusOK)
	w.as("POST", "tickets/"+number+"/pause", ask).refused(http.StatusForbidden, "pause-needs-second-person")
	w.as("POST", "tickets/"+number+"/pause/approve", "").refused(http.StatusForbidden, "pause-needs-second-person")
	w.do(req{method: "POST", path: "tickets/" + number + "/pause/approve", token: w.token(identity.Analyst)}).want(http.StatusForbidden)
	if m := w.do(req{method: "POST", path: "tickets/" + number + "/pause/approve", token: w.token(identity.Lead)}).want(http.StatusOK); m["paused_until"] == nil {
		t.Errorf("%v", m)
	}
	m := w.as("GET", "tickets/"+number+"/sla", "").want(http.StatusOK)
	if m["policy_name"] != "Every ticket" || len(m["steps"].([]any)) < 10 || fmt.Sprint(itemsOf(m, "pauses", "state")) != "[running ended]" || fmt.Sprint(m["runs"]) != "[]" {
		t.Errorf("%v", m)
	}
	w.as("GET", "tickets/INC-999/sla", "").want(http.StatusNotFound)
}

func TestASimulationAndADryRun(t *testing.T) {
	t.Parallel()
	w := withClocks(t)
	w.opened("one")
	m := w.as("POST", "sla/simulate", `{"severity":"critical","at":"2026-12-25T03:00:00Z"}`).want(http.StatusOK)
	if m["policy_name"] != "Every ticket" || len(m["pages"].([]any)) == 0 || len(m["problems"].([]any)) != 0 {
		t.Errorf("%v", m)
	}
	m = w.as("POST", "sla/simulate", `{"severity":"high","at":"2026-12-25T03:00:00Z","draft":{"policies":`+w.policies(`"24h"`, `"x"`)+`}}`).want(http.StatusOK)
	if got := fmt.Sprint(itemsOf(m, "problems", "location")); got != "[body.policies[0].timers[2].targets.critical]" {
		t.Errorf("%s", got)
	}
	w.as("POST", "sla/simulate", `{"severity":"huge","at":"2026-12-25T03:00:00Z"}`).want(http.StatusUnprocessableEntity)
	w.as("POST", "sla/simulate", `{"severity":"high","at":"2026-12-25T03:00:00Z","events":[{"at":"2026-12-25T02:00:00Z","do":"ack"}]}`).want(http.StatusUnprocessableEntity)
	w.change("1", `{"policies":`+w.policies(`"72h"`, `"80h"`)+`}`).want(http.StatusOK)
	m = w.as("POST", "sla/rebase", `{"dry_run":true}`).want(http.StatusOK)
	if m["tickets"] != 1.0 || m["changed"] != 1.0 || fmt.Sprint(itemsOf(m, "examples", "metric")) != "[resolve]" {
		t.Errorf("%v", m)
	}
	w.as("POST", "sla/rebase", `{}`).want(http.StatusUnprocessableEntity)
	w.as("POST", "sla/rebase", `{"reason":"for all"}`).want(http.StatusOK)
}
