package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const version = 1

// firstKey is the id of a tenant's first data key. It is fixed, so that two
// nodes that start at once make one key and not two.
const firstKey = "1"

// Vault seals and opens values. It is safe for concurrent use.
type Vault struct {
	mu     sync.RWMutex
	keks   map[string]cipher.AEAD
	kek    string                // the one of keks that wraps
	tenant map[string]tenantKeys // committed keys only

	last memo
}

// tenantKeys are the data keys of a tenant. It is not changed once it is made.
type tenantKeys struct {
	current string
	byID    map[string]cipher.AEAD
	signing map[string][]byte // made from the data key of the same id
}

// New makes a vault under key-encryption keys; the last one wraps.
func New(keys ...Key) *Vault {
	v := &Vault{keks: map[string]cipher.AEAD{}, tenant: map[string]tenantKeys{}}
	v.Hold(keys...)
	if len(keys) > 0 {
		v.Wrap(Ring(keys).Current())
	}
	return v
}

// aead is AES-256-GCM with a random nonce: at most 2^32 values per key (NIST
// SP 800-38D §8.3), which no tenant comes near.
func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length is ours
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return a
}

// bound joins parts so that no two lists of parts give the same bytes.
func bound(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// EnsureTenant makes the tenant's data key when it has none, and keeps its
// keys at hand. Call it at start and when a tenant is made, never inside a
// transaction. It fails with fault.Invalid, slug key-file, when the stored key
// was wrapped by another key-encryption key.
func (v *Vault) EnsureTenant(ctx context.Context, d *db.DB, tenant string) error {
	ctx = db.As(ctx, tenant, "system:seal")
	keys, err := v.committed(ctx, d)
	if err == nil && keys.current == "" {
		if err = d.Write(ctx, v.insertFirst); err == nil {
			keys, err = v.committed(ctx, d)
		}
	}
	if err != nil {
		return fault.Wrap(err, "opening the data key of tenant %s", tenant)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tenant[tenant] = keys
	return nil
}

// committed reads keys on a snapshot, where only what is durable can be seen.
func (v *Vault) committed(ctx context.Context, d *db.DB) (keys tenantKeys, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		keys, err = v.read(tx)
		return err
	})
	return keys, err
}

func (v *Vault) insertFirst(tx *db.Tx) error {
	key := make([]byte, keyBytes)
	rand.Read(key)
	kek, by := v.wrapping()
	_, err := tx.Exec(sqlInsertDataKey, tx.Tenant(), firstKey, kek, wrap(by, key, tx.Tenant(), firstKey), tx.Now())
	return err
}

// wrap seals a data key under a key-encryption key.
func wrap(by cipher.AEAD, key []byte, tenant, id string) []byte {
	return append([]byte{version}, by.Seal(nil, nil, key, bound("data key", tenant, id))...)
}

type wrappedKey struct {
	id, kek string
	bytes   []byte
}

// wrappedKeys are the tenant's data keys, oldest first.
func wrappedKeys(tx *db.Tx) ([]wrappedKey, error) {
	return db.All(tx, func(s db.Scanner) (w wrappedKey, err error) {
		return w, s.Scan(&w.id, &w.kek, &w.bytes)
	}, sqlDataKeys, tx.Tenant())
}

// read unwraps the tenant's data keys; the last one made is current.
func (v *Vault) read(tx *db.Tx) (tenantKeys, error) {
	keys := tenantKeys{byID: map[string]cipher.AEAD{}, signing: map[string][]byte{}}
	rows, err := wrappedKeys(tx)
	if err != nil {
		return keys, err
	}
	for _, w := range rows {
		key, err := v.unwrap(tx.Tenant(), w)
		if err != nil {
			return keys, err
		}
		keys.byID[w.id], keys.signing[w.id] = aead(key), signingKey(key)
		keys.current = w.id
	}
	return keys, nil
}

func (v *Vault) unwrap(tenant string, w wrappedKey) ([]byte, error) {
	by, held := v.holding(w.kek)
	if by == nil {
		return nil, fault.New(fault.Invalid, "The key file does not belong to this database: its secrets were sealed with key %s and what is at hand is key %s. Start with the key file, or the key of AWS KMS, that was used before.", w.kek, strings.Join(held, ", ")).WithSlug("key-file")
	}
	if len(w.bytes) == 0 || w.bytes[0] != version {
		return nil, broken("data key", errors.New("unknown version"))
	}
	key, err := by.Open(nil, nil, w.bytes[1:], bound("data key", tenant, w.id))
	if err != nil || len(key) != keyBytes {
		return nil, broken("data key", err)
	}
	return key, nil
}

// keys returns the tenant's data keys. What is read inside a transaction is
// used and not kept: on SQLite another closure of the same group may have
// made the key, and the group may yet fail.
func (v *Vault) keys(tx *db.Tx) (tenantKeys, error) {
	v.mu.RLock()
	keys, ok := v.tenant[tx.Tenant()]
	v.mu.RUnlock()
	if ok {
		return keys, nil
	}
	keys, err := v.read(tx)
	if err == nil && keys.current == "" {
		err = fault.New(fault.Internal, "The tenant %q has no data key; EnsureTenant makes it.", tx.Tenant())
	}
	return keys, err
}

// Seal seals plain for the transaction's tenant. aad names the place where the
// result is stored ("secret|<connection>|<name>"): it opens nowhere else.
func (v *Vault) Seal(tx *db.Tx, aad string, plain []byte) (keyID string, sealed []byte, err error) {
	keys, err := v.keys(tx)
	if err != nil {
		return "", nil, err
	}
	sealed = append([]byte{version, byte(len(keys.current))}, keys.current...)
	sealed = keys.byID[keys.current].Seal(sealed, nil, plain, bound("value", tx.Tenant(), keys.current, aad))
	return keys.current, sealed, nil
}

// Unseal opens what Seal made for the same tenant and aad. A value that was
// changed, or copied from another place, fails with fault.Internal, slug
// sealed: the stored bytes are not what this installation wrote there.
func (v *Vault) Unseal(tx *db.Tx, aad string, sealed []byte) ([]byte, error) {
	id, body, ok := split(sealed)
	if !ok {
		return nil, broken("value", errors.New("unknown format"))
	}
	key, err := v.keyByID(tx, id)
	if err != nil {
		return nil, err
	}
	plain, err := key.Open(nil, nil, body, bound("value", tx.Tenant(), id, aad))
	if err != nil {
		return nil, broken("value", err)
	}
	return plain, nil
}

// keyByID also finds a key that another node made after this one looked.
func (v *Vault) keyByID(tx *db.Tx, id string) (cipher.AEAD, error) {
	keys, err := v.keys(tx)
	if err != nil {
		return nil, err
	}
	if key, ok := keys.byID[id]; ok {
		return key, nil
	}
	if keys, err = v.read(tx); err != nil {
		return nil, err
	}
	key, ok := keys.byID[id]
	if !ok {
		return nil, broken("value", errors.New("its data key is not known"))
	}
	return key, nil
}

func split(sealed []byte) (id string, body []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != version || len(sealed) < 2+int(sealed[1]) {
		return "", nil, false
	}
	n := 2 + int(sealed[1])
	return string(sealed[2:n]), sealed[n:], true
}

func broken(what string, cause error) error {
	return fault.New(fault.Internal, "A sealed %s cannot be opened.", what).WithSlug("sealed").Because(cause)
}
