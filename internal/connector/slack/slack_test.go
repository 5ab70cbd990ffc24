package slack

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

const (
	botToken = "xoxb-a-token-of-the-test"
	signing  = "8f742231b10e8888abcd99yyyzzz85a5" // the one of Slack's documentation
)

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{
		Settings: `{"channel":"C0123456789"}`, Secrets: map[string]string{"bot_token": botToken, "signing_secret": signing}, Readme: string(readme),
	})
}

func set(t testing.TB, settings string, secrets map[string]string) (*workspace, error) {
	t.Helper()
	given := map[string]connector.Secret{}
	for k, v := range secrets {
		given[k] = connector.NewSecret(v)
	}
	made, err := Kind().New(connector.Config{Settings: json.RawMessage(settings), Secrets: given, HTTP: http.DefaultClient})
	if err != nil {
		return nil, err
	}
	return made.(*workspace), nil
}

func joined(t testing.TB, s *connectortest.Slack) *workspace {
	t.Helper()
	w, err := set(t, fmt.Sprintf(`{"api_url":%q,"channel":"C0TEAM"}`, s.URL), map[string]string{"bot_token": botToken, "signing_secret": signing})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func letter(to string) connector.Letter {
	return connector.Letter{
		ID: "1", To: to, Subject: "INC-42: somebody signed in", Text: "Nobody has taken it.", Thread: "t", Severity: "critical", Link: "https://tocsin.example.com/tickets/INC-42",
		Buttons: []connector.Button{{Label: "Acknowledge", Act: "ack", Token: "tok-1", URL: "https://tocsin.example.com/m/tok-1"}, {Label: "Can't", Act: "escalate", Token: "tok-2"}},
		Facts:   []connector.Fact{{Name: "Severity", Value: "critical"}},
	}
}

// golden is how the letter of these tests looks in Block Kit.
func golden(t *testing.T) (blocks []map[string]any) {
	t.Helper()
	text, err := os.ReadFile("testdata/page.json")
	if err == nil {
		err = json.Unmarshal(text, &blocks)
	}
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

func TestMessagesOfATicketStandInOneThread(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	w := joined(t, s)
	first, err := w.Send(t.Context(), letter("U0ADA"))
	if err != nil || first.ID != "D0ADA:1795435200.000001" {
		t.Fatalf("%+v %v", first, err)
	}
	l := letter("U0ADA")
	l.ParentID = first.ID
	if second, err := w.Send(t.Context(), l); err != nil || second.ID != "D0ADA:1795435200.000002" {
		t.Fatalf("%+v %v", second, err)
	}
	l.Buttons, l.To = nil, ""
	if _, err := w.Send(t.Context(), l); err != nil { // to the channel: the head is another conversation's
		t.Fatal(err)
	}
	got := s.Messages()
	if got[1].Channel != "D0ADA" || got[1].Thread != "1795435200.000001" || !got[1].Broadcast {
		t.Errorf("%+v", got[1])
	}
	if got[2].Channel != "C0TEAM" || got[2].Thread != "" || got[2].Broadcast {
		t.Errorf("%+v", got[2])
	}
	if d := cmp.Diff(golden(t), got[0].Blocks); d != "" {
		t.Error(d)
	}
}

func TestAHeadThatIsGoneDoesNotStopAMessage(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	l := letter("C0TEAM")
	l.ParentID = "C0TEAM:1.1"
	r, err := joined(t, s).Send(t.Context(), l)
	if err != nil || len(s.Messages()) != 1 || s.Messages()[0].Thread != "" || !strings.HasPrefix(r.ID, "C0TEAM:") {
		t.Errorf("%+v %v", r, err)
	}
}

func TestWordsOfAttackersMentionNobody(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	l := letter("U0ADA")
	l.Subject = "<!channel> *x* <https://evil.example|Sign in> @here &amp;\n" + strings.Repeat("é", 400)
	l.Text = "<!here>\n<@U0EVE> " + strings.Repeat("x", 9000)
	l.Facts = nil
	for range 30 {
		l.Facts = append(l.Facts, connector.Fact{Name: "<!everyone>", Value: strings.Repeat("y", 5000)})
		l.Buttons = append(l.Buttons, connector.Button{Label: strings.Repeat("z", 200), Act: "a", Token: "t"})
	}
	l.Buttons = l.Buttons[2:3]
	l.Link = "https://x.example/a|b>c<d"
	if _, err := joined(t, s).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	m := s.Messages()[0]
	if strings.ContainsAny(m.Text, "<>") || !strings.HasPrefix(m.Text, "&lt;!channel&gt; *x*") || *m.Unfurl || *m.Media {
		t.Errorf("%q", m.Text)
	}
	for _, b := range m.Blocks {
		text, _ := json.Marshal(b)
		if strings.Contains(string(text), `"mrkdwn"`) && b["type"] != "context" {
			t.Errorf("%s", text)
		}
		if b["type"] == "context" && !strings.Contains(string(text), `\u003chttps://x.example/a%7Cb%3Ec%3Cd|Open in Tocsin\u003e`) {
			t.Errorf("%s", text)
		}
	}
}

func TestWithoutASigningSecretButtonsAreLinks(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	w, err := set(t, fmt.Sprintf(`{"api_url":%q}`, s.URL), map[string]string{"bot_token": botToken})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Send(t.Context(), letter("U0ADA")); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(s.Messages()[0].Blocks)
	if strings.Contains(string(text), "actions") || !strings.Contains(string(text), "https://tocsin.example.com/m/tok-1|Acknowledge") {
		t.Errorf("%s", text)
	}
	h, body := s.Press("U0ADA", "tocsin:ack", "tok", now())
	if _, err := w.Callback(connector.Call{Header: h, Body: body, At: now()}); fault.As(err) == nil || fault.As(err).Slug != "missing" {
		t.Errorf("%v", err)
	}
	if _, err := w.Send(t.Context(), letter("")); !fault.Is(err, fault.Invalid) {
		t.Errorf("to nobody: %v", err)
	}
}

func TestWhatSlackSaysDecidesAboutAnotherAttempt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		status       int
		retry        string
		again        bool
		after        time.Duration
		says         string
	}{
		{"too much at once", `{"ok":false,"error":"ratelimited"}`, 429, "30", true, 30 * time.Second, "429"},
		{"too much, said otherwise", `{"ok":false,"error":"ratelimited"}`, 200, "7", true, 7 * time.Second, "wait"},
		{"a wait without end", ``, 429, "999999999999", true, time.Hour, "429"},
		{"a wait that is no count", ``, 429, "soon", true, 0, "429"},
		{"a long wait", ``, 429, "80000", true, time.Hour, "429"},
		{"trouble", ``, 503, "", true, 0, "503"},
		{"trouble, said otherwise", `{"ok":false,"error":"internal_error"}`, 200, "", true, 0, "internal_error"},
		{"no JSON", `<html>`, 200, "", true, 0, "not JSON"},
		{"no such channel", `{"ok":false,"error":"channel_not_found"}`, 200, "", false, 0, "knows no such member or channel"},
		{"a bad token", `{"ok":false,"error":"invalid_auth"}`, 200, "", false, 0, "does not take the bot token"},
		{"a missing scope", `{"ok":false,"error":"missing_scope","needed":"chat:write"}`, 200, "", false, 0, "Needed: chat:write"},
		{"something new", `{"ok":false,"error":"brand_new\u0000<x>"}`, 200, "", false, 0, "(brand_newx)"},
		{"elsewhere", ``, 302, "", false, 0, "redirects are not followed"},
		{"forbidden", ``, 403, "", false, 0, "403"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := connectortest.NewSlack(t, botToken, signing)
			s.Fail = func(_ string, w http.ResponseWriter) bool {
				if tt.retry != "" {
					w.Header().Set("Retry-After", tt.retry)
				}
				w.Header().Set("Location", s.URL)
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.answer)
				return true
			}
			_, err := joined(t, s).Send(t.Context(), letter("U0ADA"))
			after, again := connector.RetryAfter(err)
			if err == nil || again != tt.again || after != tt.after || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("again %v after %s: %v", again, after, err)
			}
		})
	}
	s := connectortest.NewSlack(t, botToken, signing)
	if _, err := joined(t, s).Send(t.Context(), letter("C0GONE")); fault.As(err) == nil || fault.As(err).Slug != connector.SlugRecipient {
		t.Errorf("a channel that is gone: %v", err)
	}
}

func TestAMemberIsFoundByMail(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	s.People["ada+x@example.com"] = "U0ADA"
	w := joined(t, s)
	for mail, want := range map[string]string{"ada+x@example.com": "U0ADA", "eve@example.com": ""} {
		if got, err := w.Find(t.Context(), mail); err != nil || got != want {
			t.Errorf("%s is %q, %v", mail, got, err)
		}
	}
}

func TestTheTestSaysWhatTheAppMayDo(t *testing.T) {
	t.Parallel()
	s := connectortest.NewSlack(t, botToken, signing)
	checks := joined(t, s).Check(t.Context())
	if len(checks) != 3 || !checks[0].OK || !checks[1].OK || checks[0].Detail != "Signed in to Example as tocsin." {
		t.Errorf("%+v", checks)
	}
	s.Scopes = "chat:write"
	if checks = joined(t, s).Check(t.Context()); checks[1].OK || !strings.Contains(checks[1].Detail, "im:write, users:read.email") {
		t.Errorf("%+v", checks)
	}
	s.Token = "xoxb-another"
	if checks = joined(t, s).Check(t.Context()); len(checks) != 1 || checks[0].OK || len(s.Messages()) != 0 {
		t.Errorf("%+v", checks)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct{ field, settings, token, secret string }{
		{"settings.channel", `{"channel":"#general"}`, botToken, signing},
		{"settings.api_url", `{"api_url":"http://slack.example/api"}`, botToken, signing},
		{"secrets.bot_token", `{}`, "xapp-1-a-token-of-another-sort", signing},
		{"secrets.bot_token", `{}`, "xoxb-with a blank", signing},
		{"secrets.signing_secret", `{}`, botToken, "short"},
	}
	for _, tt := range tests {
		_, err := set(t, tt.settings, map[string]string{"bot_token": tt.token, "signing_secret": tt.secret})
		if f := fault.As(err); f == nil || len(f.Fields) == 0 || f.Fields[0].Location != tt.field {
			t.Errorf("%s: %v", tt.field, err)
		}
	}
}
