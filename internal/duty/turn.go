package duty

import (
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

const (
	// endsSoon is how long before its end a shift is announced to end.
	endsSoon = 30 * 60 * micro
	// again is when a schedule is looked at again that could not be handled.
	again = 30 * micro
)

// gapDays is how many days before it begins a gap is told.
func gapDays() []int64 { return []int64{14, 3, 1} }

// data is the public part of a journal entry.
type data map[string]any

// Turn writes what has come due: shifts that began, end soon or are missing. It
// is called each second on one node; should two do it, the second finds nothing
// left. What was missed while nobody called it is told as it stands now.
func (d *Duty) Turn(ctx context.Context) error {
	var due [][2]string
	ctx = db.As(ctx, db.Everyone, "system:duty")
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = db.All(tx, func(s db.Scanner) (v [2]string, err error) {
			return v, s.Scan(&v[0], &v[1])
		}, sqlDue, tx.Now())
		return err
	})
	for _, v := range due {
		own := db.As(ctx, v[0], "system:duty")
		if err := d.db.Write(own, func(tx *db.Tx) error { return d.turn(tx, v[1]) }); err != nil {
			d.log.WarnContext(ctx, "a schedule could not be turned", "schedule", v[1], "error", err)
			if err := d.db.Write(own, func(tx *db.Tx) error { return putOff(tx, v[1]) }); err != nil {
				return fault.Wrap(err, "putting off schedule %s", v[1])
			}
		}
	}
	return fault.Wrap(err, "turning schedules")
}

func putOff(tx *db.Tx, schedule string) error {
	_, err := tx.Exec(sqlPutOff, tx.Now()+again, tx.Tenant(), schedule)
	return err
}

// turn brings one schedule up to date, unless somebody else has.
func (d *Duty) turn(tx *db.Tx, id string) error {
	r, err := hold(tx, id)
	if fault.Is(err, fault.Missing) {
		return nil
	}
	if err != nil {
		return err
	}
	t, err := readTold(tx, id)
	if err != nil || t.nextAt > tx.Now() {
		return err
	}
	if t.freshAt <= tx.Now() {
		if _, _, err := r.build(tx, ""); err != nil {
			return err
		}
		t.freshAt = tx.Now() + renew
	}
	return d.settle(tx, &diary{d: d, tx: tx, schedule: id}, r, t)
}

// diary writes entries about one schedule, and finds the end of its stream only
// when there is something to write.
type diary struct {
	d        *Duty
	tx       *db.Tx
	schedule string
	chain    *journal.Chain
}

func (y *diary) write(kind string, what data, priv any) (err error) {
	if y.chain == nil {
		if y.chain, err = y.d.journal.Follow(y.tx, "schedule:"+y.schedule); err != nil {
			return err
		}
	}
	what["schedule"] = y.schedule
	_, err = y.chain.Append(kind, what, priv)
	return err
}

// settle tells the journal what is true now and was not told, and says when to
// look again. t is what it was told.
func (d *Duty) settle(tx *db.Tx, y *diary, r *record, t told) error {
	ahead, err := shiftsAhead(tx, r.id)
	if err != nil {
		return err
	}
	var now shift
	if len(ahead) > 0 && ahead[0].from <= tx.Now() {
		now, ahead = ahead[0], ahead[1:]
		active, err := identity.IsActive(tx, now.person)
		if err != nil {
			return err
		}
		if !active {
			now.person = ""
		}
	}
	if err := began(y, r, &t, now); err != nil {
		return err
	}
	t.nextAt = t.freshAt
	if err := ending(y, r, &t, now, ahead); err != nil {
		return err
	}
	if err := tellGaps(y, &t, now, ahead); err != nil {
		return err
	}
	return writeTold(tx, r.id, t)
}

// began tells who is on duty now, when that is another than before, or answers
// for another team. Of shifts that came and went untold nothing is said.
func began(y *diary, r *record, t *told, now shift) error {
	team := ""
	if r.plan.Primary {
		team = r.plan.Team
	}
	if now.id == t.shift && now.person == t.person && team == t.team {
		return nil
	}
	// Nobody is on duty any more for the team that the schedule was of.
	if t.team != "" && t.team != team && t.person != "" {
		if err := y.write(journal.DutyBegan, beganData(y.tx.Now(), "", "", t.person, t.team, true), nil); err != nil {
			return err
		}
	}
	at, err := y.since(now, t)
	if err != nil {
		return err
	}
	if now.id != t.shift || now.person != t.person || now.person != "" {
		if err := y.write(journal.DutyBegan, beganData(at, now.id, now.person, t.person, r.plan.Team, r.plan.Primary), nil); err != nil {
			return err
		}
	}
	t.shift, t.person, t.team = now.id, now.person, team
	return nil
}

func beganData(at int64, shift, person, previous, team string, primary bool) data {
	return data{"at": at, "shift": shift, "person": person, "previous": previous, "team": team, "primary": primary}
}

// since is when what is true now came to be.
func (y *diary) since(now shift, t *told) (at int64, err error) {
	switch {
	case now.id != "" && now.id == t.shift: // the person or the team is another
		return y.tx.Now(), nil
	case now.id != "":
		return now.from, nil
	}
	ends, err := db.All(y.tx, func(s db.Scanner) (v int64, err error) { return v, s.Scan(&v) }, sqlLastEnd, y.tx.Tenant(), y.schedule, y.tx.Now())
	if len(ends) == 0 {
		return y.tx.Now(), err
	}
	return ends[0], err
}

// ending announces that somebody's shift ends, once for each end, and not when
// they go on in another.
func ending(y *diary, r *record, t *told, now shift, ahead []shift) error {
	for _, s := range ahead[:min(1, len(ahead))] {
		t.nextAt = min(t.nextAt, s.from)
	}
	if now.id == "" {
		return nil
	}
	t.nextAt = min(t.nextAt, now.to)
	if now.to-endsSoon > y.tx.Now() {
		t.nextAt = min(t.nextAt, now.to-endsSoon)
		return nil
	}
	next := ""
	if len(ahead) > 0 && ahead[0].from == now.to {
		next = ahead[0].person
	}
	if t.endingAt == now.to || now.person == "" || next == now.person {
		return nil
	}
	t.endingAt = now.to
	return y.write(journal.DutyEnding, data{"at": now.to, "shift": now.id, "person": now.person, "next": next, "team": r.plan.Team}, nil)
}

// tellGaps tells each gap that lies ahead some days before it begins. One that
// is closed is forgotten, so that it is told should it open again.
func tellGaps(y *diary, t *told, now shift, shifts []shift) error {
	before, err := toldGaps(y.tx, y.schedule)
	if err != nil {
		return err
	}
	for _, g := range gapsAhead(y.tx.Now(), now, shifts) {
		days, next := gapStage(g.from - y.tx.Now())
		if next > 0 {
			t.nextAt = min(t.nextAt, g.from-next)
		}
		was, known := before[g.from]
		delete(before, g.from)
		if days == 0 || known && was <= days {
			continue
		}
		if _, err := y.tx.Exec(sqlTellGap, y.tx.Tenant(), y.schedule, g.from, days); err != nil {
			return err
		}
		if err := y.write(journal.DutyGap, data{"days": days, "from": g.from, "to": g.to}, nil); err != nil {
			return err
		}
	}
	for from := range before {
		if _, err := y.tx.Exec(sqlForgetGap, y.tx.Tenant(), y.schedule, from); err != nil {
			return err
		}
	}
	return nil
}

// gapStage says how many days ahead something is told that begins in a while,
// and how long before it it is told again; 0 for not.
func gapStage(in int64) (days, next int64) {
	for _, n := range gapDays() {
		if in > n*day {
			return days, n * day
		}
		days = n
	}
	return days, 0
}

// gapsAhead are the gaps that have not begun.
func gapsAhead(at int64, now shift, shifts []shift) []hole {
	pieces := []piece{}
	for _, s := range append([]shift{now}, shifts...) {
		pieces = append(pieces, s.piece)
	}
	until := at + 60*day
	return slices.DeleteFunc(holes(pieces, at, until), func(h hole) bool { return h.from <= at || h.from >= until })
}

func toldGaps(tx *db.Tx, schedule string) (map[int64]int64, error) {
	rows, err := db.All(tx, func(s db.Scanner) (v [2]int64, err error) {
		return v, s.Scan(&v[0], &v[1])
	}, sqlGaps, tx.Tenant(), schedule)
	out := map[int64]int64{}
	for _, v := range rows {
		out[v[0]] = v[1]
	}
	return out, err
}
