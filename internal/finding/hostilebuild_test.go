package finding

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// hugeBodies are the hostile bodies that are too big to be kept as files.
func hugeBodies(t testing.TB) map[string]string {
	t.Helper()
	asff := oneLine(t, asffFixture(t))
	title := func(s string) string { return change(t, asff, "Title", s) }
	message := func(s string) string { return `{"Type":"Notification","TopicArn":"t","Message":` + quote(s) + `}` }
	in := func(field, value string) string { return strings.Replace(asff, "{", `{"`+field+`":`+value+",", 1) }
	nest := func(open, close string, n int) string {
		return strings.Repeat(open, n) + "1" + strings.Repeat(close, n)
	}
	return map[string]string{
		"huge: lists nested 10,000 deep":                nest("[", "]", 10_000),
		"huge: objects nested 10,000 deep":              nest(`{"a":`, "}", 10_000),
		"huge: a field nested 10,000 deep":              in("x", nest("[", "]", 10_000)),
		"huge: a field of objects nested 10,000 deep":   in("x", nest(`{"a":`, "}", 10_000)),
		"huge: a field nested 99 deep":                  in("x", nest("[", "]", 99)),
		"huge: a message nested 10,000 deep":            message(nest("[", "]", 10_000)),
		"huge: lists that never end":                    strings.Repeat("[", 1<<20),
		"huge: objects that never end":                  strings.Repeat(`{"a":`, 1<<18),
		"huge: a title of 1 MiB":                        title(strings.Repeat("A", 1<<20)),
		"huge: a title of 1 MiB of accents":             title(strings.Repeat("é", 1<<19)),
		"huge: a title of 1 MiB of bidi":                title(strings.Repeat("\u202e", 1<<18)),
		"huge: a message of 1 MiB":                      message(title(strings.Repeat("A", 1<<20))),
		"huge: a key of 1 MiB":                          in(strings.Repeat("k", 1<<20), "1"),
		"huge: a key of 1 MiB twice":                    in(strings.Repeat("k", 1<<20), `1,"`+strings.Repeat("k", 1<<20)+`":2`),
		"huge: an id of 1 MiB":                          change(t, asff, "Id", strings.Repeat("i", 1<<20)),
		"huge: 100,000 keys":                            in("x", "{"+numbered(100_000, `"k%d":1`)+"}"),
		"huge: 100,000 tags":                            change(t, asff, "Resources/Tags", json.RawMessage("{"+numbered(100_000, `"k%d":"v"`)+"}")),
		"huge: 100,000 types":                           change(t, asff, "Types", json.RawMessage("["+numbered(100_000, `"a/b/t%d"`)+"]")),
		"huge: white space of 1 MiB":                    strings.Repeat(" \n", 1<<19) + asff,
		"huge: 1,000 good findings, one a line":         strings.Repeat(asff+"\n", 1000),
		"huge: 6,000 empty objects":                     strings.Repeat("{}\n", 6000),
		"huge: a million zeros":                         strings.Repeat("0", 1<<20),
		"huge: a number of a million digits in a field": in("x", "1"+strings.Repeat("0", 1<<20)),
		"huge: quotes":                                  strings.Repeat(`"`, 1<<20),
		"huge: backslashes":                             `["` + strings.Repeat(`\`, 1<<20),
		"huge: a policy in a call, 10,000 deep":         deepPolicy(t),
	}
}

func deepPolicy(t testing.TB) string {
	t.Helper()
	call := detail(t, "sources/cloudtrail-call.json", "detail")
	call = change(t, change(t, call, "eventName", "PutUserPolicy"), "eventSource", "iam.amazonaws.com")
	return change(t, call, "requestParameters", map[string]any{"policyDocument": strings.Repeat(`{"Statement":`, 10_000)})
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
