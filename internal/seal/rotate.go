package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"slices"
	"strconv"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Hold adds key-encryption keys that open what was wrapped with them.
func (v *Vault) Hold(keys ...Key) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, k := range keys {
		if _, ok := v.keks[k.id()]; !ok {
			v.keks[k.id()] = aead(k.bytes[:])
		}
	}
}

// Wrap has new data keys wrapped with a key-encryption key.
func (v *Vault) Wrap(k Key) {
	v.Hold(k)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kek = k.id()
}

// Held names the key-encryption keys at hand, and the one that wraps.
func (v *Vault) Held() (ids []string, wraps string) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for id := range v.keks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, v.kek
}

func (v *Vault) wrapping() (id string, by cipher.AEAD) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.kek, v.keks[v.kek]
}

// holding returns a key-encryption key, or nil and what there is instead.
func (v *Vault) holding(id string) (by cipher.AEAD, held []string) {
	v.mu.RLock()
	by = v.keks[id]
	v.mu.RUnlock()
	if by == nil {
		held, _ = v.Held()
	}
	return by, held
}

// Tenants lists those who have a data key; the transaction is everyone's.
func Tenants(tx *db.Tx) ([]string, error) {
	list, err := db.Strings(tx, sqlKeyTenants)
	return list, fault.Wrap(err, "listing tenants with a data key")
}

// Rewrapped is what became of a tenant's data keys.
type Rewrapped struct {
	From []string // key-encryption keys that wrapped some, without the new one
	Keys int      // how many were wrapped anew
}

// Rewrap wraps every data key of the transaction's tenant with another
// key-encryption key. What is sealed stays as it is.
func (v *Vault) Rewrap(tx *db.Tx, with Key) (out Rewrapped, err error) {
	rows, err := wrappedKeys(tx)
	if err != nil {
		return out, fault.Wrap(err, "loading data keys")
	}
	by := aead(with.bytes[:])
	for _, w := range rows {
		if w.kek == with.id() {
			continue
		}
		key, err := v.unwrap(tx.Tenant(), w)
		if err != nil {
			return out, err
		}
		n, err := tx.Exec(sqlRewrap, with.id(), wrap(by, key, tx.Tenant(), w.id), tx.Tenant(), w.id, w.kek)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "The keys are being rotated by somebody else at this moment.").WithSlug("rotating")
		}
		if err != nil {
			return out, fault.Wrap(err, "wrapping data key %s", w.id)
		}
		out.Keys++
		if !slices.Contains(out.From, w.kek) {
			out.From = append(out.From, w.kek)
		}
	}
	return out, nil
}

// NewDataKey makes another data key for the transaction's tenant. It is the
// current one as soon as Refresh has read it after the commit; what was sealed
// before opens with the older ones.
func (v *Vault) NewDataKey(tx *db.Tx) (id string, err error) {
	var n, newest int64
	if err := tx.QueryRow(sqlNewestKey, tx.Tenant()).Scan(&n, &newest); err != nil {
		return "", fault.Wrap(err, "looking for the newest data key")
	}
	states, err := DataKeys(tx)
	if err != nil {
		return "", err
	}
	next := n + 1
	for _, s := range states { // older ones may have been dropped
		if i, err := strconv.ParseInt(s.ID, 10, 64); err == nil {
			next = max(next, i+1)
		}
	}
	id = strconv.FormatInt(next, 10)
	key := make([]byte, keyBytes)
	rand.Read(key)
	kek, by := v.wrapping()
	// The newest is current: a clock that was set back must not make it an old one.
	added, err := tx.Exec(sqlInsertDataKey, tx.Tenant(), id, kek, wrap(by, key, tx.Tenant(), id), max(tx.Now(), newest+1))
	if err == nil && added == 0 {
		err = fault.New(fault.Conflict, "The keys are being rotated by somebody else at this moment.").WithSlug("rotating")
	}
	return id, fault.Wrap(err, "making a data key")
}

// Refresh reads again the data keys of every tenant that is known here, so that
// one which another node made becomes the current one here too. Never call it
// inside a transaction.
func (v *Vault) Refresh(ctx context.Context, d *db.DB) error {
	v.mu.RLock()
	tenants := []string{}
	for t := range v.tenant {
		tenants = append(tenants, t)
	}
	v.mu.RUnlock()
	for _, t := range tenants {
		if err := v.EnsureTenant(ctx, d, t); err != nil {
			return err
		}
	}
	return nil
}

// DataKeyState is what is known of a data key without opening it.
type DataKeyState struct {
	ID, KEK   string
	CreatedAt int64
	RetiredAt int64 // 0 while something may be sealed under it
}

// DataKeys lists the data keys of the tenant, oldest first; the last is current.
func DataKeys(tx *db.Tx) ([]DataKeyState, error) {
	list, err := db.All(tx, func(s db.Scanner) (k DataKeyState, err error) {
		var retired *int64
		err = s.Scan(&k.ID, &k.KEK, &k.CreatedAt, &retired)
		if retired != nil {
			k.RetiredAt = *retired
		}
		return k, err
	}, sqlKeyStates, tx.Tenant())
	return list, fault.Wrap(err, "listing data keys")
}

// newest refuses to act on a key that is not the newest: whoever does not know
// of the newest must not judge the others.
func newest(tx *db.Tx, current string) error {
	keys, err := DataKeys(tx)
	if err != nil {
		return err
	}
	if len(keys) == 0 || keys[len(keys)-1].ID != current {
		return fault.New(fault.Conflict, "Another data key was made meanwhile.").WithSlug("rotating")
	}
	return nil
}

// Retire notes that nothing is sealed any more under any data key but the
// current one, and says how many that makes. They stay for a while, for what
// they have signed.
func Retire(tx *db.Tx, current string) (int64, error) {
	if err := newest(tx, current); err != nil {
		return 0, err
	}
	n, err := tx.Exec(sqlRetire, tx.Now(), tx.Tenant(), current)
	return n, fault.Wrap(err, "retiring data keys")
}

// DropRetired destroys data keys that were retired before a time.
func DropRetired(tx *db.Tx, before int64, current string) (int64, error) {
	if err := newest(tx, current); err != nil {
		return 0, err
	}
	n, err := tx.Exec(sqlDropRetired, tx.Tenant(), before, current)
	return n, fault.Wrap(err, "dropping retired data keys")
}
