package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

// outcomes reads what became of each part.
func (a answer) outcomes() []string {
	a.t.Helper()
	out := []string{}
	for _, item := range a.want(http.StatusOK)["results"].([]any) {
		r, _ := item.(map[string]any)
		for _, name := range []string{"finding_id", "ticket", "ticket_id", "outcome", "error"} {
			if _, ok := r[name].(string); !ok {
				a.t.Errorf("%s is not a text: %v", name, r)
			}
		}
		out = append(out, r["outcome"].(string))
	}
	return out
}

func TestEachPartOfABodyIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	low := sampleOf("low", "LOW")
	body := "[" + sample("a") + "," + low + `,{"SchemaVersion":"2018-10-08","Id":7},` + sample("a") + "]"
	got := w.as("POST", "findings", body).outcomes()
	if want := "opened recorded quarantined duplicate"; strings.Join(got, " ") != want {
		t.Errorf("outcomes = %v, want %s", got, want)
	}
	q := w.as("GET", "quarantine?state=new", "").want(http.StatusOK)
	part, _ := q["items"].([]any)[0].(map[string]any)
	if part["reason"] == "" || part["source"] != "api" {
		t.Fatalf("quarantine = %v", part)
	}
	path := "quarantine/" + part["id"].(string)
	if one := w.as("GET", path, "").want(http.StatusOK); one["body"] == "" {
		t.Errorf("no bytes: %v", one)
	}
	if got := w.as("POST", path+"/retry", "").outcomes(); len(got) != 1 || got[0] != "quarantined" {
		t.Errorf("retry = %v", got)
	}
	if m := w.as("POST", path+"/dismiss", `{"reason":"a broken test"}`).want(http.StatusOK); m["state"] != "dismissed" {
		t.Errorf("dismissed = %v", m)
	}
	w.as("POST", "quarantine/none/dismiss", `{"reason":"x"}`).refused(http.StatusNotFound, "missing")
}

func TestABodyInWhichNothingCanBeToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, body := range map[string]string{"text": "hello", "nothing but space": "  \n ", "half a list": `[{"Id":`} {
		t.Run(name, func(t *testing.T) {
			a := w.as("POST", "findings", body)
			a.t = t
			a.refused(http.StatusBadRequest, "unreadable")
		})
	}
	w.as("POST", "findings", "").refused(http.StatusBadRequest, "unreadable")
}

func TestAFullDiskIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) {
		d.Intake = func(context.Context, string, []byte) ([]finding.Result, error) {
			return nil, fault.New(fault.Unavailable, "The disk is full.").WithSlug("disk-full").WithRetryAfter(30 * time.Second)
		}
	})
	a := w.as("POST", "findings", sample("a"))
	a.refused(http.StatusServiceUnavailable, "disk-full")
	if a.header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After = %q", a.header.Get("Retry-After"))
	}
}

func TestIntakeIsLimitedByFindingsOfEachToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *Deps) {
		d.IntakeRate = 1 // the burst stays 5,000
		d.Intake = func(_ context.Context, _ string, body []byte) ([]finding.Result, error) {
			return make([]finding.Result, strings.Count(string(body), "{")), nil
		}
	})
	full := "[" + strings.Repeat("{},", maxParts-1) + "{}]"
	w.as("POST", "findings", full).want(http.StatusOK)
	a := w.as("POST", "findings", "{}")
	a.refused(http.StatusTooManyRequests, "rate")
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After = %q", a.header.Get("Retry-After"))
	}
	other := w.token(identity.Analyst, identity.ScopeIntake)
	w.do(req{method: "POST", path: "findings", body: "{}", token: other}).want(http.StatusOK)
	w.later(time.Second)
	w.as("POST", "findings", "{}").want(http.StatusOK)
}

func TestABrowserSendsFindingsAsJSONOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.session()
	a := w.do(req{method: "POST", path: "findings", body: sample("a"), cookie: c, header: map[string]string{"Content-Type": "text/plain"}})
	a.refused(http.StatusUnsupportedMediaType, "media-type")
	w.do(req{method: "POST", path: "findings", body: sample("a"), cookie: c}).want(http.StatusOK)
}

// BenchmarkIntake is the whole way of a finding, from HTTP to the disk, with 64
// callers.
func BenchmarkIntake(b *testing.B) {
	w := newWorld(b, func(d *Deps) { d.IntakeRate = 1e9; d.Log = nil })
	token := w.token(identity.Analyst, identity.ScopeIntake)
	var n atomic.Int64
	b.SetParallelism(32) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			r := httptest.NewRequest(http.MethodPost, "/api/v1/findings", strings.NewReader(sample(fmt.Sprintf("f-%d", n.Add(1)))))
			r.Header.Set("Authorization", "Bearer "+token)
			out := httptest.NewRecorder()
			w.server.Handler().ServeHTTP(out, r)
			if out.Code != http.StatusOK {
				b.Errorf("%d %s", out.Code, out.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "findings/s")
}

// BenchmarkIntakeRoute is this room's part of it.
func BenchmarkIntakeRoute(b *testing.B) {
	one := []finding.Result{{FindingID: "01900000-0000-7000-8000-000000000000", Number: "INC-1", Ticket: "01900000-0000-7000-8000-000000000001", Outcome: finding.Opened}}
	w := newWorld(b, func(d *Deps) {
		d.IntakeRate, d.Log = 1e9, nil
		d.Intake = func(context.Context, string, []byte) ([]finding.Result, error) { return one, nil }
	})
	body := sample("a")
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/findings", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.admin)
		w.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
}
