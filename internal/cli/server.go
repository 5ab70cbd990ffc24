package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) serve() *cobra.Command {
	c := onStore(command("serve", "Run the server until SIGTERM or Ctrl-C", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		o := ServeOptions{
			StoreOptions: storeOptions(cmd), Addr: settingAddr.read(cmd), PublicURL: settingPublic.read(cmd),
			EgressAllow: settingEgress.read(cmd), LogLevel: settingLog.read(cmd),
		}
		if err := oneOf(cmd, "log level", o.LogLevel, []string{"debug", "info", "warn", "error"}); err != nil {
			return err
		}
		return p.local.Serve(cmd.Context(), o, p.out, p.err)
	}))
	for _, s := range []setting{settingAddr, settingPublic, settingEgress, settingLog} {
		s.on(c)
	}
	return c
}

func (p *program) demo() *cobra.Command {
	return onStore(command("demo", "Fill an empty installation with a believable fortnight", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		shown := -1
		err := p.local.Demo(cmd.Context(), storeOptions(cmd), func(done, total int) {
			if tenth := done * 10 / max(total, 1); tenth != shown {
				shown = tenth
				p.say("%d of %d", done, total)
			}
		})
		if err == nil {
			p.say("The demo data is there; everything in it is marked as demo.")
		}
		return err
	}))
}

func (p *program) migrate() *cobra.Command {
	return onStore(command("migrate", "Bring the database to the schema of this binary", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		version, err := p.local.Migrate(cmd.Context(), storeOptions(cmd))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "schema version %d\n", version)
		return err
	}))
}

// checkColumns are those of a test of a connection.
func checkColumns() []column {
	return []column{col("CHECK", "name"), col("RESULT", "ok").as(passed), col("DETAIL", "detail")}
}

func passed(v any) string {
	if v == true {
		return "ok"
	}
	return "FAILED"
}

func (p *program) log() *cobra.Command {
	verify := p.prints(onStore(command("verify", "Check every entry of the journal and how they are chained", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		entries, broken, err := p.local.VerifyLog(cmd.Context(), storeOptions(cmd))
		if err != nil {
			return err
		}
		item, err := tree(struct {
			OK      bool   `json:"ok"`
			Entries int64  `json:"entries"`
			Broken  string `json:"broken"`
		}{broken == "", entries, broken})
		if err != nil {
			return err
		}
		if err := p.one(item, []column{col("RESULT", "ok").as(passed), col("ENTRIES", "entries"), col("BROKEN", "broken")}); err != nil {
			return err
		}
		if broken != "" {
			return fault.New(fault.Internal, "The journal does not hold: %s", broken)
		}
		return nil
	})))
	return group("log", "The journal", verify)
}

func (p *program) version() *cobra.Command {
	return command("version", "Print what this binary is", cobra.NoArgs, func(*cobra.Command, []string) error {
		_, err := io.WriteString(p.out, strings.Join(p.local.Version(), "\n")+"\n")
		return err
	})
}

func (p *program) wire() *cobra.Command {
	return command("wire", "Print who acts on which kind of journal entry", cobra.NoArgs, func(*cobra.Command, []string) error {
		return p.local.Wire(p.out)
	})
}

// spec is `api spec`.
func (p *program) spec() *cobra.Command {
	return command("spec", "Print the OpenAPI description of this binary", cobra.NoArgs, func(*cobra.Command, []string) error {
		text, err := p.local.Spec()
		if err != nil {
			return err
		}
		_, err = p.out.Write(text)
		return err
	})
}
