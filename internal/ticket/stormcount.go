package ticket

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// StormCount is how many storms there are, of every tenant.
type StormCount struct {
	Active    int64 // the flood goes on
	Undecided int64 // over or not, somebody has to decide what they hold
	Held      int64 // findings that wait for that
}

// CountStorms counts storms that are not done with. There are few of them.
func CountStorms(tx *db.Tx) (c StormCount, err error) {
	err = tx.QueryRow(`SELECT COALESCE(SUM(CASE WHEN active THEN 1 ELSE 0 END),0), COALESCE(SUM(CASE WHEN choice = '' THEN 1 ELSE 0 END),0),
		COALESCE(SUM(held - settled),0) FROM storm WHERE active OR done_at IS NULL`).Scan(&c.Active, &c.Undecided, &c.Held)
	return c, fault.Wrap(err, "counting storms")
}
