package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

// mostBytes is small, so that the tests are fast; a long line still does not
// fit a reader's buffer.
const mostBytes, mostFindings = 200_000, 50

// cutUp cuts a text and returns the pieces and what was skipped.
func cutUp(text string) (pieces []piece, skipped []string, err error) {
	c := &cutter{
		most: bounds{mostBytes, mostFindings},
		send: func(p piece) error { pieces = append(pieces, p); return nil },
		skip: func(why string) { skipped = append(skipped, why) },
	}
	err = c.cut(strings.NewReader(text))
	return pieces, skipped, err
}

// numbered makes n findings of some size that say which they are.
func numbered(n, size int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"n":%d, "pad":"%s"}`, i, strings.Repeat("x", size))
	}
	return all
}

// numbers reads back which findings stand in pieces, and checks each piece.
func numbers(t *testing.T, pieces []piece) []int {
	t.Helper()
	var all []int
	for _, p := range pieces {
		body, _ := p.body()
		if len(body) > mostBytes+1 || len(p.values) > mostFindings {
			t.Fatalf("a piece of %d bytes and %d values", len(body), len(p.values))
		}
		d := json.NewDecoder(bytes.NewReader(body))
		for {
			var v any
			if err := d.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			list, isList := v.([]any)
			if !isList {
				list = []any{v}
			}
			for _, f := range list {
				n, _ := f.(map[string]any)["n"].(float64)
				all = append(all, int(n))
			}
		}
	}
	return all
}

func TestALongFileIsCutBetweenItsFindings(t *testing.T) {
	t.Parallel()
	big := numbered(40, 15_000)
	pretty := strings.ReplaceAll(strings.Join(big, "\n"), `, "pad"`, ",\n  \"pad\"")
	shapes := map[string]string{
		"a list":                       "[" + strings.Join(big, ",") + "]",
		"a list behind a mark":         "\uFEFF \n[" + strings.Join(big, " ,\n") + "]\n",
		"two lists":                    "[" + strings.Join(big[:20], ",") + "]\n" + strings.Join(big[20:], "\n"),
		"one finding a line":           strings.Join(big, "\n"),
		"lines that end in CR LF":      strings.Join(big, "\r\n") + "\r\n\r\n",
		"findings over several lines":  pretty,
		"an answer of GetFindings":     `{"NextToken":{"a":[1]},"Findings":[` + strings.Join(big, ",") + `],"ResponseMetadata":{}}`,
		"the detail of an envelope":    `{"findings":[` + strings.Join(big, ",\n") + "]}\n",
		"more lines than go at once":   strings.Join(numbered(1200, 200), "\n"),
		"a longer list than goes once": "[" + strings.Join(numbered(1200, 200), ",") + "]",
	}
	for name, text := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pieces, skipped, err := cutUp(text)
			if err != nil || len(skipped) > 0 || len(pieces) < 3 {
				t.Fatalf("%d pieces, skipped %v, %v", len(pieces), skipped, err)
			}
			for i, n := range numbers(t, pieces) {
				if n != i {
					t.Fatalf("finding %d stands at %d", n, i)
				}
			}
			if got := len(numbers(t, pieces)); got != 40 && got != 1200 {
				t.Errorf("%d findings came through", got)
			}
		})
	}
}

func TestAShortFileIsSentAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"a":1}`, "[1,\n 2] ", "broken {", "\uFEFF{}", "{\"a\":1}\n{broken\n"} {
		pieces, _, err := cutUp(text)
		if err != nil || len(pieces) != 1 {
			t.Fatalf("%q: %d pieces, %v", text, len(pieces), err)
		}
		if body, kind := pieces[0].body(); string(body) != text || kind != "application/json" {
			t.Errorf("%q is sent as %q, %s", text, body, kind)
		}
	}
	if _, _, err := cutUp(" \n"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an empty file: %v", err)
	}
}

func TestWhatIsWrongInALongFileHoldsUpNothingBeforeIt(t *testing.T) {
	t.Parallel()
	big := numbered(20, 15_000)
	huge := `{"n":99,"pad":"` + strings.Repeat("y", mostBytes) + `"}`
	tests := []struct {
		name    string
		text    string
		found   int
		skipped string
		err     string
	}{
		{"a list that breaks off", "[" + strings.Join(big, ","), 20, "", "It is not JSON after byte"},
		{"a list with a broken element", "[" + strings.Join(big, ",") + ",{]", 20, "", "It is not JSON after byte"},
		{"a value in a list that is too long", "[" + strings.Join(append([]string{huge}, big...), ",") + "]", 20, fmt.Sprintf("a value of %d bytes is too long for one finding", len(huge)), ""},
		{"a line that is too long", strings.Join(append(big[:18:18], huge, big[18], big[19]), "\n"), 20, "line 19 is longer than 200000 bytes", ""},
		{"a last line that is too long", strings.Join(append(big[:20:20], huge), "\n"), 20, "line 21 is longer than 200000 bytes", ""},
		{"an object without findings", `{"a":"` + strings.Repeat("y", mostBytes) + `"}`, 0, "", "It is too long for one finding"},
		{"text", strings.Repeat("word ", mostBytes/4), 0, "", "It is not JSON after byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pieces, skipped, err := cutUp(tt.text)
			if got := len(numbers(t, pieces)); got != tt.found {
				t.Errorf("%d findings came through, want %d", got, tt.found)
			}
			if got := strings.Join(skipped, "; "); got != tt.skipped {
				t.Errorf("skipped %q, want %q", got, tt.skipped)
			}
			if tt.err == "" && err != nil || tt.err != "" && !strings.Contains(fmt.Sprint(err), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestABrokenLineIsLeftToTheServer(t *testing.T) {
	t.Parallel()
	lines := numbered(20, 15_000)
	lines[7] = `{"n":7,`
	pieces, _, err := cutUp(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, p := range pieces {
		body, kind := p.body()
		if kind != "application/x-ndjson" {
			t.Errorf("a piece of lines is sent as %s", kind)
		}
		sent = append(sent, strings.Split(string(body), "\n")...)
	}
	if diff := cmp.Diff(lines, sent); diff != "" {
		t.Error("the lines are not those that were given")
	}
}

func TestAPieceThatIsTooLargeGetsSmallerUntilItCannot(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		piece piece
		want  []string
	}{
		"values halve":                       {piece{[][]byte{[]byte(`1`), []byte(`2`), []byte(`3`)}, false}, []string{`1`, `[2,3]`}},
		"lines halve":                        {piece{[][]byte{[]byte(`1`), []byte(`2`), []byte(`3`), []byte(`4`)}, true}, []string{"1\n2", "3\n4"}},
		"a list gives its elements":          {piece{[][]byte{[]byte(` [{"a":1} ,{"b":2}] `)}, false}, []string{`[{"a":1},{"b":2}]`}},
		"lines in a body":                    {piece{[][]byte{[]byte("{\"a\":1}\n{\"b\":2}\n")}, false}, []string{"{\"a\":1}\n{\"b\":2}"}},
		"an answer gives its findings":       {piece{[][]byte{[]byte(`{"Findings":[{"a":1},{"b":2}],"x":1}`)}, false}, []string{`[{"a":1},{"b":2}]`}},
		"one finding gives nothing":          {piece{[][]byte{[]byte(`{"a":1}`)}, false}, nil},
		"a broken list gives nothing":        {piece{[][]byte{[]byte(`[{"a":1}`)}, false}, nil},
		"a list of one finding gives itself": {piece{[][]byte{[]byte(`[{"a":1}]`)}, false}, []string{`{"a":1}`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range tt.piece.smaller() {
				body, _ := p.body()
				got = append(got, string(body))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNothingIsSentAfterAPieceThatCouldNotBe(t *testing.T) {
	t.Parallel()
	sent := 0
	c := &cutter{most: bounds{mostBytes, mostFindings}, send: func(piece) error { sent++; return fault.New(fault.Denied, "no") }, skip: func(string) {}}
	err := c.cut(strings.NewReader(strings.Join(numbered(40, 15_000), "\n")))
	if sent != 1 || fault.CodeOf(err) != fault.Denied {
		t.Errorf("%s pieces were sent: %v", strconv.Itoa(sent), err)
	}
}
