package ticket

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/query"
)

// judged is a rule with its match ready to judge.
type judged[T any] struct {
	rule  T
	query *query.Query
}

// compiled is a policy ready to judge. It never changes.
type compiled struct {
	rev, listsRev int64
	zone          *time.Location
	lists         map[string]query.Set
	units         map[string][]string // account -> organisational units, from lists named ou/…

	severities   []judged[SeverityRule]
	suppressions []judged[Suppression]
	windows      []judged[Window]
	rules        []judged[openingRule]
	groups       []judged[joining]
	routes       []judged[Route]
	exits        []string // enforced exit checks
}

// openingRule is a rule with its limit read.
type openingRule struct {
	Rule
	place  int // from 1
	window int64
}

// joining is a group with its duration read.
type joining struct {
	Group
	within int64
}

const maxRules = 200

// surroundings are what a policy refers to.
type surroundings struct {
	zone  *time.Location
	lists map[string]list
	// checked when set: the people and teams that exist, the time, and the
	// names of lists; a policy that was stored before is not checked again.
	now    int64
	strict bool
}

// compile checks every rule; an error names the rule and the place in it.
func compile(p Policy, s surroundings) (*compiled, error) {
	c := &compiled{rev: p.Rev, zone: s.zone, lists: map[string]query.Set{}, units: map[string][]string{}}
	c.addLists(s.lists)
	k := &checker{table: finding.RuleFields(), s: s}
	if s.strict {
		k.table = k.table.WithLists(names(s.lists))
	}
	c.severities = each(k, "severities", p.Severities, k.severity)
	c.suppressions = each(k, "suppressions", p.Suppressions, k.suppression)
	c.windows = each(k, "windows", p.Windows, k.window)
	c.rules = each(k, "rules", p.Rules, k.opening)
	c.groups = each(k, "groups", p.Groups, k.joining)
	c.routes = each(k, "routes", p.Routes, k.route)
	for i := range c.rules {
		c.rules[i].rule.place = i + 1
	}
	c.exits = p.Exits
	for i, id := range p.Exits {
		if s.strict && k.err == nil && !slices.Contains(checkable(), id) {
			k.err = fault.Field(fmt.Sprintf("body.exits[%d]", i), "must be one of %s", strings.Join(checkable(), ", "))
		}
	}
	return c, k.err
}

func (c *compiled) addLists(lists map[string]list) {
	for name, l := range lists {
		values, prefixes := []string{}, []netip.Prefix{}
		for _, item := range l.Items {
			if p, err := netip.ParsePrefix(item.Value); l.Kind == ListCIDR && err == nil {
				prefixes = append(prefixes, p)
				continue
			}
			values = append(values, item.Value)
			if unit, ok := strings.CutPrefix(name, "ou/"); ok {
				c.units[item.Value] = append(c.units[item.Value], unit)
			}
		}
		c.lists[name] = query.NewSet(values, prefixes)
	}
}

// checker reads rules one after the other and keeps the first mistake.
type checker struct {
	table *query.Table
	s     surroundings
	field string // of the rule at hand, such as rules[2]
	err   error
}

// each checks the rules of a section. The named return of check is the rule,
// its match, and what else is wrong with it.
func each[T, U any](k *checker, section string, list []T, check func(T) (U, *string, string)) []judged[U] {
	out := make([]judged[U], 0, len(list))
	if len(list) > maxRules {
		k.fail(fault.Field("body."+section, "must be at most %d", maxRules))
	}
	for i, r := range list {
		k.field = fmt.Sprintf("%s[%d]", section, i)
		u, name, match := check(r)
		k.text("name", name, 1, 120)
		out = append(out, judged[U]{u, k.match(match)})
	}
	return out
}

func (k *checker) fail(err error) {
	if k.err == nil {
		k.err = err
	}
}

// text checks what a person wrote, in place.
func (k *checker) text(field string, s *string, least, most int) {
	clean, err := text(k.field+"."+field, *s, least, most)
	if err != nil {
		k.fail(err)
	}
	*s = clean
}

func (k *checker) match(text string) *query.Query {
	q, err := query.Parse(text, k.table)
	if err != nil {
		k.fail(inRule(err, "body."+k.field+".match"))
	}
	return q
}

// inRule keeps what the query language says and adds where the rule stands.
func inRule(err error, location string) error {
	e := fault.As(err)
	if e == nil {
		return err
	}
	located := *e
	located.Fields = []fault.FieldError{{Location: location, Message: e.Message}}
	return &located
}

func (k *checker) severity(r SeverityRule) (SeverityRule, *string, string) {
	if r.Severity.Rank() < 0 {
		k.fail(fault.Field("body."+k.field+".severity", "must be one of critical, high, medium, low, info"))
	}
	return r, &r.Name, r.Match
}

// silence checks what suppressions and windows have in common: somebody
// answers for them, with a reason, and they say what they silence.
func (k *checker) silence(match string, reason *string, owner string) {
	k.text("reason", reason, 1, maxReason)
	if strings.TrimSpace(match) == "" {
		k.fail(fault.Field("body."+k.field+".match", "must say what is silenced"))
	}
	if owner == "" {
		k.fail(fault.Field("body."+k.field+".owner", "must name the person who answers for it"))
	}
}

const (
	day         = 24 * time.Hour
	maxSuppress = 366 * day
	maxWindow   = 31 * day
)

func (k *checker) suppression(r Suppression) (Suppression, *string, string) {
	k.silence(r.Match, &r.Reason, r.Owner)
	if r.ExpiresAt.IsZero() {
		k.fail(fault.Field("body."+k.field+".expires_at", "must say when it ends"))
	}
	if k.s.strict && r.ExpiresAt.Sub(time.UnixMicro(k.s.now)) > maxSuppress {
		k.fail(fault.Field("body."+k.field+".expires_at", "must lie within a year"))
	}
	return r, &r.Name, r.Match
}

func (k *checker) window(r Window) (Window, *string, string) {
	k.silence(r.Match, &r.Reason, r.Owner)
	switch {
	case r.From.IsZero() || r.To.IsZero() || !r.From.Before(r.To):
		k.fail(fault.Field("body."+k.field+".to", "must lie after from"))
	case r.To.Sub(r.From) > maxWindow:
		k.fail(fault.Field("body."+k.field+".to", "must lie within 31 days of from"))
	}
	return r, &r.Name, r.Match
}

func (k *checker) opening(r Rule) (openingRule, *string, string) {
	out := openingRule{Rule: r}
	if r.Then != ThenOpen && r.Then != ThenRecord {
		k.fail(fault.Field("body."+k.field+".then", "must be open or record"))
	}
	if r.Limit != nil {
		out.window = k.duration("limit.window", r.Limit.Window, time.Minute, day)
		if r.Limit.Tickets < 0 || r.Limit.Same < 0 || r.Limit.Tickets+r.Limit.Same == 0 {
			k.fail(fault.Field("body."+k.field+".limit.tickets", "must be at least 1, or leave the limit out"))
		}
	}
	return out, &r.Name, r.Match
}

func (k *checker) joining(r Group) (joining, *string, string) {
	out := joining{r, k.duration("within", r.Within, time.Minute, 30*day)}
	if len(r.By) == 0 {
		k.fail(fault.Field("body."+k.field+".by", "must name at least one thing that the findings share"))
	}
	for i, by := range r.By {
		if !slices.Contains(groupWords(), by) {
			k.fail(fault.Field(fmt.Sprintf("body.%s.by[%d]", k.field, i), "must be one of %s", strings.Join(groupWords(), ", ")))
		}
	}
	return out, &r.Name, r.Match
}

func (k *checker) route(r Route) (Route, *string, string) {
	if r.Team == "" {
		k.fail(fault.Field("body."+k.field+".team", "must name a team"))
	}
	return r, &r.Name, r.Match
}

// duration reads 5m, 24h or 30d, in microseconds.
func (k *checker) duration(field, s string, least, most time.Duration) int64 {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(max(n, 0), 10_000)) * day
	}
	if err != nil || d < least || d > most {
		k.fail(fault.Field("body."+k.field+"."+field, "must be a duration from %s to %s, such as 5m or 24h", spell(least), spell(most)))
	}
	return d.Microseconds()
}

func spell(d time.Duration) string {
	switch {
	case d%day == 0 && d > day:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
