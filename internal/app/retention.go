package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// retentionStream is where the journal keeps what retention did and who changed
// its settings.
const retentionStream = "retention"

// defaultRetention keeps tickets and findings for ever.
func defaultRetention() api.RetentionSettings {
	return api.RetentionSettings{OriginalsDays: 365, QuarantineDays: 365, BackupDays: 7}
}

// storedRetention is the row of one tenant.
type storedRetention struct {
	api.RetentionSettings
	rev, at int64
	by      string
}

func loadRetention(tx *db.Tx) (storedRetention, error) {
	s := storedRetention{RetentionSettings: defaultRetention()}
	var doc []byte
	err := tx.QueryRow(`SELECT settings, rev, updated_at, updated_by FROM retention WHERE tenant = $1`, tx.Tenant()).Scan(&doc, &s.rev, &s.at, &s.by)
	if errors.Is(err, db.ErrNoRows) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(doc, &s.RetentionSettings)
	}
	return s, fault.Wrap(err, "loading how long things are kept")
}

// Retention is how long things are kept, with what that meets.
func (r *Rooms) Retention(ctx context.Context) (out api.Retention, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = r.retention(tx)
		return err
	})
	return out, err
}

func (r *Rooms) retention(tx *db.Tx) (out api.Retention, err error) {
	s, err := loadRetention(tx)
	if err != nil {
		return out, err
	}
	out = api.Retention{RetentionSettings: s.RetentionSettings, Rev: s.rev, Disk: diskOf(r.disk.look(), s.RetentionSettings)}
	if s.rev > 0 {
		at := db.Time(s.at)
		out.UpdatedAt, out.UpdatedBy = &at, db.Actor(s.by).Person()
		names, err := identity.NameOf(tx, out.UpdatedBy)
		if err != nil {
			return out, err
		}
		out.UpdatedByName = names[out.UpdatedBy]
	}
	out.LastRun, err = lastRun(tx)
	return out, err
}

// lastRun is the last run that removed something. Changes of the settings stand
// in the same stream, so it looks a little further back.
func lastRun(tx *db.Tx) (*api.RetentionRun, error) {
	e, err := journal.LastOfKind(tx, retentionStream, journal.RetentionDone)
	if e == nil || err != nil {
		return nil, err
	}
	var said struct {
		Cause  string
		Counts map[string]int64
	}
	if err := json.Unmarshal(e.Data, &said); err != nil {
		return nil, err
	}
	return &api.RetentionRun{At: e.Time(), Cause: said.Cause, Counts: said.Counts}, nil
}

// SetRetention replaces the settings that were read at a revision.
func (r *Rooms) SetRetention(ctx context.Context, s api.RetentionSettings, rev int64) (out api.Retention, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.setRetention(tx, s, rev); err != nil {
			return err
		}
		out, err = r.retention(tx)
		return err
	})
	return out, err
}

func (r *Rooms) setRetention(tx *db.Tx, s api.RetentionSettings, rev int64) error {
	was, err := loadRetention(tx)
	if err != nil {
		return err
	}
	if was.rev != rev {
		return fault.New(fault.Conflict, "Somebody else has changed how long things are kept.").WithSlug("stale-revision")
	}
	if err := sensible(s); err != nil {
		return err
	}
	fields := changedFields(was.RetentionSettings, s)
	if len(fields) == 0 {
		return nil
	}
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO retention(tenant, settings, rev, updated_at, updated_by) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant) DO UPDATE SET settings = $2, rev = $3, updated_at = $4, updated_by = $5 WHERE retention.rev = $6`,
		tx.Tenant(), doc, rev+1, tx.Now(), string(tx.Actor()), rev)
	if err == nil && n == 0 {
		err = db.Again(fault.New(fault.Conflict, "Somebody else has changed how long things are kept.").WithSlug("stale-revision"))
	}
	if err != nil {
		return err
	}
	_, err = r.Journal.Append(tx, journal.Entry{Stream: retentionStream, Kind: journal.RetentionChanged, Data: map[string]any{
		"fields": fields, "from": inWords(was.RetentionSettings), "to": inWords(s),
	}})
	return err
}

// sensible refuses settings that would surprise: a finding cannot outlive its
// ticket, so a whole finding is not kept shorter than its original.
func sensible(s api.RetentionSettings) error {
	if s.FindingsDays > 0 && (s.OriginalsDays == 0 || s.OriginalsDays > s.FindingsDays) {
		return fault.Field("body.originals_days", "must be 1 to %d, since whole findings are removed after %d days", s.FindingsDays, s.FindingsDays)
	}
	return nil
}

func inWords(s api.RetentionSettings) map[string]any {
	return map[string]any{
		"originals_days": s.OriginalsDays, "findings_days": s.FindingsDays, "quarantine_days": s.QuarantineDays,
		"tickets_days": s.TicketsDays, "min_free_bytes": s.MinFreeBytes, "min_free_percent": s.MinFreePercent, "backup_days": s.BackupDays,
	}
}

func changedFields(a, b api.RetentionSettings) []string {
	was, is := inWords(a), inWords(b)
	out := []string{}
	for name, v := range was {
		if is[name] != v {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// wanted is the free space below which things are removed early.
func wanted(s api.RetentionSettings, total int64) int64 {
	if s.MinFreeBytes == 0 && s.MinFreePercent == 0 {
		return min(total/10, 5<<30)
	}
	return max(s.MinFreeBytes, total/100*int64(s.MinFreePercent))
}

func diskOf(s space, settings api.RetentionSettings) api.Disk {
	if !s.known {
		return api.Disk{}
	}
	return api.Disk{Known: true, Free: s.free, Total: s.total, Wanted: wanted(settings, s.total), Floor: s.floor()}
}

// cutoff is the time before which things go; 0 when they are kept for ever.
func cutoff(now int64, days int) int64 {
	if days == 0 {
		return 0
	}
	return now - int64(days)*(24*time.Hour).Microseconds()
}
