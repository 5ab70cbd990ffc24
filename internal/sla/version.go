package sla

import (
	"tocsin/internal/duty"
	"tocsin/internal/finding"
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
	paused  map[string]int   // percent of the resolve target, by severity
	reasons map[string]pauseReason
}

// target is one line of a policy's timers.
type target struct {
	doc   *Target
	goals map[string]goal // by severity
}

// goal is what is asked of one clock; the zero value asks nothing.
type goal struct {
	micros   int64
	text     string
	calendar string
	hours    string // what the calendar says: two versions may hold the same one
	cal      *duty.Calendar
	pausable bool
	ladder   string
}

type pauseReason struct {
	doc *PauseReason
	max int64 // µs
}

// RoundTheClock is the id of the calendar in which all time counts. It is also
// what holds where no calendar is named.
const RoundTheClock = "24x7"

// noLadder is what a target writes so that its breach calls nobody.
const noLadder = "none"

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

// Steps is a ladder of the version; nil when it has none of that id.
func (v *Version) Steps(ladder string) *Steps { return v.ladders[ladder] }

// Fields is what the match of a policy may ask of a ticket: what never changes
// but for the severity, so that the journal alone says which policy held.
func Fields() *query.Table {
	return query.MustTable(
		query.Field{Name: "severity", Kind: query.Ordered, Values: finding.Severities(), Help: "info to critical"},
		query.Field{Name: "type", Kind: query.ID, Values: []string{"detection", "compliance", "vulnerability", "data_security", "manual", "storm"}, Help: "What kind of incident"},
		query.Field{Name: "team", Kind: query.ID, Help: "Id of the team that it came to"},
		query.Field{Name: "source", Kind: query.Text, Help: "The detector"},
		query.Field{Name: "account", Kind: query.ID, Help: "AWS account"},
		query.Field{Name: "region", Kind: query.ID, Help: "AWS region"},
		query.Field{Name: "demo", Kind: query.Bool, Help: "Made by the demo"},
	)
}

func (f *Facts) record(field string) query.Values {
	switch field {
	case "severity":
		return query.Strings(f.Severity)
	case "type":
		return query.Strings(f.Type)
	case "team":
		return query.Strings(f.Team)
	case "source":
		return query.Strings(f.Source)
	case "account":
		return query.Strings(f.Account)
	case "region":
		return query.Strings(f.Region)
	case "demo":
		return query.Flag(f.Demo)
	}
	return query.Values{}
}

// policyOf is the first policy that matches; the last matches everything.
func (v *Version) policyOf(f *Facts) *policy {
	for _, p := range v.policies {
		if query.Match(p.match, f.record, query.Env{}) {
			return p
		}
	}
	return &policy{doc: &Policy{}}
}

// goal is what a policy asks of a clock at a severity.
func (p *policy) goal(metric, phase, severity string) goal {
	for _, t := range p.targets {
		if t.doc.Metric == metric && t.doc.Phase == phase {
			return t.goals[severity]
		}
	}
	return goal{}
}

// ladder is the ladder that an unanswered opening starts: that of the target to
// acknowledge, or the policy's.
func (p *policy) ladder(severity string) string {
	if g := p.goal(MetricAck, "", severity); g.micros > 0 {
		return g.ladder
	}
	return p.doc.Ladder
}
