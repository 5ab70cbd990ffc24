package api

import (
	"context"
	"net/http"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
)

// phoneContact is the page that a test message links to.
func (s *Server) phoneContact(tx *db.Tx, l notify.Linked, a identity.Account) (phonePage, error) {
	page := phonePage{Title: "Did the message arrive?", Link: "/", LinkText: "Open Tocsin"}
	list, err := s.deps.Notify.Contacts(tx, l.Person)
	if err != nil {
		return page, err
	}
	id, _, _ := strings.Cut(l.Contact, ".")
	for _, c := range list {
		switch {
		case c.ID != id:
		case c.ConfirmedAt != nil:
			page.Title, page.Lines = "This contact is confirmed", []string{"Messages for " + a.Name + " reach you here."}
			return page, nil
		default:
			page.Lines = []string{"It was sent to " + a.Name + " over " + c.ConnectionName + "."}
			page.Buttons = []phoneButton{{"confirm", "Yes, it arrived", "main"}}
			return page, nil
		}
	}
	return page, errNoLink
}

func (s *Server) confirmLinked(ctx context.Context, l notify.Linked) (said string, err error) {
	err = s.db.Write(db.As(ctx, l.Tenant, db.Person(l.Person)), func(tx *db.Tx) error {
		active, err := identity.IsActive(tx, l.Person)
		if err != nil {
			return err
		}
		if !active {
			return errNoLink
		}
		_, err = s.deps.Notify.ConfirmLinked(tx, l)
		return err
	})
	if err != nil {
		return "", err
	}
	return "Thank you: this contact is confirmed.", nil
}

// loggedPath leaves out of the log what lets its reader act.
func loggedPath(r *http.Request) string {
	if path := r.URL.EscapedPath(); !strings.HasPrefix(path, "/m/") {
		return path
	}
	return "/m/…"
}
