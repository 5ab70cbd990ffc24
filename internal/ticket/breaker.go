package ticket

import (
	"strings"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// breaker counts how many tickets would have been opened lately, on this node.
// It is a safety valve, not an account: a start forgets the counts, several
// nodes count each by itself, and a transaction that runs twice counts twice.
// What it decides is durable: the storm and what it holds.
type breaker struct {
	mu      sync.Mutex
	windows map[breakKey]*window
}

// breakKey is what is counted: tickets of a rule from a source; with kind and
// account, those of one kind in one account.
type breakKey struct{ tenant, source, rule, kind, account string }

// window counts in slices of a tenth of its width, so that it slides.
type window struct {
	counts [10]int32
	last   int64 // slice of the last count
}

const maxWindows = 50_000

func newBreaker() *breaker { return &breaker{windows: map[breakKey]*window{}} }

// count adds one at a time and returns how many there were within the width.
func (b *breaker) count(k breakKey, width, now int64) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.windows[k]
	if w == nil {
		if len(b.windows) >= maxWindows {
			clear(b.windows) // counts begin anew; what is held stays held
		}
		w = &window{}
		b.windows[k] = w
	}
	slice := now / max(width/int64(len(w.counts)), 1)
	w.slideTo(slice)
	w.counts[w.last%int64(len(w.counts))]++
	n := 0
	for _, c := range w.counts {
		n += int(c)
	}
	return n
}

// slideTo forgets the slices that are over. A clock that goes back counts into
// the last slice.
func (w *window) slideTo(slice int64) {
	size := int64(len(w.counts))
	for s := max(w.last+1, slice-size+1); s <= slice; s++ {
		w.counts[s%size] = 0
	}
	w.last = max(w.last, slice)
}

// The choices about what a storm holds.
const (
	StormOpen     = "open"     // a ticket for each, as if there were no storm
	StormGroup    = "group"    // all into the storm's own ticket
	StormSuppress = "suppress" // silenced, until a time
)

// withhold holds a finding back from opening a ticket when there are more than
// people can look at. A critical one always passes. done says that the decision
// stands and no ticket is to be opened.
func (ts *Tickets) withhold(tx *db.Tx, f *finding.Taken, v verdict) (d finding.Decision, done bool, err error) {
	limit := v.rule.Limit
	if limit == nil || (limit.FeedsOnly && !strings.HasPrefix(f.Source, "connection:")) {
		return d, false, nil
	}
	key := breakKey{tenant: tx.Tenant(), source: f.Source, rule: v.rule.ID}
	total := ts.breaker.count(key, v.rule.window, tx.Now())
	over := limit.Tickets > 0 && total > limit.Tickets
	if limit.Same > 0 {
		same := key
		same.kind, same.account = f.Kind(), f.Account
		if ts.breaker.count(same, v.rule.window, tx.Now()) > limit.Same && !over {
			key, over = same, true
		}
	}
	if !over || f.Severity == finding.Critical {
		return d, false, nil
	}
	s, err := ts.storm(tx, key, v, f)
	if err != nil {
		return d, false, err
	}
	return ts.underStorm(tx, s, f, v)
}

// underStorm does with a finding what the choice about its storm says; while
// there is none it is held.
func (ts *Tickets) underStorm(tx *db.Tx, s storm, f *finding.Taken, v verdict) (finding.Decision, bool, error) {
	switch s.choice {
	case StormOpen:
		return finding.Decision{}, false, nil
	case StormGroup:
		t, err := ts.standing(tx, s.ticket)
		if err != nil || !t.Open() {
			return finding.Decision{}, false, err
		}
		d, err := ts.join(tx, f, v, t)
		return d, true, err
	}
	return finding.Decision{Outcome: finding.Held, Decided: v.rule.ID, Hold: s.id}, true, nil
}

// storm is what intake needs to know of a storm.
type storm struct {
	id, choice, ticket string
	lastAt             int64
}

// touchEvery is how often the time of the last finding is written: often enough
// to see the end of a storm, seldom enough to cost nothing.
const touchEvery = int64(5_000_000)

// storm finds the storm that is going on for a key, or begins one.
func (ts *Tickets) storm(tx *db.Tx, k breakKey, v verdict, f *finding.Taken) (storm, error) {
	var s storm
	rows, err := db.All(tx, func(row db.Scanner) (s storm, err error) {
		return s, row.Scan(&s.id, &s.choice, &s.ticket, &s.lastAt)
	}, `SELECT id, choice, ticket, last_at FROM storm WHERE tenant = $1 AND source = $2 AND rule = $3 AND kind = $4 AND account = $5 AND active`,
		tx.Tenant(), k.source, k.rule, k.kind, k.account)
	if err != nil {
		return s, fault.Wrap(err, "looking for a storm")
	}
	if len(rows) == 0 {
		return ts.begin(tx, k, v, f)
	}
	s = rows[0]
	if tx.Now()-s.lastAt > touchEvery {
		_, err = tx.Exec(`UPDATE storm SET last_at = $1 WHERE tenant = $2 AND id = $3 AND last_at < $1`, tx.Now(), tx.Tenant(), s.id)
	}
	return s, err
}

// begin opens one ticket for the storm, so that somebody answers for what is
// held from the first moment.
func (ts *Tickets) begin(tx *db.Tx, k breakKey, v verdict, f *finding.Taken) (storm, error) {
	t, err := ts.stormTicket(tx, k, v, f)
	if err != nil {
		return storm{}, err
	}
	s := storm{id: tx.NewID(), ticket: t.ID, lastAt: tx.Now()}
	err = tx.Must(`INSERT INTO storm(tenant, id, active, choice, source, rule, rule_name, product, kind, account,
		limit_tickets, limit_window, ticket, began_at, last_at, held, settled, decided_by, reason)
		VALUES ($1,$2,$3,'',$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$13,0,0,'','')`,
		tx.Tenant(), s.id, true, k.source, k.rule, v.rule.Name, sourceOf(f), k.kind, k.account,
		v.rule.Limit.Tickets, v.rule.window, t.ID, tx.Now())
	if db.IsUnique(err) {
		return s, db.Again(err) // another node began the same storm
	}
	if err != nil {
		return s, fault.Wrap(err, "beginning a storm")
	}
	chain := ts.journal.Begin(tx, Stream(t.ID))
	if _, err = chain.Append(journal.TicketOpened, openedData(t, "", v), nil); err != nil {
		return s, err
	}
	_, err = chain.Append(journal.StormBegan, map[string]any{
		"kind": k.kind, "rule": k.rule, "source": k.source, "storm": s.id, "ticket": t.ID,
	}, nil)
	return s, err
}

func (ts *Tickets) stormTicket(tx *db.Tx, k breakKey, v verdict, f *finding.Taken) (*Ticket, error) {
	team, lead, err := ts.routed(tx, v.team)
	if err != nil {
		return nil, err
	}
	what := sourceOf(f)
	if k.kind != "" {
		what += ", " + k.kind + " in " + f.Account
	}
	t := &Ticket{
		ID: tx.NewID(), Title: clip("Storm: findings of "+what+" are held back by the rule “"+v.rule.Name+"”", maxTitle),
		Description: "More tickets would have been opened than the rule allows. The findings are kept. " +
			"Decide on the storms page what becomes of them: open a ticket for each, put them all into this one, or suppress them.",
		Type: "storm", Source: sourceOf(f), Severity: finding.High, Phase: Detect, Accountable: lead, Team: team,
		Account: f.Account, Region: f.Region, OpenedAt: tx.Now(), OpenedBy: string(tx.Actor()), Demo: f.Demo,
	}
	if t.Number, err = tx.Number(Series); err != nil {
		return nil, fault.Wrap(err, "taking a ticket number")
	}
	return t, ts.insert(tx, t)
}

// clip shortens a text for people, and shows that it did.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
