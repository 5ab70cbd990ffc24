package sla

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// PauseAsk asks that the clocks which may wait stand still.
type PauseAsk struct {
	Reason string // id of a reason of the policy
	Text   string
	Until  int64
}

// PauseRow is a pause as people see it.
type PauseRow struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"asked,running,ended"`
	Reason    string `json:"reason"`
	Text      string `json:"text"`
	Until     int64  `json:"-"`
	AskedAt   int64  `json:"-"`
	AskedBy   string `json:"asked_by"`
	DecidedAt int64  `json:"-"`
	DecidedBy string `json:"decided_by"`
	EndedAt   int64  `json:"-"`
	EndedBy   string `json:"ended_by"`
	Cause     string `json:"cause"`
}

// The states of a pause.
const (
	pauseAsked   = "asked"
	pauseRunning = "running"
	pauseEnded   = "ended"
)

const (
	pauseColumns = `id, state, reason, text, until, asked_at, asked_by, COALESCE(decided_at,0), decided_by, COALESCE(ended_at,0), ended_by, cause`
	sqlPauses    = `SELECT ` + pauseColumns + ` FROM pause WHERE tenant = $1 AND ticket = $2 ORDER BY asked_at DESC, id DESC LIMIT 100`
	sqlOpenPause = `SELECT ` + pauseColumns + ` FROM pause WHERE tenant = $1 AND ticket = $2 AND ended_at IS NULL`
	sqlAskPause  = `INSERT INTO pause(tenant, id, ticket, state, reason, text, until, asked_at, asked_by, decided_at, decided_by, ended_at, ended_by, cause)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,NULL,'','')`
	sqlApprovePause = `UPDATE pause SET state = 'running', decided_at = $1, decided_by = $2 WHERE tenant = $3 AND id = $4 AND state = 'asked' AND ended_at IS NULL`
	sqlEndPause     = `UPDATE pause SET state = 'ended', ended_at = $1, ended_by = $2, cause = $3 WHERE tenant = $4 AND id = $5 AND ended_at IS NULL`
)

// sqlEndAsked drops the wish to pause a ticket that has ended.
const sqlEndAsked = `UPDATE pause SET state = 'ended', ended_at = $1, ended_by = $2, cause = 'closed' WHERE tenant = $3 AND ticket = $4 AND ended_at IS NULL`

func scanPause(s db.Scanner) (p PauseRow, err error) {
	return p, s.Scan(&p.ID, &p.State, &p.Reason, &p.Text, &p.Until, &p.AskedAt, &p.AskedBy, &p.DecidedAt, &p.DecidedBy, &p.EndedAt, &p.EndedBy, &p.Cause)
}

// openPause is the pause of a ticket that has not ended; nil for none.
func openPause(tx *db.Tx, id string) (*PauseRow, error) {
	p, err := scanPause(tx.QueryRow(sqlOpenPause, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return &p, fault.Wrap(err, "finding the pause of a ticket")
}

// pausing is a ticket that somebody wants to pause or to run on.
type pausing struct {
	t     *ticket.Ticket
	st    State
	p     *policy
	open  *PauseRow
	chain *journal.Chain
}

// hold loads and locks a ticket with its clocks.
func (s *SLA) hold(tx *db.Tx, ref string) (*pausing, error) {
	t, err := s.tickets.Get(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := ticket.Hold(tx, t.ID); err != nil {
		return nil, err
	}
	if t, err = s.tickets.Get(tx, t.ID); err != nil {
		return nil, err
	}
	if !t.Open() {
		return nil, pauseFault(t, "closed-ticket", "is closed")
	}
	g := &pausing{t: t}
	if g.st, err = s.stateOf(tx, t); err != nil {
		return nil, err
	}
	v, err := s.version(tx, g.st.Version)
	if err != nil {
		return nil, err
	}
	g.p = v.named(g.st.Policy)
	if g.open, err = openPause(tx, t.ID); err != nil {
		return nil, err
	}
	g.chain, err = s.journal.Follow(tx, ticket.Stream(t.ID))
	return g, err
}

func pauseFault(t *ticket.Ticket, slug, text string) error {
	return fault.New(fault.Conflict, "%s %s.", ticket.Number(t.Number), text).WithSlug(slug)
}

// named is a policy of the version by its id.
func (v *Version) named(id string) *policy {
	for _, p := range v.policies {
		if p.doc.ID == id {
			return p
		}
	}
	return &policy{doc: &Policy{}}
}

// PauseTicket pauses a ticket, or keeps the wish where a second person must
// agree, and says which.
func (s *SLA) PauseTicket(tx *db.Tx, ref string, ask PauseAsk, w ticket.Worker) (PauseRow, error) {
	text, err := pauseText(ask.Text)
	if err != nil {
		return PauseRow{}, err
	}
	ask.Text = text
	g, err := s.hold(tx, ref)
	if err != nil {
		return PauseRow{}, err
	}
	if err := g.mayAsk(tx.Now(), ask, w); err != nil {
		return PauseRow{}, err
	}
	if g.open != nil { // a wish that nobody has agreed to is replaced
		if err := endPause(tx, g.open.ID, tx.Now(), "replaced"); err != nil {
			return PauseRow{}, err
		}
	}
	row := PauseRow{
		ID: tx.NewID(), State: pauseRunning, Reason: ask.Reason, Text: ask.Text, Until: ask.Until, AskedAt: tx.Now(), AskedBy: w.ID,
		DecidedAt: tx.Now(), DecidedBy: w.ID,
	}
	if g.needsSecond() {
		row.State, row.DecidedAt, row.DecidedBy = pauseAsked, 0, ""
	}
	err = tx.Must(sqlAskPause, tx.Tenant(), row.ID, g.t.ID, row.State, row.Reason, row.Text, row.Until, row.AskedAt, row.AskedBy, orNull(row.DecidedAt), row.DecidedBy)
	if err != nil {
		return PauseRow{}, fault.Wrap(err, "pausing a ticket")
	}
	if row.State == pauseAsked {
		_, err = g.chain.Append(journal.SLAPauseAsked, map[string]any{"pause": row.ID, "reason": row.Reason, "until": row.Until}, map[string]any{"text": row.Text})
		return row, err
	}
	return row, s.paused(tx, g, row)
}

// needsSecond says that one person alone does not decide.
func (g *pausing) needsSecond() bool { return g.t.Severity == "critical" }

// paused journals a pause from this moment on.
func (s *SLA) paused(tx *db.Tx, g *pausing, row PauseRow) error {
	_, err := g.chain.Append(journal.SLAPaused, map[string]any{
		"approved_by": row.DecidedBy, "pause": row.ID, "reason": row.Reason, "requested_by": row.AskedBy, "until": row.Until,
	}, map[string]any{"text": row.Text})
	if err != nil {
		return err
	}
	return s.touched(tx, g.chain, g.t.ID)
}

const (
	leastPauseText = 1
	mostPauseText  = 4_000
)

func pauseText(text string) (string, error) {
	text = cleanText(text)
	if n := len([]rune(text)); n < leastPauseText || n > mostPauseText {
		return "", fault.Field("body.text", "must say why, in at most %d characters", mostPauseText)
	}
	return text, nil
}

// cleanText leaves out what would change how others read a text.
func cleanText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")))
}

// mayAsk checks a pause against the policy.
func (g *pausing) mayAsk(now int64, ask PauseAsk, w ticket.Worker) error {
	reason, known := g.p.reasons[ask.Reason]
	switch {
	case !known:
		return fault.Field("body.reason", "must be one of %s", strings.Join(g.reasons(), ", "))
	case !reason.allows(g.t, w):
		return fault.New(fault.Denied, "%s can be paused for this reason by %s only.", ticket.Number(g.t.Number), reason.who()).WithSlug("not-owner")
	case ask.Until <= now:
		return fault.Field("body.until", "must lie in the future")
	case ask.Until-now > reason.max:
		return fault.Field("body.until", "must lie within %s", spell(reason.max))
	case g.st.isPaused():
		return pauseFault(g.t, "paused", "is paused already")
	case !g.st.mayWait():
		return pauseFault(g.t, "nothing-waits", "has no clock that may wait")
	case g.st.pauseSpent:
		return pauseFault(g.t, "pause-limit", "has spent as much time paused as the policy allows")
	}
	return nil
}

func (g *pausing) reasons() []string {
	out := []string{}
	for _, r := range g.p.doc.PauseReasons {
		out = append(out, r.ID)
	}
	return out
}

func (r pauseReason) allows(t *ticket.Ticket, w ticket.Worker) bool {
	owner, lead := r.roles()
	return owner && t.Owner != "" && t.Owner == w.ID || lead && w.Leads
}

// roles says who may pause; none named is both.
func (r pauseReason) roles() (owner, lead bool) {
	none := len(r.doc.Roles) == 0
	return none || slices.Contains(r.doc.Roles, roleOwner), none || slices.Contains(r.doc.Roles, roleLead)
}

func (r pauseReason) who() string {
	switch owner, lead := r.roles(); {
	case owner && lead:
		return "its owner or a lead"
	case lead:
		return "a lead"
	}
	return "its owner"
}

// mayWait reports whether a clock that runs may be paused.
func (st State) mayWait() bool {
	return slices.ContainsFunc(st.Clocks, func(c Clock) bool { return c.StoppedAt == 0 && c.Pausable })
}

// ApprovePause agrees to the pause that somebody else asked for. It counts from
// now on, not from when it was asked for.
func (s *SLA) ApprovePause(tx *db.Tx, ref string, w ticket.Worker) (PauseRow, error) {
	g, err := s.hold(tx, ref)
	if err != nil {
		return PauseRow{}, err
	}
	switch {
	case g.open == nil || g.open.State != pauseAsked:
		return PauseRow{}, pauseFault(g.t, "no-pause-asked", "has no pause to agree to")
	case !w.Leads || g.open.AskedBy == w.ID:
		return PauseRow{}, ErrSecondPerson(*g.open)
	case g.open.Until <= tx.Now():
		return PauseRow{}, pauseFault(g.t, "pause-over", "was to be paused until a time that has passed")
	case g.st.isPaused() || g.st.pauseSpent:
		return PauseRow{}, pauseFault(g.t, "pause-limit", "cannot be paused now")
	}
	row := *g.open
	row.State, row.DecidedAt, row.DecidedBy = pauseRunning, tx.Now(), w.ID
	if err := tx.Must(sqlApprovePause, row.DecidedAt, row.DecidedBy, tx.Tenant(), row.ID); err != nil {
		return PauseRow{}, fault.Wrap(err, "agreeing to a pause")
	}
	return row, s.paused(tx, g, row)
}

// ErrSecondPerson says that a pause is kept until a second person agrees.
func ErrSecondPerson(p PauseRow) error {
	return fault.New(fault.Denied, "A critical ticket is paused by two: a lead who did not ask for it must agree. The wish is kept.").
		WithSlug("pause-needs-second-person").WithExtra("pause", p.ID).WithExtra("until", db.Time(p.Until).Format(time.RFC3339))
}

// ResumeTicket lets the clocks run again, or takes back the wish to pause them.
func (s *SLA) ResumeTicket(tx *db.Tx, ref, text string, w ticket.Worker) (PauseRow, error) {
	text, err := pauseText(text)
	if err != nil {
		return PauseRow{}, err
	}
	g, err := s.hold(tx, ref)
	switch {
	case err != nil:
		return PauseRow{}, err
	case g.open == nil:
		return PauseRow{}, pauseFault(g.t, "not-paused", "is not paused")
	case !w.Leads && g.t.Owner != w.ID && g.open.AskedBy != w.ID:
		return PauseRow{}, fault.New(fault.Denied, "%s belongs to another person; only the owner or a lead may do this.", ticket.Number(g.t.Number)).WithSlug("not-owner")
	}
	row, cause := *g.open, "person"
	if row.State == pauseAsked {
		cause = "withdrawn"
	}
	if err := endPause(tx, row.ID, tx.Now(), cause); err != nil {
		return PauseRow{}, err
	}
	row.State, row.EndedAt, row.EndedBy, row.Cause = pauseEnded, tx.Now(), string(tx.Actor()), cause
	_, err = g.chain.Append(journal.SLAResumed, map[string]any{"cause": cause, "pause": row.ID}, map[string]any{"text": text})
	if err != nil {
		return PauseRow{}, err
	}
	return row, s.touched(tx, g.chain, g.t.ID)
}

func endPause(tx *db.Tx, id string, at int64, cause string) error {
	_, err := tx.Exec(sqlEndPause, at, string(tx.Actor()), cause, tx.Tenant(), id)
	return fault.Wrap(err, "ending a pause")
}

func orNull(v int64) any {
	if v == 0 {
		return nil
	}
	return v
}

// Waits reports whether a second person has yet to agree.
func (p PauseRow) Waits() bool { return p.State == pauseAsked }
