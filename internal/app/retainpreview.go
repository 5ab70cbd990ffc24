package app

import (
	"context"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// previewMost is how many things of a kind a preview counts.
const previewMost = 20_000

// PreviewRetention says what settings would remove now. It removes nothing.
func (r *Rooms) PreviewRetention(ctx context.Context, s api.RetentionSettings) (out api.RetentionPreview, err error) {
	if err := sensible(s); err != nil {
		return out, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = previewRetention(tx, s)
		return err
	})
	return out, err
}

func previewRetention(tx *db.Tx, s api.RetentionSettings) (out api.RetentionPreview, err error) {
	u, err := loadRun(tx)
	if err != nil {
		return out, err
	}
	count := map[string]func(before int64) (finding.Due, int64, error){
		"originals": func(before int64) (finding.Due, int64, error) {
			return notHeld(finding.DueOriginals(tx, u.originalsUntil, before, previewMost))
		},
		"quarantine": func(before int64) (finding.Due, int64, error) {
			return notHeld(finding.DueQuarantine(tx, before, previewMost))
		},
		"findings": func(before int64) (finding.Due, int64, error) {
			return notHeld(finding.DueFindings(tx, before, previewMost))
		},
		"tickets": func(before int64) (finding.Due, int64, error) { return ticket.DueTickets(tx, before, previewMost) },
	}
	for _, st := range steps() {
		item := api.RetentionItem{Kind: st.kind}
		if before := cutoff(tx.Now(), st.days(s)); before > 0 {
			at := db.Time(before)
			item.Before = &at
			due, held, err := count[st.kind](before)
			if err != nil {
				return out, err
			}
			item.Count, item.Bytes, item.Held = due.Count, due.Bytes, held
			if due.Oldest > 0 {
				oldest := db.Time(due.Oldest)
				item.Oldest = &oldest
			}
			out.Truncated = out.Truncated || due.More
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func notHeld(d finding.Due, err error) (finding.Due, int64, error) { return d, 0, err }
