package sla

import (
	"testing"

	"pgregory.net/rapid"
)

func hm(minutes ...int64) *Steps {
	l := &Steps{Every: 15 * minute, From: 2}
	for _, m := range minutes {
		l.Levels = append(l.Levels, Step{After: m * minute})
	}
	return l
}

func TestALadderIsClimbedByTheTimeSinceItsTrigger(t *testing.T) {
	t.Parallel()
	l := hm(0, 5, 10, 20)
	for _, c := range []struct {
		name       string
		step       int64
		now        int64 // minutes after the trigger
		due, late  bool
		to         int64
		from, upTo int
	}{
		{"the first level at once", 0, 0, true, false, 1, 1, 1},
		{"nothing before its time", 1, 4, false, false, 0, 0, 0},
		{"the second exactly when it is due", 1, 5, true, false, 2, 2, 2},
		{"a little late is not left out", 1, 9, true, false, 2, 2, 2},
		{"who comes late calls all before, once", 1, 12, true, true, 3, 1, 3},
		{"after the top nothing until it is gone up again", 4, 34, false, false, 0, 0, 0},
		{"again from the second level on, all at once", 4, 35, true, false, 5, 2, 4},
		{"after three hours one call to everybody", 1, 182, true, true, 14, 1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, due := l.climb(1000, c.step, 1000+c.now*minute)
			want(t, "due", due, c.due)
			if due {
				want(t, "move", []any{m.late, m.to, m.levels.from, m.levels.to}, []any{c.late, c.to, c.from, c.upTo})
			}
		})
	}
}

// TestAClimbIsWhatALookEachSecondWouldCall compares climbing at random instants
// with a model that goes up minute by minute: nobody is left out, no step is
// taken twice, and nothing drifts.
func TestAClimbIsWhatALookEachSecondWouldCall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := ladderOf(t)
		began := rapid.Int64Range(1, 1<<40).Draw(t, "began")
		step, now := int64(0), began
		for range rapid.IntRange(1, 12).Draw(t, "looks") {
			now += rapid.Int64Range(0, 90).Draw(t, "waited") * minute / 2
			model, missed := step, []int{}
			for {
				at := l.nextAt(began, model)
				if at == 0 || at > now {
					break
				}
				model++
				c := l.called(model)
				for level := c.from; level <= c.to; level++ {
					missed = append(missed, level)
				}
			}
			m, due := l.climb(began, step, now)
			if due != (model > step) {
				t.Fatalf("due %v on step %d at %d, the model stands on %d", due, step, now-began, model)
			}
			if !due {
				continue
			}
			if m.to != model || m.from != step {
				t.Fatalf("went from %d to %d, the model from %d to %d", m.from, m.to, step, model)
			}
			for _, level := range missed {
				if level < m.levels.from || level > m.levels.to {
					t.Fatalf("level %d was left out of %v", level, m.levels)
				}
			}
			level, repeat := l.levelOf(m.to)
			if step = stepOf(level, repeat); step != m.to {
				t.Fatalf("step %d is written as %d", m.to, step)
			}
			if next := l.nextAt(began, step); next != 0 && next <= now {
				t.Fatalf("the next step was due at %d, now is %d", next, now)
			}
		}
	})
}

func ladderOf(t *rapid.T) *Steps {
	l := &Steps{Every: rapid.SampledFrom([]int64{0, 5, 15, 60}).Draw(t, "every") * minute, Times: rapid.IntRange(0, 5).Draw(t, "times")}
	at := int64(0)
	for range rapid.IntRange(1, 8).Draw(t, "levels") {
		l.Levels = append(l.Levels, Step{After: at * minute})
		at += rapid.Int64Range(1, 30).Draw(t, "apart")
	}
	l.From = rapid.IntRange(1, len(l.Levels)).Draw(t, "from")
	return l
}

func TestAskingForMoreGoesOneStepAndKeepsTheTimesOfTheOthers(t *testing.T) {
	t.Parallel()
	l := hm(0, 5, 10, 20)
	m, ok := l.further(1, 7)
	want(t, "further", []any{ok, m.to, m.levels}, []any{true, 2, span{2, 2}})
	want(t, "the next", l.nextAt(1000, m.to), 1000+10*minute)
	l.Times = 1
	_, ok = l.further(5, 7)
	want(t, "above the top", ok, false)
}
