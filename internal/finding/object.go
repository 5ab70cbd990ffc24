package finding

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"

	"tocsin/internal/fault"
)

// Bounds of one object: what it may unpack to, and how much more that may be
// than what was fetched. Deflate reaches 1,032; logs do not reach 100.
const (
	maxUnpacked = 64 << 20
	maxRatio    = 300
	// objectBatch is how many parts are handed over at once.
	objectBatch = 500
	// maxObjectParts is how many parts DecodeObject returns in one list.
	maxObjectParts = 20_000
	// maxObjectLines is how many values an object may hold one a line.
	maxObjectLines = 500_000
	// maxRefused is how many parts of one object are refused one by one.
	maxRefused = 100
)

// DecodeObject reads the content of an object out of a bucket: everything that
// Decode reads, CloudTrail's log files, and one value a line, each also packed
// with gzip, which is told by the content and not by the name. It returns at
// most 20,000 parts; ScanObject has no such bound. Of what it must refuse in one
// object it returns the first hundred and one more that counts the rest.
//
// The error is Invalid and for an object that cannot be read as a whole: it is
// Parquet or packed in another way, unpacks to more than it may, breaks off, or
// holds nothing that Tocsin reads.
func DecodeObject(name string, body []byte) ([]Part, error) {
	parts := []Part{}
	err := ScanObject(name, body, func(batch []Part) error {
		if parts = append(parts, batch...); len(parts) > maxObjectParts {
			return refused(name, "too-many-findings", "holds more than %d findings", maxObjectParts)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return parts, nil
}

// ScanObject is DecodeObject that hands the parts over in batches of about 500
// as it comes to them, so that a large log file does not stand in memory as
// findings at once. It stops at the first error of take and returns it. The
// batch belongs to take.
func ScanObject(name string, body []byte, take func([]Part) error) error {
	text, err := unpackObject(name, body)
	if err != nil {
		return err
	}
	s := strings.TrimPrefix(text, "\uFEFF")
	if skipSpace(s, 0) == len(s) {
		return nil // CloudTrail and Firehose write empty objects
	}
	d := decoder{scan: &scan{take: take}}
	d.body(s)
	return d.end(name)
}

// scan is how far the reading of an object has come.
type scan struct {
	take    func([]Part) error
	given   int    // parts handed over
	bad     int    // parts refused
	skipped int    // parts refused and only counted
	sample  []byte // the first of those
	stop    error
	hold    bool // what is in a fragment waits for a sign that the body is JSON
}

// skip says whether one more refused part is only counted: an access log in the
// wrong bucket would fill the quarantine line by line.
func (o *scan) skip(raw string) bool {
	if o == nil {
		return false
	}
	if o.bad++; o.bad <= maxRefused {
		return false
	}
	if o.skipped++; o.skipped == 1 {
		o.sample = []byte(raw)
	}
	return true
}

func (o *scan) pause(hold bool) {
	if o != nil {
		o.hold = hold
	}
}

// handOver gives the parts so far away once there are enough of them.
func (d *decoder) handOver(enough int) {
	o := d.scan
	if o == nil || o.hold || o.stop != nil || !d.told || len(d.parts) < enough {
		return
	}
	o.stop = o.take(d.parts)
	o.given += len(d.parts)
	d.parts = nil
}

// end hands over what is left of an object, or says why it is none.
func (d *decoder) end(name string) error {
	o := d.scan
	switch {
	case o.stop != nil:
		return o.stop
	case d.tooMany():
		return refused(name, "too-many-findings", "holds more than %d values", maxObjectLines)
	case len(d.parts) == 0:
		return nil
	case !d.told:
		return refused(name, slugMalformed, "holds nothing that is JSON: %s", d.parts[0].Err.Message)
	case !d.good && o.skipped > 0:
		return refused(name, "no-finding", "holds nothing that Tocsin reads: %s", d.parts[0].Err.Message)
	case o.skipped > 0:
		d.parts = append(d.parts, Part{Raw: o.sample, Err: fieldError("", slugUnknown, "is one of %d more values of the object %s that are refused", o.skipped, clean(path.Base(name), 120, false))})
	}
	d.handOver(1)
	return o.stop
}

func refused(name, slug, format string, args ...any) error {
	return fault.New(fault.Invalid, "The object "+strings.ReplaceAll(clean(path.Base(name), 120, false), "%", "%%")+" "+format, args...).WithSlug(slug)
}

// unpackObject returns the text of an object.
func unpackObject(name string, body []byte) (string, error) {
	switch {
	case len(body) > maxUnpacked:
		return "", refused(name, "too-large", "is larger than %d MiB", maxUnpacked>>20)
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		return gunzip(name, body)
	}
	return string(body), knownKind(name, body)
}

// knownKind names the formats that are no text, so that people know what to
// change.
func knownKind(name string, body []byte) error {
	for _, kind := range [...]struct{ mark, what string }{
		{"PAR1", "is Parquet"}, {"\x28\xb5\x2f\xfd", "is packed with zstd"}, {"PK\x03\x04", "is a ZIP archive"},
		{"BZh", "is packed with bzip2"}, {"Obj\x01", "is Avro"}, {"ORC", "is ORC"}, {"\x1f\x8b", "is packed twice"},
	} {
		if bytes.HasPrefix(body, []byte(kind.mark)) {
			return refused(name, "unreadable-object", "%s: only JSON is read, alone or packed with gzip", kind.what)
		}
	}
	return nil
}

func gunzip(name string, body []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", refused(name, "broken-gzip", "begins like gzip and is not")
	}
	limit := int64(maxUnpacked)
	if ratio := int64(len(body)) * maxRatio; ratio > 1<<20 {
		limit = min(limit, ratio)
	} else {
		limit = 1 << 20 // little text can be very repetitive and does no harm
	}
	var text bytes.Buffer
	n, err := text.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case n > limit:
		return "", refused(name, "too-large", "unpacks to more than %d bytes, from %d", limit, len(body))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", refused(name, "broken-gzip", "breaks off in the middle")
	case err != nil:
		return "", refused(name, "broken-gzip", "does not unpack: it is damaged")
	}
	return text.String(), knownKind(name, text.Bytes())
}
