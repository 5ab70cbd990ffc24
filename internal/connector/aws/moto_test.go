package aws

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

// moto is a real SQS for tests: its own client sets the scene and looks
// behind the consumer's back.
type moto struct {
	t      testing.TB
	url    string
	client *sqs.Client
}

var queueNumber atomic.Int64 // queues are shared state of the emulator: every test has its own

func newMoto(t testing.TB) *moto {
	t.Helper()
	url := os.Getenv("TOCSIN_TEST_MOTO")
	if url == "" {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: TOCSIN_TEST_MOTO names no AWS emulator (moto_server -H 127.0.0.1 -p PORT)\n", t.Name())
		t.Skip("TOCSIN_TEST_MOTO names no AWS emulator")
	}
	return motoAt(t, url)
}

func motoAt(t testing.TB, url string) *moto {
	return &moto{t: t, url: url, client: sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})}
}

func (m *moto) name() string {
	return fmt.Sprintf("tocsin-%d-%d", os.Getpid(), queueNumber.Add(1))
}

func (m *moto) queue(name string, attributes map[string]string) string {
	m.t.Helper()
	out, err := m.client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { m.drop(*out.QueueUrl) })
	return *out.QueueUrl
}

func (m *moto) drop(url string) {
	_, _ = m.client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: &url})
}

// send puts the bodies into the queue and returns the message id of each.
func (m *moto) send(url string, bodies ...string) map[string]string {
	m.t.Helper()
	ids := map[string]string{}
	for chunk := range slices.Chunk(bodies, 10) {
		var entries []types.SendMessageBatchRequestEntry
		for i, b := range chunk {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: sdk.String(strconv.Itoa(i)), MessageBody: sdk.String(b)})
		}
		out, err := m.client.SendMessageBatch(context.Background(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
		if err != nil || len(out.Failed) > 0 {
			m.t.Fatal(err, out)
		}
		for _, s := range out.Successful {
			i, _ := strconv.Atoi(*s.Id)
			ids[chunk[i]] = *s.MessageId
		}
	}
	return ids
}

// depth counts what is in the queue, hidden or not.
func (m *moto) depth(url string) int {
	m.t.Helper()
	out, err := m.client.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		m.t.Fatal(err)
	}
	return number(out.Attributes, types.QueueAttributeNameApproximateNumberOfMessages) +
		number(out.Attributes, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
}

// empty asks twice: the emulator counts visible and hidden messages one after
// the other, and a message may change sides in between.
func (m *moto) empty(url string) bool {
	first, second := m.depth(url), m.depth(url)
	return first == 0 && second == 0
}

func (m *moto) account(p pace, urls ...string) *account { return against(m.t, m.url, p, urls...) }

// two is the quick pace with the usual number of workers.
func two() pace {
	p := quick()
	p.workers = 2
	return p
}

func numbered(n int) []string {
	bodies := make([]string, 0, n)
	for i := range n {
		bodies = append(bodies, fmt.Sprintf(`{"n":%d,"text":"ä \u0000 <&> \"quoted\""}`, i))
	}
	return bodies
}

func TestMotoEveryMessageArrivesOnceAndLeavesTheQueue(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	url := m.queue(m.name(), nil)
	bodies := numbered(57)
	ids := m.send(url, bodies...)
	sink := &connectortest.Sink{}
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 30*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	counts := sink.Deliveries()
	for _, b := range bodies {
		if counts[b] != 1 {
			t.Errorf("%s came %d times", b, counts[b])
		}
	}
	for _, msg := range sink.Messages() {
		if msg.Key != ids[string(msg.Body)] || msg.Receives != 1 || msg.SentAt < 1700000000_000000 {
			t.Errorf("message %+v, want key %s", msg, ids[string(msg.Body)])
		}
	}
	var received, deleted int
	for _, e := range sink.Events() {
		received, deleted = received+e.Received, deleted+e.Deleted
	}
	if received != 57 || deleted != 57 || sink.Events()[0].Health != connector.HealthStarting {
		t.Errorf("reported %d received and %d deleted, first %+v", received, deleted, sink.Events()[0])
	}
}

func TestMotoWhatWasNotKeptComesAgainUnderTheSameKey(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	url := m.queue(m.name(), nil)
	m.send(url, "again", "fine")
	sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		verdicts := kept(batch)
		for i, msg := range batch {
			if string(msg.Body) == "again" && msg.Receives < 3 {
				verdicts[i] = connector.VerdictRetry
			}
		}
		return verdicts, nil
	})
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 30*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	seen := map[string]bool{}
	for _, msg := range sink.Messages() {
		if string(msg.Body) == "again" {
			seen[msg.Key] = true
		}
	}
	if got := sink.Deliveries(); got["again"] != 3 || got["fine"] != 1 || len(seen) != 1 {
		t.Errorf("deliveries %v under %d keys", got, len(seen))
	}
}

func TestMotoABadMessageNeverHoldsUpGoodOnesAndEndsInTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	dead := m.queue(m.name(), nil)
	arn := "arn:aws:sqs:us-east-1:123456789012:" + dead[strings.LastIndexByte(dead, '/')+1:]
	url := m.queue(m.name(), map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":2}`})
	bodies := numbered(25)
	m.send(url, slices.Concat(bodies[:5], []string{"never"}, bodies[5:15], []string{"boom"}, bodies[15:])...)
	sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		verdicts := kept(batch)
		for i, msg := range batch {
			switch string(msg.Body) {
			case "never":
				verdicts[i] = connector.VerdictRetry
			case "boom":
				panic("a decoder's mistake")
			}
		}
		return verdicts, nil
	})
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 60*time.Second, "both bad messages are in the dead-letter queue and the queue is empty", func() bool {
		return m.depth(dead) == 2 && m.empty(url)
	})
	stop()
	counts := sink.Deliveries()
	for _, b := range bodies {
		if counts[b] == 0 {
			t.Errorf("%s never came", b)
		}
	}
}

func TestMotoAnOutageOfTheSinkLosesNothing(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	url := m.queue(m.name(), nil)
	bodies := numbered(23)
	m.send(url, bodies...)
	var full atomic.Bool
	full.Store(true)
	var durable sync.Map
	sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		if full.Load() {
			return nil, connector.Retry(fmt.Errorf("disk full"), time.Millisecond)
		}
		for _, msg := range batch {
			durable.Store(string(msg.Body), true)
		}
		return kept(batch), nil
	})
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 20*time.Second, "the outage is reported", func() bool {
		return sink.Reported(func(e connector.FeedEvent) bool { return e.Reason == reasonSink })
	})
	if n := m.depth(url); n != 23 {
		t.Errorf("%d of 23 messages are left while nothing can be stored", n)
	}
	full.Store(false)
	connectortest.Eventually(t, 30*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	for _, b := range bodies {
		if _, ok := durable.Load(b); !ok {
			t.Errorf("%s was deleted and is not durable", b)
		}
	}
}

func TestMotoAQueueThatDisappearsIsSaidAndReadAgainOnceItIsBack(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	name := m.name()
	url := m.queue(name, nil)
	m.send(url, "before")
	sink := &connectortest.Sink{}
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 20*time.Second, "the first message is kept", func() bool { return m.empty(url) })
	m.drop(url)
	connectortest.Eventually(t, 20*time.Second, "the loss is reported", func() bool {
		return sink.Reported(func(e connector.FeedEvent) bool {
			return e.Reason == reasonQueueMissing && strings.Contains(e.Detail, name)
		})
	})
	m.queue(name, nil)
	m.send(url, "after")
	connectortest.Eventually(t, 20*time.Second, "the queue is read again", func() bool {
		return sink.Deliveries()["after"] == 1 && m.empty(url) && sink.Health().Health == connector.HealthOK
	})
	stop()
}

// With a visibility of 2 s, a sink that takes 5 s would see each message again
// from the other worker, were it not for the heartbeat.
func TestMotoASlowSinkKeepsItsBatchToItself(t *testing.T) {
	t.Parallel()
	m, p := newMoto(t), two()
	p.visibility = 2 * time.Second
	url := m.queue(m.name(), nil)
	m.send(url, numbered(4)...)
	sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		time.Sleep(5 * time.Second)
		return kept(batch), nil
	})
	stop := consume(t, m.account(p, url), sink)
	connectortest.Eventually(t, 30*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	for body, n := range sink.Deliveries() {
		if n != 1 {
			t.Errorf("%s came %d times", body, n)
		}
	}
}

func TestMotoStoppingInTheMiddleLosesNothingAndRepeatsNothingKept(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	url := m.queue(m.name(), nil)
	bodies := numbered(60)
	m.send(url, bodies...)
	var durable sync.Map
	take := func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
		time.Sleep(20 * time.Millisecond)
		for _, msg := range batch {
			if _, twice := durable.LoadOrStore(string(msg.Body), true); twice {
				t.Errorf("%s was kept and came again", msg.Body)
			}
		}
		return kept(batch), nil
	}
	// A receive that was cut off on its way has hidden up to a batch a worker,
	// which comes again after the visibility of the pace.
	p := two()
	p.visibility = 8 * time.Second
	for range 3 {
		sink := sinkOf(take)
		stop := consume(t, m.account(p, url), sink)
		connectortest.Eventually(t, 20*time.Second, "a batch is taken", func() bool { return len(sink.Messages()) > 0 })
		stop()
	}
	stop := consume(t, m.account(p, url), sinkOf(take))
	connectortest.Eventually(t, 60*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	for _, b := range bodies {
		if _, ok := durable.Load(b); !ok {
			t.Errorf("%s was lost", b)
		}
	}
}
