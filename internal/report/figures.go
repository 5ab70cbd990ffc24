package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// Groups are by what figures may be told apart.
func Groups() []string { return []string{"", "severity", "team", "source", "type"} }

// Asked is a question about measures.
type Asked struct {
	From, To time.Time // dates, To is the first day that is not meant; read as days of the tenant
	Group    string    // one of Groups
	Only     map[string]string
	Measures []string // names; none is all
}

// Figure is a measure of one group in a span.
type Figure struct {
	Measure string
	Group   string // "" for all
	Summary
	Share // of measures whose unit is a share
	// Values are shown where there are too few for an interval.
	Values []int64
}

// Open is what is not counted, because it has not ended.
type Open struct {
	N      int64
	Oldest int64 // microseconds UTC of its opening; 0 for none
}

// Told is the answer.
type Told struct {
	Figures     []Figure
	Open        Open
	Definitions int64
	Zone        string
	Until       int64 // up to when the journal is in it, microseconds UTC
}

// Figures answers a question. Errors: fault.Invalid naming the parameter.
func (r *Report) Figures(tx *db.Tx, q Asked) (Told, error) {
	wanted, err := q.measures()
	if err != nil {
		return Told{}, err
	}
	s, err := readState(tx)
	if err != nil {
		return Told{}, err
	}
	told := Told{Figures: []Figure{}, Definitions: Definitions, Zone: s.zone, Until: s.until}
	for _, m := range wanted {
		groups, err := q.read(tx, m.Name)
		if err != nil {
			return told, err
		}
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			told.Figures = append(told.Figures, figure(m, name, groups[name]))
		}
	}
	told.Open, err = q.open(tx)
	return told, err
}

func (q Asked) measures() ([]Measure, error) {
	if !slices.Contains(Groups(), q.Group) {
		return nil, fault.Field("query.group", "must be one of severity, team, source, type")
	}
	if !q.To.After(q.From) {
		return nil, fault.Field("query.to", "must be a day after from")
	}
	all := Measures()
	if len(q.Measures) == 0 {
		return all, nil
	}
	out := make([]Measure, 0, len(q.Measures))
	for _, name := range q.Measures {
		i := slices.IndexFunc(all, func(m Measure) bool { return m.Name == name })
		if i < 0 {
			return nil, fault.Field("query.measure", "%.40q is no measure", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func dateDay(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// read gathers the values of a measure by group.
func (q Asked) read(tx *db.Tx, measure string) (map[string][]int64, error) {
	type row struct {
		cell
		vals []byte
	}
	rows, err := db.All(tx, func(s db.Scanner) (c row, err error) {
		return c, s.Scan(&c.day, &c.severity, &c.team, &c.source, &c.kind, &c.vals)
	}, sqlCells, tx.Tenant(), measure, dateDay(q.From), dateDay(q.To))
	if err != nil {
		return nil, fault.Wrap(err, "reading the measure %s", measure)
	}
	out := map[string][]int64{}
	for _, c := range rows {
		if !q.meant(c.cell) {
			continue
		}
		name := c.by(q.Group)
		if out[name], err = unpack(out[name], c.vals); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c cell) by(group string) string {
	switch group {
	case "severity":
		return c.severity
	case "team":
		return c.team
	case "source":
		return c.source
	case "type":
		return c.kind
	}
	return ""
}

func (q Asked) meant(c cell) bool {
	for by, want := range q.Only {
		if c.by(by) != want {
			return false
		}
	}
	return true
}

func figure(m Measure, group string, values []int64) Figure {
	f := Figure{Measure: m.Name, Group: group}
	if m.Unit == UnitShare {
		hits := 0
		for _, v := range values {
			hits += int(v)
		}
		f.Share = Wilson(hits, len(values))
		f.Summary.N = len(values)
		return f
	}
	f.Summary = Summarize(values)
	if f.Summary.N < Few {
		f.Values = values
	}
	return f
}

// open counts what has not ended, as of now.
func (q Asked) open(tx *db.Tx) (o Open, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(MIN(opened_at),0) FROM report_ticket WHERE tenant = $1 AND closed_at IS NULL
		AND severity = COALESCE($2, severity) AND team = COALESCE($3, team)`,
		tx.Tenant(), orNull(q.Only["severity"]), orNull(q.Only["team"])).Scan(&o.N, &o.Oldest)
	return o, fault.Wrap(err, "counting what is open")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Times is what is known of one ticket, for its own page.
func (r *Report) Times(tx *db.Tx, id string) (Life, error) {
	known, err := lives(tx, []string{id})
	if err != nil {
		return Life{}, err
	}
	l := known[id]
	if l == nil {
		return Life{}, fault.New(fault.Missing, "Nothing is measured of this ticket yet.")
	}
	return *l, nil
}

// Order sorts figures as the table of measures has them.
func Order(figures []Figure) {
	place := map[string]int{}
	for i, m := range Measures() {
		place[m.Name] = i
	}
	slices.SortStableFunc(figures, func(a, b Figure) int {
		return cmp.Or(place[a.Measure]-place[b.Measure], cmp.Compare(a.Group, b.Group))
	})
}
