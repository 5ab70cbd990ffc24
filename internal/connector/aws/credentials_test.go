package aws

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tocsin/internal/connector"
)

// witness is a server that remembers who came and with which access key.
type witness struct {
	*httptest.Server
	mu   sync.Mutex
	keys []string
	via  []string
}

func newWitness(t *testing.T, body string) *witness {
	w := &witness{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ := strings.Cut(credential, "/")
		w.mu.Lock()
		w.keys, w.via = append(w.keys, key), append(w.via, r.Header.Get("X-Test-Client")+" "+r.URL.Path)
		w.mu.Unlock()
		if r.Method == http.MethodPut { // IMDSv2 asks for a token first
			out.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
			io.WriteString(out, "imds-token")
			return
		}
		if strings.HasSuffix(r.URL.Path, "/security-credentials/") {
			io.WriteString(out, "the-role")
			return
		}
		io.WriteString(out, body)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *witness) saw() (keys, via string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.keys, ","), strings.Join(w.via, ",")
}

// marked is a client that says which one it is.
type marked string

// RoundTrip implements http.RoundTripper.
func (m marked) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Test-Client", string(m))
	return http.DefaultTransport.RoundTrip(r)
}

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

func through(settings map[string]any, secrets map[string]connector.Secret) connector.Config {
	text, _ := json.Marshal(settings)
	return connector.Config{
		Settings: text, Secrets: secrets,
		HTTP: &http.Client{Transport: marked("http")}, Metadata: &http.Client{Transport: marked("metadata")},
	}
}

// bare takes away whatever AWS configuration the machine of the test has.
func bare(t *testing.T) {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_ENDPOINT_URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
}

func signedIn(t *testing.T, c connector.Config) {
	t.Helper()
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if check := a.Check(t.Context())[0]; !check.OK {
		t.Fatalf("not signed in: %s", check.Detail)
	}
}

func TestTheEnvironmentsKeysAreUsedWithAuthDefault(t *testing.T) {
	bare(t)
	sts := newWitness(t, identity)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
	t.Setenv("AWS_REGION", "eu-north-1")
	signedIn(t, through(map[string]any{"auth": "default", "endpoint_url": sts.URL}, nil))
	if keys, via := sts.saw(); keys != "AKIAENVIRONMENT" || via != "http /" {
		t.Errorf("signed with %s, via %s", keys, via)
	}
}

func TestEnteredKeysLeaveTheEnvironmentAlone(t *testing.T) {
	bare(t)
	entered, environment := newWitness(t, identity), newWitness(t, identity)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
	t.Setenv("AWS_ENDPOINT_URL", environment.URL)
	t.Setenv("AWS_ENDPOINT_URL_STS", environment.URL)
	signedIn(t, through(map[string]any{"region": "us-east-1", "endpoint_url": entered.URL}, keys()))
	if keys, _ := entered.saw(); keys != "AKIATESTTESTTESTTEST" {
		t.Errorf("signed with %s", keys)
	}
	c := through(map[string]any{"region": "us-east-1"}, keys())
	c.HTTP = &http.Client{Transport: refusing{}}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	a.Check(t.Context())
	if keys, _ := environment.saw(); keys != "" {
		t.Errorf("the environment's endpoint was sent a request signed with %s", keys)
	}
}

func TestTheMachinesOwnCredentialsAreAskedForThroughTheMetadataClientOnly(t *testing.T) {
	const role = `{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAROLE","SecretAccessKey":"role-secret","Token":"role-token","Expiration":"2099-01-01T00:00:00Z","LastUpdated":"2026-01-01T00:00:00Z"}`
	tests := []struct {
		name string
		set  func(t *testing.T, url string)
		asks string
	}{
		{"a container's role", func(t *testing.T, url string) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url+"/role")
		}, "metadata /role"},
		{"an instance's role", func(t *testing.T, url string) {
			t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
			t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
		}, "metadata /latest/api/token,metadata /latest/meta-data/iam/security-credentials/,metadata /latest/meta-data/iam/security-credentials/the-role"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bare(t)
			metadata, sts := newWitness(t, role), newWitness(t, identity)
			tt.set(t, metadata.URL)
			settings := map[string]any{"auth": "default", "region": "us-east-1", "endpoint_url": sts.URL}
			signedIn(t, through(settings, nil))
			if _, via := metadata.saw(); via != tt.asks {
				t.Errorf("the machine was asked: %s\nwant %s", via, tt.asks)
			}
			if keys, via := sts.saw(); keys != "ASIAROLE" || via != "http /" {
				t.Errorf("signed with %s, via %s", keys, via)
			}
			c := through(settings, nil)
			c.Metadata = nil
			a, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			if check := a.Check(t.Context())[0]; check.OK || !strings.Contains(check.Detail, "no credentials were found") {
				t.Errorf("without a metadata client: %+v", check)
			}
		})
	}
}

func TestNoCredentialsAnywhereIsSaidInOneSentence(t *testing.T) {
	bare(t)
	settings := feedsOf("", []string{fakeQueue})
	settings["auth"] = "default"
	if e := firstFailure(t, mustConnect(t, through(settings, nil), quick())); e.Reason != reasonCredentialsMissing {
		t.Errorf("got %+v", e)
	}
}

func TestARegionFromNowhereIsRefused(t *testing.T) {
	bare(t)
	_, err := New(through(map[string]any{"auth": "default", "feeds": []map[string]string{{"queue_url": "https://sqs.example.test/111122223333/q"}}}, nil))
	if err == nil || !strings.Contains(err.Error(), "settings.feeds[0].region") {
		t.Errorf("got %v", err)
	}
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	resp, err := guarded(http.DefaultClient).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != maxAnswer || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newWitness(t, identity)
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(s.Close)
	check := against(t, s.URL, quick()).Check(t.Context())[0]
	if _, via := elsewhere.saw(); check.OK || via != "" {
		t.Errorf("followed: %+v, %s", check, via)
	}
}

// late answers at once and reads the request's body only when the caller has
// long gone on, as a slow writer of a connection may.
type late struct{ body io.Reader }

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	l.body = r.Body
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestAnAnswerThatComesEarlyCostsNoConnection(t *testing.T) {
	t.Parallel()
	l := &late{}
	c := through(feedsOf("", []string{fakeQueue}), keys())
	c.HTTP = &http.Client{Transport: l}
	a := mustConnect(t, c, quick())
	q := a.queues[0]
	if _, err := q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url}); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(l.body)
	if err != nil || !strings.Contains(string(text), fakeQueue) {
		t.Errorf("the body that is still to be sent is %q: %v", text, err)
	}
}
