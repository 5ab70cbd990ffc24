package ticket

import (
	"time"

	"tocsin/internal/finding"
)

// Then is what an opening rule does with a finding that it matches.
type Then string

// The two things that an opening rule can do.
const (
	ThenOpen   Then = "open"
	ThenRecord Then = "record"
)

// Rule is one line of what opens a ticket. The first enabled rule that matches
// decides; a finding that none matches is recorded.
type Rule struct {
	ID      string `json:"id,omitempty" maxLength:"40" doc:"Given by the server when empty"`
	Name    string `json:"name" maxLength:"120" doc:"What people call it"`
	Match   string `json:"match" maxLength:"2000" doc:"A filter in the query language over findings; empty matches all"`
	Then    Then   `json:"then" enum:"open,record"`
	Enabled bool   `json:"enabled"`
	Limit   *Limit `json:"limit,omitempty" doc:"From how many tickets on opening is held back; none: never"`
}

// Limit is when a storm begins: more tickets than this in the window, from one
// source by one rule. Critical findings always pass.
type Limit struct {
	Tickets int    `json:"tickets" minimum:"0" maximum:"1000000" doc:"Tickets of this rule from one source; 0: no limit"`
	Same    int    `json:"same" minimum:"0" maximum:"1000000" doc:"Tickets of the same kind in the same account; 0: no limit"`
	Window  string `json:"window" maxLength:"20" doc:"A duration from 1m to 24h, such as 5m"`
	// Whoever pushes over the API has a rate limit and sees each answer; a feed
	// brings what a detector decides to send.
	FeedsOnly bool `json:"feeds_only,omitempty" doc:"Only for what connections bring, not for what is pushed over the API with a token"`
}

// SeverityRule maps what a detector says to what it is worth here. The first
// enabled rule that matches decides.
type SeverityRule struct {
	ID       string           `json:"id,omitempty" maxLength:"40"`
	Name     string           `json:"name" maxLength:"120"`
	Match    string           `json:"match" maxLength:"2000"`
	Severity finding.Severity `json:"severity" enum:"critical,high,medium,low,info"`
	Enabled  bool             `json:"enabled"`
}

// Suppression keeps findings from opening tickets until it expires: somebody
// answers for it and says why. What it silenced and is still active is judged
// again when it ends.
type Suppression struct {
	ID        string    `json:"id,omitempty" maxLength:"40"`
	Name      string    `json:"name" maxLength:"120"`
	Match     string    `json:"match" maxLength:"2000"`
	Reason    string    `json:"reason" maxLength:"4000"`
	Owner     string    `json:"owner" maxLength:"60" doc:"Id of the person who answers for it"`
	ExpiresAt time.Time `json:"expires_at" doc:"At most a year ahead"`
	Enabled   bool      `json:"enabled"`
}

// Window is a time of maintenance. What it silenced and is still active when
// it ends is judged again.
type Window struct {
	ID     string    `json:"id,omitempty" maxLength:"40"`
	Name   string    `json:"name" maxLength:"120"`
	Match  string    `json:"match" maxLength:"2000"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to" doc:"At most 31 days after from"`
	Reason string    `json:"reason" maxLength:"4000"`
	Owner  string    `json:"owner" maxLength:"60"`
}

// Group says which findings belong to one ticket: those that this matches and
// that have the same value of everything in By, each within a time of the last.
type Group struct {
	ID      string   `json:"id,omitempty" maxLength:"40"`
	Name    string   `json:"name" maxLength:"120"`
	Match   string   `json:"match" maxLength:"2000"`
	By      []string `json:"by" minItems:"1" maxItems:"6" doc:"resource, account, region, principal, indicator, kind, product, class, technique"`
	Within  string   `json:"within" maxLength:"20" doc:"A duration from 1m to 30d, such as 24h"`
	Enabled bool     `json:"enabled"`
}

// Route sends the tickets of matching findings to a team. The first enabled
// route that matches decides; without one they come to the intake team.
type Route struct {
	ID      string `json:"id,omitempty" maxLength:"40"`
	Name    string `json:"name" maxLength:"120"`
	Match   string `json:"match" maxLength:"2000"`
	Team    string `json:"team" maxLength:"60" doc:"Id of the team"`
	Enabled bool   `json:"enabled"`
}

// Sections are the rules, in the order in which they act on a finding. A nil
// section is one that a change leaves as it is.
type Sections struct {
	Severities   []SeverityRule `json:"severities,omitempty" maxItems:"200" nullable:"false"`
	Suppressions []Suppression  `json:"suppressions,omitempty" maxItems:"200" nullable:"false"`
	Windows      []Window       `json:"windows,omitempty" maxItems:"200" nullable:"false"`
	Rules        []Rule         `json:"rules,omitempty" maxItems:"200" nullable:"false"`
	Groups       []Group        `json:"groups,omitempty" maxItems:"200" nullable:"false"`
	Routes       []Route        `json:"routes,omitempty" maxItems:"200" nullable:"false"`
	Exits        []string       `json:"exits,omitempty" maxItems:"40" nullable:"false" doc:"Exit checks that hold a ticket in its phase, such as containment.verified; the others are advice"`
}

// Policy is what is done with findings: all that a lead edits.
type Policy struct {
	Severities    []SeverityRule `json:"severities" nullable:"false"`
	Suppressions  []Suppression  `json:"suppressions" nullable:"false"`
	Windows       []Window       `json:"windows" nullable:"false"`
	Rules         []Rule         `json:"rules" nullable:"false"`
	Groups        []Group        `json:"groups" nullable:"false"`
	Routes        []Route        `json:"routes" nullable:"false"`
	Exits         []string       `json:"exits" nullable:"false" doc:"Exit checks that hold a ticket in its phase until they are met or waived with a reason; the others are advice"`
	Rev           int64          `json:"rev"`
	UpdatedAt     *time.Time     `json:"updated_at"`
	UpdatedBy     string         `json:"updated_by"`
	UpdatedByName string         `json:"updated_by_name"`
}

// DefaultPolicy opens tickets for detections of medium and above, and for
// failed controls and vulnerabilities of high and above, when they are active
// and nobody has suppressed them. A standard that is switched on brings
// thousands of failed controls within minutes; detections are let through far
// longer. The groups are proposals, switched off: that
// several findings share a ticket is for the lead to decide.
func DefaultPolicy() Policy {
	posture := &Limit{Tickets: 1000, Window: "5m", FeedsOnly: true}
	return Policy{
		Severities: []SeverityRule{}, Suppressions: []Suppression{}, Windows: []Window{}, Routes: []Route{}, Exits: []string{},
		Rules: []Rule{
			{"inactive", "Not active, or suppressed", "active:false", ThenRecord, true, nil},
			{"manual", "Checks that need a person to look", "result:manual,passed,not_available", ThenRecord, true, nil},
			{"detections", "Detections, medium and above", "class:detection,data_security severity>=medium", ThenOpen, true, &Limit{Tickets: 5000, Window: "5m", FeedsOnly: true}},
			{"controls", "Failed controls, high and above", "class:compliance result:failed severity>=high", ThenOpen, true, posture},
			{"weaknesses", "Vulnerabilities, high and above", "class:vulnerability severity>=high", ThenOpen, true, posture},
		},
		Groups: []Group{
			{"same-control", "One ticket for a failed control in an account", "class:compliance", []string{"account", "kind"}, "24h", false},
			{"same-thing", "The same kind of thing at the same resource", "class:detection", []string{"account", "kind", "resource"}, "24h", false},
			{"same-actor", "The same principal acts", "class:detection", []string{"account", "principal"}, "4h", false},
			{"same-indicator", "The same address on the other end", "class:detection", []string{"indicator"}, "4h", false},
		},
	}
}

// sections returns the policy as a change of all of it.
func (p Policy) sections() Sections {
	return Sections{p.Severities, p.Suppressions, p.Windows, p.Rules, p.Groups, p.Routes, p.Exits}
}

// each visits every rule of every section, in the order in which they act. The
// id may be changed.
func (p Policy) each(visit func(section string, id *string, name, match string)) {
	for i := range p.Severities {
		r := &p.Severities[i]
		visit("severities", &r.ID, r.Name, r.Match)
	}
	for i := range p.Suppressions {
		r := &p.Suppressions[i]
		visit("suppressions", &r.ID, r.Name, r.Match)
	}
	for i := range p.Windows {
		r := &p.Windows[i]
		visit("windows", &r.ID, r.Name, r.Match)
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		visit("rules", &r.ID, r.Name, r.Match)
	}
	for i := range p.Groups {
		r := &p.Groups[i]
		visit("groups", &r.ID, r.Name, r.Match)
	}
	for i := range p.Routes {
		r := &p.Routes[i]
		visit("routes", &r.ID, r.Name, r.Match)
	}
}

// with returns the policy with the sections of a change in place.
func (p Policy) with(s Sections) Policy {
	replace(&p.Severities, s.Severities)
	replace(&p.Suppressions, s.Suppressions)
	replace(&p.Windows, s.Windows)
	replace(&p.Rules, s.Rules)
	replace(&p.Groups, s.Groups)
	replace(&p.Routes, s.Routes)
	replace(&p.Exits, s.Exits)
	return p
}

func replace[T any](old *[]T, by []T) {
	if by != nil {
		*old = by
	}
	if *old == nil {
		*old = []T{}
	}
}
