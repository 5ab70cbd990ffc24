package ticket

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/job"
	"tocsin/internal/journal"
)

// policies keeps compiled policies by tenant, so that intake does not compile
// them again. An entry is used only while its revisions are the stored ones.
type policies struct {
	mu    sync.Mutex
	ready map[string]*compiled
}

func newPolicies() *policies { return &policies{ready: map[string]*compiled{}} }

func (p *policies) get(tenant string) *compiled {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready[tenant]
}

func (p *policies) put(tenant string, c *compiled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready[tenant] = c
}

// compiledPolicy is the policy in force, ready to judge.
func (ts *Tickets) compiledPolicy(tx *db.Tx) (*compiled, error) {
	var rev, listsRev int64
	err := tx.QueryRow(`SELECT rev, lists_rev FROM policy WHERE tenant = $1`, tx.Tenant()).Scan(&rev, &listsRev)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, fault.Wrap(err, "loading the policy")
	}
	if c := ts.policies.get(tx.Tenant()); c != nil && c.rev == rev && c.listsRev == listsRev {
		return c, nil
	}
	p, err := ts.Policy(tx)
	if err != nil {
		return nil, err
	}
	s, err := ts.surroundings(tx, false)
	if err != nil {
		return nil, err
	}
	c, err := compile(p, s)
	if err != nil {
		return nil, fault.Wrap(err, "compiling the policy")
	}
	c.listsRev = listsRev
	ts.policies.put(tx.Tenant(), c)
	return c, nil
}

func (ts *Tickets) surroundings(tx *db.Tx, strict bool) (s surroundings, err error) {
	s.now, s.strict = tx.Now(), strict
	if s.zone, err = ts.people.Zone(tx); err != nil {
		return s, fault.Wrap(err, "finding the time zone")
	}
	s.lists, err = ts.allLists(tx)
	return s, err
}

// Policy returns the policy in force.
func (ts *Tickets) Policy(tx *db.Tx) (Policy, error) {
	var raw []byte
	var at int64
	p := DefaultPolicy()
	err := tx.QueryRow(`SELECT rules, rev, updated_at, updated_by FROM policy WHERE tenant = $1 AND rev > 0`, tx.Tenant()).Scan(&raw, &p.Rev, &at, &p.UpdatedBy)
	if errors.Is(err, db.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, fault.Wrap(err, "loading the policy")
	}
	p.UpdatedAt = db.TimeOrNil(&at)
	s, err := readSections(raw)
	return p.with(s), err
}

// readSections reads a stored policy. The first versions held the opening
// rules alone, without ids.
func readSections(raw []byte) (s Sections, err error) {
	if !bytes.HasPrefix(raw, []byte("[")) {
		return s, json.Unmarshal(raw, &s)
	}
	err = json.Unmarshal(raw, &s.Rules)
	for i := range s.Rules {
		s.Rules[i].ID = "rule-" + string(rune('a'+i%26))
	}
	return s, err
}

// PolicyChange is a change of some sections of the revision that the caller has
// read.
type PolicyChange struct {
	Sections
	Rev    int64
	Reason string
	backTo int64 // the revision that is put back, 0 for none
}

// SetPolicy changes the policy. Suppressions and windows that are gone or
// changed give back what they silenced: it is judged again by a job.
func (ts *Tickets) SetPolicy(tx *db.Tx, ch PolicyChange) (Policy, error) {
	old, err := ts.Policy(tx)
	if err != nil {
		return old, err
	}
	if old.Rev != ch.Rev {
		return old, fault.New(fault.Conflict, "The policy was changed by somebody else.").WithSlug("stale-revision").WithExtra("current", old)
	}
	if ch.Reason, err = text("reason", ch.Reason, 0, maxReason); err != nil {
		return old, err
	}
	p := old.with(clone(ch.Sections))
	if err := ts.checkPolicy(tx, &p, old); err != nil {
		return old, err
	}
	p.Rev++
	p.UpdatedBy = string(tx.Actor())
	at := tx.Now()
	p.UpdatedAt = db.TimeOrNil(&at)
	if err := keepPolicy(tx, p, old, ch); err != nil {
		return old, err
	}
	if err := rejudgeLater(tx, old, p); err != nil {
		return old, err
	}
	_, err = ts.journal.Append(tx, journal.Entry{
		Stream: "policy", Kind: journal.PolicyChanged,
		Data: map[string]any{"back_to": ch.backTo, "rev": p.Rev, "rules": len(p.Rules), "sections": changed(old, p)},
		Priv: map[string]any{"reason": ch.Reason, "rules": p.Rules},
	})
	return p, err
}

// clone keeps a closure that runs twice from changing what the caller gave.
func clone(s Sections) Sections {
	return Sections{
		slices.Clone(s.Severities), slices.Clone(s.Suppressions), slices.Clone(s.Windows),
		slices.Clone(s.Rules), slices.Clone(s.Groups), slices.Clone(s.Routes), slices.Clone(s.Exits),
	}
}

// checkPolicy gives ids where there are none, checks every rule and what it
// refers to, and keeps the cleaned texts.
func (ts *Tickets) checkPolicy(tx *db.Tx, p *Policy, old Policy) error {
	if err := giveIDs(tx, p); err != nil {
		return err
	}
	s, err := ts.surroundings(tx, true)
	if err != nil {
		return err
	}
	c, err := compile(*p, s)
	if err != nil {
		return err
	}
	p.keep(c)
	return ts.checkNames(tx, *p, old)
}

// keep takes over the texts as the check has cleaned them.
func (p *Policy) keep(c *compiled) {
	for i := range c.severities {
		p.Severities[i] = c.severities[i].rule
	}
	for i := range c.suppressions {
		p.Suppressions[i] = c.suppressions[i].rule
	}
	for i := range c.windows {
		p.Windows[i] = c.windows[i].rule
	}
	for i := range c.rules {
		p.Rules[i] = c.rules[i].rule.Rule
	}
	for i := range c.groups {
		p.Groups[i] = c.groups[i].rule.Group
	}
	for i := range c.routes {
		p.Routes[i] = c.routes[i].rule
	}
}

// giveIDs gives every rule an id that no other rule has: what a rule decided is
// found by it later.
func giveIDs(tx *db.Tx, p *Policy) error {
	seen := map[string]bool{}
	var err error
	p.each(func(_ string, id *string, _, _ string) {
		if *id == "" {
			*id = tx.NewID()
		}
		if err == nil && (seen[*id] || strings.ContainsFunc(*id, func(r rune) bool { return r <= ' ' || r > '~' })) {
			err = fault.Field("body.rules", "the id %q stands twice or is no id", *id)
		}
		seen[*id] = true
	})
	return err
}

// checkNames checks that the people and teams that rules name exist. An owner
// who has left since stays where nobody changes the rule.
func (ts *Tickets) checkNames(tx *db.Tx, p, old Policy) error {
	before := map[string]string{}
	for _, s := range old.Suppressions {
		before[s.ID] = s.Owner
	}
	for _, w := range old.Windows {
		before[w.ID] = w.Owner
	}
	owner := func(section string, i int, id, person string) error {
		if before[id] == person {
			return nil
		}
		ok, err := ts.people.Active(tx, person)
		if err == nil && !ok {
			err = fault.Field(inSection(section, i, "owner"), "must be an active person")
		}
		return err
	}
	for i, s := range p.Suppressions {
		if err := owner("suppressions", i, s.ID, s.Owner); err != nil {
			return err
		}
	}
	for i, w := range p.Windows {
		if err := owner("windows", i, w.ID, w.Owner); err != nil {
			return err
		}
	}
	for i, r := range p.Routes {
		if _, err := ts.people.Lead(tx, r.Team); fault.Is(err, fault.Missing) {
			return fault.Field(inSection("routes", i, "team"), "there is no such team")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// inSection is where a field of a rule stands in a request.
func inSection(section string, i int, field string) string {
	return fmt.Sprintf("body.%s[%d].%s", section, i, field)
}

func keepPolicy(tx *db.Tx, p, old Policy, ch PolicyChange) error {
	raw, err := json.Marshal(p.sections())
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO policy(tenant, rules, rev, updated_at, updated_by) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant) DO UPDATE SET rules = $2, rev = $3, updated_at = $4, updated_by = $5 WHERE policy.rev = $6`,
		tx.Tenant(), raw, p.Rev, tx.Now(), string(tx.Actor()), old.Rev)
	if err != nil {
		return fault.Wrap(err, "keeping the policy")
	}
	if n == 0 {
		return db.Again(fault.New(fault.Conflict, "The policy was changed at the same moment."))
	}
	if old.Rev == 0 { // so that the first change can be undone, too
		first, err := json.Marshal(old.sections())
		if err != nil {
			return err
		}
		if err := keepVersion(tx, 0, "", "", first); err != nil {
			return err
		}
	}
	return keepVersion(tx, p.Rev, ch.Reason, strings.Join(changed(old, p), ","), raw)
}

func keepVersion(tx *db.Tx, rev int64, reason, sections string, raw []byte) error {
	_, err := tx.Exec(`INSERT INTO policy_version(tenant, rev, at, by_actor, reason, sections, doc) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING`,
		tx.Tenant(), rev, tx.Now(), string(tx.Actor()), reason, sections, raw)
	return fault.Wrap(err, "keeping the history of the policy")
}

// changed names the sections that differ.
func changed(a, b Policy) []string {
	out := []string{}
	for _, s := range []struct {
		name string
		a, b any
	}{
		{"severities", a.Severities, b.Severities}, {"suppressions", a.Suppressions, b.Suppressions}, {"windows", a.Windows, b.Windows},
		{"rules", a.Rules, b.Rules}, {"groups", a.Groups, b.Groups}, {"routes", a.Routes, b.Routes},
		{"exits", a.Exits, b.Exits},
	} {
		x, errX := json.Marshal(s.a)
		y, errY := json.Marshal(s.b)
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			out = append(out, s.name)
		}
	}
	return out
}

// PolicyVersion is one change of the policy.
type PolicyVersion struct {
	Rev      int64     `json:"rev"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	ByName   string    `json:"by_name"`
	Reason   string    `json:"reason"`
	Sections []string  `json:"sections" nullable:"false" doc:"Those that changed; none for what the installation began with"`
}

const maxVersions = 200

// PolicyHistory lists the changes of the policy, newest first.
func (ts *Tickets) PolicyHistory(tx *db.Tx) ([]PolicyVersion, error) {
	list, err := db.All(tx, func(s db.Scanner) (PolicyVersion, error) {
		v := PolicyVersion{Sections: []string{}}
		var at int64
		var sections string
		err := s.Scan(&v.Rev, &at, &v.By, &v.Reason, &sections)
		v.At = db.Time(at)
		if sections != "" {
			v.Sections = strings.Split(sections, ",")
		}
		return v, err
	}, `SELECT rev, at, by_actor, reason, sections FROM policy_version WHERE tenant = $1 ORDER BY rev DESC LIMIT $2`, tx.Tenant(), maxVersions)
	if err != nil {
		return nil, fault.Wrap(err, "reading the history of the policy")
	}
	ids := []string{}
	for _, v := range list {
		ids = append(ids, db.Actor(v.By).Person())
	}
	names, err := ts.people.Names(tx, ids)
	for i := range list {
		list[i].ByName = names[db.Actor(list[i].By).Person()]
	}
	return list, err
}

// PolicyAt returns the policy as it was at a revision.
func (ts *Tickets) PolicyAt(tx *db.Tx, rev int64) (Policy, error) {
	var raw []byte
	var at int64
	p := DefaultPolicy()
	err := tx.QueryRow(`SELECT doc, rev, at, by_actor FROM policy_version WHERE tenant = $1 AND rev = $2`, tx.Tenant(), rev).Scan(&raw, &p.Rev, &at, &p.UpdatedBy)
	if errors.Is(err, db.ErrNoRows) {
		return p, fault.New(fault.Missing, "There is no revision %d of the policy.", rev)
	}
	if err != nil {
		return p, fault.Wrap(err, "loading revision %d of the policy", rev)
	}
	p.UpdatedAt = db.TimeOrNil(&at)
	s, err := readSections(raw)
	return p.with(s), err
}

// UndoPolicy puts an earlier revision back, as a new one.
func (ts *Tickets) UndoPolicy(tx *db.Tx, rev, to int64, reason string) (Policy, error) {
	p, err := ts.PolicyAt(tx, to)
	if err != nil {
		return p, err
	}
	return ts.SetPolicy(tx, PolicyChange{Sections: p.sections(), Rev: rev, Reason: reason, backTo: to})
}

// rejudgeLater asks for another judgement of what a suppression or window
// silences when it ends, and now where it is gone or says something else.
func rejudgeLater(tx *db.Tx, old, p Policy) error {
	is := silencers(p)
	for id, was := range silencers(old) {
		if now, ok := is[id]; ok && now == was {
			delete(is, id)
			continue
		}
		if err := enqueueRejudge(tx, id+"/changed", id, 0); err != nil {
			return err
		}
	}
	for id, s := range is {
		if s.until > tx.Now() {
			if err := enqueueRejudge(tx, id+"/"+time.UnixMicro(s.until).UTC().Format(time.RFC3339), id, s.until); err != nil {
				return err
			}
		}
	}
	return nil
}

func enqueueRejudge(tx *db.Tx, key, id string, at int64) error {
	return job.Enqueue(tx, job.Spec{Kind: JobRejudge, Key: key, Payload: rejudging{Rule: id}, RunAt: at})
}

// silencer is what matters of a suppression or window to what it silences.
type silencer struct {
	match string
	on    bool
	until int64
}

func silencers(p Policy) map[string]silencer {
	out := map[string]silencer{}
	for _, s := range p.Suppressions {
		out[s.ID] = silencer{s.Match, s.Enabled, s.ExpiresAt.UnixMicro()}
	}
	for _, w := range p.Windows {
		out[w.ID] = silencer{w.Match, true, w.To.UnixMicro()}
	}
	return out
}
