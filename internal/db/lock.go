package db

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir makes the data directory with mode 0700 and holds it for this
// process alone: two writers on one SQLite file is how databases die.
func lockDir(dir string) (*os.File, error) {
	if dir == "" {
		return nil, fmt.Errorf("a data directory is needed")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory needs x
		return nil, fmt.Errorf("closing the data directory to others: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the data directory %s is in use by another tocsin process", dir)
	}
	return f, nil
}
