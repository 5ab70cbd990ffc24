package connector

import (
	"encoding/json"
	"net/http"
	"time"
)

// Receiver is a Connector that outside systems call: messages come to it, and
// it reads no feed.
type Receiver interface {
	Connector
	// Receive proves by the connection's secrets who sends a call, in constant
	// time, and without the network. An error means that this is not proven; it
	// is for the people who look after the connection, never for the caller.
	Receive(Call) (Delivery, error)
}

// Call is one HTTP request to a Receiver.
type Call struct {
	Header http.Header
	Body   []byte
	At     time.Time // now
}

// Delivery is a call whose sender is proven.
type Delivery struct {
	// Key is the same for every copy of the call, and made of nothing that the
	// sender has not proven.
	Key string
	// Mapping says how the body becomes findings; nil leaves that to the body's
	// own format.
	Mapping json.RawMessage
}
