package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

func (s *Server) registerMappings() {
	manage := may(identity.ConnectionManage, identity.FindingIntake)
	handle(s, get("list-mapping-fields", "/mappings/fields", manage, "What a mapping may fill"), s.mappingFields)
	handle(s, post("try-mapping", "/mappings/try", manage, "What a mapping makes of a sample; nothing is stored").withSecret(), s.tryMapping)
}

// Brought is a body that somebody brings with the way to read it.
type Brought struct {
	Body    []byte
	CSV     bool
	Mapping string          // id or name of a connection
	Inline  json.RawMessage // the mapping itself
}

const csvType = "text/csv"

// broughtOf reads how a body of findings wants to be read, by the type that it
// declares; nil for one in a format that is known.
func broughtOf(r *http.Request) (*Brought, error) {
	b := &Brought{Body: bodyOf(r), Mapping: r.URL.Query().Get("mapping")}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "multipart/form-data":
		return b, b.unpack(params["boundary"])
	case kind == csvType:
		b.CSV = true
	case b.Mapping == "":
		return nil, nil
	}
	return b, nil
}

// unpack reads a form of exactly two parts: mapping and file. What the parts
// say of file names is not looked at.
func (b *Brought) unpack(boundary string) error {
	form := multipart.NewReader(bytes.NewReader(b.Body), boundary)
	file := false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var text []byte
		if err == nil {
			text, err = io.ReadAll(part)
		}
		if err != nil {
			return fault.New(fault.Invalid, "The form cannot be read to its end.").WithSlug(slugUnreadable)
		}
		switch part.FormName() {
		case "mapping":
			b.Inline = text
		case "file":
			kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
			b.Body, b.CSV, file = text, kind == csvType, true
		default:
			return fault.Field("body", "a form holds mapping and file, and nothing else")
		}
	}
	if !file {
		return fault.Field("body.file", "is missing from the form")
	}
	return nil
}

func (s *Server) mappingFields(context.Context, *struct{}) (*list[finding.MappingField], error) {
	return listOf(finding.MappingFields()), nil
}

type tryMappingInput struct {
	Body struct {
		Mapping     json.RawMessage `json:"mapping" doc:"May be half written"`
		Sample      string          `json:"sample" maxLength:"1000000" doc:"A body as it would come"`
		ContentType string          `json:"content_type" enum:"application/json,text/csv"`
		Product     string          `json:"product,omitempty" maxLength:"400" doc:"What findings without a product are said to come from: the connection's name"`
	} `nameHint:"MappingTry"`
}

// MappingTrial is what came of trying.
type MappingTrial struct {
	Items       []TriedItem            `json:"items"`
	Total       int                    `json:"total" doc:"How many items the sample holds; at most 20 are shown"`
	Problems    []finding.TrialProblem `json:"problems" doc:"What is wrong with the mapping itself"`
	Paths       []finding.SamplePath   `json:"paths" doc:"What the first items hold"`
	Unmapped    []string               `json:"unmapped" doc:"Paths of the sample that the mapping does not use"`
	Suggestions map[string]string      `json:"suggestions" doc:"For fields that are not mapped, the path whose name fits best"`
}

// TriedItem is one item: its normal form, or what is wrong with which field.
type TriedItem struct {
	Finding *NormalForm           `json:"finding,omitempty"`
	Error   *finding.TrialProblem `json:"error,omitempty"`
}

// NormalForm is what every detector says, in one shape.
type NormalForm struct{ finding.Finding }

type triedOutput struct{ Body MappingTrial }

func (s *Server) tryMapping(_ context.Context, in *tryMappingInput) (*triedOutput, error) {
	b := in.Body
	t, err := finding.Try(b.Mapping, []byte(b.Sample), b.ContentType == csvType, finding.MappingOrigin{From: "trial", Name: b.Product})
	if err != nil {
		return nil, sampleFault(err)
	}
	out := MappingTrial{
		Items: make([]TriedItem, 0, len(t.Items)), Total: t.Total, Problems: t.Problems,
		Paths: t.Paths, Unmapped: t.Unmapped, Suggestions: t.Suggestions,
	}
	for _, item := range t.Items {
		tried := TriedItem{Error: item.Error}
		if item.Finding != nil {
			tried.Finding = &NormalForm{*item.Finding}
		}
		out.Items = append(out.Items, tried)
	}
	return &triedOutput{out}, nil
}

// sampleFault says that it is the sample in which nothing can be told apart.
func sampleFault(err error) error {
	e := fault.As(err)
	if e == nil || e.Code != fault.Invalid {
		return err
	}
	return fault.Field("body.sample", "%s", e.Message)
}
