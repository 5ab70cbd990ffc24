package evidence

import (
	"context"
	"crypto/md5"  //nolint:gosec // to look a file up elsewhere, never to prove anything
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/url"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// arrival is a file that is whole and sealed in the spool.
type arrival struct {
	*spooled
	Blob
	key []byte
}

// Put takes bytes in and makes them durable; it answers only then. What is kept
// already with the same content is not kept twice. A blob to which nothing has
// been attached within a day is removed again.
//
// Put must not be called inside a transaction. Errors: fault.Invalid, slug
// too-large, for more than the settings allow; what r returns, as it is;
// fault.Unavailable when the shelf has no room or is not reached.
func (e *Evidence) Put(ctx context.Context, r io.Reader) (Blob, error) {
	if e.Room != nil {
		if err := e.Room(); err != nil {
			return Blob{}, err
		}
	}
	s, err := e.settings(ctx)
	if err != nil {
		return Blob{}, err
	}
	d, err := e.disk()
	if err != nil {
		return Blob{}, err
	}
	a, err := e.spoolAll(d, newBlobKey(), r, s.MaxBytes)
	if err != nil {
		return Blob{}, err
	}
	defer a.drop()
	return e.keep(ctx, a, s)
}

// spoolAll seals everything that a reader gives into a file of the spool, and
// hashes it on the way.
func (e *Evidence) spoolAll(d *disk, key []byte, r io.Reader, limit int64) (a *arrival, err error) {
	sp, err := d.spool()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			sp.drop()
		}
	}()
	outer := sha256.New()
	sealing, err := newSealer(io.MultiWriter(sp.file, outer), key)
	if err != nil {
		return nil, full(err)
	}
	sums := []hash.Hash{sha256.New(), sha1.New(), md5.New()} //nolint:gosec // see above
	head := &head{}
	source := &source{r: r}
	n, err := io.Copy(io.MultiWriter(sealing, sums[0], sums[1], sums[2], head), io.LimitReader(source, limit+1))
	switch {
	case source.err != nil:
		return nil, source.err
	case err != nil:
		return nil, full(fault.Wrap(err, "taking a file in"))
	case n > limit:
		return nil, tooLarge(limit)
	}
	if err := sealing.Close(); err != nil {
		return nil, full(fault.Wrap(err, "taking a file in"))
	}
	sp.size, sp.sum = keptSize(n), outer.Sum(nil)
	digest := func(i int) string { return hex.EncodeToString(sums[i].Sum(nil)) }
	b := Blob{SHA256: digest(0), sha1: digest(1), md5: digest(2), Size: n, Media: mediaOf(head.bytes), condition: ConditionOK}
	return &arrival{sp, b, key}, nil
}

func tooLarge(limit int64) error {
	e := fault.Field("file", "is larger than %d MiB, the most that is taken in", limit>>20)
	return e.WithSlug("too-large").WithExtra("limit", limit)
}

// source remembers what went wrong at the sender's side.
type source struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// headSize is how much of a file tells what it is.
const headSize = 4096

// head keeps the first bytes that are written to it.
type head struct{ bytes []byte }

// Write implements io.Writer.
func (h *head) Write(b []byte) (int, error) {
	h.bytes = append(h.bytes, b[:min(len(b), headSize-len(h.bytes))]...)
	return len(b), nil
}

// keep brings a file from the spool to its shelf. Its row stands there first, so
// that whatever a crash leaves behind is known and swept.
func (e *Evidence) keep(ctx context.Context, a *arrival, s Settings) (Blob, error) {
	had, err := e.intend(ctx, a, s)
	if err != nil || had.id != "" {
		return had, err
	}
	shelf, err := e.shelf(a.shelf)
	if err != nil {
		return Blob{}, err
	}
	if err := shelf.Keep(ctx, a.place, a.spooled); err != nil {
		return Blob{}, unavailable(err)
	}
	out, err := e.settle(ctx, a.Blob)
	if db.IsUnique(err) { // the same content came in at the same moment
		out, err = e.settle(ctx, a.Blob)
	}
	return out, err
}

// unavailable says that a shelf does not take something, unless it says more.
func unavailable(err error) error {
	if fault.As(err) != nil {
		return err
	}
	return fault.New(fault.Unavailable, "Evidence cannot be kept at the moment; try again.").WithSlug("evidence-shelf").Because(err)
}

// intend writes the row of what is about to be kept, or finds that the content
// is kept already, and whole.
func (e *Evidence) intend(ctx context.Context, a *arrival, s Settings) (had Blob, err error) {
	var b Blob
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		had, b = Blob{}, a.Blob
		found, err := kept(tx, b.SHA256)
		if err != nil {
			return err
		}
		if found.id != "" && found.condition == ConditionOK {
			had = found
			_, err := tx.Exec(sqlTouchBlob, tx.Now(), tx.Tenant(), found.id)
			return err
		}
		b.id, b.shelf = tx.NewID(), s.shelfRef()
		// Two files of one content may come in at once, each sealed under its own
		// key, so a place is more than the content.
		b.place = url.PathEscape(tx.Tenant()) + "/" + b.SHA256[:2] + "/" + b.SHA256 + "-" + b.id[24:]
		if b.keyID, b.sealed, err = e.Vault.Seal(tx, sealedPlace(b.place), a.key); err != nil {
			return fault.Wrap(err, "sealing the key of a blob")
		}
		return tx.Must(sqlInsertBlob, tx.Tenant(), b.id, b.SHA256, b.sha1, b.md5, b.Size, b.Media, b.shelf, b.place, b.keyID, b.sealed, tx.Now())
	})
	a.Blob = b
	return had, err
}

// sealedPlace is what the sealed key of a blob is bound to.
func sealedPlace(place string) string { return "blob|" + place }

// settle says that a blob is durable. When the content was kept meanwhile, this
// one is left to be swept; when what was kept is missing or damaged, this one
// takes its place.
func (e *Evidence) settle(ctx context.Context, b Blob) (out Blob, err error) {
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		found, err := kept(tx, b.SHA256)
		switch {
		case err != nil:
			return err
		case found.id == "":
			out = b
			return tx.Must(sqlKeepBlob, tx.Now(), tx.Tenant(), b.id)
		case found.condition == ConditionOK:
			out = found
			if err := tx.Must(sqlTouchBlob, tx.Now(), tx.Tenant(), found.id); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE blob SET touched_at = 0 WHERE tenant = $1 AND id = $2 AND state = 'arriving'`, tx.Tenant(), b.id)
			return err
		}
		out = b
		out.id = found.id
		if err := tx.Must(sqlHealBlob, b.shelf, b.place, b.keyID, b.sealed, tx.Now(), tx.Tenant(), found.id); err != nil {
			return err
		}
		return tx.Must(sqlMoveAside, found.shelf, found.place, tx.Tenant(), b.id)
	})
	return out, fault.Wrap(err, "keeping a blob")
}
