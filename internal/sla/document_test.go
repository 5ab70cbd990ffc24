package sla

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

func TestTheShippedDocumentIsWhole(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "Europe/Amsterdam", "Pacific/Apia"} {
		d := Default(zone).filled()
		compiled(t, d)
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readDocument(raw)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Errorf("what is written is not what is read:\n%s", diff)
		}
		if !isShipped(&again.Ladders[0]) {
			t.Error("the shipped ladder is not known again")
		}
	}
}

func TestADocumentWithAMistakeNamesTheField(t *testing.T) {
	t.Parallel()
	policy := func(change func(p *Policy)) func(d *Document) {
		return func(d *Document) { change(&d.Policies[0]) }
	}
	timer := func(change func(t *Target)) func(d *Document) {
		return func(d *Document) { change(&d.Policies[0].Timers[0]) }
	}
	ladder := func(change func(l *Ladder)) func(d *Document) {
		return func(d *Document) { change(&d.Ladders[0]) }
	}
	for name, c := range map[string]struct {
		change func(d *Document)
		field  string
	}{
		"a calendar that is never open":         {func(d *Document) { d.Calendars[0].Weekly = nil }, "body.calendars[0]"},
		"a zone that is gone":                   {func(d *Document) { d.Calendars[0].Zone = "Mars/Olympus" }, "body.calendars[0].zone"},
		"a span that is none":                   {func(d *Document) { d.Calendars[0].Weekly["mon"] = []string{"25:00-26:00"} }, "body.calendars[0].weekly.mon[0]"},
		"a calendar without an id":              {func(d *Document) { d.Calendars[0].ID = "" }, "body.calendars[0].id"},
		"a calendar called round the clock":     {func(d *Document) { d.Calendars[0].ID = "24x7" }, "body.calendars[0].id"},
		"a calendar twice":                      {func(d *Document) { d.Calendars = append(d.Calendars, d.Calendars[0]) }, "body.calendars[1].id"},
		"no policy":                             {func(d *Document) { d.Policies = nil }, "body.policies[0].match"},
		"no policy for the rest":                {policy(func(p *Policy) { p.Match = "severity>=high" }), "body.policies[0].match"},
		"the policy for the rest switched off":  {policy(func(p *Policy) { p.Enabled = false }), "body.policies[0].match"},
		"a field that a policy cannot ask":      {policy(func(p *Policy) { p.Match = "tag:x" }), "body.policies[0].match"},
		"text alone":                            {policy(func(p *Policy) { p.Match = "ransom" }), "body.policies[0].match"},
		"a list that policies cannot use":       {policy(func(p *Policy) { p.Match = "account:@prod" }), "body.policies[0].match"},
		"a ladder that is not there":            {policy(func(p *Policy) { p.Ladder = "gone" }), "body.policies[0].ladder"},
		"no ladder":                             {policy(func(p *Policy) { p.Ladder = "" }), "body.policies[0].ladder"},
		"warnings that fall":                    {policy(func(p *Policy) { p.WarnAt = []int{50, 40} }), "body.policies[0].warn_at"},
		"a warning at the end":                  {policy(func(p *Policy) { p.WarnAt = []int{100} }), "body.policies[0].warn_at"},
		"a severity that is none":               {policy(func(p *Policy) { p.PageOnOpen = []string{"urgent"} }), "body.policies[0].page_on_open"},
		"more than all paused":                  {policy(func(p *Policy) { p.MaxPaused = map[string]int{"high": 101} }), "body.policies[0].max_paused.high"},
		"a question after no time":              {policy(func(p *Policy) { p.ReackAfter = map[string]string{"high": "soon"} }), "body.policies[0].reack_after.high"},
		"a question after business days":        {policy(func(p *Policy) { p.ReackAfter = map[string]string{"high": "1bd"} }), "body.policies[0].reack_after.high"},
		"a pause for ever":                      {policy(func(p *Policy) { p.PauseReasons[0].Max = "4000d" }), "body.policies[0].pause_reasons[0].max"},
		"a pause by nobody we know":             {policy(func(p *Policy) { p.PauseReasons[0].Roles = []string{"boss"} }), "body.policies[0].pause_reasons[0].roles"},
		"a reason twice":                        {policy(func(p *Policy) { p.PauseReasons[1].ID = p.PauseReasons[0].ID }), "body.policies[0].pause_reasons[1].id"},
		"a metric that is none":                 {timer(func(t *Target) { t.Metric = "joy" }), "body.policies[0].timers[0].metric"},
		"a clock twice":                         {timer(func(t *Target) { t.Metric = MetricContain }), "body.policies[0].timers[1].metric"},
		"a phase without its name":              {timer(func(t *Target) { t.Metric = MetricPhase }), "body.policies[0].timers[0].phase"},
		"a phase of something else":             {timer(func(t *Target) { t.Phase = "analysis" }), "body.policies[0].timers[0].phase"},
		"an acknowledgement that waits":         {timer(func(t *Target) { t.Pausable = true }), "body.policies[0].timers[0].pausable"},
		"a target that is no time":              {timer(func(t *Target) { t.Targets["high"] = "-1h" }), "body.policies[0].timers[0].targets.high"},
		"a target for no severity":              {timer(func(t *Target) { t.Targets["urgent"] = "1h" }), "body.policies[0].timers[0].targets"},
		"a calendar that is not there":          {timer(func(t *Target) { t.Calendar["low"] = "mars" }), "body.policies[0].timers[0].calendar.low"},
		"a target beyond the calendar":          {timer(func(t *Target) { t.Targets["low"] = "400bd" }), "body.policies[0].timers[0].targets.low"},
		"another ladder that is not there":      {timer(func(t *Target) { t.Ladder = "gone" }), "body.policies[0].timers[0].ladder"},
		"levels that do not grow":               {ladder(func(l *Ladder) { l.Levels[2].After = "5m" }), "body.ladders[0].levels[2].after"},
		"a level before its trigger":            {ladder(func(l *Ladder) { l.Levels[0].After = "-1m" }), "body.ladders[0].levels[0].after"},
		"no level":                              {ladder(func(l *Ladder) { l.Levels, l.Repeat = nil, nil }), "body.ladders[0].levels"},
		"a level that calls nobody":             {ladder(func(l *Ladder) { l.Levels[0].Notify = nil }), "body.ladders[0].levels[0].notify"},
		"a level that calls something else":     {ladder(func(l *Ladder) { l.Levels[0].Notify = []string{"pigeon:1"} }), "body.ladders[0].levels[0].notify[0]"},
		"a role that is none":                   {ladder(func(l *Ladder) { l.Levels[3].Notify = []string{"role:king"} }), "body.ladders[0].levels[3].notify[0]"},
		"a ladder that goes up every second":    {ladder(func(l *Ladder) { l.Repeat.Every = "1s" }), "body.ladders[0].repeat.every"},
		"a ladder that goes up from nowhere":    {ladder(func(l *Ladder) { l.Repeat.FromLevel = 5 }), "body.ladders[0].repeat.from_level"},
		"a ladder that goes up a minus time":    {ladder(func(l *Ladder) { l.Repeat.Times = -1 }), "body.ladders[0].repeat.times"},
		"no fallback":                           {ladder(func(l *Ladder) { l.Fallback = nil }), "body.ladders[0].fallback"},
		"a fallback that depends on the day":    {ladder(func(l *Ladder) { l.Fallback = []string{"oncall:team"} }), "body.ladders[0].fallback"},
		"a role as the fallback of another":     {ladder(func(l *Ladder) { l.Name = "Mine" }), "body.ladders[0].fallback"},
		"a ladder whose name is nothing at all": {ladder(func(l *Ladder) { l.ID = noLadder }), "body.ladders[0].id"},
		"a name that is too long":               {ladder(func(l *Ladder) { l.Name = strings.Repeat("x", 121) }), "body.ladders[0].name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := Default("UTC").filled()
			c.change(&d)
			_, problems := compile(d.filled(), 0, 1)
			f := fault.As(problems.err())
			if f == nil || f.Code != fault.Invalid {
				t.Fatalf("it is taken: %v", f)
			}
			if !slices.ContainsFunc(f.Fields, func(e fault.FieldError) bool { return e.Location == c.field }) {
				t.Errorf("it names %v, not %s", f.Fields, c.field)
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	d := Default("UTC").filled()
	d.Calendars[0].Zone = "Mars/Olympus"
	d.Policies[0].WarnAt = []int{0}
	d.Ladders[0].Levels[1].After = "never"
	_, problems := compile(d, 0, 1)
	if f := fault.As(problems.err()); len(f.Fields) < 3 {
		t.Errorf("%v", f.Fields)
	}
}

func TestAStoredDocumentThatCannotBeReadWholeStillKeepsTime(t *testing.T) {
	t.Parallel()
	d := Default("Mars/Olympus").filled() // a zone that was removed from the tables since
	d.Policies = append([]Policy{{ID: "odd", Name: "Odd", Match: "field-that-was:x", Enabled: true, Ladder: "soc"}}, d.Policies...)
	v, problems := compile(d.filled(), 1, 1)
	if problems.err() == nil {
		t.Fatal("nothing is wrong with it")
	}
	st := Replay([]*Version{v}, opened("2026-11-23T10:00Z", "medium"), at("2026-11-23T10:00Z"))
	if c := clockNamed(st, MetricAck); c.DueAt == 0 || st.Policy != "default" {
		t.Errorf("%+v", st)
	}
	for _, docs := range [][]*Version{nil, {{Number: 1}}} {
		if st := Replay(docs, opened("2026-11-23T10:00Z", "high"), at("2026-11-23T10:00Z")); len(st.Clocks) != 0 {
			t.Errorf("clocks without targets: %+v", st.Clocks)
		}
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	office, err := duty.CalendarSpec{Zone: "UTC", Weekly: map[string][]string{"mon": {"09:00-17:00"}, "fri": {"09:00-13:00"}}}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int64{"15m": 900e6, "4h": 14400e6, "1h30m": 5400e6, "2d": 172800e6, "1bd": 28800e6, "3bd": 86400e6} {
		if l, err := ParseLength(text); err != nil || l.Micros(office) != want {
			t.Errorf("%s: %d, %v", text, l.Micros(office), err)
		}
	}
	for _, text := range []string{"", "0", "0s", "-1h", "500ms", "401d", "9999999999h", "1w", "bd", "0bd", "401bd", "1.5bd", "-1bd", "+2d", "1e3h", " 1h", "１h"} {
		if l, err := ParseLength(text); err == nil {
			t.Errorf("%q is read as %+v", text, l)
		}
	}
	for micros, want := range map[int64]string{900e6: "15m", 93600e6: "26h", 5400e6: "1h30m", 172800e6: "2d", 45e6: "45s", 3661e6: "1h1m1s", 0: "0s", 3605e6: "1h0m5s"} {
		if got := spell(micros); got != want {
			t.Errorf("%d is %s, want %s", micros, got, want)
		}
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"oncall:s1", "oncall:team", "lead:t1", "lead:team", "owner", "user:u1", "role:manager", "channel:c1"} {
		if w, err := ParseWho(text); err != nil || w.String() != text {
			t.Errorf("%s: %v, %v", text, w, err)
		}
	}
	for _, text := range []string{"", "oncall", "oncall:", "owner:", "owner:x", "user:", "role:king", "duty:t1", "leadof:u1", "channel:" + strings.Repeat("x", 61)} {
		if w, err := ParseWho(text); err == nil {
			t.Errorf("%q is read as %v", text, w)
		}
	}
}

func FuzzDocument(f *testing.F) {
	raw, err := json.Marshal(Default("Europe/Amsterdam"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"calendars":[{"id":"a","weekly":{"mon":["00:00-24:00"]}}],"policies":[{"timers":[{"targets":{"*":"1bd"}}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := readDocument(raw)
		if err != nil {
			return
		}
		v, problems := compile(doc, 1, at("2026-11-23T10:00Z"))
		if problems.err() == nil && len(v.policies) == 0 {
			t.Fatal("a document without a policy is taken")
		}
		st := Replay([]*Version{v}, opened("2026-11-23T10:00Z", "high", severity("2026-11-24T10:00Z", "low")), at("2026-11-25T10:00Z"))
		for _, c := range st.Clocks {
			if c.Used < 0 || c.State == "" {
				t.Fatalf("%+v", c)
			}
		}
	})
}
