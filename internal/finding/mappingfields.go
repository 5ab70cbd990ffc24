package finding

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MappingField is a field of the normal form that a mapping may fill.
type MappingField struct {
	Name     string   `json:"name"`
	List     bool     `json:"list" doc:"Takes all values of all its sources; others take the first that is there"`
	Required bool     `json:"required"`
	Words    []string `json:"words" doc:"The words that it may hold; empty is any text"`
	Help     string   `json:"help"`
}

// mappingField is MappingField with how its value is read.
type mappingField struct {
	MappingField
	words []string
	kind  valueKind
	limit int
}

type valueKind int

const (
	lineValue  valueKind = iota // one line
	proseValue                  // lines
	idValue                     // must stay as it is
	urlValue                    // a link that is safe to offer
	wordValue                   // by a table of words
	timeValue
	countValue
	listValue
)

// MappingFields lists what a mapping may fill, in the order that people read.
func MappingFields() []MappingField {
	var out []MappingField
	for _, f := range mappingFields() {
		f.Words = orEmpty(f.words)
		out = append(out, f.MappingField)
	}
	return out
}

func mappingFields() []mappingField {
	field := func(name string, kind valueKind, limit int, help string) mappingField {
		return mappingField{MappingField: MappingField{Name: name, Help: help, List: kind == listValue}, kind: kind, limit: limit}
	}
	line := func(name, help string) mappingField { return field(name, lineValue, maxName, help) }
	word := func(name, help string) mappingField {
		f := field(name, wordValue, maxName, help)
		f.words = wordsOf(name)
		return f
	}
	list := func(name, help string) mappingField { return field(name, listValue, maxID, help) }
	when := func(name, help string) mappingField { return field(name, timeValue, 0, help) }
	out := []mappingField{
		field("uid", idValue, maxID, "The detector's own id; the same id is the same finding"),
		field("title", lineValue, maxTitle, "What happened, in one line"),
		field("description", proseValue, maxDescription, "What happened, in full"),
		word("severity", "How bad it is"),
		word("status", "As the detector sees it"),
		word("class", "What kind of thing it says"),
		word("result", "Of a check"),
		list("types", "What the detector calls this kind of thing"),
		line("product", "The detector; absent: the name of the connection"),
		line("vendor", "Who makes the detector"),
		line("generator", "The rule that produced it"),
		line("control", "The control that was checked"),
		line("account", "The account it is about"),
		line("account_name", "Its name"),
		line("region", "Where it is"),
		field("resource", lineValue, maxID, "The thing it is about: an ARN, a host, a user"),
		line("resource_name", "What people call it"),
		line("resource_type", "What kind of thing it is"),
		line("principal", "Who acted"),
		line("action", "What was done"),
		when("created_at", "When the detector made it"),
		when("updated_at", "When the detector changed it last"),
		when("first_seen", "When it began"),
		when("last_seen", "When it was seen last; a later one alone is not news"),
		field("count", countValue, 0, "How often the detector saw it"),
		list("remote_ip", "Addresses on the other end"),
		list("remote_domain", "Names on the other end"),
		list("indicators", "Addresses, names, links, hashes"),
		list("techniques", "ATT&CK ids"),
		field("source_url", urlValue, maxID, "Where the detector shows it"),
		field("remediation", proseValue, maxDescription, "What helps"),
		field("remediation_url", urlValue, maxID, "Where that is written"),
	}
	for i := range out {
		out[i].Required = out[i].Name == "title" || out[i].Name == "severity"
	}
	return out
}

// wordsOf lists the words of a field that has a closed list of them.
func wordsOf(field string) []string {
	switch field {
	case "severity":
		return []string{string(Critical), string(High), string(Medium), string(Low), string(Info)}
	case "status":
		return []string{StatusNew, StatusInProgress, StatusResolved, StatusSuppressed, StatusArchived}
	case "class":
		return []string{string(Detection), string(Compliance), string(Vulnerability), string(DataSecurity), string(OtherClass)}
	case "result":
		return []string{ResultPassed, ResultFailed, ResultWarning, ResultNotAvailable, ResultManual}
	}
	return nil
}

// words is a table from a detector's words to ours: exact ones first, then the
// nearest bound that a number meets, then the fallback.
type words struct {
	exact    map[string]string // lower case
	bounds   []bound
	fallback string
}

// bound is >=N, >N, <=N or <N.
type bound struct {
	op   string
	n    float64
	word string
}

func (w *words) add(from, to string) *mappingFlaw {
	if from == "default" {
		w.fallback = to
		return nil
	}
	for _, op := range [...]string{">=", "<=", ">", "<"} {
		rest, ok := strings.CutPrefix(from, op)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil {
			return &mappingFlaw{why: "needs a number after " + op}
		}
		w.bounds = append(w.bounds, bound{op, n, to})
		return nil
	}
	key := strings.ToLower(strings.TrimSpace(from))
	if _, twice := w.exact[key]; twice {
		return &mappingFlaw{why: "stands twice, apart from its letters' size"}
	}
	w.exact[key] = to
	return nil
}

func (w words) look(s string) (string, bool) {
	key := strings.ToLower(strings.TrimSpace(s))
	if word, ok := w.exact[key]; ok {
		return word, true
	}
	if n, err := strconv.ParseFloat(key, 64); err == nil {
		if word, ok := w.nearest(n); ok {
			return word, true
		}
	}
	return "", false
}

// nearest prefers bounds from below, the highest of which says most.
func (w words) nearest(n float64) (string, bool) {
	var low, high *bound
	for i, b := range w.bounds {
		switch {
		case (b.op == ">=" && n >= b.n || b.op == ">" && n > b.n) && (low == nil || b.n > low.n):
			low = &w.bounds[i]
		case (b.op == "<=" && n <= b.n || b.op == "<" && n < b.n) && (high == nil || b.n < high.n):
			high = &w.bounds[i]
		}
	}
	switch {
	case low != nil:
		return low.word, true
	case high != nil:
		return high.word, true
	}
	return "", false
}

// times reads what a detector writes for a time.
type times struct {
	how  string // auto, rfc3339, unix, unix_ms or a layout
	zone *time.Location
}

func compileTimes(how string) (times, *mappingFlaw) {
	t := times{how: how, zone: time.UTC}
	switch {
	case how == "" || how == "auto":
		t.how = "auto"
	case how == "rfc3339" || how == "unix" || how == "unix_ms":
	case len(how) > 60 || !strings.Contains(how, "06"):
		return t, &mappingFlaw{why: "must be auto, rfc3339, unix, unix_ms, or the layout of 2006-01-02 15:04:05 as the detector writes it"}
	}
	return t, nil
}

func (t *times) in(zone string) *mappingFlaw {
	if zone == "" {
		return nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || len(zone) > 60 {
		return &mappingFlaw{why: "is no time zone that is known here, such as Europe/Amsterdam"}
	}
	t.zone = loc
	return nil
}

// read returns the time, or what it should have been.
func (t times) read(s string) (time.Time, string) {
	s = strings.TrimSpace(s)
	var when time.Time
	ok := false
	want := "must be a time such as 2026-11-23T10:00:00Z"
	switch t.how {
	case "rfc3339":
		when, ok = parseTime(s)
	case "unix":
		when, ok = unixTime(s, 1e6)
		want = "must be a count of seconds since 1970"
	case "unix_ms":
		when, ok = unixTime(s, 1e3)
		want = "must be a count of milliseconds since 1970"
	case "auto":
		when, ok = t.guess(s)
	default:
		var err error
		when, err = time.ParseInLocation(t.how, s, t.zone)
		ok = err == nil
		want = "must be a time written as " + t.how
	}
	if !ok {
		return when, want + fmt.Sprintf(", is %q", clean(s, 40, false))
	}
	if y := when.UTC().Year(); y < 2000 || y > 2100 {
		return when, fmt.Sprintf("is in the year %d, outside 2000 to 2100", y)
	}
	return when, ""
}

// guess reads what most detectors write. Seconds and milliseconds are told by
// their size, as no year fits both.
func (t times) guess(s string) (time.Time, bool) {
	if when, ok := parseTime(s); ok {
		return when, true
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if n < 1e11 && n > -1e11 {
			return unixTime(s, 1e6)
		}
		return unixTime(s, 1e3)
	}
	for _, layout := range [...]string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"} {
		if when, err := time.ParseInLocation(layout, s, t.zone); err == nil && len(s) <= 40 {
			return when, true
		}
	}
	return time.Time{}, false
}

// unixTime reads a count whose unit is so many microseconds.
func unixTime(s string, unit float64) (time.Time, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n*unit > 1e17 || n*unit < -1e17 || n != n {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(n * unit)), true
}
