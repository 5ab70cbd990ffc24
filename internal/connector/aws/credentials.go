package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// maxAnswer bounds one answer: ten messages of 1 MiB, every byte of which
// JSON may write as six, or an object and the byte that shows it is too large.
const maxAnswer = maxObject + 1

// signIn makes the SDK's configuration. With an access key it reads neither
// environment nor shared files: the machine's own configuration is none of a
// tenant's business.
func signIn(c connector.Config, s settings) (aws.Config, error) {
	if s.Auth == authStatic {
		return aws.Config{
			Region: s.Region, HTTPClient: guarded(c.HTTP), Retryer: retryer, Logger: logging.Nop{},
			Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
				c.Secrets["access_key_id"].Reveal(), c.Secrets["secret_access_key"].Reveal(), c.Secrets["session_token"].Reveal())),
		}, nil
	}
	return signInByDefault(c, s)
}

func signInByDefault(c connector.Config, s settings) (aws.Config, error) {
	metadata := guarded(c.Metadata)
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(guarded(c.HTTP)),
		config.WithRetryer(retryer),
		config.WithLogger(logging.Nop{}),
		config.WithEC2RoleCredentialOptions(func(o *ec2rolecreds.Options) {
			options := imds.Options{HTTPClient: metadata}
			if c.Metadata == nil {
				options.ClientEnableState = imds.ClientDisabled // rather than tried three times
			}
			o.Client = imds.New(options)
		}),
		config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = metadata }),
	}
	if s.Region != "" {
		options = append(options, config.WithRegion(s.Region))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), options...) // reads files, sends nothing
	if err != nil {
		return aws.Config{}, fault.New(fault.Invalid, "settings.auth: the environment's AWS configuration cannot be read: %s", clip(err.Error())).Because(err)
	}
	return cfg, nil
}

// retryer tries three times within seconds. It has no token bucket: the feeds
// have a backoff of their own, and an empty bucket would hide the cause.
func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 3, 3*time.Second, ratelimit.None
	})
}

// bounded is the only HTTP client the SDK gets.
type bounded struct{ client *http.Client }

// guarded takes redirects away from the client, because a signed request means
// nothing elsewhere, and its own time limit, because a long poll outlasts it
// and every call has a deadline of its own. A nil client refuses everything.
func guarded(c *http.Client) bounded {
	if c == nil {
		c = &http.Client{Transport: refusing{}}
	}
	own := *c
	own.Timeout = 0
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return bounded{&own}
}

// maxRequest is more than any request of ours weighs.
const maxRequest = 1 << 20

// Do implements the SDK's HTTPClient.
//
// The body is sent from memory: the SDK closes its own as soon as an answer
// begins, and net/http, which may still be looking whether a body of a type it
// does not know has ended, then breaks the connection off. What the answer
// held, ten messages for one, would come again only after its visibility
// timeout.
func (b bounded) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.ContentLength > 0 && req.ContentLength <= maxRequest {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req = req.WithContext(req.Context()) // a copy: the SDK keeps its own
		req.Body = io.NopCloser(bytes.NewReader(text))
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

type refusing struct{}

// RoundTrip implements http.RoundTripper.
func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("this machine's own AWS credentials are not available to connections")
}
