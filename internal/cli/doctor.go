package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// doctor asks a running server when one is named, and looks for itself otherwise.
func (p *program) doctor() *cobra.Command {
	c := p.prints(onStore(command("doctor", "Look at everything that can be wrong with an installation", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		items, err := p.checks(cmd)
		if err != nil {
			return err
		}
		if err := p.many(items, doctorColumns()); err != nil {
			return err
		}
		return verdict(items)
	})))
	c.Long = "Looks at the key file, the database, the disk, the journal, the queues and the settings.\n" +
		"Beside a running server it reads the database without locking it; with --url it asks that server, which knows more.\n" +
		"It ends with 0 when all is well, 6 when something wants attention, and 1 when something is broken."
	for _, s := range []setting{settingAddr, settingPublic, settingEgress} {
		s.on(c)
	}
	p.mayAsk(c)
	return c
}

func (p *program) checks(cmd *cobra.Command) ([]any, error) {
	if p.asksServer(cmd) {
		c, err := p.client()
		if err != nil {
			return nil, err
		}
		v, err := c.get(cmd.Context(), "/doctor", nil)
		return listAt(v, "items"), err
	}
	checks, err := p.local.Doctor(cmd.Context(), ServeOptions{
		StoreOptions: storeOptions(cmd), Addr: settingAddr.read(cmd), PublicURL: settingPublic.read(cmd), EgressAllow: settingEgress.read(cmd),
	})
	if err != nil {
		return nil, err
	}
	items := make([]any, len(checks))
	for i, c := range checks {
		if items[i], err = tree(c); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// verdict is 1 for what is broken and 6 for what only wants attention.
func verdict(items []any) error {
	count := map[string]int{}
	for _, item := range items {
		count[textAt(item, "state")]++
	}
	switch {
	case count["fail"] > 0:
		return fault.New(fault.Internal, "%d of %d checks failed.", count["fail"], len(items))
	case count["warn"] > 0:
		return &partialError{message: fmt.Sprintf("%d of %d checks want attention.", count["warn"], len(items))}
	}
	return nil
}

func doctorColumns() []column {
	return []column{col("CHECK", "name"), col("RESULT", "state").as(loud), col("DETAIL", "detail"), col("DO", "do")}
}

// loud makes what is broken stand out without colour.
func loud(v any) string {
	switch v {
	case "fail":
		return "FAILED"
	case "warn":
		return "WARN"
	}
	return "ok"
}
