package app

import (
	"strings"
	"testing"
	"time"

	"tocsin/internal/finding"
)

func TestDemoPlotFitsAnyHourOfTheWeek(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range demoPeople() {
		known[p.key] = true
	}
	messages, acts := 0, 0
	for hours := 0; hours < 7*24; hours += 5 {
		end := storyEnd().Add(time.Duration(hours) * time.Hour)
		plot := newDemoPlot(end)
		before, m, a := end.Add(-demoLength).UnixMicro()-1, 0, 0
		for _, e := range plot.events() {
			if e.at <= before {
				t.Fatalf("%s: %s is not after %s", end, time.UnixMicro(e.at), time.UnixMicro(before))
			}
			before = e.at
			if e.body != nil {
				m++
				continue
			}
			a++
			if !known[e.act.who] {
				t.Errorf("%s: nobody called %q does %s", end, e.act.who, e.act.do)
			}
		}
		if before > end.UnixMicro() {
			t.Errorf("%s: the story goes on to %s", end, time.UnixMicro(before))
		}
		if hours > 0 && (m != messages || a != acts) {
			t.Errorf("%s: %d messages and %d acts, before %d and %d", end, m, a, messages, acts)
		}
		messages, acts = m, a
	}
}

func TestDemoCasesHaveTheirOwnKeysAndIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, c := range demoCases() {
		for _, id := range []string{"key " + c.key, "uid " + c.uid} {
			if other := seen[id]; other != "" {
				t.Errorf("%s is of %s and %s", id, other, c.key)
			}
			seen[id] = c.key
		}
		if c.from < c.to || c.from > 14 || c.to <= 0 {
			t.Errorf("%s comes between %g and %g days before the end", c.key, c.from, c.to)
		}
	}
}

// What detectors say is read as what it is, by the id under which the story
// looks for it.
func TestDemoMessagesAreReadAsFindings(t *testing.T) {
	t.Parallel()
	for _, c := range demoCases() {
		if c.say == nil {
			continue
		}
		s := demoSaid{first: storyEnd(), at: storyEnd(), changed: storyEnd(), nth: 1, count: 1}
		parts, err := finding.Decode(c.say(s))
		if err != nil || len(parts) != 1 || parts[0].Err != nil {
			t.Fatalf("%s: %v, %+v", c.key, err, parts)
		}
		f := parts[0].Finding
		if f.UID != c.uid {
			t.Errorf("%s is read as %s, not %s", c.key, f.UID, c.uid)
		}
		if f.Account == "" || f.Region == "" || f.Title == "" || f.MainResource() == "" || parts[0].Event.ID == "" {
			t.Errorf("%s lacks something: %+v", c.key, f)
		}
		for _, i := range f.Indicators {
			if i.Type == "domain" && !strings.Contains(i.Value, ".example.") {
				t.Errorf("%s names the domain %s, which may be somebody's", c.key, i.Value)
			}
			if i.Type == "ipv4" && !strings.HasPrefix(i.Value, "192.0.2.") && !strings.HasPrefix(i.Value, "198.51.100.") && !strings.HasPrefix(i.Value, "203.0.113.") {
				t.Errorf("%s names the address %s, which may be somebody's", c.key, i.Value)
			}
		}
	}
}

func TestDemoRotaIsNeverEmpty(t *testing.T) {
	t.Parallel()
	rota := newDemoRota()
	for h := range 7 * 48 {
		at := storyEnd().Add(time.Duration(h) * 30 * time.Minute)
		if len(rota.onDuty(at)) == 0 {
			t.Errorf("nobody is there on %s", at)
		}
	}
}
