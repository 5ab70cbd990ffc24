package aws

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/egress"
	"tocsin/internal/fault"
)

func TestTheAWSConnectorKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{
		Settings: `{"auth":"static_keys","region":"eu-west-1","feeds":[
			{"queue_url":"https://sqs.eu-west-1.amazonaws.com/111122223333/findings"},
			{"queue_url":"https://sqs.us-gov-west-1.amazonaws.com/111122223333/findings.fifo"}]}`,
		Secrets: map[string]string{
			"access_key_id": "AKIACONFORMANCETEST1", "secret_access_key": "conformance/secret/access/key/0123456789",
			"session_token": "conformance-session-token",
		},
		Readme: string(readme),
	})
}

func TestTheREADMENamesEveryReason(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{
		reasonQueueMissing, reasonHubDisabled, reasonCredentialsExpired, reasonCredentialsInvalid, reasonCredentialsMissing, reasonAccessDenied,
		reasonKeyUnusable, reasonClock, reasonThrottled, reasonUnavailable, reasonNotAWS, reasonNetwork, reasonTLS, reasonEgress, reasonSink,
	} {
		if !strings.Contains(string(readme), "`"+reason+"`") {
			t.Errorf("%s is not explained", reason)
		}
	}
}

// keys are secrets for static_keys; pairs override them.
func keys(pairs ...string) map[string]connector.Secret {
	m := map[string]connector.Secret{
		"access_key_id": connector.NewSecret("AKIATESTTESTTESTTEST"), "secret_access_key": connector.NewSecret("a-secret-access-key-of-a-test"),
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = connector.NewSecret(pairs[i+1])
	}
	return m
}

// loopback is a config whose guard lets the test's own servers through.
func loopback(t testing.TB, settings any, secrets map[string]connector.Secret) connector.Config {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	allow, err := egress.ParseAllow("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: allow}).HTTPClient(egress.HTTPOptions{})
	t.Cleanup(client.CloseIdleConnections)
	return connector.Config{Settings: text, Secrets: secrets, HTTP: client}
}

func TestWhatCannotBeRightIsRefusedByField(t *testing.T) {
	t.Parallel()
	const q = `"https://sqs.eu-west-1.amazonaws.com/111122223333/findings"`
	tests := []struct {
		name, settings, at, because string
		secrets                     map[string]connector.Secret
	}{
		{"another way to sign in", `{"auth":"assume_role","role_arn":"arn:x","external_id":"y"}`, "settings.auth", "supported now: static_keys, default", nil},
		{"an access key without a region", `{"auth":"static_keys"}`, "settings.region", "required with an access key", nil},
		{"a region that would change the host", `{"region":"evil.example/"}`, "settings.region", "not a region", nil},
		{"a region with a newline", `{"region":"eu-west-1\n"}`, "settings.region", "one line", nil},
		{"a region of another shape", `{"region":"EU-WEST-1"}`, "settings.region", "not a region", nil},
		{"a misspelt setting", `{"region":"eu-west-1","endpont_url":"https://x.test"}`, "settings.endpont_url", "not a setting of aws", nil},
		{"an endpoint that is no URL", `{"region":"eu-west-1","endpoint_url":"localhost:4566"}`, "settings.endpoint_url", "", nil},
		{"an endpoint with a password", `{"region":"eu-west-1","endpoint_url":"https://a:b@x.test"}`, "settings.endpoint_url", "password", nil},
		{"a queue without a URL", `{"region":"eu-west-1","feeds":[{"region":"eu-west-1"}]}`, "settings.feeds[0].queue_url", "required", nil},
		{"a queue URL without an account", `{"region":"eu-west-1","feeds":[{"queue_url":"https://sqs.eu-west-1.amazonaws.com/findings"}]}`, "settings.feeds[0].queue_url", "/ACCOUNT/QUEUE", nil},
		{"a queue ARN", `{"region":"eu-west-1","feeds":[{"queue_url":"arn:aws:sqs:eu-west-1:111122223333:findings"}]}`, "settings.feeds[0].queue_url", "", nil},
		{"a queue URL over plain http", `{"region":"eu-west-1","feeds":[{"queue_url":"http://sqs.eu-west-1.amazonaws.com/111122223333/f"}]}`, "settings.feeds[0].queue_url", "https://", nil},
		{"a queue URL with a strange name", `{"region":"eu-west-1","feeds":[{"queue_url":"https://sqs.eu-west-1.amazonaws.com/111122223333/a%20b"}]}`, "settings.feeds[0].queue_url", "/ACCOUNT/QUEUE", nil},
		{"a queue in two regions", `{"region":"eu-west-1","feeds":[{"queue_url":` + q + `,"region":"us-east-1"}]}`, "settings.feeds[0].region", "URL says eu-west-1", nil},
		{"a queue region of another shape", `{"region":"eu-west-1","feeds":[{"queue_url":` + q + `,"region":"mars"}]}`, "settings.feeds[0].region", "not a region", nil},
		{"a queue given twice", `{"region":"eu-west-1","feeds":[{"queue_url":` + q + `},{"queue_url":` + q + `}]}`, "settings.feeds[1].queue_url", "twice", nil},
		{"a key pasted with a line break", `{"region":"eu-west-1"}`, "secrets.secret_access_key", "line break", keys("secret_access_key", "abc\n")},
		{"a key pasted with a blank", `{"region":"eu-west-1"}`, "secrets.access_key_id", "blank", keys("access_key_id", " AKIA")},
		{"no secret", `{"region":"eu-west-1"}`, "secrets.access_key_id", "required", map[string]connector.Secret{}},
		{"a secret of no use", `{"region":"eu-west-1"}`, "secrets.password", "not a secret of aws", keys("password", "x")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := loopback(t, json.RawMessage(tt.settings), tt.secrets)
			if tt.secrets == nil {
				c.Secrets = keys()
			}
			_, err := New(c)
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("got %v, want Invalid", err)
			}
			for _, f := range fault.As(err).Fields {
				if f.Location == tt.at && strings.Contains(f.Message, tt.because) {
					return
				}
			}
			t.Errorf("got %+v, want %s because of %q", fault.As(err).Fields, tt.at, tt.because)
		})
	}
}

func TestAQueueIsReadInTheRegionItsAddressSays(t *testing.T) {
	t.Parallel()
	s := settings{Region: "eu-west-1", Feeds: []feedSettings{
		{QueueURL: "https://sqs.us-east-1.amazonaws.com/111122223333/findings"},
		{QueueURL: "https://cn-north-1.queue.amazonaws.com.cn/111122223333/findings"},
		{QueueURL: "https://vpce-0a1b.sqs.us-gov-west-1.vpce.amazonaws.com/111122223333/findings"},
		{QueueURL: "https://sqs.example.test/111122223333/findings", Region: "ap-southeast-2"},
		{QueueURL: "https://sqs.example.test/111122223333/other.fifo"},
		{QueueURL: "https://sqs.us-east-1.amazonaws.com/444455556666/findings"},
	}}
	queues, err := findQueues(s, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range queues {
		got = append(got, q.name)
	}
	want := []string{
		"findings (us-east-1)", "findings (cn-north-1)", "findings (us-gov-west-1)", "findings (ap-southeast-2)",
		"other.fifo (eu-west-1)", "findings (us-east-1) #6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := findQueues(settings{Feeds: s.Feeds[4:5]}, ""); !fault.Is(err, fault.Invalid) || fault.As(err).Fields[0].Location != "settings.feeds[0].region" {
		t.Errorf("a queue without any region: %v", err)
	}
}
