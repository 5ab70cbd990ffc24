package connector

import (
	"context"
	"encoding/json"
	"time"
)

// Notifier is a Connector over which people are told.
type Notifier interface {
	Connector
	// Send hands a letter to the outside and returns when the outside has taken
	// it, which is not yet that anybody has read it. An error marked by Retry
	// is worth another attempt with the same letter; any other is final. A
	// letter may be handed over twice when an answer was lost, so the outside is
	// given Letter.ID wherever it can tell two copies apart.
	Send(ctx context.Context, l Letter) (Receipt, error)
}

// Letter is one thing to tell one person or one place. Subject, Text and Facts
// hold words of attackers: a Notifier escapes them for its medium.
type Letter struct {
	ID string // the same at every attempt, unlike that of any other letter
	// To is the person's address, as Reach.Address calls it; "" is the place
	// that the connection's settings name.
	To      string
	Subject string // one line
	Text    string // plain, lines ended by \n
	// Thread is the same for all letters about one thing, such as a ticket; ""
	// belongs to nothing. ParentID is the Receipt.ID of the first letter of the
	// thread to this address; "" for the first.
	Thread, ParentID string
	Event            string // what has happened, a machine word such as page or breach
	Severity         string // critical, high, medium, low, info; "" for none
	Link             string // where to look
	Buttons          []Button
	Facts            []Fact
	// Key names the alarm that the letter is about, for outsides that keep state:
	// a letter of the same key raises it again, acknowledges it or ends it.
	Key         string
	Acknowledge bool
	Resolve     bool
	At          int64 // when what it tells happened, microseconds UTC; 0 is now
}

// Button is something a reader can do from the letter. Where the medium brings
// clicks back (Caller) Token and Act come back with them; elsewhere URL opens.
type Button struct {
	Label string
	Act   string // machine word, such as ack
	Token string // opaque; a secret of the reader
	URL   string
}

// Fact is a name and a value, such as Severity: high.
type Fact struct{ Name, Value string }

// Receipt is what the outside said when it took a letter.
type Receipt struct {
	// ID names the letter at the outside; "" where it gives no name. The first
	// one of a thread comes back as Letter.ParentID.
	ID     string
	Detail string // one sentence for a person: what is known, and nothing more
}

// SlugRecipient marks a refusal that is about the one who was to be told, and
// says nothing about the connection.
const SlugRecipient = "recipient"

// Reach says whom a kind of Notifier can tell.
type Reach struct {
	// Address is what a person's own address is called, such as "E-mail
	// address". "": the connection reaches one place, and no person through it.
	Address string
	// Place tells whether settings name a place that is told when To is empty.
	Place func(settings json.RawMessage) bool
	// Beat is set for a kind that carries no notices, only a sign of life: how
	// often the outside expects one. Nil for every other kind.
	Beat func(settings json.RawMessage) time.Duration
}

// Finder is a Notifier that knows a person's address by their mail address.
type Finder interface {
	Notifier
	// Find returns "" when the outside does not know the person.
	Find(ctx context.Context, mail string) (address string, err error)
}

// Caller is a Notifier whose outside calls back when somebody presses a button.
type Caller interface {
	Notifier
	// Callback proves by the connection's secrets who calls, in constant time,
	// without the network. Errors are fault.Denied with the slug missing, wrong,
	// expired or replayed, or fault.Invalid for a proven call that says nothing.
	Callback(Call) (Action, error)
	// Answer tells the one who pressed the button what came of it.
	Answer(ctx context.Context, a Action, text string) error
}

// Action is a button that somebody has pressed.
type Action struct {
	UserID   string // who pressed it, an address as in Letter.To, proven by the outside
	Token    string // of the button
	Act      string
	Letter   string // Receipt.ID of the letter that holds the button
	Response string // where the answer goes; an address of the outside, never of the caller's choice
	At       int64  // when it was pressed, microseconds UTC, under the outside's signature; 0 unknown
}
