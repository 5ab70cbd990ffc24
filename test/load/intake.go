package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"tocsin/test/harness"
)

const callers = 64

// round is what one round of intake gave.
type round struct {
	rate     float64
	p50, p99 time.Duration
	done     int
	cpu      time.Duration // of the one that did the work, for each finding
	callers  time.Duration // processor time of the callers for each finding, taken from the same cores
}

// measureIntake sends findings over HTTP to the real server, a fresh
// installation each round, and beside it runs the bare statements, the one
// after the other, so that a busy machine hurts both.
func measureIntake(s settings, r *results) error {
	var ours, bares []round
	var ratios []float64
	for i := range s.rounds {
		a, err := intakeRound(s, fmt.Sprintf("ours%d", i), "")
		if err != nil {
			return err
		}
		b, err := bareRound(s, fmt.Sprintf("bare%d", i))
		if err != nil {
			return fmt.Errorf("the bare program: %w", err)
		}
		ours, bares = append(ours, a), append(bares, b)
		ratios = append(ratios, 100*a.rate/b.rate)
		fmt.Fprintf(os.Stderr, "   ours %.0f/s p50 %s p99 %s cpu %s callers %s; bare %.0f/s cpu %s; %.0f %%\n", a.rate, a.p50, a.p99, a.cpu, a.callers, b.rate, b.cpu, 100*a.rate/b.rate)
	}
	r.add(
		rates("intake over HTTP, 64 callers", ours).atLeast(1500).saying("each finding opens a ticket; the real server, a process of its own"),
		times("intake p50", ours, func(x round) time.Duration { return x.p50 }),
		times("intake p99", ours, func(x round) time.Duration { return x.p99 }),
		costs("intake, processor time of the server for each finding", ours).saying("with all it does beside: the live feed, readers of the journal"),
		rates("bare program, same statements, group commit", bares).saying("no HTTP, no reading, arguments ready before"),
		costs("bare program, processor time for each finding", bares),
		of("intake, part of the bare program", "%", sqliteFull, ratios...).atLeast(60).saying("of each round's pair"),
	)
	return nil
}

func rates(name string, all []round) figure {
	v := []float64{}
	for _, x := range all {
		v = append(v, x.rate)
	}
	return of(name, "findings/s", sqliteFull, v...)
}

func costs(name string, all []round) figure {
	v := []float64{}
	for _, x := range all {
		v = append(v, float64(x.cpu.Microseconds()))
	}
	return of(name, "µs", sqliteFull, v...)
}

func times(name string, all []round, pick func(round) time.Duration) figure {
	v := []float64{}
	for _, x := range all {
		v = append(v, milliseconds(pick(x)))
	}
	return of(name, "ms", sqliteFull, v...)
}

func intakeRound(s settings, name, db string) (round, error) {
	o := harness.Options{Bin: s.bin, Data: filepath.Join(s.work, name), DB: db}
	server, token, err := harness.Installation(o)
	if err != nil {
		return round{}, err
	}
	defer server.Stop(20 * time.Second)
	own := ownCPU()
	before, err := server.CPU()
	if err != nil {
		return round{}, err
	}
	result, err := drive(s.each, func(n int) (func() error, error) {
		c, err := harness.NewCaller(server.URL, token)
		i := int64(0)
		return func() error {
			i++
			res, _, err := c.Send(harness.Control(fmt.Sprintf("%s-%d", name, n), i))
			if err == nil && res.Outcome != "opened" {
				err = fmt.Errorf("a finding was %s instead of opened", res.Outcome)
			}
			return err
		}, err
	})
	if err != nil {
		return round{}, fmt.Errorf("%w; the server's log ends with\n%s", err, harness.Tail(o.LogFile()))
	}
	after, err := server.CPU()
	result.cpu = (after - before) / time.Duration(result.done)
	result.callers = (ownCPU() - own) / time.Duration(result.done)
	return result, err
}

// bareRound lets the product take one finding, then stops it and writes like it.
func bareRound(s settings, name string) (round, error) {
	o := harness.Options{Bin: s.bin, Data: filepath.Join(s.work, name)}
	server, token, err := harness.Installation(o)
	if err != nil {
		return round{}, err
	}
	c, err := harness.NewCaller(server.URL, token)
	if err == nil {
		_, _, err = c.Send(harness.Control(name, 1))
	}
	if code, _ := server.Stop(20 * time.Second); err != nil || code != 0 {
		return round{}, fmt.Errorf("taking one finding: %w (exit code %d)", err, code)
	}
	b, err := openBare(o.Data)
	if err != nil {
		return round{}, err
	}
	defer func() { _ = b.Close() }()
	before := ownCPU()
	result, err := drive(s.each, func(int) (func() error, error) { return b.Do, nil })
	if err != nil {
		return round{}, err
	}
	result.cpu = (ownCPU() - before) / time.Duration(result.done)
	return result, nil
}

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drive lets 64 callers work for a while and counts what was done.
func drive(each time.Duration, caller func(n int) (func() error, error)) (round, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for n := range callers {
		wg.Go(func() {
			do, err := caller(n)
			mine := make([]time.Duration, 0, 1024)
			for err == nil && time.Since(began) < each {
				at := time.Now()
				if err = do(); err == nil {
					mine = append(mine, time.Since(at))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			if err != nil {
				failed = cmp.Or(failed, err)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	slices.Sort(all)
	if failed == nil && len(all) == 0 {
		failed = errors.New("nothing was done")
	}
	return round{rate: float64(len(all)) / took.Seconds(), p50: quantile(all, 0.5), p99: quantile(all, 0.99), done: len(all)}, failed
}
