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
	few, err := l.fewest(max(l.few, limits.walk/8))
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
// reading a ticket, as far as the limit of rows allows.
func (l *lister) countWalk(limits countLimits) (n int64, exact bool, err error) {
	counting := *l
	if counting.order, err = orderOf("-severity"); err != nil {
		return 0, false, err
	}
	if l.deep {
		counting.order = byNumber(true)
		low, err := l.newest(limits.walk)
		if err == nil {
			err = counting.compileWithin(low, searchSpan)
		}
		if err != nil {
			return 0, false, err
		}
	}
	left := int64(limits.walk)
	for _, p := range counting.order.of(l.open) {
		looked, found, err := counting.countPart(p, left)
		if err != nil {
			return n, false, err
		}
		n += found
		if left -= looked; left <= 0 {
			break
		}
	}
	if most := int64(limits.most); n >= most {
		return most, false, nil
	}
	return n, left > 0, nil
}

// countPart looks at tickets of a part and counts those that the filter
// accepts. Only what the filter reads is selected, which an index may hold.
func (l *lister) countPart(p part, limit int64) (looked, found int64, err error) {
	s := &statement{args: append([]any{l.tx.Tenant()}, l.where.Args...)}
	s.add(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN ` + l.where.SQL + ` THEN 1 ELSE 0 END), 0) FROM (SELECT ` + columnsIn(l.where.SQL, p) + fromTicket)
	s.add(p.sql())
	l.narrow(s, p)
	s.add(p.by(l.order, true) + ` LIMIT ` + s.bind(limit) + `) AS t`)
	err = l.tx.QueryRow(s.text.String(), s.args...).Scan(&looked, &found)
	return looked, found, err
}
