package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/fault"
)

const problemType = "application/problem+json"

// Problem is the body of every answer that is not a success (RFC 9457, with
// the members of ux.md §7.2). Extra members stand beside the others.
type Problem struct {
	Type     string // urn:tocsin:error:<slug>
	Title    string
	Status   int
	Detail   string // a sentence for a person
	Instance string // the request's id, which the log holds too
	Errors   []fault.FieldError
	Extra    map[string]any

	retryAfter time.Duration
}

// MarshalJSON writes the extra members beside the named ones, which win.
func (p *Problem) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	for k, v := range p.Extra {
		m[k] = v
	}
	m["type"], m["title"], m["status"] = p.Type, p.Title, p.Status
	m["detail"], m["instance"] = p.Detail, p.Instance
	delete(m, "errors")
	if len(p.Errors) > 0 {
		m["errors"] = p.Errors
	}
	return json.Marshal(m)
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma the headers.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	p.setHeaders(h)
	return h
}

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return problemType }

func (p *Problem) setHeaders(h http.Header) {
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="tocsin"`)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
}

// Slugs that this room gives itself.
const (
	slugUnauthenticated = "unauthenticated"
	slugUnreadable      = "unreadable"
	slugTooLarge        = "too-large"
	slugMediaType       = "media-type"
	slugMethod          = "method-not-allowed"
	slugTimeout         = "timeout"
	slugStale           = "stale-revision"
	slugPrecondition    = "precondition-required"
	slugCrossOrigin     = "cross-origin"
)

// statusOf is the one table from a failure to an HTTP status.
func statusOf(e *fault.Error) int {
	switch e.Slug {
	case slugUnauthenticated, "sign-in", "second-factor-needed":
		return http.StatusUnauthorized
	case slugUnreadable, "bad-cursor", "cursor-mismatch":
		return http.StatusBadRequest
	case slugTooLarge:
		return http.StatusRequestEntityTooLarge
	case slugMediaType:
		return http.StatusUnsupportedMediaType
	case slugMethod:
		return http.StatusMethodNotAllowed
	case slugTimeout:
		return http.StatusRequestTimeout
	case slugStale:
		return http.StatusPreconditionFailed
	case slugPrecondition:
		return http.StatusPreconditionRequired
	}
	return statusOfCode(e.Code)
}

func statusOfCode(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Denied:
		return http.StatusForbidden
	case fault.Missing:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Busy:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
	}
	return http.StatusInternalServerError
}

func titleOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request cannot be read"
	case http.StatusUnauthorized:
		return "Not signed in"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found"
	case http.StatusConflict:
		return "The state does not allow it"
	case http.StatusPreconditionFailed:
		return "Somebody else was first"
	case http.StatusUnprocessableEntity:
		return "The request is not valid"
	case http.StatusTooManyRequests:
		return "Too many requests"
	case http.StatusInternalServerError:
		return "Something failed on our side"
	case http.StatusServiceUnavailable:
		return "Not available at the moment"
	}
	return http.StatusText(status)
}

// problem makes the answer for an error. What is not a *fault.Error, or is
// Internal, is logged under the request's id and its text is not shown.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	e := fault.As(err)
	if e == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		e = fault.New(fault.Unavailable, "The request ended before it was done.").WithSlug("cancelled")
	}
	id := requestID(ctx)
	if e == nil || e.Code == fault.Internal {
		requestOf(ctx).reason = string(fault.Internal)
		s.log.ErrorContext(ctx, "a request failed on our side", "request", id, "error", err.Error())
		return plainProblem(id, http.StatusInternalServerError, string(fault.Internal),
			"Something failed on our side. The log of the server says more about "+id+".")
	}
	if e.Code == fault.Unavailable {
		s.log.WarnContext(ctx, "a request could not be served", "request", id, "error", err.Error())
	}
	requestOf(ctx).reason = slugOf(e)
	p := plainProblem(id, statusOf(e), slugOf(e), e.Message)
	p.Errors, p.Extra, p.retryAfter = e.Fields, e.Extra, e.RetryAfter
	if p.retryAfter == 0 && (e.Code == fault.Unavailable || e.Code == fault.Busy) {
		p.retryAfter = time.Second
	}
	return p
}

func slugOf(e *fault.Error) string {
	if e.Slug != "" {
		return e.Slug
	}
	return string(e.Code)
}

func plainProblem(id string, status int, slug, detail string) *Problem {
	return &Problem{Type: "urn:tocsin:error:" + slug, Title: titleOf(status), Status: status, Detail: detail, Instance: id}
}

// refuse answers a request with a problem. Nothing may have been written yet.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.writeProblem(w, r, s.problem(r.Context(), err))
}

func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil { // an extra member that is not JSON
		s.log.ErrorContext(r.Context(), "a problem could not be written", "request", p.Instance, "error", err.Error())
		p.Extra = nil
		body, _ = json.Marshal(p)
	}
	p.setHeaders(w.Header())
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// translate turns what huma says about a request into our problem.
func translate(ctx context.Context, m *huma.ErrorModel) *Problem {
	e := &fault.Error{Code: fault.Invalid, Message: "The request is not valid."}
	if m.Status < http.StatusUnprocessableEntity {
		e.Slug, e.Message = slugUnreadable, "The request cannot be read."
	}
	for _, d := range m.Errors {
		if d != nil {
			e.Fields = append(e.Fields, fault.FieldError{Location: d.Location, Code: codeOf(d.Message), Message: d.Message})
		}
	}
	if len(e.Fields) > 0 {
		e.Message = strings.TrimSuffix(e.Message, ".") + ": " + sentence(e.Fields[0])
	}
	requestOf(ctx).reason = slugOf(e)
	p := plainProblem(requestID(ctx), statusOf(e), slugOf(e), e.Message)
	p.Errors = e.Fields
	return p
}

func sentence(f fault.FieldError) string {
	if f.Location == "" {
		return f.Message + "."
	}
	return f.Location + ": " + f.Message + "."
}

// codeOf names what a program may want to tell apart; huma gives texts only.
func codeOf(message string) string {
	for _, c := range []struct{ start, code string }{
		{"unexpected property", "unknown"},
		{"unknown query parameter", "unknown"},
		{"expected required property", "required"},
		{"required ", "required"},
		{"expected value to be one of", "enum"},
		{"expected length", "length"},
		{"expected array length", "length"},
		{"expected number", "range"},
		{"expected string to match pattern", "pattern"},
		{"expected ", "type"},
		{"invalid ", "type"},
	} {
		if strings.HasPrefix(message, c.start) {
			return c.code
		}
	}
	return "invalid"
}
