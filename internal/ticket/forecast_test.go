package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// forecast judges what came over a connection without keeping it.
func (w *world) forecast(bodies ...[]byte) (out ticket.Forecast) {
	w.t.Helper()
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
		var list []*finding.Taken
		for _, body := range bodies {
			parts, err := finding.Decode(body)
			if err != nil {
				return err
			}
			f, err := w.findings.Compare(tx, parts[0], "connection:c")
			if err != nil {
				return err
			}
			list = append(list, f)
		}
		var err error
		out, err = w.tickets.Forecast(tx, list)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func TestAForecastSaysWhatThenComesTrueAndKeepsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(group("account", "kind"))
		was := w.take(control("known", nil))
		bodies := [][]byte{control("known", nil), control("new1", nil), control("new1", nil), control("new2", nil)}
		for i := range 3 {
			bodies = append(bodies, control(fmt.Sprint("low", i), severityOf("LOW")))
		}
		other := func(f map[string]any) { f["AwsAccountId"] = "999988887777" }
		bodies = append(bodies, control("away1", other), control("away2", func(f map[string]any) { other(f); severityOf("CRITICAL")(f) }))

		p := w.forecast(bodies...)
		got := fmt.Sprint(p.Of, p.Had, p.WouldOpen, p.WouldJoin, p.WouldHold, p.WouldSuppress, p.WouldRecord, p.Tickets, p.BySeverity, p.Recorded)
		// new1 and new2 join the ticket that is open; away1 opens one, which away2 joins and raises.
		expect(w.t, "forecast", got, "9 2 4 3 0 0 3 1 {1 0 0 0 0} {0 0 0 3 0}")
		expect(w.t, "the ticket", fmt.Sprint(p.Items[0].Findings, " ", p.Items[0].Severity, " ", p.Items[0].Account), "2 critical 999988887777")
		expect(w.t, "examples", fmt.Sprint(len(p.Examples), " ", p.Examples[0].Outcome), "3 recorded")
		expect(w.t, "again", fmt.Sprint(w.forecast(bodies...)), fmt.Sprint(p))

		tickets, joined := map[string]bool{}, 0
		for _, body := range bodies[1:] {
			switch res := w.take(body); res.Outcome {
			case finding.Opened:
				tickets[res.Ticket] = true
			case finding.Joined:
				joined++
			}
		}
		expect(w.t, "what came true", fmt.Sprint(len(tickets), joined), fmt.Sprint(p.Tickets, p.WouldJoin))
		if tickets[was.Ticket] {
			w.t.Error("the ticket that was open was opened again")
		}
	})
}

func TestAForecastHoldsBackWhatTheBreakerWould(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.rules(ticket.Sections{Rules: []ticket.Rule{{
			Name: "all", Match: "severity:high OR severity:critical", Then: ticket.ThenOpen, Enabled: true, Limit: &ticket.Limit{Tickets: 5, Window: "5m", FeedsOnly: true},
		}}, Suppressions: []ticket.Suppression{{Name: "quiet", Match: "resource~hush", Reason: "r", Owner: ann, ExpiresAt: w.now.Add(time.Hour), Enabled: true}}})
		var bodies [][]byte
		for i := range 8 {
			bodies = append(bodies, control(fmt.Sprint("n", i), nil))
		}
		bodies = append(bodies, control("worst", severityOf("CRITICAL")), control("hush", nil))
		p := w.forecast(bodies...)
		got := fmt.Sprint(p.Of, p.Tickets, p.WouldHold, p.WouldSuppress, p.BySeverity.Critical, p.BySeverity.High)
		expect(w.t, "forecast", got, "10 6 3 1 1 5")
		expect(w.t, "the worst first", p.Items[0].Severity, finding.Critical)
		matched := map[string]int{}
		for _, r := range p.ByRule {
			matched[r.Name] = r.Matched
		}
		expect(w.t, "matched", fmt.Sprint(matched["all"], matched["quiet"]), "9 1")
	})
}
