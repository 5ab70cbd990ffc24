package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/internal/connector"
)

// batchSize is the most SQS hands out, and takes back, at once.
const batchSize = 10

// consumer reads one queue. Its workers share nothing but the queue: SQS
// hands each message to one of them, on this node or another.
type consumer struct {
	queue    queue
	store    *store
	pace     pace
	diagnose diagnosis
	log      *slog.Logger
	reason   atomic.Value // string: the last trouble logged, "" when well
	crew     crew
}

// run implements connector.Feed. It ends only with ctx: whatever is wrong
// outside may be mended there, and is looked at again within a minute.
func (c *consumer) run(ctx context.Context, sink connector.Sink) error {
	sink.Report(connector.FeedEvent{Feed: c.queue.name, Health: connector.HealthStarting})
	for range c.pace.workers {
		c.crew.Go(func() { c.work(ctx, sink) })
	}
	c.crew.Wait()
	return nil
}

// work receives and hands over until ctx ends. After a failure it asks for one
// message at a time until one goes through, so that a batch that cannot be
// taken as a whole is taken in parts, and an outage costs few receives.
func (c *consumer) work(ctx context.Context, sink connector.Sink) {
	for failures, full := 0, 0; ctx.Err() == nil; {
		size := batchSize
		if failures > 0 {
			size = 1
		}
		n, err := c.turn(ctx, sink, size, c.pace.wait)
		if err == nil {
			failures = 0
			full = c.callHelp(ctx, sink, n, full)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		failures, full = failures+1, 0
		sleep(ctx, c.failed(sink, err, failures))
	}
}

// turn is one receive and everything that follows from it. It returns how many
// messages came.
func (c *consumer) turn(ctx context.Context, sink connector.Sink, size int, wait time.Duration) (int, error) {
	soon := time.NewTimer(c.pace.floor)
	defer soon.Stop()
	messages, err := c.receive(ctx, size, wait)
	if err != nil {
		return 0, err
	}
	if len(messages) == 0 {
		c.well(sink, connector.FeedEvent{})
		select { // an endpoint that does not long-poll is not asked in a tight loop
		case <-soon.C:
		case <-ctx.Done():
		}
		return 0, nil
	}
	return len(messages), c.handle(ctx, sink, messages)
}

// receive asks for messages. Until the feed is known to work it asks for a short
// wait, so that whoever set it up sees at once that it does.
func (c *consumer) receive(ctx context.Context, size int, wait time.Duration) ([]types.Message, error) {
	if c.reason.Load() != "" {
		wait = min(wait, time.Second)
	}
	ctx, cancel := context.WithTimeout(ctx, wait+15*time.Second)
	defer cancel()
	out, err := c.queue.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &c.queue.url, MaxNumberOfMessages: int32(size),
		WaitTimeSeconds: seconds(wait), VisibilityTimeout: seconds(c.pace.visibility),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	}, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} }) // the worker has its own backoff
	if err != nil {
		return nil, callError{"sqs:ReceiveMessage", err}
	}
	return out.Messages, nil
}

// handle sees a batch to its end. Messages that point to objects take as long
// as their objects do, so they are seen to beside the others.
func (c *consumer) handle(ctx context.Context, sink connector.Sink, messages []types.Message) error {
	var plain, pointers []types.Message
	var point []pointing
	for _, m := range messages {
		message := toMessage(m)
		if n, ok := readNotice(message.Body); ok {
			pointers, point = append(pointers, m), append(point, pointing{message, n})
		} else {
			plain = append(plain, m)
		}
	}
	followed := make(chan error, 1)
	go func() {
		followed <- c.settle(ctx, sink, pointers, func(ctx context.Context) ([]connector.Verdict, error) { return c.follow(ctx, sink, point) })
	}()
	err := c.settle(ctx, sink, plain, func(ctx context.Context) ([]connector.Verdict, error) { return c.take(ctx, sink, plain) })
	return errors.Join(err, <-followed)
}

// settle hands messages over, deletes what was kept and hides the rest for a
// while. It runs to its end, within the grace, when ctx ends meanwhile.
func (c *consumer) settle(ctx context.Context, sink connector.Sink, messages []types.Message, take func(context.Context) ([]connector.Verdict, error)) error {
	if len(messages) == 0 {
		return nil
	}
	settle, stopSettling := outlive(ctx, c.pace.stopGrace)
	defer stopSettling()
	taking, stopTaking := outlive(ctx, c.pace.takeGrace)
	defer stopTaking()

	still := c.heartbeat(settle, messages)
	verdicts, taken := take(taking)
	still() // first, so that no beat undoes what is set below

	kept, left := sortOut(messages, verdicts)
	deleted, err := c.delete(settle, kept)
	c.hide(settle, left, ctx.Err() != nil, taken)
	counts := connector.FeedEvent{Received: len(messages), Deleted: deleted, Left: len(messages) - deleted}
	if err = errors.Join(taken, err); err != nil {
		sink.Report(c.event(counts))
		return err
	}
	c.well(sink, counts)
	return nil
}

// take asks the sink. A panic there is one message's doing: the batch is then
// taken one by one, and only the messages that panic are left.
func (c *consumer) take(ctx context.Context, sink connector.Sink, messages []types.Message) ([]connector.Verdict, error) {
	batch := make([]connector.Message, 0, len(messages))
	for _, m := range messages {
		batch = append(batch, toMessage(m))
	}
	verdicts, err := c.takeSafely(ctx, sink, batch)
	if !errors.As(err, &panicked{}) || len(batch) == 1 {
		return verdicts, err
	}
	verdicts, reached := make([]connector.Verdict, len(batch)), 0
	for i := range batch {
		one, oneErr := c.takeSafely(ctx, sink, batch[i:i+1])
		if oneErr == nil && len(one) == 1 {
			verdicts[i] = one[0]
			reached++
		}
	}
	if reached == 0 {
		return nil, err
	}
	return verdicts, nil
}

// panicked is the error of a sink that panicked.
type panicked struct{ value any }

// Error implements error.
func (p panicked) Error() string { return fmt.Sprintf("taking the message panicked: %.100v", p.value) }

func (c *consumer) takeSafely(ctx context.Context, sink connector.Sink, batch []connector.Message) (verdicts []connector.Verdict, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("taking a message panicked", "first_key", batch[0].Key, "messages", len(batch), "stack", string(debug.Stack()))
			verdicts, err = nil, takeError{panicked{r}}
		}
	}()
	verdicts, err = sink.Take(ctx, batch)
	if err != nil {
		return nil, takeError{err}
	}
	return verdicts, nil
}

// sortOut tells what may be deleted from what stays. A verdict that is missing
// keeps its message in the queue.
func sortOut(messages []types.Message, verdicts []connector.Verdict) (kept, left []types.Message) {
	for i, m := range messages {
		if i < len(verdicts) && verdicts[i] == connector.VerdictKept {
			kept = append(kept, m)
		} else {
			left = append(left, m)
		}
	}
	return kept, left
}

func toMessage(m types.Message) connector.Message {
	receives, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	sent, _ := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	return connector.Message{
		Key: aws.ToString(m.MessageId), Body: []byte(aws.ToString(m.Body)),
		Receives: max(receives, 0), SentAt: max(sent, 0) * 1000, // SQS counts milliseconds
	}
}

// callError remembers which action a call needed.
type callError struct {
	action string
	err    error
}

// Error implements error.
func (e callError) Error() string { return e.action + ": " + e.err.Error() }

// Unwrap returns the SDK's error.
func (e callError) Unwrap() error { return e.err }

// takeError tells the sink's failures from those of AWS.
type takeError struct{ err error }

// Error implements error.
func (e takeError) Error() string { return "taking: " + e.err.Error() }

// Unwrap returns the sink's error.
func (e takeError) Unwrap() error { return e.err }

// explain says what is wrong.
func (c *consumer) explain(err error) trouble {
	var taken takeError
	if errors.As(err, &taken) {
		return trouble{reason: reasonSink, detail: c.diagnose.scrub("messages stay in the queue, because they cannot be stored: " + clip(taken.err.Error()))}
	}
	var call callError
	errors.As(err, &call)
	return c.diagnose.of(err, cmp.Or(call.action, "sqs"), "queue "+c.queue.name)
}

// failed reports trouble and returns how long to wait.
func (c *consumer) failed(sink connector.Sink, err error, failures int) time.Duration {
	t, wait := c.explain(err), c.pace.backoff(failures)
	if after, ok := connector.RetryAfter(err); ok {
		wait = max(wait, min(after, c.pace.retryMost))
	}
	if c.reason.Swap(t.reason) != t.reason {
		c.log.Warn("feed is failing", "reason", t.reason, "detail", t.detail, "action", t.action, "retry_in", wait.String())
	}
	sink.Report(c.event(connector.FeedEvent{
		Health: connector.HealthFailing, Reason: t.reason, Detail: t.detail, Action: t.action, RetryIn: wait,
	}))
	return wait
}

// well reports that AWS answered and the sink took.
func (c *consumer) well(sink connector.Sink, counts connector.FeedEvent) {
	if was := c.reason.Swap(""); was != "" && was != nil {
		c.log.Info("feed is well again", "was", was)
	}
	counts.Health = connector.HealthOK
	sink.Report(c.event(counts))
}

func (c *consumer) event(e connector.FeedEvent) connector.FeedEvent {
	e.Feed = c.queue.name
	return e
}

// chunks is what a batch call takes at once.
func chunks(messages []types.Message) [][]types.Message {
	return slices.Collect(slices.Chunk(messages, batchSize))
}
