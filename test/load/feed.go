package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tocsin/test/harness"
)

// feedPace is the time between two messages.
const feedPace = 330 * time.Millisecond

// measureFeed is how long a message takes from SendMessage to the event that
// makes a browser show the row: queue, consumer, ticket, live feed.
func measureFeed(s settings, r *results) error {
	emulator := os.Getenv("TOCSIN_TEST_MOTO")
	if emulator == "" {
		r.skip("queue to live feed, because TOCSIN_TEST_MOTO is not set (make bench starts an emulator)")
		return nil
	}
	o := harness.Options{Bin: s.bin, Data: filepath.Join(s.work, "feed"), Env: []string{"TOCSIN_EGRESS_ALLOW=127.0.0.0/8"}}
	server, token, err := harness.Installation(o)
	if err != nil {
		return err
	}
	defer server.Stop(20 * time.Second)
	q, err := newQueue(emulator, "tocsin-bench")
	if err != nil {
		return err
	}
	defer q.drop()
	c, err := harness.NewCaller(server.URL, token)
	if err != nil {
		return err
	}
	if err := q.connect(c); err != nil {
		return err
	}
	took, err := q.follow(server.URL, token, c, s.messages)
	if err != nil {
		return err
	}
	slices.Sort(took)
	r.add(
		of("queue to live event, p50", "s", sqliteFull, quantile(took, 0.5).Seconds()).saying("%d messages, 3 a second, AWS emulator", len(took)),
		of("queue to live event, p95", "s", sqliteFull, quantile(took, 0.95).Seconds()).atMost(3),
		of("queue to live event, slowest", "s", sqliteFull, took[len(took)-1].Seconds()),
	)
	return nil
}

// queue is a queue of the emulator.
type queue struct {
	url, emulator string
	client        *sqs.Client
}

func newQueue(emulator, prefix string) (*queue, error) {
	q := &queue{emulator: emulator, client: sqs.New(sqs.Options{
		Region: "eu-west-1", BaseEndpoint: &emulator, Credentials: credentials.NewStaticCredentialsProvider("bench", "bench", ""),
	})}
	name := fmt.Sprintf("%s-%d", prefix, os.Getpid())
	made, err := q.client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return nil, fmt.Errorf("making a queue: %w", err)
	}
	q.url = *made.QueueUrl
	return q, nil
}

func (q *queue) drop() {
	_, _ = q.client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: &q.url})
}

// connect makes the server read the queue.
func (q *queue) connect(c *harness.Caller) error {
	return c.Call(http.MethodPost, "/connections", map[string]any{
		"kind": "aws", "name": "bench",
		"settings": map[string]any{
			"auth": "static_keys", "region": "eu-west-1", "endpoint_url": q.emulator,
			"feeds": []any{map[string]any{"queue_url": q.url, "region": "eu-west-1"}},
		},
		"secrets": map[string]any{"access_key_id": "AKIABENCHBENCHBENCH1", "secret_access_key": "bench"},
	}, nil)
}

// sights are the times at which a watcher heard of a ticket.
type sights struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

func (s *sights) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// follow sends n messages and returns how long each took to be heard of.
func (q *queue) follow(url, token string, c *harness.Caller, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	heard := &sights{seen: map[string]time.Time{}}
	failed := make(chan error, 1)
	open := make(chan struct{})
	go func() { failed <- heard.watch(ctx, url, token, open) }()
	select {
	case <-open:
	case err := <-failed:
		return nil, err
	}
	sent := map[string]time.Time{}
	for i := range n {
		time.Sleep(feedPace)
		body := string(event(i))
		sent[harness.ControlID("feed", int64(i))] = time.Now()
		if _, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body}); err != nil {
			return nil, fmt.Errorf("sending message %d: %w", i, err)
		}
	}
	for began := time.Now(); heard.count() < n; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			return nil, fmt.Errorf("only %d of %d messages were heard of", heard.count(), n)
		}
	}
	return heard.match(c, sent)
}

// event is a finding as EventBridge sends it.
func event(i int) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"5e7b0000-0000-4000-8000-%012d","detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","account":"111122223333","time":"2026-11-02T09:00:02Z","region":"eu-west-1","resources":[],"detail":{"findings":[%s]}}`,
		i, harness.Control("feed", int64(i)))
}

// watch follows the live events as a browser does.
func (s *sights) watch(ctx context.Context, url, token string, open chan<- struct{}) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the live feed answered %d", res.StatusCode)
	}
	close(open)
	kind := ""
	for in := bufio.NewScanner(res.Body); in.Scan(); {
		if name, ok := strings.CutPrefix(in.Text(), "event: "); ok {
			kind = name
		}
		data, ok := strings.CutPrefix(in.Text(), "data: ")
		if !ok || kind != "ticket.opened" {
			continue
		}
		var e struct{ Ticket string }
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return err
		}
		s.mu.Lock()
		s.seen[e.Ticket] = time.Now()
		s.mu.Unlock()
	}
	return errors.New("the live feed ended")
}

// match finds which ticket is of which message.
func (s *sights) match(c *harness.Caller, sent map[string]time.Time) ([]time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var took []time.Duration
	for id, at := range s.seen {
		var page struct{ Items []struct{ ID string } }
		if err := c.Call(http.MethodGet, "/tickets/"+id+"/findings", nil, &page); err != nil {
			return nil, err
		}
		if len(page.Items) != 1 {
			return nil, fmt.Errorf("ticket %s has %d findings instead of one", id, len(page.Items))
		}
		var f struct{ UID string }
		if err := c.Call(http.MethodGet, "/findings/"+page.Items[0].ID, nil, &f); err != nil {
			return nil, err
		}
		from, ok := sent[f.UID]
		if !ok {
			return nil, fmt.Errorf("ticket %s is of a finding that was not sent: %s", id, f.UID)
		}
		took = append(took, at.Sub(from))
	}
	return took, nil
}
