package connector

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Kind is one sort of connector: how it describes itself and how one is made.
type Kind struct {
	Manifest Manifest
	// New makes a connector from what someone set up. It checks everything it
	// can without the network and opens no connection. Errors: fault.Invalid
	// naming every field at fault, such as settings.region.
	New func(Config) (Connector, error)
	// Places lists where settings ask to compare what the detector holds with
	// what came in. It needs neither secrets nor the network, and gives nothing
	// for settings that New refuses. Nil: the kind cannot be compared.
	Places func(settings json.RawMessage) []Place
	// Reach says whom its connectors can tell, which are Notifiers then; nil for
	// a kind that tells nobody.
	Reach *Reach
}

// Config is what a connector gets from the connection room.
type Config struct {
	Settings json.RawMessage   // one JSON object, as entered
	Secrets  map[string]Secret // by field name
	// HTTP goes through the egress guard with this connection's allow list. A
	// connector uses it for everything it sends and never makes its own.
	HTTP *http.Client
	// Dial opens a TCP connection through the same guard, for what does not speak
	// HTTP. RootCAs are the authorities to trust there; nil is the system's.
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	RootCAs *x509.CertPool
	// Now is the clock. A connector reads no other.
	Now func() time.Time
	// Metadata reaches only the fixed link-local addresses at which a cloud
	// hands a process its own credentials; nil where there are none to ask.
	Metadata *http.Client
	Log      *slog.Logger
}

// Connector is a live connector. It is safe for concurrent use.
type Connector interface {
	// Check tries what can be tried without a lasting effect and says what
	// works, one line a permission or a part. It returns soon after ctx ends,
	// with the rest marked not ok.
	Check(ctx context.Context) []Check
}

// Check is one line of a connection test.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // one sentence for a person
}

// Feeder is a Connector that messages come from.
type Feeder interface {
	Connector
	Feeds() []Feed
}

// Feed is one stream of messages, such as a queue.
type Feed struct {
	Name string // unique within the connector, for people
	// Run hands messages to the sink until ctx ends, then finishes the batch in
	// hand and returns nil. Trouble outside is reported and survived, so an
	// error means that the feed can never work as it is set up.
	Run func(ctx context.Context, sink Sink) error
}
