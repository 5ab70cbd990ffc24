package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestViewsAreSavedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opened("views")
	a := w.as("POST", "views", `{"name":"Buckets","q":"open:true title~bucket","columns":["number","title:300"]}`)
	v := a.want(http.StatusCreated)
	id, _ := v["id"].(string)
	if a.header.Get("ETag") != `"1"` || v["scope"] != "personal" || v["mine"] != true || v["sort"] != "-severity" {
		t.Fatalf("view = %s", a.body)
	}
	if v := w.as("GET", "views/buckets", "").want(http.StatusOK); v["id"] != id || fmt.Sprint(v["count"].(map[string]any)["value"]) != "1" {
		t.Errorf("by name: %v", v)
	}
	w.as("PATCH", "views/"+id, `{"name":"Open buckets"}`).refused(http.StatusPreconditionRequired, "precondition-required")
	stale := w.do(req{method: "PATCH", path: "views/" + id, body: `{"name":"x"}`, token: w.admin, header: map[string]string{"If-Match": `"9"`}})
	if m := stale.refused(http.StatusPreconditionFailed, "stale-revision"); m["current"].(map[string]any)["name"] != "Buckets" {
		t.Errorf("what is there now: %v", m["current"])
	}
	match := map[string]string{"If-Match": `"1"`}
	if v := w.do(req{method: "PATCH", path: "views/" + id, body: `{"name":"Open buckets","scope":"shared"}`, token: w.admin, header: match}).want(http.StatusOK); v["rev"] != 2.0 {
		t.Errorf("changed: %v", v)
	}
	list := w.as("GET", "views", "").want(http.StatusOK)
	names := []string{}
	for _, item := range list["items"].([]any) {
		names = append(names, item.(map[string]any)["name"].(string))
	}
	if got := strings.Join(names, ", "); got != "All open, Mine, Unowned, Unacknowledged, Critical and high, Offered to me, Closed today, Open buckets" {
		t.Errorf("views: %s", got)
	}
	w.do(req{method: "DELETE", path: "views/" + id, token: w.admin, header: map[string]string{"If-Match": `"2"`}}).want(http.StatusNoContent)
	w.as("GET", "views/"+id, "").refused(http.StatusNotFound, "missing")
}

func TestAMistakeInAViewSaysWhereItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.as("POST", "views", `{"name":"x","q":"open:true severty>=high"}`).refused(http.StatusUnprocessableEntity, "bad-query")
	first := m["errors"].([]any)[0].(map[string]any)
	if m["offset"] != 10.0 || m["length"] != 7.0 || m["did_you_mean"] != "severity" || first["location"] != "body.q" {
		t.Errorf("problem: %v", m)
	}
	for path, body := range map[string]string{
		"tickets?q=severty:high": "", "findings?q=severty:high": "",
	} {
		if m := w.as("GET", path, body).want(http.StatusUnprocessableEntity); m["offset"] != 0.0 || m["length"] != 7.0 || m["did_you_mean"] != "severity" {
			t.Errorf("%s: %v", path, m)
		}
	}
}

func TestViewsForOthersNeedALead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	analyst := w.token("analyst")
	w.do(req{method: "POST", path: "views", body: `{"name":"x","q":"","scope":"shared"}`, token: analyst}).refused(http.StatusForbidden, "denied")
	w.do(req{method: "POST", path: "views", body: `{"name":"x","q":""}`, token: analyst}).want(http.StatusCreated)
	if m := w.as("GET", "views?counts=false", "").want(http.StatusOK); len(m["items"].([]any)) != 7 {
		t.Errorf("another's own view is seen: %v", m["items"])
	}
}

func TestListsAreOfferedWhileAFilterIsTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(req{method: "PUT", path: "lists/vips", token: w.admin, body: `{"kind":"text","items":[{"value":"a","note":""}]}`, header: map[string]string{"If-None-Match": "*"}})
	m := w.as("GET", "query/complete?on=tickets&q=owner:@&pos=7", "").want(http.StatusOK)
	if items := m["items"].([]any); len(items) != 1 || items[0].(map[string]any)["text"] != "@vips" {
		t.Errorf("offered: %v", m)
	}
	w.as("GET", "tickets?q=owner:@vip", "").refused(http.StatusUnprocessableEntity, "bad-query")
	w.as("GET", "tickets?q=owner:@vips", "").want(http.StatusOK)
	w.as("GET", "findings?q=account:@vip", "").refused(http.StatusUnprocessableEntity, "bad-query")
	w.as("GET", "findings?q=account:@vips", "").want(http.StatusOK)
}
