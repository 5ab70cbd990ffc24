package wire

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// echo is a server that answers what it is told.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	return l.Addr().String()
}

func dialled(t *testing.T, w *Wire) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// said sends a text and returns what comes back until there is no more, or for
// a moment nothing.
func said(c net.Conn, text string) (string, error) {
	_ = c.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	b := make([]byte, len(text))
	n, err := io.ReadFull(c, b)
	return string(b[:n]), err
}

func TestAWireBehavesAsItIsTold(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 5)
	tests := []struct {
		name string
		mood Mood
		want string
		slow time.Duration
		ends bool // the connection is reset, instead of being silent
	}{
		{"one in a good mood carries everything", Mood{}, text, 0, false},
		{"latency delays both ways", Mood{Latency: 50 * time.Millisecond}, text, 100 * time.Millisecond, false},
		{"bandwidth delays by length", Mood{Rate: 400}, text, 100 * time.Millisecond, false},
		{"a half-open one says nothing", Mood{Silent: true}, "", 0, false},
		{"a cut answer arrives in part", Mood{CutAnswer: 21}, text[:20], 0, true},
		{"a cut request arrives in part", Mood{CutRequest: 11}, text[:10], 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := New(echo(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(w.Close)
			w.Set(tt.mood)
			began := time.Now()
			got, err := said(dialled(t, w), text)
			var timeout net.Error
			silent := errors.As(err, &timeout) && timeout.Timeout()
			switch {
			case tt.want == text && (err != nil || got != text || time.Since(began) < tt.slow):
				t.Errorf("got %q, %v after %s", got, err, time.Since(began))
			case tt.want != text && (err == nil || silent == tt.ends || len(got) > len(tt.want) || !strings.HasPrefix(text, got)):
				t.Errorf("got %q, %v; want at most %q and an end: %v", got, err, tt.want, tt.ends)
			}
		})
	}
}

func TestAConnectionThatFellSilentStaysSo(t *testing.T) {
	t.Parallel()
	w, err := New(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	old := dialled(t, w)
	if got, err := said(old, "before"); got != "before" {
		t.Fatal(got, err)
	}
	w.Set(Mood{Silent: true})
	if got, _ := said(old, "while"); got != "" {
		t.Errorf("a silent wire answered %q", got)
	}
	w.Set(Mood{})
	if got, _ := said(old, "after"); got != "" {
		t.Errorf("what was silent answered %q", got)
	}
	if got, err := said(dialled(t, w), "anew"); got != "anew" {
		t.Error(got, err)
	}
	if n := w.Reset(); n < 2 {
		t.Errorf("%d connections were open", n)
	}
}
