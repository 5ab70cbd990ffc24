package evidence

import (
	"context"
	"io"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Purpose says why the bytes of a piece of evidence are opened; it is recorded.
type Purpose string

// A download is recorded each time; looks of one person at one piece of
// evidence with one purpose within ten minutes are recorded once.
const (
	Download        Purpose = "download"         // as it is
	DownloadArchive Purpose = "download_archive" // inside an archive with a password
	Preview         Purpose = "preview"
)

const lookMemory = 10 * 60 * 1_000_000 // microseconds

// Open records why a piece of evidence is opened and then gives its bytes. A
// purpose beside those above is a word of the caller, such as "mail". The reader
// fails when the kept bytes are not what was added.
func (e *Evidence) Open(ctx context.Context, id string, p Purpose) (io.ReadCloser, Item, error) {
	var i Item
	var key []byte
	err := e.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if i, err = e.Get(tx, id); err != nil {
			return err
		}
		if key, err = e.unseal(tx, i.blob); err != nil {
			return err
		}
		return e.recordOpening(tx, i, p)
	})
	if err != nil {
		return nil, i, err
	}
	r, err := e.read(ctx, i.blob, key)
	return r, i, err
}

// unseal gives what is needed to read a blob once the transaction is over.
func (e *Evidence) unseal(tx *db.Tx, b Blob) ([]byte, error) {
	key, err := e.Vault.Unseal(tx, sealedPlace(b.place), b.sealed)
	return key, fault.Wrap(err, "opening the key of a blob")
}

// recordOpening writes the entry of custody.
func (e *Evidence) recordOpening(tx *db.Tx, i Item, p Purpose) error {
	entry := journal.Entry{Stream: ticketStream(i.Ticket), Priv: map[string]any{"name": i.Name}}
	switch p {
	case Download, DownloadArchive:
		as := "file"
		if p == DownloadArchive {
			as = "archive"
		}
		entry.Kind, entry.Data = journal.EvidenceDownloaded, map[string]any{"as": as, "evidence": i.ID, "sha256": i.SHA256}
	default:
		looked, err := e.lookedLately(tx, i, p)
		if err != nil || looked {
			return err
		}
		entry.Kind, entry.Data = journal.EvidenceRead, map[string]any{"evidence": i.ID, "purpose": string(p), "sha256": i.SHA256}
	}
	_, err := e.Journal.Append(tx, entry)
	return err
}

// lookedLately reports whether the same person has just looked for the same
// reason: turning pages is one look.
func (e *Evidence) lookedLately(tx *db.Tx, i Item, p Purpose) (bool, error) {
	const enough = 20
	last, err := e.Journal.Newest(tx, ticketStream(i.Ticket), journal.EvidenceRead, enough)
	for k := range last {
		r := &last[k]
		if r.Actor == string(tx.Actor()) && r.Get("evidence") == i.ID && r.Get("purpose") == string(p) && r.At > tx.Now()-lookMemory {
			return true, nil
		}
	}
	return false, err
}

// read opens the bytes of a blob from the beginning.
func (e *Evidence) read(ctx context.Context, b Blob, key []byte) (io.ReadCloser, error) {
	shelf, err := e.shelf(b.shelf)
	if err != nil {
		return nil, err
	}
	from, err := shelf.Open(ctx, b.place, 0, -1)
	if err != nil {
		return nil, e.notThere(ctx, b, err)
	}
	o, err := newOpener(from, key, b.Size, 0)
	if err != nil {
		_ = from.Close()
		return nil, e.notThere(ctx, b, err)
	}
	return part{o, from}, nil
}

// notThere says why kept bytes cannot be read.
func (e *Evidence) notThere(ctx context.Context, b Blob, err error) error {
	switch {
	case fault.As(err) != nil:
		return err
	case removed(err):
		e.Log.ErrorContext(ctx, "kept bytes of evidence are missing", "sha256", b.SHA256, "place", b.place)
		return fault.New(fault.Unavailable, "The kept bytes are not where they were put; tocsin evidence verify says which.").WithSlug("evidence-missing").Because(err)
	case err == errDamaged: //nolint:errorlint // it is never wrapped
		e.Log.ErrorContext(ctx, "kept bytes of evidence are damaged", "sha256", b.SHA256, "place", b.place)
		return fault.New(fault.Unavailable, "The kept bytes are not what was added; they are not shown.").WithSlug("evidence-damaged").Because(err)
	}
	return fault.New(fault.Unavailable, "The kept bytes cannot be read at the moment.").WithSlug("evidence-shelf").Because(err)
}
