package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/semaphore"

	"tocsin/internal/connector"
)

const (
	// maxObject is the most an object may weigh, as it is stored: packed.
	maxObject = 64 << 20
	// objectLimit bounds the fetching of one object.
	objectLimit = 2 * time.Minute
)

// store fetches objects for every feed of a connection.
type store struct {
	cfg      aws.Config
	endpoint string
	weight   *semaphore.Weighted // bytes of objects in memory at one time

	mu      sync.Mutex
	clients map[string]*s3.Client // by region
}

func newStore(cfg aws.Config, endpoint string) *store {
	return &store{cfg: cfg, endpoint: endpoint, weight: semaphore.NewWeighted(maxObject), clients: map[string]*s3.Client{}}
}

// client returns the one for a region. Behind an endpoint of its own the bucket
// stands in the path: a name before that host would not resolve.
func (s *store) client(region string) *s3.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[region] == nil {
		s.clients[region] = s3.NewFromConfig(s.cfg, func(o *s3.Options) {
			o.Region = region
			o.UsePathStyle = s.endpoint != ""
			override(&o.BaseEndpoint, s.endpoint)
		})
	}
	return s.clients[region]
}

// hopeless says why an object can never be read.
type hopeless struct{ why string }

// Error implements error.
func (h hopeless) Error() string { return h.why }

// objectError remembers which object could not be read.
type objectError struct {
	name string
	err  error
}

// Error implements error.
func (e objectError) Error() string { return e.name + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e objectError) Unwrap() error { return e.err }

// fetch reads an object and gives it to use; its bytes count against what all
// feeds may hold until use has returned.
func (s *store) fetch(ctx context.Context, o object, use func(body []byte) error) error {
	call, cancel := context.WithTimeout(ctx, objectLimit)
	defer cancel()
	out, err := s.open(call, o)
	if err != nil {
		return s3Error(err, o)
	}
	defer func() { _ = out.Body.Close() }()
	size := aws.ToInt64(out.ContentLength)
	if out.ContentLength == nil || size < 0 {
		size = maxObject
	}
	if size > maxObject {
		return tooLarge(o)
	}
	if err := s.weight.Acquire(call, size); err != nil {
		return callError{"s3:GetObject", err}
	}
	defer s.weight.Release(size)
	body, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	switch {
	case err != nil:
		return callError{"s3:GetObject", err}
	case len(body) > maxObject:
		return tooLarge(o)
	}
	return use(body)
}

func tooLarge(o object) error {
	return hopeless{fmt.Sprintf("The object s3://%s is larger than %d MiB, the most that is read.", clip(o.name()), maxObject>>20)}
}

// open begins to read. A bucket that turns out to be in another region is asked
// for there, once.
func (s *store) open(ctx context.Context, o object) (*s3.GetObjectOutput, error) {
	in := &s3.GetObjectInput{Bucket: &o.bucket, Key: &o.key}
	if o.version != "" && o.version != "null" {
		in.VersionId = &o.version
	}
	out, err := s.client(o.region).GetObject(ctx, in)
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		region := answer.Response.Header.Get("X-Amz-Bucket-Region")
		if elsewhere := answer.HTTPStatusCode(); isRegion(region) && region != o.region &&
			(elsewhere == http.StatusMovedPermanently || elsewhere == http.StatusTemporaryRedirect || elsewhere == http.StatusBadRequest) {
			return s.client(region).GetObject(ctx, in)
		}
	}
	return out, err
}

// s3Error tells what will never work from what may.
func s3Error(err error, o object) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return callError{"s3:GetObject", err}
	}
	is := func(codes ...string) bool { return slices.Contains(codes, api.ErrorCode()) }
	where := "s3://" + clip(o.name())
	switch {
	case is("NoSuchKey", "NoSuchVersion", "NotFound"):
		return hopeless{"The object " + where + " is not there any more, or never was."}
	case is("NoSuchBucket"):
		return hopeless{"The bucket of " + where + " is not there any more, or never was."}
	case is("MethodNotAllowed"):
		return hopeless{"The object " + where + " was deleted."}
	case is("InvalidObjectState"):
		return hopeless{"The object " + where + " is archived; it can be read only after somebody restores it."}
	case is("InvalidBucketName", "KeyTooLongError", "InvalidURI"):
		return hopeless{"S3 does not take " + where + " for the name of an object."}
	}
	return callError{"s3:GetObject", err}
}

// follow hands on what messages point to. A message is kept once all its
// objects are; the pointer itself goes on only when it can never be followed,
// as evidence. What may work another time stays in the queue by itself and
// holds up nobody.
func (c *consumer) follow(ctx context.Context, sink connector.Sink, messages []pointing) ([]connector.Verdict, error) {
	verdicts := make([]connector.Verdict, len(messages))
	for i, m := range messages {
		verdict, err := c.followOne(ctx, sink, m)
		verdicts[i] = verdict
		switch {
		case err == nil, errors.As(err, &panicked{}):
		case errors.As(err, new(takeError)):
			return verdicts, err
		case ctx.Err() != nil:
			return verdicts, takeError{ctx.Err()}
		default:
			if t := c.objectsFailing(sink, err, m); !ofOneObject(t) {
				return verdicts, nil // the others would end no better, and plain messages wait
			}
		}
	}
	return verdicts, nil
}

// ofOneObject tells trouble that the next object may not have.
func ofOneObject(t trouble) bool {
	return t.reason == reasonAccessDenied || t.reason == reasonKeyUnusable || t.reason == reasonUnknown
}

// pointing is a message that points to objects.
type pointing struct {
	message connector.Message
	notice  notice
}

func (c *consumer) followOne(ctx context.Context, sink connector.Sink, m pointing) (connector.Verdict, error) {
	if m.notice.bad != "" {
		return c.refuse(ctx, sink, m, "The message is an S3 notification, but "+m.notice.bad+".")
	}
	for _, o := range m.notice.objects {
		if o.region == "" {
			o.region = c.queue.region
		}
		switch judge(c.queue.objects, o) {
		case skipIt:
			c.log.Debug("an object outside the feed's prefixes was left alone", "object", clip(o.name()))
			continue
		case refuseIt:
			return c.refuse(ctx, sink, m, "The bucket of s3://"+clip(o.name())+" is not one that this feed may read.")
		case fetchIt:
		}
		verdict, err := c.handOn(ctx, sink, m, o)
		var never hopeless
		if errors.As(err, &never) {
			return c.refuse(ctx, sink, m, never.why)
		}
		if err != nil {
			return connector.VerdictRetry, objectError{o.name(), err}
		}
		if verdict != connector.VerdictKept {
			return verdict, nil
		}
		sink.Report(connector.FeedEvent{Feed: c.objectsName(), Health: connector.HealthOK})
	}
	return connector.VerdictKept, nil
}

// handOn fetches one object and gives it to the sink.
func (c *consumer) handOn(ctx context.Context, sink connector.Sink, m pointing, o object) (verdict connector.Verdict, err error) {
	err = c.store.fetch(ctx, o, func(body []byte) error {
		batch := []connector.Message{{Key: o.id(), Body: body, Object: o.name(), Receives: m.message.Receives, SentAt: m.message.SentAt}}
		verdicts, err := c.takeSafely(ctx, sink, batch)
		if err == nil && len(verdicts) == 1 {
			verdict = verdicts[0]
		}
		return err
	})
	return verdict, err
}

// refuse hands the pointer itself on, to be kept with the reason.
func (c *consumer) refuse(ctx context.Context, sink connector.Sink, m pointing, why string) (connector.Verdict, error) {
	m.message.Refused = c.diagnose.scrub(why)
	verdicts, err := c.takeSafely(ctx, sink, []connector.Message{m.message})
	if err != nil || len(verdicts) != 1 {
		return connector.VerdictRetry, err
	}
	return verdicts[0], nil
}

func (c *consumer) objectsName() string { return c.queue.name + ", objects" }

// objectsFailing says that objects cannot be read, beside the feed's own
// health: the queue works.
func (c *consumer) objectsFailing(sink connector.Sink, err error, m pointing) trouble {
	name := ""
	if of := new(objectError); errors.As(err, of) {
		name = of.name
	}
	t := c.diagnose.of(err, "s3:GetObject", "object s3://"+clip(name))
	c.log.Warn("an object cannot be read; its message stays in the queue", "reason", t.reason, "detail", t.detail, "action", t.action, "receives", m.message.Receives)
	sink.Report(connector.FeedEvent{Feed: c.objectsName(), Health: connector.HealthFailing, Reason: t.reason, Detail: t.detail, Action: t.action})
	return t
}
