package ticket

import (
	"context"
	"fmt"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
)

func TestTheRootOfMergedTickets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := db.As(context.Background(), dbtest.Tenant, "system:test")
		ts := New(d, nil, nil, People{})
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := plantTeam(tx); err != nil {
				return err
			}
			for n := range int64(20) {
				if err := plantMerged(tx, n+1); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name  string
			links [][2]int64
			of    int64
			want  int64 // 0: an error
		}{
			{"a ticket that was never merged is its own", nil, 1, 1},
			{"one that was merged has the other", [][2]int64{{2, 1}}, 2, 1},
			{"a chain is followed to its end", [][2]int64{{4, 3}, {3, 2}, {2, 1}}, 4, 1},
			{"a circle is an error, not a loop", [][2]int64{{1, 2}, {2, 3}, {3, 1}}, 1, 0},
			{"so is a chain without end", chainOf(19), 20, 0},
		}
		for _, tt := range tests {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(`DELETE FROM ticket_link WHERE tenant = $1`, tx.Tenant()); err != nil {
					return err
				}
				for _, l := range tt.links {
					if err := tx.Must(`INSERT INTO ticket_link(tenant, from_ticket, to_ticket, kind, at, by_actor) VALUES ($1,$2,$3,'merged_into',0,'')`,
						tx.Tenant(), fmt.Sprint("t", l[0]), fmt.Sprint("t", l[1])); err != nil {
						return err
					}
				}
				from, err := ts.Get(tx, Number(tt.of))
				if err != nil {
					return err
				}
				root, err := ts.root(tx, from)
				if tt.want == 0 {
					if fault.CodeOf(err) != fault.Internal {
						t.Errorf("%s: %v, %v", tt.name, root, err)
					}
					return nil
				}
				if err == nil && root.Number != tt.want {
					t.Errorf("%s: %d, want %d", tt.name, root.Number, tt.want)
				}
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

// chainOf is a chain of n links from ticket n+1 down to 1.
func chainOf(n int64) (out [][2]int64) {
	for i := range n {
		out = append(out, [2]int64{i + 2, i + 1})
	}
	return out
}

func plantTeam(tx *db.Tx) error {
	err := tx.Must(`INSERT INTO users(tenant,id,kind,email,name,password,active,time_zone,demo,failures,wait_until,created_at,updated_at,rev)
		VALUES ($1,'u','person','u@example.org','U','',$2,'UTC',$3,0,0,0,0,1)`, tx.Tenant(), true, false)
	if err != nil {
		return err
	}
	return tx.Must(`INSERT INTO team(tenant,id,name,intake,lead,lead_active,created_at,updated_at,rev) VALUES ($1,'team','SOC',$2,'u',$2,0,0,1)`, tx.Tenant(), true)
}

// plantMerged writes a ticket that is closed as merged.
func plantMerged(tx *db.Tx, n int64) error {
	t := &Ticket{ID: fmt.Sprint("t", n), Number: n, Title: "t", Severity: "low", Accountable: "u", Team: "team"}
	if err := (&Tickets{}).insert(tx, t); err != nil {
		return err
	}
	return tx.Must(`UPDATE ticket SET phase = 'closed', resolution = 'merged', closed_at = 1, accountable_active = NULL WHERE tenant = $1 AND id = $2`, tx.Tenant(), t.ID)
}
