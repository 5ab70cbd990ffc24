package connectortest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// PagerDuty is a stand-in for the Events API v2 that takes only what its
// published schema allows, and keeps the state of alarms.
type PagerDuty struct {
	URL, Key string
	// Fail answers instead of the stand-in where it returns true.
	Fail func(w http.ResponseWriter) bool

	mu     sync.Mutex
	events []map[string]any
	state  map[string]string
}

// NewPagerDuty starts a stand-in that ends with the test.
func NewPagerDuty(t *testing.T, key string) *PagerDuty {
	t.Helper()
	p := &PagerDuty{Key: key, state: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.URL = server.URL + "/v2/enqueue"
	return p
}

// Events returns what was accepted so far.
func (p *PagerDuty) Events() []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// State tells how an alarm is: triggered, acknowledged, resolved, or "".
func (p *PagerDuty) State(key string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state[key]
}

func (p *PagerDuty) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Fail != nil && p.Fail(w) {
		return
	}
	var e map[string]any
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 512<<10)).Decode(&e)
	faults := []string{}
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v2/enqueue" || r.Header.Get("Content-Type") != "application/json":
		faults = append(faults, "not a JSON POST to /v2/enqueue")
	case err != nil:
		faults = append(faults, "JSON parse error: "+err.Error())
	default:
		faults = p.faults(e)
	}
	w.Header().Set("Content-Type", "application/json")
	if len(faults) > 0 {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": faults})
		return
	}
	p.events = append(p.events, e)
	key := e["dedup_key"].(string)
	p.state[key] = map[string]string{"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}[e["event_action"].(string)]
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "message": "Event processed", "dedup_key": key})
}

func (p *PagerDuty) faults(e map[string]any) (out []string) {
	for name := range e {
		if !slices.Contains([]string{"payload", "routing_key", "event_action", "dedup_key", "client", "client_url", "links", "images"}, name) {
			out = append(out, fmt.Sprintf("'%s' is not known", name))
		}
	}
	if e["routing_key"] != p.Key {
		out = append(out, "'routing_key' is of no integration")
	}
	action, _ := e["event_action"].(string)
	if !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, action) {
		out = append(out, "'event_action' is none")
	}
	if key, _ := e["dedup_key"].(string); key == "" || len(key) > 255 {
		out = append(out, "'dedup_key' has not 1 to 255 characters")
	}
	if action == "trigger" {
		out = append(out, wrongPayload(e)...)
	}
	return out
}

func wrongPayload(e map[string]any) (out []string) {
	payload, ok := e["payload"].(map[string]any)
	if !ok {
		return []string{"'payload' is missing"}
	}
	summary, _ := payload["summary"].(string)
	source, _ := payload["source"].(string)
	severity, _ := payload["severity"].(string)
	at, _ := payload["timestamp"].(string)
	if n := utf8.RuneCountInString(summary); n < 1 || n > 1024 {
		out = append(out, "'payload.summary' has not 1 to 1024 characters")
	}
	if source == "" || !slices.Contains([]string{"critical", "error", "warning", "info"}, severity) {
		out = append(out, "'payload.source' or 'payload.severity' is wrong")
	}
	if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
		out = append(out, "'payload.timestamp' is no time")
	}
	if _, ok := payload["custom_details"].(map[string]any); !ok {
		out = append(out, "'payload.custom_details' is no object")
	}
	links, _ := e["links"].([]any)
	for _, l := range links {
		o, _ := l.(map[string]any)
		href, _ := o["href"].(string)
		if u, err := url.Parse(href); err != nil || u.Host == "" {
			out = append(out, "'links' has no address")
		}
	}
	return out
}
