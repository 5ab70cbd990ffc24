package connectortest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// SlackMessage is a message as chat.postMessage took it.
type SlackMessage struct {
	Channel   string           `json:"channel"`
	Text      string           `json:"text"`
	Blocks    []map[string]any `json:"blocks"`
	Thread    string           `json:"thread_ts"`
	Broadcast bool             `json:"reply_broadcast"`
	Unfurl    *bool            `json:"unfurl_links"`
	Media     *bool            `json:"unfurl_media"`
	TS        string           `json:"-"`
}

// Slack is a stand-in for Slack's Web API that takes only what Slack's pages
// allow.
type Slack struct {
	URL           string // to be set as api_url
	Token, Secret string
	Scopes        string            // what the header x-oauth-scopes says
	People        map[string]string // member ids by mail address
	// Fail answers a method instead of the stand-in where it returns true.
	Fail func(method string, w http.ResponseWriter) bool

	t        *testing.T
	mu       sync.Mutex
	messages []SlackMessage
	answers  []string
}

// NewSlack starts a stand-in that ends with the test.
func NewSlack(t *testing.T, token, secret string) *Slack {
	t.Helper()
	s := &Slack{t: t, Token: token, Secret: secret, Scopes: "chat:write,im:write,users:read,users:read.email", People: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL + "/api"
	return s
}

// Messages returns what was posted so far.
func (s *Slack) Messages() []SlackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SlackMessage{}, s.messages...)
}

// Answers returns what came to response URLs.
func (s *Slack) Answers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.answers...)
}

func (s *Slack) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/actions/T1/1/x" {
		body, _ := io.ReadAll(r.Body)
		s.answers = append(s.answers, string(body))
		_, _ = io.WriteString(w, "ok")
		return
	}
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	if s.Fail != nil && s.Fail(method, w) {
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-OAuth-Scopes", s.Scopes)
	out := map[string]any{"ok": true}
	if code := s.method(method, r, out); code != "" {
		out = map[string]any{"ok": false, "error": code}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *Slack) method(method string, r *http.Request, out map[string]any) string {
	switch {
	case r.Method != http.MethodPost:
		return "invalid_post_type"
	case r.Header.Get("Authorization") == "":
		return "not_authed"
	case r.Header.Get("Authorization") != "Bearer "+s.Token:
		return "invalid_auth"
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch method {
	case "auth.test":
		out["team"], out["user"] = "Example", "tocsin"
		return ""
	case "users.lookupByEmail":
		if kind != "application/x-www-form-urlencoded" { // this method takes no JSON
			return "invalid_arguments"
		}
		id, ok := s.People[r.PostFormValue("email")]
		if !ok {
			return "users_not_found"
		}
		out["user"] = map[string]any{"id": id, "deleted": false, "is_bot": false}
		return ""
	case "chat.postMessage":
		if kind != "application/json" || !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "charset=utf-8") {
			return "missing_charset"
		}
		return s.post(r.Body, out)
	}
	return "unknown_method"
}

func (s *Slack) post(body io.Reader, out map[string]any) string {
	var m SlackMessage
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil {
		return "invalid_json"
	}
	if m.Channel == "C0GONE" || m.Channel == "" {
		return "channel_not_found"
	}
	if m.Text == "" {
		return "no_text"
	}
	if m.Thread != "" && !s.posted(m.Channel, m.Thread) {
		return "thread_not_found"
	}
	if why := wrongBlocks(m.Blocks); why != "" {
		s.t.Errorf("invalid blocks: %s", why)
		return "invalid_blocks"
	}
	if m.Channel[0] == 'U' { // a member is told in a conversation of their own
		m.Channel = "D" + m.Channel[1:]
	}
	m.TS = fmt.Sprintf("1795435200.%06d", len(s.messages)+1)
	s.messages = append(s.messages, m)
	out["channel"], out["ts"] = m.Channel, m.TS
	return ""
}

func (s *Slack) posted(channel, ts string) bool {
	for _, m := range s.messages {
		if m.Channel == channel && m.TS == ts {
			return true
		}
	}
	return false
}

// wrongBlocks holds blocks to the limits on the pages of Block Kit.
func wrongBlocks(blocks []map[string]any) string {
	if len(blocks) > 50 {
		return "more than 50 blocks"
	}
	for _, b := range blocks {
		switch b["type"] {
		case "header":
			if why := wrongText(b["text"], 150, "plain_text"); why != "" {
				return "header: " + why
			}
		case "section":
			if why := wrongSection(b); why != "" {
				return "section: " + why
			}
		case "actions":
			if why := wrongButtons(b["elements"]); why != "" {
				return "actions: " + why
			}
		case "context":
			list, _ := b["elements"].([]any)
			if len(list) == 0 || len(list) > 10 {
				return "context: 1 to 10 elements"
			}
			for _, e := range list {
				if why := wrongText(e, 3000, "plain_text", "mrkdwn"); why != "" {
					return "context: " + why
				}
			}
		default:
			return fmt.Sprintf("a block of type %v", b["type"])
		}
	}
	return ""
}

func wrongSection(b map[string]any) string {
	fields, has := b["fields"].([]any)
	if b["text"] == nil && !has {
		return "neither text nor fields"
	}
	if b["text"] != nil {
		if why := wrongText(b["text"], 3000, "plain_text", "mrkdwn"); why != "" {
			return why
		}
	}
	if len(fields) > 10 {
		return "more than 10 fields"
	}
	for _, f := range fields {
		if why := wrongText(f, 2000, "plain_text", "mrkdwn"); why != "" {
			return why
		}
	}
	return ""
}

func wrongText(v any, limit int, types ...string) string {
	o, _ := v.(map[string]any)
	kind, _ := o["type"].(string)
	text, _ := o["text"].(string)
	for _, t := range types {
		if n := utf8.RuneCountInString(text); kind == t && n >= 1 && n <= limit {
			return ""
		}
	}
	return fmt.Sprintf("not a text object of 1 to %d characters: %v", limit, v)
}

func wrongButtons(v any) string {
	list, _ := v.([]any)
	if len(list) == 0 || len(list) > 25 {
		return "1 to 25 elements"
	}
	names := map[string]bool{}
	for _, e := range list {
		b, _ := e.(map[string]any)
		name, _ := b["action_id"].(string)
		value, _ := b["value"].(string)
		if b["type"] != "button" || name == "" || len(name) > 255 || names[name] || len(value) > 2000 {
			return fmt.Sprintf("not a button with a name of its own: %v", b)
		}
		names[name] = true
		if style, ok := b["style"]; ok && style != "primary" && style != "danger" {
			return fmt.Sprintf("style %v", style)
		}
		if why := wrongText(b["text"], 75, "plain_text"); why != "" {
			return why
		}
	}
	return ""
}

// Press makes the call that Slack makes when somebody presses a button: the
// headers with its signature, and the body.
func (s *Slack) Press(member, action, token string, at time.Time) (http.Header, []byte) {
	payload, _ := json.Marshal(map[string]any{
		"type": "block_actions", "user": map[string]any{"id": member, "username": "ada", "team_id": "T1"}, "api_app_id": "A1", "token": "old",
		"container":    map[string]any{"type": "message", "message_ts": "1795435200.000001", "channel_id": "D0ADA", "is_ephemeral": false},
		"response_url": strings.TrimSuffix(s.URL, "/api") + "/actions/T1/1/x", "trigger_id": "1.2.x",
		"actions": []any{map[string]any{"action_id": action, "block_id": "tocsin", "type": "button", "value": token, "action_ts": fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000)}},
	})
	body := []byte(url.Values{"payload": {string(payload)}}.Encode())
	return SlackSign(s.Secret, at, body), body
}

// SlackSign signs a call as Slack does.
func SlackSign(secret string, at time.Time, body []byte) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:%s", at.Unix(), body)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", fmt.Sprint(at.Unix()))
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	return h
}
