package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"go.yaml.in/yaml/v3"

	"tocsin/internal/fault"
)

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

// rawJSON puts a parsed tree into a body as it is.
func rawJSON(v any) json.RawMessage { return compact(v) }

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
