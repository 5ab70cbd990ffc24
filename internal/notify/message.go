package notify

import (
	"crypto/sha256"
	"encoding/hex"

	"tocsin/internal/db"
)

// The states of a message.
const (
	stateOpen    = "open" // gathers notices
	stateQueued  = "queued"
	stateSending = "sending"
	stateSent    = "sent"
	stateFailed  = "failed"
	stateDropped = "dropped" // there is nothing to tell any more
)

// message is one letter over one way.
type message struct {
	tenant, id, bundle, person, channel, hold, state string
	kind                                             Kind
	rank                                             int64
	urgent                                           bool
	count                                            int64
	ticket, via, viaKind, contact                    string
	round, attempts, fence, at, since                int64
	place                                            string
}

const messageColumns = `tenant, id, bundle, person, channel, hold, state, kind, rank, urgent, count, ticket, via, via_kind, contact, round, attempts, fence, at, since, place`

func scanMessage(s db.Scanner) (m message, err error) {
	return m, s.Scan(&m.tenant, &m.id, &m.bundle, &m.person, &m.channel, &m.hold, &m.state, &m.kind, &m.rank, &m.urgent, &m.count,
		&m.ticket, &m.via, &m.viaKind, &m.contact, &m.round, &m.attempts, &m.fence, &m.at, &m.since, &m.place)
}

// placeOf stands for an address where letters of one thread are told from those
// to another address; it does not tell the address.
func placeOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:12])
}
