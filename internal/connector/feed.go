package connector

import (
	"context"
	"errors"
	"time"

	"tocsin/internal/fault"
)

// Sink takes what a feed brings. It is safe for concurrent use: a feed has
// several workers.
type Sink interface {
	// Take makes a batch durable and answers for each message in the order
	// given. Only after it has returned may a feed delete a kept message
	// outside. An error means that no verdict was reached for any of them; all
	// stay outside, and RetryAfter says when to come back. A message may come
	// again after it was kept, so Take must be idempotent by Message.Key.
	Take(ctx context.Context, batch []Message) ([]Verdict, error)
	// Report says how the feed is doing, after every attempt: with two workers
	// that is twice in 20 s on an empty queue, and hundreds of times a second on
	// a full one. It must not block.
	Report(FeedEvent)
}

// Message is one thing a feed brought, its body untouched.
type Message struct {
	Key      string // the provider's id, the same at every delivery
	Body     []byte
	Receives int   // how often the provider has handed it out, 1 the first time; 0 unknown
	SentAt   int64 // microseconds UTC by the provider's clock; 0 unknown
	// Object names the stored object that Body is the content of, such as
	// BUCKET/AWSLogs/….json.gz; its ending tells how it is packed. "" for a
	// message that is its own content.
	Object string
	// Refused says why what Body points to can never be read. The body is then
	// kept in quarantine as it came, with this sentence. "" for every other.
	Refused string
}

// Verdict is what became of one message.
type Verdict uint8

const (
	// VerdictRetry leaves the message outside, to come again later. It is the
	// zero value, so a verdict that was forgotten never deletes anything.
	VerdictRetry Verdict = iota
	// VerdictKept means durable here, as a finding or in quarantine: the
	// message may be deleted outside.
	VerdictKept
)

// Health is how a feed is doing.
type Health string

// The states a feed reports. A connection that is switched off is "off", which
// no feed says of itself.
const (
	HealthStarting Health = "starting"
	HealthOK       Health = "ok"
	HealthFailing  Health = "failing"
)

// FeedEvent is news of a feed: a change of health, or counts since the last
// event, or both.
type FeedEvent struct {
	Feed   string
	Health Health // "" says nothing about health
	Reason string // machine word for a failing feed, such as access_denied
	Detail string // one sentence for a person; holds no secret
	Action string // the permission that is missing, such as sqs:ReceiveMessage
	// RetryIn is how long the feed waits before its next attempt.
	RetryIn time.Duration

	Received, Deleted, Left int // messages since the last event
}

// retryError says that the same call may succeed later.
type retryError struct {
	cause error
	after time.Duration
}

// Retry marks err as worth another attempt, not before after has passed (0: at
// the caller's own pace). A nil err stays nil.
func Retry(err error, after time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryError{cause: err, after: max(after, 0)}
}

// Error implements error.
func (e *retryError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *retryError) Unwrap() error { return e.cause }

// RetryAfter tells whether err is worth another attempt and how long to wait
// first: it was marked by Retry, or it is fault.Busy or fault.Unavailable.
func RetryAfter(err error) (time.Duration, bool) {
	var r *retryError
	if errors.As(err, &r) {
		return r.after, true
	}
	if f := fault.As(err); f != nil && (f.Code == fault.Busy || f.Code == fault.Unavailable) {
		return f.RetryAfter, true
	}
	return 0, false
}
