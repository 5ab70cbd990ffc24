package platter

import (
	"io"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// handle is an open file of one life of the machine.
type handle struct {
	disk   *Disk
	file   *platter
	life   int
	lock   vfs.LockLevel
	shared vfs.SharedMemory
}

// dead reports whether the power was cut since the file was opened. The caller
// holds the disk's lock.
func (h *handle) dead() bool { return h.life != h.disk.life }

// SharedMemory implements vfs.FileSharedMemory.
func (h *handle) SharedMemory() vfs.SharedMemory { return h.shared }

// Close implements io.Closer.
func (h *handle) Close() error {
	err := h.Unlock(vfs.LOCK_NONE)
	if h.shared != nil {
		_ = h.shared.Close()
	}
	return err
}

// ReadAt implements io.ReaderAt.
func (h *handle) ReadAt(b []byte, at int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return 0, sqlite3.IOERR_READ
	}
	if at >= int64(len(h.file.seen)) {
		return 0, io.EOF
	}
	n := copy(b, h.file.seen[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (h *handle) WriteAt(b []byte, at int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return 0, sqlite3.IOERR_WRITE
	}
	if f := h.disk.befalls(Write, h.file.name); f != nil {
		if f.Short {
			h.change(change{at, append([]byte{}, b[:len(b)/2]...)})
		}
		return 0, f.Err
	}
	h.change(change{at, append([]byte{}, b...)})
	if !h.disk.tick() {
		return 0, sqlite3.IOERR_WRITE
	}
	return len(b), nil
}

// Truncate implements vfs.File.
func (h *handle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return sqlite3.IOERR_TRUNCATE
	}
	if f := h.disk.befalls(Truncate, h.file.name); f != nil {
		return f.Err
	}
	h.change(change{at: size})
	return nil
}

func (h *handle) change(c change) {
	h.file.seen = apply(h.file.seen, c)
	h.file.unsynced = append(h.file.unsynced, c)
}

// Sync implements vfs.File. The power may go before anything is done.
func (h *handle) Sync(vfs.SyncFlag) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() || !h.disk.tick() {
		return sqlite3.IOERR_FSYNC
	}
	if h.disk.lying {
		return nil
	}
	if f := h.disk.befalls(Sync, h.file.name); f != nil {
		h.disk.forsake(h.file)
		return f.Err
	}
	for _, c := range h.file.unsynced {
		h.file.durable = apply(h.file.durable, c)
	}
	h.file.unsynced = nil
	return nil
}

// Size implements vfs.File.
func (h *handle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.dead() {
		return 0, sqlite3.IOERR_FSTAT
	}
	return int64(len(h.file.seen)), nil
}

// Lock implements vfs.File: many readers, one that intends to write.
func (h *handle) Lock(level vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	switch {
	case h.dead():
		return sqlite3.IOERR_LOCK
	case h.lock >= level:
		return nil
	case level == vfs.LOCK_SHARED:
		if h.file.readers < 0 {
			return sqlite3.BUSY
		}
		h.file.readers++
	case level == vfs.LOCK_RESERVED:
		if h.file.reserved {
			return sqlite3.BUSY
		}
		h.file.reserved = true
	case level == vfs.LOCK_EXCLUSIVE:
		if h.file.readers > 1 || (h.lock < vfs.LOCK_RESERVED && h.file.reserved) {
			return sqlite3.BUSY
		}
		h.file.readers, h.file.reserved = -1, true
	}
	h.lock = level
	return nil
}

// Unlock implements vfs.File.
func (h *handle) Unlock(level vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.lock <= level {
		return nil
	}
	if !h.dead() {
		if h.lock == vfs.LOCK_EXCLUSIVE {
			h.file.readers = 1
		}
		if h.lock >= vfs.LOCK_RESERVED && level < vfs.LOCK_RESERVED {
			h.file.reserved = false
		}
		if level < vfs.LOCK_SHARED {
			h.file.readers--
		}
	}
	h.lock = level
	return nil
}

// CheckReservedLock implements vfs.File.
func (h *handle) CheckReservedLock() (bool, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return h.file.reserved, nil
}

// SectorSize implements vfs.File.
func (h *handle) SectorSize() int { return sector }

// DeviceCharacteristics implements vfs.File: as the product's own file layer
// says on Linux, a write does not harm the bytes beside it.
func (h *handle) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return vfs.IOCAP_POWERSAFE_OVERWRITE
}
