package finding

import (
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// maxParts is how many findings one body may hold.
const maxParts = 5000

// maxWraps is how many wrappers may stand around a finding: SQS around SNS
// around EventBridge in a list, one a line, is seven.
const maxWraps = 10

// Decode tells a body apart and reads every finding in it. The body may be one
// finding, a JSON list, values one a line, an EventBridge envelope, an answer of
// GetFindings, and any of these inside an SNS or SQS message; the format is
// detected. Parts come in the order of the body. What cannot be read is a part
// with Err, and the good parts beside it are kept.
//
// The error is Invalid and for a body in which nothing can be told apart
// (empty-body, malformed-json) or that holds more than 5,000 parts
// (too-many-findings). An empty list gives no part and no error.
func Decode(body []byte) ([]Part, error) {
	d := decoder{}
	s := strings.TrimPrefix(string(body), "\uFEFF")
	if skipSpace(s, 0) == len(s) {
		return nil, fault.New(fault.Invalid, "the body is empty").WithSlug("empty-body")
	}
	d.body(s)
	if d.tooMany() {
		return nil, fault.New(fault.Invalid, "the body holds more than %d findings", maxParts).WithSlug("too-many-findings")
	}
	if !d.told && len(d.parts) > 0 {
		return nil, d.parts[0].Err
	}
	return d.parts, nil
}

// Content re-derives the canonical content of a finding from its original, as
// Part.Fields has it. The error says why it cannot be read.
func Content(raw []byte) (map[string]any, error) {
	v, f := parseJSON(string(raw))
	if f != nil {
		return nil, f.fault()
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fieldError("", slugUnknown, "must be an object, is %s", kindOf(v))
	}
	format, _ := formatIn(m)
	return content(m, format), nil
}

// formatIn is the format of a finding as it is kept, and whether that is the
// event that carried it.
func formatIn(m map[string]any) (format string, event bool) {
	if detailType, ok := m["detail-type"].(string); ok {
		if format, s := eventFormat(clean(detailType, maxName, false)); s == whole {
			return format, true
		}
	}
	return formatOf(func(key string) bool { return m[key] != nil }), false
}

// decoder gathers the parts of one body.
type decoder struct {
	parts   []Part
	told    bool // something in the body was JSON
	good    bool // something in it was a finding
	objects []S3Object
	seeking bool  // only objects are wanted
	scan    *scan // the object that this is the content of; nil for a message
}

// body reads a whole text that is not blank.
func (d *decoder) body(s string) {
	d.stream(s, site{})
	if from := skipSpace(s, 0); !d.told && s[from] == '[' {
		d.parts = nil // a list over many lines that breaks off: what is whole in it counts
		d.list(s[from:], site{})
	}
}

// site is where in the body the decoder stands.
type site struct {
	path   string
	event  Event
	origin string
	name   string // of the custom action
	// outer is the envelope around a single finding: what has to be sent again
	// when the finding cannot be read.
	outer string
	depth int
}

func (at site) in(path string) site {
	at.path = joinPath(at.path, path)
	at.depth++
	return at
}

// tooMany says that there is no use in going on.
func (d *decoder) tooMany() bool {
	if o := d.scan; o != nil {
		return o.stop != nil || o.given+len(d.parts)+o.skipped > maxObjectLines
	}
	return len(d.parts) > maxParts || len(d.objects) > maxParts
}

func (d *decoder) limit() int {
	if d.scan != nil {
		return maxObjectLines
	}
	return maxParts
}

// refuse adds a part that goes to quarantine.
func (d *decoder) refuse(raw string, at site, err *fault.Error) {
	if d.seeking || d.scan.skip(raw) {
		return
	}
	if at.outer != "" {
		raw = at.outer
	}
	d.parts = append(d.parts, Part{Event: at.event, Raw: []byte(raw), Err: err})
}

func (d *decoder) flawed(raw string, at site, f *flaw) {
	if f.slug != slugMalformed {
		d.told = true
	}
	d.refuse(raw, at, f.under(at.path).fault())
}

// stream reads a text that may hold several values.
func (d *decoder) stream(s string, at site) {
	list := pieces(s, d.limit())
	for _, p := range list {
		if d.tooMany() {
			return
		}
		if len(list) == 1 {
			d.value(p.text, at)
			return
		}
		line := at.in("line " + strconv.Itoa(p.line) + ", ")
		d.line(p, line)
		d.handOver(objectBatch)
	}
}

// line reads one of many values. A fragment of something that broke is not
// taken for a sign that the body is a list of lines.
func (d *decoder) line(p piece, at site) {
	if p.entire {
		d.value(p.text, at)
		return
	}
	told := d.told
	d.scan.pause(true)
	if _, f := parseJSON(p.text); f != nil {
		at.path = strings.TrimSuffix(at.path, ", ")
		d.refuse(p.text, at, fieldError(at.path, f.slug, "%s", f.why))
	} else {
		d.value(p.text, at)
	}
	d.told = told
	d.scan.pause(false)
}

// value reads one value: a list, a wrapper or a finding.
func (d *decoder) value(s string, at site) {
	if at.depth > maxWraps {
		d.told = true
		d.refuse(s, at, fieldError(at.path, slugDeep, "is wrapped more than %d times", maxWraps))
		return
	}
	switch s[0] {
	case '[':
		d.list(s, at)
	case '{':
		d.object(s, at)
	default:
		d.scalar(s, at)
	}
}

func (d *decoder) scalar(s string, at site) {
	v, f := parseJSON(s)
	if f != nil {
		d.flawed(s, at, f)
		return
	}
	d.told = true
	d.refuse(s, at, fieldError(at.path, slugUnknown, "must be an object, is %s", kindOf(v)))
}

func (d *decoder) list(s string, at site) {
	elements(s, func(i int, raw string, f *flaw) bool {
		place := at.in(indexPath(i))
		if f != nil {
			d.flawed(raw, place, f)
		} else {
			d.value(raw, place)
		}
		d.handOver(objectBatch)
		return !d.tooMany()
	})
	if end := skipSpace(s, 1); end == len(s)-1 && s[end] == ']' {
		d.told = true
	}
}

// object finds out what an object is by its names.
func (d *decoder) object(s string, at site) {
	o, f := open(s)
	if f != nil {
		d.flawed(s, at, f)
		return
	}
	unwrap, carrier := d.wrapper(o)
	format := formatOf(o.has)
	if unwrap != nil && (format == "" || carrier == "detail") {
		d.unwrap(unwrap, carrier, o, s, at)
		return
	}
	if format == "" {
		d.unknown(o, s, at)
		return
	}
	d.finding(s, format, len(o), at)
}

// formatOf tells a finding's format by names that no other format has.
func formatOf(has func(key string) bool) string {
	switch {
	case has(customMark):
		return FormatCustom
	case has("class_uid"), has("finding_info"):
		return FormatOCSF
	case has("ProductArn"), has("AwsAccountId"), has("SchemaVersion") && has("Id"):
		return FormatASFF
	case has("resourcesAffected"), has("classificationDetails"):
		return FormatMacie
	case has("schemaVersion"), has("accountId") && (has("service") || has("detail") || has("arn")):
		return FormatGuardDuty
	case has("findingArn") && has("awsAccountId"):
		return FormatInspector
	case has("eventID") && (has("eventSource") || has("insightDetails")):
		return FormatCloudTrail
	case has("analyzedAt") && has("resourceType"):
		return FormatAccess
	case has("eventTypeCode") && has("eventArn"):
		return FormatHealth
	}
	return ""
}

// unknown refuses an object that is nothing we know, with the most helpful
// reason: one that is not even JSON says so first.
func (d *decoder) unknown(o object, s string, at site) {
	if _, f := parseJSON(s); f != nil {
		d.flawed(s, at, f)
		return
	}
	d.told = true
	names := make([]string, 0, 8)
	for _, m := range o[:min(len(o), 8)] {
		names = append(names, keyPath(m.key))
	}
	d.refuse(s, at, fieldError(at.path, slugUnknown,
		"is no finding that Tocsin reads: it has neither ProductArn (ASFF), schemaVersion (GuardDuty), class_uid (OCSF) nor eventID (CloudTrail), but %s",
		firstOf(strings.Join(names, ", "), "nothing")))
}

// finding reads one finding strictly; members is how many it has, 0 if unknown.
func (d *decoder) finding(s, format string, members int, at site) {
	if d.seeking {
		d.told = true
		return
	}
	v, f := parseSized(s, members)
	if f != nil {
		d.flawed(s, at, f)
		return
	}
	d.told = true
	m, ok := v.(map[string]any)
	if !ok {
		d.refuse(s, at, fieldError(at.path, slugUnknown, "must be an object, is %s", kindOf(v)))
		return
	}
	own, event := formatIn(m)
	if !event && carries(m) {
		d.refuse(s, at, fieldError(at.path, slugUnknown, "looks like a message that carries findings, where one should stand"))
		return
	}
	if own != "" && own != format {
		d.refuse(s, at, fieldError(at.path, slugUnknown, "looks like %s, where the envelope says %s", own, format))
		return
	}
	found, err := normalise(newRoot(m, at.path), format)
	if err == nil && own == "" {
		err = fieldError(at.path, slugUnknown, "lacks the names by which %s is told: kept by itself it could not be read again", format)
	}
	if err != nil {
		d.refuse(s, at, err)
		return
	}
	found.Origin, found.OriginName = firstOf(found.Origin, at.origin, OriginImported), firstOf(found.OriginName, at.name)
	fields := content(m, format)
	d.good = true
	d.parts = append(d.parts, Part{
		Finding: found, Event: at.event, Raw: []byte(s), ContentHash: contentHash(fields), Fields: fields,
	})
}

// normalise turns a parsed finding into the normal form.
func normalise(n *node, format string) (*Finding, *fault.Error) {
	f := &Finding{Format: format}
	g := &gather{f: f}
	readerOf(format)(n, g)
	if n.doc.err != nil {
		return nil, n.doc.err
	}
	g.finish()
	return f, nil
}
