package duty

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// Override is somebody who stands in for whoever would be on duty.
type Override struct {
	ID         string    `json:"id"`
	Person     string    `json:"person"`
	Name       string    `json:"name"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Reason     string    `json:"reason"`
	MadeAt     time.Time `json:"made_at"`
	MadeBy     string    `json:"made_by"`
	MadeByName string    `json:"made_by_name"`
}

// StandIn is an override to be made, in µs. One that has begun counts from now
// on: the past is not changed.
type StandIn struct {
	Person   string
	From, To int64
	Reason   string
}

const (
	maxOverrides   = 1000
	maxOverride    = 92 * day
	overridesAhead = 366 * day
	maxReason      = 1000
)

// Override makes somebody stand in. A later override wins over an earlier one.
// Errors: fault.Invalid with the field, fault.Missing.
func (d *Duty) Override(tx *db.Tx, schedule string, in StandIn) (id string, err error) {
	r, err := hold(tx, schedule)
	if err != nil {
		return "", err
	}
	y := &diary{d: d, tx: tx, schedule: schedule}
	if id, err = r.standIn(y, in); err != nil {
		return "", err
	}
	return id, fault.Wrap(d.replanned(y, r), "overriding a schedule")
}

// replanned makes the shifts again after an override, which is no change of the
// plan itself.
func (d *Duty) replanned(y *diary, r *record) error {
	t, err := readTold(y.tx, r.id)
	if err != nil {
		return err
	}
	if _, _, err := r.build(y.tx, ""); err != nil {
		return err
	}
	t.freshAt = y.tx.Now() + renew
	return d.settle(y.tx, y, r, t)
}

// standIn writes an override and its entry.
func (r *record) standIn(y *diary, in StandIn) (id string, err error) {
	tx := y.tx
	in.From, in.Reason = max(in.From, tx.Now()), strings.TrimSpace(in.Reason)
	if err := in.check(tx); err != nil {
		return "", err
	}
	live, err := overridesAfter(tx, r.id, tx.Now())
	if err != nil {
		return "", err
	}
	if len(live) >= maxOverrides {
		return "", fault.New(fault.Conflict, "The schedule has %d overrides; that is the most.", maxOverrides).WithSlug("too-many")
	}
	id = tx.NewID()
	err = tx.Must(sqlNewOverride, tx.Tenant(), id, r.id, in.Person, in.From, in.To, in.Reason, tx.Now(), string(tx.Actor()))
	if err != nil {
		return "", err
	}
	return id, y.write(journal.OverrideChanged, overrideData(id, in.Person, in.From, in.To, false), reason(in.Reason))
}

func overrideData(id, person string, from, to int64, removed bool) data {
	return data{"override": id, "person": person, "from": from, "to": to, "removed": removed}
}

func reason(text string) any {
	if text == "" {
		return nil
	}
	return map[string]any{"reason": text}
}

func (in StandIn) check(tx *db.Tx) error {
	var w problems
	switch {
	case in.To <= tx.Now():
		w.add("body.to", "It lies in the past, which stays as it was.")
	case in.To <= in.From:
		w.add("body.to", "It ends before it begins.")
	case in.To-in.From > maxOverride:
		w.add("body.to", "An override lasts at most 92 days; change the schedule instead.")
	}
	if in.From > tx.Now()+overridesAhead {
		w.add("body.from", "It begins more than a year from now.")
	}
	if utf8.RuneCountInString(in.Reason) > maxReason || !utf8.ValidString(in.Reason) {
		w.add("body.reason", "A reason has at most %d characters.", maxReason)
	}
	active, err := identity.ActivePeople(tx, []string{in.Person})
	if err != nil {
		return err
	}
	if !active[in.Person] {
		w.add("body.person", "%q is not an active person.", clip(in.Person))
	}
	return w.err()
}

// Uncover takes an override away: one to come is gone, one that runs ends now,
// one that is over stays. Errors: fault.Missing.
func (d *Duty) Uncover(tx *db.Tx, schedule, id string) error {
	r, err := hold(tx, schedule)
	if err != nil {
		return err
	}
	o, err := findOverride(tx, schedule, id)
	if err != nil {
		return err
	}
	if o.to <= tx.Now() {
		return fault.New(fault.Conflict, "This override is over; the past stays as it was.").WithSlug("override-over")
	}
	y := &diary{d: d, tx: tx, schedule: schedule}
	if err := o.end(y); err != nil {
		return err
	}
	return fault.Wrap(d.replanned(y, r), "removing an override")
}

// end cuts an override off at this moment.
func (o *override) end(y *diary) error {
	text, to := sqlRemoveOverride, o.to
	if o.from < y.tx.Now() {
		text, to = sqlCutOverride, y.tx.Now()
	}
	if err := y.tx.Must(text, y.tx.Now(), y.tx.Tenant(), o.id); err != nil {
		return err
	}
	return y.write(journal.OverrideChanged, overrideData(o.id, o.person, o.from, to, true), nil)
}

func findOverride(tx *db.Tx, schedule, id string) (*override, error) {
	o, err := scanOverride(tx.QueryRow(sqlOverride, tx.Tenant(), schedule, id))
	if errors.Is(err, db.ErrNoRows) {
		err = missing("override")
	}
	return &o, err
}

// Swap exchanges two shifts of a schedule between their people, by an override
// each; a shift that runs is swapped from now on. Errors: fault.Invalid with the
// field, fault.Missing.
func (d *Duty) Swap(tx *db.Tx, schedule, one, other, why string) (ids []string, err error) {
	r, err := hold(tx, schedule)
	if err != nil {
		return nil, err
	}
	a, err := findShift(tx, schedule, one, "body.shift")
	if err != nil {
		return nil, err
	}
	b, err := findShift(tx, schedule, other, "body.with")
	if err != nil {
		return nil, err
	}
	if a.person == b.person {
		return nil, fault.Field("body.with", "Both shifts are of the same person.")
	}
	y := &diary{d: d, tx: tx, schedule: schedule}
	for _, in := range []StandIn{{b.person, a.from, a.to, why}, {a.person, b.from, b.to, why}} {
		id, err := r.standIn(y, in)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, fault.Wrap(d.replanned(y, r), "swapping shifts")
}

func findShift(tx *db.Tx, schedule, id, field string) (shift, error) {
	s, err := scanShift(tx.QueryRow(sqlShift, tx.Tenant(), schedule, id))
	if errors.Is(err, db.ErrNoRows) {
		err = fault.Field(field, "There is no such shift of this schedule; it may have been planned anew.")
	}
	if err == nil && s.to <= tx.Now() {
		err = fault.Field(field, "This shift is over.")
	}
	return s, err
}

// Overrides lists those that run or are to come, by their beginning.
func (d *Duty) Overrides(tx *db.Tx, schedule string) ([]Override, error) {
	if _, err := find(tx, schedule); err != nil {
		return nil, err
	}
	rows, err := db.All(tx, scanOverride, sqlOverridesShown, tx.Tenant(), schedule, tx.Now())
	if err != nil {
		return nil, err
	}
	return showOverrides(tx, rows)
}

func showOverrides(tx *db.Tx, rows []override) ([]Override, error) {
	people := []string{}
	for _, o := range rows {
		people = append(people, o.person, db.Actor(o.madeBy).Person())
	}
	names, err := identity.NameOf(tx, people...)
	out := make([]Override, len(rows))
	for i, o := range rows {
		by := db.Actor(o.madeBy).Person()
		out[i] = Override{
			ID: o.id, Person: o.person, Name: names[o.person], From: db.Time(o.from), To: db.Time(o.to), Reason: o.reason,
			MadeAt: db.Time(o.madeAt), MadeBy: by, MadeByName: names[by],
		}
	}
	return out, err
}

// OverrideOf reads one override.
func (d *Duty) OverrideOf(tx *db.Tx, schedule, id string) (Override, error) {
	o, err := findOverride(tx, schedule, id)
	if err != nil {
		return Override{}, err
	}
	shown, err := showOverrides(tx, []override{*o})
	return shown[0], err
}
