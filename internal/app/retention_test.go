package app

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/api"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

// keeper is an installation under a clock and a disk that the test moves.
type keeper struct {
	*Rooms
	t     *testing.T
	ahead *atomic.Int64
	free  *atomic.Int64
	admin string
}

const gib = int64(1) << 30

func newKeeper(t *testing.T, url string) *keeper {
	t.Helper()
	k := &keeper{t: t, ahead: &atomic.Int64{}, free: &atomic.Int64{}}
	k.free.Store(50 * gib)
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	k.Rooms = newPlace(t, url).open(t, func(s *Settings) {
		s.Clock = func() time.Time { return start.Add(time.Duration(k.ahead.Add(int64(300 * time.Millisecond)))) }
		s.Space = func(string) (int64, int64, error) { return k.free.Load(), 100 * gib, nil }
	})
	k.admin = setUp(t, k.Rooms).ID
	return k
}

func (k *keeper) days(n int) { k.ahead.Add(int64(n) * 24 * int64(time.Hour)) }

func (k *keeper) ctx() context.Context { return db.As(k.t.Context(), identity.Main, "user:test") }

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// take takes bodies in and returns the id of the last finding.
func (k *keeper) take(bodies ...string) string {
	k.t.Helper()
	id := ""
	for _, b := range bodies {
		res, err := k.Intake(k.ctx(), "api", []byte(b))
		k.must(err)
		id = res[0].FindingID
	}
	return id
}

// recorded is a finding that opens no ticket: a passed control.
func recorded(n int) string {
	return strings.NewReplacer(`"Status":"FAILED"`, `"Status":"PASSED"`, `"Label":"HIGH"`, `"Label":"INFORMATIONAL"`).Replace(string(sample(int64(n))))
}

func (k *keeper) set(s api.RetentionSettings) {
	k.t.Helper()
	now, err := k.Retention(k.ctx())
	k.must(err)
	_, err = k.SetRetention(k.ctx(), s, now.Rev)
	k.must(err)
}

func (k *keeper) retain() {
	k.t.Helper()
	k.must(k.Retain(db.As(k.t.Context(), db.Everyone, "system:job")))
}

func (k *keeper) count(text string) int64 { return number(k.t, k.Rooms, text) }

// closes takes a ticket and closes it, tagged.
func (k *keeper) closes(id string, tags ...string) {
	k.t.Helper()
	k.must(k.DB.Write(db.As(k.t.Context(), identity.Main, db.Person(k.admin)), func(tx *db.Tx) error {
		t, err := k.Tickets.Take(tx, id)
		if err == nil && len(tags) > 0 {
			_, err = k.Tickets.Change(tx, id, t.Rev, ticket.Patch{Tags: &tags})
		}
		if err != nil {
			return err
		}
		_, err = k.Tickets.Close(tx, id, ticket.Close{Resolution: "false_positive", Reason: "A test."}, ticket.Worker{ID: k.admin})
		return err
	}))
}

func (k *keeper) ticketOf(finding string) (id string) {
	k.t.Helper()
	read(k.t, k.Rooms, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(ticket,'') FROM finding WHERE tenant = 'main' AND id = $1`, finding).Scan(&id)
	})
	return id
}

func eachKeeper(t *testing.T, fn func(t *testing.T, k *keeper)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, url string) { fn(t, newKeeper(t, url)) })
}

func TestOriginalsGoAndTheFindingSaysSo(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		old := k.take(recorded(1))
		withTicket := k.take(string(sample(2)))
		k.days(100)
		young := k.take(recorded(3))
		k.set(api.RetentionSettings{OriginalsDays: 90})
		k.retain()
		read(t, k.Rooms, func(tx *db.Tx) error {
			d, err := k.Findings.Get(tx, old)
			k.must(err)
			if d.Raw != nil || d.OriginalsRemovedAt == nil || d.Title == "" || d.Finding.Account != "111122223333" || !d.Revisions[0].Removed {
				t.Errorf("the finding says %+v", d)
			}
			for name, id := range map[string]string{"with a ticket": withTicket, "that is young": young} {
				d, err := k.Findings.Get(tx, id)
				k.must(err)
				if d.Raw == nil || d.OriginalsRemovedAt != nil {
					t.Errorf("a finding %s lost its original", name)
				}
			}
			return nil
		})
		// What it said before is still known, and something new brings it back whole.
		res, err := k.Intake(k.ctx(), "api", []byte(recorded(1)))
		if err != nil || res[0].Outcome != finding.Duplicate || res[0].FindingID != old {
			t.Errorf("the same again: %+v %v", res, err)
		}
		again := strings.NewReplacer(`"UpdatedAt":"2026-11-02`, `"UpdatedAt":"2026-11-09`, "is blocked", "is not blocked").Replace(recorded(1))
		if got := k.take(again); got != old {
			t.Errorf("a revision became the finding %s", got)
		}
		read(t, k.Rooms, func(tx *db.Tx) error {
			d, err := k.Findings.Get(tx, old)
			k.must(err)
			if d.Raw == nil || d.OriginalsRemovedAt != nil || len(d.Revisions) != 2 || !d.Revisions[0].Removed || d.Revisions[1].Removed {
				t.Errorf("after a revision it says %+v", d)
			}
			return nil
		})
	})
}

func TestRetentionNeverTakesWhatIsOpenHeldOrYoung(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		open := k.ticketOf(k.take(string(sample(1))))
		held := k.ticketOf(k.take(string(sample(2))))
		k.closes(held, ticket.HoldTag)
		old := k.ticketOf(k.take(string(sample(3))))
		k.closes(old)
		k.days(40)
		young := k.ticketOf(k.take(string(sample(4))))
		k.closes(young)
		entries := k.count(`SELECT COUNT(*) FROM entry`)
		settings := api.RetentionSettings{TicketsDays: 30, FindingsDays: 30, OriginalsDays: 30, QuarantineDays: 30}
		p, err := k.PreviewRetention(k.ctx(), settings)
		k.must(err)
		if i := p.Items[3]; i.Kind != "tickets" || i.Count != 1 || i.Held != 1 || i.Bytes == 0 || i.Oldest == nil {
			t.Errorf("the preview says %+v", i)
		}
		if n := k.count(`SELECT COUNT(*) FROM ticket`); n != 4 {
			t.Fatalf("a preview left %d tickets", n)
		}
		k.set(settings)
		k.retain()
		for name, id := range map[string]string{"open": open, "held": held, "young": young} {
			if n := k.count(`SELECT COUNT(*) FROM ticket WHERE id = '` + id + `'`); n != 1 {
				t.Errorf("the %s ticket is gone", name)
			}
		}
		for _, table := range []string{"ticket WHERE id", "phase_visit WHERE ticket", "finding WHERE ticket"} {
			if n := k.count(`SELECT COUNT(*) FROM ` + table + ` = '` + old + `'`); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if n := k.count(`SELECT COUNT(*) FROM original`); n != 3 {
			t.Errorf("%d originals", n)
		}
		// The journal only grows; what was private of the ticket cannot be read.
		if n := k.count(`SELECT COUNT(*) FROM entry`); n != entries+2 { // settings, run
			t.Errorf("%d entries, were %d", n, entries)
		}
		if n := k.count(`SELECT COUNT(*) FROM entry WHERE stream = 'ticket:` + old + `' AND sealed IS NOT NULL`); n != 0 {
			t.Errorf("%d private texts of the removed ticket are left", n)
		}
		if n := k.count(`SELECT COUNT(*) FROM stream_key WHERE stream = 'ticket:` + old + `'`); n != 0 {
			t.Error("the key of the removed ticket is left")
		}
		if n := k.count(`SELECT COUNT(*) FROM entry WHERE stream = 'ticket:` + held + `' AND sealed IS NOT NULL`); n == 0 {
			t.Error("the held ticket lost its text")
		}
		if _, broken, err := k.verifyLog(t.Context()); err != nil || broken != "" {
			t.Errorf("the journal: %s %v", broken, err)
		}
		now, err := k.Retention(k.ctx())
		k.must(err)
		if now.LastRun == nil || now.LastRun.Cause != "due" || now.LastRun.Counts["tickets"] != 1 {
			t.Errorf("the last run: %+v", now.LastRun)
		}
	})
}

func TestQuarantineGoesOnceItIsDecided(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		for i := range 4 {
			k.take(fmt.Sprintf(`{"what":%d}`, i))
		}
		decide := func(like string) {
			k.must(k.DB.Write(k.ctx(), func(tx *db.Tx) error {
				var id string
				if err := tx.QueryRow(`SELECT id FROM quarantine WHERE state = 'new' AND preview LIKE $1`, like).Scan(&id); err != nil {
					return err
				}
				return k.Findings.DecideQuarantine(tx, id, "dismissed", "noise")
			}))
		}
		decide(`%0}`)
		decide(`%1}`)
		k.days(20)
		decide(`%2}`)
		k.set(api.RetentionSettings{QuarantineDays: 10})
		k.retain()
		if n := k.count(`SELECT COUNT(*) FROM quarantine`); n != 2 {
			t.Errorf("%d are left, want the one that waits and the one that was decided today", n)
		}
	})
}

func TestAFullDiskTakesEarlyInTheStatedOrderAndNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	for i := range 300 {
		k.take(recorded(i))
	}
	closed := k.ticketOf(k.take(string(sample(1000))))
	k.closes(closed)
	k.days(60)
	k.set(api.RetentionSettings{OriginalsDays: 365, FindingsDays: 366, TicketsDays: 366, MinFreePercent: 20})
	k.retain()
	if n := k.count(`SELECT COUNT(*) FROM finding WHERE originals_removed_at IS NOT NULL`); n != 0 {
		t.Fatalf("%d originals went although the disk is half empty", n)
	}
	k.days(1)
	looks := 0
	k.disk.measure = func(string) (int64, int64, error) {
		if looks++; looks > 3 { // what was removed has made room
			return 30 * gib, 100 * gib, nil
		}
		return 10 * gib, 100 * gib, nil
	}
	k.retain()
	gone := k.count(`SELECT COUNT(*) FROM finding WHERE originals_removed_at IS NOT NULL`)
	if gone == 0 || gone == 300 {
		t.Errorf("%d of 300 originals went", gone)
	}
	if n := k.count(`SELECT COUNT(*) FROM finding`); n != 301 {
		t.Errorf("%d findings are left: whole ones went before the originals were gone", n)
	}
	k.days(1)
	k.disk.measure = func(string) (int64, int64, error) { return gib, 100 * gib, nil }
	k.retain()
	if n := k.count(`SELECT COUNT(*) FROM finding WHERE ticket IS NULL`); n != 0 {
		t.Errorf("%d findings without a ticket are left on a disk that stays full", n)
	}
	if n := k.count(`SELECT COUNT(*) FROM ticket`); n != 1 {
		t.Error("a ticket went early")
	}
	now, err := k.Retention(k.ctx())
	k.must(err)
	if now.LastRun == nil || now.LastRun.Cause != "disk" || !now.Disk.Known || now.Disk.Wanted != 20*gib {
		t.Errorf("%+v of %+v", now.LastRun, now.Disk)
	}
}

func TestWhatIsKeptForEverIsKeptOnAFullDiskToo(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	k.take(recorded(1))
	k.set(api.RetentionSettings{BackupDays: 1})
	k.days(900)
	k.free.Store(gib)
	k.retain()
	if n := k.count(`SELECT COUNT(*) FROM original WHERE LENGTH(body) > 0`); n != 1 {
		t.Error("it went")
	}
}

func TestNewFindingsAreRefusedBeforeTheDiskIsFullAndPeopleWorkOn(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	id := k.ticketOf(k.take(string(sample(1))))
	k.free.Store(255 << 20)
	k.ahead.Add(int64(time.Second))
	_, err := k.Intake(k.ctx(), "api", sample(2))
	if e := fault.As(err); e == nil || e.Code != fault.Unavailable || e.Slug != "disk-floor" || e.RetryAfter == 0 {
		t.Fatalf("err = %v", err)
	}
	if n := k.intake.refused.Load(); n != 1 {
		t.Errorf("%d refusals are counted", n)
	}
	k.closes(id)
	h, err := k.Health(k.ctx())
	k.must(err)
	if h.State != "fail" || h.Notices[0].Key != "disk-floor" {
		t.Errorf("health: %+v", h)
	}
	k.free.Store(50 * gib) // it goes on by itself
	k.ahead.Add(int64(time.Second))
	k.take(string(sample(2)))
}

func TestTheFloorFitsTheDisk(t *testing.T) {
	t.Parallel()
	for total, want := range map[int64]int64{64 << 20: (64 << 20) / 20, gib: gib / 20, 20 * gib: 256 << 20, 4000 * gib: 256 << 20} {
		if got := (space{true, 0, total}).floor(); got != want {
			t.Errorf("the floor of %d is %d, want %d", total, got, want)
		}
	}
	if (space{false, 0, 0}).full() {
		t.Error("a disk that is not known is full")
	}
}

func TestARunThatWasCutOffGoesOnAndCountsOnce(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		for i := range 250 {
			k.take(recorded(i))
		}
		k.days(50)
		k.set(api.RetentionSettings{OriginalsDays: 10})
		ctx, cancel := context.WithCancel(db.As(t.Context(), identity.Main, "system:retention"))
		u := run{cause: "due", began: k.DB.Now(), counts: map[string]int64{}}
		st := steps()[0]
		pieces := 0
		_, err := k.runStep(ctx, st, u, k.DB.Now(), func() bool { pieces++; return pieces < 2 }) // the process ends here
		cancel()
		k.must(err)
		if n := k.count(`SELECT COUNT(*) FROM finding WHERE originals_removed_at IS NOT NULL`); n != retainPiece {
			t.Fatalf("%d went in one piece", n)
		}
		k.retain()
		now, err := k.Retention(k.ctx())
		k.must(err)
		if now.LastRun == nil || now.LastRun.Counts["originals"] != 250 {
			t.Errorf("the run counts %+v, want 250", now.LastRun)
		}
		if n := k.count(`SELECT COUNT(*) FROM entry WHERE kind = 'retention.done'`); n != 1 {
			t.Errorf("%d entries about one run", n)
		}
	})
}

func TestRetentionSettingsAreRevisedAndRecorded(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		now, err := k.Retention(k.ctx())
		k.must(err)
		if diff := cmp.Diff(defaultRetention(), now.RetentionSettings); diff != "" || now.Rev != 0 {
			t.Error(diff)
		}
		person := db.As(t.Context(), identity.Main, db.Person(k.admin))
		now, err = k.SetRetention(person, api.RetentionSettings{OriginalsDays: 30, BackupDays: 2}, 0)
		k.must(err)
		if now.Rev != 1 || now.UpdatedByName == "" || now.OriginalsDays != 30 {
			t.Errorf("%+v", now)
		}
		if _, err := k.SetRetention(person, api.RetentionSettings{}, 0); fault.As(err) == nil || fault.As(err).Slug != "stale-revision" {
			t.Errorf("a stale change: %v", err)
		}
		if _, err := k.SetRetention(person, api.RetentionSettings{FindingsDays: 10, OriginalsDays: 20}, 1); !fault.Is(err, fault.Invalid) {
			t.Errorf("originals that outlive their finding: %v", err)
		}
		if n := k.count(`SELECT COUNT(*) FROM entry WHERE kind = 'retention.changed'`); n != 1 {
			t.Errorf("%d changes are recorded", n)
		}
	})
}
