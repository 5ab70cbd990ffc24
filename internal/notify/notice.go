package notify

import "slices"

// Kind is what a notice is about.
type Kind string

// The kinds of notices.
const (
	Page     Kind = "page"     // a ladder calls somebody
	Breach   Kind = "breach"   // the time for something has passed
	Warn     Kind = "warn"     // part of it has passed
	Ask      Kind = "ask"      // "still on it?"
	Offer    Kind = "offer"    // a ticket is offered
	Decided  Kind = "decided"  // an offer was accepted, declined, or ended otherwise
	Shift    Kind = "shift"    // a shift begins or ends soon
	Gap      Kind = "gap"      // nobody will be on duty
	Downtime Kind = "downtime" // the system was down
	Alarm    Kind = "alarm"    // the system found something wrong with itself
	Trial    Kind = "trial"    // the test button
)

// Act is what a reader may do from the message itself.
type Act string

// The acts.
const (
	ActAck      Act = "ack"
	ActTake     Act = "take"
	ActEscalate Act = "escalate" // "can't": the ladder goes on at once
)

// Notice is one thing that one person, or one channel, should hear.
type Notice struct {
	// Key makes it one: a second notice of the same key is dropped. It holds
	// what the notice is about, such as "page|RUN|2|PERSON".
	Key    string
	Person string // id of a user; "" for a channel
	// Channel is the id of a connection that is told directly, such as a room of
	// a chat or an alarm service; "" for a person.
	Channel string
	Kind    Kind
	Ticket  string // id; "" when it is about no ticket
	Number  string // INC-42
	Title   string // of the ticket, as it is now
	// Severity is that of the ticket: critical, high, medium, low, info.
	Severity string
	Text     string // one sentence: what has happened and what is wanted
	DueAt    int64  // µs UTC of what falls due; 0 for nothing
	Urgent   bool   // waits for nothing but its own burst; ignores snoozes
	OnDuty   bool   // the person is on duty: quiet hours hold nothing urgent back
	Level    int    // of the ladder, from 1; 0 for none, and for a page of the last resort
	Acts     []Act
	// Batch holds the notice back until Release names it: a digest of everything
	// that passed while the system was down. "" is told at once.
	Batch string
	// Resolve ends what notices of the ticket raised in an alarm service: for a
	// Channel only. Where nothing was raised, nothing is told.
	Resolve bool
	// Screen is for the inbox only: no message is sent.
	Screen bool
}

// rank orders severities, the worst first.
func rank(severity string) int64 {
	i := slices.Index([]string{"critical", "high", "medium", "low", "info"}, severity)
	if i < 0 {
		return 6
	}
	return int64(i) + 1
}
