package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/egress"
	"tocsin/internal/fault"
)

const (
	apiPrefix   = "/api/v1"
	patience    = time.Minute // for one answer; intake has its own
	maxAnswer   = 256 << 20   // bytes
	maxAttempts = 3
	maxPause    = 30 * time.Second
)

// client speaks to one server.
type client struct {
	base  *url.URL
	token string // "" sends none
	http  *http.Client
}

// newClient makes a client that reaches the address a person named, whatever
// its network. It follows no redirect: the token and what is sent are for the
// server that was named.
func newClient(base *url.URL, token string) (*client, error) {
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil {
		return nil, fault.New(fault.Invalid, "The proxy in the environment is not a URL.").Because(err)
	}
	h := egress.New(egress.Config{Allow: everywhere, Proxy: proxy}).HTTPClient(egress.HTTPOptions{Timeout: -1, HeaderTimeout: intakePatience})
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{base: base, token: token, http: h}, nil
}

// call is one request.
type call struct {
	method, path string // the path stands below /api/v1 and is escaped
	query        url.Values
	body         []byte
	stream       io.Reader     // instead of body, where it is large; it cannot be sent twice
	kind         string        // of the body; "" is JSON
	rev          string        // for If-Match, "" for none
	create       bool          // refuse when the thing is there already
	wait         time.Duration // 0 is patience
	key          string        // Idempotency-Key; do makes one for every POST
}

// reply is an answer that is a success.
type reply struct {
	header http.Header
	body   []byte
}

// tree parses a JSON answer; one without a body is nil.
func (r *reply) tree() (any, error) {
	if len(bytes.TrimSpace(r.body)) == 0 {
		return nil, nil
	}
	if kind := r.header.Get("Content-Type"); !strings.Contains(kind, "json") {
		return nil, fault.New(fault.Unavailable, "The answer is %s and not JSON: is this the address of a Tocsin server?", cmp.Or(kind, "of no type"))
	}
	v, err := parse(r.body)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "The answer is not whole JSON.").Because(err)
	}
	return v, nil
}

// get asks for JSON.
func (c *client) get(ctx context.Context, path string, query url.Values) (any, error) {
	return c.ask(ctx, call{method: http.MethodGet, path: path, query: query})
}

// post gives a command; body may be nil.
func (c *client) post(ctx context.Context, path string, body any) (any, error) {
	return c.send(ctx, call{method: http.MethodPost, path: path}, body)
}

// send is ask with a body that becomes JSON.
func (c *client) send(ctx context.Context, q call, body any) (any, error) {
	if body != nil {
		var err error
		if q.body, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	return c.ask(ctx, q)
}

func (c *client) ask(ctx context.Context, q call) (any, error) {
	r, err := c.do(ctx, q)
	if err != nil {
		return nil, err
	}
	return r.tree()
}

// do sends a request until there is an answer. What is safe to send twice (a
// GET, a POST with its key) is sent again when the line breaks; anything when
// the server asks to try later.
func (c *client) do(ctx context.Context, q call) (*reply, error) {
	if q.method == http.MethodPost && q.key == "" {
		q.key = "cli-" + rand.Text()
	}
	for attempt := 1; ; attempt++ {
		r, err := c.once(ctx, q)
		pause, again := retry(q, err)
		if err == nil || !again || attempt == maxAttempts || ctx.Err() != nil {
			return r, err
		}
		if err := sleep(ctx, max(pause, time.Duration(attempt)*200*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

// brokenLine is a failure of the network: nobody knows how far the request came.
type brokenLine struct{ failure *fault.Error }

// Error implements error.
func (b brokenLine) Error() string { return b.failure.Error() }

// Unwrap returns the failure.
func (b brokenLine) Unwrap() error { return b.failure }

func retry(q call, err error) (time.Duration, bool) {
	var broken brokenLine
	if errors.As(err, &broken) {
		return 0, q.method == http.MethodGet || q.method == http.MethodPost
	}
	e := fault.As(err)
	return waitOf(e), e != nil && e.RetryAfter > 0 && e.RetryAfter <= maxPause
}

func waitOf(e *fault.Error) time.Duration {
	if e == nil {
		return 0
	}
	return e.RetryAfter
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (c *client) once(ctx context.Context, q call) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(q.wait, patience))
	defer cancel()
	resp, err := c.open(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.lineBroke(ctx, err)
	case len(body) > maxAnswer:
		return nil, fault.New(fault.Unavailable, "The answer is larger than %d MiB.", maxAnswer>>20)
	case resp.StatusCode >= http.StatusMultipleChoices:
		return nil, marked(c.problem(resp, body), body, q)
	}
	return &reply{resp.Header, body}, nil
}

// open sends the request and returns when the head of the answer is there.
func (c *client) open(ctx context.Context, q call) (*http.Response, error) {
	var body io.Reader = bytes.NewReader(q.body)
	if q.stream != nil {
		body = q.stream
	}
	req, err := http.NewRequestWithContext(ctx, q.method, c.address(q), body)
	if err != nil {
		return nil, err
	}
	h := req.Header
	h.Set("User-Agent", "tocsin-cli")
	h.Set("Accept", "application/json, */*;q=0.5")
	if len(q.body) > 0 || q.stream != nil {
		h.Set("Content-Type", cmp.Or(q.kind, "application/json"))
	}
	if c.token != "" {
		h.Set("Authorization", "Bearer "+c.token)
	}
	if q.rev != "" {
		h.Set("If-Match", strconv.Quote(q.rev))
	}
	if q.create {
		h.Set("If-None-Match", "*")
	}
	if q.key != "" {
		h.Set("Idempotency-Key", q.key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.lineBroke(ctx, err)
	}
	return resp, nil
}

func (c *client) address(q call) string {
	address := c.base.String() + apiPrefix + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	return address
}

func (c *client) lineBroke(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	var inner *url.Error
	if errors.As(err, &inner) { // its text repeats the address and the query
		err = inner.Err
	}
	return brokenLine{fault.New(fault.Unavailable, "There is no answer from %s", c.base).Because(err)}
}

// problem reads what a server says that does not do what was asked.
func (c *client) problem(resp *http.Response, body []byte) error {
	if resp.StatusCode < http.StatusBadRequest {
		return fault.New(fault.Unavailable, "%s sends on to %s; if that is the server, name it with --url or TOCSIN_URL.",
			c.base, cmp.Or(resp.Header.Get("Location"), "nowhere"))
	}
	e := &fault.Error{Code: codeOf(resp.StatusCode)}
	v, err := parse(body)
	if _, isObject := v.(*object); err != nil || !isObject {
		e.Message = fmt.Sprintf("%s answered %s.", c.base, resp.Status)
		return e
	}
	e.Slug = strings.TrimPrefix(textAt(v, "type"), "urn:tocsin:error:")
	e.Message = cmp.Or(textAt(v, "detail"), textAt(v, "title"), resp.Status)
	for _, f := range listAt(v, "errors") {
		e.Fields = append(e.Fields, fault.FieldError{Location: textAt(f, "location"), Code: textAt(f, "code"), Message: textAt(f, "message")})
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	if resp.StatusCode == http.StatusUnauthorized && c.token == "" {
		e.Message += " Put an API token into TOCSIN_TOKEN, or keep one with `tocsin ctx set`."
	}
	return e
}

func codeOf(status int) fault.Code {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.Denied
	case http.StatusNotFound, http.StatusGone:
		return fault.Missing
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return fault.Conflict
	case http.StatusTooManyRequests:
		return fault.Busy
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fault.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return fault.Internal
	}
	return fault.Invalid
}
