package evidence

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"

	"tocsin/internal/db"
)

const (
	lookBytes = 64 << 10 // of the beginning
	hexBytes  = 4 << 10
	// An archive is listed up to here and never unpacked: names and what it says
	// of its own sizes.
	mostListed  = 10_000
	listedShown = 500
	archiveMost = 100 << 20
)

// Look is what is shown of a file: text in which nothing hides, its first bytes
// in hex, and the names in an archive.
type Look struct {
	Kind     string     `json:"kind" enum:"text,binary,archive"`
	Text     string     `json:"text" doc:"The beginning, where it is text; control characters and those that turn the direction are spelled, as ⟦U+202E⟧"`
	Hex      string     `json:"hex" doc:"The beginning, as hexdump writes it"`
	Cut      bool       `json:"cut" doc:"There is more"`
	Entries  []Listed   `json:"entries" nullable:"false" doc:"What an archive says that it holds"`
	Count    int        `json:"count" doc:"How many that are"`
	Warnings []string   `json:"warnings" nullable:"false" doc:"What is odd about it"`
	Meta     LookOfItem `json:"item"`
}

// LookOfItem says which file was looked at.
type LookOfItem struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

// Listed is a name in an archive. Nothing of it is true: an archive says what it
// wants.
type Listed struct {
	Name      string `json:"name"`
	Size      uint64 `json:"size" doc:"As the archive says"`
	Encrypted bool   `json:"encrypted"`
	Warning   string `json:"warning" doc:"What is odd about it; empty for nothing"`
}

// Look opens the beginning of a file, or the directory of an archive, and
// records that. Looks that take memory wait for each other.
func (e *Evidence) Look(ctx context.Context, ticket, id string) (Look, error) {
	var i Item
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		i, err = e.OfTicket(tx, ticket, id)
		return err
	})
	if err != nil {
		return Look{}, err
	}
	select {
	case e.looks <- struct{}{}:
		defer func() { <-e.looks }()
	case <-ctx.Done():
		return Look{}, ctx.Err()
	}
	from, i, err := e.Open(ctx, i.ID, Preview)
	if err != nil {
		return Look{}, err
	}
	defer func() { _ = from.Close() }()
	most := int64(lookBytes)
	if isZip(i.Media) && i.Size <= archiveMost {
		most = archiveMost
	}
	content, err := io.ReadAll(io.LimitReader(from, most))
	if err != nil {
		return Look{}, e.notThere(ctx, i.blob, err)
	}
	look := lookAt(content, i.Size)
	look.Meta = LookOfItem{i.ID, i.SHA256}
	return look, nil
}

func isZip(media string) bool {
	return media == "application/zip" || strings.Contains(media, "officedocument") || media == "application/java-archive"
}

// lookAt is pure: it takes any bytes.
func lookAt(content []byte, size int64) Look {
	l := Look{Kind: "binary", Entries: []Listed{}, Warnings: []string{}, Cut: size > int64(lookBytes)}
	head := content[:min(len(content), lookBytes)]
	l.Hex = hex.Dump(head[:min(len(head), hexBytes)])
	if text, ok := textOf(head, l.Cut); ok {
		l.Kind, l.Text = "text", text
	}
	if int64(len(content)) == size && bytes.HasPrefix(content, []byte("PK")) {
		l.list(content)
	}
	return l
}

// textOf is what is read of text: UTF-8 without NUL, with what hides shown.
func textOf(b []byte, cut bool) (string, bool) {
	if cut { // the last character may be cut through
		for n := 0; n < utf8.UTFMax && len(b) > 0 && !utf8.Valid(b); n++ {
			b = b[:len(b)-1]
		}
	}
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	return spelled(string(b), "\n\r\t"), true
}

// list reads the directory of an archive and says what is odd about it.
func (l *Look) list(content []byte) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil && z == nil {
		l.Warnings = append(l.Warnings, "It begins like an archive, and its directory cannot be read.")
		return
	}
	l.Kind, l.Count = "archive", len(z.File)
	var total uint64
	for n, f := range z.File {
		if n == mostListed {
			l.Warnings = append(l.Warnings, "It holds more names than are read.")
			break
		}
		total += f.UncompressedSize64
		if n < listedShown {
			l.Entries = append(l.Entries, Listed{spelled(shorten(strings.ToValidUTF8(f.Name, "\uFFFD"), maxName), ""), f.UncompressedSize64, f.Flags&1 == 1, oddName(f)})
		}
	}
	if packed := uint64(len(content)); total > 100<<20 && total/max(packed, 1) > 100 {
		l.Warnings = append(l.Warnings, "It says that it grows to more than a hundred times its size: a bomb, or a lie.")
	}
}

// oddName says what is wrong with a name in an archive; unpacked by a careless
// program it would land elsewhere.
func oddName(f *zip.File) string {
	name := strings.ReplaceAll(f.Name, `\`, "/")
	switch {
	case strings.HasPrefix(name, "/") || strings.Contains(name, ":") || name == ".." || strings.HasPrefix(name, "../") || strings.Contains(name, "/../") || strings.HasSuffix(name, "/.."):
		return "leads out of the folder that it is unpacked to"
	case f.Mode()&0o170000 != 0 && !f.Mode().IsRegular() && !f.Mode().IsDir():
		return "is a link or a device"
	case f.UncompressedSize64 > 1<<30:
		return "says that it is larger than 1 GiB"
	}
	return ""
}
