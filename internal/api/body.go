package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tocsin/internal/fault"
)

const (
	bodyLimit   = 1 << 20
	bodiesLimit = 128 << 20 // all bodies above bodyLimit together
	// strangeLimit is the same for those of callers whom nobody knows before the
	// body is read: they must not take the room of the others.
	strangeLimit = 64 << 20
	// bodyWithin is how long a body may take to arrive: slow senders must not
	// hold connections.
	bodyWithin = 60 * time.Second
)

type bodyKey struct{}

// bodyOf is the whole body of a request, which wholeBody has read.
func bodyOf(r *http.Request) []byte {
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	return body
}

// wholeBody reads the body, refuses what is too large, of a wrong type or not
// strict JSON, and hands it on.
func (s *Server) wholeBody(o operation, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		give, err := s.room(o, r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		defer give()
		body, err := s.readBody(w, r, o.limit)
		if err == nil && len(body) > 0 {
			err = checkBody(r, o, body)
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r)
	}
}

func (s *Server) readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // what is not read must not be taken for a request
		return nil, tooLarge(limit)
	}
	if r.ContentLength != 0 {
		// Where there is nothing to read the deadline would end the request: net/http
		// takes it away only when a body has been read to its end.
		_ = http.NewResponseController(w).SetReadDeadline(s.now().Add(s.bodyWithin))
	}
	// What a caller announces is not memory that it gets before it has sent it.
	buf := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), 64<<10)+bytes.MinRead))
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case err == nil:
		return buf.Bytes(), nil
	case errors.As(err, &large):
		return nil, tooLarge(limit)
	case errors.As(err, &slow) && slow.Timeout():
		return nil, fault.New(fault.Invalid, "The body did not arrive within %s.", s.bodyWithin).WithSlug(slugTimeout)
	}
	return nil, fault.New(fault.Invalid, "The body could not be read to its end.").WithSlug(slugUnreadable).Because(err)
}

// room keeps large bodies within what memory there is: a body and what is read
// out of it are held until it is durable. The caller calls give when done.
func (s *Server) room(o operation, r *http.Request) (give func(), err error) {
	taken, most := &s.bodies, int64(bodiesLimit)
	if o.access.public {
		taken, most = &s.strange, strangeLimit
	}
	size := r.ContentLength
	if size < 0 {
		size = intakeLimit
	}
	if size <= bodyLimit {
		return func() {}, nil
	}
	give = func() { taken.Add(-size) }
	if taken.Add(size) > most {
		give()
		return nil, fault.New(fault.Unavailable, "Too many large bodies are being taken in; try again in a moment.").WithSlug("bodies").WithRetryAfter(2 * time.Second)
	}
	return give, nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.Invalid, "The body is larger than %d MiB.", limit>>20).WithSlug(slugTooLarge).WithExtra("limit", limit)
}

// checkBody holds a body to its type. The type is not only a courtesy: a page
// of another site can send a form or plain text with a person's cookie, but
// not JSON. A caller with a token is not a browser, so a raw body of any type
// is taken from it.
func checkBody(r *http.Request, o operation, body []byte) error {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return fault.New(fault.Invalid, "A body must not be compressed.").WithSlug(slugMediaType)
	}
	if o.raw && principalOf(r.Context()).TokenID != "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !acceptable(o, kind) {
		return fault.New(fault.Invalid, "The Content-Type must be application/json.").WithSlug(slugMediaType)
	}
	if o.raw {
		return nil
	}
	r.Header.Set("Content-Type", "application/json") // for huma, which knows one
	return checkJSON(body)
}

func acceptable(o operation, kind string) bool {
	if o.form {
		return kind == formType
	}
	switch kind {
	case "application/json":
		return true
	case "application/merge-patch+json":
		return o.method == http.MethodPatch
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/cloudevents+json", csvType:
		return o.raw
	}
	return o.access.public && o.raw && strings.HasSuffix(kind, "+json")
}

// refuseBody answers a request whose operation takes no body but which has
// one. An empty object says nothing and is let through. It reports whether the
// request may go on.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request) bool {
	body := bytes.TrimSpace(bodyOf(r))
	if len(body) == 0 {
		return true
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil && len(members) == 0 {
		return true
	}
	e := fault.New(fault.Invalid, "This takes no body.")
	for key := range members {
		e.Fields = append(e.Fields, fault.FieldError{Location: "body." + clip(key), Code: "unknown", Message: "unexpected property"})
	}
	s.refuse(w, r, e)
	return false
}

// plainQuery refuses a query string that two readers could read differently:
// one that cannot be parsed, or that gives a parameter twice.
func (s *Server) plainQuery(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			next(w, r)
			return
		}
		params, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			s.refuse(w, r, fault.New(fault.Invalid, "The query of the address cannot be read.").WithSlug(slugUnreadable))
			return
		}
		for name, values := range params {
			if len(values) > 1 {
				s.refuse(w, r, fault.Field("query."+clip(name), "is given twice"))
				return
			}
		}
		next(w, r)
	}
}
