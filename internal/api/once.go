package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/job"
)

// once answers a repeated POST with what the first was answered with, when
// both carry the same Idempotency-Key. Only answers that would not be better
// another time are kept: not those of 429 and 5xx.
func (s *Server) once(o operation, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			next(w, r)
			return
		}
		claim, answer, err := s.keys.Begin(r.Context(), key, fingerprint(r))
		switch {
		case err != nil:
			s.refuse(w, r, err)
		case answer != nil:
			s.replay(w, r, answer)
		default:
			s.first(w, r, o, claim, next)
		}
	}
}

// fingerprint hashes what makes a request what it is. The parts cannot run
// into each other: a path holds no newline.
func fingerprint(r *http.Request) []byte {
	h := sha256.New()
	_, _ = h.Write([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n"))
	_, _ = h.Write(bodyOf(r))
	if bodyOf(r) == nil { // a body that is not read whole is told by its length
		_, _ = fmt.Fprintf(h, "%d", r.ContentLength)
	}
	return h.Sum(nil)
}

// first does the request and keeps its answer before it goes out, so that
// whoever has seen the answer gets the same one again.
func (s *Server) first(w http.ResponseWriter, r *http.Request, o operation, claim job.Claim, next http.HandlerFunc) {
	held := &held{header: w.Header()}
	done := false
	// The caller may have gone; what was done must still be remembered.
	ctx := context.WithoutCancel(r.Context())
	defer func() {
		if done {
			return
		}
		if err := s.keys.Drop(ctx, claim); err != nil { // a panic
			s.log.WarnContext(ctx, "an idempotency key could not be freed", "error", err)
		}
	}()
	if !o.raw { // findings tell their own repetitions, and must come again after an error
		r = r.WithContext(db.Also(r.Context(), s.keys.Mark(claim)))
	}
	next(held, r)
	done = true
	if err := s.settle(ctx, o, claim, held); err != nil {
		s.log.WarnContext(ctx, "an answer could not be kept for its idempotency key", "error", err)
	}
	w.WriteHeader(held.code())
	_, _ = w.Write(held.body.Bytes())
}

func (s *Server) settle(ctx context.Context, o operation, claim job.Claim, h *held) error {
	if h.code() == http.StatusTooManyRequests || h.code() >= http.StatusInternalServerError {
		return s.keys.Drop(ctx, claim)
	}
	if o.secret && h.code() < http.StatusBadRequest {
		return s.keys.Keep(ctx, claim, job.Answer{Status: withheld})
	}
	header, err := json.Marshal(kept(h.header))
	if err != nil {
		return err
	}
	return s.keys.Keep(ctx, claim, job.Answer{Status: int64(h.code()), Header: header, Body: h.body.Bytes()})
}

// withheld stands in the store for an answer that held a secret.
const withheld = 1

// kept are the headers that belong to the answer and not to the request.
func kept(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range []string{"Content-Type", "Etag", "Location"} {
		if v := h.Values(name); len(v) > 0 {
			out[name] = v
		}
	}
	return out
}

func (s *Server) replay(w http.ResponseWriter, r *http.Request, a *job.Answer) {
	w.Header().Set("Idempotency-Replayed", "true")
	if a.Status == withheld {
		s.refuse(w, r, fault.New(fault.Conflict, "This was done before; its answer held a secret, which is shown once.").WithSlug("idempotency-withheld"))
		return
	}
	var header http.Header
	if err := json.Unmarshal(a.Header, &header); err != nil {
		s.refuse(w, r, fault.Wrap(err, "reading a kept answer"))
		return
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(int(a.Status))
	_, _ = w.Write(a.Body)
}

// held keeps an answer back.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements http.ResponseWriter.
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) code() int {
	if h.status == 0 {
		return http.StatusOK
	}
	return h.status
}
