package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"tocsin/internal/fault"
)

type requestKey struct{}

// request is what is known of a request beside HTTP. Inner steps fill it in
// for the log.
type request struct {
	id    string
	route string // "" when no route fits
	user  string

	reason string // why it was refused, a word of ours; "" when it was not
}

func requestOf(ctx context.Context) *request {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return &request{id: "req_unknown"}
	}
	return r
}

func requestID(ctx context.Context) string { return requestOf(ctx).id }

// recorder sees what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the first status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observed gives every request an id, answers panics, and logs.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.db.Now()
		req := &request{id: "req_" + strings.ToLower(rand.Text()[:20])}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		rec := &recorder{ResponseWriter: w}
		w.Header().Set("X-Request-Id", req.id)
		defer func() { s.logRequest(r, rec, s.db.Now()-began) }()
		defer func() { s.meter.refused(req.reason) }()
		defer s.recovered(rec, r)
		next.ServeHTTP(rec, r)
	})
}

// recovered answers a panic. When part of an answer is out already, the
// connection is cut, so that nobody takes it for a whole one.
func (s *Server) recovered(w *recorder, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.log.ErrorContext(r.Context(), "a request panicked", "request", requestID(r.Context()), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.refuse(w, r, fault.New(fault.Internal, "panic"))
}

// logRequest writes what slog's handlers escape; lengths are bounded, because
// callers choose them.
func (s *Server) logRequest(r *http.Request, w *recorder, micros int64) {
	req := requestOf(r.Context())
	level := slog.LevelInfo
	if w.status < http.StatusBadRequest && (r.Method == http.MethodGet || r.Method == http.MethodHead || req.route == intakeRoute) {
		level = slog.LevelDebug // too many to be read by anybody
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.LogAttrs(r.Context(), level, "request",
		slog.String("request", req.id), slog.String("method", clip(r.Method)), slog.String("path", bounded(loggedPath(r), 300)),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Int64("microseconds", micros),
		slog.String("from", r.RemoteAddr), slog.String("user", req.user), slog.String("agent", bounded(printable(r.UserAgent()), 200)))
}

func bounded(s string, n int) string { return s[:min(len(s), n)] }

// printable takes control characters out, for logs that are read as text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f {
			return '?'
		}
		return r
	}, s)
}

// policy is the content security policy of the UI: no inline script or style,
// nothing from elsewhere, no frame around us.
const policy = "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// secured sets the headers of every answer and refuses what a page of another
// site sends with a person's cookie.
func (s *Server) secured(next http.Handler) http.Handler {
	same := http.NewCrossOriginProtection()
	if s.public != nil {
		// A proxy may hide from us under which name people reach us. It cannot
		// fail: the URL was checked.
		_ = same.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host)
	}
	// A link in a message acts by its token, never by a cookie, and the browser
	// of a mail program may not say where its page came from.
	same.AddInsecureBypassPattern("POST " + phonePath)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.setSecurityHeaders(w.Header(), r)
		if err := same.Check(r); err != nil {
			s.refuse(w, r, fault.New(fault.Denied, "This request came from a page of another site.").WithSlug(slugCrossOrigin))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) setSecurityHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // the UI's hashed files say otherwise
	if s.overTLS(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// overTLS reports whether the person reaches us by TLS, here or at a proxy.
func (s *Server) overTLS(r *http.Request) bool {
	return r.TLS != nil || (s.public != nil && s.public.Scheme == "https")
}

// isAPI reports whether a path belongs to programs and not to the UI.
func (s *Server) isAPI(p string) bool {
	p = clean(p)
	if p == "/api" || strings.HasPrefix(p, "/api/") {
		return true
	}
	for _, o := range s.routes {
		if o.path == p {
			return true // /healthz and its like, by another method
		}
	}
	return false
}

// clean is how the mux sees a path; one that is not clean it would redirect.
func clean(p string) string {
	c := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
}

// noRoute says which methods a path has, or that there is nothing.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	allowed := []string{}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: method, Host: r.Host, URL: r.URL}
		if _, pattern := s.mux.Handler(probe); pattern != "" && r.URL.Path == clean(r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.refuse(w, r, fault.New(fault.Missing, "There is nothing at this address.").WithSlug("no-route"))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, fault.New(fault.Invalid, "This address takes %s.", strings.Join(allowed, ", ")).WithSlug(slugMethod).WithExtra("allowed", allowed))
}
