package report

import (
	"encoding/binary"
	"errors"
	"slices"
)

// cell names the values of a measure that ended on one day, of tickets that are
// alike.
type cell struct {
	measure                      string
	day                          int64 // days since 1970-01-01 by the tenant's calendar
	severity, team, source, kind string
}

// packed is a sorted list of values: the first as a varint, then by how much
// each is greater than the one before. A day's values of one kind are a few
// bytes each, and the exact quantiles of a year are read in one pass.
func pack(sorted []int64) []byte {
	b := make([]byte, 0, 4*len(sorted))
	last := int64(0)
	for i, v := range sorted {
		if i == 0 {
			b = binary.AppendVarint(b, v)
		} else {
			b = binary.AppendUvarint(b, uint64(v-last))
		}
		last = v
	}
	return b
}

var errCell = errors.New("the stored values of a measure cannot be read")

// unpack adds the values of a packed list to out.
func unpack(out []int64, b []byte) ([]int64, error) {
	last, first := int64(0), true
	for len(b) > 0 {
		var n int
		if first {
			last, n = binary.Varint(b)
			first = false
		} else {
			var step uint64
			step, n = binary.Uvarint(b)
			last += int64(step)
		}
		if n <= 0 {
			return out, errCell
		}
		b = b[n:]
		out = append(out, last)
	}
	return out, nil
}

// delta is what changes in a cell.
type delta struct{ add, remove []int64 }

// apply gives the values after a change, sorted. A value to be removed that is
// not there is an error: the projection would be wrong from then on.
func (d delta) apply(values []int64) ([]int64, error) {
	values = append(values, d.add...)
	slices.Sort(values)
	for _, v := range d.remove {
		at, found := slices.BinarySearch(values, v)
		if !found {
			return nil, errCell
		}
		values = slices.Delete(values, at, at+1)
	}
	return values, nil
}

// deltas gathers changes by cell.
type deltas map[cell]*delta

// move takes away what a life said before and adds what it says now.
func (ds deltas) move(before, after *Life, dayOf func(int64) int64) {
	was, is := cellsOf(before, dayOf), cellsOf(after, dayOf)
	for c, values := range is {
		d := ds.at(c)
		d.add = append(d.add, without(values, was[c])...)
		d.remove = append(d.remove, without(was[c], values)...)
	}
	for c, values := range was {
		if _, still := is[c]; !still {
			ds.at(c).remove = append(ds.at(c).remove, values...)
		}
	}
}

func (ds deltas) at(c cell) *delta {
	if ds[c] == nil {
		ds[c] = &delta{}
	}
	return ds[c]
}

// cellsOf are all values that a life gives.
func cellsOf(l *Life, dayOf func(int64) int64) map[cell][]int64 {
	out := map[cell][]int64{}
	for _, m := range Measures() {
		for _, s := range m.Of(l) {
			c := cell{m.Name, dayOf(s.At), l.Severity, l.Team, l.Source, l.Type}
			out[c] = append(out[c], s.Value)
		}
	}
	return out
}

// without is what of a is not in b, each as often as it is there.
func without(a, b []int64) (out []int64) {
	left := map[int64]int{}
	for _, v := range b {
		left[v]++
	}
	for _, v := range a {
		if left[v] > 0 {
			left[v]--
			continue
		}
		out = append(out, v)
	}
	return out
}
