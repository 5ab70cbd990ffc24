package finding

import (
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const sqlInsert = `INSERT INTO finding(tenant, id, identity, content, format, uid, product, generator, control, class, title,
	severity, severity_rank, status, active, result, origin, account, region, resource, principal,
	provider_created_at, provider_updated_at, last_seen_at, received_at, changed_at, last_received_at,
	seen_count, revision, outcome, ticket, ticket_number, source, demo, decided, hold)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,1,1,$28,$29,$30,$31,$32,$33,$34)`

func (f *Findings) insert(tx *db.Tx, p Part, t *Taken, d Decision) error {
	own, _, _ := storedIdentity(t.Finding)
	err := tx.Must(sqlInsert, tx.Tenant(), t.ID, own, p.ContentHash, t.Format, t.UID, t.Product, t.Generator, t.Control,
		string(t.Class), t.Title, string(t.Severity), t.Severity.Rank(), t.Status, t.Active, t.Result, t.Origin,
		t.Account, t.Region, t.MainResource(), t.Principal, t.CreatedAt, t.UpdatedAt, t.LastSeen,
		tx.Now(), tx.Now(), tx.Now(), string(d.Outcome), orNull(d.Ticket), d.Number, t.Source, t.Demo,
		d.Decided, orNull(d.Hold))
	if db.IsUnique(err) {
		// Another node took the same finding at the same moment; run again and
		// find it there.
		return db.Again(err)
	}
	if err != nil {
		return fault.Wrap(err, "keeping finding %s", t.ID)
	}
	if err := f.remember(tx, p, t, 1, true); err != nil {
		return err
	}
	return f.record(tx, t, journal.FindingTaken, takenData(p, t, d), d)
}

const sqlRevise = `UPDATE finding SET content = $1, title = $2, severity = $3, severity_rank = $4, status = $5, active = $6, result = $7,
	account = $8, region = $9, resource = $10, principal = $11, provider_updated_at = $12, last_seen_at = $13,
	changed_at = $14, last_received_at = $14, seen_count = seen_count + 1, revision = revision + 1, originals_removed_at = NULL, outcome = $15, ticket = $16, ticket_number = $25,
	class = $17, origin = $18, product = $19, generator = $20, control = $21, decided = $26, hold = $27
	WHERE tenant = $22 AND id = $23 AND revision = $24`

// revise applies a revision. Another node may have applied one in between:
// then the transaction runs again and compares anew.
func (f *Findings) revise(tx *db.Tx, p Part, t *Taken, d Decision) error {
	changes, err := f.changes(tx, p, t)
	if err != nil {
		return err
	}
	n, err := tx.Exec(sqlRevise, p.ContentHash, t.Title, string(t.Severity), t.Severity.Rank(), t.Status, t.Active, t.Result,
		t.Account, t.Region, t.MainResource(), t.Principal, t.UpdatedAt, t.LastSeen, tx.Now(), string(standing(t, d)), orNull(d.Ticket),
		string(t.Class), t.Origin, t.Product, t.Generator, t.Control, tx.Tenant(), t.ID, t.Was.Revision, d.Number, d.Decided, orNull(d.Hold))
	if err != nil {
		return fault.Wrap(err, "revising finding %s", t.ID)
	}
	if n == 0 {
		return db.Again(fault.New(fault.Conflict, "Finding %s was revised at the same moment.", t.ID))
	}
	if err := f.remember(tx, p, t, t.Was.Revision+1, true); err != nil {
		return err
	}
	paths := make([]string, len(changes))
	for i, c := range changes {
		paths[i] = c.Path
	}
	return f.record(tx, t, journal.FindingRevised, revisedData(p, t, t.Was.Revision+1, paths, string(d.Outcome)), d)
}

// standing is the outcome that stays with the finding: an update does not hide
// how the finding came to its ticket.
func standing(t *Taken, d Decision) Outcome {
	if d.Outcome == Updated && d.Ticket != "" {
		return t.Was.Outcome
	}
	if d.Outcome == Updated {
		return Recorded
	}
	return d.Outcome
}

// remember keeps the original bytes and the event's id.
func (f *Findings) remember(tx *db.Tx, p Part, t *Taken, revision int64, applied bool) error {
	_, err := tx.Exec(`INSERT INTO original(tenant, finding, revision, at, content, event_id, event_at, applied, body) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		tx.Tenant(), t.ID, revision, tx.Now(), p.ContentHash, p.Event.ID, p.Event.Time, applied, f.packedOf(p))
	if db.IsUnique(err) {
		return db.Again(err)
	}
	return fault.Wrap(err, "keeping the original of finding %s", t.ID)
}

// changes compares a revision with the last one applied.
func (f *Findings) changes(tx *db.Tx, p Part, t *Taken) ([]Change, error) {
	old, err := f.original(tx, t.ID, 0)
	if err != nil || len(old) == 0 { // removed by retention: nothing to compare with
		return nil, err
	}
	before, err := Content(old)
	if err != nil {
		return nil, fault.Wrap(err, "reading the original of finding %s", t.ID)
	}
	return Diff(before, p.Fields), nil
}

// original returns the bytes of a revision; 0 is the last one applied. There are
// none where retention has removed them.
func (f *Findings) original(tx *db.Tx, id string, revision int64) ([]byte, error) {
	var body []byte
	err := tx.QueryRow(`SELECT body FROM original WHERE tenant = $1 AND finding = $2 AND (revision = $3 OR ($3 = 0 AND applied))
		ORDER BY revision DESC LIMIT 1`, tx.Tenant(), id, revision).Scan(&body)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Finding %s does not exist.", id)
	}
	if err != nil || len(body) == 0 {
		return nil, fault.Wrap(err, "loading the original of finding %s", id)
	}
	return f.zip.unpack(body)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
