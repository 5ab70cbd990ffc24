package evidence

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"tocsin/internal/fault"
)

// Shelf is where kept blobs lie.
type Shelf interface {
	// Keep makes what was spooled durable under a place, at which nothing lies
	// yet. It returns when a power cut cannot take it away any more.
	Keep(ctx context.Context, place string, s *spooled) error
	// Open reads length bytes from an offset on; a negative length is to the end.
	// An error for which removed says true means that nothing lies there.
	Open(ctx context.Context, place string, from, length int64) (io.ReadCloser, error)
	// Remove takes away what lies at a place; nothing there is no error.
	Remove(ctx context.Context, place string) error
}

// onDisk is the name of the shelf in the data directory.
const onDisk = "disk"

// spoolDir takes what comes in, until it is whole.
const spoolDir = "tmp"

// disk is the shelf in the data directory. Every path goes through os.Root, so
// that none leads out of it, whatever it is made of.
type disk struct{ root *os.Root }

// openDisk opens the folder of evidence and makes it when there is none.
func openDisk(data string) (*disk, error) {
	dir := path.Join(data, "evidence")
	if err := os.MkdirAll(path.Join(dir, spoolDir), 0o700); err != nil {
		return nil, fault.Wrap(err, "making the folder of evidence")
	}
	if err := syncPath(data); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(err, "opening the folder of evidence")
	}
	return &disk{root}, nil
}

// spooled is a sealed file that is whole but has no place yet.
type spooled struct {
	disk *disk
	name string
	file *os.File
	size int64  // as it is kept
	sum  []byte // SHA-256 of it as it is kept
}

// spool begins a file. The caller drops it, whatever became of it.
func (d *disk) spool() (*spooled, error) {
	name := path.Join(spoolDir, strings.ToLower(rand.Text()))
	file, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, full(fault.Wrap(err, "taking a file in"))
	}
	return &spooled{disk: d, name: name, file: file}, nil
}

// drop ends a spooled file that found no place, and closes one that did.
func (s *spooled) drop() {
	_ = s.file.Close()
	_ = s.disk.root.Remove(s.name)
}

// Keep implements Shelf: the file is flushed, renamed, and the folders that name
// it are flushed, too.
func (d *disk) Keep(_ context.Context, place string, s *spooled) error {
	folder := path.Dir(place)
	if err := d.root.MkdirAll(folder, 0o700); err != nil {
		return full(err)
	}
	if err := s.file.Sync(); err != nil {
		return full(err)
	}
	if err := d.root.Rename(s.name, place); err != nil {
		return full(err)
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if err := d.syncFolder(folder); err != nil {
			return err
		}
	}
	return d.syncFolder(".")
}

func (d *disk) syncFolder(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func syncPath(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the data directory
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open implements Shelf.
func (d *disk) Open(_ context.Context, place string, from, length int64) (io.ReadCloser, error) {
	f, err := d.root.OpenFile(place, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err == nil {
		_, err = f.Seek(from, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if length < 0 {
		return f, nil
	}
	return part{io.LimitReader(f, length), f}, nil
}

// part is a reader over a piece of something that is closed whole.
type part struct {
	io.Reader
	io.Closer
}

// Remove implements Shelf.
func (d *disk) Remove(_ context.Context, place string) error {
	err := d.root.Remove(place)
	if removed(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.syncFolder(path.Dir(place))
}

// forget removes what began to come in before a time and never became whole:
// its process has ended.
func (d *disk) forget(before time.Time) (n int, err error) {
	entries, err := fs.ReadDir(d.root.FS(), spoolDir)
	for _, entry := range entries {
		info, failed := entry.Info()
		if removed(failed) || failed == nil && !info.ModTime().Before(before) {
			continue
		}
		if failed == nil {
			failed = d.root.Remove(path.Join(spoolDir, entry.Name()))
		}
		if failed == nil {
			n++
		}
		err = errors.Join(err, failed)
	}
	return n, err
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
