package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"unicode/utf8"
)

// envelope holds the columns from which the bytes of an entry are rebuilt.
type envelope struct {
	tenant, stream string
	seq, at        int64 // at: microseconds UTC, strictly growing in its stream
	actor, kind    string
	data           []byte // canonical JSON
	priv, prev     []byte // 32 bytes each, or nil
}

// bytes builds the exact bytes that are hashed. FROZEN: a change here breaks
// every chain ever written. Version 1 of the format is RFC 8785 JSON, whose
// keys are sorted; priv and prev are lower-case hex, or "" when absent.
func (e envelope) bytes() []byte {
	b := make([]byte, 0, 320+len(e.data))
	b = append(b, `{"actor":`...)
	b = appendString(b, e.actor)
	b = append(b, `,"at":`...)
	b = strconv.AppendInt(b, e.at, 10)
	b = append(b, `,"data":`...)
	b = append(b, e.data...)
	b = append(b, `,"kind":`...)
	b = appendString(b, e.kind)
	b = append(b, `,"prev":"`...)
	b = hex.AppendEncode(b, e.prev)
	b = append(b, `","priv":"`...)
	b = hex.AppendEncode(b, e.priv)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, e.seq, 10)
	b = append(b, `,"stream":`...)
	b = appendString(b, e.stream)
	b = append(b, `,"tenant":`...)
	b = appendString(b, e.tenant)
	return append(b, `,"v":1}`...)
}

// leafHash is the RFC 6962 §2.1 hash of a leaf.
func leafHash(leaf []byte) []byte {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	return h.Sum(nil)
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string as RFC 8785 §3.2.2.2 wants it: the two
// mandatory escapes, the five short ones, \u00xx for other controls, and every
// other character as it is. Invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, '\\', 'b')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\f':
			b = append(b, '\\', 'f')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
