package query

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind says what the values of a field are, and so which operators and values
// a query may use with it.
type Kind uint8

// The kinds. A field of any kind holds a list when it has an Exists template.
const (
	Text     Kind = iota // free text, compared without ASCII case: : != ~
	ID                   // an exact text, such as a user, an account or an indicator: : != ~
	Enum                 // one of Values: : !=
	Ordered              // one of Values, which have an order: : != < <= > >=
	Number               // an integer within 2^53: : != < <= > >=
	Duration             // microseconds, written 2h or 3d: : != < <= > >=
	Time                 // microseconds UTC, written as a date, an instant or now-1h: : != < <= > >=
	Bool                 // true or false: : !=
)

// String returns the name that error messages and completions use.
func (k Kind) String() string {
	names := [...]string{"text", "id", "enum", "ordered", "number", "duration", "time", "bool"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// textual reports whether values are strings in a record and in a column.
func (k Kind) textual() bool { return k <= Ordered }

// closed reports whether Values lists every value there is.
func (k Kind) closed() bool { return k == Enum || k == Ordered }

// ops lists the operators of a kind.
func (k Kind) ops() []string {
	switch k {
	case Text, ID:
		return []string{":", "!=", "~"}
	case Enum, Bool:
		return []string{":", "!="}
	default:
		return []string{":", "!=", ">=", "<=", ">", "<"}
	}
}

// Field is one thing that can be asked for. Column and Exists are SQL of the
// program, never of a user, and hold no placeholder.
type Field struct {
	Name    string   // lower case: severity, asset.account, phase.time(containment)
	Aliases []string // other names for it
	Kind    Kind
	Values  []string // Enum and Ordered: every value, low to high; otherwise hints for Complete
	Column  string   // SQL expression of the value, or of one item inside Exists; may be NULL. Empty: for rules only
	// Exists makes the field a list: a subquery in which {} stands, once, for
	// the condition on an item, such as
	// EXISTS (SELECT 1 FROM ticket_tags x WHERE x.ticket_id = t.id AND {}).
	Exists string
	// Not is SQL of the opposite of a Bool's Column, where it has a better form
	// than NOT, such as one that a partial index serves.
	Not string
	// Ranked says that the Column of an Ordered field holds the place of the
	// value among Values, from 0, and not its text.
	Ranked bool
	Search bool // bare text is looked for here (Text and ID only)
	// Canon, when set, turns a written value into the stored one, such as
	// INC-1042 into 1042; it is pure and is not asked for ~.
	Canon func(written string) string
	Help  string // one sentence for the person who types
}

// Table is the fields of one kind of record. It never changes once made.
type Table struct {
	fields []*Field
	byName map[string]*Field
	search []*Field
	lists  []string // the lists that there are; nil: not known
}

// NewTable checks the fields and makes a table of them. An error is a mistake
// of the program.
func NewTable(fields ...Field) (*Table, error) {
	t := &Table{byName: map[string]*Field{}}
	for _, f := range fields {
		if err := t.add(&f); err != nil {
			return nil, fmt.Errorf("query: field %q: %w", f.Name, err)
		}
	}
	return t, nil
}

// MustTable is NewTable for tables written in the program; it panics on an
// error.
func MustTable(fields ...Field) *Table {
	t, err := NewTable(fields...)
	if err != nil {
		panic(err)
	}
	return t
}

// Fields returns the fields in the order in which they were given.
func (t *Table) Fields() []Field {
	all := make([]Field, len(t.fields))
	for i, f := range t.fields {
		all[i] = *f
	}
	return all
}

func (t *Table) add(f *Field) error {
	if err := f.check(); err != nil {
		return err
	}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if !nameForm.MatchString(name) {
			return fmt.Errorf("%q is not a name", name)
		}
		if t.byName[name] != nil {
			return fmt.Errorf("%q is taken", name)
		}
		t.byName[name] = f
	}
	t.fields = append(t.fields, f)
	if f.Search {
		t.search = append(t.search, f)
	}
	return nil
}

// nameForm is what scanName reads, in lower case.
var nameForm = regexp.MustCompile(`^[a-z_][a-z0-9_.-]*(\([a-z0-9_.-]+\))?$`)

// check holds a field to what Compile relies on.
func (f *Field) check() error {
	switch {
	case f.Kind > Bool:
		return fmt.Errorf("unknown kind %d", f.Kind)
	case f.Kind.closed() && len(f.Values) == 0:
		return fmt.Errorf("an enum needs values")
	case strings.ContainsAny(f.Column+f.Exists+f.Not, "$?"):
		return fmt.Errorf("SQL of a field holds no placeholder")
	case f.Exists != "" && (strings.Count(f.Exists, "{}") != 1 || f.Column == ""):
		return fmt.Errorf("a list needs {} once in Exists, and a Column for the item")
	case f.Ranked && f.Kind != Ordered, f.Not != "" && f.Kind != Bool:
		return fmt.Errorf("only Ordered can be ranked, and only Bool has an opposite")
	case f.Search && f.Kind != Text && f.Kind != ID:
		return fmt.Errorf("only Text and ID can be searched")
	}
	return f.checkValues()
}

func (f *Field) checkValues() error {
	seen := map[string]bool{}
	for _, v := range f.Values {
		low := fold(v)
		if low == "" || low == wordNone || low == wordAny || seen[low] {
			return fmt.Errorf("value %q is empty, a keyword or given twice", v)
		}
		seen[low] = true
	}
	return nil
}

// find looks a name up without regard to case.
func (t *Table) find(name string) *Field { return t.byName[fold(name)] }

// names lists every name and alias, in the order of the fields.
func (t *Table) names() []string {
	var all []string
	for _, f := range t.fields {
		all = append(append(all, f.Name), f.Aliases...)
	}
	return all
}

// fold lowers ASCII letters only, which is what SQLite's lower() does and so
// what a query means on every engine.
func fold(s string) string {
	first := strings.IndexFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' })
	if first < 0 {
		return s
	}
	low := []byte(s)
	for i := first; i < len(low); i++ {
		if 'A' <= low[i] && low[i] <= 'Z' {
			low[i] += 'a' - 'A'
		}
	}
	return string(low)
}
