package smtp

import (
	"context"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
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
		New:      func(c connector.Config) (connector.Connector, error) { return newMailer(m, c) },
		Reach:    &connector.Reach{Address: "E-mail address", Place: hasMailbox},
	}
}

func hasMailbox(raw json.RawMessage) bool {
	var s settings
	return json.Unmarshal(raw, &s) == nil && s.To != ""
}

type settings struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security"`
	Username string `json:"username"`
	From     string `json:"from"`
	ReplyTo  string `json:"reply_to"`
	To       string `json:"to"`
	Timeout  int    `json:"timeout"`
}

// mailer is a mail server that is set up. Every mail has a connection of its
// own: servers close idle ones, and a page must not wait behind that.
type mailer struct {
	settings
	password connector.Secret
	from     *mail.Address
	replyTo  *mail.Address // nil is from
	mailbox  *mail.Address // nil where letters need an address
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	roots    *x509.CertPool
	now      func() time.Time
}

func newMailer(m connector.Manifest, c connector.Config) (*mailer, error) {
	s := &mailer{password: c.Secrets["password"], dial: c.Dial, roots: c.RootCAs, now: c.Now}
	if err := m.Decode(c.Settings, c.Secrets, &s.settings); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.readAddresses(); err != nil {
		return nil, err
	}
	if c.Dial == nil || c.Now == nil {
		return nil, fault.New(fault.Internal, "a mail server needs a way into the network and a clock")
	}
	return s, nil
}

func (m *mailer) check() error {
	switch {
	case strings.ContainsAny(m.Host, "/:@ []") && !isAddress(m.Host):
		return fault.Field("settings.host", "must be a name or an address alone, such as smtp.example.com")
	case m.Port < 1 || m.Port > 65535:
		return fault.Field("settings.port", "must be from 1 to 65535")
	case m.Timeout < 5 || m.Timeout > 120:
		return fault.Field("settings.timeout", "must be from 5 to 120 seconds")
	case m.Security == "none" && isAddress(m.Host) && !near(netip.MustParseAddr(m.Host)):
		return fault.Field("settings.security", "must not be none for a public address: everybody on the way could read and change mails")
	case m.Security == "none" && (m.Username != "" || m.password.Set()):
		return fault.Field("settings.username", "must be empty without encryption: the password would travel in the clear")
	case m.Username != "" && !m.password.Set():
		return fault.Field("secrets.password", "is required with a user name")
	case m.Username == "" && m.password.Set():
		return fault.Field("settings.username", "is required with a password")
	}
	return nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// near tells whether an address is of this machine or a private network.
func near(a netip.Addr) bool {
	return a.Unmap().IsLoopback() || a.Unmap().IsPrivate()
}

func (m *mailer) readAddresses() (err error) {
	if m.from, err = address("settings.from", m.From); err != nil {
		return err
	}
	if m.ReplyTo != "" {
		if m.replyTo, err = address("settings.reply_to", m.ReplyTo); err != nil {
			return err
		}
	}
	if m.To != "" {
		m.mailbox, err = address("settings.to", m.To)
	}
	return err
}

// address reads one mail address, with or without a name before it.
func address(field, text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || !plain(a) {
		return nil, fault.Field(field, "%.100q is not one mail address", connector.Line(text, 100))
	}
	return a, nil
}

// plain refuses what net/mail takes and a server would read differently: quoted
// local parts, addresses without a domain, blanks and signs of control.
func plain(a *mail.Address) bool {
	local, domain, ok := strings.Cut(a.Address, "@")
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"()<>[]:;@\,`, r) }
	return ok && local != "" && domain != "" && len(a.Address) <= 254 && len(local) <= 64 &&
		!strings.ContainsFunc(local, odd) && !strings.ContainsFunc(domain, odd) && connector.Line(a.Name, 200) == a.Name
}

// domain is where our own mails come from.
func (m *mailer) domain() string {
	_, domain, _ := strings.Cut(m.from.Address, "@")
	return domain
}

// Find implements connector.Finder: a mail address is the address.
func (m *mailer) Find(_ context.Context, text string) (string, error) {
	a, err := address("address", text)
	if err != nil {
		return "", err
	}
	return a.Address, nil
}

// Send implements connector.Notifier.
func (m *mailer) Send(ctx context.Context, l connector.Letter) (connector.Receipt, error) {
	to := m.mailbox
	if l.To != "" {
		var err error
		if to, err = address("to", l.To); err != nil {
			return connector.Receipt{}, fault.As(err).WithSlug(connector.SlugRecipient)
		}
	}
	if to == nil {
		return connector.Receipt{}, fault.Field("to", "is empty, and the connection names no mailbox of the team")
	}
	id, text, err := m.compose(l, to)
	if err != nil {
		return connector.Receipt{}, err
	}
	said, err := m.deliver(ctx, to.Address, text)
	if err != nil {
		return connector.Receipt{}, err
	}
	detail := "Accepted by the server " + m.Host + "; whether it arrives is not known here."
	if said != "" {
		detail = "Accepted by the server " + m.Host + " (" + said + "); whether it arrives is not known here."
	}
	return connector.Receipt{ID: id, Detail: detail}, nil
}

// String keeps fmt from walking into the secrets.
func (m *mailer) String() string { return fmt.Sprintf("smtp connector (%s:%d)", m.Host, m.Port) }

// GoString does the same for %#v.
func (m *mailer) GoString() string { return m.String() }
