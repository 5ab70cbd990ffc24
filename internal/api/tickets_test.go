package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestATicketFromOpeningToReopening(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.as("POST", "tickets", `{"title":"Odd sign-ins","description":"See mail.","severity":"high","tags":["mail"]}`)
	m := a.want(http.StatusCreated)
	number, _ := m["number"].(string)
	id, _ := m["id"].(string)
	if m["owner"] != nil || m["accountable"] == "" || m["accountable_name"] != "Ada" || m["phase"] != "detect" || m["severity"] != "high" {
		t.Fatalf("ticket = %v", m)
	}
	for _, step := range []struct {
		command, body string
		code          int
		slug          string
		field         string
		want          any
	}{
		{"phase", `{"to":"analysis"}`, 409, "not-owned", "", nil},
		{"ack", ``, 200, "", "phase", "detect"},
		{"take", ``, 200, "", "owner_name", "Ada"},
		{"notes", `{"text":"Called the person."}`, 200, "", "owner_name", "Ada"},
		{"phase", `{"to":"detect"}`, 409, "same-phase", "", nil},
		{"phase", `{"to":"analysis","reason":"it is real"}`, 200, "", "phase", "analysis"},
		{"close", `{"resolution":"resolved","reason":"done"}`, 409, "not-recovered", "", nil},
		{"close", `{"resolution":"false_positive"}`, 422, "invalid", "", nil},
		{"close", `{"resolution":"false_positive","reason":"a test account"}`, 200, "", "resolution", "false_positive"},
		{"take", ``, 409, "closed-ticket", "", nil},
		{"reopen", `{"reason":"it was not a test"}`, 200, "", "phase", "analysis"},
	} {
		a := w.as("POST", "tickets/"+number+"/"+step.command, step.body)
		if step.slug != "" {
			a.refused(step.code, step.slug)
			continue
		}
		if m := a.want(step.code); m[step.field] != step.want || m["id"] != id {
			t.Errorf("%s: %s = %v, want %v", step.command, step.field, m[step.field], step.want)
		}
		if a.header.Get("ETag") == "" {
			t.Errorf("%s: no ETag", step.command)
		}
	}
	if m := w.as("GET", "tickets/"+id, "").want(http.StatusOK); m["number"] != number {
		t.Errorf("by id: %v", m["number"])
	}
}

func TestAChangeNamesTheRevisionItIsOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("a")
	path := "tickets/" + number
	change := func(match string) answer {
		return w.do(req{method: "PATCH", path: path, body: `{"title":"Changed"}`, token: w.admin, header: map[string]string{"If-Match": match}})
	}
	tag := w.as("GET", path, "").header.Get("ETag")
	w.as("PATCH", path, `{"title":"Changed"}`).refused(http.StatusPreconditionRequired, "precondition-required")
	for _, bad := range []string{"1", `W/"1"`, `"x"`, `"1`, "*"} {
		change(bad).refused(http.StatusUnprocessableEntity, "invalid")
	}
	stale := change(`"999"`).refused(http.StatusPreconditionFailed, "stale-revision")
	if now, _ := stale["current"].(map[string]any); now["number"] != number {
		t.Errorf("the problem does not hold what is there now: %v", stale)
	}
	a := change(tag)
	if m := a.want(http.StatusOK); m["title"] != "Changed" {
		t.Errorf("title = %v", m["title"])
	}
	change(tag).refused(http.StatusPreconditionFailed, "stale-revision")
	if got := w.as("GET", path, "").header.Get("ETag"); got != a.header.Get("ETag") || got == tag {
		t.Errorf("ETag %q after the change, answered %q, was %q", got, a.header.Get("ETag"), tag)
	}
}

func TestEveryResourceWithARevisionNeedsIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, o := range w.server.routes {
		if o.method != http.MethodPatch && o.id != "put-policy" || o.id == "patch-contact" { // a contact has none: its own person changes it
			continue
		}
		body := `{}`
		if o.id == "put-policy" {
			body = `{"rules":[]}`
		}
		w.as(o.method, fillPath(o.path), body).refused(http.StatusPreconditionRequired, "precondition-required")
	}
}

func TestTicketsArePagedAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 7 {
		w.as("POST", "tickets", fmt.Sprintf(`{"title":"ticket %d"}`, i)).want(http.StatusCreated)
	}
	seen, path := map[string]bool{}, "tickets?limit=3&sort=number"
	for range 3 {
		m := w.as("GET", path, "").want(http.StatusOK)
		for _, item := range m["items"].([]any) {
			seen[item.(map[string]any)["number"].(string)] = true
		}
		count, _ := m["count"].(map[string]any)
		if count["value"] != 7.0 || count["exact"] != true {
			t.Errorf("count = %v", count)
		}
		path = "tickets?limit=3&sort=number&cursor=" + m["next_cursor"].(string)
	}
	if len(seen) != 7 {
		t.Errorf("%d different tickets in three pages, want 7", len(seen))
	}
	first := w.as("GET", "tickets?limit=3", "").want(http.StatusOK)
	cursor, _ := first["next_cursor"].(string)
	w.as("GET", "tickets?limit=3&q=open:true&cursor="+cursor, "").refused(http.StatusBadRequest, "cursor-mismatch")
	w.as("GET", "tickets?cursor=zzz", "").refused(http.StatusBadRequest, "bad-cursor")
}

func TestTheLogCanBeCheckedByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("a")
	w.as("POST", "tickets/"+number+"/take", "").want(http.StatusOK)
	w.as("POST", "tickets/"+number+"/notes", `{"text":"A secret thought."}`).want(http.StatusOK)
	m := w.as("GET", "tickets/"+number+"/log?raw=1", "").want(http.StatusOK)
	prev := ""
	for _, item := range m["items"].([]any) {
		e, _ := item.(map[string]any)
		raw, err := base64.StdEncoding.DecodeString(e["bytes"].(string))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(append([]byte{0}, raw...))
		if got := hex.EncodeToString(sum[:]); got != e["hash"] || e["prev"] != prev {
			t.Errorf("entry %v does not hold", e["seq"])
		}
		if bytes.Contains(raw, []byte("secret thought")) {
			t.Errorf("private text stands in the bytes: %s", raw)
		}
		if e["summary"] == "" || e["actor"] == "" {
			t.Errorf("entry %v says nothing: %v", e["seq"], e)
		}
		prev, _ = e["hash"].(string)
	}
	note, _ := json.Marshal(m)
	if !strings.Contains(string(note), "A secret thought.") || !strings.Contains(string(note), "Ada took the ticket") {
		t.Errorf("the log does not tell what happened: %s", note)
	}
	one := w.as("GET", "tickets/"+number+"/log?limit=1", "").want(http.StatusOK)
	next := w.as("GET", "tickets/"+number+"/log?limit=1&cursor="+one["next_cursor"].(string), "").want(http.StatusOK)
	if e, _ := next["items"].([]any)[0].(map[string]any); e["seq"] != 2.0 || e["bytes"] != nil {
		t.Errorf("second page = %v", next)
	}
}

func TestFindingsOfATicketAndRelatedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.opened("a")
	m := w.as("GET", "tickets/"+number+"/findings", "").want(http.StatusOK)
	f, _ := m["items"].([]any)[0].(map[string]any)
	raw, _ := f["raw"].(map[string]any)
	if raw["Id"] != "a" || f["ticket"] != number || f["format"] != "asff" {
		t.Errorf("finding = %v", f)
	}
	id, _ := f["id"].(string)
	got := w.as("GET", "findings/"+id, "").want(http.StatusOK)
	if got["title"] != "S3 buckets should block public access" || got["created_at"] != "2026-11-01T00:00:00Z" || got["seen_count"] != 1.0 {
		t.Errorf("finding = %v", got)
	}
	w.as("GET", "findings/nothing", "").refused(http.StatusNotFound, "missing")
	w.as("GET", "tickets/"+number+"/related", "").want(http.StatusOK)
	second := w.as("POST", "tickets", `{"title":"b"}`).want(http.StatusCreated)
	m = w.as("POST", "tickets/"+number+"/links", `{"ticket":"`+second["number"].(string)+`"}`).want(http.StatusOK)
	if link, _ := m["links"].([]any)[0].(map[string]any); link["number"] != second["number"] {
		t.Errorf("links = %v", m["links"])
	}
}

func TestARecordedFindingIsPromoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	low := sampleOf("low", "LOW")
	m := w.as("POST", "findings", low).want(http.StatusOK)
	r, _ := m["results"].([]any)[0].(map[string]any)
	if r["outcome"] != "recorded" || r["ticket"] != "" {
		t.Fatalf("result = %v", r)
	}
	path := "findings/" + r["finding_id"].(string) + "/promote"
	made := w.as("POST", path, `{"reason":"I want to see it"}`).want(http.StatusCreated)
	if made["finding_count"] != 1.0 {
		t.Errorf("ticket = %v", made)
	}
	again := w.as("POST", path, `{"reason":"again"}`).refused(http.StatusConflict, "has-ticket")
	if again["ticket"] != made["number"] {
		t.Errorf("the problem does not name the ticket: %v", again)
	}
}

func TestThePolicyIsTriedAndReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opened("a")
	rules := `[{"name":"Nothing","match":"","then":"record","enabled":true}]`
	p := w.as("POST", "policy/preview", `{"rules":`+rules+`,"days":7}`).want(http.StatusOK)
	if p["would_open"] != 0.0 || p["of"] != 1.0 {
		t.Errorf("preview = %v", p)
	}
	tag := w.as("GET", "policy", "").header.Get("ETag")
	put := func(body, match string) answer {
		return w.do(req{method: "PUT", path: "policy", body: body, token: w.admin, header: map[string]string{"If-Match": match}})
	}
	bad := put(`{"rules":[{"name":"x","match":"colour:red","then":"open","enabled":true}]}`, tag)
	bad.refused(http.StatusUnprocessableEntity, "bad-query")
	if !strings.Contains(string(bad.body), "body.rules[0].match") {
		t.Errorf("the rule is not named: %s", bad.body)
	}
	put(`{"rules":`+rules+`}`, tag).want(http.StatusOK)
	stale := put(`{"rules":[]}`, tag).refused(http.StatusPreconditionFailed, "stale-revision")
	if stale["current"] == nil {
		t.Errorf("the problem does not hold the policy in force: %v", stale)
	}
	m := w.as("POST", "findings", sample("b")).want(http.StatusOK)
	if r, _ := m["results"].([]any)[0].(map[string]any); r["outcome"] != "recorded" {
		t.Errorf("the new policy is not in force: %v", r)
	}
}

func TestAConnectionIsSetUpAndItsSecretsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.as("POST", "connections", `{"kind":"paper","name":"Desk","settings":{"colour":"white"},"secrets":{"ink":"blue-black-7"}}`)
	m := a.want(http.StatusCreated)
	id, _ := m["id"].(string)
	if secrets, _ := m["secrets"].(map[string]any); secrets["ink"] != "set" || strings.Contains(string(a.body), "blue-black-7") {
		t.Errorf("connection = %s", a.body)
	}
	w.as("POST", "connections", `{"kind":"stone","name":"Desk 2"}`).refused(http.StatusUnprocessableEntity, "invalid")
	w.as("POST", "connections", `{"kind":"paper","name":"Desk"}`).refused(http.StatusConflict, "name-taken")
	if m := w.as("POST", "connections/"+id+"/test", "").want(http.StatusOK); m["ok"] != true || len(m["checks"].([]any)) != 1 {
		t.Errorf("test = %v", m)
	}
	change := req{method: "PATCH", path: "connections/" + id, body: `{"enabled":false}`, token: w.admin, header: map[string]string{"If-Match": a.header.Get("ETag")}}
	if m := w.do(change).want(http.StatusOK); m["enabled"] != false {
		t.Errorf("connection = %v", m)
	}
	w.do(change).refused(http.StatusPreconditionFailed, "stale-revision")
	if m := w.as("GET", "connectors", "").want(http.StatusOK); len(m["items"].([]any)) != 3 {
		t.Errorf("connectors = %v", m)
	}
	if a := w.as("GET", "connectors/aws/template", ""); a.status != 200 || !strings.Contains(string(a.body), "AWSTemplateFormatVersion") {
		t.Errorf("template: %d %.80s", a.status, a.body)
	}
	if a := w.as("DELETE", "connections/"+id, ""); a.status != http.StatusNoContent {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
	w.as("GET", "connections/"+id, "").refused(http.StatusNotFound, "missing")
}
