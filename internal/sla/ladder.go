package sla

// A ladder is climbed in steps. The first ones are its levels, each at its
// offset from the trigger; then, every so often, all levels from one on are
// called again at once. Steps are counted from 1; 0 is the foot.

// at is the offset of a step from the trigger; it reports false above the top.
func (l *Steps) at(step int64) (offset int64, ok bool) {
	n := int64(len(l.Levels))
	switch {
	case step < 1 || n == 0:
		return 0, false
	case step <= n:
		return l.Levels[step-1].After, true
	case l.Every <= 0 || (l.Times > 0 && step-n > int64(l.Times)):
		return 0, false
	}
	return l.Levels[n-1].After + (step-n)*l.Every, true
}

// reached is the highest step whose time has come, so long after the trigger.
func (l *Steps) reached(since int64) int64 {
	n := int64(len(l.Levels))
	step := int64(0)
	for step < n && l.Levels[step].After <= since {
		step++
	}
	if step < n || n == 0 || l.Every <= 0 {
		return step
	}
	again := max(since-l.Levels[n-1].After, 0) / l.Every
	if l.Times > 0 {
		again = min(again, int64(l.Times))
	}
	return n + again
}

// span is a run of levels, from 1.
type span struct{ from, to int }

// called are the levels that a step calls.
func (l *Steps) called(step int64) span {
	n := len(l.Levels)
	if step <= int64(n) {
		return span{int(step), int(step)}
	}
	return span{min(max(l.From, 1), n), n}
}

// levelOf is the level on which a step stands, and how often the ladder was
// gone up again.
func (l *Steps) levelOf(step int64) (level, repeat int64) {
	n := int64(len(l.Levels))
	return min(step, n), max(step-n, 0)
}

// stepOf is the opposite of levelOf.
func stepOf(level, repeat int64) int64 { return level + repeat }

// move is what a climb does now: it goes from one step to another and calls the
// levels between.
type move struct {
	from, to int64
	levels   span
	dueAt    int64 // of the first step that was left out, or of the one that is called
	late     bool  // steps were left out, so everybody up to here hears of it
}

// climb is the move that is due at an instant for a ladder that began and stands
// on a step. It reports false when none is. Whoever comes late goes where it
// should be and calls all that should have been called, once.
func (l *Steps) climb(began, step, now int64) (move, bool) {
	to := l.reached(now - began)
	if to <= step {
		return move{}, false
	}
	first, _ := l.at(step + 1)
	m := move{from: step, to: to, levels: l.called(to), dueAt: began + first, late: to > step+1}
	if m.late {
		m.levels.from = 1
	}
	return m, true
}

// further is the move to the next step at once, whatever the time; it reports
// false at the top.
func (l *Steps) further(step, now int64) (move, bool) {
	if _, ok := l.at(step + 1); !ok {
		return move{}, false
	}
	return move{from: step, to: step + 1, levels: l.called(step + 1), dueAt: now}, true
}

// nextAt is when the step after one is due; 0 above the top.
func (l *Steps) nextAt(began, step int64) int64 {
	offset, ok := l.at(step + 1)
	if !ok {
		return 0
	}
	return began + offset
}
