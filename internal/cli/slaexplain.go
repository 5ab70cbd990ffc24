package cli

import (
	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func clockColumns() []column {
	return []column{
		col("CLOCK", "metric"), col("PHASE", "phase"), col("CYCLE", "cycle"), col("TARGET", "target"), col("STATE", "state"),
		col("DUE", "due_at").as(moment), col("BREACHED", "breached_at").as(moment), col("USED S", "used_seconds"), col("PAUSED S", "paused_seconds"),
	}
}

func stepColumns() []column {
	return []column{col("AT", "at").as(moment), col("WHAT", "text").upTo(140)}
}

func (p *program) slaExplain() *cobra.Command {
	return p.prints(p.asks("explain TICKET", "How the clocks of a ticket came to stand as they do", cobra.ExactArgs(1), func(r *running, args []string) error {
		out, err := r.get(r.cmd.Context(), pathOf("tickets", args[0], "sla"), nil)
		if err != nil {
			return err
		}
		if r.output == "csv" {
			return r.many(listAt(out, "steps"), stepColumns())
		}
		return r.view(out, nil, func(s *sheet) { explainSheet(s, out) })
	}))
}

func explainSheet(s *sheet, out any) {
	s.lines(out, []column{
		col("Ticket", "number"), col("Severity", "severity"), col("Policy", "policy_name"), col("Version", "version"),
		col("Looked at", "next_at").as(moment), col("Asked", "reack_at").as(moment),
	})
	s.table("Clocks", listAt(out, "timers"), clockColumns())
	s.table("What happened", listAt(out, "steps"), stepColumns())
	s.table("Ladders", listAt(out, "runs"), []column{
		col("BECAUSE OF", "trigger"), col("LADDER", "ladder"), col("STATE", "state"), col("LEVEL", "level"), col("BEGAN", "began_at").as(moment),
		col("NEXT", "next_at").as(moment), col("ENDED BY", "stopped_by"),
	})
	for _, run := range listAt(out, "runs") {
		s.table("Called because of "+textAt(run, "trigger"), listAt(run, "pages"), []column{
			col("AT", "at").as(moment), col("LEVEL", "level"), col("WHO", "people").as(namesOf).upTo(60), col("LATE S", "late_seconds"),
		})
	}
	s.table("Pauses", listAt(out, "pauses"), []column{
		col("STATE", "state"), col("REASON", "reason"), col("ASKED", "asked_at").as(moment), col("BY", "asked_by_name"),
		col("UNTIL", "until").as(moment), col("ENDED", "ended_at").as(moment), col("CAUSE", "cause"),
	})
}

// namesOf lists the names of people.
func namesOf(v any) string {
	list, _ := v.([]any)
	text := ""
	for _, one := range list {
		name := textAt(one, "name")
		if name == "" {
			name = textAt(one, "id")
		}
		text = joined(text, name)
	}
	return text
}

func (p *program) slaSimulate() *cobra.Command {
	var severity, kind, team, start, draft, events string
	c := p.asks("simulate", "What would fall due for a ticket, and who would be called when", cobra.NoArgs, func(r *running, _ []string) error {
		body := map[string]any{"severity": severity, "type": kind, "team": team, "at": start}
		if draft != "" {
			sections, _, err := slaDocument().read(r.program, draft)
			if err != nil {
				return err
			}
			body["draft"] = sections
		}
		if events != "" {
			text, err := r.readJSON(events)
			if err != nil {
				return err
			}
			list, err := parse(text)
			if err != nil {
				return fault.New(fault.Invalid, "%s is no list of events", events).Because(err)
			}
			body["events"] = rawJSON(list)
		}
		out, err := r.post(r.cmd.Context(), "/sla/simulate", body)
		if err != nil {
			return err
		}
		return r.view(out, nil, func(s *sheet) { simulateSheet(s, out) })
	})
	c.Example = "  tocsin sla simulate --severity critical --at 2026-12-25T03:00:00Z\n  tocsin sla simulate --severity high --at 2026-11-23T09:00:00Z --draft sla.yaml"
	f := c.Flags()
	f.StringVar(&severity, "severity", "", "of the ticket: critical, high, medium, low, info")
	f.StringVar(&kind, "type", "", "of the ticket, such as detection")
	f.StringVar(&team, "team", "", "id of the team that it comes to; none is the intake team")
	f.StringVar(&start, "at", "", "when it is opened, such as 2026-12-25T03:00:00Z")
	f.StringVar(&draft, "draft", "", "a file with sections to try, as `sla show -o yaml` prints them")
	f.StringVar(&events, "events", "", "a file with what people do: a list of {at, do, to, until}")
	need(c, "severity", "at")
	return p.prints(c)
}

func simulateSheet(s *sheet, out any) {
	s.lines(out, []column{col("Policy", "policy_name"), col("Version", "version")})
	s.table("Wrong with the draft", listAt(out, "problems"), []column{col("WHERE", "location"), col("WHAT", "message").upTo(100)})
	s.table("Clocks", listAt(out, "timers"), clockColumns())
	s.table("Who is called when nobody answers", listAt(out, "pages"), []column{
		col("AT", "at").as(moment), col("AFTER", "after"), col("BECAUSE OF", "trigger"), col("LEVEL", "level"), col("WHO", "targets").as(targetsOf).upTo(90),
	})
	s.table("Fallback", listAt(out, "fallback"), []column{col("WHO", "title").upTo(60), col("PEOPLE", "people").as(namesOf).upTo(60)})
	s.table("What happens", listAt(out, "steps"), stepColumns())
}

// targetsOf says whom the names of a level mean.
func targetsOf(v any) string {
	list, _ := v.([]any)
	text := ""
	for _, t := range list {
		who := namesOf(at(t, "people"))
		if at(t, "gap") == true {
			who = "nobody"
		}
		if who == "" {
			who = textAt(t, "title")
		} else {
			who = textAt(t, "title") + ": " + who
		}
		text = joined(text, who)
	}
	return text
}
