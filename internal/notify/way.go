package notify

import (
	"slices"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// mail is the kind of connections that carry letters to the address of an
// account, which everybody has.
const mail = "smtp"

// contact is a way to reach a person, as it is kept.
type contact struct {
	id, person, channel, connection, address string
	account                                  bool
	position                                 int64
	testedAt                                 *int64
	testError                                string
	confirmedAt                              *int64
}

const contactColumns = `id, person, channel, connection, address, account, position, tested_at, test_error, confirmed_at`

func scanContact(s db.Scanner) (c contact, err error) {
	return c, s.Scan(&c.id, &c.person, &c.channel, &c.connection, &c.address, &c.account, &c.position, &c.testedAt, &c.testError, &c.confirmedAt)
}

// contactsOf are the contacts of a person in the person's order.
func contactsOf(tx *db.Tx, person string) ([]contact, error) {
	out, err := db.All(tx, scanContact, `SELECT `+contactColumns+` FROM contact WHERE tenant = $1 AND person = $2 ORDER BY position, id`, tx.Tenant(), person)
	return out, fault.Wrap(err, "reading how %s can be reached", person)
}

// proven reports whether the person has confirmed the contact. That of the
// account counts for the address that was confirmed.
func (c *contact) proven(a identity.Account) bool {
	return c.confirmedAt != nil && (!c.account || c.address == a.Email)
}

// implicit is how the contact of an account is called before it is kept.
const implicit = "account"

// withAccount adds mail to the account's address, last, where the person has
// not placed it and mail can be sent.
func withAccount(kept []contact, ways []connection.Way, a identity.Account) []contact {
	if a.Email == "" || slices.ContainsFunc(kept, func(c contact) bool { return c.account }) {
		return kept
	}
	at := slices.IndexFunc(ways, func(w connection.Way) bool { return w.Kind == mail && w.Enabled && w.Address != "" })
	if at < 0 {
		return kept
	}
	next := int64(1)
	if len(kept) > 0 {
		next = kept[len(kept)-1].position + 1
	}
	return append(kept, contact{id: implicit, person: a.ID, channel: mail, connection: ways[at].ID, address: a.Email, account: true, position: next})
}

// route is one way that a letter may go.
type route struct {
	via, kind string // connection
	contact   string // "" for a channel
	address   string // "" for the place that the connection names
}

// routes are the ways to a recipient, in the order in which they are tried: what
// the person has confirmed and their account's mail, in the person's order, and
// after all of these what they have entered and not confirmed, since an address
// that may be wrong is better than nobody.
func (n *Notify) routes(tx *db.Tx, person, channel string) ([]route, error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return nil, err
	}
	if channel != "" {
		if w, ok := wayOf(ways, channel); ok && asChannel(ways, channel) {
			return []route{{via: w.ID, kind: w.Kind}}, nil
		}
		return nil, nil
	}
	account, err := identity.AccountOf(tx, person)
	if err != nil || !account.Active {
		return nil, err
	}
	kept, err := contactsOf(tx, person)
	if err != nil {
		return nil, err
	}
	var good, doubtful []route
	for _, c := range withAccount(kept, ways, account) {
		if !forPeople(ways, c.connection) {
			continue
		}
		w, _ := wayOf(ways, c.connection)
		r := route{via: c.connection, kind: w.Kind, contact: c.id, address: c.address}
		if c.account {
			r.address = account.Email
		}
		if c.account || c.proven(account) {
			good = append(good, r)
		} else {
			doubtful = append(doubtful, r)
		}
	}
	return append(good, doubtful...), nil
}
