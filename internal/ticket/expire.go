package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// HoldTag marks a ticket that must not be removed, whatever its age: a legal hold.
const HoldTag = "hold"

// What is merged into another is shown there, so it goes after it, and the
// other waits until what is merged into it is old enough, too.
const (
	dueTicket = `FROM ticket WHERE tenant = $1 AND closed_at IS NOT NULL AND closed_at < $2`
	notHeld   = ` AND NOT EXISTS (SELECT 1 FROM ticket_tag WHERE ticket_tag.tenant = $1 AND ticket_tag.tag = 'hold' AND ticket_tag.ticket = ticket.id)
		AND NOT EXISTS (SELECT 1 FROM ticket_link AS l WHERE l.tenant = $1 AND l.from_ticket = ticket.id AND l.kind = 'merged_into')
		AND NOT EXISTS (SELECT 1 FROM ticket_link AS l, ticket AS o WHERE l.tenant = $1 AND l.to_ticket = ticket.id AND l.kind = 'merged_into'
			AND o.tenant = $1 AND o.id = l.from_ticket AND (o.closed_at IS NULL OR o.closed_at >= $2))`
	sqlTicketsDue = `SELECT id, closed_at, number, finding_count ` + dueTicket + notHeld + ` ORDER BY closed_at, id LIMIT $3`
)

// pieceOfTicket is how many findings of one ticket go in one transaction.
const pieceOfTicket = 500

// Expire removes closed tickets whose time is over, with their findings and the
// private text of their streams. A ticket with more findings than fit into one
// transaction loses some of them at each call and goes with the last. Never one
// that is open or tagged hold. The journal's entries stay.
func (ts *Tickets) Expire(tx *db.Tx, before int64, limit int) (done finding.Expired, err error) {
	type dueTicketRow struct {
		id                   string
		at, number, findings int64
	}
	due, err := db.All(tx, func(s db.Scanner) (d dueTicketRow, err error) { return d, s.Scan(&d.id, &d.at, &d.number, &d.findings) },
		sqlTicketsDue, tx.Tenant(), before, limit)
	if err != nil {
		return done, fault.Wrap(err, "looking for tickets whose time is over")
	}
	done.More = len(due) == limit
	room := pieceOfTicket
	for _, d := range due {
		whole, n, err := ts.expireOne(tx, d.id, &room)
		if err != nil {
			return done, fault.Wrap(err, "removing ticket %s", d.id)
		}
		done.Bytes += n
		if !whole {
			done.More = true
			return done, nil
		}
		if err := forgetWords(tx, d.number); err != nil {
			return done, err
		}
		done.Count++
		done.Last = d.at
	}
	return done, nil
}

func (ts *Tickets) expireOne(tx *db.Tx, id string, room *int) (whole bool, bytes int64, err error) {
	findings, err := finding.OfTicket(tx, id, *room+1)
	if err != nil {
		return false, 0, err
	}
	whole = len(findings) <= *room
	for _, f := range findings[:min(len(findings), *room)] {
		n, err := ts.findings.Remove(tx, f)
		if err != nil {
			return false, bytes, err
		}
		bytes += n
	}
	*room -= min(len(findings), *room)
	if !whole {
		return false, bytes, nil
	}
	for _, text := range expireTexts() {
		if _, err := tx.Exec(text, tx.Tenant(), id); err != nil {
			return false, bytes, err
		}
	}
	return true, bytes + 2000, ts.journal.Erase(tx, "ticket:"+id)
}

// forgetWords takes a ticket out of the search index.
func forgetWords(tx *db.Tx, number int64) error {
	// The place of a tenant stands before the number: see search_tenant.
	_, err := tx.Exec(`DELETE FROM search WHERE rowid = (SELECT place FROM search_tenant WHERE tenant = $1) * 1099511627776 + CAST($2 AS BIGINT)`, tx.Tenant(), number)
	return fault.Wrap(err, "forgetting the words of %s", Number(number))
}

// expireTexts take away what hangs on a ticket, and then the ticket.
func expireTexts() []string {
	return []string{
		`DELETE FROM ticket_link WHERE tenant = $1 AND (from_ticket = $2 OR to_ticket = $2)`,
		`DELETE FROM ticket_tag WHERE tenant = $1 AND ticket = $2`,
		`DELETE FROM phase_visit WHERE tenant = $1 AND ticket = $2`,
		`DELETE FROM sighting WHERE tenant = $1 AND ticket = $2`,
		`DELETE FROM handover_read WHERE tenant = $1 AND handover IN (SELECT id FROM handover WHERE tenant = $1 AND ticket = $2)`,
		`DELETE FROM handover WHERE tenant = $1 AND ticket = $2`,
		`DELETE FROM task WHERE tenant = $1 AND ticket = $2`,
		`DELETE FROM ticket WHERE tenant = $1 AND id = $2`,
	}
}

// DueTickets counts what Expire would remove, and what is old enough but held.
func DueTickets(tx *db.Tx, before int64, limit int) (d finding.Due, held int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(SUM(2000 + finding_count * 2500),0), COALESCE(MIN(closed_at),0) FROM (`+sqlTicketsDue+`) AS due`,
		tx.Tenant(), before, limit).Scan(&d.Count, &d.Bytes, &d.Oldest)
	if err != nil {
		return d, 0, fault.Wrap(err, "counting tickets whose time is over")
	}
	d.More = d.Count == int64(limit)
	var all int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT id `+dueTicket+` LIMIT $3) AS due`, tx.Tenant(), before, limit).Scan(&all)
	return d, max(all-d.Count, 0), err
}
