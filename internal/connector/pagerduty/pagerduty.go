package pagerduty

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
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
		New:      func(c connector.Config) (connector.Connector, error) { return newService(m, c) },
		Reach:    &connector.Reach{},
	}
}

const (
	timeout    = 15 * time.Second
	maxSummary = 1024
	maxKey     = 255
	maxText    = 8 << 10
	maxFacts   = 30
	maxFact    = 1024
)

// service is a PagerDuty service that is set up.
type service struct {
	URL    string `json:"url"`
	Source string `json:"source"`
	key    connector.Secret
	http   *http.Client
	now    func() time.Time
}

func newService(m connector.Manifest, c connector.Config) (*service, error) {
	s := &service{key: c.Secrets["routing_key"], http: c.HTTP, now: c.Now}
	if err := m.Decode(c.Settings, c.Secrets, s); err != nil {
		return nil, err
	}
	if err := connector.Protected("settings.url", s.URL); err != nil {
		return nil, err
	}
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	if key := s.key.Reveal(); len(key) != 32 || strings.ContainsFunc(key, odd) {
		return nil, fault.Field("secrets.routing_key", "must have 32 letters and digits: it is the integration key of an Events API V2 integration")
	}
	if c.HTTP == nil || c.Now == nil {
		return nil, fault.New(fault.Internal, "PagerDuty needs a way into the network and a clock")
	}
	return s, nil
}

// event is the body of POST /v2/enqueue.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Payload    *payload `json:"payload,omitempty"` // of a trigger alone
	Links      []link   `json:"links,omitempty"`
	Client     string   `json:"client,omitempty"`
	ClientURL  string   `json:"client_url,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp"`
	Class     string            `json:"class,omitempty"`
	Details   map[string]string `json:"custom_details"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// Send implements connector.Notifier.
func (s *service) Send(ctx context.Context, l connector.Letter) (connector.Receipt, error) {
	e, err := s.event(l)
	if err != nil {
		return connector.Receipt{}, err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return connector.Receipt{}, fault.Wrap(err, "writing an event for PagerDuty")
	}
	req, err := http.NewRequest(http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return connector.Receipt{}, fault.New(fault.Invalid, "The address of the Events API cannot be called.")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	a, err := connector.Exchange(ctx, s.http, req, timeout)
	if err != nil {
		return connector.Receipt{}, err
	}
	if a.Status < 200 || a.Status > 299 {
		return connector.Receipt{}, a.Failed("PagerDuty", said(a.Body))
	}
	return connector.Receipt{ID: e.DedupKey, Detail: "PagerDuty has accepted the event; whom it tells is not known here."}, nil
}

// event writes a letter. What is not an end or an acknowledgement raises the
// alarm, or raises it again.
func (s *service) event(l connector.Letter) (event, error) {
	e := event{Action: "trigger", DedupKey: keyOf(l)}
	s.key.Use(func(key string) { e.RoutingKey = key })
	switch {
	case (l.Resolve || l.Acknowledge) && l.Key == "":
		return e, fault.Field("key", "is required to acknowledge or end an alarm")
	case l.Resolve:
		e.Action = "resolve"
		return e, nil
	case l.Acknowledge:
		e.Action = "acknowledge"
		return e, nil
	}
	at := s.now()
	if l.At != 0 {
		at = time.UnixMicro(l.At)
	}
	e.Payload = &payload{
		Summary: summary(l), Source: s.Source, Severity: severity(l.Severity),
		Timestamp: at.UTC().Format(time.RFC3339Nano), Class: connector.Line(l.Event, 100), Details: details(l),
	}
	e.Client = "Tocsin"
	if to := connector.WebLink(l.Link); to != "" {
		e.ClientURL, e.Links = to, []link{{to, "Open in Tocsin"}}
	}
	return e, nil
}

// keyOf names the alarm. A long key is told by its hash.
func keyOf(l connector.Letter) string {
	key := l.Key
	if key == "" {
		key = "letter-" + l.ID
	}
	if len(key) <= maxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256-" + hex.EncodeToString(sum[:])
}

func summary(l connector.Letter) string {
	if s := connector.Line(l.Subject, maxSummary); s != "" {
		return s
	}
	return "An alarm of Tocsin"
}

// severity maps ours to PagerDuty's four. An alarm without one is about Tocsin
// itself, and no small thing.
func severity(s string) string {
	switch s {
	case "critical":
		return "critical"
	case "medium":
		return "warning"
	case "low", "info":
		return "info"
	}
	return "error"
}

func details(l connector.Letter) map[string]string {
	out := map[string]string{"text": connector.Plain(l.Text, maxText)}
	for _, f := range l.Facts[:min(len(l.Facts), maxFacts)] {
		out[connector.Line(f.Name, 100)] = connector.Line(f.Value, maxFact)
	}
	return out
}

// said takes what PagerDuty says about a refusal out of its answer.
func said(body []byte) string {
	var a struct {
		Message string
		Errors  []string
	}
	if json.Unmarshal(body, &a) != nil {
		return ""
	}
	return strings.Join(append([]string{a.Message}, a.Errors...), "; ")
}

// Check implements connector.Connector. The Events API has no call without an
// effect: any event that is right wakes somebody.
func (s *service) Check(ctx context.Context) []connector.Check {
	if ctx.Err() != nil {
		return []connector.Check{{Name: "integration key", Detail: "The test ended before it began."}}
	}
	return []connector.Check{
		{Name: "integration key", OK: true, Detail: "It has the right shape. Nothing was sent: PagerDuty has no way to try a key without raising an alarm."},
		{Name: "alarm", OK: true, Detail: "Not tried. Send a test notice to this channel to see that an alarm arrives; PagerDuty takes a test event for a real one."},
	}
}

// String keeps fmt from walking into the secrets.
func (s *service) String() string { return fmt.Sprintf("pagerduty connector (%s)", s.URL) }

// GoString does the same for %#v.
func (s *service) GoString() string { return s.String() }
