package aws

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

// lines makes a connection test comparable: "ok NAME: DETAIL".
func lines(checks []connector.Check) map[string]string {
	m := map[string]string{}
	for _, c := range checks {
		state := "no "
		if c.OK {
			state = "ok "
		}
		m[c.Name] = state + c.Detail
	}
	return m
}

func expect(t *testing.T, checks []connector.Check, want map[string]string) {
	t.Helper()
	got := lines(checks)
	for name, text := range want {
		state, says, _ := strings.Cut(text, " ")
		if !strings.HasPrefix(got[name], state+" ") || !strings.Contains(got[name], says) {
			t.Errorf("%s: got %q, want %q", name, got[name], text)
		}
	}
}

func TestMotoTheConnectionTestSaysWhatWorks(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	deadName, name := m.name(), m.name()
	m.queue(deadName, nil)
	url := m.queue(name, map[string]string{
		"RedrivePolicy":     `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:` + deadName + `","maxReceiveCount":10}`,
		"KmsMasterKeyId":    "alias/findings",
		"VisibilityTimeout": "120", "ReceiveMessageWaitTimeSeconds": "20",
	})
	plain := m.queue(m.name(), map[string]string{"SqsManagedSseEnabled": "true"})
	m.send(plain, "waiting")
	q := name + " (us-east-1): "
	p := plain[strings.LastIndexByte(plain, '/')+1:] + " (us-east-1): "
	a := m.account(quick(), url, plain)
	checks := a.Check(t.Context())
	expect(t, checks, map[string]string{
		"endpoint":                        "ok unencrypted",
		"sts:GetCallerIdentity":           "ok signed in to account 123456789012 as arn:aws:",
		q + "sqs:GetQueueAttributes":      "ok about 0 messages wait and 0 are being taken; visibility timeout 120 s",
		q + "dead-letter queue":           "ok " + deadName + " after 10 receives",
		q + "encryption":                  "ok KMS key alias/findings: the credentials need kms:Decrypt",
		q + "sqs:ReceiveMessage":          "ok allowed",
		q + "sqs:DeleteMessage":           "ok only the made-up receipt handle",
		q + "sqs:ChangeMessageVisibility": "ok only the made-up receipt handle",
		p + "sqs:GetQueueAttributes":      "ok about 1 messages wait",
		p + "dead-letter queue":           "ok none",
		p + "encryption":                  "ok by SQS with its own key",
		p + "sqs:ReceiveMessage":          "ok not tried, because about 1 messages wait",
	})
	// The test took nothing: the message comes for the first time now.
	sink := &connectortest.Sink{}
	stop := consumeFeed(t, a.Feeds()[1], sink)
	connectortest.Eventually(t, 10*time.Second, "the message arrives", func() bool { return len(sink.Messages()) == 1 })
	stop()
	if n := sink.Messages()[0].Receives; n != 1 {
		t.Errorf("the connection test counted as a delivery: receive %d", n)
	}
}

func TestMotoAQueueThatIsNotThereIsOneClearLine(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	name := m.name()
	checks := m.account(quick(), m.url+"/123456789012/"+name).Check(t.Context())
	expect(t, checks, map[string]string{name + " (us-east-1): sqs:GetQueueAttributes": "no does not exist"})
	if len(checks) != 3 { // identity, queue, endpoint
		t.Errorf("one missing queue makes %d lines: %+v", len(checks), checks)
	}
}

func TestAConnectionWithoutQueuesSaysSo(t *testing.T) {
	t.Parallel()
	a := newFake().account(t, quick())
	checks := a.Check(t.Context())
	if len(checks) != 2 || checks[1].Name != "queues" || !checks[1].OK || len(a.Feeds()) != 0 {
		t.Errorf("got %+v", checks)
	}
}

func TestEachMissingPermissionHasItsOwnLine(t *testing.T) {
	t.Parallel()
	f := newFake()
	attributes := map[string]string{"ApproximateNumberOfMessages": "0", "VisibilityTimeout": "30", "RedrivePolicy": `{"deadLetterTargetArn":"arn:x","maxReceiveCount":"3"}`}
	f.on("GetQueueAttributes", func(int, map[string]any) answer { return answer{body: map[string]any{"Attributes": attributes}} })
	for _, action := range []string{"ReceiveMessage", "ChangeMessageVisibility"} {
		f.on(action, func(int, map[string]any) answer {
			return refusal(403, "AccessDenied", "User: x is not authorized to perform: sqs:"+strings.ToLower(action)+" on resource: y")
		})
	}
	f.on("DeleteMessage", func(int, map[string]any) answer { return refusal(400, "ReceiptHandleIsInvalid", "x") })
	a := f.account(t, quick(), fakeQueue)
	const q = "findings (us-east-1): "
	expect(t, a.Check(t.Context()), map[string]string{
		q + "sqs:GetQueueAttributes":      "ok about 0 messages",
		q + "dead-letter queue":           "ok that is few",
		q + "encryption":                  "ok none at rest",
		q + "sqs:ReceiveMessage":          "no may not sqs:ReceiveMessage",
		q + "sqs:DeleteMessage":           "ok allowed",
		q + "sqs:ChangeMessageVisibility": "no may not sqs:ChangeMessageVisibility",
	})
	if tried := f.asked("ReceiveMessage")[0]; tried["WaitTimeSeconds"] != 1. || tried["VisibilityTimeout"] != 1. {
		t.Errorf("the trial receive may wait or hide for longer than a second: %v", tried)
	}
	f.on("GetQueueAttributes", func(int, map[string]any) answer { return refusal(403, "AccessDenied", "x") })
	expect(t, a.Check(t.Context()), map[string]string{
		q + "sqs:GetQueueAttributes":      "no may not sqs:GetQueueAttributes",
		q + "sqs:ReceiveMessage":          "ok not tried, because the queue's state is unknown",
		q + "sqs:ChangeMessageVisibility": "no may not",
	})
}

// ownMoto starts an emulator of its own that checks credentials, which the
// shared one must not. It returns the emulator and the keys of a user who may
// do nothing.
func ownMoto(t *testing.T) (*moto, map[string]connector.Secret) {
	t.Helper()
	newMoto(t) // skips where there is none
	program, err := exec.LookPath("moto_server")
	if err != nil {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: moto_server is not in PATH\n", t.Name())
		t.Skip("moto_server is not in PATH")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	connectortest.Eventually(t, time.Minute, "the emulator listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	m := motoAt(t, "http://"+address)
	m.iam("Action=CreateUser&UserName=nobody")
	made := m.iam("Action=CreateAccessKey&UserName=nobody")
	part := func(tag string) string {
		return regexp.MustCompile("<" + tag + ">([^<]+)<").FindStringSubmatch(made)[1]
	}
	return m, keys("access_key_id", part("AccessKeyId"), "secret_access_key", part("SecretAccessKey"))
}

func (m *moto) iam(form string) string {
	m.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, m.url, strings.NewReader(form+"&Version=2010-05-08"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x")
	return m.do(req)
}

func (m *moto) do(req *http.Request) string {
	m.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		m.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return string(text)
}

// The emulator verifies signatures, so this proves that the entered keys are
// what requests are signed with. How it words a refusal is not how AWS does
// (the SDK finds no code in it), so that is for the fake.
func TestMotoTheEnteredKeysAreTheOnesUsed(t *testing.T) {
	t.Parallel()
	m, powerless := ownMoto(t)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, m.url+"/moto-api/reset-auth", bytes.NewReader([]byte("0")))
	req.Header.Set("Content-Type", "text/plain")
	m.do(req) // from now on every call is checked
	for name, tt := range map[string]struct {
		secrets  map[string]connector.Secret
		identity string
	}{
		"an access key nobody has": {keys(), "no HTTP 403"},
		"a wrong secret":           {keys("access_key_id", powerless["access_key_id"].Reveal()), "no HTTP 403"},
		"the right keys":           {powerless, "ok signed in to account 123456789012 as arn:aws:iam::123456789012:user/nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := newAccount(loopback(t, map[string]any{"region": "us-east-1", "endpoint_url": m.url}, tt.secrets), quick())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, a.Check(t.Context()), map[string]string{"sts:GetCallerIdentity": tt.identity})
		})
	}
}

func TestSTSsRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	for code, says := range map[string]string{
		"InvalidClientTokenId":  "does not know the access key",
		"SignatureDoesNotMatch": "does not belong",
		"ExpiredToken":          "have expired",
		"AccessDenied":          "may not sts:GetCallerIdentity",
		"Throttling":            "slow down",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.on("", func(int, map[string]any) answer { // STS speaks XML and names its action in the form
				return answer{
					status: 403, header: map[string]string{"Content-Type": "text/xml"},
					body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code +
						`</Code><Message>x</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
				}
			})
			expect(t, f.account(t, quick()).Check(t.Context()), map[string]string{"sts:GetCallerIdentity": "no " + says})
		})
	}
}
