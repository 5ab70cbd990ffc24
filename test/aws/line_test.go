package aws_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tocsin/test/harness"
)

// server is the real binary on an empty database, reached as a user reaches it.
type server struct {
	t    *testing.T
	call *harness.Caller
}

func start(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	bin := os.Getenv("TOCSIN_BIN")
	if bin == "" {
		bin = filepath.Join(dir, "tocsin")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../../cmd/tocsin").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	data := filepath.Join(dir, "data")
	token, err := harness.Bootstrap(harness.Options{Bin: bin, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	s, err := harness.Start(harness.Options{Bin: bin, Data: data, Env: []string{"TOCSIN_EGRESS_ALLOW=127.0.0.1/32"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = s.Stop(20 * time.Second) })
	call, err := harness.NewCaller(s.URL, token)
	if err != nil {
		t.Fatal(err)
	}
	return &server{t, call}
}

func (s *server) do(method, path string, body, into any) {
	s.t.Helper()
	if err := s.call.Call(method, path, body, into); err != nil {
		s.t.Fatal(err)
	}
}

type counts struct {
	Findings, Tickets, Quarantined int
	Health                         string
}

// counts asks the API what it holds, page by page.
func (s *server) counts(connection string) (c counts) {
	s.t.Helper()
	var page struct {
		Items      []struct{} `json:"items"`
		NextCursor string     `json:"next_cursor"`
	}
	count := func(path string) (n int) {
		cursor := ""
		for {
			page.NextCursor, page.Items = "", nil
			s.do("GET", path+"?limit=100&cursor="+cursor, nil, &page)
			n += len(page.Items)
			if cursor = page.NextCursor; cursor == "" {
				return n
			}
		}
	}
	var health struct {
		Health struct {
			State string `json:"state"`
		} `json:"health"`
	}
	s.do("GET", "/connections/"+connection, nil, &health)
	return counts{count("/findings"), count("/tickets"), count("/quarantine"), health.Health.State}
}

func await(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: not within %s", what, within)
}

func (s *server) connect(r *rig) string {
	s.t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	s.do("POST", "/connections", map[string]any{
		"kind": "aws", "name": "feed",
		"settings": map[string]any{
			"auth": "static_keys", "region": r.region, "endpoint_url": os.Getenv("TOCSIN_TEST_MOTO"),
			"feeds": []any{map[string]any{"queue_url": r.outputs["QueueUrl"], "region": r.region}},
		},
		"secrets": map[string]any{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret"},
	}, &made)
	return made.ID
}

// TestARealAlarmBecomesATicket is the whole line: our template on the emulator,
// real events on the bus, the queue, the consumer, and tickets. Between the
// good messages stand bad ones, which go to quarantine and hold up nothing.
func TestARealAlarmBecomesATicket(t *testing.T) {
	t.Parallel()
	r := deploy(t, "eu-west-3", nil)
	s := start(t)
	id := s.connect(r)
	await(t, "the feed works", 20*time.Second, func() bool { return s.counts(id).Health == "ok" })

	events := realEvents(t)
	bad := []string{"not json at all", `{"detail-type":"Something else","source":"aws.unknown","detail":{}}`, `{"detail-type":"Security Hub Findings - Imported","detail":{"findings":[{"Id":5}]}}`}
	for i, e := range events {
		r.put(t, e.source, e.detailType, e.detail)
		if i < len(bad) {
			r.send(t, bad[i])
		}
	}
	want := counts{Findings: len(events), Quarantined: len(bad), Health: "ok"}
	await(t, "every event arrives", 90*time.Second, func() bool {
		got := s.counts(id)
		want.Tickets = got.Tickets
		return got == want
	})
	if want.Tickets == 0 {
		t.Fatal("no event opened a ticket")
	}
	await(t, "the queue is empty", 30*time.Second, func() bool {
		a := r.attributes(t, r.outputs["QueueUrl"])
		return a["ApproximateNumberOfMessages"] == "0" && a["ApproximateNumberOfMessagesNotVisible"] == "0"
	})

	// The same again changes counters only.
	for _, e := range events[:5] {
		r.put(t, e.source, e.detailType, e.detail)
	}
	r.send(t, bad[0])
	await(t, "the second time is drained", 60*time.Second, func() bool {
		return r.attributes(t, r.outputs["QueueUrl"])["ApproximateNumberOfMessages"] == "0"
	})
	if got := s.counts(id); got != want {
		t.Errorf("the same events again changed %+v to %+v", want, got)
	}
}

type event struct{ source, detailType, detail string }

// realEvents wraps samples that no one here wrote as their service would, at
// most one of an identity, so that each is a finding of its own.
func realEvents(t *testing.T) []event {
	t.Helper()
	dir := os.Getenv("TOCSIN_TESTDATA")
	if dir == "" {
		dir = "../../../shared/testdata/aws"
	}
	files, _ := filepath.Glob(filepath.Join(dir, "asff-asr", "*.json"))
	if len(files) == 0 {
		t.Skipf("SKIPPED: the real samples are not here; set TOCSIN_TESTDATA to their folder")
	}
	var out []event
	seen := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			ID         string          `json:"Id"`
			DetailType string          `json:"detail-type"`
			Source     string          `json:"source"`
			Detail     json.RawMessage `json:"detail"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		key := e.ID
		if e.Detail == nil {
			e.Source, e.DetailType, e.Detail = "aws.securityhub", "Security Hub Findings - Imported", fmt.Appendf(nil, `{"findings":[%s]}`, raw)
		} else {
			key = filepath.Base(file)
		}
		if !seen[key] && !strings.Contains(file, "nodetails") {
			seen[key] = true
			out = append(out, event{e.Source, e.DetailType, string(e.Detail)})
		}
	}
	return out
}

// send puts a raw message on the queue, past the bus.
func (r *rig) send(t *testing.T, body string) {
	t.Helper()
	_, err := r.queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(r.outputs["QueueUrl"]), MessageBody: &body})
	if err != nil {
		t.Fatal(err)
	}
}
