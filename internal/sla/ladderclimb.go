package sla

import (
	"fmt"
	"slices"

	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
)

// climbs goes on with every ladder of the ticket that has a step due.
func (sc *scene) climbs() error {
	runs, err := sc.climbed()
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.nextAt == 0 || r.nextAt > sc.tx.Now() {
			continue
		}
		l, err := sc.s.stepsOf(sc.tx, r)
		if err != nil {
			return err
		}
		m, due := l.climb(r.beganAt, r.step(), sc.tx.Now())
		if !due { // put off, or the clock was set back
			r.nextAt = l.nextAt(r.beganAt, r.step())
			if err := climbed(sc.tx, r); err != nil {
				return err
			}
			continue
		}
		reason := ""
		if m.late {
			reason = "late"
		}
		if err := sc.climb(r, l, m, reason); err != nil {
			return err
		}
	}
	return nil
}

// climb makes a move. Where nobody is there to call, the next level is called at
// once, and the fallback too.
func (sc *scene) climb(r run, l *Steps, m move, reason string) error {
	c := calling{run: r, steps: l, dueAt: m.dueAt, reason: reason}
	if err := sc.gather(&c, m.levels); err != nil {
		return err
	}
	for top := int64(len(l.Levels)); c.emptyAt(m.to, l) && m.to < top; {
		m.to++
		c.reason = "gap"
		if err := sc.gather(&c, span{int(m.to), int(m.to)}); err != nil {
			return err
		}
	}
	c.run.level, c.run.repeat = l.levelOf(m.to)
	c.run.nextAt = l.nextAt(r.beganAt, m.to)
	if err := climbed(sc.tx, c.run); err != nil {
		return err
	}
	if len(c.gaps) > 0 {
		if err := sc.fallBack(&c); err != nil {
			return err
		}
	}
	return sc.page(&c)
}

// calling is one call of people: who is called, by which names, and which levels
// had nobody.
type calling struct {
	run      run
	steps    *Steps
	dueAt    int64
	reason   string
	levels   []int
	targets  []string
	people   []callee
	gaps     []gap
	offer    string // who is offered the ticket, because a level says so
	fallback bool   // the fallback is among those called
}

// gap is a level that had nobody.
type gap struct {
	level   int
	targets []string
}

// emptyAt reports whether the highest level of a step had nobody.
func (c *calling) emptyAt(step int64, l *Steps) bool {
	top := l.called(step).to
	return slices.ContainsFunc(c.gaps, func(g gap) bool { return g.level == top })
}

// gather resolves levels and adds who they name.
func (sc *scene) gather(c *calling, levels span) error {
	t, err := sc.ticket()
	if err != nil {
		return err
	}
	for level := levels.from; level <= levels.to; level++ {
		step := c.steps.Levels[level-1]
		found := 0
		names := []string{}
		for _, w := range step.Who {
			people, err := sc.cast.resolve(sc.s, sc.tx, w, t)
			if err != nil {
				return err
			}
			names = append(names, w.String())
			found += len(people)
			c.add(people)
			if step.Reassign && c.offer == "" {
				c.offer = firstPerson(people)
			}
		}
		c.levels = append(c.levels, level)
		c.targets = append(c.targets, names...)
		if found == 0 {
			c.gaps = append(c.gaps, gap{level, names})
		}
	}
	return nil
}

// add takes in people, each once.
func (c *calling) add(people []callee) {
	for _, p := range people {
		at := slices.IndexFunc(c.people, func(o callee) bool { return o.person == p.person && o.channel == p.channel })
		if at < 0 {
			c.people = append(c.people, p)
			continue
		}
		c.people[at].onDuty = c.people[at].onDuty || p.onDuty
	}
}

func firstPerson(list []callee) string {
	for _, c := range list {
		if c.person != "" {
			return c.person
		}
	}
	return ""
}

// fallBack adds the last resort. When no way to it is known to work, the
// administrators are told and the metric says so.
func (sc *scene) fallBack(c *calling) error {
	t, err := sc.ticket()
	if err != nil {
		return err
	}
	works := false
	for _, w := range c.steps.Fallback {
		people, err := sc.cast.resolve(sc.s, sc.tx, w, t)
		if err != nil {
			return err
		}
		for _, p := range people {
			ok, err := sc.s.reachable(sc.tx, p)
			if err != nil {
				return err
			}
			works = works || ok
		}
		c.targets = append(c.targets, w.String())
		c.add(people)
	}
	c.fallback = true
	if works {
		return nil
	}
	return sc.unreachable()
}

// page journals the call and tells everybody.
func (sc *scene) page(c *calling) error {
	t, err := sc.ticket()
	if err != nil {
		return err
	}
	for _, g := range c.gaps {
		sc.write(journal.EscalationGap, map[string]any{"level": g.level, "run": c.run.id, "targets": g.targets})
	}
	now := sc.tx.Now()
	ids := make([]string, len(c.people))
	for i, p := range c.people {
		ids[i] = p.person + p.channel
	}
	sc.write(journal.EscalationPaged, map[string]any{
		"due_at": c.dueAt, "fired_at": now, "late_by": max(now-c.dueAt, 0), "level": c.run.level, "levels": whole(c.levels), "offer": c.offer, "people": ids,
		"reason": c.reason, "repeat": c.run.repeat, "run": c.run.id, "targets": whole(c.targets), "trigger": c.run.trigger,
	})
	sc.did(c.dueAt)
	for _, p := range c.people {
		sc.say(pageNotice(c, t, p), c.dueAt)
	}
	return nil
}

// whole is a list that is never null.
func whole[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// unreachable says that a ladder has ended in nothing: no way to its last resort
// is known to work. Administrators hear of it once a day; of the ticket they
// hear nothing, since they may not read it.
func (sc *scene) unreachable() error {
	sc.s.gauges.unreachable.Store(1)
	admins, err := askMany(sc.s.people.Holders, sc.tx, identity.TenantAdmin)
	if err != nil {
		return err
	}
	day := sc.tx.Now() / (24 * 60 * minute)
	for _, id := range admins {
		sc.say(notify.Notice{
			Key: fmt.Sprintf("unreachable|%d|%s", day, id), Person: id, Kind: notify.Alarm, Urgent: true,
			Text: "An escalation found nobody, and no way to its last resort is known to work. Give the ladder a fallback whose channel was tested.",
		}, sc.tx.Now())
	}
	return nil
}
