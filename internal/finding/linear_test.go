package finding

import (
	"strings"
	"testing"
	"time"
)

// TestWorkIsLinear gives the shapes an attacker would: with eight times the
// body, eight times the work is right and 64 times is wrong.
func TestWorkIsLinear(t *testing.T) {
	t.Parallel()
	asff := oneLine(t, asffFixture(t))
	wrap := func(head, unit, tail string) func(size int) string {
		return func(size int) string { return head + strings.Repeat(unit, size/len(unit)) + tail }
	}
	title := strings.Replace(asff, `"Title":"`, `"Title":"%`, 1)
	before, after, _ := strings.Cut(title, "%")
	call := oneLine(t, detail(t, "sources/cloudtrail-call.json", "detail"))
	group := strings.Replace(change(t, change(t, call, "eventSource", "ec2.amazonaws.com"), "eventName", "AuthorizeSecurityGroupIngress"),
		`"requestParameters":{`, `"requestParameters":{"ipPermissions":{"items":[%]},`, 1)
	head, tail, _ := strings.Cut(group, "%")
	s3 := `{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}`
	for name, make := range map[string]func(size int) string{
		"calls in a log file":        wrap(`{"Records":[`+call, ","+call, "]}"),
		"objects in a notification":  wrap(`{"Records":[`+s3, ","+s3, "]}"),
		"rules of a security group":  wrap(head+`{"cidrIp":"10.0.0.0/8"}`, `,{"cidrIp":"10.0.0.0/8","ipRanges":{"items":[{"cidrIp":"x"}]}}`, tail),
		"values without a space":     wrap("", "{}", ""),
		"keys of CloudTrail's notes": wrap(`{"s3Bucket":"b","s3ObjectKey":["k"`, `,"k"`, "]}"),
		"lists that never end":       wrap("", "[", ""),
		"objects that never end":     wrap("", `{"a":`, ""),
		"lines that never end":       wrap("", "{\"a\":[                                                                                                                                                                                                                                                        \n", ""),
		"quotes":                     wrap("", `"`, ""),
		"backslashes":                wrap(`["`, `\`, ""),
		"an object of many names":    wrap(`{"x":1`, `,"y":1`, "}"),
		"a title of defanged dots":   wrap(before, "[.]a", after),
		"commas":                     wrap("[1", ",", "]"),
		"messages inside messages":   wrap(`{"Messages":[`, `{"Body":"[1,{"},`, "{}]}"),
		"white space":                wrap("[", " \n", "1]"),
		"a title of foreign letters": wrap(before, "é", after),
	} {
		small, large := decodeCost(make(1<<17)), decodeCost(make(1<<20))
		if large > 30*small && large > 500*time.Millisecond {
			t.Errorf("%s: %v for 128 KiB, %v for 1 MiB", name, small, large)
		}
	}
}

func decodeCost(body string) time.Duration {
	best := time.Hour
	for range 2 {
		start := time.Now()
		_, _ = Decode([]byte(body))
		best = min(best, time.Since(start))
	}
	return best
}
