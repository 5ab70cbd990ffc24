package ticket

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// order is one way to sort a list: by up to two integers and the id. Where no
// one index holds all tickets in that order, the list is several parts, each
// with its index, merged by their keys.
type order struct {
	desc  bool
	field string // the query's name of what it sorts by first
	parts []part
}

// part is some of the tickets, in the order of one index.
type part struct {
	open    openness
	where   string              // what else picks the part
	columns []string            // of the index, integers; the id follows
	fixed   *int64              // the first key, where it is the same for all of the part
	key     func(t *Ticket) key // of every part; the first of an order has it
}

// key is where a ticket stands in an order.
type key struct {
	First, Second int64
	ID            string
}

// sortNames is what a message tells of the orders.
const sortNames = "opened_at, updated_at, closed_at, due_at, number, severity, with - for descending"

// orderOf reads a sort key, with - before it for descending.
func orderOf(sort string) (order, error) {
	if sort == "" {
		sort = "-opened_at"
	}
	name, desc := strings.CutPrefix(sort, "-")
	by := order{desc: desc}
	switch name {
	case "opened_at":
		by.field = "created"
		by.parts = []part{{columns: []string{"t.opened_at"}, key: func(t *Ticket) key { return key{t.OpenedAt, 0, t.ID} }}}
	case "updated_at":
		by.field = "updated"
		by.parts = []part{{columns: []string{"t.updated_at"}, key: func(t *Ticket) key { return key{t.UpdatedAt, 0, t.ID} }}}
	case "number":
		by = byNumber(desc)
	case "severity":
		by.field = "severity"
		by.parts = []part{bySeverity(onlyOpen), bySeverity(onlyClosed)}
	case "due_at", "due":
		by.field = "due"
		by.parts = withNever("t.due_at", desc, func(t *Ticket) *int64 { return t.DueAt })
	case "closed_at":
		by.field = "closed"
		by.parts = withNever("t.closed_at", desc, func(t *Ticket) *int64 { return t.ClosedAt })
	default:
		return by, fault.Field("query.sort", "must be one of "+sortNames)
	}
	return by, nil
}

func byNumber(desc bool) order {
	return order{desc: desc, field: "number", parts: []part{
		{columns: []string{"t.number"}, key: func(t *Ticket) key { return key{t.Number, 0, t.ID} }},
	}}
}

func bySeverity(open openness) part {
	return part{open: open, columns: []string{"t.severity_rank", "t.opened_at"},
		key: func(t *Ticket) key { return key{t.Severity.Rank(), t.OpenedAt, t.ID} }}
}

// withNever lists tickets that have no such time last, whichever way it goes.
func withNever(column string, desc bool, of func(t *Ticket) *int64) []part {
	never := int64(math.MaxInt64)
	if desc {
		never = math.MinInt64
	}
	return []part{
		{where: " AND " + column + " IS NOT NULL", columns: []string{column}, key: func(t *Ticket) key {
			if at := of(t); at != nil {
				return key{*at, 0, t.ID}
			}
			return key{never, t.OpenedAt, t.ID}
		}},
		{where: " AND " + column + " IS NULL", columns: []string{"t.opened_at"}, fixed: &never},
	}
}

// of are the parts that can hold what is asked for.
func (o order) of(open openness) []part {
	parts := []part{}
	for _, p := range o.parts {
		if p.open == openOrClosed || open == openOrClosed || p.open == open {
			if p.open == openOrClosed {
				p.open = open
			}
			parts = append(parts, p)
		}
	}
	return parts
}

// compare says which of two keys stands first.
func (o order) compare(a, b key) int {
	c := cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second), strings.Compare(a.ID, b.ID))
	if o.desc {
		return -c
	}
	return c
}

// direction and beyond are the SQL of an order and of what follows a place.
func (o order) direction() string {
	if o.desc {
		return " DESC"
	}
	return " ASC"
}

func (o order) beyond() string {
	if o.desc {
		return "<"
	}
	return ">"
}

// sql is the condition that a ticket is of the part.
func (p part) sql() string { return p.where + p.open.sql() }

// by is the ORDER BY of a part. plain columns are those of its index; others
// look the same to a person and make an engine sort what it has found.
func (p part) by(o order, plain bool) string {
	columns := []string{}
	for _, c := range p.columns {
		if !plain {
			c = "(" + c + " + 0)"
		}
		columns = append(columns, c+o.direction())
	}
	return " ORDER BY " + strings.Join(append(columns, "t.id"+o.direction()), ", ")
}

// after adds the condition that a ticket of the part stands beyond a place. It
// reports false when none of the part can.
func (p part) after(s *statement, o order, k key) (possible bool) {
	if p.fixed != nil && k.First != *p.fixed {
		return o.compare(key{First: *p.fixed}, key{First: k.First}) > 0
	}
	p.against(s, o.beyond(), k)
	return true
}

// upTo adds the condition that a ticket stands before a place of the part, or
// at it.
func (p part) upTo(s *statement, o order, k key) {
	sign := "<="
	if o.desc {
		sign = ">="
	}
	p.against(s, sign, k)
}

func (p part) against(s *statement, sign string, k key) {
	values := []any{k.First, k.Second, k.ID}
	switch {
	case p.fixed != nil:
		values = values[1:]
	case len(p.columns) == 1:
		values = []any{k.First, k.ID}
	}
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = s.bind(v)
	}
	s.add(" AND (" + strings.Join(p.columns, ", ") + ", t.id) " + sign + " (" + strings.Join(places, ", ") + ")")
}

// place reads the key columns of a row as place selects them.
func (p part) place(scan func(dest ...any) error) (k key, err error) {
	switch {
	case p.fixed != nil:
		k.First = *p.fixed
		err = scan(&k.Second, &k.ID)
	case len(p.columns) == 1:
		err = scan(&k.First, &k.ID)
	default:
		err = scan(&k.First, &k.Second, &k.ID)
	}
	return k, err
}

// statement is a text and its arguments as they grow.
type statement struct {
	text strings.Builder
	args []any
}

func (s *statement) add(text string) { s.text.WriteString(text) }

func (s *statement) bind(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// cursor is where the last page ended. The count of the list travels in it, so
// that it is made once.
type cursor struct {
	Hash  string `json:"h"` // of filter and order: a cursor fits one list only
	First int64  `json:"k"`
	More  int64  `json:"l,omitempty"`
	ID    string `json:"i,omitempty"`
	Count int64  `json:"n,omitempty"`
	Exact bool   `json:"e,omitempty"`
}

func (c *cursor) key() key { return key{c.First, c.More, c.ID} }

func at(k key) *cursor { return &cursor{First: k.First, More: k.Second, ID: k.ID} }

func listHash(p Page) string {
	sum := sha256.Sum256([]byte(p.Sort + "\x00" + strings.TrimSpace(p.Query)))
	return hex.EncodeToString(sum[:6])
}

func (c *cursor) encode(p Page) string {
	c.Hash = listHash(p)
	raw, _ := json.Marshal(c) // strings, integers and a truth always marshal
	return base64.RawURLEncoding.EncodeToString(raw)
}

func decodeCursor(p Page) (*cursor, error) {
	c := &cursor{}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, c)
	}
	if err != nil {
		return nil, fault.Field("query.cursor", "is not a cursor of this server").WithSlug("bad-cursor")
	}
	if c.Hash != listHash(p) {
		return nil, fault.Field("query.cursor", "belongs to another filter or order").WithSlug("cursor-mismatch")
	}
	return c, nil
}
