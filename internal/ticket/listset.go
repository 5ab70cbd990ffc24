package ticket

import (
	"math"
	"strings"

	"tocsin/internal/ioc"
	"tocsin/internal/query"
)

// set adds a condition that an index serves to a statement: every ticket that
// the query accepts meets it. Of a set with few tickets the whole is read and
// sorted; otherwise the list walks along the index of its order, on which the
// tickets asked for then cannot lie too far apart.
type set func(s *statement)

// fewTickets is up to how many a set is read whole.
const fewTickets = 2_000

// fewest is the first set with no more tickets than that, nil when there is
// none.
func (l *lister) fewest(most int) (set, error) {
	for _, candidate := range l.sets() {
		s := &statement{args: []any{l.tx.Tenant()}}
		s.add(`SELECT COUNT(*) FROM (SELECT 1` + fromTicket)
		candidate(s)
		s.add(` LIMIT ` + s.bind(most+1) + `) AS counted`)
		var n int
		if err := l.tx.QueryRow(s.text.String(), s.args...).Scan(&n); err != nil {
			return nil, err
		}
		if n <= most {
			return candidate, nil
		}
	}
	return nil, nil
}

// sets are the sets by which the query could be answered, the smallest first
// as far as one can tell.
func (l *lister) sets() []set {
	out := []set{}
	for _, c := range []struct {
		field string
		make  func(need query.Need) set
	}{
		{"number", between("t.number", "")},
		{"ioc", sightedSet},
		{"tag", taggedSet},
		{"offered", l.among("t.offered_to", "")},
		{"owner", l.ownedSet},
		{"closed", between("t.closed_at", " AND t.closed_at IS NOT NULL")},
		{"due", between("t.due_at", " AND t.due_at IS NOT NULL")},
		{"created", between("t.opened_at", "")},
		{"updated", between("t.updated_at", "")},
		{"severity", l.severeSet},
	} {
		if need, ok := l.query.Needs(c.field, l.env); ok {
			if s := c.make(need); s != nil {
				out = append(out, s)
			}
		}
	}
	if l.open == onlyOpen {
		out = append(out, func(s *statement) { s.add(l.open.sql()) })
	}
	return out
}

func between(column, more string) func(need query.Need) set {
	return func(need query.Need) set {
		return func(s *statement) {
			s.add(more)
			if need.Low != math.MinInt64 {
				s.add(" AND " + column + " >= " + s.bind(need.Low))
			}
			if need.High != math.MaxInt64 {
				s.add(" AND " + column + " <= " + s.bind(need.High))
			}
		}
	}
}

// maxAmong bounds the values of one set; a query can name more in a list.
const maxAmong = 200

func in[T any](s *statement, column string, values []T) {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = s.bind(v)
	}
	s.add(column + " IN (" + strings.Join(places, ", ") + ")")
}

func (l *lister) among(column, more string) func(need query.Need) set {
	return func(need query.Need) set {
		if len(need.Equal) == 0 || len(need.Equal) > maxAmong {
			return nil
		}
		return func(s *statement) {
			s.add(more + " AND ")
			in(s, column, need.Equal)
		}
	}
}

// ownedSet uses the index of open or of closed tickets by their owner, or both.
func (l *lister) ownedSet(need query.Need) set {
	if len(need.Equal) == 0 || len(need.Equal) > maxAmong {
		return nil
	}
	if l.open != openOrClosed {
		return l.among("t.owner", l.open.sql())(need)
	}
	return func(s *statement) {
		s.add(` AND t.id IN (`)
		for i, state := range []string{"IS NULL", "IS NOT NULL"} {
			if i > 0 {
				s.add(` UNION ALL `)
			}
			s.add(`SELECT o.id FROM ticket o WHERE o.tenant = $1 AND o.closed_at ` + state + ` AND `)
			in(s, "o.owner", need.Equal)
		}
		s.add(`)`)
	}
}

func taggedSet(need query.Need) set {
	if len(need.Equal) == 0 || len(need.Equal) > maxAmong {
		return nil
	}
	return func(s *statement) {
		s.add(` AND t.id IN (SELECT y.ticket FROM ticket_tag y WHERE y.tenant = $1 AND `)
		in(s, "y.tag", need.Equal)
		s.add(`)`)
	}
}

func sightedSet(need query.Need) set {
	if len(need.Equal) == 0 || len(need.Equal) > maxAmong {
		return nil
	}
	return func(s *statement) {
		s.add(` AND t.id IN (SELECT y.ticket FROM sighting y WHERE y.tenant = $1 AND `)
		in(s, "y.type", sightingKinds())
		s.add(` AND `)
		in(s, "y.value", need.Equal)
		s.add(`)`)
	}
}

// sightingKinds are all there are, so that the index of sightings, which begins
// with the kind, serves a search for a value alone.
func sightingKinds() []string {
	kinds := []string{"resource", "principal"}
	for _, t := range []ioc.Type{
		ioc.IPv4, ioc.IPv6, ioc.CIDR, ioc.Domain, ioc.URL, ioc.Email, ioc.MD5, ioc.SHA1, ioc.SHA256, ioc.SHA512, ioc.CVE,
		ioc.Technique, ioc.ARN, ioc.AWSAccount, ioc.AWSKeyID, ioc.Onion,
	} {
		kinds = append(kinds, string(t))
	}
	return kinds
}

// severeSet is for severities among the open or the closed tickets, each of
// which have an index that begins with it.
func (l *lister) severeSet(need query.Need) set {
	if l.open == openOrClosed || len(need.Equal) == 0 {
		return nil
	}
	return between("t.severity_rank", l.open.sql())(ranksOf(need))
}
