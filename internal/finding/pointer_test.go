package finding

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPointersAreFoundInEveryWrapping(t *testing.T) {
	t.Parallel()
	s3 := `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-11-23T10:00:00.000Z","eventName":"ObjectCreated:Put",` +
		`"s3":{"s3SchemaVersion":"1.0","bucket":{"name":"logs","arn":"arn:aws:s3:::logs"},"object":{"key":"a/b+c%2Bd%C3%A9.json.gz","size":1234,"eTag":"e1","versionId":"v1","sequencer":"1"}}}]}`
	want := S3Object{Bucket: "logs", Key: "a/b c+dé.json.gz", VersionID: "v1", ETag: "e1", Region: "eu-west-1", Size: 1234}
	event := `{"version":"0","id":"e","detail-type":"Object Created","source":"aws.s3","account":"111122223333","time":"2026-11-23T10:00:00Z","region":"eu-west-1",` +
		`"resources":["arn:aws:s3:::lake"],"detail":{"version":"0","bucket":{"name":"lake"},"object":{"key":"a+b%20c","size":7,"etag":"e2","version-id":"v2"},"reason":"PutObject"}}`
	lake := S3Object{Bucket: "lake", Key: "a+b%20c", VersionID: "v2", ETag: "e2", Region: "eu-west-1", Size: 7}
	trail := `{"s3Bucket":"trail","s3ObjectKey":["AWSLogs/1/x.json.gz","AWSLogs/1/y.json.gz"]}`
	trails := []S3Object{{Bucket: "trail", Key: "AWSLogs/1/x.json.gz"}, {Bucket: "trail", Key: "AWSLogs/1/y.json.gz"}}
	sns := func(s string) string { return `{"Type":"Notification","TopicArn":"t","Message":` + quote(s) + `}` }
	sqs := func(s string) string { return `{"MessageId":"m","ReceiptHandle":"r","Body":` + quote(s) + `}` }
	for name, tt := range map[string]struct {
		body string
		want []S3Object
	}{
		"S3's own":                          {s3, []S3Object{want}},
		"one record by itself":              {s3[len(`{"Records":[`) : len(s3)-2], []S3Object{want}},
		"behind SNS":                        {sns(s3), []S3Object{want}},
		"behind SNS and SQS":                {sqs(sns(s3)), []S3Object{want}},
		"in an answer of SQS":               {`{"Messages":[` + sqs(s3) + `,` + sqs(event) + `]}`, []S3Object{want, lake}},
		"for a Lambda function":             {`{"Records":[{"messageId":"m","body":` + quote(s3) + `,"eventSource":"aws:sqs"}]}`, []S3Object{want}},
		"EventBridge's":                     {event, []S3Object{lake}},
		"EventBridge's behind SNS":          {sns(event), []S3Object{lake}},
		"CloudTrail's":                      {sns(trail), trails},
		"one a line":                        {event + "\n" + trail, append([]S3Object{lake}, trails...)},
		"beside a finding":                  {"[" + oneLine(t, asffFixture(t)) + "," + s3 + "]", []S3Object{want}},
		"S3's test message":                 {`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-23T10:00:00.000Z","Bucket":"ObjectCreated","RequestId":"r","HostId":"h"}`, nil},
		"an object that was removed":        {strings.Replace(s3, "ObjectCreated:Put", "ObjectRemoved:Delete", 1), nil},
		"a finding":                         {asffFixture(t), nil},
		"a key that is not encoded":         {strings.Replace(s3, "a/b+c", "a/%zz", 1), nil},
		"a key that is too long":            {strings.Replace(s3, "a/b+c", strings.Repeat("k", 1025), 1), nil},
		"a key with NUL":                    {strings.Replace(s3, "a/b+c", "a%00b", 1), nil},
		"a key that is not UTF-8":           {strings.Replace(s3, "a/b+c", "a%FFb", 1), nil},
		"a bucket that is a number":         {strings.Replace(s3, `"logs"`, `5`, 1), nil},
		"no bucket":                         {strings.Replace(s3, `"name":"logs"`, `"x":1`, 1), nil},
		"a notice of no keys":               {`{"s3Bucket":"trail","s3ObjectKey":[]}`, nil},
		"a notice with a key of wrong type": {`{"s3Bucket":"trail","s3ObjectKey":["a",5]}`, []S3Object{{Bucket: "trail", Key: "a"}}},
		"something that only names it":      {`"ObjectCreated"`, nil},
		"something broken":                  {`{"Records":[{"s3":{"ObjectCreated`, nil},
	} {
		if diff := cmp.Diff(tt.want, Pointers([]byte(tt.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatPointsElsewhereIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	body := `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"logs"},"object":{"key":"a%20b"}}}]}`
	p := mustDecode(t, []byte(body))[0]
	checkPart(t, p)
	if p.Err == nil || p.Err.Slug != SlugPointer || !strings.Contains(p.Err.Message, "s3://logs/a b") {
		t.Errorf("got %v", p.Err)
	}
	if got := Pointers(p.Raw); len(got) != 1 || got[0].Key != "a b" {
		t.Errorf("what is kept points to %v", got)
	}
	test := `{"Type":"Notification","TopicArn":"t","Message":` + quote(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b","HostId":"h"}`) + `}`
	if parts := mustDecode(t, []byte(test)); len(parts) != 0 {
		t.Errorf("S3's test message gave %d parts", len(parts))
	}
}
