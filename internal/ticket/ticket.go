package ticket

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// Series is the series of ticket numbers.
const Series = "INC"

// Number writes a ticket's number as people say it.
func Number(n int64) string { return Series + "-" + strconv.FormatInt(n, 10) }

// ParseNumber reads INC-42, in any case; it returns 0 for anything else.
func ParseNumber(s string) int64 {
	rest, ok := strings.CutPrefix(strings.ToUpper(s), Series+"-")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// Resolution says how a ticket ended.
type Resolution string

// The resolutions of the contract.
const (
	Resolved           Resolution = "resolved"
	FalsePositive      Resolution = "false_positive"
	BenignTruePositive Resolution = "benign_true_positive"
	DuplicateOf        Resolution = "duplicate"
	AcceptedRisk       Resolution = "accepted_risk"
	TestExercise       Resolution = "test_exercise"
	Merged             Resolution = "merged"
)

// Resolutions lists those that a person may choose.
func Resolutions() []Resolution {
	return []Resolution{Resolved, FalsePositive, BenignTruePositive, DuplicateOf, AcceptedRisk, TestExercise}
}

// Ticket is the row of a ticket.
type Ticket struct {
	ID                        string
	Number                    int64
	Title, Description        string
	Type, Source              string
	Severity                  finding.Severity
	Phase                     Phase
	Resolution                Resolution
	Owner                     string // "" while nobody has taken it
	Accountable, Team         string
	OfferedTo                 string
	Account, Region, Resource string
	Tags                      []string
	OpenedAt, UpdatedAt       int64
	AcknowledgedAt            *int64
	AcknowledgedBy            string
	OwnedAt, ClosedAt, DueAt  *int64
	DueMetric                 string
	PausedUntil               *int64
	Breached                  []string // metrics
	FindingCount              int64
	OpenedBy                  string
	Demo                      bool
	Rev, OwnershipRev         int64
}

// Stream is the journal stream of a ticket.
func Stream(id string) string { return "ticket:" + id }

// Open reports whether the ticket is not closed.
func (t *Ticket) Open() bool { return t.Phase != Closed }

// orphaned reports whether the owner has left: another answers until somebody
// has accepted it.
func (t *Ticket) orphaned() bool { return t.Open() && t.Owner != "" && t.Accountable != t.Owner }

// Tickets is the room.
type Tickets struct {
	db       *db.DB
	journal  *journal.Journal
	findings *finding.Findings
	people   People
	policies *policies
	memo     *memo
	tallies  *tallies
	breaker  *breaker
	clocks   Clocks
	files    func(tx *db.Tx, ticket string, limit int) ([]File, int64, error) // nil: no room for evidence
}

// People is what this room asks of the room identity.
type People struct {
	Intake func(tx *db.Tx) (team, lead string, err error)                     // the team that tickets come to, and its lead
	OnDuty func(tx *db.Tx, team string) (person string, err error)            // on duty for a team now; "" when nobody is; nil: never anybody
	Lead   func(tx *db.Tx, team string) (lead string, err error)              // of a team; Missing when there is none
	Active func(tx *db.Tx, person string) (bool, error)                       // may be made responsible
	Works  func(tx *db.Tx, person string) (bool, error)                       // an active person who may work tickets
	Human  func(tx *db.Tx, person string) (bool, error)                       // a person, not a service account; nil: everybody is
	Member func(tx *db.Tx, team, person string) (bool, error)                 // of a team, and active
	Names  func(tx *db.Tx, ids []string) (names map[string]string, err error) // of people and teams
	Zone   func(tx *db.Tx) (*time.Location, error)                            // in which the tenant's days begin
}

// New makes the room.
func New(d *db.DB, j *journal.Journal, f *finding.Findings, people People) *Tickets {
	return &Tickets{db: d, journal: j, findings: f, people: people, policies: newPolicies(), memo: newMemo(), breaker: newBreaker(), tallies: newTallies()}
}

// limits of what people write.
const (
	maxTitle       = 500
	maxDescription = 20_000
	maxNote        = 50_000
	maxReason      = 4_000
	maxTags        = 50
	maxTag         = 60
)

// text checks what a person wrote: not empty when it must not be, not too
// long, and without control characters that would change what others read.
func text(field, s string, least, most int) (string, error) {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(visible, s)
	n := len([]rune(s))
	switch {
	case n < least && least <= 1:
		return "", fault.Field("body."+field, "must not be empty")
	case n < least:
		return "", fault.Field("body."+field, "must have at least %d characters", least)
	case n > most:
		return "", fault.Field("body."+field, "must have at most %d characters, has %d", most, n)
	}
	return s, nil
}

// visible replaces control characters and those that turn the direction of
// text, with which a writer can make a reader see something else.
func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0:
		return '\uFFFD'
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return '\uFFFD'
	}
	return r
}

func checkSeverity(s finding.Severity) error {
	if s.Rank() < 0 {
		return fault.Field("body.severity", "must be one of critical, high, medium, low, info")
	}
	return nil
}

// tags checks and orders tags.
func tags(list []string) ([]string, error) {
	out := []string{}
	for i, tag := range list {
		field := fmt.Sprintf("tags[%d]", i)
		tag, err := text(field, strings.ToLower(tag), 1, maxTag)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(tag, " ,\n\t\"") {
			return nil, fault.Field("body."+field, "must not contain spaces, commas or quotes")
		}
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	if len(out) > maxTags {
		return nil, fault.Field("body.tags", "must be at most %d", maxTags)
	}
	slices.Sort(out)
	return out, nil
}
