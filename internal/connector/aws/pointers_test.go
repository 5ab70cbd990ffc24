package aws

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pointTo is S3's own notification.
func pointTo(bucket, key, version string) string {
	return fmt.Sprintf(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventName":"ObjectCreated:Put","s3":{"s3SchemaVersion":"1.0","bucket":{"name":%q,"arn":"arn:aws:s3:::x"},"object":{"key":%q,"size":12,"eTag":"e7a9","versionId":%q,"sequencer":"0055AED6"}}}]}`, bucket, key, version)
}

func throughSNS(body string) string {
	text, _ := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": body})
	return string(text)
}

const fromBus = `{"version":"0","id":"1","detail-type":"Object Created","source":"aws.s3","account":"1","time":"2026-11-23T10:00:00Z","region":"eu-north-1","resources":["arn:aws:s3:::lake"],"detail":{"version":"0","bucket":{"name":"lake"},"object":{"key":"a b+c/%41.parquet","size":5,"etag":"b1946","version-id":"v9","sequencer":"00"},"reason":"PutObject"}}`

func TestANotificationIsReadInEveryFormItComesIn(t *testing.T) {
	t.Parallel()
	plain := object{bucket: "trail", key: "AWSLogs/a b/ü.json.gz", version: "v1", region: "eu-west-1", mark: "0055AED6"}
	encoded := pointTo("trail", "AWSLogs/a+b/%C3%BC.json.gz", "v1")
	lake := object{bucket: "lake", key: "a b+c/%41.parquet", version: "v9", region: "eu-north-1", mark: "00"}
	many := `{"Records":[` + strings.Repeat(strings.TrimSuffix(strings.TrimPrefix(encoded, `{"Records":[`), `]}`)+",", 100) + strings.TrimPrefix(encoded, `{"Records":[`)
	tests := []struct {
		name, body string
		ours       bool
		want       notice
	}{
		{"straight from the bucket", encoded, true, notice{objects: []object{plain}}},
		{"through a topic", throughSNS(encoded), true, notice{objects: []object{plain}}},
		{"through two topics", throughSNS(throughSNS(encoded)), true, notice{objects: []object{plain}}},
		{"from EventBridge", fromBus, true, notice{objects: []object{lake}}},
		{"from EventBridge through a topic", throughSNS(fromBus), true, notice{objects: []object{lake}}},
		{"CloudTrail's note of its files", throughSNS(`{"s3Bucket":"trail","s3ObjectKey":["a b.json.gz","c"]}`), true, notice{objects: []object{{bucket: "trail", key: "a b.json.gz"}, {bucket: "trail", key: "c"}}}},
		{"the trial when notifications are set up", `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"trail"}`, true, notice{trial: true}},
		{"no bucket", pointTo("", "k", ""), true, notice{bad: "it points to an object without a bucket that can be"}},
		{"an access point for a bucket", pointTo("arn:aws:s3:us-east-1:1:accesspoint/x", "k", ""), true, notice{bad: "it points to an object without a bucket that can be"}},
		{"no key", pointTo("trail", "", ""), true, notice{bad: "it points to an object in trail without a key that can be"}},
		{"more objects than can be meant", many, true, notice{bad: "it points to more than 100 objects"}},
		{"a region that would change the host", strings.Replace(encoded, "eu-west-1", "evil.example/", 1), true, notice{objects: []object{{bucket: "trail", key: plain.key, version: "v1", mark: plain.mark}}}},
		{"an object that was removed", strings.Replace(encoded, "ObjectCreated:Put", "ObjectRemoved:Delete", 1), false, notice{}},
		{"records of something else", `{"Records":[{"eventSource":"aws:sqs","body":"aws:s3"}]}`, false, notice{}},
		{"a finding about a bucket", `{"SchemaVersion":"2018-10-08","Id":"x","ProductArn":"p","Resources":[{"Id":"arn:aws:s3:::Records"}]}`, false, notice{}},
		{"an event of another service", strings.Replace(fromBus, "aws.s3\"", "aws.s3x\"", 1), false, notice{}},
		{"a member of another type", strings.Replace(encoded, `"trail"`, `{"a":1}`, 1), false, notice{}},
		{"no JSON", "aws:s3 Records", false, notice{}},
		{"JSON of a depth that breaks parsers", `{"aws:s3":0,"Records":` + strings.Repeat("[", 100_000), false, notice{}},
		{"topics in topics in topics", throughSNS(throughSNS(throughSNS(encoded))), false, notice{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ours := readNotice([]byte(tt.body))
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(notice{}, object{})); diff != "" || ours != tt.ours {
				t.Errorf("ours %v, want %v\n%s", ours, tt.ours, diff)
			}
		})
	}
}

func TestOnlyWantedPlacesAreFetchedFrom(t *testing.T) {
	t.Parallel()
	places, ok := readPlaces("s3://lake/aws/ s3://trail")
	if !ok {
		t.Fatal("the places are not read")
	}
	tests := []struct {
		name string
		o    object
		want leave
	}{
		{"under its prefix", object{bucket: "lake", key: "aws/x"}, fetchIt},
		{"beside its prefix", object{bucket: "lake", key: "awsx"}, skipIt},
		{"a whole bucket", object{bucket: "trail", key: "any"}, fetchIt},
		{"a bucket nobody named", object{bucket: "secrets", key: "aws/x"}, refuseIt},
	}
	for _, tt := range tests {
		if got := judge(places, tt.o); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"lake/aws", "s3://", "s3://Lake", "https://lake"} {
		if _, ok := readPlaces(bad); ok {
			t.Errorf("%q is read as a place", bad)
		}
	}
}

func FuzzReadNotice(f *testing.F) {
	for _, s := range []string{pointTo("b-b", "k", "v"), throughSNS(pointTo("b-b", "k%zz", "")), fromBus, `{"Event":"s3:TestEvent"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, ours := readNotice(body)
		if !ours && (len(n.objects) > 0 || n.trial || n.bad != "") {
			t.Error("something was read from what is not ours")
		}
		for _, o := range n.objects {
			if !isBucket(o.bucket) || o.key == "" || (o.region != "" && !isRegion(o.region)) {
				t.Errorf("would ask for %+v", o)
			}
		}
	})
}
