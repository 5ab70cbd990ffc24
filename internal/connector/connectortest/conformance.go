package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// Fixture is what Run needs to know about a kind.
type Fixture struct {
	Settings string            // settings that are whole and right, as JSON
	Secrets  map[string]string // secrets that go with them, each at least 12 characters
	Readme   string            // the connector's README.md
	Offline  bool              // Check needs no network
}

// Run holds a kind to what every connector promises.
func Run(t *testing.T, k connector.Kind, f Fixture) {
	t.Run("the manifest is whole and survives JSON", func(t *testing.T) { manifest(t, k.Manifest) })
	t.Run("the README names every field and option", func(t *testing.T) { readme(t, k.Manifest.Fields, f.Readme) })
	t.Run("what cannot be right is refused by field", func(t *testing.T) { refusals(t, k, f) })
	t.Run("a dead network is said, not hidden", func(t *testing.T) { deadNetwork(t, k, f) })
	t.Run("a check ends with its context", func(t *testing.T) { cancelled(t, k, f) })
	t.Run("feeds start, say so and stop", func(t *testing.T) { feeds(t, k, f) })
}

// rig is one connector on a dead network with everything it said.
type rig struct {
	connector connector.Connector
	net       deadNet
	mu        sync.Mutex
	log       bytes.Buffer
}

// Write implements io.Writer for the log.
func (r *rig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

type deadNet struct{ asked atomic.Int64 }

// RoundTrip implements http.RoundTripper.
func (d *deadNet) RoundTrip(*http.Request) (*http.Response, error) {
	d.asked.Add(1)
	return nil, errors.New("the network of the conformance test is down")
}

// Dial is the same for what does not speak HTTP.
func (d *deadNet) Dial(context.Context, string, string) (net.Conn, error) {
	d.asked.Add(1)
	return nil, errors.New("the network of the conformance test is down")
}

func build(t *testing.T, k connector.Kind, settings string, secrets map[string]string) (*rig, error) {
	t.Helper()
	r := &rig{}
	c := connector.Config{
		Settings: json.RawMessage(settings), Secrets: secretsOf(Fixture{Secrets: secrets}),
		HTTP: &http.Client{Transport: &r.net}, Metadata: &http.Client{Transport: &r.net}, Dial: r.net.Dial, Now: func() time.Time { return time.Unix(1795435200, 0) },
		Log: slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	var err error
	r.connector, err = k.New(c)
	return r, err
}

func secretsOf(f Fixture) map[string]connector.Secret {
	m := map[string]connector.Secret{}
	for name, value := range f.Secrets {
		m[name] = connector.NewSecret(value)
	}
	return m
}

func mustMake(t *testing.T, k connector.Kind, f Fixture) *rig {
	t.Helper()
	r, err := build(t, k, f.Settings, f.Secrets)
	if err != nil {
		t.Fatalf("New with the fixture: %v", err)
	}
	return r
}

// quiet fails when a secret's value shows up in anything that was said.
func (r *rig) quiet(t *testing.T, f Fixture, said ...any) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	text := r.log.String() + fmt.Sprintf("%v %+v %#v", r.connector, r.connector, r.connector)
	for _, s := range said {
		text += fmt.Sprintf(" %+v", s)
	}
	for name, value := range f.Secrets {
		if len(value) < 12 {
			t.Fatalf("the fixture's secret %s is too short to look for", name)
		}
		if strings.Contains(text, value) {
			t.Errorf("secret %s was said aloud", name)
		}
	}
}

func manifest(t *testing.T, m connector.Manifest) {
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back connector.Manifest
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, back); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(text), `s":null`) {
		t.Errorf("a list is null in %s", text)
	}
}

func readme(t *testing.T, fields []connector.Field, text string) {
	for _, f := range fields {
		if !strings.Contains(text, "`"+f.Name+"`") {
			t.Errorf("field %s is not mentioned", f.Name)
		}
		for _, o := range f.Options {
			if !strings.Contains(text, "`"+o.Value+"`") {
				t.Errorf("value %s of %s is not mentioned", o.Value, f.Name)
			}
		}
		readme(t, f.Fields, text)
	}
}

func refusals(t *testing.T, k connector.Kind, f Fixture) {
	var settings map[string]any
	if err := json.Unmarshal([]byte(f.Settings), &settings); err != nil {
		t.Fatal(err)
	}
	change := func(name string, value any) string {
		changed := map[string]any{}
		for n, v := range settings {
			changed[n] = v
		}
		changed[name] = value
		text, _ := json.Marshal(changed)
		return string(text)
	}
	try := func(at, settings string, secrets map[string]string) {
		t.Helper()
		_, err := build(t, k, settings, secrets)
		if !names(err, at) {
			t.Errorf("got %v, want fault.Invalid naming %s", err, at)
		}
	}
	try("settings.surprise", change("surprise", 1), f.Secrets)
	try("settings", `[]`, f.Secrets)
	try("settings", `{"x":1} trailing`, f.Secrets)
	try("secrets.surprise", f.Settings, map[string]string{"surprise": "a secret of no use"})
	for _, field := range k.Manifest.Fields {
		switch {
		case field.Secret:
		case field.Type == connector.TypeMapping:
			try("settings."+field.Name, change(field.Name, []any{"not this"}), f.Secrets)
		default:
			try("settings."+field.Name, change(field.Name, map[string]any{"not": "this"}), f.Secrets)
		}
		if field.Secret && field.Required && f.Secrets[field.Name] != "" {
			try("secrets."+field.Name, f.Settings, nil)
		}
		if field.Type == connector.TypeChoice {
			try("settings."+field.Name, change(field.Name, "no such choice"), f.Secrets)
		}
		if field.Type == connector.TypeRows {
			try("settings."+field.Name+"[0].surprise", change(field.Name, []any{map[string]any{"surprise": 1}}), f.Secrets)
		}
	}
}

func names(err error, at string) bool {
	f := fault.As(err)
	if f == nil || f.Code != fault.Invalid {
		return false
	}
	for _, field := range f.Fields {
		if field.Location == at {
			return true
		}
	}
	return false
}

func deadNetwork(t *testing.T, k connector.Kind, f Fixture) {
	r := mustMake(t, k, f)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	checks := r.connector.Check(ctx)
	r.quiet(t, f, checks)
	if len(checks) == 0 {
		t.Fatal("Check said nothing")
	}
	for _, c := range checks {
		if c.Name == "" || c.Detail == "" {
			t.Errorf("a check needs a name and a sentence: %+v", c)
		}
	}
	if f.Offline {
		return
	}
	if _, err := k.New(connector.Config{Settings: json.RawMessage(f.Settings), Secrets: secretsOf(f)}); err == nil {
		t.Error("New must refuse a Config without a way into the network, or it would open sockets of its own")
	}
	if r.net.asked.Load() == 0 {
		t.Error("nothing went through Config.HTTP or Config.Dial")
	}
	if checks[0].OK {
		t.Errorf("the first check passed without a network: %+v", checks[0])
	}
}

func cancelled(t *testing.T, k connector.Kind, f Fixture) {
	r := mustMake(t, k, f)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := make(chan []connector.Check, 1)
	go func() { done <- r.connector.Check(ctx) }()
	select {
	case checks := <-done:
		if len(checks) == 0 || checks[0].OK {
			t.Errorf("a check that could not run must say so: %+v", checks)
		}
	case <-time.After(5 * time.Second):
		t.Error("Check went on for 5 s after its context had ended")
	}
}

func feeds(t *testing.T, k connector.Kind, f Fixture) {
	r := mustMake(t, k, f)
	feeder, ok := r.connector.(connector.Feeder)
	if !ok {
		t.Skip("not a feeder")
	}
	seen := map[string]bool{}
	for _, feed := range feeder.Feeds() {
		if feed.Name == "" || seen[feed.Name] {
			t.Errorf("feed name %q is empty or there twice", feed.Name)
		}
		seen[feed.Name] = true
		sink := &Sink{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- feed.Run(ctx, sink) }()
		Eventually(t, 20*time.Second, feed.Name+" reports its health", func() bool {
			h := sink.Health().Health
			return h == connector.HealthFailing || h == connector.HealthOK
		})
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: Run returned %v after its context had ended", feed.Name, err)
			}
		case <-time.After(12 * time.Second):
			t.Errorf("%s: Run went on for 12 s after its context had ended", feed.Name)
		}
		r.quiet(t, f, sink.Events())
		for _, e := range sink.Events() {
			if e.Feed != feed.Name || (e.Health == connector.HealthFailing && e.Detail == "") {
				t.Errorf("an event must name its feed, and a failing one say why: %+v", e)
			}
		}
	}
}
