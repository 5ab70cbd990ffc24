package platter

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

const sector = 512

// Disk holds files by name. Its methods are those of a vfs.VFS.
type Disk struct {
	mu      sync.Mutex
	rng     *rand.Rand
	files   map[string]*platter
	scratch string // a real directory, for the shared memory of one life
	life    int    // grows at each cut; files opened in another life are dead
	left    int    // writes and syncs until the next cut; 0 is never
	lying   bool   // syncs are answered and not done
	dark    chan struct{}
	fault   *Fault // what goes wrong next, nil for nothing
	strikes int    // how often it has struck
	struck  chan struct{}
	Torn    int // writes of which some sectors were kept
	Lost    int // writes of which nothing was kept
}

// New makes an empty disk whose cuts are drawn from rng.
func New(rng *rand.Rand, scratch string) *Disk {
	return &Disk{rng: rng, files: map[string]*platter{}, scratch: scratch, dark: make(chan struct{})}
}

// platter is one file: what would survive, what the running machine sees, and
// the difference in the order of writing.
type platter struct {
	name          string
	durable, seen []byte
	unsynced      []change

	readers  int
	reserved bool
}

// change is a write, or with data nil a new length.
type change struct {
	at   int64
	data []byte
}

// CutAfter cuts the power at the n-th write or sync from now. The channel is
// closed when it happens.
func (d *Disk) CutAfter(n int) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = n
	d.dark = make(chan struct{})
	return d.dark
}

// Lie makes every later sync an answer without a deed.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lying = true
}

// tick counts one write or sync and cuts when it is the one. The caller holds
// the lock. It reports whether there still is power.
func (d *Disk) tick() bool {
	if d.left == 0 {
		return true
	}
	if d.left--; d.left > 0 {
		return true
	}
	d.cut()
	return false
}

func (d *Disk) cut() {
	d.life++
	for _, p := range d.files {
		for _, c := range p.unsynced {
			p.durable = d.survive(p.durable, c)
		}
		p.unsynced = nil
		p.seen = append([]byte(nil), p.durable...)
		p.readers, p.reserved = 0, false
	}
	close(d.dark)
}

// survive applies what a cut leaves of one change.
func (d *Disk) survive(file []byte, c change) []byte {
	switch d.rng.IntN(3) {
	case 0:
		d.Lost++
		return file
	case 1:
		return apply(file, c)
	}
	if c.data == nil {
		return apply(file, c)
	}
	d.Torn++
	for from := 0; from < len(c.data); from += sector {
		if d.rng.IntN(2) == 0 {
			to := min(from+sector, len(c.data))
			file = apply(file, change{c.at + int64(from), c.data[from:to]})
		}
	}
	return file
}

func apply(file []byte, c change) []byte {
	if c.data == nil {
		return resize(file, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(file)) {
		file = resize(file, end)
	}
	copy(file[c.at:], c.data)
	return file
}

func resize(file []byte, size int64) []byte {
	if size <= int64(len(file)) {
		return file[:size]
	}
	return append(file, make([]byte, size-int64(len(file)))...)
}

// Open implements vfs.VFS.
func (d *Disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return &vfsutil.SliceFile{}, flags | vfs.OPEN_MEMORY, nil // nothing of it is ever read after a cut
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.files[name]
	if p == nil {
		if flags&vfs.OPEN_CREATE == 0 {
			return nil, flags, sqlite3.CANTOPEN
		}
		p = &platter{name: name}
		d.files[name] = p
	}
	h := &handle{disk: d, file: p, life: d.life}
	if flags&vfs.OPEN_MAIN_DB != 0 {
		at := filepath.Join(d.scratch, fmt.Sprintf("%s-%d-shm", filepath.Base(name), d.life))
		h.shared = vfs.NewSharedMemory(at, flags)
	}
	return h, flags, nil
}

// Delete implements vfs.VFS.
func (d *Disk) Delete(name string, _ bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name] == nil {
		return sqlite3.IOERR_DELETE_NOENT
	}
	delete(d.files, name)
	return nil
}

// Access implements vfs.VFS.
func (d *Disk) Access(name string, _ vfs.AccessFlag) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.files[name] != nil, nil
}

// FullPathname implements vfs.VFS.
func (d *Disk) FullPathname(name string) (string, error) { return name, nil }
