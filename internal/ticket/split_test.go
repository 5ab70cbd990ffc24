package ticket_test

import (
	"context"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

func (w *world) split(as ticket.Worker, ref string, s ticket.Split) (*ticket.Ticket, error) {
	var t *ticket.Ticket
	err := w.try(as.ID, func(tx *db.Tx) (err error) { t, err = w.tickets.Split(tx, ref, s, as); return err })
	return t, err
}

// together makes findings of one ticket, by their resource.
func (w *world) together(group string, severities ...string) []finding.Result {
	w.t.Helper()
	out := []finding.Result{}
	for i, severity := range severities {
		out = append(out, w.take(grouped(group, group+"-"+string(rune('0'+i)), severity)))
	}
	return out
}

func grouped(group, id, severity string) []byte {
	return control(id, func(f map[string]any) {
		f["Severity"] = map[string]any{"Label": severity}
		f["Resources"] = []any{
			map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::group-" + group, "Partition": "aws", "Region": "eu-west-1"},
			map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::own-" + id, "Partition": "aws", "Region": "eu-west-1"},
		}
	})
}

// grouping opens a ticket for everything, one for each resource.
func (w *world) grouping() {
	w.rules(ticket.Sections{
		Rules:  []ticket.Rule{{Name: "all", Then: ticket.ThenOpen, Enabled: true}},
		Groups: []ticket.Group{{Name: "by bucket", Match: "resource~group-", By: []string{"resource"}, Within: "30d", Enabled: true}},
	})
}

// follow lets the reader of sightings see everything.
func (w *world) follow() {
	w.t.Helper()
	var all []journal.Record
	// Where positions are given after commit somebody has to give them.
	w.must(w.d.Write(db.As(context.Background(), "*", "system:place"), func(tx *db.Tx) error { _, err := journal.Place(tx, 1000); return err }))
	w.must(w.d.Read(w.as("x"), func(tx *db.Tx) (err error) {
		all, err = journal.After(tx, 0, 1000)
		return err
	}))
	w.must(w.tickets.IndexSightings(w.as("system:ticket.sightings"), all))
}

func (w *world) shows(id string) []string {
	w.t.Helper()
	var out []string
	w.must(w.d.Read(w.as("x"), func(tx *db.Tx) (err error) {
		out, err = db.Strings(tx, `SELECT value FROM sighting WHERE tenant = $1 AND ticket = $2 ORDER BY value`, tx.Tenant(), id)
		return err
	}))
	return out
}

func TestFindingsAreSplitOffAndMergedBack(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.grouping()
		all := w.together("g", "LOW", "HIGH", "MEDIUM")
		from := all[0]
		expect(w.t, "one ticket", all[2].Ticket, from.Ticket)
		w.own(bob, from.Number)
		w.follow()
		expect(w.t, "shown before", w.shows(from.Ticket), []string{"arn:aws:s3:::group-g", "arn:aws:s3:::own-g-0", "arn:aws:s3:::own-g-1", "arn:aws:s3:::own-g-2"})
		made, err := w.split(worker(bob), from.Number, ticket.Split{Findings: []string{all[1].FindingID, all[2].FindingID, all[1].FindingID}, Reason: "another matter"})
		w.must(err)
		v := w.view(made.ID)
		expect(w.t, "count", v.FindingCount, 2)
		expect(w.t, "severity of the worst", v.Severity, "high")
		expect(w.t, "title of the first", v.Title, "S3 buckets should block public access")
		expect(w.t, "owner", *v.Owner, bob)
		expect(w.t, "accountable", v.Accountable, bob)
		expect(w.t, "seen", v.AcknowledgedBy, bob)
		expect(w.t, "links", v.Links, []ticket.Link{{Kind: "split_from", Ticket: from.Ticket, Number: from.Number}})
		expect(w.t, "the other's count", w.view(from.Ticket).FindingCount, 1)
		expect(w.t, "the finding names its ticket", w.found(all[1].FindingID).Ticket, v.Number)
		tiles(w.t, v)
		w.follow()
		expect(w.t, "shown by the new one", w.shows(v.ID), []string{"arn:aws:s3:::group-g", "arn:aws:s3:::own-g-1", "arn:aws:s3:::own-g-2"})
		expect(w.t, "shown by the other", w.shows(from.Ticket), []string{"arn:aws:s3:::group-g", "arn:aws:s3:::own-g-0"})
		expect(w.t, "a revision goes to the new one", w.take(grouped("g", "g-1", "CRITICAL")).Ticket, v.ID)

		_, err = w.merge(worker(bob), from.Number, "", v.Number)
		w.must(err)
		expect(w.t, "all together again", w.view(from.Number).FindingCount, 3)
		expect(w.t, "the journal of the new one", w.kinds(v.ID), []string{
			"ticket.opened", "ticket.split", "ticket.acknowledged", "owner.taken", "ticket.changed", "finding.revised", "ticket.merged"})
		w.verified()
	})
}

func TestSplitsThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.grouping()
		g, h, one := w.together("g", "HIGH", "HIGH"), w.together("h", "HIGH", "HIGH"), w.opened("one", "HIGH")
		_, err := w.merge(lead(ann), g[0].Number, "", h[0].Number)
		w.must(err)
		w.own(bob, one.Number)
		tests := []struct {
			name string
			as   ticket.Worker
			ref  string
			s    ticket.Split
			code fault.Code
		}{
			{"all of them", lead(ann), g[0].Number, ticket.Split{Findings: []string{g[0].FindingID, g[1].FindingID}}, fault.Invalid},
			{"none", lead(ann), g[0].Number, ticket.Split{}, fault.Invalid},
			{"one of a merged ticket", lead(ann), g[0].Number, ticket.Split{Findings: []string{h[0].FindingID}}, fault.Invalid},
			{"out of a merged ticket", lead(ann), h[0].Number, ticket.Split{Findings: []string{h[0].FindingID}}, fault.Conflict},
			{"one that is not there", lead(ann), g[0].Number, ticket.Split{Findings: []string{"nothing"}}, fault.Invalid},
			{"another's", worker(ann), one.Number, ticket.Split{Findings: []string{one.FindingID}}, fault.Denied},
			{"a title that is too long", lead(ann), g[0].Number, ticket.Split{Findings: g1(g), Title: string(make([]rune, 501))}, fault.Invalid},
		}
		before := w.size()
		for _, tt := range tests {
			if _, err := w.split(tt.as, tt.ref, tt.s); fault.CodeOf(err) != tt.code {
				w.t.Errorf("%s: %v", tt.name, err)
			}
		}
		expect(w.t, "a refused split writes nothing", w.size(), before)
		made, err := w.split(lead(ann), g[0].Number, ticket.Split{Findings: g1(g), Title: "Another matter"})
		w.must(err)
		v := w.view(made.ID)
		expect(w.t, "title", v.Title, "Another matter")
		if v.Owner != nil || v.Accountable != ann {
			w.t.Errorf("nobody owned it, and now %v does", v.Owner)
		}
	})
}

func g1(g []finding.Result) []string { return []string{g[1].FindingID} }
