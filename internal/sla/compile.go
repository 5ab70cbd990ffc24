package sla

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/query"
)

// Roles that may pause.
const (
	roleOwner = "owner"
	roleLead  = "lead"
)

// bounds of a document.
const (
	maxItems  = 100
	maxTimers = 40
	maxLevels = 20
	maxNamed  = 10
	// minEvery keeps a ladder from calling people so often that they switch
	// their telephones off.
	minEvery = 5 * time.Minute
	// maxPause bounds a pause where its reason names no longest time.
	maxPause = 90 * 24 * time.Hour
)

// compiler reads a document and gathers what is wrong with it.
type compiler struct {
	problems
	v     *Version
	now   time.Time
	hours map[string]string // what each calendar says
}

// compile reads a document. What is nil of it becomes empty.
func compile(doc Document, number, at int64) (*Version, *problems) {
	v := &Version{Number: number, At: at, Doc: doc, calendars: map[string]*duty.Calendar{}, ladders: map[string]*Steps{}}
	c := &compiler{v: v, now: time.UnixMicro(at), hours: map[string]string{}}
	v.calendars[RoundTheClock] = duty.RoundTheClock()
	c.calendars()
	c.ladders()
	c.policies()
	return c.v, &c.problems
}

func (c *compiler) calendars() {
	c.atMost("body.calendars", len(c.v.Doc.Calendars), maxItems)
	names := ids{map[string]bool{}, RoundTheClock}
	for i, d := range c.v.Doc.Calendars {
		at := fmt.Sprintf("body.calendars[%d]", i)
		names.check(&c.problems, at+".id", d.ID)
		c.name(at+".name", d.Name)
		cal, err := d.Compile()
		c.adopt(at, err)
		if err == nil {
			c.v.calendars[d.ID] = cal
			said, _ := json.Marshal(d.CalendarSpec) // strings and lists of them
			c.hours[d.ID] = string(said)
		}
	}
}

func (c *compiler) ladders() {
	c.atMost("body.ladders", len(c.v.Doc.Ladders), maxItems)
	names := ids{map[string]bool{}, noLadder}
	for i := range c.v.Doc.Ladders {
		d := &c.v.Doc.Ladders[i]
		at := fmt.Sprintf("body.ladders[%d]", i)
		names.check(&c.problems, at+".id", d.ID)
		c.name(at+".name", d.Name)
		c.v.ladders[d.ID] = c.steps(at, d)
	}
}

func (c *compiler) steps(at string, d *Ladder) *Steps {
	s := &Steps{ID: d.ID, Name: d.Name}
	if len(d.Levels) == 0 || len(d.Levels) > maxLevels {
		c.add(at+".levels", "must be 1 to %d", maxLevels)
	}
	last := int64(-1)
	for i, l := range d.Levels {
		at := fmt.Sprintf("%s.levels[%d]", at, i)
		after, err := parseDuration(l.After)
		if err != nil || after < 0 || after > maxLength || after.Microseconds() <= last {
			c.add(at+".after", "must be a duration such as 10m, longer than that of the level before")
		}
		last = max(last, after.Microseconds())
		s.Levels = append(s.Levels, Step{last, c.whos(at+".notify", l.Notify), l.Reassign})
	}
	c.repeat(at, d, s)
	s.Fallback = c.fallback(at+".fallback", d)
	return s
}

func (c *compiler) repeat(at string, d *Ladder, s *Steps) {
	if d.Repeat == nil {
		return
	}
	every, err := parseDuration(d.Repeat.Every)
	if err != nil || every < minEvery || every > maxLength {
		c.add(at+".repeat.every", "must be a duration of at least 5m")
	}
	if d.Repeat.FromLevel < 1 || d.Repeat.FromLevel > len(d.Levels) {
		c.add(at+".repeat.from_level", "there is no level %d", d.Repeat.FromLevel)
	}
	if d.Repeat.Times < 0 || d.Repeat.Times > 1000 {
		c.add(at+".repeat.times", "must be 0 to 1000")
	}
	s.Every, s.From, s.Times = every.Microseconds(), d.Repeat.FromLevel, d.Repeat.Times
}

func (c *compiler) whos(at string, texts []string) []Who {
	if len(texts) == 0 || len(texts) > maxNamed {
		c.add(at, "must name 1 to %d", maxNamed)
	}
	out := make([]Who, 0, len(texts))
	for i, text := range texts {
		w, err := ParseWho(text)
		if err != nil {
			c.adopt(fmt.Sprintf("%s[%d]", at, i), err)
			continue
		}
		out = append(out, w)
	}
	return out
}

// fallback is who is called when a level reaches nobody: somebody fixed, so
// that it never depends on who is on duty.
func (c *compiler) fallback(at string, d *Ladder) []Who {
	if len(d.Fallback) == 0 {
		c.unreachable++
		c.add(at, "must name at least one person or channel")
		return nil
	}
	out := c.whos(at, d.Fallback)
	for _, w := range out {
		if w.Kind != WhoUser && w.Kind != WhoChannel && !isShipped(d) {
			c.add(at, "%s is not fixed; name user:ID or channel:CONNECTION", w)
		}
	}
	return out
}

func (c *compiler) policies() {
	list := c.v.Doc.Policies
	c.atMost("body.policies", len(list), maxItems)
	names := ids{seen: map[string]bool{}}
	table := Fields().WithLists([]string{})
	last := -1
	for i := range list {
		at := fmt.Sprintf("body.policies[%d]", i)
		names.check(&c.problems, at+".id", list[i].ID)
		c.name(at+".name", list[i].Name)
		p := c.policy(at, &list[i], table)
		if list[i].Enabled && p != nil {
			last = i
			c.v.policies = append(c.v.policies, p)
		}
	}
	if n := len(c.v.policies); n == 0 || !c.v.policies[n-1].match.Empty() {
		c.add(fmt.Sprintf("body.policies[%d].match", max(last, 0)), "the last enabled policy must match every ticket: leave its match empty")
	}
}

// policy reads one policy; nil when its match cannot be read.
func (c *compiler) policy(at string, d *Policy, table *query.Table) *policy {
	p := &policy{doc: d, reack: map[string]int64{}, paused: d.MaxPaused, reasons: map[string]pauseReason{}}
	c.ladderNamed(at+".ladder", d.Ladder, false)
	c.timers(at, d, p)
	c.warnings(at+".warn_at", d.WarnAt)
	c.pauseReasons(at, d, p)
	c.severities(at+".page_on_open", d.PageOnOpen, false)
	c.severities(at+".max_paused", slices.Sorted(maps.Keys(d.MaxPaused)), false)
	for _, severity := range slices.Sorted(maps.Keys(d.MaxPaused)) {
		if n := d.MaxPaused[severity]; n < 1 || n > 100 {
			c.add(at+".max_paused."+clip(severity), "must be 1 to 100 percent")
		}
	}
	c.severities(at+".reack_after", slices.Sorted(maps.Keys(d.ReackAfter)), false)
	for _, severity := range slices.Sorted(maps.Keys(d.ReackAfter)) {
		p.reack[severity] = c.length(at+".reack_after."+clip(severity), d.ReackAfter[severity]).micros
	}
	q, err := query.Parse(d.Match, table)
	if err == nil && q.HasText() {
		c.add(at+".match", "text alone is not looked for here; name a field")
	}
	c.adoptHere(at+".match", err)
	p.match = q
	if err != nil {
		return nil
	}
	return p
}

// adoptHere takes over a message without the place that it names itself.
func (c *compiler) adoptHere(at string, err error) {
	if err != nil {
		c.add(at, "%s", message(err))
	}
}

func (c *compiler) ladderNamed(at, id string, optional bool) {
	if optional && (id == "" || id == noLadder) {
		return
	}
	if c.v.ladders[id] == nil {
		c.add(at, "there is no ladder %q", clip(id))
	}
}

func (c *compiler) warnings(at string, percents []int) {
	c.atMost(at, len(percents), 5)
	last := 0
	for _, n := range percents {
		if n < 1 || n > 99 || n <= last {
			c.add(at, "must be percentages from 1 to 99, each larger than the one before")
			return
		}
		last = n
	}
}

func (c *compiler) pauseReasons(at string, d *Policy, p *policy) {
	c.atMost(at+".pause_reasons", len(d.PauseReasons), maxTimers)
	names := ids{seen: map[string]bool{}}
	for i := range d.PauseReasons {
		r := &d.PauseReasons[i]
		at := fmt.Sprintf("%s.pause_reasons[%d]", at, i)
		names.check(&c.problems, at+".id", r.ID)
		c.name(at+".title", r.Title)
		reason := pauseReason{r, maxPause.Microseconds()}
		if r.Max != "" {
			reason.max = c.length(at+".max", r.Max).micros
		}
		for _, role := range r.Roles {
			if role != roleOwner && role != roleLead {
				c.add(at+".roles", "%q is not one of owner, lead", clip(role))
			}
		}
		p.reasons[r.ID] = reason
	}
}

// length reads a length that is the same in every calendar.
func (c *compiler) length(at, text string) Length {
	l, err := ParseLength(text)
	c.adopt(at, err)
	if err == nil && l.days > 0 {
		c.add(at, "is a matter of hours, not of business days")
	}
	return l
}
