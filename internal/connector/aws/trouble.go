package aws

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// trouble is what is wrong, for a machine and for a person.
type trouble struct {
	reason string // one of the reasons below
	detail string // one sentence, without secrets
	action string // the IAM action that is missing, "" unless AWS or the call named one
}

// The reasons a feed or a check gives.
const (
	reasonQueueMissing       = "queue_missing"
	reasonHubDisabled        = "hub_disabled"
	reasonCredentialsExpired = "credentials_expired"
	reasonCredentialsInvalid = "credentials_invalid"
	reasonCredentialsMissing = "credentials_missing"
	reasonAccessDenied       = "access_denied"
	reasonKeyUnusable        = "key_unusable"
	reasonClock              = "clock_differs"
	reasonThrottled          = "throttled"
	reasonUnavailable        = "aws_unavailable"
	reasonNotAWS             = "not_aws"
	reasonNetwork            = "network"
	reasonTLS                = "tls"
	reasonEgress             = "egress_refused"
	reasonSink               = "not_stored"
	reasonCancelled          = "cancelled"
	reasonUnknown            = "unknown"
)

// diagnosis turns errors of the SDK into troubles. It knows the secrets so
// that it can take them out of what AWS says: a SignatureDoesNotMatch, for one,
// repeats the request's headers.
type diagnosis struct{ secrets map[string]connector.Secret }

// of explains err, which came from calling action (such as sqs:ReceiveMessage)
// on the thing named.
func (d diagnosis) of(err error, action, thing string) trouble {
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		return d.answer(api, err, action, thing)
	case fault.Is(err, fault.Denied):
		return trouble{reason: reasonEgress, detail: fault.As(err).Message}
	case errors.Is(err, context.Canceled):
		return trouble{reason: reasonCancelled, detail: "stopped before it could finish"}
	case strings.Contains(err.Error(), "get identity"):
		return trouble{
			reason: reasonCredentialsMissing,
			detail: "no credentials were found in the environment, the shared configuration or this machine's role: " + d.cause(err),
		}
	}
	return d.transport(err, action)
}

// answer explains what AWS itself said.
func (d diagnosis) answer(api smithy.APIError, err error, action, thing string) trouble {
	code := api.ErrorCode()
	is := func(codes ...string) bool { return slices.Contains(codes, code) }
	switch {
	case is("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"):
		return trouble{reason: reasonQueueMissing, detail: thing + " does not exist, or is in another region or account; reading starts again by itself once it is there"}
	case is("InvalidAccessException"):
		return trouble{reason: reasonHubDisabled, detail: thing + " is not enabled for this account: " + clip(api.ErrorMessage())}
	case is("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"):
		return trouble{reason: reasonCredentialsExpired, detail: "the credentials have expired: enter new ones"}
	case is("RequestTimeTooSkewed", "RequestExpired") || (is("SignatureDoesNotMatch", "InvalidSignatureException") && aboutTime(api.ErrorMessage())):
		return trouble{reason: reasonClock, detail: "the clock of this machine differs from AWS's by more than minutes: set it right"}
	case is("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "InvalidSecurity"):
		return trouble{reason: reasonCredentialsInvalid, detail: "AWS does not know the access key ID or the session token: it was mistyped, deleted or deactivated"}
	case is("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken"):
		return trouble{reason: reasonCredentialsInvalid, detail: "the secret access key does not belong to the access key ID"}
	case strings.HasPrefix(code, "KMS.") || strings.HasPrefix(code, "Kms"):
		return d.key(code, api.ErrorMessage(), thing)
	case is("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "AWS.SimpleQueueService.AccessDenied"):
		return denied(api.ErrorMessage(), action, thing)
	case is("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "TooManyRequestsException", "OverLimit", "SlowDown", "RequestLimitExceeded", "LimitExceededException"):
		return trouble{reason: reasonThrottled, detail: "AWS asks to slow down (" + code + ")"}
	case status(err) >= 500:
		return trouble{reason: reasonUnavailable, detail: fmt.Sprintf("AWS answered %d (%s) to %s", status(err), clip(code), action)}
	case is("UnknownError", ""): // the SDK found no code: a proxy, a redirect or another kind of server
		return d.notAWS(err, action)
	}
	return trouble{reason: reasonUnknown, detail: d.scrub(fmt.Sprintf("AWS refused %s on %s: %s: %s", action, thing, clip(code), clip(api.ErrorMessage())))}
}

// denied names the action AWS names, else the one that was called. SQS names
// it in lower case ("sqs:receivemessage"), so the call's spelling wins where
// both mean the same.
func denied(message, action, thing string) trouble {
	t := trouble{reason: reasonAccessDenied, action: action}
	if m := regexp.MustCompile(`perform: ([a-z0-9-]{2,32}:[A-Za-z0-9]{2,64})`).FindStringSubmatch(message); m != nil && !strings.EqualFold(m[1], action) {
		t.action = m[1]
	}
	t.detail = fmt.Sprintf("the credentials may not %s on %s: allow it in their IAM policy or in the queue's own", t.action, thing)
	if strings.Contains(message, "explicit deny") {
		t.detail = fmt.Sprintf("a policy explicitly denies %s on %s: find the Deny statement in the IAM, queue or organisation policies", t.action, thing)
	}
	return t
}

// key explains trouble with the KMS key of an encrypted queue.
func (d diagnosis) key(code, message, thing string) trouble {
	lower := strings.ToLower(code)
	switch {
	case strings.Contains(lower, "accessdenied"):
		return trouble{
			reason: reasonAccessDenied, action: "kms:Decrypt",
			detail: "the credentials may not kms:Decrypt with the key that encrypts " + thing + ": allow it in the key's policy",
		}
	case strings.Contains(lower, "throttl"):
		return trouble{reason: reasonThrottled, detail: "AWS KMS asks to slow down"}
	}
	return trouble{reason: reasonKeyUnusable, detail: d.scrub("the key that encrypts " + thing + " cannot be used: " + clip(code) + ": " + clip(message))}
}

// transport explains a call that got no answer, or none from AWS.
func (d diagnosis) transport(err error, action string) trouble {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		record      tls.RecordHeaderError
		broken      *smithy.DeserializationError
		dns         *net.DNSError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &record):
		return trouble{reason: reasonTLS, detail: "the secure connection failed: " + d.cause(err)}
	case status(err) >= 500:
		return trouble{reason: reasonUnavailable, detail: fmt.Sprintf("AWS answered %d to %s", status(err), action)}
	case errors.As(err, &broken), status(err) > 0:
		return d.notAWS(err, action)
	case errors.As(err, &dns):
		return trouble{reason: reasonNetwork, detail: "the name " + clip(dns.Name) + " does not resolve: check the region, endpoint_url and the name server"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return trouble{reason: reasonNetwork, detail: "AWS did not answer " + action + " in time"}
	}
	return trouble{reason: reasonNetwork, detail: "AWS cannot be reached: " + d.cause(err)}
}

func (d diagnosis) notAWS(err error, action string) trouble {
	return trouble{reason: reasonNotAWS, detail: fmt.Sprintf("the answer to %s (HTTP %d) is not AWS's: check endpoint_url and any proxy in between (%s)", action, status(err), d.cause(err))}
}

// cause is the innermost error's text: the outer ones repeat the request.
func (d diagnosis) cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return d.scrub(clip(err.Error()))
		}
		if _, op := err.(*net.OpError); op {
			return d.scrub(clip(err.Error()))
		}
		err = inner
	}
}

// scrub takes the connection's secrets out of a text, in case somebody's
// answer repeats them.
func (d diagnosis) scrub(text string) string {
	for _, s := range d.secrets {
		if s.Set() {
			text = strings.ReplaceAll(text, s.Reveal(), s.String())
		}
	}
	return text
}

func aboutTime(message string) bool {
	return strings.Contains(message, "expired") || strings.Contains(message, "not yet current")
}

// status is the HTTP status of the answer inside err, 0 where there is none.
func status(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// clip makes a foreign text fit for one sentence: printable, at most 300 runes.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300]) + "…"
	}
	return strings.TrimSpace(s)
}
