// Package wire is a TCP proxy that does what networks do: it is slow, silent,
// cuts connections off in the middle and resets them. It comes in with the
// address of a server and goes out with an address that behaves so. It knows
// nothing of what it carries.
package wire

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Mood is how a connection behaves.
type Mood struct {
	Latency    time.Duration // before every piece, in both directions
	Rate       int           // bytes a second in each direction; 0 is as fast as it goes
	Silent     bool          // half-open: it stands, and nothing passes any more
	CutRequest int64         // reset before this byte to the server, 1 is the first; 0 is never
	CutAnswer  int64         // the same from the server
}

// Wire stands between clients and one server.
type Wire struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	mood     Mood
	plan     func(nth int) Mood // nil: the mood of the wire
	open     map[*line]bool
	count    int
	wg       sync.WaitGroup
}

// New listens on an address of this machine and carries to target.
func New(target string) (*Wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Wire{listener: l, target: target, open: map[*line]bool{}}
	w.wg.Go(w.accept)
	return w, nil
}

// Addr is where the server seems to be.
func (w *Wire) Addr() string { return w.listener.Addr().String() }

// Set changes how all connections behave, those that are open, too. One that
// was silent stays so: what was sent into it is lost.
func (w *Wire) Set(m Mood) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mood = m
	if m.Silent {
		for l := range w.open {
			l.silence()
		}
	}
}

// Plan says how each new connection behaves, by its number from 0.
func (w *Wire) Plan(plan func(nth int) Mood) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan = plan
}

// Reset ends every open connection as a firewall does that has forgotten them.
func (w *Wire) Reset() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.open)
	for l := range w.open {
		l.reset()
	}
	return n
}

// Close ends everything.
func (w *Wire) Close() {
	_ = w.listener.Close()
	w.Reset()
	w.wg.Wait()
}

func (w *Wire) accept() {
	for {
		c, err := w.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			w.wg.Go(func() { w.carry(c) })
		}
	}
}

// line is one connection: its two ends.
type line struct {
	wire           *Wire
	own            *Mood // nil: the mood of the wire
	client, server net.Conn
	dead           chan struct{} // closed when it has fallen silent
	over           chan struct{} // closed when it is reset
	once, hush     sync.Once
}

func (w *Wire) carry(client net.Conn) {
	l := &line{wire: w, client: client, dead: make(chan struct{}), over: make(chan struct{})}
	w.mu.Lock()
	mood := w.mood
	if w.plan != nil {
		m := w.plan(w.count)
		l.own, mood = &m, m
	}
	w.count++
	w.open[l] = true
	w.mu.Unlock()
	defer func() {
		l.reset()
		w.mu.Lock()
		delete(w.open, l)
		w.mu.Unlock()
	}()
	if mood.Silent {
		l.silence()
		<-l.over
		return
	}
	server, err := net.DialTimeout("tcp", w.target, 5*time.Second)
	if err != nil {
		return
	}
	w.mu.Lock()
	l.server = server
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.pump(server, client, func(m Mood) int64 { return m.CutRequest }) })
	both.Go(func() { l.pump(client, server, func(m Mood) int64 { return m.CutAnswer }) })
	both.Wait()
}

func (l *line) silence() { l.hush.Do(func() { close(l.dead) }) }

func (l *line) reset() {
	l.once.Do(func() {
		close(l.over)
		for _, c := range []net.Conn{l.client, l.server} {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a reset, not a farewell
				_ = tcp.Close()
			}
		}
	})
}

func (l *line) now() Mood {
	if l.own != nil {
		return *l.own
	}
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	return l.wire.mood
}

// pump carries one direction until it ends, or until the byte before which the
// connection is cut.
func (l *line) pump(to, from net.Conn, cut func(Mood) int64) {
	buf := make([]byte, 16<<10)
	carried := int64(0)
	for {
		n, err := from.Read(buf)
		m := l.now()
		select {
		case <-l.dead:
			<-l.over // the other side is not told, also not of an end
			return
		default:
		}
		if at := cut(m); at > 0 && carried+int64(n) >= at {
			_, _ = to.Write(buf[:max(at-1-carried, 0)])
			l.reset()
			return
		}
		if werr := l.pass(to, buf[:n], m); werr != nil || err != nil {
			l.farewell(to)
			return
		}
		carried += int64(n)
	}
}

// pass writes one piece, as late and as slowly as the mood is.
func (l *line) pass(to net.Conn, b []byte, m Mood) error {
	time.Sleep(m.Latency)
	for len(b) > 0 {
		n := len(b)
		if m.Rate > 0 {
			n = min(n, max(m.Rate/20, 1))
			time.Sleep(time.Second / 20)
		}
		if _, err := to.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// farewell hands on the end of one direction.
func (l *line) farewell(to net.Conn) {
	if tcp, ok := to.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
