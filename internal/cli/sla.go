package cli

import (
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
	"tocsin/internal/sla"
)

func (p *program) sla() *cobra.Command {
	return p.remote(group("sla", "Targets, calendars and ladders: what falls due when, and who is called",
		p.slaShow(), p.slaApply(), slaDocument().history(p), slaDocument().undo(p), p.slaExplain(), p.slaSimulate(), p.slaRebase(), p.slaDue()))
}

func slaDocument() document {
	return document{
		name: "sla", what: "the targets", versions: "version", least: 1, print: (*program).targets,
		sections: []string{"calendars", "policies", "ladders"},
		also:     []string{"at", "by", "by_name", "reason"},
	}
}

func targetColumns() []column {
	return []column{
		col("SECTION", "section"), col("ID", "id").upTo(40), col("NAME", "name").upTo(40), col("SAYS", "says").upTo(90),
	}
}

// slaRows makes a row of each thing of the document.
func slaRows(doc any) []any {
	rows := []any{}
	for _, section := range slaDocument().sections {
		for _, item := range listAt(doc, section) {
			row := newObject()
			row.set("section", section)
			row.set("id", at(item, "id"))
			row.set("name", at(item, "name"))
			row.set("says", slaSays(section, item))
			rows = append(rows, row)
		}
	}
	return rows
}

// slaSays says in a few words what a thing of the document does.
func slaSays(section string, item any) string {
	switch section {
	case "calendars":
		return textAt(item, "zone")
	case "policies":
		text := ""
		for _, t := range listAt(item, "timers") {
			text = joined(text, textAt(t, "metric")+" "+textAt(t, "targets.critical"))
		}
		return "critical: " + text
	}
	text := ""
	for _, l := range listAt(item, "levels") {
		text = joined(text, textAt(l, "after")+" "+textAt(l, "notify"))
	}
	return text
}

func joined(text, more string) string {
	if text == "" {
		return more
	}
	return text + ", " + more
}

// targets prints the document: a row for each thing, or the whole of it where
// that can be given back.
func (p *program) targets(doc any) error {
	if p.output == "table" || p.output == "csv" {
		return p.many(slaRows(doc), targetColumns())
	}
	return p.one(doc, nil)
}

func (p *program) slaShow() *cobra.Command {
	return slaDocument().show(p, "Targets, calendars and ladders as they are in force",
		"  tocsin sla show -o yaml > sla.yaml   # edit it, then\n  tocsin sla apply sla.yaml --reason 'Weekends count for high, too'")
}

func (p *program) slaApply() *cobra.Command {
	c := slaDocument().put(p, "apply", func(map[string]any) {})
	c.Long = "Replace sections by those of a file as `sla show -o yaml` prints them; a section\nthat the file leaves out stays as it is. When the file holds rev, nothing is\nreplaced if somebody else changed something since. Running clocks go on by the\nversion that they follow: see `sla rebase`."
	return c
}

func (p *program) slaRebase() *cobra.Command {
	var reason string
	var dry bool
	c := p.asks("rebase", "Let running clocks follow the newest version", cobra.NoArgs, func(r *running, _ []string) error {
		if !dry && reason == "" {
			return usage(r.cmd, "say why with --reason, or only look with --dry-run")
		}
		out, err := r.post(r.cmd.Context(), "/sla/rebase", map[string]any{"dry_run": dry, "reason": reason})
		if err != nil {
			return err
		}
		return r.view(out, nil, func(s *sheet) {
			s.lines(out, []column{col("Version", "version"), col("Tickets", "tickets"), col("Changed", "changed"), col("Looked at", "looked_at")})
			s.table("Due at another time", listAt(out, "examples"), []column{
				col("TICKET", "number"), col("CLOCK", "metric"), col("PHASE", "phase"), col("WAS DUE", "old_due").as(moment), col("IS DUE", "new_due").as(moment),
			})
		})
	})
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would change")
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the log of every ticket")
	return p.prints(c)
}

func (p *program) slaDue() *cobra.Command {
	var calendar, start, target, events string
	c := p.prints(command("due", "When a target is due by a calendar; needs no server", cobra.NoArgs, func(*cobra.Command, []string) error {
		due, err := p.due(calendar, start, target, events)
		if err != nil {
			return err
		}
		item := newObject()
		item.set("due_at", nil)
		if due != nil {
			item.set("due_at", due.Format(time.RFC3339Nano))
		}
		return p.one(item, []column{col("DUE AT", "due_at")})
	}))
	c.Long = "When a target is due by a calendar. FILE of --calendar holds zone, weekly hours,\nclosed dates and dates with hours of their own; that of --events a list of\n{at, do: pause, resume or retarget, target}. While paused nothing is due."
	c.Example = "  tocsin sla due --calendar nl.json --start 2026-11-23T14:00:00Z --target 4h -o json"
	f := c.Flags()
	f.StringVar(&calendar, "calendar", "", "a file with the calendar, in JSON or YAML; - is standard input")
	f.StringVar(&start, "start", "", "when the clock begins, such as 2026-11-23T14:00:00Z")
	f.StringVar(&target, "target", "", "how long it may take: 15m, 4h, 2d (24 hours each) or 1bd (a business day)")
	f.StringVar(&events, "events", "", "a file with what happens meanwhile, in JSON or YAML")
	need(c, "calendar", "start", "target")
	return c
}

func (p *program) due(calendar, start, target, events string) (*time.Time, error) {
	text, err := p.readJSON(calendar)
	if err != nil {
		return nil, err
	}
	spec, err := duty.ParseCalendar(text)
	if err != nil {
		return nil, err
	}
	cal, err := spec.Compile()
	if err != nil {
		return nil, err
	}
	at, err := sla.ParseMoment(start)
	if err != nil {
		return nil, err
	}
	length, err := sla.ParseLength(target)
	if err != nil {
		return nil, err
	}
	var list []sla.DueEvent
	if events != "" {
		if text, err = p.readJSON(events); err != nil {
			return nil, err
		}
		if list, err = sla.ParseDueEvents(text); err != nil {
			return nil, err
		}
	}
	return sla.Due(cal, at.Time, length, list)
}

// readJSON reads a file of JSON or YAML as JSON.
func (p *program) readJSON(name string) ([]byte, error) {
	text, err := p.readFile(name)
	if err != nil {
		return nil, err
	}
	v, err := parseYAML(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s is neither JSON nor YAML", name).Because(err)
	}
	return rawJSON(v), nil
}
