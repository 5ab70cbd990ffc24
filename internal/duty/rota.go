package duty

import (
	"cmp"
	"slices"
	"time"
)

// micro is a second in the unit of instants.
const micro = 1_000_000

// piece is somebody on duty from an instant to another (µs UTC).
type piece struct {
	from, to      int64
	person, layer string
}

// rota is a Rotation made ready for use.
type rota struct {
	id, name, kind string
	zone           *time.Location
	every          int64 // hours, or else days
	minutes        int   // of the handoff, after midnight
	start, anchor  int64 // days; the second is what turns are counted from
	people         []string
	windows        *Calendar // nil: always
}

// handoff is when turn k begins, in Unix seconds: by the wall clock, so that a
// turn over a change of the clock is an hour shorter or longer and the next
// begins at its usual time.
func (r *rota) handoff(w *wall, k int64) int64 {
	if r.kind == "hours" {
		minutes := int64(r.minutes) + k*r.every*60
		return w.at(r.anchor+floorDiv(minutes, 1440), int(floorMod(minutes, 1440)))
	}
	return w.at(r.anchor+k*r.every, r.minutes)
}

// turnBefore is a turn that begins before a local date, also where the zone left
// out the date before that.
func (r *rota) turnBefore(day int64) int64 {
	if r.kind == "hours" {
		return max(floorDiv((day-2-r.anchor)*1440-int64(r.minutes), r.every*60), 0)
	}
	return max(floorDiv(day-2-r.anchor, r.every), 0)
}

// turns lists who is on between two instants, in order and without overlap, and
// leaves windows aside.
func (r *rota) turns(from, to int64) []piece {
	w := wall{zone: r.zone}
	first := r.turnBefore(w.day(time.UnixMicro(from)))
	handoffs := []int64{}
	for k := first; ; k++ {
		h := r.handoff(&w, k) * micro
		handoffs = append(handoffs, h)
		if h >= to+2*daySeconds*micro {
			break
		}
	}
	// Handoffs at local times that a zone left out come after later ones; theirs
	// are turns of no length.
	for i := len(handoffs) - 2; i >= 0; i-- {
		handoffs[i] = min(handoffs[i], handoffs[i+1])
	}
	from = max(from, w.at(r.start, r.minutes)*micro)
	out := []piece{}
	for i, h := range handoffs[:len(handoffs)-1] {
		p := piece{max(h, from), min(handoffs[i+1], to), r.people[(first+int64(i))%int64(len(r.people))], r.id}
		if p.from < p.to {
			out = append(out, p)
		}
	}
	return out
}

// pieces are the turns within the windows.
func (r *rota) pieces(from, to int64) []piece {
	turns := r.turns(from, to)
	if r.windows == nil {
		return turns
	}
	open := r.windows.between(from, to)
	out := []piece{}
	for i, j := 0, 0; i < len(turns) && j < len(open); {
		t, o := turns[i], open[j]
		if p := (piece{max(t.from, o.from*micro), min(t.to, o.to*micro), t.person, t.layer}); p.from < p.to {
			out = append(out, p)
		}
		if t.to < o.to*micro {
			i++
		} else {
			j++
		}
	}
	return out
}

// between lists the open times of the days around two instants, those that meet
// at midnight as one.
func (c *Calendar) between(from, to int64) (out []opening) {
	w := wall{zone: c.Zone}
	var buf [8]opening
	for day, last := w.day(time.UnixMicro(from))-1, w.day(time.UnixMicro(to))+1; day <= last; day++ {
		out = append(out, c.openings(&w, day, buf[:0])...)
	}
	return mergeOpenings(out)
}

// over lays pieces on others: where both have somebody, the upper counts. Both
// are in order and without overlap, and so is what comes out.
func over(lower, upper []piece) []piece {
	out := slices.Clone(upper)
	j := 0
	for _, p := range lower {
		for j < len(upper) && upper[j].to <= p.from {
			j++
		}
		for k := j; k < len(upper) && upper[k].from < p.to; k++ {
			if p.from < upper[k].from {
				out = append(out, piece{p.from, upper[k].from, p.person, p.layer})
			}
			p.from = max(p.from, upper[k].to)
		}
		if p.from < p.to {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	return out
}

// final lays all layers on each other, from the bottom to the top.
func final(layers [][]piece) []piece {
	out := []piece{}
	for _, l := range layers {
		out = over(out, l)
	}
	return out
}

// hole is a time in which nobody is on duty.
type hole struct{ from, to int64 }

// holes lists what a list of pieces leaves open between two instants.
func holes(pieces []piece, from, to int64) []hole {
	out := []hole{}
	for _, p := range pieces {
		if p.from >= to {
			break
		}
		if p.from > from {
			out = append(out, hole{from, p.from})
		}
		from = max(from, p.to)
	}
	if from < to {
		out = append(out, hole{from, to})
	}
	return out
}

// only keeps the pieces of some people.
func only(pieces []piece, keep func(person string) bool) []piece {
	return slices.DeleteFunc(pieces, func(p piece) bool { return !keep(p.person) })
}
