package smtp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

const (
	maxSubject = 200
	maxBody    = 64 << 10
	maxFact    = 500
)

// compose writes the mail of a letter. Its id is that of the letter, so that a
// second copy of it is known as one.
func (m *mailer) compose(l connector.Letter, to *mail.Address) (id string, text []byte, err error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(&mail.Address{Address: to.Address})
	if m.replyTo != nil {
		msg.ReplyToMailAddress(m.replyTo)
	}
	msg.Subject(connector.Line(l.Subject, maxSubject))
	msg.SetDateWithValue(m.now())
	id = named(l.ID) + "@" + m.domain()
	msg.SetMessageIDWithValue(id)
	m.thread(msg, l, to.Address)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if l.Severity == "critical" {
		msg.SetImportance(gomail.ImportanceHigh)
	}
	msg.SetBodyString(gomail.TypeTextPlain, textOf(l))
	msg.AddAlternativeString(gomail.TypeTextHTML, htmlOf(l))
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return "", nil, fault.New(fault.Invalid, "The mail cannot be written: %s.", connector.Line(err.Error(), 200))
	}
	return id, b.Bytes(), nil
}

// thread says what a mail belongs to. The first reference is an id that no mail
// has and all of the thread share; mail programs put them under one head by it,
// even where the first mail was never received.
func (m *mailer) thread(msg *gomail.Msg, l connector.Letter, to string) {
	if l.Thread == "" {
		return
	}
	sum := sha256.Sum256([]byte("thread\x00" + l.Thread + "\x00" + strings.ToLower(to)))
	root := "<thread-" + hex.EncodeToString(sum[:16]) + "@" + m.domain() + ">"
	parent, references := root, root
	if l.ParentID != "" && connector.Line(l.ParentID, 300) == l.ParentID && !strings.ContainsAny(l.ParentID, "<> ") {
		parent = "<" + l.ParentID + ">"
		references = root + " " + parent
	}
	msg.SetGenHeader(gomail.HeaderInReplyTo, parent)
	msg.SetGenHeader(gomail.HeaderReferences, references)
}

// named makes the left part of a Message-ID: the letter's own where it is made
// of harmless signs, else a hash of it.
func named(id string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	if id != "" && len(id) <= 64 && !strings.ContainsFunc(id, odd) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "letter-" + hex.EncodeToString(sum[:16])
}

// textOf is the letter in plain text.
func textOf(l connector.Letter) string {
	var b strings.Builder
	b.WriteString(connector.Plain(l.Text, maxBody) + "\n")
	for i, f := range l.Facts {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(connector.Line(f.Name, maxFact) + ": " + connector.Line(f.Value, maxFact) + "\n")
	}
	for _, k := range l.Links() {
		b.WriteString("\n" + k.Name + ":\n" + k.Value + "\n")
	}
	return b.String()
}

// htmlOf is the same text as HTML, all of it escaped. It loads nothing, so that
// no picture tells anybody that the mail was opened.
func htmlOf(l connector.Letter) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><body style="font-family:sans-serif;font-size:15px;line-height:1.5">`)
	for _, p := range strings.Split(connector.Plain(l.Text, maxBody), "\n\n") {
		b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>\n")
	}
	if len(l.Facts) > 0 {
		b.WriteString("<table>\n")
		for _, f := range l.Facts {
			b.WriteString("<tr><td style=\"padding-right:1em\"><b>" + html.EscapeString(connector.Line(f.Name, maxFact)) +
				"</b></td><td>" + html.EscapeString(connector.Line(f.Value, maxFact)) + "</td></tr>\n")
		}
		b.WriteString("</table>\n")
	}
	for _, k := range l.Links() {
		b.WriteString(`<p><a href="` + html.EscapeString(k.Value) + `">` + html.EscapeString(k.Name) + "</a></p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}
