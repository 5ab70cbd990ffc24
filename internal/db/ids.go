package db

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// newID makes a UUID version 7 (RFC 9562 §5.7) from a time in microseconds: 48
// bits of milliseconds, 12 bits of the fraction below (method 3), 62 random.
func newID(micros int64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(micros/1000)<<16) //nolint:gosec // the clock is after 1970
	rand.Read(b[8:])                                           // crypto/rand.Read never fails (Go 1.24)
	fraction := uint16(micros % 1000 * 4096 / 1000)            //nolint:gosec // below 4096
	binary.BigEndian.PutUint16(b[6:8], 0x7000|fraction)
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
