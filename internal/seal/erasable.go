package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	saltBytes  = 32
	keyIDBytes = 8
)

// streamKey seals the private text of one stream.
type streamKey struct {
	id   []byte // tells a new key from one that was erased
	aead cipher.AEAD
}

func newStreamKey(key []byte) streamKey {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("tocsin stream key id"))
	return streamKey{mac.Sum(nil)[:keyIDBytes], aead(key)}
}

// memo remembers the key of the stream last used, for the same transaction
// only: reading a long timeline asks for the key once, and a key that rolls
// back is forgotten with its transaction.
type memo struct {
	mu     sync.Mutex
	tx     *db.Tx
	stream string
	key    streamKey
}

func (m *memo) get(tx *db.Tx, stream string) (streamKey, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.key, m.tx == tx && m.stream == stream
}

func (m *memo) set(tx *db.Tx, stream string, key streamKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tx, m.stream, m.key = tx, stream, key
}

// SealErasable seals plain under the stream's own key, which it makes when the
// stream has none. commitment (32 bytes) is HMAC-SHA-256 of plain under a
// random key that stands beside plain inside the sealed bytes: once those are
// erased it tells nothing, and until then it proves which text was meant.
func (v *Vault) SealErasable(tx *db.Tx, stream string, plain []byte) (commitment, sealed []byte, err error) {
	key, err := v.streamKey(tx, stream, true)
	if err != nil {
		return nil, nil, fault.Wrap(err, "taking the key of stream %s", stream)
	}
	salted := make([]byte, saltBytes, saltBytes+len(plain))
	rand.Read(salted)
	commitment = commit(salted, plain)
	sealed = append([]byte{version}, key.id...)
	sealed = key.aead.Seal(sealed, nil, append(salted, plain...), bound("erasable", tx.Tenant(), stream))
	return commitment, sealed, nil
}

func commit(salt, plain []byte) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write(plain)
	return mac.Sum(nil)
}

// OpenErasable opens what SealErasable made for the same tenant and stream, and
// proves that it is the text that was committed to. It fails with
// fault.Missing, slug erased, once the stream was erased or sealed is empty,
// and with fault.Internal, slug sealed, when the bytes are not ours.
func (v *Vault) OpenErasable(tx *db.Tx, stream string, commitment, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, erased()
	}
	if len(sealed) < 1+keyIDBytes || sealed[0] != version {
		return nil, broken("text", errors.New("unknown format"))
	}
	key, err := v.streamKey(tx, stream, false)
	if err != nil {
		return nil, err
	}
	id, body := sealed[1:1+keyIDBytes], sealed[1+keyIDBytes:]
	if !bytes.Equal(id, key.id) {
		return nil, erased()
	}
	salted, err := key.aead.Open(nil, nil, body, bound("erasable", tx.Tenant(), stream))
	if err != nil || len(salted) < saltBytes {
		return nil, broken("text", err)
	}
	plain := salted[saltBytes:]
	if !hmac.Equal(commitment, commit(salted[:saltBytes], plain)) {
		return nil, broken("text", errors.New("it is not the text that was committed to"))
	}
	return plain, nil
}

// Erase destroys the key of a stream: nothing sealed under it can be read
// again. Text sealed for the stream later gets a new key.
func (v *Vault) Erase(tx *db.Tx, stream string) error {
	v.last.set(nil, "", streamKey{})
	_, err := tx.Exec(sqlDeleteStreamKey, tx.Tenant(), stream)
	return fault.Wrap(err, "erasing the key of stream %s", stream)
}

func erased() error {
	return fault.New(fault.Missing, "This text was erased.").WithSlug("erased")
}

func (v *Vault) streamKey(tx *db.Tx, stream string, makeIt bool) (streamKey, error) {
	if key, ok := v.last.get(tx, stream); ok {
		return key, nil
	}
	key, err := v.loadStreamKey(tx, stream)
	if makeIt && fault.Is(err, fault.Missing) {
		key, err = v.makeStreamKey(tx, stream)
	}
	if err == nil {
		v.last.set(tx, stream, key)
	}
	return key, err
}

func streamAAD(stream string) string { return "stream key|" + stream }

func (v *Vault) loadStreamKey(tx *db.Tx, stream string) (streamKey, error) {
	var sealed []byte
	err := tx.QueryRow(sqlStreamKey, tx.Tenant(), stream).Scan(&sealed)
	if errors.Is(err, db.ErrNoRows) {
		return streamKey{}, erased()
	}
	if err != nil {
		return streamKey{}, err
	}
	key, err := v.Unseal(tx, streamAAD(stream), sealed)
	if err != nil {
		return streamKey{}, err
	}
	if len(key) != keyBytes {
		return streamKey{}, broken("stream key", errors.New("wrong length"))
	}
	return newStreamKey(key), nil
}

// makeStreamKey inserts a new key. When another transaction was faster, its
// key is the one: the insert has waited for that commit.
func (v *Vault) makeStreamKey(tx *db.Tx, stream string) (streamKey, error) {
	key := make([]byte, keyBytes)
	rand.Read(key)
	_, sealed, err := v.Seal(tx, streamAAD(stream), key)
	if err != nil {
		return streamKey{}, err
	}
	n, err := tx.Exec(sqlInsertStreamKey, tx.Tenant(), stream, sealed, tx.Now())
	if err != nil {
		return streamKey{}, err
	}
	if n == 0 {
		return v.loadStreamKey(tx, stream)
	}
	return newStreamKey(key), nil
}
