package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

// items lists one member of each item of a page.
func itemsOf(m map[string]any, list, member string) (out []string) {
	items, _ := m[list].([]any)
	for _, i := range items {
		one, _ := i.(map[string]any)
		out = append(out, fmt.Sprint(one[member]))
	}
	return out
}

// pages reads a list whole, one item a page.
func (w *world) pages(path, member string) (out []string) {
	w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	cursor := ""
	for range 50 {
		m := w.as("GET", path+sep+"limit=1&cursor="+cursor, "").want(http.StatusOK)
		out = append(out, itemsOf(m, "items", member)...)
		if cursor, _ = m["next_cursor"].(string); cursor == "" {
			return out
		}
	}
	w.t.Fatalf("%s has no end", path)
	return nil
}

func TestTicketsAreMergedAndUnmerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.opened("a"), w.opened("b"), w.opened("c")
	m := w.as("POST", "tickets/"+a+"/merge", `{"tickets":["`+b+`"],"reason":"one intruder"}`).want(http.StatusOK)
	if got := fmt.Sprint(m["number"], m["finding_count"], itemsOf(m, "results", "number"), itemsOf(m, "results", "outcome"), itemsOf(m, "merged", "number")); got != fmt.Sprint(a, 2, []string{b}, []string{"merged"}, []string{b}) {
		t.Errorf("merged: %s", got)
	}
	key := req{method: "POST", path: "tickets/" + c + "/merge", body: `{"into":"` + a + `"}`, token: w.admin, header: map[string]string{"Idempotency-Key": "once"}}
	first := w.do(key).want(http.StatusOK)
	again := w.do(key).want(http.StatusOK)
	if first["rev"] != again["rev"] || first["number"] != a {
		t.Errorf("the same request twice: %v, %v", first["rev"], again["rev"])
	}
	if got := fmt.Sprint(w.pages("tickets/"+a+"/findings", "ticket")); got != fmt.Sprint([]string{a, b, c}) {
		t.Errorf("findings of the union come from %s", got)
	}
	log := w.pages("tickets/"+a+"/log?merged=1", "ticket")
	if got := fmt.Sprint(log); got != fmt.Sprint([]string{a, a, b, b, c, c, a, b, a, c}) {
		t.Errorf("the log of all comes from %s", got)
	}
	m = w.as("GET", "tickets/"+a+"/log", "").want(http.StatusOK)
	if got := strings.Join(itemsOf(m, "items", "summary"), "\n"); !strings.Contains(got, "Ada merged "+b+" into "+a+". Reason: one intruder") {
		t.Errorf("the log says %s", got)
	}
	shown := w.as("GET", "tickets/"+b, "").want(http.StatusOK)
	into, _ := shown["merged_into"].(map[string]any)
	if into["number"] != a || shown["resolution"] != "merged" {
		t.Errorf("merged ticket: %v", shown)
	}
	w.as("POST", "tickets/"+b+"/unmerge", `{"reason":"two after all"}`).want(http.StatusOK)
	if m := w.as("GET", "tickets/"+b, "").want(http.StatusOK); m["phase"] != "detect" || m["merged_into"] != nil {
		t.Errorf("unmerged ticket: %v", m)
	}
	if got := fmt.Sprint(w.pages("tickets/"+a+"/findings", "ticket")); got != fmt.Sprint([]string{a, c}) {
		t.Errorf("findings afterwards come from %s", got)
	}
}

func TestAMergeSaysWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.opened("a"), w.opened("b"), w.opened("c")
	w.as("POST", "tickets/"+a+"/merge", `{}`).refused(http.StatusUnprocessableEntity, "invalid")
	w.as("POST", "tickets/"+a+"/merge", `{"tickets":["`+b+`"],"into":"`+c+`"}`).refused(http.StatusUnprocessableEntity, "invalid")
	w.as("POST", "tickets/"+a+"/merge", `{"tickets":["`+a+`"]}`).refused(http.StatusUnprocessableEntity, "invalid")
	w.as("POST", "tickets/INC-99/merge", `{"tickets":["`+a+`"]}`).refused(http.StatusNotFound, "missing")
	w.as("POST", "tickets/"+a+"/merge", `{"tickets":["`+b+`"]}`).want(http.StatusOK)
	m := w.as("POST", "tickets/"+b+"/merge", `{"tickets":["`+c+`"]}`).refused(http.StatusConflict, "already-merged")
	if m["into"] != a {
		t.Errorf("the way out: %v", m)
	}
	w.as("POST", "tickets/"+c+"/merge", `{"tickets":["`+b+`"]}`).refused(http.StatusConflict, "already-merged")
	w.as("POST", "tickets/"+b+"/reopen", `{"reason":"x"}`).refused(http.StatusConflict, "merged")
	w.as("POST", "tickets/"+c+"/unmerge", `{}`).refused(http.StatusConflict, "not-merged")
	viewer := w.token(identity.Viewer)
	for path, body := range map[string]string{"merge": `{"into":"` + a + `"}`, "unmerge": `{}`, "split": `{"findings":["x"]}`} {
		w.do(req{method: "POST", path: "tickets/" + c + "/" + path, body: body, token: viewer}).refused(http.StatusForbidden, "permission")
	}
	w.as("GET", "tickets/"+a+"/log?merged=1&cursor=x", "").refused(http.StatusBadRequest, "bad-cursor")
	w.as("GET", "tickets/"+a+"/findings?cursor=x", "").refused(http.StatusBadRequest, "bad-cursor")
}

func TestFindingsAreSplitOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.d.Write(db.As(context.Background(), identity.Main, "system:test"), func(tx *db.Tx) error {
		_, err := w.deps.Tickets.SetPolicy(tx, ticket.PolicyChange{Reason: "a test", Sections: ticket.Sections{
			Groups: []ticket.Group{{Name: "g", By: []string{"account"}, Within: "1h", Enabled: true}},
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a := w.opened("a")
	w.as("POST", "findings", sample("b")).want(http.StatusOK)
	m := w.as("GET", "tickets/"+a+"/findings", "").want(http.StatusOK)
	ids := itemsOf(m, "items", "id")
	if len(ids) != 2 {
		t.Fatalf("findings: %v", ids)
	}
	w.as("POST", "tickets/"+a+"/split", `{"findings":["`+strings.Join(ids, `","`)+`"]}`).refused(http.StatusUnprocessableEntity, "invalid")
	made := w.as("POST", "tickets/"+a+"/split", `{"findings":["`+ids[1]+`"],"title":"Another matter","reason":"not the same"}`).want(http.StatusOK)
	if made["title"] != "Another matter" || made["finding_count"] != 1.0 || made["number"] == a {
		t.Errorf("the new ticket: %v", made)
	}
	m = w.as("POST", "tickets/"+a+"/merge", `{"tickets":["`+made["id"].(string)+`"]}`).want(http.StatusOK)
	if m["finding_count"] != 2.0 {
		t.Errorf("merged back: %v", m["finding_count"])
	}
}
