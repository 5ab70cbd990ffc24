package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

const (
	newKey = "a-secret-of-the-test-0123456789"
	oldKey = "the-secret-before-it-9876543210"
	body   = `{"id":"1"}`
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{
		Settings: `{"scheme":"hmac_sha256","preset":"own","header":"X-Sig","signed":"{body}","format":"mapping","mapping":{"fields":{}}}`,
		Secrets:  map[string]string{"signing_secret": newKey, "previous_secret": oldKey}, Readme: string(readme), Offline: true,
	})
}

func make1(t *testing.T, settings string, secrets ...string) connector.Receiver {
	t.Helper()
	given := map[string]connector.Secret{}
	for i, name := range []string{"signing_secret", "previous_secret"} {
		if i < len(secrets) {
			given[name] = connector.NewSecret(secrets[i])
		}
	}
	made, err := Kind().New(connector.Config{Settings: json.RawMessage(settings), Secrets: given})
	if err != nil {
		t.Fatal(err)
	}
	return made.(connector.Receiver)
}

func sum(key, content string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(content))
	return h.Sum(nil)
}

// scheme is a way to sign, and how a sender does it.
type scheme struct {
	settings string
	timed    bool // the time is signed
	sign     func(key string, at time.Time, body string) http.Header
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func schemes() map[string]scheme {
	unix := func(at time.Time) string { return fmt.Sprint(at.Unix()) }
	return map[string]scheme{
		"standard": {`{"scheme":"standard","format":"auto"}`, true, func(key string, at time.Time, body string) http.Header {
			signature := base64.StdEncoding.EncodeToString(sum(key, "msg_1."+unix(at)+"."+body))
			return headers("webhook-id", "msg_1", "webhook-timestamp", unix(at), "webhook-signature", "v1a,c29tZSBvdGhlcg== v1,"+signature)
		}},
		"github": {`{"scheme":"hmac_sha256","preset":"github","format":"auto"}`, false, func(key string, _ time.Time, body string) http.Header {
			return headers("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum(key, body)))
		}},
		"slack": {`{"scheme":"hmac_sha256","preset":"slack","format":"auto"}`, true, func(key string, at time.Time, body string) http.Header {
			return headers("X-Slack-Request-Timestamp", unix(at), "X-Slack-Signature", "v0="+hex.EncodeToString(sum(key, "v0:"+unix(at)+":"+body)))
		}},
		"pagerduty": {`{"scheme":"hmac_sha256","preset":"pagerduty","format":"auto"}`, false, func(key string, _ time.Time, body string) http.Header {
			return headers("X-PagerDuty-Signature", "v1="+strings.Repeat("00", 32)+",v1="+hex.EncodeToString(sum(key, body)))
		}},
		"own": {`{"scheme":"hmac_sha256","preset":"own","header":"x-sig","prefix":"t:","encoding":"base64","timestamp_header":"X-Time","signed":"{timestamp}/{body}!","format":"auto"}`,
			true, func(key string, at time.Time, body string) http.Header {
				return headers("X-Time", unix(at), "X-Sig", "t:"+base64.StdEncoding.EncodeToString(sum(key, unix(at)+"/"+body+"!")))
			}},
		"bearer": {`{"scheme":"bearer","format":"auto"}`, false, func(key string, _ time.Time, _ string) http.Header {
			return headers("Authorization", "Bearer "+key)
		}},
		"key header": {`{"scheme":"bearer","token_header":"X-Api-Key","format":"auto"}`, false, func(key string, _ time.Time, _ string) http.Header {
			return headers("X-Api-Key", key)
		}},
		"basic": {`{"scheme":"basic","user":"sensor","format":"auto"}`, false, func(key string, _ time.Time, _ string) http.Header {
			r := &http.Request{Header: http.Header{}}
			r.SetBasicAuth("sensor", key)
			return r.Header
		}},
	}
}

func TestWhatIsSignedIsTakenAndAllElseIsNot(t *testing.T) {
	t.Parallel()
	for name, s := range schemes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := make1(t, s.settings, newKey, oldKey)
			signed := s.signsBody()
			good := s.sign(newKey, now(), body)
			for what, tt := range map[string]struct {
				header http.Header
				body   string
				ok     bool
			}{
				"signed":                        {good, body, true},
				"signed with the secret before": {s.sign(oldKey, now(), body), body, true},
				"signed almost too long ago":    {s.sign(newKey, now().Add(-299*time.Second), body), body, true},
				"with another secret":           {s.sign(newKey+"x", now(), body), body, false},
				"with an empty secret":          {s.sign("", now(), body), body, false},
				"another body":                  {good, `{"id":"2"}`, !signed},
				"a longer body":                 {good, body + " ", !signed},
				"no body":                       {good, "", !signed},
				"too old":                       {s.sign(newKey, now().Add(-301*time.Second), body), body, !s.timed},
				"from the future":               {s.sign(newKey, now().Add(301*time.Second), body), body, !s.timed},
				"from the year 1970":            {s.sign(newKey, time.Unix(0, 0), body), body, !s.timed},
				"no headers":                    {http.Header{}, body, false},
			} {
				_, err := h.Receive(connector.Call{Header: tt.header, Body: []byte(tt.body), At: now()})
				if (err == nil) != tt.ok {
					t.Errorf("%s: %v", what, err)
				}
				if err != nil && (fault.As(err) == nil || strings.Contains(err.Error(), newKey)) {
					t.Errorf("%s: said %v", what, err)
				}
			}
			for header := range good {
				refusedEachWay(t, h, good, header)
			}
		})
	}
}

// signsBody tells whether the body is part of what is proven.
func (s scheme) signsBody() bool {
	return fmt.Sprint(s.sign(newKey, now(), "a")) != fmt.Sprint(s.sign(newKey, now(), "b"))
}

// refusedEachWay takes one header of a good call away, doubles it, cuts it and
// changes each of its characters.
func refusedEachWay(t *testing.T, h connector.Receiver, good http.Header, header string) {
	t.Helper()
	value := good.Get(header)
	try := func(what string, values ...string) {
		t.Helper()
		changed := good.Clone()
		changed[header] = values
		if _, err := h.Receive(connector.Call{Header: changed, Body: []byte(body), At: now()}); err == nil {
			t.Errorf("%s: %s was taken as %q", header, what, values)
		}
	}
	try("absent")
	try("empty", "")
	try("twice", value, value)
	try("cut", value[:len(value)-1])
	try("truncated to its head", value[:min(5, len(value)-1)])
	if strings.Contains(strings.ToLower(header), "signature") {
		return // holds signatures that do not count, too; another secret is tried above
	}
	for i := range value {
		b := []byte(value)
		if b[i] ^= 1; strings.EqualFold(string(b), value) || i < 7 {
			continue // the word Bearer in another case
		}
		try(fmt.Sprintf("character %d changed", i), string(b))
	}
}

func TestOneRotationLaterTheOldSecretIsGone(t *testing.T) {
	t.Parallel()
	for name, s := range schemes() {
		h := make1(t, s.settings, newKey)
		if _, err := h.Receive(connector.Call{Header: s.sign(oldKey, now(), body), Body: []byte(body), At: now()}); err == nil {
			t.Errorf("%s: a secret that is not set was good", name)
		}
	}
}

func TestADeliveryIsNamedByWhatIsProven(t *testing.T) {
	t.Parallel()
	for name, s := range schemes() {
		h := make1(t, s.settings, newKey, oldKey)
		key := func(secret, body string, extra ...string) string {
			header := s.sign(secret, now(), body)
			for i := 0; i < len(extra); i += 2 {
				header.Set(extra[i], extra[i+1])
			}
			d, err := h.Receive(connector.Call{Header: header, Body: []byte(body), At: now()})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return d.Key
		}
		one := key(newKey, body)
		if key(newKey, body, "X-GitHub-Delivery", "another", "X-Request-Id", "2") != one || key(oldKey, body) != one {
			t.Errorf("%s: a header that is not proven, or the secret, names the delivery", name)
		}
		if name != "standard" && key(newKey, `{"id":"2"}`) == one {
			t.Errorf("%s: two bodies are one delivery", name)
		}
	}
}

func TestAnIDCannotLendItsDotsToTheTime(t *testing.T) {
	t.Parallel()
	h := make1(t, `{"scheme":"standard","format":"auto"}`, newKey)
	at := fmt.Sprint(now().Unix())
	// Signed as id "a." + at, time at, body; read as id "a", time at, body at.body.
	signature := base64.StdEncoding.EncodeToString(sum(newKey, "a."+at+"."+at+"."+body))
	for id, text := range map[string]string{"a." + at: body} {
		_, err := h.Receive(connector.Call{Header: headers("webhook-id", id, "webhook-timestamp", at, "webhook-signature", "v1,"+signature), Body: []byte(text), At: now()})
		if err == nil {
			t.Error("an id with a dot was taken")
		}
	}
}

func TestASecretOfTheSpecificationIsBase64(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef01234567")
	h := make1(t, `{"scheme":"standard","format":"auto"}`, "whsec_"+base64.StdEncoding.EncodeToString(key))
	at := fmt.Sprint(now().Unix())
	signature := base64.StdEncoding.EncodeToString(sum(string(key), "m."+at+"."+body))
	header := headers("webhook-id", "m", "webhook-timestamp", at, "webhook-signature", "v1,"+signature)
	if _, err := h.Receive(connector.Call{Header: header, Body: []byte(body), At: now()}); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotProtectIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ settings, secret, at string }{
		"no secret":                    {`{"scheme":"standard","format":"auto"}`, "", "secrets.signing_secret"},
		"a short secret":               {`{"scheme":"standard","format":"auto"}`, "short", "secrets.signing_secret"},
		"a secret with a line":         {`{"scheme":"bearer","format":"auto"}`, "a secret\nof two lines", "secrets.signing_secret"},
		"whsec_ and no Base64":         {`{"scheme":"standard","format":"auto"}`, "whsec_%%%%%%%%%%%%%%%%%%%%%%%%", "secrets.signing_secret"},
		"whsec_ and little behind it":  {`{"scheme":"standard","format":"auto"}`, "whsec_MDEyMzQ1Njc4OQ==", "secrets.signing_secret"},
		"no body signed":               {`{"scheme":"hmac_sha256","preset":"own","header":"X","signed":"{timestamp}","format":"auto"}`, newKey, "settings.signed"},
		"a time that is not signed":    {`{"scheme":"hmac_sha256","preset":"own","header":"X","timestamp_header":"T","signed":"{body}","format":"auto"}`, newKey, "settings.signed"},
		"a signed time without header": {`{"scheme":"hmac_sha256","preset":"own","header":"X","signed":"{timestamp}.{body}","format":"auto"}`, newKey, "settings.signed"},
		"nothing between":              {`{"scheme":"hmac_sha256","preset":"own","header":"X","timestamp_header":"T","signed":"{timestamp}{body}","format":"auto"}`, newKey, "settings.signed"},
		"no header":                    {`{"scheme":"hmac_sha256","preset":"own","format":"auto"}`, newKey, "settings.header"},
		"a header that is none":        {`{"scheme":"hmac_sha256","preset":"own","header":"X Y","format":"auto"}`, newKey, "settings.header"},
		"no user":                      {`{"scheme":"basic","format":"auto"}`, newKey, "settings.user"},
		"a user with a colon":          {`{"scheme":"basic","user":"a:b","format":"auto"}`, newKey, "settings.user"},
		"no mapping":                   {`{"scheme":"standard","format":"mapping"}`, newKey, "settings.mapping"},
	} {
		_, err := Kind().New(connector.Config{Settings: json.RawMessage(tt.settings), Secrets: map[string]connector.Secret{"signing_secret": connector.NewSecret(tt.secret)}})
		if e := fault.As(err); e == nil || len(e.Fields) == 0 || e.Fields[0].Location != tt.at {
			t.Errorf("%s: %v, want %s", name, err, tt.at)
		}
	}
}

func TestACheckSaysThatTwoSecretsAreGood(t *testing.T) {
	t.Parallel()
	if got := make1(t, `{"scheme":"standard","format":"auto"}`, newKey, oldKey).Check(context.Background()); len(got) != 3 {
		t.Errorf("checks = %v", got)
	}
}
