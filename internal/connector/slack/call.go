package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// call asks a method of the Web API. The code is what Slack calls the error.
func (w *workspace) call(ctx context.Context, method, kind, body string, out any) (code string, header http.Header, err error) {
	req, err := http.NewRequest(http.MethodPost, w.APIURL+"/"+method, strings.NewReader(body))
	if err != nil {
		return "", nil, fault.New(fault.Invalid, "The address of the Web API cannot be called.")
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	w.token.Use(func(token string) { req.Header.Set("Authorization", "Bearer "+token) })
	a, err := connector.Exchange(ctx, w.http, req, timeout)
	if err != nil {
		return "", nil, err
	}
	if a.Status != http.StatusOK {
		return "", nil, a.Failed("Slack", "")
	}
	var said struct {
		OK     bool
		Error  string
		Needed string
	}
	if json.Unmarshal(a.Body, &said) != nil {
		return "", nil, connector.Retry(fault.New(fault.Unavailable, "Slack answered something that is not JSON."), 0)
	}
	if !said.OK {
		code = word(said.Error)
		return code, nil, refused(code, word(said.Needed), a)
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return "", nil, fault.New(fault.Unavailable, "Slack answered %s in a shape that is not known.", method)
	}
	return "", a.Header, nil
}

// word keeps of a machine word what one is made of.
func word(s string) string {
	return connector.Shorten(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_:.,-", r) {
			return r
		}
		return -1
	}, s), 80)
}

// refused says what an error of Slack means and whether to come again. Source:
// the errors that the pages of chat.postMessage, users.lookupByEmail and
// auth.test list.
func refused(code, needed string, a connector.Answer) error {
	switch code {
	case "ratelimited", "rate_limited":
		return connector.Retry(fault.New(fault.Busy, "Slack asks to wait (%s).", code), a.RetryAfter())
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "timeout", "team_added_to_org":
		return connector.Retry(fault.New(fault.Unavailable, "Slack has trouble of its own (%s).", code), a.RetryAfter())
	}
	say := sentence(code)
	if code == "missing_scope" && needed != "" {
		say += " Needed: " + needed + "."
	}
	slug := "slack-refused"
	if strings.HasPrefix(code, "user") || slices.Contains([]string{"channel_not_found", "not_in_channel", "is_archived", "cannot_dm_bot"}, code) {
		slug = connector.SlugRecipient
	}
	return fault.New(fault.Invalid, "%s", say).WithSlug(slug)
}

func sentence(code string) string {
	switch code {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		return "Slack does not take the bot token (" + code + "): install the app again and enter the new one."
	case "missing_scope", "no_permission", "not_allowed_token_type":
		return "The app lacks a permission (" + code + "): add it under OAuth & Permissions and install the app again."
	case "channel_not_found":
		return "Slack knows no such member or channel, or the app may not see it (channel_not_found)."
	case "not_in_channel":
		return "The app is not a member of the channel (not_in_channel): invite it there."
	case "is_archived":
		return "The channel is archived (is_archived)."
	case "user_not_found", "users_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot":
		return "The member cannot be told (" + code + "): they left, are a bot, or are not of this workspace."
	case "messages_tab_disabled":
		return "The app's Messages tab is off (messages_tab_disabled): switch it on under App Home."
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "ekm_access_denied", "access_denied", "org_login_required":
		return "A rule of the workspace forbids it (" + code + ")."
	case "msg_too_long", "invalid_blocks", "invalid_blocks_format", "no_text", "too_many_attachments", "invalid_arguments", "invalid_form_data", "invalid_json":
		return "Slack does not take the message as Tocsin wrote it (" + code + "). Please report this."
	case "":
		return "Slack said no and not why."
	}
	return "Slack refused the message (" + code + ")."
}

// Answer implements connector.Caller: the one who pressed the button, and
// nobody else, sees the text.
func (w *workspace) Answer(ctx context.Context, a connector.Action, text string) error {
	if !w.ownAnswer(a.Response) {
		return nil
	}
	body, err := json.Marshal(map[string]any{"response_type": "ephemeral", "replace_original": false, "text": escape(connector.Plain(text, maxSection))})
	if err != nil {
		return fault.Wrap(err, "writing an answer for Slack")
	}
	req, err := http.NewRequest(http.MethodPost, a.Response, strings.NewReader(string(body)))
	if err != nil {
		return fault.New(fault.Invalid, "The address of the answer cannot be called.")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	said, err := connector.Exchange(ctx, w.http, req, timeout)
	if err != nil {
		return err
	}
	if said.Status != http.StatusOK {
		return said.Failed("Slack", "")
	}
	return nil
}
