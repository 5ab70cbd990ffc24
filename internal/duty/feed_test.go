package duty_test

import (
	"context"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

// feed makes an address for bob, who may read tickets.
func (w *world) feed(schedule string) (f duty.Feed) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		f, err = w.duty.NewFeed(tx, bob, schedule)
		return err
	})
	return f
}

func (w *world) role(person, role string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		return tx.Must(`INSERT INTO user_role(tenant, user_id, role, granted_at, granted_by) VALUES ('main',$1,$2,0,'system:test')`, person, role)
	})
}

func (w *world) calendar(of, token string) *ics.Calendar {
	w.t.Helper()
	text, err := w.duty.ICalendar(context.Background(), of, token)
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			w.t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	c, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func value(e *ics.VEvent, p ics.ComponentProperty) string {
	if v := e.GetProperty(p); v != nil {
		return v.Value
	}
	return ""
}

func TestACalendarProgramReadsShiftsWithTheirIdsAndChanges(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.role(bob, "viewer")
		p := weekly(ann, bob, cas)
		p.Name = `First; line, with \ and a name that is long enough to be folded over several lines of text é`
		id := w.create(p)
		f := w.feed(id)
		c := w.calendar(id, f.Token)
		head := map[string]string{}
		for _, v := range c.CalendarProperties {
			head[v.IANAToken] = v.Value
		}
		if head["X-WR-CALNAME"] != "On duty: "+p.Name || head["REFRESH-INTERVAL"] != "PT1H" {
			w.t.Errorf("head %q", head)
		}
		shift := w.roster(id, "2026-11-09T08:00Z", "2026-11-10T08:00Z").Final[0]
		find := func(c *ics.Calendar) *ics.VEvent {
			for _, e := range c.Events() {
				if e.Id() == "shift-"+shift.ID+"@tocsin" {
					return e
				}
			}
			w.t.Fatalf("no event of shift %s among %d", shift.ID, len(c.Events()))
			return nil
		}
		e := find(c)
		if value(e, ics.ComponentPropertyDtStart) != "20261109T080000Z" || value(e, ics.ComponentPropertyDtEnd) != "20261116T080000Z" ||
			value(e, ics.ComponentPropertySequence) != "0" || value(e, ics.ComponentPropertySummary) != "ann on duty: "+p.Name {
			w.t.Errorf("event %v", e.Properties)
		}
		w.override(id, cas, "2026-11-12T00:00Z", "2026-11-13T00:00Z")
		e = find(w.calendar(id, f.Token))
		if value(e, ics.ComponentPropertyDtEnd) != "20261112T000000Z" || value(e, ics.ComponentPropertySequence) != "1" {
			w.t.Errorf("changed event %v", e.Properties)
		}
		own := w.feed("")
		for _, e := range w.calendar("me", own.Token).Events() {
			if !strings.HasPrefix(value(e, ics.ComponentPropertySummary), "bob on duty") {
				w.t.Errorf("mine has %v", e.Properties)
			}
		}
	})
}

func TestAnAddressIsGoodForOneCalendarAndUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		id := w.create(weekly(ann, bob, cas))
		f := w.feed(id)
		w.at("2026-11-02T08:01Z")
		own := w.feed("")
		refused := func(what, of, token string) {
			w.t.Helper()
			if _, err := w.duty.ICalendar(context.Background(), of, token); !fault.Is(err, fault.Missing) {
				w.t.Errorf("%s: %v", what, err)
			}
		}
		refused("somebody without a right", id, f.Token)
		w.role(bob, "viewer")
		w.calendar(id, f.Token)
		refused("another calendar", "me", f.Token)
		refused("another calendar", id, own.Token)
		refused("a wrong secret", id, f.Token[:len(f.Token)-1]+"x")
		refused("no secret", id, f.ID+".")
		refused("no token", id, "")
		refused("an unknown one", id, "no-such.secret")
		var feeds []duty.Feed
		list := func() {
			w.read(func(tx *db.Tx) (err error) { feeds, err = w.duty.Feeds(tx, bob); return err })
		}
		list()
		if len(feeds) != 2 || feeds[0].Token != "" || feeds[0].UsedAt == nil || feeds[1].UsedAt != nil || feeds[0].Name != "First line" {
			w.t.Errorf("feeds %+v", feeds)
		}
		err := w.try(func(tx *db.Tx) error { return w.duty.RevokeFeed(tx, ann, f.ID) })
		if !fault.Is(err, fault.Missing) {
			w.t.Errorf("ann revoked the address of bob: %v", err)
		}
		w.write(func(tx *db.Tx) error { return w.duty.RevokeFeed(tx, bob, f.ID) })
		refused("a revoked one", id, f.Token)
		w.calendar("me", own.Token)
		w.active(bob, false)
		refused("somebody who left", "me", own.Token)
		w.active(bob, true)
		w.write(func(tx *db.Tx) error { return w.duty.Vacate(tx, bob) })
		refused("after somebody left", "me", own.Token)
		if list(); len(feeds) != 0 {
			w.t.Errorf("left %v", feeds)
		}
		var kept int
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM duty_feed WHERE tenant = 'main' AND hash = $1`, []byte(f.Token)).Scan(&kept)
		})
		if kept != 0 {
			w.t.Error("the token itself is kept")
		}
	})
}
