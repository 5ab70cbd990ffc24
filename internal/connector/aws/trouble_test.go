package aws

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

const fakeQueue = "https://sqs.us-east-1.amazonaws.com/111122223333/findings"

func TestEveryTroubleIsToldApart(t *testing.T) {
	t.Parallel()
	html := answer{status: 404, body: "<!DOCTYPE html><title>404</title>", header: map[string]string{"Content-Type": "text/html"}}
	tests := []struct {
		name           string
		answer         answer
		reason, action string
		says           string
	}{
		{"the queue is gone", refusal(400, "QueueDoesNotExist", "The specified queue does not exist."), reasonQueueMissing, "", "findings (us-east-1) does not exist"},
		{
			"the queue is gone, in the older words",
			answer{
				status: 400, body: map[string]any{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "x"},
				header: map[string]string{"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
			}, reasonQueueMissing, "", "does not exist",
		},
		{"the queue is elsewhere", refusal(400, "InvalidAddress", "The address is not valid for this endpoint."), reasonQueueMissing, "", "another region"},
		{"an expired token", refusal(403, "ExpiredToken", "The security token included in the request is expired"), reasonCredentialsExpired, "", "enter new ones"},
		{"an expired token of STS", refusal(400, "ExpiredTokenException", "x"), reasonCredentialsExpired, "", "expired"},
		{"an unknown access key", refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid."), reasonCredentialsInvalid, "", "does not know the access key"},
		{"an unrecognised client", refusal(400, "UnrecognizedClientException", "x"), reasonCredentialsInvalid, "", "does not know the access key"},
		{"a wrong secret", refusal(403, "SignatureDoesNotMatch", "The Canonical String should have been a-secret-access-key-of-a-test"), reasonCredentialsInvalid, "", "does not belong"},
		{"a clock that is off", refusal(403, "SignatureDoesNotMatch", "Signature expired: 20200101T000000Z is now earlier than …"), reasonClock, "", "clock"},
		{"a clock that is off, another way", refusal(403, "RequestTimeTooSkewed", "x"), reasonClock, "", "clock"},
		{
			"a permission that AWS names in lower case",
			refusal(403, "AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:1:findings because no identity-based policy allows the sqs:receivemessage action"),
			reasonAccessDenied, "sqs:ReceiveMessage", "may not sqs:ReceiveMessage on queue findings",
		},
		{"a permission of another service", refusal(403, "AccessDenied", "User: x is not authorized to perform: kms:Decrypt on the resource"), reasonAccessDenied, "kms:Decrypt", "may not kms:Decrypt"},
		{"a permission that nobody names", refusal(403, "AccessDenied", "Access to the resource is denied."), reasonAccessDenied, "sqs:ReceiveMessage", "allow it"},
		{"an explicit deny", refusal(403, "AccessDenied", "not authorized to perform: sqs:ReceiveMessage with an explicit deny in a service control policy"), reasonAccessDenied, "sqs:ReceiveMessage", "explicitly denies"},
		{"a key that may not be used", refusal(400, "KMS.AccessDeniedException", "x"), reasonAccessDenied, "kms:Decrypt", "kms:Decrypt"},
		{"a key that is disabled", refusal(400, "KmsDisabled", "arn:aws:kms:x is disabled."), reasonKeyUnusable, "", "is disabled"},
		{"throttling", refusal(400, "ThrottlingException", "Rate exceeded"), reasonThrottled, "", "slow down"},
		{"throttling in SQS's words", refusal(403, "RequestThrottled", "x"), reasonThrottled, "", "slow down"},
		{"too much in flight", refusal(403, "OverLimit", "x"), reasonThrottled, "", "slow down"},
		{"AWS is down", refusal(503, "ServiceUnavailable", "x"), reasonUnavailable, "", "503"},
		{"AWS is down and says nothing", answer{status: 500, body: ""}, reasonUnavailable, "", "500"},
		{"a web page", html, reasonNotAWS, "", "endpoint_url"},
		{"a web page that says all is well", answer{body: "<!DOCTYPE html>"}, reasonNotAWS, "", "endpoint_url"},
		{"a redirect", answer{status: 302, body: "", header: map[string]string{"Location": "http://169.254.169.254/"}}, reasonNotAWS, "", "302"},
		{"something new", refusal(400, "SurpriseException", "a \x1b[31msurprise\nof a-secret-access-key-of-a-test"), reasonUnknown, "", "a  [31msurprise of [redacted]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.on("ReceiveMessage", func(int, map[string]any) answer { return tt.answer })
			e := firstFailure(t, f.account(t, quick(), fakeQueue))
			if e.Reason != tt.reason || e.Action != tt.action || !strings.Contains(e.Detail, tt.says) {
				t.Errorf("got %+v\nwant %s, %q, with %q", e, tt.reason, tt.action, tt.says)
			}
			if strings.Contains(e.Detail, "a-secret-access-key") {
				t.Errorf("the secret is in %q", e.Detail)
			}
		})
	}
}

func firstFailure(t *testing.T, a *account) connector.FeedEvent {
	t.Helper()
	sink := &connectortest.Sink{}
	stop := consume(t, a, sink)
	failing := func(e connector.FeedEvent) bool { return e.Health == connector.HealthFailing }
	connectortest.Eventually(t, time.Minute, "the feed fails", func() bool { return sink.Reported(failing) })
	stop()
	events := sink.Events()
	return events[slices.IndexFunc(events, failing)]
}

func TestTroubleOnTheWayToAWS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	hold := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(hold) })
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	tests := []struct{ name, endpoint, reason, says string }{
		{"nobody listens", gone.URL, reasonNetwork, "connection refused"},
		{"the name does not resolve", "http://tocsin.invalid", reasonNetwork, "tocsin.invalid"},
		{"the certificate is not trusted", secure.URL, reasonTLS, "certificate"},
		{"plain text where TLS should be", strings.Replace(plain.URL, "http:", "https:", 1), reasonNetwork, "HTTP response to HTTPS client"},
		{"the address is closed", "http://169.254.169.254", reasonEgress, "TOCSIN_EGRESS_ALLOW"},
		{"the address is spelt strangely", "http://2130706433", reasonEgress, "unusual spelling"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := firstFailure(t, against(t, tt.endpoint, quick(), fakeQueue))
			if e.Reason != tt.reason || !strings.Contains(e.Detail, tt.says) {
				t.Errorf("got %+v, want %s with %q", e, tt.reason, tt.says)
			}
		})
	}
	t.Run("an answer that never comes", func(t *testing.T) {
		t.Parallel()
		a := against(t, silent.URL, quick(), fakeQueue)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		check := a.Check(ctx)[0]
		if check.OK || !strings.Contains(check.Detail, "in time") {
			t.Errorf("got %+v", check)
		}
	})
}
