package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// actLinked does what a link or a button was made for, as the person whom it
// names. Doing it again changes nothing. It returns a sentence that says how the
// ticket stands. Errors beside internal ones: fault.Denied where the link or the
// person may not; what the ticket says against it.
func (s *Server) actLinked(ctx context.Context, l notify.Linked, a notify.Act) (said string, err error) {
	if l.Person == "" || l.Ticket == "" || !l.May(a) {
		return "", errNotAllowed()
	}
	ctx = db.As(ctx, l.Tenant, db.Person(l.Person))
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		ok, err := identity.May(tx, l.Person, identity.TicketWork)
		if err != nil {
			return err
		}
		if !ok {
			return errNotAllowed()
		}
		said, err = s.doLinked(tx, l, a)
		return err
	})
	return said, err
}

func errNotAllowed() error {
	return fault.New(fault.Denied, "You may not do this.").WithSlug("permission")
}

func (s *Server) doLinked(tx *db.Tx, l notify.Linked, a notify.Act) (string, error) {
	switch a {
	case notify.ActAck:
		return s.ackLinked(tx, l)
	case notify.ActTake:
		return s.takeLinked(tx, l)
	case notify.ActEscalate:
		return s.escalateLinked(tx, l)
	}
	return "", errNotAllowed()
}

func (s *Server) ackLinked(tx *db.Tx, l notify.Linked) (string, error) {
	before, err := journal.LastOfKind(tx, ticket.Stream(l.Ticket), journal.TicketReconfirmed)
	if err != nil {
		return "", err
	}
	was, err := s.deps.Tickets.Get(tx, l.Ticket)
	if err != nil {
		return "", err
	}
	t, err := s.deps.Tickets.AcknowledgeSince(tx, l.Ticket, l.At)
	if err != nil {
		return "", err
	}
	after, err := journal.LastOfKind(tx, ticket.Stream(l.Ticket), journal.TicketReconfirmed)
	if err != nil {
		return "", err
	}
	number := ticket.Number(t.Number)
	switch {
	case was.AcknowledgedAt == nil:
		return fmt.Sprintf("You have acknowledged %s.", number), s.deps.Notify.Acted(tx, t.ID, notify.ActAck, l.Channel)
	case after != nil && (before == nil || after.Seq > before.Seq):
		return fmt.Sprintf("You have said that %s is being worked on.", number), s.deps.Notify.Acted(tx, t.ID, notify.ActAck, l.Channel)
	case t.AcknowledgedBy == l.Person:
		return fmt.Sprintf("You have acknowledged %s.", number), nil
	}
	name, err := nameOf(tx, t.AcknowledgedBy)
	return fmt.Sprintf("%s was acknowledged by %s before.", number, name), err
}

func (s *Server) takeLinked(tx *db.Tx, l notify.Linked) (string, error) {
	was, err := s.deps.Tickets.Get(tx, l.Ticket)
	if err != nil {
		return "", err
	}
	t, err := s.deps.Tickets.Take(tx, l.Ticket)
	if e := fault.As(err); e != nil && e.Slug == "already-owned" {
		name, err := nameOf(tx, was.Owner)
		return fmt.Sprintf("%s has taken %s: it stays theirs until somebody has accepted it.", name, ticket.Number(was.Number)), err
	}
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("You own %s and are responsible for it.", ticket.Number(t.Number))
	if was.Owner == l.Person {
		return said, nil
	}
	return said, s.deps.Notify.Acted(tx, t.ID, notify.ActTake, l.Channel)
}

// escalateLinked calls the next level at once. The same person asks only once
// by one message, however often the button is pressed.
func (s *Server) escalateLinked(tx *db.Tx, l notify.Linked) (string, error) {
	if s.deps.SLA == nil {
		return "", errNotAllowed()
	}
	t, err := s.deps.Tickets.Get(tx, l.Ticket)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("The next level was called for %s.", ticket.Number(t.Number))
	asked, err := askedBefore(tx, l)
	if err != nil || asked {
		return said, err
	}
	if err := s.deps.SLA.EscalateNow(tx, t.ID); err != nil {
		return "", err
	}
	return said, s.deps.Notify.Acted(tx, t.ID, notify.ActEscalate, l.Channel)
}

// askedBefore reports whether the person escalated since the link was made.
func askedBefore(tx *db.Tx, l notify.Linked) (bool, error) {
	story, err := journal.Story(tx, ticket.Stream(l.Ticket), journal.NotificationActed)
	for _, r := range story {
		var d struct{ Act, Person string }
		if json.Unmarshal(r.Data, &d) == nil && d.Act == string(notify.ActEscalate) && d.Person == l.Person && r.At >= l.MadeAt() {
			return true, err
		}
	}
	return false, err
}

func nameOf(tx *db.Tx, person string) (string, error) {
	names, err := identity.NameOf(tx, person)
	if names[person] == "" {
		return "somebody", err
	}
	return names[person], err
}

// linked opens a token. Errors are those of notify.OpenLink; of an expired one
// the link is returned, too.
func (s *Server) linked(ctx context.Context, token string) (l notify.Linked, err error) {
	tenant := notify.LinkTenant(token)
	if tenant == "" {
		return l, fault.New(fault.Denied, "This link is not one of ours, or it was cut.").WithSlug("link")
	}
	err = s.db.Read(db.As(ctx, tenant, "system:link"), func(tx *db.Tx) error {
		l, err = s.deps.Notify.OpenLink(tx, token)
		return err
	})
	return l, err
}

// isAsked reports whether the owner was asked if they are still on it, and
// nobody has answered.
func isAsked(tx *db.Tx, t *ticket.Ticket) (bool, error) {
	asked, err := journal.LastOfKind(tx, ticket.Stream(t.ID), journal.SLAAsked)
	if err != nil || asked == nil || t.AcknowledgedAt == nil {
		return false, err
	}
	answered, err := journal.LastOfKind(tx, ticket.Stream(t.ID), journal.TicketReconfirmed)
	return answered == nil || answered.Seq < asked.Seq, err
}

// localTime is how a person reads an instant.
func localTime(at int64, zone *time.Location) string {
	return db.Time(at).In(zone).Format("Mon 2 Jan 15:04 MST")
}
