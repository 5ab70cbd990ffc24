package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) connections() *cobra.Command {
	return p.remote(group("connection", "Outside systems", p.connectionList(), p.connectionView(), p.connectionCreate(), p.connectionTest(), p.connectionReconcile(),
		p.connectionSwitch("enable NAME", "Let a connection run", true), p.connectionSwitch("disable NAME", "Stop a connection; what waits stays in its queue", false),
		p.connectionRemove()))
}

func connectionColumns() []column {
	return []column{
		col("NAME", "name").upTo(40), col("KIND", "kind"), col("ENABLED", "enabled").as(yes), col("STATE", "health.state"),
		col("SINCE", "health.since").as(moment), col("RECEIVED", "health.received"), col("QUARANTINED", "health.quarantined"),
		col("LAST ERROR", "health.last_error").upTo(80), col("ID", "id"),
	}
}

func (p *program) connectionList() *cobra.Command {
	return p.prints(p.asks("list", "Connections with their health", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/connections", nil, connectionColumns())
	}))
}

func (p *program) connectionView() *cobra.Command {
	return p.prints(p.asks("view NAME", "One connection; its secrets are never shown", cobra.ExactArgs(1), func(r *running, args []string) error {
		c, err := r.connection(args[0])
		if err != nil {
			return err
		}
		return r.view(c, connectionColumns(), func(s *sheet) {
			s.lines(c, []column{
				col("Name", "name"), col("Kind", "kind"), col("ID", "id"), col("Enabled", "enabled"), col("State", "health.state"),
				col("Since", "health.since").as(moment), col("Last good", "health.last_ok_at").as(moment), col("Last error", "health.last_error"),
				col("Received", "health.received"), col("Deleted", "health.deleted"), col("Quarantined", "health.quarantined"),
				col("Refused", "health.refused"), col("Revision", "rev"),
			})
			if places := listAt(c, "reconcile"); len(places) > 0 {
				s.table("Reconciled", places, reconcileColumns())
			}
			s.prose("Settings", indented(at(c, "settings"), ""))
			s.prose("Secrets", indented(at(c, "secrets"), ""))
		})
	}))
}

// newConnection is what the flags of create say.
type newConnection struct {
	kind, name  string
	set, feeds  []string
	reconcile   []string
	fromEnv     []string
	fromStdin   bool
	switchedOff bool
}

func (p *program) connectionCreate() *cobra.Command {
	var n newConnection
	c := p.asks("create", "Set a connection up", cobra.NoArgs, func(r *running, _ []string) error {
		kind, err := r.find("kind of system", "/connectors", n.kind, "kind")
		if err != nil {
			return err
		}
		settings, err := n.settings(r.cmd, kind)
		if err != nil {
			return err
		}
		secrets, err := n.secrets(r)
		if err != nil {
			return err
		}
		body := map[string]any{"kind": n.kind, "name": n.name, "settings": settings, "secrets": secrets, "enabled": !n.switchedOff}
		return r.command("/connections", body, connectionColumns())
	})
	c.Aliases = []string{"add"}
	c.Example = "  tocsin connection create --kind webhook --name sensor --set scheme=standard --set mapping=@mapping.json --secret-env signing_secret=HOOK_SECRET\n" +
		"  tocsin connection create --kind aws --name prod --set auth=default --set region=eu-west-1 \\\n    --feed https://sqs.eu-west-1.amazonaws.com/111122223333/tocsin\n" +
		"  tocsin connection create --kind aws --name prod --set auth=static_keys --set region=eu-west-1 --feed URL \\\n    --secret-env access_key_id=AWS_ACCESS_KEY_ID --secret-env secret_access_key=AWS_SECRET_ACCESS_KEY"
	f := c.Flags()
	f.StringVar(&n.kind, "kind", "", "the kind of system, such as aws")
	f.StringVar(&n.name, "name", "", "what to call it")
	f.StringArrayVar(&n.set, "set", nil, "a setting, NAME=VALUE; again for each")
	f.StringArrayVar(&n.feeds, "feed", nil, "a queue to read, URL, URL,REGION or URL,REGION,OBJECTS (s3://BUCKET/PREFIX); again for each")
	f.StringArrayVar(&n.reconcile, "reconcile", nil, "a region to reconcile, REGION[,EVERY[,LOOKBACK[,FIRST]]]; again for each")
	f.StringArrayVar(&n.fromEnv, "secret-env", nil, "a secret and the variable that holds it, NAME=VARIABLE; again for each")
	f.BoolVar(&n.fromStdin, "secrets-stdin", false, "read secrets from standard input: a JSON object, or NAME=VALUE lines")
	f.BoolVar(&n.switchedOff, "disabled", false, "set it up but do not let it run yet")
	need(c, "kind", "name")
	return p.prints(c)
}

// settings reads --set, --feed and --reconcile by what the kind's manifest says of each field.
func (n *newConnection) settings(cmd *cobra.Command, kind any) (map[string]any, error) {
	settings := map[string]any{}
	for _, s := range n.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usage(cmd, "--set %q is not NAME=VALUE", clip(s, 40))
		}
		var err error
		if settings[name], err = fieldValue(cmd, kind, name, value); err != nil {
			return nil, err
		}
	}
	feeds := []any{}
	for _, f := range n.feeds {
		feeds = append(feeds, feedSetting(f))
	}
	if len(feeds) > 0 {
		settings["feeds"] = feeds
	}
	regions := []any{}
	for _, text := range n.reconcile {
		regions = append(regions, reconcileSetting(text))
	}
	if len(regions) > 0 {
		settings["reconcile"] = regions
	}
	return settings, nil
}

// mappingValue reads a mapping: JSON, or @FILE with JSON in it.
func mappingValue(cmd *cobra.Command, name, value string) (any, error) {
	if file, ok := strings.CutPrefix(value, "@"); ok {
		text, err := os.ReadFile(file) //nolint:gosec // the person who runs this named it
		if err != nil {
			return nil, fault.New(fault.Missing, "The mapping's file cannot be read").Because(err)
		}
		value = string(text)
	}
	if !json.Valid([]byte(value)) {
		return nil, usage(cmd, "--set %s must be JSON, or @FILE with JSON in it", name)
	}
	return json.RawMessage(value), nil
}

// fieldValue reads one setting as its field wants it. A secret is refused
// without repeating it.
func fieldValue(cmd *cobra.Command, kind any, name, value string) (any, error) {
	names := []string{}
	for _, field := range listAt(kind, "fields") {
		if names = append(names, textAt(field, "name")); names[len(names)-1] != name {
			continue
		}
		if at(field, "secret") == true {
			return nil, usage(cmd, "%s is a secret, which everybody on this machine could have seen in the list of processes: change it, and give it by --secret-env or --secrets-stdin", name)
		}
		switch textAt(field, "type") {
		case "number":
			i, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, usage(cmd, "--set %s must be a whole number", name)
			}
			return i, nil
		case "bool":
			if value != "true" && value != "false" {
				return nil, usage(cmd, "--set %s must be true or false", name)
			}
			return value == "true", nil
		case "mapping":
			return mappingValue(cmd, name, value)
		}
		return value, nil
	}
	return nil, usage(cmd, "%s has no setting %q%s", textAt(kind, "kind"), name, suggestion(nearest(name, names)))
}

// secrets reads them from where a list of processes does not show them.
func (n *newConnection) secrets(r *running) (map[string]string, error) {
	secrets := map[string]string{}
	if n.fromStdin {
		text, err := r.readFile("-")
		if err != nil {
			return nil, err
		}
		if secrets, err = parseSecrets(text); err != nil {
			return nil, err
		}
	}
	for _, s := range n.fromEnv {
		name, variable, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usage(r.cmd, "--secret-env %q is not NAME=VARIABLE", s)
		}
		value := os.Getenv(variable)
		if value == "" {
			return nil, fault.New(fault.Invalid, "The variable %s is empty.", variable)
		}
		secrets[name] = value
	}
	return secrets, nil
}

// parseSecrets never repeats its input in an error.
func parseSecrets(text []byte) (map[string]string, error) {
	secrets := map[string]string{}
	if strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		if json.Unmarshal(text, &secrets) != nil {
			return nil, fault.New(fault.Invalid, "The secrets on standard input are not a JSON object of texts.")
		}
		return secrets, nil
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" {
			return nil, fault.New(fault.Invalid, "Line %d of the secrets on standard input is not NAME=VALUE.", n)
		}
		secrets[name] = value
	}
	return secrets, nil
}

func (p *program) connectionTest() *cobra.Command {
	return p.prints(p.asks("test NAME", "Try every step now", cobra.ExactArgs(1), func(r *running, args []string) error {
		c, err := r.connection(args[0])
		if err != nil {
			return err
		}
		answer, err := r.post(r.cmd.Context(), pathOf("connections", textAt(c, "id"), "test"), nil)
		if err != nil {
			return err
		}
		if err := r.many(listAt(answer, "checks"), checkColumns()); err != nil {
			return err
		}
		if at(answer, "ok") != true {
			return fault.New(fault.Unavailable, "The connection does not work.")
		}
		return nil
	}))
}

func (p *program) connectionSwitch(use, short string, on bool) *cobra.Command {
	return p.prints(p.asks(use, short, cobra.ExactArgs(1), func(r *running, args []string) error {
		c, err := r.connection(args[0])
		if err != nil {
			return err
		}
		return r.change(pathOf("connections", textAt(c, "id")), textAt(c, "rev"), map[string]any{"enabled": on}, connectionColumns())
	}))
}

func (p *program) connectionRemove() *cobra.Command {
	var sure bool
	return sureFlag(p.asks("remove NAME", "Remove a connection with its secrets; what it brought stays", cobra.ExactArgs(1), func(r *running, args []string) error {
		c, err := r.connection(args[0])
		if err != nil {
			return err
		}
		name := textAt(c, "name")
		if err := r.confirm(sure, name, "this removes the connection "+name); err != nil {
			return err
		}
		_, err = r.do(r.cmd.Context(), call{method: http.MethodDelete, path: pathOf("connections", textAt(c, "id")), rev: textAt(c, "rev")})
		return err
	}), &sure)
}
