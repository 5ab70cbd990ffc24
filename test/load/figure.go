package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figure is one measured number: the median of its rounds.
type figure struct {
	Name       string    `json:"name"`
	Unit       string    `json:"unit"`
	Median     float64   `json:"median"`
	Low        float64   `json:"low"`
	High       float64   `json:"high"`
	Rounds     []float64 `json:"rounds"`
	Bar        string    `json:"bar,omitempty"`
	Met        *bool     `json:"met,omitempty"`
	Durability string    `json:"durability"`
	Note       string    `json:"note,omitempty"`
}

// results is what bench/results.json holds.
type results struct {
	At      string   `json:"at"`
	Machine string   `json:"machine"`
	Go      string   `json:"go"`
	Figures []figure `json:"figures"`
	Skipped []string `json:"skipped"`
}

// The durability levels that stand beside the figures.
const (
	sqliteFull   = "SQLite WAL, synchronous=FULL: fsync before every answer"
	postgresSync = "PostgreSQL, synchronous_commit=on, fsync=on"
	noWrites     = "nothing is written"
)

// of makes a figure from its rounds.
func of(name, unit, durability string, rounds ...float64) figure {
	f := figure{Name: name, Unit: unit, Durability: durability, Rounds: make([]float64, len(rounds))}
	for i, r := range rounds {
		f.Rounds[i] = tidy(r)
	}
	f.Median, f.Low, f.High = tidy(median(rounds)), slices.Min(f.Rounds), slices.Max(f.Rounds)
	return f
}

// atLeast and atMost set the bar.
func (f figure) atLeast(bar float64) figure {
	met := f.Median >= bar
	f.Bar, f.Met = fmt.Sprintf("≥ %v", bar), &met
	return f
}

func (f figure) atMost(bar float64) figure {
	met := f.Median <= bar
	f.Bar, f.Met = fmt.Sprintf("≤ %v", bar), &met
	return f
}

func (f figure) saying(format string, a ...any) figure {
	f.Note = fmt.Sprintf(format, a...)
	return f
}

func tidy(v float64) float64 {
	if math.Abs(v) >= 100 {
		return math.Round(v)
	}
	return math.Round(v*100) / 100
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	if n == 0 {
		return math.NaN()
	}
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}

// quantile of times that are sorted.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// print writes the table for people.
func (r *results) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %s\n\n", r.Machine, r.Go, r.At)
	fmt.Fprintln(w, "| figure | median | spread | bar | durability | |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, f := range r.Figures {
		verdict := f.Note
		if f.Met != nil && !*f.Met {
			verdict = strings.TrimSpace("**below its bar** " + verdict)
		}
		fmt.Fprintf(w, "| %s | %v %s | %v … %v (%d) | %s | %s | %s |\n", f.Name, f.Median, f.Unit, f.Low, f.High, len(f.Rounds), f.Bar, f.Durability, verdict)
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(w, "\nNot measured: %s", s)
	}
	fmt.Fprintln(w)
}

// save writes bench/results.json, whole or not at all.
func (r *results) save(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// machine names what was measured on.
func machine() string {
	model := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	load := "unknown"
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(raw), " ")
	}
	return fmt.Sprintf("%d cores %s, load before %s", runtime.NumCPU(), model, load)
}
