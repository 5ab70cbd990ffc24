package finding

import (
	"crypto/sha256"
	"encoding/hex"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Outcome is what became of one finding that was given to us.
type Outcome string

// The outcomes of the contract.
const (
	Opened      Outcome = "opened"      // a ticket was opened for it
	Joined      Outcome = "joined"      // it joined an open ticket
	Updated     Outcome = "updated"     // a revision of a finding we had
	Recorded    Outcome = "recorded"    // kept; the policy opens no ticket
	Duplicate   Outcome = "duplicate"   // said before; counters only
	Suppressed  Outcome = "suppressed"  // kept; a suppression or maintenance window silences it
	Held        Outcome = "held"        // kept; a storm holds back its ticket
	Quarantined Outcome = "quarantined" // could not be read; kept aside
)

// Relation says how a finding relates to what is stored.
type Relation int

// The four relations.
const (
	IsNew     Relation = iota // never seen
	IsSame                    // same event or same content
	IsRevised                 // something new about it
	IsStale                   // older than what is stored
)

// Standing is what is stored of a finding before this part is applied.
type Standing struct {
	ID, Content         string
	Ticket, Number      string
	Outcome             Outcome
	Hold                string
	Active              bool
	Severity            Severity
	Revision, UpdatedAt int64
}

// Taken is one finding on its way in, for the room that decides about tickets.
type Taken struct {
	*Finding
	Change  Relation
	Content string   // hash of the content
	Was     Standing // zero when IsNew
	// Copy is a finding that came another way and is the same thing: Security
	// Hub's two formats and the detector's own. Zero when there is none that has
	// a ticket.
	Copy   Standing
	Source string // "api", "connection:<id>", "demo"
	Demo   bool
}

// Rate gives the finding the severity that it has here. The part that it came
// in stays as the detector said it.
func (t *Taken) Rate(s Severity) {
	if s != t.Severity {
		rated := *t.Finding
		rated.Severity = s
		t.Finding = &rated
	}
}

// Decision is what the ticket room made of it.
type Decision struct {
	Outcome Outcome
	Ticket  string         // id, "" for none
	Number  string         // "INC-7", "" for none
	Decided string         // id of the rule, suppression, window or storm that decided
	Hold    string         // id of the storm that holds it back
	Chain   *journal.Chain // end of the ticket's stream when it was written to
}

// Decide opens, joins or leaves tickets alone, in the same transaction.
type Decide func(tx *db.Tx, t *Taken) (Decision, error)

// Result answers the sender for one part.
type Result struct {
	FindingID string
	Ticket    string
	Number    string
	Outcome   Outcome
	Error     *fault.Error
}

// Findings keeps findings.
type Findings struct {
	db      *db.DB
	journal *journal.Journal
	zip     packer
}

// New makes the room.
func New(d *db.DB, j *journal.Journal) (*Findings, error) {
	zip, err := newPacker()
	return &Findings{d, j, zip}, err
}

// Take makes one part durable in the caller's transaction and lets decide say
// what it means for tickets. A part that could not be read goes to quarantine.
func (f *Findings) Take(tx *db.Tx, p Part, source string, decide Decide) (Result, error) {
	if p.Err != nil {
		return f.quarantine(tx, p, source)
	}
	t := &Taken{Finding: believable(p.Finding, tx.Now()), Content: p.ContentHash, Source: source, Demo: source == SourceDemo}
	if err := f.compare(tx, p, t); err != nil {
		return Result{}, err
	}
	switch t.Change {
	case IsSame:
		return f.countAgain(tx, t)
	case IsStale:
		return f.keepStale(tx, p, t)
	case IsNew, IsRevised:
	}
	d, err := decide(tx, t)
	if err != nil {
		return Result{}, err
	}
	if t.Change == IsNew {
		err = f.insert(tx, p, t, d)
	} else {
		err = f.revise(tx, p, t, d)
	}
	return Result{FindingID: t.ID, Ticket: d.Ticket, Number: d.Number, Outcome: d.Outcome}, err
}

// ahead is how far a detector's clock may be before ours.
const ahead = int64(24 * 3600 * 1_000_000)

// believable is the finding, without an update time that no clock can have said
// yet: one that says 2099 would make everything later look old.
func believable(f *Finding, now int64) *Finding {
	if f.UpdatedAt <= now+ahead {
		return f
	}
	undated := *f
	undated.UpdatedAt = 0
	return &undated
}

// SourceDemo marks what the demo filler sends.
const SourceDemo = "demo"

const standingColumns = `id, content, COALESCE(ticket,''), ticket_number, outcome, COALESCE(hold,''), active, severity, revision, provider_updated_at`

func (w *Standing) dest() []any {
	return []any{&w.ID, &w.Content, &w.Ticket, &w.Number, &w.Outcome, &w.Hold, &w.Active, &w.Severity, &w.Revision, &w.UpdatedAt}
}

const sqlStanding = `SELECT identity, ` + standingColumns + ` FROM finding
	WHERE tenant = $1 AND identity >= $2 AND identity <= $3 ORDER BY identity LIMIT 20`

// compare finds what is stored under the identity, and its copies beside it,
// and says what is new.
func (f *Findings) compare(tx *db.Tx, p Part, t *Taken) error {
	own, low, high := storedIdentity(t.Finding)
	type stored struct {
		Standing
		identity string
	}
	rows, err := db.All(tx, func(s db.Scanner) (v stored, err error) {
		return v, s.Scan(append([]any{&v.identity}, v.dest()...)...)
	}, sqlStanding, tx.Tenant(), low, high)
	if err != nil {
		return fault.Wrap(err, "looking for finding %s", own)
	}
	for _, row := range rows {
		switch {
		case row.identity == own:
			t.Was = row.Standing
		case row.Ticket != "":
			t.Copy = row.Standing
		}
	}
	if t.Was.ID == "" {
		t.ID, t.Change = tx.NewID(), IsNew
		return nil
	}
	t.ID = t.Was.ID
	t.Change, err = f.relation(tx, p, t)
	return err
}

// storedIdentity is the identity as it is kept, 48 hex digits, and the bounds
// between which the copies of the same thing lie. The first 32 digits stand for
// what the copies share, so that one look into one index finds them all.
func storedIdentity(f *Finding) (own, low, high string) {
	shared := f.Identity
	if tie := f.Tie(); tie != "" {
		sum := sha256.Sum256([]byte("tocsin tie 1\x00" + tie))
		shared = hex.EncodeToString(sum[:])
	}
	return shared[:32] + f.Identity[:16], shared[:32] + "0000000000000000", shared[:32] + "ffffffffffffffff"
}

// relation compares a part with what is stored under its identity. Content
// that an earlier revision had is the same thing delivered late, unless an
// event that is new and younger says it: a workflow that goes back to NEW looks
// exactly as it did before, and its update time does not move. Of two with the
// same update time the later event counts.
func (f *Findings) relation(tx *db.Tx, p Part, t *Taken) (Relation, error) {
	if p.ContentHash == t.Was.Content {
		return IsSame, nil
	}
	h, err := f.history(tx, p, t)
	late := p.Event.Time != 0 && p.Event.Time < h.youngest
	fresh := p.Event.ID != "" && p.Event.Time > h.youngest
	switch {
	case err != nil || h.sameEvent || (h.sameContent && !fresh):
		return IsSame, err
	case t.UpdatedAt != 0 && t.UpdatedAt < t.Was.UpdatedAt:
		return IsStale, nil
	case t.UpdatedAt == t.Was.UpdatedAt && late:
		return IsStale, nil
	}
	return IsRevised, nil
}

// history is what the earlier revisions of a finding tell about a part.
type history struct {
	sameEvent, sameContent bool
	youngest               int64 // time of the youngest event, microseconds
}

func (f *Findings) history(tx *db.Tx, p Part, t *Taken) (h history, err error) {
	var events, contents int
	err = tx.QueryRow(`SELECT COALESCE(SUM(CASE WHEN event_id <> '' AND event_id = $3 THEN 1 ELSE 0 END),0),
		COALESCE(SUM(CASE WHEN content = $4 THEN 1 ELSE 0 END),0), COALESCE(MAX(event_at),0)
		FROM original WHERE tenant = $1 AND finding = $2`, tx.Tenant(), t.ID, p.Event.ID, p.ContentHash).Scan(&events, &contents, &h.youngest)
	h.sameEvent, h.sameContent = events > 0, contents > 0
	return h, fault.Wrap(err, "comparing finding %s with what it said before", t.ID)
}

// countAgain is all that happens when the same thing is said twice.
func (f *Findings) countAgain(tx *db.Tx, t *Taken) (Result, error) {
	err := tx.Must(`UPDATE finding SET seen_count = seen_count + 1, last_received_at = $1 WHERE tenant = $2 AND id = $3`,
		tx.Now(), tx.Tenant(), t.ID)
	return t.result(Duplicate), err
}

func (t *Taken) result(outcome Outcome) Result {
	return Result{FindingID: t.ID, Ticket: t.Was.Ticket, Number: t.Was.Number, Outcome: outcome}
}

// keepStale keeps a revision that is older than what is stored, for the record.
func (f *Findings) keepStale(tx *db.Tx, p Part, t *Taken) (Result, error) {
	if err := f.remember(tx, p, t, t.Was.Revision+1, false); err != nil {
		return Result{}, err
	}
	err := tx.Must(`UPDATE finding SET revision = revision + 1, seen_count = seen_count + 1, last_received_at = $1 WHERE tenant = $2 AND id = $3`,
		tx.Now(), tx.Tenant(), t.ID)
	if err != nil {
		return Result{}, err
	}
	err = f.record(tx, t, journal.FindingRevised, revisedData(p, t, t.Was.Revision+1, nil, "stale"), Decision{Ticket: t.Was.Ticket})
	return t.result(Updated), err
}

// record writes an entry to the ticket's stream, or to the finding's own when
// it has no ticket.
func (f *Findings) record(tx *db.Tx, t *Taken, kind string, data map[string]any, d Decision) error {
	chain := d.Chain
	if chain == nil && d.Ticket == "" && t.Change == IsNew {
		chain = f.journal.Begin(tx, "finding:"+t.ID)
	}
	if chain == nil {
		stream := "finding:" + t.ID
		if d.Ticket != "" {
			stream = "ticket:" + d.Ticket
		}
		var err error
		if chain, err = f.journal.Follow(tx, stream); err != nil {
			return err
		}
	}
	_, err := chain.Append(kind, data, nil)
	return err
}

// uidHash stands for the provider's id, which may hold names of people and
// things, where data must not.
func uidHash(uid string) string {
	sum := sha256.Sum256([]byte(uid))
	return hex.EncodeToString(sum[:])
}

func takenData(p Part, t *Taken, d Decision) map[string]any {
	return map[string]any{
		"class": string(t.Class), "content": p.ContentHash, "event": p.Event.ID, "finding": t.ID, "format": t.Format,
		"identity": t.Identity, "outcome": string(d.Outcome), "severity": string(t.Severity), "uid_sha256": uidHash(t.UID),
	}
}

func revisedData(p Part, t *Taken, revision int64, paths []string, outcome string) map[string]any {
	if paths == nil {
		paths = []string{}
	}
	return map[string]any{
		"changes": paths, "content": p.ContentHash, "finding": t.ID, "outcome": outcome,
		"revision": revision, "severity": string(t.Severity), "status": t.Status,
	}
}
