package slack

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func slugOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Slug
	}
	return ""
}

// The call on Slack's page "Verifying requests from Slack", with the signature
// given there. It is a command and no button, so it is proven and then refused
// for what it is.
func TestTheSignatureIsTheOneOfSlacksDocumentation(t *testing.T) {
	t.Parallel()
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" +
		"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	call := connector.Call{
		Header: http.Header{"X-Slack-Request-Timestamp": {"1531420618"}, "X-Slack-Signature": {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}},
		Body:   []byte(body), At: time.Unix(1531420618, 0),
	}
	s := connectortest.NewSlack(t, botToken, signing)
	if _, err := joined(t, s).Callback(call); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	call.Body = append(call.Body, 'x')
	if _, err := joined(t, s).Callback(call); slugOf(err) != "wrong" {
		t.Errorf("a changed body: %v", err)
	}
}

func TestAPressedButtonSaysWhoAndWhat(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	w := joined(t, s)
	h, body := s.Press("U0ADA", "tocsin:ack", "tok-1", now())
	a, err := w.Callback(connector.Call{Header: h, Body: body, At: now()})
	if err != nil {
		t.Fatal(err)
	}
	want := connector.Action{UserID: "U0ADA", Token: "tok-1", Act: "ack", Letter: "D0ADA:1795435200.000001", Response: strings.TrimSuffix(s.URL, "/api") + "/actions/T1/1/x", At: now().UnixMicro()}
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	if err := w.Answer(t.Context(), a, "Acknowledged <!channel>"); err != nil {
		t.Fatal(err)
	}
	if got := s.Answers(); len(got) != 1 || got[0] != `{"replace_original":false,"response_type":"ephemeral","text":"Acknowledged \u0026lt;!channel\u0026gt;"}` {
		t.Errorf("%v", got)
	}
}

func TestACallThatProvesNothingIsRefusedInItsOwnWords(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	sign := func(secret string, at time.Time, body string) http.Header {
		return connectortest.SlackSign(secret, at, []byte(body))
	}
	_, pressed := s.Press("U0ADA", "tocsin:ack", "t", now())
	body := string(pressed)
	stamped := func(stamp string) http.Header {
		h := sign(signing, now(), body)
		h.Set("X-Slack-Request-Timestamp", stamp)
		return h
	}
	without := func(name string) http.Header {
		h := sign(signing, now(), body)
		h.Del(name)
		return h
	}
	twice := sign(signing, now(), body)
	twice.Add("X-Slack-Signature", "v0=00")
	upper := sign(signing, now(), body)
	upper.Set("X-Slack-Signature", strings.Replace(upper.Get("X-Slack-Signature"), "v0=", "v1=", 1))
	tests := []struct {
		name, slug string
		header     http.Header
	}{
		{"no signature", "missing", without("X-Slack-Signature")},
		{"no time", "missing", without("X-Slack-Request-Timestamp")},
		{"two signatures", "missing", twice},
		{"another secret", "wrong", sign("another-signing-secret", now(), body)},
		{"another version", "wrong", upper},
		{"another body", "wrong", sign(signing, now(), body+"&x=1")},
		{"another time than was signed", "wrong", stamped(strconv.FormatInt(now().Unix()+1, 10))},
		{"a time that is none", "wrong", stamped("soon")},
		{"five minutes and a second ago", "expired", sign(signing, now().Add(-5*time.Minute-time.Second), body)},
		{"five minutes and a second ahead", "expired", sign(signing, now().Add(5*time.Minute+time.Second), body)},
		{"at the edge", "", sign(signing, now().Add(-5*time.Minute), body)},
		{"at the other edge", "", sign(signing, now().Add(5*time.Minute), body)},
	}
	for _, tt := range tests {
		w := joined(t, s)
		_, err := w.Callback(connector.Call{Header: tt.header, Body: pressed, At: now()})
		if slugOf(err) != tt.slug || (tt.slug == "") != (err == nil) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	long := make([]byte, maxBody+1)
	if _, err := joined(t, s).Callback(connector.Call{Header: sign(signing, now(), string(long)), Body: long, At: now()}); slugOf(err) != "wrong" {
		t.Errorf("a body without end: %v", err)
	}
}

func TestAReplayedCallIsRefused(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	w := joined(t, s)
	h, body := s.Press("U0ADA", "tocsin:ack", "t", now())
	var good, again atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			_, err := w.Callback(connector.Call{Header: h.Clone(), Body: body, At: now()})
			switch {
			case err == nil:
				good.Add(1)
			case slugOf(err) == "replayed":
				again.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 || again.Load() != 31 {
		t.Errorf("%d taken, %d replayed", good.Load(), again.Load())
	}
	for _, tt := range []struct {
		after time.Duration
		slug  string
	}{{time.Minute, "replayed"}, {5 * time.Minute, "replayed"}, {5*time.Minute + time.Second, "expired"}, {time.Hour, "expired"}} {
		if _, err := w.Callback(connector.Call{Header: h, Body: body, At: now().Add(tt.after)}); slugOf(err) != tt.slug {
			t.Errorf("after %s: %v", tt.after, err)
		}
	}
	capital := h.Clone()
	capital.Set("X-Slack-Signature", "v0="+strings.ToUpper(strings.TrimPrefix(h.Get("X-Slack-Signature"), "v0=")))
	if _, err := w.Callback(connector.Call{Header: capital, Body: body, At: now()}); slugOf(err) != "replayed" {
		t.Errorf("the same signature in capitals: %v", err)
	}
}

func TestTheMemoryOfSignaturesHasAnEnd(t *testing.T) {
	t.Parallel()
	s := newSeen()
	at := now()
	for i := range maxSeen {
		if err := s.first([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, at, at.Add(window)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.first([32]byte{9, 9, 9, 9}, at.Add(time.Second), at.Add(window)); !fault.Is(err, fault.Busy) || len(s.until) != maxSeen {
		t.Errorf("%v, %d kept", err, len(s.until))
	}
	if err := s.first([32]byte{9, 9, 9, 9}, at.Add(window+time.Second), at.Add(2*window)); err != nil || len(s.until) != 1 {
		t.Errorf("%v, %d kept", err, len(s.until))
	}
}

func TestACallThatIsNoButtonOfOursSaysNothing(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	w := joined(t, s)
	tests := map[string]string{
		"no form":          "payload=%zz",
		"no payload":       "x=1",
		"two payloads":     "payload={}&payload={}",
		"no JSON":          "payload=x",
		"another payload":  `payload={"type":"view_submission"}`,
		"no action":        `payload={"type":"block_actions","user":{"id":"U1"},"actions":[]}`,
		"nobody":           `payload={"type":"block_actions","actions":[{"action_id":"tocsin:ack","value":"t"}]}`,
		"a channel":        `payload={"type":"block_actions","user":{"id":"C1"},"actions":[{"action_id":"tocsin:ack","value":"t"}]}`,
		"another's button": `payload={"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"ack","value":"t"}]}`,
		"no token":         `payload={"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"tocsin:ack"}]}`,
		"a long token":     `payload={"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"tocsin:ack","value":"` + strings.Repeat("t", 2001) + `"}]}`,
	}
	for name, body := range tests {
		_, err := w.Callback(connector.Call{Header: connectortest.SlackSign(signing, now(), []byte(body)), Body: []byte(body), At: now()})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAnswerGoesToSlackAlone(t *testing.T) {
	t.Parallel()
	w, err := set(t, `{}`, map[string]string{"bot_token": botToken, "signing_secret": signing})
	if err != nil {
		t.Fatal(err)
	}
	gov, err := set(t, `{"api_url":"https://slack-gov.com/api/"}`, map[string]string{"bot_token": botToken})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string][2]bool{
		"https://hooks.slack.com/actions/T1/2/x":          {true, false},
		"https://hooks.slack-gov.com/actions/T1/2/x":      {false, true},
		"http://hooks.slack.com/actions/T1/2/x":           {},
		"https://hooks.slack.com.evil.example/x":          {},
		"https://hooks.slack.com@evil.example/x":          {},
		"https://user@hooks.slack.com/x":                  {},
		"https://hooks.slack.com:8443/x":                  {},
		"https://169.254.169.254/latest/meta-data":        {},
		"//hooks.slack.com/x":                             {},
		"https://evil.example/?x=https://hooks.slack.com": {},
		"": {},
	} {
		if got := [2]bool{w.ownAnswer(address), gov.ownAnswer(address)}; got != want {
			t.Errorf("%q: %v", address, got)
		}
		if !want[0] {
			payload := `{"type":"block_actions","response_url":` + strconv.Quote(address) + `,"user":{"id":"U1"},"actions":[{"action_id":"tocsin:ack","value":"t"}]}`
			a, err := w.action([]byte(url.Values{"payload": {payload}}.Encode()))
			if err != nil || a.Response != "" {
				t.Errorf("%q: %+v %v", address, a, err)
			}
		}
	}
}

func FuzzACallIsProvenOrNothing(f *testing.F) {
	f.Add("1531420618", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", "payload={}")
	f.Add("", "v0=", `payload={"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"tocsin:ack","value":"t"}]}`)
	w, err := set(f, `{}`, map[string]string{"bot_token": botToken, "signing_secret": signing})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, stamp, signature, body string) {
		h := http.Header{"X-Slack-Request-Timestamp": {stamp}, "X-Slack-Signature": {signature}}
		if a, err := w.Callback(connector.Call{Header: h, Body: []byte(body), At: now()}); err == nil {
			t.Fatalf("it got through: %+v", a)
		}
		at := now()
		a, err := w.Callback(connector.Call{Header: connectortest.SlackSign(signing, at, []byte(body)), Body: []byte(body), At: at})
		if err == nil && (a.UserID == "" || a.Token == "" || a.Act == "") {
			t.Errorf("%+v", a)
		}
		if err == nil && a.Response != "" && !strings.HasPrefix(a.Response, "https://hooks.slack.com/") && !strings.HasPrefix(a.Response, "https://slack.com/") {
			t.Errorf("an answer to %s", a.Response)
		}
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Busy) {
			t.Errorf("%v", err)
		}
	})
}
