package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// behindFor is how old what a reader has not seen may be before people are told.
const behindFor = 5 * 60 // seconds

func lastBackup(tx *db.Tx) (b backupMade, err error) {
	e, err := journal.LastOfKind(tx, backups, journal.BackupMade)
	if e == nil || err != nil {
		return b, err
	}
	var said struct {
		SHA256  string
		Entries int64
		MadeAt  int64 `json:"made_at"`
	}
	err = json.Unmarshal(e.Data, &said)
	return backupMade{e.At, said.MadeAt, said.Entries, said.SHA256}, err
}

// overdue reports whether there should have been a backup since. A young
// installation gets its time first.
func (s vitals) overdue() bool {
	days := int64(s.retention.BackupDays)
	since := max(s.backup.madeAt, s.bornAt)
	return days > 0 && since > 0 && s.at-since > days*dayMicros
}

// Health is how the installation is, as administrators see it.
func (r *Rooms) Health(ctx context.Context) (api.Health, error) {
	s := r.watch.get()
	if s.at == 0 || r.DB.Now()-s.at > (2*watchEvery).Microseconds() {
		s = r.read(ctx)
		r.watch.set(s)
	}
	if s.err != nil {
		return api.Health{}, s.err
	}
	s.space = r.disk.look() // the disk is asked each time
	schema, err := r.DB.Version(ctx)
	if err != nil {
		return api.Health{}, err
	}
	return s.health(r.DB.Engine(), schema), nil
}

func (s vitals) health(engine string, schema int64) api.Health {
	h := api.Health{
		State: "ok", Notices: s.notices(), Disk: diskOf(s.space, s.retention.RetentionSettings),
		Database: api.DatabaseSizes{Bytes: s.sizes.Database, Reusable: s.sizes.Free, Log: s.sizes.WAL},
		Backup:   api.BackupHealth{Entries: s.backup.entries, SHA256: s.backup.sha256, Overdue: s.overdue()},
		Engine:   engine, Version: Version, Schema: schema, SampledAt: db.Time(s.at),
	}
	if s.backup.at > 0 {
		at := db.Time(s.backup.madeAt)
		h.Backup.LastAt = &at
	}
	for _, l := range s.lags {
		h.Readers = append(h.Readers, api.ReaderHealth{Name: l.Reader, Behind: l.Entries, Seconds: l.Seconds, Stuck: l.Stuck})
	}
	if len(h.Notices) > 0 {
		h.State = h.Notices[0].State
	}
	return h
}

// notices are what an administrator should know, the worst first.
func (s vitals) notices() []api.HealthNotice {
	out := s.diskNotices()
	for _, l := range s.lags {
		switch {
		case l.Stuck > 0:
			out = append(out, api.HealthNotice{
				Key: "reader-stuck", State: "warn", Text: fmt.Sprintf("%s could not take %d journal entries.", l.Reader, l.Stuck),
				Do: "What it shows may lack them. Read the server's log for “set aside”, and report it.",
			})
		case l.Seconds > behindFor:
			out = append(out, api.HealthNotice{
				Key: "reader-behind", State: "warn", Text: fmt.Sprintf("%s is %d entries behind, the oldest of %s ago.", l.Reader, l.Entries, inTime(l.Seconds)),
				Do: "It catches up by itself. When it does not, the server's log says why.",
			})
		}
	}
	return append(out, s.otherNotices()...)
}

func (s vitals) diskNotices() []api.HealthNotice {
	want := wanted(s.retention.RetentionSettings, s.space.total)
	switch {
	case !s.space.known:
		return []api.HealthNotice{}
	case s.space.full():
		return []api.HealthNotice{{
			Key: "disk-floor", State: "fail", Text: fmt.Sprintf("New findings are refused: only %s of the disk are free.", inBytes(s.space.free)),
			Do: "Make the disk larger or remove other files. Detectors and queues keep what they could not deliver, as long as they keep it.",
		}}
	case s.space.free+s.sizes.Free < want:
		return []api.HealthNotice{{
			Key: "disk-low", State: "warn", Text: fmt.Sprintf("The disk is low: %s are free, %s are wanted.", inBytes(s.space.free), inBytes(want)),
			Do: "Old originals are removed early. Make the disk larger, or keep things for a shorter time.",
		}}
	}
	return []api.HealthNotice{}
}

func (s vitals) otherNotices() (out []api.HealthNotice) {
	failed := int64(0)
	for _, j := range s.jobs {
		if j.State == "failed" {
			failed += j.N
		}
	}
	if failed > 0 {
		out = append(out, api.HealthNotice{
			Key: "jobs-failed", State: "warn", Text: fmt.Sprintf("%d pieces of work failed for good.", failed),
			Do: "tocsin doctor names their kinds; the server's log says why.",
		})
	}
	if s.overdue() {
		text := "There has never been a backup."
		if s.backup.madeAt > 0 {
			text = fmt.Sprintf("The last backup is %d days old.", (s.at-s.backup.madeAt)/dayMicros)
		}
		out = append(out, api.HealthNotice{Key: "backup-overdue", State: "warn", Text: text, Do: "Run tocsin backup, and keep the key file too."})
	}
	return out
}

func inTime(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}

func inBytes(n int64) string {
	const unit = 1 << 10
	for _, u := range []struct {
		size int64
		name string
	}{{unit * unit * unit * unit, "TiB"}, {unit * unit * unit, "GiB"}, {unit * unit, "MiB"}, {unit, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// installation is what the API says and does about the installation.
func (r *Rooms) installation(doctor func(ctx context.Context) ([]api.Check, error)) api.Installation {
	return api.Installation{
		Health: r.Health, Doctor: doctor, Backup: r.Backup, Backed: r.Backed,
		Retention: r.Retention, SetRetention: r.SetRetention, PreviewRetention: r.PreviewRetention,
	}
}
