package finding

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Limits of a source.
const (
	maxTemplate  = 1000
	maxSegments  = 20
	maxFallbacks = 10
	// maxText bounds one value of a mapped field before it is cleaned, so that a
	// template that names a long text twenty times does not make it twenty times
	// as long.
	maxText = 4 * maxDescription
)

// source says where a field's value comes from: a path, a fixed text, or a
// template of both.
type source struct {
	written string // as the person wrote it
	parts   []segment
	single  bool // one path: lists and numbers stay what they are
}

// segment is a path, or fixed text where the path is nil.
type segment struct {
	text string
	path *way
}

// A field's source is written as a text ($… is a path, {{…}} makes a template,
// anything else stands for itself), as {"path"|"literal"|"template": text}, or
// as a list of these.
func compileSources(raw any) ([]source, *mappingFlaw) {
	list, ok := raw.([]any)
	if !ok {
		list = []any{raw}
	}
	if len(list) == 0 || len(list) > maxFallbacks {
		return nil, &mappingFlaw{why: fmt.Sprintf("must name 1 to %d sources", maxFallbacks)}
	}
	out := make([]source, len(list))
	for i, v := range list {
		s, f := compileSource(v)
		if f != nil {
			if ok {
				f.where = indexPath(i) + f.where
			}
			return nil, f
		}
		out[i] = s
	}
	return out, nil
}

func compileSource(v any) (source, *mappingFlaw) {
	switch v := v.(type) {
	case string:
		return compileText(v)
	case json.Number:
		return literalSource(v.String()), nil
	case map[string]any:
		if len(v) != 1 {
			break
		}
		for key, inner := range v {
			text, ok := inner.(string)
			if !ok {
				return source{}, &mappingFlaw{where: "." + keyPath(key), why: "must be text, is " + kindOf(inner)}
			}
			return compileNamed(key, text)
		}
	}
	return source{}, &mappingFlaw{why: `must be a path such as "$.alert.name", a text, or one of {"path"}, {"literal"} and {"template"}`}
}

func compileNamed(key, text string) (source, *mappingFlaw) {
	switch key {
	case "path":
		return pathSource(text, text, 0)
	case "literal":
		if len(text) > maxTemplate {
			return source{}, &mappingFlaw{why: fmt.Sprintf("is longer than %d bytes", maxTemplate)}
		}
		return literalSource(text), nil
	case "template":
		return compileTemplate(text)
	}
	return source{}, &mappingFlaw{where: "." + keyPath(key), why: "is not one of path, literal and template"}
}

func compileText(s string) (source, *mappingFlaw) {
	switch {
	case strings.HasPrefix(s, "$") && !strings.Contains(s, "{{"):
		return pathSource(s, s, 0)
	case strings.Contains(s, "{{"):
		return compileTemplate(s)
	case len(s) > maxTemplate:
		return source{}, &mappingFlaw{why: fmt.Sprintf("is longer than %d bytes", maxTemplate)}
	}
	return literalSource(s), nil
}

func literalSource(s string) source {
	return source{written: s, parts: []segment{{text: s}}}
}

// pathSource compiles a path that begins at byte offset of what was written.
func pathSource(written, s string, offset int) (source, *mappingFlaw) {
	p, at, why := compilePath(s)
	if why != "" {
		return source{}, &mappingFlaw{pos: offset + at + 1, why: fmt.Sprintf("the path %s %s", clean(s, 80, false), why)}
	}
	return source{written: written, parts: []segment{{path: &p}}, single: true}, nil
}

func compileTemplate(s string) (source, *mappingFlaw) {
	out := source{written: s}
	if len(s) > maxTemplate {
		return out, &mappingFlaw{why: fmt.Sprintf("is longer than %d bytes", maxTemplate)}
	}
	for i := 0; i < len(s); {
		if len(out.parts) == maxSegments {
			return out, &mappingFlaw{pos: i + 1, why: fmt.Sprintf("has more than %d parts", maxSegments)}
		}
		from := strings.Index(s[i:], "{{")
		if from != 0 {
			end := len(s)
			if from > 0 {
				end = i + from
			}
			out.parts = append(out.parts, segment{text: s[i:end]})
			i = end
			continue
		}
		length := strings.Index(s[i:], "}}")
		if length < 0 {
			return out, &mappingFlaw{pos: i + 1, why: "has {{ without }}"}
		}
		inner := strings.TrimSpace(s[i+2 : i+length])
		place := i + 2 + strings.Index(s[i+2:], inner)
		if !strings.HasPrefix(inner, "$") {
			inner, place = "$."+inner, place-2
		}
		one, f := pathSource(s, inner, place)
		if f != nil {
			return out, f
		}
		out.parts = append(out.parts, one.parts...)
		i += length + 2
	}
	return out, nil
}

// text gives the source's value for a field that has one. A path that leads to
// several values gives the first; a template whose paths all lead nowhere gives
// none. The error says what stands there that is no text.
func (s source) text(item any) (value string, ok bool, why string) {
	if s.single {
		return firstText(s.parts[0].path.find(item))
	}
	var b strings.Builder
	found, paths := false, 0
	for _, part := range s.parts {
		if part.path == nil {
			b.WriteString(part.text)
			continue
		}
		if paths++; b.Len() > maxText {
			break
		}
		value, ok, why := firstText(part.path.find(item))
		if why != "" {
			return "", false, "in " + part.path.text + " " + why
		}
		found = found || ok
		b.WriteString(value)
	}
	if paths > 0 && !found {
		return "", false, ""
	}
	return b.String(), b.Len() > 0, ""
}

func firstText(values []any) (string, bool, string) {
	for _, v := range values {
		s, ok := scalarText(v)
		if !ok {
			return "", false, "must be text, is " + kindOf(v)
		}
		if strings.TrimSpace(s) != "" {
			return s[:textEnd(s, maxText)], true, ""
		}
	}
	return "", false, ""
}

// textEnd is where s may be cut to at most n bytes between two characters.
func textEnd(s string, n int) int {
	if len(s) <= n {
		return len(s)
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return n
}

func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// texts gives the values for a field that is a list: a list found there gives
// its elements.
func (s source) texts(item any) (values []string, why string) {
	if !s.single {
		value, ok, why := s.text(item)
		if ok {
			values = []string{value}
		}
		return values, why
	}
	for _, v := range s.parts[0].path.find(item) {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list[:min(len(list), maxValues)] {
			text, ok := scalarText(e)
			if !ok && e != nil {
				return nil, "must be a list of texts, holds " + kindOf(e)
			}
			if text = strings.TrimSpace(text); text != "" && len(values) < maxValues {
				values = append(values, text)
			}
		}
	}
	return values, ""
}

// paths lists the paths that the source reads.
func (s source) paths() []string {
	var out []string
	for _, part := range s.parts {
		if part.path != nil {
			out = append(out, part.path.text)
		}
	}
	return out
}
