package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tocsin/test/harness"
)

// measureMillion fills an installation with as many tickets as asked for and
// measures what people and detectors feel then: intake alone, and beside eight
// analysts; the queue, a ticket and a search; memory, the start and the disk.
func measureMillion(s settings, r *results) error {
	if s.tickets == 0 {
		r.skip("the figures at many tickets, because -tickets is 0")
		return nil
	}
	m := &million{settings: s, o: harness.Options{Bin: s.bin, Data: filepath.Join(s.work, "million")}, with: fmt.Sprintf("at %s tickets", thousands(s.tickets))}
	steps := []func(*results) error{m.diskOfOne, m.bootstrap, m.fill, m.start, m.read, m.intake, m.together}
	if s.keep != "" {
		m.o.Data = s.keep
		if known, err := os.ReadFile(s.keep + ".token"); err == nil { // filled by an earlier run
			m.token = string(known)
			steps = slices.Delete(steps, 1, 3)
		}
	}
	for _, step := range steps {
		if err := step(r); err != nil {
			return errors.Join(err, m.stop())
		}
	}
	return m.stop()
}

func (m *million) bootstrap(*results) (err error) {
	m.token, err = harness.Bootstrap(m.o)
	return err
}

type million struct {
	settings
	o      harness.Options
	token  string
	with   string
	server *harness.Server
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

func (m *million) stop() error {
	if m.server == nil {
		return nil
	}
	code, _ := m.server.Stop(time.Minute)
	m.server = nil
	if code != 0 {
		return fmt.Errorf("the server ended with exit code %d", code)
	}
	return nil
}

func (m *million) again() (err error) {
	if err := m.stop(); err != nil {
		return err
	}
	m.server, err = harness.Start(m.o)
	return err
}

// diskOfOne is the disk that one worked ticket takes: one finding with three
// indicators, six entries, the original included.
func (m *million) diskOfOne(r *results) error {
	const n = 4000
	o := harness.Options{Bin: m.bin, Data: filepath.Join(m.work, "disk")}
	server, token, err := harness.Installation(o)
	if err != nil {
		return err
	}
	empty, err := sizeOf(o.Data)
	if err == nil {
		err = worked(server, token, n)
	}
	time.Sleep(3 * time.Second) // the readers of the journal catch up
	if code, _ := server.Stop(time.Minute); err != nil || code != 0 {
		return fmt.Errorf("working on tickets: %w (exit code %d)", err, code)
	}
	size, err := sizeOf(o.Data)
	if err != nil {
		return err
	}
	r.add(of("disk for each ticket with one finding, three indicators and six entries", "KB", sqliteFull, float64(size-empty)/n/1000).atMost(8).
		saying("what %s tickets add to the data directory, originals, search words and sightings included; KB are 1,000 bytes", thousands(n)))
	return nil
}

// worked opens tickets and works on each as an analyst does: acknowledge and
// take (two entries), move, note; with the opening and the finding that is six.
func worked(server *harness.Server, token string, n int) error {
	return crowd(8, func(who int) error {
		c, err := harness.NewCaller(server.URL, token)
		if err != nil {
			return err
		}
		defer c.Close()
		for i := who; i < n; i += 8 {
			res, _, err := c.Send(attack(int64(i)))
			if err != nil {
				return err
			}
			for _, do := range []struct {
				path string
				body any
			}{
				{"take", struct{}{}}, {"phase", map[string]string{"to": "analysis", "reason": "a look at it"}},
				{"notes", map[string]any{"text": "Asked the owner of the instance; no answer yet.", "significant": true}},
			} {
				if err := patiently(c, http.MethodPost, "/tickets/"+res.Ticket+"/"+do.path, do.body); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// patiently repeats a call that the rate limit of one token has refused.
func patiently(c *harness.Caller, method, path string, body any) error {
	for {
		err := c.Call(method, path, body, nil)
		if err == nil || !strings.Contains(err.Error(), "429") {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func sizeOf(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// fill takes findings in large bodies until there are as many tickets as asked
// for, and waits for the readers of the journal.
func (m *million) fill(r *results) error {
	if err := m.again(); err != nil {
		return err
	}
	const each = 1000
	began := time.Now()
	var mu sync.Mutex
	next := int64(0)
	err := crowd(3, func(int) error {
		c, err := harness.NewCaller(m.server.URL, m.token)
		if err != nil {
			return err
		}
		defer c.Close()
		for {
			mu.Lock()
			from := next
			next += each
			mu.Unlock()
			if from >= m.tickets {
				return nil
			}
			if err := sendMany(c, from, min(from+each, m.tickets)); err != nil {
				return err
			}
			if from%50_000 == 0 {
				fmt.Fprintf(os.Stderr, "   %s tickets after %s\n", thousands(from), time.Since(began).Round(time.Second))
			}
		}
	})
	if err != nil {
		return err
	}
	r.add(of("filling with large bodies, up to "+thousands(m.tickets)+" tickets", "findings/s", sqliteFull, float64(m.tickets)/time.Since(began).Seconds()))
	if err := m.caughtUp(r); err != nil || m.keep == "" {
		return err
	}
	return os.WriteFile(m.keep+".token", []byte(m.token), 0o600)
}

func sendMany(c *harness.Caller, from, to int64) error {
	body := []byte("[")
	for i := from; i < to; i++ {
		if i > from {
			body = append(body, ',')
		}
		body = append(body, attack(i)...)
	}
	body = append(body, ']')
	for {
		a, err := c.Do(http.MethodPost, "/api/v1/findings", body)
		switch {
		case err != nil:
			return err
		case a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable:
			time.Sleep(500 * time.Millisecond)
		case a.Status != http.StatusOK:
			return fmt.Errorf("a body of findings was answered %d: %.300s", a.Status, a.Raw)
		default:
			if n := strings.Count(string(a.Raw), `"opened"`); int64(n) != to-from {
				return fmt.Errorf("%d of %d findings opened a ticket: %.300s", n, to-from, a.Raw)
			}
			return nil
		}
	}
}

// caughtUp waits until the newest ticket is found by its words, which the last
// of the readers makes possible.
func (m *million) caughtUp(r *results) error {
	c, err := harness.NewCaller(m.server.URL, m.token)
	if err != nil {
		return err
	}
	defer c.Close()
	began := time.Now()
	for time.Since(began) < 15*time.Minute {
		var page struct{ Items []any }
		err := c.Call(http.MethodGet, "/tickets?limit=1&q="+word(m.tickets-1), nil, &page)
		if err == nil && len(page.Items) == 1 {
			r.add(of("search index caught up after the last finding, "+m.with, "s", sqliteFull, time.Since(began).Seconds()))
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return errors.New("the search index did not catch up in 15 minutes")
}

// start is a cold start of the server; the operating system may still have
// pages of the file.
func (m *million) start(r *results) error {
	var ready, resident []float64
	for range m.rounds {
		if err := m.again(); err != nil {
			return err
		}
		bytes, err := m.server.Resident()
		if err != nil {
			return err
		}
		ready, resident = append(ready, m.server.Ready.Seconds()), append(resident, mib(bytes))
	}
	r.add(of("start to listening, "+m.with, "s", sqliteFull, ready...).atMost(2),
		of("resident memory when listening, "+m.with, "MiB", sqliteFull, resident...).atMost(300))
	size, err := sizeOf(m.o.Data)
	r.add(of("disk for each ticket, "+m.with, "KB", sqliteFull, float64(size)/float64(m.tickets)/1000).saying("two entries each: as they came in"))
	return err
}

// The ways in which an analyst reads. Each returns how long the answer took.
type reading func(c *harness.Caller, n int) error

func queuePage(c *harness.Caller, _ int) error {
	if err := c.Call(http.MethodGet, "/tickets?limit=50&q=open:true", nil, nil); err != nil {
		return err
	}
	return c.Call(http.MethodGet, "/views", nil, nil)
}

func (m *million) ticketPage(c *harness.Caller, _ int) error {
	ref := fmt.Sprintf("/tickets/INC-%d", 1+rand.Int64N(m.tickets*9/10))
	for _, more := range []string{"", "/log", "/related"} {
		if err := c.Call(http.MethodGet, ref+more, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// search asks for one word that many tickets have, for one that few have, and
// for an address.
func (m *million) search(c *harness.Caller, n int) error {
	q := [...]string{"command", "beacon+" + region(rand.Int64N(100)), word(rand.Int64N(m.tickets)), address(rand.Int64N(m.tickets))}[n%4]
	return c.Call(http.MethodGet, "/tickets?limit=50&q="+q, nil, nil)
}

// read measures each way of reading alone, one after the other.
func (m *million) read(r *results) error {
	for _, way := range []struct {
		name string
		do   reading
		bar  float64
	}{
		{"queue page with the counts of its views", queuePage, 30}, {"ticket page (ticket, log, related)", m.ticketPage, 30}, {"search", m.search, 150},
	} {
		c, err := harness.NewCaller(m.server.URL, m.token)
		if err != nil {
			return err
		}
		var p95 []float64
		for range m.rounds {
			took, err := times200(c, way.do)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			p95 = append(p95, milliseconds(quantile(took, 0.95)))
		}
		c.Close()
		r.add(of(way.name+" p95, "+m.with, "ms", noWrites, p95...).atMost(way.bar).saying("200 times, one after the other"))
	}
	return nil
}

func times200(c *harness.Caller, do reading) ([]time.Duration, error) {
	took := make([]time.Duration, 0, 200)
	for n := range cap(took) {
		began := time.Now()
		if err := do(c, n); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took, nil
}

func (m *million) sender(name string) func(n int) (func() error, error) {
	return func(n int) (func() error, error) {
		c, err := harness.NewCaller(m.server.URL, m.token)
		i := int64(0)
		return func() error {
			i++
			_, _, err := c.Send(harness.Control(fmt.Sprintf("%s-%d", name, n), i))
			return err
		}, err
	}
}

func (m *million) intake(r *results) error {
	var all []round
	for i := range m.rounds {
		one, err := drive(2*m.each, m.sender(fmt.Sprint("alone", i)))
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	r.add(rates("intake over HTTP, 64 callers, "+m.with, all).atLeast(1200),
		times("intake p99, "+m.with, all, func(x round) time.Duration { return x.p99 }).atMost(150))
	return nil
}

// together is intake while eight analysts page, search and open tickets as fast
// as they are answered.
func (m *million) together(r *results) error {
	var all []round
	var slowest []float64
	done := 0
	for i := range m.rounds {
		stop := make(chan struct{})
		var took []time.Duration
		var mu sync.Mutex
		analysts := make(chan error, 1)
		go func() {
			analysts <- crowd(8, func(who int) error {
				mine, err := m.analyst(who, stop)
				mu.Lock()
				defer mu.Unlock()
				took = append(took, mine...)
				return err
			})
		}()
		one, err := drive(2*m.each, m.sender(fmt.Sprint("beside", i)))
		close(stop)
		if err := errors.Join(err, <-analysts); err != nil {
			return err
		}
		slices.Sort(took)
		all, slowest, done = append(all, one), append(slowest, milliseconds(quantile(took, 0.99))), done+len(took)
	}
	r.add(rates("intake beside eight analysts, "+m.with, all).atLeast(500),
		times("intake p99 beside eight analysts, "+m.with, all, func(x round) time.Duration { return x.p99 }).atMost(250),
		of("what the eight analysts wait for, p99, "+m.with, "ms", sqliteFull, slowest...).saying("%d pages, searches and tickets in all rounds; each with a pause of 100 ms", done))
	bytes, err := m.server.Resident()
	r.add(of("resident memory after all this, "+m.with, "MiB", sqliteFull, mib(bytes)).atMost(300))
	return err
}

// analyst reads until stop is closed, with the pause of somebody very quick.
func (m *million) analyst(who int, stop <-chan struct{}) ([]time.Duration, error) {
	c, err := harness.NewCaller(m.server.URL, m.token)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var took []time.Duration
	for n := who; ; n++ {
		select {
		case <-stop:
			return took, nil
		case <-time.After(100 * time.Millisecond):
		}
		began := time.Now()
		if err := []reading{queuePage, m.search, m.ticketPage}[n%3](c, n); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
}

// crowd lets several work at once and returns the first error.
func crowd(n int, work func(who int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for who := range n {
		wg.Go(func() { errs[who] = work(who) })
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// words from which findings are made, so that some are in every ticket, some in
// many and some in one.
func word(n int64) string    { return fmt.Sprintf("host%07dx", n) }
func region(n int64) string  { return fmt.Sprintf("site%02d", n%100) }
func address(n int64) string { return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255) }

// attack is a detection in ASFF with three indicators: an address, a domain and
// a file's hash. It is medium: a million that are open and call people every
// quarter of an hour are no installation.
func attack(n int64) []byte {
	id := fmt.Sprintf("arn:aws:guardduty:eu-west-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0/finding/%032x", n)
	instance := fmt.Sprintf("arn:aws:ec2:eu-west-1:111122223333:instance/i-%017x", n)
	var b strings.Builder
	fmt.Fprintf(&b, `{"SchemaVersion":"2018-10-08","Id":%q,"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/guardduty","ProductName":"GuardDuty","CompanyName":"Amazon",`, id)
	b.WriteString(`"GeneratorId":"arn:aws:guardduty:eu-west-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0","AwsAccountId":"111122223333","Region":"eu-west-1",` +
		`"Types":["TTPs/Command and Control/Backdoor:EC2-C&CActivity.B"],"FirstObservedAt":"2026-11-01T09:00:00Z","LastObservedAt":"2026-11-01T09:10:00Z",` +
		`"CreatedAt":"2026-11-01T09:00:00Z","UpdatedAt":"2026-11-01T09:10:00Z","Severity":{"Label":"MEDIUM","Normalized":50,"Product":5},`)
	fmt.Fprintf(&b, `"Title":"%s speaks to a known command and control server","Description":"The instance %s at %s sends a beacon every 60 seconds to an address that is on a threat list.",`, word(n), word(n), region(n))
	fmt.Fprintf(&b, `"Resources":[{"Type":"AwsEc2Instance","Id":%q,"Partition":"aws","Region":"eu-west-1","Tags":{"env":"production","team":"%s"},"Details":{"AwsEc2Instance":{"Type":"m5.large","VpcId":"vpc-0a1b2c3d","SubnetId":"subnet-0a1b2c3d"}}}],`, instance, region(n))
	fmt.Fprintf(&b, `"Action":{"ActionType":"NETWORK_CONNECTION","NetworkConnectionAction":{"ConnectionDirection":"OUTBOUND","Protocol":"TCP","Blocked":false,"RemoteIpDetails":{"IpAddressV4":%q,"Country":{"CountryName":"Exampleland"},"Organization":{"Asn":64500,"AsnOrg":"Example Networks"}},"RemotePortDetails":{"Port":443}}},`, address(n))
	fmt.Fprintf(&b, `"ThreatIntelIndicators":[{"Type":"DOMAIN","Value":"c2-%d.example.net","Category":"COMMAND_AND_CONTROL"},{"Type":"HASH_SHA256","Value":"%064x","Category":"MALWARE"}],`, n, n)
	b.WriteString(`"Workflow":{"Status":"NEW"},"WorkflowState":"NEW","RecordState":"ACTIVE"}`)
	return []byte(b.String())
}
