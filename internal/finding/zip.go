package finding

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxOriginal bounds what one stored original may unpack to.
const maxOriginal = 64 << 20

// packer compresses originals. Both halves are safe for many goroutines.
type packer struct {
	in  *zstd.Encoder
	out *zstd.Decoder
}

func newPacker() (packer, error) {
	in, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return packer{}, err
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxOriginal))
	return packer{in, out}, err
}

func (p packer) pack(raw []byte) []byte { return p.in.EncodeAll(raw, make([]byte, 0, len(raw)/2)) }

func (p packer) unpack(body []byte) ([]byte, error) {
	raw, err := p.out.DecodeAll(body, nil)
	if err != nil {
		return nil, fmt.Errorf("unpacking an original: %w", err)
	}
	return raw, nil
}

// Pack compresses the originals of parts before the transaction that keeps
// them, so that callers do it side by side and the one writer does not.
func (f *Findings) Pack(parts []Part) {
	for i := range parts {
		parts[i].packed = f.zip.pack(parts[i].Raw)
	}
}

// packedOf is the stored form of a part's original.
func (f *Findings) packedOf(p Part) []byte {
	if p.packed != nil {
		return p.packed
	}
	return f.zip.pack(p.Raw)
}
