package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/test/faults/platter"
	"tocsin/test/harness"
)

// ailment is one way for a disk to fail at its k-th operation.
type ailment struct {
	name, slug string
	fault      platter.Fault
	upTo       int  // k goes from 1 to this and begins anew
	dies       bool // the process is killed after the fault, the machine lives on
	ends       bool // the process gives up, and is started again
	silent     bool // nobody is told: the judge must notice
	early      bool // only checkpoints do it, and the first is that of the start
	most       int  // so often each caller tries at most
}

func ailments() []ailment {
	return []ailment{
		{name: "disk full at the k-th write", slug: "full", fault: platter.Fault{Op: platter.Write, Err: sqlite3.FULL}, upTo: 500},
		{name: "I/O error at the k-th write", slug: "write", fault: platter.Fault{Op: platter.Write, Err: sqlite3.IOERR_WRITE}, upTo: 500},
		{name: "half of the k-th write, then the disk is full", slug: "half", fault: platter.Fault{Op: platter.Write, Err: sqlite3.FULL, Short: true}, upTo: 500},
		{name: "fsync of the log fails at the k-th", slug: "fsync", fault: platter.Fault{Op: platter.Sync, File: "-wal", Err: sqlite3.IOERR_FSYNC}, upTo: 50, ends: true},
		{name: "fsync of the log fails at the k-th and the process is killed", slug: "fsyncdies", fault: platter.Fault{Op: platter.Sync, File: "-wal", Err: sqlite3.IOERR_FSYNC}, upTo: 50, dies: true},
		{name: "fsync of the database fails at the k-th", slug: "fsyncdb", fault: platter.Fault{Op: platter.Sync, File: db.FileName, Err: sqlite3.IOERR_FSYNC}, upTo: 6, ends: true, early: true, most: 60},
		{name: "I/O error at the k-th truncate", slug: "truncate", fault: platter.Fault{Op: platter.Truncate, Err: sqlite3.IOERR_TRUNCATE}, upTo: 2, early: true, most: 10},
		{name: "the judge itself: an fsync that fails and tells nobody is noticed", slug: "silent", fault: platter.Fault{Op: platter.Sync}, upTo: 20, silent: true},
	}
}

// points is what faults at many points did.
type points struct {
	tried, struck, acknowledged, refused, restarts int
	read, wrong                                    int64
	odd                                            string // the first wrong answer
	slowest                                        time.Duration
	outages
}

func (p *points) String() string {
	s := fmt.Sprintf("%d points, %d struck, %d restarts, %d acknowledged and %d refused, %d false acknowledgements, %d corrupt, %d chains broken, %d reads meanwhile, %d wrong answers, taken again after at most %s",
		p.tried, p.struck, p.restarts, p.acknowledged, p.refused, p.lost, p.corrupt, p.broken, p.read, p.wrong, p.slowest.Round(time.Millisecond))
	if p.odd != "" {
		s += ", e.g. " + p.odd
	}
	return s
}

// provesPoints lets the disk fail at each of its first operations, once and
// until it is mended, and cuts the power afterwards: what was acknowledged
// before, during and after must be there.
func provesPoints(w *world) ([]row, error) {
	var rows []row
	for _, a := range ailments() {
		n := w.count(6, 120, 500)
		if a.slug == "full" {
			n = w.count(60, 500, 500)
		}
		a.most = cmp.Or(a.most, 400)
		p, err := w.points(a, n)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", a.name, err)
		}
		if a.silent {
			rows = append(rows, row{a.name, p.String(), "more than 0 lost", verdict(p.lost+p.corrupt > 0)})
			continue
		}
		recovery := "recovery without restart"
		if a.ends {
			recovery = "whoever gives up is started again and writes all anew"
		}
		needless := p.restarts > 0 && !a.ends && !a.dies
		holds := !needless && p.lost+p.corrupt+p.broken == 0 && p.wrong == 0 && p.struck > n/4 && p.refused > 0 && p.acknowledged > 0 && p.slowest < again
		rows = append(rows, row{a.name + ", then a power cut: nothing false is acknowledged, reads go on, " + recovery, p.String(), "0, 0 wrong, " + again.String(), verdict(holds)})
	}
	return rows, nil
}

// again is how long a mended disk may stay unused.
const again = 3 * time.Second

func (w *world) points(a ailment, n int) (p points, err error) {
	var r *rig
	for i := range n {
		if r == nil {
			if r, err = w.newRig(weakness{slug: a.slug}, i); err != nil {
				return p, err
			}
		}
		p.tried++
		f := a.fault
		f.At = 1 + i*a.upTo/n
		if i/2%2 == 0 {
			f.Times = 1
		}
		err := r.point(a, f, &p)
		if err == nil {
			err = r.inspect(&p.outages)
		}
		if err != nil {
			p.corrupt++
			p.note("point %d: %v", f.At, err)
		}
		if p.wrong > 200 && !a.silent {
			return p, fmt.Errorf("nothing works: %s", p.String())
		}
		if err != nil || len(r.acked) > 1500 {
			r.forget(&p.outages)
			r = nil
		}
	}
	if r != nil {
		r.forget(&p.outages)
	}
	return p, nil
}

func (p *points) note(format string, args ...any) {
	if p.odd == "" {
		p.odd = fmt.Sprintf(format, args...)
	}
}

// point is one fault at one operation, on an installation that is then cut off.
func (r *rig) point(a ailment, f platter.Fault, p *points) error {
	var struck <-chan struct{}
	if a.early || p.tried%2 == 0 { // also while the database is opened
		struck = r.disk.Break(f)
	}
	s, err := r.open()
	if err != nil && struck != nil {
		p.refused++ // it may refuse to start on a broken disk
		r.disk.Die()
		s, err = r.open()
	}
	if err != nil {
		return err
	}
	b := &bearing{rig: r, store: s, p: p}
	if struck == nil {
		struck = r.disk.Break(f)
	}
	b.work(func(tried int) bool { return tried >= 3 && (over(struck) || tried > a.most) })
	if over(struck) {
		p.struck++
	}
	if (a.dies && over(struck)) || b.store.lost.Load() {
		if err := b.reborn(); err != nil {
			return err
		}
	}
	r.disk.Mend()
	if err := b.recover(); err != nil {
		return err
	}
	b.work(func(tried int) bool { return tried >= 2 })
	r.disk.Cut()
	_ = b.store.Close()
	return nil
}

// reborn ends the process and starts another on what the machine remembers,
// which is then sent again what was refused: it may know it from a file that is
// not on the disk.
func (b *bearing) reborn() (err error) {
	b.rig.disk.Die()
	_ = b.store.Close()
	b.p.restarts++
	if b.store, err = b.rig.open(); err != nil {
		return err
	}
	unknown := b.unknown
	b.unknown = nil
	for _, n := range unknown {
		b.send(n)
	}
	return nil
}

// bearing is a few callers who bear what the disk does.
type bearing struct {
	rig     *rig
	store   *store
	p       *points
	mu      sync.Mutex
	unknown []int64 // refused: the outcome may be either
}

const bearers = 4

// work lets the callers send findings until enough; it is asked with how many
// each has tried.
func (b *bearing) work(enough func(tried int) bool) {
	var wg sync.WaitGroup
	var reading atomic.Bool
	reading.Store(true)
	var reader sync.WaitGroup
	reader.Go(func() {
		for reading.Load() {
			b.look()
		}
	})
	first := b.rig.n
	for i := range int64(bearers) {
		wg.Go(func() {
			for tried := 0; !enough(tried); tried++ {
				b.send(first + i + int64(tried)*bearers)
			}
		})
	}
	wg.Wait()
	reading.Store(false)
	reader.Wait()
	b.rig.n += 8 * bearers
}

// send is one finding and what its answer means.
func (b *bearing) send(n int64) bool {
	err := b.store.offer(b.rig.ctx(), n)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rig.n = max(b.rig.n, n)
	if err == nil {
		b.rig.acked[harness.ControlID("power", n)] = true
		b.p.acknowledged++
		return true
	}
	b.p.refused++
	b.unknown = append(b.unknown, n)
	if e := fault.As(err); e == nil || e.Code != fault.Unavailable || e.RetryAfter <= 0 {
		b.p.wrong++
		b.p.note("refused with %v", err)
	}
	return false
}

// recover waits until something is taken again. Whoever gave up is started
// again, as its supervisor would do.
func (b *bearing) recover() error {
	began := time.Now()
	for n := b.rig.n + 1; !b.send(n) && time.Since(began) < again; {
		if b.store.lost.Load() {
			if err := b.reborn(); err != nil {
				return err
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.p.slowest = max(b.p.slowest, time.Since(began))
	b.rig.n += 2
	return nil
}

// look reads what was acknowledged; it must be there while nothing can be
// written.
func (b *bearing) look() {
	uid := ""
	b.mu.Lock()
	for uid = range b.rig.acked {
		break
	}
	b.mu.Unlock()
	var n int
	err := b.store.DB.Read(b.rig.ctx(), func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM finding WHERE tenant = $1 AND uid = $2`, tx.Tenant(), uid).Scan(&n)
	})
	if err != nil && !b.store.lost.Load() {
		time.Sleep(50 * time.Millisecond) // it may be about to give up, and this read was in between
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.p.read++
	if b.store.lost.Load() {
		return // a process that has ended answers nothing
	}
	if err != nil || (uid != "" && n != 1) {
		b.p.wrong++
		b.p.note("reading %s found %d: %v", uid, n, err)
	}
}

func (r *rig) ctx() context.Context {
	return db.As(context.Background(), identity.Main, "user:harness")
}
