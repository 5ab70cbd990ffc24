package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/report"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
)

// wire is the forward flow of the product: which reader acts on which kind of
// entry. Two flows are one transaction instead: intake (TakeParts: the finding,
// then its ticket), so that the answer to the sender names the ticket; and, in
// the database, an open ticket's accountable person is active.
func (r *Rooms) wire() {
	r.Jobs.Read(job.Reader{
		Name:   "ticket.sightings",
		Kinds:  []string{journal.FindingTaken, journal.FindingRevised, journal.FindingPromoted, journal.FindingReleased, journal.TicketSplit},
		Handle: r.Tickets.IndexSightings,
	})
	r.Jobs.Read(job.Reader{Name: ticket.SearchReader, Kinds: ticket.SearchKinds(), Handle: r.Tickets.IndexSearch, Calm: 250 * time.Millisecond})

	r.Jobs.Read(job.Reader{Name: sla.TellReader, Kinds: sla.TellKinds(), Handle: r.SLA.Tell})
	r.Jobs.Read(job.Reader{Name: sla.UnheardReader, Kinds: sla.UnheardKinds(), Handle: r.SLA.Unheard})

	r.Jobs.Read(job.Reader{Name: "notify.wake", Kinds: notify.WakeKinds(), Handle: r.Notify.Wake, Calm: 250 * time.Millisecond})

	r.Jobs.Read(job.Reader{Name: "duty.people", Kinds: []string{journal.UserChanged}, Handle: r.Duty.Refresh, Calm: 250 * time.Millisecond})

	r.Jobs.Read(job.Reader{Name: "notify.security", Kinds: securityKinds(), Handle: r.TellSecurity})

	r.Jobs.Read(job.Reader{Name: "ticket.duty", Kinds: []string{journal.DutyBegan, journal.TeamChanged}, Handle: r.Tickets.FollowDuty})

	r.Jobs.Read(job.Reader{Name: report.Reader, Kinds: report.Kinds(), Handle: r.Report.Project, Calm: 250 * time.Millisecond})

	r.Jobs.Handle(ticket.JobRejudge, r.Tickets.Rejudge)
	r.Jobs.Handle(ticket.JobStorm, r.Tickets.SettleStorm)
	r.Jobs.Handle(sla.JobRebase, r.SLA.HandleRebase)

	r.Jobs.Every("handover.expire", time.Second, r.Tickets.ExpireOffers)
	r.Jobs.Every("ticket.ownership", 24*time.Hour, r.checkOwnership)
	r.Jobs.Every("storm.end", 15*time.Second, r.Tickets.EndStorms)
	r.Jobs.Every("sla.audit", time.Minute, r.SLA.Audit)
	r.Jobs.Every("notify.beat", notify.BeatLook, r.Notify.Beat)
	r.Jobs.Every("notify.purge", time.Hour, r.Notify.Purge)
	r.Jobs.Every("duty.turn", time.Second, r.Duty.Turn)
	r.Jobs.Every("group.purge", time.Hour, r.Tickets.PurgeGroups)
	r.Jobs.Every("connection.reconcile", 5*time.Second, r.Connections.Reconcile)
	r.Jobs.Every("quarantine.group", 24*time.Hour, r.Findings.GroupQuarantine)
	r.Jobs.Every("evidence.sample", 24*time.Hour, r.Evidence.Sample)
	r.Jobs.Every("evidence.sweep", time.Hour, r.Evidence.Sweep)
	r.Jobs.Every("retention", retainEvery, r.Retain)
	r.Jobs.Every("webhook.purge", time.Hour, r.Connections.Hooks.Purge)
	r.Jobs.Every("identity.purge", time.Hour, r.Identity.Purge)
	r.Jobs.Every("idempotency.purge", time.Hour, job.NewIdempotency(r.DB, r.Node).Purge)
}

// PrintWire writes the wire table and the kinds of entries as Markdown; it is
// kept in docs/wire.md and checked fresh.
func (r *Rooms) PrintWire(w io.Writer) error {
	readers := map[string][]string{}
	for _, reader := range r.Jobs.Readers() {
		for _, kind := range reader.Kinds {
			readers[kind] = append(readers[kind], reader.Name)
		}
	}
	_, err := fmt.Fprint(w, "# Journal entries and their readers\n\nMade by `tocsin wire`. Significant entries are the short story of a ticket.\n\n"+
		"| kind | significant | data | meaning | readers |\n|---|---|---|---|---|\n")
	for _, k := range journal.Kinds() {
		if err != nil {
			return err
		}
		significant := ""
		if k.Significant {
			significant = "yes"
		}
		_, err = fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", k.Kind, significant, k.Data, k.Meaning, strings.Join(readers[k.Kind], ", "))
	}
	return err
}
