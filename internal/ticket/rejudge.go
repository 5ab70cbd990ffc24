package ticket

import (
	"context"
	"encoding/json"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/job"
	"tocsin/internal/journal"
)

// JobRejudge judges again what a suppression or a maintenance window silenced,
// when it has ended, was changed or was taken away: what is still active and
// would open a ticket opens one. Silence is never for ever.
const JobRejudge = "finding.rejudge"

type rejudging struct {
	Rule string `json:"rule"`
}

// Rejudge is the handler of JobRejudge.
func (ts *Tickets) Rejudge(ctx context.Context, j job.Job) error {
	var r rejudging
	if err := json.Unmarshal(j.Payload, &r); err != nil {
		return job.Permanent(err)
	}
	after, judged, opened := "", 0, 0
	for {
		n, out := 0, 0
		next := after
		err := ts.db.Write(ctx, func(tx *db.Tx) error {
			if err := j.Hold(tx); err != nil {
				return err
			}
			ids, err := ts.findings.Silenced(tx, r.Rule, after, settleChunk)
			if err != nil {
				return err
			}
			if n = len(ids); n == 0 {
				return ts.silenceEnded(tx, r.Rule, judged, opened)
			}
			next = ids[n-1]
			out, err = ts.rejudge(tx, r.Rule, ids)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		after, judged, opened = next, judged+n, opened+out
	}
}

// rejudge judges findings again and returns how many came to a ticket.
func (ts *Tickets) rejudge(tx *db.Tx, rule string, ids []string) (out int, err error) {
	for _, id := range ids {
		f, err := ts.findings.Again(tx, id)
		if err != nil {
			return 0, err
		}
		v, err := ts.verdictOn(tx, f)
		if err != nil {
			return 0, err
		}
		d := finding.Decision{Outcome: finding.Recorded, Decided: v.decided()}
		if f.Active {
			if d, err = ts.place(tx, f, v, true); err != nil {
				return 0, err
			}
		}
		if d.Ticket != "" {
			out++
		}
		if err := ts.release(tx, f, d, map[string]any{"window": rule}); err != nil {
			return 0, err
		}
	}
	return out, nil
}

// release writes what was decided about a finding that was held or silenced.
func (ts *Tickets) release(tx *db.Tx, f *finding.Taken, d finding.Decision, why map[string]any) error {
	if err := ts.findings.Settle(tx, f, d); err != nil || d.Chain == nil {
		return err
	}
	data := map[string]any{"finding": f.ID, "outcome": string(d.Outcome)}
	for k, v := range why {
		data[k] = v
	}
	_, err := d.Chain.Append(journal.FindingReleased, data, nil)
	return err
}

// silenceEnded records that a suppression ran out or a window ended.
func (ts *Tickets) silenceEnded(tx *db.Tx, rule string, judged, opened int) error {
	p, err := ts.Policy(tx)
	if err != nil {
		return err
	}
	kind := journal.SuppressionLapsed
	for _, w := range p.Windows {
		if w.ID == rule {
			kind = journal.WindowEnded
		}
	}
	_, err = ts.journal.Append(tx, journal.Entry{Stream: "policy", Kind: kind, Data: map[string]any{"judged": judged, "opened": opened, "rule": rule}})
	return err
}
