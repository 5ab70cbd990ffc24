package duty

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Roster is a stretch of a schedule: who is on duty, and which layer says so.
type Roster struct {
	Final  []Shift `json:"final" doc:"Who is on duty; those of the past as they were"`
	Layers []Layer `json:"layers" doc:"From the bottom to the top, by the schedule as it is now and not for the time before its last change"`
	Gaps   []Gap   `json:"gaps"`
	Notes  []Note  `json:"notes" doc:"Where clocks are set"`
}

// Shift is somebody's duty.
type Shift struct {
	ID       string    `json:"id" doc:"Empty of what is not planned yet"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Person   string    `json:"person"`
	Name     string    `json:"name"`
	Layer    string    `json:"layer" doc:"Id of the rotation, or overrides"`
	Override string    `json:"override" doc:"Id, when it comes of one"`
	Hours    float64   `json:"hours"`
}

// Layer is what one rotation, or the overrides, would have.
type Layer struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Kind   string  `json:"kind" enum:"daily,weekly,hours,overrides"`
	Shifts []Shift `json:"shifts"`
}

// Note is something to know about a moment.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// maxRoster is the longest stretch that is shown at once.
const maxRoster = 100 * day

// overrideLayer is the id of the layer above all rotations.
const overrideLayer = "overrides"

// Roster shows a schedule between two instants (µs).
func (d *Duty) Roster(tx *db.Tx, id string, from, to int64) (Roster, error) {
	if err := checkRange(from, to); err != nil {
		return Roster{}, err
	}
	r, err := find(tx, id)
	if err != nil {
		return Roster{}, err
	}
	t, err := readTold(tx, id)
	if err != nil {
		return Roster{}, err
	}
	kept, err := db.All(tx, scanShift, sqlShiftsIn, tx.Tenant(), id, from, to)
	if err != nil {
		return Roster{}, err
	}
	overrides, err := overridesAfter(tx, id, from)
	if err != nil {
		return Roster{}, err
	}
	planned := t.freshAt - renew + ahead // as far as shifts are kept
	active, err := identity.ActivePeople(tx, r.named(overrides))
	if err != nil {
		return Roster{}, err
	}
	counts := func(p string) bool { return active[p] }
	if begin := max(from, planned); begin < to {
		kept = join(kept, final(r.layers(overrides, begin, to, counts)))
	}
	out := rosterOf(r, kept, r.layers(overrides, max(from, r.updatedAt), to, counts))
	out.Gaps = gaps(holes(piecesOf(kept), max(from, r.createdAt), to))
	out.Notes = notes(r.ready.distinctZones(), from, to)
	return out, out.name(tx)
}

// Preview shows a plan that is not kept.
func (d *Duty) Preview(tx *db.Tx, p Plan, from, to int64) (Roster, error) {
	if err := checkRange(from, to); err != nil {
		return Roster{}, err
	}
	r := &record{}
	if _, err := r.prepare(tx, p); err != nil {
		return Roster{}, err
	}
	layers := r.layers(nil, from, to, func(string) bool { return true })
	kept := join(nil, final(layers))
	out := rosterOf(r, kept, layers)
	out.Gaps, out.Notes = gaps(holes(piecesOf(kept), from, to)), notes(r.ready.distinctZones(), from, to)
	return out, out.name(tx)
}

func checkRange(from, to int64) error {
	switch {
	case to <= from:
		return fault.Field("query.to", "It ends before it begins.")
	case to-from > maxRoster:
		return fault.Field("query.to", "At most %d days are shown at once.", maxRoster/day)
	case from < 0 || db.Time(to).Year() > 2200:
		return fault.Field("query.from", "The years are 1970 to 2200.")
	}
	return nil
}

// join appends what is computed to what is kept; where one shift is the rest of
// the other, they are one.
func join(kept []shift, computed []piece) []shift {
	for _, p := range computed {
		if n := len(kept); n > 0 && kept[n-1].to == p.from && kept[n-1].person == p.person && kept[n-1].layer == p.layer && kept[n-1].id != "" {
			kept[n-1].to = p.to
			continue
		}
		kept = append(kept, shift{piece: p})
	}
	return kept
}

func rosterOf(r *record, kept []shift, layers [][]piece) Roster {
	out := Roster{Final: []Shift{}, Layers: []Layer{}}
	for _, s := range kept {
		v := shown(s.piece)
		v.ID = s.id
		out.Final = append(out.Final, v)
	}
	for i, pieces := range layers {
		l := Layer{ID: overrideLayer, Name: "Overrides", Kind: overrideLayer, Shifts: []Shift{}}
		if i < len(r.ready.rotas) {
			rota := r.ready.rotas[i]
			l.ID, l.Name, l.Kind = rota.id, rota.name, rota.kind
		}
		for _, p := range pieces {
			l.Shifts = append(l.Shifts, shown(p))
		}
		out.Layers = append(out.Layers, l)
	}
	return out
}

func shown(p piece) Shift {
	s := Shift{
		From: db.Time(p.from), To: db.Time(p.to), Person: p.person, Layer: p.layer, Override: overrideOf(p.layer),
		Hours: math.Round(float64(p.to-p.from)/(36*micro)) / 100,
	}
	if s.Override != "" {
		s.Layer = overrideLayer
	}
	return s
}

func gaps(list []hole) []Gap {
	out := make([]Gap, len(list))
	for i, h := range list {
		out[i] = Gap{db.Time(h.from), db.Time(h.to)}
	}
	return out
}

// notes tells where clocks are set between two instants.
func notes(zones []*time.Location, from, to int64) []Note {
	out := []Note{}
	for _, zone := range zones {
		for at := db.Time(from).In(zone); ; {
			_, next := at.ZoneBounds()
			if next.IsZero() || next.UnixMicro() >= to {
				break
			}
			_, before := at.Zone()
			_, after := next.Zone()
			if before != after {
				out = append(out, Note{next.UTC(), setText(zone, after-before)})
			}
			at = next
		}
	}
	return out
}

func setText(zone *time.Location, by int) string {
	way := "forward"
	if by < 0 {
		way = "back"
	}
	return fmt.Sprintf("Clocks in %s go %s by %s min; a week over this moment has %s hours.", zone, way,
		strconv.Itoa(max(by, -by)/60), strconv.FormatFloat(168-float64(by)/3600, 'f', -1, 64))
}

// name fills in the names of people.
func (r *Roster) name(tx *db.Tx) error {
	people := []string{}
	all := [][]Shift{r.Final}
	for _, l := range r.Layers {
		all = append(all, l.Shifts)
	}
	for _, list := range all {
		for _, s := range list {
			people = append(people, s.Person)
		}
	}
	names, err := identity.NameOf(tx, people...)
	for _, list := range all {
		for i := range list {
			list[i].Name = names[list[i].Person]
		}
	}
	return err
}
