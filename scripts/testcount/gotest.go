package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	skips   []string
}

// goTests counts the leaves: a test with subtests counts only where it fails
// by itself. A package that fails without a failed test (it does not build,
// it panics, it runs out of time) is one failure.
func goTests(in io.Reader, out io.Writer) (counts, error) {
	t := &tally{
		out: out, output: map[string]*strings.Builder{}, parents: map[string]bool{},
		broken: map[string]bool{}, seen: map[string]int{},
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
	for _, skip := range t.skips {
		fmt.Fprint(out, "SKIP ", skip)
	}
	return t.counts, nil
}

func (t *tally) take(e event) {
	key := e.ImportPath + e.Package + " " + e.Test
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
		t.skips = append(t.skips, fmt.Sprintf("%s %s\n%s", e.Package, e.Test, t.text(key)))
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
		fmt.Fprintf(t.out, "FAIL %s\n%s%s", e.Package, t.text(e.FailedBuild+" "), t.text(key))
	case e.Action == "fail":
		fmt.Fprintf(t.out, "FAIL %s (%.1fs)\n", e.Package, e.Elapsed)
	case t.seen[e.Package] > 0:
		fmt.Fprintf(t.out, "ok   %s %d tests (%.1fs)\n", e.Package, t.seen[e.Package], e.Elapsed)
	}
}

func (t *tally) text(key string) string {
	if t.output[key] == nil {
		return ""
	}
	return t.output[key].String()
}

// parent is the test around a subtest, or nothing.
func parent(test string) string {
	cut := strings.LastIndexByte(test, '/')
	return test[:max(cut, 0)]
}
