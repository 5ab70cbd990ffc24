package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
)

// keeping is what the database holds of who has the tickets, read without the
// product, and what is wrong with it.
type keeping struct {
	looks, tickets, entries int
	rows                    map[string]custodian
	told                    map[string]custodian
	active                  map[string]bool
	offers                  map[string]int
	wrong                   []string
}

// custodian is a ticket by its row, or by its record.
type custodian struct {
	owner, accountable, offer string
	closed                    bool
}

// look reads everything and adds what is wrong.
func (k *keeping) look(pool *sql.DB) error {
	k.rows, k.told, k.active, k.offers, k.entries = map[string]custodian{}, map[string]custodian{}, map[string]bool{}, map[string]int{}, 0
	// Four statements see one state: the clients have ended, and what they gave up
	// on had its time.
	for _, read := range []func(*sql.DB) error{k.readPeople, k.readRows, k.readOffers, k.readRecord} {
		if err := read(pool); err != nil {
			return err
		}
	}
	k.looks++
	k.tickets = len(k.rows)
	k.wrong = append(k.wrong, k.judge()...)
	return nil
}

func (k *keeping) readPeople(pool *sql.DB) error {
	return each(pool, `SELECT id FROM users WHERE active`, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		k.active[id] = true
		return err
	})
}

func (k *keeping) readRows(pool *sql.DB) error {
	return each(pool, `SELECT id, COALESCE(owner,''), COALESCE(accountable,''), closed_at IS NOT NULL FROM ticket`, func(rows *sql.Rows) error {
		var id string
		var t custodian
		err := rows.Scan(&id, &t.owner, &t.accountable, &t.closed)
		k.rows[id] = t
		return err
	})
}

func (k *keeping) readOffers(pool *sql.DB) error {
	return each(pool, `SELECT ticket, id FROM handover WHERE state = 'offered'`, func(rows *sql.Rows) error {
		var ticket, id string
		err := rows.Scan(&ticket, &id)
		t := k.rows[ticket]
		t.offer = id
		k.rows[ticket] = t
		k.offers[ticket]++
		return err
	})
}

// readRecord replays the journal: whoever reads only that knows the same.
func (k *keeping) readRecord(pool *sql.DB) error {
	return each(pool, `SELECT stream, kind, data FROM entry WHERE kind LIKE 'owner.%' OR kind LIKE 'handover.%'
		OR kind IN ('ticket.opened','ticket.closed','ticket.reopened') ORDER BY stream, seq`, func(rows *sql.Rows) error {
		var stream, kind string
		var raw []byte
		if err := rows.Scan(&stream, &kind, &raw); err != nil {
			return err
		}
		var d struct{ Owner, Accountable, Handover string }
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		k.entries++
		id := stream[len("ticket:"):]
		t := k.told[id]
		switch kind {
		case "ticket.opened":
			t.accountable = d.Accountable
		case "owner.taken":
			t.owner, t.accountable = d.Owner, d.Owner
		case "handover.accepted":
			t.owner, t.accountable, t.offer = d.Owner, d.Owner, ""
		case "owner.returned_to_intake":
			t.owner, t.accountable = "", d.Accountable
		case "ticket.closed":
			t.closed = true
		case "ticket.reopened":
			t.accountable, t.closed = d.Accountable, false
		case "handover.offered":
			t.offer = d.Handover
		case "handover.declined", "handover.withdrawn", "handover.superseded":
			t.offer = ""
		default:
			return fmt.Errorf("%s: nobody has done what makes %s", stream, kind)
		}
		k.told[id] = t
		return nil
	})
}

func (k *keeping) judge() (wrong []string) {
	for id, t := range k.rows {
		if !t.closed && !k.active[t.accountable] {
			wrong = append(wrong, fmt.Sprintf("nobody active answers for %s: %q", id, t.accountable))
		}
		if k.offers[id] > 1 {
			wrong = append(wrong, fmt.Sprintf("%s has %d open offers", id, k.offers[id]))
		}
		if said := k.told[id]; said != t {
			wrong = append(wrong, fmt.Sprintf("%s is %+v, and %+v by its record", id, t, said))
		}
	}
	if len(k.told) != len(k.rows) {
		wrong = append(wrong, fmt.Sprintf("%d tickets, %d of them in the journal", len(k.rows), len(k.told)))
	}
	return wrong
}

// planted counts how many of three planted faults are found.
func (k *keeping) planted() (found int) {
	for id, t := range k.rows {
		if t.closed {
			continue
		}
		sound := k.rows[id]
		moved := sound
		moved.owner = "somebody else"
		k.rows[id] = moved
		found += min(len(k.judge()), 1)
		k.rows[id] = sound
		active := maps.Clone(k.active)
		delete(k.active, t.accountable)
		found += min(len(k.judge()), 1)
		k.active = active
		k.offers[id] += 2
		found += min(len(k.judge()), 1)
		k.offers[id] -= 2
		return found
	}
	return 0
}

func (k *keeping) sound() bool { return k.looks > 0 && k.tickets > 0 && len(k.wrong) == 0 }

func (k *keeping) String() string {
	s := fmt.Sprintf("%d looks, at last at %d tickets and %d entries about them, %d wrong", k.looks, k.tickets, k.entries, len(k.wrong))
	if len(k.wrong) > 0 {
		s += "; e.g. " + k.wrong[0]
	}
	return s
}
