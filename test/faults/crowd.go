package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/test/harness"
)

// crowd are clients that go on through every fault: they send new findings,
// send again what was not answered, and work on tickets.
type crowd struct {
	ledger *ledger
	token  string
	urls   []string
	run    string
	stop   atomic.Bool
	calm   atomic.Bool // send again what was not answered, but nothing new
	wg     sync.WaitGroup
}

// gatherCrowd starts n clients, which take turns among the servers.
func gatherCrowd(n int, run, token string, seed uint64, urls ...string) *crowd {
	c := &crowd{ledger: newLedger(), token: token, urls: urls, run: run}
	for i := range n {
		m := &member{crowd: c, n: i, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		c.wg.Go(m.work)
	}
	return c
}

// settle lets everything unanswered be sent again, then ends the clients.
func (c *crowd) settle() {
	c.calm.Store(true)
	c.wg.Wait()
}

// disband ends the clients without that.
func (c *crowd) disband() {
	c.stop.Store(true)
	c.wg.Wait()
}

// member is one client.
type member struct {
	crowd   *crowd
	n       int
	rng     *rand.Rand
	sent    int64
	noted   int
	pending []int64 // numbers of findings sent and not answered
	tickets []string
	callers map[string]*harness.Caller
}

func (m *member) work() {
	m.callers = map[string]*harness.Caller{}
	for !m.crowd.stop.Load() && (!m.crowd.calm.Load() || len(m.pending) > 0) {
		c, err := m.caller()
		if err == nil {
			err = m.step(c)
		}
		if err != nil {
			time.Sleep(2 * time.Millisecond) // the server is away
		}
	}
	for _, c := range m.callers {
		c.Close()
	}
}

func (m *member) caller() (*harness.Caller, error) {
	url := m.crowd.urls[m.rng.IntN(len(m.crowd.urls))]
	if c := m.callers[url]; c != nil {
		return c, nil
	}
	c, err := harness.NewCaller(url, m.crowd.token)
	m.callers[url] = c
	return c, err
}

// step sends what was not answered, or something new, or works on a ticket.
func (m *member) step(c *harness.Caller) error {
	switch again := len(m.pending) > 0; {
	case again:
		m.crowd.ledger.count(&m.crowd.ledger.resent)
		return m.send(c, m.pending[0])
	case len(m.tickets) > 0 && m.rng.IntN(10) == 0:
		return m.command(c)
	}
	m.sent++
	m.pending = append(m.pending, m.sent)
	return m.send(c, m.sent)
}

// send sends one finding; it stays pending until it is answered for.
func (m *member) send(c *harness.Caller, n int64) error {
	run := fmt.Sprintf("%s-%d", m.crowd.run, m.n)
	r, _, err := c.Send(harness.Control(run, n))
	if err != nil {
		if errors.Is(err, harness.ErrRefused) {
			m.crowd.ledger.count(&m.crowd.ledger.refused)
		}
		return err
	}
	m.crowd.ledger.finding(harness.ControlID(run, n), r)
	m.pending = m.pending[1:]
	if r.TicketID != "" {
		m.tickets = append(m.tickets, r.TicketID)
	}
	return nil
}

// command works on one of the tickets that this client has opened. Each is
// taken at most once, so that a refusal means something is wrong.
func (m *member) command(c *harness.Caller) error {
	at := m.rng.IntN(len(m.tickets))
	id := m.tickets[at]
	kind := []string{"ack", "take", "notes"}[m.rng.IntN(3)]
	text, in := "", any(nil)
	if kind == "notes" {
		m.noted++
		text = fmt.Sprintf("note %d of client %d in %s", m.noted, m.n, m.crowd.run)
		in = map[string]any{"text": text, "significant": m.noted%2 == 0}
	}
	if kind == "take" {
		m.tickets = append(m.tickets[:at], m.tickets[at+1:]...)
	}
	if err := c.Call("POST", "/tickets/"+id+"/"+kind, in, nil); err != nil {
		return err // unknown, or refused: nothing is promised
	}
	m.crowd.ledger.command(kind, id, text)
	return nil
}
