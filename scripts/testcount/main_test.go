package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGoTestsAreCountedByTheirLeaves(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     counts
		says     []string
	}{
		{
			"a test with two subtests is two tests",
			`{"Action":"run","Package":"p","Test":"A"}
			{"Action":"run","Package":"p","Test":"A/x"}
			{"Action":"pass","Package":"p","Test":"A/x"}
			{"Action":"run","Package":"p","Test":"A/y"}
			{"Action":"pass","Package":"p","Test":"A/y"}
			{"Action":"pass","Package":"p","Test":"A"}
			{"Action":"pass","Package":"p"}`,
			counts{Passed: 2},
			[]string{"ok   p 2 tests"},
		},
		{
			"a failed subtest is one failure, not three",
			`{"Action":"run","Package":"p","Test":"A"}
			{"Action":"run","Package":"p","Test":"A/x"}
			{"Action":"output","Package":"p","Test":"A/x","Output":"want 1, got 2\n"}
			{"Action":"fail","Package":"p","Test":"A/x"}
			{"Action":"fail","Package":"p","Test":"A"}
			{"Action":"fail","Package":"p"}`,
			counts{Failed: 1},
			[]string{"FAIL p A/x\nwant 1, got 2"},
		},
		{
			"a parent that fails by itself is counted",
			`{"Action":"run","Package":"p","Test":"A"}
			{"Action":"run","Package":"p","Test":"A/x"}
			{"Action":"pass","Package":"p","Test":"A/x"}
			{"Action":"fail","Package":"p","Test":"A"}
			{"Action":"fail","Package":"p"}`,
			counts{Passed: 1, Failed: 1},
			[]string{"FAIL p A\n"},
		},
		{
			"a package that does not build is a failure, with the compiler's words",
			`{"ImportPath":"p [p.test]","Action":"build-output","Output":"a.go:1: no\n"}
			{"ImportPath":"p [p.test]","Action":"build-fail"}
			{"Action":"output","Package":"p","Output":"FAIL p [build failed]\n"}
			{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
			counts{Failed: 1},
			[]string{"a.go:1: no"},
		},
		{
			"a skip is told with its reason and is not a pass",
			`{"Action":"run","Package":"p","Test":"A"}
			{"Action":"output","Package":"p","Test":"A","Output":"=== RUN   A\n"}
			{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:7: no moto\n"}
			{"Action":"skip","Package":"p","Test":"A"}
			{"Action":"output","Package":"p","Test":"B","Output":"    b_test.go:9: no moto\n"}
			{"Action":"skip","Package":"p","Test":"B"}
			{"Action":"skip","Package":"p","Test":"C"}
			{"Action":"pass","Package":"p"}`,
			counts{Skipped: 3},
			[]string{"SKIP 2 tests: no moto\n     p A\n     p B", "SKIP 1 tests: (no reason given)"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := goTests(strings.NewReader(c.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			for _, want := range c.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("missing %q in\n%s", want, out.String())
				}
			}
		})
	}
}

func TestABrokenStreamIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := goTests(strings.NewReader(`{"Action":`), io.Discard); err == nil {
		t.Error("want an error")
	}
}

func TestVitestCountsAFileThatDoesNotLoad(t *testing.T) {
	t.Parallel()
	path := file(t, `{"numPassedTests":3,"numFailedTests":1,"numPendingTests":1,"numTodoTests":1,"testResults":[
		{"name":"a","status":"passed","assertionResults":[{"status":"passed"}]},
		{"name":"b","status":"failed","assertionResults":[{"status":"failed"}]},
		{"name":"c","status":"failed","assertionResults":[]}]}`)
	got, err := vitest(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts{Passed: 3, Failed: 2, Skipped: 2}, got); diff != "" {
		t.Error(diff)
	}
}

func TestASilentStageFailsTheTotal(t *testing.T) {
	t.Parallel()
	for name, summary := range map[string]string{
		"no test":   `{"passed":0,"failed":0}`,
		"no report": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := filepath.Join(t.TempDir(), "counts")
			if err := run("e2e", to, []string{"summary", file(t, summary)}); err == nil {
				t.Error("the stage was called good")
			}
			var out bytes.Buffer
			if err := total(&out, io.Discard, to); err == nil || out.String() != "0 passed, 1 failed\n" {
				t.Errorf("got %q, %v", out.String(), err)
			}
		})
	}
}

func TestTheTotalIsOneLine(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "counts")
	for _, c := range []counts{{Passed: 2}, {Passed: 3, Skipped: 1}} {
		if err := note(to, "stage", c); err != nil {
			t.Fatal(err)
		}
	}
	var out, talk bytes.Buffer
	if err := total(&out, &talk, to); err != nil {
		t.Fatal(err)
	}
	if out.String() != "5 passed, 0 failed\n" {
		t.Errorf("got %q", out.String())
	}
	if !strings.Contains(talk.String(), "SKIPPED: 1") {
		t.Errorf("skips are not loud: %q", talk.String())
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
