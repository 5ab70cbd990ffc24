package cli

import (
	"cmp"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

const defaultURL = "http://127.0.0.1:8080"

// targetFlags name the server of a client command.
type targetFlags struct{ url, context string }

// remote gives a group the flags that name a server.
func (p *program) remote(group *cobra.Command) *cobra.Command {
	f := group.PersistentFlags()
	f.StringVar(&p.target.url, "url", "", "the server (TOCSIN_URL), "+defaultURL)
	f.StringVar(&p.target.context, "context", "", "a server kept with `tocsin ctx`, instead of --url")
	group.MarkFlagsMutuallyExclusive("url", "context")
	return group
}

// target is a server and the token for it.
type target struct{ URL, Token string }

// client connects to the server that the flags, the environment or the current
// context name. Whichever names the server names the token too, so that no
// token goes to a server it was not meant for; only when both name the same
// server does the context lend its token.
func (p *program) client() (*client, error) {
	t, err := p.resolve()
	if err != nil {
		return nil, err
	}
	base, err := serverURL(t.URL)
	if err != nil {
		return nil, err
	}
	if t.Token != "" && base.Scheme == "http" && !loopback(base.Hostname()) {
		p.say("warning: the token travels to %s in the clear; use https", base.Host)
	}
	return newClient(base, t.Token)
}

func (p *program) resolve() (target, error) {
	explicit := target{cmp.Or(p.target.url, os.Getenv("TOCSIN_URL")), strings.TrimSpace(os.Getenv("TOCSIN_TOKEN"))}
	if p.target.context == "" && explicit.URL != "" && explicit.Token != "" {
		return explicit, nil
	}
	known, err := loadContexts()
	if err != nil {
		return target{}, err
	}
	if p.target.context != "" {
		return known.named(p.target.context)
	}
	current := known.Contexts[known.Current]
	if explicit == (target{}) && known.Current != "" {
		return current, nil
	}
	explicit.URL = cmp.Or(explicit.URL, defaultURL)
	if explicit.Token == "" && sameServer(explicit.URL, current.URL) {
		explicit.Token = current.Token
	}
	return explicit, nil
}

func sameServer(a, b string) bool {
	ua, errA := serverURL(a)
	ub, errB := serverURL(b)
	return errA == nil && errB == nil && ua.String() == ub.String()
}

// serverURL reads the address of a server; a path is kept, for those behind a
// proxy, but not that of the API.
func serverURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "The URL of the server must look like https://host[:port], without a user or query.")
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), apiPrefix)
	u.Host, u.RawPath = strings.ToLower(u.Host), ""
	return u, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.Unmap().IsLoopback()
}

// running is a client command while it runs.
type running struct {
	*program
	*client
	cmd *cobra.Command
}

// asks makes a command that needs a server.
func (p *program) asks(use, short string, args cobra.PositionalArgs, run func(r *running, args []string) error) *cobra.Command {
	return command(use, short, args, func(cmd *cobra.Command, args []string) error {
		c, err := p.client()
		if err != nil {
			return err
		}
		return run(&running{p, c, cmd}, args)
	})
}
