package app

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"tocsin/internal/identity"
)

const (
	demoZone   = "Europe/Amsterdam"
	demoDomain = "demo.example"
	demoLength = 14 * 24 * time.Hour
)

// demoPerson is somebody invented, with the hours in which they work.
type demoPerson struct {
	key, name, role string
	days            demoDays
	from, to        int // hours of the day where the company is; above 24 is the next morning
}

// demoDays says on which days a shift begins.
type demoDays int

const (
	weekdays demoDays = iota
	weekends
	everyDay
)

// demoPeople is the rota of a small security team. Somebody is always there:
// three shifts on weekdays, one on the days of a weekend, one every night.
func demoPeople() []demoPerson {
	return []demoPerson{
		{"ines.okafor", "Ines Okafor", identity.Lead, weekdays, 7, 16},
		{"tomas.herrera", "Tomás Herrera", identity.Analyst, weekdays, 7, 16},
		{"meiling.tan", "Mei-Ling Tan", identity.Analyst, weekdays, 9, 18},
		{"priya.nair", "Priya Nair", identity.Responder, weekdays, 9, 18},
		{"bram.dewit", "Bram de Wit", identity.Lead, weekdays, 14, 23},
		{"aisha.rahman", "Aisha Rahman", identity.Analyst, weekdays, 14, 23},
		{"jonas.lindqvist", "Jonas Lindqvist", identity.Responder, weekends, 7, 23},
		{"kofi.mensah", "Kofi Mensah", identity.Analyst, everyDay, 23, 31},
	}
}

// works reports whether the person is on shift at a local time.
func (p demoPerson) works(t time.Time) bool {
	return p.begins(t) && t.Hour() >= p.from && t.Hour() < p.to ||
		p.begins(t.AddDate(0, 0, -1)) && t.Hour() < p.to-24
}

func (p demoPerson) begins(t time.Time) bool {
	switch p.days {
	case weekdays:
		return !weekend(t)
	case weekends:
		return weekend(t)
	default:
		return true
	}
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// demoRota answers who is there when.
type demoRota struct {
	people []demoPerson
	zone   *time.Location
}

func newDemoRota() demoRota {
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		zone = time.UTC // the zone data is part of the binary; only the shifts would move
	}
	return demoRota{demoPeople(), zone}
}

// onDuty lists who is there, never nobody.
func (r demoRota) onDuty(t time.Time) []string {
	out := []string{}
	for _, p := range r.people {
		if p.works(t.In(r.zone)) {
			out = append(out, p.key)
		}
	}
	return out
}

// led is the first moment from t at which a lead is there.
func (r demoRota) led(t time.Time, chance *rand.Rand) time.Time {
	for range 4 * 24 {
		for _, p := range r.people {
			if p.role == identity.Lead && p.works(t.In(r.zone)) {
				return t
			}
		}
		t = t.Truncate(time.Hour).Add(time.Hour + minutes(30*chance.Float64()))
	}
	return t
}

// leadFor names the lead who is there, or else the one who is called.
func (r demoRota) leadFor(t time.Time) string {
	called := ""
	for _, p := range r.people {
		if p.role != identity.Lead {
			continue
		}
		if p.works(t.In(r.zone)) {
			return p.key
		}
		called = p.key
	}
	return called
}

// free is the first moment from t at which a person works on something of
// theirs: at once while they are there or stay for it, else after the start of
// their next shift.
func (r demoRota) free(key string, t time.Time, stay time.Duration, chance *rand.Rand) time.Time {
	i := slices.IndexFunc(r.people, func(p demoPerson) bool { return p.key == key })
	for late := time.Duration(0); i >= 0 && late <= stay; late += time.Hour {
		if r.people[i].works(t.Add(-late).In(r.zone)) {
			return t
		}
	}
	next := t.Truncate(time.Hour)
	for range 8 * 24 {
		if next = next.Add(time.Hour); i >= 0 && r.people[i].works(next.In(r.zone)) {
			return next.Add(minutes(4 + 34*chance.Float64()))
		}
	}
	return t
}

// office is the first moment from t in office hours: what is not urgent waits
// for them.
func (r demoRota) office(t time.Time, chance *rand.Rand) time.Time {
	for range 5 * 24 {
		if r.officeHours(t) {
			return t
		}
		t = t.Truncate(time.Hour).Add(time.Hour + minutes(50*chance.Float64()))
	}
	return t
}

func (r demoRota) officeHours(t time.Time) bool {
	local := t.In(r.zone)
	return !weekend(local) && local.Hour() >= 9 && local.Hour() < 17
}

// daylight weighs like load, and next to nothing outside of office hours: what
// colleagues do by hand.
func (r demoRota) daylight(t time.Time) float64 {
	if r.officeHours(t) {
		return r.load(t)
	}
	return r.load(t) / 1000
}

// pace is how much longer everything takes: one person at night, one on the
// days of a weekend.
func (r demoRota) pace(t time.Time) float64 {
	local := t.In(r.zone)
	switch {
	case local.Hour() >= 23 || local.Hour() < 7:
		return 2.2
	case weekend(local):
		return 1.6
	}
	return 1
}

// load is how much happens around a time, for the times of arrivals.
func (r demoRota) load(t time.Time) float64 {
	local := t.In(r.zone)
	switch {
	case local.Hour() >= 23 || local.Hour() < 7:
		return 0.45
	case weekend(local):
		return 0.55
	case local.Hour() >= 9 && local.Hour() < 18:
		return 1.3
	}
	return 0.9
}

// between picks a moment of a window, more often where more weighs.
func between(from, to time.Time, weigh func(time.Time) float64, chance *rand.Rand) time.Time {
	const slot = 20 * time.Minute
	sum, u := 0.0, chance.Float64()
	for t := from; t.Before(to); t = t.Add(slot) {
		sum += weigh(t)
	}
	for t := from; t.Before(to); t = t.Add(slot) {
		w := weigh(t)
		if u*sum < w {
			return t.Add(time.Duration(u * sum / w * float64(min(slot, to.Sub(t)))))
		}
		u -= w / sum
	}
	return from
}

// demoChance is the luck of one thing in the story: the same in every telling.
func demoChance(key string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return rand.New(rand.NewPCG(h.Sum64(), 1729)) //nolint:gosec // a story, no secret
}

func minutes(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }

func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }
