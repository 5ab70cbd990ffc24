package sla

import (
	"fmt"
	"regexp"
	"slices"

	"tocsin/internal/fault"
)

// problems gathers what is wrong with a document, field by field, so that
// nobody has to save ten times to learn of ten mistakes.
type problems struct {
	fields      []fault.FieldError
	unreachable int // of them, fallbacks that reach nobody
}

func (p *problems) add(location, format string, args ...any) {
	p.fields = append(p.fields, fault.FieldError{Location: location, Message: fmt.Sprintf(format, args...)})
}

// adopt takes over what another room found, below a location.
func (p *problems) adopt(location string, err error) {
	if err == nil {
		return
	}
	e := fault.As(err)
	if e == nil {
		p.add(location, "%s", err.Error())
		return
	}
	for _, f := range e.Fields {
		if f.Location != "" {
			p.add(location+"."+f.Location, "%s", f.Message)
		}
	}
	if len(e.Fields) == 0 {
		p.add(location, "%s", e.Message)
	}
}

// err is nil when nothing is wrong.
func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	e := fault.New(fault.Invalid, "%s: %s", p.fields[0].Location, p.fields[0].Message)
	e.Fields = p.fields
	if p.unreachable == len(p.fields) {
		return e.WithSlug("fallback-unreachable")
	}
	return e
}

func (p *problems) atMost(location string, have, most int) {
	if have > most {
		p.add(location, "must be at most %d", most)
	}
}

func (p *problems) name(location, text string) {
	if text == "" || len([]rune(text)) > 120 {
		p.add(location, "must be a name of at most 120 characters")
	}
}

func (p *problems) severities(location string, given []string, star bool) {
	for _, s := range given {
		if !slices.Contains(severities(), s) && (!star || s != "*") {
			p.add(location, "%q is not a severity: critical, high, medium, low, info", clip(s))
		}
	}
}

// ids checks that every id of a list is one and stands once.
type ids struct {
	seen     map[string]bool
	reserved string
}

func idForm() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$`) }

func (i *ids) check(p *problems, location, id string) {
	switch {
	case !idForm().MatchString(id):
		p.add(location, "%q is not an id: 1 to 40 letters, digits, dots, dashes and underscores", clip(id))
	case id == i.reserved:
		p.add(location, "%q has a meaning of its own; choose another", id)
	case i.seen[id]:
		p.add(location, "%q stands twice", id)
	}
	i.seen[id] = true
}

// severities lists the severities, the worst first.
func severities() []string { return []string{"critical", "high", "medium", "low", "info"} }
