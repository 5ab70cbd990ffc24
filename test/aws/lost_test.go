package aws_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"tocsin/test/harness"
)

// lossy is a connection whose region is reconciled.
func (s *server) lossy(r *rig) string {
	s.t.Helper()
	var made struct{ ID string }
	s.do("POST", "/connections", map[string]any{
		"kind": "aws", "name": "feed",
		"settings": map[string]any{
			"auth": "static_keys", "region": r.region, "endpoint_url": os.Getenv("TOCSIN_TEST_MOTO"),
			"feeds":     []any{map[string]any{"queue_url": r.outputs["QueueUrl"], "region": r.region}},
			"reconcile": []any{map[string]any{"region": r.region, "every": "24h"}},
		},
		"secrets": map[string]any{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret"},
	}, &made)
	return made.ID
}

// hold puts findings into Security Hub, past every queue.
func (r *rig) hold(t *testing.T, findings [][]byte) {
	t.Helper()
	for len(findings) > 0 {
		some := findings[:min(100, len(findings))]
		findings = findings[len(some):]
		body := append(append([]byte(`{"Findings":[`), bytes.Join(some, []byte(","))...), ']', '}')
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, os.Getenv("TOCSIN_TEST_MOTO")+"/findings/import", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+r.region+"/securityhub/aws4_request, SignedHeaders=host, Signature=none")
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(err, res)
		}
		_ = res.Body.Close()
	}
}

type comparison struct {
	State    string
	Runs     int
	LookedAt int `json:"looked_at"`
	Had      int
	Missed   int
	Total    int `json:"total_missed"`
}

func (s *server) comparison(id string) comparison {
	s.t.Helper()
	var c struct{ Reconcile []comparison }
	s.do("GET", "/connections/"+id, nil, &c)
	if len(c.Reconcile) != 1 {
		s.t.Fatalf("%+v", c)
	}
	return c.Reconcile[0]
}

// TestWhatTheQueueLostIsFound: Security Hub holds 250 findings and the queue
// brought 90 of them. The comparison takes the other 160, and the next misses
// nothing.
func TestWhatTheQueueLostIsFound(t *testing.T) {
	t.Parallel()
	r := deploy(t, "sa-east-1", nil)
	s := start(t)
	var all [][]byte
	for i := range 250 {
		all = append(all, harness.Control("lost", int64(i)))
	}
	r.hold(t, all)
	for _, f := range all[:90] {
		r.send(t, `{"version":"0","id":"x","detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","account":"1","time":"2026-11-02T09:00:02Z","region":"sa-east-1","resources":[],"detail":{"findings":[`+string(f)+`]}}`)
	}
	// The queue first: with the connection made only now, both would begin at once.
	feed := s.connect(r)
	await(t, "the queue is drained", 90*time.Second, func() bool { return s.counts(feed).Findings == 90 })
	s.do("DELETE", "/connections/"+feed, nil, nil)
	id := s.lossy(r)
	await(t, "the first comparison ends", 60*time.Second, func() bool { return s.comparison(id).Runs == 1 })
	if got, want := s.comparison(id), (comparison{State: "done", Runs: 1, LookedAt: 250, Had: 90, Missed: 160, Total: 160}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := s.counts(id).Findings; got != 250 {
		t.Errorf("%d findings", got)
	}
	s.do("POST", "/connections/"+id+"/reconcile", map[string]any{}, nil)
	await(t, "the second comparison ends", 60*time.Second, func() bool { return s.comparison(id).Runs == 2 })
	if got, want := s.comparison(id), (comparison{State: "done", Runs: 2, LookedAt: 250, Had: 250, Missed: 0, Total: 160}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestAnObjectInABucketBecomesFindings: the bucket tells the queue, and the
// message goes only when the object's findings are here.
func TestAnObjectInABucketBecomesFindings(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-south-2", nil)
	s := start(t)
	id := s.connect(r)
	bucket := fmt.Sprintf("tocsin-lake-%d", time.Now().UnixNano())
	client := s3.New(s3.Options{
		Region: r.region, BaseEndpoint: aws.String(os.Getenv("TOCSIN_TEST_MOTO")), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(r.region)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i := range 25 {
		_, _ = z.Write(append(harness.Control("object", int64(i)), '\n'))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	key := "findings/2026/11/one.json.gz"
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(packed.Bytes())}); err != nil {
		t.Fatal(err)
	}
	point := func(key string) string {
		return fmt.Sprintf(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":%q,"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q,"size":%d}}}]}`, r.region, bucket, strings.ReplaceAll(key, "/", "%2F"), packed.Len())
	}
	r.send(t, point(key))
	r.send(t, point("findings/never.json.gz"))
	await(t, "the object's findings and the pointer to nothing are kept", 60*time.Second, func() bool {
		c := s.counts(id)
		return c.Findings == 25 && c.Quarantined == 1
	})
	await(t, "the queue is empty", 30*time.Second, func() bool {
		a := r.attributes(t, r.outputs["QueueUrl"])
		return a["ApproximateNumberOfMessages"] == "0" && a["ApproximateNumberOfMessagesNotVisible"] == "0"
	})
	var groups struct{ Items []struct{ Reason string } }
	s.do("GET", "/quarantine/groups", nil, &groups)
	if len(groups.Items) != 1 || groups.Items[0].Reason != "The object s3://… is not there any more, or never was." {
		t.Errorf("%+v", groups)
	}
}
