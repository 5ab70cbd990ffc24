package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"tocsin/internal/connector"
)

// checkLimit bounds one call of a connection test, its retries included.
const checkLimit = 10 * time.Second

// Check implements connector.Connector: who we are, then each queue's state
// and permissions. It changes nothing:
//   - sqs:DeleteMessage and sqs:ChangeMessageVisibility are called with a
//     receipt handle that belongs to no message. AWS settles permission before
//     it looks at the handle, so a complaint about the handle means permitted.
//   - sqs:ReceiveMessage cannot be tried without counting as a delivery of
//     whatever is waiting, and deliveries lead to the dead-letter queue. It is
//     called, for a second and hiding for a second, only on a queue that says
//     it is empty; otherwise the line says that the feed's own health is the
//     proof.
//   - s3:GetObject is called for an object that is not there. Who may read but
//     not list is told "access denied" for that, with s3:ListBucket named.
//   - securityhub:GetFindings is called for one finding.
func (a *account) Check(ctx context.Context) []connector.Check {
	checks := []connector.Check{a.checkIdentity(ctx)}
	perQueue := make([][]connector.Check, len(a.queues))
	var all sync.WaitGroup
	for i, q := range a.queues {
		all.Go(func() { perQueue[i] = append(a.checkQueue(ctx, q), a.checkObjects(ctx, q)...) })
	}
	perPlace := make([]connector.Check, len(a.places))
	for i, p := range a.places {
		all.Go(func() { perPlace[i] = a.checkHub(ctx, p.Name) })
	}
	all.Wait()
	for _, c := range perQueue {
		checks = append(checks, c...)
	}
	checks = append(checks, perPlace...)
	if strings.HasPrefix(a.endpoint, "http://") {
		checks = append(checks, connector.Check{Name: "endpoint", OK: true, Detail: "requests and findings travel to " + a.endpoint + " unencrypted: only for an emulator"})
	}
	if len(a.queues) == 0 {
		checks = append(checks, connector.Check{Name: "queues", OK: true, Detail: "no queue is set up, so nothing will be received"})
	}
	return checks
}

func (a *account) checkIdentity(ctx context.Context) connector.Check {
	const action = "sts:GetCallerIdentity"
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	out, err := a.sts.GetCallerIdentity(call, &sts.GetCallerIdentityInput{})
	if err != nil {
		return connector.Check{Name: action, Detail: a.diagnose.of(err, action, "this account").detail}
	}
	return connector.Check{
		Name: action, OK: true,
		Detail: fmt.Sprintf("signed in to account %s as %s", clip(aws.ToString(out.Account)), clip(aws.ToString(out.Arn))),
	}
}

func (a *account) checkQueue(ctx context.Context, q queue) []connector.Check {
	line := func(what string, ok bool, detail string) connector.Check {
		return connector.Check{Name: q.name + ": " + what, OK: ok, Detail: detail}
	}
	attributes, t := a.attributes(ctx, q)
	if t.reason != "" && t.reason != reasonAccessDenied {
		return []connector.Check{line("sqs:GetQueueAttributes", false, t.detail)}
	}
	var checks []connector.Check
	if t.reason != "" {
		checks = append(checks, line("sqs:GetQueueAttributes", false, t.detail))
	} else {
		checks = append(checks,
			line("sqs:GetQueueAttributes", true, state(attributes)),
			line("dead-letter queue", true, deadLetters(attributes)),
			line("encryption", true, encryption(attributes)))
	}
	ok, detail := a.checkReceive(ctx, q, attributes)
	checks = append(checks, line("sqs:ReceiveMessage", ok, detail))
	for _, p := range []struct {
		action string
		call   func(context.Context, *sqs.Client, *string) error
	}{{"sqs:DeleteMessage", tryDelete}, {"sqs:ChangeMessageVisibility", tryHide}} {
		call, cancel := context.WithTimeout(ctx, checkLimit)
		ok, detail := a.permitted(p.call(call, q.client, &q.url), p.action, q)
		cancel()
		checks = append(checks, line(p.action, ok, detail))
	}
	return checks
}

func (a *account) attributes(ctx context.Context, q queue) (map[string]string, trouble) {
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	out, err := q.client.GetQueueAttributes(call, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t := a.diagnose.of(err, "sqs:GetQueueAttributes", "queue "+q.name)
		t.detail += grant(t, q.arn())
		return nil, t
	}
	return out.Attributes, trouble{}
}

func state(attributes map[string]string) string {
	n := func(name types.QueueAttributeName) int { return number(attributes, name) }
	return fmt.Sprintf("about %d messages wait and %d are being taken; visibility timeout %d s (messages being taken are kept hidden beyond it), kept for %d days",
		n(types.QueueAttributeNameApproximateNumberOfMessages), n(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		n(types.QueueAttributeNameVisibilityTimeout), n(types.QueueAttributeNameMessageRetentionPeriod)/86400)
}

// fewReceives is a dead-letter limit that an outage of minutes uses up.
const fewReceives = 5

func deadLetters(attributes map[string]string) string {
	var policy struct {
		Target string          `json:"deadLetterTargetArn"`
		Most   json.RawMessage `json:"maxReceiveCount"` // AWS writes a number, some emulators text
	}
	text := attributes[string(types.QueueAttributeNameRedrivePolicy)]
	if text == "" || json.Unmarshal([]byte(text), &policy) != nil || policy.Target == "" {
		return "none: a message that can never be stored is tried until the queue drops it; our template sets one up"
	}
	most, _ := strconv.Atoi(string(trimQuotes(policy.Most)))
	detail := fmt.Sprintf("%s after %d receives", clip(policy.Target), most)
	if most < fewReceives {
		detail += "; that is few, because an outage on our side counts too: 10 is better"
	}
	return detail
}

func trimQuotes(raw json.RawMessage) json.RawMessage {
	if len(raw) >= 2 && raw[0] == '"' {
		return raw[1 : len(raw)-1]
	}
	return raw
}

func encryption(attributes map[string]string) string {
	if key := attributes[string(types.QueueAttributeNameKmsMasterKeyId)]; key != "" {
		return "by KMS key " + clip(key) + ": the credentials need kms:Decrypt with it"
	}
	if attributes[string(types.QueueAttributeNameSqsManagedSseEnabled)] == "true" {
		return "by SQS with its own key"
	}
	return "none at rest; our template sets it up"
}

func (a *account) checkReceive(ctx context.Context, q queue, attributes map[string]string) (bool, string) {
	const action = "sqs:ReceiveMessage"
	if attributes == nil {
		return true, "not tried, because the queue's state is unknown; the feed's health shows whether it works"
	}
	if n := number(attributes, types.QueueAttributeNameApproximateNumberOfMessages); n > 0 {
		return true, fmt.Sprintf("not tried, because about %d messages wait and trying would count as a delivery; the feed's health shows whether it works", n)
	}
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	_, err := q.client.ReceiveMessage(call, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 1,
		// The SDK leaves zeros out, and the queue's own 20 s and 120 s would stand.
		WaitTimeSeconds: 1, VisibilityTimeout: 1,
	})
	return a.permitted(err, action, q)
}

func tryDelete(ctx context.Context, client *sqs.Client, url *string) error {
	_, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("tocsin-permission-check")})
	return err
}

func tryHide(ctx context.Context, client *sqs.Client, url *string) error {
	_, err := client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: url, ReceiptHandle: aws.String("tocsin-permission-check"), VisibilityTimeout: 0,
	})
	return err
}

// permitted reads the answer to a call that was made to be refused.
func (a *account) permitted(err error, action string, q queue) (bool, string) {
	var api smithy.APIError
	if err == nil {
		return true, "allowed"
	}
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "ReceiptHandleIsInvalid", "InvalidParameterValue", "AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight":
			return true, "allowed: AWS refused only the made-up receipt handle"
		}
	}
	t := a.diagnose.of(err, action, "queue "+q.name)
	return false, t.detail + grant(t, q.arn())
}

func number(attributes map[string]string, name types.QueueAttributeName) int {
	n, _ := strconv.Atoi(attributes[string(name)])
	return n
}
