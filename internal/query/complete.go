package query

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggestion is one way to go on: bytes From to To of the query are replaced
// by Text.
type Suggestion struct {
	Text string `json:"text"`
	Kind string `json:"kind"` // field, operator, value or keyword
	Help string `json:"help"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// maxSuggestions bounds the answer for long enums.
const maxSuggestions = 100

// Complete lists what can stand at byte pos of a query that is being typed,
// best first. It needs no valid query: what is wrong elsewhere does not
// matter. A query that is too long or is not text gets nothing.
func Complete(text string, pos int, table *Table) []Suggestion {
	if checkText(text) != nil {
		return nil
	}
	pos = min(max(pos, 0), len(text))
	for pos > 0 && pos < len(text) && !utf8.RuneStart(text[pos]) {
		pos--
	}
	c := completer{text: text, pos: pos, table: table}
	c.read()
	c.suggest()
	return c.found[:min(len(c.found), maxSuggestions)]
}

// completer reads the query up to pos and looks at its last token.
type completer struct {
	text   string
	pos    int
	table  *Table
	before tokenKind // of the token before the last
	last   token
	broken bool // the last token could not be read
	ended  bool // white space, or nothing, is before pos
	found  []Suggestion
}

func (c *completer) read() {
	l := lexer{src: c.text[:c.pos]}
	for {
		t, err := l.next()
		if t.kind == tokenEnd && err == nil {
			r, _ := utf8.DecodeLastRuneInString(l.src)
			c.ended = l.src == "" || unicode.IsSpace(r)
			return
		}
		c.before, c.last, c.broken = c.last.kind, t, err != nil
		if err != nil && l.pos == c.pos {
			return // the piece at fault is the one being typed
		}
	}
}

func (c *completer) suggest() {
	last := c.last
	switch {
	case c.ended:
		c.atoms("", c.pos, last.kind)
	case last.kind == tokenOpen || last.kind == tokenMinus:
		c.atoms("", c.pos, last.kind)
	case last.kind == tokenCompare:
		c.values()
	case c.argument():
		c.names(c.text[last.at.offset:c.pos], last.at.offset)
	case last.kind == tokenClose || last.words[0].quoted || last.at.end() != c.pos:
		return
	default:
		c.atoms(last.words[0].text, last.at.offset, c.before)
	}
}

// openArgument is a field whose argument is being typed.
var openArgument = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*\([A-Za-z0-9_.-]*\)?$`)

func (c *completer) argument() bool {
	return c.last.kind == tokenText && openArgument.MatchString(c.text[c.last.at.offset:c.pos])
}

// atoms suggests what can begin, or join, a condition.
func (c *completer) atoms(typed string, from int, before tokenKind) {
	c.names(typed, from)
	switch before {
	case tokenText, tokenCompare, tokenClose:
		c.keyword("AND", "both conditions hold; AND may be left out", typed, from)
		c.keyword("OR", "one of the conditions holds", typed, from)
		c.keyword("NOT", "the next condition does not hold", typed, from)
	case tokenMinus, tokenNot:
	default:
		c.keyword("NOT", "the next condition does not hold", typed, from)
	}
}

func (c *completer) keyword(word, help, typed string, from int) {
	if strings.HasPrefix(fold(word), fold(typed)) {
		c.offer(Suggestion{word, "keyword", help, from, c.pos})
	}
}

// names suggests fields, and operators when the name is complete.
func (c *completer) names(typed string, from int) {
	to := c.pos + scanNameBytes(c.text[c.pos:])
	if strings.Contains(typed, "(") && !strings.HasSuffix(typed, ")") && strings.HasPrefix(c.text[to:], ")") {
		to++
	}
	hasOp := scanOp(c.text[to:]) != ""
	if f := c.table.find(typed); f != nil && !hasOp {
		for _, op := range f.Kind.ops() {
			c.offer(Suggestion{f.Name + op, "operator", f.Name + " " + opHelp(op), from, to})
		}
	}
	for _, f := range c.fieldsLike(fold(typed)) {
		s := Suggestion{f.Name + ":", "field", f.Help, from, to}
		if hasOp {
			s.Text = f.Name
		}
		if hasOp || fold(typed) != f.Name {
			c.offer(s)
		}
	}
}

// fieldsLike returns the fields with a name that begins with what was typed,
// else those that hold it, else the nearest.
func (c *completer) fieldsLike(typed string) []*Field {
	for _, like := range []func(s, part string) bool{strings.HasPrefix, strings.Contains} {
		var found []*Field
		for _, f := range c.table.fields {
			if f.called(typed, like) {
				found = append(found, f)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	if f := c.table.find(nearest(typed, c.table.names())); f != nil {
		return []*Field{f}
	}
	return nil
}

func (f *Field) called(typed string, like func(s, part string) bool) bool {
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if like(name, typed) {
			return true
		}
	}
	return false
}

// values suggests values for the comparison that is being typed.
func (c *completer) values() {
	f := c.table.find(c.last.name)
	if f == nil || len(c.last.words) == 0 {
		return
	}
	w := c.last.words[len(c.last.words)-1]
	if w.at.end() != c.pos || w.quoted && !c.broken {
		return
	}
	to := c.valueEnd(w)
	for _, s := range append(f.hints(c.last.op), c.table.listHints(f, c.last.op)...) {
		if strings.HasPrefix(fold(s.Text), fold(w.text)) && !c.given(s.Text) && !(w.quoted && s.Kind == "keyword") {
			if s.Kind == "value" && f.needsQuotes(s.Text) {
				s.Text = Quote(s.Text)
			}
			s.From, s.To = w.at.offset, to
			c.offer(s)
		}
	}
}

// valueEnd is where the value that is being typed ends behind pos.
func (c *completer) valueEnd(w word) int {
	l := lexer{src: c.text, pos: w.at.offset}
	if w.quoted {
		if _, err := l.quoted(); err != nil {
			return c.pos
		}
		return l.pos
	}
	return l.bare(func(r rune) bool { return r == ',' || isDelimiter(r) }).at.end()
}

// given reports whether the comparison has the value already.
func (c *completer) given(v string) bool {
	for _, w := range c.last.words[:len(c.last.words)-1] {
		if fold(w.text) == fold(v) {
			return true
		}
	}
	return false
}

func (c *completer) offer(s Suggestion) { c.found = append(c.found, s) }

// hints lists values to offer for a field, without their places.
func (f *Field) hints(op string) []Suggestion {
	var all []Suggestion
	for _, v := range f.Values {
		all = append(all, Suggestion{Text: v, Kind: "value"})
	}
	switch {
	case op == "~":
		return all
	case f.Kind == ID && !isOrdering(op):
		all = append(all, wordHint(wordMe, "you"), wordHint(wordMyTeam, "one of your teams"))
	case f.Kind == Bool:
		all = append(all, wordHint("true", ""), wordHint("false", ""))
	case f.Kind == Duration:
		all = append(all, wordHint("30m", "30 minutes"), wordHint("4h", "4 hours"), wordHint("1d", "24 hours"), wordHint("1w", "7 days"))
	case f.Kind == Time:
		all = append(all, wordHint(wordNow, "this moment"), wordHint(wordToday, "the whole day where you are"), wordHint("now-1h", "an hour ago"), wordHint("now-1d", "24 hours ago"),
			wordHint("now-1w", "7 days ago"), wordHint("now+1h", "in an hour"))
	}
	if !isOrdering(op) {
		all = append(all, wordHint(wordNone, "no value"), wordHint(wordAny, "some value"))
	}
	return all
}

// listHints offers the lists that there are.
func (t *Table) listHints(f *Field, op string) []Suggestion {
	if !f.Kind.textual() || op == "~" || isOrdering(op) {
		return nil
	}
	all := make([]Suggestion, len(t.lists))
	for i, name := range t.lists {
		all[i] = wordHint("@"+name, "any item of the list")
	}
	return all
}

func wordHint(text, help string) Suggestion {
	return Suggestion{Text: text, Kind: "keyword", Help: help}
}

// needsQuotes reports whether a value would mean something else, or nothing,
// when written bare.
func (f *Field) needsQuotes(v string) bool {
	l := lexer{src: v}
	w, err := l.valueWord()
	return err != nil || w.quoted || l.pos != len(v) || f.keyword(word{text: v}) != literal
}

func opHelp(op string) string {
	switch op {
	case ":":
		return "is, or is one of"
	case "!=":
		return "is not"
	case "~":
		return "contains"
	case ">=":
		return "is at least"
	case "<=":
		return "is at most"
	case ">":
		return "is more than"
	default:
		return "is less than"
	}
}
