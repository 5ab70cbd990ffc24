package duty_test

import (
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/duty"
)

// BenchmarkOnTeam is what every new ticket asks, without a schedule and with one
// that has a year of hours behind it.
func BenchmarkOnTeam(b *testing.B) {
	d := dbtest.SQLite(b, func() time.Time { return time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC) })
	ask := func(want string) func(b *testing.B) {
		return func(b *testing.B) {
			err := d.Read(ctx("user:u-ann"), func(tx *db.Tx) error {
				for b.Loop() {
					if got, err := duty.OnTeam(tx, soc); err != nil || got != want {
						b.Fatalf("%q is on duty: %v", got, err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("no schedule", ask(""))
	err := d.Write(ctx("user:u-ann"), func(tx *db.Tx) error {
		for _, text := range []string{
			`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev) VALUES ('main','u-ann','person','a','a','',TRUE,'UTC',FALSE,0,0,0,0,1)`,
			`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ('main','` + soc + `','SOC',TRUE,'u-ann',TRUE,0,0,1)`,
			`INSERT INTO schedule(tenant,id,name,team,main,plan,created_at,updated_at,rev) VALUES ('main','s','s','` + soc + `',TRUE,'{}',0,0,1)`,
		} {
			if err := tx.Must(text); err != nil {
				return err
			}
		}
		for h := range int64(24 * 365) {
			to := tx.Now() + 1_800_000_000 - h*3_600_000_000
			err := tx.Must(`INSERT INTO shift(tenant,id,schedule,person,layer,from_at,to_at,seq,changed_at) VALUES ('main',$1,'s','u-ann','r',$2,$3,0,0)`, tx.NewID(), to-3_600_000_000, to)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("a year of hours", ask("u-ann"))
}
