package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"tocsin/internal/fault"
)

const (
	maxAnswer     = 64 << 10
	maxRetryAfter = time.Hour // an outside may not hold a letter back longer
)

// Answer is what an outside said over HTTP.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most 64 KiB of it
}

// Exchange sends one request and reads the answer, whatever its status. It
// follows no redirect: a letter goes where it was set up to go. Its errors name
// no address, as an address may be a secret, and tell by RetryAfter whether
// another attempt makes sense.
func Exchange(ctx context.Context, client *http.Client, req *http.Request, timeout time.Duration) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := once.Do(req.WithContext(ctx))
	if err != nil {
		return Answer{}, Unreached(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, Unreached(err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// Unreached says why an outside could not be asked. The way there may be better
// soon, so most of it is worth another attempt; a refused address and a
// certificate that proves nothing are not.
func Unreached(err error) error {
	var certificate *tls.CertificateVerificationError
	var at *url.Error
	for errors.As(err, &at) { // it prints the whole address
		err = at.Err
	}
	switch {
	case errors.As(err, &certificate):
		return fault.New(fault.Denied, "The certificate of the other side proves nothing: %s.", certificate.Err).WithSlug("certificate")
	case fault.Is(err, fault.Denied) || fault.Is(err, fault.Invalid):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return Retry(fault.New(fault.Unavailable, "The other side did not answer in time."), 0)
	case errors.Is(err, context.Canceled):
		return Retry(fault.New(fault.Unavailable, "The attempt was broken off."), 0)
	}
	return Retry(fault.New(fault.Unavailable, "The other side is not reached: %s.", Line(err.Error(), 300)), 0)
}

// Failed says what a status that is no success means for a letter: too much at
// once, or trouble at the other side, is worth another attempt, and anything
// else is not. who is a name such as PagerDuty; what adds words of the answer.
func (a Answer) Failed(who, what string) error {
	text := fmt.Sprintf("%s answered %d", who, a.Status)
	if what = Line(what, 300); what != "" {
		text += ": " + what
	}
	switch {
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable:
		return Retry(fault.New(fault.Busy, "%s", text), a.RetryAfter())
	case a.Status >= 500, a.Status == http.StatusRequestTimeout, a.Status == http.StatusTooEarly:
		return Retry(fault.New(fault.Unavailable, "%s", text), a.RetryAfter())
	case a.Status >= 300 && a.Status < 400:
		return fault.New(fault.Invalid, "%s; redirects are not followed: set the address up that it points to", text)
	}
	return fault.New(fault.Invalid, "%s", text)
}

// RetryAfter is how long the other side wants to be left alone, at most an
// hour; 0 where it says nothing that counts as seconds.
func (a Answer) RetryAfter() time.Duration {
	n, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, 86400))*time.Second, maxRetryAfter)
}

// Protected refuses an address over which what is sent could be read on the
// way: one without https, but for this machine and private networks. Errors
// name the field.
func Protected(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Opaque != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fault.Field(field, "is not an address that starts with https://")
	}
	at, err := netip.ParseAddr(u.Hostname())
	near := u.Hostname() == "localhost" || err == nil && (at.Unmap().IsLoopback() || at.Unmap().IsPrivate())
	switch {
	case u.User != nil:
		return fault.Field(field, "must not hold a user name or password")
	case u.Scheme == "http" && !near:
		return fault.Field(field, "must start with https://: over http:// everybody on the way can read what is sent")
	}
	return nil
}
