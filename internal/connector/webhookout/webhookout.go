package webhookout

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

//go:embed manifest.yaml
var manifest []byte

// Kind describes the connector and makes one.
func Kind() connector.Kind {
	m := connector.MustManifest(manifest)
	return connector.Kind{
		Manifest: m,
		New:      func(c connector.Config) (connector.Connector, error) { return newReceiver(m, c) },
		Reach:    &connector.Reach{},
	}
}

const (
	timeout = 15 * time.Second
	maxLine = 1024
	maxText = 64 << 10
	maxList = 100
)

// receiver is a system that is told.
type receiver struct {
	URL     string `json:"url"`
	secrets map[string]connector.Secret
	rotates bool // two secrets sign
	http    *http.Client
	now     func() time.Time
}

func newReceiver(m connector.Manifest, c connector.Config) (*receiver, error) {
	r := &receiver{secrets: c.Secrets, rotates: c.Secrets["previous_secret"].Set(), http: c.HTTP, now: c.Now}
	if err := m.Decode(c.Settings, c.Secrets, r); err != nil {
		return nil, err
	}
	if err := connector.Protected("settings.url", r.URL); err != nil {
		return nil, err
	}
	if _, err := r.keys(); err != nil {
		return nil, err
	}
	if c.HTTP == nil || c.Now == nil {
		return nil, fault.New(fault.Internal, "a webhook needs a way into the network and a clock")
	}
	return r, nil
}

// keys reads the secrets that sign, the newest first.
func (r *receiver) keys() ([][]byte, error) {
	var keys [][]byte
	for _, name := range []string{"signing_secret", "previous_secret"} {
		text := r.secrets[name].Reveal()
		if text == "" {
			continue
		}
		rest, ok := strings.CutPrefix(text, "whsec_")
		if !ok {
			return nil, fault.Field("secrets."+name, "must start with whsec_")
		}
		key, err := base64.StdEncoding.Strict().DecodeString(rest)
		if err != nil {
			return nil, fault.Field("secrets."+name, "begins with whsec_, and what follows is not Base64")
		}
		if len(key) < 24 || len(key) > 64 {
			return nil, fault.Field("secrets."+name, "must hold 24 to 64 bytes after whsec_, not %d", len(key))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// body is what every receiver of Standard Webhooks expects.
type body struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

// data is a letter without its buttons.
type data struct {
	ID           string `json:"id"`
	Subject      string `json:"subject"`
	Text         string `json:"text"`
	Severity     string `json:"severity,omitempty"`
	Link         string `json:"link,omitempty"`
	Thread       string `json:"thread,omitempty"`
	Key          string `json:"key,omitempty"`
	Acknowledged bool   `json:"acknowledged"`
	Resolved     bool   `json:"resolved"`
	Facts        []fact `json:"facts"`
}

type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Send implements connector.Notifier.
func (r *receiver) Send(ctx context.Context, l connector.Letter) (connector.Receipt, error) {
	d := data{
		ID: l.ID, Subject: connector.Line(l.Subject, maxLine), Text: connector.Plain(l.Text, maxText), Severity: l.Severity, Link: l.Link,
		Thread: l.Thread, Key: l.Key, Acknowledged: l.Acknowledge, Resolved: l.Resolve, Facts: []fact{},
	}
	for _, f := range l.Facts[:min(len(l.Facts), maxList)] {
		d.Facts = append(d.Facts, fact{connector.Line(f.Name, maxLine), connector.Line(f.Value, maxLine)})
	}
	at := r.now()
	if l.At != 0 {
		at = time.UnixMicro(l.At)
	}
	event := l.Event
	if event == "" {
		event = "sent"
	}
	id, err := r.send(ctx, named(l.ID), body{"notice." + event, at.UTC().Format(time.RFC3339Nano), d})
	return connector.Receipt{ID: id, Detail: "The receiver has accepted the call."}, err
}

// named makes a webhook-id: the letter's own, or a hash of one that has a dot,
// which is what separates the parts of what is signed, or something odder.
func named(id string) string {
	odd := func(c rune) bool { return c <= ' ' || c > '~' || c == '.' }
	if id != "" && len(id) <= 200 && !strings.ContainsFunc(id, odd) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "letter_" + hex.EncodeToString(sum[:16])
}

func (r *receiver) send(ctx context.Context, id string, b body) (string, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return "", fault.Wrap(err, "writing a webhook")
	}
	req, err := http.NewRequest(http.MethodPost, r.URL, bytes.NewReader(text))
	if err != nil {
		return "", fault.New(fault.Invalid, "The address cannot be called.")
	}
	keys, err := r.keys()
	if err != nil {
		return "", err
	}
	at := strconv.FormatInt(r.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Tocsin")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", signatures(keys, id, at, text))
	a, err := connector.Exchange(ctx, r.http, req, timeout)
	switch {
	case err != nil:
		return "", err
	case a.Status == http.StatusGone:
		return "", fault.New(fault.Invalid, "The receiver answered 410 Gone: it wants no more calls. Switch the connection off, or enter the new address.").WithSlug("gone")
	case a.Status < 200 || a.Status > 299:
		return "", a.Failed("The receiver", "")
	}
	return id, nil
}

// signatures signs id, time and body, with dots between them, by every key.
func signatures(keys [][]byte, id, at string, text []byte) string {
	out := make([]string, 0, len(keys))
	for _, key := range keys {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + at + "."))
		h.Write(text)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// Check implements connector.Connector. It sends one signed event of the type
// tocsin.test, which a receiver is to answer and otherwise ignore.
func (r *receiver) Check(ctx context.Context) []connector.Check {
	now := r.now().UTC()
	id := "test_" + strconv.FormatInt(now.UnixMicro(), 10)
	_, err := r.send(ctx, id, body{"tocsin.test", now.Format(time.RFC3339Nano), struct{}{}})
	if err != nil {
		return []connector.Check{{Name: "call", Detail: "A signed event tocsin.test was sent. " + err.Error()}}
	}
	checks := []connector.Check{{Name: "call", OK: true, Detail: "A signed event tocsin.test was sent, and the receiver accepted it. Whether it looks at the signature is not known here."}}
	if r.rotates {
		checks = append(checks, connector.Check{Name: "secret before", OK: true, Detail: "Calls are signed with the secret before, too. End that when the receiver has changed over."})
	}
	return checks
}

// String keeps fmt from walking into the secrets.
func (r *receiver) String() string { return fmt.Sprintf("webhook-out connector (%s)", r.URL) }

// GoString does the same for %#v.
func (r *receiver) GoString() string { return r.String() }
