package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

// kept is a sink's answer that keeps everything.
func kept(batch []connector.Message) []connector.Verdict {
	return slices.Repeat([]connector.Verdict{connector.VerdictKept}, len(batch))
}

// sinkOf makes a sink from what it answers.
func sinkOf(answer func(ctx context.Context, batch []connector.Message) ([]connector.Verdict, error)) *connectortest.Sink {
	return &connectortest.Sink{Answer: answer}
}

func TestNothingIsDeletedBeforeTheSinkHasReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a", "b"))
		f.on("DeleteMessageBatch", deleteAll)
		sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			f.note("taking")
			time.Sleep(100 * time.Millisecond)
			f.note("durable")
			return kept(batch), nil
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the batch is deleted", func() bool { return f.count("DeleteMessageBatch") == 1 })
		stop()
		if diff := cmp.Diff([]string{"ReceiveMessage", "taking", "durable", "DeleteMessageBatch"}, f.happened()[:4]); diff != "" {
			t.Error(diff)
		}
		want := connector.Message{Key: "id-1-b", Body: []byte("b"), Receives: 1, SentAt: 1700000000123000}
		if diff := cmp.Diff(want, sink.Messages()[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// Only what the sink said it kept is deleted, however it says the rest.
func TestOnlyKeptMessagesAreDeleted(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk full")
	tests := []struct {
		name     string
		verdicts []connector.Verdict
		err      error
		deleted  string
	}{
		{"one of three stays", []connector.Verdict{1, 0, 1}, nil, "handle-a handle-c"},
		{"too few verdicts", []connector.Verdict{1}, nil, "handle-a"},
		{"too many verdicts", []connector.Verdict{0, 0, 1, 1, 1}, nil, "handle-c"},
		{"no verdicts", nil, nil, ""},
		{"an unheard-of verdict", []connector.Verdict{9, 9, 9}, nil, ""},
		{"verdicts beside an error", []connector.Verdict{1, 1, 1}, disk, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.on("ReceiveMessage", once("a", "b", "c"))
				f.on("DeleteMessageBatch", deleteAll)
				stop := consume(t, f.account(t, alone(), fakeQueue), sinkOf(func(context.Context, []connector.Message) ([]connector.Verdict, error) {
					return tt.verdicts, tt.err
				}))
				connectortest.Eventually(t, 10*time.Minute, "the batch is settled", func() bool { return f.count("ReceiveMessage") > 2 })
				stop()
				if got := f.entries("DeleteMessageBatch", 0, "ReceiptHandle"); got != tt.deleted {
					t.Errorf("deleted %q, want %q", got, tt.deleted)
				}
			})
		})
	}
}

func TestAMessageThatPanicsLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a", "boom", "c"))
		f.on("DeleteMessageBatch", deleteAll)
		sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			for _, m := range batch {
				if string(m.Body) == "boom" {
					panic("a decoder's mistake")
				}
			}
			return kept(batch), nil
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the counts are reported", func() bool {
			return sink.Reported(func(e connector.FeedEvent) bool { return e.Received == 3 && e.Deleted == 2 && e.Left == 1 })
		})
		stop()
		if got := f.entries("DeleteMessageBatch", 0, "ReceiptHandle"); got != "handle-a handle-c" {
			t.Errorf("deleted %q", got)
		}
	})
}

func TestAPanicOfEverythingIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a", "b"))
		sink := sinkOf(func(context.Context, []connector.Message) ([]connector.Verdict, error) { panic("out of order") })
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the feed fails", func() bool {
			return sink.Reported(func(e connector.FeedEvent) bool { return e.Reason == reasonSink })
		})
		stop()
		if f.count("DeleteMessageBatch") != 0 {
			t.Error("something was deleted")
		}
	})
}

func TestADeleteThatFailsInPartIsTriedAgainForThatPart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		senderFault bool
		calls       int
		last        string
		deleted     int
	}{
		{"AWS's fault is tried again", false, 3, "handle-b", 1},
		{"a handle that is no longer good is not", true, 1, "handle-a handle-b", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.on("ReceiveMessage", once("a", "b"))
				f.on("DeleteMessageBatch", func(n int, body map[string]any) answer {
					entries := body["Entries"].([]any)
					ok := deleteAll(n, map[string]any{"Entries": entries[:len(entries)-1]}).body.(map[string]any)
					ok["Failed"] = []any{map[string]any{"Id": fmt.Sprint(len(entries) - 1), "Code": "InternalError", "SenderFault": tt.senderFault}}
					return answer{body: ok}
				})
				sink := &connectortest.Sink{}
				stop := consume(t, f.account(t, alone(), fakeQueue), sink)
				connectortest.Eventually(t, 10*time.Minute, "the batch is settled", func() bool {
					return sink.Reported(func(e connector.FeedEvent) bool { return e.Received == 2 && e.Deleted == tt.deleted && e.Left == 1 })
				})
				stop()
				last := f.entries("DeleteMessageBatch", tt.calls-1, "ReceiptHandle")
				if f.count("DeleteMessageBatch") != tt.calls || last != tt.last {
					t.Errorf("%d calls, the last for %q; want %d and %q", f.count("DeleteMessageBatch"), last, tt.calls, tt.last)
				}
			})
		})
	}
}

func TestAMissingDeletePermissionIsSaidAndEndsWhenItIsGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", func(int, map[string]any) answer { return delivery("a") })
		f.on("DeleteMessageBatch", func(n int, body map[string]any) answer {
			if n < 3 {
				return refusal(403, "AccessDenied", "User: x is not authorized to perform: sqs:deletemessage on resource: y")
			}
			return deleteAll(n, body)
		})
		sink := &connectortest.Sink{}
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the missing action is named", func() bool {
			return sink.Reported(func(e connector.FeedEvent) bool { return e.Action == "sqs:DeleteMessage" })
		})
		connectortest.Eventually(t, 10*time.Minute, "the feed recovers", func() bool { return sink.Health().Health == connector.HealthOK })
		stop()
	})
}

func TestTheFeedRecoversByItselfAndProbesWithOneMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", func(n int, _ map[string]any) answer {
			if n <= 3 {
				return refusal(403, "ExpiredToken", "The security token included in the request is expired")
			}
			return answer{body: map[string]any{}}
		})
		sink := &connectortest.Sink{}
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the feed recovers", func() bool { return sink.Health().Health == connector.HealthOK })
		connectortest.Eventually(t, 10*time.Minute, "it goes on", func() bool { return f.count("ReceiveMessage") > 5 })
		stop()
		var sizes []any
		for _, call := range f.asked("ReceiveMessage")[:5] {
			sizes = append(sizes, call["MaxNumberOfMessages"])
		}
		if diff := cmp.Diff([]any{10., 1., 1., 1., 10.}, sizes); diff != "" {
			t.Error(diff)
		}
		var waits []time.Duration
		for _, e := range sink.Events() {
			if e.Health == connector.HealthFailing {
				waits = append(waits, e.RetryIn)
			}
		}
		if len(waits) != 3 || slices.Min(waits) <= 0 || slices.Max(waits) > alone().retryMost {
			t.Errorf("waits %v", waits)
		}
	})
}

func TestTheSinksOwnWaitIsHeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a"))
		sink := sinkOf(func(context.Context, []connector.Message) ([]connector.Verdict, error) {
			return nil, connector.Retry(errors.New("disk full"), 45*time.Second)
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the trouble is reported", func() bool {
			return sink.Reported(func(e connector.FeedEvent) bool {
				return e.Reason == reasonSink && strings.Contains(e.Detail, "disk full")
			})
		})
		stop()
		if got := f.entries("ChangeMessageVisibilityBatch", 0, "VisibilityTimeout"); got != "45" {
			t.Errorf("hidden for %v s, want 45", got)
		}
	})
}

func TestAnEndpointThatDoesNotLongPollIsNotHammered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake() // answers every receive at once with nothing
		stop := consume(t, f.account(t, alone(), fakeQueue), &connectortest.Sink{})
		time.Sleep(time.Minute)
		stop()
		if n := f.count("ReceiveMessage"); n < 58 || n > 61 {
			t.Errorf("%d receives in a minute, want one a second", n)
		}
	})
}

func TestAnOutageOfAnHourCostsFewCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", func(int, map[string]any) answer { return refusal(503, "ServiceUnavailable", "x") })
		stop := consume(t, f.account(t, alone(), fakeQueue), &connectortest.Sink{})
		time.Sleep(time.Hour)
		stop()
		if n := f.count("ReceiveMessage"); n < 60 || n > 130 {
			t.Errorf("%d receives in an hour, want one every half to whole minute", n)
		}
	})
}

func TestTheHeartbeatKeepsALongBatchHidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a", "b"))
		f.on("DeleteMessageBatch", deleteAll)
		sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			time.Sleep(65 * time.Second) // beats at 20, 40 and 60 s
			return kept(batch), nil
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		time.Sleep(3 * time.Minute)
		stop()
		if n := f.count("ChangeMessageVisibilityBatch"); n != 3 {
			t.Errorf("%d beats, want 3, and none after the delete", n)
		}
		if got := f.entries("ChangeMessageVisibilityBatch", 2, "VisibilityTimeout"); got != "60 60" {
			t.Errorf("hidden for %q", got)
		}
	})
}

func TestABatchInHandIsFinishedWhenTheFeedStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a"))
		f.on("DeleteMessageBatch", deleteAll)
		begun := make(chan struct{})
		sink := sinkOf(func(ctx context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			close(begun)
			time.Sleep(6 * time.Second) // the feed is stopped meanwhile
			return kept(batch), ctx.Err()
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		<-begun
		stop()
		if f.count("DeleteMessageBatch") != 1 {
			t.Error("the batch was taken and not deleted")
		}
		if f.count("ReceiveMessage") != 1 {
			t.Error("the feed went on receiving")
		}
	})
}

func TestABatchThatCannotBeFinishedIsGivenBackAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once("a"))
		begun := make(chan struct{})
		sink := sinkOf(func(ctx context.Context, _ []connector.Message) ([]connector.Verdict, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		<-begun
		told := time.Now()
		stop()
		if took := time.Since(told); took > 10*time.Second {
			t.Errorf("stopping took %s, want at most 10 s", took)
		}
		got := f.entries("ChangeMessageVisibilityBatch", 0, "VisibilityTimeout")
		if got != "0" || f.count("DeleteMessageBatch") != 0 {
			t.Errorf("hidden for %v s and %d deletes, want it visible at once and still there", got, f.count("DeleteMessageBatch"))
		}
	})
}
