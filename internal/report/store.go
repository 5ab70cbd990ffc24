package report

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	sqlState = `SELECT definitions, zone, since, until_at FROM report_state WHERE tenant = $1`
	sqlBegin = `INSERT INTO report_state(tenant, definitions, zone, since, until_at) VALUES ($1,$2,$3,$4,0)
		ON CONFLICT (tenant) DO UPDATE SET definitions = $2, zone = $3, since = $4, until_at = 0`
	sqlUntil = `UPDATE report_state SET until_at = $1 WHERE tenant = $2 AND until_at < $1`
	sqlKeep  = `INSERT INTO report_ticket(tenant, ticket, doc, opened_at, closed_at, severity, team, counts) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (tenant, ticket) DO UPDATE SET doc = $3, closed_at = $5, severity = $6, team = $7, counts = $8`
	sqlCell    = `SELECT vals FROM report_cell WHERE tenant = $1 AND measure = $2 AND day = $3 AND severity = $4 AND team = $5 AND source = $6 AND type = $7`
	sqlPutCell = `INSERT INTO report_cell(tenant, measure, day, severity, team, source, type, vals) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (tenant, measure, day, severity, team, source, type) DO UPDATE SET vals = $8`
	sqlDropCell = `DELETE FROM report_cell WHERE tenant = $1 AND measure = $2 AND day = $3 AND severity = $4 AND team = $5 AND source = $6 AND type = $7`
	sqlCells    = `SELECT day, severity, team, source, type, vals FROM report_cell WHERE tenant = $1 AND measure = $2 AND day >= $3 AND day < $4
		ORDER BY day, severity, team, source, type`
)

// state is by what the projection of a tenant was made.
type state struct {
	definitions, since, until int64
	zone                      string
}

func readState(tx *db.Tx) (s state, err error) {
	err = tx.QueryRow(sqlState, tx.Tenant()).Scan(&s.definitions, &s.zone, &s.since, &s.until)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return s, fault.Wrap(err, "reading the state of the measures")
}

// lives are what is known of tickets, by id. One that nothing is known of is not
// in it.
func lives(tx *db.Tx, ids []string) (map[string]*Life, error) {
	type row struct {
		id  string
		doc []byte
	}
	args, in := db.In([]any{tx.Tenant()}, ids)
	rows, err := db.All(tx, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.doc) },
		`SELECT ticket, doc FROM report_ticket WHERE tenant = $1 AND ticket IN (`+in+`)`, args...)
	out := make(map[string]*Life, len(rows))
	for _, r := range rows {
		l := &Life{}
		if err := json.Unmarshal(r.doc, l); err != nil {
			return nil, fault.Wrap(err, "reading what is known of ticket %s", r.id)
		}
		out[r.id] = l
	}
	return out, fault.Wrap(err, "reading what is known of tickets")
}

func keep(tx *db.Tx, id string, l *Life) error {
	doc, err := json.Marshal(l)
	if err != nil {
		return err
	}
	var closed any
	if l.Closed > 0 {
		closed = l.Closed
	}
	_, err = tx.Exec(sqlKeep, tx.Tenant(), id, doc, l.Opened, closed, l.Severity, l.Team, l.counts())
	return fault.Wrap(err, "keeping what is known of ticket %s", id)
}

// write applies changes to their cells, in an order that two writers share.
func (ds deltas) write(tx *db.Tx) error {
	order := slices.SortedFunc(maps.Keys(ds), func(a, b cell) int { return strings.Compare(a.key(), b.key()) })
	for _, c := range order {
		if d := ds[c]; len(d.add)+len(d.remove) > 0 {
			if err := c.change(tx, *d); err != nil {
				return fault.Wrap(err, "changing the measure %s", c.measure)
			}
		}
	}
	return nil
}

func (c cell) key() string {
	return strings.Join([]string{c.measure, strconv.FormatInt(c.day, 10), c.severity, c.team, c.source, c.kind}, "\x00")
}

func (c cell) change(tx *db.Tx, d delta) error {
	at := []any{tx.Tenant(), c.measure, c.day, c.severity, c.team, c.source, c.kind}
	var stored []byte
	if err := tx.QueryRow(sqlCell, at...).Scan(&stored); err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	values, err := unpack(nil, stored)
	if err != nil {
		return err
	}
	if values, err = d.apply(values); err != nil {
		return err
	}
	if len(values) == 0 {
		_, err = tx.Exec(sqlDropCell, at...)
		return err
	}
	_, err = tx.Exec(sqlPutCell, append(at, pack(values))...)
	return err
}
