package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is a line of `go test -json` (go doc test2json, go help buildjson).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build event
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// tally follows one run of go test.
type tally struct {
	out     io.Writer
	counts  counts
	output  map[string]*strings.Builder // by test, package or build
	parents map[string]bool             // tests with subtests: these are not counted
	broken  map[string]bool             // tests and packages whose failure is counted below them
	seen    map[string]int              // tests counted, by package
	skips   map[string][]string         // tests by the reason they gave
}

// goTests counts the leaves: a test with subtests counts only where it fails
// by itself. A package that fails without a failed test (it does not build,
// it panics, it runs out of time) is one failure.
func goTests(in io.Reader, out io.Writer) (counts, error) {
	t := &tally{
		out: out, output: map[string]*strings.Builder{}, parents: map[string]bool{},
		broken: map[string]bool{}, seen: map[string]int{}, skips: map[string][]string{},
	}
	for dec := json.NewDecoder(in); ; {
		var e event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t.counts, fmt.Errorf("the stream of go test: %w", err)
		}
		t.take(e)
	}
	t.tellSkips()
	return t.counts, nil
}

// tellSkips gives a reason once, with the first of those it kept from running.
func (t *tally) tellSkips() {
	for _, reason := range slices.Sorted(maps.Keys(t.skips)) {
		tests := t.skips[reason]
		fmt.Fprintf(t.out, "SKIP %d tests: %s\n", len(tests), reason)
		for _, test := range tests[:min(len(tests), 3)] {
			fmt.Fprintln(t.out, "    ", test)
		}
	}
}

func (t *tally) take(e event) {
	key := e.Package + " " + e.Test
	if e.ImportPath != "" {
		key = "build " + e.ImportPath
	}
	switch e.Action {
	case "output", "build-output":
		if t.output[key] == nil {
			t.output[key] = &strings.Builder{}
		}
		t.output[key].WriteString(e.Output)
	case "run":
		if up := parent(e.Test); up != "" {
			t.parents[e.Package+" "+up] = true
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e, key)
		} else {
			t.endTest(e, key)
		}
	}
}

func (t *tally) endTest(e event, key string) {
	defer delete(t.output, key)
	switch e.Action {
	case "fail":
		// Those above fail because of this one.
		for up := parent(e.Test); up != ""; up = parent(up) {
			t.broken[e.Package+" "+up] = true
		}
		t.broken[e.Package+" "] = true
		if t.broken[key] {
			return
		}
		t.counts.Failed++
		fmt.Fprintf(t.out, "FAIL %s %s\n%s", e.Package, e.Test, t.text(key))
	case "skip":
		t.counts.Skipped++
		why := reason(t.text(key))
		t.skips[why] = append(t.skips[why], e.Package+" "+e.Test)
		return
	case "pass":
		if t.parents[key] {
			return
		}
		t.counts.Passed++
	}
	t.seen[e.Package]++
}

func (t *tally) endPackage(e event, key string) {
	defer delete(t.output, key)
	switch {
	case e.Action == "fail" && !t.broken[key]:
		t.counts.Failed++
		fmt.Fprintf(t.out, "FAIL %s\n%s%s%s", e.Package, t.text("build "+e.FailedBuild), t.unfinished(key), t.text(key))
	case e.Action == "fail":
		fmt.Fprintf(t.out, "FAIL %s (%.1fs)\n", e.Package, e.Elapsed)
	case t.seen[e.Package] > 0:
		fmt.Fprintf(t.out, "ok   %s %d tests (%.1fs)\n", e.Package, t.seen[e.Package], e.Elapsed)
	}
}

// unfinished is what the tests said that never ended, as when time ran out.
func (t *tally) unfinished(pkg string) string {
	var all strings.Builder
	for _, key := range slices.Sorted(maps.Keys(t.output)) {
		if key != pkg && strings.HasPrefix(key, pkg) {
			all.WriteString(t.text(key))
		}
	}
	return all.String()
}

func (t *tally) text(key string) string {
	if t.output[key] == nil {
		return ""
	}
	return t.output[key].String()
}

// reason is what a test said of its skip, without the frame and the place.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if _, text, found := strings.Cut(line, ".go:"); found {
			_, line, _ = strings.Cut(text, ": ")
		}
		said = append(said, line)
	}
	if len(said) == 0 {
		return "(no reason given)"
	}
	return strings.Join(said, " ")
}

// parent is the test around a subtest, or nothing.
func parent(test string) string {
	cut := strings.LastIndexByte(test, '/')
	return test[:max(cut, 0)]
}
