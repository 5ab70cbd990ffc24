package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tocsin/internal/app"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/test/harness"
)

const (
	runners = 32
	teams   = 4
	// aRound is how many operations pass between two looks at the database.
	aRound = 10_000
)

// provesOwnership lets 32 people pass tickets on at the same time, while servers
// are killed and stand still, and holds that what each was told can be explained
// by one owner at a time. Break-glass is left out: it wants a second factor, which
// no token can prove; the tests of internal/ticket have it.
func provesOwnership(w *world) ([]row, error) {
	rows, err := w.ownership("SQLite", "", 1)
	if err != nil {
		return rows, err
	}
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return append(rows, skip("ownership under 32 clients, three nodes over PostgreSQL", "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")), nil
	}
	url, drop, err := harness.Database(server)
	if err != nil {
		return rows, err
	}
	more, err := w.ownership("three nodes, PostgreSQL", url, 3)
	return append(rows, more...), errors.Join(err, drop())
}

func (w *world) ownership(engine, database string, nodes int) ([]row, error) {
	o, _, err := w.installation(fmt.Sprintf("ownership-%d", nodes), database)
	if err != nil {
		return nil, err
	}
	s := &siege{world: w, o: o, relay: &relay{began: time.Now()}}
	if err := s.recruit(); err != nil {
		return nil, err
	}
	for n := range nodes {
		if err := s.join(n); err != nil {
			return nil, errors.Join(err, s.end())
		}
	}
	goal := w.count(800, 5000, 100_000)
	for int(s.total) < goal && err == nil {
		err = s.round(min(aRound, goal-int(s.total)))
	}
	if err = errors.Join(err, s.end()); err != nil {
		return nil, err
	}
	whole := verify(o)
	return []row{
		{
			fmt.Sprintf("ownership, %d clients, kill -9 and pauses (%s): what each was told has one owner at a time", runners, engine),
			s.String(), fmt.Sprintf("%d operations, 0 violations", goal), verdict(s.sound(goal)),
		},
		{
			fmt.Sprintf("ownership (%s): one active person answers for each open ticket, at most one offer is open, the record replays to the row", engine),
			s.found.String() + ", journal " + whole.figure, "0 wrong, whole", verdict(s.found.sound() && whole.ok),
		},
		s.selfCheck(),
	}, nil
}

// siege is servers that are killed and stopped while a crowd passes tickets on.
type siege struct {
	*world
	*relay
	o     harness.Options
	nodes []*station

	rounds        int
	kills, pauses int
	total         int64
	verdicts      verdicts
	found         keeping
	specimen      *parcel // a ticket to try the judge with
}

// station is one server, or none while it is away.
type station struct {
	o   harness.Options
	s   *harness.Server
	url atomic.Pointer[string]
}

// recruit makes the people and teams, as tocsin admin user does.
func (s *siege) recruit() (err error) {
	r, err := app.Open(context.Background(), app.Settings{Data: s.o.Data, DB: s.o.DB, KeyFile: s.o.Key})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for i := range runners {
		leads, roles := i < 2*teams, []string{identity.Analyst}
		if leads {
			roles = []string{identity.Lead}
		}
		u, token, err := r.Identity.AddUser(context.Background(), identity.NewUser{
			Email: fmt.Sprintf("runner-%d@example.org", i), Roles: roles,
		}, fmt.Sprintf("Team %d", i%teams))
		if err != nil {
			return err
		}
		s.players = append(s.players, &player{id: u.ID, token: token, leads: leads})
	}
	return r.DB.Read(db.As(context.Background(), identity.Main, "system:harness"), func(tx *db.Tx) error {
		for i, p := range s.players {
			if i < teams {
				if s.sides, err = s.sided(tx, p.id); err != nil {
					return err
				}
			}
			p.team = s.sides[i%teams]
		}
		return nil
	})
}

// sided adds the team that somebody leads.
func (s *siege) sided(tx *db.Tx, lead string) ([]*side, error) {
	side := &side{lead: lead}
	err := tx.QueryRow(`SELECT id FROM team WHERE tenant = $1 AND lead = $2`, tx.Tenant(), lead).Scan(&side.id)
	return append(s.sides, side), err
}

// join starts another server.
func (s *siege) join(n int) error {
	o := s.o
	if n > 0 {
		var err error
		if o.Addr, err = freeAddr(); err != nil {
			return err
		}
		o.Data = filepath.Clean(o.Data) + fmt.Sprint(n)
	}
	one := &station{o: o}
	s.nodes = append(s.nodes, one)
	s.urls = func(dice int) string { return *s.nodes[dice%len(s.nodes)].url.Load() }
	return one.start()
}

func (n *station) start() (err error) {
	if n.s, err = harness.Start(n.o); err == nil {
		n.url.Store(&n.s.URL)
	}
	return err
}

// end stops the servers.
func (s *siege) end() error {
	for _, n := range s.nodes {
		if n.s == nil {
			continue
		}
		if code, _ := n.s.Stop(20 * time.Second); code != 0 {
			return fmt.Errorf("a server ended with code %d:\n%s", code, harness.Tail(n.o.LogFile()))
		}
	}
	return nil
}

// round lets the crowd do some operations under faults, then looks at
// everything in quiet.
func (s *siege) round(ops int) error {
	s.rounds++
	s.goal, s.parcels, s.slots = int64(ops), nil, [spread]*parcel{}
	s.ops.Store(0)
	s.struck.Store(false)
	s.run(s.seed + uint64(s.rounds))
	done := make(chan struct{})
	go func() { s.finished.Wait(); close(done) }()
	err := s.torment(done)
	s.relay.stop.Store(err != nil)
	<-done
	if err != nil {
		return err
	}
	s.total += s.ops.Load()
	return s.judge()
}

// torment kills and stops servers until the crowd has finished.
func (s *siege) torment(done <-chan struct{}) error {
	for turn := 0; ; turn++ {
		wait := s.between(1500*time.Millisecond, 4*time.Second)
		if !s.long { // it is over soon
			wait /= 4
		}
		select {
		case <-done:
			return nil
		case <-time.After(wait):
		}
		victim := s.rng.IntN(len(s.nodes))
		other := (victim + 1 + s.rng.IntN(max(len(s.nodes)-1, 1))) % len(s.nodes)
		stop, away := s.between(200*time.Millisecond, 3500*time.Millisecond), s.between(50*time.Millisecond, 400*time.Millisecond)
		var beside sync.WaitGroup
		if other != victim {
			beside.Go(func() { s.nodes[other].pause(stop) })
			s.pauses++
		} else if turn%2 == 1 {
			s.pauses++
			s.nodes[victim].pause(stop)
			continue
		}
		s.kills++
		err := s.nodes[victim].crash(away)
		s.struck.Store(true)
		beside.Wait()
		if err != nil {
			return fmt.Errorf("after %d kills: %w", s.kills, err)
		}
	}
}

// pause lets a process stand still, as a machine does that is moved.
func (n *station) pause(d time.Duration) {
	_ = syscall.Kill(n.s.PID(), syscall.SIGSTOP)
	time.Sleep(d)
	_ = syscall.Kill(n.s.PID(), syscall.SIGCONT)
}

func (n *station) crash(away time.Duration) error {
	n.s.Kill()
	n.s = nil
	time.Sleep(away)
	return n.start()
}

func (s *siege) sound(goal int) bool {
	v := s.verdicts
	return int(s.total) >= goal && v.wrong == 0 && v.undecided == 0 && v.accepted > 0 && s.broken.Load() == 0 && s.kills > 0
}

func (s *siege) String() string {
	v := s.verdicts
	text := fmt.Sprintf("%d operations on %d tickets in %s (%d reads, %d sections opened, %d changed who has it, of them %d acceptances; %d refused, %d not answered, of which %d may have been done), %d kills, %d pauses, %d violations, %d undecided, %d answers of 500",
		s.total, v.tickets, time.Since(s.began).Round(time.Second), v.reads, v.opened, v.moved, v.accepted, v.refused, v.unknown, v.traced, s.kills, s.pauses, v.wrong, v.undecided, s.broken.Load())
	if v.example != "" {
		text += "; e.g. " + v.example
	}
	return text
}
