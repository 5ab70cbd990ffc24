package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/internal/app"
	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/sla"
	"tocsin/test/harness"
)

const (
	// seenWithin is the time to acknowledge a ticket of the harness, which nobody
	// does, and apart is the time between two levels of its ladder.
	seenWithin = 2 * time.Second
	apart      = 3 * time.Second
	levels     = 3
	// lateBy is how long after it is due, or after the start of a server, a call
	// may come.
	lateBy = 2 * time.Second
)

// provesEscalation kills servers at random while tickets fall due: whoever has
// to be called is called once at each level, and in time.
func provesEscalation(w *world) ([]row, error) {
	rows, err := w.escalation("SQLite", "", 1)
	if err != nil {
		return rows, err
	}
	server := os.Getenv("TOCSIN_TEST_PG")
	if server == "" {
		return append(rows, skip("escalation through kills, PostgreSQL", "SKIPPED: TOCSIN_TEST_PG names no PostgreSQL (make prove starts one)")), nil
	}
	url, drop, err := harness.Database(server)
	if err != nil {
		return rows, err
	}
	more, err := w.escalation("two nodes, PostgreSQL", url, 2)
	return append(rows, more...), errors.Join(err, drop())
}

func (w *world) escalation(engine, database string, nodes int) ([]row, error) {
	o, token, err := w.installation("escalation-"+fmt.Sprint(nodes), database)
	if err != nil {
		return nil, err
	}
	post, err := harness.OpenPostbox()
	if err != nil {
		return nil, err
	}
	defer post.Close()
	if err := hurry(o, post); err != nil {
		return nil, err
	}
	t := &tower{o: o, token: token}
	kills := w.count(6, 40, 200)
	if err := t.besiege(w, nodes, kills/nodes); err != nil {
		return nil, err
	}
	f, err := readCalls(o)
	if err != nil {
		return nil, err
	}
	j := t.judge(f)
	rows := []row{{
		fmt.Sprintf("kill -9 %d times while tickets fall due (%s): each is called for once at every level, none later than %s after it was due or a server was back", kills, engine, lateBy),
		j.String(), "0 missing, 0 doubled, 0 late", verdict(j.sound()),
	}}
	return append(rows, t.selfCheck(f)), nil
}

// hurry sets targets of seconds, a ladder of three levels, and a way to reach
// its last resort.
func hurry(o harness.Options, post *harness.Postbox) (err error) {
	r, err := app.Open(context.Background(), app.Settings{Data: o.Data, DB: o.DB, KeyFile: o.Key, Egress: "127.0.0.0/8"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ctx := db.As(context.Background(), identity.Main, "system:harness")
	mail, err := r.Connections.Create(ctx, connection.Draft{Kind: "smtp", Name: "mail", Settings: fmt.Appendf(nil,
		`{"host":%q,"port":%d,"security":"none","from":"tocsin@example.org"}`, post.Host, post.Port)})
	if err != nil {
		return err
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.SLA.Ensure(tx); err != nil {
			return err
		}
		_, lead, err := identity.IntakeLead(tx)
		if err != nil {
			return err
		}
		// What a person does with a code from a mail, done by hand.
		err = tx.Must(`INSERT INTO contact(tenant, id, person, channel, connection, address, account, position, made_at, test_error, code_until, code_tries, confirmed_at)
			VALUES ($1,$2,$3,'smtp',$4,'harness@example.org',$5,1,$6,'',0,0,$6)`, tx.Tenant(), tx.NewID(), lead, mail.ID, false, tx.Now())
		if err != nil {
			return err
		}
		_, err = r.SLA.Set(tx, sla.Change{Sections: hurried(lead), Rev: 1, Reason: "the harness"})
		return err
	})
}

func hurried(lead string) sla.Sections {
	doc := sla.Default("UTC")
	p := doc.Policies[0]
	p.PageOnOpen, p.ReackAfter, p.WarnAt, p.Ladder = []string{}, map[string]string{}, []int{}, "hurry"
	p.Timers = []sla.Target{{Metric: sla.MetricAck, Targets: map[string]string{"*": seenWithin.String()}, Calendar: map[string]string{"*": sla.RoundTheClock}}}
	l := sla.Ladder{ID: "hurry", Name: "Hurry", Fallback: []string{"user:" + lead}}
	for i := range levels {
		l.Levels = append(l.Levels, sla.Level{After: (time.Duration(i) * apart).String(), Notify: []string{"lead:team"}})
	}
	return sla.Sections{Policies: []sla.Policy{p}, Ladders: []sla.Ladder{l}}
}

// tower is servers under siege, and when they were up.
type tower struct {
	o     harness.Options
	token string
	mu    sync.Mutex
	lives []life
	sent  atomic.Int64
}

// life is the time in which a server was up, in microseconds.
type life struct{ from, until int64 }

// besiege sends findings while the servers of each node are killed again and
// again, and lets what is left fall due in peace.
func (t *tower) besiege(w *world, nodes, kills int) error {
	stop := make(chan struct{})
	var sender sync.WaitGroup
	urls := make([]atomic.Pointer[string], nodes)
	sender.Go(func() { t.send(urls, stop) })
	errs := make([]error, nodes)
	var wg sync.WaitGroup
	for n := range nodes {
		waits := make([]time.Duration, kills) // the generator is not for many at once
		for i := range waits {
			waits[i] = w.between(200*time.Millisecond, 7*time.Second)
		}
		wg.Go(func() { errs[n] = t.node(n, waits, &urls[n]) })
	}
	wg.Wait()
	close(stop)
	sender.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return t.peace()
}

func (t *tower) options(n int) harness.Options {
	o := t.o
	o.Env = append(o.Env, "TOCSIN_EGRESS_ALLOW=127.0.0.0/8")
	o.Addr = ""
	if n > 0 {
		o.Data = filepath.Clean(o.Data) + fmt.Sprint(n)
		o.Log = o.Data + ".log"
	}
	return o
}

// node lives and is killed, again and again.
func (t *tower) node(n int, waits []time.Duration, at *atomic.Pointer[string]) error {
	for _, wait := range waits {
		s, err := harness.Start(t.options(n))
		if err != nil {
			return err
		}
		from := time.Now()
		at.Store(&s.URL)
		time.Sleep(wait)
		until := time.Now()
		s.Kill()
		t.lived(from, until)
	}
	return nil
}

func (t *tower) lived(from, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lives = append(t.lives, life{from.UnixMicro(), until.UnixMicro()})
}

// send sends findings to whoever listens. What is not answered is not sent again:
// the judge asks the database what there is.
func (t *tower) send(urls []atomic.Pointer[string], stop <-chan struct{}) {
	for i := int64(0); ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(40 * time.Millisecond):
		}
		url := urls[i%int64(len(urls))].Load()
		if url == nil {
			continue
		}
		c, err := harness.NewCaller(*url, t.token)
		if err != nil {
			continue
		}
		if _, _, err := c.Send(harness.Control("escalation", i)); err == nil {
			t.sent.Add(1)
		}
		c.Close()
	}
}

// peace lets a server run until everything has fallen due.
func (t *tower) peace() error {
	s, err := harness.Start(t.options(0))
	if err != nil {
		return err
	}
	from := time.Now()
	time.Sleep(seenWithin + levels*apart + 2*lateBy)
	until := time.Now()
	code, _ := s.Stop(20 * time.Second)
	t.lived(from, until)
	if code != 0 {
		return fmt.Errorf("the server ended with code %d", code)
	}
	return nil
}
