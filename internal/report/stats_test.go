package report

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTheMedianOfFewHasNoInterval(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values []int64
		want   Summary
	}{
		"nothing":                     {nil, Summary{Low: -1, High: -1}},
		"one":                         {[]int64{5}, Summary{N: 1, Median: 5, P90: 5, Low: -1, High: -1, Mean: 5}},
		"two lie around their middle": {[]int64{9, 4}, Summary{N: 2, Median: 6, P90: 9, Low: -1, High: -1, Mean: 7}},
		"six are bounded by all":      {[]int64{6, 1, 5, 2, 4, 3}, Summary{N: 6, Median: 3, P90: 6, Low: 1, High: 6, Mean: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Summarize(c.values); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// The ranks that ux.md §4.1 gives: 1 and 6 of 6, 4 and 12 of 15, 18 and 33 of 50.
func TestTheRanksAroundAMedianAreThoseOfTheBinomialDistribution(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][2]int{6: {1, 6}, 15: {4, 12}, 50: {18, 33}} {
		lo, hi, ok := medianRanks(n)
		if !ok || lo != want[0] || hi != want[1] {
			t.Errorf("of %d: %d and %d, want %v", n, lo, hi, want)
		}
	}
	a, b, _ := medianRanks(1000)
	c, d, _ := medianRanks(1001)
	if c-a > 1 || d-b > 2 {
		t.Errorf("the two ways do not meet: %d %d and %d %d", a, b, c, d)
	}
}

func TestRanksCoverTheMedianIn95OfACases(t *testing.T) {
	t.Parallel()
	for _, n := range []int{6, 7, 10, 37, 200, 1000} {
		lo, hi, _ := medianRanks(n)
		if got := covered(n, lo, hi); got < 0.95 {
			t.Errorf("of %d, ranks %d to %d cover %.4f", n, lo, hi, got)
		}
		if got := covered(n, lo+1, hi-1); got >= 0.95 {
			t.Errorf("of %d, narrower ranks would cover %.4f", n, got)
		}
	}
}

// covered is P(lo <= B(n,1/2) < hi), summed in logarithms.
func covered(n, lo, hi int) (sum float64) {
	for k := lo; k < hi; k++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(a - b - c - float64(n)*math.Ln2)
	}
	return sum
}

// Brown, Cai and DasGupta (2001) give Wilson's interval of 0 of 20 as 0 to
// 0.1611, and that of 5 of 20 as 0.1119 to 0.4687.
func TestWilsonsInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hits, n  int
		low, upp float64
	}{{0, 20, 0, 0.1611}, {5, 20, 0.1119, 0.4687}, {20, 20, 0.8389, 1}, {0, 0, 0, 1}} {
		s := Wilson(c.hits, c.n)
		if math.Abs(s.Low-c.low) > 5e-5 || math.Abs(s.Upp-c.upp) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f", c.hits, c.n, s.Low, s.Upp)
		}
	}
}

// Wheeler's example: moving ranges average 1, so the limits lie 2.66 away.
func TestControlLimits(t *testing.T) {
	t.Parallel()
	l := XmR([]float64{10, 11, 10, 11, 10, 11})
	if math.Abs(l.Center-10.5) > 1e-9 || math.Abs(l.Low-7.84) > 1e-9 || math.Abs(l.High-13.16) > 1e-9 {
		t.Errorf("%+v", l)
	}
}

// U of {1,2,4} and {3,5,6} is 8 of 9: worked by hand.
func TestTwoGroupsAreComparedByTheirRanks(t *testing.T) {
	t.Parallel()
	u, ties := rankSum([]int64{1, 2, 4}, []int64{3, 5, 6})
	if u != 8 || ties != 0 {
		t.Errorf("U %v, ties %v", u, ties)
	}
	a, b := []int64{}, []int64{}
	for i := range int64(100) {
		a = append(a, i)
		b = append(b, i+40)
	}
	s := Compare(a, b)
	if !s.Detectable() || s.Median != 40 {
		t.Errorf("%+v", s)
	}
	if s = Compare(a, slices.Clone(a)); s.Detectable() || s.Median != 0 {
		t.Errorf("the same twice: %+v", s)
	}
	if s = Compare([]int64{5, 5, 5}, []int64{5, 5}); s.Detectable() {
		t.Errorf("all alike: %+v", s)
	}
}

func TestNoiseIsRarelyCalledAChange(t *testing.T) {
	t.Parallel()
	found := 0
	const rounds = 400
	for seed := range uint64(rounds) {
		x := seed*0x9e3779b97f4a7c15 + 1
		next := func() int64 { x ^= x << 13; x ^= x >> 7; x ^= x << 17; return int64(x >> 40) }
		a, b := make([]int64, 50), make([]int64, 50)
		for i := range a {
			a[i], b[i] = next(), next()
		}
		if Compare(a, b).Detectable() {
			found++
		}
	}
	if found > rounds/10 || found == 0 {
		t.Errorf("%d of %d pairs of the same noise differ, want about 20", found, rounds)
	}
}

func TestACellKeepsItsValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		have := rapid.SliceOfN(rapid.Int64Range(0, 1<<50), 0, 30).Draw(t, "values")
		slices.Sort(have)
		got, err := unpack(nil, pack(have))
		if err != nil || !slices.Equal(got, have) {
			t.Fatalf("%v, %v", got, err)
		}
		if len(have) == 0 {
			return
		}
		gone := rapid.SampledFrom(have).Draw(t, "removed")
		after, err := delta{add: []int64{7}, remove: []int64{gone}}.apply(slices.Clone(have))
		if err != nil || len(after) != len(have) || !slices.IsSorted(after) {
			t.Fatalf("%v, %v", after, err)
		}
		if _, err := (delta{remove: []int64{-1}}).apply(have); err == nil {
			t.Fatal("what is not there was taken away")
		}
	})
}

func FuzzAStoredCellIsReadOrRefused(f *testing.F) {
	f.Add(pack([]int64{1, 2, 1 << 40}))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := unpack(nil, b)
		if err == nil && len(values) > len(b) {
			t.Errorf("%d values of %d bytes", len(values), len(b))
		}
	})
}
