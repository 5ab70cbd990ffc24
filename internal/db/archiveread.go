package db

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// shelf takes what is read out of an archive. Values are only good until rows
// returns.
type shelf interface {
	head(h Head) error
	begin(t tableHead) error
	rows(batch [][]any) error
	end() error
}

// VerifyArchive reads an archive to its end and keeps nothing of it. It fails
// with fault.Invalid, slug archive, on one that is not whole, was changed, or
// is not one.
func VerifyArchive(r io.Reader) (Archived, error) { return readArchive(r, noShelf{}) }

type noShelf struct{}

func (noShelf) head(Head) error       { return nil }
func (noShelf) begin(tableHead) error { return nil }
func (noShelf) rows([][]any) error    { return nil }
func (noShelf) end() error            { return nil }

type unarchiver struct {
	file     *metered
	packed   *bufio.Reader
	all      hash.Hash
	unpacked int64
	frame    bytes.Buffer
	out      Archived
}

// metered counts and hashes what is read through it.
type metered struct {
	from io.Reader
	sum  hash.Hash
	n    int64
}

// Read implements io.Reader.
func (m *metered) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.sum.Write(b[:n])
	m.n += int64(n)
	return n, err
}

func readArchive(r io.Reader, to shelf) (Archived, error) {
	file := &metered{from: r, sum: sha256.New()}
	magic := make([]byte, len(archiveMagic))
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != archiveMagic {
		return Archived{}, notAnArchive(string(magic), err)
	}
	z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(maxFrame))
	if err != nil {
		return Archived{}, err
	}
	defer z.Close()
	u := &unarchiver{file: file, packed: bufio.NewReaderSize(z, 64<<10), all: sha256.New()}
	if err := u.read(to); err != nil {
		return Archived{}, err
	}
	u.out.SHA256, u.out.Bytes, u.out.Unpacked = hex.EncodeToString(file.sum.Sum(nil)), file.n, u.unpacked
	return u.out, nil
}

func notAnArchive(magic string, err error) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	known, _, _ := strings.Cut(archiveMagic, "1")
	if strings.HasPrefix(magic, known) {
		return badArchive("The archive was made by a newer tocsin, whose format this one does not know.")
	}
	return badArchive("The file is not a backup made by tocsin.")
}

func (u *unarchiver) read(to shelf) error {
	kind, payload, err := u.next()
	if err != nil {
		return damaged(err)
	}
	if kind != frameHead {
		return badArchive("The archive is damaged: it does not begin with its head.")
	}
	if err := decodeFrame(kind, payload, &u.out.Head); err != nil {
		return err
	}
	if u.out.Head.Format != archiveFormat {
		return badArchive("The archive has format %d, this tocsin knows %d.", u.out.Head.Format, archiveFormat)
	}
	if err := to.head(u.out.Head); err != nil {
		return err
	}
	for {
		before := hex.EncodeToString(u.all.Sum(nil))
		kind, payload, err := u.next()
		switch {
		case err != nil:
			return damaged(err)
		case kind == frameTable:
			err = u.table(payload, to)
		case kind == frameManifest:
			return u.finish(payload, before)
		default:
			return badArchive("The archive is damaged: a part of kind %q stands in the wrong place.", kind)
		}
		if err != nil {
			return err
		}
	}
}

// next reads one frame. Its bytes are good until the next one.
func (u *unarchiver) next() (kind byte, payload []byte, err error) {
	if kind, err = u.packed.ReadByte(); err != nil {
		return 0, nil, err
	}
	length, err := binary.ReadUvarint(u.packed)
	if err != nil {
		return 0, nil, err
	}
	if length > maxFrame {
		return 0, nil, badArchive("The archive is damaged: a part of it claims %d bytes.", length)
	}
	u.frame.Reset()
	if _, err := io.CopyN(&u.frame, u.packed, int64(length)); err != nil { //nolint:gosec // below maxFrame
		return 0, nil, err
	}
	u.all.Write(binary.AppendUvarint([]byte{kind}, length))
	u.all.Write(u.frame.Bytes())
	u.unpacked += int64(length) + 2 //nolint:gosec // below maxFrame
	if u.unpacked > maxFrame && u.unpacked > maxRatio*u.file.n {
		return 0, nil, badArchive("The archive unpacks to far more than a backup would: it was not made by tocsin.")
	}
	return kind, u.frame.Bytes(), nil
}

func (u *unarchiver) table(payload []byte, to shelf) error {
	var t tableHead
	if err := decodeFrame(frameTable, payload, &t); err != nil {
		return err
	}
	if len(t.Columns) == 0 || len(t.Columns) > maxColumns || len(u.out.Manifest.Tables) >= maxTables {
		return badArchive("The archive is damaged: it holds tables that no tocsin has.")
	}
	if err := to.begin(t); err != nil {
		return err
	}
	sum := TableSum{Name: t.Name}
	hashed := sha256.New()
	for {
		kind, payload, err := u.next()
		if err != nil {
			return damaged(err)
		}
		if kind == frameEnd {
			sum.SHA256 = hex.EncodeToString(hashed.Sum(nil))
			return u.endTable(payload, sum, to)
		}
		if kind != frameRows {
			return badArchive("The archive is damaged: table %s does not end.", t.Name)
		}
		hashed.Write(payload)
		batch, err := readRows(payload, t.Columns)
		if err != nil {
			return badArchive("The archive is damaged: a row of table %s cannot be read.", t.Name).Because(err)
		}
		sum.Rows += int64(len(batch))
		if err := to.rows(batch); err != nil {
			return err
		}
	}
}

func (u *unarchiver) endTable(payload []byte, sum TableSum, to shelf) error {
	var said TableSum
	if err := decodeFrame(frameEnd, payload, &said); err != nil {
		return err
	}
	if said != sum {
		return badArchive("The archive is damaged: table %s is not what was written.", sum.Name)
	}
	u.out.Manifest.Tables = append(u.out.Manifest.Tables, sum)
	return to.end()
}

func (u *unarchiver) finish(payload []byte, before string) error {
	var said Manifest
	if err := decodeFrame(frameManifest, payload, &said); err != nil {
		return err
	}
	u.out.Manifest.SHA256 = before
	if said.SHA256 != before || len(said.Tables) != len(u.out.Manifest.Tables) {
		return badArchive("The archive is damaged: its manifest does not fit what it holds.")
	}
	for i, t := range said.Tables {
		if t != u.out.Manifest.Tables[i] {
			return badArchive("The archive is damaged: its manifest does not fit table %s.", t.Name)
		}
	}
	// The end must be seen: the checksum of the stream stands behind its last byte.
	if _, err := u.packed.ReadByte(); !errors.Is(err, io.EOF) {
		if err != nil {
			return damaged(err)
		}
		return badArchive("The archive is damaged: something stands behind its end.")
	}
	return nil
}

var errRow = errors.New("a value does not fit its column")

func readRows(b []byte, columns []Column) (batch [][]any, err error) {
	for len(b) > 0 {
		if len(batch)*len(columns) > rowsFrame { // each value takes a byte at least
			return nil, errRow
		}
		row := make([]any, len(columns))
		for i, c := range columns {
			if row[i], b, err = readValue(b, c); err != nil {
				return nil, err
			}
		}
		batch = append(batch, row)
	}
	return batch, nil
}

func readValue(b []byte, c Column) (v any, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, errRow
	}
	kind, b := b[0], b[1:]
	switch kind {
	case valueNull:
		return nil, b, nil
	case valueFalse, valueTrue:
		return kind == valueTrue, b, unless(c.Type == "bool")
	case valueInt:
		n, size := binary.Varint(b)
		if size <= 0 || c.Type != "int" {
			return nil, nil, errRow
		}
		return n, b[size:], nil
	case valueText, valueBytes:
		length, size := binary.Uvarint(b)
		if size <= 0 || length > uint64(len(b)-size) {
			return nil, nil, errRow
		}
		body, rest := b[size:size+int(length)], b[size+int(length):] //nolint:gosec // within b
		if kind == valueBytes {
			return body, rest, unless(c.Type == "bytes")
		}
		return string(body), rest, unless(c.Type == "text")
	}
	return nil, nil, errRow
}

func unless(fits bool) error {
	if fits {
		return nil
	}
	return errRow
}
