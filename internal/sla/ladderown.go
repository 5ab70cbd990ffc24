package sla

import (
	"encoding/json"
	"fmt"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

const minute = 60_000_000

// stepsOf is the ladder of a run as it was when the run began. A ladder that its
// version does not know calls the team, so that nothing is silent.
func (s *SLA) stepsOf(tx *db.Tx, r run) (*Steps, error) {
	v, err := s.version(tx, r.version)
	if err != nil {
		return nil, err
	}
	if r.ladder != "" {
		if l := v.Steps(r.ladder); l != nil && len(l.Levels) > 0 {
			return l, nil
		}
	}
	l := &Steps{ID: r.ladder, Fallback: v.lastResort()}
	switch {
	case r.ladder == "" && r.trigger == MetricHandover:
		l.Levels, err = offered(tx, r.ticket)
	case r.ladder == "" && r.trigger == triggerDeclines:
		l.Levels, err = declined(tx, r)
	default:
		l.Levels = upFrom(Who{WhoOnCall, WhoTeam}, Who{WhoLead, WhoTeam})
	}
	return l, err
}

// lastResort is the fallback of the first ladder that has one.
func (v *Version) lastResort() []Who {
	for _, d := range v.Doc.Ladders {
		if l := v.ladders[d.ID]; l != nil && len(l.Fallback) > 0 {
			return l.Fallback
		}
	}
	return nil
}

// upFrom is a ladder of one name a level, five minutes apart.
func upFrom(who ...Who) []Step {
	steps := make([]Step, len(who))
	for i, w := range who {
		steps[i] = Step{After: int64(i) * 5 * minute, Who: []Who{w}}
	}
	return steps
}

// offered is the ladder of an offer that nobody accepted: who is on duty where
// it was offered, who leads them, and who leads the one who offered.
func offered(tx *db.Tx, id string) ([]Step, error) {
	story, err := journal.Story(tx, ticket.Stream(id), journal.HandoverOffered)
	if err != nil || len(story) == 0 {
		return upFrom(Who{WhoOnCall, WhoTeam}, Who{WhoLead, WhoTeam}), err
	}
	last := &story[len(story)-1]
	up := []Who{}
	if team := last.Get("to_team"); team != "" {
		up = append(up, Who{whoDuty, team}, Who{WhoLead, team})
	} else {
		up = append(up, Who{WhoOnCall, WhoTeam}, Who{whoLeadOf, last.Get("to_user")})
	}
	return upFrom(append(up, Who{whoLeadOf, last.Get("from")})...), nil
}

// declined is the ladder of an offer that was declined three times: who leads
// the owner, and who leads the team.
func declined(tx *db.Tx, r run) ([]Step, error) {
	story, err := journal.Story(tx, ticket.Stream(r.ticket), journal.HandoverDeclined)
	for i := len(story) - 1; i >= 0; i-- {
		if story[i].Seq == r.cycle {
			return upFrom(Who{whoLeadOf, story[i].Get("from")}, Who{WhoLead, WhoTeam}), nil
		}
	}
	return upFrom(Who{WhoLead, WhoTeam}), err
}

// pageNotice is what one who is called is told.
func pageNotice(c *calling, t *ticket.Ticket, p callee) notify.Notice {
	key := fmt.Sprintf("page|%s|%d.%d|%s%s", c.run.id, c.run.level, c.run.repeat, p.person, p.channel)
	if c.reason != "" && c.reason != "late" {
		key += "|" + c.reason
	}
	n := about(t, key, notify.Page, why(c.run.trigger))
	n.Person, n.Channel, n.Urgent, n.OnDuty, n.Level = p.person, p.channel, true, p.onDuty, int(max(c.run.level, 1))
	n.Acts = []notify.Act{notify.ActAck, notify.ActTake, notify.ActEscalate}
	if c.fallback {
		n.Level = 0 // nobody is behind the last resort: quiet hours do not hold it back
		n.Text = why(c.run.trigger) + " A level of the ladder had nobody to call, so you are called as the last resort."
	}
	return n
}

// why says in a sentence what made a ladder begin.
func why(trigger string) string {
	switch trigger {
	case TriggerOpen:
		return "Nobody has acknowledged this ticket."
	case triggerDeclines:
		return "An offer of this ticket was declined three times."
	case triggerAsked:
		return "Somebody who was called cannot help."
	case MetricHandover:
		return "Nobody accepted the offer of this ticket in time."
	}
	metric, phase := clockOf(trigger)
	return "The time to " + doing(metric, phase) + " has passed."
}

// clockOf reads a trigger that is the name of a clock.
func clockOf(trigger string) (metric, phase string) {
	if rest, ok := strings.CutPrefix(trigger, MetricPhase+":"); ok {
		return MetricPhase, rest
	}
	return trigger, ""
}

// number reads a member of an entry's data that is a whole number; 0 when it is
// not there.
func number(r *journal.Record, name string) int64 {
	var m map[string]json.RawMessage
	if json.Unmarshal(r.Data, &m) != nil {
		return 0
	}
	var n int64
	_ = json.Unmarshal(m[name], &n)
	return n
}
