package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

const (
	watchEvery = 15 * time.Second
	// waitingMost bounds what counting costs where many wait.
	waitingMost = 10_000
)

// vitals is how the installation was at one moment. Metrics, health and banner
// read it, so that asking often costs the database nothing.
type vitals struct {
	at        int64
	err       error // why it is not whole
	sizes     db.Sizes
	space     space
	retention storedRetention
	jobs      []job.Count
	lags      []job.Lag

	backup      backupMade
	bornAt      int64 // of the first tenant
	feeds       []connection.Count
	quarantined int64 // waiting for a decision
	oldest      int64 // of them
	storms      ticket.StormCount
	telling     notify.Vitals
	positioned  int64 // end of the journal
	fsync       int64 // microseconds
}

// backupMade is the last backup; its zero value when there is none.
type backupMade struct {
	at, madeAt, entries int64
	sha256              string
}

// watch keeps the last vitals.
type watch struct {
	mu   sync.Mutex
	last vitals
}

func (w *watch) get() vitals {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (w *watch) set(s vitals) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = s
}

// Watch takes the vitals now and then until ctx ends.
func (r *Rooms) Watch(ctx context.Context) {
	for ctx.Err() == nil {
		s := r.read(ctx)
		if s.err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "the state of the installation could not be read", "error", s.err)
		}
		r.watch.set(s)
		pause(ctx, watchEvery)
	}
}

// vitals looks at everything that costs little: sizes, ends of indexes, counts
// with a bound.
func (r *Rooms) read(ctx context.Context) (s vitals) {
	ctx = db.As(ctx, db.Everyone, "system:watch")
	s.at, s.space = r.DB.Now(), r.disk.look()
	var err error
	if s.sizes, err = r.DB.Sizes(ctx); err != nil {
		s.err = err
	}
	s.fsync = r.probe()
	s.err = errors.Join(s.err, r.DB.Read(ctx, func(tx *db.Tx) error { return r.sampleRows(tx, &s) }))
	s.err = errors.Join(s.err, r.DB.Read(db.As(ctx, identity.Main, "system:watch"), func(tx *db.Tx) error { return sampleMain(tx, &s) }))
	return s
}

func (r *Rooms) sampleRows(tx *db.Tx, s *vitals) (err error) {
	names := []string{}
	for _, reader := range r.Jobs.Readers() {
		names = append(names, reader.Name)
	}
	end, err := journal.Tip(tx)
	s.positioned = end.Pos
	for _, look := range []func() error{
		func() (err error) { s.jobs, err = job.Counts(tx); return err },
		func() (err error) { s.lags, err = job.Lags(tx, names); return err },
		func() (err error) { s.feeds, err = connection.Counts(tx); return err },
		func() (err error) {
			s.quarantined, s.oldest, err = finding.QuarantineWaiting(tx, waitingMost)
			return err
		},
		func() (err error) { s.storms, err = ticket.CountStorms(tx); return err },
		func() (err error) { s.telling, err = notify.Look(tx); return err },
		func() (err error) { s.bornAt, err = identity.Since(tx); return err },
	} {
		err = errors.Join(err, look())
	}
	return err
}

func sampleMain(tx *db.Tx, s *vitals) (err error) {
	if s.retention, err = loadRetention(tx); err != nil {
		return err
	}
	s.backup, err = lastBackup(tx)
	return err
}

// probe is how long the disk takes to make four kilobytes durable, in the data
// directory; 0 where the database is elsewhere or the disk is full.
func (r *Rooms) probe() int64 {
	if r.disk.dir == "" {
		return 0
	}
	name := filepath.Join(r.disk.dir, "fsync.probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // ours
	if err != nil {
		return 0
	}
	began := r.DB.Now()
	_, err = f.Write(make([]byte, 4096))
	err = errors.Join(err, f.Sync())
	took := r.DB.Now() - began
	err = errors.Join(err, f.Close(), os.Remove(name))
	if err != nil {
		return 0
	}
	return max(took, 1)
}
