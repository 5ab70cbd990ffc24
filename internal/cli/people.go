package cli

import (
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) users() *cobra.Command {
	return p.remote(group("user", "People and service accounts", p.userList(), p.userCreate(), p.userInvite(), p.userDeactivate()))
}

func userColumns() []column {
	return []column{
		col("EMAIL", "email").upTo(40), col("NAME", "name").upTo(30), col("KIND", "kind"), col("ACTIVE", "active").as(yes), col("ROLES", "roles").upTo(60), col("ID", "id"),
	}
}

func (p *program) userList() *cobra.Command {
	return p.prints(p.asks("list", "Everybody", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/users", nil, userColumns())
	}))
}

func (p *program) userCreate() *cobra.Command {
	var email, name, kind, team string
	var roles []string
	c := p.asks("create", "Add a person, who gets a link to set a password, or a service account", cobra.NoArgs, func(r *running, _ []string) error {
		if err := oneOf(r.cmd, "kind", kind, []string{"person", "service"}); err != nil {
			return err
		}
		body := map[string]any{"email": email, "name": name, "kind": kind, "roles": roles}
		if team != "" {
			found, err := r.team(team)
			if err != nil {
				return err
			}
			body["team"] = textAt(found, "id")
		}
		made, err := r.post(r.cmd.Context(), "/users", body)
		if err != nil {
			return err
		}
		return r.one(r.withLink(made), []column{col("EMAIL", "user.email"), col("ROLES", "user.roles"), col("ID", "user.id"), col("INVITE", "invite_url")})
	})
	f := c.Flags()
	f.StringVar(&email, "email", "", "whom to add")
	f.StringVar(&name, "name", "", "what to call them; empty takes it from the e-mail")
	f.StringVar(&kind, "kind", "person", "person or service")
	f.StringSliceVar(&roles, "role", nil, "roles, with commas")
	f.StringVar(&team, "team", "", "name or id of a team to join")
	need(c, "email", "role")
	return p.prints(c)
}

// withLink makes a link whole that the server, not knowing its public address,
// gave as a path.
func (r *running) withLink(v any) any {
	if o, ok := v.(*object); ok {
		if link := textAt(o, "invite_url"); strings.HasPrefix(link, "/") {
			o.set("invite_url", r.base.String()+link)
		}
	}
	return v
}

func (p *program) userInvite() *cobra.Command {
	return p.prints(p.asks("invite EMAIL", "Make a new one-time link to set a password", cobra.ExactArgs(1), func(r *running, args []string) error {
		u, err := r.user(args[0])
		if err != nil {
			return err
		}
		made, err := r.post(r.cmd.Context(), pathOf("users", textAt(u, "id"), "invite"), nil)
		if err != nil {
			return err
		}
		return r.one(r.withLink(made), []column{col("INVITE", "invite_url"), col("EXPIRES", "expires_at").as(moment)})
	}))
}

func (p *program) userDeactivate() *cobra.Command {
	var sure bool
	return p.prints(sureFlag(p.asks("deactivate EMAIL", "End everything somebody could come in with", cobra.ExactArgs(1), func(r *running, args []string) error {
		u, err := r.user(args[0])
		if err != nil {
			return err
		}
		email := textAt(u, "email")
		if err := r.confirm(sure, email, "this deactivates "+email); err != nil {
			return err
		}
		return r.change(pathOf("users", textAt(u, "id")), textAt(u, "rev"), map[string]any{"active": false}, userColumns())
	}), &sure))
}

func (p *program) teams() *cobra.Command {
	return p.remote(group("team", "Teams and their leads", p.teamList(), p.teamCreate()))
}

func teamColumns() []column {
	return []column{col("NAME", "name").upTo(40), col("LEAD", "lead_name").upTo(30), col("MEMBERS", "members").as(count), col("INTAKE", "intake").as(yes), col("ID", "id")}
}

func (p *program) teamList() *cobra.Command {
	return p.prints(p.asks("list", "Teams by name", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/teams", nil, teamColumns())
	}))
}

func (p *program) teamCreate() *cobra.Command {
	var name, lead string
	var members []string
	c := p.asks("create", "Make a team", cobra.NoArgs, func(r *running, _ []string) error {
		ids := []string{}
		for _, word := range append([]string{lead}, members...) {
			u, err := r.user(word)
			if err != nil {
				return err
			}
			ids = append(ids, textAt(u, "id"))
		}
		return r.command("/teams", map[string]any{"name": name, "lead": ids[0], "members": ids[1:]}, teamColumns())
	})
	f := c.Flags()
	f.StringVar(&name, "name", "", "what to call it")
	f.StringVar(&lead, "lead", "", "e-mail or id of who answers for what nobody has taken")
	f.StringSliceVar(&members, "member", nil, "e-mails or ids, with commas")
	need(c, "name", "lead")
	return p.prints(c)
}

func (p *program) tokens() *cobra.Command {
	return p.remote(group("token", "API tokens", p.tokenList(), p.tokenCreate(), p.tokenRevoke()))
}

func tokenColumns() []column {
	return []column{
		col("NAME", "name").upTo(40), col("SCOPES", "scopes"), col("ENDS IN", "hint"), col("EXPIRES", "expires_at").as(moment),
		col("LAST USED", "last_used_at").as(moment), col("REVOKED", "revoked_at").as(moment), col("ID", "id"),
	}
}

func (p *program) tokenList() *cobra.Command {
	return p.prints(p.asks("list", "Your tokens; who manages people sees everybody's", cobra.NoArgs, func(r *running, _ []string) error {
		return r.list(whole(), "/tokens", nil, tokenColumns())
	}))
}

func (p *program) tokenCreate() *cobra.Command {
	scopes := []string{"all", "intake", "read"}
	var name, user string
	var scope []string
	var days int
	c := p.asks("create", "Make a token, which is shown once", cobra.NoArgs, func(r *running, _ []string) error {
		for _, s := range scope {
			if err := oneOf(r.cmd, "scope", s, scopes); err != nil {
				return err
			}
		}
		body := map[string]any{"name": name, "scopes": scope, "expires_in_days": days}
		if user != "" {
			u, err := r.user(user)
			if err != nil {
				return err
			}
			body["user_id"] = textAt(u, "id")
		}
		return r.command("/tokens", body, []column{col("ID", "id"), col("EXPIRES", "expires_at").as(moment), col("TOKEN", "token")})
	})
	f := c.Flags()
	f.StringVar(&name, "name", "", "what it is for")
	f.StringVar(&user, "user", "", "e-mail or id of a service account; empty is yourself")
	f.StringSliceVar(&scope, "scope", nil, "all, intake or read; it only takes away from what its owner may do")
	f.IntVar(&days, "days", 90, "how long it works, 1 to 365")
	need(c, "name", "scope")
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions(scopes, cobra.ShellCompDirectiveNoFileComp))
	return p.prints(c)
}

func (p *program) tokenRevoke() *cobra.Command {
	return p.asks("revoke ID", "End a token at once", cobra.ExactArgs(1), func(r *running, args []string) error {
		_, err := r.do(r.cmd.Context(), call{method: http.MethodDelete, path: pathOf("tokens", args[0])})
		return err
	})
}
