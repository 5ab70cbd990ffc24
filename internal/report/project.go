package report

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Reader is the name of the reader of the journal that keeps the projection.
const Reader = "report.project"

// Config is what the room works with.
type Config struct {
	DB      *db.DB
	Tickets *ticket.Tickets
	Log     *slog.Logger
}

// Report keeps measures.
type Report struct {
	Config
	people people
}

// New makes the room.
func New(cfg Config) *Report { return &Report{Config: cfg} }

// people remembers who is a person and who a program, which never changes.
type people struct {
	mu    sync.Mutex
	known map[string]bool
}

func (p *people) human(tx *db.Tx, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	key := tx.Tenant() + "/" + id
	p.mu.Lock()
	is, known := p.known[key]
	p.mu.Unlock()
	if known {
		return is, nil
	}
	is, err := identity.IsHuman(tx, id)
	if err != nil {
		return false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) > 10_000 {
		p.known = map[string]bool{}
	}
	p.known[key] = is
	return is, nil
}

// Ready makes the projection again where it is of other definitions or of
// another zone than now. Call it before the readers run.
func (r *Report) Ready(ctx context.Context) error {
	return r.DB.Write(db.As(ctx, db.Everyone, "system:report"), func(tx *db.Tx) error {
		tenants, err := identity.Tenants(tx)
		if err != nil {
			return err
		}
		for _, tenant := range tenants {
			var definitions int64
			var zone, now string
			err := tx.QueryRow(`SELECT COALESCE(s.definitions,0), COALESCE(s.zone,''), t.time_zone FROM tenant t
				LEFT JOIN report_state s ON s.tenant = t.tenant WHERE t.tenant = $1`, tenant).Scan(&definitions, &zone, &now)
			if err != nil {
				return fault.Wrap(err, "looking whether the measures are of today's definitions")
			}
			if definitions != Definitions || zone != now {
				return r.again(tx)
			}
		}
		return nil
	})
}

// again throws the projection away. The reader makes it from the first entry.
func (r *Report) again(tx *db.Tx) error {
	for _, text := range []string{`DELETE FROM report_cell`, `DELETE FROM report_ticket`, `DELETE FROM report_state`} {
		if _, err := tx.Exec(text); err != nil {
			return fault.Wrap(err, "throwing the measures away")
		}
	}
	return job.Rewind(tx, Reader)
}

// Rebuild makes the projection anew. No reader may run.
func (r *Report) Rebuild(ctx context.Context) error {
	return r.DB.Write(db.As(ctx, db.Everyone, "system:report"), r.again)
}

// Project is the reader: it folds entries into the lives of their tickets and
// moves the values that follow. Entries that it has had change nothing.
func (r *Report) Project(ctx context.Context, entries []journal.Record) error {
	byTenant := map[string][]journal.Record{}
	for _, e := range entries {
		byTenant[e.Tenant] = append(byTenant[e.Tenant], e)
	}
	for _, tenant := range slices.Sorted(maps.Keys(byTenant)) {
		err := r.DB.Write(db.As(ctx, tenant, "system:report"), func(tx *db.Tx) error { return r.fold(tx, byTenant[tenant]) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) fold(tx *db.Tx, entries []journal.Record) error {
	zone, err := r.zoneOf(tx)
	if err != nil {
		return err
	}
	byTicket, ids := group(entries)
	known, err := lives(tx, ids)
	if err != nil {
		return err
	}
	if err := r.begun(tx, ids, known); err != nil {
		return err
	}
	changes := deltas{}
	for _, id := range ids {
		l, had := known[id]
		if !had {
			continue // removed since
		}
		before := *l
		before.Visits, before.Handovers = slices.Clone(l.Visits), slices.Clone(l.Handovers)
		for i := range byTicket[id] {
			e, err := r.eventOf(tx, &byTicket[id][i])
			if err != nil {
				return err
			}
			l.Fold(&e)
		}
		if l.Seq == before.Seq {
			continue
		}
		changes.move(&before, l, zone.day)
		if err := keep(tx, id, l); err != nil {
			return err
		}
	}
	if err := changes.write(tx); err != nil {
		return err
	}
	_, err = tx.Exec(sqlUntil, entries[len(entries)-1].At, tx.Tenant())
	return err
}

// zoneOf is the calendar by which the projection was begun; a change of the
// tenant's zone counts from the next start, when all is made anew.
func (r *Report) zoneOf(tx *db.Tx) (calendar, error) {
	s, err := readState(tx)
	if err != nil {
		return calendar{}, err
	}
	if s.definitions == 0 {
		zone, err := identity.Zone(tx)
		if err != nil {
			return calendar{}, err
		}
		if _, err := tx.Exec(sqlBegin, tx.Tenant(), Definitions, zone.String(), tx.Now()); err != nil {
			return calendar{}, fault.Wrap(err, "beginning the measures")
		}
		return calendar{zone}, nil
	}
	zone, err := time.LoadLocation(s.zone)
	return calendar{zone}, fault.Wrap(err, "reading the zone of the measures")
}

// calendar tells on which day of the tenant something was.
type calendar struct{ zone *time.Location }

// day counts days since 1970-01-01 by the calendar.
func (c calendar) day(micros int64) int64 {
	year, month, day := db.Time(micros).In(c.zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func group(entries []journal.Record) (byTicket map[string][]journal.Record, ids []string) {
	byTicket = map[string][]journal.Record{}
	for _, e := range entries {
		id, ok := strings.CutPrefix(e.Stream, ticket.Stream(""))
		if !ok {
			continue
		}
		if byTicket[id] == nil {
			ids = append(ids, id)
		}
		byTicket[id] = append(byTicket[id], e)
	}
	slices.Sort(ids)
	return byTicket, ids
}

// begun adds a life for each ticket that nothing was known of. Where it came
// from stands in its row, and never changes.
func (r *Report) begun(tx *db.Tx, ids []string, known map[string]*Life) error {
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return known[id] != nil })
	if len(fresh) == 0 {
		return nil
	}
	rows, err := r.Tickets.GetAll(tx, fresh)
	if err != nil {
		return err
	}
	for id, t := range rows {
		known[id] = &Life{Source: t.Source}
	}
	return nil
}

func (r *Report) eventOf(tx *db.Tx, e *journal.Record) (Event, error) {
	out := Event{Seq: e.Seq, At: e.At, Kind: e.Kind, Ticket: strings.TrimPrefix(e.Stream, ticket.Stream(""))}
	if err := json.Unmarshal(e.Data, &out.Data); err != nil && len(e.Data) > 0 {
		return out, fault.Wrap(err, "reading entry %d of %s", e.Seq, e.Stream)
	}
	if e.Kind != journal.TicketAcknowledged {
		return out, nil
	}
	var err error
	out.Human, err = r.people.human(tx, db.Actor(e.Actor).Person())
	return out, err
}
