package evidence

import (
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"time"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
)

// Risk says whether a piece of evidence may do harm when it is opened.
type Risk string

// None and suspected are judged at intake; the others are said by a person.
const (
	RiskNone      Risk = "none"
	RiskSuspected Risk = "suspected"
	RiskMalware   Risk = "malware"
	RiskCleared   Risk = "cleared"
)

// Dangerous reports whether it leaves only inside an archive with a password.
func (r Risk) Dangerous() bool { return r == RiskSuspected || r == RiskMalware }

// The conditions of kept bytes.
const (
	ConditionOK      = "ok"
	ConditionMissing = "missing"
	ConditionDamaged = "damaged"
)

// Item is one piece of evidence as people see it.
type Item struct {
	ID          string     `json:"id"`
	Ticket      string     `json:"ticket" doc:"Id of the ticket that it was added to"`
	Name        string     `json:"name" doc:"As it came, with what would mislead a reader replaced"`
	Size        int64      `json:"size"`
	SHA256      string     `json:"sha256"`
	SHA1        string     `json:"sha1" doc:"For looking it up elsewhere only; it proves nothing"`
	MD5         string     `json:"md5" doc:"For looking it up elsewhere only; it proves nothing"`
	Media       string     `json:"media" doc:"What the content looks like"`
	Declared    string     `json:"declared" doc:"What the sender said it is"`
	Source      string     `json:"source" doc:"Where it came from"`
	Note        string     `json:"note"`
	Parent      string     `json:"parent" doc:"The piece of evidence that it was taken out of"`
	CollectedAt *time.Time `json:"collected_at" doc:"When it was taken at its origin, as whoever added it says"`
	Risk        Risk       `json:"risk" enum:"none,suspected,malware,cleared" doc:"What is suspected or malware is downloaded inside an archive with the password infected"`
	RiskReason  string     `json:"risk_reason"`
	Condition   string     `json:"condition" enum:"ok,missing,damaged" doc:"Of the kept bytes, as they were when they were last read whole"`
	VerifiedAt  *time.Time `json:"verified_at" doc:"When the kept bytes were last hashed again"`
	Shelf       string     `json:"shelf" doc:"disk, or the id of a connection"`
	AddedAt     time.Time  `json:"added_at"`
	AddedBy     string     `json:"added_by"`
	AddedByName string     `json:"added_by_name"`
	Rev         int64      `json:"rev"`

	blob Blob
}

// Blob is bytes that are kept. Only Put makes one.
type Blob struct {
	SHA256 string
	Size   int64
	Media  string // what the content looks like

	id, sha1, md5, shelf, place, keyID string
	sealed                             []byte
	condition                          string
	verifiedAt, touchedAt              int64
}

// Meta is what is known of a file beside its bytes.
type Meta struct {
	Name        string // as it came; it may be hostile
	Media       string // what the sender says it is
	Source      string // where it came from: "upload", "mail", "host web-1 by velociraptor"
	Note        string
	Parent      string // id of the piece of evidence on the same ticket that it was taken out of
	CollectedAt int64  // microseconds UTC; 0 is not known
	Suspect     string // why it may be malware; "" leaves it to what it looks like
}

// Ports is what this room asks of the room of tickets.
type Ports struct {
	// Touch finds a ticket by its number or id and marks it as changed.
	Touch func(tx *db.Tx, ref string) (id string, err error)
	// Find finds a ticket by its number or id.
	Find func(tx *db.Tx, ref string) (id string, err error)
	// Told is called after entries of a person were written to the stream of a
	// ticket, with the chain that they were written to; nil tells nobody.
	Told func(tx *db.Tx, chain *journal.Chain, ticket string) error
	// Names names people.
	Names func(tx *db.Tx, ids []string) (map[string]string, error)
}

// Config sets the room up.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Vault   *seal.Vault
	// Dir is the data directory; blobs lie in its folder "evidence", and what
	// comes in for another shelf waits there.
	Dir         string
	Connections *connection.Connections // reaches buckets; nil has only the disk
	Tickets     Ports
	Room        func() error // refuses files while the disk is nearly full; nil never
	Log         *slog.Logger // nil discards
}

// Evidence is the room.
type Evidence struct {
	Config
	looks chan struct{} // previews that take memory, one at a time

	mu     sync.Mutex
	opened *disk // on first use: most commands touch no file
}

// New makes the room. It touches no file yet.
func New(cfg Config) *Evidence {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Evidence{Config: cfg, looks: make(chan struct{}, 1)}
}

func (e *Evidence) disk() (*disk, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.opened != nil {
		return e.opened, nil
	}
	d, err := openDisk(e.Dir)
	if err == nil {
		e.opened = d
	}
	return d, err
}

// Close lets go of the folder. Nothing may be in hand.
func (e *Evidence) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.opened == nil {
		return nil
	}
	d := e.opened
	e.opened = nil
	return d.root.Close()
}

// Stream is the journal stream of the settings of evidence.
const Stream = "evidence"

// ticketStream is the stream of a ticket, in which custody is recorded.
func ticketStream(ticket string) string { return "ticket:" + ticket }

// shelf opens where a blob lies, by what its row says.
func (e *Evidence) shelf(ref string) (Shelf, error) {
	if ref == onDisk {
		return e.disk()
	}
	id, at, ok := parseShelf(ref)
	if !ok || e.Connections == nil {
		return nil, fault.New(fault.Unavailable, "Evidence lies behind a connection that this program does not reach.").WithSlug("evidence-shelf")
	}
	return &bucket{connections: e.Connections, id: id, at: at}, nil
}

// shelfRef is how a row names a shelf: whole, since the settings may change.
func (s Settings) shelfRef() string {
	if s.Shelf == onDisk {
		return onDisk
	}
	return strings.Join([]string{s.Shelf, s.Region, s.Bucket, s.Prefix}, "/")
}

func parseShelf(ref string) (connection string, at connector.Bucket, ok bool) {
	parts := strings.SplitN(ref, "/", 4)
	if len(parts) != 4 {
		return ref, at, false
	}
	return parts[0], connector.Bucket{Region: parts[1], Name: parts[2], Prefix: parts[3]}, true
}

// full says that a disk has no room, in words for people.
func full(err error) error {
	if err == nil || !isFull(err) {
		return err
	}
	return fault.New(fault.Unavailable, "The disk that takes evidence is full.").WithSlug("disk-full").Because(err)
}

// removed reports whether an error says that nothing lies at a place.
func removed(err error) bool { return errors.Is(err, fs.ErrNotExist) }
