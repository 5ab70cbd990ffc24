package finding

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"strings"
	"testing"

	"tocsin/internal/fault"
)

func zipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestObjectsAreReadByTheirContent(t *testing.T) {
	t.Parallel()
	asff, native := oneLine(t, asffFixture(t)), oneLine(t, detail(t, "guardduty-dns.json", "detail"))
	log := strings.Repeat("GET /index.html 200\n", 5000)
	noise := strings.Repeat("{\"webaclId\":\"x\",\"action\":\"BLOCK\"}\n", 150)
	tests := []struct {
		name string
		body []byte
		good int
		bad  int
		slug string
	}{
		{"one finding", []byte(asff), 1, 0, ""},
		{"one a line", []byte(asff + "\n" + native + "\n"), 2, 0, ""},
		{"packed", zipped(t, asff+"\n"+native), 2, 0, ""},
		{"packed in two members", append(zipped(t, asff+"\n"), zipped(t, native)...), 2, 0, ""},
		{"one behind the other, as Firehose writes them", []byte(asff + native + asff), 3, 0, ""},
		{"a list", []byte("[" + asff + "," + native + "]"), 2, 0, ""},
		{"a bad line between", []byte(asff + "\n{\"a\":\n" + native), 2, 1, ""},
		{"nothing", nil, 0, 0, ""},
		{"white space", []byte(" \n"), 0, 0, ""},
		{"nothing, packed", zipped(t, ""), 0, 0, ""},
		{"a digest of CloudTrail", []byte(`{"digestS3Bucket":"b","logFiles":[]}`), 0, 0, ""},
		{"Parquet", []byte("PAR1....PAR1"), 0, 0, "unreadable-object"},
		{"Parquet, packed", zipped(t, "PAR1....PAR1"), 0, 0, "unreadable-object"},
		{"packed twice", zipped(t, string(zipped(t, asff))), 0, 0, "unreadable-object"},
		{"zstd", []byte("\x28\xb5\x2f\xfd...."), 0, 0, "unreadable-object"},
		{"gzip that breaks off", zipped(t, asff)[:200], 0, 0, "broken-gzip"},
		{"gzip that is damaged", append(zipped(t, asff)[:300], bytes.Repeat([]byte{7}, 200)...), 0, 0, "broken-gzip"},
		{"only the magic of gzip", []byte{0x1f, 0x8b}, 0, 0, "broken-gzip"},
		{"an access log", []byte(log), 0, 0, slugMalformed},
		{"another log in JSON", []byte(noise), 0, 0, "no-finding"},
		{"another log and one finding", []byte(noise + asff), 1, 101, ""},
		{"a few foreign lines", []byte("{\"a\":1}\n{\"a\":2}\n"), 0, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts, err := DecodeObject("s3://logs/a/b.json", tt.body)
			if e := fault.As(err); err != nil && (e.Slug != tt.slug || e.Code != fault.Invalid) || err == nil && tt.slug != "" {
				t.Fatalf("got %v, want %q", err, tt.slug)
			}
			good, bad := 0, 0
			for _, p := range parts {
				checkPart(t, p)
				if p.Finding != nil {
					good++
				} else {
					bad++
				}
			}
			if good != tt.good || bad != tt.bad {
				t.Errorf("%d good and %d bad parts, want %d and %d", good, bad, tt.good, tt.bad)
			}
		})
	}
}

func TestAnObjectThatUnpacksToFarTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	bomb := zipped(t, strings.Repeat(" ", 100<<20))
	for name, body := range map[string][]byte{"a bomb": bomb, "a small bomb": zipped(t, strings.Repeat("[", 8<<20)), "a huge text": make([]byte, 65<<20)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeObject(name, body)
		runtime.ReadMemStats(&after)
		if e := fault.As(err); e == nil || e.Slug != "too-large" {
			t.Errorf("%s: got %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
			t.Errorf("%s: took %d MiB to refuse", name, used>>20)
		}
	}
}

func TestALargeObjectComesInBatchesAndStopsAtAnError(t *testing.T) {
	t.Parallel()
	asff := oneLine(t, asffFixture(t))
	body := []byte(strings.Repeat(asff+"\n", 1200))
	sizes := []int{}
	if err := ScanObject("x", body, func(p []Part) error { sizes = append(sizes, len(p)); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(sizes) != 3 || sizes[0] != 500 || sizes[2] != 200 {
		t.Errorf("batches of %v", sizes)
	}
	boom, calls := errors.New("boom"), 0
	err := ScanObject("x", zipped(t, string(body)), func([]Part) error { calls++; return boom })
	if !errors.Is(err, boom) || calls != 1 {
		t.Errorf("%d calls and %v", calls, err)
	}
	list := []byte("[" + strings.Repeat(asff+",", 1199) + asff + "]")
	if parts, err := DecodeObject("x", list); err != nil || len(parts) != 1200 {
		t.Errorf("a list gave %d parts, %v", len(parts), err)
	}
}
