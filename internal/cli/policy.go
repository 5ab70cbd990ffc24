package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"tocsin/internal/fault"
)

func (p *program) policy() *cobra.Command {
	return p.remote(group("policy", "Which findings open tickets", p.policyGet(), p.policySet(), p.policyPreview()))
}

func ruleColumns() []column {
	return []column{col("RULE", "name").upTo(40), col("THEN", "then"), col("ENABLED", "enabled").as(yes), col("MATCH", "match")}
}

// rules prints a policy: its rules as rows, or the whole of it where that can
// be given back.
func (p *program) rules(policy any) error {
	if p.output == "table" || p.output == "csv" {
		return p.many(listAt(policy, "rules"), ruleColumns())
	}
	return p.one(policy, nil)
}

func (p *program) policyGet() *cobra.Command {
	c := p.prints(p.asks("get", "The rules, in the order they are tried", cobra.NoArgs, func(r *running, _ []string) error {
		policy, err := r.get(r.cmd.Context(), "/policy", nil)
		if err != nil {
			return err
		}
		return r.rules(policy)
	}))
	c.Example = "  tocsin policy get -o yaml > policy.yaml   # edit it, then\n  tocsin policy preview policy.yaml && tocsin policy set policy.yaml"
	return c
}

func (p *program) policySet() *cobra.Command {
	c := p.asks("set FILE", "Replace the rules by those of a YAML or JSON file; - is standard input", cobra.ExactArgs(1), func(r *running, args []string) error {
		rules, rev, err := r.readPolicy(args[0])
		if err != nil {
			return err
		}
		if rev == "" {
			now, err := r.get(r.cmd.Context(), "/policy", nil)
			if err != nil {
				return err
			}
			rev = textAt(now, "rev")
		}
		policy, err := r.send(r.cmd.Context(), call{method: http.MethodPut, path: "/policy", rev: rev}, map[string]any{"rules": rules})
		if err != nil {
			return err
		}
		return r.rules(policy)
	})
	c.Long = "Replace the rules by those of a file as `policy get -o yaml` prints it. When the\nfile holds rev, nothing is replaced if somebody else changed the rules since."
	return p.prints(c)
}

func (p *program) policyPreview() *cobra.Command {
	var days int
	c := p.asks("preview FILE", "What the rules of a file would have done with the findings of the last days", cobra.ExactArgs(1), func(r *running, args []string) error {
		rules, _, err := r.readPolicy(args[0])
		if err != nil {
			return err
		}
		preview, err := r.post(r.cmd.Context(), "/policy/preview", map[string]any{"rules": rules, "days": days})
		if err != nil {
			return err
		}
		columns := []column{col("RULE", "name"), col("MATCHED", "matched")}
		if r.output == "csv" {
			return r.many(listAt(preview, "by_rule"), columns)
		}
		return r.view(preview, nil, func(s *sheet) {
			s.b.WriteString(fmt.Sprintf("These would have opened %s of %s findings.\n", textAt(preview, "would_open"), textAt(preview, "of")))
			s.table("Rules", listAt(preview, "by_rule"), columns)
			s.table("Examples of what would open a ticket", listAt(preview, "examples"), findingColumns())
		})
	})
	c.Flags().IntVar(&days, "days", 14, "how far to look back")
	return p.prints(c)
}

// readPolicy reads rules from a file; rev is "" where the file has none.
func (p *program) readPolicy(name string) (rules json.RawMessage, rev string, err error) {
	text, err := p.readFile(name)
	if err != nil {
		return nil, "", err
	}
	v, err := parseYAML(text)
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "%s is neither JSON nor YAML", name).Because(err)
	}
	list, isList := v.([]any)
	if !isList {
		if list, isList = at(v, "rules").([]any); !isList {
			return nil, "", fault.New(fault.Invalid, "%s has no list of rules.", name)
		}
	}
	return compact(list), textAt(v, "rev"), nil
}

// maxFile bounds what is read whole from a file or standard input.
const maxFile = 16 << 20

// readFile reads a file, or standard input for -.
func (p *program) readFile(name string) ([]byte, error) {
	from := p.in
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the person who runs this named it
		if err != nil {
			return nil, fault.New(fault.Missing, "The file cannot be read").Because(err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fault.New(fault.Invalid, "%s is larger than %d MiB.", name, maxFile>>20)
	}
	return text, err
}

// parseYAML reads JSON or YAML into a tree.
func parseYAML(text []byte) (any, error) {
	if v, err := parse(text); err == nil {
		return v, nil
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	return treeOf(&doc)
}

func treeOf(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		return treeOf(n.Content[0])
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i := range n.Content {
			var err error
			if list[i], err = treeOf(n.Content[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return objectOf(n)
	case yaml.ScalarNode:
		return scalarOf(n)
	case yaml.AliasNode:
	}
	return nil, fmt.Errorf("line %d: anchors and aliases are not read here", n.Line)
}

func objectOf(n *yaml.Node) (any, error) {
	o := newObject()
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := o.values[key.Value]; twice || key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: the key %q stands twice or is no text", key.Line, key.Value)
		}
		value, err := treeOf(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		o.set(key.Value, value)
	}
	return o, nil
}

func scalarOf(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int":
		var i int64
		err := n.Decode(&i)
		return json.Number(strconv.FormatInt(i, 10)), err
	}
	return n.Value, nil
}
