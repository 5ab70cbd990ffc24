package api

import (
	"context"
	"time"

	"tocsin/internal/identity"
)

// RetentionSettings say how long things are kept. 0 days is for ever.
type RetentionSettings struct {
	OriginalsDays  int   `json:"originals_days" minimum:"0" maximum:"36500" doc:"Original bytes of findings that never had a ticket, since they were last received"`
	FindingsDays   int   `json:"findings_days" minimum:"0" maximum:"36500" doc:"Whole findings that were recorded or suppressed and never had a ticket"`
	QuarantineDays int   `json:"quarantine_days" minimum:"0" maximum:"36500" doc:"What was in quarantine, since somebody decided about it"`
	TicketsDays    int   `json:"tickets_days" minimum:"0" maximum:"36500" doc:"Closed tickets with their findings, since they were closed; never one tagged hold"`
	MinFreeBytes   int64 `json:"min_free_bytes" minimum:"0" maximum:"9007199254740992" doc:"Below this much free disk things are removed early; 0 with 0 percent is a tenth of the disk, at most 5 GiB"`
	MinFreePercent int   `json:"min_free_percent" minimum:"0" maximum:"50"`
	BackupDays     int   `json:"backup_days" minimum:"0" maximum:"365" doc:"After so many days without a backup administrators are told; 0 is never"`
}

// Retention is the settings with what they met.
type Retention struct {
	RetentionSettings
	Rev           int64         `json:"rev"`
	UpdatedAt     *time.Time    `json:"updated_at"`
	UpdatedBy     string        `json:"updated_by"`
	UpdatedByName string        `json:"updated_by_name"`
	Disk          Disk          `json:"disk"`
	LastRun       *RetentionRun `json:"last_run,omitempty" doc:"The last that removed something; absent when none has"`
}

// RetentionRun is one run of retention.
type RetentionRun struct {
	At     time.Time        `json:"at"`
	Cause  string           `json:"cause" enum:"due,disk"`
	Counts map[string]int64 `json:"counts"`
}

// RetentionPreview says what would go now.
type RetentionPreview struct {
	Items     []RetentionItem `json:"items"`
	Truncated bool            `json:"truncated" doc:"There is more than was counted"`
}

// RetentionItem is one kind of things that would go.
type RetentionItem struct {
	Kind   string     `json:"kind" enum:"originals,findings,quarantine,tickets"`
	Count  int64      `json:"count"`
	Bytes  int64      `json:"bytes" doc:"About so much becomes free"`
	Oldest *time.Time `json:"oldest"`
	Before *time.Time `json:"before" doc:"What is older than this goes; null when it is kept for ever"`
	Held   int64      `json:"held" doc:"Kept although it is old enough: tagged hold, or merged with something that stays"`
}

func (s *Server) registerRetention() {
	a := may(identity.RetentionManage, identity.InstallationRead)
	handle(s, get("get-retention", "/retention", a, "How long things are kept"), s.retention)
	handle(s, put("put-retention", "/retention", may(identity.RetentionManage), "Change how long things are kept"), s.setRetention)
	handle(s, post("preview-retention", "/retention/preview", a, "What would be removed now, before it is"), s.previewRetention)
}

type retentionOutput struct {
	ETag string `header:"ETag"`
	Body Retention
}

func outRetention(r Retention, err error) (*retentionOutput, error) {
	return &retentionOutput{etag(r.Rev), r}, err
}

func (s *Server) retention(ctx context.Context, _ *struct{}) (*retentionOutput, error) {
	if s.deps.Installation.Retention == nil {
		return nil, noInstallation()
	}
	return outRetention(s.deps.Installation.Retention(ctx))
}

type retentionInput struct {
	Revised
	Body RetentionSettings
}

func (s *Server) setRetention(ctx context.Context, in *retentionInput) (*retentionOutput, error) {
	if s.deps.Installation.SetRetention == nil {
		return nil, noInstallation()
	}
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	out, err := outRetention(s.deps.Installation.SetRetention(ctx, in.Body, rev))
	return out, withCurrent(err, func() (*Retention, error) {
		now, err := s.deps.Installation.Retention(ctx)
		return &now, err
	})
}

type previewRetentionInput struct{ Body RetentionSettings }

type previewRetentionOutput struct{ Body RetentionPreview }

func (s *Server) previewRetention(ctx context.Context, in *previewRetentionInput) (*previewRetentionOutput, error) {
	if s.deps.Installation.PreviewRetention == nil {
		return nil, noInstallation()
	}
	p, err := s.deps.Installation.PreviewRetention(ctx, in.Body)
	return &previewRetentionOutput{p}, err
}
