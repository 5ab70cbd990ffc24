package smtp

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

const password = "a-password-of-the-test-0123456789"

func clock() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestItKeepsWhatEveryConnectorPromises(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Run(t, Kind(), connectortest.Fixture{
		Settings: `{"host":"smtp.example.com","port":587,"security":"starttls","username":"tocsin","from":"tocsin@example.com"}`,
		Secrets:  map[string]string{"password": password}, Readme: string(readme),
	})
}

// office is a mail server and a connector that is set up for it.
type office struct {
	*connectortest.MailServer
	roots *x509.CertPool
}

func newOffice(t *testing.T, o connectortest.MailOptions) *office {
	t.Helper()
	a := connectortest.NewAuthority(t)
	if o.TLS == nil && o.User != "" {
		o.TLS = a.Server(t, "127.0.0.1")
	}
	return &office{connectortest.NewMailServer(t, o), a.Roots}
}

func signedIn() connectortest.MailOptions {
	return connectortest.MailOptions{User: "tocsin", Password: password}
}

func (o *office) mailer(t *testing.T, change ...string) *mailer {
	t.Helper()
	values := map[string]any{"host": o.Host, "port": o.Port, "username": "tocsin", "from": "Tocsin <tocsin@example.com>"}
	secrets := map[string]connector.Secret{"password": connector.NewSecret(password)}
	for i := 0; i+1 < len(change); i += 2 {
		values[change[i]] = change[i+1]
		if change[i] == "username" && change[i+1] == "" {
			delete(secrets, "password")
		}
	}
	text, _ := json.Marshal(values)
	made, err := Kind().New(connector.Config{Settings: text, Secrets: secrets, Dial: (&net.Dialer{}).DialContext, RootCAs: o.roots, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return made.(*mailer)
}

func letter() connector.Letter {
	return connector.Letter{
		ID: "0190-a-letter", To: "ada@example.com", Subject: "INC-42: somebody signed in", Text: "Nobody has taken it.\n.\nTake it.", Thread: "ticket-42", Severity: "critical",
		Link:    "https://tocsin.example.com/tickets/INC-42",
		Buttons: []connector.Button{{Label: "Acknowledge", Act: "ack", Token: "tok", URL: "https://tocsin.example.com/m/tok?act=ack&x=1"}},
		Facts:   []connector.Fact{{Name: "Severity", Value: "critical"}},
	}
}

// read takes a mail apart with the parser of the standard library.
func read(t *testing.T, m connectortest.Mail) (head mail.Header, plain, html string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(m.Text))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s %v", kind, err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for i := range 2 {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			plain = string(text)
		} else {
			html = string(text)
		}
	}
	return msg.Header, plain, html
}

func TestAMailArrivesEncryptedAndSigned(t *testing.T) {
	t.Parallel()
	for _, security := range []string{"starttls", "tls"} {
		o := newOffice(t, signedIn())
		if security == "tls" {
			a := connectortest.NewAuthority(t)
			o = &office{connectortest.NewMailServer(t, connectortest.MailOptions{TLS: a.Server(t, "127.0.0.1"), Immediately: true, User: "tocsin", Password: password}), a.Roots}
		}
		r, err := o.mailer(t, "security", security, "reply_to", "soc@example.com").Send(t.Context(), letter())
		if err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		if r.ID != "0190-a-letter@example.com" || !strings.Contains(r.Detail, "Accepted by the server") || strings.Contains(r.Detail, "elivered") {
			t.Errorf("%+v", r)
		}
		got := o.Mails()
		if len(got) != 1 || !got[0].Encrypted || got[0].User != "tocsin" || got[0].From != "tocsin@example.com" || got[0].To != "ada@example.com" {
			t.Fatalf("%+v", got)
		}
		head, plain, html := read(t, got[0])
		for name, want := range map[string]string{
			"From": `"Tocsin" <tocsin@example.com>`, "To": "<ada@example.com>", "Reply-To": "<soc@example.com>", "Subject": "INC-42: somebody signed in",
			"Message-Id": "<0190-a-letter@example.com>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Importance": "high",
			"Date": "Mon, 23 Nov 2026 12:00:00 +0000",
		} {
			if head.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, head.Get(name), want)
			}
		}
		want := "Nobody has taken it.\n.\nTake it.\n\nSeverity: critical\n\nAcknowledge:\nhttps://tocsin.example.com/m/tok?act=ack&x=1\n\nOpen in Tocsin:\nhttps://tocsin.example.com/tickets/INC-42\n"
		if d := cmp.Diff(want, plain); d != "" {
			t.Error(d)
		}
		if !strings.Contains(html, `<a href="https://tocsin.example.com/m/tok?act=ack&amp;x=1">Acknowledge</a>`) || !strings.Contains(html, "Nobody has taken it.<br>.<br>Take it.") {
			t.Error(html)
		}
	}
}

func TestAServerThatIsNotProvenGetsNothing(t *testing.T) {
	t.Parallel()
	a := connectortest.NewAuthority(t)
	other := connectortest.NewAuthority(t)
	tests := []struct {
		name  string
		o     connectortest.MailOptions
		roots *x509.CertPool
		slug  string
	}{
		{"the offer of STARTTLS is gone", connectortest.MailOptions{}, a.Roots, "no-starttls"},
		{"nobody vouches for the certificate", connectortest.MailOptions{TLS: a.Server(t, "127.0.0.1"), User: "tocsin", Password: password}, other.Roots, "certificate"},
		{"the certificate is another server's", connectortest.MailOptions{TLS: a.Server(t, "mail.example.org"), User: "tocsin", Password: password}, a.Roots, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := &office{connectortest.NewMailServer(t, tt.o), tt.roots}
			_, err := o.mailer(t).Send(t.Context(), letter())
			f := fault.As(err)
			if _, again := connector.RetryAfter(err); f == nil || f.Slug != tt.slug || again {
				t.Errorf("%v", err)
			}
			if len(o.Mails()) != 0 {
				t.Error("it got a mail")
			}
			if checks := o.mailer(t).Check(t.Context()); checks[0].OK {
				t.Errorf("%+v", checks)
			}
		})
	}
}

func TestWithoutEncryptionMailStaysNear(t *testing.T) {
	t.Parallel()
	o := newOffice(t, connectortest.MailOptions{})
	m := o.mailer(t, "security", "none", "username", "")
	if _, err := m.Send(t.Context(), letter()); err != nil || len(o.Mails()) != 1 || o.Mails()[0].Encrypted {
		t.Fatalf("%v %+v", err, o.Mails())
	}
	checks := m.Check(t.Context())
	if len(checks) != 4 || !checks[1].OK || !strings.HasPrefix(checks[1].Detail, "WARNING") {
		t.Errorf("%+v", checks)
	}
	m.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return far{c}, err
	}
	if _, err := m.Send(t.Context(), letter()); fault.As(err) == nil || fault.As(err).Slug != "no-encryption" {
		t.Errorf("%v", err)
	}
}

// far is a connection whose other end says to be at a public address.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 25} }

func TestWhatTheServerSaysDecidesAboutAnotherAttempt(t *testing.T) {
	t.Parallel()
	say := func(step string, code int) func(string, string) error {
		return func(at, _ string) error {
			if at != step {
				return nil
			}
			return &gosmtp.SMTPError{Code: code, EnhancedCode: gosmtp.EnhancedCode{code / 100, 1, 1}, Message: "as the test says\r\n250 OK"}
		}
	}
	for _, step := range []string{"mail", "rcpt", "data"} {
		for code, retried := range map[int]bool{421: true, 450: true, 452: true, 550: false, 552: false, 554: false} {
			t.Run(fmt.Sprint(step, " ", code), func(t *testing.T) {
				t.Parallel()
				opts := signedIn()
				opts.Refuse = say(step, code)
				o := newOffice(t, opts)
				_, err := o.mailer(t).Send(t.Context(), letter())
				if _, again := connector.RetryAfter(err); err == nil || again != retried || !strings.Contains(err.Error(), fmt.Sprint(code)) || strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("again %v: %v", again, err)
				}
				if whose := fault.As(err).Slug == connector.SlugRecipient; whose != (step == "rcpt" && !retried) {
					t.Errorf("of the recipient %v: %v", whose, err)
				}
			})
		}
	}
}

func TestAWrongPasswordIsFinalAndNeverSaid(t *testing.T) {
	t.Parallel()
	opts := signedIn()
	opts.Password = "another"
	o := newOffice(t, opts)
	_, err := o.mailer(t).Send(t.Context(), letter())
	if _, again := connector.RetryAfter(err); err == nil || again || !strings.Contains(err.Error(), "535") || strings.Contains(err.Error(), password) {
		t.Errorf("%v", err)
	}
	checks := o.mailer(t).Check(t.Context())
	if len(checks) != 4 || !checks[0].OK || !checks[1].OK || checks[2].OK {
		t.Errorf("%+v", checks)
	}
	if !strings.Contains(checks[1].Detail, "TLS 1.3") {
		t.Errorf("%+v", checks[1])
	}
}

func TestSigningInTakesWhatTheServerOffers(t *testing.T) {
	t.Parallel()
	for mechanism, good := range map[string]bool{"PLAIN": true, "LOGIN": true, "XOAUTH2": false} {
		opts := signedIn()
		opts.Mechanism = mechanism
		o := newOffice(t, opts)
		_, err := o.mailer(t).Send(t.Context(), letter())
		if (err == nil) != good || good && o.Mails()[0].User != "tocsin" {
			t.Errorf("%s: %v", mechanism, err)
		}
		if _, again := connector.RetryAfter(err); !good && (again || !strings.Contains(err.Error(), "XOAUTH2")) {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
	a := connectortest.NewAuthority(t)
	o := &office{connectortest.NewMailServer(t, connectortest.MailOptions{TLS: a.Server(t, "127.0.0.1")}), a.Roots}
	if _, err := o.mailer(t).Send(t.Context(), letter()); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "offers no signing in") {
		t.Errorf("%v", err)
	}
}

func TestAConnectionThatBreaksIsWorthAnotherAttempt(t *testing.T) {
	t.Parallel()
	scripts := map[string]func(net.Conn){
		"at once":            func(net.Conn) {},
		"after the greeting": func(c net.Conn) { fmt.Fprint(c, "220 mail.test\r\n") },
		"in the middle of a line": func(c net.Conn) {
			fmt.Fprint(c, "220 mail.test\r\n250-mail")
		},
		"nonsense": func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n") },
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &office{MailServer: listen(t, script)}
			_, err := o.mailer(t).Send(t.Context(), letter())
			if _, again := connector.RetryAfter(err); !again {
				t.Errorf("%v", err)
			}
		})
	}
	o := &office{MailServer: &connectortest.MailServer{Host: "127.0.0.1", Port: 1}}
	if _, err := o.mailer(t).Send(t.Context(), letter()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

func listen(t *testing.T, script func(net.Conn)) *connectortest.MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { script(c); _ = c.Close() }()
		}
	}()
	return &connectortest.MailServer{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

func TestAServerThatSaysNothingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	o := &office{MailServer: listen(t, func(c net.Conn) { _, _ = bufio.NewReader(c).ReadString('\n') })}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := o.mailer(t).Send(ctx, letter())
	if _, again := connector.RetryAfter(err); !again || time.Since(start) > 3*time.Second || !strings.Contains(err.Error(), "in time") {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}
