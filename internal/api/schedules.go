package api

import (
	"context"
	"net/http"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/identity"
)

func (s *Server) registerSchedules() {
	read, edit := may(identity.TicketRead, identity.DutyEdit), may(identity.DutyEdit)
	handle(s, get("list-schedules", "/schedules", read, "Schedules of duty, each with who is on now and what is missing"), s.schedules)
	handle(s, post("post-schedule", "/schedules", edit, "Make a schedule").answering(http.StatusCreated), s.createSchedule)
	handle(s, post("preview-schedule", "/schedules/preview", edit, "Who would be on duty by a schedule that is not kept"), s.previewSchedule)
	handle(s, get("get-schedule", "/schedules/{id}", read, "One schedule"), s.schedule)
	handle(s, put("put-schedule", "/schedules/{id}", edit, "Replace a schedule; what has passed stays as it was"), s.changeSchedule)
	handle(s, del("delete-schedule", "/schedules/{id}", edit, "End a schedule that no ladder names; its past is kept"), s.removeSchedule)
	handle(s, get("schedule-shifts", "/schedules/{id}/shifts", read, "Who is on duty from a time to another, and by which layer"), s.shifts)
	handle(s, get("list-overrides", "/schedules/{id}/overrides", read, "Overrides that run or are to come"), s.overrides)
	handle(s, post("post-override", "/schedules/{id}/overrides", edit, "Have somebody stand in; a later override wins").answering(http.StatusCreated), s.createOverride)
	handle(s, del("delete-override", "/schedules/{id}/overrides/{override}", edit, "Take an override away; one that runs ends now"), s.removeOverride)
	handle(s, post("post-swap", "/schedules/{id}/swaps", edit, "Exchange two shifts, by an override each").answering(http.StatusCreated), s.swapShifts)
}

type scheduleOutput struct {
	ETag string `header:"ETag"`
	Body duty.Schedule
}

func outSchedule(v duty.Schedule, err error) (*scheduleOutput, error) {
	return &scheduleOutput{etag(v.Rev), v}, err
}

func (s *Server) schedules(ctx context.Context, in *ShortPaging) (*list[duty.Schedule], error) {
	var items []duty.Schedule
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Duty.Schedules(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, in, func(v duty.Schedule) string { return v.ID })
}

func (s *Server) schedule(ctx context.Context, in *ByID) (*scheduleOutput, error) {
	var v duty.Schedule
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		v, err = s.deps.Duty.Schedule(tx, in.ID)
		return err
	})
	return outSchedule(v, err)
}

type scheduleInput struct{ Body duty.Plan }

func (s *Server) createSchedule(ctx context.Context, in *scheduleInput) (*scheduleOutput, error) {
	var v duty.Schedule
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		id, err := s.deps.Duty.Create(tx, in.Body)
		if err != nil {
			return err
		}
		v, err = s.deps.Duty.Schedule(tx, id)
		return err
	})
	return outSchedule(v, err)
}

type scheduleChange struct {
	ByID
	Revised
	Body duty.Plan
}

func (s *Server) changeSchedule(ctx context.Context, in *scheduleChange) (*scheduleOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	var v duty.Schedule
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.deps.Duty.Change(tx, in.ID, rev, in.Body); err != nil {
			return err
		}
		v, err = s.deps.Duty.Schedule(tx, in.ID)
		return err
	})
	return outSchedule(v, s.withSchedule(ctx, in.ByID, err))
}

// withSchedule adds the schedule as it is to a refusal for a stale revision.
func (s *Server) withSchedule(ctx context.Context, id ByID, err error) error {
	return withCurrent(err, func() (*duty.Schedule, error) {
		now, err := s.schedule(ctx, &id)
		return &now.Body, err
	})
}

type scheduleRemoval struct {
	ByID
	Revised
}

func (s *Server) removeSchedule(ctx context.Context, in *scheduleRemoval) (*struct{}, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return s.deps.Duty.Remove(tx, in.ID, rev) })
	return nil, s.withSchedule(ctx, in.ByID, err)
}

// Stretch is a time to look at.
type Stretch struct {
	From time.Time `query:"from" doc:"Absent is now"`
	To   time.Time `query:"to" doc:"Absent is four weeks after from; at most 100 days after it"`
}

// micros are the two ends.
func (st Stretch) micros(now int64) (from, to int64) {
	from = now
	if !st.From.IsZero() {
		from = st.From.UnixMicro()
	}
	if st.To.IsZero() {
		return from, from + (4 * 7 * 24 * time.Hour).Microseconds()
	}
	return from, st.To.UnixMicro()
}

type shiftsInput struct {
	ByID
	Stretch
}

type rosterOutput struct{ Body duty.Roster }

func (s *Server) shifts(ctx context.Context, in *shiftsInput) (*rosterOutput, error) {
	out := &rosterOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		from, to := in.micros(tx.Now())
		out.Body, err = s.deps.Duty.Roster(tx, in.ID, from, to)
		return err
	})
	return out, err
}

type draftInput struct {
	Stretch
	Body duty.Plan
}

func (s *Server) previewSchedule(ctx context.Context, in *draftInput) (*rosterOutput, error) {
	out := &rosterOutput{}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		from, to := in.micros(tx.Now())
		out.Body, err = s.deps.Duty.Preview(tx, in.Body, from, to)
		return err
	})
	return out, err
}

type overridesInput struct {
	ByID
	ShortPaging
}

func (s *Server) overrides(ctx context.Context, in *overridesInput) (*list[duty.Override], error) {
	var items []duty.Override
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Duty.Overrides(tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(items, &in.ShortPaging, func(o duty.Override) string { return o.ID })
}

type newOverrideInput struct {
	ByID
	Body struct {
		Person string     `json:"person" maxLength:"100" doc:"Id of an active person"`
		From   *time.Time `json:"from,omitempty" doc:"Absent, or in the past: now"`
		To     time.Time  `json:"to"`
		Reason string     `json:"reason,omitempty" maxLength:"4000"`
	} `nameHint:"NewOverride"`
}

type overrideOutput struct{ Body duty.Override }

func (s *Server) createOverride(ctx context.Context, in *newOverrideInput) (*overrideOutput, error) {
	b, out := in.Body, &overrideOutput{}
	stand := duty.StandIn{Person: b.Person, To: b.To.UnixMicro(), Reason: b.Reason}
	if b.From != nil {
		stand.From = b.From.UnixMicro()
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		id, err := s.deps.Duty.Override(tx, in.ID, stand)
		if err != nil {
			return err
		}
		out.Body, err = s.deps.Duty.OverrideOf(tx, in.ID, id)
		return err
	})
	return out, err
}

type overrideRemoval struct {
	ByID
	Override string `path:"override" maxLength:"100"`
}

func (s *Server) removeOverride(ctx context.Context, in *overrideRemoval) (*struct{}, error) {
	return nil, s.db.Write(ctx, func(tx *db.Tx) error { return s.deps.Duty.Uncover(tx, in.ID, in.Override) })
}

type swapInput struct {
	ByID
	Body struct {
		Shift  string `json:"shift" maxLength:"100"`
		With   string `json:"with" maxLength:"100" doc:"A shift of somebody else on the same schedule"`
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	} `nameHint:"NewSwap"`
}

func (s *Server) swapShifts(ctx context.Context, in *swapInput) (*list[duty.Override], error) {
	var made []duty.Override
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		ids, err := s.deps.Duty.Swap(tx, in.ID, in.Body.Shift, in.Body.With, in.Body.Reason)
		if err != nil {
			return err
		}
		made = make([]duty.Override, len(ids))
		for i, id := range ids {
			if made[i], err = s.deps.Duty.OverrideOf(tx, in.ID, id); err != nil {
				return err
			}
		}
		return nil
	})
	return listOf(made), err
}
