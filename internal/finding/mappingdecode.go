package finding

import (
	"encoding/json"
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// Decode reads a body of JSON by the mapping: one object, a list, or values one
// a line, each taken apart by the mapping's items. What cannot be mapped is a
// part with Err and the item's own bytes, and the good ones beside it are kept.
// The error is as that of the package's Decode.
func (m *Mapping) Decode(body []byte, origin MappingOrigin) ([]Part, error) {
	r := mappingReader{m: m, origin: origin}
	s := strings.TrimPrefix(string(body), "\uFEFF")
	if skipSpace(s, 0) == len(s) {
		return nil, fault.New(fault.Invalid, "the body is empty").WithSlug("empty-body")
	}
	list := pieces(s, maxParts)
	for _, p := range list {
		at := ""
		if len(list) > 1 {
			at = "line " + strconv.Itoa(p.line)
		}
		r.document(p.text, at)
	}
	return r.end()
}

// Again reads what an earlier reading put into quarantine: an item, a whole
// body, or a row of a table under its header.
func (m *Mapping) Again(raw []byte, origin MappingOrigin) ([]Part, error) {
	s := strings.TrimSpace(strings.TrimPrefix(string(raw), "\uFEFF"))
	if s == "" || s[0] != '{' && s[0] != '[' {
		return DecodeCSV(raw, m, origin)
	}
	if isEnvelope(s) {
		return Decode(raw)
	}
	leads := m.items == nil || m.items.findRaw(s, "", func(string, string, *flaw) bool { return false })
	if leads || s[0] == '[' {
		return m.Decode(raw, origin)
	}
	r := mappingReader{m: m, origin: origin}
	r.item(s, "")
	return r.end()
}

func isEnvelope(s string) bool {
	o, f := open(s)
	return f == nil && formatOf(o.has) == FormatCustom
}

type mappingReader struct {
	m      *Mapping
	origin MappingOrigin
	parts  []Part
	told   bool // something in the body was JSON
}

func (r *mappingReader) end() ([]Part, error) {
	if len(r.parts) > maxParts {
		return nil, fault.New(fault.Invalid, "the body holds more than %d findings", maxParts).WithSlug("too-many-findings")
	}
	if !r.told && len(r.parts) > 0 {
		return nil, r.parts[0].Err
	}
	return r.parts, nil
}

func (r *mappingReader) refuse(raw string, err *fault.Error) {
	r.parts = append(r.parts, Part{Raw: []byte(raw), Err: err})
}

func (r *mappingReader) flawed(raw, at string, f *flaw) {
	r.told = r.told || f.slug != slugMalformed
	if strings.HasPrefix(at, "line ") && !strings.Contains(at, ",") && f.path != "" {
		at += ", "
	}
	r.refuse(raw, f.under(at).fault())
}

// document reads one value of the body.
func (r *mappingReader) document(s, at string) {
	if r.m.items == nil {
		r.value(at, s, nil)
		return
	}
	base := at
	if base != "" {
		base += ", "
	}
	if r.m.items.findRaw(s, base, r.value) {
		return
	}
	if _, f := parseJSON(s); f != nil {
		r.flawed(s, at, f)
		return
	}
	r.told = true
	r.refuse(s, itemError(at, "items", "is not there: the mapping looks for the list at "+r.m.items.text))
}

// value reads what stands where items should: one or a list of them.
func (r *mappingReader) value(at, s string, f *flaw) bool {
	switch {
	case f != nil:
		r.flawed(s, at, f)
	case strings.HasPrefix(s, "["):
		r.told = true
		elements(s, func(i int, raw string, f *flaw) bool {
			place := at + indexPath(i)
			if f != nil {
				r.flawed(raw, place, f)
			} else {
				r.item(raw, place)
			}
			return len(r.parts) <= maxParts
		})
	default:
		r.item(s, at)
	}
	return len(r.parts) <= maxParts
}

// item reads one item, which becomes one part.
func (r *mappingReader) item(s, at string) {
	s = strings.TrimSpace(s)
	v, f := parseInside(s)
	if f != nil {
		r.flawed(s, at, f)
		return
	}
	r.told = true
	if _, ok := v.(map[string]any); !ok {
		r.refuse(s, itemError(at, "item", "must be an object, is "+kindOf(v)))
		return
	}
	r.parts = append(r.parts, r.m.part(v, []byte(s), []byte(s), at, r.origin))
}

// parseInside parses a value that will stand one level deep in an envelope.
func parseInside(s string) (any, *flaw) {
	p := parser{s: s}
	v, f := p.value(1)
	if f != nil {
		return nil, f
	}
	if p.space(); p.i < len(s) {
		return nil, p.syntax("something follows the end of the value")
	}
	return v, nil
}

// part maps an item. raw is what goes to quarantine when that fails; original
// is the same as JSON, to stand in the envelope.
func (m *Mapping) part(item any, raw, original []byte, at string, origin MappingOrigin) Part {
	a := m.convert(item, at, origin)
	if a.err != nil {
		return Part{Raw: raw, Err: a.err}
	}
	doc := map[string]any{customMark: json.Number(customVersion), "from": origin.From, "finding": a.form, "original": item}
	found, err := normalise(newRoot(doc, ""), FormatCustom)
	if err != nil { // what the conversion let through and the format does not
		field := strings.TrimPrefix(err.Fields[0].Location, "finding.")
		return Part{Raw: raw, Err: itemError(at, field, err.Fields[0].Message)}
	}
	found.Origin = OriginImported
	fields := customContent(doc)
	return Part{Finding: found, Raw: envelope(a.form, origin.From, original), ContentHash: contentHash(fields), Fields: fields}
}
