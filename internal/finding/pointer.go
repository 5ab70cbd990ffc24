package finding

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"
)

// SlugPointer is the slug of a part that tells of an object in S3 instead of
// holding findings. Who may read the bucket takes it from Pointers, fetches it
// and hands its content to DecodeObject; for everybody else it is quarantine.
const SlugPointer = "object-pointer"

// Longest names that S3 has, in bytes; a bucket may be an access point's ARN.
const (
	maxBucket = 255
	maxKey    = 1024
)

// S3Object is where an object lies that somebody has been told of. All of it is
// what the message says: whoever fetches it checks the bucket against its own
// list first.
type S3Object struct {
	Bucket    string
	Key       string // as S3 has it, no longer encoded
	VersionID string // "" for the newest
	ETag      string
	Region    string // of the bucket; "" when the message does not say
	Size      int64  // in bytes; 0 when the message does not say
}

// Pointers returns the objects that a body tells of, in its order: S3's own
// notifications (Records[].s3), EventBridge's Object Created, and CloudTrail's
// note of new log files, each also inside SNS, SQS and lists. The test message
// that S3 sends when a notification is set up, removed objects and everything
// else tell of none.
func Pointers(body []byte) []S3Object {
	if !mayPoint(body) {
		return nil
	}
	d := decoder{seeking: true}
	d.body(strings.TrimPrefix(string(body), "\uFEFF"))
	return d.objects
}

// mayPoint spares nearly every message the walk: each shape has one of these.
func mayPoint(body []byte) bool {
	for _, mark := range [...]string{"ObjectCreated", "Object Created", "s3ObjectKey"} {
		if bytes.Contains(body, []byte(mark)) {
			return true
		}
	}
	return false
}

// pointed notes an object, or why what tells of it is of no use.
func (d *decoder) pointed(n *node, o S3Object, raw string, at site) {
	switch {
	case n.doc.err != nil:
		d.refuse(raw, at, n.doc.err)
		return
	case !isS3Name(o.Bucket, maxBucket):
		d.refuse(raw, at, fieldError(at.path, slugField, "names no bucket, or one that S3 cannot have"))
		return
	case !isS3Name(o.Key, maxKey):
		d.refuse(raw, at, fieldError(at.path, slugField, "names no object, or one that S3 cannot have"))
		return
	}
	d.objects = append(d.objects, o)
	d.refuse(raw, at, fieldError(at.path, SlugPointer,
		"tells of s3://%s/%s and holds no finding itself: only a feed that may read the bucket can fetch it",
		clean(o.Bucket, 80, false), clean(o.Key, 200, false)))
}

func isS3Name(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) && !strings.ContainsRune(s, 0) && !strings.ContainsRune(s, utf8.RuneError)
}

// strict parses an object that is small, for its fields; nil when it is refused.
func (d *decoder) strict(s string, at site) *node {
	v, f := parseJSON(s)
	if f != nil {
		d.flawed(s, at, f)
		return nil
	}
	d.told = true
	m, ok := v.(map[string]any)
	if !ok {
		d.refuse(s, at, fieldError(at.path, slugUnknown, "must be an object, is %s", kindOf(v)))
		return nil
	}
	return newRoot(m, at.path)
}

// s3Record reads one record of S3's own notification, whose key is encoded as in
// a query.
func (d *decoder) s3Record(_ object, raw string, at site) {
	n := d.strict(raw, at)
	if n == nil {
		return
	}
	name, s3 := n.name("eventName"), n.child("s3")
	object := s3.child("object")
	if n.doc.err == nil && !strings.Contains(name, "ObjectCreated:") {
		d.refuse(raw, at, fieldError(joinPath(at.path, "eventName"), slugUnknown, "is %q: only objects that were created are read", name))
		return
	}
	key, err := url.QueryUnescape(object.str("key"))
	if err != nil {
		object.fail("key", "is not encoded as S3 does it")
	}
	size, _ := object.whole("size")
	d.pointed(n, S3Object{
		Bucket: s3.child("bucket").str("name"), Key: key, VersionID: object.name("versionId"),
		ETag: object.name("eTag"), Region: n.name("awsRegion"), Size: max(size, 0),
	}, raw, at)
}

// objectCreated reads EventBridge's form, whose key is not encoded.
func (d *decoder) objectCreated(s string, at site) {
	n := d.strict(s, at)
	if n == nil {
		return
	}
	detail := n.child("detail")
	object := detail.child("object")
	size, _ := object.whole("size")
	d.pointed(n, S3Object{
		Bucket: detail.child("bucket").str("name"), Key: object.str("key"), VersionID: object.name("version-id"),
		ETag: object.name("etag"), Region: n.name("region"), Size: max(size, 0),
	}, s, at)
}

// trailNotice reads what CloudTrail publishes to SNS: one bucket, many keys.
func (d *decoder) trailNotice(_ object, s string, at site) {
	n := d.strict(s, at)
	if n == nil {
		return
	}
	bucket := n.str("s3Bucket")
	keys := n.list("s3ObjectKey", maxParts)
	if len(keys) == 0 {
		n.fail("s3ObjectKey", "is missing or empty")
		keys = []any{""}
	}
	for i, v := range keys {
		key, ok := v.(string)
		if !ok {
			n.wrongType("s3ObjectKey"+indexPath(i), "text", v)
		}
		own := s
		if len(keys) > 1 {
			own = noticeOf(bucket, v)
		}
		d.pointed(n, S3Object{Bucket: bucket, Key: key}, own, at)
		if n.doc.err != nil || d.tooMany() {
			return
		}
	}
}

// noticeOf is a notice of one key of several: what has to be sent again for it.
// The whole notice beside each of its keys would be thousands of copies.
func noticeOf(bucket string, key any) string {
	one, err := json.Marshal(map[string]any{"s3Bucket": bucket, "s3ObjectKey": []any{key}})
	if err != nil {
		return "" // what was read as JSON always marshals
	}
	return string(one)
}

// nothing is for messages that say only that something works: S3's test of a
// notification, and the digests that CloudTrail writes beside its files.
func (d *decoder) nothing(object, string, site) {}
