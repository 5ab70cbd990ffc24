package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/internal/fault"
)

const secretPath = "/a-secret-path"

func ask(t *testing.T, ctx context.Context, client *http.Client, address string, timeout time.Duration) (Answer, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader("letter"))
	if err != nil {
		t.Fatal(err)
	}
	return Exchange(ctx, client, req, timeout)
}

func TestARequestGoesWhereItWasSetUpToGoAndNowhereElse(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	a, err := ask(t, t.Context(), s.Client(), s.URL, time.Minute)
	if err != nil || a.Status != http.StatusTemporaryRedirect {
		t.Errorf("%d %v", a.Status, err)
	}
	if s.Client().CheckRedirect != nil {
		t.Error("the client of the connection was changed")
	}
}

func TestAnAnswerHasAnEnd(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) }))
	defer s.Close()
	if a, err := ask(t, t.Context(), s.Client(), s.URL, time.Minute); err != nil || len(a.Body) != maxAnswer {
		t.Errorf("%d bytes, %v", len(a.Body), err)
	}
}

func TestTroubleOnTheWayIsToldWithoutTheAddress(t *testing.T) {
	t.Parallel()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // only then the server sees that the client is gone
		<-r.Context().Done()
	}))
	defer slow.Close()
	unproven := httptest.NewUnstartedServer(http.NotFoundHandler())
	unproven.Config.ErrorLog = log.New(io.Discard, "", 0)
	unproven.StartTLS()
	defer unproven.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "x")
	}))
	defer cut.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	refusing := &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
		return nil, fault.New(fault.Denied, "address 10.0.0.1 is a private address").WithSlug("egress-refused")
	}}}
	tests := []struct {
		name, address string
		client        *http.Client
		ctx           context.Context
		again         bool
		says          string
	}{
		{"nobody there", "http://127.0.0.1:1", http.DefaultClient, t.Context(), true, "not reached"},
		{"too slow", slow.URL, http.DefaultClient, t.Context(), true, "in time"},
		{"broken off", slow.URL, http.DefaultClient, ended, true, "broken off"},
		{"cut short", cut.URL, http.DefaultClient, t.Context(), true, "not reached"},
		{"not proven", unproven.URL, http.DefaultClient, t.Context(), false, "certificate"},
		{"not allowed", "http://private.example", refusing, t.Context(), false, "private address"},
	}
	for _, tt := range tests {
		timeout := time.Minute
		if tt.name == "too slow" {
			timeout = 300 * time.Millisecond
		}
		_, err := ask(t, tt.ctx, tt.client, tt.address+secretPath, timeout)
		if _, again := RetryAfter(err); err == nil || again != tt.again || !strings.Contains(err.Error(), tt.says) || strings.Contains(fmt.Sprintf("%v %+v", err, err), secretPath) {
			t.Errorf("%s: again %v, %v", tt.name, again, err)
		}
	}
	nested := &url.Error{Op: "Get", URL: "https://x" + secretPath, Err: &url.Error{Op: "Get", URL: "https://y" + secretPath, Err: errors.New("inner")}}
	if err := Unreached(nested); strings.Contains(err.Error(), secretPath) || !strings.Contains(err.Error(), "inner") {
		t.Error(err)
	}
}

func TestWhatMayBeReadOnTheWayIsRefused(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://x.example/y?z=1": true, "http://127.0.0.1:8080/x": true, "http://[::1]/x": true, "http://localhost/x": true, "http://10.1.2.3/": true, "http://[::ffff:10.1.2.3]/": true,
		"http://x.example": false, "http://8.8.8.8": false, "http://localhost.example": false, "ftp://x.example": false, "https://": false, "https:x": false, "x": false, "": false,
		"https://u:p@x.example": false, "http://u@localhost": false, "https://x.example/\n": false,
	} {
		err := Protected("settings.url", address)
		if (err == nil) != good || err != nil && fault.As(err).Fields[0].Location != "settings.url" {
			t.Errorf("%q: %v", address, err)
		}
	}
}
