package heartbeat

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

//go:embed manifest.yaml
var manifest []byte

const (
	timeout  = 10 * time.Second
	shortest = 15
	longest  = 86400
)

// Kind describes the connector and makes one.
func Kind() connector.Kind {
	m := connector.MustManifest(manifest)
	return connector.Kind{
		Manifest: m,
		New:      func(c connector.Config) (connector.Connector, error) { return newHeart(m, c) },
		Reach:    &connector.Reach{Beat: func(raw json.RawMessage) time.Duration { return every(m, raw) }},
	}
}

type settings struct {
	Every  int    `json:"every"`
	Method string `json:"method"`
}

// every reads how often the outside wants a sign. Settings that were never
// accepted give the default.
func every(m connector.Manifest, raw json.RawMessage) time.Duration {
	var s settings
	plain := map[string]connector.Secret{"url": connector.NewSecret("https://set.invalid")}
	if m.Decode(raw, plain, &s) != nil || s.Every < shortest || s.Every > longest {
		return time.Minute
	}
	return time.Duration(s.Every) * time.Second
}

// heart is an outside address that is set up.
type heart struct {
	settings
	url  connector.Secret
	http *http.Client
}

func newHeart(m connector.Manifest, c connector.Config) (*heart, error) {
	h := &heart{url: c.Secrets["url"], http: c.HTTP}
	if err := m.Decode(c.Settings, c.Secrets, &h.settings); err != nil {
		return nil, err
	}
	if h.Every < shortest || h.Every > longest {
		return nil, fault.Field("settings.every", "must be from %d to %d seconds", shortest, longest)
	}
	if err := connector.Protected("secrets.url", h.url.Reveal()); err != nil {
		return nil, err
	}
	if c.HTTP == nil {
		return nil, fault.New(fault.Internal, "a heartbeat needs a way into the network")
	}
	return h, nil
}

// Send implements connector.Notifier: it gives the sign of life, whatever the
// letter says.
func (h *heart) Send(ctx context.Context, _ connector.Letter) (connector.Receipt, error) {
	req, err := http.NewRequest(strings.ToUpper(h.Method), h.url.Reveal(), http.NoBody)
	if err != nil {
		return connector.Receipt{}, fault.New(fault.Invalid, "The address cannot be called.")
	}
	req.Header.Set("User-Agent", "Tocsin")
	a, err := connector.Exchange(ctx, h.http, req, timeout)
	if err != nil {
		return connector.Receipt{}, err
	}
	if a.Status < 200 || a.Status > 299 {
		return connector.Receipt{}, a.Failed("The outside address", "")
	}
	return connector.Receipt{Detail: "The outside address has taken the sign of life."}, nil
}

// Check implements connector.Connector. It gives one sign of life, which is the
// only way to try the address.
func (h *heart) Check(ctx context.Context) []connector.Check {
	c := connector.Check{Name: "sign of life", OK: true, Detail: "One was given, and the outside address took it. Whether it raises the alarm when they stay out, only staying away shows."}
	if _, err := h.Send(ctx, connector.Letter{}); err != nil {
		c.OK, c.Detail = false, err.Error()
	}
	return []connector.Check{c}
}

// String keeps fmt from walking into the secret.
func (h *heart) String() string { return "heartbeat connector" }

// GoString does the same for %#v.
func (h *heart) GoString() string { return h.String() }
