package finding

import (
	"strings"

	"tocsin/internal/fault"
)

// unwrapper reads what a wrapper carries. The object is s, opened.
type unwrapper func(o object, s string, at site)

// kind of wrapper, by the names that no finding has.
type wrapping int

const (
	unwrapped wrapping = iota
	isEvent
	isS3Record
	isTrailNotice
	isNothing
	isNotification
	isMessages
	isRecords
	isMessage
	isLambdaMessage
	isAnswer
	isDetail
)

// members is an object seen from outside: which members it has, and which of
// them are lists.
type members struct{ has, list func(key string) bool }

// wrappingOf tells what only carries findings from what may be one.
func wrappingOf(m members) wrapping {
	has := m.has
	switch {
	case has("detail-type"):
		return isEvent
	case has("s3") && has("eventName"):
		return isS3Record
	case has("s3Bucket") && has("s3ObjectKey"):
		return isTrailNotice
	case has("Event") && has("Bucket") && has("HostId"), has("digestS3Bucket") && has("logFiles"):
		return isNothing
	case has("Type") && (has("TopicArn") || has("Message")) && !has("ProductArn"):
		return isNotification
	case m.list("Messages"):
		return isMessages
	case m.list("Records"):
		return isRecords
	case has("Body") && (has("MessageId") || has("ReceiptHandle")):
		return isMessage
	case has("body") && (has("messageId") || has("receiptHandle") || has("eventSource")):
		return isLambdaMessage
	case m.list("Findings"):
		return isAnswer
	case m.list("findings"):
		return isDetail
	}
	return unwrapped
}

// wrapper returns the reader for an object that only carries findings and the
// name of the member that carries them; nil for one that may be a finding.
func (d *decoder) wrapper(o object) (unwrap unwrapper, carrier string) {
	switch wrappingOf(members{o.has, func(key string) bool { return listAt(o, key) }}) {
	case isEvent:
		return d.envelope, "detail"
	case isS3Record:
		return d.s3Record, ""
	case isTrailNotice:
		return d.trailNotice, ""
	case isNothing:
		return d.nothing, ""
	case isNotification:
		return d.notification, ""
	case isMessages:
		return d.messages, "Messages"
	case isRecords:
		return d.records, "Records"
	case isMessage, isLambdaMessage:
		return d.message, ""
	case isAnswer:
		return d.answer, "Findings"
	case isDetail:
		return d.answer, "findings"
	}
	return nil, ""
}

// carries reports whether a parsed object has the names of a wrapper, so that
// kept by itself it would not be read as the finding that it was taken for.
func carries(m map[string]any) bool {
	w := wrappingOf(members{
		func(key string) bool { return m[key] != nil },
		func(key string) bool { _, ok := m[key].([]any); return ok },
	})
	return w != unwrapped
}

// unwrap checks everything in a wrapper but what it carries, then reads that.
func (d *decoder) unwrap(unwrap unwrapper, carrier string, o object, s string, at site) {
	if _, f := o.parse(carrier); f != nil {
		d.flawed(s, at, f)
		return
	}
	d.told = true
	unwrap(o, s, at)
}

// parse reads all members but one strictly.
func (o object) parse(except string) (map[string]any, *flaw) {
	m := make(map[string]any, len(o))
	for _, x := range o {
		if x.key == except {
			continue
		}
		v, f := parseJSON(x.raw)
		if f != nil {
			return nil, f.under(keyPath(x.key))
		}
		m[x.key] = v
	}
	return m, nil
}

func listAt(o object, key string) bool { return strings.HasPrefix(o.get(key), "[") }

// answer reads {"Findings": […]}, as GetFindings answers, and the detail of an
// envelope sent by itself.
func (d *decoder) answer(o object, _ string, at site) {
	_, key := d.wrapper(o)
	d.list(o.get(key), at.in(key))
}

// notification reads an SNS message; its text may be any body.
func (d *decoder) notification(o object, s string, at site) {
	kind, f := textOf(o, "Type")
	if f != nil {
		d.flawed(s, at, f)
		return
	}
	if kind != "Notification" {
		d.refuse(s, at, fieldError(joinPath(at.path, "Type"), slugUnknown,
			"is %q: only a Notification carries findings", clean(kind, 60, false)))
		return
	}
	d.inner(o, "Message", s, at)
}

// messages reads an answer of SQS ReceiveMessage.
func (d *decoder) messages(o object, _ string, at site) { d.list(o.get("Messages"), at.in("Messages")) }

// message reads one SQS message, in the API's spelling or Lambda's.
func (d *decoder) message(o object, s string, at site) {
	key := "Body"
	if !o.has(key) {
		key = "body"
	}
	d.inner(o, key, s, at)
}

// records reads the event of a Lambda function behind SQS or SNS.
func (d *decoder) records(o object, _ string, at site) {
	at = at.in("Records")
	elements(o.get("Records"), func(i int, raw string, f *flaw) bool {
		place := at.in(indexPath(i))
		place.depth--
		if f == nil && !strings.HasPrefix(raw, "{") {
			f = &flaw{slug: slugUnknown, why: "must be an object"}
		}
		if f != nil {
			d.flawed(raw, place, f)
		} else {
			d.record(raw, place)
		}
		d.handOver(objectBatch)
		return !d.tooMany()
	})
}

func (d *decoder) record(raw string, at site) {
	o, f := open(raw)
	switch {
	case f != nil:
		d.flawed(raw, at, f)
	case o.has("body"):
		d.inner(o, "body", raw, at)
	case strings.HasPrefix(o.get("Sns"), "{"):
		sns, f := open(o.get("Sns"))
		if f != nil {
			d.flawed(raw, at.in("Sns"), f)
			return
		}
		d.inner(sns, "Message", raw, at.in("Sns"))
	case o.has("s3"):
		d.s3Record(o, raw, at)
	case o.has("eventID"):
		d.finding(raw, FormatCloudTrail, len(o), at)
	default:
		d.refuse(raw, at, fieldError(at.path, slugUnknown, "has neither body (SQS), Sns, s3 nor eventID (CloudTrail)"))
	}
}

// inner reads a body that stands as text under key.
func (d *decoder) inner(o object, key, s string, at site) {
	text, f := textOf(o, key)
	if f != nil {
		d.flawed(s, at, f)
		return
	}
	if skipSpace(text, 0) == len(text) {
		d.refuse(s, at, fieldError(joinPath(at.path, key), slugField, "is missing or empty"))
		return
	}
	inside := decoder{seeking: d.seeking}
	if inside.stream(text, at.in(key)); !inside.told && len(inside.parts) > 0 {
		first := inside.parts[0].Err
		d.refuse(s, at, fieldError(joinPath(at.path, key), slugMalformed, "holds nothing that is JSON: %s", first.Message))
		return
	}
	d.parts, d.good = append(d.parts, inside.parts...), d.good || inside.good
	d.objects = append(d.objects, inside.objects...)
}

// textOf returns the string under key, "" when absent.
func textOf(o object, key string) (string, *flaw) {
	raw := o.get(key)
	if raw == "" {
		return "", nil
	}
	v, f := parseJSON(raw)
	if f != nil {
		return "", f.under(key)
	}
	s, ok := v.(string)
	if !ok {
		return "", &flaw{path: key, slug: slugField, why: "must be text, is " + kindOf(v)}
	}
	return s, nil
}

// envelope reads an EventBridge event. What its detail holds is decided by the
// detail-type alone, so that a finding cannot pose as one of another product.
func (d *decoder) envelope(o object, s string, at site) {
	m, _ := o.parse("detail") // unwrap has seen that it can be read
	n := newRoot(m, at.path)
	at.event = readEvent(n)
	if n.doc.err != nil {
		d.refuse(s, at, n.doc.err)
		return
	}
	detail := o.get("detail")
	format, where := eventFormat(at.event.DetailType)
	switch {
	case at.event.DetailType == "Object Created":
		d.objectCreated(s, at)
	case where == noShape:
		d.refuse(s, at, fieldError(joinPath(at.path, "detail-type"), slugUnknownDetail,
			"%q is not one that Tocsin reads", at.event.DetailType))
	case !strings.HasPrefix(detail, "{"):
		d.refuse(s, at, fieldError(joinPath(at.path, "detail"), slugField, "is missing or no object"))
	case where == inList:
		d.detailList(detail, format, s, at)
	case where == whole:
		d.finding(s, format, 0, at)
	default:
		at.outer = s
		d.finding(detail, format, 0, at.in("detail"))
	}
}

func readEvent(n *node) Event {
	e := Event{
		ID: n.str("id"), Source: n.name("source"), DetailType: n.name("detail-type"),
		Account: n.name("account"), Region: n.name("region"), Time: n.when("time"),
	}
	n.checkID("id", e.ID)
	return e
}

// detailList reads detail.findings, each as the format the envelope names.
func (d *decoder) detailList(detail, format, s string, at site) {
	inside := at.in("detail")
	o, f := open(detail)
	var m map[string]any
	if f == nil {
		m, f = o.parse("findings")
	}
	if f != nil {
		d.flawed(s, inside, f)
		return
	}
	n := newRoot(m, inside.path)
	if inside.origin, inside.name = origin(n, at.event.DetailType); n.doc.err != nil {
		d.refuse(s, at, n.doc.err)
		return
	}
	list := o.get("findings")
	if err := checkList(list, inside.path); err != nil {
		d.refuse(s, at, err)
		return
	}
	if single(list) {
		inside.outer = s
	}
	d.findings(list, format, inside.in("findings"))
}

func origin(n *node, detailType string) (origin, name string) {
	if strings.HasSuffix(detailType, "Custom Action") {
		return OriginCustomAction, n.name("actionName")
	}
	return OriginImported, ""
}

func checkList(list, path string) *fault.Error {
	switch {
	case list == "":
		return fieldError(joinPath(path, "findings"), slugField, "is missing")
	case list[0] != '[':
		return fieldError(joinPath(path, "findings"), slugField, "must be a list")
	case skipSpace(list, 1) == len(list)-1:
		return fieldError(joinPath(path, "findings"), slugField, "holds no finding")
	}
	return nil
}

// single reports whether a list has one element.
func single(list string) bool {
	end, ok := skipValue(list, skipSpace(list, 1))
	return ok && skipSpace(list, end) == len(list)-1
}

// findings reads a list of findings of one format.
func (d *decoder) findings(list, format string, at site) {
	elements(list, func(i int, raw string, f *flaw) bool {
		place := at
		place.path += indexPath(i)
		switch {
		case f != nil:
			d.flawed(raw, place, f)
		case raw[0] != '{':
			d.scalar(raw, place)
		default:
			d.finding(raw, format, 32, place)
		}
		return !d.tooMany()
	})
}
