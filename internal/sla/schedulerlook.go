package sla

import (
	"fmt"

	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// answerWithin is how long the owner has to say that they are still on it.
const answerWithin = 5 * 60_000_000

// maxRounds bounds how often what a look did may let the next thing pass at
// once; what is left then comes with the next look.
const maxRounds = 5

// look does what has passed for one ticket: journals it, goes on with its
// ladders, tells people, and shows the new face. It must hold the ticket.
func (sc *scene) look() (tally, error) {
	tx, id := sc.tx, sc.id
	st, err := sc.state()
	if err != nil {
		return tally{}, err
	}
	for range maxRounds {
		passed := st.Passed(tx.Now())
		if len(passed) == 0 {
			break
		}
		if err := sc.acts(st, passed); err != nil {
			return tally{}, err
		}
		if st, err = sc.after(st, passed); err != nil {
			return tally{}, err
		}
	}
	if err := sc.climbs(); err != nil {
		return tally{}, err
	}
	if err := sc.close(); err != nil {
		return tally{}, err
	}
	return sc.done, ticket.Show(tx, id, st.Face())
}

// state is how the clocks of the ticket stand.
func (sc *scene) state() (State, error) {
	t, err := sc.ticket()
	if err != nil {
		return State{}, err
	}
	if sc.entries == nil {
		return sc.s.stateOf(sc.tx, t)
	}
	entries := sc.entries
	sc.entries = nil // what is done from here on is not among them
	return sc.s.stateFrom(sc.tx, t, entries)
}

// after is the state when what had passed is in the journal. Most of it changes
// nothing but that it need not be done again; what does is replayed.
func (sc *scene) after(st State, passed []Happening) (State, error) {
	for _, h := range passed {
		if h.Kind != Warn && h.Kind != Breach && h.Kind != Page {
			if err := sc.flush(); err != nil {
				return st, err
			}
			sc.t = nil
			return sc.state()
		}
	}
	st.pending = st.pending[len(passed):]
	st.NextAt = 0
	if len(st.pending) > 0 {
		st.NextAt = st.pending[0].At
	}
	return st, nil
}

// acts does one thing after the other. Whatever has passed is journaled truly;
// what to tell of it is decided at the end.
func (sc *scene) acts(st State, passed []Happening) error {
	if _, err := sc.follow(); err != nil {
		return err
	}
	if _, err := sc.ticket(); err != nil {
		return err
	}
	for _, w := range coalesced(passed) {
		sc.warn(w)
	}
	for _, h := range passed {
		if err := sc.act(st, h); err != nil {
			return err
		}
	}
	return nil
}

func (sc *scene) act(st State, h Happening) error {
	switch h.Kind {
	case Page:
		return sc.pages(st, h)
	case Breach:
		return sc.breach(st, h)
	case Resume:
		return sc.resume(h)
	case Ask:
		sc.ask(h)
	case Unanswered:
		sc.did(h.At)
		sc.known = false // the command stops ladders
		if err := sc.flush(); err != nil {
			return err
		}
		return sc.s.unacknowledge(sc.tx, sc.chain, sc.id, "timeout")
	}
	return nil
}

// warning is the shares of one clock that passed since somebody last looked.
type warning struct {
	Happening
	all []Happening
}

// coalesced puts the warnings of each clock together; the highest stands for
// all. Only what nothing higher covers is told.
func coalesced(passed []Happening) []*warning {
	var out []*warning
	for _, h := range passed {
		if h.Kind != Warn {
			continue
		}
		w := find(out, h)
		if w == nil {
			w = &warning{Happening: h}
			out = append(out, w)
		}
		if h.Percent > w.Percent {
			w.Happening = h
		}
		w.all = append(w.all, h)
	}
	return out
}

func find(list []*warning, h Happening) *warning {
	for _, w := range list {
		if w.Metric == h.Metric && w.Phase == h.Phase && w.Cycle == h.Cycle {
			return w
		}
	}
	return nil
}

// warn journals every share that has passed, each truly, and tells of the
// highest.
func (sc *scene) warn(w *warning) {
	for _, h := range w.all {
		sc.write(journal.SLAWarned, map[string]any{
			"coalesced": h.Coalesced || h.Percent < w.Percent, "cycle": h.Cycle, "due_at": h.At, "fired_at": sc.tx.Now(), "late_by": sc.late(h.At),
			"metric": h.Metric, "percent": h.Percent, "phase": h.Phase,
		})
		sc.did(h.At)
	}
	if !w.Coalesced {
		key := fmt.Sprintf("warn|%s|%s|%s|%d|%d", sc.id, w.Metric, w.Phase, w.Cycle, w.Percent)
		sc.tellResponsible(key, notify.Warn, w.At, fmt.Sprintf("%d %% of the time to %s has passed.", w.Percent, doing(w.Metric, w.Phase)))
	}
}

func (sc *scene) late(due int64) int64 { return max(sc.tx.Now()-due, 0) }

// breach journals that a time has passed and starts the ladder for it.
func (sc *scene) breach(st State, h Happening) error {
	sc.write(journal.SLABreached, map[string]any{
		"cycle": h.Cycle, "due_at": h.At, "fired_at": sc.tx.Now(), "late_by": sc.late(h.At), "metric": h.Metric,
		"on_retarget": h.OnRetarget, "phase": h.Phase,
	})
	sc.did(h.At)
	key := fmt.Sprintf("breach|%s|%s|%s|%d", sc.id, h.Metric, h.Phase, h.Cycle)
	sc.tellResponsible(key, notify.Breach, h.At, fmt.Sprintf("The time to %s has passed.", doing(h.Metric, h.Phase)))
	if h.Ladder == "" || !st.Open || !running(st, h) {
		return nil
	}
	if h.Metric == MetricAck {
		called, err := sc.climbing(TriggerOpen)
		if err != nil || called {
			return err // the same people are being called for the same reason
		}
	}
	r := run{ticket: sc.id, trigger: h.Trigger, cycle: h.Cycle, version: st.Version, ladder: h.Ladder, beganAt: h.At}
	if h.Metric == MetricHandover && h.Ladder == st.Ladder {
		r.ladder = "" // unless the target names one: whom it was offered to, and who leads them
	}
	_, err := sc.begin(r)
	return err
}

// running reports whether the clock of a breach still waits for somebody: one
// that was stopped late is history, and calls nobody.
func running(st State, h Happening) bool {
	for i := range st.Clocks {
		c := &st.Clocks[i]
		if c.Metric == h.Metric && c.Phase == h.Phase && c.Cycle == h.Cycle {
			return c.StoppedAt == 0 || h.Metric == MetricHandover
		}
	}
	return true
}

// climbing reports whether the ticket climbs a ladder of a trigger.
func (sc *scene) climbing(trigger string) (bool, error) {
	runs, err := sc.climbed()
	for _, r := range runs {
		if r.trigger == trigger {
			return true, err
		}
	}
	return false, err
}

// pages begins the ladder of a ticket that calls people at once.
func (sc *scene) pages(st State, h Happening) error {
	r := run{ticket: sc.id, trigger: h.Trigger, cycle: h.Cycle, version: st.Version, ladder: h.Ladder, beganAt: h.At}
	if r.ladder != "" { // else its policy calls nobody
		if started, err := sc.begin(r); err != nil || started {
			return err
		}
	}
	sc.lines = append(sc.lines, r.started()) // seen: it is not asked for again
	return nil
}

// resume journals that a pause has ended by itself, and tells whoever answers
// for the ticket.
func (sc *scene) resume(h Happening) error {
	if err := endPause(sc.tx, h.Pause, h.At, h.Cause); err != nil {
		return err
	}
	sc.write(journal.SLAResumed, map[string]any{"cause": h.Cause, "pause": h.Pause})
	sc.did(h.At)
	sc.tellResponsible("resumed|"+h.Pause, notify.Warn, h.At, "The pause has ended: the clocks run again.")
	return nil
}

// ask asks the owner whether they are still on it.
func (sc *scene) ask(h Happening) {
	by := sc.tx.Now() + answerWithin
	sc.write(journal.SLAAsked, map[string]any{"answer_by": by, "owner": sc.t.Owner})
	sc.did(h.At)
	n := sc.notice(fmt.Sprintf("ask|%s|%d", sc.id, h.At), notify.Ask, "Nothing has happened for a while. Are you still on it? Without an answer in 5 minutes others are called.")
	n.Person, n.DueAt, n.Urgent, n.OnDuty = responsible(sc.t), by, true, true
	n.Acts = []notify.Act{notify.ActAck, notify.ActEscalate}
	sc.say(n, h.At)
}

// tellResponsible tells whoever answers for the ticket.
func (sc *scene) tellResponsible(key string, kind notify.Kind, due int64, text string) {
	n := sc.notice(key, kind, text)
	n.Person, n.DueAt = responsible(sc.t), due
	n.Urgent = kind == notify.Breach
	sc.say(n, due)
}

// notice is a notice about the ticket of the scene, to nobody yet.
func (sc *scene) notice(key string, kind notify.Kind, text string) notify.Notice {
	return about(sc.t, key, kind, text)
}

func about(t *ticket.Ticket, key string, kind notify.Kind, text string) notify.Notice {
	return notify.Notice{
		Key: key, Kind: kind, Ticket: t.ID, Number: ticket.Number(t.Number), Title: t.Title, Severity: string(t.Severity), Text: text,
	}
}

// responsible is who answers for a ticket: its owner, or whoever is accountable
// while nobody owns it.
func responsible(t *ticket.Ticket) string {
	if t.Owner != "" {
		return t.Owner
	}
	return t.Accountable
}

// doing says what a clock waits for.
func doing(metric, phase string) string {
	switch metric {
	case MetricAck:
		return "acknowledge it"
	case MetricContain:
		return "contain it"
	case MetricResolve:
		return "resolve it"
	case MetricPhase:
		return "finish the phase " + phase
	case MetricHandover:
		return "accept the offer"
	case MetricAge:
		return "close it before it grows old"
	}
	return metric
}
