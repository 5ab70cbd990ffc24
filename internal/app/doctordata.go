package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/internal/api"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/journal"
)

const (
	// lookFor bounds what vitals the whole database may take; what was read by
	// then is said.
	lookFor     = 30 * time.Second
	largeWAL    = 512 << 20
	oldQuestion = 7 * dayMicros // something waits in quarantine
)

// dataChecks look at the database and what it says of the installation.
func (r *Rooms) dataChecks(ctx context.Context) []api.Check {
	s := r.read(ctx)
	checks := []api.Check{r.databaseCheck(ctx), r.soundCheck(ctx), r.setUpCheck(ctx), r.journalCheck(ctx), r.ownershipCheck(ctx)}
	if s.err != nil {
		return append(checks, bad("state", "The server's log says more.", "it could not be read: %s", s.err))
	}
	checks = append(checks, r.clockCheck(ctx, s), s.diskCheck(), s.logCheck(), s.readersCheck(), s.jobsCheck(), s.feedsCheck(), s.quarantineCheck(), s.retentionCheck())
	return append(checks, s.backupCheck())
}

func (r *Rooms) databaseCheck(ctx context.Context) api.Check {
	v, err := r.DB.Version(ctx)
	if err != nil {
		return bad("database", "See whether the database answers.", "%s", err)
	}
	return good("database", "%s, schema %d, durable settings asserted", r.DB.Engine(), v)
}

// soundCheck reads as much of the database as the time allows.
func (r *Rooms) soundCheck(ctx context.Context) api.Check {
	const name = "integrity"
	limited, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	found, err := r.DB.QuickCheck(limited)
	switch {
	case limited.Err() != nil && ctx.Err() == nil:
		return good(name, "nothing found in %s; it is too large to be read whole", lookFor)
	case err != nil:
		return bad(name, "Restore a backup when the file is damaged.", "%s", err)
	case found != "":
		return bad(name, "Restore a backup: tocsin restore FILE --replace.", "%s", found)
	}
	return good(name, "sound")
}

func (r *Rooms) setUpCheck(ctx context.Context) api.Check {
	needed, err := r.Identity.NeedsSetup(ctx)
	if err != nil {
		return bad("installation", "See whether the database answers.", "%s", err)
	}
	if needed {
		return warn("installation", "Open the link that tocsin serve prints, or use tocsin admin bootstrap.", "nobody has set it up yet")
	}
	return good("installation", "set up")
}

func (r *Rooms) journalCheck(ctx context.Context) api.Check {
	const name = "journal"
	limited, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	n, broken, err := r.verifyLog(limited)
	switch {
	case broken != "":
		return bad(name, "Keep the database as it is: it is evidence. Compare it with a backup, and restore that.", "a chain is broken: %s", broken)
	case limited.Err() != nil && ctx.Err() == nil:
		return good(name, "%d entries whole; for all of them run tocsin log verify", n)
	case err != nil:
		return bad(name, "See whether the database answers.", "%s", err)
	}
	return good(name, "%d entries, every chain whole", n)
}

// clockCheck compares with the database's clock, or with the journal's last
// entry, which must not lie ahead.
func (r *Rooms) clockCheck(ctx context.Context, s vitals) api.Check {
	const name, do = "clock", "Let the machine keep time by NTP."
	apart, known, err := r.DB.ClockApart(ctx)
	if err != nil {
		return bad(name, "See whether the database answers.", "%s", err)
	}
	if known && apart.Abs() > 5*time.Second {
		return warn(name, do, "the database's clock is %s apart", apart.Round(time.Millisecond))
	}
	var last int64
	err = r.DB.Read(db.As(ctx, db.Everyone, "system:doctor"), func(tx *db.Tx) error {
		end, err := journal.Tip(tx)
		last = end.At
		return err
	})
	if err != nil {
		return bad(name, "See whether the database answers.", "%s", err)
	}
	if ahead := last - s.at; ahead > 5e6 {
		return warn(name, do, "the newest journal entry is %s in the future", (time.Duration(ahead) * time.Microsecond).Round(time.Second))
	}
	if known {
		return good(name, "%s from the database's", apart.Round(time.Millisecond))
	}
	return good(name, "not behind the journal")
}

// diskCheck says how much room there is, and for how long at the pace so far.
func (s vitals) diskCheck() api.Check {
	const name = "disk"
	if !s.space.known {
		return good(name, "the database is on another machine; watch its disk there")
	}
	for _, n := range s.diskNotices() {
		return api.Check{Name: name, OK: n.State != "fail", State: n.State, Detail: n.Text, Do: n.Do}
	}
	text := fmt.Sprintf("%s of %s free, a flush takes %s", inBytes(s.space.free), inBytes(s.space.total), (time.Duration(s.fsync) * time.Microsecond).Round(10*time.Microsecond))
	days := max((s.at-s.bornAt)/dayMicros, 1)
	if pace := s.sizes.Database / days; s.bornAt > 0 && days >= 7 && pace > 0 {
		left := (s.space.free + s.sizes.Free - s.space.floor()) / pace
		text += fmt.Sprintf(", full in about %d days at %s a day", left, inBytes(pace))
		if left < 30 {
			return warn(name, "Make the disk larger, or keep things for a shorter time.", "%s", text)
		}
	}
	return good(name, "%s", text)
}

func (s vitals) logCheck() api.Check {
	if s.sizes.WAL > largeWAL {
		return warn("write-ahead log", "A reader holds it, such as a backup that goes on. When there is none, restart the server.", "%s", inBytes(s.sizes.WAL))
	}
	return good("write-ahead log", "%s; the database takes %s, of which %s can be used again", inBytes(s.sizes.WAL), inBytes(s.sizes.Database), inBytes(s.sizes.Free))
}

func (s vitals) readersCheck() api.Check {
	behind := []string{}
	for _, l := range s.lags {
		if l.Stuck > 0 || l.Seconds > behindFor {
			behind = append(behind, fmt.Sprintf("%s is %d entries behind and could not take %d", l.Reader, l.Entries, l.Stuck))
		}
	}
	if len(behind) > 0 {
		return warn("readers", "Those that are behind catch up while a server runs. For what was set aside read its log.", "%s", strings.Join(behind, "; "))
	}
	return good("readers", "%d follow the journal", len(s.lags))
}

func (s vitals) jobsCheck() api.Check {
	failed := []string{}
	for _, j := range s.jobs {
		if j.State == "failed" {
			failed = append(failed, fmt.Sprintf("%d of %s", j.N, j.Kind))
		}
	}
	if len(failed) > 0 {
		return warn("jobs", "The server's log says why they failed.", "failed for good: %s", strings.Join(failed, ", "))
	}
	return good("jobs", "none failed")
}

func (s vitals) feedsCheck() api.Check {
	failing := []string{}
	for _, f := range s.feeds {
		if f.Enabled && f.State == string(connector.HealthFailing) {
			failing = append(failing, f.Name+": "+f.LastError)
		}
	}
	slices.Sort(failing)
	if len(failing) > 0 {
		return warn("connections", "Test them: tocsin connection test NAME.", "%s", strings.Join(failing, "; "))
	}
	return good("connections", "%d, none failing", len(s.feeds))
}

func (s vitals) quarantineCheck() api.Check {
	switch {
	case s.quarantined == 0:
		return good("quarantine", "nothing waits")
	case s.at-s.oldest > oldQuestion:
		return warn("quarantine", "Look at it: tocsin quarantine list --state new.", "%d wait for a decision, the oldest for %d days", s.quarantined, (s.at-s.oldest)/dayMicros)
	}
	return good("quarantine", "%d wait for a decision", s.quarantined)
}

func (s vitals) retentionCheck() api.Check {
	keeps := s.retention
	if keeps.rev == 0 {
		return good("retention", "as delivered: originals without a ticket %d days, decided quarantine %d days, the rest for ever", keeps.OriginalsDays, keeps.QuarantineDays)
	}
	return good("retention", "originals %s, quarantine %s, findings %s, tickets %s", inDays(keeps.OriginalsDays), inDays(keeps.QuarantineDays), inDays(keeps.FindingsDays), inDays(keeps.TicketsDays))
}

func inDays(n int) string {
	if n == 0 {
		return "for ever"
	}
	return fmt.Sprintf("%d days", n)
}

func (s vitals) backupCheck() api.Check {
	for _, n := range s.otherNotices() {
		if n.Key == "backup-overdue" {
			return warn("backup", n.Do, "%s", n.Text)
		}
	}
	if s.backup.madeAt == 0 {
		return good("backup", "none yet")
	}
	return good("backup", "%s, %d entries", dated(s.backup.madeAt), s.backup.entries)
}
