package duty

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin/internal/fault"
)

// CalendarSpec is a business calendar as people write it.
type CalendarSpec struct {
	Zone    string              `json:"zone"`
	Always  bool                `json:"always"`
	Weekly  map[string][]string `json:"weekly"`
	Closed  []string            `json:"closed"`
	Special map[string][]string `json:"special"`
}

// The bounds of a calendar.
const (
	maxDates = 2000
	maxSpans = 20
)

// ParseCalendar reads a calendar from JSON. What it does not know is refused:
// a misspelt word would leave hours out in silence.
func ParseCalendar(data []byte) (CalendarSpec, error) {
	var spec CalendarSpec
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&spec); err != nil {
		return CalendarSpec{}, fault.New(fault.Invalid, "The calendar is not JSON of the right shape: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return CalendarSpec{}, fault.New(fault.Invalid, "The calendar has something after its end.")
	}
	return spec, nil
}

// Compile checks a calendar and makes it ready for use. The error names every
// field at fault. Spans of a day that meet or overlap become one; where the
// span of a day runs into the next, the time counts once.
func (c CalendarSpec) Compile() (*Calendar, error) {
	var p problems
	out := &Calendar{Zone: p.zone("zone", c.Zone, c.Always), Always: c.Always}
	out.Weekly = p.weekly(c.Weekly)
	if len(c.Closed)+len(c.Special) > maxDates {
		p.add("closed", "The calendar names more than %d dates.", maxDates)
		return nil, p.err()
	}
	out.Closed = p.closed(c.Closed)
	out.Special = p.special(c.Special)
	if err := p.err(); err != nil || c.Always {
		return out, err
	}
	return out, out.everOpen()
}

// Zone is a time zone by its name. What the machine is set to is none.
func Zone(name string) (*time.Location, error) {
	if name != "" && name != "Local" && len(name) <= 60 {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, fault.New(fault.Invalid, "There is no time zone %q; write a name such as Europe/Amsterdam or UTC.", name).WithSlug("zone-unknown")
}

// problems gathers what is wrong with a document, field by field.
type problems struct{ fields []fault.FieldError }

func (p *problems) add(location, format string, args ...any) {
	p.fields = append(p.fields, fault.FieldError{Location: location, Message: fmt.Sprintf(format, args...)})
}

func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	e := fault.New(fault.Invalid, "%s: %s", p.fields[0].Location, p.fields[0].Message)
	e.Fields = p.fields
	return e
}

func (p *problems) zone(location, name string, optional bool) *time.Location {
	if name == "" && optional {
		return time.UTC
	}
	loc, err := Zone(name)
	if err != nil {
		p.add(location, "%s", fault.As(err).Message)
		return time.UTC
	}
	return loc
}

// dayNames are the days as documents name them, by time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (p *problems) weekly(week map[string][]string) (out [7][]Span) {
	for _, name := range slices.Sorted(maps.Keys(week)) {
		day := slices.Index(dayNames(), name)
		if day < 0 {
			p.add("weekly."+clip(name), "There is no such day; the days are mon, tue, wed, thu, fri, sat and sun.")
			continue
		}
		out[day] = p.spans("weekly."+name, week[name])
	}
	return out
}

func (p *problems) closed(dates []string) map[Date]bool {
	out := make(map[Date]bool, len(dates))
	for i, text := range dates {
		if d, ok := p.date(fmt.Sprintf("closed[%d]", i), text); ok {
			out[d] = true
		}
	}
	return out
}

func (p *problems) special(dates map[string][]string) map[Date][]Span {
	out := make(map[Date][]Span, len(dates))
	for _, text := range slices.Sorted(maps.Keys(dates)) {
		location := "special." + clip(text)
		if d, ok := p.date(location, text); ok {
			out[d] = p.spans(location, dates[text])
		}
	}
	return out
}

func (p *problems) date(location, text string) (Date, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		p.add(location, "%q is not a date such as 2026-12-25, from 1970 to 2200.", clip(text))
		return Date{}, false
	}
	return Date{t.Year(), t.Month(), t.Day()}, true
}

// spans reads the open times of a day, in order and without overlap.
func (p *problems) spans(location string, texts []string) []Span {
	if len(texts) > maxSpans {
		p.add(location, "A day has at most %d spans.", maxSpans)
		return nil
	}
	out := make([]Span, 0, len(texts))
	for i, text := range texts {
		s, err := parseSpan(text)
		if err != "" {
			p.add(fmt.Sprintf("%s[%d]", location, i), "%s", err)
			continue
		}
		out = append(out, s)
	}
	return mergeSpans(out)
}

// parseSpan reads 09:00-17:00. An end that is not after the beginning is on the
// next day.
func parseSpan(text string) (Span, string) {
	a, b, dash := strings.Cut(text, "-")
	from, okFrom := parseMinute(a)
	to, okTo := parseMinute(b)
	switch {
	case !dash || !okFrom || !okTo:
		return Span{}, fmt.Sprintf("%q is not a span such as 09:00-17:00.", clip(text))
	case from == 1440:
		return Span{}, "24:00 can only be an end."
	case from == to:
		return Span{}, "It ends when it begins; a whole day is 00:00-24:00."
	case to < from:
		to += 1440
	}
	return Span{from, to}, ""
}

// parseMinute reads HH:MM up to 24:00 as minutes after midnight.
func parseMinute(text string) (int, bool) {
	if len(text) != 5 || text[2] != ':' {
		return 0, false
	}
	n := 0
	for _, part := range []string{text[:2], text[3:]} {
		if part[0] < '0' || part[0] > '9' || part[1] < '0' || part[1] > '9' {
			return 0, false
		}
		n = n*60 + int(part[0]-'0')*10 + int(part[1]-'0')
	}
	return n, text[3] < '6' && n <= 1440
}

func mergeSpans(in []Span) []Span {
	slices.SortFunc(in, func(a, b Span) int { return a.From - b.From })
	out := in[:0]
	for _, s := range in {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// everOpen refuses a calendar that from some day on is closed for lookAhead
// days. The hours of the week must be some: special dates alone run out.
func (c *Calendar) everOpen() error {
	if c.Day() == 0 {
		return errNever()
	}
	var until time.Time
	for _, d := range c.blocked() {
		from := Resolve(d.Year, d.Month, d.Day, 0, c.Zone)
		if from.Before(until) {
			continue
		}
		t, err := c.Add(from, 1)
		// The closed days may have begun up to a week before the date.
		if err != nil || t.Sub(from) > (lookAhead-8)*24*time.Hour {
			return errNever()
		}
		until = t
	}
	return nil
}

// blocked lists the dates that have no hours although their weekday might, in
// order.
func (c *Calendar) blocked() []Date {
	out := slices.Collect(maps.Keys(c.Closed))
	for d, open := range c.Special {
		if len(open) == 0 {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, Date.compare)
	return out
}

func (d Date) compare(o Date) int {
	return (d.Year-o.Year)*10000 + (int(d.Month)-int(o.Month))*100 + d.Day - o.Day
}

// clip keeps a hostile text short in a message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
