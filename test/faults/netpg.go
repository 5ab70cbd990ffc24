package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tocsin/test/faults/wire"
	"tocsin/test/harness"
)

const (
	// boundedBy is how long a request may take while the database is silent.
	boundedBy = 35 * time.Second
	// wellWithin is how long it may take until everything works again.
	wellWithin = 20 * time.Second
)

// silentPostgres puts a wire between the server and its database that falls
// silent: connections stand and nothing is answered.
func (w *world) silentPostgres() ([]row, error) {
	const name = "PostgreSQL falls silent (half-open): requests fail in bounded time, recovery by itself"
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return []row{skip(name, "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")}, nil
	}
	db, drop, err := harness.Database(server)
	if err != nil {
		return nil, err
	}
	r, err := w.silence(name, db)
	return []row{r}, errors.Join(err, drop())
}

func (w *world) silence(name, db string) (row, error) {
	u, err := url.Parse(db)
	if err != nil {
		return row{}, err
	}
	line, err := wire.New(u.Host)
	if err != nil {
		return row{}, err
	}
	defer line.Close()
	direct := harness.Options{Bin: w.bin, Data: filepath.Join(w.work, "silent"), DB: db}
	u.Host = line.Addr()
	o := direct
	o.DB = u.String()
	s, token, err := harness.Installation(o)
	if err != nil {
		return row{}, err
	}
	defer s.Kill()
	c := gatherCrowd(8, "silent", token, w.seed, s.URL)
	defer c.disband()
	time.Sleep(time.Second)
	var p quiet
	rounds := w.count(1, 3, 10)
	for i := range rounds {
		line.Set(wire.Mood{Silent: true})
		if err := p.ask(s.URL, token); err != nil {
			return row{}, err
		}
		line.Set(wire.Mood{})
		if i%2 == 1 {
			line.Reset() // and now and then the old connections are reset as well
		}
		if err := p.recover(s.URL, token); err != nil {
			return row{}, err
		}
	}
	began := time.Now()
	c.settle()
	settled := time.Since(began)
	f, err := gather(direct, c.ledger, s.URL, token)
	if err != nil {
		return row{}, err
	}
	j := judge(c.ledger, f)
	figure := fmt.Sprintf("%d silences, %d requests: %d refused with 503, %d answered otherwise, the slowest after %s; reading well again after at most %s, everything answered %s after the last; %s",
		rounds, p.asked, p.refused, p.other, p.slowest.Round(100*time.Millisecond), p.well.Round(100*time.Millisecond), settled.Round(100*time.Millisecond), j)
	holds := j.sound() && p.other == 0 && p.refused > 0 && p.slowest <= boundedBy && p.well <= wellWithin && settled <= boundedBy
	return row{name, figure, fmt.Sprintf("%s, %s, 0 lost, 0 doubled", boundedBy, wellWithin), verdict(holds)}, nil
}

// quiet is what requests got while the database was silent.
type quiet struct {
	mu                    sync.Mutex
	asked, refused, other int
	slowest, well         time.Duration
}

// ask sends many different requests at once and waits for all.
func (p *quiet) ask(url, token string) error {
	var wg sync.WaitGroup
	var failed error
	for i := range 60 { // more than the server has connections to its database
		c, err := harness.NewCaller(url, token)
		if err != nil {
			return err
		}
		wg.Go(func() {
			defer c.Close()
			method, path, body := http.MethodGet, "/api/v1/tickets?limit=5", []byte(nil)
			if i%3 == 0 {
				method, path, body = http.MethodPost, "/api/v1/findings", harness.Control("silence", int64(i))
			}
			began := time.Now()
			a, err := c.Do(method, path, body)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked++
			p.slowest = max(p.slowest, time.Since(began))
			switch {
			case err != nil:
				failed = errors.Join(failed, err)
				p.other++
			case a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
				p.refused++
			default:
				p.other++
			}
		})
	}
	wg.Wait()
	return nil
}

// recover waits until twenty requests in a row are answered.
func (p *quiet) recover(url, token string) error {
	c, err := harness.NewCaller(url, token)
	if err != nil {
		return err
	}
	defer c.Close()
	began := time.Now()
	for good := 0; good < 20 && time.Since(began) < 2*wellWithin; {
		a, err := c.Do(http.MethodGet, "/api/v1/tickets?limit=5", nil)
		if err == nil && a.Status == http.StatusOK {
			good++
			continue
		}
		good = 0
		time.Sleep(50 * time.Millisecond)
	}
	p.well = max(p.well, time.Since(began))
	return nil
}
