package seal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

func as(tenant string) context.Context {
	return db.As(context.Background(), tenant, "system:test")
}

func vault(t *testing.T, d *db.DB, tenants ...string) *seal.Vault {
	t.Helper()
	v := seal.New(seal.RandomKey())
	for _, tenant := range tenants {
		if err := v.EnsureTenant(context.Background(), d, tenant); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func write(t *testing.T, d *db.DB, tenant string, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(as(tenant), fn); err != nil {
		t.Fatal(err)
	}
}

func sealed(t *testing.T, d *db.DB, v *seal.Vault, aad, plain string) (out []byte) {
	t.Helper()
	write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
		_, out, err = v.Seal(tx, aad, []byte(plain))
		return err
	})
	return out
}

func unseal(d *db.DB, v *seal.Vault, tenant, aad string, sealed []byte) (plain []byte, err error) {
	err = d.Read(as(tenant), func(tx *db.Tx) error {
		plain, err = v.Unseal(tx, aad, sealed)
		return err
	})
	return plain, err
}

func TestASealedValueOpensOnlyWhereItWasSealed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant, "other")
		s := sealed(t, d, v, "secret|c1|key", "hunter2 hunter2")
		plain, err := unseal(d, v, dbtest.Tenant, "secret|c1|key", s)
		if err != nil || string(plain) != "hunter2 hunter2" {
			t.Fatalf("got %q, %v", plain, err)
		}
		if strings.Contains(string(s), "hunter2") {
			t.Error("the sealed bytes hold the plain text")
		}
		if again := sealed(t, d, v, "secret|c1|key", "hunter2 hunter2"); slices.Equal(again, s) {
			t.Error("sealing twice gave the same bytes: the nonce is not random")
		}
		for _, elsewhere := range []struct{ name, tenant, aad string }{
			{"another connection", dbtest.Tenant, "secret|c2|key"},
			{"another tenant", "other", "secret|c1|key"},
		} {
			if _, err := unseal(d, v, elsewhere.tenant, elsewhere.aad, s); err == nil {
				t.Errorf("it opened for %s", elsewhere.name)
			}
		}
		for i := range s {
			bad := slices.Clone(s)
			bad[i] ^= 1
			if _, err := unseal(d, v, dbtest.Tenant, "secret|c1|key", bad); err == nil {
				t.Errorf("it opened with byte %d changed", i)
			}
			if _, err := unseal(d, v, dbtest.Tenant, "secret|c1|key", s[:i]); err == nil {
				t.Errorf("it opened when cut after %d bytes", i)
			}
		}
	})
}

func TestAnotherProcessWithTheSameKeyFileOpensIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		key := seal.RandomKey()
		one, two := seal.New(key), seal.New(key)
		if err := one.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		s := sealed(t, d, one, "a", "text")
		// two has never heard of the tenant: it looks in the transaction.
		if plain, err := unseal(d, two, dbtest.Tenant, "a", s); err != nil || string(plain) != "text" {
			t.Errorf("got %q, %v", plain, err)
		}
	})
}

func TestTheWrongKeyFileIsNamed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		vault(t, d, dbtest.Tenant)
		err := seal.New(seal.RandomKey()).EnsureTenant(context.Background(), d, dbtest.Tenant)
		e := fault.As(err)
		if e == nil || e.Slug != "key-file" || !strings.Contains(e.Message, "does not belong to this database") {
			t.Errorf("got %v", err)
		}
	})
}

func TestADataKeyCopiedToAnotherTenantIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		key := seal.RandomKey()
		if err := seal.New(key).EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		write(t, d, db.Everyone, func(tx *db.Tx) error {
			return tx.Must(`INSERT INTO data_key(tenant, id, kek, wrapped, created_at)
				SELECT 'thief', id, kek, wrapped, created_at FROM data_key WHERE tenant = $1`, dbtest.Tenant)
		})
		if err := seal.New(key).EnsureTenant(context.Background(), d, "thief"); err == nil {
			t.Error("the copied key was taken")
		}
	})
}

func TestStartsAtTheSameTimeMakeOneKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		key := seal.RandomKey()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := seal.New(key).EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var n int
		write(t, d, dbtest.Tenant, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM data_key WHERE tenant = $1`, dbtest.Tenant).Scan(&n)
		})
		if n != 1 {
			t.Errorf("%d keys were made, want 1", n)
		}
	})
}

func TestAKeyThatRolledBackIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		key := seal.RandomKey()
		v := seal.New(key)
		if err := v.EnsureTenant(context.Background(), d, dbtest.Tenant); err != nil {
			t.Fatal(err)
		}
		undo := errors.New("undo")
		err := d.Write(as(dbtest.Tenant), func(tx *db.Tx) error {
			if _, _, err := v.SealErasable(tx, "ticket:1", []byte("lost")); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		var c, s []byte
		write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
			c, s, err = v.SealErasable(tx, "ticket:1", []byte("kept"))
			return err
		})
		// After a restart only what is stored can open it.
		plain, err := opened(d, seal.New(key), "ticket:1", c, s)
		if err != nil || string(plain) != "kept" {
			t.Errorf("got %q, %v", plain, err)
		}
	})
}

func opened(d *db.DB, v *seal.Vault, stream string, c, s []byte) (plain []byte, err error) {
	err = d.Read(as(dbtest.Tenant), func(tx *db.Tx) error {
		plain, err = v.OpenErasable(tx, stream, c, s)
		return err
	})
	return plain, err
}

func TestErasableTextOpensUntilItIsErased(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant)
		var c, s, c2, s2 []byte
		write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
			if c, s, err = v.SealErasable(tx, "ticket:1", []byte("Ann saw it")); err != nil {
				return err
			}
			c2, s2, err = v.SealErasable(tx, "ticket:1", []byte("Ann saw it"))
			return err
		})
		if len(c) != 32 || slices.Equal(c, c2) {
			t.Error("commitments to the same text are the same, so a text can be guessed")
		}
		for _, pair := range [][2][]byte{{c, s}, {c2, s2}} {
			if plain, err := opened(d, v, "ticket:1", pair[0], pair[1]); err != nil || string(plain) != "Ann saw it" {
				t.Fatalf("got %q, %v", plain, err)
			}
		}
		if _, err := opened(d, v, "ticket:1", c2, s); err == nil {
			t.Error("it opened against the commitment to another text")
		}
		if _, err := opened(d, v, "ticket:2", c, s); err == nil {
			t.Error("it opened as the text of another stream")
		}
		write(t, d, dbtest.Tenant, func(tx *db.Tx) error { return v.Erase(tx, "ticket:1") })
		wantErased(t, d, v, c, s)

		// The stream goes on with a new key; the old text stays erased.
		write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
			c2, s2, err = v.SealErasable(tx, "ticket:1", []byte("later"))
			return err
		})
		if plain, err := opened(d, v, "ticket:1", c2, s2); err != nil || string(plain) != "later" {
			t.Errorf("got %q, %v", plain, err)
		}
		wantErased(t, d, v, c, s)
		wantErased(t, d, v, c, nil)
	})
}

func wantErased(t *testing.T, d *db.DB, v *seal.Vault, c, s []byte) {
	t.Helper()
	_, err := opened(d, v, "ticket:1", c, s)
	if e := fault.As(err); e == nil || e.Code != fault.Missing || e.Slug != "erased" {
		t.Errorf("got %v, want erased", err)
	}
}

func TestErasingAndWritingInOneTransactionUsesANewKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant)
		var c, s, c2, s2 []byte
		write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
			if c, s, err = v.SealErasable(tx, "ticket:1", []byte("before")); err != nil {
				return err
			}
			if err = v.Erase(tx, "ticket:1"); err != nil {
				return err
			}
			c2, s2, err = v.SealErasable(tx, "ticket:1", []byte("after"))
			return err
		})
		wantErased(t, d, v, c, s)
		if plain, err := opened(d, v, "ticket:1", c2, s2); err != nil || string(plain) != "after" {
			t.Errorf("got %q, %v", plain, err)
		}
	})
}

func TestWritersOfANewStreamAgreeOnItsKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t, d, dbtest.Tenant)
		var wg sync.WaitGroup
		c, s := make([][]byte, 12), make([][]byte, 12)
		for i := range 12 {
			wg.Go(func() {
				write(t, d, dbtest.Tenant, func(tx *db.Tx) (err error) {
					c[i], s[i], err = v.SealErasable(tx, "ticket:1", []byte("text"))
					return err
				})
			})
		}
		wg.Wait()
		for i := range 12 {
			if _, err := opened(d, v, "ticket:1", c[i], s[i]); err != nil {
				t.Errorf("text %d: %v", i, err)
			}
		}
	})
}
