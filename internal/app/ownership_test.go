package app

import (
	"testing"

	"tocsin/internal/db"
)

func TestTheDailyLookFindsATicketThatIsNotWhoseItsRecordSays(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		k := newKeeper(t, url)
		k.take(string(sample(1)), string(sample(2)))
		seen := func() (float64, string) {
			k.must(k.checkOwnership(k.ctx()))
			return gathered(t, k.Rooms)["tocsin_ownership_violations"].GetMetric()[0].GetGauge().GetValue(), k.ownershipCheck(k.ctx()).State
		}
		if n, state := seen(); n != 0 || state != "ok" {
			t.Fatalf("%v violations, %s, of tickets that nobody has touched", n, state)
		}
		k.must(k.DB.Write(k.ctx(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE ticket SET owner = accountable WHERE tenant = $1 AND number = (SELECT MIN(number) FROM ticket WHERE tenant = $1)`, tx.Tenant())
			return err
		}))
		if n, state := seen(); n != 1 || state != "fail" {
			t.Errorf("%v violations, %s, of an owner whom no entry names", n, state)
		}
	})
}
