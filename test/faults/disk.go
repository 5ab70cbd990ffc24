package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tocsin/test/harness"
)

// shortage is one way for a disk to be full, and how space comes back.
type shortage struct {
	name  string
	data  string
	begin func(s *harness.Server) error
	end   func(s *harness.Server) error
	undo  func()
}

const (
	diskSize = 24 << 20
	ballast  = 10 << 20 // a file that is removed when space shall come back
)

// provesDisk fills the disk under the server in the two ways there are: no
// space left (ENOSPC) and a file that may not grow (EFBIG).
func provesDisk(w *world) ([]row, error) {
	var rows []row
	for _, make := range []func(*world) (shortage, error){tinyDisk, fileLimit} {
		sh, err := make(w)
		if err != nil {
			rows = append(rows, skip("disk full: "+sh.name, "SKIPPED, this machine cannot: "+err.Error()))
			continue
		}
		r, err := w.full(sh)
		sh.undo()
		if err != nil {
			return rows, fmt.Errorf("%s: %w", sh.name, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// tinyDisk is a file system of its own in memory, which only root may mount.
func tinyDisk(w *world) (shortage, error) {
	at := filepath.Join(w.work, "disk")
	sh := shortage{name: "no space left (tmpfs)", data: filepath.Join(at, "data")}
	if err := os.Mkdir(at, 0o700); err != nil {
		return sh, err
	}
	if err := unix.Mount("tmpfs", at, "tmpfs", 0, "size="+strconv.Itoa(diskSize)); err != nil {
		return sh, fmt.Errorf("mounting a tmpfs: %w", err)
	}
	sh.undo = func() { _ = unix.Unmount(at, 0) }
	weight := filepath.Join(at, "ballast")
	sh.begin = func(*harness.Server) error { return os.WriteFile(weight, make([]byte, ballast), 0o600) }
	sh.end = func(*harness.Server) error { return os.Remove(weight) }
	return sh, nil
}

// fileLimit forbids the running process to let a file grow, and lifts that.
func fileLimit(w *world) (shortage, error) {
	sh := shortage{name: "files may not grow (RLIMIT_FSIZE)", data: filepath.Join(w.work, "limited"), undo: func() {}}
	set := func(s *harness.Server, soft uint64) error {
		return unix.Prlimit(s.PID(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: soft, Max: unix.RLIM_INFINITY}, nil)
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &now); err != nil {
		return sh, err
	}
	if now.Max != unix.RLIM_INFINITY {
		return sh, errors.New("the limit on files is set already and cannot be lifted")
	}
	sh.begin = func(s *harness.Server) error { return set(s, 4<<20) }
	sh.end = func(s *harness.Server) error { return set(s, unix.RLIM_INFINITY) }
	return sh, nil
}

// pressed is what happened while the disk was full.
type pressed struct {
	before, refused, taken int // findings answered before, refused while full, taken while full
	wrong                  []string
	recovered              time.Duration
}

func (w *world) full(sh shortage) (row, error) {
	o := harness.Options{Bin: w.bin, Data: sh.data, Log: filepath.Join(w.work, filepath.Base(sh.data)+".log")}
	s, token, err := harness.Installation(o)
	if err != nil {
		return row{}, err
	}
	defer s.Kill()
	c, err := harness.NewCaller(s.URL, token)
	if err != nil {
		return row{}, err
	}
	l := newLedger()
	p, err := w.press(sh, s, c, l)
	if err != nil {
		return row{}, err
	}
	f, err := gather(o, l, s.URL, token)
	if err != nil {
		return row{}, err
	}
	code, _ := s.Stop(20 * time.Second)
	j, whole := judge(l, f), verify(o)
	figure := fmt.Sprintf("%d taken, then %d refused with 503 and Retry-After, %d taken while full, taken again after %s without a restart, %s, journal %s",
		p.before, p.refused, p.taken, p.recovered.Round(time.Millisecond), j, whole.figure)
	if len(p.wrong) > 0 {
		figure += fmt.Sprintf("; %d wrong, e.g. %s", len(p.wrong), p.wrong[0])
	}
	holds := j.sound() && whole.ok && code == 0 && len(p.wrong) == 0 && p.refused > 0
	return row{"disk full, " + sh.name + ": 503 with Retry-After, reads go on, recovery without restart", figure, "0 lost, 0 wrong", verdict(holds)}, nil
}

// mostBeforeFull ends the filling where the disk does not get full.
const mostBeforeFull = 60_000

func (w *world) press(sh shortage, s *harness.Server, c *harness.Caller, l *ledger) (p pressed, err error) {
	n := int64(0)
	send := func() (int, http.Header, error) {
		n++
		r, a, err := c.Send(harness.Control("disk", n))
		if err == nil {
			l.finding(harness.ControlID("disk", n), r)
		} else if errors.Is(err, harness.ErrRefused) {
			err = nil
		}
		return a.Status, a.Header, err
	}
	if _, _, err := send(); err != nil {
		return p, err
	}
	if err := sh.begin(s); err != nil {
		return p, err
	}
	for status := http.StatusOK; status == http.StatusOK; p.before++ {
		if status, _, err = send(); err != nil || p.before > mostBeforeFull {
			return p, errors.Join(err, fmt.Errorf("the disk did not get full in %d findings (last answer %d)", p.before, status))
		}
	}
	for range w.count(50, 200, 1000) {
		status, header, err := send()
		if err != nil {
			return p, err
		}
		p.note(status, header)
		p.read(c, l)
	}
	if err := sh.end(s); err != nil {
		return p, err
	}
	began := time.Now()
	for {
		status, _, err := send()
		if p.recovered = time.Since(began); status == http.StatusOK {
			return p, nil
		}
		if err != nil || p.recovered > 15*time.Second {
			return p, errors.Join(err, fmt.Errorf("nothing is taken %s after space came back (last answer %d)", p.recovered, status))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *pressed) note(status int, h http.Header) {
	after, err := strconv.Atoi(h.Get("Retry-After"))
	switch {
	case status == http.StatusOK:
		p.taken++ // small enough for what was left; the judge looks for it
	case status == http.StatusServiceUnavailable && err == nil && after > 0:
		p.refused++
	default:
		p.wrong = append(p.wrong, fmt.Sprintf("a POST was answered %d with Retry-After %q", status, h.Get("Retry-After")))
	}
}

// read tries what must go on working while nothing can be written.
func (p *pressed) read(c *harness.Caller, l *ledger) {
	paths := []string{"/api/v1/tickets?limit=5", "/healthz"}
	for _, r := range l.some(1) {
		paths = append(paths, "/api/v1/findings/"+r.Finding)
	}
	for _, path := range paths {
		a, err := c.Do("GET", path, nil)
		if err != nil || a.Status != http.StatusOK {
			p.wrong = append(p.wrong, fmt.Sprintf("GET %s was answered %d (%v)", path, a.Status, err))
		}
	}
}
