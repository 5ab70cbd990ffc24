package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) report() *cobra.Command {
	return group("report", "Measures: how fast tickets go through their phases, how often what happens", p.remote(p.reportKPIs()), p.remote(p.reportTimes()))
}

func kpiColumns() []column {
	return []column{
		col("MEASURE", "title").upTo(30), col("GROUP", "group_name").upTo(30), col("N", "n"), col("MEDIAN", "median").as(took), col("P90", "p90").as(took),
		col("FROM", "low").as(took), col("TO", "high").as(took), col("RATE", "rate").as(percent),
	}
}

// took is a number of seconds in words; nothing where there is none.
func took(v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return ""
	}
	seconds, err := n.Float64()
	if err != nil {
		return ""
	}
	if d := time.Duration(seconds * float64(time.Second)); d < 48*time.Hour {
		text := d.Round(time.Second).String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		return text
	}
	return fmt.Sprintf("%.1f d", seconds/86400)
}

func percent(v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return ""
	}
	share, err := n.Float64()
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

// kpiRows makes a row of each group. The interval of a share is not in seconds
// and stands in JSON only.
func kpiRows(answer any) []any {
	rows := []any{}
	for _, k := range listAt(answer, "kpis") {
		for _, g := range listAt(k, "groups") {
			row := newObject()
			for _, name := range []string{"name", "title", "unit"} {
				row.set(name, at(k, name))
			}
			row.set("group", at(g, "group"))
			row.set("group_name", at(g, "name"))
			for _, name := range []string{"n", "median", "p90", "low", "high", "rate"} {
				if textAt(k, "unit") == "share" && (name == "low" || name == "high") {
					row.set(name, nil)
					continue
				}
				row.set(name, at(g, name))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (p *program) reportKPIs() *cobra.Command {
	asked := map[string]*string{}
	c := p.asks("kpis", "Measures of a span of days, with their spread; open tickets are not in them", cobra.NoArgs, func(r *running, _ []string) error {
		query := url.Values{}
		for name, value := range asked {
			if *value != "" {
				query.Set(name, *value)
			}
		}
		answer, err := r.get(r.cmd.Context(), "/kpis", query)
		if err != nil {
			return err
		}
		if r.output == "table" || r.output == "csv" || r.output == "jsonl" {
			r.say("From %s, before %s, days of %s; still open: %s.", textAt(answer, "from"), textAt(answer, "to"), textAt(answer, "zone"), textAt(answer, "open.n"))
			return r.many(kpiRows(answer), kpiColumns())
		}
		return r.one(answer, nil)
	})
	c.Example = "  tocsin report kpis --from 2026-10-01 --to 2026-11-01 --group severity"
	for name, help := range map[string]string{
		"from": "first day, such as 2026-10-01", "to": "first day that is not meant any more", "group": "severity, team, source or type",
		"severity": "only tickets of this severity", "team": "only tickets of this team (id)", "source": "only tickets of this product", "type": "only tickets of this type",
	} {
		asked[name] = c.Flags().String(name, "", help)
	}
	return p.prints(c)
}

func (p *program) reportTimes() *cobra.Command {
	return p.prints(p.asks("times TICKET", "The phases of a ticket as they followed each other, and every measure of it", cobra.ExactArgs(1), func(r *running, args []string) error {
		answer, err := r.get(r.cmd.Context(), pathOf("tickets", args[0], "times"), nil)
		if err != nil {
			return err
		}
		if r.output == "csv" || r.output == "jsonl" {
			return r.many(listAt(answer, "visits"), visitColumns())
		}
		return r.view(answer, nil, func(s *sheet) {
			s.table("Phases", listAt(answer, "visits"), visitColumns())
			s.table("Measures", listAt(answer, "measures"), []column{col("MEASURE", "title"), col("ENDED", "at").as(moment), col("VALUE", "value")})
		})
	}))
}

func visitColumns() []column {
	return []column{col("PHASE", "phase"), col("ENTERED", "entered_at").as(moment), col("LEFT", "left_at").as(moment), col("TIME", "seconds").as(took)}
}

func (p *program) remeasure() *cobra.Command {
	return onStore(command("remeasure", "Have the next start make the measures again from the journal", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		err := p.local.Remeasure(cmd.Context(), storeOptions(cmd))
		if err == nil {
			p.say("The next server reads the journal from its beginning; until it is through, measures are incomplete and say up to when they are fresh.")
		}
		return err
	}))
}
