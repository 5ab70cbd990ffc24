package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) admin() *cobra.Command {
	return group("admin", "Make people, and the search index or the measures again, on an installation whose server is stopped", p.bootstrap(), p.adminUser(), p.adminFactors(), p.reindex(), p.remeasure())
}

func (p *program) bootstrap() *cobra.Command {
	var email string
	var fromStdin bool
	c := p.prints(onStore(command("bootstrap", "Make the first administrator of an empty installation", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		if !fromStdin {
			return usage(cmd, "the password is read from standard input; say --password-stdin")
		}
		password, err := p.secretLine("password")
		if err != nil {
			return err
		}
		id, token, err := p.local.Bootstrap(cmd.Context(), storeOptions(cmd), email, password)
		return p.account(id, token, err)
	})))
	c.Flags().StringVar(&email, "email", "", "whom to make")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from the first line of standard input")
	need(c, "email")
	return c
}

func (p *program) adminUser() *cobra.Command {
	var email, team string
	var roles []string
	c := p.prints(onStore(command("user", "Add a person or service account", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		id, token, err := p.local.AddUser(cmd.Context(), storeOptions(cmd), email, roles, team)
		return p.account(id, token, err)
	})))
	c.Flags().StringVar(&email, "email", "", "whom to add")
	c.Flags().StringSliceVar(&roles, "role", nil, "roles, with commas")
	c.Flags().StringVar(&team, "team", "", "team to join; made when it does not exist")
	need(c, "email", "role")
	return c
}

func (p *program) adminFactors() *cobra.Command {
	var email string
	c := p.prints(onStore(command("reset", "Remove every second factor and recovery code of somebody who is locked out; the password stays", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		removed, err := p.local.ResetFactors(cmd.Context(), storeOptions(cmd), email)
		if err != nil {
			return err
		}
		p.say("The next sign-in asks for the password alone; every session of this person has ended.")
		item := newObject()
		item.set("email", email)
		item.set("removed", json.Number(strconv.Itoa(removed)))
		return p.one(item, []column{col("EMAIL", "email"), col("REMOVED", "removed")})
	})))
	c.Flags().StringVar(&email, "email", "", "whose second factors to remove")
	need(c, "email")
	return group("factors", "Second factors of people", c)
}

func (p *program) reindex() *cobra.Command {
	return onStore(command("reindex", "Have the next start make the search index again from the journal", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		err := p.local.Reindex(cmd.Context(), storeOptions(cmd))
		if err == nil {
			p.say("The next server reads the journal from its beginning; what was found before is found meanwhile.")
		}
		return err
	}))
}

// account prints a new account with its token, which is shown this once.
func (p *program) account(id, token string, err error) error {
	if err != nil {
		return err
	}
	item := newObject()
	item.set("user_id", id)
	item.set("token", token)
	return p.one(item, []column{col("USER ID", "user_id"), col("TOKEN", "token")})
}

// maxSecret bounds a secret on standard input.
const maxSecret = 64 << 10

// secretLine reads the first line of standard input.
func (p *program) secretLine(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.in, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return "", fault.New(fault.Invalid, "The %s on standard input is empty.", what)
	}
	return line, nil
}
