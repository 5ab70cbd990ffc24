package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Archive writes every row of every table to w, all of one moment, while
// readers and the writer go on. about fills in what db does not know, in the
// same snapshot. It needs the memory of some rows, whatever the tables hold.
//
// On SQLite the write-ahead log cannot be cut while the snapshot stands, so it
// grows by what is written meanwhile; on PostgreSQL dead rows cannot be
// vacuumed for as long.
func (d *DB) Archive(ctx context.Context, w io.Writer, about func(tx *Tx, h *Head) error) (Archived, error) {
	out := &archiver{file: &sized{to: w, sum: sha256.New()}, all: sha256.New()}
	err := d.engine.snapshot(As(ctx, Everyone, "system:backup"), d, func(tx *Tx) error {
		return out.write(tx, about)
	})
	if err != nil {
		return Archived{}, err
	}
	return Archived{
		Head: out.head, Manifest: out.manifest, SHA256: hex.EncodeToString(out.file.sum.Sum(nil)),
		Bytes: out.file.n, Unpacked: out.unpacked,
	}, nil
}

// sized counts and hashes what goes through it.
type sized struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

// Write implements io.Writer.
func (s *sized) Write(b []byte) (int, error) {
	n, err := s.to.Write(b)
	s.sum.Write(b[:n])
	s.n += int64(n)
	return n, err
}

type archiver struct {
	file     *sized
	packed   *zstd.Encoder
	all      hash.Hash
	head     Head
	manifest Manifest
	unpacked int64
}

func (a *archiver) write(tx *Tx, about func(*Tx, *Head) error) (err error) {
	tables, err := tx.db.engine.tables(tx)
	if err != nil {
		return err
	}
	a.head = Head{Format: archiveFormat, Engine: tx.db.Engine(), MadeAt: tx.Now()}
	if err := tx.QueryRow(`SELECT COALESCE(MAX(version_id),0) FROM goose_db_version`).Scan(&a.head.Schema); err != nil {
		return err
	}
	if err := about(tx, &a.head); err != nil {
		return err
	}
	if _, err := io.WriteString(a.file, archiveMagic); err != nil {
		return err
	}
	a.packed, err = zstd.NewWriter(a.file, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	if err := a.frames(tx, tables); err != nil {
		return errors.Join(err, a.packed.Close())
	}
	return a.packed.Close()
}

func (a *archiver) frames(tx *Tx, tables []tableHead) error {
	if err := a.json(frameHead, a.head); err != nil {
		return err
	}
	for _, t := range tables {
		sum, err := a.table(tx, t)
		if err != nil {
			return fmt.Errorf("archiving table %s: %w", t.Name, err)
		}
		a.manifest.Tables = append(a.manifest.Tables, sum)
	}
	a.manifest.SHA256 = hex.EncodeToString(a.all.Sum(nil))
	return a.json(frameManifest, a.manifest)
}

func (a *archiver) json(kind byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.frame(kind, text)
}

func (a *archiver) frame(kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("a row of %d bytes is too large for an archive", len(payload))
	}
	head := binary.AppendUvarint([]byte{kind}, uint64(len(payload)))
	for _, part := range [][]byte{head, payload} {
		a.all.Write(part)
		a.unpacked += int64(len(part))
		if _, err := a.packed.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func (a *archiver) table(tx *Tx, t tableHead) (TableSum, error) {
	sum := TableSum{Name: t.Name}
	if err := a.json(frameTable, t); err != nil {
		return sum, err
	}
	rows, err := tx.Query(selectAll(t))
	if err != nil {
		return sum, err
	}
	defer rows.Close()
	hashed := sha256.New()
	var batch bytes.Buffer
	flush := func() error {
		hashed.Write(batch.Bytes())
		err := a.frame(frameRows, batch.Bytes())
		batch.Reset()
		return err
	}
	values := make([]any, len(t.Columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return sum, err
		}
		if err := appendRow(&batch, t.Columns, values); err != nil {
			return sum, err
		}
		sum.Rows++
		if batch.Len() >= rowsFrame {
			if err := flush(); err != nil {
				return sum, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return sum, err
	}
	if batch.Len() > 0 {
		if err := flush(); err != nil {
			return sum, err
		}
	}
	sum.SHA256 = hex.EncodeToString(hashed.Sum(nil))
	return sum, a.json(frameEnd, sum)
}

// selectAll reads the journal in the order of insertion: entries that have no
// position yet are given theirs in that order when they are restored.
func selectAll(t tableHead) string {
	text, order := "SELECT ", ""
	for i, c := range t.Columns {
		if i > 0 {
			text += ", "
		}
		text += quoted(c.Name)
		if c.Name == "ord" {
			order = ` ORDER BY "ord"`
		}
	}
	return text + " FROM " + quoted(t.Name) + order
}

func quoted(name string) string { return `"` + name + `"` }

func appendRow(b *bytes.Buffer, columns []Column, values []any) error {
	for i, v := range values {
		if err := appendValue(b, columns[i], v); err != nil {
			return err
		}
	}
	return nil
}

func appendValue(b *bytes.Buffer, c Column, v any) error {
	if v == nil {
		return b.WriteByte(valueNull)
	}
	var ok bool
	switch c.Type {
	case "int":
		var n int64
		if n, ok = v.(int64); ok {
			b.WriteByte(valueInt)
			b.Write(binary.AppendVarint(b.AvailableBuffer(), n))
		}
	case "text":
		var s string
		if s, ok = v.(string); ok {
			appendLong(b, valueText, s)
		}
	case "bytes":
		var s []byte
		if s, ok = v.([]byte); ok {
			appendLong(b, valueBytes, s)
		}
	case "bool":
		var yes bool
		if yes, ok = truth(v); ok {
			b.WriteByte(map[bool]byte{false: valueFalse, true: valueTrue}[yes])
		}
	}
	if !ok {
		return fmt.Errorf("column %s is %s, but a row holds %T", c.Name, c.Type, v)
	}
	return nil
}

func appendLong[T string | []byte](b *bytes.Buffer, kind byte, s T) {
	b.WriteByte(kind)
	b.Write(binary.AppendUvarint(b.AvailableBuffer(), uint64(len(s))))
	b.Write([]byte(s))
}

// truth reads a boolean, which SQLite keeps as a number.
func truth(v any) (yes, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v == 1, v == 0 || v == 1
	}
	return false, false
}
