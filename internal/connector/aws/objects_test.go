package aws

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

// s3Says is an error of S3.
func s3Says(status int, code, message string) answer {
	return answer{
		status: status, header: map[string]string{"Content-Type": "application/xml"},
		body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`,
	}
}

func content(text string) answer {
	return answer{body: text, header: map[string]string{"Content-Type": "application/octet-stream"}}
}

// brief is what matters of a message.
type brief struct{ Key, Body, Object, Refused string }

func briefs(list []connector.Message) []brief {
	var out []brief
	for _, m := range list {
		out = append(out, brief{m.Key, string(m.Body), m.Object, m.Refused})
	}
	return out
}

func TestWhatAMessagePointsToGoesToTheSinkBeforeTheMessageIsDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once(pointTo("trail", "logs/one.json.gz", "v1")))
		f.on("GetObject", func(int, map[string]any) answer { return content("the content") })
		f.on("DeleteMessageBatch", deleteAll)
		sink := sinkOf(func(_ context.Context, batch []connector.Message) ([]connector.Verdict, error) {
			f.note("durable")
			return kept(batch), nil
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the message is deleted", func() bool { return f.count("DeleteMessageBatch") == 1 })
		stop()
		want := []brief{{"s3://trail/logs/one.json.gz#v1", "the content", "trail/logs/one.json.gz", ""}}
		if diff := cmp.Diff(want, briefs(sink.Messages())); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"ReceiveMessage", "GetObject", "durable", "DeleteMessageBatch"}, f.happened()[:4]); diff != "" {
			t.Error(diff)
		}
		if call := f.asked("GetObject")[0]; call["path"] != "/logs/one.json.gz" || call["version"] != "v1" || call["host"] != "trail.s3.eu-west-1.amazonaws.com" {
			t.Errorf("asked for %v", call)
		}
	})
}

func TestWhatBecomesOfAPointer(t *testing.T) {
	t.Parallel()
	pointer := pointTo("trail", "k", "")
	gone := "The object s3://trail/k is not there any more, or never was."
	big := content("x")
	big.header["Content-Length"] = fmt.Sprint(maxObject + 1)
	moved := s3Says(301, "PermanentRedirect", "use the right endpoint")
	moved.header["X-Amz-Bucket-Region"] = "ap-south-1"
	tests := []struct {
		name     string
		pointer  string
		objects  string // of the feed
		answers  []answer
		refused  string // with which the pointer goes to the sink, "" when it does not
		contents int
		deleted  bool
		reason   string // the objects' health
		action   string
	}{
		{"a missing object is evidence", pointer, "", []answer{s3Says(404, "NoSuchKey", "x")}, gone, 0, true, "", ""},
		{"a missing bucket is evidence", pointer, "", []answer{s3Says(404, "NoSuchBucket", "x")}, "The bucket of s3://trail/k is not there any more, or never was.", 0, true, "", ""},
		{"a deleted version is evidence", pointer, "", []answer{s3Says(405, "MethodNotAllowed", "x")}, "The object s3://trail/k was deleted.", 0, true, "", ""},
		{"an archived object is evidence", pointer, "", []answer{s3Says(403, "InvalidObjectState", "x")}, "The object s3://trail/k is archived; it can be read only after somebody restores it.", 0, true, "", ""},
		{"one that is too large is not begun", pointer, "", []answer{big}, "The object s3://trail/k is larger than 64 MiB, the most that is read.", 0, true, "", ""},
		{"a refusal is tried again", pointer, "", []answer{s3Says(403, "AccessDenied", "Access Denied")}, "", 0, false, reasonAccessDenied, "s3:GetObject"},
		{"a refusal of the key names it", pointer, "", []answer{s3Says(403, "AccessDenied", "User: x is not authorized to perform: kms:Decrypt on resource: y")}, "", 0, false, reasonAccessDenied, "kms:Decrypt"},
		{"throttling is tried again", pointer, "", []answer{s3Says(503, "SlowDown", "x"), s3Says(503, "SlowDown", "x"), s3Says(503, "SlowDown", "x")}, "", 0, false, reasonThrottled, ""},
		{"a bucket that is elsewhere is asked for there", pointer, "", []answer{moved, content("found")}, "", 1, true, "", ""},
		{"an object outside the prefixes is left alone", pointer, "s3://trail/logs/", nil, "", 0, true, "", ""},
		{"a bucket nobody named is not touched", pointer, "s3://lake/", nil, "The bucket of s3://trail/k is not one that this feed may read.", 0, true, "", ""},
		{"a name that cannot be is evidence", pointTo("Not_A_Bucket", "k", ""), "", nil, "The message is an S3 notification, but it points to an object without a bucket that can be.", 0, true, "", ""},
		{"the trial is no finding", `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"trail"}`, "", nil, "", 0, true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.on("ReceiveMessage", once(tt.pointer, "plain"))
				f.on("DeleteMessageBatch", deleteAll)
				f.on("GetObject", func(n int, _ map[string]any) answer { return tt.answers[min(n, len(tt.answers))-1] })
				sink := &connectortest.Sink{}
				stop := consume(t, f.withObjects(t, tt.objects), sink)
				connectortest.Eventually(t, 10*time.Minute, "everything is settled", func() bool { return f.count("ReceiveMessage") > 2 })
				stop()
				refused, contents, plain := "", 0, 0
				for _, m := range sink.Messages() {
					switch {
					case m.Refused != "":
						refused = m.Refused
						if string(m.Body) != tt.pointer {
							t.Errorf("the evidence is %s", m.Body)
						}
					case m.Object != "":
						contents++
					default:
						plain++
					}
				}
				if refused != tt.refused || contents != tt.contents || plain != 1 {
					t.Errorf("refused %q, %d contents, %d plain messages", refused, contents, plain)
				}
				deleted := ""
				for n := range f.asked("DeleteMessageBatch") {
					deleted += f.entries("DeleteMessageBatch", n, "ReceiptHandle") + " "
				}
				if got := strings.Contains(deleted, tt.pointer); got != tt.deleted || !strings.Contains(deleted, "handle-plain") {
					t.Errorf("deleted %q", deleted)
				}
				failing := connector.FeedEvent{}
				for _, e := range sink.Events() {
					if e.Health == connector.HealthFailing {
						failing = e
					}
				}
				if failing.Reason != tt.reason || failing.Action != tt.action || (tt.reason != "" && !strings.Contains(failing.Feed, "objects")) {
					t.Errorf("failing with %+v", failing)
				}
			})
		})
	}
}

// withObjects is an account whose one feed may read these objects.
func (f *fake) withObjects(t *testing.T, objects string) *account {
	t.Helper()
	a := f.account(t, alone(), fakeQueue)
	places, ok := readPlaces(objects)
	if !ok {
		t.Fatal("the places are not read")
	}
	a.queues[0].objects = places
	return a
}

// Ten pointers of a bucket that answers nothing do not keep the plain messages
// of the same batch waiting.
func TestASlowBucketHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		bodies := []string{"plain"}
		for i := range 9 {
			bodies = append(bodies, pointTo("trail", fmt.Sprint("k", i), ""))
		}
		f.on("ReceiveMessage", once(bodies...))
		f.on("DeleteMessageBatch", deleteAll)
		f.on("GetObject", func(int, map[string]any) answer { return answer{after: time.Hour} })
		sink := &connectortest.Sink{}
		began := time.Now()
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, time.Minute, "the plain message is kept and gone", func() bool { return f.count("DeleteMessageBatch") == 1 })
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the plain message waited %s", took)
		}
		stop()
		if n := f.count("GetObject"); n > 3 {
			t.Errorf("%d objects were asked for, though the first did not come", n)
		}
	})
}

func TestObjectsThatCannotBeStoredStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("ReceiveMessage", once(pointTo("trail", "k", "")))
		f.on("GetObject", func(int, map[string]any) answer { return content("x") })
		sink := sinkOf(func(context.Context, []connector.Message) ([]connector.Verdict, error) {
			return nil, connector.Retry(fmt.Errorf("disk full"), time.Minute)
		})
		stop := consume(t, f.account(t, alone(), fakeQueue), sink)
		connectortest.Eventually(t, 10*time.Minute, "the outage is reported", func() bool {
			return sink.Reported(func(e connector.FeedEvent) bool { return e.Reason == reasonSink })
		})
		stop()
		if f.count("DeleteMessageBatch") != 0 {
			t.Error("a message was deleted whose object is not durable")
		}
	})
}
