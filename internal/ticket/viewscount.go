package ticket

import (
	"context"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/query"
)

// Tally is how many tickets a view holds, and when that was so.
type Tally struct {
	Value int64     `json:"value"`
	Exact bool      `json:"exact" doc:"False when there are at least as many"`
	At    time.Time `json:"at"`
}

const (
	tallyCheap = 2_000        // µs: what costs less is counted while the asker waits
	tallyShare = 20           // a count is made again after so many times its cost
	tallyRest  = int64(500e3) // µs between two counts at least
	tallyAge   = int64(60e6)  // µs after which it is made again without a change
	maxTallies = 4_096        // kept; then all are forgotten
)

// limits of counts: while somebody waits, and behind.
func waitedFor() countLimits { return countLimits{1_000, 2_500} }
func behind() countLimits    { return countLimits{250_000, 400_000} }

// tallies keeps counts of queries. Who asks gets the last value at once; when
// something has changed since, it is counted again behind, by one at a time and
// in proportion to what that costs.
type tallies struct {
	mu      sync.Mutex
	kept    map[string]*keptTally
	working chan struct{}
	all     sync.WaitGroup
}

type keptTally struct {
	Tally
	at, cost int64 // µs
	rough    bool  // counted in haste
	running  bool
	changed  <-chan struct{} // closed by the first commit since
}

func newTallies() *tallies {
	return &tallies{kept: map[string]*keptTally{}, working: make(chan struct{}, 1)}
}

// tallyKey tells queries apart that mean something else.
func tallyKey(tenant string, q *query.Query, env query.Env) string {
	key := tenant + "\x00" + q.String()
	if q.Personal() {
		key += "\x00" + env.Me + "\x00" + strings.Join(env.MyTeams, ",")
		if env.Zone != nil {
			key += "\x00" + env.Zone.String()
		}
	}
	return key
}

// Tally is the count of a query as it was not long ago. It is nil when it was
// never made and patient is false; it is made behind then.
func (ts *Tickets) Tally(tx *db.Tx, text string, env query.Env, patient bool) (*Tally, error) {
	q, env, err := ts.ask(tx, text, env)
	if err != nil {
		return nil, err
	}
	key := tallyKey(tx.Tenant(), q, env)
	t, begin, wait := ts.tallies.look(key, ts.db, patient)
	if wait {
		if err := ts.tallyNow(tx, t, q, env); err != nil {
			return nil, err
		}
	}
	if begin {
		ts.tallyBehind(tx, t, text, env)
	}
	return ts.tallies.value(t), nil
}

// look finds what is kept and says what is to be done about it: to begin
// counting behind, or to count while the asker waits.
func (c *tallies) look(key string, d *db.DB, patient bool) (t *keptTally, begin, wait bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t = c.kept[key]
	if t == nil {
		if len(c.kept) >= maxTallies {
			clear(c.kept)
		}
		t = &keptTally{}
		c.kept[key] = t
		t.changed = d.Changed()
		t.running = !patient
		return t, !patient, patient
	}
	now := d.Now()
	if t.running || !t.stale(now) {
		return t, false, false
	}
	if t.at > 0 && !t.rough && t.cost <= tallyCheap && t.Value < int64(waitedFor().most) {
		t.changed = d.Changed()
		return t, false, true
	}
	if now-t.at < max(tallyRest, tallyShare*t.cost) && !t.rough {
		return t, false, false
	}
	t.changed = d.Changed()
	t.running = true
	return t, true, false
}

func (t *keptTally) stale(now int64) bool {
	if t.rough || t.at == 0 || now-t.at > tallyAge {
		return true
	}
	select {
	case <-t.changed:
		return true
	default:
		return false
	}
}

func (c *tallies) value(t *keptTally) *Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.at == 0 {
		return nil
	}
	v := t.Tally
	return &v
}

func (c *tallies) set(t *keptTally, v Tally, cost int64, rough bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Tally, t.at, t.cost, t.rough = v, v.At.UnixMicro(), cost, rough
}

// end lets the next asker begin again.
func (c *tallies) end(t *keptTally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.running = false
}

// peek is a count of the same query that was made for a view.
func (c *tallies) peek(key string) (n int64, exact, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.kept[key]
	if t == nil || t.at == 0 {
		return 0, false, false
	}
	return t.Value, t.Exact, true
}

func (ts *Tickets) tallyNow(tx *db.Tx, t *keptTally, q *query.Query, env query.Env) error {
	began := ts.db.Now()
	n, exact, err := countOf(tx, q, env, waitedFor())
	if err != nil {
		return err
	}
	now := ts.db.Now()
	ts.tallies.set(t, Tally{n, exact, db.Time(now)}, now-began, !exact)
	return nil
}

func countOf(tx *db.Tx, q *query.Query, env query.Env, limits countLimits) (int64, bool, error) {
	l, err := listerOf(tx, q, Page{}, env)
	if err != nil {
		return 0, false, err
	}
	return l.count(limits)
}

// tallyBehind counts in a transaction of its own, after the asker has gone.
func (ts *Tickets) tallyBehind(tx *db.Tx, t *keptTally, text string, env query.Env) {
	ctx := db.As(context.WithoutCancel(tx.Context()), tx.Tenant(), "system:ticket")
	ts.tallies.all.Go(func() {
		ts.tallies.working <- struct{}{}
		defer func() { <-ts.tallies.working }()
		defer ts.tallies.end(t)
		began := ts.db.Now()
		var n int64
		var exact bool
		err := ts.db.Read(ctx, func(tx *db.Tx) error {
			env.Now = tx.Now()
			q, env, err := ts.ask(tx, text, env)
			if err == nil {
				n, exact, err = countOf(tx, q, env, behind())
			}
			return err
		})
		if now := ts.db.Now(); err == nil {
			ts.tallies.set(t, Tally{n, exact, db.Time(now)}, now-began, false)
		}
	})
}

// Wait returns when nothing is counted behind any more.
func (ts *Tickets) Wait() { ts.tallies.all.Wait() }

// Counts are the numbers of some built-in views, and of what waits in
// quarantine.
type Counts struct {
	Open           int64 `json:"open"`
	Mine           int64 `json:"mine"`
	Unowned        int64 `json:"unowned"`
	Unacknowledged int64 `json:"unacknowledged"`
	ClosedToday    int64 `json:"closed_today"`
	Quarantine     int64 `json:"quarantine"`
}

// Counts gives the tallies of the built-in views.
func (ts *Tickets) Counts(tx *db.Tx, env query.Env) (c Counts, err error) {
	for _, v := range BuiltInViews() {
		into := map[string]*int64{
			"all": &c.Open, "mine": &c.Mine, "unowned": &c.Unowned, "unacknowledged": &c.Unacknowledged, "closed-today": &c.ClosedToday,
		}[v.ID]
		if into == nil {
			continue
		}
		t, err := ts.Tally(tx, v.Q, env, true)
		if err != nil {
			return c, err
		}
		if t != nil {
			*into = t.Value
		}
	}
	c.Quarantine, err = ts.findings.QuarantineCount(tx)
	return c, err
}
