package duty

import (
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

const (
	day = daySeconds * micro
	// ahead is how far shifts are made; renewed each day, they always reach 60.
	ahead = 61 * day
	// renew is how long the shifts of a schedule stand without being made again.
	renew = day
)

// overridden begins the layer of shifts that an override made.
const overridden = "override:"

// layers are the pieces of each rotation and of the overrides, from the bottom to
// the top, of the people who count.
func (r *record) layers(overrides []override, from, to int64, counts func(person string) bool) [][]piece {
	out := make([][]piece, 0, len(r.ready.rotas)+1)
	for _, rota := range r.ready.rotas {
		out = append(out, only(rota.pieces(from, to), counts))
	}
	above := []piece{}
	for _, o := range overrides {
		p := piece{max(o.from, from), min(o.to, to), o.person, overridden + o.id}
		if p.from < p.to && counts(o.person) {
			above = over(above, []piece{p})
		}
	}
	return append(out, above)
}

// named lists everybody whom a schedule and overrides name.
func (r *record) named(overrides []override) []string {
	all := r.plan.people()
	for _, o := range overrides {
		all = append(all, o.person)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// build makes the shifts from now on. Nobody who is not active gets one, nor does
// gone. It tells how many shifts and gaps there are.
func (r *record) build(tx *db.Tx, gone string) (shifts, gaps int, err error) {
	overrides, err := overridesAfter(tx, r.id, tx.Now())
	if err != nil {
		return 0, 0, err
	}
	active, err := identity.ActivePeople(tx, r.named(overrides))
	if err != nil {
		return 0, 0, err
	}
	delete(active, gone)
	until := tx.Now() + ahead
	want := final(r.layers(overrides, tx.Now(), until, func(p string) bool { return active[p] }))
	err = replan(tx, r.id, want)
	return len(want), len(holes(want, tx.Now(), until)), fault.Wrap(err, "making the shifts of schedule %s", r.id)
}

// replan brings the shifts from now on to what they should be. What has passed
// stays as it was: a running shift that goes on keeps its beginning, and one that
// does not ends now.
func replan(tx *db.Tx, schedule string, want []piece) error {
	have, err := shiftsAhead(tx, schedule)
	if err != nil {
		return err
	}
	if len(have) > 0 && have[0].from < tx.Now() {
		if want, err = goOn(tx, have[0], want); err != nil {
			return err
		}
		have = have[1:]
	}
	byStart := map[int64]shift{}
	for _, s := range have {
		byStart[s.from] = s
	}
	for _, p := range want {
		if err := put(tx, schedule, byStart, p); err != nil {
			return err
		}
	}
	for _, s := range have {
		if _, left := byStart[s.from]; !left {
			continue
		}
		if err := tx.Must(sqlNoShift, tx.Tenant(), s.id); err != nil {
			return err
		}
	}
	return nil
}

// goOn settles the running shift and returns what is wanted behind it.
func goOn(tx *db.Tx, running shift, want []piece) ([]piece, error) {
	to := tx.Now()
	if len(want) > 0 && want[0].from == tx.Now() && want[0].person == running.person && want[0].layer == running.layer {
		to, want = want[0].to, want[1:]
	}
	if to == running.to {
		return want, nil
	}
	return want, tx.Must(sqlSetShift, running.person, running.layer, to, tx.Now(), tx.Tenant(), running.id)
}

// put keeps, changes or makes the shift that begins with a piece, and takes it
// from those that are there.
func put(tx *db.Tx, schedule string, there map[int64]shift, p piece) error {
	s, ok := there[p.from]
	delete(there, p.from)
	switch {
	case ok && s.piece == p:
		return nil
	case ok:
		return tx.Must(sqlSetShift, p.person, p.layer, p.to, tx.Now(), tx.Tenant(), s.id)
	}
	return tx.Must(sqlNewShift, tx.Tenant(), tx.NewID(), schedule, p.person, p.layer, p.from, p.to, tx.Now())
}

// overrideOf is the override that made a shift, or "".
func overrideOf(layer string) string {
	id, ok := strings.CutPrefix(layer, overridden)
	if !ok {
		return ""
	}
	return id
}
