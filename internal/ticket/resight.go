package ticket

import (
	"context"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// splitTickets lists the tickets of entries that moved findings: what those
// tickets show is made anew from the findings that they have now.
func splitTickets(entries []journal.Record) []string {
	var out []string
	for i := range entries {
		ticket, ok := strings.CutPrefix(entries[i].Stream, "ticket:")
		if ok && entries[i].Kind == journal.TicketSplit && !slices.Contains(out, ticket) {
			out = append(out, ticket)
		}
	}
	return out
}

// shownBy lists what the findings of a ticket show, each once.
func (ts *Tickets) shownBy(tx *db.Tx, ticket string) ([]seenRow, error) {
	var rows []seenRow
	have := map[sighting]bool{}
	err := ts.findings.EachOfTicket(tx, ticket, func(f *finding.Finding, s finding.Summary) {
		for _, seen := range sightings(f) {
			if !have[seen] {
				have[seen] = true
				rows = append(rows, seenRow{seen, ticket, s.ReceivedAt.UnixMicro()})
			}
		}
	})
	return rows, fault.Wrap(err, "reading what ticket %s shows", ticket)
}

// forget removes what tickets showed, before it is noted anew.
func (ts *Tickets) forget(ctx context.Context, tickets []string) error {
	if len(tickets) == 0 {
		return nil
	}
	return ts.db.Write(ctx, func(tx *db.Tx) error {
		for _, ticket := range tickets {
			if _, err := tx.Exec(`DELETE FROM sighting WHERE tenant = $1 AND ticket = $2`, tx.Tenant(), ticket); err != nil {
				return fault.Wrap(err, "forgetting what ticket %s showed", ticket)
			}
		}
		return nil
	})
}
