package finding

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used; on a busy machine it says more than
// the clock on the wall.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func bench(b *testing.B, body []byte, do func()) {
	b.Helper()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
}

func benchDecode(b *testing.B, body string) {
	b.Helper()
	raw := []byte(body)
	bench(b, raw, func() {
		if parts, err := Decode(raw); err != nil || parts[0].Err != nil {
			b.Fatal(err, parts[0].Err)
		}
	})
}

func BenchmarkDecodeASFF(b *testing.B)        { benchDecode(b, asffFixture(b)) }
func BenchmarkDecodeASFFInEvent(b *testing.B) { benchDecode(b, fixture(b, "asff-guardduty.json")) }
func BenchmarkDecodeASFFControl(b *testing.B) { benchDecode(b, fixture(b, "asff-control.json")) }
func BenchmarkDecodeGuardDuty(b *testing.B)   { benchDecode(b, fixture(b, "guardduty-dns.json")) }
func BenchmarkDecodeOCSFInEvent(b *testing.B) { benchDecode(b, fixture(b, "ocsf-detection.json")) }

func BenchmarkParse(b *testing.B) {
	s := asffFixture(b)
	bench(b, []byte(s), func() {
		if _, f := parseJSON(s); f != nil {
			b.Fatal(f.why)
		}
	})
}

func BenchmarkContentHash(b *testing.B) {
	v, _ := parseJSON(asffFixture(b))
	bench(b, []byte(asffFixture(b)), func() { contentHash(content(v.(map[string]any), FormatASFF)) })
}
