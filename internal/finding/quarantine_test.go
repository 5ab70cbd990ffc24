package finding_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

type kept struct {
	t   *testing.T
	d   *db.DB
	all *finding.Findings
}

func newKept(t *testing.T, d *db.DB) *kept {
	t.Helper()
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		t.Fatal(err)
	}
	f, err := finding.New(d, journal.New(vault))
	if err != nil {
		t.Fatal(err)
	}
	return &kept{t, d, f}
}

func (k *kept) ctx() context.Context {
	return db.As(context.Background(), dbtest.Tenant, "user:ada")
}

// put keeps a part aside.
func (k *kept) put(body, source, field, reason string) {
	k.t.Helper()
	bad := fault.New(fault.Invalid, "%s", reason)
	if field != "" {
		bad.Fields = []fault.FieldError{{Location: field, Message: reason}}
	}
	err := k.d.Write(k.ctx(), func(tx *db.Tx) error {
		r, err := k.all.Take(tx, finding.Part{Raw: []byte(body), Err: bad}, source, nil)
		if err == nil && r.Outcome != finding.Quarantined {
			k.t.Errorf("%s: %s", body, r.Outcome)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

// groups are "count reason field source" in the order of the list, which is
// asked for two at a time.
func (k *kept) groups(state string) (out []string) {
	k.t.Helper()
	count, id := int64(1<<62), ""
	for {
		var page []finding.QuarantineGroup
		err := k.d.Read(k.ctx(), func(tx *db.Tx) (err error) {
			page, err = k.all.QuarantineGroups(tx, state, count, id, 2)
			return err
		})
		if err != nil {
			k.t.Fatal(err)
		}
		for _, g := range page {
			out = append(out, fmt.Sprintf("%d %s|%s|%s", g.Count, g.Reason, g.Field, g.Source))
			if g.ExampleID == "" || g.FirstAt.After(g.LastAt) {
				k.t.Errorf("%+v", g)
			}
			count, id = g.Count, g.ID
		}
		if len(page) < 2 {
			return out
		}
	}
}

func TestTheQuarantineIsCountedByReasonFieldAndSource(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKept(t, d)
		for i := range 7 {
			k.put(fmt.Sprint("a", i), "api", fmt.Sprintf("findings[%d].Id", i), fmt.Sprintf("findings[%d].Id: is %d long", i, i))
		}
		for i := range 3 {
			k.put(fmt.Sprint("b", i), "connection:1", fmt.Sprintf("findings[%d].Id", i), fmt.Sprintf("findings[%d].Id: is %d long", i, i))
		}
		k.put("c", "api", "", "the end came at byte 9")
		k.put("c", "api", "", "the end came at byte 9") // the same bytes count once
		k.put("d", "api", "", "the end came at byte 12")
		want := []string{
			"7 findings[].Id: is # long|findings[].Id|api", "3 findings[].Id: is # long|findings[].Id|connection:1", "2 the end came at byte #||api",
		}
		if diff := cmp.Diff(want, k.groups("new")); diff != "" {
			t.Error(diff)
		}
		var parts []finding.QuarantinedPart
		err := d.Write(k.ctx(), func(tx *db.Tx) (err error) {
			group := finding.QuarantineGroupOf("api", "findings[].Id: is # long", "findings[].Id")
			if parts, err = k.all.QuarantineGroupPage(tx, "new", group, 1<<62, "", 5); err != nil {
				return err
			}
			return k.all.DecideQuarantine(tx, parts[0].ID, "dismissed", "known")
		})
		if err != nil || len(parts) != 5 || parts[0].Preview != "a6" || parts[4].Preview != "a2" {
			t.Fatalf("%+v %v", parts, err)
		}
		if got := k.groups("dismissed"); len(got) != 1 || got[0][0] != '1' {
			t.Errorf("dismissed: %v", got)
		}
		if got := k.groups("new"); got[0][0] != '6' {
			t.Errorf("new: %v", got)
		}
	})
}

func TestWhatIsOlderThanGroupsGetsOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKept(t, d)
		for i := range 450 {
			k.put(fmt.Sprint("a", i), "api", "", fmt.Sprintf("byte %d", i))
		}
		everyone := db.As(context.Background(), db.Everyone, "system:test")
		err := d.Write(everyone, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE quarantine SET grp = ''`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := k.groups("new"); len(got) != 0 {
			t.Errorf("%v", got)
		}
		if err := k.all.GroupQuarantine(everyone); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"450 byte #||api"}, k.groups("new")); diff != "" {
			t.Error(diff)
		}
	})
}

// BenchmarkQuarantine is what one bad part costs, in transactions of 64.
func BenchmarkQuarantine(b *testing.B) {
	d := dbtest.SQLite(b, nil)
	vault := seal.New(seal.RandomKey())
	if err := vault.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
		b.Fatal(err)
	}
	f, err := finding.New(d, journal.New(vault))
	if err != nil {
		b.Fatal(err)
	}
	ctx, n := db.As(context.Background(), dbtest.Tenant, "connection:1"), 0
	bad := fault.Field("detail.findings[0].Severity.Label", "%q is not a severity", "URGENT")
	for b.Loop() {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := range 64 {
				if _, err := f.Take(tx, finding.Part{Raw: fmt.Appendf(nil, "%01000d", n*64+i), Err: bad}, "connection:1", nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(64*b.N)/b.Elapsed().Seconds(), "parts/s")
}
