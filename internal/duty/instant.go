package duty

import (
	"math"
	"time"
	_ "time/tzdata" // the zones are there on every machine, in tests too
)

// Resolve is the instant at which a wall clock in loc shows a date and a number
// of minutes after midnight, which may be 1440 or more. A time that daylight
// saving leaves out moves forward by the gap (02:30 becomes 03:30); one that
// comes twice is the first. time.Date is not used for this: it picks another
// side in each zone.
func Resolve(y int, m time.Month, d, minutes int, loc *time.Location) time.Time {
	naive := time.Date(y, m, d, 0, minutes, 0, 0, time.UTC)
	_, before := naive.Add(-26 * time.Hour).In(loc).Zone()
	_, after := naive.Add(26 * time.Hour).In(loc).Zone()
	a, fitsA := at(naive, before, loc)
	b, fitsB := at(naive, after, loc)
	switch {
	case fitsA && fitsB && b.Before(a):
		return b
	case fitsA || !fitsB: // in a gap the offset of before moves the clock forward
		return a
	}
	return b
}

// at reads a wall time by an offset, and says whether the zone has it then.
func at(naive time.Time, offset int, loc *time.Location) (time.Time, bool) {
	t := naive.Add(-time.Duration(offset) * time.Second)
	_, real := t.In(loc).Zone()
	return t, real == offset
}

// daySeconds is the length of a day without daylight saving.
const daySeconds = 24 * 60 * 60

// wall reads the wall clock of a zone. Days are counted from 1 January 1970. It
// remembers a stretch in which the clock is not set, as asking the zone costs
// more than all the rest.
type wall struct {
	zone       *time.Location
	begin, end int64 // Unix seconds
	offset     int64
}

// settled is how far from a change of the clock a wall time is told by the
// offset alone; it is more than any clock was ever set by.
const settled = 27 * 60 * 60

// day is the local date of an instant.
func (w *wall) day(t time.Time) int64 {
	_, offset := t.In(w.zone).Zone()
	return floorDiv(t.Unix()+int64(offset), daySeconds)
}

// at is Resolve for minutes after the midnight of a day.
func (w *wall) at(day int64, minutes int) int64 {
	naive := day*daySeconds + int64(minutes)*60
	if t := naive - w.offset; w.begin <= t && t < w.end {
		return t
	}
	y, m, d := time.Unix(day*daySeconds, 0).UTC().Date()
	t := Resolve(y, m, d, minutes, w.zone)
	w.learn(t)
	return t.Unix()
}

// midnight is the first instant of a date, which daylight saving may put later
// than 00:00; of a date that the zone leaves out, that of the next.
func (w *wall) midnight(day int64) int64 {
	t := w.at(day, 0)
	if w.begin <= t && t < w.end {
		return t
	}
	local := time.Unix(t, 0).In(w.zone)
	if _, offset := local.Zone(); t+int64(offset) == day*daySeconds {
		return t
	}
	set, _ := local.ZoneBounds()
	return set.Unix()
}

func (w *wall) learn(t time.Time) {
	local := t.In(w.zone)
	from, to := local.ZoneBounds()
	_, offset := local.Zone()
	w.offset, w.begin, w.end = int64(offset), math.MinInt64, math.MaxInt64
	if !from.IsZero() {
		w.begin = from.Unix() + settled
	}
	if !to.IsZero() {
		w.end = to.Unix() - settled
	}
}

func weekday(day int64) int { return int(floorMod(day+int64(time.Thursday), 7)) }

func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

func floorMod(a, b int64) int64 { return ((a % b) + b) % b }
