package aws

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/internal/connector"
)

// fake stands in for AWS only where the emulator cannot: errors it never
// gives, and orders of events that have to be exact. It speaks just enough of
// the SQS wire protocol (awsJson1.0), and answers one action at a time as the
// test says.
type fake struct {
	latency time.Duration // of every answer: without one, a bubble's clock would stand still

	mu     sync.Mutex
	script map[string]func(n int, body map[string]any) answer // by action, n from 1
	bodies map[string][]map[string]any                        // of the calls, by action
	order  []string
}

type answer struct {
	status int // 0 is 200
	after  time.Duration
	body   any
	header map[string]string
}

func newFake() *fake {
	return &fake{latency: 10 * time.Millisecond, script: map[string]func(int, map[string]any) answer{}, bodies: map[string][]map[string]any{}}
}

// RoundTrip implements http.RoundTripper: the fake answers without a socket,
// so that a test can run under synctest's clock with the pace that ships.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	var text []byte
	if r.Body != nil {
		var err error
		if text, err = io.ReadAll(r.Body); err != nil { // now: a caller that gives up takes the body away
			return nil, err
		}
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(text))
	w, done := httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(done)
		f.ServeHTTP(w, r)
	}()
	select {
	case <-done:
		return w.Result(), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// account is one whose requests all go to the fake.
func (f *fake) account(t testing.TB, p pace, queueURLs ...string) *account {
	t.Helper()
	c := through(feedsOf("", queueURLs), keys())
	c.HTTP = &http.Client{Transport: f}
	return mustConnect(t, c, p)
}

// on says how an action is answered.
func (f *fake) on(action string, how func(n int, body map[string]any) answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script[action] = how
}

func (f *fake) count(action string) int { return len(f.asked(action)) }

// asked returns what the calls of an action held. A call that the caller cut
// off may still be on its way here when the caller has gone.
func (f *fake) asked(action string) []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.bodies[action])
}

// entries returns one member of each entry of the nth call (from 0) of a batch
// action, joined by blanks; "" when there was no such call.
func (f *fake) entries(action string, n int, member string) string {
	calls := f.asked(action)
	if n < 0 || n >= len(calls) {
		return ""
	}
	var all []string
	for _, e := range calls[n]["Entries"].([]any) {
		all = append(all, fmt.Sprint(e.(map[string]any)[member]))
	}
	return strings.Join(all, " ")
}

// happened returns the order of calls and notes so far.
func (f *fake) happened() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.order)
}

// note puts something that happened outside into the order of calls.
func (f *fake) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.order = append(f.order, what)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	text, _ := io.ReadAll(r.Body)
	var body map[string]any
	_ = json.Unmarshal(text, &body)
	switch {
	case r.Method == http.MethodGet: // S3
		action, body = "GetObject", map[string]any{"path": r.URL.Path, "version": r.URL.Query().Get("versionId"), "list": r.URL.Query().Get("list-type"), "host": cmp.Or(r.Host, r.URL.Host), "range": r.Header.Get("Range")}
	case r.URL.Path == "/findings": // Security Hub
		action = "GetFindings"
	}
	f.mu.Lock()
	f.bodies[action] = append(f.bodies[action], body)
	n, how := len(f.bodies[action]), f.script[action]
	f.order = append(f.order, action)
	f.mu.Unlock()
	a := answer{body: map[string]any{}}
	if how != nil {
		a = how(n, body)
	}
	select {
	case <-time.After(max(a.after, f.latency)):
	case <-r.Context().Done():
	}
	f.send(w, a)
}

func (*fake) send(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	if text, ok := a.body.(string); ok {
		io.WriteString(w, text)
		return
	}
	json.NewEncoder(w).Encode(a.body)
}

// refusal is an error answer of SQS.
func refusal(status int, code, message string) answer {
	return answer{status: status, body: map[string]any{"__type": "com.amazonaws.sqs#" + code, "message": message}}
}

// delivery is what ReceiveMessage answers with.
func delivery(bodies ...string) answer {
	var messages []map[string]any
	for i, b := range bodies {
		sum := md5.Sum([]byte(b))
		messages = append(messages, map[string]any{
			"MessageId": fmt.Sprintf("id-%d-%s", i, b), "ReceiptHandle": "handle-" + b, "Body": b, "MD5OfBody": hex.EncodeToString(sum[:]),
			"Attributes": map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1700000000123"},
		})
	}
	return answer{body: map[string]any{"Messages": messages}}
}

// nothing is a long poll of a queue that stays empty.
func nothing(body map[string]any) answer {
	return answer{body: map[string]any{}, after: time.Duration(body["WaitTimeSeconds"].(float64)) * time.Second}
}

// once delivers the bodies with the first receive and nothing afterwards.
func once(bodies ...string) func(int, map[string]any) answer {
	return func(n int, body map[string]any) answer {
		if n == 1 {
			return delivery(bodies...)
		}
		return nothing(body)
	}
}

// deleteAll answers a DeleteMessageBatch as if every entry went.
func deleteAll(_ int, body map[string]any) answer {
	var ok []any
	for _, e := range body["Entries"].([]any) {
		ok = append(ok, map[string]any{"Id": e.(map[string]any)["Id"]})
	}
	return answer{body: map[string]any{"Successful": ok, "Failed": []any{}}}
}

// quick is a pace for tests under a real clock: one worker, short waits.
func quick() pace {
	return pace{
		workers: 1, wait: time.Second, visibility: 30 * time.Second, floor: 10 * time.Millisecond,
		retry: 20 * time.Millisecond, retryMost: 50 * time.Millisecond, again: time.Second, againMost: time.Second,
		page: 10 * time.Millisecond, takeGrace: 10 * time.Second, stopGrace: 20 * time.Second,
	}
}

// alone is the pace that ships, for one worker.
func alone() pace {
	p := usualPace()
	p.workers, p.workersMax = 1, 1
	return p
}

func feedsOf(endpoint string, queueURLs []string) map[string]any {
	feeds := []map[string]string{}
	for _, q := range queueURLs {
		feeds = append(feeds, map[string]string{"queue_url": q})
	}
	return map[string]any{"region": "us-east-1", "endpoint_url": endpoint, "feeds": feeds}
}

// against makes an account whose endpoint is the given server.
func against(t testing.TB, url string, p pace, queueURLs ...string) *account {
	t.Helper()
	return mustConnect(t, loopback(t, feedsOf(url, queueURLs), keys()), p)
}

func mustConnect(t testing.TB, c connector.Config, p pace) *account {
	t.Helper()
	a, err := newAccount(c, p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// consume runs the account's first feed until the test ends or stop is called;
// stop returns once Run has.
func consume(t testing.TB, a *account, sink connector.Sink) (stop func()) {
	t.Helper()
	return consumeFeed(t, a.Feeds()[0], sink)
}

func consumeFeed(t testing.TB, feed connector.Feed, sink connector.Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- feed.Run(ctx, sink) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run returned %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("Run did not end within a minute of its context")
		}
	})
	t.Cleanup(stop)
	return stop
}
