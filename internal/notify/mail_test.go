package notify_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/connector/smtp"
	"tocsin/internal/egress"
	"tocsin/internal/notify"
	"tocsin/internal/seal"
)

// office is the room over a real connection to a real mail server.
func (w *world) office(server *connectortest.MailServer, a *connectortest.Authority) *notify.Notify {
	w.t.Helper()
	connections := connection.New(connection.Config{
		DB: w.d, Journal: w.journal, Vault: w.vault, Scrub: &seal.Scrubber{}, Kinds: map[string]connector.Kind{"smtp": smtp.Kind()},
		Guard: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), RootCAs: a.Roots, Log: slog.New(slog.DiscardHandler),
	})
	settings := fmt.Sprintf(`{"host":%q,"port":%d,"security":"starttls","username":"tocsin","from":"tocsin@example.com"}`, server.Host, server.Port)
	_, err := connections.Create(w.as("user:"+ann), connection.Draft{Kind: "smtp", Name: "Mail", Settings: json.RawMessage(settings), Secrets: map[string]string{"password": "a-password-of-the-test"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return notify.New(notify.Config{
		DB: w.d, Journal: w.journal, Vault: w.vault, Base: "https://soc.example.org", Node: "mail",
		Ways: notify.Ways{List: connections.Notifiers, Send: connections.Notify, Find: connections.FindAddress},
	})
}

func TestMailReachesARealServerAndIsThreaded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		a := connectortest.NewAuthority(t)
		server := connectortest.NewMailServer(t, connectortest.MailOptions{TLS: a.Server(t, "127.0.0.1"), User: "tocsin", Password: "a-password-of-the-test"})
		w.n = w.office(server, a)
		w.running(w.n)
		w.tell(page(ann, 7))
		w.until("the first mail comes", func() bool { return len(server.Mails()) == 1 })
		w.settled()
		again := page(ann, 7)
		again.Key, again.Text = "again", "Still nobody has seen it."
		w.tell(again)
		w.until("the second mail comes", func() bool { return len(server.Mails()) == 2 })
		mails := server.Mails()
		if m := mails[0]; m.To != "ann@example.org" || !m.Encrypted || !strings.Contains(m.Text, "Subject: INC-7 critical: Ticket 7") || !strings.Contains(m.Text, "https://soc.example.org/m/") {
			t.Errorf("the first: %+v", m)
		}
		first := regexp.MustCompile(`(?m)^Message-ID: (<.+>)$`).FindStringSubmatch(mails[0].Text)
		if first == nil || !strings.Contains(mails[1].Text, "In-Reply-To: "+first[1]) {
			t.Errorf("the second is no answer to the first:\n%s", mails[1].Text)
		}
	})
}

func TestAServerThatAcceptsAndDropsConfirmsNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		a := connectortest.NewAuthority(t)
		server := connectortest.NewMailServer(t, connectortest.MailOptions{TLS: a.Server(t, "127.0.0.1"), User: "tocsin", Password: "a-password-of-the-test"})
		w.n = w.office(server, a)
		w.running(w.n)
		w.tell(page(ann, 7))
		w.settled() // the server took it, and nobody will ever read it
		if w.count(`SELECT COUNT(*) FROM message WHERE state = 'sent'`) != 1 {
			t.Fatalf("the server took it:\n%s", w.messages())
		}
		c, err := w.n.TestContact(w.as("user:"+ann), ann, "account")
		if err != nil || c.TestedAt == nil || c.ConfirmedAt != nil || w.confirmed(ann) {
			t.Errorf("a test that was taken and dropped: %v %+v", err, c)
		}
		if w.count(`SELECT COUNT(*) FROM notice WHERE read_at IS NOT NULL`) != 0 {
			t.Error("taken by a server is not read")
		}
	})
}

func TestAServerThatIsFullIsTriedAgainAndOneThatRefusesIsNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		a := connectortest.NewAuthority(t)
		var asked atomic.Int64
		server := connectortest.NewMailServer(t, connectortest.MailOptions{
			TLS: a.Server(t, "127.0.0.1"), User: "tocsin", Password: "a-password-of-the-test",
			Refuse: func(step, said string) error {
				switch {
				case step == "rcpt" && said == "bob@example.org":
					asked.Add(1)
					return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
				case step == "data" && asked.Add(1) == 1:
					return &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
				}
				return nil
			},
		})
		w.n = w.office(server, a)
		w.running(w.n)
		w.tell(page(ann, 1))
		w.until("the second attempt is taken", func() bool { return len(server.Mails()) == 1 })
		w.settled()
		before := asked.Load()
		w.tell(page(bob, 2))
		w.settled()
		time.Sleep(50 * time.Millisecond)
		if got := asked.Load() - before; got != 1 || w.count(`SELECT COUNT(*) FROM entry WHERE kind = 'notification.failed'`) != 1 {
			t.Errorf("a recipient who is refused was tried %d times\n%s", got, w.messages())
		}
	})
}
