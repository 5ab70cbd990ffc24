package connector_test

import (
	"errors"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

func TestTheHashOfAFieldSet(t *testing.T) {
	t.Parallel()
	a, b := connector.RemoteID{ID: "a", Product: "p"}, connector.RemoteID{ID: "b", Product: "p"}
	base := connector.FieldSet{Workflow: "NOTIFIED", Note: &connector.RemoteNote{Text: "t", By: "b"}, UserFields: map[string]string{"k": "v", "l": "w"}, Related: []connector.RemoteID{a, b}}
	with := func(change func(*connector.FieldSet)) connector.FieldSet {
		other := base
		change(&other)
		return other
	}
	for _, c := range []struct {
		name  string
		other connector.FieldSet
		same  bool
	}{
		{"the order of related findings does not matter", with(func(s *connector.FieldSet) { s.Related = []connector.RemoteID{b, a} }), true},
		{"when the note was made does not matter", with(func(s *connector.FieldSet) { s.Note = &connector.RemoteNote{Text: "t", By: "b", At: 5} }), true},
		{"another state is another set", with(func(s *connector.FieldSet) { s.Workflow = "NEW" }), false},
		{"another user field is another set", with(func(s *connector.FieldSet) { s.UserFields = map[string]string{"k": "v"} }), false},
		{"the words of a note matter", with(func(s *connector.FieldSet) { s.Note = &connector.RemoteNote{Text: "u", By: "b"} }), false},
		{"taking all user fields away is not leaving them alone", with(func(s *connector.FieldSet) { s.UserFields = map[string]string{} }), false},
		{"a status of the second generation matters", with(func(s *connector.FieldSet) { s.StatusID = 2 }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if same := c.other.Hash() == base.Hash(); same != c.same {
				t.Errorf("same = %v, want %v", same, c.same)
			}
		})
	}
	none := connector.FieldSet{}
	if !none.Empty() || base.Empty() || (connector.FieldSet{UserFields: map[string]string{}}).Empty() {
		t.Error("what is empty is told wrongly")
	}
	if base.Hash(); base.Related[0] != a {
		t.Error("Hash sorted the caller's list")
	}
}

func TestAnUnknownOutcomeKeepsItsVerdict(t *testing.T) {
	t.Parallel()
	cause := fault.New(fault.Unavailable, "no answer")
	err := connector.AsUnknown(connector.Retry(cause, time.Minute))
	after, again := connector.RetryAfter(err)
	if !connector.Unknown(err) || !again || after != time.Minute || !errors.Is(err, cause) || err.Error() != cause.Error() {
		t.Errorf("unknown %v, again %v after %v, %v", connector.Unknown(err), again, after, err)
	}
	if connector.Unknown(cause) || connector.AsUnknown(nil) != nil {
		t.Error("what nobody marked is unknown")
	}
}
