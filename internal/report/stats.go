package report

import (
	"math"
	"slices"
)

// Few is how many values a group must have for an interval to say anything;
// below it the values themselves are shown (ux.md §4.1).
const Few = 6

// Summary is what is said of a group of durations.
type Summary struct {
	N           int
	Median, P90 int64
	// Low and High hold the median of what the values are drawn from in 95 of 100
	// cases; both are -1 below Few.
	Low, High int64
	Mean      int64 // small print: a single long case moves it
}

// Summarize says it of values in any order, which it sorts.
func Summarize(values []int64) Summary {
	n := len(values)
	if n == 0 {
		return Summary{Low: -1, High: -1}
	}
	slices.Sort(values)
	s := Summary{N: n, Median: median(values), P90: NearestRank(values, 0.9), Low: -1, High: -1}
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	s.Mean = int64(math.Round(sum / float64(n)))
	if lo, hi, ok := medianRanks(n); ok {
		s.Low, s.High = values[lo-1], values[hi-1]
	}
	return s
}

// median of sorted values; between the two middle ones, rounded down.
func median(sorted []int64) int64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	a, b := sorted[n/2-1], sorted[n/2]
	return a + (b-a)/2
}

// NearestRank is the value at rank ceil(p·n) of sorted values.
func NearestRank(sorted []int64, p float64) int64 {
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// medianRanks are the ranks, from 1, of the order statistics between which the
// median lies with at least 95 %: the widest tail of the binomial distribution
// of n and one half that holds at most 2.5 %.
// Source: Conover, Practical Nonparametric Statistics, §3.2; n=6 gives 1 and 6
// (96.9 %), n=15 gives 4 and 12 (96.5 %), n=50 gives 18 and 33 (96.7 %).
func medianRanks(n int) (lo, hi int, ok bool) {
	if n < Few {
		return 0, 0, false
	}
	if n > 1000 { // the normal distribution is as good
		d := 0.98 * math.Sqrt(float64(n))
		lo = int(math.Floor(float64(n)/2 - d))
		return lo, n + 1 - lo, true
	}
	tail, k := math.Exp(-float64(n)*math.Ln2), 0
	term := tail
	for {
		term *= float64(n-k) / float64(k+1)
		if tail+term > 0.025 {
			break
		}
		tail += term
		k++
	}
	return k + 1, n - k, true
}

// Share is a part of a whole with its interval.
type Share struct {
	N, Hits        int
	Rate, Low, Upp float64 // 0 to 1; Wilson's interval of 95 %
}

// Wilson is the score interval (Wilson 1927), which does not leave 0 to 1 and
// means something for few.
func Wilson(hits, n int) Share {
	if n == 0 {
		return Share{Upp: 1}
	}
	const z = 1.959963984540054
	p, m := float64(hits)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Share{N: n, Hits: hits, Rate: p, Low: max(mid-half, 0), Upp: min(mid+half, 1)}
}

// Limits are those of an individuals control chart: what lies within them is
// noise (Shewhart; Wheeler, Understanding Variation).
type Limits struct{ Center, Low, High float64 }

// XmR computes them from points in the order of time, at least two.
func XmR(points []float64) Limits {
	var sum, moving float64
	for i, v := range points {
		sum += v
		if i > 0 {
			moving += math.Abs(v - points[i-1])
		}
	}
	center := sum / float64(len(points))
	spread := 2.66 * moving / float64(len(points)-1)
	return Limits{center, center - spread, center + spread}
}

// Shift compares two groups of durations without assuming how they are spread.
type Shift struct {
	P float64 // of a difference as large as this when nothing differs (two-sided)
	// Median is Hodges and Lehmann's estimate of by how much the second is longer.
	Median int64
}

// Detectable reports whether the groups differ by more than chance shows.
func (s Shift) Detectable() bool { return s.P < 0.05 }

// mostPairs bounds the pairs that the estimate looks at.
const mostPairs = 4_000_000

// Compare is the test of Mann and Whitney, by its normal approximation with
// ties, and the shift of Hodges and Lehmann. Both groups are sorted by it.
func Compare(a, b []int64) Shift {
	n, m := float64(len(a)), float64(len(b))
	if n == 0 || m == 0 {
		return Shift{P: 1}
	}
	slices.Sort(a)
	slices.Sort(b)
	u, ties := rankSum(a, b)
	mean := n * m / 2
	variance := n * m / 12 * ((n + m + 1) - ties/((n+m)*(n+m-1)))
	if variance <= 0 {
		return Shift{P: 1}
	}
	z := (math.Abs(u-mean) - 0.5) / math.Sqrt(variance)
	return Shift{P: math.Erfc(max(z, 0) / math.Sqrt2), Median: hodgesLehmann(a, b)}
}

// rankSum is U of the second group, and the sum of t³-t over ties.
func rankSum(a, b []int64) (u, ties float64) {
	i, j, before := 0, 0, 0.0
	for i < len(a) || j < len(b) {
		v := int64(math.MaxInt64)
		if i < len(a) {
			v = a[i]
		}
		if j < len(b) {
			v = min(v, b[j])
		}
		x, y := 0.0, 0.0
		for ; i < len(a) && a[i] == v; i++ {
			x++
		}
		for ; j < len(b) && b[j] == v; j++ {
			y++
		}
		u += y * (before + x/2)
		before += x
		t := x + y
		ties += t*t*t - t
	}
	return u, ties
}

// hodgesLehmann is the median of all differences; of large groups, of those
// between evenly chosen members.
func hodgesLehmann(a, b []int64) int64 {
	a, b = thinned(a), thinned(b)
	diffs := make([]int64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			diffs = append(diffs, y-x)
		}
	}
	slices.Sort(diffs)
	return median(diffs)
}

func thinned(sorted []int64) []int64 {
	most := int(math.Sqrt(mostPairs))
	if len(sorted) <= most {
		return sorted
	}
	out := make([]int64, most)
	for i := range out {
		out[i] = sorted[i*(len(sorted)-1)/(most-1)]
	}
	return out
}
