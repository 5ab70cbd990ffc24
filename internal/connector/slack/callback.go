package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

const (
	// window is how far a signed time may be from ours, either way.
	window  = 5 * time.Minute
	maxBody = 256 << 10
	// maxSeen bounds the memory of signatures. Only Slack can fill it.
	maxSeen = 20_000
)

func denied(slug, format string, args ...any) error {
	return fault.New(fault.Denied, format, args...).WithSlug(slug)
}

// Callback implements connector.Caller. The signature comes first: whoever has
// none learns nothing of the time or of what was seen.
func (w *workspace) Callback(c connector.Call) (connector.Action, error) {
	at, signature, err := w.signed(c)
	if err != nil {
		return connector.Action{}, err
	}
	switch age := c.At.Sub(at); {
	case age > window:
		return connector.Action{}, denied("expired", "the call is %s old; five minutes are allowed", age.Round(time.Second))
	case age < -window:
		return connector.Action{}, denied("expired", "the call is from %s in the future: our clock is wrong", (-age).Round(time.Second))
	}
	if err := w.seen.first(signature, c.At, at.Add(window)); err != nil {
		return connector.Action{}, err
	}
	return w.action(c.Body)
}

// signed proves a call as Slack describes in "Verifying requests from Slack":
// HMAC-SHA-256 over v0, the time and the body, with colons between them.
func (w *workspace) signed(c connector.Call) (at time.Time, signature [sha256.Size]byte, err error) {
	if !w.signing.Set() {
		return at, signature, denied("missing", "the connection has no signing secret, so nothing proves a call")
	}
	if len(c.Body) > maxBody {
		return at, signature, denied("wrong", "the call has more than %d bytes", maxBody)
	}
	stamp, err := only(c.Header, "X-Slack-Request-Timestamp")
	if err != nil {
		return at, signature, err
	}
	given, err := only(c.Header, "X-Slack-Signature")
	if err != nil {
		return at, signature, err
	}
	h := hmac.New(sha256.New, []byte(w.signing.Reveal()))
	h.Write([]byte("v0:" + stamp + ":"))
	h.Write(c.Body)
	copy(signature[:], h.Sum(nil))
	text, ok := strings.CutPrefix(given, "v0=")
	raw, bad := hex.DecodeString(text)
	if !hmac.Equal(raw, signature[:]) || !ok || bad != nil {
		return at, signature, denied("wrong", "the signature is wrong")
	}
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(stamp) > 12 || strconv.FormatInt(n, 10) != stamp {
		return at, signature, denied("expired", "the time of the call is no count of seconds")
	}
	return time.Unix(n, 0), signature, nil
}

// only returns the value of a header that must be there once.
func only(h http.Header, name string) (string, error) {
	values := h.Values(name)
	switch {
	case len(values) > 1:
		return "", denied("missing", "the header %s is there twice", name)
	case len(values) == 0 || values[0] == "":
		return "", denied("missing", "the header %s is missing", name)
	}
	return values[0], nil
}

// seen remembers the signatures of calls until their time has passed.
type seen struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	swept time.Time
}

func newSeen() *seen { return &seen{until: map[[sha256.Size]byte]time.Time{}} }

// first tells whether a call comes for the first time, and remembers it.
func (s *seen) first(signature [sha256.Size]byte, now, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > time.Minute || len(s.until) >= maxSeen {
		for k, end := range s.until {
			if now.After(end) {
				delete(s.until, k)
			}
		}
		s.swept = now
	}
	if _, ok := s.until[signature]; ok {
		return denied("replayed", "the call came before")
	}
	if len(s.until) >= maxSeen {
		return fault.New(fault.Busy, "More buttons were pressed within five minutes than are remembered. Try again soon.").WithRetryAfter(time.Minute)
	}
	s.until[signature] = until
	return nil
}

// payload is what is read of a block_actions payload.
type payload struct {
	Type        string
	ResponseURL string `json:"response_url"`
	User        struct{ ID string }
	Container   struct {
		ChannelID string `json:"channel_id"`
		MessageTS string `json:"message_ts"`
	}
	Actions []struct {
		ActionID string `json:"action_id"`
		ActionTS string `json:"action_ts"`
		Value    string
	}
}

// action reads which button was pressed, of a call that is proven.
func (w *workspace) action(body []byte) (connector.Action, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["payload"]) != 1 {
		return connector.Action{}, fault.New(fault.Invalid, "The call holds no payload of a pressed button.")
	}
	var p payload
	if json.Unmarshal([]byte(form.Get("payload")), &p) != nil || p.Type != "block_actions" {
		return connector.Action{}, fault.New(fault.Invalid, "The call is not about a pressed button.")
	}
	if len(p.Actions) != 1 || !isPlace(p.User.ID) || (p.User.ID[0] != 'U' && p.User.ID[0] != 'W') {
		return connector.Action{}, fault.New(fault.Invalid, "The call does not say who pressed which button.")
	}
	act, ok := strings.CutPrefix(p.Actions[0].ActionID, ours)
	token := p.Actions[0].Value
	if !ok || act == "" || len(act) > 60 || token == "" || len(token) > maxValue {
		return connector.Action{}, fault.New(fault.Invalid, "The button is none of Tocsin's.")
	}
	out := connector.Action{UserID: p.User.ID, Token: token, Act: act, At: pressedAt(p.Actions[0].ActionTS)}
	if isPlace(p.Container.ChannelID) && isTS(p.Container.MessageTS) {
		out.Letter = head{p.Container.ChannelID, p.Container.MessageTS}.String()
	}
	if w.ownAnswer(p.ResponseURL) {
		out.Response = p.ResponseURL
	}
	return out, nil
}

// pressedAt reads 1795435200.000001, seconds and microseconds; 0 for anything else.
func pressedAt(ts string) int64 {
	if !isTS(ts) {
		return 0
	}
	whole, micros, _ := strings.Cut(ts, ".")
	at, err := strconv.ParseInt(whole+micros, 10, 64)
	if err != nil || len(micros) != 6 {
		return 0
	}
	return at
}

// ownAnswer tells whether an address for answers is one of Slack's.
func (w *workspace) ownAnswer(address string) bool {
	at, err := url.Parse(address)
	api, bad := url.Parse(w.APIURL)
	return err == nil && bad == nil && at.Scheme == api.Scheme && at.User == nil && slices.Contains(w.answers, at.Host)
}
