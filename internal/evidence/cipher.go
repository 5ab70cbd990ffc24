package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
)

// A kept blob is a mark of eight bytes and then chunks of 64 KiB, each sealed
// with AES-256-GCM under the key of the blob. The nonce is the number of the
// chunk and whether it is the last, so that no chunk can be moved, left out or
// cut off; the key seals one blob only, so that no nonce comes twice. An empty
// file is one empty chunk.
const (
	blobMark  = "TOCSINE1"
	chunkSize = 64 << 10
	tagSize   = 16
	keySize   = 32
	nonceSize = 12
)

// errDamaged says that kept bytes are not what was written.
var errDamaged = errors.New("the kept bytes are not what was written")

func newBlobKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails (Go 1.24)
	return key
}

func blobCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func chunkNonce(chunk int64, last bool) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(nonce[3:], uint64(chunk)) //nolint:gosec // not negative
	if last {
		nonce[11] = 1
	}
	return nonce
}

// chunksOf is how many chunks a blob of a size has.
func chunksOf(size int64) int64 { return max((size+chunkSize-1)/chunkSize, 1) }

// keptSize is how many bytes a blob takes on its shelf.
func keptSize(size int64) int64 { return int64(len(blobMark)) + size + chunksOf(size)*tagSize }

// sealer writes a blob in its kept form. Close writes the last chunk; it does
// not close what lies below.
type sealer struct {
	to    io.Writer
	aead  cipher.AEAD
	plain []byte
	out   []byte
	chunk int64
}

func newSealer(to io.Writer, key []byte) (*sealer, error) {
	aead, err := blobCipher(key)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(to, blobMark)
	return &sealer{to: to, aead: aead, plain: make([]byte, 0, chunkSize), out: make([]byte, 0, chunkSize+tagSize)}, err
}

// Write implements io.Writer. A full chunk waits until more comes, since the
// last one is sealed as such.
func (s *sealer) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if len(s.plain) == chunkSize {
			if err := s.flush(false); err != nil {
				return n - len(b), err
			}
		}
		take := min(len(b), chunkSize-len(s.plain))
		s.plain = append(s.plain, b[:take]...)
		b = b[take:]
	}
	return n, nil
}

// Close implements io.Closer.
func (s *sealer) Close() error { return s.flush(true) }

func (s *sealer) flush(last bool) error {
	s.out = s.aead.Seal(s.out[:0], chunkNonce(s.chunk, last), s.plain, []byte(blobMark))
	s.chunk, s.plain = s.chunk+1, s.plain[:0]
	_, err := s.to.Write(s.out)
	return err
}

// opener reads the plain bytes of a blob from its kept form.
type opener struct {
	from        io.Reader // stands at the chunk that comes next
	aead        cipher.AEAD
	chunk, last int64
	sealed      []byte
	plain       []byte // what of the present chunk is not given out yet
}

// newOpener reads from the beginning of a chunk on; from stands there, or at the
// mark for the first.
func newOpener(from io.Reader, key []byte, size, chunk int64) (*opener, error) {
	aead, err := blobCipher(key)
	if err != nil {
		return nil, err
	}
	if chunk == 0 {
		mark := make([]byte, len(blobMark))
		if _, err := io.ReadFull(from, mark); err != nil || string(mark) != blobMark {
			return nil, cut(err)
		}
	}
	return &opener{from: from, aead: aead, chunk: chunk, last: chunksOf(size) - 1, sealed: make([]byte, chunkSize+tagSize)}, nil
}

// Read implements io.Reader.
func (o *opener) Read(b []byte) (int, error) {
	for len(o.plain) == 0 {
		if o.chunk > o.last {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

func (o *opener) next() error {
	n, err := io.ReadFull(o.from, o.sealed)
	if err != nil && !(errors.Is(err, io.ErrUnexpectedEOF) && o.chunk == o.last) {
		return cut(err)
	}
	plain, err := o.aead.Open(o.sealed[:0], chunkNonce(o.chunk, o.chunk == o.last), o.sealed[:n], []byte(blobMark))
	if err != nil {
		return errDamaged
	}
	o.chunk, o.plain = o.chunk+1, plain
	return nil
}

// cut is what a short or unreadable blob means: trouble of a disk or a network
// stays what it is, an end too early is damage.
func cut(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged
	}
	return err
}
