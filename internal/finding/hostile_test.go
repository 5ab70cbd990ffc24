package finding

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/internal/fault"
)

// hostileBodies are the committed files and the generated bodies, by name.
func hostileBodies(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*"))
	if err != nil || len(files) < 80 {
		t.Fatalf("%d hostile files: %v", len(files), err)
	}
	bodies := hugeBodies(t)
	for _, file := range files {
		if name := filepath.Base(file); name != "outcomes.tsv" {
			bodies[name] = fixture(t, "hostile/"+name)
		}
	}
	return bodies
}

// TestHostileBodiesComeToTheirOutcome lists what becomes of each: -update writes
// the list anew, to be read line by line before it is committed.
func TestHostileBodiesComeToTheirOutcome(t *testing.T) {
	t.Parallel()
	bodies := hostileBodies(t)
	lines := []string{"# body\tpart\toutcome\tfield\treason"}
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		start := time.Now()
		parts, err := Decode([]byte(bodies[name]))
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		lines = append(lines, outcomesOf(t, name, parts, err)...)
	}
	compareGolden(t, filepath.Join("testdata", "hostile", "outcomes.tsv"), strings.Join(lines, "\n")+"\n")
}

func outcomesOf(t *testing.T, name string, parts []Part, err error) []string {
	t.Helper()
	if err != nil {
		return []string{fmt.Sprintf("%s\t-\t%s\t-\t%s", name, fault.As(err).Slug, brief(fault.As(err)))}
	}
	if len(parts) == 0 {
		return []string{name + "\t-\tnothing\t-\t"}
	}
	var lines []string
	for i, p := range parts {
		checkPart(t, p)
		switch {
		case i == 12:
			return append(lines, fmt.Sprintf("%s\t…\t%d parts\t-\t", name, len(parts)))
		case p.Finding != nil:
			checkText(t, p.Finding)
			lines = append(lines, fmt.Sprintf("%s\t%d\tread\t%s %s\t%s", name, i, p.Finding.Format, p.Finding.Severity, clean(p.Finding.Title, 60, false)))
		default:
			lines = append(lines, fmt.Sprintf("%s\t%d\t%s\t%s\t%s", name, i, p.Err.Slug, p.Err.Fields[0].Location, brief(p.Err)))
		}
	}
	return lines
}

func brief(e *fault.Error) string { return clean(e.Message, 160, false) }

// TestAnyTypeInAnyFieldIsSurvived puts each kind of value in the place of each
// value of each sample. Nothing may panic, and what is read must hold together.
func TestAnyTypeInAnyFieldIsSurvived(t *testing.T) {
	t.Parallel()
	values := []string{`"x"`, `[null,1,"x",{}]`, `{"a":{"a":[]}}`, `-1e999`, `null`, `7`, `""`, `"\ud800"`, `[]`, `{}`, `true`, `[[]]`, `{"a":null}`}
	if testing.Short() {
		values = values[:4]
	}
	names := append(sourceNames(t), goldenNames()...)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body any
			if json.Unmarshal([]byte(fixture(t, name+".json")), &body) != nil {
				t.Skip("one value a line: each stands in another sample")
			}
			spots := 0
			mutate(body, func(set func(any)) {
				spots++
				for _, v := range values {
					set(json.RawMessage(v))
					raw, err := json.Marshal(body)
					if err != nil {
						t.Fatal(err)
					}
					parts, err := Decode(raw)
					if err != nil && fault.CodeOf(err) != fault.Invalid {
						t.Fatalf("%v", err)
					}
					for _, p := range parts {
						checkPart(t, p)
						if p.Finding != nil {
							checkText(t, p.Finding)
						}
					}
				}
			})
			if spots < 10 {
				t.Errorf("only %d fields were tried", spots)
			}
		})
	}
}

// mutate visits each place in a document; set puts another value there, and the
// old one is put back afterwards.
func mutate(v any, visit func(set func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			old := v[key]
			visit(func(x any) { v[key] = x })
			v[key] = old
			mutate(old, visit)
		}
	case []any:
		for i, old := range v {
			visit(func(x any) { v[i] = x })
			v[i] = old
			mutate(old, visit)
		}
	}
}

// TestAMillionIndicatorsInOneFinding holds time and memory when one finding
// names a million addresses, in its fields and in its prose.
func TestAMillionIndicatorsInOneFinding(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds and a gigabyte of garbage")
	}
	const million = 1_000_000
	address := func(i int) string { return fmt.Sprintf("%d.%d.%d.%d", 11+i>>18, i>>12&63+1, i>>6&63+1, i&63+1) }
	var fields, prose strings.Builder
	for i := range million {
		if i > 0 {
			fields.WriteByte(',')
		}
		fields.WriteString(`{"Value":"` + address(i) + `"}`)
		prose.WriteString(address(i) + " ")
	}
	asff := oneLine(t, asffFixture(t))
	bodies := map[string]string{
		"in fields": change(t, asff, "ThreatIntelIndicators", json.RawMessage("["+fields.String()+"]")),
		"in prose":  change(t, asff, "Description", prose.String()),
	}
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		body := []byte(bodies[name])
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := cpuTime()
		parts, err := Decode(body)
		took := cpuTime() - start
		runtime.ReadMemStats(&after)
		if err != nil || len(parts) != 1 || parts[0].Finding == nil {
			t.Fatalf("%s: %v %+v", name, err, parts)
		}
		f := parts[0].Finding
		if len(f.Indicators) > maxIndicators || f.IndicatorCount < 100 && name == "in fields" {
			t.Errorf("%s: %d of %d indicators are kept", name, len(f.Indicators), f.IndicatorCount)
		}
		if took > 30*time.Second {
			t.Errorf("%s: %d MiB took %v", name, len(body)>>20, took)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 3<<30 {
			t.Errorf("%s: %d MiB took %d MiB of memory", name, len(body)>>20, used>>20)
		}
		if os.Getenv("TOCSIN_SHOW") != "" {
			t.Logf("%s: %d MiB, %v, %d MiB allocated, %d indicators", name, len(body)>>20, took, (after.TotalAlloc-before.TotalAlloc)>>20, f.IndicatorCount)
		}
	}
}

func TestGoodFindingsSurviveTheirNeighbours(t *testing.T) {
	t.Parallel()
	good := map[string]int{"mixed-lines.jsonl": 2, "mixed-list.json": 3, "mixed-records.json": 2, "mixed-findings.json": 1}
	for name, want := range good {
		got := 0
		for _, p := range mustDecode(t, []byte(fixture(t, "hostile/"+name))) {
			if p.Finding != nil {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d good findings survive, want %d", name, got, want)
		}
	}
}

// TestPiecesOfSamplesPutTogether grafts parts of samples into one another, which
// changing bytes hardly ever does: formats that pose as each other, wrappers in
// findings, fields of one in the place of another's.
func TestPiecesOfSamplesPutTogether(t *testing.T) {
	t.Parallel()
	var samples, pieces []any
	for _, name := range append(sourceNames(t), goldenNames()...) {
		v, f := parseJSON(strings.TrimSpace(fixture(t, name+".json")))
		if f != nil {
			continue // one value a line
		}
		samples = append(samples, v)
		collect(v, &pieces)
	}
	rapid.Check(t, func(rt *rapid.T) {
		body := clone(rapid.SampledFrom(samples).Draw(rt, "sample"))
		for range rapid.IntRange(1, 4).Draw(rt, "grafts") {
			graft(rt, body, clone(rapid.SampledFrom(pieces).Draw(rt, "piece")))
		}
		raw := appendCanonical(nil, body)
		parts, err := Decode(raw)
		if err != nil && fault.CodeOf(err) != fault.Invalid {
			rt.Fatal(err)
		}
		for _, p := range parts {
			checkPart(t, p)
			if p.Finding != nil {
				checkText(t, p.Finding)
			}
		}
		if t.Failed() {
			rt.Fatalf("%s", raw)
		}
	})
}

func collect(v any, into *[]any) {
	*into = append(*into, v)
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			collect(v[key], into)
		}
	case []any:
		for _, e := range v {
			collect(e, into)
		}
	}
}

func clone(v any) any {
	out, _ := parseJSON(string(appendCanonical(nil, v)))
	return out
}

// graft puts a piece somewhere into a document: an object's members beside those
// that are there, or anything in the place of a member.
func graft(rt *rapid.T, body, piece any) {
	at, ok := body.(map[string]any)
	for ok && rapid.Bool().Draw(rt, "deeper") {
		keys := sortedKeys(at)
		if len(keys) == 0 {
			break
		}
		next := at[rapid.SampledFrom(keys).Draw(rt, "key")]
		if list, isList := next.([]any); isList && len(list) > 0 {
			next = list[0]
		}
		m, isObject := next.(map[string]any)
		if !isObject {
			break
		}
		at = m
	}
	members, isObject := piece.(map[string]any)
	switch keys := sortedKeys(at); {
	case !ok || len(keys) == 0:
	case isObject && rapid.Bool().Draw(rt, "beside"):
		maps.Copy(at, members)
	default:
		at[rapid.SampledFrom(keys).Draw(rt, "place")] = piece
	}
}
