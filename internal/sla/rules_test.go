package sla

import (
	"testing"

	"tocsin/internal/journal"
)

func TestContainEndsWhenContainmentIsLeftForwardAndBeginsAnewWhoGoesBack(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	story := opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T10:01Z"), moved("2026-11-23T10:10Z", "analysis"), moved("2026-11-23T11:00Z", "containment"))
	if c := clockNamed(Replay(v, story, at("2026-11-23T11:01Z")), MetricContain); c.State != Running {
		t.Errorf("in containment it is %s", c.State)
	}
	story = append(story, moved("2026-11-23T12:00Z", "eradication"))
	if c := clockNamed(Replay(v, story, at("2026-11-23T12:01Z")), MetricContain); c.State != Met || c.Used != 2*3600e6 {
		t.Errorf("after containment: %+v", c)
	}
	story = append(story, moved("2026-11-23T13:00Z", "analysis"))
	c := clockNamed(Replay(v, story, at("2026-11-23T13:01Z")), MetricContain)
	wantTime(t, "contain anew", c.DueAt, "2026-11-23T17:00Z")
	if c.Cycle != 2 || c.State != Running {
		t.Errorf("%+v", c)
	}
	// Who leaves containment out has contained, too.
	skip := opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T10:01Z"), moved("2026-11-23T10:10Z", "recovery"))
	if c := clockNamed(Replay(v, skip, at("2026-11-23T10:11Z")), MetricContain); c.State != Met {
		t.Errorf("left out: %s", c.State)
	}
}

func TestAPhaseAddsUpItsVisits(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	story := opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T10:01Z"), moved("2026-11-23T10:10Z", "analysis"),
		moved("2026-11-23T10:40Z", "containment"), moved("2026-11-23T12:00Z", "analysis"))
	c := clockNamed(Replay(v, story, at("2026-11-23T12:10Z")), "phase:analysis")
	wantTime(t, "due", c.DueAt, "2026-11-23T12:30Z")
	if c.Used != 40*60e6 || c.Cycle != 1 || c.State != Running {
		t.Errorf("%+v", c)
	}
	c = clockNamed(Replay(v, story[:4], at("2026-11-23T11:50Z")), "phase:analysis")
	if c.State != Met || c.DueAt != 0 {
		t.Errorf("while in another phase: %+v", c)
	}
}

func TestAPauseStopsOnlyWhatMayWait(t *testing.T) {
	t.Parallel()
	st := Replay(shipped(t), opened("2026-11-23T10:00Z", "high", paused("2026-11-23T10:05Z")), at("2026-11-23T10:20Z"))
	for name, want := range map[string]string{MetricAck: Running, MetricAge: Running, MetricContain: Paused, MetricResolve: Paused} {
		if c := clockNamed(st, name); c.State != want {
			t.Errorf("%s is %s, want %s", name, c.State, want)
		}
	}
	f := st.Face()
	if f.Metric != MetricAck || f.PausedUntil == nil || *f.PausedUntil != st.Pause.Until {
		t.Errorf("%+v", f)
	}
}

func TestAPauseEndsByItself(t *testing.T) {
	t.Parallel()
	pause := paused("2026-11-23T11:00Z")
	pause.Until = at("2026-11-23T15:00Z")
	for name, c := range map[string]struct {
		then  Event
		cause string
	}{
		"the severity rises":       {severity("2026-11-23T12:00Z", "critical"), "severity"},
		"another finding joins":    {Event{At: at("2026-11-23T12:00Z"), Kind: journal.FindingTaken, Outcome: "joined"}, "finding"},
		"a held finding is judged": {Event{At: at("2026-11-23T12:00Z"), Kind: journal.FindingReleased, Outcome: "joined"}, "finding"},
		"it moves":                 {moved("2026-11-23T12:00Z", "analysis"), "phase"},
		"it is closed":             {closed("2026-11-23T12:00Z", "resolved"), "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := Replay(shipped(t), opened("2026-11-23T10:00Z", "high", pause, c.then), at("2026-11-23T12:01Z"))
			if st.Pause == nil || st.Pause.EndedAt != at("2026-11-23T12:00Z") || st.Pause.Cause != c.cause {
				t.Fatalf("%+v", st.Pause)
			}
			got := passed(st, Resume)
			if len(got) != 1 || got[0].Pause != "p1" || got[0].Cause != c.cause {
				t.Errorf("%+v", got)
			}
		})
	}
	for name, then := range map[string]Event{
		"the severity falls":               severity("2026-11-23T12:00Z", "low"),
		"a finding that was here is told":  {At: at("2026-11-23T12:00Z"), Kind: journal.FindingTaken, Outcome: "updated"},
		"somebody writes a note":           kindAt("2026-11-23T12:00Z", journal.NoteAdded),
		"somebody else's pause is resumed": {At: at("2026-11-23T12:00Z"), Kind: journal.SLAResumed, ID: "another"},
	} {
		t.Run(name+" and it goes on", func(t *testing.T) {
			t.Parallel()
			if st := Replay(shipped(t), opened("2026-11-23T10:00Z", "high", pause, then), at("2026-11-23T12:01Z")); !st.isPaused() {
				t.Errorf("%+v", st.Pause)
			}
		})
	}
}

func TestAPauseEndsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	pause := paused("2026-11-23T11:00Z")
	pause.Until = at("2026-11-23T13:00Z")
	story := opened("2026-11-23T10:00Z", "high", pause)
	if st := Replay(v, story, at("2026-11-23T13:00Z")-1); !st.isPaused() {
		t.Error("it ends too early")
	}
	st := Replay(v, story, at("2026-11-23T14:00Z"))
	if st.isPaused() || st.Pause.Cause != "until" || clockNamed(st, MetricResolve).DueAt != at("2026-11-26T12:00Z") {
		t.Errorf("%+v, resolve due %s", st.Pause, clockTime(clockNamed(st, MetricResolve).DueAt))
	}
	// The entry comes late; what was due does not move with it.
	late := append(story, Event{At: at("2026-11-23T16:00Z"), Kind: journal.SLAResumed, ID: "p1", Actor: "system:sla"})
	st = Replay(v, late, at("2026-11-23T17:00Z"))
	wantTime(t, "resolve", clockNamed(st, MetricResolve).DueAt, "2026-11-26T12:00Z")
	if st.Pause != nil || len(passed(st, Resume)) != 0 {
		t.Errorf("%+v", st.Pause)
	}
}

func TestOnlyAShareOfTheTargetMayBeSpentPaused(t *testing.T) {
	t.Parallel()
	v := shipped(t) // critical: 25 % of 24 h
	pause := paused("2026-11-23T11:00Z")
	pause.Until = at("2026-11-25T11:00Z")
	story := opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T10:01Z"), pause)
	st := Replay(v, story, at("2026-11-23T18:00Z"))
	if st.Pause.Cause != "limit" || st.Pause.EndedAt != at("2026-11-23T17:00Z") {
		t.Errorf("%+v", st.Pause)
	}
	again := paused("2026-11-23T19:00Z")
	again.ID, again.Until = "p2", pause.Until
	st = Replay(v, append(story, again), at("2026-11-23T19:00Z"))
	if st.isPaused() || !st.pauseSpent {
		t.Errorf("a second pause: %+v", st.Pause)
	}
}

func TestAnotherTargetWarnsAnew(t *testing.T) {
	t.Parallel()
	v := []*Version{asks(t, map[string]string{"high": "4h", "medium": "8h"}, nil)}
	told := Event{At: at("2026-11-23T12:00:01Z"), Kind: journal.SLAWarned, Metric: MetricResolve, Cycle: 1, Percent: 50}
	st := Replay(v, opened("2026-11-23T10:00Z", "high", told, severity("2026-11-23T12:30Z", "medium")), at("2026-11-23T12:31Z"))
	if got := st.Passed(st.At); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	wantTime(t, "half of the new target", st.NextAt, "2026-11-23T14:00Z")
	// A severity that is the same again is no other target.
	st = Replay(v, opened("2026-11-23T10:00Z", "high", told, severity("2026-11-23T12:30Z", "high")), at("2026-11-23T12:31Z"))
	wantTime(t, "the next share", st.NextAt, "2026-11-23T13:00Z")
}

func TestAMergedTicketTakesTheEarliestStartAndTheStrictestTarget(t *testing.T) {
	t.Parallel()
	v := compiledFrom(t, func(d *Document) {
		strict := defaultPolicy()
		strict.ID, strict.Name, strict.Match = "prod", "Production", "account:111122223333"
		strict.Timers = []Target{{Metric: MetricResolve, Targets: each("6h")}}
		d.Policies = append([]Policy{strict}, d.Policies...)
		d.filled()
	})
	merged := Event{At: at("2026-11-23T10:00Z"), Kind: journal.TicketMerged, Here: true, Other: "t2", OpenedAt: at("2026-11-23T08:00Z"), Facts: Facts{Account: "111122223333"}, Actor: "user:u1"}
	story := opened("2026-11-23T09:00Z", "high", acked("2026-11-23T09:10Z"), merged)
	c := clockNamed(Replay(v, story, at("2026-11-23T10:00Z")), MetricResolve)
	wantTime(t, "due", c.DueAt, "2026-11-23T14:00Z")
	wantTime(t, "start", c.StartedAt, "2026-11-23T08:00Z")
	if ack := clockNamed(Replay(v, story, at("2026-11-23T10:00Z")), MetricAck); ack.State != Met || ack.StartedAt != at("2026-11-23T09:00Z") {
		t.Errorf("what was done stays as it was: %+v", ack)
	}
	// Taken back, the other's time and targets no longer count.
	back := Event{At: at("2026-11-23T11:00Z"), Kind: journal.TicketUnmerged, Here: true, Other: "t2", To: "detect", Actor: "user:u1"}
	c = clockNamed(Replay(v, append(story, back), at("2026-11-23T11:00Z")), MetricResolve)
	wantTime(t, "due again", c.DueAt, "2026-11-26T09:00Z")
	wantTime(t, "start again", c.StartedAt, "2026-11-23T09:00Z")
}

func TestAnOldTicketMergedIntoANewOneLeavesSomeTime(t *testing.T) {
	t.Parallel()
	merged := Event{At: at("2026-11-23T10:00Z"), Kind: journal.TicketMerged, Here: true, Other: "t2", OpenedAt: at("2026-10-01T08:00Z"), Actor: "user:u1"}
	c := clockNamed(Replay(shipped(t), opened("2026-11-23T09:00Z", "high", merged), at("2026-11-23T10:00Z")), MetricResolve)
	if !c.OnRetarget || c.DueAt != at("2026-11-24T04:00Z") {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsMergedAwayIsNotCounted(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	away := Event{At: at("2026-11-23T10:05Z"), Kind: journal.TicketMerged, Other: "t1", Actor: "user:u1"}
	story := opened("2026-11-23T10:00Z", "high", away)
	st := Replay(v, story, at("2026-11-24T10:00Z"))
	for _, c := range st.Clocks {
		if c.Excluded != "merged" || c.StoppedAt == 0 {
			t.Errorf("%+v", c)
		}
	}
	if st.NextAt != 0 || st.Open || st.Face().DueAt != nil {
		t.Errorf("it goes on: %+v", st.Passed(st.At))
	}
	back := Event{At: at("2026-11-24T10:00Z"), Kind: journal.TicketUnmerged, Other: "t1", To: "detect", Actor: "user:u1"}
	st = Replay(v, append(story, back), at("2026-11-24T10:00Z"))
	if c := clockNamed(st, MetricResolve); !st.Open || st.Acknowledged || c.Cycle != 2 || c.Excluded != "" || c.Used != 5*60e6 {
		t.Errorf("standing by itself again: %+v", c)
	}
	if len(passed(st, Page)) != 1 {
		t.Error("nobody has seen it and nobody is called")
	}
}

func TestHowItEndsSaysWhatCounts(t *testing.T) {
	t.Parallel()
	for resolution, want := range map[string]map[string]string{
		"resolved":       {MetricAck: "", MetricContain: "", MetricResolve: "", MetricAge: ""},
		"false_positive": {MetricAck: "", MetricContain: "false_positive", MetricResolve: "false_positive"},
		"duplicate":      {MetricAck: "duplicate", MetricContain: "duplicate", MetricResolve: "duplicate"},
	} {
		st := Replay(shipped(t), opened("2026-11-23T10:00Z", "high", acked("2026-11-23T10:01Z"), closed("2026-11-23T10:30Z", resolution)), at("2026-11-23T11:00Z"))
		for name, excluded := range want {
			if c := clockNamed(st, name); c.Excluded != excluded {
				t.Errorf("%s, %s: %q, want %q", resolution, name, c.Excluded, excluded)
			}
		}
		if st.NextAt != 0 {
			t.Errorf("%s: it is looked at again", resolution)
		}
	}
}

func TestARaiseCallsPeopleOfATicketThatNobodyHasSeen(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	story := opened("2026-11-23T10:00Z", "low")
	if st := Replay(v, story, at("2026-11-23T10:00Z")); len(passed(st, Page)) != 0 {
		t.Error("low calls people at once")
	}
	st := Replay(v, append(story, severity("2026-11-23T10:30Z", "critical")), at("2026-11-23T10:30Z"))
	if got := passed(st, Page); len(got) != 1 || got[0].At != at("2026-11-23T10:30Z") {
		t.Errorf("%+v", got)
	}
	if got := breachesOf(st, MetricAck); len(got) != 1 || !got[0].OnRetarget {
		t.Errorf("the quarter of an hour was over before it came: %+v", got)
	}
	st = Replay(v, append(story, acked("2026-11-23T10:10Z"), severity("2026-11-23T10:30Z", "critical")), at("2026-11-23T10:30Z"))
	if len(passed(st, Page)) != 0 {
		t.Error("somebody has seen it")
	}
}

func TestEvenWhatIsOnlyInformationDoesNotRot(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	st := Replay(v, opened("2026-11-01T10:00Z", "info", paused("2026-11-02T10:00Z")), at("2026-11-03T10:00Z"))
	if f := st.Face(); f.Metric != MetricAge || *f.DueAt != at("2026-12-01T10:00Z") {
		t.Errorf("%+v", f)
	}
}

func TestATicketOfBeforeBeginsWithTheFirstTargets(t *testing.T) {
	t.Parallel()
	d := Default("UTC").filled()
	v, _ := compile(d, 1, at("2026-11-23T10:00Z"))
	story := opened("2026-10-01T10:00Z", "high", acked("2026-10-01T10:05Z"), moved("2026-10-02T10:00Z", "analysis"))
	st := Replay([]*Version{v}, story, at("2026-11-23T11:00Z"))
	c := clockNamed(st, MetricResolve)
	wantTime(t, "start", c.StartedAt, "2026-11-23T10:00Z")
	if len(passed(st, Breach)) != 0 || st.Phase != "analysis" || !st.Acknowledged {
		t.Errorf("%+v", st.Passed(st.At))
	}
}

func TestRunningClocksFollowANewVersionOnlyWhenRebased(t *testing.T) {
	t.Parallel()
	one, _ := compile(Default("UTC").filled(), 1, 1)
	d := Default("UTC")
	d.Policies[0].Timers[2].Targets["high"] = "10h"
	two, _ := compile(d.filled(), 2, at("2026-11-23T11:00Z"))
	story := opened("2026-11-23T10:00Z", "high")
	docs := []*Version{one, two}
	c := clockNamed(Replay(docs, story, at("2026-11-23T12:00Z")), MetricResolve)
	wantTime(t, "before", c.DueAt, "2026-11-26T10:00Z")
	story = append(story, Event{At: at("2026-11-23T12:00Z"), Kind: journal.SLARebased, Version: 2, Actor: "user:u1"})
	c = clockNamed(Replay(docs, story, at("2026-11-23T12:00Z")), MetricResolve)
	wantTime(t, "after", c.DueAt, "2026-11-23T20:00Z")
	if c.Version != 2 || c.OnRetarget {
		t.Errorf("%+v", c)
	}
	// A clock whose target is the same goes on, and warns of nothing twice.
	told := Event{At: at("2026-11-23T10:20Z"), Kind: journal.SLAWarned, Metric: MetricAck, Cycle: 1, Percent: 50}
	story = opened("2026-11-23T10:00Z", "medium", told, Event{At: at("2026-11-23T12:00Z"), Kind: journal.SLARebased, Version: 2, Actor: "user:u1"})
	story[1].At = at("2026-11-23T12:00Z") - 1
	if got := Replay(docs, story, at("2026-11-23T12:01Z")).Passed(at("2026-11-23T12:01Z")); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestLessonsLearntAreNotAskedAbout(t *testing.T) {
	t.Parallel()
	st := Replay(shipped(t), opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T10:01Z"), moved("2026-11-23T10:10Z", "post_incident")), at("2026-11-23T12:00Z"))
	if len(passed(st, Ask)) != 0 || st.ReackAt != 0 {
		t.Errorf("%+v", st.Passed(st.At))
	}
}
