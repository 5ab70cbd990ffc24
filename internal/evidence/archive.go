package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the format says so
	"encoding/binary"
	"hash"
	"io"
	"time"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// Password opens every archive of what may be malware. It keeps nothing secret:
// it keeps programs from running the file by accident, and scanners on the way
// from eating it. Everybody in the field knows it.
const Password = "infected"

// The form is WinZip's AE-2 with AES-256: method 99, the file as it is (method
// 0), a salt of 16 bytes, a check of two, and ten bytes of HMAC-SHA-1 behind.
// Source: https://www.winzip.com/en/support/aes-encryption/
const (
	zipLocal, zipCentral, zipEnd = 0x04034b50, 0x02014b50, 0x06054b50
	zipAES                       = 99
	saltSize, checkSize, macSize = 16, 2, 10
	zipRounds                    = 1000
	zipEncryptedUTF8             = 1 | 1<<11
)

// ArchiveSize is how large the archive of one file is.
func ArchiveSize(name string, size int64) int64 {
	return 30 + 46 + 22 + 2*int64(len(name)+11) + size + saltSize + checkSize + macSize
}

// WriteArchive writes an archive that holds one file under Password. r must give
// exactly size bytes.
func WriteArchive(w io.Writer, name string, size int64, at time.Time, r io.Reader) error {
	if !utf8.ValidString(name) || len(name) > 0xffff-11 || size > 0xffffffff-28 {
		return fault.New(fault.Invalid, "The file does not fit into an archive.")
	}
	salt := make([]byte, saltSize)
	rand.Read(salt)
	e, err := newZipSealer(w, salt)
	if err != nil {
		return err
	}
	kept := size + saltSize + checkSize + macSize
	local := zipHeader(zipLocal, name, kept, size, at)
	if _, err := w.Write(local); err != nil {
		return err
	}
	if _, err := w.Write(append(salt, e.check...)); err != nil {
		return err
	}
	n, err := io.Copy(e, r)
	if err == nil && n != size {
		err = errDamaged
	}
	if err != nil {
		return err
	}
	if _, err := w.Write(e.mac.Sum(nil)[:macSize]); err != nil {
		return err
	}
	return zipTail(w, name, kept, size, at, int64(len(local))+kept)
}

// zipHeader is what stands before the file, and again in the directory.
func zipHeader(mark uint32, name string, kept, size int64, at time.Time) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, mark)
	if mark == zipCentral {
		b = le.AppendUint16(b, 51) // made by
	}
	b = le.AppendUint16(b, 51) // needed: AES
	b = le.AppendUint16(b, zipEncryptedUTF8)
	b = le.AppendUint16(b, zipAES)
	date, clock := zipTime(at)
	b = le.AppendUint16(b, clock)
	b = le.AppendUint16(b, date)
	b = le.AppendUint32(b, 0) // AE-2 leaves the checksum out: it would tell of the content
	b = le.AppendUint32(b, uint32(kept))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint16(b, uint16(len(name)))
	b = le.AppendUint16(b, 11)
	if mark == zipCentral {
		b = append(b, make([]byte, 2+2+2+4+4)...) // no comment, disk 0, no attributes, at offset 0
	}
	b = append(b, name...)
	b = le.AppendUint16(b, 0x9901)
	b = le.AppendUint16(b, 7)
	b = le.AppendUint16(b, 2) // AE-2
	b = append(b, 'A', 'E', 3)
	return le.AppendUint16(b, 0) // kept as it is
}

func zipTail(w io.Writer, name string, kept, size int64, at time.Time, offset int64) error {
	le := binary.LittleEndian
	central := zipHeader(zipCentral, name, kept, size, at)
	b := le.AppendUint32(central, zipEnd)
	b = append(b, 0, 0, 0, 0)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, uint32(len(central)))
	b = le.AppendUint32(b, uint32(offset))
	_, err := w.Write(append(b, 0, 0))
	return err
}

// zipTime is a time as MS-DOS had it, which begins in 1980.
func zipTime(at time.Time) (date, clock uint16) {
	at = at.UTC()
	if at.Year() < 1980 || at.Year() > 2107 {
		at = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	date = uint16(at.Year()-1980)<<9 | uint16(at.Month())<<5 | uint16(at.Day())
	return date, uint16(at.Hour())<<11 | uint16(at.Minute())<<5 | uint16(at.Second()/2)
}

// zipSealer encrypts what is written to it.
type zipSealer struct {
	to      io.Writer
	block   cipher.Block
	mac     hash.Hash
	check   []byte
	counter uint64
	pad     [aes.BlockSize]byte
	used    int
	out     []byte
}

func newZipSealer(w io.Writer, salt []byte) (*zipSealer, error) {
	keys, err := pbkdf2.Key(sha1.New, Password, salt, zipRounds, 2*32+checkSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(keys[:32])
	return &zipSealer{to: w, block: block, mac: hmac.New(sha1.New, keys[32:64]), check: keys[64:], used: aes.BlockSize}, err
}

// Write implements io.Writer. The counter begins with 1 and its lowest byte
// comes first, unlike in every other use of this mode.
func (z *zipSealer) Write(b []byte) (int, error) {
	z.out = z.out[:0]
	for _, c := range b {
		if z.used == aes.BlockSize {
			z.counter++
			var block [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(block[:], z.counter)
			z.block.Encrypt(z.pad[:], block[:])
			z.used = 0
		}
		z.out = append(z.out, c^z.pad[z.used])
		z.used++
	}
	_, _ = z.mac.Write(z.out)
	return z.to.Write(z.out)
}
