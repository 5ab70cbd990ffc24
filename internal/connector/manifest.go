package connector

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"tocsin/internal/fault"
)

// Manifest describes a kind of connector: the one declaration that feeds the
// form, the check of what was entered and the documentation.
type Manifest struct {
	Kind        string `yaml:"kind" json:"kind"` // lower-case word; without hyphens the folder's name
	Title       string `yaml:"title" json:"title"`
	Description string `yaml:"description" json:"description"`
	// Tells marks a kind over which people are told, and from which no findings come.
	Tells  bool    `yaml:"tells" json:"tells"`
	Fields []Field `yaml:"fields" json:"fields"` // in the order a person fills them in
}

// FieldType is what a field holds.
type FieldType string

// The types of fields. A secret is always text.
const (
	TypeText   FieldType = "text"
	TypeURL    FieldType = "url"    // http or https, without user, query or fragment
	TypeChoice FieldType = "choice" // one of Options
	TypeNumber FieldType = "number" // an integer
	TypeBool   FieldType = "bool"
	TypeRows   FieldType = "rows" // a list of objects, whose fields are Fields
	// TypeMapping is an object that says what of a message becomes which field of
	// a finding; the room of findings checks it.
	TypeMapping FieldType = "mapping"
)

// Field is one thing to enter.
type Field struct {
	Name     string    `yaml:"name" json:"name"`
	Title    string    `yaml:"title" json:"title"`
	Type     FieldType `yaml:"type" json:"type"`
	Required bool      `yaml:"required" json:"required"` // where When holds
	Default  string    `yaml:"default" json:"default"`   // as text; "" is none
	Help     string    `yaml:"help" json:"help"`
	Secret   bool      `yaml:"secret" json:"secret"` // goes under secrets, is sealed and never shown again
	// Destination marks a setting that decides where credentials are sent:
	// whoever changes it has to enter the secrets again.
	Destination bool `yaml:"destination" json:"destination"`
	// Rotates names the secret that takes the value which this one had before it
	// was replaced, so that both are good while the other side changes over.
	Rotates string   `yaml:"rotates" json:"rotates"`
	Options []Option `yaml:"options" json:"options"`
	Fields  []Field  `yaml:"fields" json:"fields"`
	When    *When    `yaml:"when" json:"when"` // null: always shown
}

// Option is one value of a choice.
type Option struct {
	Value string `yaml:"value" json:"value"`
	Title string `yaml:"title" json:"title"`
	Help  string `yaml:"help" json:"help"`
}

// When says that a field matters only while another one has a value.
type When struct {
	Field string `yaml:"field" json:"field"`
	Is    string `yaml:"is" json:"is"`
}

// ParseManifest reads a manifest.yaml and checks that it is whole. Unknown
// keys are errors.
func ParseManifest(text []byte) (Manifest, error) {
	var m Manifest
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return Manifest{}, fault.New(fault.Invalid, "manifest: %s", err).Because(err)
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`).MatchString(m.Kind) || m.Title == "" || m.Description == "" {
		return Manifest{}, fault.New(fault.Invalid, "manifest %q: needs a lower-case kind, a title and a description", m.Kind)
	}
	m.Fields = orEmpty(m.Fields)
	if err := checkFields(m.Fields, false); err != nil {
		return Manifest{}, fault.New(fault.Invalid, "manifest %s: %s", m.Kind, err).Because(err)
	}
	return m, nil
}

// MustManifest parses a manifest that is embedded in the program, where a
// mistake is ours; connectortest finds it before a user does.
func MustManifest(text []byte) Manifest {
	m, err := ParseManifest(text)
	if err != nil {
		panic(err)
	}
	return m
}

func checkFields(fields []Field, inRow bool) error {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	seen := map[string]*Field{}
	for i := range fields {
		f := &fields[i]
		f.Options, f.Fields = orEmpty(f.Options), orEmpty(f.Fields)
		switch {
		case !name.MatchString(f.Name) || f.Title == "" || f.Help == "":
			return fmt.Errorf("field %q needs a snake_case name, a title and help", f.Name)
		case seen[f.Name] != nil:
			return fmt.Errorf("field %s is there twice", f.Name)
		case f.When != nil && !condition(f.When, seen):
			return fmt.Errorf("field %s: when must name an earlier choice and one of its options", f.Name)
		case inRow && (f.Type == TypeRows || f.Secret):
			return fmt.Errorf("field %s: a row holds neither rows nor secrets", f.Name)
		case inRow && f.Type == TypeMapping:
			return fmt.Errorf("field %s: a row holds no mapping", f.Name)
		}
		if err := checkField(f); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		seen[f.Name] = f
	}
	return nil
}

func condition(w *When, seen map[string]*Field) bool {
	f := seen[w.Field]
	return f != nil && f.Type == TypeChoice && has(f.Options, w.Is)
}

func checkField(f *Field) error {
	types := []FieldType{TypeText, TypeURL, TypeChoice, TypeNumber, TypeBool, TypeRows, TypeMapping}
	switch {
	case !slices.Contains(types, f.Type):
		return fmt.Errorf("type %q is not one of %v", f.Type, types)
	case f.Rotates != "" && !f.Secret:
		return fmt.Errorf("only a secret rotates")
	case f.Secret && (f.Type != TypeText || f.Default != ""):
		return fmt.Errorf("a secret is text and has no default")
	case (f.Type == TypeChoice) != (len(f.Options) > 0):
		return fmt.Errorf("options belong to a choice, and a choice has options")
	case (f.Type == TypeRows) != (len(f.Fields) > 0):
		return fmt.Errorf("fields belong to rows, and rows have fields")
	}
	if f.Default != "" {
		c := checker{kind: "manifest"}
		if c.value("default", *f, f.fallback()); len(c.errs) > 0 {
			return fmt.Errorf("%s", c.errs[0].Message)
		}
	}
	return checkFields(f.Fields, true)
}

func has(options []Option, value string) bool {
	return slices.ContainsFunc(options, func(o Option) bool { return o.Value == value })
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
