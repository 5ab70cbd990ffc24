package duty_test

import (
	"strings"
	"testing"

	"tocsin/internal/duty"
)

// single is a plan of one rotation.
func single(zone string, r duty.Rotation) duty.Plan {
	return duty.Plan{Name: "One", Team: soc, Zone: zone, Rotations: []duty.Rotation{r}}
}

func TestCase48AShiftOverAChangeOfTheClockIsLongerOrShorter(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for _, c := range []struct {
			zone, start string
			hours       float64
		}{
			{"Europe/Amsterdam", "2026-10-24", 13}, {"Europe/Amsterdam", "2027-03-27", 11},
			{"America/New_York", "2026-10-31", 13}, {"America/New_York", "2027-03-13", 11},
			{"America/New_York", "2026-10-24", 12}, {"Europe/Amsterdam", "2026-10-31", 12},
		} {
			p := single(c.zone, duty.Rotation{Kind: "hours", Every: 12, Handoff: duty.Handoff{Time: "20:00"}, Start: c.start, Participants: []string{ann, bob}})
			from := at(w.t, c.start+"T12:00Z")
			r := w.preview(p, c.start+"T12:00Z", from.AddDate(0, 0, 3).Format("2006-01-02T15:04Z"))
			if len(r.Final) < 4 || r.Final[0].Hours != c.hours || r.Final[0].Name != "ann" || r.Final[1].Name != "bob" || r.Final[1].Hours != 12 {
				w.t.Errorf("%s on %s: %v", c.zone, c.start, r.Final)
			}
		}
	})
}

func TestCase49WeeksChangeAtNineHoweverLongTheyAre(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		p := weekly(ann, bob, cas)
		autumn := w.preview(p, "2026-10-19T07:00Z", "2026-11-09T08:00Z")
		same(w.t, "autumn", lines(autumn.Final),
			"2026-10-19T07:00 2026-10-26T08:00 ann week", "2026-10-26T08:00 2026-11-02T08:00 bob week", "2026-11-02T08:00 2026-11-09T08:00 cas week")
		if autumn.Final[0].Hours != 169 || autumn.Final[1].Hours != 168 {
			w.t.Errorf("the autumn week has %v hours", autumn.Final[0].Hours)
		}
		if len(autumn.Notes) != 1 || !strings.Contains(autumn.Notes[0].Text, "169 hours") || short(autumn.Notes[0].At) != "2026-10-25T01:00" {
			w.t.Errorf("notes %v", autumn.Notes)
		}
		// 22 weeks after the first turn it is bob's again, at the same local time.
		spring := w.preview(p, "2027-03-22T08:00Z", "2027-04-05T07:00Z")
		same(w.t, "spring", lines(spring.Final), "2027-03-22T08:00 2027-03-29T07:00 bob week", "2027-03-29T07:00 2027-04-05T07:00 cas week")
		if spring.Final[0].Hours != 167 {
			w.t.Errorf("the spring week has %v hours", spring.Final[0].Hours)
		}
	})
}

// followTheSun is Amsterdam below New York, each on weekdays from eight to four.
func followTheSun() duty.Plan {
	days := []duty.Window{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "16:00"}}
	daily := func(name, zone, person string) duty.Rotation {
		return duty.Rotation{ID: name, Name: name, Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "00:00"}, Start: "2026-10-01", Zone: zone, Participants: []string{person}, Windows: days}
	}
	return duty.Plan{Name: "Sun", Team: soc, Zone: "UTC", Rotations: []duty.Rotation{daily("ams", "Europe/Amsterdam", ann), daily("ny", "America/New_York", bob)}}
}

func TestCase50TheSunIsFollowedWhileOneSideHasSetItsClocks(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		r := w.preview(followTheSun(), "2026-10-26T07:00Z", "2026-10-28T07:00Z")
		same(w.t, "the last wins", lines(r.Final),
			"2026-10-26T07:00 2026-10-26T12:00 ann ams", "2026-10-26T12:00 2026-10-26T20:00 bob ny",
			"2026-10-27T07:00 2026-10-27T12:00 ann ams", "2026-10-27T12:00 2026-10-27T20:00 bob ny")
		same(w.t, "gaps", gapLines(r.Gaps), "2026-10-26T20:00 2026-10-27T07:00", "2026-10-27T20:00 2026-10-28T07:00")
		same(w.t, "Amsterdam until 15:00, an overlap of 3 h", lines(r.Layers[0].Shifts[:1]), "2026-10-26T07:00 2026-10-26T15:00 ann ams")
		before := w.preview(followTheSun(), "2026-10-19T06:00Z", "2026-10-19T20:00Z")
		same(w.t, "no gap", gapLines(before.Gaps))
		same(w.t, "an overlap of 2 h", lines(before.Layers[0].Shifts), "2026-10-19T06:00 2026-10-19T14:00 ann ams")
		same(w.t, "New York", lines(before.Layers[1].Shifts), "2026-10-19T12:00 2026-10-19T20:00 bob ny")
	})
}

func TestTurnsGoByTheWallClock(t *testing.T) {
	t.Parallel()
	pair := []string{ann, bob}
	cases := []struct {
		name     string
		plan     duty.Plan
		from, to string
		want     []string
	}{
		{
			"a handoff in the gap comes an hour later", single("Europe/Amsterdam", duty.Rotation{Name: "r", Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "02:30"}, Start: "2027-03-27", Participants: pair}),
			"2027-03-27T01:30Z", "2027-03-29T00:30Z",
			[]string{"2027-03-27T01:30 2027-03-28T01:30 ann r1", "2027-03-28T01:30 2027-03-29T00:30 bob r1"},
		},
		{
			"a handoff that comes twice is made once", single("Europe/Amsterdam", duty.Rotation{Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "02:30"}, Start: "2026-10-24", Participants: pair}),
			"2026-10-24T00:30Z", "2026-10-26T01:30Z",
			[]string{"2026-10-24T00:30 2026-10-25T00:30 ann r1", "2026-10-25T00:30 2026-10-26T01:30 bob r1"},
		},
		{
			"the day that Apia left out", single("Pacific/Apia", duty.Rotation{Kind: "daily", Every: 1, Handoff: duty.Handoff{Time: "09:00"}, Start: "2011-12-28", Participants: []string{ann, bob, cas}}),
			"2011-12-28T19:00Z", "2011-12-31T19:00Z",
			[]string{"2011-12-28T19:00 2011-12-29T19:00 ann r1", "2011-12-29T19:00 2011-12-30T19:00 bob r1", "2011-12-30T19:00 2011-12-31T19:00 ann r1"},
		},
		{
			"two weeks from the Monday before the start", single("UTC", duty.Rotation{Kind: "weekly", Every: 2, Handoff: duty.Handoff{Weekday: "mon", Time: "00:00"}, Start: "2026-11-04", Participants: pair}),
			"2026-11-01T00:00Z", "2026-11-30T00:00Z",
			[]string{"2026-11-04T00:00 2026-11-16T00:00 ann r1", "2026-11-16T00:00 2026-11-30T00:00 bob r1"},
		},
		{
			"windows at night", single("UTC", duty.Rotation{
				Kind: "weekly", Every: 1, Handoff: duty.Handoff{Weekday: "tue", Time: "00:00"}, Start: "2026-11-03", Participants: pair,
				Windows: []duty.Window{{Days: []string{"mon", "tue"}, From: "22:00", To: "06:00"}},
			}),
			"2026-11-03T00:00Z", "2026-11-11T00:00Z",
			[]string{"2026-11-03T00:00 2026-11-03T06:00 ann r1", "2026-11-03T22:00 2026-11-04T06:00 ann r1", "2026-11-09T22:00 2026-11-10T00:00 ann r1", "2026-11-10T00:00 2026-11-10T06:00 bob r1", "2026-11-10T22:00 2026-11-11T00:00 bob r1"},
		},
		{
			"windows that meet at midnight are one", single("UTC", duty.Rotation{
				Kind: "weekly", Every: 1, Handoff: duty.Handoff{Weekday: "mon", Time: "00:00"}, Start: "2026-11-02", Participants: pair,
				Windows: []duty.Window{{Days: []string{"mon", "tue"}, From: "00:00", To: "24:00"}},
			}),
			"2026-11-02T00:00Z", "2026-11-08T00:00Z", []string{"2026-11-02T00:00 2026-11-04T00:00 ann r1"},
		},
	}
	each(t, func(w *world) {
		for _, c := range cases {
			same(w.t, c.name, lines(w.preview(c.plan, c.from, c.to).Final), c.want...)
		}
	})
}
