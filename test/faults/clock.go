package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/internal/app"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/test/harness"
)

// hand is the wall clock of one node, which somebody sets.
type hand struct {
	offset atomic.Int64
	frozen atomic.Int64 // microseconds at which it stands still, 0 when it runs
}

func (h *hand) now() time.Time {
	if at := h.frozen.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return time.Now().Add(time.Duration(h.offset.Load()))
}

func (h *hand) stand() { h.frozen.Store(h.now().UnixMicro()) }
func (h *hand) run()   { h.frozen.Store(0) }
func (h *hand) set(to time.Duration) {
	h.offset.Store(int64(to))
	h.run()
}

// ahead is how far it is from the truth.
func (h *hand) ahead() time.Duration { return time.Until(h.now()) }

// provesClock works while the wall clock is set forwards and back, differently
// on each node, and stands still.
func provesClock(w *world) ([]row, error) {
	rows, err := w.clocks("SQLite", []app.Settings{{Data: filepath.Join(w.work, "one")}})
	if err != nil {
		return rows, err
	}
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return append(rows, skip("clock steps, PostgreSQL", "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")), nil
	}
	url, drop, err := harness.Database(server)
	if err != nil {
		return rows, err
	}
	key := filepath.Join(w.work, "key")
	more, err := w.clocks("PostgreSQL, two nodes", []app.Settings{
		{Data: filepath.Join(w.work, "left"), DB: url, KeyFile: key}, {Data: filepath.Join(w.work, "right"), DB: url, KeyFile: key},
	})
	return append(rows, more...), errors.Join(err, drop())
}

// node is one process's worth of rooms under a clock of its own.
type node struct {
	*app.Rooms
	hand  *hand
	stops []func()
	warns *warnings
}

// warnings counts what a node said of its clock.
type warnings struct {
	slog.Handler
	jumps atomic.Int64
}

// Handle implements slog.Handler.
func (h *warnings) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "clock of this machine jumped") {
		h.jumps.Add(1)
	}
	return nil
}

// Enabled implements slog.Handler.
func (h *warnings) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (h *warnings) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h *warnings) WithGroup(string) slog.Handler { return h }

// stage is the whole of the nodes and what they did.
type stage struct {
	nodes []*node
	email string
	user  string

	mu       sync.Mutex
	asked    map[string]time.Time // jobs, by key, when they were asked for
	done     map[string]int
	read     map[string]bool // finding streams that a reader was given
	found    map[string]string
	wrong    []string
	lateJob  time.Duration
	inside   int // nodes in the work of one
	together int // times that two were
	alone    int
}

func (w *world) clocks(engine string, settings []app.Settings) ([]row, error) {
	st := &stage{asked: map[string]time.Time{}, done: map[string]int{}, read: map[string]bool{}, found: map[string]string{}, email: "clock@example.org"}
	defer st.end()
	for _, s := range settings {
		if err := st.open(s); err != nil {
			return nil, err
		}
	}
	u, _, err := st.nodes[0].Identity.Bootstrap(context.Background(), identity.Setup{Email: st.email, Password: harness.Password})
	if err != nil {
		return nil, err
	}
	st.user = u.ID
	for _, n := range st.nodes {
		n.start(st)
	}
	steps, err := st.play(w)
	if err != nil {
		return nil, err
	}
	return st.verdicts(engine, steps)
}

func (st *stage) open(s app.Settings) error {
	n := &node{hand: &hand{}, warns: &warnings{}}
	s.Clock, s.Log = n.hand.now, slog.New(n.warns)
	var err error
	n.Rooms, err = app.Open(context.Background(), s)
	if err != nil {
		return err
	}
	st.nodes = append(st.nodes, n)
	return nil
}

func (st *stage) end() {
	for _, n := range st.nodes {
		for _, stop := range n.stops {
			stop()
		}
		_ = n.Close()
	}
}

// start runs jobs, a reader, something for one node alone, and the feed.
func (n *node) start(st *stage) {
	n.Jobs.Handle("harness.clock", func(_ context.Context, j job.Job) error { return st.ran(j) })
	n.Jobs.Read(job.Reader{Name: "harness.clock", Kinds: []string{journal.FindingTaken}, Handle: func(_ context.Context, entries []journal.Record) error {
		st.mu.Lock()
		defer st.mu.Unlock()
		for _, e := range entries {
			st.read[e.Stream] = true
		}
		return nil
	}})
	n.Jobs.Every("harness.alone", 50*time.Millisecond, func(context.Context) error {
		st.enter(1)
		time.Sleep(30 * time.Millisecond)
		st.enter(-1)
		return nil
	})
	for _, run := range []func(context.Context){n.Jobs.Run, n.Feed.Run} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); run(ctx) }()
		n.stops = append(n.stops, func() { cancel(); <-done })
	}
}

func (st *stage) enter(by int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.inside += by; st.inside > 1 {
		st.together++
	}
	if by > 0 {
		st.alone++
	}
}

// ran notes a job; every tenth fails at first and must be tried again.
func (st *stage) ran(j job.Job) error {
	if strings.HasSuffix(j.Key, "0") && j.Attempts == 1 {
		return errors.New("not at first")
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.done[j.Key]++
	st.lateJob = max(st.lateJob, time.Since(st.asked[j.Key]))
	return nil
}

func (st *stage) note(format string, args ...any) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.wrong = append(st.wrong, fmt.Sprintf(format, args...))
}

// ctx is that of an analyst on a node.
func analyst(id string) context.Context {
	return db.As(context.Background(), identity.Main, db.Actor("user:"+id))
}
