package sla

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// bucket is a failed control of a bucket.
func bucket(name string) []byte {
	raw, err := json.Marshal(map[string]any{
		"SchemaVersion": "2018-10-08", "Id": name, "GeneratorId": "security-control/S3.1",
		"ProductArn":   "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
		"AwsAccountId": "111122223333", "CreatedAt": "2026-11-01T00:00:00Z", "UpdatedAt": "2026-11-01T00:00:00Z",
		"Title": "S3 buckets should block public access", "Description": "A bucket is public.",
		"Severity": map[string]any{"Label": "HIGH"}, "Compliance": map[string]any{"Status": "FAILED"},
		"Workflow": map[string]any{"Status": "NEW"}, "RecordState": "ACTIVE",
		"Resources": []any{map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::" + name, "Partition": "aws", "Region": "eu-west-1"}},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

// takesIn is a finding that comes in, as the intake takes it.
func (r *rig) takesIn(f *finding.Findings, body []byte) (res finding.Result) {
	r.t.Helper()
	parts, err := finding.Decode(body)
	if err != nil || len(parts) != 1 {
		r.t.Fatalf("%v, %d parts", err, len(parts))
	}
	r.write("system:intake", func(tx *db.Tx) (err error) {
		res, err = f.Take(tx, parts[0], "api", r.tickets.FromFinding)
		return err
	})
	return res
}

func TestAFindingThatJoinsEndsAPause(t *testing.T) {
	t.Parallel()
	rigs(t, func(r *rig) {
		f, err := finding.New(r.d, r.journal)
		if err != nil {
			t.Fatal(err)
		}
		r.write("user:"+cat, func(tx *db.Tx) error {
			p, err := r.tickets.Policy(tx)
			if err != nil {
				return err
			}
			p.Groups[0].Enabled = true
			_, err = r.tickets.SetPolicy(tx, ticket.PolicyChange{Sections: ticket.Sections{Groups: p.Groups}, Rev: p.Rev})
			return err
		})
		first := r.takesIn(f, bucket("one"))
		if got := r.face(first.Ticket); got.NextAt == nil || got.DueAt == nil || *got.DueAt > at("2026-11-23T10:31Z") {
			t.Fatalf("a ticket that came in shows %+v", got)
		}
		r.takes(bob, first.Ticket)
		r.at("10:10")
		if _, f := r.pauses(ticket.Worker{ID: bob}, first.Ticket, "third_party", "14:00"); f != nil {
			t.Fatal(f)
		}
		r.at("10:20")
		if res := r.takesIn(f, bucket("two")); res.Outcome != finding.Joined || res.Ticket != first.Ticket {
			t.Fatalf("%+v", res)
		}
		if st := r.state(first.Ticket); st.isPaused() || st.Pause.Cause != "finding" {
			t.Errorf("%+v", st.Pause)
		}
		r.look()
		if got := r.face(first.Ticket); got.PausedUntil != nil || len(r.entries(first.Ticket, journal.SLAResumed)) != 1 {
			t.Errorf("%+v", got)
		}
		if heard := r.heard(); !slices.ContainsFunc(heard, func(n note) bool { return n.Who == bob && strings.HasPrefix(n.Text, "The pause has ended") }) {
			t.Errorf("the owner is not told: %+v", heard)
		}
	})
}
