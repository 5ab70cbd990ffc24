package duty

import (
	"strings"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

const (
	// A calendar shows a month of the past, and what is planned.
	calendarPast = 31 * day
	maxEvents    = 5000
)

// iCalendar writes the shifts that a token gives access to. A shift keeps its UID
// as long as it exists; its SEQUENCE grows with each change.
func iCalendar(tx *db.Tx, row feedRow) (string, error) {
	shifts, title, err := eventsOf(tx, row)
	if err != nil {
		return "", err
	}
	people, schedules := []string{}, map[string]string{}
	for _, s := range shifts {
		people = append(people, s.person)
	}
	names, err := identity.NameOf(tx, people...)
	if err != nil {
		return "", err
	}
	all, err := db.All(tx, func(s db.Scanner) (v [2]string, err error) {
		return v, s.Scan(&v[0], &v[1])
	}, `SELECT id, name FROM schedule WHERE tenant = $1`, tx.Tenant())
	for _, v := range all {
		schedules[v[0]] = v[1]
	}
	c := ics.NewCalendar()
	c.SetProductId("-//Tocsin//On duty//EN")
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.MethodPublish)
	c.SetXWRCalName(plain(title))
	c.SetRefreshInterval("PT1H")
	c.SetXPublishedTTL("PT1H")
	for _, s := range shifts {
		e := c.AddEvent("shift-" + s.id + "@tocsin")
		e.SetDtStampTime(db.Time(s.changedAt))
		e.SetModifiedAt(db.Time(s.changedAt))
		e.SetSequence(int(s.seq))
		e.SetStartAt(db.Time(s.from))
		e.SetEndAt(db.Time(s.to))
		e.SetSummary(plain(names[s.person] + " on duty: " + schedules[s.schedule]))
		e.SetStatus(ics.ObjectStatusConfirmed)
		e.SetTimeTransparency(ics.TransparencyTransparent)
	}
	return c.Serialize(ics.WithNewLineWindows), err
}

// eventsOf reads the shifts and how their calendar is called.
func eventsOf(tx *db.Tx, row feedRow) ([]shift, string, error) {
	since := tx.Now() - calendarPast
	if row.schedule == "" {
		shifts, err := db.All(tx, scanShift, sqlShiftsOf, tx.Tenant(), row.person, since, maxEvents)
		return shifts, "My shifts", err
	}
	r, err := find(tx, row.schedule)
	if fault.Is(err, fault.Missing) {
		return nil, "", missing("calendar")
	}
	if err != nil {
		return nil, "", err
	}
	shifts, err := db.All(tx, scanShift, sqlShiftsIn, tx.Tenant(), row.schedule, since, tx.Now()+ahead+day)
	return shifts, "On duty: " + r.plan.Name, err
}

// plain takes out what would begin a line of its own.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// CalendarName reads the last part of an address, such as me.ics.
func CalendarName(file string) (of string, err error) {
	of, ok := strings.CutSuffix(file, ".ics")
	if !ok || of == "" || len(of) > 100 {
		return "", missing("calendar")
	}
	return of, nil
}
