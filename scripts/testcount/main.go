// Testcount adds up test results, so that `make test` can end with one true
// line.
//
// In: the stream of `go test -json`, the report of vitest, or a summary
// {"passed","failed","skipped"}. Out: failures and skips as they come, and a
// line per stage in the file named by -to; `testcount total FILE` reads that
// file again and prints the sum. A stage without one test counts as failed:
// silence is not success.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// counts is what one stage came to.
type counts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

func main() {
	name := flag.String("as", "tests", "name of the stage")
	to := flag.String("to", "", "file the stage's line is added to")
	flag.Parse()
	err := run(*name, *to, flag.Args())
	if err == nil {
		return
	}
	if !errors.Is(err, errFailed) { // the sum has said it, and is the last word
		fmt.Fprintln(os.Stderr, "testcount:", err)
	}
	os.Exit(1)
}

var errFailed = errors.New("not everything passed")

func run(name, to string, args []string) error {
	if len(args) == 0 {
		return errors.New("want one of: go; vitest FILE; summary FILE; broken; total FILE")
	}
	if args[0] == "total" && len(args) == 2 {
		return total(os.Stdout, os.Stderr, args[1])
	}
	got, err := read(args)
	if err == nil && got.Passed+got.Failed == 0 {
		err = errors.New("no test ran")
	}
	if err != nil {
		got.Failed = max(got.Failed, 1)
		fmt.Printf("FAIL %s: %v\n", name, err)
	}
	if err := note(to, name, got); err != nil {
		return err
	}
	if got.Failed > 0 {
		return fmt.Errorf("%s: %d failed", name, got.Failed)
	}
	return nil
}

func read(args []string) (counts, error) {
	switch {
	case args[0] == "go" && len(args) == 1:
		return goTests(os.Stdin, os.Stdout)
	case args[0] == "vitest" && len(args) == 2:
		return vitest(args[1])
	case args[0] == "summary" && len(args) == 2:
		return summary(args[1])
	case args[0] == "broken" && len(args) == 1:
		return counts{}, errors.New("the stage broke, and no test says why")
	}
	return counts{}, fmt.Errorf("cannot read %q", args)
}

// note adds the stage's line; an empty file name notes nothing.
func note(to, name string, c counts) error {
	if to == "" {
		return nil
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\t%d\t%d\t%d\n", name, c.Passed, c.Failed, c.Skipped)
	return errors.Join(err, f.Close())
}

// total prints a row per stage to talk and the one line to out.
func total(out, talk io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var sum counts
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var name string
		var c counts
		if _, err := fmt.Sscanf(lines.Text(), "%s\t%d\t%d\t%d", &name, &c.Passed, &c.Failed, &c.Skipped); err != nil {
			return fmt.Errorf("%s: %q: %w", path, lines.Text(), err)
		}
		fmt.Fprintf(talk, "%-12s %5d passed %4d failed %4d skipped\n", name, c.Passed, c.Failed, c.Skipped)
		sum.Passed, sum.Failed, sum.Skipped = sum.Passed+c.Passed, sum.Failed+c.Failed, sum.Skipped+c.Skipped
	}
	if sum.Skipped > 0 {
		fmt.Fprintf(talk, "SKIPPED: %d tests did not run; their reasons stand above\n", sum.Skipped)
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", sum.Passed, sum.Failed)
	if sum.Failed > 0 || sum.Passed == 0 {
		return errFailed
	}
	return nil
}

// summary reads what the browser suite and the fault harness leave behind.
func summary(path string) (counts, error) {
	var c counts
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// vitest reads its json report. A file that fails to load has no failed
// test, only a failed status.
func vitest(path string) (counts, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return counts{}, err
	}
	var report struct {
		Passed  int `json:"numPassedTests"`
		Failed  int `json:"numFailedTests"`
		Pending int `json:"numPendingTests"`
		Todo    int `json:"numTodoTests"`
		Files   []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
			Tests  []struct {
				Status string `json:"status"`
			} `json:"assertionResults"`
		} `json:"testResults"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return counts{}, fmt.Errorf("%s: %w", path, err)
	}
	c := counts{Passed: report.Passed, Failed: report.Failed, Skipped: report.Pending + report.Todo}
	for _, file := range report.Files {
		failed := file.Status == "failed"
		for _, test := range file.Tests {
			failed = failed && test.Status != "failed"
		}
		if failed {
			fmt.Println("FAIL", file.Name, "did not load")
			c.Failed++
		}
	}
	return c, nil
}
