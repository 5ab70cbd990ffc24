package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// chunk is how many parts share one transaction: enough that a large body does
// not wait for the disk once a part, few enough that others get their turn.
const chunk = 64

// Intake reads a body and makes everything in it durable. The results stand in
// the order of the parts. An error means that nothing can be told apart, that
// there are too many parts, or that nothing may be answered because it is not
// all durable; giving the same body again is then safe.
func (r *Rooms) Intake(ctx context.Context, source string, body []byte) ([]finding.Result, error) {
	began := r.DB.Now()
	parts, err := finding.Decode(body)
	r.intake.decode.Observe(float64(max(r.DB.Now()-began, 0)) / 1e6)
	if err != nil {
		return nil, err
	}
	return r.TakeParts(ctx, source, parts)
}

// TakeParts makes parts durable, each with what it means for tickets.
func (r *Rooms) TakeParts(ctx context.Context, source string, parts []finding.Part) ([]finding.Result, error) {
	if err := r.disk.mayGrow(); err != nil {
		r.intake.refused.Add(1)
		return nil, err
	}
	r.Findings.Pack(parts)
	results := make([]finding.Result, 0, len(parts))
	for len(parts) > 0 {
		n := min(len(parts), chunk)
		some, err := r.takeChunk(ctx, source, parts[:n])
		if err != nil {
			return nil, err
		}
		r.intake.count(some)
		results = append(results, some...)
		parts = parts[n:]
	}
	return results, nil
}

func (r *Rooms) takeChunk(ctx context.Context, source string, parts []finding.Part) ([]finding.Result, error) {
	results := make([]finding.Result, len(parts))
	err := r.DB.Write(ctx, func(tx *db.Tx) (err error) {
		for i, p := range parts {
			if results[i], err = r.Findings.Take(tx, p, source, r.Tickets.FromFinding); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || !fault.Is(err, fault.Internal) || ctx.Err() != nil {
		return results, err // what may be better another time is not the finding's fault
	}
	return r.takeApart(ctx, source, parts, err)
}

// takeApart gives each part its own transaction, so that one that cannot be
// kept does not hold up the others. That one is our mistake: it goes to
// quarantine, where its bytes are safe and somebody sees it.
func (r *Rooms) takeApart(ctx context.Context, source string, parts []finding.Part, cause error) ([]finding.Result, error) {
	if len(parts) == 1 {
		if parts[0].Err != nil {
			return nil, cause
		}
		r.Log.ErrorContext(ctx, "a finding could not be kept; it goes to quarantine", "error", cause)
		bad := parts[0]
		bad.Err = fault.New(fault.Internal, "It was read but could not be kept; the server's log says why.")
		return r.takeChunk(ctx, source, []finding.Part{bad})
	}
	results := make([]finding.Result, 0, len(parts))
	for i := range parts {
		one, err := r.takeChunk(ctx, source, parts[i:i+1])
		if err != nil {
			return nil, err
		}
		results = append(results, one...)
	}
	return results, nil
}

// TakeMessages is the sink of every connection: a message is kept when all
// that is in it is durable, as a finding or in quarantine.
func (r *Rooms) TakeMessages(ctx context.Context, source string, batch []connector.Message) (connection.Taken, error) {
	taken := connection.Taken{Verdicts: make([]connector.Verdict, len(batch))}
	var parts []finding.Part
	for i, m := range batch {
		taken.Verdicts[i] = connector.VerdictKept
		if m.Object == "" {
			parts = append(parts, readMessage(m)...)
			continue
		}
		if err := r.takeObject(ctx, source, m, &taken); err != nil {
			return connection.Taken{}, err
		}
	}
	results, err := r.TakeParts(ctx, source, parts)
	if err != nil {
		return connection.Taken{}, err
	}
	tally(&taken, results)
	return taken, nil
}

func tally(taken *connection.Taken, results []finding.Result) {
	for _, res := range results {
		switch res.Outcome {
		case finding.Quarantined:
			taken.Quarantined++
		case finding.Duplicate:
			taken.Had++
		default:
			taken.Fresh++
		}
	}
}

// takeObject makes the content of a stored object durable, some at a time: a
// log file may hold more than should stand in memory at once. When it breaks
// off, what was whole is kept all the same, and is recognised the next time.
func (r *Rooms) takeObject(ctx context.Context, source string, m connector.Message, taken *connection.Taken) error {
	take := func(parts []finding.Part) error {
		results, err := r.TakeParts(ctx, source, parts)
		tally(taken, results)
		return err
	}
	var failed error // of ours, not of the object
	err := finding.ScanObject(m.Object, m.Body, func(parts []finding.Part) error {
		failed = take(parts)
		return failed
	})
	if err == nil || failed != nil {
		return failed
	}
	e := fault.As(err)
	if e == nil {
		return err
	}
	return take([]finding.Part{{Raw: asEvidence(m), Err: e}})
}

// maxEvidence is how much of an object that cannot be read is kept here: the
// whole of it stays where it is stored.
const maxEvidence = 1 << 20

// asEvidence is the object, or a note of one that is large.
func asEvidence(m connector.Message) []byte {
	if len(m.Body) <= maxEvidence {
		return m.Body
	}
	sum := sha256.Sum256(m.Body)
	note, err := json.Marshal(map[string]any{"object": m.Object, "key": m.Key, "size": len(m.Body), "sha256": hex.EncodeToString(sum[:])})
	if err != nil { // cannot be: texts and a number
		return m.Body[:maxEvidence]
	}
	return note
}

// readMessage never fails: what cannot be read at all is one part for
// quarantine.
func readMessage(m connector.Message) []finding.Part {
	if m.Refused != "" {
		return []finding.Part{{Raw: m.Body, Err: fault.New(fault.Invalid, "%s", m.Refused).WithSlug("object-unreadable")}}
	}
	parts, err := finding.Decode(m.Body)
	if err == nil && len(parts) > 0 {
		return parts
	}
	e := fault.As(err)
	if e == nil {
		e = fault.New(fault.Invalid, "The message holds no finding.")
	}
	return []finding.Part{{Raw: m.Body, Err: e}}
}
