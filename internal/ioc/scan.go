package ioc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads tokens from the plain text and emits what they are.
type scanner struct {
	plain
	limit int
	out   []Match
}

// found is an indicator without its place.
type found struct {
	typ    Type
	value  string
	guards []string
}

// place is what stands around a token, as far as a decision needs it.
type place struct {
	before   string // at most 24 bytes before the token
	after    byte   // the byte after it, 0 at the end
	defanged bool   // somebody took care to make it unclickable
	alone    bool   // the value was given by itself, not inside prose
	isHost   bool   // it stood where only a host can stand
}

func (x *scanner) full() bool { return x.limit > 0 && len(x.out) >= x.limit }

func (x *scanner) run() {
	for i := 0; i < len(x.text) && !x.full(); {
		n := tokenByte(x.text, i)
		if n == 0 {
			i++
			continue
		}
		end := x.tokenEnd(i)
		if plainWord(x.text[i:end]) {
			i = end
			continue
		}
		i = max(x.token(i, end), i+n)
	}
}

// emit records a match over [from, to) of the plain text.
func (x *scanner) emit(f found, from, to int) {
	if x.full() {
		return
	}
	start, end := x.span(from, to)
	if f.guards == nil {
		f.guards = []string{}
	}
	x.out = append(x.out, Match{
		Type: f.typ, Value: f.value, Raw: x.orig[start:end], Offset: start, Guards: f.guards,
	})
}

// plainWord reports whether a run can hold no indicator: no digit, no dot, no
// colon, no foreign letter, and too short to be a key id or a hash. Most of any
// text is this.
func plainWord(s string) bool {
	if len(s) >= 20 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < '-' || c >= '.' && c <= ':' && c != '/' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// tokenByte returns the length of the token character at i, 0 if there is none.
func tokenByte(s string, i int) int {
	c := s[i]
	if isAlnum(c) {
		return 1
	}
	switch c {
	case '.', '-', '_', ':', '@', '+', '%', '/':
		return 1
	}
	if c < utf8.RuneSelf {
		return 0
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) {
		return n
	}
	return 0
}

func (x *scanner) tokenEnd(i int) int {
	for i < len(x.text) {
		n := tokenByte(x.text, i)
		if n == 0 {
			return i
		}
		i += n
	}
	return i
}

// token reads one run of token characters and returns where to go on, which is
// past to when a URL or ARN reaches further.
func (x *scanner) token(from, to int) int {
	run := x.text[from:to]
	if k := schemeStart(run); k >= 0 {
		if k > 0 {
			x.pieces(from, from+k)
		}
		return x.url(from+k, to)
	}
	if k := arnStart(run); k >= 0 {
		if f, n, ok := readARN(x.text[from+k:]); ok {
			x.emit(f, from+k, from+k+n)
			return from + k + n
		}
	}
	return x.piece(from, to)
}

// url reads a URL with a scheme at from, or the pieces of the run if it is none.
func (x *scanner) url(from, to int) int {
	f, host, n, ok := readURL(x.text[from:], schemeLen(x.text[from:]))
	if !ok {
		x.pieces(from, to)
		return to
	}
	x.emit(f, from, from+n)
	x.host(from, host, true)
	return from + n
}

// host emits the host of a URL that begins at base.
func (x *scanner) host(base int, h hostPart, explicit bool) {
	if h.typ == "" {
		return
	}
	at := x.place(base+h.from, base+h.to)
	at.isHost = explicit
	if f, ok := identify(x.text[base+h.from:base+h.to], at); ok && f.typ == h.typ {
		x.emit(f, base+h.from, base+h.to)
	}
}

// piece reads a run as one indicator, else as a URL without a scheme, else as
// the pieces between its separators. It returns where to go on.
func (x *scanner) piece(from, to int) int {
	start, end := trim(x.text, from, to)
	if start >= end {
		return to
	}
	at := x.place(start, end)
	if f, n, ok := x.whole(start, end, at); ok {
		x.emit(f, start+n, end)
		return to
	}
	run := x.text[start:end]
	if f, host, n, ok := readBareURL(x.text[start:], at); ok && strings.IndexByte(run, '/') > 0 {
		x.emit(f, start, start+n)
		x.host(start, host, false)
		return max(to, start+n)
	}
	x.pieces(start, end)
	return to
}

// whole identifies a run, also behind a version's v. It returns how many bytes
// at the front are not part of the indicator.
func (x *scanner) whole(start, end int, at place) (found, int, bool) {
	run := x.text[start:end]
	if f, ok := identify(run, at); ok {
		return f, 0, true
	}
	if hasFold(run, "ipv6:") {
		f, ok := identify(run[5:], at)
		return f, 5, ok && f.typ == IPv6
	}
	if run[0]|0x20 == 'v' && len(run) <= 16 {
		if f, ok := identify(run[1:], place{before: "v"}); ok && f.typ == IPv4 {
			f.guards = append(f.guards, GuardVersion)
			return f, 1, true
		}
	}
	return found{}, 0, false
}

// pieces reads the parts of a run between colons and slashes, each by itself,
// and a part that is nothing between the separators of an address.
func (x *scanner) pieces(from, to int) {
	x.split(from, to, ":/", func(from, to int) {
		if !x.small(from, to) {
			x.split(from, to, "@+%", func(from, to int) { x.small(from, to) })
		}
	})
}

// split calls do for each stretch between separators, and once for all of it
// when there is none.
func (x *scanner) split(from, to int, separators string, do func(from, to int)) {
	start := from
	for i := from; i <= to && !x.full(); i++ {
		if i < to && strings.IndexByte(separators, x.text[i]) < 0 {
			continue
		}
		if i > start {
			do(start, i)
		}
		start = i + 1
	}
}

// small identifies one part. A part with foreign letters glued to ASCII is
// read script by script.
func (x *scanner) small(from, to int) bool {
	from, to = trim(x.text, from, to)
	if from >= to || plainWord(x.text[from:to]) {
		return true
	}
	if f, n, ok := x.whole(from, to, x.place(from, to)); ok {
		x.emit(f, from+n, to)
		return true
	}
	if isASCII(x.text[from:to]) {
		return false
	}
	x.asciiParts(from, to)
	return true
}

// asciiParts reads the ASCII stretches of a part that also has other letters.
func (x *scanner) asciiParts(from, to int) {
	for i := from; i < to; {
		j := i
		for j < to && x.text[j] < utf8.RuneSelf {
			j++
		}
		start, end := trim(x.text, i, j)
		if start < end {
			if f, ok := identify(x.text[start:end], x.place(start, end)); ok {
				x.emit(f, start, end)
			}
		}
		i = j + 1
	}
}

func (x *scanner) place(from, to int) place {
	at := place{before: x.text[max(0, from-24):from], defanged: x.edits != nil && x.edited(from, to)}
	if to < len(x.text) {
		at.after = x.text[to]
	}
	return at
}

// trim drops punctuation that ends a sentence or begins a path. Two colons in
// front stay: they begin an IPv6 address.
func trim(s string, from, to int) (int, int) {
	for from < to && strings.IndexByte(".-_/+%@:", s[from]) >= 0 {
		if s[from] == ':' && from+1 < to && s[from+1] == ':' {
			break
		}
		from++
	}
	for to > from && strings.IndexByte(".-_/+%@:", s[to-1]) >= 0 {
		if s[to-1] == ':' && to-2 >= from && s[to-2] == ':' {
			break
		}
		to--
	}
	return from, to
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
