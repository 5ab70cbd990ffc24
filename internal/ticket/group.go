package ticket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// groupKey is one way in which a finding may join a ticket.
type groupKey struct {
	key    string // hash over the rule and the shared values
	rule   string
	within int64
	words  string // the shared values, for people
}

// groupWords are what findings may share.
func groupWords() []string {
	return []string{"resource", "account", "region", "principal", "indicator", "kind", "product", "class", "technique"}
}

// maxGroupKeys bounds how many addresses of one finding are tried.
const maxGroupKeys = 5

// keysOf lists the keys of a finding under a group. A finding that lacks a
// value has none: nothing is put together for what it does not say.
func keysOf(f *finding.Finding, g joining) []groupKey {
	ways := [][]string{{}}
	for _, by := range g.By {
		values := shared(f, by)
		longer := make([][]string, 0, len(ways)*len(values))
		for _, w := range ways {
			for _, v := range values {
				longer = append(longer, append(w[:len(w):len(w)], v))
			}
		}
		ways = longer[:min(len(longer), maxGroupKeys)]
	}
	out := make([]groupKey, 0, len(ways))
	for _, w := range ways {
		h := sha256.New()
		fmt.Fprintf(h, "%q %q %q", g.ID, g.By, w)
		out = append(out, groupKey{hex.EncodeToString(h.Sum(nil)[:16]), g.ID, g.within, fmt.Sprintf("%v: %v", g.By, w)})
	}
	return out
}

// shared lists the values of one thing that findings may share.
func shared(f *finding.Finding, by string) []string {
	one := ""
	switch by {
	case "resource":
		one = f.MainResource()
	case "account":
		one = f.Account
	case "region":
		one = f.Region
	case "principal":
		one = f.Principal
	case "kind":
		one = f.Kind()
	case "product":
		one = f.Product
	case "class":
		one = string(f.Class)
	case "technique":
		return f.Techniques
	case "indicator":
		return theirs(f)
	}
	if one == "" {
		return nil
	}
	return []string{one}
}

// theirs lists the indicators that stand for the other side, not for our own
// things.
func theirs(f *finding.Finding) []string {
	var out []string
	for _, i := range f.Indicators {
		if (i.Role == finding.RoleRemote || i.Role == finding.RoleActor || i.Role == finding.RoleIntel) && len(out) < maxGroupKeys {
			out = append(out, i.Type+" "+i.Value)
		}
	}
	return out
}

const (
	sqlGroupTicket = `SELECT ticket FROM group_key WHERE tenant = $1 AND key = $2 AND until > $3`
	// A key of somebody else's ticket that is still valid is not taken over: two
	// nodes may open for the same group at once, and the second must join.
	sqlGroupKeep = `INSERT INTO group_key(tenant, key, ticket, until) VALUES ($1,$2,$3,$4)
		ON CONFLICT (tenant, key) DO UPDATE SET ticket = $3, until = $4 WHERE group_key.ticket = $3 OR group_key.until <= $5`
	sqlGroupDrop = `DELETE FROM group_key WHERE tenant = $1 AND key = $2 AND ticket = $3`
)

// joinable finds the open ticket that a finding joins; nil when there is none.
func (ts *Tickets) joinable(tx *db.Tx, keys []groupKey) (*Ticket, error) {
	for _, k := range keys {
		var id string
		err := tx.QueryRow(sqlGroupTicket, tx.Tenant(), k.key, tx.Now()).Scan(&id)
		if errors.Is(err, db.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fault.Wrap(err, "looking for a ticket to join")
		}
		t, err := ts.standing(tx, id)
		if err != nil && !fault.Is(err, fault.Missing) {
			return nil, err
		}
		if err == nil && t.Open() {
			return t, nil
		}
		if _, err := tx.Exec(sqlGroupDrop, tx.Tenant(), k.key, id); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// keepKeys lets later findings join the ticket. Where a new ticket finds a key
// taken, another node has opened one for the same group at the same moment: the
// transaction runs again and joins.
func keepKeys(tx *db.Tx, keys []groupKey, ticket string, opened bool) error {
	for _, k := range keys {
		n, err := tx.Exec(sqlGroupKeep, tx.Tenant(), k.key, ticket, tx.Now()+k.within, tx.Now())
		if err != nil {
			return fault.Wrap(err, "noting what may join ticket %s", ticket)
		}
		if n == 0 && opened {
			return db.Again(fault.New(fault.Conflict, "A ticket for the same group was opened at the same moment."))
		}
	}
	return nil
}

// PurgeGroups forgets the keys under which nothing can join any more.
func (ts *Tickets) PurgeGroups(ctx context.Context) error {
	return ts.db.Write(db.As(ctx, db.Everyone, "system:ticket"), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM group_key WHERE until < $1`, tx.Now())
		return err
	})
}
