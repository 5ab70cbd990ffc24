package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tocsin/internal/fault"
)

const (
	keyBytes   = 32
	keyPrefix  = "tocsin-key-1:"
	maxKeyFile = 4096
)

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

// id names the key without telling anything about it.
func (k Key) id() string {
	mac := hmac.New(sha256.New, k.bytes[:])
	mac.Write([]byte("tocsin key id"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// LoadKey reads the key-encryption key from path, and makes it when there is
// none. It refuses a file inside dataDir (one leaked directory must not hold
// both lock and key), a file that others can read, and one that holds no key.
// dataDir may be empty when there is none. Errors are fault.Invalid, slug
// key-file, and say how to mend it; fault.Unavailable when the file cannot be
// read or written.
func LoadKey(path, dataDir string) (Key, error) {
	if path == "" {
		return Key{}, refuseKey("A key file is needed: name one with --key-file or TOCSIN_KEY_FILE.")
	}
	target, err := resolve(path)
	if err != nil {
		return Key{}, unreadable(path, err)
	}
	if err := outside(path, target, dataDir); err != nil {
		return Key{}, err
	}
	k, err := readKey(path, target)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKey(target); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fault.New(fault.Unavailable, "The key file %s cannot be made: give the server a directory it may write to, or make the file yourself.", path).WithSlug("key-file").Because(err)
	}
	return readKey(path, target)
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

func readKey(path, target string) (Key, error) {
	f, err := os.OpenFile(target, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, err
	}
	if err != nil {
		return Key{}, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Key{}, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return Key{}, refuseKey("The key file %s is not a regular file: name a file.", path)
	}
	if mode := info.Mode().Perm(); mode&^0o600 != 0 {
		return Key{}, refuseKey("The key file %s can be read or changed by others (mode %04o): run chmod 600 %s.", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return Key{}, unreadable(path, err)
	}
	return parseKey(path, string(text))
}

func parseKey(path, text string) (Key, error) {
	line := strings.TrimSpace(text)
	if line == "" {
		return Key{}, refuseKey("The key file %s is empty, as an interrupted first start leaves it: remove it and start again, or put your copy of the key back.", path)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(line, keyPrefix))
	if err != nil || len(raw) != keyBytes || !strings.HasPrefix(line, keyPrefix) {
		return Key{}, refuseKey("The key file %s does not hold a key: it needs one line, %s and then 32 bytes in base64. Put your copy of the key back.", path, keyPrefix)
	}
	return Key{(*[keyBytes]byte)(raw)}, nil
}

// makeKey writes a new key so that it survives a power cut: what it seals may
// be durable a moment later.
func makeKey(path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s%s\n", keyPrefix, base64.StdEncoding.EncodeToString(RandomKey().bytes[:]))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the directory of the key file
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
