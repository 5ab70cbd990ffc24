package aws

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/internal/connector"
)

// countingSink keeps everything and closes done at the nth message.
type countingSink struct {
	n, want atomic.Int64
	done    chan struct{}
}

func (s *countingSink) Take(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
	if s.n.Add(int64(len(batch))) == s.want.Load() {
		close(s.done)
	}
	return kept(batch), nil
}

func (*countingSink) Report(connector.FeedEvent) {}

// The emulator is the bottleneck, and slows down with the length of its queue,
// so the bare loop beside it says what it gives at best: two goroutines that
// receive and delete with the SDK and do nothing else.
func BenchmarkMoto(b *testing.B) {
	const n = 200 // at 1,000 the emulator gives a fifth of the rate
	b.Run("bare loop", func(b *testing.B) { benchMoto(b, n, bareLoop) })
	b.Run("consumer", func(b *testing.B) {
		benchMoto(b, n, func(b *testing.B, m *moto, url string, n int) { drain(b, m.account(two(), url), n) })
	})
}

func benchMoto(b *testing.B, n int, run func(*testing.B, *moto, string, int)) {
	m := newMoto(b)
	bodies := numbered(n)
	for b.Loop() {
		b.StopTimer()
		url := m.queue(m.name(), nil)
		m.send(url, bodies...)
		b.StartTimer()
		run(b, m, url, n)
		b.StopTimer()
		m.drop(url)
		b.StartTimer()
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "messages/s")
}

func drain(b *testing.B, a *account, n int) {
	sink := &countingSink{done: make(chan struct{})}
	sink.want.Store(int64(n))
	stop := consumeFeed(b, a.Feeds()[0], sink)
	<-sink.done
	stop()
}

func bareLoop(b *testing.B, m *moto, url string, n int) {
	var got atomic.Int64
	var loops sync.WaitGroup
	for range 2 {
		loops.Go(func() {
			for got.Load() < int64(n) {
				out, err := m.client.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
				if err != nil || len(out.Messages) == 0 {
					continue
				}
				var entries []types.DeleteMessageBatchRequestEntry
				for _, msg := range out.Messages {
					entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: msg.MessageId, ReceiptHandle: msg.ReceiptHandle})
				}
				if _, err := m.client.DeleteMessageBatch(context.Background(), &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: entries}); err != nil {
					b.Error(err)
				}
				got.Add(int64(len(entries)))
			}
		})
	}
	loops.Wait()
}

// BenchmarkConsumer is the consumer's own ceiling: an endpoint that answers
// at once, always with ten messages of 2 KiB.
func BenchmarkConsumer(b *testing.B) {
	f := newFake()
	f.latency = 0
	ten := make([]string, 10)
	for i := range ten {
		ten[i] = fmt.Sprintf("%02d%02046d", i, 0)
	}
	full := delivery(ten...)
	f.on("ReceiveMessage", func(int, map[string]any) answer { return full })
	f.on("DeleteMessageBatch", deleteAll)
	sink := &countingSink{done: make(chan struct{})}
	p := two()
	p.wait = 20 * time.Second
	a := f.account(b, p, fakeQueue)
	sink.want.Store(int64((b.N + 9) / 10 * 10))
	b.ResetTimer()
	stop := consumeFeed(b, a.Feeds()[0], sink)
	<-sink.done
	b.StopTimer()
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
