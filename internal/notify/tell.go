package notify

import (
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	maxLine = 300 // characters of a title
	maxText = 2000
	atOnce  = 20 // notices in one statement
)

// Tell keeps notices in the caller's transaction, to be told after it. A notice
// whose key was told before is dropped. It does nothing but insert: it is
// called 100,000 times in a minute when the system comes back.
func (n *Notify) Tell(tx *db.Tx, notices ...Notice) error {
	for chunk := range slices.Chunk(notices, atOnce) {
		args := make([]any, 0, len(chunk)*noticeColumns)
		for _, notice := range chunk {
			if err := notice.check(); err != nil {
				return err
			}
			args = append(args, notice.row(tx)...)
		}
		if _, err := tx.Exec(insertNotices(len(chunk)), args...); err != nil {
			return fault.Wrap(err, "keeping what people should hear")
		}
	}
	return nil
}

// Release lets a batch go: everything in it is told now, one message a person.
// Notices of the batch that come later go with it, too, for a minute.
func (n *Notify) Release(tx *db.Tx, batch string) error {
	_, err := tx.Exec(`INSERT INTO notice_batch(tenant, id, released_at) VALUES ($1,$2,$3)
		ON CONFLICT (tenant, id) DO UPDATE SET released_at = $3`, tx.Tenant(), batch, tx.Now())
	return fault.Wrap(err, "releasing a batch of notices")
}

// check refuses what is a mistake of ours.
func (n Notice) check() error {
	switch {
	case n.Key == "" || n.Kind == "":
		return fault.New(fault.Internal, "A notice without a key or a kind.")
	case (n.Person == "") == (n.Channel == ""):
		return fault.New(fault.Internal, "The notice %s must be for a person or for a channel.", n.Key)
	case n.Channel != "" && n.Screen, n.Resolve && (n.Channel == "" || n.Ticket == ""):
		return fault.New(fault.Internal, "The notice %s cannot be told in this way.", n.Key)
	}
	return nil
}

const noticeColumns = 21

// row are the values of the columns; the message of what is for the screen only
// is "", of which nobody makes a letter.
func (n Notice) row(tx *db.Tx) []any {
	var message any
	if n.Screen {
		message = ""
	}
	return []any{
		tx.Tenant(), tx.NewID(), n.Key, n.Person, n.Channel, string(n.Kind), n.Ticket, n.Number,
		connector.Line(n.Title, maxLine), n.Severity, rank(n.Severity), connector.Plain(n.Text, maxText),
		n.DueAt, n.Urgent, n.OnDuty, n.Resolve, int64(n.Level), joinActs(n.Acts), n.Batch, message, tx.Now(),
	}
}

// insertNotices is the statement for so many rows.
func insertNotices(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO notice(tenant, id, key, person, channel, kind, ticket, number, title, severity, rank, text, due_at, urgent, on_duty, resolve, level, acts, batch, message, at) VALUES `)
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for column := range noticeColumns {
			b.WriteByte("(,"[min(column, 1)])
			b.WriteString("$" + strconv.Itoa(row*noticeColumns+column+1))
		}
		b.WriteString(`)`)
	}
	b.WriteString(` ON CONFLICT (tenant, key) DO NOTHING`)
	return b.String()
}

func joinActs(acts []Act) string {
	words := make([]string, len(acts))
	for i, a := range acts {
		words[i] = string(a)
	}
	return strings.Join(words, ",")
}

func splitActs(s string) []Act {
	acts := []Act{}
	for word := range strings.SplitSeq(s, ",") {
		if word != "" {
			acts = append(acts, Act(word))
		}
	}
	return acts
}
