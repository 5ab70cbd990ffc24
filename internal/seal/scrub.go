package seal

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"tocsin/internal/fault"
)

// minScrubbed is the shortest value that is looked for: shorter ones occur in
// innocent text, and no secret worth having is that short.
const minScrubbed = 8

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// Scrubber takes secrets out of text by their value. It is the second net
// below types that do not print themselves: logs, error texts, outputs of
// connectors. It is safe for concurrent use, and costs nothing while no value
// is registered.
type Scrubber struct {
	mu      sync.Mutex
	needles map[string]struct{}
	built   atomic.Pointer[scrubbing]
}

// scrubbing is a scrubber as it was built. It is not changed.
type scrubbing struct {
	replacer *strings.Replacer
	needles  []string
}

// Register adds values that may never be shown; those under 8 bytes are left
// out. A value stays registered after it was rotated: it may still be valid
// elsewhere.
func (s *Scrubber) Register(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.needles == nil {
		s.needles = map[string]struct{}{}
	}
	before := len(s.needles)
	for _, v := range values {
		for _, part := range parts(v) {
			for _, form := range forms(part) {
				s.needles[form] = struct{}{}
			}
		}
	}
	if len(s.needles) > before {
		s.rebuild()
	}
}

// rebuild puts longer needles first, so that no part of a longer one is left.
func (s *Scrubber) rebuild() {
	list := make([]string, 0, len(s.needles))
	for n := range s.needles {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(list))
	for _, n := range list {
		pairs = append(pairs, n, Redacted)
	}
	s.built.Store(&scrubbing{strings.NewReplacer(pairs...), list})
}

// minLine is the shortest line of a longer secret that is looked for by itself:
// a line of a private key has 64 characters, and a shorter one may be innocent.
const minLine = 20

// parts are what is looked for of a value: the whole, without the blanks around
// it, and every line of one that has several, since texts are cut at lines.
func parts(v string) []string {
	var out []string
	for _, whole := range []string{v, strings.TrimSpace(v)} {
		if len(whole) >= minScrubbed && !slices.Contains(out, whole) {
			out = append(out, whole)
		}
	}
	if !strings.Contains(strings.TrimSpace(v), "\n") {
		return out
	}
	for l := range strings.Lines(v) {
		if l = strings.TrimSpace(l); len(l) >= minLine && !strings.HasPrefix(l, "-----") {
			out = append(out, l)
		}
	}
	return out
}

// forms are the ways a value commonly appears: as it is, quoted, in hex,
// percent-encoded, and in base64 at each of the three places where it can
// begin inside a longer encoded text.
func forms(v string) []string {
	h := hex.EncodeToString([]byte(v))
	quoted := strconv.Quote(v)
	out := []string{v, h, strings.ToUpper(h), quoted[1 : len(quoted)-1]}
	out = append(out, inJSON(v, true), inJSON(v, false), html.EscapeString(v), inXML(v))
	for _, escaped := range []string{url.QueryEscape(v), url.PathEscape(v)} {
		out = append(out, escaped, lowerEscapes(escaped))
	}
	for shift := range 3 {
		out = append(out, inBase64(v, shift, base64.RawStdEncoding), inBase64(v, shift, base64.RawURLEncoding))
	}
	return out
}

func inJSON(v string, escapeHTML bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	if enc.Encode(v) != nil {
		return v
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

func inXML(v string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(v)) != nil {
		return v
	}
	return b.String()
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// inBase64 is the part of the encoding that v alone decides when it stands
// shift bytes after a multiple of three.
func inBase64(v string, shift int, enc *base64.Encoding) string {
	whole := enc.EncodeToString(append(make([]byte, shift), v...))
	from := (shift*8 + 5) / 6
	to := (shift + len(v)) * 8 / 6
	return whole[from:to]
}

// Scrub returns text with every registered value taken out, and what is left of
// one where the text was cut.
func (s *Scrubber) Scrub(text string) string {
	b := s.built.Load()
	if b == nil {
		return text
	}
	return b.uncut(b.replacer.Replace(text))
}

// uncut takes out the beginning of a value at the end of a text, or before an
// ellipsis: somebody has shortened the text before it came here.
func (b *scrubbing) uncut(text string) string {
	for _, mark := range []string{"…", "..."} {
		for from := 0; from < len(text); {
			i := strings.Index(text[from:], mark)
			if i < 0 {
				break
			}
			clean := b.withoutTail(text[:from+i])
			from, text = len(clean)+len(mark), clean+text[from+i:]
		}
	}
	return b.withoutTail(text)
}

func (b *scrubbing) withoutTail(text string) string {
	for _, n := range b.needles {
		if len(n) <= minScrubbed {
			continue
		}
		// The longest beginning of n that could stand at the end.
		at := max(len(text)-len(n)+1, 0)
		for {
			i := strings.Index(text[at:], n[:minScrubbed])
			if i < 0 {
				break
			}
			at += i
			if strings.HasPrefix(n, text[at:]) {
				return text[:at] + Redacted
			}
			at++
		}
	}
	return text
}

// Error returns err, or where its text holds a registered value an error of the
// same code without it. What was inside of it is gone then.
func (s *Scrubber) Error(err error) error {
	if err == nil {
		return nil
	}
	f := fault.As(err)
	if f == nil {
		if clean := s.Scrub(err.Error()); clean != err.Error() {
			return errors.New(clean)
		}
		return err
	}
	clean, changed := s.fault(f)
	if !changed && s.Scrub(err.Error()) == err.Error() {
		return err
	}
	return clean
}

// fault scrubs everything of an error that a person may see.
func (s *Scrubber) fault(f *fault.Error) (clean *fault.Error, changed bool) {
	c := *f
	c.Message, c.Cause = s.Scrub(f.Message), nil
	changed = c.Message != f.Message
	c.Fields = slices.Clone(f.Fields)
	for i := range c.Fields {
		was := c.Fields[i]
		c.Fields[i].Location, c.Fields[i].Message = s.Scrub(was.Location), s.Scrub(was.Message)
		changed = changed || c.Fields[i] != was
	}
	if f.Cause != nil {
		c.Cause = errors.New(s.Scrub(f.Cause.Error()))
	}
	for key, value := range f.Extra {
		if text, ok := value.(string); ok && s.Scrub(text) != text {
			c, changed = *c.WithExtra(key, s.Scrub(text)), true
		}
	}
	return &c, changed
}
