package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// BenchmarkBackup measures a backup and a restore: TOCSIN_BENCH_TICKETS tickets,
// 5,000 without it. Run it with -benchtime 1x.
func BenchmarkBackup(b *testing.B) {
	n := 5000
	if text := os.Getenv("TOCSIN_BENCH_TICKETS"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	o := cli.StoreOptions{Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "key")}
	r, err := Open(context.Background(), Settings{Data: o.Data, KeyFile: o.KeyFile})
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := r.Identity.Bootstrap(context.Background(), identity.Setup{Email: "a@example.org"}); err != nil {
		b.Fatal(err)
	}
	fillBench(b, r, n)
	sizes, err := r.DB.Sizes(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		file := filepath.Join(b.TempDir(), "bench.backup")
		f, err := os.Create(file)
		if err != nil {
			b.Fatal(err)
		}
		busy, stop := context.WithCancel(context.Background())
		taken := make(chan int)
		go func() { taken <- keepTaking(busy, b, r, n) }()
		began := time.Now()
		a, err := r.Backup(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "backup-s")
		stop()
		b.ReportMetric(float64(<-taken)/time.Since(began).Seconds(), "findings/s-meanwhile")
		after, err := r.DB.Sizes(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(after.WAL)/1e6, "log-MB")
		b.ReportMetric(float64(a.Bytes)/1e6, "archive-MB")
		b.ReportMetric(float64(sizes.Database+sizes.WAL)/1e6, "database-MB")
		_ = f.Close()
		for name, url := range map[string]string{"sqlite": "", "postgres": os.Getenv("TOCSIN_BENCH_PG")} {
			if name == "postgres" && url == "" {
				continue
			}
			began = time.Now()
			if _, err := restore(context.Background(), cli.StoreOptions{Data: filepath.Join(b.TempDir(), "to"), DB: url, KeyFile: o.KeyFile}, file, true); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(began).Seconds(), "restore-"+name+"-s")
		}
	}
	_ = r.Close()
}

func fillBench(b *testing.B, r *Rooms, n int) {
	b.Helper()
	ctx := db.As(context.Background(), identity.Main, "user:bench")
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				res, err := r.Intake(ctx, "api", sample(i))
				if err == nil {
					err = r.DB.Write(ctx, func(tx *db.Tx) error {
						_, err := r.Journal.Append(tx, journal.Entry{Stream: ticket.Stream(res[0].Ticket), Kind: journal.NoteAdded, Priv: map[string]any{"text": "Seen before; the owner of the bucket knows."}})
						return err
					})
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// keepTaking takes findings in, 16 callers, and returns how many.
func keepTaking(ctx context.Context, b *testing.B, r *Rooms, from int) int {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := r.Intake(db.As(ctx, identity.Main, "user:bench"), "api", sample(next.Add(1)))
				if err != nil && ctx.Err() == nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return int(next.Load()) - from
}
