package app

import (
	"fmt"

	"tocsin/internal/db"
	"tocsin/internal/evidence"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// keepEvidence makes the room for files and tells the briefing of it.
func (r *Rooms) keepEvidence(vault *seal.Vault) {
	r.Evidence = evidence.New(evidence.Config{
		DB: r.DB, Journal: r.Journal, Vault: vault, Dir: r.settings.Data, Connections: r.Connections, Log: r.Log,
		Room: func() error { return r.disk.mayGrow() },
		Tickets: evidence.Ports{
			Touch: r.Tickets.Touch, Told: r.Tickets.Told, Names: people().Names,
			Find: func(tx *db.Tx, ref string) (string, error) {
				t, err := r.Tickets.Get(tx, ref)
				if err != nil {
					return "", err
				}
				return t.ID, nil
			},
		},
	})
	r.Tickets.ConnectEvidence(r.filesOf)
}

// filesOf lists the files of a ticket for its briefing.
func (r *Rooms) filesOf(tx *db.Tx, id string, limit int) ([]ticket.File, int64, error) {
	n, err := evidence.Count(tx, id)
	if err != nil || n == 0 {
		return nil, 0, err
	}
	items, err := r.Evidence.Page(tx, id, evidence.Place{}, limit)
	out := make([]ticket.File, len(items))
	for k, i := range items {
		detail := fmt.Sprintf("%d bytes, SHA-256 %s", i.Size, i.SHA256)
		if i.Risk != evidence.RiskNone {
			detail = string(i.Risk) + ", " + detail
		}
		out[k] = ticket.File{Name: i.Name, Detail: detail, At: i.AddedAt, Link: "/tickets/" + id + "?tab=evidence"}
	}
	return out, n, err
}
