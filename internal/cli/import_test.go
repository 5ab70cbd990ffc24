package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func piecesOf(t *testing.T, table string, most bounds) []string {
	t.Helper()
	var out []string
	err := cutTable(strings.NewReader(table), most, func(piece []byte, begin int) error {
		out = append(out, fmt.Sprintf("%d:%s", begin, piece))
		return nil
	})
	if err != nil {
		return []string{err.Error()}
	}
	return out
}

func TestATableIsCutBetweenItsRows(t *testing.T) {
	t.Parallel()
	two := bounds{bytes: 1 << 20, findings: 2}
	for name, tt := range map[string]struct {
		table string
		most  bounds
		want  []string
	}{
		"short":                 {"a,b\n1,2\n", two, []string{"2:a,b\n1,2\n"}},
		"no end of line":        {"a,b\n1,2", two, []string{"2:a,b\n1,2"}},
		"a header alone":        {"a,b", two, []string{"2:a,b\n"}},
		"nothing":               {"\n", two, []string{"There is nothing in it."}},
		"many rows":             {"\uFEFFa\n1\n2\n3\n4\n5\n", two, []string{"2:a\n1\n2\n", "4:a\n3\n4\n", "6:a\n5\n"}},
		"lines inside of cells": {"a\n\"1\n1\"\n2\n\"3\n\n3\"\n", two, []string{"2:a\n\"1\n1\"\n2\n", "5:a\n\"3\n\n3\"\n"}},
		"many bytes":            {"a\n1234\n5678\n", bounds{bytes: 8, findings: 9}, []string{"2:a\n1234\n", "3:a\n5678\n"}},
		"a quote that is open":  {"a\n\"1\n2\n3\n", two, []string{"2:a\n\"1\n2\n", "5:a\n3\n"}},
	} {
		if d := cmp.Diff(tt.want, piecesOf(t, tt.table, tt.most)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestAnOpenQuoteDoesNotHoldTheRest(t *testing.T) {
	t.Parallel()
	table := "a\n\"open\n" + strings.Repeat("row of some length, to be sure\n", 20_000)
	rows := 0
	err := cutTable(strings.NewReader(table), apiBounds(), func(piece []byte, _ int) error {
		n := strings.Count(string(piece), "\n") - 1
		if n > apiBounds().findings {
			t.Errorf("a piece of %d rows", n)
		}
		rows += n
		return nil
	})
	if err != nil || rows != 20_001 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
