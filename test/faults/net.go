package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tocsin/test/faults/wire"
	"tocsin/test/harness"
)

// behind is a server behind a wire.
type behind struct {
	o     harness.Options
	s     *harness.Server
	token string
	wire  *wire.Wire
}

// badClients puts bad networks between the server and its callers.
func (w *world) badClients() ([]row, error) {
	o := harness.Options{Bin: w.bin, Data: filepath.Join(w.work, "clients")}
	s, token, err := harness.Installation(o)
	if err != nil {
		return nil, err
	}
	defer s.Kill()
	line, err := wire.New(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		return nil, err
	}
	defer line.Close()
	b := &behind{o, s, token, line}
	var rows []row
	for _, try := range []func(*world) (row, error){b.slowBodies, b.deafWatchers, b.cutBodies, b.lostAnswers} {
		r, err := try(w)
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// promptly is how long an ordinary request may take while others misbehave.
const promptly = 10 * time.Second

// others sends n findings from eight honest clients and returns how many were
// taken promptly, and the slowest.
func (b *behind) others(run string, n int) (taken int, slowest time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		c, cerr := harness.NewCaller(b.s.URL, b.token)
		if cerr != nil {
			return 0, 0, cerr
		}
		wg.Go(func() {
			defer c.Close()
			for k := i; k < n; k += 8 {
				began := time.Now()
				_, _, serr := c.Send(harness.Control(run, int64(k)))
				took := time.Since(began)
				mu.Lock()
				slowest = max(slowest, took)
				if serr != nil {
					err = errors.Join(err, serr)
				} else if took < promptly {
					taken++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return taken, slowest, err
}

// slowBodies: many connections that send a head or a body a byte at a time.
func (b *behind) slowBodies(w *world) (row, error) {
	many, n := w.count(100, 300, 600), w.count(100, 400, 1000)
	host := strings.TrimPrefix(b.s.URL, "http://")
	var slow []net.Conn
	defer func() {
		for _, c := range slow {
			_ = c.Close()
		}
	}()
	for i := range many {
		c, err := net.Dial("tcp", host)
		if err != nil {
			return row{}, err
		}
		slow = append(slow, c)
		head := "POST /api/v1/findings HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + b.token + "\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n"
		if i%3 > 0 {
			head += "\r\n{"
		}
		if _, err := io.WriteString(c, head); err != nil {
			return row{}, err
		}
	}
	taken, slowest, err := b.others("slow", n)
	figure := fmt.Sprintf("%d slow connections, %d of %d others answered, the slowest in %s", many, taken, n, slowest.Round(time.Millisecond))
	ended := many
	if !w.short {
		ended = b.ended(slow)
		figure += fmt.Sprintf(", %d of the slow given up after 75 s", ended)
	}
	return row{"slow-loris bodies and heads do not starve others", figure, fmt.Sprintf("all within %s, slow ones ended", promptly), verdict(err == nil && taken == n && ended == many)}, nil
}

// ended counts the slow connections on which the server has given up, while
// each sends another byte every second.
func (b *behind) ended(slow []net.Conn) (n int) {
	began := time.Now()
	gone := map[net.Conn]bool{}
	for time.Since(began) < 75*time.Second && len(gone) < len(slow) {
		for _, c := range slow {
			if gone[c] {
				continue
			}
			_, werr := io.WriteString(c, " ")
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, rerr := io.Copy(io.Discard, c)
			var timeout net.Error
			if werr != nil || rerr == nil || !errors.As(rerr, &timeout) || !timeout.Timeout() {
				gone[c] = true
			}
		}
		time.Sleep(time.Second)
	}
	return len(gone)
}

const grownAtMost = 96 << 20

// deafWatchers: live streams whose clients are gone without a word.
func (b *behind) deafWatchers(w *world) (row, error) {
	many, n := 80, w.count(200, 1500, 20_000)
	before, err := b.s.Resident()
	if err != nil {
		return row{}, err
	}
	for range many {
		c, err := net.Dial("tcp", b.wire.Addr())
		if err != nil {
			return row{}, err
		}
		defer func() { _ = c.Close() }()
		if _, err := io.WriteString(c, "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+b.token+"\r\n\r\n"); err != nil {
			return row{}, err
		}
		if _, err := c.Read(make([]byte, 64)); err != nil { // it is being served
			return row{}, err
		}
	}
	b.wire.Set(wire.Mood{Silent: true})
	defer b.wire.Reset()
	defer b.wire.Set(wire.Mood{})
	seen, stop, err := b.watch()
	if err != nil {
		return row{}, err
	}
	defer stop()
	taken, slowest, err := b.others("deaf", n)
	if err != nil {
		return row{}, err
	}
	heard := b.await(seen, n, 20*time.Second)
	after, err := b.s.Resident()
	if err != nil {
		return row{}, err
	}
	grown := max(after-before, 0)
	return row{
		"half-open live streams hold up nobody and hold no memory",
		fmt.Sprintf("%d deaf streams, %d of %d findings answered, the slowest in %s, another watcher heard of %d of %d, memory grew by %d MiB", many, taken, n, slowest.Round(time.Millisecond), heard, n, grown>>20),
		fmt.Sprintf("all heard, at most %d MiB", grownAtMost>>20), verdict(taken == n && heard == n && grown < grownAtMost),
	}, nil
}

// watch follows the live events beside the deaf ones and counts tickets.
func (b *behind) watch() (seen func() int, stop func(), err error) {
	req, err := http.NewRequest(http.MethodGet, b.s.URL+"/api/v1/events", nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	var text strings.Builder
	go func() {
		buf := make([]byte, 32<<10)
		for {
			k, err := res.Body.Read(buf)
			mu.Lock()
			text.Write(buf[:k])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	seen = func() int {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(text.String(), "event: ticket.opened\n")
	}
	return seen, func() { _ = res.Body.Close() }, nil
}

func (b *behind) await(seen func() int, n int, most time.Duration) int {
	for began := time.Now(); seen() < n && time.Since(began) < most; {
		time.Sleep(50 * time.Millisecond)
	}
	return seen()
}

// list is a body of five findings.
func list(run string, n int) []byte {
	all := []string{}
	for i := range 5 {
		all = append(all, string(harness.Control(run, int64(5*n+i))))
	}
	return []byte(`{"findings":[` + strings.Join(all, ",") + `]}`)
}

// cutBodies: requests of five findings that end in the middle. Nothing of one
// may be stored that was not whole.
func (b *behind) cutBodies(w *world) (row, error) {
	n := w.count(30, 300, 1000)
	rng := rand.New(rand.NewPCG(w.seed, 7))
	whole, cut, odd := map[int]bool{}, 0, 0
	for i := range n {
		body := list("cut", i)
		at := int64(300 + rng.IntN(len(body)-300))
		if i%10 == 9 {
			at = 0
		}
		b.wire.Plan(func(int) wire.Mood { return wire.Mood{CutRequest: at} })
		c, err := harness.NewCaller("http://"+b.wire.Addr(), b.token)
		if err != nil {
			return row{}, err
		}
		a, err := c.Do(http.MethodPost, "/api/v1/findings", body)
		c.Close()
		switch {
		case err == nil && a.Status == http.StatusOK && at == 0:
			whole[i] = true
		case err != nil && at > 0:
			cut++
		default:
			odd++
		}
	}
	b.wire.Plan(nil)
	halves, lost, err := b.halves(n, whole)
	if err != nil {
		return row{}, err
	}
	delete(whole, 9) // what was stored and is not expected must be found
	planted, _, err := b.halves(n, whole)
	if err != nil {
		return row{}, err
	}
	return row{
		"bodies cut in the middle: nothing of them is stored, and the judge finds one that is",
		fmt.Sprintf("%d cut, %d whole, %d of the cut stored in part, %d of the whole lost, %d answered oddly; planted: %d found", cut, len(whole)+1, halves, lost, odd, planted),
		"0 stored, 0 lost, 1 planted", verdict(cut > 0 && halves == 0 && lost == 0 && odd == 0 && planted == 1),
	}, nil
}

// halves counts bodies of which something is stored and should not be, and
// those of which something is missing.
func (b *behind) halves(n int, whole map[int]bool) (halves, lost int, err error) {
	f, err := gather(b.o, newLedger(), b.s.URL, b.token)
	if err != nil {
		return 0, 0, err
	}
	for i := range n {
		there := 0
		for k := range 5 {
			there += f.copies[harness.ControlID("cut", int64(5*i+k))]
		}
		if whole[i] && there != 5 {
			lost++
		} else if !whole[i] && there > 0 {
			halves++
		}
	}
	return halves, lost, nil
}

// lostAnswers: the answer is cut off, so the caller asks again with the same
// Idempotency-Key until it gets one.
func (b *behind) lostAnswers(w *world) (row, error) {
	n := w.count(30, 300, 1000)
	rng := rand.New(rand.NewPCG(w.seed, 8))
	tries, stuck := 0, 0
	for i := range n {
		body, err := json.Marshal(map[string]string{"title": fmt.Sprintf("asked once, answered late: %d", i)})
		if err != nil {
			return row{}, err
		}
		answered := false
		for try := 0; try < 20 && !answered; try++ {
			at := int64(0)
			if try == 0 || rng.IntN(2) == 0 {
				at = int64(1 + rng.IntN(600))
			}
			tries++
			b.wire.Plan(func(int) wire.Mood { return wire.Mood{CutAnswer: at} })
			c, err := harness.NewCaller("http://"+b.wire.Addr(), b.token)
			if err != nil {
				return row{}, err
			}
			a, err := c.Do(http.MethodPost, "/api/v1/tickets", body, fmt.Sprintf("Idempotency-Key: lost-%d", i))
			c.Close()
			answered = err == nil && a.Status/100 == 2
			if err == nil && a.Status == http.StatusConflict {
				time.Sleep(20 * time.Millisecond) // the first one is still being done
			}
		}
		if !answered {
			stuck++
		}
	}
	b.wire.Plan(nil)
	pool, err := openStore(b.o)
	if err != nil {
		return row{}, err
	}
	defer func() { _ = pool.Close() }()
	var made, titles int
	err = pool.QueryRow(`SELECT COUNT(*), COUNT(DISTINCT title) FROM ticket WHERE title LIKE 'asked once, answered late%'`).Scan(&made, &titles)
	return row{
		"answers lost on the way and asked for again with the same Idempotency-Key: done once",
		fmt.Sprintf("%d requests sent %d times: %d lost, %d doubled, %d without an answer", n, tries, n-titles, made-titles, stuck),
		"0, 0, 0", verdict(err == nil && made == n && titles == n && stuck == 0 && tries > n),
	}, err
}
