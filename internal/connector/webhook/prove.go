package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

const (
	// window is how far a signed time may be from ours, either way.
	window        = 5 * time.Minute
	maxSignatures = 10
	maxID         = 255
)

// Why a call is refused, in words for the people who look after the
// connection.
func missing(header string) error {
	return fault.New(fault.Denied, "the header %s is missing", header).WithSlug("missing")
}

func twice(header string) error {
	return fault.New(fault.Denied, "the header %s is there twice", header).WithSlug("missing")
}

func wrong(what string) error {
	return fault.New(fault.Denied, "the %s is wrong", what).WithSlug("wrong")
}

// only returns the value of a header that must be there once.
func only(h http.Header, name string) (string, error) {
	switch values := h.Values(name); {
	case len(values) > 1:
		return "", twice(name)
	case len(values) == 0 || values[0] == "":
		return "", missing(name)
	default:
		return values[0], nil
	}
}

// fresh reads a time in seconds that is not older or newer than the window.
func fresh(text string, now time.Time) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || len(text) > 12 || strconv.FormatInt(n, 10) != text {
		return fault.New(fault.Denied, "the time of the call is no count of seconds").WithSlug("expired")
	}
	switch age := now.Sub(time.Unix(n, 0)); {
	case age > window:
		return fault.New(fault.Denied, "the call is %s old; five minutes are allowed", age.Round(time.Second)).WithSlug("expired")
	case age < -window:
		return fault.New(fault.Denied, "the call is from %s in the future: the sender's clock or ours is wrong", (-age).Round(time.Second)).WithSlug("expired")
	}
	return nil
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// signedBy reports whether one of the signatures was made with one of the keys.
// Every pair is compared, so that the time tells nothing.
func signedBy(keys, signatures [][]byte, content ...[]byte) bool {
	found := 0
	for _, key := range keys {
		want := mac(key, content...)
		for _, s := range signatures {
			found |= subtle.ConstantTimeCompare(want, s)
		}
	}
	return found == 1
}

// standard proves a call by https://www.standardwebhooks.com: v1 signatures
// over id, time and body, with dots between them.
func standard(keys [][]byte) proof {
	return func(c connector.Call) ([]byte, error) {
		id, err := only(c.Header, "Webhook-Id")
		if err != nil {
			return nil, err
		}
		at, err := only(c.Header, "Webhook-Timestamp")
		if err != nil {
			return nil, err
		}
		given, err := only(c.Header, "Webhook-Signature")
		if err != nil {
			return nil, err
		}
		if len(id) > maxID || strings.Contains(id, ".") {
			return nil, fault.New(fault.Denied, "the webhook-id has a dot or more than %d characters", maxID).WithSlug("wrong")
		}
		if err := fresh(at, c.At); err != nil {
			return nil, err
		}
		signatures := decoded(strings.Fields(given), "v1,", base64.StdEncoding.Strict().DecodeString)
		if !signedBy(keys, signatures, []byte(id+"."+at+"."), c.Body) {
			return nil, wrong("signature")
		}
		return []byte(id), nil
	}
}

// decoded reads those signatures of a list that have the prefix.
func decoded(list []string, prefix string, decode func(string) ([]byte, error)) [][]byte {
	var out [][]byte
	for _, s := range list[:min(len(list), maxSignatures)] {
		rest, ok := strings.CutPrefix(strings.TrimSpace(s), prefix)
		if !ok {
			continue
		}
		if b, err := decode(rest); err == nil && len(b) == sha256.Size {
			out = append(out, b)
		}
	}
	return out
}

// preset says how somebody signs with HMAC-SHA-256 in a header.
type preset struct {
	header, prefix, encoding string
	timestamp                string // header that holds the time; "" has none
	signed                   string // what is signed, with {timestamp} and {body}
}

func presets() map[string]preset {
	return map[string]preset{
		"github":    {"X-Hub-Signature-256", "sha256=", "hex", "", "{body}"},
		"pagerduty": {"X-Pagerduty-Signature", "v1=", "hex", "", "{body}"},
		"slack":     {"X-Slack-Signature", "v0=", "hex", "X-Slack-Request-Timestamp", "v0:{timestamp}:{body}"},
	}
}

func (p preset) proof(keys [][]byte) (proof, error) {
	var err error
	if p.header, err = headerName("header", p.header); err != nil {
		return nil, err
	}
	if p.timestamp != "" {
		if p.timestamp, err = headerName("timestamp_header", p.timestamp); err != nil {
			return nil, err
		}
	}
	before, after, err := p.parts()
	if err != nil {
		return nil, err
	}
	decode := hex.DecodeString
	if p.encoding == "base64" {
		decode = base64.StdEncoding.Strict().DecodeString
	}
	return func(c connector.Call) ([]byte, error) {
		given, err := only(c.Header, p.header)
		if err != nil {
			return nil, err
		}
		at := ""
		if p.timestamp != "" {
			if at, err = only(c.Header, p.timestamp); err != nil {
				return nil, err
			}
			if err := fresh(at, c.At); err != nil {
				return nil, err
			}
		}
		head := []byte(strings.Replace(before, "{timestamp}", at, 1))
		if !signedBy(keys, decoded(strings.Split(given, ","), p.prefix, decode), head, c.Body, []byte(after)) {
			return nil, wrong("signature")
		}
		sum := sha256.New()
		sum.Write(head)
		sum.Write(c.Body)
		return sum.Sum(nil), nil
	}, nil
}

// parts is what is signed before and after the body.
func (p preset) parts() (before, after string, err error) {
	before, after, found := strings.Cut(p.signed, "{body}")
	times := strings.Count(before, "{timestamp}")
	switch {
	case !found || strings.Contains(after, "{body}"):
		return "", "", fault.Field("settings.signed", "must hold {body} once")
	case p.timestamp != "" && times != 1 || p.timestamp == "" && times != 0 || strings.Contains(after, "{timestamp}"):
		return "", "", fault.Field("settings.signed", "must hold {timestamp} once before {body} when the time has a header, and not otherwise: a time that is not signed proves nothing")
	case strings.HasSuffix(before, "{timestamp}"):
		return "", "", fault.Field("settings.signed", "needs something between {timestamp} and {body}, such as a dot")
	}
	return before, after, nil
}

// same compares two texts of any length in constant time.
func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// bearer proves a call by a token that travels along. What is proven is the
// body, as there is nothing that tells two calls with the same one apart.
func bearer(header string, keys [][]byte) (proof, error) {
	header, err := headerName("token_header", header)
	if err != nil {
		return nil, err
	}
	return func(c connector.Call) ([]byte, error) {
		given, err := only(c.Header, header)
		if err != nil {
			return nil, err
		}
		if header == "Authorization" {
			scheme, rest, _ := strings.Cut(given, " ")
			if !strings.EqualFold(scheme, "Bearer") {
				return nil, wrong("token")
			}
			given = strings.TrimSpace(rest)
		}
		return bodyIf(matches(keys, given), c, "token")
	}, nil
}

// basic proves a call by HTTP Basic authentication.
func basic(user string, keys [][]byte) (proof, error) {
	if strings.Contains(user, ":") {
		return nil, fault.Field("settings.user", "must not hold a colon")
	}
	return func(c connector.Call) ([]byte, error) {
		if _, err := only(c.Header, "Authorization"); err != nil {
			return nil, err
		}
		name, password, ok := (&http.Request{Header: c.Header}).BasicAuth()
		if !ok {
			return nil, wrong("user name or password")
		}
		return bodyIf(same(name, user)&matches(keys, password), c, "user name or password")
	}, nil
}

func matches(keys [][]byte, given string) int {
	found := 0
	for _, key := range keys {
		found |= same(string(key), given)
	}
	return found
}

func bodyIf(ok int, c connector.Call, what string) ([]byte, error) {
	if ok != 1 {
		return nil, wrong(what)
	}
	sum := sha256.Sum256(c.Body)
	return sum[:], nil
}

// keyOf names a delivery. Schemes do not share names: a sender that changes
// over sends nothing twice.
func keyOf(scheme string, proven []byte) string {
	if scheme == "standard" {
		return "id:" + string(proven)
	}
	return "content:" + hex.EncodeToString(proven)
}
