package sla

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

const (
	// seenEvery is how often the runner writes down that it lives.
	seenEvery = 5 * time.Second
	// awayAfter is for how long nobody may have looked before what passed
	// meanwhile is made good in one go instead of told piece by piece.
	awayAfter = minute / 2
	// noticeAfter is how long the system was down for the leads to be told.
	noticeAfter = 10 * minute
	// singles is how many critical tickets of one person get a message of their
	// own while something is made good.
	singles = 3
	// maxBacklog bounds what counting costs.
	maxBacklog = 10_000
)

// DowntimeStream is the stream of what is said of the system being down.
const DowntimeStream = "downtime"

// catching is a time in which nobody looked and what passed then, which is being
// made good. Its id names the batch in which notices are held back.
type catching struct {
	id          string
	from, until int64
	full        *memo // people who have got all the messages of their own
}

// stayAwake notes every few seconds that somebody looks.
func (s *SLA) stayAwake(ctx context.Context) {
	for nap(ctx, seenEvery); ctx.Err() == nil; nap(ctx, seenEvery) {
		if err := s.mindAll(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the scheduler could not note that it runs", "error", err)
		}
	}
}

// mindAll notes in each tenant that somebody looks, and counts what waits.
func (s *SLA) mindAll(ctx context.Context) error {
	var tenants []string
	var waiting int64
	err := s.db.Read(db.As(ctx, db.Everyone, actor), func(tx *db.Tx) (err error) {
		if tenants, err = identity.Tenants(tx); err != nil {
			return err
		}
		waiting, err = ticket.Waiting(tx, tx.Now(), maxBacklog)
		return err
	})
	if err != nil {
		return err
	}
	s.gauges.backlog.Store(waiting)
	for _, tenant := range tenants {
		err := s.db.Write(db.As(ctx, tenant, actor), func(tx *db.Tx) error {
			if err := s.Ensure(tx); err != nil { // tickets of before there were targets have clocks, too
				return err
			}
			return mind(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mind notes that somebody looks. When nobody did for a while, that while is
// written down, to be made good; while one is, it becomes longer.
func mind(tx *db.Tx) error {
	seen, now := int64(0), tx.Now()
	err := tx.QueryRow(`SELECT seen_at FROM catchup_seen WHERE tenant = $1`, tx.Tenant()).Scan(&seen)
	if errors.Is(err, db.ErrNoRows) {
		_, err = tx.Exec(`INSERT INTO catchup_seen(tenant, seen_at) VALUES ($1,$2) ON CONFLICT DO NOTHING`, tx.Tenant(), now)
		return err
	}
	if err != nil || now == seen {
		return err
	}
	// Whoever notes it first says whether there was a while: only one does.
	n, err := tx.Exec(`UPDATE catchup_seen SET seen_at = $1 WHERE tenant = $2 AND seen_at = $3`, now, tx.Tenant(), seen)
	if err != nil || n == 0 || now-seen < awayAfter {
		return err
	}
	n, err = tx.Exec(`UPDATE catchup SET until_at = $1 WHERE tenant = $2 AND done_at IS NULL`, now, tx.Tenant())
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(`INSERT INTO catchup(tenant, id, from_at, until_at, deadlines, done_at) VALUES ($1,$2,$3,$4,0,NULL)`, tx.Tenant(), tx.NewID(), seen, now)
	return err
}

// mindStale notes that somebody looks when nobody did for a while: a machine
// that was asleep may look before it notes that it woke.
func mindStale(tx *db.Tx) error {
	n, err := tx.Exec(`UPDATE catchup_seen SET seen_at = seen_at WHERE tenant = $1 AND seen_at < $2`, tx.Tenant(), tx.Now()-awayAfter)
	if err != nil || n == 0 {
		return err
	}
	return mind(tx)
}

// catchingUp is what is being made good; nil for nothing.
func (s *SLA) catchingUp(tx *db.Tx) (*catching, error) {
	c := catching{full: &s.singles}
	err := tx.QueryRow(`SELECT id, from_at, until_at FROM catchup WHERE tenant = $1 AND done_at IS NULL ORDER BY from_at LIMIT 1`, tx.Tenant()).Scan(&c.id, &c.from, &c.until)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return &c, fault.Wrap(err, "reading what is to be made good")
}

// note counts what was done of it. It is the last statement of a batch, so that
// nodes hardly wait for each other.
func (c *catching) note(tx *db.Tx, fired int64) error {
	if c == nil || fired == 0 {
		return nil
	}
	_, err := tx.Exec(`UPDATE catchup SET deadlines = deadlines + $1 WHERE tenant = $2 AND id = $3`, fired, tx.Tenant(), c.id)
	return err
}

// hold holds a notice back for the digest when what it is about passed while
// nobody looked. A few critical ones of each person are told at once.
func (c *catching) hold(tx *db.Tx, n *saying) error {
	if c == nil || n.due > c.until {
		return nil
	}
	n.Batch = c.id
	who := n.Person + n.Channel
	if n.Severity != "critical" || weight(n.Kind) < weight(notify.Breach) || c.full.has(c.id, who) {
		return nil
	}
	var told int64
	err := tx.QueryRow(`INSERT INTO catchup_single(tenant, catchup, person, singles) VALUES ($1,$2,$3,1)
		ON CONFLICT (tenant, catchup, person) DO UPDATE SET singles = catchup_single.singles + 1 WHERE catchup_single.singles < $4 RETURNING singles`,
		tx.Tenant(), c.id, who, singles).Scan(&told)
	if errors.Is(err, db.ErrNoRows) {
		c.full.add(c.id, who)
		return nil
	}
	if err == nil {
		n.Batch = ""
	}
	return err
}

// madeGood ends a catch-up when nothing is left of it: what was held back is
// told, and the leads hear that the system was down.
func (s *SLA) madeGood(ctx context.Context) error {
	var open *catching
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if open, err = s.catchingUp(tx); err != nil || open == nil {
			return err
		}
		if left, err := leftOf(tx, open); err != nil || left {
			open = nil
			return err
		}
		return nil
	})
	if err != nil || open == nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.finish(tx, open) })
}

// leftOf reports whether something of that while is still to be done.
func leftOf(tx *db.Tx, c *catching) (bool, error) {
	n, err := ticket.Waiting(tx, c.until, 1)
	if err != nil || n > 0 {
		return true, err
	}
	runs, err := runsDue(tx, c.until, 1)
	return len(runs) > 0, fault.Wrap(err, "looking for what is still to be made good")
}

func (s *SLA) finish(tx *db.Tx, c *catching) error {
	var deadlines int64
	err := tx.QueryRow(`UPDATE catchup SET done_at = $1 WHERE tenant = $2 AND id = $3 AND until_at = $4 AND done_at IS NULL RETURNING deadlines`,
		tx.Now(), tx.Tenant(), c.id, c.until).Scan(&deadlines)
	if errors.Is(err, db.ErrNoRows) {
		return nil // another node was faster, or it became longer
	}
	if err != nil {
		return fault.Wrap(err, "ending a catch-up")
	}
	if c.until-c.from > noticeAfter {
		if err := s.noticeDowntime(tx, c, deadlines); err != nil {
			return err
		}
	}
	if s.release == nil {
		return nil
	}
	return s.release(tx, c.id)
}

// noticeDowntime journals that the system was down and tells the leads, once.
func (s *SLA) noticeDowntime(tx *db.Tx, c *catching, deadlines int64) error {
	_, err := s.journal.Append(tx, journal.Entry{
		Stream: DowntimeStream, Kind: journal.DowntimeNoticed,
		Data: map[string]any{"deadlines": deadlines, "from": c.from, "until": c.until},
	})
	if err != nil || s.people.Leads == nil || s.tell == nil {
		return err
	}
	leads, err := s.people.Leads(tx)
	if err != nil {
		return err
	}
	notices := make([]notify.Notice, len(leads))
	for i, id := range leads {
		notices[i] = notify.Notice{
			Key: "downtime|" + c.id + "|" + id, Person: id, Kind: notify.Downtime, Batch: c.id,
			Text: fmt.Sprintf("The system was down from %s to %s; %d deadlines passed meanwhile and were made good.",
				db.Time(c.from).Format("2 January 15:04 MST"), db.Time(c.until).Format("2 January 15:04 MST"), deadlines),
		}
	}
	return s.tell(tx, notices...)
}
