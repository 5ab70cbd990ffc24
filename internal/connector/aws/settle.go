package aws

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/internal/connector"
)

// callLimit bounds one delete or visibility call, its retries included.
const callLimit = 15 * time.Second

// heartbeat keeps the messages hidden from other receivers until the returned
// function is called, which ends a beat on its way. A beat that fails costs at
// most a second delivery, which the sink recognises by its key.
func (c *consumer) heartbeat(ctx context.Context, messages []types.Message) func() {
	ctx, cancel := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() {
		ticker := time.NewTicker(c.pace.visibility / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				c.beat(ctx, messages)
			}
		}
	})
	return func() {
		cancel()
		beating.Wait()
	}
}

func (c *consumer) beat(ctx context.Context, messages []types.Message) {
	c.changeVisibility(ctx, messages, func(int) time.Duration { return c.pace.visibility })
}

// hide sets when each message that was not kept comes again: later the more
// often it came. When the feed is stopping and the sink never decided, they
// come at once, to whoever reads the queue next.
func (c *consumer) hide(ctx context.Context, messages []types.Message, stopping bool, taken error) {
	after, _ := connector.RetryAfter(taken)
	c.changeVisibility(ctx, messages, func(receives int) time.Duration {
		if stopping && taken != nil {
			return 0
		}
		return max(c.pace.hide(receives), after)
	})
}

// changeVisibility hides each message for what the function says of its
// receive count. Failures are logged and left: the queue's own timeout stands.
func (c *consumer) changeVisibility(ctx context.Context, messages []types.Message, hidden func(receives int) time.Duration) {
	for _, chunk := range chunks(messages) {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, 0, len(chunk))
		for i, m := range chunk {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle,
				VisibilityTimeout: seconds(hidden(toMessage(m).Receives)),
			})
		}
		call, cancel := context.WithTimeout(ctx, callLimit)
		out, err := c.queue.client.ChangeMessageVisibilityBatch(call, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &c.queue.url, Entries: entries})
		cancel()
		switch {
		case err != nil && ctx.Err() == nil:
			t := c.explain(callError{"sqs:ChangeMessageVisibility", err})
			c.log.Warn("message visibility not changed", "reason", t.reason, "detail", t.detail, "action", t.action)
		case err == nil && len(out.Failed) > 0:
			c.log.Debug("message visibility partly not changed", "failed", len(out.Failed), "code", clip(aws.ToString(out.Failed[0].Code)))
		}
	}
}

// delete takes durable messages out of the queue and returns how many went.
// What fails entry by entry is tried three times and then left: it comes again
// and is recognised. An error means that deleting does not work at all.
func (c *consumer) delete(ctx context.Context, messages []types.Message) (deleted int, err error) {
	for _, chunk := range chunks(messages) {
		for attempt := 1; len(chunk) > 0 && attempt <= 3; attempt++ {
			if attempt > 1 {
				sleep(ctx, c.pace.backoff(1)/4)
			}
			gone, again, err := c.deleteOnce(ctx, chunk)
			if err != nil {
				return deleted, err
			}
			deleted, chunk = deleted+gone, again
		}
	}
	if left := len(messages) - deleted; left > 0 {
		c.log.Warn("durable messages not deleted; they will come again", "messages", left)
	}
	return deleted, nil
}

// deleteOnce returns how many messages went and which are worth another try.
// AWS calls a failure ours (SenderFault) when the receipt handle is no longer
// good, which no repeating mends.
func (c *consumer) deleteOnce(ctx context.Context, messages []types.Message) (gone int, again []types.Message, err error) {
	entries := make([]types.DeleteMessageBatchRequestEntry, 0, len(messages))
	for i, m := range messages {
		entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	out, err := c.queue.client.DeleteMessageBatch(call, &sqs.DeleteMessageBatchInput{QueueUrl: &c.queue.url, Entries: entries})
	if err != nil {
		return 0, nil, callError{"sqs:DeleteMessage", err}
	}
	for _, f := range out.Failed {
		if i, err := strconv.Atoi(aws.ToString(f.Id)); err == nil && i >= 0 && i < len(messages) && !f.SenderFault {
			again = append(again, messages[i])
		}
	}
	return len(out.Successful), again, nil
}
