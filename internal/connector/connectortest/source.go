package connectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"tocsin/internal/connector"
)

const sourceManifest = `
kind: test
title: Test source
description: A queue in memory, for tests of the rooms that use connectors.
fields:
  - {name: auth, title: Sign-in, type: choice, required: true, default: token, help: How to sign in.,
     options: [{value: token, title: Token}, {value: none, title: None}]}
  - {name: token, title: Token, type: text, required: true, secret: true, when: {field: auth, is: token}, help: Any text.}
  - {name: url, title: Address, type: url, destination: true, help: Where the token goes.}
  - {name: batch, title: Batch size, type: number, default: "10", help: Messages handed over at once.}
  - {name: paused, title: Paused, type: bool, help: Hands over nothing while true.}
  - name: feeds
    title: Feeds
    type: rows
    help: The queues to read; none means one called test.
    fields:
      - {name: name, title: Name, type: text, required: true, help: What to call it.}
  - name: places
    title: Places
    type: rows
    help: Where the detector behind the queue keeps what it found.
    fields:
      - {name: name, title: Name, type: text, required: true, help: What to call it.}
`

// Source is a connector of kind "test" and the outside system behind it in
// one: a queue in memory that counts deliveries. Every connector made from one
// Source reads the same queue.
type Source struct {
	mu      sync.Mutex
	next    int
	waiting []connector.Message
	kept    []connector.Message
	broken  error
	wake    chan struct{}
	held    []Held
	spans   []connector.Span
	before  func(page int) error
}

// Held is something that the detector behind the queue keeps.
type Held struct {
	At   int64 // when it changed, microseconds UTC
	Body string
}

// HeldPage is how many of them Reconcile hands on at once.
const HeldPage = 10

// Hold makes the detector keep something, for Reconcile. before, if any, is
// called ahead of each page (from 1); its error ends the run.
func (s *Source) Hold(held []Held, before func(page int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.before = held, before
}

// Spans returns what each run asked for.
func (s *Source) Spans() []connector.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.spans)
}

// NewSource makes an empty queue.
func NewSource() *Source { return &Source{wake: make(chan struct{}, 1)} }

// Kind returns the kind whose connectors read this queue.
func (s *Source) Kind() connector.Kind {
	m := connector.MustManifest([]byte(sourceManifest))
	return connector.Kind{Manifest: m, New: func(c connector.Config) (connector.Connector, error) {
		p := &plug{source: s}
		if err := m.Decode(c.Settings, c.Secrets, &p.settings); err != nil {
			return nil, err
		}
		return p, nil
	}, Places: func(settings json.RawMessage) []connector.Place {
		var p plug
		if json.Unmarshal(settings, &p.settings) != nil {
			return nil
		}
		var places []connector.Place
		for _, place := range p.settings.Places {
			places = append(places, connector.Place{Name: place.Name, Every: time.Hour, Lookback: 6 * time.Hour})
		}
		return places
	}}
}

// Put sends messages and returns their keys.
func (s *Source) Put(bodies ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(bodies))
	for _, b := range bodies {
		s.next++
		m := connector.Message{Key: fmt.Sprintf("test-%d", s.next), Body: []byte(b)}
		s.waiting, keys = append(s.waiting, m), append(keys, m.Key)
	}
	s.signal()
	return keys
}

// Break makes checks and feeds fail with err until Break(nil).
func (s *Source) Break(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
	s.signal()
}

// Waiting counts the messages that are not deleted yet and not being taken.
func (s *Source) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// Kept returns the messages that were deleted because the sink kept them.
func (s *Source) Kept() []connector.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

func (s *Source) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Source) receive(limit int) ([]connector.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	n := min(limit, len(s.waiting))
	batch := slices.Clone(s.waiting[:n])
	s.waiting = slices.Clone(s.waiting[n:])
	for i := range batch {
		batch[i].Receives++
	}
	return batch, nil
}

// settle deletes what was kept and puts the rest back.
func (s *Source) settle(batch []connector.Message, verdicts []connector.Verdict) (kept int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range batch {
		if i < len(verdicts) && verdicts[i] == connector.VerdictKept {
			s.kept = append(s.kept, m)
			kept++
		} else {
			s.waiting = append(s.waiting, m)
		}
	}
	return kept
}

type plug struct {
	source   *Source
	settings struct {
		Auth   string `json:"auth"`
		URL    string `json:"url"`
		Batch  int    `json:"batch"`
		Paused bool   `json:"paused"`
		Feeds  []struct {
			Name string `json:"name"`
		} `json:"feeds"`
		Places []struct {
			Name string `json:"name"`
		} `json:"places"`
	}
}

// Check implements connector.Connector.
func (p *plug) Check(ctx context.Context) []connector.Check {
	p.source.mu.Lock()
	broken := p.source.broken
	p.source.mu.Unlock()
	if err := ctx.Err(); err != nil {
		broken = err
	}
	if broken != nil {
		return []connector.Check{{Name: "queue", Detail: broken.Error()}}
	}
	return []connector.Check{{Name: "queue", OK: true, Detail: "the queue in memory answers"}}
}

// Feeds implements connector.Feeder.
func (p *plug) Feeds() []connector.Feed {
	if len(p.settings.Feeds) == 0 {
		return []connector.Feed{{Name: "test", Run: p.run("test")}}
	}
	var feeds []connector.Feed
	for _, f := range p.settings.Feeds {
		feeds = append(feeds, connector.Feed{Name: f.Name, Run: p.run(f.Name)})
	}
	return feeds
}

func (p *plug) run(name string) func(context.Context, connector.Sink) error {
	return func(ctx context.Context, sink connector.Sink) error {
		sink.Report(connector.FeedEvent{Feed: name, Health: connector.HealthStarting})
		for ctx.Err() == nil {
			if p.settings.Paused || !p.step(ctx, name, sink) {
				select {
				case <-ctx.Done():
				case <-p.source.wake:
				case <-time.After(20 * time.Millisecond):
				}
			}
		}
		return nil
	}
}

// step hands over one batch and tells whether anything was deleted.
func (p *plug) step(ctx context.Context, name string, sink connector.Sink) bool {
	batch, err := p.source.receive(p.settings.Batch)
	if err != nil {
		sink.Report(connector.FeedEvent{Feed: name, Health: connector.HealthFailing, Reason: "broken", Detail: err.Error()})
		return false
	}
	e := connector.FeedEvent{Feed: name, Health: connector.HealthOK, Received: len(batch)}
	if len(batch) > 0 {
		verdicts, err := sink.Take(context.WithoutCancel(ctx), batch)
		if err != nil {
			verdicts = nil
		}
		e.Deleted = p.source.settle(batch, verdicts)
		e.Left = len(batch) - e.Deleted
	}
	sink.Report(e)
	return e.Deleted > 0
}

// Reconcile implements connector.Reconciler: what is held and changed in the
// span, oldest first.
func (p *plug) Reconcile(ctx context.Context, _ string, span connector.Span, hand func(context.Context, connector.Page) error) error {
	p.source.mu.Lock()
	p.source.spans = append(p.source.spans, span)
	held, before := slices.Clone(p.source.held), p.source.before
	p.source.mu.Unlock()
	slices.SortStableFunc(held, func(a, b Held) int { return cmp.Compare(a.At, b.At) })
	held = slices.DeleteFunc(held, func(h Held) bool { return h.At < span.From || h.At > span.To })
	page := 0
	for some := range slices.Chunk(held, HeldPage) {
		page++
		if before != nil {
			if err := before(page); err != nil {
				return err
			}
		}
		out := connector.Page{Newest: some[len(some)-1].At, Through: some[len(some)-1].At}
		for _, h := range some {
			out.Messages = append(out.Messages, connector.Message{Key: h.Body, Body: []byte(h.Body)})
		}
		if err := hand(ctx, out); err != nil {
			return err
		}
	}
	return ctx.Err()
}
