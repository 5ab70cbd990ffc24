package aws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

const (
	usualEvery    = 15 * time.Minute
	usualLookback = 6 * time.Hour
	// pageSize is the most GetFindings gives at once.
	pageSize = 100
	// pageLimit bounds one request.
	pageLimit = 30 * time.Second
	// pageAttempts is how often in a row a page may fail before the run does.
	pageAttempts = 8
)

type reconcileSettings struct {
	Region   string `json:"region"`
	Every    string `json:"every"`
	Lookback string `json:"lookback"`
	First    string `json:"first"`
}

// findPlaces checks the regions to reconcile.
func findPlaces(list []reconcileSettings) ([]connector.Place, error) {
	places, seen := []connector.Place{}, map[string]bool{}
	for i, r := range list {
		at := fmt.Sprintf("settings.reconcile[%d]", i)
		if err := checkRegion(at+".region", r.Region); err != nil {
			return nil, err
		}
		if seen[r.Region] {
			return nil, fault.Field(at+".region", "is given twice")
		}
		seen[r.Region] = true
		every, err := span(at+".every", r.Every, usualEvery, 5*time.Minute, 24*time.Hour)
		if err != nil {
			return nil, err
		}
		lookback, err := span(at+".lookback", r.Lookback, usualLookback, 15*time.Minute, 30*24*time.Hour)
		if err != nil {
			return nil, err
		}
		first, err := span(at+".first", r.First, lookback, lookback, 90*24*time.Hour)
		if err != nil {
			return nil, err
		}
		places = append(places, connector.Place{Name: r.Region, Every: every, Lookback: lookback, First: first})
	}
	return places, nil
}

func span(at, text string, usual, least, most time.Duration) (time.Duration, error) {
	if text == "" {
		return usual, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		return 0, fault.Field(at, "%.60q is not a time such as %s, between %s and %s", text, short(usual), short(least), short(most))
	}
	return d, nil
}

// short writes whole minutes or hours as people do.
func short(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}

// places lists the regions that settings want reconciled, as connector.Kind
// asks.
func placesOf(text json.RawMessage) []connector.Place {
	var s settings
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	places, err := findPlaces(s.Reconcile)
	if err != nil {
		return nil
	}
	return places
}

// Reconcile implements connector.Reconciler: it pages through GetFindings by
// the time of the last update. GetFindings is allowed three times a second in
// an account and region, whoever asks, so two is the most this asks; when AWS
// says that it was too much, the pace halves and recovers slowly.
func (a *account) Reconcile(ctx context.Context, region string, s connector.Span, hand func(context.Context, connector.Page) error) error {
	w := &walk{account: a, region: region, client: a.hub(region), span: s, gap: a.pace.page, ordered: true}
	for {
		next := time.NewTimer(w.gap)
		page, err := w.ask(ctx)
		if err == nil && len(page.Messages) > 0 {
			if err := hand(ctx, page); err != nil {
				return err
			}
		}
		if err == nil && w.token == "" {
			return nil
		}
		if err != nil {
			if err := w.failed(ctx, err); err != nil {
				return err
			}
			next.Reset(w.gap)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-next.C:
		}
	}
}

// hub is a client that tries once: the walk has its own backoff, which counts
// against the same limit.
func (a *account) hub(region string) *securityhub.Client {
	return securityhub.NewFromConfig(a.cfg, func(o *securityhub.Options) {
		o.Region, o.Retryer = region, aws.NopRetryer{}
		override(&o.BaseEndpoint, a.endpoint)
	})
}

// walk is one way through the findings of a region.
type walk struct {
	account  *account
	region   string
	client   *securityhub.Client
	span     connector.Span
	token    string
	gap      time.Duration
	failures int
	ordered  bool // so far every finding was updated no earlier than the one before
	last     int64
}

// ask gets the next page.
func (w *walk) ask(ctx context.Context) (connector.Page, error) {
	call, cancel := context.WithTimeout(ctx, pageLimit)
	defer cancel()
	body, err := getFindings(call, w.client, w.request())
	if err != nil {
		return connector.Page{}, err
	}
	page, token, err := w.read(body)
	if err != nil {
		return connector.Page{}, err
	}
	w.token, w.failures = token, 0
	w.gap = max(w.account.pace.page, w.gap*9/10)
	return page, nil
}

func (w *walk) request() *securityhub.GetFindingsInput {
	iso := func(micros int64) *string {
		return aws.String(time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	in := &securityhub.GetFindingsInput{
		Filters:      &types.AwsSecurityFindingFilters{UpdatedAt: []types.DateFilter{{Start: iso(w.span.From), End: iso(w.span.To)}}},
		SortCriteria: []types.SortCriterion{{Field: aws.String("UpdatedAt"), SortOrder: types.SortOrderAscending}},
		MaxResults:   aws.Int32(pageSize),
	}
	if w.token != "" {
		in.NextToken = &w.token
	}
	return in
}

// read looks only at what the walk needs: the findings go on as they came,
// fields that no library knows included.
func (w *walk) read(body []byte) (connector.Page, string, error) {
	var answer struct {
		Findings []struct {
			UpdatedAt string `json:"UpdatedAt"`
		} `json:"Findings"`
		NextToken string `json:"NextToken"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return connector.Page{}, "", strange{"the answer to securityhub:GetFindings in " + w.region + " cannot be read: " + clip(err.Error())}
	}
	if answer.NextToken != "" && answer.NextToken == w.token {
		return connector.Page{}, "", strange{"Security Hub in " + w.region + " names the same page again and again"}
	}
	page := connector.Page{}
	if len(answer.Findings) == 0 {
		return page, answer.NextToken, nil
	}
	page.Messages = []connector.Message{{Key: fmt.Sprintf("reconcile/%s/%d/%s", w.region, w.span.To, cmp.Or(w.token, "first")), Body: body}}
	for _, f := range answer.Findings {
		at, err := time.Parse(time.RFC3339Nano, f.UpdatedAt)
		if err != nil {
			w.ordered = false
			continue
		}
		w.ordered = w.ordered && at.UnixMicro() >= w.last
		w.last = at.UnixMicro()
		page.Newest = max(page.Newest, at.UnixMicro())
	}
	if w.ordered {
		page.Through = w.last
	}
	return page, answer.NextToken, nil
}

// strange is an answer that AWS does not give.
type strange struct{ what string }

// Error implements error.
func (s strange) Error() string { return s.what }

// failed decides whether a page is asked for again; the error it returns is for
// people.
func (w *walk) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if odd := (strange{}); errors.As(err, &odd) {
		return fault.New(fault.Unavailable, "%s", w.account.diagnose.scrub(odd.what))
	}
	t := w.account.diagnose.of(err, getFindingsAction, "Security Hub in "+w.region)
	w.failures++
	switch t.reason {
	case reasonThrottled:
		w.gap = min(2*w.gap, max(w.account.pace.retryMost, w.account.pace.page))
	case reasonUnavailable, reasonNetwork:
		w.gap = max(w.account.pace.page, w.account.pace.backoff(w.failures))
	default:
		return fault.New(fault.Unavailable, "%s", t.detail).Because(err)
	}
	if w.failures >= pageAttempts {
		return fault.New(fault.Unavailable, "%s", t.detail).Because(err)
	}
	return nil
}

const getFindingsAction = "securityhub:GetFindings"

// getFindings returns the answer as it came over the wire.
func getFindings(ctx context.Context, client *securityhub.Client, in *securityhub.GetFindingsInput) ([]byte, error) {
	keep := &keepBody{}
	_, err := client.GetFindings(ctx, in, func(o *securityhub.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Deserialize.Add(keep, middleware.After) })
	})
	return keep.body, err
}

// keepBody takes the body of a good answer out of the SDK's hands: its types
// know only the fields of their day, and a finding must come to us whole.
type keepBody struct{ body []byte }

// ID implements middleware.DeserializeMiddleware.
func (*keepBody) ID() string { return "tocsin:KeepBody" }

// HandleDeserialize implements middleware.DeserializeMiddleware.
func (k *keepBody) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode != http.StatusOK {
		return out, metadata, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	k.body = body
	response.Body = io.NopCloser(bytes.NewReader([]byte("{}")))
	return out, metadata, err
}
