package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/fault"
)

// MappingOrigin says on whose behalf a mapping is applied: findings of two origins are
// never the same one.
type MappingOrigin struct {
	From string // id of the connection; "" for a file that somebody brought
	Name string // the product, where the mapping names none
}

// applied is the outcome for one item: the converted form, or what is wrong
// with which field.
type applied struct {
	form  map[string]any
	field string
	err   *fault.Error
}

// convert reads an item by the mapping. What comes out holds only texts, lists
// of texts and numbers, under the names of MappingFields.
func (m *Mapping) convert(item any, at string, origin MappingOrigin) applied {
	form := map[string]any{}
	for _, f := range m.fields {
		v, why := m.value(f, item)
		if why != "" {
			return applied{field: f.Name, err: itemError(at, f.Name, why+from(f.sources))}
		}
		if v != nil {
			form[f.Name] = v
		}
		if f.Name == "severity" && v != nil {
			if said, ok, _ := firstOfSources(f.sources, item); ok {
				form["severity_original"] = clean(said, maxName, false)
			}
		}
	}
	if form["uid"] == nil {
		uid, why := m.madeUID(item)
		if why != "" {
			return applied{field: "uid", err: itemError(at, "uid", why)}
		}
		form["uid"] = uid
	}
	for _, name := range [...]string{"title", "severity"} {
		if form[name] == nil {
			return applied{field: name, err: itemError(at, name, "is missing"+from(m.sourcesOf(name)))}
		}
	}
	if form["product"] == nil && origin.Name != "" {
		form["product"] = clean(origin.Name, maxName, false)
	}
	return applied{form: form}
}

func (m *Mapping) sourcesOf(name string) []source {
	for _, f := range m.fields {
		if f.Name == name {
			return f.sources
		}
	}
	return nil
}

// itemError names the field of an item; the place stands before it.
func itemError(at, field, why string) *fault.Error {
	if at != "" {
		at += ", "
	}
	return fieldError(at+field, slugField, "%s", why)
}

// from says where a value was looked for.
func from(sources []source) string {
	var paths []string
	for _, s := range sources {
		paths = append(paths, s.paths()...)
	}
	if len(paths) == 0 {
		return ""
	}
	return " (read from " + clean(strings.Join(paths, ", "), 200, false) + ")"
}

func firstOfSources(sources []source, item any) (string, bool, string) {
	for _, s := range sources {
		if v, ok, why := s.text(item); ok || why != "" {
			return v, ok, why
		}
	}
	return "", false, ""
}

// value reads one field; nil when it is not there.
func (m *Mapping) value(f mapped, item any) (any, string) {
	if f.kind == listValue {
		return m.list(f.sources, item)
	}
	s, ok, why := firstOfSources(f.sources, item)
	if !ok || why != "" {
		return nil, why
	}
	switch f.kind {
	case proseValue:
		return clean(s, f.limit, true), ""
	case idValue:
		return s, badID(s)
	case urlValue:
		return orNil(webURL(strings.TrimSpace(s))), "" // a link that is not safe is left out
	case wordValue:
		return m.word(f, s)
	case timeValue:
		when, why := m.times.read(s)
		return when.UTC().Format(time.RFC3339Nano), why
	case countValue:
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 54)
		if err != nil || n < 0 {
			return nil, fmt.Sprintf("must be a whole number, is %q", clean(s, 40, false))
		}
		return json.Number(strconv.FormatInt(n, 10)), ""
	}
	return orNil(strings.TrimSpace(clean(s, f.limit, false))), ""
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (m *Mapping) list(sources []source, item any) (any, string) {
	var out []any
	seen := map[string]struct{}{}
	for _, s := range sources {
		values, why := s.texts(item)
		if why != "" {
			return nil, why
		}
		if m.split {
			values = cellParts(values)
		}
		for _, v := range values {
			v = clean(v, maxID, false)
			if _, twice := seen[v]; !twice && len(out) < maxValues {
				seen[v] = struct{}{}
				out = append(out, v)
			}
		}
	}
	if out == nil {
		return nil, ""
	}
	return out, ""
}

// cellParts takes the values of a cell apart: people write several into one.
func cellParts(cells []string) []string {
	var out []string
	for _, cell := range cells {
		for _, v := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' || r == ',' || r == '\n' }) {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// word brings a detector's word to one of ours: by the mapping's table, else as
// it is usually meant.
func (m *Mapping) word(f mapped, s string) (any, string) {
	table := m.words[f.Name]
	if word, ok := table.look(s); ok {
		return word, ""
	}
	if word, ok := usualWord(f.Name, s); ok {
		return word, ""
	}
	if table.fallback != "" {
		return table.fallback, ""
	}
	return nil, fmt.Sprintf("%q is none of %s, and the mapping does not say what it means", clean(s, 40, false), strings.Join(f.words, ", "))
}

func usualWord(field, s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch field {
	case "severity":
		word, ok := severityWord(s)
		return string(word), ok
	case "result":
		return readResult(s)
	case "class":
		for _, c := range [...]Class{Detection, Compliance, Vulnerability, DataSecurity, OtherClass} {
			if s == string(c) {
				return s, true
			}
		}
		return "", false
	}
	switch s {
	case "new", "open", "opened", "active", "firing", "triggered", "alerting", "unresolved":
		return StatusNew, true
	case "in_progress", "in progress", "acknowledged", "assigned", "investigating":
		return StatusInProgress, true
	case "resolved", "closed", "ok", "fixed", "mitigated", "inactive":
		return StatusResolved, true
	case "suppressed", "muted", "silenced", "ignored":
		return StatusSuppressed, true
	case "archived":
		return StatusArchived, true
	}
	return "", false
}

// madeUID hashes what the mapping says makes the finding this one. Something of
// it has to be there, else all items would be one finding.
func (m *Mapping) madeUID(item any) (string, string) {
	h := sha256.New()
	found := false
	for _, s := range m.identity {
		v, ok, why := s.text(item)
		if why != "" {
			return "", why + from([]source{s})
		}
		found = found || ok && s.paths() != nil
		_, _ = fmt.Fprintf(h, "%d %t %s\n", len(v), ok, v)
	}
	if !found {
		return "", "is missing" + from(append(m.sourcesOf("uid"), m.identity...))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)[:20]), ""
}
