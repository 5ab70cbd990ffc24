package sla

import (
	"fmt"
	"slices"

	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// run goes on from one thing that passes to the next, and does what the
// scheduler would, until nothing passes any more.
func (sim *simulation) run(doing []Event) {
	now := sim.story[0].At
	horizon := now + simHorizon.Microseconds()
	for range simRounds {
		for len(doing) > 0 && doing[0].At <= now {
			sim.add(now, doing[0])
			sim.answer(now, doing[0].Kind)
			doing = doing[1:]
		}
		st := Replay([]*Version{sim.v}, sim.story, now)
		if passed := st.Passed(now); len(passed) > 0 {
			for _, h := range passed {
				sim.happen(now, st, h)
			}
			continue
		}
		sim.over(now, st)
		next := st.NextAt
		if len(doing) > 0 && (next == 0 || doing[0].At < next) {
			next = doing[0].At
		}
		if next == 0 || next > horizon {
			return
		}
		now = max(now, next)
	}
}

func (sim *simulation) add(now int64, e Event) {
	e.At = now
	sim.story = append(sim.story, e)
}

// happen writes what the scheduler would write.
func (sim *simulation) happen(now int64, st State, h Happening) {
	e := Event{Actor: "system:sla", Metric: h.Metric, Phase: h.Phase, Cycle: h.Cycle, Percent: h.Percent, DueAt: h.At, ID: h.Pause, Trigger: h.Trigger}
	switch h.Kind {
	case Page:
		e.Kind = journal.EscalationStarted
		sim.climb(now, h)
	case Warn:
		e.Kind = journal.SLAWarned
	case Breach:
		e.Kind = journal.SLABreached
		if st.Open && running(st, h) && (h.Metric != MetricAck || !sim.climbing(TriggerOpen)) {
			sim.climb(now, h)
		}
	case Resume:
		e.Kind = journal.SLAResumed
	case Ask:
		e.Kind, e.Until = journal.SLAAsked, now+answerWithin
	case Unanswered:
		e.Kind = journal.TicketUnacknowledged
	}
	sim.add(now, e)
	if h.Kind == Breach && h.Metric == MetricHandover {
		sim.add(now, Event{Kind: journal.HandoverExpired, Actor: "system:ticket"})
	}
}

// climb begins a ladder. One of an offer calls whom it was offered to, which a
// simulation does not know.
func (sim *simulation) climb(now int64, h Happening) {
	steps := sim.v.Steps(h.Ladder)
	if steps == nil || h.Metric == MetricHandover {
		return
	}
	sim.runs = append(sim.runs, &simRun{run: run{trigger: h.Trigger, cycle: h.Cycle, ladder: h.Ladder, beganAt: now}, steps: steps})
}

func (sim *simulation) climbing(trigger string) bool {
	return slices.ContainsFunc(sim.runs, func(r *simRun) bool { return r.trigger == trigger && r.ended == 0 })
}

// answer ends what somebody answers.
func (sim *simulation) answer(now int64, kind string) {
	if answerKinds()[kind] == "" {
		return
	}
	sim.end(now, func(*simRun) bool { return true })
}

// over ends what has been done, or does not call people any more.
func (sim *simulation) over(now int64, st State) {
	sim.end(now, func(r *simRun) bool {
		return !st.Open || over(st, r.run) || r.trigger == TriggerOpen && r.cycle == 1 && !sim.v.calls(st)
	})
}

func (sim *simulation) end(now int64, which func(*simRun) bool) {
	for _, r := range sim.runs {
		if r.ended == 0 && which(r) {
			r.ended = max(now, 1)
		}
	}
}

// tell says what was found, with names.
func (sim *simulation) tell(out *Simulation) error {
	last := sim.story[0].At
	if n := len(sim.ask.Events); n > 0 {
		for _, e := range sim.ask.Events {
			last = max(last, e.At.UnixMicro())
		}
	}
	shown := slices.DeleteFunc(slices.Clone(sim.story), func(e Event) bool { return e.At > last })
	var said []Sentence
	replay([]*Version{sim.v}, sim.story, sim.story[len(sim.story)-1].At, func(s Sentence) { said = append(said, s) })
	st := Replay([]*Version{sim.v}, shown, last)
	out.Policy, out.PolicyName, out.Version = st.Policy, st.PolicyName, st.Version
	out.Timers, out.Steps = views(st.Clocks), steps(said)
	for _, r := range sim.runs {
		if err := sim.pages(r, out); err != nil {
			return err
		}
	}
	slices.SortStableFunc(out.Pages, func(a, b SimPage) int { return a.At.Compare(b.At) })
	out.Pages = out.Pages[:min(len(out.Pages), simPages)]
	if l := sim.v.Steps(st.Ladder); l != nil {
		targets, err := sim.targets(l.Fallback, last)
		out.Fallback = targets
		return err
	}
	return nil
}

// pages are the calls of a ladder, up to the first time that it is gone up again.
func (sim *simulation) pages(r *simRun, out *Simulation) error {
	top := int64(len(r.steps.Levels))
	for step := int64(1); step <= top+1 && len(out.Pages) < simPages; step++ {
		offset, ok := r.steps.at(step)
		at := r.beganAt + offset
		if !ok || r.ended > 0 && at >= r.ended {
			return nil
		}
		page := SimPage{At: clock(at), After: spell(offset), Trigger: r.trigger, Ladder: r.ladder, Again: step > top, Targets: []SimTarget{}}
		page.Level, _ = r.steps.levelOf(step)
		levels := r.steps.called(step)
		for level := levels.from; level <= levels.to; level++ {
			targets, err := sim.targets(r.steps.Levels[level-1].Who, at)
			if err != nil {
				return err
			}
			page.Targets = append(page.Targets, targets...)
		}
		out.Pages = append(out.Pages, page)
	}
	return nil
}

func (sim *simulation) targets(whos []Who, at int64) ([]SimTarget, error) {
	out := []SimTarget{}
	for _, w := range whos {
		t, err := sim.target(w, at)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(o SimTarget) bool { return o.Target == t.Target }) {
			out = append(out, t)
		}
	}
	return out, nil
}

// target resolves a name at a time to come.
func (sim *simulation) target(w Who, at int64) (SimTarget, error) {
	out := SimTarget{Target: w.String(), People: []SimPerson{}}
	callees, err := sim.callees(w, at)
	if err != nil {
		return out, err
	}
	ids := []string{w.ID}
	for _, c := range callees {
		ids = append(ids, c.person)
	}
	names, err := sim.s.names(sim.tx, ids...)
	if err != nil {
		return out, err
	}
	for _, c := range callees {
		ok, err := sim.s.reachable(sim.tx, c)
		if err != nil {
			return out, err
		}
		p := SimPerson{c.person + c.channel, names[c.person], ok}
		if c.channel != "" {
			if p.Name, err = ask(sim.s.people.Channel, sim.tx, c.channel); err != nil {
				return out, err
			}
		}
		out.People = append(out.People, p)
	}
	out.Gap = len(out.People) == 0 && w.Kind != WhoOwner
	name := names[w.ID]
	if w.Kind == WhoOnCall && w.ID != WhoTeam {
		if name, err = ask(sim.s.people.Rota, sim.tx, w.ID); err != nil {
			return out, err
		}
	}
	out.Title = title(w, name)
	if w.Kind == WhoChannel && len(out.People) > 0 {
		out.Title = "The channel " + out.People[0].Name
	}
	return out, nil
}

func (sim *simulation) callees(w Who, at int64) ([]callee, error) {
	if w.Kind != WhoOnCall {
		return sim.s.resolve(sim.tx, w, &ticket.Ticket{Team: sim.ask.Team})
	}
	port, id := sim.s.people.OnCall, w.ID
	if id == WhoTeam {
		port, id = sim.s.people.OnTeam, sim.ask.Team
	}
	if port == nil {
		return nil, nil
	}
	who, err := port(sim.tx, id, at)
	if err != nil || who == "" {
		return nil, err
	}
	return []callee{{person: who, onDuty: true}}, nil
}

// title says in words whom a name of a ladder means.
func title(w Who, name string) string {
	if name == "" {
		name = w.ID
	}
	switch w.Kind {
	case WhoOnCall:
		if w.ID == WhoTeam {
			return "On duty for the ticket's team"
		}
		return "On duty by " + name
	case WhoLead:
		if w.ID == WhoTeam {
			return "Who leads the ticket's team"
		}
		return "Who leads " + name
	case WhoOwner:
		return "The owner"
	case WhoRole:
		return fmt.Sprintf("Everybody with the role %s", w.ID)
	}
	return name
}
