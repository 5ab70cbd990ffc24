// Package identitytest is the other side of second factors, for tests: an
// authenticator in software (WebAuthn level 3 §6, ES256) and the codes of an
// app (RFC 6238).
package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tocsin/internal/identity"
)

// The flags of authenticator data.
const (
	userPresent  = 0x01
	userVerified = 0x04
	attested     = 0x40
)

// Authenticator holds one passkey.
type Authenticator struct {
	Origin     string // of the page that asks
	Count      uint32 // signatures so far; 0 for ever when Uncounted
	Uncounted  bool
	Unverified bool // it asks for a touch only
	User       []byte
	ID         []byte

	t   testing.TB
	key *ecdsa.PrivateKey
}

// NewAuthenticator makes one with an empty place for a passkey.
func NewAuthenticator(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &Authenticator{Origin: origin, ID: id, t: t, key: key}
}

// Make answers the question for a new passkey.
func (a *Authenticator) Make(q identity.PasskeyQuestion) identity.PasskeyAnswer {
	a.User = q.UserID
	data := a.data(q.Host, attested)
	data = append(data, make([]byte, 16)...) // no model
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), a.publicKey()...)

	object := []byte{0xa3} // a map of three
	object = append(object, text("fmt")...)
	object = append(object, text("none")...)
	object = append(object, text("attStmt")...)
	object = append(object, 0xa0)
	object = append(object, text("authData")...)
	object = append(object, byteString(data)...)
	return identity.PasskeyAnswer{ID: a.ID, ClientData: a.clientData("webauthn.create", q.Challenge), Attestation: object, Transports: []string{"internal"}}
}

// Sign answers the question for a signature.
func (a *Authenticator) Sign(q identity.PasskeyQuestion) identity.PasskeyAnswer {
	a.t.Helper()
	if !a.Uncounted {
		a.Count++
	}
	client, data := a.clientData("webauthn.get", q.Challenge), a.data(q.Host, 0)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return identity.PasskeyAnswer{ID: a.ID, ClientData: client, AuthData: data, Signature: signature, UserHandle: a.User}
}

func (a *Authenticator) data(host string, flags byte) []byte {
	hash := sha256.Sum256([]byte(host))
	flags |= userPresent
	if !a.Unverified {
		flags |= userVerified
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Count)
}

func (a *Authenticator) clientData(kind string, challenge []byte) []byte {
	data, err := json.Marshal(map[string]any{
		"type": kind, "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": a.Origin, "crossOrigin": false,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}

// publicKey is the COSE form: kty 2, alg -7, crv 1, x, y.
func (a *Authenticator) publicKey() []byte {
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}
	out = append(out, byteString(point[1:33])...)
	out = append(out, 0x22)
	return append(out, byteString(point[33:])...)
}

// text is a CBOR text of less than 24 bytes.
func text(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) }

// byteString is a CBOR byte string of less than 64 KiB.
func byteString(b []byte) []byte {
	switch {
	case len(b) < 24:
		return append([]byte{0x40 | byte(len(b))}, b...)
	case len(b) < 256:
		return append([]byte{0x58, byte(len(b))}, b...)
	}
	return append(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(b))), b...)
}

// Code is what an app shows at a moment.
func Code(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
