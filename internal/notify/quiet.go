package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

// Settings are what a person wants to be spared.
type Settings struct {
	Quiet         Quiet `json:"quiet"`
	DigestMinutes int64 `json:"digest_minutes" minimum:"0" maximum:"60" doc:"What is not urgent comes at most this often, together; 0 is at once"`
}

// Quiet are the hours in which a person hears only what they must.
type Quiet struct {
	Enabled bool     `json:"enabled"`
	Days    []string `json:"days" doc:"On which they begin: mon tue wed thu fri sat sun"`
	From    string   `json:"from" doc:"Local time, 22:00"`
	To      string   `json:"to" doc:"Local time; of the next day when it is not after from"`
	Zone    string   `json:"zone" doc:"Such as Europe/Amsterdam"`
}

const digestMinutes = 2

func defaults(zone string) Settings {
	return Settings{Quiet: Quiet{Days: weekdays(), From: "22:00", To: "07:00", Zone: zone}, DigestMinutes: digestMinutes}
}

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// until is when the quiet hours end in which an instant lies.
func (q Quiet) until(at time.Time) (end time.Time, quiet bool) {
	if !q.Enabled {
		return end, false
	}
	loc, err := time.LoadLocation(q.Zone)
	from, okFrom := minutes(q.From)
	to, okTo := minutes(q.To)
	if err != nil || !okFrom || !okTo {
		return end, false // somebody must hear it
	}
	if to <= from {
		to += 24 * 60
	}
	local := at.In(loc)
	for back := 0; back < 3; back++ { // a zone may leave out a day
		y, m, d := local.Date()
		day := time.Date(y, m, d-back, 0, 0, 0, 0, time.UTC)
		if !slices.Contains(q.Days, weekdays()[day.Weekday()]) {
			continue
		}
		y, m, d = day.Date()
		begin, over := duty.Resolve(y, m, d, from, loc), duty.Resolve(y, m, d, to, loc)
		if !at.Before(begin) && at.Before(over) && over.After(end) {
			end, quiet = over, true
		}
	}
	return end, quiet
}

// minutes reads a time of day, 00:00 to 24:00.
func minutes(s string) (int, bool) {
	var h, m int
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	if n, err := fmt.Sscanf(s, "%02d:%02d", &h, &m); err != nil || n != 2 {
		return 0, false
	}
	at := h*60 + m
	return at, h >= 0 && m >= 0 && m < 60 && at <= 24*60
}

// holds reports whether quiet hours hold a notice back. Whoever is on duty hears
// what is urgent, critical or high; anybody else hears critical and high from
// the third level of a ladder on, and as its last resort.
func holds(n *waiting) bool {
	grave := n.rank <= rank("high")
	switch {
	case n.kind == Trial:
		return false
	case n.onDuty:
		return !n.urgent && !grave
	case n.kind == Page && grave:
		return n.level > 0 && n.level < 3
	case n.ticket == "": // nothing a ladder would climb for
		return !n.urgent
	}
	return true
}

func (s Settings) check() error {
	q := s.Quiet
	for i, d := range q.Days {
		if !slices.Contains(weekdays(), d) || slices.Contains(q.Days[:i], d) {
			return fault.Field("body.quiet.days", "are days such as mon, each once")
		}
	}
	from, okFrom := minutes(q.From)
	to, okTo := minutes(q.To)
	switch {
	case !okFrom:
		return fault.Field("body.quiet.from", "is a time of day such as 22:00")
	case !okTo:
		return fault.Field("body.quiet.to", "is a time of day such as 07:00")
	case from == to:
		return fault.Field("body.quiet.to", "must differ from the time at which the quiet hours begin")
	case q.Enabled && len(q.Days) == 0:
		return fault.Field("body.quiet.days", "needs at least one day")
	case s.DigestMinutes < 0 || s.DigestMinutes > 60:
		return fault.Field("body.digest_minutes", "must be 0 to 60")
	}
	if _, err := duty.Zone(q.Zone); err != nil {
		return fault.Field("body.quiet.zone", "is not a time zone such as Europe/Amsterdam")
	}
	return nil
}

// SettingsOf reads what a person wants to be spared.
func (n *Notify) SettingsOf(tx *db.Tx, person, zone string) (Settings, error) {
	s := defaults(zone)
	var days string
	err := tx.QueryRow(`SELECT quiet, days, from_time, to_time, zone, digest_minutes FROM notify_settings WHERE tenant = $1 AND person = $2`, tx.Tenant(), person).
		Scan(&s.Quiet.Enabled, &days, &s.Quiet.From, &s.Quiet.To, &s.Quiet.Zone, &s.DigestMinutes)
	if errors.Is(err, db.ErrNoRows) {
		return s, nil
	}
	s.Quiet.Days = strings.FieldsFunc(days, func(r rune) bool { return r == ',' })
	return s, fault.Wrap(err, "reading what %s wants to be spared", person)
}

// SetSettings keeps what a person wants to be spared.
func (n *Notify) SetSettings(tx *db.Tx, person string, s Settings) error {
	if err := s.check(); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO notify_settings(tenant, person, quiet, days, from_time, to_time, zone, digest_minutes, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		ON CONFLICT (tenant, person) DO UPDATE SET quiet = $3, days = $4, from_time = $5, to_time = $6, zone = $7, digest_minutes = $8, updated_at = $9`,
		tx.Tenant(), person, s.Quiet.Enabled, strings.Join(s.Quiet.Days, ","), s.Quiet.From, s.Quiet.To, s.Quiet.Zone, s.DigestMinutes, tx.Now())
	if err != nil {
		return fault.Wrap(err, "keeping what %s wants to be spared", person)
	}
	return n.spare(tx, person, s)
}

// spare lets go what the new settings would not hold back any more.
func (n *Notify) spare(tx *db.Tx, person string, s Settings) error {
	next := tx.Now()
	if end, quiet := s.Quiet.until(db.Time(next)); quiet {
		next = end.UnixMicro()
	}
	_, err := tx.Exec(`UPDATE message SET next_at = $1 WHERE tenant = $2 AND person = $3 AND hold = $4 AND state = 'open' AND next_at > $1`,
		next, tx.Tenant(), person, holdQuiet)
	return fault.Wrap(err, "letting go what was held back")
}
