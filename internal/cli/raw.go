package cli

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// api speaks HTTP as it is, with the address and token of the other commands.
func (p *program) api() *cobra.Command {
	var data, rev string
	c := p.asks("api METHOD PATH", "Ask the HTTP API itself; `api spec` prints its description", cobra.ExactArgs(2), func(r *running, args []string) error {
		method := strings.ToUpper(args[0])
		if err := oneOf(r.cmd, "method", method, methods()); err != nil {
			return err
		}
		q, err := rawCall(r.cmd, method, args[1])
		if err != nil {
			return err
		}
		q.rev = strings.Trim(rev, `"`)
		if r.cmd.Flags().Changed("data") {
			if q.body, err = r.data(data); err != nil {
				return err
			}
		}
		reply, err := r.do(r.cmd.Context(), q)
		if err != nil {
			return err
		}
		return r.answer(reply)
	})
	c.Example = "  tocsin api GET '/tickets?q=owner:none'\n  tocsin api POST /tickets/INC-1/ack\n  tocsin api PUT /policy --if-match 3 --data @policy.json"
	c.Flags().StringVar(&data, "data", "", "the body; @FILE reads a file, @- standard input")
	c.Flags().StringVar(&rev, "if-match", "", "the revision you have read")
	c.ValidArgsFunction = cobra.FixedCompletions(methods(), cobra.ShellCompDirectiveNoFileComp)
	p.remote(c).AddCommand(p.spec())
	return c
}

// rawCall reads a path below /api/v1. A whole address is refused: it would send
// the token to wherever it says.
func rawCall(cmd *cobra.Command, method, path string) (call, error) {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") {
		return call{}, usage(cmd, "PATH must be a path such as /tickets")
	}
	escaped := strings.TrimPrefix(u.EscapedPath(), apiPrefix)
	if slices.Contains(strings.Split(escaped, "/"), "..") {
		return call{}, usage(cmd, "PATH must not climb with ..")
	}
	return call{method: method, path: escaped, query: u.Query()}, nil
}

func (p *program) data(word string) ([]byte, error) {
	if name, isFile := strings.CutPrefix(word, "@"); isFile {
		return p.readFile(name)
	}
	return []byte(word), nil
}

// answer prints JSON so that people can read it, and all else as it is.
func (p *program) answer(r *reply) error {
	if !strings.Contains(r.header.Get("Content-Type"), "json") {
		return p.write(r.body)
	}
	v, err := r.tree()
	if err != nil || v == nil {
		return err
	}
	p.output = "json"
	return p.one(v, nil)
}
