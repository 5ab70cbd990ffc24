package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
)

// MostUpdated is how many findings one Update or Read may name.
const MostUpdated = 100

// The generations of AWS Security Hub, which keep states of their own.
const (
	GenerationCSPM = "cspm" // ASFF: Workflow, Note, UserDefinedFields
	GenerationV2   = "v2"   // OCSF: status_id, severity_id, comment
)

// Updater is a Connector whose outside keeps a state of findings that people
// elsewhere change too.
//
// It keeps no state and waits for no rate limit: whoever calls holds to the
// pace of the place, merges before it writes (UserFields replaces the whole
// map, Note the only note there is), and asks again where that makes sense. An
// update may show minutes after it was taken.
type Updater interface {
	Connector
	// Update writes one field set to at most MostUpdated findings of one place.
	// Unprocessed names those that were not taken; every other was. An error
	// means that none is known to be taken: RetryAfter tells whether another
	// attempt makes sense, and Unknown whether some may have been taken all the
	// same, which only Read can tell. Errors: fault.Invalid for a field set that
	// the generation has no place for, before anything is sent.
	Update(ctx context.Context, at Site, set FieldSet, ids []RemoteID) ([]Unprocessed, error)
	// Read returns what the outside holds now, in the order of ids, at most
	// MostUpdated of them. One that is missing in the answer is gone upstream.
	Read(ctx context.Context, at Site, ids []RemoteID) ([]RemoteState, error)
	// History returns who changed what since then (microseconds UTC), oldest
	// first. The v2 generation tells nobody: it returns nothing.
	History(ctx context.Context, at Site, id RemoteID, since int64) ([]RemoteChange, error)
}

// Site is where an Updater is called: the hub's home, which need not be the
// finding's own account and region.
type Site struct {
	Generation      string // GenerationCSPM or GenerationV2
	Account, Region string // Account "" is the connection's own
}

// RemoteID names a finding outside: ID and Product in the cspm generation (Id
// and ProductArn), UID in v2 (metadata.uid).
type RemoteID struct{ ID, Product, UID string }

// FieldSet is what is to be written. Only what is set is written; an empty map
// that is not nil takes all user fields away.
type FieldSet struct {
	Workflow     string // NEW, NOTIFIED, RESOLVED, SUPPRESSED
	Verification string // UNKNOWN, TRUE_POSITIVE, FALSE_POSITIVE, BENIGN_POSITIVE
	Note         *RemoteNote
	UserFields   map[string]string // the whole map: what is not in it is gone
	Severity     string            // INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL
	Related      []RemoteID

	StatusID, SeverityID int // of v2; 0 is not set
	Comment              string
}

// RemoteNote is the one note a finding of the cspm generation has.
type RemoteNote struct {
	Text, By string
	At       int64 // microseconds UTC; the outside sets it
}

// Empty tells whether there is nothing to write.
func (s FieldSet) Empty() bool {
	return s.Workflow == "" && s.Verification == "" && s.Note == nil && s.UserFields == nil &&
		s.Severity == "" && len(s.Related) == 0 && s.StatusID == 0 && s.SeverityID == 0 && s.Comment == ""
}

// Hash is the same for field sets that write the same, whatever order their
// related findings are in and whenever their note was made.
func (s FieldSet) Hash() string {
	if s.Note != nil {
		s.Note = &RemoteNote{Text: s.Note.Text, By: s.Note.By}
	}
	s.Related = slices.Clone(s.Related)
	slices.SortFunc(s.Related, RemoteID.Compare)
	if len(s.Related) == 0 {
		s.Related = nil
	}
	text, _ := json.Marshal(s) // strings, numbers and a map of strings, which it sorts
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Compare orders ids, equal ones as 0.
func (id RemoteID) Compare(other RemoteID) int {
	return slices.Compare([]string{id.Product, id.ID, id.UID}, []string{other.Product, other.ID, other.UID})
}

// Unprocessed is a finding that an update did not take.
type Unprocessed struct {
	RemoteID
	Code, Message string // the outside's words, fit for a line
	Retry         bool   // the same again may be taken
	Gone          bool   // the outside knows no such finding
}

// RemoteState is what the outside holds of a finding.
type RemoteState struct {
	RemoteID
	Workflow, Verification, RecordState, Severity string
	Note                                          RemoteNote
	UserFields                                    map[string]string
	Related                                       []RemoteID
	StatusID, SeverityID                          int
	Comment                                       string
	UpdatedAt                                     int64 // by the provider; a change of the above may leave it alone
}

// RemoteChange is what somebody changed in a finding, at once.
type RemoteChange struct {
	At      int64  // microseconds UTC
	By      string // whom the outside names, such as an ARN
	Ours    bool   // it was the role, or the user, that this connection writes as
	Import  bool   // the finding's provider did it, and no person or tool
	Created bool   // the finding came to be
	Fields  []RemoteField
}

// RemoteField is one field of a RemoteChange, in the outside's words.
type RemoteField struct{ Name, Old, New string }

// unknownError says that the outside may have done what was asked.
type unknownError struct{ cause error }

// AsUnknown marks err as leaving it open whether the outside did what was
// asked. A nil err stays nil.
func AsUnknown(err error) error {
	if err == nil {
		return nil
	}
	return &unknownError{cause: err}
}

// Error implements error.
func (e *unknownError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *unknownError) Unwrap() error { return e.cause }

// Unknown tells whether the outside may have done what the call that returned
// err asked for. Such a call is not made again before Read has been asked.
func Unknown(err error) bool {
	var u *unknownError
	return errors.As(err, &u)
}
