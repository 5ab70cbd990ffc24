package sla

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin/internal/duty"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// twoVersions have calendars with lunch, nights and a zone that changes its
// clocks, so that stories cross what is hard.
func twoVersions(t testing.TB) []*Version {
	one := Default("Europe/Amsterdam").filled()
	two := Default("America/New_York").filled()
	night := []string{"22:00-06:00"}
	two.Calendars = append(two.Calendars, CalendarDoc{ID: "night", Name: "Night", CalendarSpec: duty.CalendarSpec{
		Zone: "Australia/Lord_Howe", Weekly: map[string][]string{"mon": night, "sat": night, "sun": {"00:00-24:00"}}, Closed: []string{"2026-12-27"},
	}})
	for i := range two.Policies[0].Timers {
		two.Policies[0].Timers[i].Calendar = map[string]string{"*": "night", "critical": "office"}
	}
	two.Policies[0].WarnAt = []int{10, 99}
	two.Policies[0].MaxPaused = map[string]int{"high": 1, "low": 100}
	v, problems := compile(two.filled(), 2, at("2026-12-01T00:00Z"))
	if err := problems.err(); err != nil {
		t.Fatal(err)
	}
	return []*Version{compiled(t, one), v}
}

// drawStory draws what may stand in a stream, sensible or not.
func drawStory(t *rapid.T) []Event {
	start := at("2026-10-23T00:00Z") + rapid.Int64Range(0, 60*24*3600).Draw(t, "start")*1e6
	story := []Event{{At: start, Kind: journal.TicketOpened, Facts: Facts{Severity: rapid.SampledFrom(severities()).Draw(t, "severity")}}}
	for range rapid.IntRange(0, 14).Draw(t, "events") {
		e := drawEvent(t)
		gap := rapid.SampledFrom([]int64{-60e6, 0, 1, 1e6, 300e6, 900e6, 3600e6, 7200e6, 86400e6, 7 * 86400e6}).Draw(t, "gap")
		e.At = story[len(story)-1].At + gap
		if e.Kind == journal.SLAPaused || e.Kind == journal.HandoverOffered || e.Kind == journal.SLAAsked {
			e.Until = e.At + gap*3 + rapid.Int64Range(-1, 1).Draw(t, "until")*1e6
		}
		if e.Kind == journal.TicketMerged && e.Here {
			e.OpenedAt = e.At - gap*2
		}
		story = append(story, e)
	}
	return story
}

func drawEvent(t *rapid.T) Event {
	kinds := append(storyKinds()[1:], journal.FindingTaken)
	phase := func() string { return string(rapid.SampledFrom(ticket.Phases()).Draw(t, "phase")) }
	e := Event{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Actor: rapid.SampledFrom([]string{"user:u1", "system:sla"}).Draw(t, "actor")}
	switch e.Kind {
	case journal.TicketChanged:
		e.Severity = rapid.SampledFrom(append(severities(), "")).Draw(t, "to")
	case journal.PhaseChanged, journal.TicketReopened:
		e.To, e.Automatic = phase(), rapid.Bool().Draw(t, "automatic")
	case journal.TicketClosed:
		e.Resolution = rapid.SampledFrom([]string{"resolved", "false_positive", "duplicate", "accepted_risk"}).Draw(t, "resolution")
	case journal.TicketMerged, journal.TicketUnmerged:
		e.Here, e.To = rapid.Bool().Draw(t, "here"), phase()
		e.Other = rapid.SampledFrom([]string{"t1", "t2"}).Draw(t, "other")
		e.Facts = Facts{Severity: "high"}
	case journal.FindingTaken:
		e.Outcome = rapid.SampledFrom([]string{"joined", "updated"}).Draw(t, "outcome")
	case journal.SLARebased:
		e.Version = rapid.Int64Range(0, 3).Draw(t, "version")
	case journal.SLAWarned, journal.SLABreached:
		e.Metric, e.Cycle, e.Percent = rapid.SampledFrom(metrics()).Draw(t, "metric"), rapid.Int64Range(1, 2).Draw(t, "cycle"), 50
	case journal.SLAPaused, journal.SLAResumed:
		e.ID = rapid.SampledFrom([]string{"p1", "p2", ""}).Draw(t, "pause")
	case journal.EscalationStarted:
		e.Trigger, e.Cycle = TriggerOpen, rapid.Int64Range(1, 2).Draw(t, "cycle")
	}
	return e
}

// byName is what a state says of each clock.
func byName(st State) map[string]Clock {
	out := map[string]Clock{}
	for _, c := range st.Clocks {
		out[c.Name()+"/"+string(rune('0'+c.Cycle))] = c
	}
	return out
}

func lastAt(story []Event) int64 {
	last := story[0].At
	for _, e := range story {
		last = max(last, e.At)
	}
	return last
}

func TestAnyStoryReplays(t *testing.T) {
	t.Parallel()
	docs := twoVersions(t)
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		now := lastAt(story) + rapid.SampledFrom([]int64{0, 1, 3600e6, 40 * 86400e6}).Draw(t, "later")
		st := Replay(docs, story, now)
		if diff := cmp.Diff(st, Replay(docs, story, now), cmp.AllowUnexported(State{}, goal{}), cmpopts.IgnoreTypes(&duty.Calendar{})); diff != "" {
			t.Fatalf("twice the same story differs:\n%s", diff)
		}
		later := byName(Replay(docs, story, now+3600e6))
		for name, c := range byName(st) {
			if c.Used < 0 || c.PausedMicros < 0 || c.StartedAt == 0 || c.State == "" {
				t.Fatalf("%s: %+v", name, c)
			}
			if l := later[name]; l.Used < c.Used || l.PausedMicros < c.PausedMicros {
				t.Fatalf("%s runs backwards: %+v, then %+v", name, c, l)
			}
			if c.StoppedAt == 0 && c.State == Running && c.DueAt == 0 {
				t.Fatalf("%s runs and is never due: %+v", name, c)
			}
		}
	})
}

func TestWhatHasPassedStays(t *testing.T) {
	t.Parallel()
	docs := twoVersions(t)
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		for i := range story { // the journal keeps times in order
			if i > 0 {
				story[i].At = max(story[i].At, story[i-1].At+1)
			}
		}
		whole := byName(Replay(docs, story, lastAt(story)))
		n := rapid.IntRange(1, len(story)).Draw(t, "prefix")
		now := lastAt(story)
		if n < len(story) {
			now = story[n].At - 1
		}
		for name, c := range byName(Replay(docs, story[:n], now)) {
			if c.BreachedAt > 0 && whole[name].BreachedAt != c.BreachedAt {
				t.Fatalf("%s was breached at %s; the whole story says %s", name, clockTime(c.BreachedAt), clockTime(whole[name].BreachedAt))
			}
			if c.BreachedAt > 0 && (c.State != Breached || whole[name].State != Breached) {
				t.Fatalf("%s: %+v, then %+v", name, c, whole[name])
			}
		}
	})
}

func TestNothingPassesUnseenAndNothingTwice(t *testing.T) {
	t.Parallel()
	docs := twoVersions(t)
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		now := lastAt(story)
		for range 60 {
			st := Replay(docs, story, now)
			passed := st.Passed(now)
			for _, h := range passed {
				story = append(story, written(h, now))
			}
			if len(passed) > 0 {
				seen := Replay(docs, story, now)
				for _, h := range seen.Passed(now) {
					if slices.Contains(passed, h) {
						t.Fatalf("%+v passes again", h)
					}
				}
				continue
			}
			if st.NextAt == 0 {
				return
			}
			if st.NextAt <= now {
				t.Fatalf("nothing has passed, and something did at %s", clockTime(st.NextAt))
			}
			if early := Replay(docs, story, st.NextAt-1); len(early.Passed(early.At)) > 0 || early.NextAt != st.NextAt {
				t.Fatalf("before %s there is %+v", clockTime(st.NextAt), early.Passed(early.At))
			}
			now = st.NextAt
			if len(Replay(docs, story, now).Passed(now)) == 0 {
				t.Fatalf("nothing passes at %s", clockTime(now))
			}
		}
	})
}

// written is what the scheduler writes of a happening.
func written(h Happening, now int64) Event {
	e := Event{At: now, Actor: "system:sla", Metric: h.Metric, Phase: h.Phase, Cycle: h.Cycle, Percent: h.Percent, DueAt: h.At, ID: h.Pause, Trigger: h.Trigger}
	kinds := map[string]string{
		Page: journal.EscalationStarted, Warn: journal.SLAWarned, Breach: journal.SLABreached, Resume: journal.SLAResumed,
		Ask: journal.SLAAsked, Unanswered: journal.TicketUnacknowledged,
	}
	if e.Kind = kinds[h.Kind]; h.Kind == Ask {
		e.Until = now + (5 * time.Minute).Microseconds()
	}
	return e
}

func TestTheFaceShowsWhatIsDueNext(t *testing.T) {
	t.Parallel()
	docs := twoVersions(t)
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		st := Replay(docs, story, lastAt(story))
		f := st.Face()
		for _, c := range st.Clocks {
			if c.StoppedAt == 0 && c.DueAt > 0 && (f.DueAt == nil || *f.DueAt > c.DueAt) {
				t.Fatalf("%s is due before what the face shows", c.Name())
			}
			if c.BreachedAt > 0 != slices.Contains(f.Breached, c.Metric) && c.BreachedAt > 0 {
				t.Fatalf("%s is breached and the face does not say so", c.Name())
			}
		}
		if !st.Open && (f.DueAt != nil || f.PausedUntil != nil) {
			t.Fatalf("a ticket that has ended shows %+v", f)
		}
	})
}
