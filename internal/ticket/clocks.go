package ticket

import (
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// Clocks is what this room asks of the room that keeps time. Each runs in the
// transaction of the change, so that no ticket is ever without its clocks and
// no clock runs on after the ticket has ended.
type Clocks struct {
	// Opened says what a new ticket's row shows, before the row is written.
	Opened func(tx *db.Tx, t *Ticket) (Face, error)
	// Touched is told that entries were appended to a ticket's stream. It may
	// append entries of its own to the chain, and shows a new face.
	Touched func(tx *db.Tx, chain *journal.Chain, id string) error
	// Offer is until when an offer of the ticket may be accepted.
	Offer func(tx *db.Tx, t *Ticket) (expires int64, err error)
	// Timers are the clocks of a ticket, for its page.
	Timers func(tx *db.Tx, t *Ticket) ([]Timer, error)
}

// Connect gives the room its clocks. Without it tickets have none.
func (ts *Tickets) Connect(c Clocks) { ts.clocks = c }

// touched tells the clocks that something was written to a ticket's stream. A
// chain that the caller goes on with is passed; nil finds the end again.
func (ts *Tickets) touched(tx *db.Tx, chain *journal.Chain, id string) (err error) {
	if ts.clocks.Touched == nil {
		return nil
	}
	if chain == nil {
		if chain, err = ts.journal.Follow(tx, Stream(id)); err != nil {
			return err
		}
	}
	return ts.clocks.Touched(tx, chain, id)
}

// after is the end of a command: the clocks hear of it, and the ticket is read
// as it is now.
func (ts *Tickets) after(tx *db.Tx, chain *journal.Chain, id string) (*Ticket, error) {
	if err := ts.touched(tx, chain, id); err != nil {
		return nil, err
	}
	return ts.Get(tx, id)
}

// Face is what a ticket's row shows of its clocks.
type Face struct {
	DueAt       *int64 // what falls due next; nil: nothing, or everything is paused
	Metric      string // what DueAt is about
	NextAt      *int64 // when the scheduler has to look; nil: never
	PausedUntil *int64
	Breached    []string // metrics
}

// Show writes the face of a ticket. It is no change of the ticket: who edits it
// at the same moment is not in the way.
func Show(tx *db.Tx, id string, f Face) error {
	return tx.Must(`UPDATE ticket SET due_at = $1, due_metric = $2, next_at = $3, paused_until = $4, breached = $5 WHERE tenant = $6 AND id = $7`,
		orNull(f.DueAt), f.Metric, orNull(f.NextAt), orNull(f.PausedUntil), joinTags(f.Breached), tx.Tenant(), id)
}

// Due is a ticket that the scheduler has to look at.
type Due struct {
	Tenant, ID string
	At         int64
}

// DueBy lists tickets whose next_at has come, the longest overdue first, and
// locks them against other nodes: of the transaction's tenant, or of all where it
// is everyone's.
func DueBy(tx *db.Tx, now int64, limit int) ([]Due, error) {
	return db.All(tx, func(s db.Scanner) (d Due, err error) {
		return d, s.Scan(&d.Tenant, &d.ID, &d.At)
	}, `SELECT tenant, id, next_at FROM ticket WHERE next_at IS NOT NULL AND next_at <= $1 AND (tenant = $2 OR $2 = '*')
		ORDER BY next_at LIMIT $3`+tx.LockRows(), now, tx.Tenant(), limit)
}

// NextDue is when the first ticket has to be looked at, or 0.
func NextDue(tx *db.Tx) (at int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MIN(next_at),0) FROM ticket WHERE next_at IS NOT NULL`).Scan(&at)
	return at, err
}

// LookLater puts off the look at a ticket, as when looking at it has failed.
func LookLater(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`UPDATE ticket SET next_at = $1 WHERE tenant = $2 AND id = $3 AND next_at IS NOT NULL`, at, tx.Tenant(), id)
	return err
}

func orNull(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

func splitTags(s string) []string {
	if s = strings.Trim(s, ","); s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}
