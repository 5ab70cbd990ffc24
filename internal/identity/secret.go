package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// TokenPrefix begins every API token, so that scanners for leaked secrets can
// tell it from other text.
const TokenPrefix = "tocsin_pat_"

const (
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tokenRandom = 22 // base62 digits: 131 bits
	tokenSum    = 6
	secretBytes = 32
)

// credential is the SHA-256 of a secret: what is stored and looked for. A
// plain hash is enough, because every secret here is random.
type credential [sha256.Size]byte

func credentialOf(secret string) credential { return sha256.Sum256([]byte(secret)) }

// id names a credential without giving it away.
func (c credential) id() string { return hex.EncodeToString(c[:]) }

// newSecret makes 256 random bits for a session or a one-time link.
func newSecret() string {
	b := make([]byte, secretBytes)
	rand.Read(b) // never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// newToken makes an API token: the prefix, 22 random base62 digits, "_" and
// the CRC-32 (IEEE) of all before it in 6 base62 digits. The checksum lets
// anyone tell a mistyped or made-up token without asking the database.
func newToken() string {
	body := TokenPrefix + randomBase62(tokenRandom)
	return body + "_" + checksum(body)
}

func randomBase62(n int) string {
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		rand.Read(b[:])
		// 248 is the highest multiple of 62 in a byte: above it digits would
		// not be equally likely.
		if b[0] < 248 {
			out = append(out, base62[b[0]%62])
		}
	}
	return string(out)
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [tokenSum]byte
	for i := tokenSum - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// wellFormedToken checks length, alphabet and checksum of an API token.
func wellFormedToken(token string) bool {
	const bodyLength = len(TokenPrefix) + tokenRandom
	if len(token) != bodyLength+1+tokenSum || !strings.HasPrefix(token, TokenPrefix) {
		return false
	}
	for _, r := range token[len(TokenPrefix):bodyLength] {
		if !strings.ContainsRune(base62, r) {
			return false
		}
	}
	return token[bodyLength:] == "_"+checksum(token[:bodyLength])
}

func wellFormedSecret(secret string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	return err == nil && len(b) == secretBytes
}
