package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// span is a piece of the query, in bytes.
type span struct{ offset, length int }

func (s span) end() int { return s.offset + s.length }

// word is a value or a text as it was written, without quotes and escapes.
type word struct {
	text   string
	quoted bool
	at     span
}

type tokenKind uint8

const (
	tokenEnd  tokenKind = iota
	tokenOpen           // these three in the order of "()-"
	tokenClose
	tokenMinus
	tokenAnd
	tokenOr
	tokenNot
	tokenText
	tokenCompare
)

// token is a parenthesis, a keyword, a text, or a whole comparison: what the
// values may hold depends on the operator before them, so the lexer reads them
// in one go.
type token struct {
	kind   tokenKind
	at     span
	words  []word // the text, or the values of the comparison
	name   string // of the field, as written
	nameAt span
	op     string
	opAt   span
}

// lexer reads tokens from src. After an error it stands behind the piece at
// fault, so that Complete can go on; the token it returns then holds what had
// been read.
type lexer struct {
	src string
	pos int
}

// next returns the token at pos.
func (l *lexer) next() (token, error) {
	for l.pos < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[l.pos:])
		if !unicode.IsSpace(r) {
			break
		}
		l.pos += size
	}
	if l.pos == len(l.src) {
		return token{kind: tokenEnd, at: span{l.pos, 0}}, nil
	}
	if i := strings.IndexByte("()-", l.src[l.pos]); i >= 0 {
		return l.mark(tokenOpen + tokenKind(i))
	}
	start := l.pos
	t, err := l.term()
	t.at = span{start, l.pos - start}
	if err != nil {
		l.skip()
	}
	return t, err
}

// mark reads a parenthesis or a minus.
func (l *lexer) mark(kind tokenKind) (token, error) {
	t := token{kind: kind, at: span{l.pos, 1}}
	l.pos++
	if kind == tokenClose {
		return t, l.boundary()
	}
	return t, nil
}

// skip moves behind the piece that was at fault.
func (l *lexer) skip() {
	if n := strings.IndexFunc(l.src[l.pos:], unicode.IsSpace); n >= 0 {
		l.pos += n
		return
	}
	l.pos = len(l.src)
}

// term reads a comparison, a keyword or a text.
func (l *lexer) term() (token, error) {
	if n := scanName(l.src[l.pos:]); n > 0 {
		if op := scanOp(l.src[l.pos+n:]); op != "" {
			return l.comparison(n, op)
		}
	}
	w, err := l.textWord()
	t := token{kind: tokenText, words: []word{w}}
	if err == nil && !w.quoted {
		t.kind = keywordKind(w.text)
	}
	return t, err
}

// keywordKind is the kind of a bare word.
func keywordKind(text string) tokenKind {
	switch text {
	case "AND":
		return tokenAnd
	case "OR":
		return tokenOr
	case "NOT":
		return tokenNot
	}
	return tokenText
}

// comparison reads field, operator and values; no spaces between them.
func (l *lexer) comparison(nameLength int, op string) (token, error) {
	t := token{
		kind: tokenCompare, op: op,
		name:   l.src[l.pos : l.pos+nameLength],
		nameAt: span{l.pos, nameLength},
		opAt:   span{l.pos + nameLength, len(op)},
	}
	l.pos = t.opAt.end()
	if op == "=" {
		return t, fail(t.opAt, `"=" is not an operator; write %s:… instead`, clip(t.name))
	}
	for {
		w, err := l.valueWord()
		t.words = append(t.words, w)
		if err != nil {
			return t, err
		}
		if l.pos == len(l.src) || l.src[l.pos] != ',' {
			return t, l.boundary()
		}
		l.pos++
	}
}

// valueWord reads one value of a comparison.
func (l *lexer) valueWord() (word, error) {
	if strings.HasPrefix(l.src[l.pos:], `"`) {
		return l.quoted()
	}
	w := l.bare(func(r rune) bool { return r == ',' || isDelimiter(r) })
	switch {
	case w.text == "":
		return w, fail(w.at, "a value is missing here; no space is allowed before it")
	case strings.ContainsRune("=<>~!", rune(w.text[0])):
		return w, fail(span{w.at.offset, 1}, "a value that starts with %q needs quotes", w.text[:1])
	}
	return w, nil
}

// textWord reads text that stands by itself.
func (l *lexer) textWord() (word, error) {
	if l.src[l.pos] == '"' {
		w, err := l.quoted()
		if err == nil {
			err = l.boundary()
		}
		return w, err
	}
	w := l.bare(func(r rune) bool { return isDelimiter(r) || strings.ContainsRune(":=<>~", r) })
	if op := scanOp(l.src[l.pos:]); op != "" {
		at := span{l.pos, len(op)}
		if w.text == "" {
			return w, fail(at, "%q needs a field before it, with no space between; to look for it as text, use quotes", op)
		}
		return w, fail(at, "%q makes no comparison here; to look for it as text, put the whole word in quotes", op)
	}
	if keywordKind(w.text) != tokenText && strings.HasPrefix(l.src[l.pos:], "(") {
		return w, nil
	}
	return w, l.boundary()
}

// bare reads up to a rune that stop accepts, or the end.
func (l *lexer) bare(stop func(rune) bool) word {
	n := strings.IndexFunc(l.src[l.pos:], stop)
	if n < 0 {
		n = len(l.src) - l.pos
	}
	w := word{text: l.src[l.pos : l.pos+n], at: span{l.pos, n}}
	l.pos += n
	return w
}

// quoted reads "…"; only \" and \\ are escapes, and every other backslash is
// refused rather than guessed at.
func (l *lexer) quoted() (word, error) {
	var b strings.Builder
	start := l.pos
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; c {
		case '"':
			l.pos++
			return word{b.String(), true, span{start, l.pos - start}}, nil
		case '\\':
			if !strings.HasPrefix(l.src[l.pos+1:], `"`) && !strings.HasPrefix(l.src[l.pos+1:], `\`) {
				return l.open(b.String(), start), fail(span{l.pos, 1}, `inside quotes a backslash is written \\`)
			}
			l.pos++
			b.WriteByte(l.src[l.pos])
		default:
			b.WriteByte(c)
		}
	}
	return l.open(b.String(), start), fail(span{start, len(l.src) - start}, "this quote is not closed")
}

// open is the word of a quote that was not closed.
func (l *lexer) open(text string, start int) word {
	return word{text, true, span{start, l.pos - start}}
}

// boundary holds that a word ends where a space, a closing parenthesis or the
// end of the query follows.
func (l *lexer) boundary() error {
	rest := l.src[l.pos:]
	if rest == "" || rest[0] == ')' {
		return nil
	}
	r, size := utf8.DecodeRuneInString(rest)
	if unicode.IsSpace(r) {
		return nil
	}
	return fail(span{l.pos, size}, "%q cannot stand here; put a space before it, or the whole word in quotes", string(r))
}

func isDelimiter(r rune) bool {
	return r == '(' || r == ')' || r == '"' || unicode.IsSpace(r)
}

// scanName returns the length of the field name at the start of s, with its
// argument in parentheses if an operator follows that.
func scanName(s string) int {
	if s == "" || !(isLetter(s[0]) || s[0] == '_') {
		return 0
	}
	n := scanNameBytes(s)
	if n < len(s) && s[n] == '(' {
		inner := scanNameBytes(s[n+1:])
		end := n + 1 + inner
		if inner > 0 && end < len(s) && s[end] == ')' && scanOp(s[end+1:]) != "" {
			return end + 1
		}
	}
	return n
}

func scanNameBytes(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || strings.IndexByte("_.-", s[n]) >= 0) {
		n++
	}
	return n
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// scanOp returns the operator at the start of s. It also returns "=", which
// the grammar does not have, so that the error can say what to write.
func scanOp(s string) string {
	for _, op := range []string{"!=", ">=", "<=", ":", ">", "<", "~", "="} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// checkText refuses what no query needs and an engine or a terminal might
// trip over.
func checkText(src string) error {
	if len(src) > maxBytes {
		return fail(span{maxBytes, len(src) - maxBytes}, "a query has at most %d bytes; this one has %d", maxBytes, len(src))
	}
	for i, r := range src {
		_, size := utf8.DecodeRuneInString(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return fail(span{i, 1}, "the query is not valid UTF-8 here")
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return fail(span{i, size}, "the query holds a control character here")
		}
	}
	return nil
}

// fail makes the error of this package: where, and what to write instead.
func fail(at span, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).WithSlug("bad-query").
		WithExtra("offset", at.offset).WithExtra("length", at.length)
}
