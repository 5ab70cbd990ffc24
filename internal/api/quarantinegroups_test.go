package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tocsin/internal/finding"
)

// badParts is a body of parts that cannot be read, all for one reason.
func badParts(from, n int) string {
	var parts []string
	for i := from; i < from+n; i++ {
		parts = append(parts, fmt.Sprintf(`{"SchemaVersion":"2018-10-08","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Id":%d}`, i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func TestAGroupOfTheQuarantineIsDecidedAboutAsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("POST", "findings", badParts(0, 600)).want(http.StatusOK)
	w.as("POST", "findings", `{"what":1}`).want(http.StatusOK)
	groups := w.as("GET", "quarantine/groups?limit=1", "").want(http.StatusOK)
	first, _ := groups["items"].([]any)[0].(map[string]any)
	if first["count"] != 600.0 || first["source"] != "api" || strings.ContainsAny(first["reason"].(string), "0123456789") || groups["next_cursor"] == "" {
		t.Fatalf("%v", groups)
	}
	rest := w.as("GET", "quarantine/groups?limit=1&cursor="+groups["next_cursor"].(string), "").want(http.StatusOK)
	if other := rest["items"].([]any); len(other) != 1 || other[0].(map[string]any)["count"] != 1.0 || rest["next_cursor"] != "" {
		t.Errorf("%v", rest)
	}
	page := w.as("GET", "quarantine?limit=200&group="+first["id"].(string), "").want(http.StatusOK)
	if n := len(page["items"].([]any)); n != 200 || page["next_cursor"] == "" {
		t.Errorf("%d parts of the group", n)
	}
	body := func(more map[string]any) string {
		all := map[string]any{"reason": first["reason"], "field": first["field"], "source": "api"}
		for name, value := range more {
			all[name] = value
		}
		text, _ := json.Marshal(all)
		return string(text)
	}
	one := w.as("POST", "quarantine/groups/retry", body(nil)).want(http.StatusOK)
	two := w.as("POST", "quarantine/groups/retry", body(map[string]any{"cursor": one["next_cursor"]})).want(http.StatusOK)
	if one["unreadable"] != 500.0 || two["unreadable"] != 100.0 || one["done"] != 0.0 || two["next_cursor"] != "" {
		t.Errorf("retried %v, then %v", one, two)
	}
	one = w.as("POST", "quarantine/groups/dismiss", body(map[string]any{"note": "known"})).want(http.StatusOK)
	two = w.as("POST", "quarantine/groups/dismiss", body(map[string]any{"note": "known"})).want(http.StatusOK)
	if one["done"] != 500.0 || two["done"] != 100.0 || one["next_cursor"] == "" || two["next_cursor"] != "" {
		t.Errorf("dismissed %v, then %v", one, two)
	}
	gone := w.as("GET", "quarantine/groups?state=dismissed", "").want(http.StatusOK)
	if left := w.as("GET", "quarantine/groups", "").want(http.StatusOK); len(left["items"].([]any)) != 1 || gone["items"].([]any)[0].(map[string]any)["count"] != 600.0 {
		t.Errorf("left %v, dismissed %v", left, gone)
	}
	w.as("POST", "quarantine/groups/dismiss", body(nil)).refused(http.StatusUnprocessableEntity, "invalid")
}

// What can be read by now leaves the list; what still cannot goes on waiting.
func TestRetryingAGroupTakesInWhatCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("POST", "findings", badParts(0, 3)).want(http.StatusOK)
	items := w.as("GET", "quarantine", "").want(http.StatusOK)["items"].([]any)
	part := items[0].(map[string]any)
	// A newer version reads one of them.
	good := w.deps.Again
	w.server.deps.Again = func(ctx context.Context, source string, body []byte) ([]finding.Result, error) {
		if strings.Contains(string(body), `"Id":1}`) {
			return good(ctx, source, []byte(sample("read-now")))
		}
		return good(ctx, source, body)
	}
	text, _ := json.Marshal(map[string]any{"reason": part["reason"], "field": part["field"], "source": "api"})
	if got := w.as("POST", "quarantine/groups/retry", string(text)).want(http.StatusOK); got["done"] != 1.0 || got["unreadable"] != 2.0 {
		t.Errorf("%v", got)
	}
	for state, n := range map[string]int{"new": 2, "retried": 1} {
		if got := w.as("GET", "quarantine?state="+state, "").want(http.StatusOK)["items"].([]any); len(got) != n {
			t.Errorf("%d %s", len(got), state)
		}
	}
}

func TestAConnectionWithoutRegionsIsNotCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.as("POST", "connections", `{"kind":"paper","name":"sheet"}`).want(http.StatusCreated)
	if lines, ok := made["reconcile"].([]any); !ok || len(lines) != 0 {
		t.Errorf("reconcile is %v", made["reconcile"])
	}
	w.as("POST", "connections/"+made["id"].(string)+"/reconcile", "").refused(http.StatusConflict, "nothing-to-reconcile")
	w.as("POST", "connections/none/reconcile", "").refused(http.StatusNotFound, "missing")
}
