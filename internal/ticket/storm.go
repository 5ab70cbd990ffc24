package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/query"
)

// Storm is a flood that is held back, and what became of it.
type Storm struct {
	ID         string                     `json:"id"`
	State      string                     `json:"state" enum:"holding,over,settling,opened,grouped,suppressed"`
	Active     bool                       `json:"active" doc:"The flood goes on"`
	Source     string                     `json:"source"`
	SourceName string                     `json:"source_name"`
	RuleID     string                     `json:"rule_id"`
	RuleName   string                     `json:"rule_name"`
	Same       *StormSame                 `json:"same" doc:"Set when only one kind in one account is held"`
	BeganAt    time.Time                  `json:"began_at"`
	LastAt     time.Time                  `json:"last_at"`
	EndedAt    *time.Time                 `json:"ended_at"`
	Held       int64                      `json:"held" doc:"Findings held back in all, as far as is known"`
	Waiting    int64                      `json:"waiting" doc:"Findings that wait for the choice, or for it to be carried out"`
	BySeverity map[finding.Severity]int64 `json:"by_severity" doc:"Of those that wait"`
	Limit      Limit                      `json:"limit"`
	Examples   []finding.Summary          `json:"examples" nullable:"false"`
	Ticket     string                     `json:"ticket"`
	Number     string                     `json:"number"`
	Settled    int64                      `json:"settled" doc:"Findings for which the choice is carried out"`
	Choice     string                     `json:"choice" enum:",open,group,suppress"`
	DecidedBy  string                     `json:"decided_by"`
	ByName     string                     `json:"decided_by_name"`
	DecidedAt  *time.Time                 `json:"decided_at"`
	Reason     string                     `json:"reason"`

	doneAt *int64
}

// StormSame is what a storm of one kind has in common.
type StormSame struct {
	Kind    string `json:"kind"`
	Account string `json:"account"`
}

const stormColumns = `s.id, s.active, s.source, s.product, s.rule, s.rule_name, s.kind, s.account, s.began_at, s.last_at, s.ended_at,
	s.held, s.settled, s.limit_tickets, s.limit_window, s.ticket, t.number, s.choice, s.decided_by, s.decided_at, s.reason, s.done_at`

func scanStorm(row db.Scanner) (Storm, error) {
	s := Storm{Examples: []finding.Summary{}}
	var same StormSame
	var began, last, width, number int64
	var ended, decided *int64
	err := row.Scan(&s.ID, &s.Active, &s.Source, &s.SourceName, &s.RuleID, &s.RuleName, &same.Kind, &same.Account, &began, &last, &ended,
		&s.Held, &s.Settled, &s.Limit.Tickets, &width, &s.Ticket, &number, &s.Choice, &s.DecidedBy, &decided, &s.Reason, &s.doneAt)
	s.BeganAt, s.LastAt, s.EndedAt, s.DecidedAt = db.Time(began), db.Time(last), db.TimeOrNil(ended), db.TimeOrNil(decided)
	s.Number, s.Limit.Window = Number(number), spell(time.Duration(width)*time.Microsecond)
	if same.Kind != "" || same.Account != "" {
		s.Same = &same
	}
	s.State = s.state()
	return s, err
}

func (s *Storm) state() string {
	switch {
	case s.Choice == "" && s.Active:
		return "holding"
	case s.Choice == "":
		return "over"
	case s.doneAt == nil:
		return "settling"
	case s.Choice == StormOpen:
		return "opened"
	case s.Choice == StormGroup:
		return "grouped"
	}
	return "suppressed"
}

const maxStorms = 100

// Storms lists storms, newest first; with open only those that wait for a
// choice or for it to be carried out.
func (ts *Tickets) Storms(tx *db.Tx, open bool) ([]Storm, error) {
	list, err := db.All(tx, scanStorm, `SELECT `+stormColumns+` FROM storm s JOIN ticket t ON t.tenant = s.tenant AND t.id = s.ticket
		WHERE s.tenant = $1 AND (NOT $2 OR s.done_at IS NULL) ORDER BY s.began_at DESC, s.id DESC LIMIT $3`, tx.Tenant(), open, maxStorms)
	if err != nil {
		return nil, fault.Wrap(err, "listing storms")
	}
	for i := range list {
		if err := ts.weigh(tx, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Storm returns one storm.
func (ts *Tickets) Storm(tx *db.Tx, id string) (Storm, error) {
	s, err := scanStorm(tx.QueryRow(`SELECT `+stormColumns+` FROM storm s JOIN ticket t ON t.tenant = s.tenant AND t.id = s.ticket
		WHERE s.tenant = $1 AND s.id = $2`, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.New(fault.Missing, "There is no storm %s.", id)
	}
	if err != nil {
		return s, fault.Wrap(err, "loading storm %s", id)
	}
	return s, ts.weigh(tx, &s)
}

// weigh counts what a storm holds and shows some of it.
func (ts *Tickets) weigh(tx *db.Tx, s *Storm) (err error) {
	if s.BySeverity, err = ts.findings.HeldBySeverity(tx, s.ID); err != nil {
		return err
	}
	for _, n := range s.BySeverity {
		s.Waiting += n
	}
	s.Held = max(s.Held, s.Waiting)
	if s.DecidedBy != "" {
		names, err := ts.people.Names(tx, []string{s.DecidedBy})
		if err != nil {
			return err
		}
		s.ByName = names[s.DecidedBy]
	}
	if s.Choice == "" {
		s.Examples, err = ts.findings.HeldSummaries(tx, s.ID, 3)
	}
	return err
}

// StormChoice is what a person decides about a storm.
type StormChoice struct {
	Choice  string // StormOpen, StormGroup or StormSuppress
	Reason  string
	Expires time.Time // of a suppression
}

// DecideStorm takes a person's choice about what a storm holds. A job carries
// it out; while the flood goes on, what comes is treated the same way.
func (ts *Tickets) DecideStorm(tx *db.Tx, id string, c StormChoice) (Storm, error) {
	reason, err := text("reason", c.Reason, 1, maxReason)
	if err != nil {
		return Storm{}, err
	}
	s, err := ts.Storm(tx, id)
	if err != nil {
		return s, err
	}
	if s.Choice != "" {
		return s, fault.New(fault.Conflict, "Somebody has decided about this storm already: %s.", s.Choice).WithSlug("decided").WithExtra("current", s)
	}
	rule := ""
	if c.Choice == StormSuppress {
		if rule, err = ts.suppressStorm(tx, s, reason, c.Expires); err != nil {
			return s, err
		}
	}
	n, err := tx.Exec(`UPDATE storm SET choice = $1, reason = $2, decided_by = $3, decided_at = $4, held = $5, active = (active AND $6)
		WHERE tenant = $7 AND id = $8 AND choice = ''`,
		c.Choice, reason, tx.Actor().Person(), tx.Now(), s.Waiting, c.Choice != StormSuppress, tx.Tenant(), id)
	if err == nil && n == 0 {
		err = db.Again(fault.New(fault.Conflict, "Somebody has just decided about this storm."))
	}
	if err != nil {
		return s, err
	}
	if err := job.Enqueue(tx, job.Spec{Kind: JobStorm, Key: id, Payload: settling{Storm: id, Choice: c.Choice, Ticket: s.Ticket, Rule: rule}}); err != nil {
		return s, err
	}
	_, err = ts.journal.Append(tx, journal.Entry{
		Stream: Stream(s.Ticket), Kind: journal.StormDecided,
		Data: map[string]any{"choice": c.Choice, "findings": s.Waiting, "storm": id}, Priv: said(reason),
	})
	if err != nil {
		return s, err
	}
	return ts.Storm(tx, id)
}

// suppressStorm makes the suppression that silences what the storm holds: by
// the kinds it is made of where they can be named, else by the rule's match.
func (ts *Tickets) suppressStorm(tx *db.Tx, s Storm, reason string, expires time.Time) (rule string, err error) {
	p, err := ts.Policy(tx)
	if err != nil {
		return "", err
	}
	if expires.IsZero() {
		return "", fault.Field("body.expires_at", "must say when the suppression ends")
	}
	match := ""
	for _, r := range p.Rules {
		if r.ID == s.RuleID && strings.TrimSpace(r.Match) != "" {
			match = "(" + r.Match + ") severity<critical" // a critical one passes the storm, and this too
		}
	}
	if s.Same != nil {
		match = "kind:" + query.Quote(s.Same.Kind) + " account:" + query.Quote(s.Same.Account)
	}
	if match == "" {
		match = "product:" + query.Quote(s.SourceName)
	}
	silence := Suppression{
		ID: tx.NewID(), Name: clip("Storm "+s.Number+": "+s.RuleName, 120), Match: match, Reason: reason,
		Owner: tx.Actor().Person(), ExpiresAt: expires, Enabled: true,
	}
	_, err = ts.SetPolicy(tx, PolicyChange{
		Sections: Sections{Suppressions: append(p.Suppressions[:len(p.Suppressions):len(p.Suppressions)], silence)},
		Rev:      p.Rev, Reason: reason,
	})
	return silence.ID, err
}

// EndStorms notes which storms are over: nothing has come for as long as their
// window. It runs now and then on one node.
func (ts *Tickets) EndStorms(ctx context.Context) error {
	type over struct{ tenant, id, ticket string }
	var list []over
	err := ts.db.Read(db.As(ctx, db.Everyone, "system:ticket"), func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(s db.Scanner) (o over, err error) {
			return o, s.Scan(&o.tenant, &o.id, &o.ticket)
		}, `SELECT tenant, id, ticket FROM storm WHERE active AND last_at + limit_window < $1 LIMIT 50`, tx.Now())
		return fault.Wrap(err, "looking for storms that are over")
	})
	for _, o := range list {
		if err != nil {
			return err
		}
		err = ts.db.Write(db.As(ctx, o.tenant, "system:ticket"), func(tx *db.Tx) error { return ts.endStorm(tx, o.id, o.ticket) })
	}
	return err
}

func (ts *Tickets) endStorm(tx *db.Tx, id, ticket string) error {
	n, err := tx.Exec(`UPDATE storm SET active = $1, ended_at = last_at WHERE tenant = $2 AND id = $3 AND active AND last_at + limit_window < $4`,
		false, tx.Tenant(), id, tx.Now())
	if err != nil || n == 0 {
		return fault.Wrap(err, "ending storm %s", id)
	}
	_, err = ts.journal.Append(tx, journal.Entry{Stream: Stream(ticket), Kind: journal.StormEnded, Data: map[string]any{"storm": id}})
	return err
}

// JobStorm carries out the choice about a storm.
const JobStorm = "storm.settle"

type settling struct {
	Storm  string `json:"storm"`
	Choice string `json:"choice"`
	Ticket string `json:"ticket"`
	Rule   string `json:"rule"` // the suppression that was made
}

// settleChunk is how many findings share one transaction.
const settleChunk = 50

// SettleStorm is the handler of JobStorm: findings are taken worst first, a few
// in each transaction, so that intake goes on beside it and a crash loses
// nothing.
func (ts *Tickets) SettleStorm(ctx context.Context, j job.Job) error {
	var s settling
	if err := json.Unmarshal(j.Payload, &s); err != nil {
		return job.Permanent(err)
	}
	for {
		left := 0
		err := ts.db.Write(ctx, func(tx *db.Tx) error {
			if err := j.Hold(tx); err != nil {
				return err
			}
			ids, err := ts.findings.Held(tx, s.Storm, settleChunk)
			if err != nil {
				return err
			}
			left = len(ids)
			if left == 0 {
				return tx.Must(`UPDATE storm SET done_at = $1 WHERE tenant = $2 AND id = $3`, tx.Now(), tx.Tenant(), s.Storm)
			}
			return ts.settleSome(tx, s, ids)
		})
		if err != nil || left == 0 {
			return err
		}
	}
}

func (ts *Tickets) settleSome(tx *db.Tx, s settling, ids []string) error {
	for _, id := range ids {
		f, err := ts.findings.Again(tx, id)
		if err != nil {
			return err
		}
		d, err := ts.settled(tx, s, f)
		if err != nil {
			return err
		}
		if err := ts.release(tx, f, d, map[string]any{"storm": s.Storm}); err != nil {
			return err
		}
	}
	return tx.Must(`UPDATE storm SET settled = settled + $1 WHERE tenant = $2 AND id = $3`, len(ids), tx.Tenant(), s.Storm)
}

// settled is what the choice makes of one finding. One that is no longer active
// is recorded, whatever the choice.
func (ts *Tickets) settled(tx *db.Tx, s settling, f *finding.Taken) (finding.Decision, error) {
	v, err := ts.verdictOn(tx, f)
	if err != nil {
		return finding.Decision{}, err
	}
	switch {
	case !f.Active:
		return finding.Decision{Outcome: finding.Recorded, Decided: v.decided()}, nil
	case s.Choice == StormSuppress:
		return finding.Decision{Outcome: finding.Suppressed, Decided: s.Rule}, nil
	case s.Choice == StormGroup && v.open:
		t, err := ts.standing(tx, s.Ticket)
		if err != nil {
			return finding.Decision{}, err
		}
		if t.Open() {
			return ts.join(tx, f, v, t)
		}
	}
	return ts.place(tx, f, v, false)
}
