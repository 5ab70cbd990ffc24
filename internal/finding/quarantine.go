package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// QuarantinedPart is something that could not be read. It may be evidence.
type QuarantinedPart struct {
	ID             string     `json:"id"`
	ReceivedAt     time.Time  `json:"received_at"`
	LastReceivedAt time.Time  `json:"last_received_at"`
	SeenCount      int64      `json:"seen_count"`
	Source         string     `json:"source"`
	Reason         string     `json:"reason"`
	Field          string     `json:"field" doc:"Path of the field at fault, or empty"`
	Size           int64      `json:"size" doc:"Bytes"`
	SHA256         string     `json:"sha256"`
	State          string     `json:"state" enum:"new,retried,dismissed"`
	Preview        string     `json:"preview" doc:"The first characters, made printable"`
	DecidedAt      *time.Time `json:"decided_at,omitempty"`
	DecidedBy      string     `json:"decided_by,omitempty"`
	Note           string     `json:"note,omitempty"`
}

// quarantine keeps a part aside. The same bytes again only count.
func (f *Findings) quarantine(tx *db.Tx, p Part, source string) (Result, error) {
	sum := sha256.Sum256(p.Raw)
	digest := hex.EncodeToString(sum[:])
	r := Result{Outcome: Quarantined, Error: p.Err}
	n, err := tx.Exec(`UPDATE quarantine SET seen_count = seen_count + 1, last_received_at = $1 WHERE tenant = $2 AND sha256 = $3`,
		tx.Now(), tx.Tenant(), digest)
	if err != nil || n > 0 {
		return r, err
	}
	id, reason, at := tx.NewID(), clean(p.Err.Message, 1000, true), clean(field(p.Err), 300, true)
	_, err = tx.Exec(`INSERT INTO quarantine(tenant, id, sha256, received_at, last_received_at, seen_count, source, reason, field, size, preview, body, state, note, grp)
		VALUES ($1,$2,$3,$4,$4,1,$5,$6,$7,$8,$9,$10,'new','',$11)`,
		tx.Tenant(), id, digest, tx.Now(), source, reason, at, len(p.Raw), preview(p.Raw), f.packedOf(p), groupOf(source, reason, at))
	if db.IsUnique(err) {
		return r, db.Again(err)
	}
	if err != nil {
		return r, fault.Wrap(err, "keeping something in quarantine")
	}
	_, err = f.journal.Begin(tx, "quarantine:"+id).Append(journal.QuarantineAdded, map[string]any{
		"quarantine": id, "sha256": digest, "size": len(p.Raw), "source": source,
	}, map[string]any{"reason": p.Err.Message, "field": field(p.Err)})
	return r, err
}

func field(e *fault.Error) string {
	if len(e.Fields) > 0 {
		return e.Fields[0].Location
	}
	return ""
}

// preview shows the beginning of bytes that may be anything.
func preview(raw []byte) string {
	head := string(raw[:min(len(raw), 400)])
	return clean(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == ' ' {
			return r
		}
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return '\uFFFD'
	}, head), 240, false)
}

const quarantineColumns = `id, received_at, last_received_at, seen_count, source, reason, field, size, sha256, state, preview, decided_at, COALESCE(decided_by,''), note`

func scanQuarantine(s db.Scanner) (QuarantinedPart, error) {
	var q QuarantinedPart
	var received, last int64
	var decided *int64
	err := s.Scan(&q.ID, &received, &last, &q.SeenCount, &q.Source, &q.Reason, &q.Field, &q.Size, &q.SHA256, &q.State, &q.Preview, &decided, &q.DecidedBy, &q.Note)
	q.ReceivedAt, q.LastReceivedAt, q.DecidedAt = db.Time(received), db.Time(last), db.TimeOrNil(decided)
	return q, err
}

// QuarantinePage lists what is kept aside, newest first, before (at, id).
func (f *Findings) QuarantinePage(tx *db.Tx, state string, at int64, id string, limit int) ([]QuarantinedPart, error) {
	return db.All(tx, scanQuarantine, `SELECT `+quarantineColumns+` FROM quarantine
		WHERE tenant = $1 AND ($2 = '' OR state = $2) AND (received_at, id) < ($3, $4)
		ORDER BY received_at DESC, id DESC LIMIT $5`, tx.Tenant(), state, at, id, limit)
}

// QuarantinedBytes returns one part with its bytes.
func (f *Findings) QuarantinedBytes(tx *db.Tx, id string) (QuarantinedPart, []byte, error) {
	q, err := scanQuarantine(tx.QueryRow(`SELECT `+quarantineColumns+` FROM quarantine WHERE tenant = $1 AND id = $2`, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return q, nil, fault.New(fault.Missing, "There is nothing in quarantine with the id %s.", id)
	}
	if err != nil {
		return q, nil, err
	}
	var body []byte
	if err := tx.QueryRow(`SELECT body FROM quarantine WHERE tenant = $1 AND id = $2`, tx.Tenant(), id).Scan(&body); err != nil {
		return q, nil, err
	}
	raw, err := f.zip.unpack(body)
	return q, raw, err
}

// DecideQuarantine records what a person made of it: "retried" or "dismissed".
// The bytes stay.
func (f *Findings) DecideQuarantine(tx *db.Tx, id, state, note string) error {
	n, err := tx.Exec(`UPDATE quarantine SET state = $1, decided_at = $2, decided_by = $3, note = $4 WHERE tenant = $5 AND id = $6`,
		state, tx.Now(), string(tx.Actor()), note, tx.Tenant(), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Missing, "There is nothing in quarantine with the id %s.", id)
	}
	_, err = f.journal.Append(tx, journal.Entry{
		Stream: "quarantine:" + id, Kind: journal.QuarantineDecided,
		Data: map[string]any{"quarantine": id, "state": state}, Priv: map[string]any{"note": note},
	})
	return err
}
