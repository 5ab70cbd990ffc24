package webhook

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

//go:embed manifest.yaml
var manifest []byte

// Kind describes the connector and makes one.
func Kind() connector.Kind {
	m := connector.MustManifest(manifest)
	return connector.Kind{Manifest: m, New: func(c connector.Config) (connector.Connector, error) { return newHook(m, c) }}
}

type settings struct {
	Scheme          string          `json:"scheme"`
	Preset          string          `json:"preset"`
	Header          string          `json:"header"`
	Prefix          string          `json:"prefix"`
	Encoding        string          `json:"encoding"`
	TimestampHeader string          `json:"timestamp_header"`
	Signed          string          `json:"signed"`
	TokenHeader     string          `json:"token_header"`
	User            string          `json:"user"`
	Format          string          `json:"format"`
	Mapping         json.RawMessage `json:"mapping"`
}

// hook is a webhook that is set up.
type hook struct {
	prove   proof
	scheme  string
	mapping json.RawMessage
	rotates bool // two secrets are good
}

// proof checks a call against any of the secrets and gives what was proven.
type proof func(c connector.Call) (proven []byte, err error)

func newHook(m connector.Manifest, c connector.Config) (*hook, error) {
	var s settings
	if err := m.Decode(c.Settings, c.Secrets, &s); err != nil {
		return nil, err
	}
	keys, err := secretsOf(s, c.Secrets)
	if err != nil {
		return nil, err
	}
	h := &hook{scheme: s.Scheme, rotates: len(keys) > 1}
	if s.Format == "mapping" {
		h.mapping = s.Mapping
	}
	switch s.Scheme {
	case "standard":
		h.prove = standard(keys)
	case "hmac_sha256":
		p, ok := presets()[s.Preset]
		if !ok {
			p = preset{s.Header, s.Prefix, s.Encoding, s.TimestampHeader, s.Signed}
		}
		h.prove, err = p.proof(keys)
	case "bearer":
		h.prove, err = bearer(s.TokenHeader, keys)
	default:
		h.prove, err = basic(s.User, keys)
	}
	return h, err
}

// minSecret is how short a secret may be. A shorter one can be guessed from a
// single signed call.
const minSecret = 16

// secretsOf reads the secrets that are good. For signatures they are keys.
func secretsOf(s settings, given map[string]connector.Secret) ([][]byte, error) {
	var keys [][]byte
	for _, name := range []string{"signing_secret", "previous_secret"} {
		text := given[name].Reveal()
		if text == "" {
			continue
		}
		key := []byte(text)
		if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fault.Field("secrets."+name, "has a blank, a line break or a letter that does not belong there")
		}
		if rest, ok := strings.CutPrefix(text, "whsec_"); ok && s.Scheme == "standard" {
			var err error
			if key, err = base64.StdEncoding.Strict().DecodeString(rest); err != nil {
				return nil, fault.Field("secrets."+name, "begins with whsec_, and what follows is not Base64")
			}
		}
		if len(key) < minSecret {
			return nil, fault.Field("secrets."+name, "must have at least %d characters", minSecret)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func headerName(field, name string) (string, error) {
	if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,99}$`).MatchString(name) {
		return "", fault.Field("settings."+field, "%.60q is not the name of a header", name)
	}
	return http.CanonicalHeaderKey(name), nil
}

// Receive implements connector.Receiver.
func (h *hook) Receive(c connector.Call) (connector.Delivery, error) {
	proven, err := h.prove(c)
	if err != nil {
		return connector.Delivery{}, err
	}
	return connector.Delivery{Key: keyOf(h.scheme, proven), Mapping: h.mapping}, nil
}

// Check implements connector.Connector. There is nothing to ask: the sender
// calls.
func (h *hook) Check(ctx context.Context) []connector.Check {
	if ctx.Err() != nil {
		return []connector.Check{{Name: "secret", Detail: "The test ended before it began."}}
	}
	checks := []connector.Check{{Name: "secret", OK: true, Detail: "A secret is set. Calls that it does not fit are refused and counted."}}
	if h.rotates {
		checks = append(checks, connector.Check{Name: "secret before", OK: true, Detail: "The secret before is still good. End that when the sender has changed over."})
	}
	what := connector.Check{Name: "format", OK: true, Detail: "Bodies are read by their own format."}
	if h.mapping != nil {
		what = connector.Check{Name: "mapping", OK: true, Detail: "Bodies are read by the mapping."}
	}
	return append(checks, what)
}

// String keeps fmt from walking into the secrets.
func (h *hook) String() string { return fmt.Sprintf("webhook connector (%s)", h.scheme) }

// GoString does the same for %#v.
func (h *hook) GoString() string { return h.String() }
