package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Installation is what the server knows of itself. Where the tests of this room
// have none, its routes answer that there is none.
type Installation struct {
	Health func(ctx context.Context) (Health, error)
	Doctor func(ctx context.Context) ([]Check, error)
	// Backup writes an archive; Backed records one that somebody has whole.
	Backup func(ctx context.Context, w io.Writer) (db.Archived, error)
	Backed func(ctx context.Context, a db.Archived) error

	Retention    func(ctx context.Context) (Retention, error)
	SetRetention func(ctx context.Context, s RetentionSettings, rev int64) (Retention, error)
	// PreviewRetention says what settings would remove now.
	PreviewRetention func(ctx context.Context, s RetentionSettings) (RetentionPreview, error)
}

// Check is one line of the doctor.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok" doc:"False when it is broken"`
	State  string `json:"state" enum:"ok,warn,fail"`
	Detail string `json:"detail"`
	Do     string `json:"do" doc:"What mends it, or empty"`
}

// Health is how the installation is at this moment.
type Health struct {
	State     string         `json:"state" enum:"ok,warn,fail"`
	Notices   []HealthNotice `json:"notices" doc:"What an administrator should know, the worst first"`
	Disk      Disk           `json:"disk"`
	Database  DatabaseSizes  `json:"database"`
	Readers   []ReaderHealth `json:"readers"`
	Backup    BackupHealth   `json:"backup"`
	Engine    string         `json:"engine"`
	Version   string         `json:"version"`
	Schema    int64          `json:"schema"`
	SampledAt time.Time      `json:"sampled_at"`
}

// HealthNotice is one thing to know and what to do about it.
type HealthNotice struct {
	Key   string `json:"key" enum:"disk-floor,disk-low,reader-stuck,reader-behind,backup-overdue,jobs-failed"`
	State string `json:"state" enum:"warn,fail"`
	Text  string `json:"text"`
	Do    string `json:"do"`
}

// Disk is the file system that holds the data directory.
type Disk struct {
	Known  bool  `json:"known" doc:"False where the database is on another machine"`
	Free   int64 `json:"free" doc:"Bytes"`
	Total  int64 `json:"total" doc:"Bytes"`
	Wanted int64 `json:"wanted" doc:"Below this many free bytes things are removed early"`
	Floor  int64 `json:"floor" doc:"Below this many free bytes new findings are refused"`
}

// DatabaseSizes are bytes.
type DatabaseSizes struct {
	Bytes    int64 `json:"bytes"`
	Reusable int64 `json:"reusable" doc:"Inside the database, used before it grows"`
	Log      int64 `json:"log" doc:"Of the write-ahead log"`
}

// ReaderHealth is how far a reader of the journal is.
type ReaderHealth struct {
	Name    string  `json:"name"`
	Behind  int64   `json:"behind" doc:"Entries that it has not seen"`
	Seconds float64 `json:"seconds" doc:"Age of the oldest of them"`
	Stuck   int64   `json:"stuck" doc:"Entries that it could not take"`
}

// BackupHealth is the last backup.
type BackupHealth struct {
	LastAt  *time.Time `json:"last_at"`
	Entries int64      `json:"entries"`
	SHA256  string     `json:"sha256"`
	Overdue bool       `json:"overdue"`
}

func (s *Server) registerInstallation() {
	handle(s, get("get-health", "/health", may(identity.InstallationRead), "How the installation is: disk, readers, backups"), s.health)
	handle(s, get("get-doctor", "/doctor", may(identity.InstallationRead), "Look at everything that can be wrong"), s.doctor)
	archive := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	s.handleRaw(post("make-backup", "/backups", may(identity.BackupMake), "Everything, of one moment, as one archive"), huma.Operation{
		Responses: map[string]*huma.Response{"200": {
			Description: "The archive; it says itself whether it is whole (`tocsin backup --verify`)",
			Content:     map[string]*huma.MediaType{"application/zstd": archive},
		}},
	}, s.backup)
}

func noInstallation() error {
	return fault.New(fault.Unavailable, "This server does not know about its installation.")
}

type healthOutput struct{ Body Health }

func (s *Server) health(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	if s.deps.Installation.Health == nil {
		return nil, noInstallation()
	}
	h, err := s.deps.Installation.Health(ctx)
	return &healthOutput{h}, err
}

func (s *Server) doctor(ctx context.Context, _ *struct{}) (*list[Check], error) {
	if s.deps.Installation.Doctor == nil {
		return nil, noInstallation()
	}
	checks, err := s.deps.Installation.Doctor(ctx)
	return listOf(checks), err
}

const (
	// backupWithin bounds a backup: while it is taken the log of the database
	// cannot be cut.
	backupWithin = 2 * time.Hour
	// backupPiece is what one write may wait for: who stops reading must not
	// keep the snapshot standing.
	backupPiece = 30 * time.Second
)

// backup streams an archive. After the first byte there is no other way to say
// that something went wrong than to cut the connection.
func (s *Server) backup(w http.ResponseWriter, r *http.Request) {
	if !s.refuseBody(w, r) {
		return
	}
	if err := s.mayBackUp(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	defer s.backing.Unlock()
	ctx, cancel := context.WithTimeout(r.Context(), backupWithin)
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "application/zstd")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="tocsin-%s.backup"`, s.now().Format("20060102-150405")))
	out := &paced{s: s, to: w, control: http.NewResponseController(w)}
	a, err := s.deps.Installation.Backup(ctx, out)
	if err == nil {
		err = out.control.Flush()
	}
	if err != nil {
		s.log.WarnContext(ctx, "a backup did not come to its end", "request", requestID(ctx), "error", err)
		if !out.begun {
			s.refuse(w, r, err)
			return
		}
		panic(http.ErrAbortHandler)
	}
	if err := s.deps.Installation.Backed(context.WithoutCancel(ctx), a); err != nil {
		s.log.ErrorContext(ctx, "a backup could not be recorded", "error", err)
	}
}

// mayBackUp lets one backup run at a time; the caller unlocks.
func (s *Server) mayBackUp(r *http.Request) error {
	switch {
	case s.deps.Installation.Backup == nil:
		return noInstallation()
	case !onlyParams(r):
		return fault.Field("query", "this takes no parameters")
	case r.Header.Get("Idempotency-Key") != "":
		return fault.Field("header.Idempotency-Key", "is not for backups: each is taken anew")
	case principalOf(r.Context()).Tenant != identity.Main:
		return fault.New(fault.Denied, "A backup holds every tenant: only administrators of the first may take it.")
	case !s.backing.TryLock():
		return fault.New(fault.Busy, "A backup is being taken at this moment.").WithSlug("backup").WithRetryAfter(time.Minute)
	}
	return nil
}

// paced gives each piece its own time to be taken.
type paced struct {
	s       *Server
	to      http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

// Write implements io.Writer.
func (p *paced) Write(b []byte) (int, error) {
	p.begun = true
	_ = p.control.SetWriteDeadline(p.s.now().Add(backupPiece)) // not every server has deadlines
	return p.to.Write(b)
}
