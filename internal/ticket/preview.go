package ticket

import (
	"cmp"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// Preview is what rules would have done with what came in.
type Preview struct {
	Of            int               `json:"of" doc:"Findings looked at"`
	Truncated     bool              `json:"truncated" doc:"True when there were more findings than are looked at"`
	WouldOpen     int               `json:"would_open" doc:"Findings that a rule says open for, whether they open a ticket or join one"`
	WouldJoin     int               `json:"would_join" doc:"Of these, those that join a ticket"`
	WouldSuppress int               `json:"would_suppress"`
	WouldRecord   int               `json:"would_record"`
	Tickets       int               `json:"tickets" doc:"Tickets after grouping"`
	ByRule        []PreviewRule     `json:"by_rule" nullable:"false"`
	ByTeam        []PreviewTeam     `json:"by_team" nullable:"false"`
	Groups        []PreviewGroup    `json:"groups" nullable:"false" doc:"The largest groups"`
	Examples      []finding.Summary `json:"examples" nullable:"false"`
}

// PreviewRule counts what one rule decided.
type PreviewRule struct {
	Section string `json:"section" enum:"severities,suppressions,windows,rules,groups,routes"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Matched int    `json:"matched"`
}

// PreviewTeam counts the tickets that come to a team; "" is the intake team.
type PreviewTeam struct {
	Team    string `json:"team"`
	Name    string `json:"name"`
	Tickets int    `json:"tickets"`
}

// PreviewGroup is one ticket that several findings would share.
type PreviewGroup struct {
	Key      string `json:"key"`
	Title    string `json:"title"`
	Findings int    `json:"findings"`
}

const (
	previewLimit    = 20_000 // bounds the work of a preview
	previewExamples = 10
	previewGroups   = 10
)

// seenFinding is what a preview keeps of a finding until it has seen all.
type seenFinding struct {
	at    int64
	title string
	v     verdict
}

// Preview tries rules on the findings of the last days, as if they had come in
// under them. Sections that are nil are those in force.
func (ts *Tickets) Preview(tx *db.Tx, change Sections, days int) (Preview, error) {
	c, p, err := ts.tried(tx, change)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{ByRule: []PreviewRule{}, ByTeam: []PreviewTeam{}, Groups: []PreviewGroup{}, Examples: []finding.Summary{}}
	tally := newTally(p)
	var opened []seenFinding
	since := tx.Now() - int64(days)*day.Microseconds()
	err = ts.findings.Since(tx, since, previewLimit+1, func(s finding.Summary, f *finding.Finding) {
		if out.Of == previewLimit {
			out.Truncated = true
			return
		}
		out.Of++
		at := s.ReceivedAt.UnixMicro()
		v := c.judge(f, at)
		tally.count(c, f, v, at)
		switch {
		case v.silenced != "":
			out.WouldSuppress++
		case !v.open:
			out.WouldRecord++
		default:
			out.WouldOpen++
			opened = append(opened, seenFinding{at, f.Title, v})
			if len(out.Examples) < previewExamples {
				out.Examples = append(out.Examples, s)
			}
		}
	})
	if err != nil {
		return out, err
	}
	out.ByRule = tally.rules
	slices.Reverse(opened) // oldest first, as they came
	out.join(opened)
	return out, ts.nameTeams(tx, &out)
}

// tried compiles the policy in force with a change in place.
func (ts *Tickets) tried(tx *db.Tx, change Sections) (*compiled, Policy, error) {
	p, err := ts.Policy(tx)
	if err != nil {
		return nil, p, err
	}
	p = p.with(clone(change))
	if err := giveIDs(tx, &p); err != nil {
		return nil, p, err
	}
	s, err := ts.surroundings(tx, true)
	if err != nil {
		return nil, p, err
	}
	c, err := compile(p, s)
	return c, p, err
}

// join plays which findings would have shared a ticket.
func (p *Preview) join(opened []seenFinding) {
	type ticket struct {
		PreviewGroup
		team string
	}
	type open struct {
		ticket int
		until  int64
	}
	tickets := []ticket{}
	joinable := map[string]open{}
	for _, f := range opened {
		at := -1
		for _, k := range f.v.keys {
			if o, ok := joinable[k.key]; ok && o.until > f.at {
				at = o.ticket
				break
			}
		}
		if at < 0 {
			at = len(tickets)
			key := ""
			if len(f.v.keys) > 0 {
				key = f.v.keys[0].words
			}
			tickets = append(tickets, ticket{PreviewGroup{Key: key, Title: f.title}, f.v.team})
		} else {
			p.WouldJoin++
		}
		tickets[at].Findings++
		for _, k := range f.v.keys {
			joinable[k.key] = open{at, f.at + k.within}
		}
	}
	p.Tickets = len(tickets)
	teams := map[string]int{}
	for _, t := range tickets {
		teams[t.team]++
		if t.Findings > 1 {
			p.Groups = append(p.Groups, t.PreviewGroup)
		}
	}
	for team, n := range teams {
		p.ByTeam = append(p.ByTeam, PreviewTeam{Team: team, Tickets: n})
	}
	slices.SortFunc(p.ByTeam, func(a, b PreviewTeam) int { return cmp.Or(b.Tickets-a.Tickets, cmp.Compare(a.Team, b.Team)) })
	slices.SortStableFunc(p.Groups, func(a, b PreviewGroup) int { return b.Findings - a.Findings })
	p.Groups = p.Groups[:min(len(p.Groups), previewGroups)]
}

func (ts *Tickets) nameTeams(tx *db.Tx, p *Preview) error {
	ids := []string{}
	for _, t := range p.ByTeam {
		ids = append(ids, t.Team)
	}
	intake, _, err := ts.people.Intake(tx)
	if err != nil {
		return fault.Wrap(err, "finding the intake team")
	}
	names, err := ts.people.Names(tx, append(ids, intake))
	for i := range p.ByTeam {
		p.ByTeam[i].Name = names[cmp.Or(p.ByTeam[i].Team, intake)]
	}
	return err
}

// tally counts which rules decided.
type tally struct {
	rules []PreviewRule
	at    map[string]int // id -> place in rules
}

func newTally(p Policy) *tally {
	t := &tally{rules: []PreviewRule{}, at: map[string]int{}}
	p.each(func(section string, id *string, name, _ string) {
		t.at[*id] = len(t.rules)
		t.rules = append(t.rules, PreviewRule{Section: section, ID: *id, Name: name})
	})
	return t
}

func (t *tally) one(id string) {
	if i, ok := t.at[id]; ok {
		t.rules[i].Matched++
	}
}

// count notes every rule that had a say: one of each section, and every group.
func (t *tally) count(c *compiled, f *finding.Finding, v verdict, now int64) {
	if i := first(newJudging(c, f, now), c.severities, func(r SeverityRule) bool { return r.Enabled }); i >= 0 {
		t.one(c.severities[i].rule.ID)
	}
	t.one(v.decided())
	t.one(v.route)
	seen := ""
	for _, k := range v.keys {
		if k.rule != seen {
			t.one(k.rule)
		}
		seen = k.rule
	}
}

// broadSample is how many findings are tried on a rule that silences.
const (
	broadSample = 2_000
	broadLeast  = 20
)

// Broad finds a suppression or window, new or changed, that would silence
// everything, or more than half of what came in the last week. The error is
// Invalid with slug matches-everything; a person may confirm that it is meant.
func (ts *Tickets) Broad(tx *db.Tx, change Sections) error {
	old, err := ts.Policy(tx)
	if err != nil {
		return err
	}
	c, _, err := ts.tried(tx, change)
	if err != nil {
		return err
	}
	was := silencers(old)
	tries := []broad{}
	for i, s := range c.suppressions {
		if now := (silencer{s.rule.Match, s.rule.Enabled, s.rule.ExpiresAt.UnixMicro()}); s.rule.Enabled && was[s.rule.ID].match != now.match {
			tries = append(tries, broad{place: inSection("suppressions", i, "match"), name: s.rule.Name, query: s.query})
		}
	}
	for i, w := range c.windows {
		if was[w.rule.ID].match != w.rule.Match {
			tries = append(tries, broad{place: inSection("windows", i, "match"), name: w.rule.Name, query: w.query})
		}
	}
	if len(tries) == 0 {
		return nil
	}
	of := 0
	err = ts.findings.Since(tx, tx.Now()-7*day.Microseconds(), broadSample, func(s finding.Summary, f *finding.Finding) {
		of++
		j := newJudging(c, f, s.ReceivedAt.UnixMicro())
		for i := range tries {
			if query.Match(tries[i].query, j.record, j.env) {
				tries[i].matched++
			}
		}
	})
	if err != nil {
		return err
	}
	for _, b := range tries {
		if err := b.refuse(of); err != nil {
			return err
		}
	}
	return nil
}

// broad is a rule that silences, and how much.
type broad struct {
	place, name string
	query       *query.Query
	matched     int
}

func (b broad) refuse(of int) error {
	if !b.query.Empty() && (of < broadLeast || 2*b.matched <= of) {
		return nil
	}
	e := fault.New(fault.Invalid, "“%s” would have silenced %d of the last %d findings. Confirm it if that is meant.", b.name, b.matched, of).
		WithSlug("matches-everything").WithExtra("rule", b.name).WithExtra("matched", b.matched).WithExtra("of", of)
	e.Fields = []fault.FieldError{{Location: b.place, Message: "silences more than half of what comes in"}}
	return e
}
