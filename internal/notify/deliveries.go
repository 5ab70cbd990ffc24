package notify

import (
	"fmt"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Delivery is what became of one letter.
type Delivery struct {
	ID             string     `json:"id"`
	Person         string     `json:"person" doc:"Empty for a channel that is told directly"`
	PersonName     string     `json:"person_name"`
	Channel        string     `json:"channel" doc:"The kind of the connection; empty while none is chosen"`
	Connection     string     `json:"connection"`
	ConnectionName string     `json:"connection_name"`
	Kind           Kind       `json:"kind"`
	State          string     `json:"state" enum:"queued,sending,sent,failed,held,coalesced"`
	Attempts       int64      `json:"attempts"`
	Detail         string     `json:"detail" doc:"What the channel said, and whether it may have come twice"`
	Error          string     `json:"error"`
	Tickets        []string   `json:"tickets" doc:"Numbers; the first ten"`
	Count          int64      `json:"count" doc:"Notices in it"`
	At             time.Time  `json:"at" doc:"When the first of them was told"`
	NextAt         *time.Time `json:"next_at" doc:"When it goes on"`
	SentAt         *time.Time `json:"sent_at"`
	bundle, ticket string
}

// DeliveryFilter says which letters to list; empty members are any.
type DeliveryFilter struct {
	Ticket, Person, State string
	Before                string // an id
	Limit                 int
}

// Deliveries lists letters, the newest first.
func (n *Notify) Deliveries(tx *db.Tx, f DeliveryFilter) ([]Delivery, error) {
	where, args := f.where(tx.Tenant())
	args = append(args, f.Limit)
	out, err := db.All(tx, scanDelivery, `SELECT id, bundle, person, channel, via_kind, via, kind, state, hold, attempts, detail, error, ticket, count, at, next_at, sent_at FROM message
		WHERE `+where+fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fault.Wrap(err, "listing what became of messages")
	}
	return out, n.name(tx, out)
}

func (f DeliveryFilter) where(tenant string) (string, []any) {
	args := []any{tenant}
	parts := []string{"tenant = $1"}
	add := func(text string, value any) {
		args = append(args, value)
		parts = append(parts, strings.ReplaceAll(text, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.Ticket != "" {
		add("bundle IN (SELECT message FROM notice WHERE tenant = $1 AND ticket = ? AND ticket <> '' AND message IS NOT NULL)", f.Ticket)
	}
	if f.Person != "" {
		add("person = ? AND person <> ''", f.Person)
	}
	if f.Before != "" {
		add("id < ?", f.Before)
	}
	switch f.State {
	case "held":
		parts = append(parts, "state = 'open' AND (hold = 'quiet' OR hold LIKE 'snooze:%')")
	case "coalesced":
		parts = append(parts, "(state = 'dropped' OR (state = 'open' AND hold = 'collapse'))")
	case stateQueued:
		parts = append(parts, "(state = 'queued' OR (state = 'open' AND hold <> 'quiet' AND hold <> 'collapse' AND hold NOT LIKE 'snooze:%'))")
	case "":
	default:
		add("state = ?", f.State)
	}
	return strings.Join(parts, " AND "), args
}

func scanDelivery(s db.Scanner) (d Delivery, err error) {
	var channel, hold, state string
	var at int64
	var next, sent *int64
	err = s.Scan(&d.ID, &d.bundle, &d.Person, &channel, &d.Channel, &d.Connection, &d.Kind, &state, &hold, &d.Attempts, &d.Detail, &d.Error, &d.ticket, &d.Count, &at, &next, &sent)
	if d.Connection == "" {
		d.Connection = channel
	}
	d.State, d.At, d.NextAt, d.SentAt = shown(state, hold), db.Time(at), db.TimeOrNil(next), db.TimeOrNil(sent)
	return d, err
}

// name adds the names of people, connections and tickets.
func (n *Notify) name(tx *db.Tx, list []Delivery) error {
	ids := make([]string, 0, len(list))
	for _, d := range list {
		ids = append(ids, d.Person)
	}
	names, err := identity.NameOf(tx, ids...)
	if err != nil {
		return err
	}
	ways, err := n.ways.List(tx)
	if err != nil {
		return err
	}
	for i := range list {
		d := &list[i]
		w, _ := wayOf(ways, d.Connection)
		d.PersonName, d.ConnectionName = names[d.Person], w.Name
		d.Tickets, err = db.Strings(tx, `SELECT DISTINCT number FROM (SELECT number FROM notice WHERE tenant = $1 AND message = $2 AND number <> '' ORDER BY rank LIMIT 10) few ORDER BY number`,
			tx.Tenant(), d.bundle)
		if err != nil {
			return fault.Wrap(err, "naming the tickets of a message")
		}
	}
	return nil
}
