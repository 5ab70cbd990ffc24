package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/deploy/cloudformation"
	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func (s *Server) registerConnections() {
	read, manage := may(identity.ConnectionRead, identity.ConnectionManage), may(identity.ConnectionManage)
	handle(s, get("list-connections", "/connections", read, "Outside systems, with their health"), s.connections)
	handle(s, post("post-connection", "/connections", manage, "Set an outside system up; secrets are never shown again").answering(http.StatusCreated), s.createConnection)
	handle(s, get("get-connection", "/connections/{id}", read, "One outside system"), s.connection)
	handle(s, patch("patch-connection", "/connections/{id}", manage, "Change it; another destination clears the secrets"), s.updateConnection)
	handle(s, del("delete-connection", "/connections/{id}", manage, "Remove it and destroy its secrets"), s.removeConnection)
	handle(s, post("test-connection", "/connections/{id}/test", manage, "Try it, and say what works"), s.testConnection)
	handle(s, post("reconcile-connection", "/connections/{id}/reconcile", manage, "Compare what its detectors hold with what came in, now"), s.reconcileConnection)
	handle(s, get("list-connectors", "/connectors", read, "The kinds that can be set up, with the fields of each"), s.connectors)
	s.handleRaw(get("aws-template", "/connectors/aws/template", read, "A CloudFormation template: feed (the default), member (what other accounts and Regions forward to it), roles"), huma.Operation{
		Parameters: []*huma.Param{{Name: "name", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"feed", "member", "roles"}}}},
		Responses: map[string]*huma.Response{"200": {
			Description: "CloudFormation, as YAML",
			Content:     map[string]*huma.MediaType{"application/yaml": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, s.awsTemplate)
}

type connectionOutput struct {
	ETag string `header:"ETag"`
	Body connection.Connection
}

func outConnection(c connection.Connection, err error) (*connectionOutput, error) {
	return &connectionOutput{etag(c.Rev), c}, err
}

func (s *Server) connections(ctx context.Context, in *ShortPaging) (*list[connection.Connection], error) {
	var items []connection.Connection
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Connections.List(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(c connection.Connection) string { return c.ID })
}

func (s *Server) connection(ctx context.Context, in *ByID) (*connectionOutput, error) {
	var c connection.Connection
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = s.deps.Connections.Get(tx, in.ID)
		return err
	})
	return outConnection(c, err)
}

type newConnectionInput struct {
	Body struct {
		Kind     string            `json:"kind" maxLength:"40" doc:"One of GET /connectors"`
		Name     string            `json:"name" maxLength:"400"`
		Settings json.RawMessage   `json:"settings,omitempty" doc:"An object with the fields that the kind names"`
		Secrets  map[string]string `json:"secrets,omitempty" doc:"Written, never read back"`
		Enabled  *bool             `json:"enabled,omitempty" doc:"Absent is true"`
	} `nameHint:"NewConnection"`
}

func (s *Server) createConnection(ctx context.Context, in *newConnectionInput) (*connectionOutput, error) {
	b := in.Body
	return outConnection(s.deps.Connections.Create(ctx, connection.Draft{
		Kind: b.Kind, Name: b.Name, Settings: b.Settings, Secrets: b.Secrets, Disabled: b.Enabled != nil && !*b.Enabled,
	}))
}

type connectionPatch struct {
	ByID
	Revised
	Body struct {
		Name     *string           `json:"name,omitempty" maxLength:"400"`
		Enabled  *bool             `json:"enabled,omitempty"`
		Settings json.RawMessage   `json:"settings,omitempty" doc:"Replaces all settings"`
		Secrets  map[string]string `json:"secrets,omitempty" doc:"Only those to replace"`
	} `nameHint:"ConnectionPatch"`
}

func (s *Server) updateConnection(ctx context.Context, in *connectionPatch) (*connectionOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	b := in.Body
	change := connection.Patch{Name: b.Name, Enabled: b.Enabled, Settings: b.Settings, Secrets: b.Secrets}
	c, err := s.deps.Connections.Update(ctx, in.ID, rev, change)
	return outConnection(c, withCurrent(err, func() (*connection.Connection, error) {
		now, err := s.connection(ctx, &in.ByID)
		return &now.Body, err
	}))
}

func (s *Server) removeConnection(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.deps.Connections.Remove(ctx, in.ID)
}

type testOutput struct {
	Body struct {
		OK     bool              `json:"ok"`
		Checks []connector.Check `json:"checks"`
	} `nameHint:"ConnectionTest"`
}

func (s *Server) testConnection(ctx context.Context, in *ByID) (*testOutput, error) {
	out := &testOutput{}
	checks, err := s.deps.Connections.Test(ctx, in.ID)
	out.Body.Checks = checks
	out.Body.OK = !slices.ContainsFunc(checks, func(c connector.Check) bool { return !c.OK })
	return out, err
}

// reconcileConnection answers before the comparison has begun; the connection
// shows how it goes.
func (s *Server) reconcileConnection(ctx context.Context, in *ByID) (*connectionOutput, error) {
	return outConnection(s.deps.Connections.ReconcileNow(ctx, in.ID))
}

func (s *Server) connectors(context.Context, *struct{}) (*list[connector.Manifest], error) {
	found := s.deps.Connections.Manifests()
	slices.SortFunc(found, func(a, b connector.Manifest) int { return strings.Compare(a.Kind, b.Kind) })
	return listOf(found), nil
}

func (s *Server) awsTemplate(w http.ResponseWriter, r *http.Request) {
	name := cmp.Or(r.URL.Query().Get("name"), "feed")
	text := []byte(nil)
	if onlyParams(r, "name") && slices.Contains(cloudformation.Names(), name) {
		text = cloudformation.Template(name)
	}
	if text == nil {
		s.refuse(w, r, fault.Field("query.name", "must be one of %s", strings.Join(cloudformation.Names(), ", ")))
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="tocsin-`+name+`.yaml"`)
	_, _ = w.Write(text)
}
