package db

import (
	"fmt"
	"strings"
)

// In adds words to the arguments of a statement and writes their places, for
// use as … IN (places). It is for hundreds of words, not thousands.
func In(args []any, words []string) (_ []any, places string) {
	var in strings.Builder
	for i, word := range words {
		if i > 0 {
			in.WriteByte(',')
		}
		args = append(args, word)
		fmt.Fprintf(&in, "$%d", len(args))
	}
	return args, in.String()
}
