package ticket

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/query"
)

// Then is what a rule does with a finding that it matches.
type Then string

// The two things that a rule can do.
const (
	ThenOpen   Then = "open"
	ThenRecord Then = "record"
)

// Rule is one line of the policy. The first enabled rule that matches decides;
// a finding that none matches is recorded.
type Rule struct {
	Name    string `json:"name" maxLength:"120" doc:"What people call it"`
	Match   string `json:"match" maxLength:"2000" doc:"A filter in the query language over findings; empty matches all"`
	Then    Then   `json:"then" enum:"open,record"`
	Enabled bool   `json:"enabled"`
}

// Policy says which findings open a ticket.
type Policy struct {
	Rules []Rule `json:"rules" maxItems:"200"`
	Rev   int64  `json:"rev"`
}

// DefaultPolicy opens tickets for detections of medium and above, and for
// failed controls and vulnerabilities of high and above, when they are active
// and nobody has suppressed them.
func DefaultPolicy() Policy {
	return Policy{Rev: 0, Rules: []Rule{
		{"Not active, or suppressed", "active:false", ThenRecord, true},
		{"Checks that need a person to look", "result:manual,passed,not_available", ThenRecord, true},
		{"Detections, medium and above", "class:detection,data_security severity>=medium", ThenOpen, true},
		{"Failed controls, high and above", "class:compliance result:failed severity>=high", ThenOpen, true},
		{"Vulnerabilities, high and above", "class:vulnerability severity>=high", ThenOpen, true},
	}}
}

const maxRules = 200

// compiled is a policy ready to judge.
type compiled struct {
	rev   int64
	rules []compiledRule
}

type compiledRule struct {
	Rule
	query *query.Query
}

// compile checks every rule; an error names the rule and the place in it.
func compile(p Policy) (*compiled, error) {
	if len(p.Rules) > maxRules {
		return nil, fault.Field("body.rules", "must be at most %d", maxRules)
	}
	c := &compiled{rev: p.Rev}
	for i, r := range p.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		name, err := text(field+".name", r.Name, 1, 120)
		if err != nil {
			return nil, err
		}
		r.Name = name
		if r.Then != ThenOpen && r.Then != ThenRecord {
			return nil, fault.Field("body."+field+".then", "must be open or record")
		}
		q, err := query.Parse(r.Match, finding.Fields())
		if err != nil {
			return nil, inRule(err, "body."+field+".match")
		}
		c.rules = append(c.rules, compiledRule{r, q})
	}
	return c, nil
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

// verdict is what the policy says of one finding.
type verdict struct {
	open bool
	rev  int64 // revision of the policy, 0 for the default
	rule int   // place of the rule that decided, from 1; 0 when none did
}

// judge gives the verdict of the first rule that matches.
func (c *compiled) judge(f *finding.Finding, now int64) verdict {
	env := query.Env{Now: now}
	for i, r := range c.rules {
		if r.Enabled && query.Match(r.query, f.Record(), env) {
			return verdict{r.Then == ThenOpen, c.rev, i + 1}
		}
	}
	return verdict{rev: c.rev}
}

// policies keeps compiled policies by tenant, so that intake does not compile
// them again. An entry is used only while its revision is the stored one.
type policies struct {
	mu    sync.Mutex
	ready map[string]*compiled
}

func newPolicies() *policies { return &policies{ready: map[string]*compiled{}} }

func (ts *Tickets) judge(tx *db.Tx, f *finding.Taken) (verdict, error) {
	c, err := ts.compiledPolicy(tx)
	if err != nil {
		return verdict{}, err
	}
	return c.judge(f.Finding, tx.Now()), nil
}

func (ts *Tickets) compiledPolicy(tx *db.Tx) (*compiled, error) {
	var rev int64
	err := tx.QueryRow(`SELECT rev FROM policy WHERE tenant = $1`, tx.Tenant()).Scan(&rev)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, fault.Wrap(err, "loading the policy")
	}
	ts.policies.mu.Lock()
	c := ts.policies.ready[tx.Tenant()]
	ts.policies.mu.Unlock()
	if c != nil && c.rev == rev {
		return c, nil
	}
	p, err := ts.Policy(tx)
	if err != nil {
		return nil, err
	}
	if c, err = compile(p); err != nil {
		return nil, fault.Wrap(err, "compiling the policy")
	}
	ts.policies.mu.Lock()
	ts.policies.ready[tx.Tenant()] = c
	ts.policies.mu.Unlock()
	return c, nil
}

// Policy returns the policy in force.
func (ts *Tickets) Policy(tx *db.Tx) (Policy, error) {
	var raw []byte
	p := Policy{}
	err := tx.QueryRow(`SELECT rules, rev FROM policy WHERE tenant = $1`, tx.Tenant()).Scan(&raw, &p.Rev)
	if errors.Is(err, db.ErrNoRows) {
		return DefaultPolicy(), nil
	}
	if err != nil {
		return p, fault.Wrap(err, "loading the policy")
	}
	return p, json.Unmarshal(raw, &p.Rules)
}

// SetPolicy replaces the policy whose revision the caller has read.
func (ts *Tickets) SetPolicy(tx *db.Tx, p Policy) (Policy, error) {
	old, err := ts.Policy(tx)
	if err != nil {
		return p, err
	}
	if old.Rev != p.Rev {
		return p, fault.New(fault.Conflict, "The policy was changed by somebody else.").WithSlug("stale-revision").WithExtra("current", old)
	}
	c, err := compile(p)
	if err != nil {
		return p, err
	}
	p.Rules = make([]Rule, len(c.rules))
	for i, r := range c.rules {
		p.Rules[i] = r.Rule
	}
	raw, err := json.Marshal(p.Rules)
	if err != nil {
		return p, err
	}
	p.Rev++
	n, err := tx.Exec(`INSERT INTO policy(tenant, rules, rev, updated_at, updated_by) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant) DO UPDATE SET rules = $2, rev = $3, updated_at = $4, updated_by = $5 WHERE policy.rev = $6`,
		tx.Tenant(), raw, p.Rev, tx.Now(), string(tx.Actor()), old.Rev)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, db.Again(fault.New(fault.Conflict, "The policy was changed at the same moment."))
	}
	_, err = ts.journal.Append(tx, journal.Entry{
		Stream: "policy", Kind: journal.PolicyChanged,
		Data: map[string]any{"rev": p.Rev, "rules": len(p.Rules)}, Priv: map[string]any{"rules": p.Rules},
	})
	return p, err
}

// Preview is what rules would have done with what came in.
type Preview struct {
	WouldOpen int               `json:"would_open"`
	Of        int               `json:"of" doc:"Findings looked at"`
	Truncated bool              `json:"truncated" doc:"True when there were more findings than are looked at"`
	ByRule    []PreviewRule     `json:"by_rule"`
	Examples  []finding.Summary `json:"examples"`
}

// PreviewRule counts what one rule decided.
type PreviewRule struct {
	Name    string `json:"name"`
	Matched int    `json:"matched"`
}

// previewLimit bounds the work of a preview.
const previewLimit = 20_000

// Preview tries rules on the findings of the last days.
func (ts *Tickets) Preview(tx *db.Tx, p Policy, days int) (Preview, error) {
	c, err := compile(p)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{ByRule: make([]PreviewRule, len(c.rules)), Examples: []finding.Summary{}}
	for i, r := range c.rules {
		out.ByRule[i].Name = r.Name
	}
	since := tx.Now() - int64(days)*24*3600*1_000_000
	err = ts.findings.Since(tx, since, previewLimit+1, func(s finding.Summary, f *finding.Finding) {
		if out.Of == previewLimit {
			out.Truncated = true
			return
		}
		out.Of++
		v := c.judge(f, tx.Now())
		if v.rule > 0 {
			out.ByRule[v.rule-1].Matched++
		}
		if v.open {
			out.WouldOpen++
			if len(out.Examples) < 10 {
				out.Examples = append(out.Examples, s)
			}
		}
	})
	return out, err
}
