package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

const (
	phonePath = "/m/{token}"
	formType  = "application/x-www-form-urlencoded"
)

//go:embed phone.html
var phoneHTML string

//go:embed phone.css
var phoneCSS string

// phone makes the page that links in messages open. It works without a script.
type phone struct {
	page   *template.Template
	policy string
}

func newPhone() *phone {
	style := strings.TrimSpace(phoneCSS)
	sum := sha256.Sum256([]byte(style))
	return &phone{
		page: template.Must(template.New("phone").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}).Parse(phoneHTML)), //nolint:gosec // our own file
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
}

// phonePage is what the page shows.
type phonePage struct {
	Title, Number, Severity, Summary, Due string
	Lines                                 []string // how it stands
	Said, Trouble                         string
	Buttons                               []phoneButton
	Link, LinkText                        string
}

type phoneButton struct{ Act, Label, Class string }

// registerPhone registers the page outside of the API: it is for people who are
// not signed in, and holds what one link allows.
func (s *Server) registerPhone() {
	s.route(get("phone", phonePath, everybody(), ""), "", s.phoneGet)
	o := post("phone-act", phonePath, everybody(), "")
	o.raw, o.form, o.limit = true, true, 4096
	s.route(o, "", s.phonePost)
}

// phoneGet shows what can be done and never does it: programs that look through
// mail open every link.
func (s *Server) phoneGet(w http.ResponseWriter, r *http.Request) {
	l, ok := s.phoneLink(w, r)
	if !ok {
		return
	}
	page, err := s.phoneShow(r.Context(), l)
	s.phoneAnswer(w, r, page, err)
}

// phonePost does what the button says, and shows how it stands then.
func (s *Server) phonePost(w http.ResponseWriter, r *http.Request) {
	l, ok := s.phoneLink(w, r)
	if !ok {
		return
	}
	form, err := url.ParseQuery(string(bodyOf(r)))
	if err != nil || len(form["act"]) != 1 {
		s.phoneWrite(w, http.StatusBadRequest, phonePage{Title: "Nothing was done", Trouble: "The form says nothing to do. Open the link in the message again."})
		return
	}
	said, trouble := "", error(nil)
	if act := form.Get("act"); l.Contact != "" && act == "confirm" {
		said, trouble = s.confirmLinked(r.Context(), l)
	} else {
		said, trouble = s.actLinked(r.Context(), l, notify.Act(act))
	}
	page, err := s.phoneShow(r.Context(), l)
	page.Said = said
	if f := fault.As(trouble); f != nil && f.Code != fault.Internal {
		page.Trouble, trouble = f.Message, nil
	}
	if trouble != nil {
		err = trouble
	}
	s.phoneAnswer(w, r, page, err)
}

// phoneLink opens the token of the path. One answer is for everything that is
// not a link of ours; only who tries too many of them is slowed down.
func (s *Server) phoneLink(w http.ResponseWriter, r *http.Request) (l notify.Linked, ok bool) {
	l, err := s.linked(r.Context(), r.PathValue("token"))
	switch e := fault.As(err); {
	case err == nil:
		return l, true
	case e != nil && e.Slug == "link-expired":
		page, err := s.phoneExpired(r.Context(), l)
		s.phoneAnswer(w, r, page, err)
	case e != nil && e.Slug == "link":
		if s.limits.guesses.take(network(r), s.now()) != nil {
			w.Header().Set("Retry-After", "60")
			s.phoneWrite(w, http.StatusTooManyRequests, phonePage{Title: "Too many links that do not work", Trouble: "Try again in a minute."})
			return l, false
		}
		s.phoneWrite(w, http.StatusNotFound, noLink())
	default:
		s.phoneAnswer(w, r, phonePage{}, err)
	}
	return l, false
}

func noLink() phonePage {
	return phonePage{Title: "This link does not work", Trouble: "It was cut, it is not one of ours, or it is for somebody who may not use it any more. Open the link in the message again, or sign in.", Link: "/", LinkText: "Sign in"}
}

// errNoLink stands for a link that is right and of no use any more.
var errNoLink = fault.New(fault.Denied, "no link").WithSlug("link")

// phoneAnswer writes a page, or the one for links that do not work.
func (s *Server) phoneAnswer(w http.ResponseWriter, r *http.Request, page phonePage, err error) {
	switch e := fault.As(err); {
	case err == nil:
		s.phoneWrite(w, http.StatusOK, page)
	case e != nil && (e.Slug == "link" || e.Code == fault.Missing || e.Code == fault.Denied):
		s.phoneWrite(w, http.StatusNotFound, noLink())
	default:
		s.log.ErrorContext(r.Context(), "the page of a link failed", "request", requestID(r.Context()), "error", err.Error())
		s.phoneWrite(w, http.StatusServiceUnavailable, phonePage{Title: "That did not work", Trouble: "Something went wrong here, and nothing was done. Try again in a moment."})
	}
}

func (s *Server) phoneWrite(w http.ResponseWriter, status int, page phonePage) {
	var out bytes.Buffer
	if err := s.phone.page.Execute(&out, page); err != nil {
		status = http.StatusInternalServerError
		out.Reset()
		out.WriteString("That did not work.")
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", s.phone.policy)
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

func (s *Server) phoneExpired(ctx context.Context, l notify.Linked) (phonePage, error) {
	page := phonePage{Title: "This link has ended", Trouble: "A link acts for half an hour. Sign in to go on.", Link: "/", LinkText: "Sign in"}
	if l.Ticket == "" {
		return page, nil
	}
	err := s.db.Read(db.As(ctx, l.Tenant, "system:link"), func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, l.Ticket)
		if err != nil {
			return err
		}
		number := ticket.Number(t.Number)
		page.Link, page.LinkText = "/tickets/"+number, "Sign in and open "+number
		return nil
	})
	if fault.Is(err, fault.Missing) {
		err = nil
	}
	return page, err
}

// phoneShow says how it stands and what the person can do.
func (s *Server) phoneShow(ctx context.Context, l notify.Linked) (page phonePage, err error) {
	err = s.db.Read(db.As(ctx, l.Tenant, "system:link"), func(tx *db.Tx) error {
		a, err := identity.AccountOf(tx, l.Person)
		if err != nil {
			return err
		}
		if !a.Active {
			return errNoLink
		}
		if l.Contact != "" {
			page, err = s.phoneContact(tx, l, a)
			return err
		}
		ok, err := identity.May(tx, l.Person, identity.TicketWork)
		if err != nil {
			return err
		}
		if !ok {
			return errNoLink
		}
		page, err = s.phoneTicket(tx, l, a)
		return err
	})
	return page, err
}

func (s *Server) phoneTicket(tx *db.Tx, l notify.Linked, a identity.Account) (phonePage, error) {
	t, err := s.deps.Tickets.Get(tx, l.Ticket)
	if err != nil {
		return phonePage{}, err
	}
	zone, err := time.LoadLocation(a.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	number := ticket.Number(t.Number)
	page := phonePage{
		Title: t.Title, Number: number, Severity: string(t.Severity), Summary: bounded3(t.Description),
		Link: "/tickets/" + number, LinkText: "Sign in and open " + number,
	}
	if !t.Open() {
		page.Lines = []string{"It is closed."}
		return page, nil
	}
	if t.DueAt != nil {
		page.Due = localTime(*t.DueAt, zone)
	}
	if page.Lines, err = standing(tx, t, zone); err != nil {
		return page, err
	}
	asked, err := isAsked(tx, t)
	for _, act := range l.Acts {
		if b, ok := phoneButtonFor(act, t, asked); ok && (act != notify.ActEscalate || s.deps.SLA != nil) {
			page.Buttons = append(page.Buttons, b)
		}
	}
	return page, err
}

// standing says who has seen the ticket and who owns it.
func standing(tx *db.Tx, t *ticket.Ticket, zone *time.Location) ([]string, error) {
	names, err := identity.NameOf(tx, t.AcknowledgedBy, t.Owner)
	if err != nil {
		return nil, err
	}
	lines := []string{"Nobody has acknowledged it."}
	if t.AcknowledgedAt != nil {
		lines[0] = "Acknowledged by " + orSomebody(names[t.AcknowledgedBy]) + ", " + localTime(*t.AcknowledgedAt, zone) + "."
	}
	if t.Owner == "" {
		return append(lines, "Nobody has taken it."), nil
	}
	return append(lines, "Owned by "+orSomebody(names[t.Owner])+"."), nil
}

func orSomebody(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

func phoneButtonFor(a notify.Act, t *ticket.Ticket, asked bool) (phoneButton, bool) {
	switch a {
	case notify.ActAck:
		if asked {
			return phoneButton{string(a), "Still on it", "main"}, true
		}
		return phoneButton{string(a), "Acknowledge", "main"}, t.AcknowledgedAt == nil
	case notify.ActTake:
		return phoneButton{string(a), "Take", ""}, t.Owner == ""
	}
	return phoneButton{string(a), "Can’t – escalate now", "grave"}, true
}

// bounded3 is the start of a text, of which the page shows three lines.
func bounded3(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return text
}
