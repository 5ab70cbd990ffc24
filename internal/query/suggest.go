package query

import (
	"strconv"

	"tocsin/internal/fault"
)

// didYouMean is the clause of a message for a near miss, or nothing.
func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(near) + "?"
}

// suggest adds a near miss for the machine.
func suggest(e *fault.Error, near string) *fault.Error {
	if near == "" {
		return e
	}
	return e.WithExtra("did_you_mean", near)
}

// nearest returns the known name that is closest to what was written, or
// nothing when none is close: one slip in three letters, and at most three.
func nearest(written string, known []string) string {
	const longest = 64 // nobody mistypes a longer name, and the cost is bounded
	if len(written) > longest {
		return ""
	}
	best, least := "", min(3, max(1, len(written)/3))+1
	for _, k := range known {
		if len(k) > longest {
			continue
		}
		if d := distance(fold(written), fold(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes, with two neighbours swapped
// counting as one slip, which is how people mistype.
func distance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, last, older := rows[i%3], rows[(i+2)%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
