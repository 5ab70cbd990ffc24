package finding

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Expired is what a piece of retention removed.
type Expired struct {
	Count int64
	Bytes int64 // about so much became free
	Last  int64 // how far it is: no older one of its kind is left
	More  bool  // there is more to do
}

// expiring is one thing whose time is over.
type expiring struct {
	id string
	at int64
}

func scanExpiring(s db.Scanner) (e expiring, err error) { return e, s.Scan(&e.id, &e.at) }

const (
	sqlOriginalsDue = `SELECT id, last_received_at FROM finding WHERE tenant = $1 AND ticket IS NULL AND last_received_at >= $2 AND last_received_at < $3
		AND originals_removed_at IS NULL AND hold IS NULL ORDER BY last_received_at, id LIMIT $4`
	sqlFindingsDue = `SELECT id, last_received_at FROM finding WHERE tenant = $1 AND ticket IS NULL AND last_received_at < $2
		AND hold IS NULL AND outcome IN ('recorded','suppressed') ORDER BY last_received_at, id LIMIT $3`
	sqlQuarantineDue = `SELECT id, decided_at FROM quarantine WHERE tenant = $1 AND decided_at < $2 AND state <> 'new' ORDER BY decided_at, id LIMIT $3`
)

// ExpireOriginals removes the original bytes of findings that never had a
// ticket and were last received before a time, at most limit of them. What the
// bytes said stays in the finding, and how to tell the same thing again stays
// with each revision. since skips what earlier calls have done.
func (f *Findings) ExpireOriginals(tx *db.Tx, since, before int64, limit int) (Expired, error) {
	due, err := db.All(tx, scanExpiring, sqlOriginalsDue, tx.Tenant(), since, before, limit)
	if err != nil {
		return Expired{}, fault.Wrap(err, "looking for originals whose time is over")
	}
	done := Expired{Count: int64(len(due)), Last: since, More: len(due) == limit}
	for _, d := range due {
		n, err := f.empty(tx, d.id)
		if err != nil {
			return done, fault.Wrap(err, "removing the originals of finding %s", d.id)
		}
		done.Bytes += n
		done.Last = d.at
	}
	return done, nil
}

// kept is what stays of a revision without its bytes.
type keptRevision struct {
	revision, at, eventAt, size int64
	content, event              string
	applied                     bool
}

// empty writes the revisions of a finding anew without their bytes. Anew and
// not in place, because a row that only shrinks leaves its page half empty for
// ever, and one that goes gives it back.
func (f *Findings) empty(tx *db.Tx, id string) (bytes int64, err error) {
	rows, err := db.All(tx, func(s db.Scanner) (k keptRevision, err error) {
		return k, s.Scan(&k.revision, &k.at, &k.content, &k.event, &k.eventAt, &k.applied, &k.size)
	}, `SELECT revision, at, content, event_id, event_at, applied, LENGTH(body) FROM original WHERE tenant = $1 AND finding = $2 ORDER BY revision`, tx.Tenant(), id)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`DELETE FROM original WHERE tenant = $1 AND finding = $2`, tx.Tenant(), id); err != nil {
		return 0, err
	}
	for _, k := range rows {
		bytes += k.size
		err := tx.Must(`INSERT INTO original(tenant, finding, revision, at, content, event_id, event_at, applied, body) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			tx.Tenant(), id, k.revision, k.at, k.content, k.event, k.eventAt, k.applied, []byte{})
		if err != nil {
			return bytes, err
		}
	}
	return bytes, tx.Must(`UPDATE finding SET originals_removed_at = $1 WHERE tenant = $2 AND id = $3`, tx.Now(), tx.Tenant(), id)
}

// ExpireFindings removes findings that were recorded or suppressed, never had a
// ticket and were last received before a time, with their private text.
func (f *Findings) ExpireFindings(tx *db.Tx, before int64, limit int) (Expired, error) {
	due, err := db.All(tx, scanExpiring, sqlFindingsDue, tx.Tenant(), before, limit)
	if err != nil {
		return Expired{}, fault.Wrap(err, "looking for findings whose time is over")
	}
	done := Expired{Count: int64(len(due)), More: len(due) == limit}
	for _, d := range due {
		n, err := f.Remove(tx, d.id)
		if err != nil {
			return done, err
		}
		done.Bytes += n
		done.Last = d.at
	}
	return done, nil
}

// rowBytes is about what a row takes beside what is long in it.
const rowBytes = 700

// Remove takes a finding away whole: originals, row and the private text of its
// stream. What the journal says of it stays.
func (f *Findings) Remove(tx *db.Tx, id string) (bytes int64, err error) {
	if err := tx.QueryRow(`SELECT COALESCE(SUM(LENGTH(body)),0) FROM original WHERE tenant = $1 AND finding = $2`, tx.Tenant(), id).Scan(&bytes); err != nil {
		return 0, fault.Wrap(err, "measuring finding %s", id)
	}
	for _, text := range []string{
		`DELETE FROM original WHERE tenant = $1 AND finding = $2`,
		`DELETE FROM finding WHERE tenant = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(text, tx.Tenant(), id); err != nil {
			return 0, fault.Wrap(err, "removing finding %s", id)
		}
	}
	return bytes + rowBytes, f.journal.Erase(tx, "finding:"+id)
}

// OfTicket are the findings of a ticket, at most limit of them.
func OfTicket(tx *db.Tx, ticket string, limit int) ([]string, error) {
	return db.Strings(tx, `SELECT id FROM finding WHERE tenant = $1 AND ticket = $2 ORDER BY received_at LIMIT $3`, tx.Tenant(), ticket, limit)
}

// ExpireQuarantine removes what a person has decided about before a time.
func (f *Findings) ExpireQuarantine(tx *db.Tx, before int64, limit int) (Expired, error) {
	due, err := db.All(tx, scanExpiring, sqlQuarantineDue, tx.Tenant(), before, limit)
	if err != nil {
		return Expired{}, fault.Wrap(err, "looking for what can leave quarantine")
	}
	done := Expired{Count: int64(len(due)), More: len(due) == limit}
	for _, d := range due {
		var n int64
		if err := tx.QueryRow(`SELECT LENGTH(body) FROM quarantine WHERE tenant = $1 AND id = $2`, tx.Tenant(), d.id).Scan(&n); err != nil {
			return done, err
		}
		if err := tx.Must(`DELETE FROM quarantine WHERE tenant = $1 AND id = $2`, tx.Tenant(), d.id); err != nil {
			return done, fault.Wrap(err, "removing %s from quarantine", d.id)
		}
		if err := f.journal.Erase(tx, "quarantine:"+d.id); err != nil {
			return done, err
		}
		done.Bytes += n + rowBytes
		done.Last = d.at
	}
	return done, nil
}
