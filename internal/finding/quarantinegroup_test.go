package finding

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAReasonIsReducedToItsKind(t *testing.T) {
	t.Parallel()
	tests := []struct{ reason, want string }{
		{"unexpected end at byte 1,204", "unexpected end at byte #"},
		{"“GuardDuty Runtime Metrics” is not known", "“…” is not known"},
		{`"a \" b" is not "b"`, "“…” is not “…”"},
		{`[2].detail-type: "x" is not read`, "detail-type: “…” is not read"},
		{"[2]: is required", "is required"},
		{"line 17, detail.Id: is required", "detail.Id: is required"},
		{"line 17: unexpected end", "unexpected end"},
		{"detail.findings[3].Id: is required", "detail.findings[].Id: is required"},
		{"has neither ProductArn nor class_uid (OCSF), but a, b and 7", "has neither ProductArn nor class_uid (OCSF), but …"},
		{"The object s3://trail/a/b.gz is not there any more.", "The object s3://… is not there any more."},
		{"took 1.5 s, then 2.", "took # s, then #."},
		{`an open "quotation`, "an open “…”"},
		{"an open “quotation", "an open “…”"},
		{"[ and line and [x]", "[ and line and [x]"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := commonReason(tt.reason); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// A group is found again by what it is shown as.
func TestTheKindOfAKindIsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{
			"[3].", "line 4, ", "[", "]", "12", "1,2", ".", ",", "“", "”", `"`, `\`, "s3://a b", ", but ", "x", " ", "é", "\u202e", "…", "#", "[]",
		})).Draw(t, "words")
		reason := strings.Join(words, "")
		once := commonReason(reason)
		if twice := commonReason(once); twice != once {
			t.Errorf("%q becomes %q, then %q", reason, once, twice)
		}
		if groupOf("s", reason, reason) != groupOf("s", once, commonField(reason)) {
			t.Errorf("the group of %q is not found again", reason)
		}
	})
}
