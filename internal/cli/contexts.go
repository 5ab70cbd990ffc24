package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

// contexts is the file that keeps servers and their tokens.
type contexts struct {
	Current  string            `json:"current"`
	Contexts map[string]target `json:"contexts"`
}

func (c contexts) names() []string { return slices.Sorted(maps.Keys(c.Contexts)) }

func (c contexts) named(name string) (target, error) {
	t, ok := c.Contexts[name]
	if !ok {
		return t, fault.New(fault.Missing, "There is no context %q%s.", name, suggestion(nearest(name, c.names())))
	}
	return t, nil
}

func contextsFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "tocsin", "contexts.json"), nil
}

// loadContexts reads the file; without one there are no contexts. A file that
// others may read is refused, because it holds tokens.
func loadContexts() (contexts, error) {
	c := contexts{Contexts: map[string]target{}}
	path, err := contextsFile()
	if err != nil {
		return c, nil //nolint:nilerr // without a home there is no file
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return c, fault.New(fault.Denied, "%s holds tokens and others may read it: chmod 600 it.", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fault.New(fault.Invalid, "%s cannot be read.", path).Because(err)
	}
	if c.Contexts == nil {
		c.Contexts = map[string]target{}
	}
	return c, nil
}

// save replaces the file as a whole, so that it is never seen half written.
func (c contexts) save() error {
	path, err := contextsFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "contexts-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (p *program) ctx() *cobra.Command {
	return group("ctx", "Servers and tokens kept for later", p.ctxList(), p.ctxSet(), p.ctxUse(), p.ctxRemove())
}

func (p *program) ctxList() *cobra.Command {
	return p.prints(command("list", "The servers that are kept; tokens are not shown", cobra.NoArgs, func(*cobra.Command, []string) error {
		known, err := loadContexts()
		if err != nil {
			return err
		}
		items := []any{}
		for _, name := range known.names() {
			o := newObject()
			o.set("name", name)
			o.set("url", known.Contexts[name].URL)
			o.set("current", name == known.Current)
			o.set("has_token", known.Contexts[name].Token != "")
			items = append(items, o)
		}
		return p.many(items, []column{col("NAME", "name"), col("URL", "url"), col("CURRENT", "current").as(yes), col("TOKEN", "has_token").as(yes)})
	}))
}

func (p *program) ctxSet() *cobra.Command {
	var address string
	var fromStdin bool
	c := command("set NAME", "Keep a server and its token, and use it if it is the first", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		known, err := loadContexts()
		if err != nil {
			return err
		}
		t := known.Contexts[args[0]]
		if address != "" {
			u, err := serverURL(address)
			if err != nil {
				return err
			}
			if t.URL != u.String() {
				t = target{URL: u.String()} // the old token is not for the new server
			}
		}
		if t.URL == "" {
			t.URL = defaultURL
		}
		if fromStdin {
			if t.Token, err = p.secretLine("token"); err != nil {
				return err
			}
		}
		known.Contexts[args[0]] = t
		if known.Current == "" {
			known.Current = args[0]
		}
		return known.save()
	})
	c.Flags().StringVar(&address, "url", "", "the server; for a new context "+defaultURL)
	c.Flags().BoolVar(&fromStdin, "token-stdin", false, "read the token from the first line of standard input")
	return c
}

func (p *program) ctxUse() *cobra.Command {
	return contextCommand("use NAME", "Make a context the current one", func(known *contexts, name string) { known.Current = name })
}

func (p *program) ctxRemove() *cobra.Command {
	return contextCommand("remove NAME", "Forget a server and its token", func(known *contexts, name string) {
		delete(known.Contexts, name)
		if known.Current == name {
			known.Current = ""
		}
	})
}

// contextCommand changes the file for a context that exists.
func contextCommand(use, short string, change func(known *contexts, name string)) *cobra.Command {
	return command(use, short, cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		known, err := loadContexts()
		if err != nil {
			return err
		}
		if _, err := known.named(args[0]); err != nil {
			return err
		}
		change(&known, args[0])
		return known.save()
	})
}
