package ticket

import (
	"errors"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const ticketColumns = `t.id, t.number, t.title, t.description, t.type, t.source, t.severity, t.phase, t.resolution,
	COALESCE(t.owner,''), t.accountable, t.team, COALESCE(t.offered_to,''), t.account, t.region, t.resource, t.tags,
	t.opened_at, t.updated_at, t.acknowledged_at, COALESCE(t.acknowledged_by,''), t.owned_at, t.closed_at, t.due_at,
	t.finding_count, t.opened_by, t.demo, t.rev, t.ownership_rev, t.due_metric, t.paused_until, t.breached`

func scanTicket(s db.Scanner) (Ticket, error) {
	var t Ticket
	err := s.Scan(ticketDest(&t)...)
	return t, err
}

// ticketDest lists where the columns go; tags travel as one text.
func ticketDest(t *Ticket) []any {
	return []any{
		&t.ID, &t.Number, &t.Title, &t.Description, &t.Type, &t.Source, &t.Severity, &t.Phase, &t.Resolution,
		&t.Owner, &t.Accountable, &t.Team, &t.OfferedTo, &t.Account, &t.Region, &t.Resource, (*tagText)(&t.Tags),
		&t.OpenedAt, &t.UpdatedAt, &t.AcknowledgedAt, &t.AcknowledgedBy, &t.OwnedAt, &t.ClosedAt, &t.DueAt,
		&t.FindingCount, &t.OpenedBy, &t.Demo, &t.Rev, &t.OwnershipRev,
		&t.DueMetric, &t.PausedUntil, (*tagText)(&t.Breached),
	}
}

// tagText is a list of tags in one column: ",a,b,", so that one LIKE finds one
// tag whole.
type tagText []string

// Scan reads the column.
func (t *tagText) Scan(v any) error {
	s, ok := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		s, ok = string(b), true
	}
	if !ok {
		return errors.New("tags are not text")
	}
	*t = splitTags(s)
	return nil
}

func joinTags(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "," + strings.Join(list, ",") + ","
}

const sqlInsert = `INSERT INTO ticket(tenant, id, number, title, description, type, source, severity, severity_rank, phase, resolution,
	owner, accountable, accountable_active, team, account, region, resource, tags, opened_at, updated_at,
	acknowledged_at, acknowledged_by, finding_count, opened_by, demo, rev, ownership_rev, due_at, due_metric, next_at)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'detect','',NULL,$10,$11,$12,$13,$14,$15,$16,$17,$18,NULL,NULL,$19,$20,$21,1,1,$22,$23,$24)`

// insert writes a new ticket with what its clocks show.
func (ts *Tickets) insert(tx *db.Tx, t *Ticket) error {
	var face Face
	if ts.clocks.Opened != nil {
		var err error
		if face, err = ts.clocks.Opened(tx, t); err != nil {
			return fault.Wrap(err, "starting the clocks of %s", Number(t.Number))
		}
	}
	t.DueAt, t.DueMetric = face.DueAt, face.Metric
	err := tx.Must(sqlInsert, tx.Tenant(), t.ID, t.Number, t.Title, t.Description, t.Type, t.Source,
		string(t.Severity), t.Severity.Rank(), t.Accountable, true, t.Team, t.Account, t.Region, t.Resource,
		joinTags(t.Tags), t.OpenedAt, t.OpenedAt, t.FindingCount, t.OpenedBy, t.Demo, orNull(face.DueAt), face.Metric, orNull(face.NextAt))
	if err != nil {
		return fault.Wrap(err, "opening ticket %s", Number(t.Number))
	}
	if err := writeTags(tx, t); err != nil {
		return err
	}
	return enter(tx, t.ID, visit{seq: 1, phase: Detect, at: t.OpenedAt})
}

// writeTags keeps the table by which tags are found; the column is for show.
func writeTags(tx *db.Tx, t *Ticket) error {
	for _, tag := range t.Tags {
		_, err := tx.Exec(`INSERT INTO ticket_tag(tenant, ticket, tag) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, tx.Tenant(), t.ID, tag)
		if err != nil {
			return fault.Wrap(err, "tagging ticket %s", Number(t.Number))
		}
	}
	return nil
}

// named is the condition, with its argument, by which people and programs name a
// ticket: its number or its id.
func named(ref string) (where string, arg any) {
	if n := ParseNumber(ref); n > 0 {
		return `number = $2`, n
	}
	return `id = $2`, ref
}

// Get loads one ticket by its number or id.
func (ts *Tickets) Get(tx *db.Tx, ref string) (*Ticket, error) {
	where, arg := named(ref)
	t, err := scanTicket(tx.QueryRow(`SELECT `+ticketColumns+` FROM ticket t WHERE t.tenant = $1 AND `+where, tx.Tenant(), arg))
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Ticket %s does not exist.", ref)
	}
	return &t, fault.Wrap(err, "loading ticket %s", ref)
}

// GetAll loads tickets by their ids; what does not exist is not in it. There may
// be hundreds, not thousands.
func (ts *Tickets) GetAll(tx *db.Tx, ids []string) (map[string]*Ticket, error) {
	args, in := db.In([]any{tx.Tenant()}, ids)
	rows, err := db.All(tx, scanTicket, `SELECT `+ticketColumns+` FROM ticket t WHERE t.tenant = $1 AND t.id IN (`+in+`)`, args...)
	out := make(map[string]*Ticket, len(rows))
	for i := range rows {
		out[rows[i].ID] = &rows[i]
	}
	return out, fault.Wrap(err, "loading %d tickets", len(ids))
}

// lock loads a ticket for a change. The row is touched first, so that on
// PostgreSQL two commands on one ticket follow each other.
func (ts *Tickets) lock(tx *db.Tx, ref string) (*Ticket, error) {
	where, arg := named(ref)
	n, err := tx.Exec(`UPDATE ticket SET rev = rev + 1, updated_at = $3 WHERE tenant = $1 AND `+where, tx.Tenant(), arg, tx.Now())
	if err != nil {
		return nil, fault.Wrap(err, "loading ticket %s", ref)
	}
	if n == 0 {
		return nil, fault.New(fault.Missing, "Ticket %s does not exist.", ref)
	}
	return ts.Get(tx, ref)
}

// visit is one stay in a phase.
type visit struct {
	seq     int64
	phase   Phase
	at      int64
	reason  string
	skipped bool
}

func enter(tx *db.Tx, ticket string, v visit) error {
	var left any
	if v.skipped {
		left = v.at
	}
	return tx.Must(`INSERT INTO phase_visit(tenant, ticket, seq, phase, entered_at, left_at, by_actor, reason, skipped)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		tx.Tenant(), ticket, v.seq, string(v.phase), v.at, left, string(tx.Actor()), v.reason, v.skipped)
}

// leave ends the present visit and returns the sequence number of the next and
// the time of the change, which never lies before the visit began.
func leave(tx *db.Tx, ticket string) (next, at int64, err error) {
	var seq, entered int64
	err = tx.QueryRow(`SELECT seq, entered_at FROM phase_visit WHERE tenant = $1 AND ticket = $2 ORDER BY seq DESC LIMIT 1`,
		tx.Tenant(), ticket).Scan(&seq, &entered)
	if err != nil {
		return 0, 0, fault.Wrap(err, "finding the phase of ticket %s", ticket)
	}
	at = max(tx.Now(), entered)
	err = tx.Must(`UPDATE phase_visit SET left_at = $1 WHERE tenant = $2 AND ticket = $3 AND seq = $4`, at, tx.Tenant(), ticket, seq)
	return seq + 1, at, err
}
