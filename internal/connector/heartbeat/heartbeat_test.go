package heartbeat

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

const path = "/0123-a-secret-path-4567"

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{Settings: `{}`, Secrets: map[string]string{"url": "https://hc-ping.example" + path}, Readme: string(readme)})
}

func set(settings, url string) (*heart, error) {
	made, err := Kind().New(connector.Config{Settings: json.RawMessage(settings), Secrets: map[string]connector.Secret{"url": connector.NewSecret(url)}, HTTP: http.DefaultClient})
	if err != nil {
		return nil, err
	}
	return made.(*heart), nil
}

func TestASignOfLifeSaysNothingElse(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{"get": "GET", "post": "POST"} {
		var came []string
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			came = append(came, fmt.Sprint(r.Method, " ", r.URL, " ", len(body), " ", r.UserAgent()))
		}))
		defer s.Close()
		h, err := set(fmt.Sprintf(`{"method":%q}`, method), s.URL+path+"?x=1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Send(t.Context(), connector.Letter{Subject: "INC-42", Text: "secret"}); err != nil {
			t.Fatal(err)
		}
		if len(came) != 1 || came[0] != want+" "+path+"?x=1 0 Tocsin" {
			t.Errorf("%q", came)
		}
	}
}

func TestAnAnswerThatIsNotGoodIsAFailureAndNeverShowsTheAddress(t *testing.T) {
	t.Parallel()
	status := 200
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(status)
	}))
	h, err := set(`{}`, s.URL+path)
	if err != nil {
		t.Fatal(err)
	}
	if checks := h.Check(t.Context()); !checks[0].OK {
		t.Errorf("%+v", checks)
	}
	for _, status = range []int{301, 404, 500} {
		_, err := h.Send(t.Context(), connector.Letter{})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) || strings.Contains(err.Error(), path) {
			t.Errorf("%v", err)
		}
	}
	s.Close()
	_, err = h.Send(t.Context(), connector.Letter{})
	if _, again := connector.RetryAfter(err); !again || strings.Contains(fmt.Sprintf("%v %+v", err, err), path) {
		t.Errorf("%v", err)
	}
	if checks := h.Check(t.Context()); checks[0].OK || strings.Contains(checks[0].Detail, path) {
		t.Errorf("%+v", checks)
	}
}

func TestHowOftenIsReadWithoutTheSecret(t *testing.T) {
	t.Parallel()
	beat := Kind().Reach.Beat
	for settings, want := range map[string]time.Duration{`{}`: time.Minute, `{"every":15}`: 15 * time.Second, `{"every":3600,"method":"post"}`: time.Hour, `{"every":1}`: time.Minute, `[]`: time.Minute} {
		if got := beat(json.RawMessage(settings)); got != want {
			t.Errorf("%s is every %s", settings, got)
		}
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ settings, url, field string }{
		{`{"every":14}`, "https://x.example/y", "settings.every"},
		{`{"every":86401}`, "https://x.example/y", "settings.every"},
		{`{}`, "http://x.example/y", "secrets.url"},
		{`{}`, "https://user:pass@x.example/y", "secrets.url"},
		{`{}`, "ping", "secrets.url"},
		{`{}`, "file:///etc/passwd", "secrets.url"},
		{`{}`, "https://x.example/\ny", "secrets.url"},
	} {
		_, err := set(tt.settings, tt.url)
		if f := fault.As(err); f == nil || len(f.Fields) == 0 || f.Fields[0].Location != tt.field {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
