package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) onCall() *cobra.Command {
	return p.remote(group("oncall", "Who is on duty: now, from when to when, who stands in, and in a calendar program",
		p.onCallNow(), p.onCallShifts(), p.onCallOverride(), p.onCallOverrides(), p.onCallICS()))
}

func (p *program) onCallNow() *cobra.Command {
	c := p.asks("now [SCHEDULE]", "Who is on duty now, who comes next, and who answers in a gap", cobra.MaximumNArgs(1), func(r *running, args []string) error {
		out := r.rows(onCallColumns(), false)
		found := len(args) == 0
		_, err := r.each(whole(), "/oncall", nil, func(item any) error {
			if len(args) == 1 && textAt(item, "schedule") != args[0] && textAt(item, "name") != args[0] {
				return nil
			}
			found = true
			return out.add(item)
		})
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Missing, "There is no schedule %q.", args[0])
		}
		return out.end()
	})
	return p.prints(c)
}

func onCallColumns() []column {
	return []column{
		col("SCHEDULE", "name").upTo(40), col("TEAM", "team_name").upTo(30), col("ON DUTY", "").as(onDuty), col("UNTIL", "until").as(moment),
		col("NEXT", "next_name").upTo(30), col("LEAD", "lead_name").upTo(30),
	}
}

func onDuty(item any) string {
	if at(item, "gap") == true {
		return "(nobody)"
	}
	return textAt(item, "person_name")
}

// scheduleCalled finds a schedule by its id or its name.
func (r *running) scheduleCalled(word string) (any, error) {
	return r.find("schedule", "/schedules", word, "id", "name")
}

func (p *program) onCallShifts() *cobra.Command {
	var from, to string
	c := p.asks("shifts SCHEDULE", "Who is on duty from a time to another; four weeks from now unless said", cobra.ExactArgs(1), func(r *running, args []string) error {
		q, err := stretch(r.cmd, from, to)
		if err != nil {
			return err
		}
		s, err := r.scheduleCalled(args[0])
		if err != nil {
			return err
		}
		roster, err := r.get(r.cmd.Context(), pathOf("schedules", textAt(s, "id"), "shifts"), q)
		if err != nil {
			return err
		}
		if err := r.many(listAt(roster, "final"), shiftColumns()); err != nil {
			return err
		}
		for _, g := range listAt(roster, "gaps") {
			r.say("Nobody is on duty from %s to %s.", moment(at(g, "from")), moment(at(g, "to")))
		}
		for _, n := range listAt(roster, "notes") {
			r.say("%s: %s", moment(at(n, "at")), textAt(n, "text"))
		}
		return nil
	})
	c.Flags().StringVar(&from, "from", "", "a time such as 2026-11-02T08:00:00Z; now unless said")
	c.Flags().StringVar(&to, "to", "", "at most 100 days later")
	return p.prints(c)
}

func shiftColumns() []column {
	return []column{
		col("FROM", "from").as(moment), col("TO", "to").as(moment), col("HOURS", "hours"), col("PERSON", "name").upTo(40), col("LAYER", "layer").upTo(40), col("ID", "id"),
	}
}

// stretch is the query of a time to look at.
func stretch(cmd *cobra.Command, from, to string) (url.Values, error) {
	q := url.Values{}
	for name, value := range map[string]string{"from": from, "to": to} {
		if value == "" {
			continue
		}
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return nil, usage(cmd, "--%s must be a time such as 2026-11-02T08:00:00Z", name)
		}
		q.Set(name, value)
	}
	return q, nil
}

func (p *program) onCallOverride() *cobra.Command {
	var in struct {
		person, from, to, reason, remove string
		length                           time.Duration
	}
	c := p.asks("override SCHEDULE", "Have somebody stand in, or with --remove end that", cobra.ExactArgs(1), func(r *running, args []string) error {
		times, err := stretch(r.cmd, in.from, in.to)
		if err != nil {
			return err
		}
		s, err := r.scheduleCalled(args[0])
		if err != nil {
			return err
		}
		path := pathOf("schedules", textAt(s, "id"), "overrides")
		if in.remove != "" {
			_, err := r.do(r.cmd.Context(), call{method: http.MethodDelete, path: path + pathOf(in.remove)})
			return err
		}
		if in.length != 0 {
			if err := r.lasting(times, in.length, path); err != nil {
				return err
			}
		}
		u, err := r.user(in.person)
		if err != nil {
			return err
		}
		body := map[string]any{"person": textAt(u, "id"), "to": times.Get("to"), "reason": in.reason}
		if times.Has("from") {
			body["from"] = times.Get("from")
		}
		return r.command(path, body, overrideColumns())
	})
	c.Example = "  tocsin oncall override 'First line' --person bob@example.org --for 8h --reason 'A dentist'\n" +
		"  tocsin oncall override 'First line' --person bob@example.org --from 2026-12-24T17:00:00Z --to 2026-12-26T09:00:00Z"
	f := c.Flags()
	f.StringVar(&in.person, "person", "", "who stands in: e-mail or id")
	f.StringVar(&in.from, "from", "", "a time such as 2026-11-02T08:00:00Z; now unless said")
	f.StringVar(&in.to, "to", "", "until when")
	f.DurationVar(&in.length, "for", 0, "how long, such as 8h, instead of --to")
	f.StringVar(&in.reason, "reason", "", "why")
	f.StringVar(&in.remove, "remove", "", "id of an override to end")
	c.MarkFlagsMutuallyExclusive("to", "for")
	c.MarkFlagsOneRequired("person", "remove")
	c.MarkFlagsOneRequired("to", "for", "remove")
	c.MarkFlagsMutuallyExclusive("person", "remove")
	return p.prints(c)
}

// lasting sets the end of a time by its length. What begins now begins by the
// clock of the server.
func (r *running) lasting(times url.Values, length time.Duration, path string) error {
	if length < 0 {
		return usage(r.cmd, "--for must be a length such as 8h")
	}
	begin, err := time.Parse(time.RFC3339, times.Get("from"))
	if err != nil {
		reply, err := r.do(r.cmd.Context(), call{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		if begin, err = http.ParseTime(reply.header.Get("Date")); err != nil {
			return fault.New(fault.Unavailable, "The server does not say what time it is; say --to.").Because(err)
		}
	}
	times.Set("to", begin.Add(length).UTC().Format(time.RFC3339))
	return nil
}

func overrideColumns() []column {
	return []column{
		col("FROM", "from").as(moment), col("TO", "to").as(moment), col("PERSON", "name").upTo(40), col("REASON", "reason").upTo(60), col("BY", "made_by_name").upTo(30), col("ID", "id"),
	}
}

func (p *program) onCallOverrides() *cobra.Command {
	return p.prints(p.asks("overrides SCHEDULE", "Who stands in, now and to come", cobra.ExactArgs(1), func(r *running, args []string) error {
		s, err := r.scheduleCalled(args[0])
		if err != nil {
			return err
		}
		return r.list(whole(), pathOf("schedules", textAt(s, "id"), "overrides"), nil, overrideColumns())
	}))
}

func (p *program) onCallICS() *cobra.Command {
	var list bool
	var revoke string
	c := p.asks("ics [SCHEDULE]", "Make an address for a calendar program: of a schedule, or of my own shifts", cobra.MaximumNArgs(1), func(r *running, args []string) error {
		switch {
		case list:
			return r.list(whole(), "/oncall/feeds", nil, feedColumns())
		case revoke != "":
			_, err := r.do(r.cmd.Context(), call{method: http.MethodDelete, path: pathOf("oncall", "feeds", revoke)})
			return err
		}
		body := map[string]any{}
		if len(args) == 1 {
			s, err := r.scheduleCalled(args[0])
			if err != nil {
				return err
			}
			body["schedule"] = textAt(s, "id")
		}
		made, err := r.post(r.cmd.Context(), "/oncall/feeds", body)
		if err != nil {
			return err
		}
		if o, ok := made.(*object); ok {
			o.set("url", fmt.Sprintf("%s%s?token=%s", r.base, textAt(o, "path"), url.QueryEscape(textAt(o, "token"))))
		}
		r.say("Whoever has this address can read these shifts; it is shown once.")
		return r.one(made, []column{col("URL", "url"), col("ID", "id")})
	})
	c.Flags().BoolVar(&list, "list", false, "list my addresses")
	c.Flags().StringVar(&revoke, "revoke", "", "id of an address to end")
	c.MarkFlagsMutuallyExclusive("list", "revoke")
	return p.prints(c)
}

func feedColumns() []column {
	return []column{
		col("ID", "id"), col("SCHEDULE", "").as(feedOf), col("MADE", "made_at").as(moment), col("USED", "used_at").as(moment),
	}
}

func feedOf(item any) string { return firstOf(textAt(item, "name"), "my shifts") }
