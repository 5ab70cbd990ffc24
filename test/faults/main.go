package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tocsin/test/harness"
)

// The verdicts of a row.
const (
	kept    = "kept"
	broken  = "BROKEN"
	skipped = "skipped"
)

// row is one line of the table.
type row struct {
	promise, figure, bar, verdict string
}

// world is what a promise is tried in.
type world struct {
	bin   string
	work  string // directory of this promise alone
	short bool   // few repetitions, for make test
	long  bool   // PROVE=long
	seed  uint64
	rng   *rand.Rand
}

// count picks how often a fault is tried.
func (w *world) count(short, usual, long int) int {
	switch {
	case w.short:
		return short
	case w.long:
		return long
	}
	return usual
}

// between is a random time.
func (w *world) between(from, to time.Duration) time.Duration {
	return from + time.Duration(w.rng.Int64N(int64(to-from)))
}

// promise is one thing that we say of the product, and how it is tried. What
// it returns as an error is a harness that does not work, which counts as
// broken: nothing was proven.
type promise struct {
	name  string
	try   func(w *world) ([]row, error)
	waits bool // for timeouts, mostly: it is tried beside the others
}

func promises() []promise {
	return []promise{
		{name: "kill", try: provesKill},
		{name: "stop", try: provesStop},
		{name: "disk", try: provesDisk},
		{name: "postgres", try: provesPostgres},
		{name: "canary", try: provesCanary},
		{name: "power", try: provesPower},
		{name: "points", try: provesPoints},
		{name: "same", try: provesSame},
		{name: "escalation", try: provesEscalation},
		{name: "ownership", try: provesOwnership},
		{name: "clock", try: provesClock, waits: true},
		{name: "net", try: (*world).badClients},
		{name: "silence", try: (*world).silentPostgres, waits: true},
		{name: "queue", try: (*world).brokenQueue, waits: true},
	}
}

func main() {
	short := flag.Bool("short", false, "few repetitions")
	only := flag.String("only", "", "try these only, with commas: kill, stop, disk, postgres, canary, power, points, same, net, silence, queue, clock, escalation, ownership")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random times")
	flag.Parse()
	bin, err := harness.Bin()
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "== seed %d\n", *seed)
	rows := tryAll(world{bin: bin, short: *short, long: os.Getenv("PROVE") == "long", seed: *seed}, *only)
	print(os.Stdout, rows)
	if err := report(rows, os.Getenv("TOCSIN_RESULTS")); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
	if n := tally(rows)["failed"]; n > 0 || len(rows) == 0 {
		fmt.Fprintf(os.Stderr, "prove: %d promises are broken\n", n)
		os.Exit(1)
	}
}

// tryAll tries one promise after the other, and beside them those that mostly
// wait.
func tryAll(w world, only string) []row {
	var chosen []promise
	for _, p := range promises() {
		if only == "" || slices.Contains(strings.Split(only, ","), p.name) {
			chosen = append(chosen, p)
		}
	}
	found := make([][]row, len(chosen))
	var beside sync.WaitGroup
	for i, p := range chosen {
		if p.waits {
			beside.Go(func() { found[i] = tryOne(w, p) })
		}
	}
	for i, p := range chosen {
		if !p.waits {
			found[i] = tryOne(w, p)
		}
	}
	beside.Wait()
	return slices.Concat(found...)
}

func tryOne(w world, p promise) []row {
	began := time.Now()
	w.rng = rand.New(rand.NewPCG(w.seed, 1))
	rows, err := inOwnDir(p, &w)
	if err != nil {
		rows = append(rows, row{p.name, "the harness failed: " + err.Error(), "", broken})
	}
	fmt.Fprintf(os.Stderr, "== %s: %s\n", p.name, time.Since(began).Round(100*time.Millisecond))
	return rows
}

func inOwnDir(p promise, w *world) ([]row, error) {
	var err error
	if w.work, err = os.MkdirTemp("", "tocsin-prove-"+p.name); err != nil {
		return nil, err
	}
	rows, err := p.try(w)
	if err == nil && tally(rows)["failed"] == 0 {
		return rows, os.RemoveAll(w.work)
	}
	fmt.Fprintf(os.Stderr, "== %s: what it left behind is in %s\n", p.name, w.work)
	return rows, err
}

func print(w io.Writer, rows []row) {
	fmt.Fprint(w, "| promise | figure | bar | verdict |\n|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", r.promise, r.figure, r.bar, r.verdict)
	}
}

func tally(rows []row) map[string]int {
	n := map[string]int{"passed": 0, "failed": 0, "skipped": 0}
	for _, r := range rows {
		switch r.verdict {
		case kept:
			n["passed"]++
		case skipped:
			n["skipped"]++
		default:
			n["failed"]++
		}
	}
	return n
}

// report writes the sums for make test.
func report(rows []row, path string) error {
	if path == "" {
		return nil
	}
	raw, err := json.Marshal(tally(rows))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(path), append(raw, '\n'), 0o644)
}

// verdict is kept when everything holds.
func verdict(holds bool) string {
	if holds {
		return kept
	}
	return broken
}

// skip says loudly that this machine cannot try something.
func skip(promise, why string) row {
	fmt.Fprintf(os.Stderr, "== SKIPPED %s: %s\n", promise, why)
	return row{promise, why, "", skipped}
}
