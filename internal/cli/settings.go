package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// setting is one that a flag or the environment gives. The environment is read
// when the command runs, not as the flag's default: help would show it.
type setting struct{ flag, env, fallback, help string }

func (s setting) on(cmd *cobra.Command) {
	help := s.help
	if s.env != "" {
		help = fmt.Sprintf("%s (%s)", s.help, s.env)
	}
	cmd.Flags().String(s.flag, s.fallback, help)
}

func (s setting) read(cmd *cobra.Command) string {
	flag := cmd.Flags().Lookup(s.flag)
	if env := os.Getenv(s.env); !flag.Changed && s.env != "" && env != "" {
		return env
	}
	return flag.Value.String()
}

var (
	settingData = setting{"data", "TOCSIN_DATA", ".tocsin/data", "data directory; one process holds it"}
	settingDB   = setting{"db", "TOCSIN_DB", "", "postgres://…; empty is SQLite in the data directory. A password belongs into the variable, not into the flag"}
	settingKey  = setting{"key-file", "TOCSIN_KEY_FILE", "", "the key that opens the secrets; empty is beside the data directory"}

	settingAddr   = setting{"addr", "TOCSIN_ADDR", "127.0.0.1:8080", "where to listen"}
	settingPublic = setting{"public-url", "TOCSIN_PUBLIC_URL", "", "where people reach the server, https://…"}
	settingEgress = setting{"egress-allow", "TOCSIN_EGRESS_ALLOW", "", "private networks that connections may reach: CIDRs, commas"}
	settingLog    = setting{"log-level", "", "info", "debug, info, warn or error"}
)

// onStore gives a command the flags that say which database it works on.
func onStore(cmd *cobra.Command) *cobra.Command {
	for _, s := range []setting{settingData, settingDB, settingKey} {
		s.on(cmd)
	}
	_ = cmd.MarkFlagDirname(settingData.flag)
	_ = cmd.MarkFlagFilename(settingKey.flag)
	return cmd
}

func storeOptions(cmd *cobra.Command) StoreOptions {
	return StoreOptions{Data: settingData.read(cmd), DB: settingDB.read(cmd), KeyFile: settingKey.read(cmd)}
}
