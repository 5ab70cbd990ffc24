package ticket

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/query"
)

// The kinds of lists.
const (
	ListText    = "text"
	ListCIDR    = "cidr"    // ranges of addresses, such as our own
	ListAccount = "account" // AWS account numbers
)

// ListItem is one line of a list.
type ListItem struct {
	Value string `json:"value" maxLength:"500"`
	Note  string `json:"note,omitempty" maxLength:"500"`
}

// list is a list as it is kept.
type list struct {
	Kind  string
	Items []ListItem
}

// List is a list that rules name, such as VIPs or crown jewels: @name stands
// for any item of it.
type List struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind" enum:"text,cidr,account"`
	Items     []ListItem `json:"items" nullable:"false"`
	Size      int64      `json:"size"`
	Rev       int64      `json:"rev"`
	UpdatedAt time.Time  `json:"updated_at"`
	UsedIn    []string   `json:"used_in" nullable:"false" doc:"Names of the rules that use it"`
}

const (
	maxLists     = 200
	maxListItems = 20_000
)

const listColumns = `name, kind, items, size, rev, updated_at`

func scanList(s db.Scanner) (List, error) {
	l := List{Items: []ListItem{}, UsedIn: []string{}}
	var raw []byte
	var at int64
	if err := s.Scan(&l.Name, &l.Kind, &raw, &l.Size, &l.Rev, &at); err != nil {
		return l, err
	}
	l.UpdatedAt = db.Time(at)
	return l, json.Unmarshal(raw, &l.Items)
}

// Lists returns every list, by name. With short, the items are left out.
func (ts *Tickets) Lists(tx *db.Tx, short bool) ([]List, error) {
	out, err := db.All(tx, scanList, `SELECT `+listColumns+` FROM rule_list WHERE tenant = $1 ORDER BY name`, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "reading the lists")
	}
	users, err := ts.listUsers(tx)
	for i := range out {
		out[i].UsedIn = append(out[i].UsedIn, users[out[i].Name]...)
		if short {
			out[i].Items = []ListItem{}
		}
	}
	return out, err
}

// OneList returns one list.
func (ts *Tickets) OneList(tx *db.Tx, name string) (List, error) {
	l, err := scanList(tx.QueryRow(`SELECT `+listColumns+` FROM rule_list WHERE tenant = $1 AND name = $2`, tx.Tenant(), name))
	if errors.Is(err, db.ErrNoRows) {
		return l, fault.New(fault.Missing, "There is no list %s.", name)
	}
	if err != nil {
		return l, fault.Wrap(err, "reading list %s", name)
	}
	users, err := ts.listUsers(tx)
	l.UsedIn = append(l.UsedIn, users[name]...)
	return l, err
}

func (ts *Tickets) allLists(tx *db.Tx) (map[string]list, error) {
	all, err := db.All(tx, scanList, `SELECT `+listColumns+` FROM rule_list WHERE tenant = $1`, tx.Tenant())
	out := make(map[string]list, len(all))
	for _, l := range all {
		out[l.Name] = list{l.Kind, l.Items}
	}
	return out, fault.Wrap(err, "reading the lists")
}

func names(lists map[string]list) []string { return slices.Sorted(maps.Keys(lists)) }

// SetList writes a list; rev is what the caller has read, 0 for a new one.
func (ts *Tickets) SetList(tx *db.Tx, l List, rev int64) (List, error) {
	if err := checkList(&l); err != nil {
		return l, err
	}
	raw, err := json.Marshal(l.Items)
	if err != nil {
		return l, err
	}
	var had int64
	err = tx.QueryRow(`SELECT rev FROM rule_list WHERE tenant = $1 AND name = $2`, tx.Tenant(), l.Name).Scan(&had)
	switch {
	case err != nil && !errors.Is(err, db.ErrNoRows):
		return l, fault.Wrap(err, "reading list %s", l.Name)
	case had != rev && rev == 0:
		return l, fault.New(fault.Conflict, "There is a list %s already.", l.Name).WithSlug("exists")
	case had != rev:
		return ts.staleList(tx, l.Name)
	case had == 0:
		err = ts.roomForList(tx)
	}
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return l, err
	}
	n, err := tx.Exec(`INSERT INTO rule_list(tenant, name, kind, items, size, rev, updated_at, updated_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (tenant, name) DO UPDATE SET kind = $3, items = $4, size = $5, rev = $6, updated_at = $7, updated_by = $8 WHERE rule_list.rev = $9`,
		tx.Tenant(), l.Name, l.Kind, raw, len(l.Items), rev+1, tx.Now(), string(tx.Actor()), rev)
	if err != nil {
		return l, fault.Wrap(err, "keeping list %s", l.Name)
	}
	if n == 0 {
		return l, db.Again(fault.New(fault.Conflict, "The list was changed at the same moment."))
	}
	if err := ts.listsChanged(tx, l.Name, map[string]any{"items": len(l.Items), "list": l.Name, "removed": false, "rev": rev + 1}, l.Items); err != nil {
		return l, err
	}
	return ts.OneList(tx, l.Name)
}

func (ts *Tickets) staleList(tx *db.Tx, name string) (List, error) {
	current, err := ts.OneList(tx, name)
	if err != nil {
		return current, err
	}
	return current, fault.New(fault.Conflict, "The list was changed by somebody else.").WithSlug("stale-revision").WithExtra("current", current)
}

func (ts *Tickets) roomForList(tx *db.Tx) error {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM rule_list WHERE tenant = $1`, tx.Tenant()).Scan(&n)
	if err == nil && n >= maxLists {
		err = fault.New(fault.Conflict, "There are %d lists already.", n).WithSlug("too-many")
	}
	return err
}

// RemoveList removes a list that no rule uses; rev is what the caller has read.
func (ts *Tickets) RemoveList(tx *db.Tx, name string, rev int64) error {
	l, err := ts.OneList(tx, name)
	if err != nil {
		return err
	}
	if l.Rev != rev {
		_, err := ts.staleList(tx, name)
		return err
	}
	if len(l.UsedIn) > 0 {
		return fault.New(fault.Conflict, "The list is used by %s.", strings.Join(l.UsedIn, ", ")).WithSlug("in-use").WithExtra("used_in", l.UsedIn)
	}
	if err := tx.Must(`DELETE FROM rule_list WHERE tenant = $1 AND name = $2`, tx.Tenant(), name); err != nil {
		return err
	}
	return ts.listsChanged(tx, name, map[string]any{"items": 0, "list": name, "removed": true, "rev": l.Rev}, l.Items)
}

// listsChanged makes every node compile the policy again, and keeps the record.
func (ts *Tickets) listsChanged(tx *db.Tx, name string, data map[string]any, items []ListItem) error {
	_, err := tx.Exec(`INSERT INTO policy(tenant, rules, rev, updated_at, updated_by, lists_rev) VALUES ($1,$2,0,$3,$4,1)
		ON CONFLICT (tenant) DO UPDATE SET lists_rev = policy.lists_rev + 1`, tx.Tenant(), []byte("[]"), tx.Now(), string(tx.Actor()))
	if err != nil {
		return fault.Wrap(err, "keeping list %s", name)
	}
	_, err = ts.journal.Append(tx, journal.Entry{Stream: "list:" + name, Kind: journal.ListChanged, Data: data, Priv: map[string]any{"items": items}})
	return err
}

// listUsers names the rules that use each list.
func (ts *Tickets) listUsers(tx *db.Tx) (map[string][]string, error) {
	p, err := ts.Policy(tx)
	if err != nil {
		return nil, err
	}
	out, table := map[string][]string{}, finding.RuleFields()
	p.each(func(_ string, _ *string, name, match string) {
		q, err := query.Parse(match, table)
		if err != nil {
			return
		}
		for _, l := range append(q.Lists(), unitLists(q)...) {
			out[l] = append(out[l], name)
		}
	})
	return out, nil
}

// unitLists names the lists behind ou:prod, which is true where the list
// ou/prod holds the account.
func unitLists(q *query.Query) []string {
	var out []string
	for _, unit := range q.Words("ou") {
		out = append(out, "ou/"+unit)
	}
	return out
}

func checkList(l *List) error {
	if !isListName(l.Name) {
		return fault.Field("path.name", "must be of small letters, digits, - _ and /, at most 60")
	}
	if l.Kind != ListText && l.Kind != ListCIDR && l.Kind != ListAccount {
		return fault.Field("body.kind", "must be text, cidr or account")
	}
	if len(l.Items) > maxListItems {
		return fault.Field("body.items", "must be at most %d", maxListItems)
	}
	seen := make(map[string]bool, len(l.Items))
	items := make([]ListItem, 0, len(l.Items))
	for i, item := range l.Items {
		field := fmt.Sprintf("items[%d]", i)
		value, err := listValue(l.Kind, field+".value", item.Value)
		if err != nil {
			return err
		}
		note, err := text(field+".note", item.Note, 0, 500)
		if err != nil {
			return err
		}
		if !seen[value] {
			seen[value] = true
			items = append(items, ListItem{value, note})
		}
	}
	l.Items = items
	return nil
}

// isListName is the form of a name that the query language reads behind an @.
func isListName(s string) bool {
	return s != "" && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_/-") == "" && !strings.ContainsRune("_/-", rune(s[0]))
}

func listValue(kind, field, s string) (string, error) {
	s, err := text(field, s, 1, 500)
	if err != nil {
		return "", err
	}
	switch kind {
	case ListAccount:
		if len(s) != 12 || strings.Trim(s, "0123456789") != "" {
			return "", fault.Field("body."+field, "must be the twelve digits of an AWS account")
		}
	case ListCIDR:
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, errA := netip.ParseAddr(s)
			if errA != nil {
				return "", fault.Field("body."+field, "must be a range of addresses, such as 198.51.100.0/24")
			}
			p = netip.PrefixFrom(a.WithZone(""), a.BitLen())
		}
		return p.Masked().String(), nil
	}
	return s, nil
}
