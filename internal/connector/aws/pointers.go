package aws

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// object is a stored object that a message points to.
type object struct {
	bucket, key, version string
	region               string // "" where the message does not say it
	mark                 string // tells one content of the key from another where there are no versions
}

// name is how people and decoders know the object; the key's ending tells how
// it is packed.
func (o object) name() string { return o.bucket + "/" + o.key }

// id is the same whenever the same content is pointed to.
func (o object) id() string { return "s3://" + o.name() + "#" + cmp.Or(o.version, o.mark) }

// maxPointers is how many objects one message may point to. S3 itself names
// one in each.
const maxPointers = 100

// notice is what a message says about objects.
type notice struct {
	objects []object
	trial   bool   // S3 only tries whether it may send; there is no object
	bad     string // it is about objects, but names none that can be: why
}

// readNotice finds the S3 notification in a message: S3's own, one that came
// through SNS, EventBridge's "Object Created", or CloudTrail's note. Anything else is not ours to
// read. The body is whatever somebody put into the queue.
func readNotice(body []byte) (notice, bool) {
	for range 3 { // SNS around SNS is already strange
		if !mayPoint(body) {
			return notice{}, false
		}
		var m carrier
		if json.Unmarshal(body, &m) != nil {
			return notice{}, false
		}
		if m.Type != "Notification" || m.Message == "" {
			return m.read()
		}
		body = []byte(m.Message)
	}
	return notice{}, false
}

// mayPoint is cheap, and wrong only in letting too much through.
func mayPoint(body []byte) bool {
	has := func(s string) bool { return bytes.Contains(body, []byte(s)) }
	return (has("aws:s3") && has("Records")) || (has("aws.s3") && has("Object Created")) || has("s3:TestEvent") || has("s3ObjectKey")
}

// carrier is the outside of every form a notification comes in.
type carrier struct {
	Type    string `json:"Type"` // SNS
	Message string `json:"Message"`

	Event   string   `json:"Event"` // S3's trial
	Records []record `json:"Records"`

	Bucket string   `json:"s3Bucket"` // CloudTrail's note of log files
	Keys   []string `json:"s3ObjectKey"`

	DetailType string          `json:"detail-type"` // EventBridge
	Source     string          `json:"source"`
	Region     string          `json:"region"`
	Detail     json.RawMessage `json:"detail"`
}

type record struct {
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
	AWSRegion   string `json:"awsRegion"`
	S3          stored `json:"s3"`
}

type stored struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key       string `json:"key"`
		ETag      string `json:"eTag"` // "etag" from EventBridge
		Sequencer string `json:"sequencer"`
		VersionID string `json:"versionId"`
		Version   string `json:"version-id"`
	} `json:"object"`
}

func (m carrier) read() (notice, bool) {
	switch {
	case m.Event == "s3:TestEvent":
		return notice{trial: true}, true
	case m.Source == "aws.s3" && m.DetailType == "Object Created":
		var s stored
		if json.Unmarshal(m.Detail, &s) != nil {
			return notice{}, false
		}
		return gather([]object{s.object(m.Region)}), true
	}
	var found []object
	for _, key := range m.Keys {
		found = append(found, object{bucket: m.Bucket, key: key})
	}
	for _, r := range m.Records {
		if r.EventSource != "aws:s3" || !strings.HasPrefix(strings.TrimPrefix(r.EventName, "s3:"), "ObjectCreated:") {
			return notice{}, false // of something else too: what it is, the decoder says
		}
		o := r.S3.object(r.AWSRegion)
		if plain, err := url.QueryUnescape(o.key); err == nil {
			o.key = plain // S3 writes the key as in a form, EventBridge as it is
		}
		found = append(found, o)
	}
	return gather(found), len(found) > 0
}

func (s stored) object(region string) object {
	o := object{
		bucket: s.Bucket.Name, key: s.Object.Key, version: cmp.Or(s.Object.VersionID, s.Object.Version),
		mark: cmp.Or(s.Object.Sequencer, s.Object.ETag),
	}
	if isRegion(region) {
		o.region = region
	}
	return o
}

// gather judges what a notice names: only what cannot become part of another
// address is asked for.
func gather(found []object) notice {
	if len(found) > maxPointers {
		return notice{bad: "it points to more than 100 objects"}
	}
	for _, o := range found {
		switch {
		case !isBucket(o.bucket):
			return notice{bad: "it points to an object without a bucket that can be"}
		case o.key == "" || len(o.key) > 1024 || strings.ContainsRune(o.key, 0):
			return notice{bad: "it points to an object in " + o.bucket + " without a key that can be"}
		case len(o.version) > 1024:
			return notice{bad: "it points to a version that cannot be"}
		}
	}
	return notice{objects: found}
}

// isBucket leaves out ARNs of access points, which lead elsewhere.
func isBucket(s string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(s)
}

// place is where objects may be fetched from: a bucket and the beginning of a
// key.
type place struct{ bucket, prefix string }

// readPlaces reads "s3://BUCKET/PREFIX", several apart by blanks.
func readPlaces(text string) (places []place, ok bool) {
	for word := range strings.FieldsSeq(text) {
		rest, found := strings.CutPrefix(word, "s3://")
		bucket, prefix, _ := strings.Cut(rest, "/")
		if !found || !isBucket(bucket) {
			return nil, false
		}
		places = append(places, place{bucket, prefix})
	}
	return places, true
}

// leave says what a list of places makes of an object.
type leave int

const (
	fetchIt  leave = iota
	skipIt         // of a bucket that is listed, under another prefix: not wanted
	refuseIt       // of a bucket that nobody listed: somebody tries something
)

func judge(places []place, o object) leave {
	if len(places) == 0 {
		return fetchIt
	}
	verdict := refuseIt
	for _, p := range places {
		if p.bucket == o.bucket {
			if strings.HasPrefix(o.key, p.prefix) {
				return fetchIt
			}
			verdict = skipIt
		}
	}
	return verdict
}
