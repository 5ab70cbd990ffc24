package sla

import (
	"fmt"
	"slices"
	"testing"

	"tocsin/internal/journal"
)

// shipped is the document that comes with the product.
func shipped(t testing.TB) []*Version { t.Helper(); return []*Version{compiled(t, Default("UTC"))} }

func acked(when string) Event {
	return Event{At: at(when), Kind: journal.TicketAcknowledged, Actor: "user:u1"}
}

func moved(when, to string) Event {
	return Event{At: at(when), Kind: journal.PhaseChanged, To: to, Actor: "user:u1"}
}

func kindAt(when, kind string) Event { return Event{At: at(when), Kind: kind, Actor: "user:u1"} }

// worded writes happenings as "warn ack 50 coalesced".
func worded(hs []Happening) (out []string) {
	for _, h := range hs {
		s := h.Kind
		if h.Metric != "" {
			s += " " + h.Metric
		}
		if h.Percent > 0 {
			s += fmt.Sprintf(" %d", h.Percent)
		}
		if h.Coalesced {
			s += " coalesced"
		}
		out = append(out, s)
	}
	return out
}

func wantList(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestCase52AnAcknowledgementEndsWhatCallsPeople(t *testing.T) {
	t.Parallel()
	story := opened("2026-11-23T10:00Z", "critical")
	if got := passed(Replay(shipped(t), story, at("2026-11-23T10:00Z")), Page); len(got) != 1 || got[0].Trigger != TriggerOpen || got[0].Cycle != 1 {
		t.Errorf("%+v", got)
	}
	st := Replay(shipped(t), append(story, acked("2026-11-23T10:04:59Z")), at("2026-11-23T10:05Z"))
	if got := passed(st, Page); len(got) != 0 || !st.Acknowledged {
		t.Errorf("%+v", got)
	}
	if c := clockNamed(st, MetricAck); c.State != Met {
		t.Errorf("it is %s", c.State)
	}
}

func TestCase53WhatPassedWhileTheSystemWasDown(t *testing.T) {
	t.Parallel()
	story := opened("2026-11-23T10:58Z", "critical", Event{At: at("2026-11-23T10:58:01Z"), Kind: journal.EscalationStarted, Trigger: TriggerOpen, Cycle: 1})
	st := Replay(shipped(t), story, at("2026-11-23T14:00Z"))
	got := slices.DeleteFunc(st.Passed(st.At), func(h Happening) bool { return h.Metric != MetricAck })
	wantList(t, "of the clock to acknowledge", worded(got), "warn ack 50 coalesced", "warn ack 75 coalesced", "warn ack 90 coalesced", "breach ack")
	wantTime(t, "the breach", got[3].At, "2026-11-23T11:13Z")
}

func TestCase54OnlyTheHighestWarningIsTold(t *testing.T) {
	t.Parallel()
	v := []*Version{asks(t, each("4h"), nil)}
	story := opened("2026-11-23T10:00Z", "high")
	st := Replay(v, story, at("2026-11-23T13:10Z"))
	wantList(t, "passed", worded(st.Passed(st.At)), "warn resolve 50 coalesced", "warn resolve 75")
	// The higher is told: what is lower needs nobody any more.
	told := st.Passed(st.At)[1]
	st = Replay(v, append(story, entryOf(told, "2026-11-23T13:10:01Z")), at("2026-11-23T13:10:02Z"))
	wantList(t, "then", worded(st.Passed(st.At)), "warn resolve 50 coalesced")
}

func TestCase55ASignedTimeOfAnAnswerCounts(t *testing.T) {
	t.Parallel()
	v := compiledFrom(t, func(d *Document) { d.Policies[0].Timers[0].Targets["critical"] = "2h" })
	story := opened("2026-11-23T10:58Z", "critical")
	late := acked("2026-11-23T14:01Z")
	if c := clockNamed(Replay(v, append(story, late), at("2026-11-23T14:02Z")), MetricAck); c.State != Breached {
		t.Errorf("by the time it was recorded it is %s", c.State)
	}
	late.OccurredAt = at("2026-11-23T12:00Z")
	for _, before := range [][]Event{nil, {{At: at("2026-11-23T14:00Z"), Kind: journal.SLABreached, Metric: MetricAck, Cycle: 1, DueAt: at("2026-11-23T12:58Z")}}} {
		st := Replay(v, append(append(opened("2026-11-23T10:58Z", "critical"), before...), late), at("2026-11-23T14:02Z"))
		if c := clockNamed(st, MetricAck); c.State != Met || len(breachesOf(st, MetricAck)) != 0 {
			t.Errorf("by the signed time it is %s", c.State)
		}
	}
	late.OccurredAt = at("2026-11-23T13:30Z")
	if c := clockNamed(Replay(v, append(story, late), at("2026-11-23T14:02Z")), MetricAck); c.State != Breached {
		t.Errorf("a signed time after it was due makes it %s", c.State)
	}
}

func breachesOf(st State, metric string) []Happening {
	return slices.DeleteFunc(passed(st, Breach), func(h Happening) bool { return h.Metric != metric })
}

// compiledFrom is the shipped document with a change.
func compiledFrom(t testing.TB, change func(d *Document)) []*Version {
	t.Helper()
	d := Default("UTC").filled()
	change(&d)
	return []*Version{compiled(t, d)}
}

func TestCase56NothingHappensOnAnAcknowledgedTicket(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	story := opened("2026-11-23T09:59Z", "critical", acked("2026-11-23T10:00Z"))
	st := Replay(v, story, at("2026-11-23T10:30Z"))
	if got := passed(st, Ask); len(got) != 1 || got[0].At != at("2026-11-23T10:30Z") {
		t.Fatalf("%+v", got)
	}
	if early := Replay(v, story, at("2026-11-23T10:30Z")-1); len(passed(early, Ask)) != 0 {
		t.Error("asked too early")
	}
	asked := Event{At: at("2026-11-23T10:30Z"), Kind: journal.SLAAsked, Until: at("2026-11-23T10:35Z"), Actor: "system:sla"}
	st = Replay(v, append(story, asked), at("2026-11-23T10:35Z"))
	if got := passed(st, Unanswered); len(got) != 1 || len(passed(st, Ask)) != 0 {
		t.Fatalf("%+v", st.Passed(st.At))
	}
	un := Event{At: at("2026-11-23T10:35Z"), Kind: journal.TicketUnacknowledged, Actor: "system:sla"}
	st = Replay(v, append(story, asked, un), at("2026-11-23T10:35:01Z"))
	if got := passed(st, Page); len(got) != 1 || got[0].Cycle != 2 || st.Acknowledged {
		t.Errorf("it calls people anew: %+v", got)
	}
	if c := clockNamed(st, MetricAck); c.Cycle != 2 || c.DueAt != at("2026-11-23T10:50Z") {
		t.Errorf("the clock to acknowledge: %+v", c)
	}
	// A note moves the question.
	st = Replay(v, append(story, kindAt("2026-11-23T10:20Z", journal.NoteAdded)), at("2026-11-23T10:49Z"))
	wantTime(t, "after a note", st.ReackAt, "2026-11-23T10:50Z")
	// An answer takes it back; what the program does by itself is no answer.
	st = Replay(v, append(story, asked, kindAt("2026-11-23T10:31Z", journal.TicketReconfirmed)), at("2026-11-23T10:40Z"))
	if len(passed(st, Unanswered)) != 0 {
		t.Error("an answer is none")
	}
	byItself := Event{At: at("2026-11-23T10:31Z"), Kind: journal.TicketLinked, Actor: "system:intake"}
	if st = Replay(v, append(story, asked, byItself), at("2026-11-23T10:40Z")); len(passed(st, Unanswered)) != 1 {
		t.Error("what nobody did is an answer")
	}
}

func TestCase57AnOfferThatNobodyAccepts(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	offer := Event{At: at("2026-11-23T10:00Z"), Kind: journal.HandoverOffered, ID: "h1", Until: at("2026-11-23T10:10Z"), Actor: "user:u1"}
	story := opened("2026-11-23T09:59Z", "critical", acked("2026-11-23T09:59:30Z"), offer)
	st := Replay(v, story, at("2026-11-23T10:10Z"))
	if got := breachesOf(st, MetricHandover); len(got) != 1 || got[0].At != at("2026-11-23T10:10Z") || got[0].Trigger != MetricHandover {
		t.Errorf("%+v", got)
	}
	expired := Event{At: at("2026-11-23T10:10Z"), Kind: journal.HandoverExpired, ID: "h1", Actor: "system:ticket"}
	if c := clockNamed(Replay(v, append(story, expired), at("2026-11-23T10:11Z")), MetricHandover); c.State != Breached || c.StoppedAt == 0 {
		t.Errorf("%+v", c)
	}
	accepted := kindAt("2026-11-23T10:09Z", journal.HandoverAccepted)
	if c := clockNamed(Replay(v, append(story, accepted), at("2026-11-23T10:11Z")), MetricHandover); c.State != Met {
		t.Errorf("%+v", c)
	}
}

func TestCase58AReopenedTicketKeepsWhatItUsed(t *testing.T) {
	t.Parallel()
	v := shipped(t)
	story := opened("2026-11-23T00:00Z", "critical", acked("2026-11-23T00:01Z"), closed("2026-11-23T20:00Z", "resolved"),
		Event{At: at("2026-11-26T20:00Z"), Kind: journal.TicketReopened, To: "analysis", Automatic: true, Actor: "system:intake"})
	st := Replay(v, story, at("2026-11-26T20:00Z"))
	c := clockNamed(st, MetricResolve)
	wantTime(t, "resolve", c.DueAt, "2026-11-27T02:00Z")
	if c.Cycle != 2 || c.Text != "26h" {
		t.Errorf("%+v", c)
	}
	ack := clockNamed(st, MetricAck)
	wantTime(t, "acknowledge", ack.DueAt, "2026-11-26T20:15Z")
	if got := passed(st, Page); len(got) != 1 || got[0].Cycle != 2 {
		t.Errorf("%+v", got)
	}
	// What was measured in the first life stays as it was.
	for _, c := range st.Clocks {
		if c.Metric == MetricResolve && c.Cycle == 1 && (c.State != Met || c.Used != 20*3600e6) {
			t.Errorf("the first life: %+v", c)
		}
	}
	// Whoever opens it again has seen it.
	story[3].Automatic, story[3].Actor = false, "user:u1"
	st = Replay(v, story, at("2026-11-26T20:00Z"))
	if ack := clockNamed(st, MetricAck); !st.Acknowledged || ack.State != Met || ack.Cycle != 2 || len(passed(st, Page)) != 0 {
		t.Errorf("opened again by a person: %+v", ack)
	}
}

func TestCase60AClockThatStepsBackGivesNoNegativeTime(t *testing.T) {
	t.Parallel()
	// The journal moves such an entry to a microsecond after the one before.
	story := opened("2026-11-23T10:00Z", "critical", acked("2026-11-23T09:58:30Z"), closed("2026-11-23T09:58:31Z", "resolved"))
	st := Replay(shipped(t), story, at("2026-11-23T09:00Z"))
	for _, c := range st.Clocks {
		if c.Used < 0 || c.StoppedAt < c.StartedAt || c.State != Met {
			t.Errorf("%+v", c)
		}
	}
}
