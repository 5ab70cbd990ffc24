package duty_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

func TestACalendarIsReadAsTheContractWritesIt(t *testing.T) {
	t.Parallel()
	spec, err := duty.ParseCalendar([]byte(`{"zone":"Europe/Amsterdam","always":false,"weekly":{"mon":["13:00-17:00","09:00-12:00","11:00-12:30"],"tue":["22:00-06:00"],
		"wed":["05:00-08:00"],"thu":["00:00-24:00"],"sat":[]},"closed":["2026-12-25"],"special":{"2026-12-24":["09:00-13:00"],"2026-12-25":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := compile(t, spec)
	if got := fmt.Sprint(c.Weekly); got != "[[] [{540 750} {780 1020}] [{1320 1800}] [{300 480}] [{0 1440}] [] []]" {
		t.Errorf("week %s", got)
	}
	// Tuesday's night and Wednesday's morning overlap by an hour, which counts once.
	if got := c.Elapsed(at(t, "2026-11-03T12:00Z"), at(t, "2026-11-04T12:00Z")); got != 10*time.Hour {
		t.Errorf("the night and the morning are %v", got)
	}
	if c.Day() != 24*time.Hour {
		t.Errorf("the longest day is %v", c.Day())
	}
	always := compile(t, duty.CalendarSpec{Always: true})
	if due, err := always.Add(at(t, "2026-12-25T00:00Z"), time.Hour); err != nil || !due.Equal(at(t, "2026-12-25T01:00Z")) {
		t.Errorf("round the clock: %v %v", due, err)
	}
}

func TestACalendarNamesEveryFieldAtFault(t *testing.T) {
	t.Parallel()
	many := make([]string, 2001)
	for i := range many {
		many[i] = time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"many things": {
			`{"zone":"Mars/Olympus","weekly":{"mon":["9-17","08:00-25:00","08:60-09:00"],"lun":[]},"closed":["2026-12-25","25-12-2026"],"special":{"2026-02-30":["09:00-10:00"],"2026-01-01":["10:00-10:00"]}}`,
			[]string{"zone", "weekly.lun", "weekly.mon[0]", "weekly.mon[1]", "weekly.mon[2]", "closed[1]", "special.2026-01-01[0]", "special.2026-02-30"},
		},
		"no zone":          {`{"weekly":{"mon":["09:00-17:00"]}}`, []string{"zone"}},
		"a beginning late": {`{"zone":"UTC","weekly":{"mon":["24:00-02:00"]}}`, []string{"weekly.mon[0]"}},
		"too many spans":   {`{"zone":"UTC","weekly":{"mon":` + jsonOf(slices.Repeat([]string{"09:00-10:00"}, 21)) + `}}`, []string{"weekly.mon"}},
		"too many dates":   {`{"zone":"UTC","weekly":{"mon":["09:00-10:00"]},"closed":` + jsonOf(many) + `}`, []string{"closed"}},
		"signs":            {`{"zone":"UTC","weekly":{"mon":["+9:00-10:00","09:0a-10:00","09:00‑10:00"]}}`, []string{"weekly.mon[0]", "weekly.mon[1]", "weekly.mon[2]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, err := duty.ParseCalendar([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = spec.Compile()
			e := fault.As(err)
			if e == nil {
				t.Fatalf("taken: %v", err)
			}
			got := []string{}
			for _, f := range e.Fields {
				got = append(got, f.Location)
			}
			same(t, "fields", got, c.want...)
		})
	}
	for _, text := range []string{``, `[]`, `{"zone":1}`, `{"zone":"UTC","weekley":{}}`, `{"zone":"UTC"} {}`, `null x`} {
		if _, err := duty.ParseCalendar([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func FuzzCalendarSpec(f *testing.F) {
	f.Add(`{"zone":"Europe/Amsterdam","weekly":{"mon":["09:00-12:00","13:00-17:00"],"sat":[]},"closed":["2026-12-25"],"special":{"2026-12-24":["09:00-13:00"]}}`, int64(0), int64(3600))
	f.Add(`{"zone":"Pacific/Apia","weekly":{"fri":["22:00-21:59"],"sat":["00:00-24:00"]}}`, int64(1325203200), int64(100000))
	f.Add(`{"zone":"Australia/Lord_Howe","weekly":{"sun":["01:45-02:15","02:10-02:40"]}}`, int64(1790000000), int64(1))
	f.Fuzz(func(t *testing.T, text string, start, seconds int64) {
		spec, err := duty.ParseCalendar([]byte(text))
		if err != nil {
			return
		}
		c, err := spec.Compile()
		if err != nil {
			if e := fault.As(err); e == nil || e.Code != fault.Invalid {
				t.Fatalf("an error nobody can act on: %v", err)
			}
			return
		}
		from, d := time.Unix(start%(1<<33), 0), time.Duration(seconds%200_000)*time.Second
		due, err := c.Add(from, d)
		if err != nil {
			return // open, but not for long enough
		}
		if got := c.Elapsed(from, due); got != max(d, 0) {
			t.Fatalf("%s: %v from %v is due %v, of which %v count", text, d, from, due, got)
		}
	})
}

func FuzzPlan(f *testing.F) {
	for _, p := range []duty.Plan{weekly("a", "b"), followTheSun()} {
		f.Add(jsonOf(p), int64(1_795_000_000))
	}
	f.Add(`{"name":"x","team":"t","zone":"Pacific/Apia","rotations":[{"kind":"hours","every":7,"handoff":{"time":"23:59"},"start":"2011-12-29","participants":["a","b"],"windows":[{"days":["fri","sat"],"from":"22:00","to":"21:00"}]}]}`, int64(1_325_203_200))
	f.Fuzz(func(t *testing.T, text string, start int64) {
		p, err := duty.ParsePlan([]byte(text))
		if err != nil {
			return
		}
		if err := p.Check(); err != nil {
			if e := fault.As(err); e == nil || len(e.Fields) == 0 {
				t.Fatalf("a plan is refused without a field: %v", err)
			}
			return
		}
		from := (start % (1 << 33)) * 1_000_000
		last := from
		for _, s := range duty.Lay(p, from, from+30*86_400_000_000) {
			if s.From.UnixMicro() < last || !s.To.After(s.From) || s.To.UnixMicro() > from+30*86_400_000_000 || s.Person == "" {
				t.Fatalf("%s: %v after %v", text, s, time.UnixMicro(last).UTC())
			}
			last = s.To.UnixMicro()
		}
	})
}
