package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

// demoWorld has a filler that makes one ticket when it is let go.
func demoWorld(t *testing.T) (w *world, release chan error) {
	t.Helper()
	release = make(chan error)
	w = newWorld(t, func(d *Deps) {
		d.Demo = func(ctx context.Context, progress func(done, total int)) error {
			progress(1, 2)
			if err := <-release; err != nil {
				return err
			}
			_, err := w.intake(identity.System(identity.Main, "demo").As(ctx), finding.SourceDemo, []byte(sample("demo")))
			return err
		}
	})
	return w, release
}

func (w *world) demoState() map[string]any {
	w.t.Helper()
	return w.as("GET", "demo", "").want(http.StatusOK)
}

func (w *world) untilDemo(state string) map[string]any {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if m := w.demoState(); m["state"] == state {
			return m
		}
	}
	w.t.Fatalf("the demo is never %s", state)
	return nil
}

func TestTheDemoIsFilledOnceAndThenShown(t *testing.T) {
	t.Parallel()
	w, release := demoWorld(t)
	if m := w.demoState(); m["state"] != "none" {
		t.Fatalf("demo = %v", m)
	}
	for range 2 { // the second finds it running
		if m := w.as("POST", "demo", "").want(http.StatusAccepted); m["state"] != "running" {
			t.Fatalf("demo = %v", m)
		}
	}
	if m := w.untilDemo("running"); m["total"] == 2.0 && m["done"] != 1.0 {
		t.Errorf("demo = %v", m)
	}
	if me := w.as("GET", "session", "").want(http.StatusOK); me["demo"] != false {
		t.Errorf("me = %v", me)
	}
	release <- nil
	w.untilDemo("done")
	if me := w.as("GET", "session", "").want(http.StatusOK); me["demo"] != true {
		t.Errorf("me = %v", me)
	}
	if m := w.as("POST", "demo", "").want(http.StatusAccepted); m["state"] != "done" {
		t.Errorf("demo = %v", m)
	}
}

func TestTheDemoIsRefusedWhereSomethingIs(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(w *world){
		"a ticket":           func(w *world) { w.as("POST", "tickets", `{"title":"real"}`).want(http.StatusCreated) },
		"a recorded finding": func(w *world) { w.as("POST", "findings", sampleOf("low", "LOW")).want(http.StatusOK) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := demoWorld(t)
			fill(w)
			if m := w.demoState(); m["state"] != "refused" {
				t.Errorf("demo = %v", m)
			}
			w.as("POST", "demo", "").refused(http.StatusConflict, "not-empty")
		})
	}
}

func TestAFillingThatFailedSaysSoAndCanBeginAgain(t *testing.T) {
	t.Parallel()
	w, release := demoWorld(t)
	w.as("POST", "demo", "").want(http.StatusAccepted)
	release <- fault.New(fault.Conflict, "The people of the story exist.").WithSlug("already-running")
	for deadline := time.Now().Add(10 * time.Second); w.as("GET", "demo", "").status == http.StatusOK; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the failure is never told")
		}
	}
	w.as("GET", "demo", "").refused(http.StatusConflict, "already-running")
	w.as("POST", "demo", "").want(http.StatusAccepted)
	release <- nil
	w.untilDemo("done")
}
