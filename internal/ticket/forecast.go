package ticket

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// Forecast is what the rules in force would make of findings that are not here
// yet. Nothing of it is kept.
type Forecast struct {
	Of            int               `json:"of" doc:"Findings looked at"`
	Truncated     bool              `json:"truncated" doc:"True when there is more than was looked at: the numbers are then the least"`
	Had           int               `json:"had" doc:"Of these: here already, or a change of one that is"`
	Unreadable    int               `json:"unreadable" doc:"Of these: would go to quarantine"`
	WouldOpen     int               `json:"would_open" doc:"Findings for which a rule says open, whether they open a ticket or join one"`
	WouldJoin     int               `json:"would_join" doc:"Of these: join a ticket"`
	WouldHold     int               `json:"would_hold" doc:"Of these: held back as a storm, until somebody decides"`
	WouldSuppress int               `json:"would_suppress"`
	WouldRecord   int               `json:"would_record"`
	Tickets       int               `json:"tickets" doc:"New tickets after grouping"`
	BySeverity    ForecastSeverity  `json:"by_severity" doc:"The new tickets"`
	Recorded      ForecastSeverity  `json:"recorded" doc:"The findings that open nothing"`
	ByRule        []PreviewRule     `json:"by_rule" nullable:"false"`
	ByTeam        []PreviewTeam     `json:"by_team" nullable:"false"`
	Items         []ForecastTicket  `json:"items" nullable:"false" doc:"The new tickets, the worst first; at most 50"`
	Examples      []ForecastFinding `json:"examples" nullable:"false" doc:"Some of what would open nothing, the worst first"`
}

// ForecastSeverity counts by severity.
type ForecastSeverity struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

// ForecastTicket is a ticket that would be opened.
type ForecastTicket struct {
	Title    string           `json:"title"`
	Severity finding.Severity `json:"severity" enum:"critical,high,medium,low,info"`
	Account  string           `json:"account"`
	Key      string           `json:"key" doc:"What its findings share; empty when it is for one"`
	Findings int              `json:"findings"`

	team string
}

// ForecastFinding is a finding that would open nothing.
type ForecastFinding struct {
	Title    string           `json:"title"`
	Severity finding.Severity `json:"severity" enum:"critical,high,medium,low,info"`
	Outcome  finding.Outcome  `json:"outcome" enum:"recorded,suppressed,held"`
}

const (
	forecastItems    = 50
	forecastExamples = 10
)

func (s *ForecastSeverity) add(severity finding.Severity) {
	switch severity {
	case finding.Critical:
		s.Critical++
	case finding.High:
		s.High++
	case finding.Medium:
		s.Medium++
	case finding.Low:
		s.Low++
	default:
		s.Info++
	}
}

// Forecast judges findings as if they came in now, in the order given, and
// writes nothing.
func (ts *Tickets) Forecast(tx *db.Tx, list []*finding.Taken) (Forecast, error) {
	c, p, err := ts.tried(tx, Sections{})
	if err != nil {
		return Forecast{}, err
	}
	g := &foretelling{ts: ts, tx: tx, c: c, tally: newTally(p), seen: map[string]bool{}, joins: map[string]int{}, storms: map[breakKey]int{}}
	for _, f := range list {
		if err := g.look(f); err != nil {
			return Forecast{}, err
		}
	}
	return g.result()
}

// foretelling is a forecast in hand.
type foretelling struct {
	ts      *Tickets
	tx      *db.Tx
	c       *compiled
	tally   *tally
	out     Forecast
	tickets []ForecastTicket
	nothing []ForecastFinding
	seen    map[string]bool // identities
	joins   map[string]int  // key of a group -> place in tickets, or theirs
	storms  map[breakKey]int
}

// theirTicket stands in joins for a ticket that is open already.
const theirTicket = -1

func (g *foretelling) look(f *finding.Taken) error {
	g.out.Of++
	if f.Was.ID != "" || g.seen[f.Identity] {
		g.out.Had++
		return nil
	}
	g.seen[f.Identity] = true
	v := g.c.judge(f.Finding, g.tx.Now())
	g.tally.count(g.c, f.Finding, v, g.tx.Now())
	f.Rate(v.severity)
	switch {
	case v.silenced != "":
		g.out.WouldSuppress++
		g.leave(f, finding.Suppressed)
		return nil
	case !v.open && f.Copy.Ticket == "":
		g.out.WouldRecord++
		g.leave(f, finding.Recorded)
		return nil
	}
	g.out.WouldOpen++
	if f.Copy.Ticket != "" { // a copy of it came another way, and its ticket takes this one too
		g.out.WouldJoin++
		return nil
	}
	return g.open(f, v)
}

func (g *foretelling) leave(f *finding.Taken, outcome finding.Outcome) {
	g.out.Recorded.add(f.Severity)
	g.nothing = append(g.nothing, ForecastFinding{Title: f.Title, Severity: f.Severity, Outcome: outcome})
}

// open lets a finding join a ticket or open one, as place does.
func (g *foretelling) open(f *finding.Taken, v verdict) error {
	at, found, err := g.joinable(v.keys)
	if err != nil {
		return err
	}
	switch {
	case found:
		g.out.WouldJoin++
		if at != theirTicket {
			t := &g.tickets[at]
			t.Findings++
			if f.Severity.Rank() > t.Severity.Rank() {
				t.Severity = f.Severity
			}
		}
	case g.storm(f, v):
		g.out.WouldHold++
		g.leave(f, finding.Held)
		return nil
	default:
		at = len(g.tickets)
		key := ""
		if len(v.keys) > 0 {
			key = v.keys[0].words
		}
		g.tickets = append(g.tickets, ForecastTicket{Title: f.Title, Severity: f.Severity, Account: f.Account, Key: key, Findings: 1, team: v.team})
	}
	for _, k := range v.keys {
		g.joins[k.key] = at
	}
	return nil
}

// joinable is where a finding joins: the place of a ticket that would be opened
// before it, or theirTicket.
func (g *foretelling) joinable(keys []groupKey) (at int, found bool, err error) {
	for _, k := range keys {
		if at, found = g.joins[k.key]; found {
			return at, true, nil
		}
		var id string
		err := g.tx.QueryRow(sqlGroupTicket, g.tx.Tenant(), k.key, g.tx.Now()).Scan(&id)
		if errors.Is(err, db.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, false, fault.Wrap(err, "looking for a ticket to join")
		}
		t, err := g.ts.standing(g.tx, id)
		if err != nil && !fault.Is(err, fault.Missing) {
			return 0, false, err
		}
		if err == nil && t.Open() {
			return theirTicket, true, nil
		}
	}
	return 0, false, nil
}

// storm counts as the breaker would if everything came within its window.
func (g *foretelling) storm(f *finding.Taken, v verdict) bool {
	limit := v.rule.Limit
	if limit == nil || (limit.FeedsOnly && !strings.HasPrefix(f.Source, "connection:")) {
		return false
	}
	all := breakKey{source: f.Source, rule: v.rule.ID}
	same := breakKey{source: f.Source, rule: v.rule.ID, kind: f.Kind(), account: f.Account}
	g.storms[all]++
	g.storms[same]++
	over := limit.Tickets > 0 && g.storms[all] > limit.Tickets || limit.Same > 0 && g.storms[same] > limit.Same
	return over && f.Severity != finding.Critical
}

func (g *foretelling) result() (Forecast, error) {
	out := g.out
	out.Tickets, out.ByRule, out.ByTeam = len(g.tickets), g.tally.rules, []PreviewTeam{}
	teams := map[string]int{}
	for _, t := range g.tickets {
		out.BySeverity.add(t.Severity)
		teams[t.team]++
	}
	p := Preview{}
	for team, n := range teams {
		p.ByTeam = append(p.ByTeam, PreviewTeam{Team: team, Tickets: n})
	}
	if err := g.ts.nameTeams(g.tx, &p); err != nil {
		return out, err
	}
	out.ByTeam = append(out.ByTeam, p.ByTeam...)
	slices.SortFunc(out.ByTeam, func(a, b PreviewTeam) int { return cmp.Or(b.Tickets-a.Tickets, cmp.Compare(a.Team, b.Team)) })
	slices.SortStableFunc(g.tickets, func(a, b ForecastTicket) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), b.Findings-a.Findings)
	})
	slices.SortStableFunc(g.nothing, func(a, b ForecastFinding) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	out.Items = append([]ForecastTicket{}, g.tickets[:min(len(g.tickets), forecastItems)]...)
	out.Examples = append([]ForecastFinding{}, g.nothing[:min(len(g.nothing), forecastExamples)]...)
	return out, nil
}
