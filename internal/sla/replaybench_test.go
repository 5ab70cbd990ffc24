package sla

import (
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// longStory is what a ticket that was worked on for days has in its stream.
func longStory(n int) []Event {
	story := opened("2026-11-23T09:00Z", "medium", acked("2026-11-23T09:30Z"), moved("2026-11-23T10:00Z", "analysis"))
	for i := range n {
		e := kindAt("2026-11-23T11:00Z", journal.NoteAdded)
		e.At += int64(i) * 60e6
		story = append(story, e)
	}
	return append(story, paused("2026-11-24T08:00Z"), resumed("2026-11-24T12:00Z"), severity("2026-11-25T08:00Z", "high"), moved("2026-11-25T09:00Z", "containment"))
}

func BenchmarkReplayOfANewTicket(b *testing.B) {
	docs := shipped(b)
	for _, severity := range []string{"critical", "medium"} {
		b.Run(severity, func(b *testing.B) {
			story := opened("2026-11-23T09:00Z", severity)
			for b.Loop() {
				Replay(docs, story, story[0].At).Face()
			}
		})
	}
}

func BenchmarkReplayOfALongStory(b *testing.B) {
	docs := shipped(b)
	for name, n := range map[string]int{"10 entries": 10, "1,000 entries": 1000} {
		b.Run(name, func(b *testing.B) {
			story := longStory(n)
			for b.Loop() {
				Replay(docs, story, at("2026-11-26T10:00Z"))
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	d := Default("Europe/Amsterdam").filled()
	for b.Loop() {
		compile(d, 1, at("2026-11-23T10:00Z"))
	}
}

// What the clocks cost a ticket that comes in.
func BenchmarkATicketThatComesIn(b *testing.B) {
	for name, open := range map[string]func(testing.TB, func() time.Time) *db.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b, time.Now)
			vault := seal.New(seal.RandomKey())
			if err := vault.EnsureTenant(b.Context(), d, dbtest.Tenant); err != nil {
				b.Fatal(err)
			}
			s := New(Config{DB: d, Journal: journal.New(vault)})
			t := &ticket.Ticket{ID: "t", Severity: "medium", Type: "detection"}
			err := d.Write(db.As(b.Context(), dbtest.Tenant, "system:test"), func(tx *db.Tx) error {
				if err := s.Ensure(tx); err != nil {
					return err
				}
				b.ResetTimer()
				for range b.N {
					if _, err := s.openedFace(tx, t); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
