package ticket

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// Fields is what a filter may ask of tickets. The table is t. Bare text is
// looked for in the search index, which holds what is marked Search and more.
func Fields() *query.Table {
	return query.MustTable(
		query.Field{Name: "number", Kind: query.Number, Column: "t.number", Canon: canonNumber, Help: "INC-42"},
		query.Field{Name: "title", Kind: query.Text, Column: "t.title", Search: true, Help: "The title"},
		query.Field{Name: "description", Kind: query.Text, Column: "t.description", Search: true, Help: "The description"},
		query.Field{Name: "severity", Kind: query.Ordered, Column: "t.severity_rank", Ranked: true, Values: finding.Severities(), Help: "info to critical"},
		query.Field{Name: "phase", Aliases: []string{"status"}, Kind: query.Ordered, Column: "t.phase", Values: phaseNames(), Help: "Where the work stands"},
		query.Field{Name: "resolution", Kind: query.Enum, Column: "t.resolution", Values: resolutionNames(), Help: "How it ended"},
		query.Field{Name: "open", Kind: query.Bool, Column: "t.closed_at IS NULL", Not: "t.closed_at IS NOT NULL", Help: "Not closed"},
		query.Field{Name: "acknowledged", Aliases: []string{"acked"}, Kind: query.Bool, Column: "t.acknowledged_at IS NOT NULL", Not: "t.acknowledged_at IS NULL", Help: "A person has seen it"},
		query.Field{Name: "owner", Kind: query.ID, Column: "t.owner", Help: "Who has taken it: me, none, or an id"},
		query.Field{Name: "accountable", Kind: query.ID, Column: "t.accountable", Help: "Who answers for it now"},
		query.Field{Name: "offered", Kind: query.ID, Column: "t.offered_to", Help: "To whom it is offered: me, none, or an id"},
		query.Field{Name: "team", Kind: query.ID, Column: "t.team", Help: "The team: my-team or an id"},
		query.Field{Name: "type", Kind: query.ID, Column: "t.type", Values: []string{"detection", "compliance", "vulnerability", "data_security", "manual", "storm"}, Help: "What kind of incident"},
		query.Field{Name: "source", Kind: query.Text, Column: "t.source", Search: true, Help: "The detector"},
		query.Field{Name: "account", Aliases: []string{"asset.account"}, Kind: query.ID, Column: "t.account", Search: true, Help: "AWS account"},
		query.Field{Name: "region", Kind: query.ID, Column: "t.region", Help: "AWS region"},
		query.Field{Name: "resource", Aliases: []string{"asset"}, Kind: query.Text, Column: "t.resource", Search: true, Help: "The main resource"},
		query.Field{Name: "tag", Kind: query.ID, Column: "x.tag", Exists: "EXISTS (SELECT 1 FROM ticket_tag x WHERE x.tenant = t.tenant AND x.ticket = t.id AND {})", Help: "A tag"},
		query.Field{Name: "ioc", Aliases: []string{"indicator"}, Kind: query.ID, Column: "x.value", Exists: "EXISTS (SELECT 1 FROM sighting x WHERE x.tenant = t.tenant AND x.ticket = t.id AND {})", Help: "An address, domain, hash or other indicator"},
		query.Field{Name: "created", Aliases: []string{"opened"}, Kind: query.Time, Column: "t.opened_at", Help: "When it was opened"},
		query.Field{Name: "updated", Kind: query.Time, Column: "t.updated_at", Help: "When it last changed"},
		query.Field{Name: "closed", Kind: query.Time, Column: "t.closed_at", Help: "When it was closed"},
		query.Field{Name: "due", Kind: query.Time, Column: "t.due_at", Help: "The nearest deadline"},
		query.Field{Name: "breached", Kind: query.ID, Column: "x.metric", Exists: existsBreached(), Values: metrics(), Help: "Whose time has passed: ack, contain, resolve, phase, handover, age"},
		query.Field{Name: "paused", Kind: query.Bool, Column: "t.paused_until IS NOT NULL", Not: "t.paused_until IS NULL", Help: "Its clocks wait"},
		query.Field{Name: "findings", Kind: query.Number, Column: "t.finding_count", Help: "How many findings it has"},
		query.Field{Name: "demo", Kind: query.Bool, Column: "t.demo", Help: "Made by the demo"},
	)
}

func canonNumber(s string) string {
	if n := ParseNumber(s); n > 0 {
		return strconv.FormatInt(n, 10)
	}
	return s
}

// metrics are the words that the column breached may hold.
func metrics() []string { return []string{"ack", "contain", "resolve", "phase", "handover", "age"} }

// existsBreached looks into the column breached word by word.
func existsBreached() string {
	return "EXISTS (SELECT 1 FROM (SELECT '" + strings.Join(metrics(), "' AS metric UNION ALL SELECT '") + "' AS metric) x WHERE t.breached LIKE '%,' || x.metric || ',%' AND {})"
}

func phaseNames() []string {
	out := []string{}
	for _, p := range Phases() {
		out = append(out, string(p))
	}
	return out
}

func resolutionNames() []string {
	out := []string{}
	for _, r := range Resolutions() {
		out = append(out, string(r))
	}
	return append(out, string(Merged))
}

// Page asks for one page of a list.
type Page struct {
	Query  string // in the query language
	Sort   string // a key of orderOf; "" is -opened_at
	Limit  int
	Cursor string
}

// Listing is one page. A page may be shorter than asked for and still have a
// cursor: so far its bounded work has come.
type Listing struct {
	Items      []Brief
	NextCursor string
	Count      int64
	Exact      bool
}

// limits of the work for one page, in rows looked at, so that no query takes
// seconds whatever is asked.
const (
	maxWalk      = 20_000
	firstStride  = 256
	strideGrowth = 4
	maxCount     = 1_000 // up to where a page is counted exactly
	maxCountWalk = 2_500
)

// List returns one page of tickets. Who looks for words gets the newest first,
// whatever else the order says of tickets opened at the same moment.
func (ts *Tickets) List(tx *db.Tx, p Page, env query.Env) (Listing, error) {
	l, err := ts.lister(tx, p, env)
	if err != nil {
		return Listing{}, err
	}
	var out Listing
	rows, next, err := l.page()
	if err != nil {
		return out, err
	}
	if next != nil {
		if next.Count, next.Exact, err = ts.countOnce(l); err != nil {
			return out, err
		}
		out.NextCursor = next.encode(p)
		out.Count, out.Exact = next.Count, next.Exact
	} else if out.Count, out.Exact, err = l.countLast(len(rows)); err != nil {
		return out, err
	}
	out.Items, err = ts.briefs(tx, rows)
	return out, err
}

// lister is one list as it is asked for.
type lister struct {
	tx     *db.Tx
	asked  *query.Query // as it was given
	query  *query.Query // without the words that every ticket must have
	env    query.Env
	words  []string // that every ticket must have
	deep   bool     // the query has text under OR or NOT
	base   int64    // of the tenant in the search index
	where  query.Where
	order  order
	from   *cursor
	limit  int
	open   openness
	few    int // up to how many tickets a set is read whole
	stride int // rows of the first stride
	budget int // rows that a page may look at
}

func (ts *Tickets) lister(tx *db.Tx, p Page, env query.Env) (*lister, error) {
	q, env, err := ts.ask(tx, p.Query, env)
	if err != nil {
		return nil, err
	}
	return listerOf(tx, q, p, env)
}

// ask reads a query about tickets, with the lists that there are.
func (ts *Tickets) ask(tx *db.Tx, text string, env query.Env) (*query.Query, query.Env, error) {
	table, err := ts.WithLists(tx, Fields(), &env, text)
	if err != nil {
		return nil, env, err
	}
	q, err := query.Parse(text, table)
	return q, env, err
}

// WithLists lets a query that may name lists know which there are and, by env,
// what they hold.
func (ts *Tickets) WithLists(tx *db.Tx, table *query.Table, env *query.Env, text string) (*query.Table, error) {
	if !strings.Contains(text, "@") {
		return table, nil
	}
	c, err := ts.compiledPolicy(tx)
	if err != nil {
		return nil, err
	}
	env.List = c.list
	return table.WithLists(slices.Sorted(maps.Keys(c.lists))), nil
}

func listerOf(tx *db.Tx, q *query.Query, p Page, env query.Env) (*lister, error) {
	l := &lister{tx: tx, asked: q, env: env, limit: p.Limit, few: fewTickets, stride: firstStride, budget: maxWalk}
	var err error
	if l.order, err = orderOf(p.Sort); err != nil {
		return nil, err
	}
	if p.Cursor != "" {
		if l.from, err = decodeCursor(p); err != nil {
			return nil, err
		}
	}
	if err := l.look(q); err != nil {
		return nil, err
	}
	l.open = opennessOf(l.query, env)
	return l, l.compileWithin(1, searchSpan)
}

// look parts the words from the rest of the query, and says how those that
// stand deeper in it are looked for.
func (l *lister) look(q *query.Query) error {
	if !q.HasText() {
		l.query = q
		return nil
	}
	texts, rest := q.SplitText()
	l.query = rest
	var err error
	if l.base, err = searchBase(l.tx); err != nil {
		return err
	}
	for _, text := range texts {
		words, err := wordsIn(text)
		if err != nil {
			return err
		}
		l.words = append(l.words, words...)
	}
	l.deep = rest.HasText()
	return nil
}

// wordsIn are the words of a text that somebody looks for.
func wordsIn(text string) ([]string, error) {
	words := soughtWords(text)
	if len(words) == 0 {
		return nil, fault.New(fault.Invalid, "%q has no letter or digit to look for.", text).WithSlug("bad-query")
	}
	return words, nil
}

// openness says which tickets a query can accept at most.
type openness int

const (
	openOrClosed openness = iota
	onlyOpen
	onlyClosed
)

// opennessOf reads it from what every accepted ticket must have. The database
// holds that phase and closed_at agree.
func opennessOf(q *query.Query, env query.Env) openness {
	if _, ok := q.Needs("closed", env); ok {
		return onlyClosed
	}
	if need, ok := q.Needs("open", env); ok && need.Low == need.High {
		if need.Low == 1 {
			return onlyOpen
		}
		return onlyClosed
	}
	if need, ok := q.Needs("phase", env); ok && len(need.Equal) > 0 {
		closed := 0
		for _, p := range need.Equal {
			if p == string(Closed) {
				closed++
			}
		}
		switch closed {
		case 0:
			return onlyOpen
		case len(need.Equal):
			return onlyClosed
		}
	}
	for _, p := range q.Excludes("phase", env) {
		if p == string(Closed) {
			return onlyOpen
		}
	}
	return openOrClosed
}

func (o openness) sql() string {
	switch o {
	case onlyOpen:
		return " AND t.closed_at IS NULL"
	case onlyClosed:
		return " AND t.closed_at IS NOT NULL"
	}
	return ""
}
