package query

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Words that mean more than themselves.
const (
	wordNone   = "none"
	wordAny    = "any"
	wordMe     = "me"
	wordMyTeam = "my-team"
	wordNow    = "now"
	wordToday  = "today"
)

// meaning tells the values of one field apart.
type meaning uint8

const (
	literal meaning = iota // text in canon, or a number in num
	isNone
	isAny
	isMe
	isMyTeam
	isList   // every item of the list that the word names
	sinceNow // num microseconds from now
	wholeDay // a day that begins and ends where the person is
	nearDay  // the day that is num days after today
)

// value is a written value and what it means to its field.
type value struct {
	word    word
	meaning meaning
	canon   string // text kinds: what is stored
	num     int64  // numbers, microseconds, or 0 and 1
	day     date
}

// date is a day of the calendar, in no zone yet.
type date struct {
	year  int
	month time.Month
	day   int
}

// floating reports whether the value depends on who asks, where and when.
func (v value) floating() bool { return v.meaning >= isMe }

// compare checks a comparison against the table.
func (t *Table) compare(tok token) (*compare, error) {
	f := t.find(tok.name)
	if f == nil {
		near := nearest(tok.name, t.names())
		return nil, suggest(fail(tok.nameAt, "there is no field %q%s; to look for it as text, use quotes",
			clip(tok.name), didYouMean(near)), near)
	}
	if !slices.Contains(f.Kind.ops(), tok.op) {
		return nil, fail(tok.opAt, "%q does not work with %s, whose values are of kind %s; use one of %s",
			tok.op, f.Name, f.Kind, strings.Join(f.Kind.ops(), " "))
	}
	if isOrdering(tok.op) && len(tok.words) > 1 {
		return nil, fail(tok.words[1].at, "%q compares with one value", tok.op)
	}
	c := &compare{field: f, name: fold(tok.name), nameAt: tok.nameAt, op: tok.op}
	for _, w := range tok.words {
		v, err := f.value(tok.op, w)
		if err == nil && v.meaning == isList {
			err = t.listNamed(w)
		}
		if err != nil {
			return nil, err
		}
		c.values = append(c.values, v)
	}
	c.fix()
	return c, nil
}

// fix works out once what does not depend on who asks, because rules hold the
// same query against every finding.
func (c *compare) fix() {
	if !slices.ContainsFunc(c.values, value.floating) {
		l := c.lower(&Env{})
		c.fixed = &l
	}
}

func isOrdering(op string) bool { return op[0] == '<' || op[0] == '>' }

// value finds out what a written value means to the field.
func (f *Field) value(op string, w word) (value, error) {
	v := value{word: w, canon: w.text}
	if w.text == "" {
		return v, fail(w.at, "there is no value between these quotes; no value at all is written none")
	}
	if op == "~" {
		return v, nil
	}
	if m := f.keyword(w); m != literal {
		v.meaning = m
		if isOrdering(op) {
			return v, fail(w.at, "%q does not compare with %s; use : or !=", op, w.text)
		}
		return v, nil
	}
	if f.Canon != nil {
		v.canon = f.Canon(w.text)
	}
	return f.literal(v)
}

// keyword returns what a bare word means beyond itself.
func (f *Field) keyword(w word) meaning {
	if w.quoted {
		return literal
	}
	switch word := fold(w.text); {
	case word == wordNone:
		return isNone
	case word == wordAny:
		return isAny
	case word == wordMe && f.Kind == ID:
		return isMe
	case word == wordMyTeam && f.Kind == ID:
		return isMyTeam
	case strings.HasPrefix(word, "@") && f.Kind.textual():
		return isList
	}
	return literal
}

// literal reads the value as the kind of the field asks.
func (f *Field) literal(v value) (value, error) {
	var ok bool
	switch f.Kind {
	case Enum, Ordered:
		return f.member(v)
	case Number:
		v.num, ok = parseNumber(v.canon)
		return v, unless(ok, v.word, "a whole number is expected here, such as 3")
	case Duration:
		v.num, ok = parseDuration(v.canon)
		return v, unless(ok, v.word, "a duration is expected here, such as 30m, 2h, 3d or 1w, at most 100 years")
	case Time:
		ok = v.parseTime()
		return v, unless(ok, v.word, "a time is expected here, such as now-2h, 2026-10-01 or 2026-10-01T08:00:00Z")
	case Bool:
		v.num, ok = parseBool(v.canon)
		return v, unless(ok, v.word, "true or false is expected here")
	}
	return v, nil
}

// unless makes the error about a word that could not be read.
func unless(ok bool, w word, message string) error {
	if ok {
		return nil
	}
	return fail(w.at, "%s", message)
}

// member finds the value of an enum without regard to case.
func (f *Field) member(v value) (value, error) {
	for _, known := range f.Values {
		if fold(known) == fold(v.canon) {
			v.canon = known
			return v, nil
		}
	}
	near := nearest(v.canon, f.Values)
	return v, suggest(fail(v.word.at, "%s has no value %q%s", f.Name, clip(v.word.text), didYouMean(near)), near)
}

// parseNumber reads an integer within 2^53, beyond which JSON is not exact.
func parseNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && -1<<53 <= n && n <= 1<<53
}

func parseBool(s string) (int64, bool) {
	switch fold(s) {
	case "true", "yes":
		return 1, true
	case "false", "no":
		return 0, true
	}
	return 0, false
}

// maxDuration keeps every sum with a time of this era within int64.
const maxDuration = 100 * 366 * 24 * int64(time.Hour/time.Microsecond)

// parseDuration reads 90s, 30m, 2h, 3d, 1w and runs of these such as 1h30m,
// as microseconds.
func parseDuration(s string) (int64, bool) {
	var total int64
	for rest := s; rest != ""; {
		n := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if n < 1 {
			return 0, false
		}
		count, err := strconv.ParseInt(rest[:n], 10, 64)
		unit := unitOf(rest[n])
		if err != nil || unit == 0 || count > (maxDuration-total)/unit {
			return 0, false
		}
		total += count * unit
		rest = rest[n+1:]
	}
	return total, s != ""
}

// unitOf returns the microseconds of a unit, or 0. A day is 24 hours.
func unitOf(c byte) int64 {
	switch c {
	case 's', 'S':
		return time.Second.Microseconds()
	case 'm', 'M':
		return time.Minute.Microseconds()
	case 'h', 'H':
		return time.Hour.Microseconds()
	case 'd', 'D':
		return 24 * time.Hour.Microseconds()
	case 'w', 'W':
		return 7 * 24 * time.Hour.Microseconds()
	}
	return 0
}

// parseTime reads now, now±duration, a day, or an RFC 3339 instant.
func (v *value) parseTime() bool {
	if offset, ok := strings.CutPrefix(fold(v.canon), wordNow); ok && !v.word.quoted {
		v.meaning = sinceNow
		return v.parseOffset(offset)
	}
	if days, ok := relativeDay(v.word); ok {
		v.meaning, v.num = nearDay, days
		return true
	}
	if t, err := time.Parse(time.DateOnly, v.canon); err == nil {
		v.meaning = wholeDay
		v.day.year, v.day.month, v.day.day = t.Date()
		return true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, strings.ToUpper(v.canon)); err == nil {
			v.num = t.UnixMicro()
			return true
		}
	}
	return false
}

// relativeDay reads today and its neighbours.
func relativeDay(w word) (days int64, ok bool) {
	if w.quoted {
		return 0, false
	}
	switch fold(w.text) {
	case "yesterday":
		return -1, true
	case wordToday:
		return 0, true
	case "tomorrow":
		return 1, true
	}
	return 0, false
}

// dayOf is the day that a clock shows, some days later.
func dayOf(micros int64, zone *time.Location, days int64) date {
	y, m, d := time.UnixMicro(micros).In(zone).Date()
	t := time.Date(y, m, d+int(days), 0, 0, 0, 0, time.UTC)
	return date{t.Year(), t.Month(), t.Day()}
}

// parseOffset reads what follows now.
func (v *value) parseOffset(s string) bool {
	if s == "" {
		return true
	}
	n, ok := parseDuration(s[1:])
	if s[0] == '-' {
		n = -n
	}
	v.num = n
	return ok && (s[0] == '-' || s[0] == '+')
}

// start returns the first moment of the day in a zone, in microseconds. Where
// the clock skips midnight that is the jump itself, and where it shows
// midnight twice the first of the two, so that days tile the time line.
func (d date) start(zone *time.Location) int64 {
	t := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, zone)
	begin, end := t.ZoneBounds()
	_, offset := t.Zone()
	wanted := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Unix()
	switch shown := t.Unix() + int64(offset); {
	case shown > wanted: // midnight was skipped, and t is behind the jump
		return begin.UnixMicro()
	case shown < wanted: // or before it
		return end.UnixMicro()
	case begin.IsZero():
		return t.UnixMicro()
	}
	_, before := begin.Add(-time.Second).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(begin) {
		return first.UnixMicro()
	}
	return t.UnixMicro()
}

// next returns the day after.
func (d date) next() date {
	t := time.Date(d.year, d.month, d.day+1, 0, 0, 0, 0, time.UTC)
	return date{t.Year(), t.Month(), t.Day()}
}
