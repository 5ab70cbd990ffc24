package duty

import "time"

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
