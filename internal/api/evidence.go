package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/db"
	"tocsin/internal/evidence"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

func (s *Server) registerEvidence() {
	read, work := may(identity.TicketRead), may(identity.TicketWork)
	add := post("add-evidence", "/tickets/{id}/evidence", work, "Add files to a ticket: hashed while they come in, answered when they are durable. Parts named file are files; source, note, parent and collected_at before them are about all that follow")
	add.stream, add.raw, add.form = true, true, true
	ticketParam := &huma.Param{Name: "id", In: "path", Required: true, Description: "The ticket", Schema: &huma.Schema{Type: huma.TypeString}}
	s.handleRaw(add, huma.Operation{
		Parameters: []*huma.Param{ticketParam},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{multipartType: {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{
				"file": {Type: huma.TypeString, Format: "binary"}, "source": {Type: huma.TypeString}, "note": {Type: huma.TypeString},
				"parent": {Type: huma.TypeString}, "collected_at": {Type: huma.TypeString, Format: "date-time"},
			}}}}},
		Responses: map[string]*huma.Response{"201": {Description: "Every file is durable", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"items": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject}}}}}}}},
	}, s.addEvidence)
	handle(s, get("list-evidence", "/tickets/{id}/evidence", read, "The files of a ticket, oldest first"), s.listEvidence)
	handle(s, get("get-evidence", "/tickets/{id}/evidence/{item}", read, "A file of a ticket, without its bytes"), s.oneEvidence)
	handle(s, post("mark-evidence", "/tickets/{id}/evidence/{item}/mark", work, "Say whether a file is malware"), s.markEvidence)
	handle(s, post("verify-evidence", "/tickets/{id}/evidence/{item}/verify", read, "Hash the kept bytes again and record what is found"), s.verifyEvidence)
	handle(s, get("preview-evidence", "/tickets/{id}/evidence/{item}/preview", read, "The beginning of a file as text and in hex, or the names in an archive; nothing of it is run or unpacked to the disk"), s.previewEvidence)
	s.handleRaw(get("download-evidence", "/tickets/{id}/evidence/{item}/content", read, "The bytes of a file. What is suspected or malware comes inside an archive with the password infected, as with archive=1"), huma.Operation{
		Parameters: []*huma.Param{ticketParam, {Name: "item", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "archive", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"1"}}}},
		Responses: map[string]*huma.Response{"200": {Description: "The file, to be saved", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}},
	}, s.downloadEvidence)
	handle(s, get("get-evidence-settings", "/evidence/settings", may(identity.RetentionManage, identity.ConnectionRead), "Where files are kept, and how large one may be"), s.evidenceSettings)
	handle(s, put("put-evidence-settings", "/evidence/settings", may(identity.RetentionManage), "Change where files are kept from now on, and how large one may be"), s.setEvidenceSettings)
}

const (
	multipartType = "multipart/form-data"
	// fileWithin bounds the arrival of a request with files.
	fileWithin = time.Hour
	maxFiles   = 50
	maxField   = 20_000
)

// Evidence is the list of a ticket's files.
type Evidence struct {
	Items []evidence.Item `json:"items"`
}

// addEvidence streams each file to its place as it comes; only then are all of
// them attached, in one transaction.
func (s *Server) addEvidence(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !onlyParams(r) {
		s.refuse(w, r, fault.Field("query", "this takes no parameter"))
		return
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != multipartType || params["boundary"] == "" {
		s.refuse(w, r, fault.New(fault.Invalid, "Files come as multipart/form-data.").WithSlug(slugMediaType))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.now().Add(fileWithin))
	if err := s.db.Read(ctx, func(tx *db.Tx) error { _, err := s.deps.Tickets.Get(tx, r.PathValue("id")); return err }); err != nil {
		s.refuse(w, r, err)
		return
	}
	list, err := s.receive(ctx, multipart.NewReader(r.Body, params["boundary"]))
	if err != nil {
		w.Header().Set("Connection", "close") // what is not read must not be taken for a request
		s.refuse(w, r, err)
		return
	}
	out := Evidence{}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.Items, err = s.deps.Evidence.AddAll(tx, r.PathValue("id"), list)
		return err
	})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	s.answer(w, r, out)
}

// receive reads the parts of a form.
func (s *Server) receive(ctx context.Context, form *multipart.Reader) ([]evidence.Attachment, error) {
	meta := evidence.Meta{Source: "upload"}
	var list []evidence.Attachment
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			if len(list) == 0 {
				return nil, fault.Field("file", "is missing: the form holds no part with this name")
			}
			return list, nil
		}
		if err != nil {
			return nil, badForm(err)
		}
		if part.FormName() != "file" {
			if err := readField(&meta, part); err != nil {
				return nil, err
			}
			continue
		}
		if len(list) == maxFiles {
			return nil, fault.Field("file", "at most %d at once", maxFiles)
		}
		m := meta
		m.Name, m.Media = part.FileName(), part.Header.Get("Content-Type")
		b, err := s.deps.Evidence.Put(ctx, part)
		if err != nil {
			if fault.As(err) == nil {
				err = badForm(err)
			}
			return nil, err
		}
		list = append(list, evidence.Attachment{Blob: b, Meta: m})
	}
}

func badForm(err error) error {
	return fault.New(fault.Invalid, "The form could not be read to its end.").WithSlug(slugUnreadable).Because(err)
}

// readField reads what is said of the files that follow.
func readField(m *evidence.Meta, part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return badForm(err)
	}
	name, value := part.FormName(), string(text)
	if len(text) > maxField {
		return fault.Field(name, "is too long")
	}
	switch name {
	case "source":
		m.Source = value
	case "note":
		m.Note = value
	case "parent":
		m.Parent = value
	case "collected_at":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return fault.Field(name, "must be a time such as 2026-11-23T10:00:00Z")
		}
		m.CollectedAt = at.UnixMicro()
	default:
		return fault.Field(fmt.Sprintf("%.40q", name), "is no part of this form: file, source, note, parent, collected_at")
	}
	return nil
}

func (s *Server) listEvidence(ctx context.Context, in *ByID) (*list[evidence.Item], error) {
	var items []evidence.Item
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, in.ID)
		if err != nil {
			return err
		}
		items, err = s.deps.Evidence.List(tx, t.ID)
		return err
	})
	return listOf(items), err
}

// ByItem names a file of a ticket.
type ByItem struct {
	ByID
	Item string `path:"item" maxLength:"60"`
}

type evidenceOutput struct {
	ETag string        `header:"ETag"`
	Body evidence.Item `nameHint:"EvidenceItem"`
}

func outEvidence(i evidence.Item, err error) (*evidenceOutput, error) {
	return &evidenceOutput{etag(i.Rev), i}, err
}

func (s *Server) oneEvidence(ctx context.Context, in *ByItem) (*evidenceOutput, error) {
	var i evidence.Item
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		i, err = s.deps.Evidence.OfTicket(tx, in.ID, in.Item)
		return err
	})
	return outEvidence(i, err)
}

type markInput struct {
	ByItem
	Revised
	Body struct {
		Risk   evidence.Risk `json:"risk" enum:"suspected,malware,cleared"`
		Reason string        `json:"reason" maxLength:"16000" doc:"Needed to clear what was suspected"`
	} `nameHint:"EvidenceMark"`
}

func (s *Server) markEvidence(ctx context.Context, in *markInput) (*evidenceOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	var i evidence.Item
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		i, err = s.deps.Evidence.MarkItem(tx, in.ID, in.Item, rev, evidence.Mark{Risk: in.Body.Risk, Reason: in.Body.Reason})
		return err
	})
	return outEvidence(i, err)
}

func (s *Server) verifyEvidence(ctx context.Context, in *ByItem) (*evidenceOutput, error) {
	return outEvidence(s.deps.Evidence.VerifyItem(ctx, in.ID, in.Item))
}

type lookOutput struct {
	Body evidence.Look `nameHint:"EvidencePreview"`
}

func (s *Server) previewEvidence(ctx context.Context, in *ByItem) (*lookOutput, error) {
	look, err := s.deps.Evidence.Look(ctx, in.ID, in.Item)
	return &lookOutput{look}, err
}

// downloadEvidence hands the bytes out as something that no browser shows.
func (s *Server) downloadEvidence(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !onlyParams(r, "archive") {
		s.refuse(w, r, fault.Field("query", "this takes archive and no other parameter"))
		return
	}
	var i evidence.Item
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		i, err = s.deps.Evidence.OfTicket(tx, r.PathValue("id"), r.PathValue("item"))
		return err
	})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	purpose := evidence.Download
	if i.Risk.Dangerous() || r.URL.Query().Get("archive") == "1" {
		purpose = evidence.DownloadArchive
	}
	from, i, err := s.deps.Evidence.Open(ctx, i.ID, purpose)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer func() { _ = from.Close() }()
	if err := send(w, i, purpose, from); err != nil {
		// After the first byte there is no other way to say that something went
		// wrong than to cut the connection.
		s.log.WarnContext(ctx, "a download of evidence broke off", "evidence", i.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
}

func send(w http.ResponseWriter, i evidence.Item, purpose evidence.Purpose, from io.Reader) error {
	name, size := i.Name, i.Size
	if purpose == evidence.DownloadArchive {
		name, size = i.Name+".zip", evidence.ArchiveSize(i.Name, i.Size)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if purpose == evidence.DownloadArchive {
		return evidence.WriteArchive(w, i.Name, i.Size, i.AddedAt, from)
	}
	_, err := io.Copy(w, from)
	return err
}

type evidenceSettingsOutput struct {
	ETag string            `header:"ETag"`
	Body evidence.Settings `nameHint:"EvidenceSettings"`
}

func (s *Server) evidenceSettings(ctx context.Context, _ *struct{}) (*evidenceSettingsOutput, error) {
	var out evidence.Settings
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = evidence.ReadSettings(tx)
		return err
	})
	return &evidenceSettingsOutput{etag(out.Rev), out}, err
}

type evidenceSettingsInput struct {
	Revised
	Body evidence.Settings `nameHint:"EvidenceSettings"`
}

func (s *Server) setEvidenceSettings(ctx context.Context, in *evidenceSettingsInput) (*evidenceSettingsOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	out, err := s.deps.Evidence.SetSettings(ctx, rev, in.Body)
	return &evidenceSettingsOutput{etag(out.Rev), out}, err
}
