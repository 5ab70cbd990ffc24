package sla

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/ticket"
)

func metrics() []string {
	return []string{MetricAck, MetricContain, MetricResolve, MetricPhase, MetricHandover, MetricAge}
}

// message is what a person reads of an error.
func message(err error) string {
	if e := fault.As(err); e != nil {
		return e.Message
	}
	return err.Error()
}

func (c *compiler) timers(at string, d *Policy, p *policy) {
	c.atMost(at+".timers", len(d.Timers), maxTimers)
	seen := map[string]bool{}
	for i := range d.Timers {
		t := &d.Timers[i]
		at := fmt.Sprintf("%s.timers[%d]", at, i)
		key := t.Metric + ":" + t.Phase
		if seen[key] {
			c.add(at+".metric", "%s stands twice in this policy", key)
		}
		seen[key] = true
		c.metric(at, t)
		c.ladderNamed(at+".ladder", t.Ladder, true)
		p.targets = append(p.targets, &target{t, c.goals(at, d, t)})
	}
}

func (c *compiler) metric(at string, t *Target) {
	if !slices.Contains(metrics(), t.Metric) {
		c.add(at+".metric", "must be one of %v", metrics())
	}
	work := slices.Contains(ticket.Phases(), ticket.Phase(t.Phase)) && t.Phase != string(ticket.Closed)
	if t.Metric == MetricPhase && !work {
		c.add(at+".phase", "must name the phase")
	}
	if t.Metric != MetricPhase && t.Phase != "" {
		c.add(at+".phase", "only the metric phase has one")
	}
	if t.Pausable && slices.Contains([]string{MetricAck, MetricHandover, MetricAge}, t.Metric) {
		c.add(at+".pausable", "%s never waits", t.Metric)
	}
}

// goals reads what is asked at each severity.
func (c *compiler) goals(at string, d *Policy, t *Target) map[string]goal {
	c.severities(at+".targets", slices.Sorted(maps.Keys(t.Targets)), true)
	c.severities(at+".calendar", slices.Sorted(maps.Keys(t.Calendar)), true)
	for _, key := range slices.Sorted(maps.Keys(t.Calendar)) {
		if id := t.Calendar[key]; id != "" && c.v.calendars[id] == nil {
			c.add(at+".calendar."+clip(key), "there is no calendar %q", clip(id))
		}
	}
	bad := map[string]bool{}
	out := map[string]goal{}
	for _, severity := range severities() {
		key := given(t.Targets, severity)
		text := t.Targets[key]
		if text == "" || bad[key] {
			continue
		}
		l, err := ParseLength(text)
		if err != nil {
			bad[key] = true
			c.adopt(at+".targets."+clip(key), err)
			continue
		}
		out[severity] = c.goal(at+".targets."+clip(key), d, t, severity, l)
	}
	return out
}

func (c *compiler) goal(at string, d *Policy, t *Target, severity string, l Length) goal {
	id := t.Calendar[given(t.Calendar, severity)]
	if id == "" || c.v.calendars[id] == nil {
		id = RoundTheClock
	}
	g := goal{text: t.Targets[given(t.Targets, severity)], calendar: id, hours: c.hours[id], cal: c.v.calendars[id], pausable: t.Pausable, ladder: t.Ladder}
	switch g.ladder {
	case "":
		g.ladder = d.Ladder
	case noLadder:
		g.ladder = ""
	}
	g.micros = l.Micros(g.cal)
	if _, err := g.cal.Add(c.now, micros(g.micros)); err != nil {
		c.add(at, "the calendar %s is not open so long within 400 days", id)
	}
	return g
}

// given is the key under which something is written for a severity.
func given(m map[string]string, severity string) string {
	if _, ok := m[severity]; ok {
		return severity
	}
	return "*"
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
