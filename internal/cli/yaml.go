package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// indented writes a tree as JSON on many lines, each but the first after prefix.
func indented(v any, prefix string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, compact(v), prefix, "  "); err != nil {
		return string(compact(v)) // cannot be: compact writes JSON
	}
	return b.String()
}

// yamlRows is one YAML document.
type yamlRows struct {
	w      io.Writer
	single bool
	n      int
}

func (r *yamlRows) add(item any) error {
	node := yamlNode(item)
	if !r.single {
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node}}
	}
	r.n++
	return writeYAML(r.w, node)
}

func (r *yamlRows) end() error {
	if r.n > 0 || r.single {
		return nil
	}
	_, err := io.WriteString(r.w, "[]\n")
	return err
}

func writeYAML(w io.Writer, node *yaml.Node) error {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeRest(b.String()))
	return err
}

func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case *object:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range v.keys {
			n.Content = append(n.Content, yamlString(key), yamlNode(v.values[key]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v {
			n.Content = append(n.Content, yamlNode(v[i]))
		}
		return n
	case string:
		return yamlString(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(string(compact(v)))}
}

// yamlString lets the encoder choose the quotes, but holds what could drive a
// terminal in double quotes, the only ones that have escapes.
func yamlString(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if strings.IndexFunc(s, func(r rune) bool { return drives(r) && r != '\n' }) >= 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// escapeRest escapes what the encoder takes for printable and a terminal does
// not. All of it stands in double quotes, because yamlString saw it too.
func escapeRest(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case !drives(r) || r == '\n':
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}
