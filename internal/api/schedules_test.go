package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// first is the id of the first item of a list.
func (w *world) first(path string) string {
	w.t.Helper()
	items := w.as("GET", path, "").want(http.StatusOK)["items"].([]any)
	id, _ := items[0].(map[string]any)["id"].(string)
	return id
}

// daily is a schedule of the first administrator alone.
func (w *world) daily(name string, edit func(m map[string]any)) string {
	w.t.Helper()
	m := map[string]any{
		"name": name, "team": w.first("teams"), "primary": true, "zone": "Europe/Amsterdam",
		"rotations": []any{map[string]any{
			"kind": "daily", "every": 1, "handoff": map[string]any{"time": "09:00"}, "start": "2026-01-01", "participants": []any{w.first("users")},
		}},
	}
	if edit != nil {
		edit(m)
	}
	b, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func TestASchedulesLifeOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.as("POST", "schedules", w.daily("First line", nil))
	s := made.want(http.StatusCreated)
	id, _ := s["id"].(string)
	if made.header.Get("ETag") != `"1"` || s["now"].(map[string]any)["name"] != "Ada" || s["team_name"] == "" || s["participant_names"].(map[string]any)[w.first("users")] != "Ada" {
		t.Fatalf("made: %s", made.body)
	}
	if r := s["rotations"].([]any)[0].(map[string]any); r["id"] != "r1" || r["name"] != "Rotation 1" || fmt.Sprint(r["windows"]) != "[]" {
		t.Errorf("rotation: %v", r)
	}
	w.as("POST", "schedules", w.daily("First line", nil)).refused(http.StatusConflict, "name-taken")
	w.as("POST", "schedules", w.daily("Second line", nil)).refused(http.StatusConflict, "primary-taken")
	on := w.as("GET", "oncall", "").want(http.StatusOK)["items"].([]any)[0].(map[string]any)
	if on["schedule"] != id || on["person_name"] != "Ada" || on["gap"] != false || on["lead_name"] != "Ada" || on["until"] == nil {
		t.Errorf("on call: %v", on)
	}
	roster := w.as("GET", "schedules/"+id+"/shifts", "").want(http.StatusOK)
	if n := len(roster["final"].([]any)); n != 29 || len(roster["layers"].([]any)) != 2 {
		t.Errorf("%d shifts in four weeks", n)
	}
	w.as("GET", "schedules/"+id+"/shifts?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", "").refused(http.StatusUnprocessableEntity, "invalid")
	w.as("GET", "schedules/"+id+"/shifts?form=2026-01-01T00:00:00Z", "").want(http.StatusUnprocessableEntity)
	preview := w.as("POST", "schedules/preview?from=2026-10-24T07:00:00Z&to=2026-10-26T08:00:00Z", w.daily("A draft", nil)).want(http.StatusOK)
	first := preview["final"].([]any)[1].(map[string]any)
	if first["hours"] != 24.0 && first["hours"] != 25.0 || first["id"] != "" || len(preview["notes"].([]any)) != 1 {
		t.Errorf("preview: %v", preview)
	}

	to := time.Now().UTC().Add(time.Hour).Format(time.RFC3339)
	o := w.as("POST", "schedules/"+id+"/overrides", `{"person":"`+w.first("users")+`","to":"`+to+`","reason":"A dentist"}`).want(http.StatusCreated)
	if o["name"] != "Ada" || o["made_by_name"] != "Ada" || o["reason"] != "A dentist" {
		t.Errorf("override: %v", o)
	}
	if list := w.as("GET", "schedules/"+id+"/overrides", "").want(http.StatusOK)["items"].([]any); len(list) != 1 {
		t.Errorf("overrides: %v", list)
	}
	m := w.as("POST", "schedules/"+id+"/overrides", `{"person":"nobody","to":"2020-01-01T00:00:00Z"}`).refused(http.StatusUnprocessableEntity, "invalid")
	if len(m["errors"].([]any)) != 2 {
		t.Errorf("every field at fault: %v", m)
	}
	w.as("DELETE", "schedules/"+id+"/overrides/"+o["id"].(string), "").want(http.StatusNoContent)
	w.as("DELETE", "schedules/"+id+"/overrides/nothing", "").refused(http.StatusNotFound, "missing")

	w.as("PUT", "schedules/"+id, w.daily("Renamed", nil)).refused(http.StatusPreconditionRequired, "precondition-required")
	stale := w.do(req{method: "PUT", path: "schedules/" + id, body: w.daily("Renamed", nil), token: w.admin, header: map[string]string{"If-Match": `"9"`}})
	if m := stale.refused(http.StatusPreconditionFailed, "stale-revision"); m["current"].(map[string]any)["name"] != "First line" {
		t.Errorf("what is there now: %v", m["current"])
	}
	match := map[string]string{"If-Match": `"1"`}
	if v := w.do(req{method: "PUT", path: "schedules/" + id, body: w.daily("Renamed", nil), token: w.admin, header: match}).want(http.StatusOK); v["rev"] != 2.0 || v["name"] != "Renamed" {
		t.Errorf("changed: %v", v)
	}
	w.do(req{method: "DELETE", path: "schedules/" + id, token: w.admin, header: match}).refused(http.StatusPreconditionFailed, "stale-revision")
	w.do(req{method: "DELETE", path: "schedules/" + id, token: w.admin, header: map[string]string{"If-Match": `"2"`}}).want(http.StatusNoContent)
	w.as("GET", "schedules/"+id, "").refused(http.StatusNotFound, "missing")
}

func TestAScheduleThatCannotWorkNamesTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rotation := func(m map[string]any) map[string]any { return m["rotations"].([]any)[0].(map[string]any) }
	for name, c := range map[string]struct {
		edit  func(m map[string]any)
		where string
	}{
		"nobody":          {func(m map[string]any) { rotation(m)["participants"] = []any{} }, "body.rotations[0].participants"},
		"a zone":          {func(m map[string]any) { m["zone"] = "Europe/Atlantis" }, "body.zone"},
		"a start":         {func(m map[string]any) { rotation(m)["start"] = "tomorrow" }, "body.rotations[0].start"},
		"a stranger":      {func(m map[string]any) { rotation(m)["participants"] = []any{"u-1"} }, "body.rotations[0].participants[0]"},
		"an unknown word": {func(m map[string]any) { m["zones"] = "UTC" }, "body.zones"},
	} {
		m := w.as("POST", "schedules", w.daily("x", c.edit)).want(http.StatusUnprocessableEntity)
		if first := m["errors"].([]any)[0].(map[string]any); first["location"] != c.where {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestWhoMayLookAtSchedulesMayNotChangeThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.as("POST", "schedules", w.daily("First line", nil)).want(http.StatusCreated)["id"].(string)
	viewer, author := w.token("viewer"), w.token("playbook-author")
	w.do(req{method: "GET", path: "schedules/" + id, token: viewer}).want(http.StatusOK)
	w.do(req{method: "GET", path: "oncall", token: author}).refused(http.StatusForbidden, "permission")
	for _, path := range []string{"schedules", "schedules/preview", "schedules/" + id + "/overrides", "schedules/" + id + "/swaps"} {
		w.do(req{method: "POST", path: path, token: viewer, body: `{}`}).refused(http.StatusForbidden, "permission")
	}
	w.do(req{method: "DELETE", path: "schedules/" + id, token: viewer}).refused(http.StatusForbidden, "permission")
}

func TestACalendarProgramNeedsNothingButItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.as("POST", "schedules", w.daily("First line", nil)).want(http.StatusCreated)["id"].(string)
	made := w.as("POST", "oncall/feeds", `{"schedule":"`+id+`"}`).want(http.StatusCreated)
	address := made["path"].(string) + "?token=" + made["token"].(string)
	got := w.do(req{method: "GET", path: address})
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.HasPrefix(string(got.body), "BEGIN:VCALENDAR\r\n") ||
		!strings.Contains(string(got.body), "X-WR-CALNAME:On duty: First line\r\n") || !strings.Contains(string(got.body), "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n") ||
		strings.Count(string(got.body), "@tocsin\r\n") < 60 {
		t.Fatalf("status %d, %v: %.600s", got.status, got.header, got.body)
	}
	for what, path := range map[string]string{
		"no token": made["path"].(string), "a wrong one": address + "x", "mine": "oncall/me.ics?token=" + made["token"].(string),
		"no calendar": "oncall/me?token=" + made["token"].(string),
	} {
		if a := w.do(req{method: "GET", path: path}); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	if strings.Contains(w.logged.String(), made["token"].(string)) {
		t.Error("the token stands in the log")
	}
	w.as("POST", "oncall/feeds", `{"schedule":"none"}`).refused(http.StatusUnprocessableEntity, "invalid")
	list := w.as("GET", "oncall/feeds", "").want(http.StatusOK)["items"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["token"] != nil || list[0].(map[string]any)["used_at"] == nil {
		t.Errorf("feeds: %v", list)
	}
	w.as("DELETE", "oncall/feeds/"+made["id"].(string), "").want(http.StatusNoContent)
	w.do(req{method: "GET", path: address}).refused(http.StatusNotFound, "missing")
}
