package connectortest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

func TestTheSourceIsAConnectorLikeAnyOther(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.NewSource().Kind(), connectortest.Fixture{
		Settings: `{"auth":"token","feeds":[{"name":"one"},{"name":"two"}]}`,
		Secrets:  map[string]string{"token": "a-token-nobody-may-see"},
		Readme:   "`auth` `token` `none` `url` `batch` `paused` `feeds` `name` `places`",
		Offline:  true,
	})
}

func start(t *testing.T, s *connectortest.Source, sink connector.Sink) {
	t.Helper()
	c, err := s.Kind().New(connector.Config{Settings: []byte(`{"auth":"none"}`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.(connector.Feeder).Feeds()[0].Run(ctx, sink) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func TestTheSourceDeletesOnlyWhatWasKept(t *testing.T) {
	t.Parallel()
	source := connectortest.NewSource()
	sink := &connectortest.Sink{Answer: func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		verdicts := make([]connector.Verdict, len(batch))
		for i, m := range batch {
			if string(m.Body) != "later" || m.Receives > 2 {
				verdicts[i] = connector.VerdictKept
			}
		}
		return verdicts, nil
	}}
	keys := source.Put("one", "later", "two")
	start(t, source, sink)
	connectortest.Eventually(t, 5*time.Second, "all three are kept", func() bool { return len(source.Kept()) == 3 })
	if got := sink.Deliveries(); got["one"] != 1 || got["two"] != 1 || got["later"] != 3 {
		t.Errorf("deliveries %v", got)
	}
	last := source.Kept()[2]
	if last.Key != keys[1] || last.Receives != 3 || source.Waiting() != 0 {
		t.Errorf("last kept %+v, %d waiting", last, source.Waiting())
	}
}

func TestABrokenSourceSaysSoAndRecovers(t *testing.T) {
	t.Parallel()
	source, sink := connectortest.NewSource(), &connectortest.Sink{}
	source.Break(errors.New("pulled out"))
	start(t, source, sink)
	connectortest.Eventually(t, 5*time.Second, "the feed fails", func() bool { return sink.Health().Detail == "pulled out" })
	source.Break(nil)
	source.Put("x")
	connectortest.Eventually(t, 5*time.Second, "the feed recovers", func() bool {
		return sink.Health().Health == connector.HealthOK && len(source.Kept()) == 1
	})
	if !slices.ContainsFunc(sink.Events(), func(e connector.FeedEvent) bool { return e.Health == connector.HealthStarting }) {
		t.Error("the feed never said it was starting")
	}
}
