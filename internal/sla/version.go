package sla

import (
	"tocsin/internal/duty"
	"tocsin/internal/query"
)

// Version is one version of the document, ready to use. It never changes.
type Version struct {
	Number    int64
	At        int64 // when it came into force
	Doc       Document
	calendars map[string]*duty.Calendar
	policies  []*policy
	ladders   map[string]*Steps
}

// policy is a policy with everything read.
type policy struct {
	doc     *Policy
	match   *query.Query
	targets []*target
	reack   map[string]int64 // by severity
}

// target is one line of a policy's timers.
type target struct {
	doc *Target
}

// Steps is a ladder with its durations and names read.
type Steps struct {
	ID, Name string
	Levels   []Step
	Every    int64 // µs; 0: the ladder is gone up once
	From     int   // level from which it is gone up again, from 1
	Times    int   // 0: until somebody answers
	Fallback []Who
}

// Step is one level of a ladder.
type Step struct {
	After    int64 // µs from the trigger
	Who      []Who
	Reassign bool
}

// Who names who is called: oncall:SCHEDULE, oncall:team, lead:TEAM, lead:team,
// owner, user:ID, role:ROLE, channel:CONNECTION.
type Who struct{ Kind, ID string }

// The kinds of Who.
const (
	WhoOnCall  = "oncall"
	WhoLead    = "lead"
	WhoOwner   = "owner"
	WhoUser    = "user"
	WhoRole    = "role"
	WhoChannel = "channel"
)

// WhoTeam in place of an id is the ticket's own team.
const WhoTeam = "team"

// String writes it as the document does.
func (w Who) String() string {
	if w.ID == "" {
		return w.Kind
	}
	return w.Kind + ":" + w.ID
}

// Steps is a ladder of the version; nil when it has none of that id.
func (v *Version) Steps(ladder string) *Steps { return v.ladders[ladder] }
