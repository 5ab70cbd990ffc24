package ticket

import (
	"math"

	"tocsin/internal/db"
	"tocsin/internal/query"
)

const (
	maxSearchWalk = 20_000 // hits that one page looks at when other conditions drop them
	maxSorted     = 1_000  // newest hits that are sorted by something else
	maxSortedDeep = 4_000  // newest tickets, where text stands under OR or NOT
)

// compileWithin compiles the filter for tickets whose numbers lie between two,
// both included. Text under OR and NOT then is membership in the few that hold
// it there: an index of words answers for a range of tickets at once, and not
// for one after another.
func (l *lister) compileWithin(low, high int64) (err error) {
	env := l.env
	env.Text = func(text string, bind func(arg any) string) (string, error) {
		words, err := wordsIn(text)
		if err != nil || l.base == 0 {
			return "FALSE", err
		}
		return `t.number IN (SELECT s.rowid - CAST(` + bind(l.base) + ` AS BIGINT) FROM search s WHERE ` + match(l.tx, words, bind) +
			` AND s.rowid >= ` + bind(l.base+low) + ` AND s.rowid <= ` + bind(l.base+high) + `)`, nil
	}
	l.where, err = query.Compile(l.query, env, 2)
	return err
}

// compileBetween does so for a stride of a walk by number.
func (l *lister) compileBetween(from *key, end key) error {
	if !l.deep {
		return nil
	}
	var start int64
	switch {
	case from != nil:
		start = from.First
	case l.order.desc:
		start = searchSpan
	}
	return l.compileWithin(min(start, end.First), max(start, end.First))
}

// deepPage reads a page of a query with text under OR or NOT: by number, which
// is how the index of words goes. In another order it sorts the newest tickets
// only.
func (l *lister) deepPage() ([]Ticket, *cursor, error) {
	if l.order.field == "created" || l.order.field == "number" {
		l.order = byNumber(l.order.desc)
		return l.walk()
	}
	low, err := l.newest(maxSortedDeep)
	if err == nil {
		err = l.compileWithin(low, searchSpan)
	}
	if err != nil {
		return nil, nil, err
	}
	return l.pageOf(between("t.number", "")(query.Need{Low: low, High: math.MaxInt64}))
}

// newest is the number of the last of so many tickets.
func (l *lister) newest(count int) (low int64, err error) {
	w := walker{l: &lister{tx: l.tx, query: l.query, order: byNumber(true)}, part: byNumber(true).of(l.open)[0]}
	end, err := w.ahead(count)
	if err != nil || end == nil {
		return 0, err
	}
	return end.First, nil
}

// match binds words and gives the condition that a row s of search holds them.
func match(tx *db.Tx, words []string, bind func(arg any) string) string {
	_, arg := tx.Match("", words)
	condition, _ := tx.Match(bind(arg), words)
	return condition
}

// hits adds a select of the next tickets by number that hold the words, beyond
// the one numbered from, 0 for the first. They are called f.
func (l *lister) hits(s *statement, desc bool, from int64, limit int) {
	low, high := l.base, l.base+searchSpan
	switch {
	case from > 0 && desc:
		high = l.base + from
	case from > 0:
		low = l.base + from
	}
	s.add(`(SELECT s.rowid - CAST(` + s.bind(l.base) + ` AS BIGINT) AS number FROM search s WHERE ` + match(l.tx, l.words, s.bind) +
		` AND s.rowid > ` + s.bind(low) + ` AND s.rowid < ` + s.bind(high) + ` ORDER BY s.rowid` + order{desc: desc}.direction() + ` LIMIT ` + s.bind(limit) + `) AS f`)
}

// searchPage reads a page of what holds the words. In the order in which
// tickets were opened it goes along the index of words; in another it sorts
// the newest hits only, since no index has both orders.
func (l *lister) searchPage() ([]Ticket, *cursor, error) {
	if l.base == 0 {
		return nil, nil, nil
	}
	if l.order.field != "created" && l.order.field != "number" {
		return l.pageOf(func(s *statement) {
			s.add(` AND t.number IN (SELECT f.number FROM `)
			l.hits(s, true, 0, maxSorted)
			s.add(`)`)
		})
	}
	return l.searchWalk()
}

func (l *lister) searchWalk() ([]Ticket, *cursor, error) {
	var all []Ticket
	var from int64
	if l.from != nil {
		from = l.from.First
	}
	budget := maxSearchWalk
	for size := max(l.stride, l.limit+1); ; size *= strideGrowth {
		size = min(size, budget)
		rows, err := l.hitRows(from, size, l.limit+1-len(all))
		if err != nil {
			return nil, nil, err
		}
		if all = append(all, rows...); len(all) > l.limit {
			return all[:l.limit], &cursor{First: all[l.limit-1].Number}, nil
		}
		if from, err = l.lastHit(from, size); err != nil || from == 0 {
			return all, nil, err
		}
		if budget -= size; budget <= 0 {
			return all, &cursor{First: from}, nil
		}
	}
}

// hitRows reads those of the next hits that the filter accepts.
func (l *lister) hitRows(from int64, size, limit int) ([]Ticket, error) {
	s := &statement{args: append([]any{l.tx.Tenant()}, l.where.Args...)}
	s.add(`SELECT ` + ticketColumns + ` FROM `)
	l.hits(s, l.order.desc, from, size)
	s.add(` CROSS JOIN ticket t WHERE t.tenant = $1 AND t.number = f.number AND ` + l.where.SQL +
		` ORDER BY f.number` + l.order.direction() + ` LIMIT ` + s.bind(limit))
	return s.tickets(l.tx)
}

// lastHit is the number of the last of the next hits, 0 when these are all.
func (l *lister) lastHit(from int64, size int) (last int64, err error) {
	s := &statement{}
	end := "MAX"
	if l.order.desc {
		end = "MIN"
	}
	var n int
	s.add(`SELECT COUNT(*), COALESCE(` + end + `(f.number), 0) FROM `)
	l.hits(s, l.order.desc, from, size)
	err = l.tx.QueryRow(s.text.String(), s.args...).Scan(&n, &last)
	if n < size {
		return 0, err
	}
	return last, err
}

// searchCount counts hits, of those that are looked at.
func (l *lister) searchCount(limits countLimits) (n int64, exact bool, err error) {
	if l.base == 0 {
		return 0, true, nil
	}
	if l.query.Empty() {
		n, err = l.countHits(limits.most)
		return n, n < int64(limits.most), err
	}
	s := &statement{args: append([]any{l.tx.Tenant()}, l.where.Args...)}
	s.add(`SELECT COUNT(*) FROM (SELECT 1 FROM `)
	l.hits(s, true, 0, limits.walk)
	s.add(` CROSS JOIN ticket t WHERE t.tenant = $1 AND t.number = f.number AND ` + l.where.SQL + ` LIMIT ` + s.bind(limits.most) + `) AS counted`)
	if err = l.tx.QueryRow(s.text.String(), s.args...).Scan(&n); err != nil || n == int64(limits.most) {
		return n, false, err
	}
	hits, err := l.countHits(limits.walk)
	return n, hits < int64(limits.walk), err
}

func (l *lister) countHits(most int) (n int64, err error) {
	s := &statement{}
	s.add(`SELECT COUNT(*) FROM `)
	l.hits(s, true, 0, most)
	err = l.tx.QueryRow(s.text.String(), s.args...).Scan(&n)
	return n, err
}
