package ticket

import (
	"strings"
	"time"

	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// verdict is what the rules say of one finding.
type verdict struct {
	severity finding.Severity // ours; the detector's when no rule maps it
	silenced string           // id of the suppression or window, "" for none
	open     bool
	rev      int64       // revision of the policy, 0 for the default
	rule     openingRule // that decided; its place is 0 when none did
	keys     []groupKey  // under which an open ticket may be joined, first come first
	team     string      // "" for the intake team
	route    string      // id of the route
}

// decided is the id of whatever decided.
func (v verdict) decided() string {
	if v.silenced != "" {
		return v.silenced
	}
	return v.rule.ID
}

// judge says what the rules make of a finding at a time.
func (c *compiled) judge(f *finding.Finding, now int64) verdict {
	v := verdict{rev: c.rev, severity: f.Severity}
	j := newJudging(c, f, now)
	if i := first(j, c.severities, func(r SeverityRule) bool { return r.Enabled }); i >= 0 {
		v.severity = c.severities[i].rule.Severity
		mapped := *f
		mapped.Severity = v.severity
		j.f = &mapped
	}
	if v.silenced = j.silencedBy(now); v.silenced != "" {
		return v
	}
	i := first(j, c.rules, func(r openingRule) bool { return r.Enabled })
	if i < 0 {
		return v
	}
	v.rule = c.rules[i].rule
	if v.open = v.rule.Then == ThenOpen; v.open {
		j.place(&v)
	}
	return v
}

// judging is one finding under the rules.
type judging struct {
	c     *compiled
	f     *finding.Finding
	env   query.Env
	local time.Time
}

func newJudging(c *compiled, f *finding.Finding, now int64) judging {
	return judging{c, f, query.Env{Now: now, Zone: c.zone, List: c.list}, time.UnixMicro(now).In(c.zone)}
}

// first is the place of the first rule in force that matches, -1 for none.
func first[T any](j judging, rules []judged[T], inForce func(T) bool) int {
	for i := range rules {
		if inForce(rules[i].rule) && query.Match(rules[i].query, j.record, j.env) {
			return i
		}
	}
	return -1
}

func (j judging) silencedBy(now int64) string {
	at := time.UnixMicro(now)
	if i := first(j, j.c.suppressions, func(s Suppression) bool { return s.Enabled && at.Before(s.ExpiresAt) }); i >= 0 {
		return j.c.suppressions[i].rule.ID
	}
	if i := first(j, j.c.windows, func(w Window) bool { return !at.Before(w.From) && at.Before(w.To) }); i >= 0 {
		return j.c.windows[i].rule.ID
	}
	return ""
}

// place says which tickets the finding may join and whose it is.
func (j judging) place(v *verdict) {
	for i := range j.c.groups {
		g := &j.c.groups[i]
		if g.rule.Enabled && query.Match(g.query, j.record, j.env) {
			v.keys = append(v.keys, keysOf(j.f, g.rule)...)
		}
	}
	if i := first(j, j.c.routes, func(r Route) bool { return r.Enabled }); i >= 0 {
		v.team, v.route = j.c.routes[i].rule.Team, j.c.routes[i].rule.ID
	}
}

// record adds to what the finding says what only this installation and this
// moment know.
func (j judging) record(field string) query.Values {
	switch field {
	case "ou":
		return query.Strings(j.c.units[j.f.Account]...)
	case "hour":
		return query.Integers(int64(j.local.Hour()))
	case "weekday":
		return query.Strings(strings.ToLower(j.local.Weekday().String()[:3]))
	}
	return j.f.Record()(field)
}

func (c *compiled) list(name string) (query.Set, bool) {
	s, ok := c.lists[name]
	return s, ok
}
