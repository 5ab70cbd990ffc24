package finding

import (
	"maps"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// seeds gives a fuzz test every sample of every source and every hostile body
// that is not huge.
func seeds(f *testing.F) {
	f.Helper()
	for _, name := range append(goldenNames(), sourceNames(f)...) {
		f.Add([]byte(fixture(f, name+".json")))
	}
	bodies := hostileBodies(f)
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		if body := bodies[name]; len(body) < 16<<10 {
			f.Add([]byte(body))
		}
	}
	for _, seed := range []string{
		"", "[", "{", "[]", "{}", "[[[[[[[[[[[[[]]]]]]]]]]]]]", "{\"a\":1}\n{\"a\":", "{\"Messages\":[{\"Body\":\"{}\"}]}",
		"{\"Records\":[{}]}", "{\"Findings\":[1,{}]}", "{\"detail-type\":\"GuardDuty Finding\",\"detail\":{}}", "{\"class_uid\":2004}",
		"{\"Type\":\"Notification\",\"Message\":\"[]\"}", "\xff\xfe", "{\"\\ud800\":1}", "[1,", "{\"findings\":[", "7\n8", "\"a\n",
		`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a%20b"}}}]}`,
		`{"s3Bucket":"b","s3ObjectKey":["k"]}`, `{"detail-type":"Object Created","detail":{"bucket":{"name":"b"},"object":{"key":"k"}}}`,
	} {
		f.Add([]byte(seed))
	}
}

// patience bounds the time of one body: a hundred times what the slowest small
// body takes on a busy machine.
const patience = 10 * time.Second

func checkParts(t *testing.T, parts []Part, err error, start time.Time) {
	t.Helper()
	if took := time.Since(start); took > patience {
		t.Fatalf("took %v", took)
	}
	if err != nil && (parts != nil || fault.CodeOf(err) != fault.Invalid || fault.As(err).Slug == "") {
		t.Fatalf("error %v with %d parts", err, len(parts))
	}
	for _, p := range parts {
		checkPart(t, p)
		if p.Finding != nil {
			checkText(t, p.Finding)
		}
	}
}

func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		start := time.Now()
		parts, err := Decode(body)
		checkParts(t, parts, err, start)
	})
}

func FuzzDecodeObject(f *testing.F) {
	seeds(f)
	f.Add(zipped(f, fixture(f, "ocsf-checks.json")))
	f.Add(zipped(f, fixture(f, "sources/cloudtrail-file.json")))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		start := time.Now()
		parts, err := DecodeObject("s3://b/k", body)
		checkParts(t, parts, err, start)
	})
}

func FuzzPointers(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		start := time.Now()
		objects := Pointers(body)
		if took := time.Since(start); took > patience {
			t.Fatalf("took %v", took)
		}
		for _, o := range objects {
			if o.Bucket == "" || o.Key == "" || len(o.Bucket) > maxBucket || len(o.Key) > maxKey || o.Size < 0 || !utf8.ValidString(o.Bucket+o.Key+o.VersionID+o.ETag+o.Region) {
				t.Fatalf("a pointer that leads nowhere: %+v", o)
			}
		}
		if parts, err := Decode(body); err == nil && len(objects) > 0 {
			pointers := 0
			for _, p := range parts {
				if p.Err != nil && p.Err.Slug == SlugPointer {
					pointers++
				}
			}
			if pointers != len(objects) {
				t.Fatalf("Decode tells of %d objects, Pointers of %d", pointers, len(objects))
			}
		}
	})
}
