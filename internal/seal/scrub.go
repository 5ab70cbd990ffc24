package seal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// minScrubbed is the shortest value that is looked for: shorter ones occur in
// innocent text, and no secret worth having is that short.
const minScrubbed = 8

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// Scrubber takes secrets out of text by their value. It is the second net
// below types that do not print themselves: logs, error texts, outputs of
// connectors. It is safe for concurrent use, and costs nothing while no value
// is registered.
type Scrubber struct {
	mu       sync.Mutex
	needles  map[string]struct{}
	replacer atomic.Pointer[strings.Replacer]
}

// Register adds values that may never be shown; those under 8 bytes are left
// out. A value stays registered after it was rotated: it may still be valid
// elsewhere.
func (s *Scrubber) Register(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.needles == nil {
		s.needles = map[string]struct{}{}
	}
	before := len(s.needles)
	for _, v := range values {
		if len(v) < minScrubbed {
			continue
		}
		for _, form := range forms(v) {
			s.needles[form] = struct{}{}
		}
	}
	if len(s.needles) > before {
		s.rebuild()
	}
}

// rebuild puts longer needles first, so that no part of a longer one is left.
func (s *Scrubber) rebuild() {
	list := make([]string, 0, len(s.needles))
	for n := range s.needles {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(list))
	for _, n := range list {
		pairs = append(pairs, n, Redacted)
	}
	s.replacer.Store(strings.NewReplacer(pairs...))
}

// forms are the ways a value commonly appears: as it is, quoted, in hex,
// percent-encoded, and in base64 at each of the three places where it can
// begin inside a longer encoded text.
func forms(v string) []string {
	h := hex.EncodeToString([]byte(v))
	quoted := strconv.Quote(v)
	out := []string{v, h, strings.ToUpper(h), quoted[1 : len(quoted)-1]}
	out = append(out, inJSON(v, true), inJSON(v, false))
	for _, escaped := range []string{url.QueryEscape(v), url.PathEscape(v)} {
		out = append(out, escaped, lowerEscapes(escaped))
	}
	for shift := range 3 {
		out = append(out, inBase64(v, shift, base64.RawStdEncoding), inBase64(v, shift, base64.RawURLEncoding))
	}
	return out
}

func inJSON(v string, escapeHTML bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	if enc.Encode(v) != nil {
		return v
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// inBase64 is the part of the encoding that v alone decides when it stands
// shift bytes after a multiple of three.
func inBase64(v string, shift int, enc *base64.Encoding) string {
	whole := enc.EncodeToString(append(make([]byte, shift), v...))
	from := (shift*8 + 5) / 6
	to := (shift + len(v)) * 8 / 6
	return whole[from:to]
}

// Scrub returns text with every registered value taken out.
func (s *Scrubber) Scrub(text string) string {
	r := s.replacer.Load()
	if r == nil {
		return text
	}
	return r.Replace(text)
}

// Handler returns a log handler that scrubs the message and every attribute
// before inner sees them.
func (s *Scrubber) Handler(inner slog.Handler) slog.Handler { return &scrubHandler{s, inner} }

type scrubHandler struct {
	scrubber *Scrubber
	inner    slog.Handler
}

// Enabled implements slog.Handler.
func (h *scrubHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.inner.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *scrubHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.scrubber.replacer.Load() == nil {
		return h.inner.Handle(ctx, r)
	}
	clean := slog.NewRecord(r.Time, r.Level, h.scrubber.Scrub(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.scrubber.attr(a))
		return true
	})
	return h.inner.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h *scrubHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.scrubber.attr(a)
	}
	return &scrubHandler{h.scrubber, h.inner.WithAttrs(clean)}
}

// WithGroup implements slog.Handler.
func (h *scrubHandler) WithGroup(name string) slog.Handler {
	return &scrubHandler{h.scrubber, h.inner.WithGroup(name)}
}

func (s *Scrubber) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, s.Scrub(v.String()))
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, member := range group {
			clean[i] = s.attr(member)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: s.anything(v)}
	default:
		return slog.Attr{Key: a.Key, Value: v}
	}
}

// anything keeps a value as it is unless one of its printed forms holds a
// secret; then the scrubbed text takes its place.
func (s *Scrubber) anything(v slog.Value) slog.Value {
	text := fmt.Sprintf("%+v", v.Any())
	if b, ok := v.Any().([]byte); ok {
		text = string(b)
	}
	if clean := s.Scrub(text); clean != text {
		return slog.StringValue(clean)
	}
	if raw, err := json.Marshal(v.Any()); err == nil {
		if clean := s.Scrub(string(raw)); clean != string(raw) {
			return slog.StringValue(clean)
		}
	}
	return v
}
