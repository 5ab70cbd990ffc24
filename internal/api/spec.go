package api

import (
	"bytes"
	"encoding/json"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"

	"tocsin/internal/finding"
	"tocsin/internal/ticket"
)

// config sets huma up without its own documentation pages, schema links and
// format guessing: one format, strict in, no nulls out.
func (s *Server) config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Tocsin", Version: "1",
				Description: "SOAR and security ticketing. JSON in snake_case, times in RFC 3339 UTC, errors as RFC 9457 problems.",
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: prefix}},
			Components: &huma.Components{
				Schemas: registry(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "An API token, tocsin_pat_…"},
					"session": {Type: "apiKey", In: "cookie", Name: secureCookie},
				},
			},
		},
		Formats: map[string]huma.Format{
			"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decode},
			"json":             {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decode}, // of problem+json
		},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{transform},
	}
}

// registry describes the words of the rooms as the closed lists that they are.
func registry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Phase](), reflect.TypeFor[phaseWord]())
	r.RegisterTypeAlias(reflect.TypeFor[finding.Severity](), reflect.TypeFor[severityWord]())
	return r
}

type (
	phaseWord    string
	severityWord string
)

// Schema implements huma.SchemaProvider.
func (phaseWord) Schema(huma.Registry) *huma.Schema { return words(ticket.Phases()...) }

// Schema implements huma.SchemaProvider.
func (severityWord) Schema(huma.Registry) *huma.Schema {
	return words(finding.Critical, finding.High, finding.Medium, finding.Low, finding.Info)
}

func words[T ~string](list ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, word := range list {
		s.Enum = append(s.Enum, string(word))
	}
	return s
}

// transform makes our problem of what huma says, and fills nil lists.
func transform(ctx huma.Context, _ string, v any) (any, error) {
	switch v := v.(type) {
	case *huma.ErrorModel:
		return translate(ctx.Context(), v), nil
	case *Problem:
		return v, nil
	}
	return noNulls(v), nil
}

// schemaName names a type after its room, but not those of this one:
// ticket.View is TicketView, Page[ticket.Brief] is PageTicketBrief.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return upper(hint)
	}
	if t.PkgPath() != "" {
		name = t.PkgPath() + "." + name
	}
	var out strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("[]*,", r) }) {
		room, typ, qualified := strings.Cut(path.Base(part), ".")
		switch {
		case !qualified:
			out.WriteString(upper(room))
		case room == "api" || strings.HasPrefix(strings.ToLower(typ), room):
			out.WriteString(upper(typ))
		default:
			out.WriteString(upper(room) + upper(typ))
		}
	}
	return out.String()
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func problemRef() *huma.Schema { return &huma.Schema{Ref: "#/components/schemas/Problem"} }

func problemSchema() *huma.Schema {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	field := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"location", "message"},
		Properties: map[string]*huma.Schema{
			"location": text("Where: body.severity, query.limit, header.If-Match"),
			"code":     text("What a program may tell apart: required, unknown, enum, …"),
			"message":  text("For a person"),
		},
	}
	return &huma.Schema{
		Type: huma.TypeObject, Description: "RFC 9457. Some problems have further members, such as current or allowed.",
		Required: []string{"type", "title", "status", "detail", "instance"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"type":     text("urn:tocsin:error:<slug>"),
			"title":    text("The kind of problem"),
			"status":   {Type: huma.TypeInteger, Description: "The HTTP status"},
			"detail":   text("A sentence for a person"),
			"instance": text("The request's id, under which the server's log says more"),
			"errors":   {Type: huma.TypeArray, Items: field, Description: "The fields at fault"},
		},
	}
}

func idempotencyParam() *huma.Param {
	most := 255
	return &huma.Param{
		Name: "Idempotency-Key", In: "header",
		Description: "Repeating a request with the same key within a day gives the first answer again, with Idempotency-Replayed: true.",
		Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: &most},
	}
}

// describe renders the description once. huma describes its own error model
// beside ours, which nothing uses.
func (s *Server) describe() ([]byte, error) {
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, schemaName(reflect.TypeFor[huma.ErrorModel](), ""))
	delete(schemas, schemaName(reflect.TypeFor[huma.ErrorDetail](), ""))
	schemas["Problem"] = problemSchema()
	openAnswers(s.huma.OpenAPI())
	return json.Marshal(s.huma.OpenAPI())
}

// Spec is the OpenAPI 3.1 description of /api/v1 as YAML. The same code gives
// the same bytes.
func (s *Server) Spec() ([]byte, error) {
	var out bytes.Buffer
	err := yaml.Convert(&out, bytes.NewReader(s.spec))
	return out.Bytes(), err
}

// SpecJSON is the same as JSON.
func (s *Server) SpecJSON() []byte { return s.spec }

// openAnswers lets what only answers hold grow: a client must not refuse a
// member that is new. What requests hold stays closed.
func openAnswers(o *huma.OpenAPI) {
	asked := map[*huma.Schema]bool{}
	for _, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			for _, m := range op.RequestBody.Content {
				reach(o.Components.Schemas, m.Schema, asked)
			}
		}
	}
	for _, s := range o.Components.Schemas.Map() {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed && !asked[s] {
			s.AdditionalProperties = nil
		}
	}
}

// reach marks a schema and everything it names.
func reach(r huma.Registry, s *huma.Schema, seen map[*huma.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.Ref != "" {
		reach(r, r.SchemaFromRef(s.Ref), seen)
	}
	reach(r, s.Items, seen)
	for _, p := range s.Properties {
		reach(r, p, seen)
	}
}
