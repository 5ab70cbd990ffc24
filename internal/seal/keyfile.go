package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"tocsin/internal/fault"
)

const (
	keyPrefix = "tocsin-key-1:"
	// maxKeyFile leaves room for fifty keys with a line of remarks each.
	maxKeyFile = 8192
)

// Ring is the keys that one source holds, oldest first. The last one wraps; the
// others open what was wrapped before.
type Ring []Key

// Current is the key that wraps.
func (r Ring) Current() Key { return r[len(r)-1] }

// IDs names the keys, oldest first.
func (r Ring) IDs() []string {
	ids := []string{}
	for _, k := range r {
		ids = append(ids, k.id())
	}
	return ids
}

// LoadKey is the key that wraps, of those that LoadKeys reads.
func LoadKey(path, dataDir string) (Key, error) {
	ring, err := LoadKeys(path, dataDir)
	if err != nil {
		return Key{}, err
	}
	return ring.Current(), nil
}

// LoadKeys reads the key-encryption keys from path, and makes the first when
// there is no file. It refuses a file inside dataDir (one leaked directory must
// not hold both lock and key), a file that others can read, and one that holds
// anything but keys. dataDir may be empty when there is none. Errors are
// fault.Invalid, slug key-file, and say how to mend it; fault.Unavailable when
// the file cannot be read or written.
func LoadKeys(path, dataDir string) (Ring, error) {
	target, err := placed(path, dataDir)
	if err != nil {
		return nil, err
	}
	ring, err := readKeys(path, target, 0o600)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	if err := makeFile(target, RandomKey()); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fault.New(fault.Unavailable, "The key file %s cannot be made: give the server a directory it may write to, or make the file yourself.", path).WithSlug("key-file").Because(err)
	}
	return readKeys(path, target, 0o600)
}

// LoadCredential reads the keys from a file that the service manager hands in,
// and never makes or changes one. Its group may seem to read it: systemd grants
// the service's user by an access list, whose mask stands where the group's
// mode does.
func LoadCredential(path, dataDir string) (Ring, error) {
	target, err := placed(path, dataDir)
	if err != nil {
		return nil, err
	}
	ring, err := readKeys(path, target, 0o640)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unreadable(path, err)
	}
	return ring, err
}

// placed follows the links of path and refuses one that leads into dataDir.
func placed(path, dataDir string) (target string, err error) {
	if path == "" {
		return "", refuseKey("A key file is needed: name one with --key-file or TOCSIN_KEY_FILE.")
	}
	if target, err = resolve(path); err != nil {
		return "", unreadable(path, err)
	}
	return target, outside(path, target, dataDir)
}

// AddKey puts a new key at the end of a key file and returns it once it is
// durable there. The file is replaced in one step, so that a crash leaves the
// old one or the new one. It must hold the keys of ring: somebody else's change
// meanwhile is fault.Conflict.
func AddKey(path, dataDir string, ring Ring) (Key, error) {
	target, err := placed(path, dataDir)
	if err != nil {
		return Key{}, err
	}
	now, err := readKeys(path, target, 0o600)
	if err != nil {
		return Key{}, err
	}
	if !slices.Equal(now.IDs(), ring.IDs()) {
		return Key{}, fault.New(fault.Conflict, "The key file %s was changed meanwhile: look at it and try again.", path).WithSlug("key-file")
	}
	made := RandomKey()
	text, err := os.ReadFile(target) //nolint:gosec // the operator names it
	if err == nil {
		err = replaceFile(target, strings.TrimRight(string(text), "\n")+"\n"+line(made)+"\n")
	}
	if err != nil {
		return Key{}, fault.New(fault.Unavailable, "The key file %s cannot be changed by this user: add a line made by `tocsin secrets new-key` to its end yourself, on every node, and rotate again.", path).WithSlug("key-file-read-only").Because(err)
	}
	return made, nil
}

// NewLine is a new key as a line of a key file. It is kept nowhere.
func NewLine() string { return line(RandomKey()) }

func line(k Key) string { return keyPrefix + base64.StdEncoding.EncodeToString(k.bytes[:]) }

func readKeys(path, target string, widest fs.FileMode) (Ring, error) {
	f, err := os.OpenFile(target, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, refuseKey("The key file %s is not a regular file: name a file.", path)
	}
	if mode := info.Mode().Perm(); mode&^widest != 0 {
		return nil, refuseKey("The key file %s can be read or changed by others (mode %04o): run chmod 600 %s.", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(text) > maxKeyFile {
		return nil, refuseKey("The key file %s is larger than %d bytes: take out the keys that no backup needs any more.", path, maxKeyFile)
	}
	return parseKeys(path, string(text))
}

// parseKeys reads a key a line; empty lines and those that begin with # are
// remarks.
func parseKeys(path, text string) (Ring, error) {
	ring := Ring{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(l, keyPrefix))
		if err != nil || len(raw) != keyBytes || !strings.HasPrefix(l, keyPrefix) {
			return nil, refuseKey("The key file %s does not hold a key in every line: each is %s and then 32 bytes in base64. Put your copy of the file back.", path, keyPrefix)
		}
		k := Key{(*[keyBytes]byte)(raw)}
		if slices.Contains(ring.IDs(), k.id()) {
			return nil, refuseKey("The key file %s holds the key %s twice: take one of the two lines out.", path, k.id())
		}
		ring = append(ring, k)
	}
	if len(ring) == 0 {
		return nil, refuseKey("The key file %s is empty, as an interrupted first start leaves it: remove it and start again, or put your copy of the key back.", path)
	}
	return ring, nil
}

// makeFile writes a new key so that it survives a power cut: what it seals may
// be durable a moment later.
func makeFile(path string, k Key) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writeFile(path, line(k)+"\n"); err != nil {
		return err
	}
	return syncDir(dir)
}

// replaceFile puts a file in the place of one that is there.
func replaceFile(path, text string) error {
	part := path + ".new"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an interrupted change
		return err
	}
	if err := writeFile(part, text); err != nil {
		return err
	}
	if err := errors.Join(asBefore(path, part), os.Rename(part, path)); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return syncDir(filepath.Dir(path))
}

// asBefore gives a file the owner and the mode of the one it replaces: an
// administrator may rotate the key of a server that runs as another user.
func asBefore(before, after string) error {
	info, err := os.Stat(before)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		if err := os.Chown(after, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(after, info.Mode().Perm())
}

func writeFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(f, text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
