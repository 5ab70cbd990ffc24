package cli

import (
	"io"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
	"tocsin/internal/ioc"
)

// maxText bounds the text that indicators are looked for in.
const maxText = 64 << 20

func (p *program) indicators() *cobra.Command {
	extract := p.prints(command("extract", "Find indicators in the text on standard input; needs no server", cobra.NoArgs, func(*cobra.Command, []string) error {
		text, err := io.ReadAll(io.LimitReader(p.in, maxText+1))
		if err != nil {
			return err
		}
		if len(text) > maxText {
			return fault.New(fault.Invalid, "The text is longer than %d MiB.", maxText>>20)
		}
		out := p.rows([]column{col("TYPE", "type"), col("VALUE", "value").upTo(100), col("RAW", "raw").upTo(100), col("OFFSET", "offset"), col("GUARDS", "guards")}, false)
		for _, m := range ioc.Extract(string(text), 0) {
			item, err := tree(m)
			if err != nil {
				return err
			}
			if err := out.add(item); err != nil {
				return err
			}
		}
		return out.end()
	}))
	return group("ioc", "Indicators of compromise", extract)
}
