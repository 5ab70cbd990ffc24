package ticket

// countOnce is the count of a list that goes on: made with the first page, and
// from then on in the cursor. A view that asks the same has it better.
func (ts *Tickets) countOnce(l *lister) (n int64, exact bool, err error) {
	if l.from != nil {
		return l.from.Count, l.from.Exact, nil
	}
	if n, exact, ok := ts.tallies.peek(tallyKey(l.tx.Tenant(), l.asked, l.env)); ok && n > int64(l.limit) {
		return n, exact, nil
	}
	return l.count(countLimits{maxCount, maxCountWalk})
}

// countLast is the count of a list that ends with these rows.
func (l *lister) countLast(rows int) (n int64, exact bool, err error) {
	if l.from != nil {
		return l.from.Count, l.from.Exact, nil
	}
	return int64(rows), true, nil
}

// countLimits bound what a count costs: up to where it counts, and how many
// rows it looks at.
type countLimits struct{ most, walk int }

// count counts what the query accepts. It is exact when the end was reached;
// otherwise there are at least as many.
func (l *lister) count(limits countLimits) (n int64, exact bool, err error) {
	if len(l.words) > 0 {
		return l.searchCount(limits)
	}
	if l.deep {
		return l.countWalk(limits)
	}
	few, err := l.fewest()
	if err != nil {
		return 0, false, err
	}
	if few != nil {
		return l.countSet(few, limits.most)
	}
	return l.countWalk(limits)
}

func (l *lister) countSet(few set, most int) (n int64, exact bool, err error) {
	s := &statement{args: append([]any{l.tx.Tenant()}, l.where.Args...)}
	s.add(`SELECT COUNT(*) FROM (SELECT 1` + fromTicket + " AND " + l.where.SQL)
	few(s)
	s.add(` LIMIT ` + s.bind(most) + `) AS counted`)
	err = l.tx.QueryRow(s.text.String(), s.args...).Scan(&n)
	return n, n < int64(most), err
}

// countWalk counts along the index by severity, which tells most without
// reading a ticket, in strides, so that it can stop.
func (l *lister) countWalk(limits countLimits) (n int64, exact bool, err error) {
	counting := *l
	if counting.order, err = orderOf("-severity"); err != nil {
		return 0, false, err
	}
	if l.deep {
		counting.order = byNumber(true)
	}
	exact = true
	for _, p := range counting.order.of(l.open) {
		w := walker{l: &counting, part: p, budget: limits.walk}
		err := w.strides(func(end key, size int) (bool, error) {
			some, err := w.count(end, size, limits.most-int(n))
			n += some
			return n < int64(limits.most), err
		})
		limits.walk = max(w.budget, 1)
		if err != nil {
			return n, false, err
		}
		exact = exact && !w.stopped && n < int64(limits.most)
	}
	return n, exact, nil
}

func (w *walker) count(end key, size, most int) (n int64, err error) {
	s := w.stride(`SELECT COUNT(*) FROM (SELECT 1`, end, size)
	s.add(` LIMIT ` + s.bind(most) + `) AS counted`)
	err = w.l.tx.QueryRow(s.text.String(), s.args...).Scan(&n)
	return n, err
}
