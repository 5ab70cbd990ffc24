package sla

import "tocsin/internal/duty"

// Document is everything that says how fast things must go and who is called
// when they do not: one version is written for each change and never altered.
type Document struct {
	Calendars []CalendarDoc `json:"calendars" maxItems:"100" nullable:"false"`
	Policies  []Policy      `json:"policies" maxItems:"100" nullable:"false" doc:"The first enabled one that matches a ticket counts; the last must match every ticket"`
	Ladders   []Ladder      `json:"ladders" maxItems:"100" nullable:"false"`
}

// CalendarDoc is a business calendar with the name that targets call it by.
type CalendarDoc struct {
	ID   string `json:"id" maxLength:"40"`
	Name string `json:"name" maxLength:"120"`
	duty.CalendarSpec
}

// Policy is the targets of the tickets that it matches.
type Policy struct {
	ID      string   `json:"id" maxLength:"40"`
	Name    string   `json:"name" maxLength:"120"`
	Match   string   `json:"match" maxLength:"2000" doc:"A filter in the query language over tickets; empty matches all"`
	Enabled bool     `json:"enabled"`
	Timers  []Target `json:"timers" maxItems:"40" nullable:"false"`
	// WarnAt are percentages of the target.
	WarnAt       []int         `json:"warn_at" maxItems:"5" nullable:"false"`
	PauseReasons []PauseReason `json:"pause_reasons" maxItems:"40" nullable:"false"`
	// MaxPaused is how much of the resolve target may be spent paused, in
	// percent, by severity; none: no bound.
	MaxPaused map[string]int `json:"max_paused"`
	Ladder    string         `json:"ladder" maxLength:"40" doc:"Id of the ladder that a breach starts"`
	// PageOnOpen are the severities whose tickets call people as soon as they
	// are opened; the others wait for a breach.
	PageOnOpen []string          `json:"page_on_open" maxItems:"5" nullable:"false"`
	ReackAfter map[string]string `json:"reack_after" doc:"By severity: an acknowledged ticket without any significant action for so long is asked about; off when absent"`
}

// The metrics of timers.
const (
	MetricAck      = "ack"      // opened until acknowledged
	MetricContain  = "contain"  // opened until containment is left forward
	MetricResolve  = "resolve"  // opened until closed
	MetricPhase    = "phase"    // one phase, its visits added up
	MetricHandover = "handover" // an offer until it is decided
	MetricAge      = "age"      // opened until closed, never paused: nothing rots
)

// Target is how long one thing may take.
type Target struct {
	Metric string `json:"metric" enum:"ack,contain,resolve,phase,handover,age"`
	Phase  string `json:"phase" enum:",detect,analysis,containment,eradication,recovery,post_incident" doc:"For the metric phase"`
	// Targets are by severity, "*" for those not named: 15m, 4h, 2d (24 hours
	// each) or 1bd (a business day of the calendar); "" or absent: no target.
	Targets map[string]string `json:"targets"`
	// Calendar is by severity, "*" for those not named: the id of a calendar, or
	// 24x7, which is also what holds where nothing is named.
	Calendar map[string]string `json:"calendar"`
	Pausable bool              `json:"pausable"`
	Ladder   string            `json:"ladder" maxLength:"40" doc:"Another ladder than the policy's; none is the policy's"`
}

// PauseReason is one way in which work may have to wait.
type PauseReason struct {
	ID    string   `json:"id" maxLength:"40"`
	Title string   `json:"title" maxLength:"120"`
	Max   string   `json:"max" maxLength:"20" doc:"The longest pause, such as 72h"`
	Roles []string `json:"roles" maxItems:"2" nullable:"false" doc:"owner, lead; empty is both"`
}

// Ladder is who is called when, until somebody answers.
type Ladder struct {
	ID       string   `json:"id" maxLength:"40"`
	Name     string   `json:"name" maxLength:"120"`
	Levels   []Level  `json:"levels" maxItems:"20" nullable:"false"`
	Repeat   *Repeat  `json:"repeat,omitempty"`
	Fallback []string `json:"fallback" maxItems:"10" nullable:"false" doc:"user:ID or channel:CONNECTION; at least one person with a confirmed channel, or a channel that was tested"`
}

// Level is one step of a ladder.
type Level struct {
	// After counts from the trigger, not from the step before: nothing drifts.
	After string `json:"after" maxLength:"20" doc:"A duration from the trigger, such as 10m"`
	// Notify names who: oncall:SCHEDULE, oncall:team (the ticket's team),
	// lead:TEAM, lead:team, owner, user:ID, role:ROLE, channel:CONNECTION.
	Notify   []string `json:"notify" maxItems:"10" nullable:"false"`
	Reassign bool     `json:"reassign" doc:"Also offer the ticket to whoever is called; responsibility moves only when it is accepted"`
}

// Repeat goes up the ladder again while nobody answers.
type Repeat struct {
	Every     string `json:"every" maxLength:"20" doc:"A duration of at least 5m"`
	FromLevel int    `json:"from_level" minimum:"1" maximum:"20"`
	Times     int    `json:"times" minimum:"0" maximum:"1000" doc:"0: until somebody answers"`
}
