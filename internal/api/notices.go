package api

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

func (s *Server) registerNotices() {
	handle(s, get("list-notices", "/notices", signedIn(), "What I should hear, newest first, and what became of the messages about it"), s.notices)
	handle(s, post("read-notices", "/notices/read", signedIn(), "Say that I have read some, or all"), s.readNotices)
	handle(s, get("get-notify-settings", "/me/notifications", signedIn(), "What I want to be spared"), s.notifySettings)
	handle(s, put("put-notify-settings", "/me/notifications", signedIn(), "Say what I want to be spared: quiet hours, and how often what is not urgent comes"), s.setNotifySettings)
	handle(s, get("list-letters", "/deliveries", may(identity.TicketRead), "What became of every message, newest first"), s.letters)
	handle(s, get("list-channels", "/channels", may(identity.ConnectionRead, identity.ConnectionManage, identity.SLAEdit, identity.DutyEdit),
		"Connections that can be told directly, and how their last test went"), s.channels)
	handle(s, post("test-channel", "/channels/{id}/test", may(identity.ConnectionManage, identity.SLAEdit), "Tell a channel something harmless; one that took it may be a last resort"), s.testChannel)
	handle(s, post("ticket-snooze", "/tickets/{id}/snooze", may(identity.TicketRead), "Hear nothing of a ticket for a while but what is urgent; its clocks run on"), s.snooze)
}

type noticesInput struct {
	Paging
	State string `query:"state" enum:"unread,all" default:"unread"`
}

// NoticePage is a page of an inbox.
type NoticePage struct {
	Items      []notify.Item `json:"items"`
	NextCursor string        `json:"next_cursor" doc:"Give it as cursor for the next page; empty on the last"`
	Unread     int64         `json:"unread" doc:"Counted up to 100"`
}

type noticesOutput struct{ Body NoticePage }

func (s *Server) notices(ctx context.Context, in *noticesInput) (*noticesOutput, error) {
	out := &noticesOutput{}
	me := principalOf(ctx).UserID
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body = NoticePage{}
		out.Body.Items, err = s.deps.Notify.Inbox(tx, me, in.State == "unread", in.Cursor, in.Limit+1)
		if err != nil {
			return err
		}
		out.Body.Unread, err = s.deps.Notify.Unread(tx, me, 100)
		return err
	})
	if len(out.Body.Items) > in.Limit {
		out.Body.Items = out.Body.Items[:in.Limit]
		out.Body.NextCursor = out.Body.Items[in.Limit-1].ID
	}
	return out, err
}

type readInput struct {
	Body struct {
		IDs []string `json:"ids,omitempty" maxItems:"200"`
		All bool     `json:"all,omitempty"`
	} `nameHint:"NoticesRead"`
}

func (s *Server) readNotices(ctx context.Context, in *readInput) (*struct{}, error) {
	if in.Body.All == (len(in.Body.IDs) > 0) {
		return nil, fault.Field("body.ids", "name some, or say all, and not both")
	}
	return nil, s.db.Write(ctx, func(tx *db.Tx) error {
		return s.deps.Notify.Read(tx, principalOf(ctx).UserID, in.Body.IDs)
	})
}

type notifySettingsOutput struct{ Body notify.Settings }

func (s *Server) notifySettings(ctx context.Context, _ *struct{}) (*notifySettingsOutput, error) {
	out, p := &notifySettingsOutput{}, principalOf(ctx)
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Notify.SettingsOf(tx, p.UserID, p.TimeZone)
		return err
	})
	return out, err
}

type notifySettingsInput struct {
	Body notify.Settings `nameHint:"NotifySettings"`
}

func (s *Server) setNotifySettings(ctx context.Context, in *notifySettingsInput) (*notifySettingsOutput, error) {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return s.deps.Notify.SetSettings(tx, principalOf(ctx).UserID, in.Body)
	})
	return &notifySettingsOutput{in.Body}, err
}

type lettersInput struct {
	Paging
	Ticket string `query:"ticket" maxLength:"100" doc:"INC-n or id"`
	Person string `query:"person" maxLength:"100" doc:"An id"`
	State  string `query:"state" enum:"queued,sending,sent,failed,held,coalesced" required:"false"`
}

func (s *Server) letters(ctx context.Context, in *lettersInput) (*list[notify.Delivery], error) {
	f := notify.DeliveryFilter{Person: in.Person, State: in.State, Before: in.Cursor, Limit: in.Limit + 1}
	var items []notify.Delivery
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if in.Ticket != "" {
			t, err := s.deps.Tickets.Get(tx, in.Ticket)
			if err != nil {
				return err
			}
			f.Ticket = t.ID
		}
		var err error
		items, err = s.deps.Notify.Deliveries(tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := listOf(items[:min(len(items), in.Limit)])
	if len(items) > in.Limit {
		out.Body.NextCursor = items[in.Limit-1].ID
	}
	return out, nil
}

func (s *Server) channels(ctx context.Context, in *ShortPaging) (*list[notify.Channel], error) {
	var items []notify.Channel
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Notify.Channels(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(c notify.Channel) string { return c.Connection })
}

type channelOutput struct{ Body notify.Channel }

func (s *Server) testChannel(ctx context.Context, in *ByID) (*channelOutput, error) {
	c, err := s.deps.Notify.TestChannel(ctx, in.ID)
	return &channelOutput{c}, err
}

type snoozeInput struct {
	ByID
	Body struct {
		Until *time.Time `json:"until" doc:"At most 8 hours ahead; null ends it"`
	} `nameHint:"Snooze"`
}

type snoozeOutput struct {
	Body struct {
		Until *time.Time `json:"until"`
	} `nameHint:"Snoozed"`
}

func (s *Server) snooze(ctx context.Context, in *snoozeInput) (*snoozeOutput, error) {
	out := &snoozeOutput{}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, in.ID)
		if err != nil {
			return err
		}
		z := notify.Snooze{Person: principalOf(ctx).UserID, Ticket: t.ID, Severity: string(t.Severity)}
		if in.Body.Until != nil {
			if !t.Open() {
				return fault.New(fault.Conflict, "%s is closed.", ticket.Number(t.Number)).WithSlug("closed-ticket")
			}
			z.Until = max(in.Body.Until.UnixMicro(), 1)
		}
		if err := s.deps.Notify.SetSnooze(tx, z); err != nil {
			return err
		}
		until, err := s.deps.Notify.Snoozed(tx, z.Person, t.ID)
		out.Body.Until = timeOrNil(until)
		return err
	})
	return out, err
}
