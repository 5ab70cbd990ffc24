package ticket

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// page reads the rows of one page and says where the next begins, nil when
// there is none.
func (l *lister) page() ([]Ticket, *cursor, error) {
	if len(l.words) > 0 {
		return l.searchPage()
	}
	if l.deep {
		return l.deepPage()
	}
	few, err := l.fewest(l.few)
	if err != nil {
		return nil, nil, err
	}
	if few != nil {
		return l.pageOf(few)
	}
	return l.walk()
}

const fromTicket = ` FROM ticket t WHERE t.tenant = $1`

// begin is the start of a statement over tickets that the filter accepts. The
// arguments of the filter follow that of the tenant.
func (l *lister) begin(read string) *statement {
	s := &statement{args: append([]any{l.tx.Tenant()}, l.where.Args...)}
	s.add(read + fromTicket + " AND " + l.where.SQL)
	return s
}

func (s *statement) tickets(tx *db.Tx) ([]Ticket, error) {
	return db.All(tx, scanTicket, s.text.String(), s.args...)
}

// pageOf reads a page of a set that is known to be small: all of it is found by
// the set's index and sorted.
func (l *lister) pageOf(few set) ([]Ticket, *cursor, error) {
	var all []Ticket
	for _, p := range l.order.of(l.open) {
		s := l.begin(`SELECT ` + ticketColumns)
		few(s)
		s.add(p.sql())
		if l.from != nil && !p.after(s, l.order, l.from.key()) {
			continue
		}
		s.add(p.by(l.order, false) + " LIMIT " + s.bind(l.limit+1))
		rows, err := s.tickets(l.tx)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, rows...)
	}
	rows, next := l.cut(all, nil)
	return rows, next, nil
}

// walk reads a page along the indexes of the order, in strides that grow, until
// the page is full or the work is done that one page may cost.
func (l *lister) walk() ([]Ticket, *cursor, error) {
	var all []Ticket
	var horizon *key
	parts := l.order.of(l.open)
	for _, p := range parts {
		w := walker{l: l, part: p, budget: l.budget / len(parts)}
		if l.from != nil {
			from := l.from.key()
			w.from = &from
		}
		rows, err := w.rows(l.limit + 1)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, rows...)
		if w.stopped && (horizon == nil || l.order.compare(*w.from, *horizon) < 0) {
			horizon = w.from
		}
	}
	rows, next := l.cut(all, horizon)
	return rows, next, nil
}

// cut merges what the parts gave into a page. Beyond the horizon, up to which
// every part was looked at, nothing is known.
func (l *lister) cut(all []Ticket, horizon *key) ([]Ticket, *cursor) {
	slices.SortFunc(all, func(a, b Ticket) int { return l.order.compare(l.keyOf(&a), l.keyOf(&b)) })
	if horizon != nil {
		beyond := slices.IndexFunc(all, func(t Ticket) bool { return l.order.compare(l.keyOf(&t), *horizon) > 0 })
		if beyond >= 0 {
			all = all[:beyond]
		}
	}
	if len(all) > l.limit {
		return all[:l.limit], at(l.keyOf(&all[l.limit-1]))
	}
	if horizon != nil {
		return all, at(*horizon)
	}
	return all, nil
}

// keyOf is the key of a ticket in the order.
func (l *lister) keyOf(t *Ticket) key {
	return l.order.parts[0].key(t)
}

// walker goes along the index of one part.
type walker struct {
	l       *lister
	part    part
	from    *key // nil: the start
	budget  int  // rows that may still be looked at
	stopped bool // the budget is used up, and from is where
}

// rows collects up to limit tickets that the filter accepts.
func (w *walker) rows(limit int) ([]Ticket, error) {
	var all []Ticket
	err := w.strides(func(end key, size int) (bool, error) {
		s := w.stride(end, size)
		s.add(w.part.by(w.l.order, true) + " LIMIT " + s.bind(limit-len(all)))
		rows, err := s.tickets(w.l.tx)
		all = append(all, rows...)
		return len(all) < limit, err
	})
	return all, err
}

// stride is the start of a statement over the tickets of one stride that the
// filter accepts. The limit, which they keep anyway, stands between the filter
// and the engine's choice of an index: it takes that of the order, and never
// sorts all that an index of the filter would find. Only what the filter reads
// is selected, which an index may hold.
func (w *walker) stride(end key, size int) *statement {
	s := &statement{args: append([]any{w.l.tx.Tenant()}, w.l.where.Args...)}
	s.add(`SELECT ` + strings.ReplaceAll(ticketColumns, "t.", "r.") + ` FROM (SELECT ` + columnsIn(w.l.where.SQL, w.part) + fromTicket)
	w.between(s, &end)
	s.add(w.part.by(w.l.order, true) + ` LIMIT ` + s.bind(size) + `) AS t CROSS JOIN ticket r WHERE ` + w.l.where.SQL + ` AND r.tenant = $1 AND r.id = t.id`)
	return s
}

var ticketColumn = regexp.MustCompile(`\bt\.[a-z_]+`)

// columnsIn lists the columns that a filter reads, with those of the order.
func columnsIn(filter string, p part) string {
	columns := append(ticketColumn.FindAllString(filter, -1), p.columns...)
	columns = append(columns, "t.id")
	slices.Sort(columns)
	return strings.Join(slices.Compact(columns), ", ")
}

// strides goes along the part, and calls do for each piece with its end and
// its size, until do has enough, the part ends or the budget does.
func (w *walker) strides(do func(end key, size int) (more bool, err error)) error {
	if w.from != nil && w.part.fixed != nil && !w.part.after(&statement{}, w.l.order, *w.from) {
		return nil
	}
	for size := w.l.stride; ; size *= strideGrowth {
		size = min(size, w.budget)
		end, err := w.ahead(size)
		if err != nil || end == nil {
			return err
		}
		if err := w.l.compileBetween(w.from, *end); err != nil {
			return err
		}
		more, err := do(*end, size)
		w.from = end
		if err != nil || !more {
			return err
		}
		if w.budget -= size; w.budget <= 0 {
			w.stopped = true
			return nil
		}
	}
}

// between limits a statement to what lies beyond the place of the walk, and up
// to an end.
func (w *walker) between(s *statement, end *key) {
	s.add(w.part.sql())
	w.l.narrow(s, w.part)
	if w.from != nil {
		w.part.after(s, w.l.order, *w.from)
	}
	if end != nil {
		w.part.upTo(s, w.l.order, *end)
	}
}

// ahead is the place some tickets further, read from the index alone; nil when
// there is no ticket any more.
func (w *walker) ahead(size int) (*key, error) {
	names := []string{"a", "b"}[:len(w.part.columns)]
	s := &statement{args: []any{w.l.tx.Tenant()}}
	s.add(`SELECT ` + strings.Join(names, ", ") + `, id FROM (SELECT `)
	for i, c := range w.part.columns {
		s.add(c + " AS " + names[i] + ", ")
	}
	s.add("t.id AS id" + fromTicket)
	w.between(s, nil)
	s.add(w.part.by(w.l.order, true) + " LIMIT " + s.bind(size) + ") AS ahead ORDER BY ")
	back := order{desc: !w.l.order.desc}.direction()
	s.add(strings.Join(names, back+", ") + back + ", id" + back + " LIMIT 1")
	k, err := w.part.place(w.l.tx.QueryRow(s.text.String(), s.args...).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return &k, err
}

// narrow keeps a walk to where the order's own field can be what is asked for.
func (l *lister) narrow(s *statement, p part) {
	need, ok := l.query.Needs(l.order.field, l.env)
	if !ok || p.fixed != nil {
		return
	}
	if l.order.field == "severity" {
		need = ranksOf(need)
	}
	if need.Low != math.MinInt64 {
		s.add(" AND " + p.columns[0] + " >= " + s.bind(need.Low))
	}
	if need.High != math.MaxInt64 {
		s.add(" AND " + p.columns[0] + " <= " + s.bind(need.High))
	}
}

// ranksOf is the range of the ranks of severities.
func ranksOf(need query.Need) query.Need {
	out := query.Need{Low: math.MaxInt64, High: math.MinInt64}
	for _, word := range need.Equal {
		rank := finding.Severity(word).Rank()
		out.Low, out.High = min(out.Low, rank), max(out.High, rank)
	}
	return out
}
