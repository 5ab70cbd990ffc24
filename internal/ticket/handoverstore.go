package ticket

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const handoverColumns = `h.id, h.number, h.ticket, COALESCE(h.from_person,''), COALESCE(h.to_person,''), COALESCE(h.to_team,''), h.auto, h.state,
	h.next_step, h.risks, h.briefing_hash, h.base_rev, h.base_seq, h.made_at, h.made_by, h.expires_at,
	h.decided_at, h.decided_by, h.category, h.reason`

func handoverDest(h *Handover) []any {
	return []any{
		&h.ID, &h.Number, &h.Ticket, &h.From, &h.ToUser, &h.ToTeam, &h.Auto, &h.State,
		&h.NextStep, &h.Risks, &h.Hash, &h.BaseRev, &h.BaseSeq, &h.MadeAt, &h.MadeBy, &h.ExpiresAt,
		&h.DecidedAt, &h.DecidedBy, &h.Category, &h.Reason,
	}
}

func (h *Handover) label() string { return HandoverSeries + "-" + strconv.FormatInt(h.Number, 10) }

// ParseHandover reads HO-7, in any case; 0 for anything else.
func ParseHandover(s string) int64 {
	rest, ok := strings.CutPrefix(strings.ToUpper(s), HandoverSeries+"-")
	n, err := strconv.ParseInt(rest, 10, 64)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

const sqlInsertHandover = `INSERT INTO handover(tenant, id, number, ticket, from_person, to_person, to_team, auto, state, next_step, risks,
	briefing, briefing_hash, base_rev, base_seq, made_at, made_by, expires_at, decided_at, decided_by, category, reason)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,NULL,'','','')`

func insertHandover(tx *db.Tx, h *Handover, briefing []byte) error {
	_, err := tx.Exec(sqlInsertHandover, tx.Tenant(), h.ID, h.Number, h.Ticket, nullable(h.From), nullable(h.ToUser), nullable(h.ToTeam), h.Auto, string(h.State),
		h.NextStep, h.Risks, briefing, h.Hash, h.BaseRev, h.BaseSeq, h.MadeAt, h.MadeBy, h.ExpiresAt)
	if db.IsUnique(err) { // two offers of one ticket at the same moment
		return fault.New(fault.Conflict, "The ticket is offered already.").WithSlug("offer-open").Because(err)
	}
	return fault.Wrap(err, "writing an offer")
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Handover loads an offer with its briefing, by its number or id.
func (ts *Tickets) Handover(tx *db.Tx, ref string) (*Handover, error) {
	where, arg := `h.id = $2`, any(ref)
	if n := ParseHandover(ref); n > 0 {
		where, arg = `h.number = $2`, n
	}
	var h Handover
	var body []byte
	err := tx.QueryRow(`SELECT `+handoverColumns+`, h.briefing FROM handover h WHERE h.tenant = $1 AND `+where, tx.Tenant(), arg).
		Scan(append(handoverDest(&h), &body)...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "Handover %s does not exist.", ref)
	}
	if err != nil {
		return nil, fault.Wrap(err, "loading handover %s", ref)
	}
	return &h, fault.Wrap(json.Unmarshal(body, &h.Briefing), "reading the briefing of %s", h.label())
}

// openOffer is the open offer of a ticket, without its briefing; nil when there
// is none.
func (ts *Tickets) openOffer(tx *db.Tx, ticket string) (*Handover, error) {
	var h Handover
	err := tx.QueryRow(`SELECT `+handoverColumns+` FROM handover h WHERE h.tenant = $1 AND h.ticket = $2 AND h.state = 'offered'`, tx.Tenant(), ticket).
		Scan(handoverDest(&h)...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return &h, fault.Wrap(err, "looking for an open offer")
}

// decision is how an offer ended.
type decision struct {
	state            HandoverState
	by               string
	category, reason string
}

// decide closes an open offer. The condition is in the statement, so that of
// two who decide at once one finds nothing.
func decide(tx *db.Tx, id string, d decision) error {
	n, err := tx.Exec(`UPDATE handover SET state = $1, decided_at = $2, decided_by = $3, category = $4, reason = $5
		WHERE tenant = $6 AND id = $7 AND state = 'offered'`, string(d.state), tx.Now(), d.by, d.category, d.reason, tx.Tenant(), id)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "The offer has just been decided.").WithSlug("handover-already-decided")
	}
	return fault.Wrap(err, "deciding an offer")
}

func openedBy(tx *db.Tx, handover, person string) ([]opened, error) {
	return db.All(tx, func(s db.Scanner) (o opened, err error) { return o, s.Scan(&o.section, &o.hash, &o.at) },
		`SELECT section, hash, at FROM handover_read WHERE tenant = $1 AND handover = $2 AND person = $3 ORDER BY at, section`, tx.Tenant(), handover, person)
}

// declines counts how often offers of a ticket were declined since one was
// accepted.
func (ts *Tickets) declines(tx *db.Tx, ticket string) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM handover WHERE tenant = $1 AND ticket = $2 AND state = 'declined'
		AND made_at > COALESCE((SELECT MAX(made_at) FROM handover WHERE tenant = $1 AND ticket = $2 AND state = 'accepted'), 0)`, tx.Tenant(), ticket).Scan(&n)
	return n, fault.Wrap(err, "counting declined offers")
}
