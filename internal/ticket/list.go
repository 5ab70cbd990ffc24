package ticket

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// Fields is what a filter may ask of tickets. The table is t.
func Fields() *query.Table {
	return query.MustTable(
		query.Field{Name: "number", Kind: query.Number, Column: "t.number", Canon: canonNumber, Help: "INC-42"},
		query.Field{Name: "title", Kind: query.Text, Column: "t.title", Search: true, Help: "The title"},
		query.Field{Name: "description", Kind: query.Text, Column: "t.description", Search: true, Help: "The description"},
		query.Field{Name: "severity", Kind: query.Ordered, Column: "t.severity", Values: finding.Severities(), Help: "info to critical"},
		query.Field{Name: "phase", Aliases: []string{"status"}, Kind: query.Ordered, Column: "t.phase", Values: phaseNames(), Help: "Where the work stands"},
		query.Field{Name: "resolution", Kind: query.Enum, Column: "t.resolution", Values: resolutionNames(), Help: "How it ended"},
		query.Field{Name: "open", Kind: query.Bool, Column: "(t.closed_at IS NULL)", Help: "Not closed"},
		query.Field{Name: "acknowledged", Aliases: []string{"acked"}, Kind: query.Bool, Column: "(t.acknowledged_at IS NOT NULL)", Help: "A person has seen it"},
		query.Field{Name: "owner", Kind: query.ID, Column: "t.owner", Help: "Who has taken it: me, none, or an id"},
		query.Field{Name: "accountable", Kind: query.ID, Column: "t.accountable", Help: "Who answers for it now"},
		query.Field{Name: "team", Kind: query.ID, Column: "t.team", Help: "The team: my-team or an id"},
		query.Field{Name: "type", Kind: query.ID, Column: "t.type", Values: []string{"detection", "compliance", "vulnerability", "data_security", "manual"}, Help: "What kind of incident"},
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

// order is one way to sort a list; id breaks ties. Both key columns are
// integers, which the cursor carries.
type order struct {
	column string
	key    func(*Ticket) int64
	desc   bool
}

// orderOf reads a sort key, with - before it for descending.
func orderOf(sort string) (by order, ok bool) {
	name, desc := strings.CutPrefix(sort, "-")
	by.desc = desc
	switch name {
	case "opened_at":
		by.column, by.key = "t.opened_at", func(t *Ticket) int64 { return t.OpenedAt }
	case "updated_at":
		by.column, by.key = "t.updated_at", func(t *Ticket) int64 { return t.UpdatedAt }
	case "number":
		by.column, by.key = "t.number", func(t *Ticket) int64 { return t.Number }
	case "severity":
		by.column, by.key = "t.severity_rank", func(t *Ticket) int64 { return t.Severity.Rank() }
	}
	return by, by.key != nil
}

// Page asks for one page of a list.
type Page struct {
	Query  string // in the query language
	Sort   string // a key of orderOf; "" is -opened_at
	Limit  int
	Cursor string
}

// Listing is one page.
type Listing struct {
	Items      []Brief
	NextCursor string
	Count      int64
	Exact      bool
}

// cursor is where the last page ended.
type cursor struct {
	Hash string `json:"h"` // of filter and order: a cursor fits one list only
	Key  int64  `json:"k"`
	ID   string `json:"i"`
}

// maxCount is up to where a list is counted exactly.
const maxCount = 10_000

// List returns one page of tickets.
func (ts *Tickets) List(tx *db.Tx, p Page, env query.Env) (Listing, error) {
	if p.Sort == "" {
		p.Sort = "-opened_at"
	}
	by, ok := orderOf(p.Sort)
	if !ok {
		return Listing{}, fault.Field("query.sort", "must be one of opened_at, updated_at, number, severity, with - for descending")
	}
	where, err := compileFilter(p.Query, env)
	if err != nil {
		return Listing{}, err
	}
	out := Listing{}
	if out.Count, out.Exact, err = count(tx, where); err != nil {
		return out, err
	}
	rows, err := page(tx, p, by, where)
	if err != nil {
		return out, err
	}
	if len(rows) > p.Limit {
		rows = rows[:p.Limit]
		out.NextCursor = encodeCursor(p, by.key(&rows[p.Limit-1]), rows[p.Limit-1].ID)
	}
	out.Items, err = ts.briefs(tx, rows)
	return out, err
}

func compileFilter(text string, env query.Env) (query.Where, error) {
	q, err := query.Parse(text, Fields())
	if err != nil {
		return query.Where{}, err
	}
	return query.Compile(q, env, 2)
}

func count(tx *db.Tx, w query.Where) (n int64, exact bool, err error) {
	args := append([]any{tx.Tenant()}, w.Args...)
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM ticket t WHERE t.tenant = $1 AND `+w.SQL+
		` LIMIT `+strconv.Itoa(maxCount)+`) AS counted`, args...).Scan(&n)
	return n, n < maxCount, err
}

func page(tx *db.Tx, p Page, by order, w query.Where) ([]Ticket, error) {
	args := append([]any{tx.Tenant()}, w.Args...)
	next := len(args) + 1
	after := ""
	direction, less := "ASC", ">"
	if by.desc {
		direction, less = "DESC", "<"
	}
	if p.Cursor != "" {
		c, err := decodeCursor(p)
		if err != nil {
			return nil, err
		}
		after = " AND (" + by.column + ", t.id) " + less + " ($" + strconv.Itoa(next) + ", $" + strconv.Itoa(next+1) + ")"
		args = append(args, c.Key, c.ID)
		next += 2
	}
	args = append(args, p.Limit+1)
	return db.All(tx, scanTicket, `SELECT `+ticketColumns+` FROM ticket t WHERE t.tenant = $1 AND `+w.SQL+after+
		` ORDER BY `+by.column+` `+direction+`, t.id `+direction+` LIMIT $`+strconv.Itoa(next), args...)
}

func listHash(p Page) string {
	sum := sha256.Sum256([]byte(p.Sort + "\x00" + strings.TrimSpace(p.Query)))
	return hex.EncodeToString(sum[:6])
}

func encodeCursor(p Page, key int64, id string) string {
	raw, _ := json.Marshal(cursor{listHash(p), key, id}) // strings and an integer always marshal
	return base64.RawURLEncoding.EncodeToString(raw)
}

func decodeCursor(p Page) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, fault.Field("query.cursor", "is not a cursor of this server").WithSlug("bad-cursor")
	}
	if c.Hash != listHash(p) {
		return c, fault.Field("query.cursor", "belongs to another filter or order").WithSlug("cursor-mismatch")
	}
	return c, nil
}

// Counts are the numbers beside the views.
type Counts struct {
	Open           int64 `json:"open"`
	Mine           int64 `json:"mine"`
	Unowned        int64 `json:"unowned"`
	Unacknowledged int64 `json:"unacknowledged"`
	ClosedToday    int64 `json:"closed_today"`
	Quarantine     int64 `json:"quarantine"`
}

// Counts counts what the queue's views hold; since is the reader's midnight.
func (ts *Tickets) Counts(tx *db.Tx, me string, since int64) (Counts, error) {
	var c Counts
	err := tx.QueryRow(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN owner = $2 THEN 1 ELSE 0 END),0),
		COALESCE(SUM(CASE WHEN owner IS NULL THEN 1 ELSE 0 END),0), COALESCE(SUM(CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END),0)
		FROM ticket WHERE tenant = $1 AND closed_at IS NULL`, tx.Tenant(), me).Scan(&c.Open, &c.Mine, &c.Unowned, &c.Unacknowledged)
	if err != nil {
		return c, fault.Wrap(err, "counting tickets")
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM ticket WHERE tenant = $1 AND closed_at >= $2`, tx.Tenant(), since).Scan(&c.ClosedToday)
	if err != nil {
		return c, fault.Wrap(err, "counting closed tickets")
	}
	c.Quarantine, err = ts.findings.QuarantineCount(tx)
	return c, err
}
