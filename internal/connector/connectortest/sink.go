package connectortest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connector"
)

// Sink is a connector.Sink that records. The zero value keeps everything.
type Sink struct {
	// Answer, when set, decides over one batch; called outside any lock.
	Answer func(ctx context.Context, batch []connector.Message) ([]connector.Verdict, error)

	mu       sync.Mutex
	messages []connector.Message
	events   []connector.FeedEvent
}

// Take implements connector.Sink.
func (s *Sink) Take(ctx context.Context, batch []connector.Message) ([]connector.Verdict, error) {
	s.mu.Lock()
	s.messages = append(s.messages, batch...)
	s.mu.Unlock()
	if s.Answer != nil {
		return s.Answer(ctx, batch)
	}
	return slices.Repeat([]connector.Verdict{connector.VerdictKept}, len(batch)), nil
}

// Report implements connector.Sink.
func (s *Sink) Report(e connector.FeedEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// Messages returns every delivery so far, repeats included.
func (s *Sink) Messages() []connector.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Deliveries counts the deliveries of each body so far.
func (s *Sink) Deliveries() map[string]int {
	counts := map[string]int{}
	for _, m := range s.Messages() {
		counts[string(m.Body)]++
	}
	return counts
}

// Events returns every report so far.
func (s *Sink) Events() []connector.FeedEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Reported tells whether any event so far matches.
func (s *Sink) Reported(match func(connector.FeedEvent) bool) bool {
	return slices.ContainsFunc(s.Events(), match)
}

// Health returns the last event that named a health; its zero value if none did.
func (s *Sink) Health() connector.FeedEvent {
	for _, e := range slices.Backward(s.Events()) {
		if e.Health != "" {
			return e
		}
	}
	return connector.FeedEvent{}
}

// Eventually waits until the condition holds and fails the test after limit.
func Eventually(t testing.TB, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	late := time.After(limit)
	for !condition() {
		select {
		case <-late:
			t.Fatalf("not within %s: %s", limit, what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
