package finding

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"tocsin/internal/fault"
)

// Limits of a trial.
const (
	maxTried    = 20  // items shown
	maxPaths    = 500 // different paths listed
	maxExamples = 120 // characters of an example
)

// Trial is what a mapping makes of a sample; nothing is stored.
type Trial struct {
	Items       []TrialItem       `json:"items"`
	Total       int               `json:"total" doc:"How many items the sample holds; at most 20 are shown"`
	Problems    []TrialProblem    `json:"problems" doc:"What is wrong with the mapping itself"`
	Paths       []SamplePath      `json:"paths" doc:"What an item of the sample holds"`
	Unmapped    []string          `json:"unmapped" doc:"Paths of the sample that the mapping does not use"`
	Suggestions map[string]string `json:"suggestions" doc:"For fields that are not mapped, the path whose name fits best"`
}

// TrialItem is one item: its normal form, or what is wrong with which field.
type TrialItem struct {
	Finding *Finding      `json:"finding,omitempty"`
	Error   *TrialProblem `json:"error,omitempty"`
}

// TrialProblem names a place and what is wrong there.
type TrialProblem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// SamplePath is one place of the sample.
type SamplePath struct {
	Path    string `json:"path"`
	Kind    string `json:"kind" enum:"text,number,boolean"`
	Example string `json:"example"`
	Used    bool   `json:"used"`
}

// Try reads a sample by a mapping that may be half written. The error is
// Invalid, for a sample in which nothing can be told apart.
func Try(mapping, sample []byte, csv bool, origin MappingOrigin) (Trial, error) {
	t := Trial{Items: []TrialItem{}, Problems: []TrialProblem{}, Paths: []SamplePath{}, Unmapped: []string{}, Suggestions: map[string]string{}}
	m, err := CompileMapping(mapping)
	if e := fault.As(err); e != nil {
		for _, f := range e.Fields {
			t.Problems = append(t.Problems, TrialProblem{f.Location, f.Message})
		}
	}
	items, err := sampleItems(m, sample, csv)
	if err != nil {
		return t, err
	}
	t.look(m, items)
	if len(t.Problems) > 0 {
		return t, nil
	}
	parts, err := sampleParts(m, sample, csv, origin)
	if err != nil {
		return t, err
	}
	t.Total = len(parts)
	for _, p := range parts[:min(len(parts), maxTried)] {
		t.Items = append(t.Items, trialItem(p))
	}
	return t, nil
}

func sampleParts(m *Mapping, sample []byte, csv bool, origin MappingOrigin) ([]Part, error) {
	if csv {
		return DecodeCSV(sample, m, origin)
	}
	return m.Decode(sample, origin)
}

func trialItem(p Part) TrialItem {
	if p.Err == nil {
		return TrialItem{Finding: p.Finding}
	}
	where := field(p.Err)
	message := strings.TrimPrefix(p.Err.Message, where+": ")
	if i := strings.LastIndex(where, ", "); i >= 0 {
		where = where[i+2:]
	}
	return TrialItem{Error: &TrialProblem{where, message}}
}

// sampleItems parses the items of a sample, as far as they can be: the first of
// them say what there is to map.
func sampleItems(m *Mapping, sample []byte, csv bool) ([]any, error) {
	only := &Mapping{}
	if m != nil {
		only.items = m.items
	}
	var parts []Part
	var err error
	if csv {
		only.items = nil
		parts, err = DecodeCSV(sample, only, MappingOrigin{})
	} else {
		parts, err = only.Decode(sample, MappingOrigin{})
	}
	if err != nil {
		return nil, err
	}
	var items []any
	for _, p := range parts[:min(len(parts), maxTried)] { // none has a uid, so all of them are there as they came
		if csv {
			items = append(items, rowItem(p.Raw))
		} else if v, f := parseInside(string(p.Raw)); f == nil {
			items = append(items, v)
		}
	}
	return items, nil
}

func rowItem(raw []byte) any {
	t := csvTable{s: string(raw), line: 1}
	item := map[string]any{}
	if t.header() != nil {
		return item
	}
	row, _ := t.next()
	for i, cell := range row.cells[:min(len(row.cells), len(t.columns))] {
		if cell != "" {
			item[t.columns[i]] = cell
		}
	}
	return item
}

// look lists the paths of the items, which of them are used, and what the rest
// may be good for.
func (t *Trial) look(m *Mapping, items []any) {
	seen := map[string]int{}
	for _, item := range items {
		leaves(item, "$", func(path string, v any) {
			if _, twice := seen[path]; twice || len(t.Paths) == maxPaths {
				return
			}
			seen[path] = len(t.Paths)
			text, _ := scalarText(v)
			t.Paths = append(t.Paths, SamplePath{Path: path, Kind: leafKind(v), Example: clean(text, maxExamples, false)})
		})
	}
	used, filled := m.uses()
	for i := range t.Paths {
		if p := &t.Paths[i]; used[indexless(p.Path)] {
			p.Used = true
		} else {
			t.Unmapped = append(t.Unmapped, p.Path)
		}
	}
	for _, f := range mappingFields() {
		if filled[f.Name] {
			continue
		}
		if best := suggest(f, t.Paths); best != "" {
			t.Suggestions[f.Name] = best
		}
	}
}

// uses says which paths a mapping reads, with every index as *, and which
// fields it fills.
func (m *Mapping) uses() (paths, fields map[string]bool) {
	paths, fields = map[string]bool{}, map[string]bool{}
	if m == nil {
		return paths, fields
	}
	mark := func(list []source) {
		for _, s := range list {
			for _, part := range s.parts {
				if part.path != nil {
					paths[part.path.indexless()] = true
				}
			}
		}
	}
	mark(m.identity)
	for _, f := range m.fields {
		fields[f.Name] = true
		mark(f.sources)
	}
	return paths, fields
}

// indexless writes the path with * for every index, and without one at its end,
// so that it can be compared with a path of the sample.
func (p way) indexless() string {
	out := "$"
	for _, st := range p.steps {
		if st.list {
			out += "[*]"
		} else {
			out += pathStep(st.name)
		}
	}
	return indexless(out)
}

func indexless(path string) string { return strings.TrimSuffix(path, "[*]") }

// pathStep writes a name as a step: plain where it can be, else in quotes.
func pathStep(name string) string {
	if name != "" && !strings.ContainsAny(name, ".[]\"{}") && strings.TrimSpace(name) == name {
		return "." + name
	}
	return "[" + string(appendString(nil, name)) + "]"
}

// leaves calls do for every scalar with its path, lists as [*].
func leaves(v any, path string, do func(path string, v any)) {
	if len(path) > maxPath {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			leaves(v[k], path+pathStep(k), do)
		}
	case []any:
		for _, e := range v[:min(len(v), 50)] {
			leaves(e, path+"[*]", do)
		}
	case nil:
	default:
		do(path, v)
	}
}

func leafKind(v any) string {
	switch v.(type) {
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	}
	return "text"
}

// suggest finds the path whose name fits a field best: its last name, or its
// last two, is one that such a field goes by. Values that cannot be what the
// field holds are passed over; of equal names the one nearer the root wins.
func suggest(f mappingField, paths []SamplePath) string {
	names := append([]string{f.Name}, usualNames(f.Name)...)
	best, rank, depth := "", len(names)*2, 0
	for _, p := range paths {
		if !fits(f, p.Example) {
			continue
		}
		last, pair := lastNames(p.Path)
		at := slices.IndexFunc(names, func(n string) bool { return squash(n) == pair || squash(n) == last })
		if at < 0 {
			continue
		}
		d := strings.Count(p.Path, ".") + strings.Count(p.Path, "[")
		if at < rank || at == rank && d < depth {
			best, rank, depth = p.Path, at, d
		}
	}
	return best
}

// lastNames returns the last name of a path and its last two, squashed.
func lastNames(path string) (last, pair string) {
	names := strings.FieldsFunc(strings.ReplaceAll(path, "[*]", ""), func(r rune) bool { return strings.ContainsRune(`$.[]"`, r) })
	if len(names) == 0 {
		return "", ""
	}
	last = squash(names[len(names)-1])
	if len(names) > 1 {
		pair = squash(names[len(names)-2]) + last
	}
	return last, pair
}

func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func fits(f mappingField, example string) bool {
	switch {
	case f.kind == timeValue:
		_, why := times{how: "auto"}.read(example)
		return why == ""
	case f.Name == "remote_ip":
		_, err := netip.ParseAddr(example)
		return err == nil
	case f.kind == urlValue:
		return webURL(example) != ""
	}
	return example != ""
}

// usualNames lists what detectors call such a field, the surest first.
func usualNames(field string) []string {
	return strings.Fields(map[string]string{
		"uid":           "id alert_id event_id finding_id incident_id uuid guid alert.id event.id incident.id fingerprint key external_id",
		"title":         "name summary subject headline alert_name rule_name rule.name alert.name event.title message",
		"description":   "details detail message body text long_description annotations.description summary",
		"severity":      "priority level urgency risk risk_score criticality severity.label alert.severity labels.severity score",
		"status":        "state event_type alert.status incident.status action",
		"types":         "type category kind event.type alert_type tactic",
		"product":       "source tool sensor detector service",
		"vendor":        "provider company",
		"generator":     "rule rule_id rule_name rule.id rule.name signature signature_id check policy",
		"control":       "control_id check_id",
		"account":       "account_id aws_account_id account.id subscription_id project_id tenant_id",
		"region":        "aws_region location zone",
		"resource":      "resource_id resource.id arn host hostname host.name instance_id device device.hostname asset target",
		"resource_type": "resource.type asset_type",
		"resource_name": "resource.name host.name device.name",
		"principal":     "user username user.name user_name actor actor.name account_name login email",
		"action":        "event_name operation api_call",
		"created_at":    "created timestamp time date detected_at event_time occurred_at created_on start_time starts_at starttime ts",
		"updated_at":    "updated last_updated modified modified_at updated_on",
		"first_seen":    "first_seen_at first_observed start starts_at",
		"last_seen":     "last_seen_at last_observed end ends_at",
		"count":         "occurrences event_count total hits",
		"remote_ip":     "src_ip source_ip source.ip ip_address ip client_ip remote_address remote.ip attacker_ip src dest_ip destination.ip",
		"remote_domain": "domain remote_host destination.domain dns.query",
		"indicators":    "iocs observables ioc sha256 hash file_hash file.sha256 md5 sha1",
		"techniques":    "technique mitre mitre_technique technique_id attack_id",
		"source_url":    "url link html_url permalink external_url generator_url alert_url console_url",
		"remediation":   "recommendation fix solution",
	}[field])
}
