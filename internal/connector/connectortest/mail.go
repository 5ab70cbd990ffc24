package connectortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Authority is a certificate authority that nobody but a test trusts.
type Authority struct {
	Roots *x509.CertPool
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
}

// NewAuthority makes an authority.
func NewAuthority(t *testing.T) *Authority {
	t.Helper()
	a := &Authority{Roots: x509.NewCertPool(), key: newKey(t)}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = a.sign(t, plan, a.key, plan)
	a.Roots.AddCert(a.cert)
	return a
}

// Server makes a certificate for a name or an address, signed by the authority.
func (a *Authority) Server(t *testing.T, host string) *tls.Config {
	t.Helper()
	key := newKey(t)
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		plan.IPAddresses = []net.IP{ip.AsSlice()}
	} else {
		plan.DNSNames = []string{host}
	}
	cert := a.sign(t, plan, key, a.cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func (a *Authority) sign(t *testing.T, plan *x509.Certificate, key *ecdsa.PrivateKey, parent *x509.Certificate) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, plan, parent, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Mail is one mail as the server got it.
type Mail struct {
	From, To, Text string
	Encrypted      bool
	User           string // who signed in; "" for nobody
}

// MailServer is a real SMTP server in this process that keeps what it is sent.
type MailServer struct {
	Host           string
	Port           int
	User, Password string // who may sign in; no user offers no signing in
	Mechanism      string
	// Refuse answers a step instead of the server: mail, rcpt or data, with what
	// was said in it. An error of go-smtp carries its code.
	Refuse func(step, said string) error

	mu    sync.Mutex
	mails []Mail
}

// MailOptions say how a MailServer listens.
type MailOptions struct {
	TLS            *tls.Config // nil offers no encryption
	Immediately    bool        // TLS from the start
	Mechanism      string      // how to sign in: PLAIN, which is "", or LOGIN; any other is only offered
	User, Password string
	Address        string // to listen at; "" is 127.0.0.1
	Refuse         func(step, said string) error
}

// NewMailServer starts a server that ends with the test.
func NewMailServer(t *testing.T, o MailOptions) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(orText(o.Address, "127.0.0.1"), "0"))
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	m := &MailServer{Host: at.IP.String(), Port: at.Port, User: o.User, Password: o.Password, Mechanism: orText(o.Mechanism, sasl.Plain), Refuse: o.Refuse}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{server: m, conn: c}, nil }))
	s.Domain, s.TLSConfig, s.ErrorLog, s.EnableSMTPUTF8 = "mail.test", o.TLS, silent{}, true
	if o.Immediately {
		l = tls.NewListener(l, o.TLS)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

func orText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// silent drops what the server logs, such as handshakes that a test breaks.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// Mails returns what came so far.
func (m *MailServer) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail{}, m.mails...)
}

func (m *MailServer) asked(step, said string) error {
	if m.Refuse == nil {
		return nil
	}
	return m.Refuse(step, said)
}

type mailSession struct {
	server *MailServer
	conn   *smtp.Conn
	mail   Mail
}

func (s *mailSession) AuthMechanisms() []string {
	if _, encrypted := s.conn.TLSConnectionState(); s.server.User == "" || !encrypted {
		return nil
	}
	return []string{s.server.Mechanism}
}

func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Login {
		return &loginServer{prove: s.prove}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return s.prove(user, password) }), nil
}

func (s *mailSession) prove(user, password string) error {
	if user != s.server.User || password != s.server.Password {
		return smtp.ErrAuthFailed
	}
	s.mail.User = user
	return nil
}

// loginServer asks for the name and then for the password, as LOGIN does.
type loginServer struct {
	prove func(user, password string) error
	said  []string
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.prove(l.said[0], l.said[1])
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.User != "" && s.mail.User == "" {
		return smtp.ErrAuthRequired
	}
	s.mail.From = from
	return s.server.asked("mail", from)
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = to
	return s.server.asked("rcpt", to)
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.asked("data", string(text)); err != nil {
		return err
	}
	_, s.mail.Encrypted = s.conn.TLSConnectionState()
	s.mail.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

func (s *mailSession) Reset() { s.mail.From, s.mail.To = "", "" }

func (s *mailSession) Logout() error { return nil }
