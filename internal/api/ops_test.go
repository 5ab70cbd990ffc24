package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	s, err := New(Deps{DB: d.At(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: s}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if a := w.do(req{method: "GET", path: path}); a.status != 200 || string(a.body) != want {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	}
	// A database that cannot be written makes the node not ready, a second
	// later at the latest.
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ahead.Add(int64(2 * time.Second))
	a := w.do(req{method: "GET", path: "/readyz"})
	a.refused(http.StatusServiceUnavailable, "not-ready")
	if a := w.do(req{method: "GET", path: "/healthz"}); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
}

func TestAProbeCostsAtMostOneLookASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.d.Gauges().Closures.Load()
	for range 50 {
		w.do(req{method: "GET", path: "/readyz"})
	}
	if looks := w.d.Gauges().Closures.Load() - before; looks > 3 {
		t.Errorf("%d transactions for 50 probes", looks)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("GET", "tickets", "").want(http.StatusOK)
	w.do(req{method: "GET", path: "/metrics"}).refused(http.StatusUnauthorized, "unauthenticated")
	w.do(req{method: "GET", path: "/metrics", token: w.token(identity.Analyst)}).refused(http.StatusForbidden, "permission")
	a := w.do(req{method: "GET", path: "/metrics", token: w.token(identity.Auditor)})
	if a.status != 200 || !strings.Contains(string(a.body), `tocsin_http_request_duration_seconds_count{route="GET /api/v1/tickets",status="200"} 1`) {
		t.Errorf("metrics: %d %.300s", a.status, a.body)
	}
	open := newWorld(t, func(d *Deps) { d.MetricsOpen = true })
	if a := open.do(req{method: "GET", path: "/metrics"}); a.status != 200 {
		t.Errorf("open metrics: %d", a.status)
	}
}

func TestTheDescription(t *testing.T) {
	t.Parallel()
	s, err := New(Deps{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := s.Spec()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("is the same each time", func(t *testing.T) {
		again, err := New(Deps{PublicURL: "https://soc.example.org"})
		if err != nil {
			t.Fatal(err)
		}
		if other, err := again.Spec(); err != nil || !bytes.Equal(spec, other) {
			t.Errorf("it differs, %v", err)
		}
	})
	t.Run("names no host", func(t *testing.T) {
		if found := regexp.MustCompile(`https?://[^\s"]+`).FindAll(spec, -1); found != nil {
			t.Errorf("it names %s", found)
		}
	})
	var doc struct {
		Paths      map[string]map[string]operationDoc `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(s.SpecJSON(), &doc); err != nil {
		t.Fatal(err)
	}
	t.Run("names every parameter of a path", func(t *testing.T) {
		for path, operations := range doc.Paths {
			for method, op := range operations {
				for _, name := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(path, -1) {
					if !op.has("path", name[1]) {
						t.Errorf("%s %s does not describe %s", method, path, name[1])
					}
				}
				if (method == "post") != op.has("header", "Idempotency-Key") {
					t.Errorf("%s %s: Idempotency-Key", method, path)
				}
				if op.Responses["default"] == nil {
					t.Errorf("%s %s describes no problem", method, path)
				}
			}
		}
	})
	t.Run("holds every route and schema, and nothing of huma's own", func(t *testing.T) {
		for _, o := range s.routes {
			path, ours := strings.CutPrefix(o.path, prefix)
			if _, found := doc.Paths[path][strings.ToLower(o.method)]; ours && !found {
				t.Errorf("%s is not described", o.key())
			}
		}
		for name := range doc.Components.Schemas {
			if strings.Contains(name, "Error") || strings.Contains(name, "Input") || strings.Contains(name, "Output") {
				t.Errorf("schema %s", name)
			}
		}
		for _, ref := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllSubmatch(s.SpecJSON(), -1) {
			if doc.Components.Schemas[string(ref[1])] == nil {
				t.Errorf("schema %s is named and not there", ref[1])
			}
		}
		if bytes.Contains(spec, []byte("$schema")) {
			t.Error("$schema")
		}
	})
	t.Run("allows no list to be null", func(t *testing.T) {
		if bytes.Contains(s.SpecJSON(), []byte(`["array","null"]`)) {
			t.Error("one does")
		}
	})
}

type operationDoc struct {
	Parameters []struct {
		In   string `json:"in"`
		Name string `json:"name"`
	} `json:"parameters"`
	Responses map[string]json.RawMessage `json:"responses"`
}

func (o operationDoc) has(in, name string) bool {
	for _, p := range o.Parameters {
		if p.In == in && p.Name == name {
			return true
		}
	}
	return false
}

// TestTheCommittedDescriptionIsFresh is make verify's question, asked early.
func TestTheCommittedDescriptionIsFresh(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "api", "openapi.yaml")
	committed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("SKIPPED: api/openapi.yaml is not made yet: make generate")
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if spec, err := s.Spec(); err != nil || !bytes.Equal(spec, committed) {
		t.Errorf("api/openapi.yaml is stale: make generate (%v)", err)
	}
}
