package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
)

const (
	// A chat waits three seconds for an answer to a press of a button; what takes
	// longer is done after the answer.
	pressWithin = 2500 * time.Millisecond
	// afterPress bounds what is done after the answer.
	afterPress = 20 * time.Second
	// maxAsked is how many people are asked for by mail to find who a member is.
	maxAsked   = 100
	pressBody  = 256 << 10
	membersFor = time.Hour
)

// members remembers which person a member of a chat is. It is only a memory:
// what the person may do is looked up each time.
type members struct {
	mu    sync.Mutex
	known map[string]member // by connection and member
}

type member struct {
	person string
	at     time.Time
}

func (m *members) get(key string, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.known[key]; ok && now.Sub(k.at).Abs() < membersFor {
		return k.person
	}
	return ""
}

func (m *members) set(key, person string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) > 5000 {
		m.known = map[string]member{}
	}
	m.known[key] = member{person, now}
}

// registerSlack describes the route that a chat calls when somebody presses a
// button. It is public: the chat proves itself by its signature, and the press
// by the token that was put into the button.
func (s *Server) registerSlack() {
	o := post("press-button", "/slack/{id}", everybody(), "A button in a chat was pressed; signed by the chat")
	o.raw, o.form, o.limit, o.before = true, true, pressBody, s.paced
	s.handleRaw(o, huma.Operation{
		Parameters:  []*huma.Param{{Name: "id", In: "path", Required: true, Description: "The connection", Schema: &huma.Schema{Type: huma.TypeString}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{formType: {Schema: &huma.Schema{Type: huma.TypeObject}}}},
		Responses:   map[string]*huma.Response{"200": {Description: "Understood; what came of it is said in the chat"}},
	}, s.pressed)
}

// pressed answers within three seconds. The act is done before the answer, so
// that it is durable when the chat stops showing that it waits; only who must be
// looked for outside is found after it.
func (s *Server) pressed(w http.ResponseWriter, r *http.Request) {
	called, err := s.deps.Connections.Callback(r.Context(), r.PathValue("id"), r.Header, bodyOf(r))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pressWithin)
	defer cancel()
	said, later, err := s.press(ctx, called)
	if err != nil {
		said = s.sorry(r.Context(), err)
	}
	w.WriteHeader(http.StatusOK)
	s.after(r.Context(), func(ctx context.Context) {
		if later != nil {
			if said, err = later(ctx); err != nil {
				said = s.sorry(ctx, err)
			}
		}
		if err := s.deps.Connections.Answer(ctx, called, said); err != nil {
			s.log.WarnContext(ctx, "who pressed a button could not be answered", "connection", called.Caller.ID, "error", err)
		}
	})
}

// after does something once the answer is out, and outlives the request.
func (s *Server) after(ctx context.Context, do func(context.Context)) {
	ctx = context.WithoutCancel(ctx)
	s.afterwards.Go(func() {
		limit, cancel := context.WithTimeout(ctx, afterPress)
		defer cancel()
		do(limit)
	})
}

// Wait returns when everything is done that requests have left behind.
func (s *Server) Wait() { s.afterwards.Wait() }

// press does what a button says. later is what has to be done after the answer,
// nil for nothing.
func (s *Server) press(ctx context.Context, c connection.Called) (said string, later func(context.Context) (string, error), err error) {
	l, err := s.linked(ctx, c.Token)
	if err != nil {
		return "", nil, err
	}
	if l.Tenant != c.Caller.Tenant || l.Ticket == "" {
		return "", nil, errNotAllowed()
	}
	l.At = c.At
	if l.Person != "" {
		return s.pressOwn(ctx, c, l)
	}
	key := c.Caller.ID + "|" + c.UserID
	if l.Person = s.members.get(key, s.now()); l.Person == "" {
		if l.Person, err = s.memberOf(ctx, c); err != nil {
			return "", nil, err
		}
	}
	if l.Person == "" {
		return "", func(ctx context.Context) (string, error) { return s.pressUnknown(ctx, c, l, key) }, nil
	}
	said, err = s.actLinked(ctx, l, notify.Act(c.Act))
	return said, nil, err
}

// pressOwn is a button in a message to one person: only its member may press it.
func (s *Server) pressOwn(ctx context.Context, c connection.Called, l notify.Linked) (string, func(context.Context) (string, error), error) {
	theirs := false
	err := s.db.Read(c.Caller.As(ctx), func(tx *db.Tx) (err error) {
		theirs, err = s.deps.Notify.IsAt(tx, c.Caller.ID, c.UserID, l.Person)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	if !theirs {
		return "", nil, fault.New(fault.Denied, "This button is for somebody else.").WithSlug("permission")
	}
	said, err := s.actLinked(ctx, l, notify.Act(c.Act))
	return said, nil, err
}

func (s *Server) memberOf(ctx context.Context, c connection.Called) (person string, err error) {
	err = s.db.Read(c.Caller.As(ctx), func(tx *db.Tx) error {
		person, err = s.deps.Notify.PersonAt(tx, c.Caller.ID, c.UserID)
		return err
	})
	return person, err
}

// pressUnknown finds who a member is by asking the chat for the mail addresses
// of those who may act, and then does what the button says.
func (s *Server) pressUnknown(ctx context.Context, c connection.Called, l notify.Linked, key string) (string, error) {
	var people []identity.Account
	err := s.db.Read(c.Caller.As(ctx), func(tx *db.Tx) (err error) {
		people, err = identity.Workers(tx, maxAsked)
		return err
	})
	if err != nil {
		return "", err
	}
	for _, a := range people {
		address, err := s.deps.Connections.FindAddress(c.Caller.As(ctx), c.Caller.ID, a.Email)
		if err != nil {
			return "", err
		}
		if address == c.UserID {
			s.members.set(key, a.ID, s.now())
			l.Person = a.ID
			return s.actLinked(ctx, l, notify.Act(c.Act))
		}
	}
	return "", fault.New(fault.Denied, "Nobody here is known by your member ID. Add it to your contacts, or sign in.").WithSlug("permission")
}

// sorry is what somebody in a chat hears of an error; the text of an internal
// one stays in the log.
func (s *Server) sorry(ctx context.Context, err error) string {
	if f := fault.As(err); f != nil && f.Code != fault.Internal {
		return f.Message
	}
	s.log.ErrorContext(ctx, "a button failed", "request", requestID(ctx), "error", err.Error())
	return "Something went wrong here, and nothing was done. Try again in a moment."
}
