package platter

import (
	"slices"
	"strings"
)

// Op is what a fault befalls.
type Op uint8

// The operations of a file that can fail.
const (
	Write Op = iota
	Sync
	Truncate
)

// Fault is what goes wrong with one kind of operation.
type Fault struct {
	Op    Op
	File  string // end of the name of the files that it befalls; "" is all
	At    int    // the n-th from now, 1 is the next
	Times int    // how often from there on; 0 until Mend
	Short bool   // half of a write arrives before it fails
	Err   error  // what the database is told; nil for nothing: the disk lies
}

// Break arms a fault. The channel is closed when it first strikes.
func (d *Disk) Break(f Fault) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.struck, d.strikes = &f, make(chan struct{}), 0
	return d.struck
}

// Mend lifts the fault.
func (d *Disk) Mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = nil
}

// Cut cuts the power now.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.fault = 0, nil
	d.dark = make(chan struct{})
	d.cut()
}

// Die ends the process that holds the files, as a crash of it does: the machine
// lives on, and so does what it remembers of the files.
func (d *Disk) Die() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life++
	d.left, d.fault = 0, nil
	for _, p := range d.files {
		p.readers, p.reserved = 0, false
	}
}

// Tear does to every file what a disk must never do: half of one of its synced
// pages is left as another page. It is for judging the judge.
func (d *Disk) Tear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.files {
		pages := len(p.durable) / tornPage
		if pages < 3 {
			continue
		}
		from, to := d.rng.IntN(pages)*tornPage, (1+d.rng.IntN(pages-1))*tornPage
		copy(p.durable[to:to+tornPage/2], p.durable[from:from+tornPage/2])
		p.seen = slices.Clone(p.durable)
	}
}

const tornPage = 4096

// befalls reports whether the armed fault befalls this operation. The caller
// holds the lock.
func (d *Disk) befalls(op Op, name string) *Fault {
	f := d.fault
	if f == nil || f.Op != op || !strings.HasSuffix(name, f.File) {
		return nil
	}
	if f.At--; f.At > 0 {
		return nil
	}
	if d.strikes++; f.Times > 0 && d.strikes > f.Times {
		d.fault = nil
		return nil
	}
	if d.strikes == 1 {
		close(d.struck)
	}
	return f
}

// forsake is what a failed fsync does to a file, as Linux has it: what was not
// written counts as written from then on, so that no later fsync tries it
// again. Each change is kept, lost or torn; what the machine remembers may be
// the file as it should be, or as it is on the disk.
func (d *Disk) forsake(p *platter) {
	for _, c := range p.unsynced {
		p.durable = d.survive(p.durable, c)
	}
	p.unsynced = nil
	if d.rng.IntN(2) == 0 {
		p.seen = slices.Clone(p.durable)
	}
}
