package notify

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

const maxContacts = 10

// Contact is a way to reach a person, as the person sees it.
type Contact struct {
	ID             string     `json:"id"`
	Channel        string     `json:"channel" doc:"The kind of the connection"`
	Connection     string     `json:"connection"`
	ConnectionName string     `json:"connection_name"`
	Enabled        bool       `json:"enabled" doc:"The connection is there and switched on"`
	Address        string     `json:"address"`
	Position       int64      `json:"position" doc:"From 1; the first is tried first"`
	TestedAt       *time.Time `json:"tested_at" doc:"When a channel last took a test message"`
	TestError      string     `json:"test_error"`
	ConfirmedAt    *time.Time `json:"confirmed_at" doc:"When the person proved that messages arrive"`
	Implicit       bool       `json:"implicit" doc:"Mail to the address of the account, which everybody has"`
}

// NewContact is a contact to be added.
type NewContact struct {
	Channel    string
	Connection string // "" for the first one of the kind
	Address    string // "" asks the outside for the person's mail address
}

// Contacts lists how a person can be reached, in the order in which it is tried.
func (n *Notify) Contacts(tx *db.Tx, person string) ([]Contact, error) {
	list, ways, a, err := n.known(tx, person)
	out := make([]Contact, len(list))
	for i := range list {
		out[i] = list[i].view(ways, a)
	}
	return out, err
}

func (n *Notify) known(tx *db.Tx, person string) ([]contact, []connection.Way, identity.Account, error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return nil, nil, identity.Account{}, err
	}
	a, err := identity.AccountOf(tx, person)
	if err != nil {
		return nil, ways, a, err
	}
	kept, err := contactsOf(tx, person)
	return withAccount(kept, ways, a), ways, a, err
}

func (c *contact) view(ways []connection.Way, a identity.Account) Contact {
	w, _ := wayOf(ways, c.connection)
	v := Contact{
		ID: c.id, Channel: c.channel, Connection: c.connection, ConnectionName: w.Name, Enabled: forPeople(ways, c.connection), Address: c.address,
		Position: c.position, TestedAt: db.TimeOrNil(c.testedAt), TestError: c.testError, Implicit: c.account,
	}
	if c.account {
		v.Address = a.Email
	}
	if c.proven(a) {
		v.ConfirmedAt = db.TimeOrNil(c.confirmedAt)
	}
	return v
}

// AddContact adds a way to reach a person. It is not confirmed yet.
func (n *Notify) AddContact(ctx context.Context, person string, in NewContact) (out Contact, err error) {
	var way connection.Way
	var a identity.Account
	err = n.db.Read(ctx, func(tx *db.Tx) error {
		ways, err := n.ways.List(tx)
		if err != nil {
			return err
		}
		if way, err = wanted(ways, in); err != nil {
			return err
		}
		a, err = identity.AccountOf(tx, person)
		return err
	})
	if err != nil {
		return out, err
	}
	if in.Address == "" {
		if in.Address, err = n.found(ctx, way, a); err != nil {
			return out, err
		}
	}
	if in.Address, err = checkAddress(way, in.Address); err != nil {
		return out, err
	}
	err = n.db.Write(ctx, func(tx *db.Tx) error {
		out, err = n.addContact(tx, a, way, in.Address)
		return err
	})
	return out, err
}

// wanted is the connection that a new contact goes over.
func wanted(ways []connection.Way, in NewContact) (connection.Way, error) {
	i := slices.IndexFunc(ways, func(w connection.Way) bool {
		return (in.Connection == "" || w.ID == in.Connection) && (in.Channel == "" || w.Kind == in.Channel) && forPeople(ways, w.ID)
	})
	switch {
	case i >= 0:
		return ways[i], nil
	case in.Connection != "":
		return connection.Way{}, fault.Field("body.connection", "is not a connection that reaches people and is switched on")
	}
	return connection.Way{}, fault.Field("body.channel", "there is no connection of this kind that reaches people and is switched on")
}

// found asks the outside for the address of a person.
func (n *Notify) found(ctx context.Context, w connection.Way, a identity.Account) (string, error) {
	if w.Kind == mail {
		return a.Email, nil
	}
	if n.ways.Find != nil {
		limit, cancel := context.WithTimeout(ctx, attemptTimeout)
		defer cancel()
		address, err := n.ways.Find(limit, w.ID, a.Email)
		if err != nil {
			return "", fault.New(fault.Unavailable, "%s could not be asked for your address: %s", w.Name, connector.Line(err.Error(), 200))
		}
		if address != "" {
			return address, nil
		}
	}
	return "", fault.Field("body.address", "is needed: %s does not know %s", w.Name, a.Email)
}

// checkAddress looks at an address as its kind writes them.
func checkAddress(w connection.Way, address string) (string, error) {
	switch w.Kind {
	case mail:
		normal, err := identity.NormalEmail(address)
		if err != nil {
			return "", fault.Field("body.address", "is not an e-mail address such as ann@example.com")
		}
		return normal, nil
	case "slack":
		if !regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`).MatchString(address) {
			return "", fault.Field("body.address", "is not a member ID such as U02AB3CDE; Slack shows it in a member's profile")
		}
		return address, nil
	}
	if address == "" || len(address) > 254 || connector.Line(address, 254) != address {
		return "", fault.Field("body.address", "must have 1 to 254 characters on one line")
	}
	return address, nil
}

func (n *Notify) addContact(tx *db.Tx, a identity.Account, way connection.Way, address string) (Contact, error) {
	kept, err := contactsOf(tx, a.ID)
	if err != nil {
		return Contact{}, err
	}
	if len(kept) >= maxContacts {
		return Contact{}, fault.New(fault.Conflict, "A person has at most %d contacts.", maxContacts).WithSlug("too-many-contacts")
	}
	c := contact{id: tx.NewID(), person: a.ID, channel: way.Kind, connection: way.ID, address: address, position: 1, account: way.Kind == mail && address == a.Email}
	if len(kept) > 0 {
		c.position = kept[len(kept)-1].position + 1
	}
	if c.account && slices.ContainsFunc(kept, func(o contact) bool { return o.account }) {
		return Contact{}, errTwice()
	}
	if err := n.insertContact(tx, c); err != nil {
		return Contact{}, err
	}
	return c.view([]connection.Way{way}, a), n.contactChanged(tx, c, false)
}

func errTwice() error {
	return fault.New(fault.Conflict, "This contact is there already.").WithSlug("contact-exists")
}

func (n *Notify) insertContact(tx *db.Tx, c contact) error {
	got, err := tx.Exec(`INSERT INTO contact(tenant, id, person, channel, connection, address, account, position, made_at, test_error, code_until, code_tries)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'',0,0) ON CONFLICT (tenant, person, connection, address) DO NOTHING`,
		tx.Tenant(), c.id, c.person, c.channel, c.connection, c.address, c.account, c.position, tx.Now())
	if err == nil && got == 0 {
		return errTwice()
	}
	return fault.Wrap(err, "adding a contact")
}

func (n *Notify) contactChanged(tx *db.Tx, c contact, removed bool) error {
	_, err := n.journal.Append(tx, journal.Entry{
		Stream: "user:" + c.person, Kind: journal.ContactChanged,
		Data: map[string]any{"channel": c.channel, "connection": c.connection, "contact": c.id, "person": c.person, "removed": removed},
	})
	return err
}

// contact finds one contact of a person. That of the account is kept as soon as
// something is to be remembered of it.
func (n *Notify) contact(tx *db.Tx, person, id string) (contact, error) {
	if id == implicit {
		return n.keepAccount(tx, person)
	}
	c, err := scanContact(tx.QueryRow(`SELECT `+contactColumns+` FROM contact WHERE tenant = $1 AND person = $2 AND id = $3`, tx.Tenant(), person, id))
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.New(fault.Missing, "This contact does not exist.")
	}
	return c, fault.Wrap(err, "reading a contact")
}

func (n *Notify) keepAccount(tx *db.Tx, person string) (contact, error) {
	list, _, _, err := n.known(tx, person)
	if err != nil {
		return contact{}, err
	}
	i := slices.IndexFunc(list, func(c contact) bool { return c.account })
	if i < 0 {
		return contact{}, fault.New(fault.Missing, "No connection sends mail, so the address of the account cannot be used.").WithSlug("no-mail")
	}
	c := list[i]
	if c.id == implicit {
		c.id = tx.NewID()
		err = n.insertContact(tx, c)
	}
	return c, err
}

// ContactChange is what to change of a contact; nil leaves it as it is.
type ContactChange struct {
	Position *int64
	Address  *string
}

// ChangeContact moves a contact to another place in the order, or gives it
// another address, which has to be confirmed again.
func (n *Notify) ChangeContact(tx *db.Tx, person, id string, ch ContactChange) (Contact, error) {
	c, err := n.contact(tx, person, id)
	if err != nil {
		return Contact{}, err
	}
	if ch.Address != nil {
		if err := n.readdress(tx, &c, *ch.Address); err != nil {
			return Contact{}, err
		}
	}
	if ch.Position != nil {
		if err := move(tx, c, *ch.Position); err != nil {
			return Contact{}, err
		}
	}
	if err := n.contactChanged(tx, c, false); err != nil {
		return Contact{}, err
	}
	if c, err = n.contact(tx, person, c.id); err != nil {
		return Contact{}, err
	}
	_, ways, a, err := n.known(tx, person)
	return c.view(ways, a), err
}

func (n *Notify) readdress(tx *db.Tx, c *contact, address string) error {
	if c.account {
		return fault.Field("body.address", "that of the account is changed with the account; add another contact instead")
	}
	address, err := checkAddress(connection.Way{Kind: c.channel}, address)
	if err != nil || address == c.address {
		return err
	}
	err = tx.Must(`UPDATE contact SET address = $1, tested_at = NULL, test_error = '', code = NULL, code_until = 0, confirmed_at = NULL WHERE tenant = $2 AND id = $3`,
		address, tx.Tenant(), c.id)
	if db.IsUnique(err) {
		return errTwice()
	}
	c.address = address
	return fault.Wrap(err, "changing a contact")
}

// move puts a contact to a place and counts all of them anew.
func move(tx *db.Tx, c contact, to int64) error {
	list, err := contactsOf(tx, c.person)
	if err != nil {
		return err
	}
	if to < 1 || to > int64(len(list)) {
		return fault.Field("body.position", "must be 1 to %d", len(list))
	}
	list = slices.DeleteFunc(list, func(o contact) bool { return o.id == c.id })
	for i, o := range slices.Insert(list, int(to-1), c) {
		if err := tx.Must(`UPDATE contact SET position = $1 WHERE tenant = $2 AND id = $3`, int64(i+1), tx.Tenant(), o.id); err != nil {
			return fault.Wrap(err, "ordering contacts")
		}
	}
	return nil
}

// RemoveContact removes a way to reach a person. Mail to the account's address
// stays, unconfirmed and last.
func (n *Notify) RemoveContact(tx *db.Tx, person, id string) error {
	if id == implicit {
		return fault.New(fault.Conflict, "Mail to the address of the account cannot be removed.").WithSlug("implicit-contact")
	}
	c, err := n.contact(tx, person, id)
	if err != nil {
		return err
	}
	if err := tx.Must(`DELETE FROM contact WHERE tenant = $1 AND id = $2`, tx.Tenant(), c.id); err != nil {
		return fault.Wrap(err, "removing a contact")
	}
	return n.contactChanged(tx, c, true)
}

// Reach is how a person can be reached, without the addresses.
type Reach struct {
	Contacts  []ReachedBy `json:"contacts"`
	Confirmed bool        `json:"confirmed" doc:"At least one is confirmed and switched on"`
}

// ReachedBy is one way.
type ReachedBy struct {
	Channel   string `json:"channel"`
	Confirmed bool   `json:"confirmed"`
}

// Reachable tells those who plan duties whether somebody can be reached.
func (n *Notify) Reachable(tx *db.Tx, person string) (Reach, error) {
	out := Reach{Contacts: []ReachedBy{}}
	list, ways, a, err := n.known(tx, person)
	for _, c := range list {
		if forPeople(ways, c.connection) {
			out.Contacts = append(out.Contacts, ReachedBy{c.channel, c.proven(a)})
			out.Confirmed = out.Confirmed || c.proven(a)
		}
	}
	return out, err
}
