package smtp

import (
	"encoding/json"
	"net/mail"
	"strings"
	"testing"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
	"tocsin/internal/fault"
)

func offline(t testing.TB) *mailer {
	t.Helper()
	d := &mailer{settings: settings{From: "tocsin@example.com"}, now: clock}
	var err error
	if d.from, err = address("settings.from", d.From); err != nil {
		t.Fatal(err)
	}
	return d
}

func headOf(t testing.TB, l connector.Letter, to string) mail.Header {
	t.Helper()
	_, text, err := offline(t).compose(l, &mail.Address{Address: to})
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return m.Header
}

func TestMailsOfOneTicketAreOneConversation(t *testing.T) {
	t.Parallel()
	one, two := letter(), letter()
	two.ID, two.ParentID = "0191-a-letter", "0190-a-letter@example.com"
	first, second := headOf(t, one, "ada@example.com"), headOf(t, two, "Ada@example.com")
	root := first.Get("References")
	if root == "" || first.Get("In-Reply-To") != root || first.Get("Message-Id") == second.Get("Message-Id") {
		t.Errorf("%v", first)
	}
	if second.Get("References") != root+" <0190-a-letter@example.com>" || second.Get("In-Reply-To") != "<0190-a-letter@example.com>" {
		t.Errorf("%v", second)
	}
	if again := headOf(t, one, "ada@example.com"); again.Get("Message-Id") != first.Get("Message-Id") || again.Get("References") != root {
		t.Error("a second copy of a mail is another mail")
	}
	other := letter()
	other.Thread = "ticket-43"
	for name, h := range map[string]mail.Header{"another person": headOf(t, one, "bob@example.com"), "another ticket": headOf(t, other, "ada@example.com")} {
		if h.Get("References") == root {
			t.Errorf("%s is in the same conversation", name)
		}
	}
	none := letter()
	none.Thread = ""
	if h := headOf(t, none, "ada@example.com"); h.Get("References") != "" || h.Get("In-Reply-To") != "" {
		t.Errorf("%v", h)
	}
}

func TestWordsOfAttackersStayWords(t *testing.T) {
	t.Parallel()
	evil := letter()
	evil.Subject = "INC-1\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>\u202egnp.exe\x00"
	evil.Text = "<img src=x onerror=alert(1)> & \"quotes\"\r\n.\r\nMAIL FROM:<x@y>\u2066"
	evil.ID, evil.ParentID = "a>\r\nBcc: eve@evil.example", "p>\r\nBcc: eve@evil.example"
	evil.Facts = []connector.Fact{{Name: "<b>host", Value: "x</td><script>\nsecond"}}
	evil.Buttons = []connector.Button{{Label: "<i>go", URL: `javascript:alert(1)`}, {Label: "ok", URL: `https://x.example/"onclick=alert(1)`}}
	evil.Link = "data:text/html,x"
	o := newOffice(t, signedIn())
	if _, err := o.mailer(t).Send(t.Context(), evil); err != nil {
		t.Fatal(err)
	}
	got := o.Mails()
	if len(got) != 1 || got[0].To != "ada@example.com" {
		t.Fatalf("%+v", got)
	}
	head, plain, html := read(t, got[0])
	if head.Get("Bcc") != "" || !strings.HasPrefix(head.Get("Subject"), "INC-1 Bcc: eve@evil.example <script>") || strings.ContainsAny(head.Get("Subject"), "\u202e\x00") {
		t.Errorf("%q", head)
	}
	for _, bad := range []string{"<img", "<script", "<b>host", "<i>", "javascript:", "data:", "\"onclick", "\u2066"} {
		if strings.Contains(html, bad) {
			t.Errorf("%s in %s", bad, html)
		}
	}
	if strings.Contains(plain, "javascript:") || !strings.Contains(plain, "\n.\nMAIL FROM") || !strings.Contains(plain, "<b>host: x</td><script> second") {
		t.Errorf("%q", plain)
	}
}

func TestOddAddressesAreRefused(t *testing.T) {
	t.Parallel()
	m := offline(t)
	for _, to := range []string{
		"ada", "ada@", "@example.com", "ada@example.com, bob@example.com", "ada@example.com\r\nRCPT TO:<eve@evil.example>", `"a b"@example.com`,
		`"<x>"@example.com`, "ada@[127.0.0.1]", "<ada@example.com> SIZE=1", strings.Repeat("a", 65) + "@example.com", "ada@" + strings.Repeat("a", 260), "ada\x00@example.com",
	} {
		_, err := m.Send(t.Context(), connector.Letter{ID: "1", To: to, Subject: "x", Text: "x"})
		if _, again := connector.RetryAfter(err); !fault.Is(err, fault.Invalid) || again {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, err := m.Send(t.Context(), connector.Letter{ID: "1"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody: %v", err)
	}
	if a, err := m.Find(t.Context(), "Ada Lovelace <ada@example.com>"); err != nil || a != "ada@example.com" {
		t.Errorf("%s %v", a, err)
	}
}

func TestTheTeamsMailboxGetsWhatIsForNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t, signedIn())
	l := letter()
	l.To = ""
	if _, err := o.mailer(t, "to", "soc@example.com").Send(t.Context(), l); err != nil || o.Mails()[0].To != "soc@example.com" {
		t.Errorf("%v %+v", err, o.Mails())
	}
	if !Kind().Reach.Place([]byte(`{"to":"soc@example.com"}`)) || Kind().Reach.Place([]byte(`{"to":""}`)) || Kind().Reach.Place([]byte(`[]`)) {
		t.Error("what place there is, is not told")
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct{ field, settings, password string }{
		{"settings.host", `{"host":"smtp.example.com:587","from":"a@b.example"}`, ""},
		{"settings.host", `{"host":"https://smtp.example.com","from":"a@b.example"}`, ""},
		{"settings.port", `{"host":"x.example","port":70000,"from":"a@b.example"}`, ""},
		{"settings.timeout", `{"host":"x.example","timeout":600,"from":"a@b.example"}`, ""},
		{"settings.security", `{"host":"8.8.8.8","security":"none","from":"a@b.example"}`, ""},
		{"settings.username", `{"host":"127.0.0.1","security":"none","username":"u","from":"a@b.example"}`, password},
		{"settings.username", `{"host":"x.example","from":"a@b.example"}`, password},
		{"secrets.password", `{"host":"x.example","username":"u","from":"a@b.example"}`, ""},
		{"settings.from", `{"host":"x.example","from":"nobody"}`, ""},
		{"settings.reply_to", `{"host":"x.example","from":"a@b.example","reply_to":"x"}`, ""},
		{"settings.to", `{"host":"x.example","from":"a@b.example","to":"a@b.example, c@d.example"}`, ""},
	}
	for _, tt := range tests {
		secrets := map[string]connector.Secret{}
		if tt.password != "" {
			secrets["password"] = connector.NewSecret(tt.password)
		}
		_, err := Kind().New(connector.Config{Settings: json.RawMessage(tt.settings), Secrets: secrets})
		if f := fault.As(err); f == nil || f.Code != fault.Invalid || f.Fields[0].Location != tt.field {
			t.Errorf("%s: %v", tt.settings, err)
		}
	}
}

func FuzzAMailIsAlwaysOneMail(f *testing.F) {
	f.Add("INC-1\r\nBcc: x@y", "text\n.\n", "id\n", "name: x", "https://x.example/?a=b")
	f.Add("=?utf-8?q?=0d=0aBcc:_x?=", "\x00\xff", "<>", "\u2028", "javascript:x")
	m := offline(f)
	f.Fuzz(func(t *testing.T, subject, text, id, fact, link string) {
		l := connector.Letter{
			ID: id, Subject: subject, Text: text, Thread: id, ParentID: id, Link: link,
			Facts: []connector.Fact{{Name: fact, Value: text}}, Buttons: []connector.Button{{Label: subject, URL: link}},
		}
		_, whole, err := m.compose(l, &mail.Address{Address: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		msg, err := mail.ReadMessage(strings.NewReader(string(whole)))
		if err != nil {
			t.Fatalf("%v in %q", err, whole)
		}
		allowed := " Auto-Submitted Content-Type Date From Importance In-Reply-To Message-Id Mime-Version References Subject To X-Auto-Response-Suppress "
		for name := range msg.Header {
			if !strings.Contains(allowed, " "+name+" ") {
				t.Errorf("a header %q in %q", name, whole)
			}
		}
		read(t, connectortest.Mail{Text: string(whole)})
	})
}
