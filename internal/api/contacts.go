package api

import (
	"context"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
)

func (s *Server) registerContacts() {
	handle(s, get("list-contacts", "/me/contacts", signedIn(), "How I can be reached, in the order in which it is tried"), s.contacts)
	handle(s, post("post-contact", "/me/contacts", signedIn(), "Add a way to reach me; it has to be confirmed").answering(http.StatusCreated), s.addContact)
	handle(s, patch("patch-contact", "/me/contacts/{id}", signedIn(), "Move it in the order, or give it another address, which has to be confirmed again"), s.changeContact)
	handle(s, del("delete-contact", "/me/contacts/{id}", signedIn(), "Remove a way to reach me"), s.removeContact)
	handle(s, post("test-contact", "/me/contacts/{id}/test", signedIn(), "Send a message with a code to it"), s.testContact)
	handle(s, post("confirm-contact", "/me/contacts/{id}/confirm", signedIn(), "Prove with the code that messages arrive").limited(), s.confirmContact)
	handle(s, get("get-reachable", "/users/{id}/reachable", may(identity.UserManage, identity.DutyEdit, identity.SLAEdit), "Whether somebody can be reached, without the addresses"), s.reachable)
}

type contactOutput struct{ Body notify.Contact }

func (s *Server) contacts(ctx context.Context, in *ShortPaging) (*list[notify.Contact], error) {
	var items []notify.Contact
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Notify.Contacts(tx, principalOf(ctx).UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(c notify.Contact) string { return c.ID })
}

type newContactInput struct {
	Body struct {
		Channel    string `json:"channel" maxLength:"40" doc:"The kind of a connection, such as smtp or slack"`
		Connection string `json:"connection,omitempty" maxLength:"100" doc:"Absent is the first one of the kind"`
		Address    string `json:"address,omitempty" maxLength:"254" doc:"Absent asks the other side for my mail address"`
	} `nameHint:"NewContact"`
}

// person refuses service accounts, whom nobody can reach.
func person(ctx context.Context) (string, error) {
	p := principalOf(ctx)
	if p.Kind != identity.KindPerson {
		return "", fault.New(fault.Denied, "Only a person can be reached.").WithSlug("no-person")
	}
	return p.UserID, nil
}

func (s *Server) addContact(ctx context.Context, in *newContactInput) (*contactOutput, error) {
	me, err := person(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Notify.AddContact(ctx, me, notify.NewContact{Channel: in.Body.Channel, Connection: in.Body.Connection, Address: in.Body.Address})
	return &contactOutput{c}, err
}

type contactPatch struct {
	ByID
	Body struct {
		Position *int64  `json:"position,omitempty" minimum:"1" maximum:"20"`
		Address  *string `json:"address,omitempty" maxLength:"254"`
	} `nameHint:"ContactPatch"`
}

func (s *Server) changeContact(ctx context.Context, in *contactPatch) (*contactOutput, error) {
	me, err := person(ctx)
	if err != nil {
		return nil, err
	}
	out := &contactOutput{}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = s.deps.Notify.ChangeContact(tx, me, in.ID, notify.ContactChange{Position: in.Body.Position, Address: in.Body.Address})
		return err
	})
	return out, err
}

func (s *Server) removeContact(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.db.Write(ctx, func(tx *db.Tx) error {
		return s.deps.Notify.RemoveContact(tx, principalOf(ctx).UserID, in.ID)
	})
}

func (s *Server) testContact(ctx context.Context, in *ByID) (*contactOutput, error) {
	me, err := person(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Notify.TestContact(ctx, me, in.ID)
	return &contactOutput{c}, err
}

type contactCodeInput struct {
	ByID
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"20"`
	} `nameHint:"ContactCode"`
}

func (s *Server) confirmContact(ctx context.Context, in *contactCodeInput) (*contactOutput, error) {
	me, err := person(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Notify.ConfirmContact(ctx, me, in.ID, in.Body.Code)
	return &contactOutput{c}, err
}

type reachOutput struct{ Body notify.Reach }

func (s *Server) reachable(ctx context.Context, in *ByID) (*reachOutput, error) {
	out := &reachOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		a, err := identity.AccountOf(tx, in.ID)
		if err != nil {
			return err
		}
		if a.Name == "" && a.Email == "" {
			return fault.New(fault.Missing, "This person does not exist.")
		}
		out.Body, err = s.deps.Notify.Reachable(tx, in.ID)
		return err
	})
	return out, err
}
