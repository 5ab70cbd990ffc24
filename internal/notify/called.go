package notify

import (
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// calledAtOnce is how many tickets are asked about in one statement.
const calledAtOnce = 200

// Called reports of which tickets somebody was called: there is a call, and it
// was put into a message, is held back on purpose, or is younger than the time
// that a message may take.
func Called(tx *db.Tx, tickets []string, since int64) (map[string]bool, error) {
	out := map[string]bool{}
	for len(tickets) > 0 {
		chunk := tickets[:min(len(tickets), calledAtOnce)]
		tickets = tickets[len(chunk):]
		args := []any{tx.Tenant(), string(Page), since}
		var in strings.Builder
		for i, id := range chunk {
			if i > 0 {
				in.WriteByte(',')
			}
			args = append(args, id)
			in.WriteString("$" + strconv.Itoa(len(args)))
		}
		found, err := db.Strings(tx, `SELECT DISTINCT ticket FROM notice WHERE tenant = $1 AND kind = $2 AND (message IS NOT NULL OR batch <> '' OR at > $3)
			AND ticket <> '' AND ticket IN (`+in.String()+`)`, args...)
		if err != nil {
			return nil, fault.Wrap(err, "looking for calls")
		}
		for _, id := range found {
			out[id] = true
		}
	}
	return out, nil
}
