package ticket

import (
	"fmt"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// CheckState is how an exit check stands.
type CheckState string

// Met and open are seen from the ticket; about the third only a person can tell.
const (
	CheckMet   CheckState = "met"
	CheckOpen  CheckState = "open"
	CheckJudge CheckState = "judge"
)

// ExitCheck is what ought to hold before a ticket leaves its phase (ux.md §3).
type ExitCheck struct {
	ID       string     `json:"id"`
	Text     string     `json:"text"`
	State    CheckState `json:"state" enum:"met,open,judge"`
	Enforced bool       `json:"enforced" doc:"The rules hold the ticket in its phase until it is met, or waived with a reason"`
}

// checkable are the checks that the server can judge, by which a policy may hold
// a ticket back.
func checkable() []string {
	return []string{
		"detect.owned", "detect.acknowledged", "detect.tasks", "analysis.scope", "analysis.affected", "analysis.tasks",
		"containment.verified", "containment.tasks", "eradication.cause", "eradication.tasks", "recovery.agreed", "recovery.tasks", "post_incident.lessons", "post_incident.tasks",
	}
}

// exitJudge judges the exit checks of one ticket.
type exitJudge struct {
	t        *Ticket
	noted    bool // a significant note was written in this phase
	tasks    int  // open tasks of this phase or an earlier one
	affected bool
	enforced []string
}

// exitChecks are the checks of the phase that a ticket is in.
func (ts *Tickets) exitChecks(tx *db.Tx, t *Ticket) ([]ExitCheck, error) {
	if !t.Open() {
		return []ExitCheck{}, nil
	}
	c := exitJudge{t: t, affected: t.Resource != ""}
	p, err := ts.compiledPolicy(tx)
	if err != nil {
		return nil, err
	}
	c.enforced = p.exits
	if c.noted, err = ts.notedSince(tx, t); err != nil {
		return nil, err
	}
	if c.tasks, err = openTasks(tx, t); err != nil {
		return nil, err
	}
	return c.list(), nil
}

func (c *exitJudge) list() []ExitCheck {
	noted := func(id, what string) ExitCheck { return c.seen(id, c.noted, what+", in a significant note") }
	out := map[Phase][]ExitCheck{
		Detect: {c.seen("owned", c.t.Owner != "", "Somebody owns it"), c.seen("acknowledged", c.t.AcknowledgedAt != nil, "It is acknowledged")},
		Analysis: {
			noted("scope", "The scope is written down"), c.seen("affected", c.affected, "What is affected is known"),
			c.judge("indicators", "Indicators are gathered"), c.judge("techniques", "Techniques are named"), c.judge("severity", "The severity is right"),
		},
		Containment:  {noted("verified", "How containment was verified"), c.judge("evidence", "Evidence was collected before anything was destroyed")},
		Eradication:  {noted("cause", "The root cause"), c.judge("persistence", "Persistence was looked for and removed"), c.judge("credentials", "Credentials were rotated")},
		Recovery:     {noted("agreed", "The service owner’s agreement"), c.judge("watch", "Somebody watches for it to come back")},
		PostIncident: {noted("lessons", "Lessons learned, with owners and dates")},
	}[c.t.Phase]
	text := "Every task of this phase is done or waived"
	if c.tasks > 0 {
		text = fmt.Sprintf("%s (%d open)", text, c.tasks)
	}
	return append(out, c.seen("tasks", c.tasks == 0, text))
}

func (c *exitJudge) seen(id string, met bool, text string) ExitCheck {
	id = string(c.t.Phase) + "." + id
	state := CheckOpen
	if met {
		state = CheckMet
	}
	return ExitCheck{id, text, state, slices.Contains(c.enforced, id)}
}

func (c *exitJudge) judge(id, text string) ExitCheck {
	return ExitCheck{string(c.t.Phase) + "." + id, text, CheckJudge, false}
}

// notedSince reports whether a significant note was written since the ticket
// last entered its phase.
func (ts *Tickets) notedSince(tx *db.Tx, t *Ticket) (bool, error) {
	var entered int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(entered_at),0) FROM phase_visit WHERE tenant = $1 AND ticket = $2 AND NOT skipped`, tx.Tenant(), t.ID).Scan(&entered)
	if err != nil {
		return false, fault.Wrap(err, "finding when a phase began")
	}
	notes, err := journal.Story(tx, Stream(t.ID), journal.NoteAdded)
	return slices.ContainsFunc(notes, func(n journal.Record) bool { return n.At >= entered && n.Member("significant") == "true" }), err
}

// openTasks counts open tasks of the ticket's phase and of those before it.
func openTasks(tx *db.Tx, t *Ticket) (n int, err error) {
	phases, err := db.Strings(tx, `SELECT phase FROM task WHERE tenant = $1 AND ticket = $2 AND state = 'open'`, tx.Tenant(), t.ID)
	for _, p := range phases {
		if Phase(p).place() <= t.Phase.place() {
			n++
		}
	}
	return n, fault.Wrap(err, "counting tasks")
}

// mayLeave holds a ticket in its phase while an enforced check is open. Going
// back, and a waiver with a reason, are always free.
func (ts *Tickets) mayLeave(tx *db.Tx, t *Ticket, m Move) error {
	if m.To.place() <= t.Phase.place() {
		return nil
	}
	checks, err := ts.exitChecks(tx, t)
	if err != nil {
		return err
	}
	missing, ids := []string{}, []string{}
	for _, c := range checks {
		if c.Enforced && c.State == CheckOpen {
			missing, ids = append(missing, c.Text), append(ids, c.ID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if m.Waive && len([]rune(m.Reason)) >= minSkipReason {
		return nil
	}
	if m.Waive {
		return fault.Field("body.reason", "waiving an enforced check needs a reason of at least %d characters", minSkipReason)
	}
	return conflict(t, "exit-checks", "stays in %s until this holds, or is waived with a reason: %s", spoken(string(t.Phase)), strings.Join(missing, "; ")).WithExtra("checks", ids)
}
