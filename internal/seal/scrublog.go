package seal

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

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
	if h.scrubber.built.Load() == nil {
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
