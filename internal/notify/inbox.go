package notify

import (
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Item is a notice in a person's inbox.
type Item struct {
	ID         string     `json:"id"`
	Kind       Kind       `json:"kind"`
	Ticket     string     `json:"ticket" doc:"Id; empty when it is about no ticket"`
	Number     string     `json:"number" doc:"INC-n"`
	Title      string     `json:"title"`
	Severity   string     `json:"severity"`
	Text       string     `json:"text"`
	At         time.Time  `json:"at"`
	ReadAt     *time.Time `json:"read_at"`
	DueAt      *time.Time `json:"due_at"`
	Acts       []Act      `json:"acts"`
	Deliveries []Brief    `json:"deliveries" doc:"What became of the messages that hold it"`
	message    string
}

// Brief is what became of one message.
type Brief struct {
	Channel string    `json:"channel" doc:"The kind of the connection; empty while none is chosen"`
	State   string    `json:"state" enum:"queued,sending,sent,failed,held,coalesced"`
	At      time.Time `json:"at"`
	Error   string    `json:"error"`
}

// Inbox lists what a person should hear, the newest first, after an id.
func (n *Notify) Inbox(tx *db.Tx, person string, unread bool, before string, limit int) ([]Item, error) {
	text := `SELECT id, kind, ticket, number, title, severity, text, at, read_at, due_at, acts, message FROM notice
		WHERE tenant = $1 AND person = $2 AND person <> '' AND ($3 = '' OR id < $3)`
	if unread {
		text += ` AND read_at IS NULL`
	}
	out, err := db.All(tx, scanItem, text+` ORDER BY id DESC LIMIT $4`, tx.Tenant(), person, before, limit)
	if err != nil {
		return nil, fault.Wrap(err, "reading an inbox")
	}
	known := map[string][]Brief{}
	for i := range out {
		if m := out[i].message; m != "" && known[m] == nil {
			if known[m], err = briefs(tx, m); err != nil {
				return nil, err
			}
		}
		out[i].Deliveries = append([]Brief{}, known[out[i].message]...)
	}
	return out, nil
}

func scanItem(s db.Scanner) (v Item, err error) {
	var at, due int64
	var read *int64
	var acts string
	var message *string
	err = s.Scan(&v.ID, &v.Kind, &v.Ticket, &v.Number, &v.Title, &v.Severity, &v.Text, &at, &read, &due, &acts, &message)
	v.At, v.ReadAt, v.Acts = db.Time(at), db.TimeOrNil(read), splitActs(acts)
	if due > 0 {
		v.DueAt = db.TimeOrNil(&due)
	}
	if message != nil {
		v.message = *message
	}
	return v, err
}

func briefs(tx *db.Tx, bundle string) ([]Brief, error) {
	out, err := db.All(tx, func(s db.Scanner) (b Brief, err error) {
		var at int64
		var state, hold string
		err = s.Scan(&b.Channel, &state, &hold, &at, &b.Error)
		b.State, b.At = shown(state, hold), db.Time(at)
		return b, err
	}, `SELECT via_kind, state, hold, COALESCE(sent_at, since), error FROM message WHERE tenant = $1 AND bundle = $2 ORDER BY id`, tx.Tenant(), bundle)
	return out, fault.Wrap(err, "reading what became of messages")
}

// shown is the state of a message as people see it.
func shown(state, hold string) string {
	switch {
	case state == stateOpen && (hold == holdQuiet || strings.HasPrefix(hold, holdSnooze)):
		return "held"
	case state == stateDropped, state == stateOpen && hold == holdCollapse:
		return "coalesced"
	case state == stateOpen:
		return stateQueued
	}
	return state
}

// Unread counts what a person has not read, up to a limit.
func (n *Notify) Unread(tx *db.Tx, person string, limit int) (found int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE tenant = $1 AND person = $2 AND person <> '' AND read_at IS NULL LIMIT $3) unread`,
		tx.Tenant(), person, limit).Scan(&found)
	return found, fault.Wrap(err, "counting an inbox")
}

// Read notes that a person has read notices; none named is all of them. What is
// not theirs stays as it is.
func (n *Notify) Read(tx *db.Tx, person string, ids []string) error {
	if len(ids) == 0 {
		_, err := tx.Exec(`UPDATE notice SET read_at = $1 WHERE tenant = $2 AND person = $3 AND person <> '' AND read_at IS NULL`, tx.Now(), tx.Tenant(), person)
		return fault.Wrap(err, "reading an inbox")
	}
	for _, id := range ids {
		_, err := tx.Exec(`UPDATE notice SET read_at = $1 WHERE tenant = $2 AND id = $3 AND person = $4 AND read_at IS NULL`, tx.Now(), tx.Tenant(), id, person)
		if err != nil {
			return fault.Wrap(err, "reading a notice")
		}
	}
	return nil
}
