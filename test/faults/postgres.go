package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tocsin/test/harness"
)

// placedWithin is how long after the last kill, which may have been of the
// server that gives positions, an entry may be without one.
const placedWithin = 2 * time.Second

// provesPostgres kills one of two servers that share one database.
func provesPostgres(w *world) ([]row, error) {
	const name = "PostgreSQL, kill -9 of one of two servers under load"
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return []row{skip(name, "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")}, nil
	}
	db, drop, err := harness.Database(server)
	if err != nil {
		return nil, err
	}
	rows, err := w.pair(name, db)
	return rows, errors.Join(err, drop())
}

func (w *world) pair(name, db string) ([]row, error) {
	first, token, err := w.installation("first", db)
	if err != nil {
		return nil, err
	}
	second := first
	second.Data = filepath.Join(w.work, "second")
	if second.Addr, err = freeAddr(); err != nil {
		return nil, err
	}
	both := []harness.Options{first, second}
	servers, err := startAll(both)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, s := range servers {
			s.Kill()
		}
	}()
	watch, err := watchPositions(first)
	if err != nil {
		return nil, err
	}
	defer watch.end()
	c := gatherCrowd(clients, "pair", token, w.seed, servers[0].URL, servers[1].URL)
	defer c.disband()
	kills := w.count(3, 20, 100)
	for i := range kills {
		time.Sleep(w.between(300*time.Millisecond, 900*time.Millisecond))
		victim := i % 2 // the one that gives positions is killed, too
		servers[victim].Kill()
		time.Sleep(w.between(50*time.Millisecond, 300*time.Millisecond))
		if servers[victim], err = harness.Start(both[victim]); err != nil {
			return nil, fmt.Errorf("after %d kills: %w", i+1, err)
		}
	}
	c.settle()
	late, err := watch.allPlaced()
	if err != nil {
		return nil, err
	}
	f, err := gather(first, c.ledger, servers[0].URL, token)
	if err != nil {
		return nil, err
	}
	j, whole := judge(c.ledger, f), verify(first)
	gaps, err := watch.gaps()
	if err != nil {
		return nil, err
	}
	return []row{
		{name + ": nothing acknowledged is lost or doubled", fmt.Sprintf("%d kills, %s, %d sent again, journal %s", kills, j, c.ledger.resent, whole.figure),
			"0 lost, 0 doubled", verdict(j.sound() && whole.ok)},
		{name + ": positions have no gap, and every entry has one soon after its commit",
			fmt.Sprintf("%d gaps in %d entries, last one placed %s after the last kill; longest wait during the kills %s", gaps, f.entries, late.Round(time.Millisecond), watch.longest().Round(time.Millisecond)),
			"0 gaps, " + placedWithin.String(), verdict(gaps == 0 && late <= placedWithin)},
	}, nil
}

func startAll(all []harness.Options) (servers []*harness.Server, err error) {
	for _, o := range all {
		s, err := harness.Start(o)
		if err != nil {
			for _, s := range servers {
				s.Kill()
			}
			return nil, err
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// positions looks, beside the product, at how long entries wait for theirs.
type positions struct {
	pool *sql.DB
	stop context.CancelFunc
	wg   sync.WaitGroup
	mu   sync.Mutex
	most time.Duration
}

func watchPositions(o harness.Options) (*positions, error) {
	pool, err := openStore(o)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &positions{pool: pool, stop: stop}
	p.wg.Go(func() {
		for ctx.Err() == nil {
			if age, err := p.oldest(); err == nil {
				p.mu.Lock()
				p.most = max(p.most, age)
				p.mu.Unlock()
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return p, nil
}

// oldest is how long the entry that has waited longest has waited, by the
// clock of the database's machine, which is ours.
func (p *positions) oldest() (time.Duration, error) {
	var at *int64
	err := p.pool.QueryRow(`SELECT MIN(at) FROM entry WHERE pos IS NULL`).Scan(&at)
	if err != nil || at == nil {
		return 0, err
	}
	return time.Since(time.UnixMicro(*at)), nil
}

func (p *positions) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// allPlaced waits until no entry is without a position.
func (p *positions) allPlaced() (time.Duration, error) {
	began := time.Now()
	for {
		age, err := p.oldest()
		if err != nil || age == 0 || time.Since(began) > time.Minute {
			return time.Since(began), err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// gaps counts the positions that nobody has.
func (p *positions) gaps() (int64, error) {
	var n, highest int64
	err := p.pool.QueryRow(`SELECT COUNT(pos), COALESCE(MAX(pos),0) FROM entry`).Scan(&n, &highest)
	return highest - n, err
}

func (p *positions) end() {
	p.stop()
	p.wg.Wait()
	_ = p.pool.Close()
}
