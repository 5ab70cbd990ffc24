package seal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

func dataKeys(t *testing.T, d *db.DB) (list []seal.DataKeyState) {
	t.Helper()
	err := d.Read(as(dbtest.Tenant), func(tx *db.Tx) (err error) {
		list, err = seal.DataKeys(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAnotherKeyWrapsTheDataKeysAndTheOldOneIsNotNeeded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		before, after := seal.RandomKey(), seal.RandomKey()
		v := seal.New(before)
		if err := v.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		s := sealed(t, d, v, "a", "a secret text")
		for round := range 2 { // the second finds nothing to do
			var out seal.Rewrapped
			write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
				out, err = v.Rewrap(tx, after)
				return err
			})
			if want := 1 - round; out.Keys != want || len(out.From) != want {
				t.Errorf("round %d: %+v", round, out)
			}
		}
		fresh := seal.New(after)
		if err := fresh.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		for name, with := range map[string]*seal.Vault{"the vault that rotated": v, "one with the new key alone": fresh} {
			if plain, err := unseal(d, with, dbtest.Tenant, "a", s); err != nil || string(plain) != "a secret text" {
				t.Errorf("%s: got %q, %v", name, plain, err)
			}
		}
		if err := seal.New(before).EnsureTenant(context.Background(), d, dbtest.Tenant); err == nil {
			t.Error("the old key still opens it")
		}
	})
}

func newDataKey(t *testing.T, d *db.DB, v *seal.Vault) (id string) {
	t.Helper()
	write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
		id, err = v.NewDataKey(tx)
		return err
	})
	if err := v.Refresh(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestEverythingIsSealedAgainUnderANewDataKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const streams = 57
		v := vault(t, d, dbtest.Tenant)
		texts := map[string][2][]byte{}
		for i := range streams {
			write(t, d, dbtest.Tenant, func(tx *db.Tx) error {
				c, s, err := v.SealErasable(tx, fmt.Sprint("stream", i), []byte(fmt.Sprint("text ", i)))
				texts[fmt.Sprint("stream", i)] = [2][]byte{c, s}
				return err
			})
		}
		id := newDataKey(t, d, v)
		if id != "2" {
			t.Fatalf("the new key is %s", id)
		}
		column := seal.Columns()[0]
		steps := 0
		for done := false; !done; steps++ {
			write(t, d, dbtest.Tenant, func(tx *db.Tx) error {
				p, err := column.Reseal(tx, v, 10)
				done = p.Done
				return err
			})
		}
		if steps != 6 {
			t.Errorf("it took %d steps of ten", steps)
		}
		write(t, d, dbtest.Tenant, func(tx *db.Tx) error {
			look, err := column.Look(tx, v, nil, 100)
			if err == nil && (look.Values != streams || look.Others != 0 || len(look.Broken) != 0 || !look.End) {
				t.Errorf("%+v", look)
			}
			for stream, text := range texts {
				if _, err := v.OpenErasable(tx, stream, text[0], text[1]); err != nil {
					t.Errorf("%s: %v", stream, err)
				}
			}
			if n, err := seal.Retire(tx, id); err != nil || n != 1 {
				t.Errorf("retired %d, %v", n, err)
			}
			return err
		})
		list := dataKeys(t, d)
		if len(list) != 2 || list[0].RetiredAt == 0 || list[1].RetiredAt != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestWhoDoesNotKnowTheNewestKeyRetiresNone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant)
		newDataKey(t, d, v)
		for name, act := range map[string]func(tx *db.Tx) (int64, error){
			"retire": func(tx *db.Tx) (int64, error) { return seal.Retire(tx, "1") },
			"drop":   func(tx *db.Tx) (int64, error) { return seal.DropRetired(tx, tx.Now(), "1") },
		} {
			err := d.Write(as(dbtest.Tenant), func(tx *db.Tx) error { _, err := act(tx); return err })
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAKeyOfAnotherNodeOpensAndBecomesTheCurrentOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		key := seal.RandomKey()
		here, there := seal.New(key), seal.New(key)
		for _, v := range []*seal.Vault{here, there} {
			if err := v.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
				t.Fatal(err)
			}
		}
		newDataKey(t, d, there)
		s := sealed(t, d, there, "a", "of the new key")
		if plain, err := unseal(d, here, dbtest.Tenant, "a", s); err != nil || string(plain) != "of the new key" {
			t.Fatalf("got %q, %v", plain, err)
		}
		if err := here.Refresh(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		if again := sealed(t, d, here, "a", "x"); again[2] != '2' {
			t.Errorf("it seals under key %q", again[2])
		}
	})
}

func TestALinkOfBeforeIsGoodAfterANewDataKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant)
		var id string
		var mac []byte
		write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
			id, mac, err = v.Sign(tx, "link", []byte("body"))
			return err
		})
		newDataKey(t, d, v)
		write(t, d, dbtest.Tenant, func(tx *db.Tx) error {
			if good, err := v.Verify(tx, "link", id, []byte("body"), mac); err != nil || !good {
				t.Errorf("%t, %v", good, err)
			}
			return nil
		})
	})
}

func TestTheKeysAtHandAreNamed(t *testing.T) {
	t.Parallel()
	one, two := seal.RandomKey(), seal.RandomKey()
	v := seal.New(one)
	v.Hold(two)
	ids, wraps := v.Held()
	if wraps != one.ID() || len(ids) != 2 || !slices.Contains(ids, two.ID()) {
		t.Errorf("%v, %s", ids, wraps)
	}
	if raw := make([]byte, 31); true {
		if _, err := seal.NewKey(raw); !fault.Is(err, fault.Invalid) {
			t.Errorf("31 bytes are a key: %v", err)
		}
	}
}
