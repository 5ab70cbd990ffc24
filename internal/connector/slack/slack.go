package slack

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

//go:embed manifest.yaml
var manifest []byte

// Kind describes the connector and makes one.
func Kind() connector.Kind {
	m := connector.MustManifest(manifest)
	return connector.Kind{
		Manifest: m,
		New:      func(c connector.Config) (connector.Connector, error) { return newWorkspace(m, c) },
		Reach:    &connector.Reach{Address: "Slack member ID", Place: hasChannel},
	}
}

func hasChannel(raw json.RawMessage) bool {
	var s settings
	return json.Unmarshal(raw, &s) == nil && s.Channel != ""
}

type settings struct {
	Channel string `json:"channel"`
	APIURL  string `json:"api_url"`
}

// timeout bounds one call. Slack answers within a second or not at all.
const timeout = 15 * time.Second

// workspace is a Slack app that is set up.
type workspace struct {
	settings
	token   connector.Secret
	signing connector.Secret
	http    *http.Client
	answers []string // hosts an answer may go to
	seen    *seen
}

func newWorkspace(m connector.Manifest, c connector.Config) (*workspace, error) {
	w := &workspace{token: c.Secrets["bot_token"], signing: c.Secrets["signing_secret"], http: c.HTTP, seen: newSeen()}
	if err := m.Decode(c.Settings, c.Secrets, &w.settings); err != nil {
		return nil, err
	}
	w.APIURL = strings.TrimRight(w.APIURL, "/")
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := connector.Protected("settings.api_url", w.APIURL); err != nil {
		return nil, err
	}
	if c.HTTP == nil {
		return nil, fault.New(fault.Internal, "Slack needs a way into the network")
	}
	at, err := url.Parse(w.APIURL)
	if err != nil {
		return nil, fault.Field("settings.api_url", "is not a URL")
	}
	w.answers = []string{at.Host, "hooks." + at.Host}
	return w, nil
}

func (w *workspace) check() error {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	switch {
	case w.Channel != "" && !isPlace(w.Channel):
		return fault.Field("settings.channel", "%.60q is not the ID of a channel, such as C0123456789; Slack shows it at the end of the channel's details", w.Channel)
	case strings.ContainsFunc(w.token.Reveal(), odd):
		return fault.Field("secrets.bot_token", "has a blank, a line break or a letter that does not belong there")
	case strings.HasPrefix(w.token.Reveal(), "xapp-") || strings.HasPrefix(w.token.Reveal(), "xoxp-"):
		return fault.Field("secrets.bot_token", "is a token of another sort: the one of the bot starts with xoxb-")
	case w.signing.Set() && (len(w.signing.Reveal()) < 16 || strings.ContainsFunc(w.signing.Reveal(), odd)):
		return fault.Field("secrets.signing_secret", "must have at least 16 characters, without blanks")
	}
	return nil
}

// isPlace tells the ID of a member (U, W), channel (C), group (G) or
// conversation (D) from anything else.
func isPlace(id string) bool {
	return regexp.MustCompile(`^[UWCGD][A-Z0-9]{1,30}$`).MatchString(id)
}

// Send implements connector.Notifier.
func (w *workspace) Send(ctx context.Context, l connector.Letter) (connector.Receipt, error) {
	to := l.To
	if to == "" {
		to = w.Channel
	}
	if !isPlace(to) {
		return connector.Receipt{}, fault.Field("to", "%.60q is not the ID of a member or a channel, such as U0123456789", connector.Line(to, 60)).WithSlug(connector.SlugRecipient)
	}
	m := w.message(l, to)
	receipt, code, err := w.post(ctx, m)
	if m.Thread != "" && (code == "thread_not_found" || code == "cannot_reply_to_message") { // its head was deleted
		m.Thread, m.Broadcast, m.Channel = "", false, to
		receipt, _, err = w.post(ctx, m)
	}
	return receipt, err
}

func (w *workspace) post(ctx context.Context, m message) (connector.Receipt, string, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return connector.Receipt{}, "", fault.Wrap(err, "writing a message for Slack")
	}
	var out struct{ Channel, TS string }
	code, _, err := w.call(ctx, "chat.postMessage", "application/json; charset=utf-8", string(body), &out)
	if err != nil {
		return connector.Receipt{}, code, err
	}
	return connector.Receipt{ID: head{out.Channel, out.TS}.String(), Detail: "Slack has posted the message; whether it is read is not known here."}, "", nil
}

// Find implements connector.Finder by users.lookupByEmail.
func (w *workspace) Find(ctx context.Context, mail string) (string, error) {
	var out struct {
		User struct {
			ID      string
			Deleted bool
			IsBot   bool `json:"is_bot"`
		}
	}
	code, _, err := w.call(ctx, "users.lookupByEmail", "application/x-www-form-urlencoded", url.Values{"email": {mail}}.Encode(), &out)
	switch {
	case code == "users_not_found":
		return "", nil
	case err != nil:
		return "", err
	case out.User.Deleted || out.User.IsBot || !isPlace(out.User.ID):
		return "", nil
	}
	return out.User.ID, nil
}

// Check implements connector.Connector. It posts nothing.
func (w *workspace) Check(ctx context.Context) []connector.Check {
	var me struct{ Team, User string }
	_, header, err := w.call(ctx, "auth.test", "application/x-www-form-urlencoded", "", &me)
	if err != nil {
		return []connector.Check{{Name: "bot token", Detail: err.Error()}}
	}
	checks := []connector.Check{
		{Name: "bot token", OK: true, Detail: "Signed in to " + connector.Line(me.Team, 80) + " as " + connector.Line(me.User, 80) + "."},
		permissions(header.Get("X-OAuth-Scopes")),
	}
	if w.signing.Set() {
		return append(checks, connector.Check{Name: "buttons", OK: true, Detail: "A signing secret is set. Whether Slack knows the address for buttons shows when the first one is pressed."})
	}
	return append(checks, connector.Check{Name: "buttons", OK: true, Detail: "No signing secret is set: buttons are links to a page."})
}

func permissions(granted string) connector.Check {
	c := connector.Check{Name: "permissions", OK: true, Detail: "Slack does not say what the app may do."}
	if granted == "" {
		return c
	}
	has := strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
	var missing []string
	for _, want := range []string{"chat:write", "im:write", "users:read.email"} {
		if !slices.Contains(has, want) {
			missing = append(missing, want)
		}
	}
	if len(missing) > 0 {
		return connector.Check{Name: "permissions", Detail: "The app lacks " + strings.Join(missing, ", ") + ": add it under OAuth & Permissions and install the app again."}
	}
	c.Detail = "The app may write messages and look people up by their mail address."
	return c
}

// String keeps fmt from walking into the secrets.
func (w *workspace) String() string { return fmt.Sprintf("slack connector (%s)", w.APIURL) }

// GoString does the same for %#v.
func (w *workspace) GoString() string { return w.String() }
