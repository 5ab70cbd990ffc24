package app

import (
	"sync"
	"syscall"
	"time"

	"tocsin/internal/fault"
)

// space is the room on the file system of the data directory, in bytes.
type space struct {
	known       bool // false where the database is on another machine
	free, total int64
}

// floor is the free space below which new findings are refused, so that people
// can still work on tickets: a quarter of a GiB, or a twentieth of a small disk.
func (s space) floor() int64 { return min(256<<20, s.total/20) }

func (s space) full() bool { return s.known && s.free < s.floor() }

// measure asks the file system of a directory; tests have their own.
type measure func(dir string) (free, total int64, err error)

func statfs(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	size := int64(st.Bsize)                                      //nolint:unconvert // differs between systems
	return int64(st.Bavail) * size, int64(st.Blocks) * size, nil //nolint:gosec // sizes of disks
}

// disk remembers for a moment how much room there is, since every body of
// findings asks.
type disk struct {
	dir     string // "" where the database is on another machine
	measure measure
	now     func() int64

	mu   sync.Mutex
	at   int64
	last space
}

const diskMemory = 250_000 // microseconds

func newDisk(s Settings, now func() int64) *disk {
	d := &disk{dir: s.Data, measure: s.Space, now: now}
	if d.measure == nil {
		d.measure = statfs
	}
	if s.DB != "" {
		d.dir = ""
	}
	return d
}

// look is the room there is. A file system that does not say is not known, and
// nothing is refused for it.
func (d *disk) look() space {
	if d.dir == "" {
		return space{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.at != 0 && now >= d.at && now-d.at < diskMemory {
		return d.last
	}
	free, total, err := d.measure(d.dir)
	d.at, d.last = now, space{err == nil, free, total}
	return d.last
}

// mayGrow refuses new findings before the disk is full. What was sent is safe
// with its sender, who is told when to come again.
func (d *disk) mayGrow() error {
	s := d.look()
	if !s.full() {
		return nil
	}
	return fault.New(fault.Unavailable, "The disk that holds the database is almost full: %d MiB are free and new findings need %d MiB. People can still work on tickets.", s.free>>20, s.floor()>>20).
		WithSlug("disk-floor").WithRetryAfter(30 * time.Second)
}
