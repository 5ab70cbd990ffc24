package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/test/faults/wire"
	"tocsin/test/harness"
)

// drainedWithin is how long after the network is well again the queue may hold
// something: a long poll, a hidden message and the longest wait of a feed.
const drainedWithin = 3 * time.Minute

// brokenQueue puts a wire between the server and its queue.
func (w *world) brokenQueue() ([]row, error) {
	const name = "the queue's network resets, cuts answers and falls silent: every message becomes one ticket"
	if w.short { // a message whose delivery was cut off is hidden for a minute
		return nil, nil
	}
	emulator := os.Getenv("TOCSIN_TEST_MOTO")
	if emulator == "" {
		return []row{skip(name, "SKIPPED: TOCSIN_TEST_MOTO names no AWS emulator (make prove starts one)")}, nil
	}
	line, err := wire.New(strings.TrimPrefix(emulator, "http://"))
	if err != nil {
		return nil, err
	}
	defer line.Close()
	o := harness.Options{Bin: w.bin, Data: filepath.Join(w.work, "queue"), Env: []string{"TOCSIN_EGRESS_ALLOW=127.0.0.0/8"}}
	s, token, err := harness.Installation(o)
	if err != nil {
		return nil, err
	}
	defer s.Kill()
	q, err := newSource(emulator)
	if err != nil {
		return nil, err
	}
	defer q.drop()
	if err := q.connect(s.URL, token, "http://"+line.Addr()); err != nil {
		return nil, err
	}
	n := w.count(0, 200, 500)
	troubles, err := w.trouble(q, line, n)
	if err != nil {
		return nil, err
	}
	line.Set(wire.Mood{})
	began := time.Now()
	c, left := countedSum{}, 0
	for time.Since(began) < drainedWithin {
		if c, err = counted(o); err != nil {
			return nil, err
		}
		if left, err = q.left(); err != nil {
			return nil, err
		}
		if c.findings >= n && left == 0 {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	figure := fmt.Sprintf("%d messages, %s: %d lost, %d doubled, %d left in the queue; seen %d times, drained %s after the network was well",
		n, troubles, n-min(c.findings, n), max(c.tickets-n, 0), left, c.seen, time.Since(began).Round(100*time.Millisecond))
	return []row{{name, figure, "0 lost, 0 doubled, 0 left", verdict(c.findings == n && c.tickets == n && c.opened == n && left == 0 && c.quarantined == 0)}}, nil
}

// trouble sends n messages while the wire behaves badly.
func (w *world) trouble(q *source, line *wire.Wire, n int) (string, error) {
	resets, cuts, silences := 0, 0, 0
	for from := 0; from < n; from += 10 {
		if err := q.send(from, min(from+10, n)); err != nil {
			return "", err
		}
		switch w.rng.IntN(3) {
		case 0:
			resets += line.Reset()
		case 1:
			line.Set(wire.Mood{CutAnswer: int64(1 + w.rng.IntN(3000))})
			cuts++
		case 2:
			line.Set(wire.Mood{Silent: true}) // the feed gives it up after 30 s
			silences++
		}
		time.Sleep(w.between(300*time.Millisecond, 900*time.Millisecond))
		line.Set(wire.Mood{Latency: w.between(0, 20*time.Millisecond)})
	}
	return fmt.Sprintf("%d connections reset, %d times answers cut, %d silences", resets, cuts, silences), nil
}

// source is a queue of the emulator that is filled without the wire.
type source struct {
	url    string
	client *sqs.Client
}

func newSource(emulator string) (*source, error) {
	q := &source{client: sqs.New(sqs.Options{
		Region: "eu-west-1", BaseEndpoint: &emulator, Credentials: credentials.NewStaticCredentialsProvider("prove", "prove", ""),
	})}
	name := fmt.Sprintf("tocsin-prove-%d", os.Getpid())
	made, err := q.client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "5"}})
	if err != nil {
		return nil, fmt.Errorf("making a queue: %w", err)
	}
	q.url = *made.QueueUrl
	return q, nil
}

func (q *source) drop() {
	_, _ = q.client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: &q.url})
}

// connect makes the server read the queue at another address.
func (q *source) connect(url, token, endpoint string) error {
	c, err := harness.NewCaller(url, token)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Call(http.MethodPost, "/connections", map[string]any{
		"kind": "aws", "name": "prove",
		"settings": map[string]any{
			"auth": "static_keys", "region": "eu-west-1", "endpoint_url": endpoint,
			"feeds": []any{map[string]any{"queue_url": q.url, "region": "eu-west-1"}},
		},
		"secrets": map[string]any{"access_key_id": "AKIAPROVEPROVEPROVE1", "secret_access_key": "prove"},
	}, nil)
}

func (q *source) send(from, to int) error {
	var batch []types.SendMessageBatchRequestEntry
	for i := from; i < to; i++ {
		id, body := fmt.Sprint(i), string(harness.Control("queue", int64(i)))
		batch = append(batch, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body})
	}
	_, err := q.client.SendMessageBatch(context.Background(), &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: batch})
	if err != nil {
		return fmt.Errorf("sending messages: %w", err)
	}
	return nil
}

// left is how many messages the queue holds, hidden ones included.
func (q *source) left() (n int, err error) {
	out, err := q.client.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return 0, err
	}
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		var k int
		if _, err := fmt.Sscan(out.Attributes[name], &k); err != nil {
			return 0, err
		}
		n += k
	}
	return n, nil
}
