package finding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// Limits of a mapping.
const (
	maxMapping        = 32 << 10 // bytes
	maxMappingSources = 200
	maxMappingFlaws   = 20
	maxWords          = 200 // in a table of words
)

// Mapping turns any JSON object or row of a table into the normal form. It is
// data: paths, fixed texts, templates and tables of words, read in time linear
// in the item, without a way to compute anything else. It is safe for
// concurrent use.
//
//	{ "items": "$.alerts",                       where the list is; absent: the body itself
//	  "fields": { "uid": "$.id",                 see MappingFields
//	              "title": ["$.name", "{{rule.group}} on {{host}}", "Alert"],   the first that is there
//	              "severity": "$.priority",
//	              "indicators": ["$.src_ip", "$.hashes[*]"] },                  lists take all
//	  "identity": ["$.rule", "$.host"],          what makes the uid where there is none
//	  "severities": { "P1": "critical", ">=7": "high", "default": "low" },
//	  "statuses": { "firing": "new" }, "classes": { … },
//	  "times": "auto|rfc3339|unix|unix_ms|<layout of Go>", "zone": "Europe/Amsterdam" }
type Mapping struct {
	items    *way
	fields   []mapped // by name
	identity []source
	words    map[string]words // by field: severity, status, class
	times    times
	split    bool // texts of lists are taken apart: cells of a table hold several
}

// mapped is one field of the normal form with where it comes from.
type mapped struct {
	mappingField
	sources []source
}

// mappingFlaw is why a mapping cannot be used, and where: where goes on after
// the name of the member, pos counts bytes of the text from 1.
type mappingFlaw struct {
	where string
	pos   int
	why   string
}

// CompileMapping reads a mapping and checks all of it. The error is Invalid and
// names each member at fault, such as fields.title[1], and the character.
func CompileMapping(raw []byte) (*Mapping, error) {
	if len(raw) > maxMapping {
		return nil, fault.Field("mapping", "is longer than %d bytes", maxMapping)
	}
	v, f := parseJSON(string(raw))
	if f != nil {
		return nil, fault.Field(joinPath("mapping", f.path), "%s", f.why)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fault.Field("mapping", "must be an object, is %s", kindOf(v))
	}
	c := mappingCompiler{out: &Mapping{words: map[string]words{}}}
	c.all(m)
	return c.out, c.err()
}

// Fills reports whether the mapping says where a field comes from.
func (m *Mapping) Fills(field string) bool { return m.sourcesOf(field) != nil }

type mappingCompiler struct {
	out     *Mapping
	errs    []fault.FieldError
	sources int
}

func (c *mappingCompiler) add(member string, f *mappingFlaw) {
	if f == nil || len(c.errs) == maxMappingFlaws {
		return
	}
	why := f.why
	if f.pos > 0 {
		why += " (character " + strconv.Itoa(f.pos) + ")"
	}
	c.errs = append(c.errs, fault.FieldError{Location: member + f.where, Message: why})
}

func (c *mappingCompiler) err() error {
	if len(c.errs) == 0 {
		return nil
	}
	e := fault.Field(c.errs[0].Location, "%s", c.errs[0].Message)
	if more := len(c.errs) - 1; more > 0 {
		e.Message += fmt.Sprintf(" (and %d more)", more)
	}
	e.Fields = c.errs
	return e
}

func (c *mappingCompiler) all(m map[string]any) {
	for _, key := range sortedKeys(m) {
		switch v := m[key]; key {
		case "items":
			c.items(v)
		case "fields":
			c.fields(v)
		case "identity":
			c.identity(v)
		case "severities", "statuses", "classes":
			c.table(key, v)
		case "times", "zone":
			if _, ok := v.(string); !ok {
				c.add(key, &mappingFlaw{why: "must be text, is " + kindOf(v)})
			}
		default:
			c.add(keyPath(key), &mappingFlaw{why: "is not known; a mapping has items, fields, identity, severities, statuses, classes, times and zone"})
		}
	}
	how, _ := m["times"].(string)
	zone, _ := m["zone"].(string)
	var f *mappingFlaw
	c.out.times, f = compileTimes(how)
	c.add("times", f)
	c.add("zone", c.out.times.in(zone))
	c.needed()
}

func (c *mappingCompiler) items(v any) {
	s, ok := v.(string)
	if !ok {
		c.add("items", &mappingFlaw{why: "must be text, is " + kindOf(v)})
		return
	}
	if s == "" {
		return
	}
	p, at, why := compilePath(s)
	if why != "" {
		c.add("items", &mappingFlaw{pos: at + 1, why: why})
		return
	}
	if n := len(p.steps); n > 0 && p.steps[n-1].all {
		p.steps = p.steps[:n-1] // a list is taken apart by itself
	}
	c.out.items = &p
}

func (c *mappingCompiler) fields(v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.add("fields", &mappingFlaw{why: "must be an object, is " + kindOf(v)})
		return
	}
	known := mappingFields()
	for _, name := range sortedKeys(m) {
		i := slices.IndexFunc(known, func(f mappingField) bool { return f.Name == name })
		if i < 0 {
			c.add("fields."+keyPath(name), &mappingFlaw{why: "is no field of the normal form"})
			continue
		}
		if m[name] == nil {
			continue
		}
		sources, f := compileSources(m[name])
		c.add("fields."+name, f)
		c.count(len(sources))
		c.out.fields = append(c.out.fields, mapped{known[i], sources})
	}
}

func (c *mappingCompiler) identity(v any) {
	sources, f := compileSources(v)
	c.add("identity", f)
	c.count(len(sources))
	c.out.identity = sources
}

func (c *mappingCompiler) count(n int) {
	if c.sources += n; c.sources > maxMappingSources && c.sources-n <= maxMappingSources {
		c.add("fields", &mappingFlaw{why: fmt.Sprintf("name more than %d sources", maxMappingSources)})
	}
}

// table reads words of the detector and what they mean here.
func (c *mappingCompiler) table(key string, v any) {
	m, ok := v.(map[string]any)
	if !ok || len(m) > maxWords {
		c.add(key, &mappingFlaw{why: fmt.Sprintf("must be an object with at most %d words", maxWords)})
		return
	}
	w := words{exact: map[string]string{}}
	field := map[string]string{"severities": "severity", "statuses": "status", "classes": "class"}[key]
	allowed := wordsOf(field)
	for _, from := range sortedKeys(m) {
		to, _ := m[from].(string)
		if !slices.Contains(allowed, to) {
			c.add(key+"."+keyPath(from), &mappingFlaw{why: "must become one of " + strings.Join(allowed, ", ")})
			continue
		}
		c.add(key+"."+keyPath(from), w.add(from, to))
	}
	c.out.words[field] = w
}

// needed says what no finding can be without.
func (c *mappingCompiler) needed() {
	if len(c.errs) > 0 {
		return // one thing after the other
	}
	has := func(name string) bool {
		return slices.ContainsFunc(c.out.fields, func(f mapped) bool { return f.Name == name })
	}
	if !has("title") {
		c.add("fields.title", &mappingFlaw{why: "is missing: every finding has a title"})
	}
	if !has("severity") {
		c.add("fields.severity", &mappingFlaw{why: `is missing: name a path, or a fixed word such as "medium"`})
	}
	if !has("uid") && len(c.out.identity) == 0 {
		c.add("fields.uid", &mappingFlaw{why: "is missing: name the detector's own id, or under identity what makes a finding this one and no other"})
	}
}
