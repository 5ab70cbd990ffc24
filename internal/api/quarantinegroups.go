package api

import (
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

type groupsInput struct {
	Paging
	State string `query:"state" enum:"new,retried,dismissed" default:"new"`
}

func (s *Server) quarantineGroups(ctx context.Context, in *groupsInput) (*list[finding.QuarantineGroup], error) {
	count, id, err := finding.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var items []finding.QuarantineGroup
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = s.deps.Findings.QuarantineGroups(tx, in.State, count, id, in.Limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := listOf(items[:min(len(items), in.Limit)])
	if len(items) > in.Limit {
		last := out.Body.Items[in.Limit-1]
		out.Body.NextCursor = finding.MakeCursor(last.Count, last.ID)
	}
	return out, nil
}

// A call sees to no more parts than this, so that it ends soon.
const (
	groupCall  = 500
	groupChunk = 100
)

// GroupName says which parts are meant.
type GroupName struct {
	Reason string `json:"reason" maxLength:"4000" doc:"Of the group, or of any part in it"`
	Field  string `json:"field,omitempty" maxLength:"1200"`
	Source string `json:"source" maxLength:"200"`
}

func (g GroupName) id() string { return finding.QuarantineGroupOf(g.Source, g.Reason, g.Field) }

type retryGroupInput struct {
	Body struct {
		GroupName
		Cursor string `json:"cursor,omitempty" maxLength:"500" doc:"The next_cursor of the call before"`
	} `nameHint:"QuarantineGroupRetry"`
}

// GroupDecided says what one call did.
type GroupDecided struct {
	Done       int    `json:"done" doc:"Parts that were read, or dismissed"`
	Unreadable int    `json:"unreadable" doc:"Parts that still cannot be read; they stay"`
	NextCursor string `json:"next_cursor" doc:"Give it as cursor to go on; empty when the whole group is done"`
}

type groupDecided struct{ Body GroupDecided }

// retryGroup reads part after part. Each is answered for by itself: one that
// still cannot be read stays as it is, and the call after this one goes on
// behind it.
func (s *Server) retryGroup(ctx context.Context, in *retryGroupInput) (*groupDecided, error) {
	at, id, err := finding.ParseCursor(in.Body.Cursor)
	if err != nil {
		return nil, err
	}
	out := &groupDecided{}
	for seen := 0; seen < groupCall; {
		some, err := s.groupSome(ctx, in.Body.id(), at, id)
		if err != nil {
			return nil, err
		}
		for _, part := range some {
			ok, err := s.retryPart(ctx, part.ID)
			switch {
			case err != nil:
				return nil, err
			case ok:
				out.Body.Done++
			default:
				out.Body.Unreadable++
			}
			at, id = part.ReceivedAt.UnixMicro(), part.ID
		}
		if len(some) < groupChunk {
			return out, nil
		}
		seen += len(some)
	}
	out.Body.NextCursor = finding.MakeCursor(at, id)
	return out, nil
}

func (s *Server) groupSome(ctx context.Context, group string, at int64, id string) (some []finding.QuarantinedPart, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		some, err = s.deps.Findings.QuarantineGroupPage(tx, "new", group, at, id, groupChunk)
		return err
	})
	return some, err
}

// retryPart sends one part through the ordinary door and tells whether it could
// be read now.
func (s *Server) retryPart(ctx context.Context, id string) (bool, error) {
	out, err := s.retry(ctx, &ByID{ID: id})
	if e := fault.As(err); e != nil && (e.Slug == "still-unreadable" || e.Code == fault.Missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(out.Body.Results, func(r IntakeResult) bool { return r.Outcome == finding.Quarantined }), nil
}

type dismissGroupInput struct {
	Body struct {
		GroupName
		Note string `json:"note" minLength:"1" maxLength:"2000" doc:"Why they do not matter"`
	} `nameHint:"QuarantineGroupDismissal"`
}

func (s *Server) dismissGroup(ctx context.Context, in *dismissGroupInput) (*groupDecided, error) {
	out := &groupDecided{}
	for {
		var some []finding.QuarantinedPart
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			some, err = s.deps.Findings.QuarantineGroupPage(tx, "new", in.Body.id(), 1<<62, "", groupChunk)
			if err != nil {
				return err
			}
			for _, part := range some {
				if err := s.deps.Findings.DecideQuarantine(tx, part.ID, "dismissed", in.Body.Note); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if out.Body.Done += len(some); len(some) < groupChunk {
			return out, nil
		}
		if last := some[len(some)-1]; out.Body.Done >= groupCall {
			out.Body.NextCursor = finding.MakeCursor(last.ReceivedAt.UnixMicro(), last.ID)
			return out, nil
		}
	}
}
