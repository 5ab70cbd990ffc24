package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tocsin/internal/fault"
)

const keyBytes = 32

// Key is a 32-byte key-encryption key. It is never printed: the bytes stand
// behind a pointer, which fmt does not follow inside other values.
type Key struct{ bytes *[keyBytes]byte }

// String implements fmt.Stringer without the key.
func (Key) String() string { return "[key]" }

// GoString implements fmt.GoStringer without the key.
func (Key) GoString() string { return "[key]" }

// RandomKey makes a key that is kept nowhere.
func RandomKey() Key {
	k := Key{new([keyBytes]byte)}
	rand.Read(k.bytes[:]) // never fails (Go 1.24)
	return k
}

// NewKey makes a key of its 32 bytes, as a key service hands them out. It takes
// a copy; what is not 32 bytes long is fault.Invalid, slug key-file.
func NewKey(raw []byte) (Key, error) {
	if len(raw) != keyBytes {
		return Key{}, refuseKey("A key has %d bytes and not %d.", keyBytes, len(raw))
	}
	return Key{(*[keyBytes]byte)(bytes.Clone(raw))}, nil
}

// id names the key without telling anything about it.
func (k Key) id() string {
	mac := hmac.New(sha256.New, k.bytes[:])
	mac.Write([]byte("tocsin key id"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func refuseKey(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).WithSlug("key-file")
}

func unreadable(path string, cause error) error {
	return fault.New(fault.Unavailable, "The key file %s cannot be read: check that it exists, is not a dangling link and belongs to the user who runs tocsin.", path).WithSlug("key-file").Because(cause)
}

// resolve follows every symbolic link of the part of path that exists.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(abs); err == nil {
		return filepath.EvalSymlinks(abs)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	parent := filepath.Dir(abs)
	if parent == abs {
		return abs, nil
	}
	target, err := resolve(parent)
	return filepath.Join(target, filepath.Base(abs)), err
}

func outside(path, target, dataDir string) error {
	if dataDir == "" {
		return nil
	}
	dir, err := resolve(dataDir)
	if err != nil {
		return fault.New(fault.Unavailable, "The data directory %s cannot be read.", dataDir).WithSlug("key-file").Because(err)
	}
	rel, err := filepath.Rel(dir, target)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return refuseKey("The key file %s lies inside the data directory %s, where one copy of the directory would hold both the secrets and their key: move the file elsewhere and name it with --key-file or TOCSIN_KEY_FILE.", path, dataDir)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the directory of the key file
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
