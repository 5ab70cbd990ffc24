package sqsstub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"tocsin/test/load/sqsstub"
)

// both runs a test against the stub and against the emulator, over the SDK.
func both(t *testing.T, fn func(t *testing.T, q *queue)) {
	t.Run("stub", func(t *testing.T) {
		t.Parallel()
		s, err := sqsstub.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		fn(t, newQueue(t, s.URL))
	})
	t.Run("emulator", func(t *testing.T) {
		t.Parallel()
		url := os.Getenv("TOCSIN_TEST_MOTO")
		if url == "" {
			t.Skip("SKIPPED: TOCSIN_TEST_MOTO is not set: the stub is NOT compared with an emulator")
		}
		fn(t, newQueue(t, url))
	})
}

type queue struct {
	t      *testing.T
	client *sqs.Client
	url    *string
}

func newQueue(t *testing.T, endpoint string) *queue {
	t.Helper()
	c := sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(fmt.Sprintf("stub-%d", time.Now().UnixNano())), Attributes: map[string]string{"VisibilityTimeout": "30"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl}) })
	return &queue{t, c, out.QueueUrl}
}

func (q *queue) send(bodies ...string) {
	q.t.Helper()
	for some := range slices.Chunk(bodies, 10) {
		var entries []types.SendMessageBatchRequestEntry
		for i, b := range some {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(b)})
		}
		out, err := q.client.SendMessageBatch(q.t.Context(), &sqs.SendMessageBatchInput{QueueUrl: q.url, Entries: entries})
		if err != nil || len(out.Successful) != len(some) || len(out.Failed) > 0 {
			q.t.Fatal(err, out)
		}
	}
}

func (q *queue) receive(most, wait, hidden int32) []types.Message {
	q.t.Helper()
	out, err := q.client.ReceiveMessage(q.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: q.url, MaxNumberOfMessages: most, WaitTimeSeconds: wait, VisibilityTimeout: hidden,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		q.t.Fatal(err)
	}
	return out.Messages
}

// counts are the messages that are visible and hidden.
func (q *queue) counts() string {
	q.t.Helper()
	out, err := q.client.GetQueueAttributes(q.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		q.t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + " " + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

func (q *queue) hide(handle *string, d int32) []types.BatchResultErrorEntry {
	q.t.Helper()
	out, err := q.client.ChangeMessageVisibilityBatch(q.t.Context(), &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: q.url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{{Id: aws.String("0"), ReceiptHandle: handle, VisibilityTimeout: d}},
	})
	if err != nil {
		q.t.Fatal(err)
	}
	return out.Failed
}

func (q *queue) remove(messages ...types.Message) {
	q.t.Helper()
	var entries []types.DeleteMessageBatchRequestEntry
	for i, m := range messages {
		entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	out, err := q.client.DeleteMessageBatch(q.t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: q.url, Entries: entries})
	if err != nil || len(out.Successful) != len(messages) {
		q.t.Fatal(err, out)
	}
}

func TestTheStubIsAQueueAsTheEmulatorIs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *queue) {
		q.send("a", "b", "ü \"<&>\"", "d", "e", "f", "g", "h", "i", "j", "k")
		if got := q.counts(); got != "11 0" {
			t.Errorf("after sending: %s", got)
		}
		first := q.receive(10, 0, 30)
		if len(first) != 10 || aws.ToString(first[2].Body) != "ü \"<&>\"" || first[0].Attributes["ApproximateReceiveCount"] != "1" {
			t.Fatalf("%d messages, %+v", len(first), first)
		}
		sent, err := strconv.ParseInt(first[0].Attributes["SentTimestamp"], 10, 64)
		if err != nil || time.Since(time.UnixMilli(sent)).Abs() > time.Minute {
			t.Errorf("sent at %d", sent)
		}
		if got := q.counts(); got != "1 10" {
			t.Errorf("while ten are hidden: %s", got)
		}
		q.remove(first[:8]...)
		// One is given back at once, and comes first to nobody's surprise.
		if failed := q.hide(first[8].ReceiptHandle, 0); len(failed) > 0 {
			t.Error(failed)
		}
		second := q.receive(10, 0, 30)
		var bodies []string
		for _, m := range second {
			bodies = append(bodies, *m.Body+m.Attributes["ApproximateReceiveCount"])
		}
		slices.Sort(bodies)
		if fmt.Sprint(bodies) != "[i2 k1]" {
			t.Errorf("the second receive brought %v", bodies)
		}
		q.remove(second...)
		q.remove(first[9])
		if got := q.counts(); got != "0 0" {
			t.Errorf("in the end: %s", got)
		}
	})
}

func TestAHiddenMessageComesBackAndAReceiveWaitsForIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *queue) {
		q.send("a")
		first := q.receive(1, 0, 2)
		if len(first) != 1 || len(q.receive(10, 0, 30)) != 0 {
			t.Fatal("a message that is hidden was handed out")
		}
		began := time.Now()
		again := q.receive(10, 10, 30)
		if took := time.Since(began); len(again) != 1 || took < time.Second || took > 6*time.Second {
			t.Fatalf("%d messages after %s", len(again), took)
		}
		if again[0].Attributes["ApproximateReceiveCount"] != "2" || *again[0].MessageId != *first[0].MessageId {
			t.Errorf("%+v", again[0])
		}
		began = time.Now()
		if got := q.receive(10, 1, 30); len(got) != 0 || time.Since(began) < 900*time.Millisecond {
			t.Errorf("%d messages after %s: a receive did not wait", len(got), time.Since(began))
		}
	})
}

func TestMistakesAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *queue) {
		code := func(err error) string {
			var api smithy.APIError
			if errors.As(err, &api) {
				return api.ErrorCode()
			}
			return fmt.Sprint(err)
		}
		_, err := q.client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: q.url, ReceiptHandle: aws.String("made-up")})
		if code(err) != "ReceiptHandleIsInvalid" {
			t.Error(err)
		}
		_, err = q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(*q.url + "x"), WaitTimeSeconds: 1})
		if c := code(err); c != "QueueDoesNotExist" && c != "AWS.SimpleQueueService.NonExistentQueue" {
			t.Error(err)
		}
		if failed := q.hide(aws.String("made-up"), 5); len(failed) != 1 || aws.ToString(failed[0].Code) != "ReceiptHandleIsInvalid" || !failed[0].SenderFault {
			t.Errorf("%+v", failed)
		}
	})
}
