package sla

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// answerKinds are the entries with which somebody answers a call, and what a
// ladder is stopped by then.
func answerKinds() map[string]string {
	return map[string]string{
		journal.TicketAcknowledged: "ack", journal.TicketReconfirmed: "ack", journal.OwnerTaken: "taken", journal.OwnerBreakGlass: "taken",
		journal.HandoverAccepted: "accepted",
	}
}

// offerKinds answer a call about an offer, too.
func offerKinds() map[string]string {
	return map[string]string{
		journal.HandoverOffered: "offered", journal.HandoverWithdrawn: "withdrawn", journal.HandoverDeclined: "declined", journal.OwnerReturned: "returned",
	}
}

// answered ends the ladders that what was just journaled answers. It is called
// in the transaction of the command, whose chain it goes on with: no call comes
// after an answer. A ladder that ended because the severity fell begins anew
// when the severity calls people again.
func (s *SLA) answered(tx *db.Tx, chain *journal.Chain, id string, st State) error {
	runs, err := db.All(tx, scanRun, sqlRunsToMind, tx.Tenant(), id)
	if err != nil || len(runs) == 0 {
		return err
	}
	said, err := s.answers(tx, id)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.nextAt < 0 { // stopped, since the severity fell
			if err := s.rise(tx, chain, r, st); err != nil {
				return err
			}
			continue
		}
		cause, err := s.endedBy(tx, r, st, said)
		if err != nil {
			return err
		}
		if cause != "" {
			if err := s.stop(tx, chain, r, cause); err != nil {
				return err
			}
		}
	}
	return nil
}

// sqlRunsToMind are the ladders that are climbed, and those that ended because
// the severity fell, which are told by a next_at of -1.
const sqlRunsToMind = `SELECT id, ticket, trigger, cycle, version, ladder, level, repeat, began_at, CASE WHEN state = 'running' THEN COALESCE(next_at,0) ELSE -1 END
	FROM ladder_run WHERE tenant = $1 AND ticket = $2 AND (state = 'running' OR stopped_by = 'severity') ORDER BY began_at, id`

// answer is an entry with which somebody answered.
type answer struct {
	at    int64
	cause string
	offer bool // answers only a call about an offer
}

func (s *SLA) answers(tx *db.Tx, id string) ([]answer, error) {
	all, offers := answerKinds(), offerKinds()
	kinds := []string{}
	for kind := range all {
		kinds = append(kinds, kind)
	}
	for kind := range offers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	story, err := journal.Story(tx, ticket.Stream(id), kinds...)
	if err != nil {
		return nil, err
	}
	out := make([]answer, len(story))
	for i := range story {
		cause, offer := all[story[i].Kind], false
		if cause == "" {
			cause, offer = offers[story[i].Kind], true
		}
		out[i] = answer{story[i].At, cause, offer}
	}
	return out, nil
}

// endedBy says what has ended a ladder; "" for nothing.
func (s *SLA) endedBy(tx *db.Tx, r run, st State, said []answer) (string, error) {
	if !st.Open {
		return s.howClosed(tx, r.ticket)
	}
	for _, a := range said {
		if a.at > r.beganAt && (!a.offer || r.trigger == MetricHandover || r.trigger == triggerDeclines) {
			return a.cause, nil
		}
	}
	if r.trigger == TriggerOpen {
		return s.lowered(tx, r, st)
	}
	if over(st, r) {
		return "met", nil
	}
	return "", nil
}

func (s *SLA) howClosed(tx *db.Tx, id string) (string, error) {
	t, err := s.tickets.Get(tx, id)
	if err == nil && t.Resolution == ticket.Merged {
		return "merged", nil
	}
	return "closed", err
}

// lowered reports whether the severity does not call people any more. A ticket
// that must be seen again calls them at any severity: its cycle is above 1.
func (s *SLA) lowered(tx *db.Tx, r run, st State) (string, error) {
	v, err := s.version(tx, st.Version)
	if err != nil {
		return "", err
	}
	if r.cycle > 1 || v.calls(st) {
		return "", nil
	}
	return "severity", nil
}

// calls reports whether the policy of a state calls people as soon as a ticket
// of its severity is opened.
func (v *Version) calls(st State) bool {
	for i := range v.Doc.Policies {
		if p := &v.Doc.Policies[i]; p.ID == st.Policy {
			return slices.Contains(p.PageOnOpen, st.Severity)
		}
	}
	return false
}

// over reports whether the clock whose breach began a ladder has been stopped by
// what it waited for.
func over(st State, r run) bool {
	metric, phase := clockOf(r.trigger)
	if metric == MetricHandover {
		return false // an offer that has expired stops its clock and still calls
	}
	for i := range st.Clocks {
		c := &st.Clocks[i]
		if c.Metric == metric && c.Phase == phase && c.Cycle == r.cycle {
			return c.StoppedAt > 0
		}
	}
	return false
}

// rise lets a ladder begin anew that ended because the severity fell.
func (s *SLA) rise(tx *db.Tx, chain *journal.Chain, r run, st State) error {
	if r.trigger != TriggerOpen || r.cycle != st.AckCycle || st.Acknowledged || !st.Open {
		return nil
	}
	v, err := s.version(tx, st.Version)
	if err != nil || !v.calls(st) {
		return err
	}
	r.beganAt = tx.Now()
	_, _, err = s.begin(tx, chain, r)
	return err
}
