package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
)

const signing = "0123456789abcdef0123456789abcdef"

func (w *world) chat() string {
	w.t.Helper()
	id, _ := w.as(http.MethodPost, "connections", `{"kind":"slack","name":"Chat","settings":{"channel":"C0123456789"},"secrets":{"bot_token":"xoxb-1-2-abcdefghijkl","signing_secret":"`+signing+`"}}`).want(http.StatusCreated)["id"].(string)
	return id
}

// pressed is a press of a button, as Slack tells of it.
func (w *world) pressed(connection, member, token, act string, edit func(r *http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	payload, err := json.Marshal(map[string]any{
		"type": "block_actions", "user": map[string]any{"id": member}, "response_url": "https://hooks.slack.com/actions/x",
		"container": map[string]any{"channel_id": "C0123456789", "message_ts": "1793606400.000100"},
		"actions":   []any{map[string]any{"type": "button", "action_id": "tocsin:" + act, "value": token}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	body := url.Values{"payload": {string(payload)}}.Encode()
	at := fmt.Sprint(w.server.now().Unix())
	mac := hmac.New(sha256.New, []byte(signing))
	mac.Write([]byte("v0:" + at + ":" + body))
	r := httptest.NewRequest(http.MethodPost, "/api/v1/slack/"+connection, strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("X-Slack-Request-Timestamp", at)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	if edit != nil {
		edit(r)
	}
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, r)
	w.server.Wait()
	return rec
}

func (w *world) member(connection, address string) {
	w.t.Helper()
	err := w.d.Write(db.As(context.Background(), identity.Main, "system:test"), func(tx *db.Tx) error {
		return tx.Must(`INSERT INTO contact(tenant, id, person, channel, connection, address, account, position, made_at, test_error, code_until, code_tries, confirmed_at)
			VALUES ($1,$2,$3,'slack',$4,$5,$6,1,0,'',0,0,$7)`, tx.Tenant(), tx.NewID(), w.adminID(), connection, address, false, tx.Now())
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestAButtonInAChatActsForItsMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chat := w.chat()
	w.member(chat, "U0ADA")
	me := w.adminID()
	own, room := w.opened("own"), w.opened("room")
	for number, token := range map[string]string{own: w.linkFor(me, own, notify.ActAck), room: w.linkFor("", room, notify.ActAck)} {
		if rec := w.pressed(chat, "U0OTHER", token, "ack", nil); rec.Code != http.StatusOK || strings.Contains(w.kinds(number), "acknowledged") {
			t.Errorf("somebody else pressed: %d\n%s", rec.Code, w.kinds(number))
		}
		if rec := w.pressed(chat, "U0ADA", token, "take", nil); rec.Code != http.StatusOK || strings.Contains(w.kinds(number), "owner.taken") {
			t.Errorf("an act that the button is not for: %d\n%s", rec.Code, w.kinds(number))
		}
		w.later(time.Second) // another call, with another signature
		if rec := w.pressed(chat, "U0ADA", token, "ack", nil); rec.Code != http.StatusOK || !strings.Contains(w.kinds(number), "ticket.acknowledged user:"+me) {
			t.Errorf("the member pressed: %d\n%s\n%s", rec.Code, w.kinds(number), w.logged)
		}
	}
	if strings.Contains(w.logged.String(), "panic") {
		t.Error(w.logged)
	}
}

func TestACallbackThatIsNotProvenDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chat := w.chat()
	w.member(chat, "U0ADA")
	number := w.opened("x")
	token := w.linkFor(w.adminID(), number, notify.ActAck)
	for name, edit := range map[string]func(*http.Request){
		"with a wrong signature":   func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) },
		"without a signature":      func(r *http.Request) { r.Header.Del("X-Slack-Signature") },
		"with an old time":         func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "1793606400") },
		"with another body":        func(r *http.Request) { r.Body = http.NoBody },
		"of an unknown connection": func(r *http.Request) { r.URL.Path = "/api/v1/slack/nothing" },
	} {
		if rec := w.pressed(chat, "U0ADA", token, "ack", edit); rec.Code != http.StatusForbidden && rec.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if strings.Contains(w.kinds(number), "acknowledged") {
		t.Fatalf("it acted:\n%s", w.kinds(number))
	}
	var first http.Header
	if rec := w.pressed(chat, "U0OTHER", token, "ack", func(r *http.Request) { first = r.Header.Clone() }); rec.Code != http.StatusOK {
		t.Fatalf("a call that is proven: %d %s", rec.Code, rec.Body)
	}
	rec := w.pressed(chat, "U0OTHER", token, "ack", func(r *http.Request) { r.Header = first })
	if rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "came before") {
		t.Errorf("a call that was repeated: %d %s", rec.Code, rec.Body)
	}
	w.later(31 * time.Minute)
	if rec := w.pressed(chat, "U0ADA", token, "ack", nil); rec.Code != http.StatusOK || strings.Contains(w.kinds(number), "acknowledged") {
		t.Errorf("a button that has ended: %d\n%s", rec.Code, w.kinds(number))
	}
}
