package pagerduty

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

const key = "e93facc04764012d7bfb002500d5d1a6" // the one of PagerDuty's documentation

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{Settings: `{}`, Secrets: map[string]string{"routing_key": key}, Readme: string(readme), Offline: true})
}

func at() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func set(settings, key string) (*service, error) {
	made, err := Kind().New(connector.Config{
		Settings: json.RawMessage(settings), Secrets: map[string]connector.Secret{"routing_key": connector.NewSecret(key)}, HTTP: http.DefaultClient, Now: at,
	})
	if err != nil {
		return nil, err
	}
	return made.(*service), nil
}

func joined(t *testing.T, p *connectortest.PagerDuty) *service {
	t.Helper()
	s, err := set(fmt.Sprintf(`{"url":%q}`, p.URL), p.Key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func letter() connector.Letter {
	return connector.Letter{
		ID: "l1", Subject: "INC-42: nobody takes it\r\n", Text: "Level 3 was paged.\nNobody answered.", Severity: "high", Event: "page", Key: "ticket-42",
		Link: "https://tocsin.example.com/tickets/INC-42", Facts: []connector.Fact{{Name: "Team", Value: "SOC"}}, At: at().Add(-time.Minute).UnixMicro(),
	}
}

func TestAnAlarmIsRaisedTakenAndEnded(t *testing.T) {
	t.Parallel()
	p := connectortest.NewPagerDuty(t, key)
	s := joined(t, p)
	raised, again, taken, ended := letter(), letter(), letter(), letter()
	again.ID, taken.Acknowledge, ended.Resolve = "l2", true, true
	for _, l := range []connector.Letter{raised, again, taken, ended} {
		if r, err := s.Send(t.Context(), l); err != nil || r.ID != "ticket-42" || strings.Contains(r.Detail, "elivered") {
			t.Fatalf("%+v %v", r, err)
		}
	}
	got := p.Events()
	text, err := os.ReadFile("testdata/trigger.json")
	var want map[string]any
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	for i, action := range []string{"trigger", "trigger", "acknowledge", "resolve"} {
		if got[i]["event_action"] != action || got[i]["dedup_key"] != "ticket-42" {
			t.Errorf("%d: %v", i, got[i])
		}
	}
	if p.State("ticket-42") != "resolved" {
		t.Error(p.State("ticket-42"))
	}
}

func TestASecondCopyOfALetterIsTheSameAlarm(t *testing.T) {
	t.Parallel()
	p := connectortest.NewPagerDuty(t, key)
	s := joined(t, p)
	bare, long := letter(), letter()
	bare.Key = ""
	long.Key = strings.Repeat("k", 300)
	for _, l := range []connector.Letter{bare, bare, long, long} {
		if _, err := s.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	got := p.Events()
	if got[0]["dedup_key"] != "letter-l1" || got[1]["dedup_key"] != got[0]["dedup_key"] || got[2]["dedup_key"] != got[3]["dedup_key"] || got[2]["dedup_key"] == got[0]["dedup_key"] {
		t.Errorf("%v", got)
	}
	bare.Resolve = true
	if _, err := s.Send(t.Context(), bare); !fault.Is(err, fault.Invalid) {
		t.Errorf("an end of nothing: %v", err)
	}
}

func TestEverySeverityHasOneOfPagerDutys(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[string]string{"critical": "critical", "high": "error", "medium": "warning", "low": "info", "info": "info", "": "error"} {
		if got := severity(ours); got != theirs {
			t.Errorf("%s is %s, want %s", ours, got, theirs)
		}
	}
}

func TestLongWordsOfAttackersFit(t *testing.T) {
	t.Parallel()
	p := connectortest.NewPagerDuty(t, key)
	l := letter()
	l.Subject, l.Text, l.Link = strings.Repeat("é", 5000)+"\x00", strings.Repeat("x", 1<<20), "javascript:alert(1)"
	for i := range 100 {
		l.Facts = append(l.Facts, connector.Fact{Name: fmt.Sprint(i), Value: strings.Repeat("y", 10000)})
	}
	if _, err := joined(t, p).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if e := p.Events()[0]; e["links"] != nil || e["client_url"] != nil {
		t.Errorf("%v", e)
	}
}

func TestWhatPagerDutySaysDecidesAboutAnotherAttempt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		again  bool
		says   string
	}{
		{400, `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`, false, "Length of 'routing_key' is incorrect"},
		{404, ``, false, "404"},
		{307, ``, false, "redirects are not followed"},
		{429, ``, true, "429"},
		{500, `<html>`, true, "500"},
		{503, ``, true, "503"},
	}
	for _, tt := range tests {
		p := connectortest.NewPagerDuty(t, key)
		p.Fail = func(w http.ResponseWriter) bool {
			w.Header().Set("Location", p.URL)
			w.WriteHeader(tt.status)
			fmt.Fprint(w, tt.body)
			return true
		}
		_, err := joined(t, p).Send(t.Context(), letter())
		if _, again := connector.RetryAfter(err); err == nil || again != tt.again || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), key) {
			t.Errorf("%d: again %v, %v", tt.status, again, err)
		}
	}
	wrong, err := set(fmt.Sprintf(`{"url":%q}`, connectortest.NewPagerDuty(t, key).URL), strings.Repeat("a", 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Send(t.Context(), letter()); !fault.Is(err, fault.Invalid) {
		t.Errorf("another key: %v", err)
	}
	gone, err := set(`{"url":"http://127.0.0.1:1/v2/enqueue"}`, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Send(t.Context(), letter()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ settings, key, field string }{
		{`{}`, "short", "secrets.routing_key"},
		{`{}`, strings.Repeat("-", 32), "secrets.routing_key"},
		{`{"url":"http://events.pagerduty.com/v2/enqueue"}`, key, "settings.url"},
	} {
		_, err := set(tt.settings, tt.key)
		if f := fault.As(err); f == nil || len(f.Fields) == 0 || f.Fields[0].Location != tt.field {
			t.Errorf("%s %s: %v", tt.settings, tt.key, err)
		}
	}
}
