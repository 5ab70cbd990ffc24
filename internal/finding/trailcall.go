package finding

import (
	"encoding/json"
	"net/netip"
	"strings"
)

// trailCall is a call as CloudTrail recorded it. The parameters are as each API
// has them, so nothing in them is taken for granted and nothing in them is
// refused.
type trailCall struct {
	service, name string
	root, user    bool // called by the root user, by an IAM user
	params        any
	answer, more  any
	failed        string // the error, "" for a call that succeeded
	account       string // whose
	self          string // name of the calling user
	what, variant string // what it means in words, and which way of it; set by judge
}

// meaning is what a call says about security; the zero value is nothing.
type meaning struct {
	severity   Severity
	what       string
	techniques string // ids, with spaces between
	variant    string // what tells one meaning of a call from another, ".Failure"
}

// judge gives a finding its class and severity. A call that failed counts one
// step less than one that did what it says.
func (c *trailCall) judge(f *Finding) {
	m := trailMeaning(*c)
	if m.severity == "" && c.root && c.service != "signin" {
		m = meaning{Medium, "Use of the root user", "T1078.004", ".Root"}
	}
	f.Class, f.Severity = OtherClass, Info
	if m.severity == "" {
		return
	}
	if c.failed != "" && c.service != "signin" {
		m.severity = lower(m.severity)
		m.what += ", tried and failed"
	}
	c.what, c.variant = m.what, m.variant
	f.Severity, f.Techniques = m.severity, strings.Fields(m.techniques)
	if f.Severity != Info {
		f.Class = Detection
	}
}

// describe writes title and description out of what the call did.
func (c *trailCall) describe(f *Finding, from, client, message string) {
	who := firstOf(f.Principal, "nobody")
	f.Title = f.Action + " by " + who
	if c.what != "" {
		f.Title = c.what + ": " + f.Title
	}
	if c.failed != "" {
		f.Title += " (" + c.failed + ")"
	}
	f.Title = clean(f.Title, maxTitle, false)
	text := f.Title + ".\nFrom " + firstOf(from, "an unknown address") + " with " + firstOf(client, "an unknown client") + "."
	if message != "" {
		text += "\nIt failed: " + message
	}
	f.Description = clean(text, maxDescription, true)
}

func lower(s Severity) Severity {
	switch s {
	case Critical:
		return High
	case High:
		return Medium
	case Medium:
		return Low
	}
	return Info
}

// dig walks down objects; nil when there is nothing there.
func dig(v any, path ...string) any {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// word returns text or a number under a path as text, "" for all else.
func word(v any, path ...string) string {
	switch v := dig(v, path...).(type) {
	case string:
		return clean(v, maxName, false)
	case json.Number:
		return clean(v.String(), 40, false)
	}
	return ""
}

// param is a parameter of the call.
func (c trailCall) param(path ...string) string { return word(c.params, path...) }

// isTrue reads a boolean that APIs write in several ways.
func (c trailCall) isTrue(path ...string) bool {
	v := dig(c.params, path...)
	return v == true || v == "true"
}

func (c trailCall) isFalse(path ...string) bool {
	v := dig(c.params, path...)
	return v == false || v == "false"
}

// items returns the elements of a list, or of {"items": […]} as EC2 has it.
func items(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	list, _ := dig(v, "items").([]any)
	return list
}

// everybody finds parties that are not one of ours in the values that share
// something: all, * or another account.
func (c trailCall) sharedWith(list []any) bool {
	for _, v := range list {
		text, _ := v.(string)
		who := firstOf(text, word(v, "group"), word(v, "userId"))
		if who == "all" || who == "*" || isAccount(who) && who != c.account {
			return true
		}
	}
	return false
}

// openToAll looks for a range that is everybody in the rules of a security
// group, and for the ports through which machines are taken over.
func (c trailCall) openToAll() (open, risky bool) {
	rules := items(dig(c.params, "ipPermissions"))
	rules = append(rules[:len(rules):len(rules)], c.params)
	for _, rule := range rules {
		ranges := append([]any{dig(rule, "cidrIp"), dig(rule, "cidrIpv6")}, items(dig(rule, "ipRanges"))...)
		for _, r := range append(ranges, items(dig(rule, "ipv6Ranges"))...) {
			text, _ := r.(string)
			if isEverybody(firstOf(text, word(r, "cidrIp"), word(r, "cidrIpv6"))) {
				open = true
				risky = risky || riskyPorts(rule)
			}
		}
	}
	return open, risky
}

func isEverybody(cidr string) bool {
	prefix, err := netip.ParsePrefix(cidr)
	return err == nil && prefix.Bits() == 0
}

// riskyPorts tells remote access and databases; no range at all is every port.
func riskyPorts(rule any) bool {
	from, to := number(dig(rule, "fromPort")), number(dig(rule, "toPort"))
	if from < 0 || to < 0 {
		return true
	}
	for _, port := range [...]int64{22, 23, 135, 445, 1433, 1521, 2375, 3306, 3389, 5432, 5900, 5985, 6379, 9200, 11211, 27017} {
		if from <= port && port <= to {
			return true
		}
	}
	return false
}

// number is -1 for what is no number.
func number(v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		return -1
	}
	i, err := n.Int64()
	if err != nil {
		return -1
	}
	return i
}

// policy is a policy document, which APIs take as text or as an object.
type policy struct{ statements []any }

func policyOf(v any) policy {
	if text, ok := v.(string); ok {
		v, _ = parseJSON(text)
	}
	statements := dig(v, "Statement")
	if list, ok := statements.([]any); ok {
		return policy{list}
	}
	if statements == nil {
		return policy{}
	}
	return policy{[]any{statements}}
}

// public: a statement allows everybody, and no condition narrows it.
func (p policy) public() bool {
	return p.any(func(s any) bool {
		principal := dig(s, "Principal")
		return dig(s, "Condition") == nil && (holds(principal, "*") || holds(dig(principal, "AWS"), "*"))
	})
}

// admin: a statement allows everything on everything.
func (p policy) admin() bool {
	return p.any(func(s any) bool { return holds(dig(s, "Action"), "*", "*:*") && holds(dig(s, "Resource"), "*") })
}

// foreign: a statement allows an account that is not ours.
func (p policy) foreign(account string) bool {
	return p.any(func(s any) bool {
		aws := dig(s, "Principal", "AWS")
		list, ok := aws.([]any)
		if !ok {
			list = []any{aws}
		}
		for _, v := range list {
			who, _ := v.(string)
			if id := firstOf(arnPart(who, 4), who); isAccount(id) && id != account {
				return true
			}
		}
		return false
	})
}

func (p policy) any(is func(any) bool) bool {
	for _, s := range p.statements {
		if dig(s, "Effect") == "Allow" && is(s) {
			return true
		}
	}
	return false
}

// holds reports whether a text, or a list of texts, is one of values.
func holds(v any, values ...string) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		for _, want := range values {
			if e == want {
				return true
			}
		}
	}
	return false
}
