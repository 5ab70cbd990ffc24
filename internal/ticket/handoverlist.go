package ticket

import (
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Box is which offers somebody asks for.
type Box string

// The boxes.
const (
	Inbox  Box = "inbox"  // made to me or to a team of mine
	Outbox Box = "outbox" // of what I was responsible for, or made by me
	AllBox Box = "all"
)

// HandoverFilter picks offers.
type HandoverFilter struct {
	Box     Box
	State   string // offered, decided or all
	Person  string
	Teams   []string
	Ticket  string // id; "" for every ticket
	AfterAt int64  // where the page goes on; 0 at the beginning
	AfterID string
	Limit   int
}

// Handovers lists offers without their briefings, newest first.
func (ts *Tickets) Handovers(tx *db.Tx, f HandoverFilter) ([]Handover, error) {
	where, args := f.where(tx)
	args = append(args, f.Limit)
	text := `SELECT ` + handoverColumns + ` FROM handover h WHERE h.tenant = $1` + where + ` ORDER BY h.made_at DESC, h.id DESC LIMIT $` + place(len(args))
	list, err := db.All(tx, func(s db.Scanner) (h Handover, err error) { return h, s.Scan(handoverDest(&h)...) }, text, args...)
	return list, fault.Wrap(err, "listing handovers")
}

// where writes the condition. Text from outside travels in arguments only.
func (f HandoverFilter) where(tx *db.Tx) (string, []any) {
	args := []any{tx.Tenant()}
	arg := func(v any) string { args = append(args, v); return "$" + place(len(args)) }
	var w strings.Builder
	switch f.Box {
	case Inbox:
		w.WriteString(` AND (h.to_person = ` + arg(f.Person))
		for _, team := range f.Teams {
			w.WriteString(` OR h.to_team = ` + arg(team))
		}
		w.WriteString(`)`)
	case Outbox:
		w.WriteString(` AND (h.from_person = ` + arg(f.Person) + ` OR h.made_by = ` + arg(string(db.Person(f.Person))) + `)`)
	}
	switch f.State {
	case "offered":
		w.WriteString(` AND h.state = 'offered'`)
	case "decided":
		w.WriteString(` AND h.state <> 'offered'`)
	}
	if f.Ticket != "" {
		w.WriteString(` AND h.ticket = ` + arg(f.Ticket))
	}
	if f.AfterID != "" {
		at := arg(f.AfterAt)
		w.WriteString(` AND h.made_at <= ` + at + ` AND (h.made_at < ` + at + ` OR h.id < ` + arg(f.AfterID) + `)`)
	}
	return w.String(), args
}
