package finding

import (
	"strings"
	"testing"
)

// BenchmarkMapping is what a webhook costs beside what every finding costs: the
// mapping compiled for each call, and an alert of usual size mapped.
func BenchmarkMapping(b *testing.B) {
	item := `{"id":"a-1","name":"Beacon","prio":"P1","state":"firing","host":"web-1","who":"eve","at":"2026-11-20T10:00:00Z","net":[{"src":"185.220.101.4"}],"note":"` +
		strings.Repeat("Something happened that should not. ", 30) + `"}`
	body := []byte(`{"alerts":[` + item + `]}`)
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			mustCompile(b, plainMapping)
		}
	})
	b.Run("decode", func(b *testing.B) {
		m := mustCompile(b, plainMapping)
		for b.Loop() {
			if parts, err := m.Decode(body, MappingOrigin{From: "c"}); err != nil || parts[0].Err != nil {
				b.Fatal(err)
			}
		}
	})
}
