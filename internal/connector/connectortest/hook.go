package connectortest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// HookCall is a call that was proven.
type HookCall struct {
	ID   string
	Type string
	At   time.Time
	Data map[string]any
}

// Hook is a receiver of Standard Webhooks that takes only what is signed with
// one of its secrets, and tells copies apart by webhook-id.
type Hook struct {
	URL     string
	Secrets []string // whsec_…
	Now     func() time.Time
	// Fail answers instead of the receiver where it returns true.
	Fail func(w http.ResponseWriter) bool

	t     *testing.T
	mu    sync.Mutex
	calls []HookCall
}

// NewHook starts a receiver that ends with the test.
func NewHook(t *testing.T, now func() time.Time, secrets ...string) *Hook {
	t.Helper()
	h := &Hook{t: t, Secrets: secrets, Now: now}
	server := httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(server.Close)
	h.URL = server.URL + "/hook"
	return h
}

// Calls returns what was proven so far, copies included.
func (h *Hook) Calls() []HookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

func (h *Hook) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Fail != nil && h.Fail(w) {
		return
	}
	body, err := io.ReadAll(r.Body)
	id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	seconds, bad := strconv.ParseInt(stamp, 10, 64)
	late := h.Now().Sub(time.Unix(seconds, 0)).Abs()
	if err != nil || bad != nil || r.Method != http.MethodPost || id == "" || late > 5*time.Minute || !h.proven(id+"."+stamp+"."+string(body), r.Header.Get("webhook-signature")) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var b struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if json.Unmarshal(body, &b) != nil || b.Type == "" || b.Timestamp.IsZero() || b.Data == nil || r.Header.Get("Content-Type") != "application/json" {
		h.t.Errorf("not a body of Standard Webhooks: %s", body)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.calls = append(h.calls, HookCall{id, b.Type, b.Timestamp, b.Data})
	w.WriteHeader(http.StatusNoContent)
}

// proven checks the signatures as the specification describes it.
func (h *Hook) proven(signed, given string) bool {
	for _, secret := range h.Secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			h.t.Error(err)
		}
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, signed)
		for _, s := range strings.Split(given, " ") {
			version, signature, _ := strings.Cut(s, ",")
			raw, err := base64.StdEncoding.DecodeString(signature)
			if version == "v1" && err == nil && hmac.Equal(raw, mac.Sum(nil)) {
				return true
			}
		}
	}
	return false
}
