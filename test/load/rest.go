package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"tocsin/test/harness"
)

// measurePostgres is intake on PostgreSQL, each round in a fresh database.
func measurePostgres(s settings, r *results) error {
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		r.skip("intake on PostgreSQL, because TOCSIN_TEST_PG is not set (make bench starts one)")
		return nil
	}
	var all []round
	for i := range s.rounds {
		db, drop, err := harness.Database(server)
		if err != nil {
			return err
		}
		one, err := intakeRound(s, fmt.Sprintf("pg%d", i), db)
		if err := errors.Join(err, drop()); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "   PostgreSQL %.0f/s p50 %s p99 %s cpu %s\n", one.rate, one.p50, one.p99, one.cpu)
		all = append(all, one)
	}
	rate := rates("intake over HTTP, 64 callers, PostgreSQL", all).atLeast(400)
	p99 := times("intake p99, PostgreSQL", all, func(x round) time.Duration { return x.p99 })
	rate.Durability, p99.Durability = postgresSync, postgresSync
	r.add(rate, p99)
	return nil
}

// measureStart is how long the server takes to listen and how much memory it
// has then, empty and with 20,000 tickets.
func measureStart(s settings, r *results) error {
	o := harness.Options{Bin: s.bin, Data: filepath.Join(s.work, "start")}
	token, err := harness.Bootstrap(o)
	if err != nil {
		return err
	}
	if err := starts(s, o, r, "an empty database"); err != nil {
		return err
	}
	server, err := harness.Start(o)
	if err != nil {
		return err
	}
	err = fill(server, token, 20_000)
	resident, err2 := server.Resident()
	code, _ := server.Stop(time.Minute)
	if err := errors.Join(err, err2); err != nil || code != 0 {
		return fmt.Errorf("filling: %w (exit code %d)", err, code)
	}
	if err := starts(s, o, r, "20,000 tickets"); err != nil {
		return err
	}
	r.add(of("resident memory after taking 20,000 findings", "MiB", sqliteFull, mib(resident)))
	return nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func starts(s settings, o harness.Options, r *results, with string) error {
	var ready, resident []float64
	for range s.rounds {
		server, err := harness.Start(o)
		if err != nil {
			return err
		}
		bytes, err := server.Resident()
		if code, _ := server.Stop(20 * time.Second); err != nil || code != 0 {
			return fmt.Errorf("starting with %s: %w (exit code %d)", with, err, code)
		}
		ready, resident = append(ready, milliseconds(server.Ready)), append(resident, mib(bytes))
	}
	r.add(of("start to listening, "+with, "ms", sqliteFull, ready...), of("resident memory when listening, "+with, "MiB", sqliteFull, resident...))
	return nil
}

// fill sends findings, each of which opens a ticket, in large bodies.
func fill(server *harness.Server, token string, n int64) error {
	c, err := harness.NewCaller(server.URL, token)
	if err != nil {
		return err
	}
	defer c.Close()
	const each = 500
	for from := int64(0); from < n; from += each {
		body := []byte("[")
		for i := from; i < from+each; i++ {
			if i > from {
				body = append(body, ',')
			}
			body = append(body, harness.Control("fill", i)...)
		}
		a, err := c.Do(http.MethodPost, "/api/v1/findings", append(body, ']'))
		if err != nil || a.Status != http.StatusOK {
			return fmt.Errorf("a body of %d findings was answered %d: %w", each, a.Status, err)
		}
		if n := bytes.Count(a.Raw, []byte(`"opened"`)); n != each {
			return fmt.Errorf("%d of %d findings opened a ticket", n, each)
		}
		time.Sleep(50 * time.Millisecond) // stay below the rate limit of one token
	}
	return nil
}

// measureWeb is what a browser loads before it shows anything, as the server
// sends it: the page and every script and style sheet that it names.
func measureWeb(s settings, r *results) error {
	server, _, err := harness.Installation(harness.Options{Bin: s.bin, Data: filepath.Join(s.work, "web")})
	if err != nil {
		return err
	}
	defer server.Stop(20 * time.Second)
	page, size, err := asset(server.URL, "/")
	if err != nil {
		return err
	}
	named := regexp.MustCompile(`(?:src|href)="([^"]+\.(?:js|css))"`).FindAllSubmatch(page, -1)
	if len(named) == 0 {
		r.skip("first load, because the binary has no web UI in it (make build puts it in)")
		return nil
	}
	for _, m := range named {
		_, n, err := asset(server.URL, path.Join("/", string(m[1])))
		if err != nil {
			return err
		}
		size += n
	}
	r.add(of("first load, gzip", "KiB", noWrites, float64(size)/1024).atMost(200).saying("the page and the %d scripts and style sheets that it names", len(named)))
	return nil
}

// asset loads a file and returns it with its size on the wire under gzip.
func asset(base, name string) (text []byte, wire int, err error) {
	c, err := harness.NewCaller(base, "")
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	a, err := c.Do(http.MethodGet, name, nil)
	if err != nil || a.Status != http.StatusOK {
		return nil, 0, fmt.Errorf("GET %s was answered %d: %w", name, a.Status, err)
	}
	z, err := c.Do(http.MethodGet, name, nil, "Accept-Encoding: gzip")
	if err != nil || z.Status != http.StatusOK {
		return nil, 0, fmt.Errorf("GET %s with gzip was answered %d: %w", name, z.Status, err)
	}
	if z.Header.Get("Content-Encoding") == "gzip" {
		return a.Raw, len(z.Raw), nil
	}
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, err = w.Write(a.Raw)
	err = errors.Join(err, w.Close()) // writes what is left
	return a.Raw, small.Len(), err
}
