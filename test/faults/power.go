package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3/vfs"

	"tocsin/internal/app"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/test/faults/platter"
	"tocsin/test/harness"
)

// weakness is how durability is weakened on purpose, to see that it shows.
type weakness struct {
	name, slug  string
	synchronous string // "" is the product's
	lying       bool
	tears       bool // a synced page is torn at each cut
}

// provesPower cuts the power under the product's database code, on the
// product's driver, and proves that the same judge notices weaker settings.
func provesPower(w *world) ([]row, error) {
	var rows []row
	for _, weak := range []weakness{{name: "FULL", slug: "full"}, {name: "NORMAL", slug: "normal", synchronous: "NORMAL"}, {name: "FULL on a disk that lies about fsync", slug: "lying", lying: true}, {name: "a torn page", slug: "torn", tears: true}} {
		cuts := w.count(40, 1000, 10_000)
		if weak.slug != "full" {
			cuts = w.count(40, 100, 300)
		}
		o, err := w.outage(weak, cuts)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", weak.name, err)
		}
		if weak.slug == "full" {
			rows = append(rows, row{fmt.Sprintf("power cut %d times in the database's file layer: nothing acknowledged is lost, nothing corrupt", cuts), o.String(), "0 lost, 0 corrupt",
				verdict(o.lost+o.corrupt+o.broken == 0 && o.acknowledged > 0 && o.torn > 0)})
			continue
		}
		rows = append(rows, row{"power cut, the judge itself: " + weak.name + " is noticed", o.String(), "more than 0", verdict(o.lost+o.corrupt > 0)})
	}
	return rows, nil
}

// outages is what many cuts did.
type outages struct {
	cuts, acknowledged, lost, corrupt, broken, torn, dropped int
}

func (o outages) String() string {
	return fmt.Sprintf("%d cuts, %d acknowledged, %d lost, %d corrupt, %d chains broken (%d writes torn, %d lost)", o.cuts, o.acknowledged, o.lost, o.corrupt, o.broken, o.torn, o.dropped)
}

// rig is the product's store on a disk that loses power.
type rig struct {
	weak  weakness
	dir   string
	vfs   string
	disk  *platter.Disk
	rng   *rand.Rand
	n     int64
	acked map[string]bool
}

func (w *world) newRig(weak weakness, n int) (*rig, error) {
	r := &rig{weak: weak, dir: filepath.Join(w.work, fmt.Sprintf("%s%d", weak.slug, n)), rng: w.rng, acked: map[string]bool{}}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, err
	}
	r.vfs = fmt.Sprintf("platter-%s-%d", weak.slug, n)
	r.disk = platter.New(w.rng, r.dir)
	vfs.Register(r.vfs, r.disk)
	s, err := r.open()
	if err != nil {
		return nil, err
	}
	_, _, err = s.Identity.Bootstrap(context.Background(), identity.Setup{Email: "harness@example.org"})
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	if weak.lying {
		r.disk.Lie() // from here on; the installation itself is there
	}
	return r, nil
}

// store is the product between two cuts.
type store struct {
	*app.Rooms
	lost atomic.Bool // the process would have ended
}

func (r *rig) open() (*store, error) {
	s := &store{}
	rooms, err := app.Open(context.Background(), app.Settings{Data: r.dir, Tune: func(c *db.Config) {
		c.VFS, c.Synchronous, c.CheckpointPages = r.vfs, r.weak.synchronous, r.rng.IntN(3)*60
		c.Lost = func(error) { s.lost.Store(true) }
	}})
	s.Rooms = rooms
	return s, err
}

// outage cuts the power again and again; an installation that a cut destroyed
// is counted and begun anew.
func (w *world) outage(weak weakness, cuts int) (o outages, err error) {
	var r *rig
	forget := func() {
		r.forget(&o)
		r = nil
	}
	for o.cuts = 0; o.cuts < cuts; o.cuts++ {
		if r == nil {
			if r, err = w.newRig(weak, o.cuts); err != nil {
				return o, err
			}
		}
		n, err := r.cutOnce()
		o.acknowledged += n
		if weak.tears {
			r.disk.Tear()
		}
		if err == nil {
			err = r.inspect(&o)
		}
		if err != nil {
			o.corrupt++
			forget()
			continue
		}
		if len(r.acked) > 3000 { // so that each inspection stays short
			forget()
		}
	}
	if r != nil {
		forget()
	}
	return o, nil
}

// forget ends an installation and counts what its disk did.
func (r *rig) forget(o *outages) {
	o.torn, o.dropped = o.torn+r.disk.Torn, o.dropped+r.disk.Lost
	vfs.Unregister(r.vfs)
}

// cutOnce works until the power goes and returns how many findings were
// acknowledged. It fails when the database cannot be opened.
func (r *rig) cutOnce() (int, error) {
	s, err := r.open()
	if err != nil {
		return 0, err
	}
	dark := r.disk.CutAfter(1 + r.rng.IntN(1500))
	ctx := r.ctx()
	var mu sync.Mutex
	var wg sync.WaitGroup
	acknowledged := 0
	first := r.n
	for i := range int64(8) {
		wg.Go(func() {
			for n := first + i; !over(dark); n += 8 {
				if s.offer(ctx, n) != nil {
					continue
				}
				mu.Lock()
				r.acked[harness.ControlID("power", n)] = true
				acknowledged++
				r.n = max(r.n, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	r.n += 16     // also past what was not acknowledged
	_ = s.Close() // it stands on a machine without power
	return acknowledged, nil
}

func over(dark <-chan struct{}) bool {
	select {
	case <-dark:
		return true
	default:
		return false
	}
}

// offer is intake as the server does it; nil when it was acknowledged.
func (s *store) offer(ctx context.Context, n int64) error {
	results, err := s.Intake(ctx, "api", harness.Control("power", n))
	if err == nil && (len(results) != 1 || results[0].Ticket == "") {
		return fmt.Errorf("a good finding was answered with %+v", results)
	}
	return err
}

// inspect opens what the cut left and counts. An error is a database that
// cannot be read.
func (r *rig) inspect(o *outages) error {
	s, err := r.open()
	if err != nil {
		return err
	}
	err = s.DB.Read(db.As(context.Background(), db.Everyone, "system:harness"), func(tx *db.Tx) error {
		var sound string
		if err := tx.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
			return fmt.Errorf("integrity check: %s: %w", sound, err)
		}
		there, err := db.Strings(tx, `SELECT f.uid FROM finding f JOIN ticket t ON t.tenant = f.tenant AND t.id = f.ticket JOIN original o ON o.tenant = f.tenant AND o.finding = f.id`)
		if err != nil {
			return err
		}
		have := map[string]bool{}
		for _, uid := range there {
			have[uid] = true
		}
		for uid := range r.acked {
			if !have[uid] {
				o.lost++
				delete(r.acked, uid)
			}
		}
		_, broken, err := journal.Verify(tx)
		if broken != nil {
			o.broken++
		}
		return err
	})
	return errors.Join(err, s.Close())
}
