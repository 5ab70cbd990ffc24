package notify

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

const (
	testsByOne  = 10 // an hour, by one person
	testsToOne  = 5  // an hour, to one address
	codeLife    = 30 * time.Minute
	codeTries   = 5
	codePurpose = "contact code"
)

// TestContact sends a message with a code to a contact. Only the code, or the
// link in the message, confirms it: that a channel has taken it proves nothing.
func (n *Notify) TestContact(ctx context.Context, person, id string) (out Contact, err error) {
	var l connector.Letter
	var c contact
	err = n.db.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = n.contact(tx, person, id); err != nil {
			return err
		}
		l, err = n.trial(tx, &c)
		return err
	})
	if err != nil {
		return out, err
	}
	limit, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	_, failed := n.ways.Send(limit, c.connection, l)
	err = n.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if err := tested(tx, c, failed); err != nil {
			return err
		}
		if c, err = n.contact(tx, person, c.id); err != nil {
			return err
		}
		_, ways, a, err := n.known(tx, person)
		out = c.view(ways, a)
		return err
	})
	return out, err
}

// tested writes down what came of a test, unless the address has changed
// meanwhile.
func tested(tx *db.Tx, c contact, failed error) error {
	text := ""
	var at any = tx.Now()
	if failed != nil {
		text, at = connector.Line(failed.Error(), 500), c.testedAt
	}
	_, err := tx.Exec(`UPDATE contact SET tested_at = $1, test_error = $2 WHERE tenant = $3 AND id = $4 AND address = $5`, at, text, tx.Tenant(), c.id, c.address)
	return fault.Wrap(err, "keeping what came of a test")
}

// trial makes the test message of a contact, with a fresh code.
func (n *Notify) trial(tx *db.Tx, c *contact) (l connector.Letter, err error) {
	ways, err := n.ways.List(tx)
	if err != nil {
		return l, err
	}
	if !forPeople(ways, c.connection) {
		return l, fault.New(fault.Conflict, "The connection of this contact is switched off or removed.").WithSlug("connection-off")
	}
	a, err := identity.AccountOf(tx, c.person)
	if err != nil {
		return l, err
	}
	if c.account {
		c.address = a.Email
	}
	if err := allowed(tx, c.person, placeOf(c.connection+"|"+c.address)); err != nil {
		return l, err
	}
	code, err := newCode()
	if err != nil {
		return l, err
	}
	keyID, mac, err := n.vault.Sign(tx, codePurpose, codeBody(c, code))
	if err != nil {
		return l, err
	}
	err = tx.Must(`UPDATE contact SET confirmed_at = CASE WHEN address = $1 THEN confirmed_at ELSE NULL END,
		address = $1, code = $2, code_until = $3, code_tries = 0 WHERE tenant = $4 AND id = $5`,
		c.address, append(appendText(nil, keyID), mac...), tx.Now()+codeLife.Microseconds(), tx.Tenant(), c.id)
	if err != nil {
		return l, fault.Wrap(err, "keeping a code")
	}
	token, err := n.seal(tx, Linked{Tenant: tx.Tenant(), Person: c.person, Contact: c.id + "." + placeOf(c.address), Channel: c.channel})
	link := n.address() + "/m/" + token
	return connector.Letter{
		ID: tx.NewID(), To: c.address, Event: string(Trial), Severity: "info", At: tx.Now(),
		Subject: "Tocsin test message, code " + code, Link: link,
		Text: "This is a test message for " + a.Name + ".\n\nConfirm that it arrived: enter the code " + code + " where you asked for it, or open the link below and press the button. Both work for half an hour." +
			"\n\nYou did not ask for it? Then somebody has entered your address by mistake, and there is nothing to do.",
	}, err
}

// allowed counts tests, so that nobody is bothered through us.
func allowed(tx *db.Tx, person, place string) error {
	var by, to int64
	since := tx.Now() - time.Hour.Microseconds()
	if err := tx.QueryRow(`SELECT COUNT(*) FROM contact_test WHERE tenant = $1 AND person = $2 AND at > $3`, tx.Tenant(), person, since).Scan(&by); err != nil {
		return fault.Wrap(err, "counting tests")
	}
	if err := tx.QueryRow(`SELECT COUNT(*) FROM contact_test WHERE tenant = $1 AND place = $2 AND at > $3`, tx.Tenant(), place, since).Scan(&to); err != nil {
		return fault.Wrap(err, "counting tests")
	}
	if by >= testsByOne || to >= testsToOne {
		return fault.New(fault.Busy, "Too many test messages were sent in the last hour; try again later.").WithSlug("rate").WithRetryAfter(10 * time.Minute)
	}
	_, err := tx.Exec(`INSERT INTO contact_test(tenant, id, person, place, at) VALUES ($1,$2,$3,$4,$5)`, tx.Tenant(), tx.NewID(), person, place, tx.Now())
	return fault.Wrap(err, "counting tests")
}

func newCode() (string, error) {
	i, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fault.Wrap(err, "making a code")
	}
	return fmt.Sprintf("%06d", i), nil
}

// codeBody binds a code to the address that it was sent to.
func codeBody(c *contact, code string) []byte {
	return appendText(appendText(appendText(nil, c.id), placeOf(c.address)), code)
}

// ConfirmContact confirms a contact by the code of the last test message.
// Errors: fault.Invalid, slug code, for a wrong one; fault.Conflict, slug
// code-expired, when there is none, it is too old or was tried too often. A
// wrong try is counted by the caller's own transaction, so the answer is a
// verdict and not an error of the transaction.
func (n *Notify) ConfirmContact(ctx context.Context, person, id, code string) (out Contact, err error) {
	var verdict error
	err = n.db.Write(ctx, func(tx *db.Tx) error {
		c, err := n.contact(tx, person, id)
		if err != nil {
			return err
		}
		if verdict, err = n.judgeCode(tx, &c, strings.TrimSpace(code)); err != nil || verdict != nil {
			return err
		}
		out, err = n.confirm(tx, c)
		return err
	})
	if err == nil {
		err = verdict
	}
	return out, err
}

func (n *Notify) judgeCode(tx *db.Tx, c *contact, code string) (verdict, err error) {
	var kept []byte
	var until, tries int64
	if err := tx.QueryRow(`SELECT code, code_until, code_tries FROM contact WHERE tenant = $1 AND id = $2`, tx.Tenant(), c.id).Scan(&kept, &until, &tries); err != nil {
		return nil, fault.Wrap(err, "reading a code")
	}
	if len(kept) == 0 || until <= tx.Now() || tries >= codeTries {
		return fault.New(fault.Conflict, "There is no code to compare with: it is older than half an hour or was tried too often. Send another test message.").WithSlug("code-expired"), nil
	}
	keyID, mac, ok := cutText(kept)
	if ok {
		if ok, err = n.vault.Verify(tx, codePurpose, keyID, codeBody(c, code), mac); err != nil {
			return nil, err
		}
	}
	if ok {
		return nil, nil
	}
	_, err = tx.Exec(`UPDATE contact SET code_tries = code_tries + 1 WHERE tenant = $1 AND id = $2`, tx.Tenant(), c.id)
	return fault.Field("body.code", "is not the code of the last test message").WithSlug("code"), err
}

// ConfirmLinked confirms the contact that a link was sent to.
func (n *Notify) ConfirmLinked(tx *db.Tx, l Linked) (Contact, error) {
	id, place, ok := strings.Cut(l.Contact, ".")
	if !ok || l.Person == "" {
		return Contact{}, errLink()
	}
	c, err := n.contact(tx, l.Person, id)
	if err != nil {
		return Contact{}, err
	}
	var until int64
	if err := tx.QueryRow(`SELECT code_until FROM contact WHERE tenant = $1 AND id = $2`, tx.Tenant(), c.id).Scan(&until); err != nil {
		return Contact{}, fault.Wrap(err, "reading a code")
	}
	if placeOf(c.address) != place || (c.confirmedAt == nil && until <= tx.Now()) {
		return Contact{}, fault.New(fault.Conflict, "This test message is older than half an hour, or the contact was changed since.").WithSlug("code-expired")
	}
	return n.confirm(tx, c)
}

func (n *Notify) confirm(tx *db.Tx, c contact) (Contact, error) {
	_, ways, a, err := n.known(tx, c.person)
	if err != nil || c.confirmedAt != nil {
		return c.view(ways, a), err
	}
	err = tx.Must(`UPDATE contact SET confirmed_at = $1, code = NULL, code_until = 0 WHERE tenant = $2 AND id = $3`, tx.Now(), tx.Tenant(), c.id)
	if err != nil {
		return Contact{}, fault.Wrap(err, "confirming a contact")
	}
	_, err = n.journal.Append(tx, journal.Entry{
		Stream: "user:" + c.person, Kind: journal.ContactConfirmed, Data: map[string]any{"channel": c.channel, "contact": c.id, "person": c.person},
	})
	now := tx.Now()
	c.confirmedAt = &now
	return c.view(ways, a), err
}
