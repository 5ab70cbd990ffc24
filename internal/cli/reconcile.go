package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

func reconcileColumns() []column {
	return []column{
		col("REGION", "region"), col("STATE", "state"), col("LAST RUN", "started_at").as(moment), col("LOOKED AT", "looked_at"), col("HAD", "had"),
		col("MISSED", "missed"), col("QUARANTINED", "quarantined"), col("MISSED EVER", "total_missed"), col("RUNS", "runs"),
		col("NEXT", "next_at").as(moment), col("ERROR", "error").upTo(80),
	}
}

func (p *program) connectionReconcile() *cobra.Command {
	c := p.asks("reconcile NAME", "Compare what its detectors hold with what came in, now", cobra.ExactArgs(1), func(r *running, args []string) error {
		c, err := r.connection(args[0])
		if err != nil {
			return err
		}
		answer, err := r.post(r.cmd.Context(), pathOf("connections", textAt(c, "id"), "reconcile"), nil)
		if err != nil {
			return err
		}
		return r.many(listAt(answer, "reconcile"), reconcileColumns())
	})
	c.Long = "Compare what its detectors hold with what came in, now. The answer comes before the run has\nbegun: `tocsin connection view NAME` shows how it went."
	return p.prints(c)
}

// feedSetting reads --feed URL[,REGION[,OBJECTS]].
func feedSetting(text string) map[string]any {
	parts := strings.SplitN(text, ",", 3)
	feed := map[string]any{"queue_url": parts[0]}
	for i, name := range []string{"region", "objects"} {
		if len(parts) > i+1 && parts[i+1] != "" {
			feed[name] = parts[i+1]
		}
	}
	return feed
}

// reconcileSetting reads --reconcile REGION[,EVERY[,LOOKBACK[,FIRST]]].
func reconcileSetting(text string) map[string]any {
	parts := strings.SplitN(text, ",", 4)
	row := map[string]any{"region": parts[0]}
	for i, name := range []string{"every", "lookback", "first"} {
		if len(parts) > i+1 && parts[i+1] != "" {
			row[name] = parts[i+1]
		}
	}
	return row
}
