package notify

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const maxSnooze = 8 * time.Hour

// Snooze holds back what is not urgent about a ticket for a person. Until is 0
// to hear of it again.
type Snooze struct {
	Person, Ticket, Severity string
	Until                    int64
}

type snoozed struct{ rank, until, made int64 }

// ended reports whether a notice ends the snooze: the ticket became graver, or
// some time has passed.
func (s snoozed) ended(w *waiting) bool { return w.kind == Breach || w.rank < s.rank }

func snoozesOf(tx *db.Tx, person string) (map[string]snoozed, error) {
	out := map[string]snoozed{}
	rows, err := tx.Query(`SELECT ticket, rank, until_at, made_at FROM snooze WHERE tenant = $1 AND person = $2 AND until_at > $3`, tx.Tenant(), person, tx.Now())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ticket string
		var s snoozed
		if err := rows.Scan(&ticket, &s.rank, &s.until, &s.made); err != nil {
			return nil, err
		}
		out[ticket] = s
	}
	return out, rows.Err()
}

// SetSnooze begins or ends a snooze; clocks and ladders run on. Errors:
// fault.Invalid for a time that is over or too far away, fault.Conflict for a
// critical ticket.
func (n *Notify) SetSnooze(tx *db.Tx, s Snooze) error {
	switch {
	case s.Until == 0:
		if err := n.unsnooze(tx, s.Person, s.Ticket); err != nil {
			return err
		}
	case s.Severity == "critical":
		return fault.New(fault.Conflict, "A critical ticket cannot be snoozed.").WithSlug("snooze-critical")
	case s.Until <= tx.Now():
		return fault.Field("body.until", "must be in the future")
	case s.Until > tx.Now()+maxSnooze.Microseconds():
		return fault.Field("body.until", "must be within 8 hours")
	default:
		_, err := tx.Exec(`INSERT INTO snooze(tenant, person, ticket, rank, made_at, until_at) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (tenant, person, ticket) DO UPDATE SET rank = $4, made_at = $5, until_at = $6`,
			tx.Tenant(), s.Person, s.Ticket, rank(s.Severity), tx.Now(), s.Until)
		if err != nil {
			return fault.Wrap(err, "snoozing")
		}
	}
	_, err := n.journal.Append(tx, journal.Entry{Stream: "ticket:" + s.Ticket, Kind: journal.SnoozeChanged, Data: map[string]any{"person": s.Person, "until": s.Until}})
	return err
}

// Snoozed is until when a person's snooze of a ticket lasts, or 0.
func (n *Notify) Snoozed(tx *db.Tx, person, ticket string) (until int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(until_at),0) FROM snooze WHERE tenant = $1 AND person = $2 AND ticket = $3 AND until_at > $4`,
		tx.Tenant(), person, ticket, tx.Now()).Scan(&until)
	return until, fault.Wrap(err, "reading a snooze")
}

func (n *Notify) unsnooze(tx *db.Tx, person, ticket string) error {
	if _, err := tx.Exec(`DELETE FROM snooze WHERE tenant = $1 AND person = $2 AND ticket = $3`, tx.Tenant(), person, ticket); err != nil {
		return fault.Wrap(err, "ending a snooze")
	}
	_, err := tx.Exec(`UPDATE message SET next_at = $1 WHERE tenant = $2 AND person = $3 AND hold = $4 AND state = 'open'`, tx.Now(), tx.Tenant(), person, holdSnooze+ticket)
	return fault.Wrap(err, "letting go what was snoozed")
}

// wake ends every snooze of a ticket: something happened that nobody who works
// on it may miss.
func (n *Notify) wake(tx *db.Tx, ticket string) error {
	people, err := db.Strings(tx, `SELECT person FROM snooze WHERE tenant = $1 AND ticket = $2 ORDER BY person`, tx.Tenant(), ticket)
	for _, person := range people {
		if err == nil {
			err = n.unsnooze(tx, person, ticket)
		}
	}
	return fault.Wrap(err, "ending the snoozes of a ticket")
}

// WakeKinds are the entries that may end snoozes.
func WakeKinds() []string {
	return []string{journal.SLABreached, journal.FindingTaken, journal.FindingRevised, journal.TicketChanged, journal.TicketReopened, journal.TicketUnacknowledged}
}

// Wake is the reader that ends snoozes when a ticket has got a finding, breached
// or become graver. It is the reader's transaction that ends them: nothing waits
// for it, since urgent notices ignore snoozes anyway.
func (n *Notify) Wake(ctx context.Context, entries []journal.Record) error {
	candidates := map[string]int64{}
	for i := range entries {
		id, ok := strings.CutPrefix(entries[i].Stream, "ticket:")
		if ok && mayWake(&entries[i]) {
			candidates[id] = max(candidates[id], entries[i].At)
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	asleep := map[string]bool{}
	err := n.db.Read(ctx, func(tx *db.Tx) error {
		clear(asleep)
		for id, at := range candidates {
			var found int64
			if err := tx.QueryRow(`SELECT COUNT(*) FROM snooze WHERE tenant = $1 AND ticket = $2 AND made_at < $3`, tx.Tenant(), id, at).Scan(&found); err != nil {
				return err
			}
			if found > 0 {
				asleep[id] = true
			}
		}
		return nil
	})
	if err != nil || len(asleep) == 0 {
		return err
	}
	return n.db.Write(ctx, func(tx *db.Tx) error {
		for id := range asleep {
			if err := n.wake(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayWake leaves out changes of a ticket that do not make it graver.
func mayWake(r *journal.Record) bool {
	return r.Kind != journal.TicketChanged || raised(r.Data)
}

func raised(data json.RawMessage) bool {
	var d struct {
		Fields []struct {
			Field    string
			Old, New json.RawMessage
		}
	}
	if json.Unmarshal(data, &d) != nil {
		return false
	}
	for _, f := range d.Fields {
		var was, is string
		if f.Field == "severity" && json.Unmarshal(f.Old, &was) == nil && json.Unmarshal(f.New, &is) == nil && rank(is) < rank(was) {
			return true
		}
	}
	return false
}
