package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// session is one connection to the server.
type session struct {
	*smtp.Client
	stop func() bool // ends the watch over the context
}

func (s *session) end() {
	s.stop()
	_ = s.Close()
}

// deliver hands one mail over and returns what the server said when it took it.
func (m *mailer) deliver(ctx context.Context, to string, text []byte) (said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(m.Timeout)*time.Second)
	defer cancel()
	s, err := m.open(ctx)
	if err != nil {
		return "", err
	}
	defer s.end()
	if ascii := !strings.ContainsFunc(to+m.from.Address, func(r rune) bool { return r > '~' }); !ascii {
		if ok, _ := s.Extension("SMTPUTF8"); !ok {
			return "", fault.New(fault.Invalid, "The server takes no addresses with letters outside ASCII (SMTPUTF8).")
		}
	}
	if err := s.Mail("<" + m.from.Address + ">"); err != nil {
		return "", refused(ctx, "the sender "+m.from.Address, err)
	}
	if err := s.Rcpt("<" + to + ">"); err != nil {
		return "", noRecipient(refused(ctx, "the recipient", err))
	}
	w, err := s.Data()
	if err != nil {
		return "", refused(ctx, "the mail", err)
	}
	if _, err := w.Write(text); err != nil {
		return "", refused(ctx, "the mail", err)
	}
	if err := w.Close(); err != nil {
		return "", refused(ctx, "the mail", err)
	}
	if d, ok := w.(*smtp.DataCloser); ok {
		said = connector.Line(d.ServerResponse(), 200)
	}
	_ = s.Quit() // it has the mail; what it says now changes nothing
	return said, nil
}

// open connects, encrypts and signs in. When ctx ends, so does the connection.
func (m *mailer) open(ctx context.Context) (*session, error) {
	s, err := m.greet(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.signIn(ctx, s); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// greet connects and encrypts. Before that is done nothing is said but EHLO.
func (m *mailer) greet(ctx context.Context) (*session, error) {
	conn, err := m.connect(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	client, err := smtp.NewClient(conn, m.Host)
	if err != nil {
		stop()
		_ = conn.Close()
		return nil, refused(ctx, "the connection", err)
	}
	s := &session{client, stop}
	if err = s.Hello(m.domain()); err == nil && m.Security == "starttls" {
		err = m.startTLS(s)
	}
	if err != nil {
		s.end()
		return nil, refused(ctx, "the connection", err)
	}
	return s, nil
}

func (m *mailer) startTLS(s *session) error {
	if ok, _ := s.Extension("STARTTLS"); !ok {
		return fault.New(fault.Denied, "The server does not offer STARTTLS, or somebody on the way has removed the offer. Nothing was sent.").WithSlug("no-starttls")
	}
	return s.StartTLS(m.tls())
}

func (m *mailer) tls() *tls.Config {
	return &tls.Config{ServerName: m.Host, RootCAs: m.roots, MinVersion: tls.VersionTLS12}
}

// connect dials the server, and without encryption makes sure that it is near.
func (m *mailer) connect(ctx context.Context) (net.Conn, error) {
	conn, err := m.dial(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return nil, connector.Unreached(err)
	}
	switch m.Security {
	case "tls":
		secured := tls.Client(conn, m.tls())
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, connector.Unreached(err)
		}
		return secured, nil
	case "none":
		to, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil || !near(to.Addr()) {
			_ = conn.Close()
			return nil, fault.New(fault.Denied, "The server %s is at a public address; without encryption nothing is sent there.", m.Host).WithSlug("no-encryption")
		}
	}
	return conn, nil
}

func (m *mailer) signIn(ctx context.Context, s *session) error {
	if m.Username == "" {
		return nil
	}
	ok, offered := s.Extension("AUTH")
	if !ok {
		return fault.New(fault.Invalid, "The server offers no signing in: leave the user name empty, or use the port for clients (587 or 465).")
	}
	auth := m.auth(strings.Fields(strings.ToUpper(offered)))
	if auth == nil {
		return fault.New(fault.Invalid, "The server offers only ways of signing in that are not supported: %s.", connector.Line(offered, 100))
	}
	if err := s.Auth(auth); err != nil {
		return refused(ctx, "user name and password", err)
	}
	return nil
}

// auth chooses how to sign in. The connection is encrypted and the server is
// proven, so the plain ways are good; every server that takes clients has one.
func (m *mailer) auth(offered []string) smtp.Auth {
	password := m.password.Reveal()
	switch {
	case slices.Contains(offered, "PLAIN"):
		return smtp.PlainAuth("", m.Username, password, m.Host, false)
	case slices.Contains(offered, "LOGIN"):
		return smtp.LoginAuth(m.Username, password, m.Host, false)
	}
	return nil
}

// refused says what the server's answer means: 4xx is worth another attempt,
// 5xx is final. Without an answer the connection broke, which is worth one too.
func refused(ctx context.Context, what string, err error) error {
	var said *textproto.Error
	if fault.As(err) != nil {
		return err
	}
	if !errors.As(err, &said) {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return connector.Unreached(err)
	}
	text := fmt.Sprintf("The server refused %s: %d %s", what, said.Code, connector.Line(said.Msg, 300))
	if said.Code >= 400 && said.Code < 500 {
		return connector.Retry(fault.New(fault.Unavailable, "%s", text), 0)
	}
	return fault.New(fault.Invalid, "%s", text)
}

// noRecipient marks a final refusal as one of the recipient.
func noRecipient(err error) error {
	if f := fault.As(err); f != nil && f.Code == fault.Invalid {
		return f.WithSlug(connector.SlugRecipient)
	}
	return err
}

// Check implements connector.Connector: it greets, encrypts and signs in, and
// sends nothing.
func (m *mailer) Check(ctx context.Context) []connector.Check {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(m.Timeout)*time.Second)
	defer cancel()
	s, err := m.greet(ctx)
	if err != nil {
		return []connector.Check{{Name: "connection", Detail: err.Error()}}
	}
	defer s.end()
	checks := []connector.Check{{Name: "connection", OK: true, Detail: "The server " + m.Host + " answers."}, m.checkSecurity(s)}
	switch err := m.signIn(ctx, s); {
	case err != nil:
		checks = append(checks, connector.Check{Name: "signing in", Detail: err.Error()})
	case m.Username != "":
		checks = append(checks, connector.Check{Name: "signing in", OK: true, Detail: "The server takes the user name and the password."})
	default:
		checks = append(checks, connector.Check{Name: "signing in", OK: true, Detail: "Nothing to try: no user name is set."})
	}
	_ = s.Quit()
	return append(checks, connector.Check{Name: "sending", OK: true, Detail: "Not tried: no mail was sent. The test of a person's own address sends one."})
}

func (m *mailer) checkSecurity(s *session) connector.Check {
	if m.Security == "none" {
		return connector.Check{Name: "encryption", OK: true, Detail: "WARNING: nothing is encrypted. Whoever is on the way reads and changes mails and the links in them."}
	}
	state, err := s.GetTLSConnectionState()
	if err != nil {
		return connector.Check{Name: "encryption", Detail: "The connection is not encrypted."}
	}
	return connector.Check{Name: "encryption", OK: true, Detail: tls.VersionName(state.Version) + ", and the certificate is made out to " + m.Host + "."}
}
