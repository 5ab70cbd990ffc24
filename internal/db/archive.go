package db

import (
	"encoding/json"
	"errors"
	"io"

	"tocsin/internal/fault"
)

// An archive holds every row of every table in a form that belongs to neither
// engine: a first line that names it, then one zstd stream of frames. A frame
// is a byte that says what it is, its length as a varint, and that many bytes:
//
//	H  the head, JSON, first and once
//	T  a table begins: its name and columns, JSON
//	R  some of its rows: each value a byte for its type, then the value
//	E  the table ends: its rows and their SHA-256, JSON
//	M  the manifest, JSON, last and once: every table again, and the SHA-256
//	   of all frames before it
//
// What must stay true: an archive that was cut, changed or made longer is told
// before anything is written, and reading one needs no more memory than the
// largest frame, whatever its lengths claim.
const (
	archiveMagic  = "TOCSIN BACKUP 1\n"
	archiveFormat = 1

	frameHead, frameTable, frameRows, frameEnd, frameManifest = 'H', 'T', 'R', 'E', 'M'

	rowsFrame = 256 << 10 // rows are gathered up to this
	maxFrame  = 96 << 20  // the largest row there can be, with room to spare
	// An archive of real rows shrinks to a fifth; one that unpacks to more than
	// this many times its size was made to fill a memory or a disk.
	maxRatio = 200

	maxTables, maxColumns = 1000, 500
)

// Head is what an archive says of itself before its rows.
type Head struct {
	Format   int      `json:"format"`
	Engine   string   `json:"engine"`
	Schema   int64    `json:"schema"`
	Version  string   `json:"version"` // of the program that made it
	Node     string   `json:"node"`
	MadeAt   int64    `json:"made_at"` // microseconds UTC: the moment of the snapshot
	Tenants  int64    `json:"tenants"`
	Keys     []string `json:"keys"`      // ids of the key files that open its secrets
	LastPos  int64    `json:"last_pos"`  // the newest journal entry with a position
	LastAt   int64    `json:"last_at"`   // and its time
	LastHash string   `json:"last_hash"` // and its hash, in hex
}

// TableSum is one table of an archive.
type TableSum struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of its frames of rows
}

// Manifest is what an archive says of itself after its rows.
type Manifest struct {
	Tables []TableSum `json:"tables"`
	SHA256 string     `json:"sha256"` // of every frame before this one
}

// Rows is how many rows of a table the archive holds.
func (m Manifest) Rows(table string) int64 {
	for _, t := range m.Tables {
		if t.Name == table {
			return t.Rows
		}
	}
	return 0
}

// Archived is what is known of an archive that was made or read to its end.
type Archived struct {
	Head     Head     `json:"head"`
	Manifest Manifest `json:"manifest"`
	SHA256   string   `json:"sha256"` // of the file as it lies on the disk
	Bytes    int64    `json:"bytes"`  // of the file
	Unpacked int64    `json:"unpacked"`
}

// Column is one column of an archived table; Type is int, text, bytes or bool.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type tableHead struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// The types of values.
const (
	valueNull, valueInt, valueText, valueBytes, valueFalse, valueTrue = 0, 1, 2, 3, 4, 5
)

func badArchive(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).WithSlug("archive")
}

// damaged says in a sentence why an archive cannot be read further.
func damaged(err error) error {
	if e := fault.As(err); e != nil {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badArchive("The archive is not whole: it was cut off when it was made or copied.").Because(err)
	}
	return badArchive("The archive is damaged: what it holds is not what was written.").Because(err)
}

func decodeFrame(kind byte, payload []byte, into any) error {
	if err := json.Unmarshal(payload, into); err != nil {
		return badArchive("The archive is damaged: a part of kind %q cannot be read.", kind).Because(err)
	}
	return nil
}
