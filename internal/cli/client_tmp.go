package cli

import "github.com/spf13/cobra"

type targetFlags struct{}

func (p *program) clientCommands() []*cobra.Command {
	api := group("api", "The HTTP API itself", p.spec())
	return []*cobra.Command{api}
}
