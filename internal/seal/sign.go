package seal

import (
	"crypto/hmac"
	"crypto/sha256"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// signingKey is a key of its own, so that nothing is both sealed and signed
// with the same bytes.
func signingKey(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("tocsin signing key"))
	return mac.Sum(nil)
}

// Sign returns HMAC-SHA-256 (32 bytes) of body for the transaction's tenant and
// a purpose: a signature for one purpose is none for another. keyID names the
// key and must travel with the signature, so that it stays good after another
// key has become the current one. A caller may cut the signature to 16 bytes.
func (v *Vault) Sign(tx *db.Tx, purpose string, body []byte) (keyID string, mac []byte, err error) {
	keys, err := v.keys(tx)
	if err != nil {
		return "", nil, err
	}
	return keys.current, signature(keys.signing[keys.current], tx.Tenant(), purpose, body), nil
}

// Verify reports in constant time whether Sign made mac, or the start of it, for
// the same tenant, purpose and body. A key that is not known made nothing.
func (v *Vault) Verify(tx *db.Tx, purpose, keyID string, body, mac []byte) (bool, error) {
	keys, err := v.keys(tx)
	if err != nil {
		return false, err
	}
	key, ok := keys.signing[keyID]
	if !ok { // another node may have made it after this one looked
		if keys, err = v.read(tx); err != nil {
			return false, err
		}
		if key, ok = keys.signing[keyID]; !ok {
			return false, nil
		}
	}
	if len(mac) < sha256.Size/2 || len(mac) > sha256.Size {
		return false, fault.New(fault.Internal, "A signature has 16 to 32 bytes.")
	}
	return hmac.Equal(signature(key, tx.Tenant(), purpose, body)[:len(mac)], mac), nil
}

func signature(key []byte, tenant, purpose string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(bound("signature", tenant, purpose))
	mac.Write(body)
	return mac.Sum(nil)
}
